/* The page of a question, over HTTP: answers that wait. */
#include <poll.h>

#include "api/http.h"
#include "tests/unit/clock_help.h"
#include "tests/unit/page_help.h"

static struct page_host it;

static void setup(void)
{
	page_host_open(&it);
}

static void teardown(void)
{
	page_host_close(&it);
}

static const char *recipient(unsigned n)
{
	return arena_printf(it.arena, "sip:bob%u@example.net", n);
}

static const struct reply_result denied = {.outcome = REPLY_DENIED};

/** The rest wait, and are told. */
static void tell(const int *fds, size_t n, const struct reply_result *result,
		 int status)
{
	page_tell(&it, result);
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			ck_assert_int_eq(page_read(&it, fds[i]), status);
}

START_TEST(no_thread_waits_for_an_answer)
{
	int fds[2 * HTTP_THREADS];
	const size_t n = sizeof(fds) / sizeof(fds[0]);
	const char *path = page_ask(&it, RECIPIENT);

	for (size_t i = 0; i < n; i++) {
		const char *own = page_ask(&it, recipient((unsigned)i));
		const char *body = page_body(&it, own, "no");

		fds[i] = page_send(&it, 1, "POST", own, body);
	}
	page_until(&it, n);
	ck_assert_int_eq(page_get(&it, path), 200);
	tell(fds, n, &denied, 303);
}
END_TEST

START_TEST(few_of_one_source_wait)
{
	const char *path = page_ask(&it, RECIPIENT);
	const char *no = page_body(&it, path, "no");
	int fds[PAGE_WAITS_SOURCE + 1];
	const size_t n = sizeof(fds) / sizeof(fds[0]);

	for (size_t i = 0; i < n; i++)
		fds[i] = page_send(&it, 1, "POST", path, no);
	page_until(&it, 1);
	ck_assert_int_eq(page_read_first(&it, fds, n), 503);
	ck_assert_ptr_nonnull(strstr(it.text, "could not be saved yet"));
	ck_assert_ptr_nonnull(strstr(it.text, "Retry-After: "));
	/* However often it comes, the same no is one. */
	ck_assert_uint_eq(it.n_held, 1);
	tell(fds, n, &denied, 303);
}
END_TEST

START_TEST(few_wait_in_all)
{
	const char *path = page_ask(&it, RECIPIENT);
	const char *no = page_body(&it, path, "no");
	int fds[PAGE_WAITS + 1];
	const size_t n = sizeof(fds) / sizeof(fds[0]);

	for (size_t i = 0; i < n; i++)
		fds[i] = page_send(&it, 2 + (unsigned)i / PAGE_WAITS_SOURCE,
				   "POST", path, no);
	page_until(&it, 1);
	ck_assert_int_eq(page_read_first(&it, fds, n), 503);
	ck_assert_uint_eq(it.n_held, 1);
	tell(fds, n, &denied, 303);
}
END_TEST

START_TEST(a_no_is_never_one_too_many)
{
	const char *late = page_ask(&it, recipient(98));
	const char *last = page_ask(&it, recipient(99));
	const char *yes = page_body(&it, late, "yes");
	const char *no = page_body(&it, last, "no");
	int fds[PAGE_WAITS_SOURCE];

	for (unsigned i = 0; i < PAGE_WAITS_SOURCE; i++) {
		const char *path = page_ask(&it, recipient(i));
		const char *body = page_body(&it, path, "no");

		fds[i] = page_send(&it, 1, "POST", path, body);
	}
	page_until(&it, PAGE_WAITS_SOURCE);
	ck_assert_int_eq(page_read(&it, page_send(&it, 1, "POST", late, yes)),
			 503);
	ck_assert_ptr_nonnull(strstr(it.text, "Nothing was changed"));
	ck_assert_int_eq(page_read(&it, page_send(&it, 1, "POST", last, no)),
			 503);
	ck_assert_ptr_nonnull(strstr(it.text, "could not be saved yet"));
	page_until(&it, PAGE_WAITS_SOURCE + 1);
	ck_assert_int_eq(it.held[PAGE_WAITS_SOURCE].reply.answer, CONSENT_NO);
	tell(fds, PAGE_WAITS_SOURCE, &denied, 303);
}
END_TEST

START_TEST(nobody_waits_for_longer_than_20_seconds)
{
	struct loop *loop = it.host.desk.loop;
	const char *path = page_ask(&it, RECIPIENT);
	const char *no = page_body(&it, path, "no");
	struct pollfd first = {.events = POLLIN};

	clock_stop();
	first.fd = page_send(&it, 1, "POST", path, no);
	page_until(&it, 1);
	clock_move(PAGE_WAIT_S * 1000 - 1);
	loop_step(loop, 0);
	ck_assert_int_eq(poll(&first, 1, 0), 0);
	clock_move(1);
	loop_step(loop, 0);
	ck_assert_int_eq(page_read(&it, first.fd), 503);
	ck_assert_ptr_nonnull(strstr(it.text, "could not be saved yet"));
	/* It is on its way still: the next is told at once. */
	ck_assert_int_eq(page_read(&it, page_send(&it, 1, "POST", path, no)),
			 503);
	loop_step(loop, 0);
	ck_assert_uint_eq(it.n_held, 1);
	page_tell(&it, &denied);
	first.fd = page_send(&it, 1, "POST", path, no);
	page_until(&it, 2);
	page_tell(&it, &denied);
	ck_assert_int_eq(page_read(&it, first.fd), 303);
}
END_TEST

