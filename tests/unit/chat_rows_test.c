/* What the store does for words that people typed. */
#include "tests/unit/store_help.h"

#include "db/chat.h"
#include "db/domains.h"
#include "db/permission_requests.h"
#include "db/store_private.h"

static const struct ask_limits limits = {1, 600, 3};

static bool may_tell(const char *recipient, int64_t now)
{
	const struct permission row = {.target = TARGET,
				       .recipient = recipient};
	bool may = false;

	ck_ok(store_chat_tell(store, &row, &limits, now, &may));
	return may;
}

START_TEST(a_person_is_told_as_often_as_they_may_ask_again)
{
	ck_assert(may_tell(RECIPIENT, NOW));
	ck_assert(!may_tell(RECIPIENT, NOW + 1));
	ck_assert(!may_tell("sips:bob@example.net", NOW + 1));
	ck_assert(may_tell("sip:carol@example.net", NOW + 1));
	ck_assert(may_tell(RECIPIENT, NOW + 600));
	ck_assert(may_tell(RECIPIENT, NOW + 1200));
	ck_assert(!may_tell(RECIPIENT, NOW + 1800));
	reopen_store();
	ck_assert(!may_tell(RECIPIENT, NOW + 2400));
	ck_assert(may_tell(RECIPIENT, NOW + 2 * 86400));
}
END_TEST

static size_t n_triggers(int64_t now)
{
	const struct permission_requests_query of = {
		.recipient = RECIPIENT,
		.kind = PERMISSION_REQUEST_TRIGGER,
		.now = now,
		.target = TARGET};
	int64_t *asked;
	size_t n;

	ck_ok(store_permission_requests_sent(store, &of, arena, &asked, &n));
	return n;
}

/** Whoever types a word in their name uses up nothing that is theirs. */
START_TEST(what_they_are_told_is_no_trigger_of_theirs)
{
	struct permission_request_record asked = {
		.permission =
			change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT)).id,
		.kind = PERMISSION_REQUEST_TRIGGER,
		.grant_hash = {1},
		.deny_hash = {2},
		.page_hash = {3},
		.chat_hash = {4},
		.now = NOW + 2};

	ck_assert(may_tell(RECIPIENT, NOW));
	ck_assert_uint_eq(n_triggers(NOW + 1), 0);
	ck_ok(store_permission_request_record(store, &asked));
	ck_assert_uint_eq(n_triggers(NOW + 3), 1);
	ck_assert(may_tell(RECIPIENT, NOW + 601));
}
END_TEST

static enum err stoppable(struct permission *ret)
{
	return store_chat_stoppable(store, TRIPLE(NULL, TARGET, RECIPIENT), NOW,
				    arena, ret);
}

START_TEST(a_stop_is_about_who_is_reached)
{
	struct permission row;

	ck_err(stoppable(&row), ERR_UNKNOWN);
	change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT));
	ck_ok(stoppable(&row));
	ck_assert_int_eq(row.state, PERMISSION_PENDING);
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_ok(stoppable(&row));
	ck_assert_int_eq(row.state, PERMISSION_GRANTED);
	ck_assert_str_eq(row.recipient, RECIPIENT);
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(stoppable(&row), ERR_UNKNOWN);
}
END_TEST

START_TEST(a_stop_is_about_every_spelling)
{
	struct permission row;

	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT ";user=phone"));
	ck_ok(stoppable(&row));
	ck_assert_str_eq(row.recipient, RECIPIENT ";user=phone");
}
END_TEST

static enum err stoppable_at(const char *target)
{
	struct permission row;
	enum err err = store_chat_stoppable(
		store, TRIPLE(NULL, target, RECIPIENT), NOW, arena, &row);

	if (!err)
		ck_assert_str_eq(row.target, TARGET);
	return err;
}

START_TEST(a_stop_of_all_is_about_any_target_of_the_domain)
{
	static const char *const names[] = {"relay.example.com"};
	static const struct domains further = {names, 1}, none;

	ck_ok(store_domains_set(store, &further));
	ck_err(stoppable_at("*@relay.example.com"), ERR_UNKNOWN);
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_ok(stoppable_at("*@relay.example.com"));
	ck_err(stoppable_at("*"), ERR_UNKNOWN);
	ck_err(stoppable_at("*@other.example.com"), ERR_UNKNOWN);
	ck_err(stoppable_at("sip:other@relay.example.com"), ERR_UNKNOWN);
	ck_ok(store_domains_set(store, &none));
	ck_ok(stoppable_at("*"));
}
END_TEST

