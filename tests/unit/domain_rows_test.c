/* Several domains in one store: what is counted for one, and who is whose. */
#include "tests/unit/store_help.h"

#include "db/domains.h"
#include "db/questions.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define A_LIST "sip:lists@relay.example.com"
#define B_LIST "sip:lists@b.example"

static const char *const names[] = {"b.example"};
static const struct domains two = {names, COUNT(names)}, one;

/** A question through a list, or one that the recipient asked for. */
static void ask(const char *target, enum permission_request_kind kind)
{
	struct permission_change added =
		say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT);
	struct permission_request_record record = {.kind = kind, .now = NOW};
	static uint8_t last;

	added.target = target;
	record.permission = change(added).id;
	record.grant_hash[0] = ++last;
	record.deny_hash[0] = ++last;
	record.page_hash[0] = ++last;
	record.chat_hash[0] = ++last;
	ck_ok(store_permission_request_record(store, &record));
}

static size_t n_asked(const char *target)
{
	struct asking_past *past;
	size_t n;

	ck_ok(store_questions_past(
		store,
		&(struct questions_past_query){RECIPIENT, SENDER, target, NOW},
		arena, &past, &n));
	return n;
}

static size_t n_pulled(const char *target)
{
	int64_t *asked;
	size_t n;

	ck_ok(store_permission_requests_sent(
		store,
		&(struct permission_requests_query){
			.recipient = RECIPIENT,
			.kind = PERMISSION_REQUEST_TRIGGER,
			.now = NOW,
			.target = target},
		arena, &asked, &n));
	return n;
}

START_TEST(questions_are_counted_for_each_domain)
{
	ck_ok(store_domains_set(store, &two));
	ask(A_LIST, PERMISSION_REQUEST_ADDED);
	ask(B_LIST, PERMISSION_REQUEST_TRIGGER);
	ck_assert_uint_eq(n_asked(A_LIST), 1);
	ck_assert_uint_eq(n_asked("*"), 1);
	ck_assert_uint_eq(n_asked(B_LIST), 0);
	ck_assert_uint_eq(n_asked("*@b.example"), 0);
	ck_assert_uint_eq(n_pulled(A_LIST), 0);
	ck_assert_uint_eq(n_pulled(B_LIST), 1);
}
END_TEST

START_TEST(whose_turn_it_is_does_not_depend_on_another_domain)
{
	struct due_question *due;
	size_t n;

	ck_ok(store_domains_set(store, &two));
	ask(A_LIST, PERMISSION_REQUEST_ADDED);
	ask(B_LIST, PERMISSION_REQUEST_TRIGGER);
	for (int i = 0; i < 2; i++) {
		const char *target = i ? B_LIST : A_LIST;

		ck_ok(store_questions_due(
			store,
			&(struct questions_due_query){RECIPIENT, target,
						      NOW + 86400, 9},
			arena, &due, &n));
		ck_assert_uint_eq(n, 1);
		ck_assert_str_eq(due->row.target, target);
		ck_assert_int_eq(due->owner_asked_at, i ? 0 : NOW);
	}
}
END_TEST

START_TEST(a_domain_that_goes_and_comes_keeps_its_count)
{
	bool is_gone;

	ck_ok(store_domains_first(store, "a.example"));
	ck_ok(store_domains_set(store, &two));
	ask(B_LIST, PERMISSION_REQUEST_ADDED);
	ck_assert_uint_eq(n_asked(A_LIST), 0);
	ck_ok(store_domain_is_gone(store, B_LIST, &is_gone));
	ck_assert(!is_gone);
	ck_ok(store_domains_set(store, &one));
	ck_assert_uint_eq(n_asked(A_LIST), 1);
	ck_ok(store_domain_is_gone(store, B_LIST, &is_gone));
	ck_assert(is_gone);
	ck_ok(store_domain_is_gone(store, A_LIST, &is_gone));
	ck_assert(!is_gone);
	ck_ok(store_domains_set(store, &two));
	ck_assert_uint_eq(n_asked(A_LIST), 0);
	ck_assert_uint_eq(n_asked(B_LIST), 1);
	/* It is made the first. */
	ck_ok(store_domains_first(store, "b.example"));
	ck_ok(store_domains_set(store, &one));
	ck_assert_uint_eq(n_asked(B_LIST), 1);
	ck_ok(store_domain_is_gone(store, B_LIST, &is_gone));
	ck_assert(!is_gone);
}
END_TEST