START_TEST(the_end_of_the_api_tells_who_waits)
{
	const char *path = page_ask(&it, RECIPIENT);
	const char *no = page_body(&it, path, "no");
	int fd = page_send(&it, 1, "POST", path, no);

	page_until(&it, 1);
	page_host_close(&it);
	ck_assert_int_eq(page_read(&it, fd), 503);
	ck_assert_ptr_nonnull(strstr(it.text, "could not be saved yet"));
}
END_TEST

/* ---- the store cannot be read -------------------------------------------- */

static void setup_blind(void)
{
	page_host_open_blind(&it);
}

static int post(const char *path, const char *body)
{
	return page_read(&it, page_send(&it, 1, "POST", path, body));
}

/** The form of a page that was shown while it could be read. */
static const char *form_from_before(const char *path)
{
	const struct api api = {.settings.secret = it.secret};
	const struct exchange exchange = {.api = (struct api *)(uintptr_t)&api,
					  .arena = it.arena};
	struct page_look look = {.language = language_at(0)};
	enum token_kind kind;
	char form[PAGE_FORM_ROOM];

	ck_ok(token_parse(view_of(path + sizeof("/c/") - 1), &kind,
			  &look.token));
	token_hash(kind, &look.token, look.hash);
	page_form_write(&exchange, &look, "0a", form);
	return arena_strdup(it.arena, form);
}

START_TEST(a_no_is_tried_where_its_page_cannot_be_read)
{
	static const struct reply_result failed = {.err = ERR_IO};
	const char *path = page_ask(&it, RECIPIENT);
	int fd = page_send(&it, 1, "POST", path, "answer=no");

	page_until(&it, 1);
	ck_assert_int_eq(it.held[0].reply.answer, CONSENT_NO);
	page_tell(&it, &denied);
	ck_assert_int_eq(page_read(&it, fd), 303);
	/* What is not kept is no success. */
	fd = page_send(&it, 1, "POST", path, "answer=no");
	page_until(&it, 2);
	page_tell(&it, &failed);
	ck_assert_int_eq(page_read(&it, fd), 503);
	ck_assert_ptr_nonnull(strstr(it.text, "could not be saved yet"));
	ck_assert_ptr_nonnull(strstr(it.text, "value=\"no\""));
	ck_assert_ptr_null(strstr(it.text, "no longer good"));
}
END_TEST

START_TEST(a_stop_is_tried_with_its_form)
{
	const char *path = page_ask(&it, RECIPIENT);
	const char *stop = arena_printf(it.arena, "answer=stop&form=%s",
					form_from_before(path));
	int fd = page_send(&it, 1, "POST", path, stop);

	page_until(&it, 1);
	ck_assert_int_eq(it.held[0].reply.answer, CONSENT_STOP);
	page_tell(&it, &denied);
	ck_assert_int_eq(page_read(&it, fd), 303);
}
END_TEST

START_TEST(nothing_else_is_tried)
{
	const char *path = page_ask(&it, RECIPIENT);
	const char *yes = arena_printf(it.arena, "answer=yes&form=%s",
				       form_from_before(path));

	ck_assert_int_eq(post(path, yes), 503);
	ck_assert_ptr_nonnull(strstr(it.text, "Nothing was changed"));
	ck_assert_int_eq(page_get(&it, path), 503);
	ck_assert_ptr_nonnull(strstr(it.text, "cannot be read at the moment"));
	ck_assert_ptr_nonnull(strstr(it.text, "value=\"no\""));
	ck_assert_ptr_null(strstr(it.text, "value=\"yes\""));
	/* Whoever guesses gives the writer nothing to do. */
	ck_assert_int_eq(
		post("/c/p-00112233445566778899aabbccddeeff", "answer=no"),
		404);
	ck_assert_int_eq(post("/c/x", "answer=no"), 404);
	loop_step(it.host.desk.loop, 0);
	ck_assert_uint_eq(it.n_held, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api_page");
	TCase *tcase = tcase_create("answers"), *end = tcase_create("end");
	TCase *blind = tcase_create("blind");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, no_thread_waits_for_an_answer);
	tcase_add_test(tcase, few_of_one_source_wait);
	tcase_add_test(tcase, few_wait_in_all);
	tcase_add_test(tcase, a_no_is_never_one_too_many);
	tcase_add_test(tcase, nobody_waits_for_longer_than_20_seconds);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(blind, setup_blind, teardown);
	tcase_set_timeout(blind, 60);
	tcase_add_test(blind, a_no_is_tried_where_its_page_cannot_be_read);
	tcase_add_test(blind, a_stop_is_tried_with_its_form);
	tcase_add_test(blind, nothing_else_is_tried);
	suite_add_tcase(suite, blind);
	tcase_add_checked_fixture(end, setup, NULL);
	tcase_set_timeout(end, 60);
	tcase_add_test(end, the_end_of_the_api_tells_who_waits);
	suite_add_tcase(suite, end);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