static size_t n_rows(const char *aor, const char *other, bool is_open)
{
	const char *const aors[] = {aor, other};
	const struct chat_rows_query of = {
		.aor = aors, .target = TARGET, .is_open = is_open, .most = 9};
	struct permission *rows;
	size_t n;

	ck_ok(store_chat_rows(store, &of, arena, &rows, &n));
	return n;
}

START_TEST(a_person_has_rows_under_each_spelling)
{
	static const char *const spellings[] = {
		RECIPIENT, "sips:bob@example.net", RECIPIENT ";user=phone",
		"sips:bob@example.net;user=phone"};

	change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT ":5090"));
	for (size_t i = 0; i < 4; i++) {
		change(say(EVENT_ADDED, ORIGIN_ADMIN, spellings[i]));
		for (size_t j = 0; j < 4; j++)
			ck_assert_uint_eq(n_rows(spellings[j], NULL, true),
					  i + 1);
	}
	ck_assert_uint_eq(n_rows(RECIPIENT, spellings[1], true), 4);
	ck_assert_uint_eq(n_rows("tel:+15550100", spellings[1], true), 4);
	ck_assert_uint_eq(n_rows(RECIPIENT, NULL, false), 0);
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, spellings[3]));
	ck_assert_uint_eq(n_rows(RECIPIENT, NULL, true), 3);
	ck_assert_uint_eq(n_rows(RECIPIENT, NULL, false), 1);
}
END_TEST

/** A number is one with and without a host; at two hosts it is two. */
START_TEST(a_number_has_rows_with_and_without_a_host)
{
	const char *const keys[] = {"tel:+15550100", "sip:+15550100@a.example",
				    "sip:+15550100@b.example;user=phone",
				    "sips:+15550100@a.example"};

	change(say(EVENT_ADDED, ORIGIN_ADMIN, "sip:+155501009@a.example"));
	change(say(EVENT_ADDED, ORIGIN_ADMIN, "tel:+155501009"));
	for (size_t i = 0; i < 4; i++)
		change(say(EVENT_ADDED, ORIGIN_ADMIN, keys[i]));
	ck_assert_uint_eq(n_rows(keys[0], NULL, true), 4);
	ck_assert_uint_eq(n_rows(keys[1], NULL, true), 3);
	ck_assert_uint_eq(n_rows(keys[2], NULL, true), 2);
	ck_assert_uint_eq(n_rows(keys[0], keys[1], true), 4);
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, keys[2]));
	ck_assert_uint_eq(n_rows(keys[0], NULL, false), 1);
}
END_TEST

START_TEST(its_token_denies_the_whole_row)
{
	struct permission row =
		change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	struct token token = token_random();
	uint8_t hash[HASH_LEN];
	struct token_row found;

	ck_ok(store_chat_token(store, &row, &token, NOW));
	token_hash(TOKEN_DENY, &token, hash);
	ck_ok(store_token_find(store, TOKEN_DENY, hash, &found));
	ck_assert_int_eq(found.permission, row.id);
	ck_assert(found.all_kinds);
	ck_err(store_token_find(store, TOKEN_GRANT, hash, &found), ERR_UNKNOWN);
}
END_TEST

START_TEST(who_has_an_account_can_answer_a_challenge)
{
	bool can = true;

	ck_ok(store_chat_can_answer(store, RECIPIENT, arena, &can));
	ck_assert(!can);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chat_rows");
	TCase *tests = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_add_test(tests, a_person_is_told_as_often_as_they_may_ask_again);
	tcase_add_test(tests, what_they_are_told_is_no_trigger_of_theirs);
	tcase_add_test(tests, a_stop_is_about_who_is_reached);
	tcase_add_test(tests, a_stop_is_about_every_spelling);
	tcase_add_test(tests, a_stop_of_all_is_about_any_target_of_the_domain);
	tcase_add_test(tests, a_person_has_rows_under_each_spelling);
	tcase_add_test(tests, a_number_has_rows_with_and_without_a_host);
	tcase_add_test(tests, its_token_denies_the_whole_row);
	tcase_add_test(tests, who_has_an_account_can_answer_a_challenge);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