START_TEST(a_domain_that_is_there_no_more_is_the_firsts)
{
	ck_ok(store_domains_set(store, &two));
	ck_ok(store_domains_set(store, &two));
	ck_ok(store_domains_set(store, &one));
	ask(B_LIST, PERMISSION_REQUEST_ADDED);
	ck_assert_uint_eq(n_asked(A_LIST), 1);
}
END_TEST

/** Rows that the decision on a message to B_LIST looks at. */
static size_t n_rows(void)
{
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};
	const struct facts facts = {.sender = &sender,
				    .target = B_LIST,
				    .recipient = RECIPIENT,
				    .now = NOW,
				    .kind = kinds_only(KIND_MESSAGE)};
	struct permission *rows;
	size_t n;

	ck_ok(store_permission_rows(store, &facts, arena, &rows, &n));
	return n;
}

START_TEST(a_no_to_a_domain_is_read_when_its_block_is_gone)
{
	struct permission_change any =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);

	ck_ok(store_domains_set(store, &two));
	any.target = "*@b.example";
	change(any);
	ck_assert_uint_eq(n_rows(), 1);
	ck_ok(store_domains_set(store, &one));
	ck_assert_uint_eq(n_rows(), 0);
	any.event = EVENT_DENY;
	change(any);
	ck_assert_uint_eq(n_rows(), 1);
}
END_TEST

/* "*" was asked for in the name of the first. */
START_TEST(the_first_domain_stays_while_rows_stand_for_all_of_it)
{
	struct permission_change any =
		say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT);
	struct permission row;

	ck_ok(store_domains_first(store, "a.example"));
	ck_ok(store_domains_first(store, "b.example"));
	any.target = "*@c.example";
	change(any);
	ck_ok(store_domains_first(store, "a.example"));
	any.target = "*";
	row = change(any);
	ck_ok(store_domains_first(store, "A.example"));
	ck_err(store_domains_first(store, "b.example"), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(store_problem(store), "a.example"));
	ck_assert_ptr_nonnull(strstr(store_problem(store), "b.example"));
	/* It was not noted. */
	ck_ok(store_domains_first(store, "a.example"));
	ck_err(store_domains_first(store, "b.example"), ERR_CONFLICT);
	any.id = row.id;
	any.event = EVENT_REMOVED;
	change(any);
	ck_ok(store_domains_first(store, "b.example"));
}
END_TEST

static enum err add_account(const char *realm, const char *username)
{
	const struct account account = {.aor = SENDER,
					.username = username,
					.realm = realm,
					.ha1 = {"0123"},
					.created_at = NOW};
	struct account added;

	return store_account_add(store, &account, arena, &added);
}

START_TEST(a_username_is_unique_in_its_realm)
{
	struct account_filter filter = {.realm = "b.example", .page.limit = 9};
	struct account *found;
	size_t n;

	ck_ok(add_account(NULL, "nora"));
	ck_ok(add_account("b.example", "nora"));
	ck_err(add_account("b.example", "nora"), ERR_EXISTS);
	ck_err(add_account("", "nora"), ERR_EXISTS);
	ck_ok(store_account_list(store, &filter, arena, &found, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(found[0].realm, "b.example");
	filter.realm = "";
	ck_ok(store_account_list(store, &filter, arena, &found, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(found[0].realm, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain_rows");
	TCase *tests = tcase_create("domain_rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_add_test(tests, questions_are_counted_for_each_domain);
	tcase_add_test(tests,
		       whose_turn_it_is_does_not_depend_on_another_domain);
	tcase_add_test(tests, a_domain_that_goes_and_comes_keeps_its_count);
	tcase_add_test(tests, a_domain_that_is_there_no_more_is_the_firsts);
	tcase_add_test(tests, a_no_to_a_domain_is_read_when_its_block_is_gone);
	tcase_add_test(tests,
		       the_first_domain_stays_while_rows_stand_for_all_of_it);
	tcase_add_test(tests, a_username_is_unique_in_its_realm);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
