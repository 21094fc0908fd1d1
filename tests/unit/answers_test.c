/* What a person said yes and no to, a page at a time. */
#include "tests/unit/store_help.h"

#include "db/answers.h"

static struct answers look(struct answers_query of)
{
	struct answers answers;

	if (!of.aor[0])
		of.aor[0] = RECIPIENT;
	if (!of.most)
		of.most = 10;
	of.now = of.now ? of.now : NOW;
	ck_ok(store_answers(store, &of, arena, &answers));
	return answers;
}

static struct permission from(const char *sender, const char *recipient,
			      enum permission_event event)
{
	struct permission_change it = say(event, ORIGIN_RECIPIENT, recipient);

	it.sender = sender;
	return change(it);
}

START_TEST(each_answer_is_there_once_newest_first)
{
	static const char *const both[] = {RECIPIENT, "sips:bob@example.net"};
	struct answers answers;
	int64_t ids[3];

	ids[0] = from("sip:a@example.com", RECIPIENT, EVENT_GRANT).id;
	ids[1] = from("sip:b@example.com", "sips:bob@example.net", EVENT_DENY)
			 .id;
	ids[2] = from("sip:c@example.com", RECIPIENT ";user=phone", EVENT_GRANT)
			 .id;
	from("sip:a@example.com", "sip:carol@example.net", EVENT_GRANT);
	from("sip:a@example.com", RECIPIENT ":5090", EVENT_GRANT);
	answers = look((struct answers_query){.aor = {both[0], both[1]}});
	ck_assert_uint_eq(answers.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(answers.rows[i].id, ids[2 - i]);
	ck_assert_uint_eq(answers.n_yes, 2);
	ck_assert_uint_eq(answers.n_no, 1);
	ck_assert_uint_eq(answers.n_more, 0);
}
END_TEST

START_TEST(what_was_asked_or_is_over_is_no_answer)
{
	struct permission_change ends =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);

	from("sip:a@example.com", RECIPIENT, EVENT_ADDED);
	ends.expires_at = NOW + 60;
	change(ends);
	ck_assert_uint_eq(look((struct answers_query){.now = NOW + 59}).n, 1);
	ck_assert_uint_eq(look((struct answers_query){.now = NOW + 60}).n, 0);
	ck_assert_uint_eq(look((struct answers_query){.now = NOW + 60}).n_yes,
			  0);
}
END_TEST

START_TEST(pages_follow_each_other)
{
	struct answers_query of = {.most = 2};
	struct answers answers;
	int64_t last = INT64_MAX;
	size_t n = 0;

	for (int i = 0; i < 5; i++)
		from(arena_printf(arena, "sip:u%d@example.com", i), RECIPIENT,
		     i == 2 ? EVENT_DENY : EVENT_GRANT);
	do {
		answers = look(of);
		for (size_t i = 0; i < answers.n; i++) {
			ck_assert_int_lt(answers.rows[i].id, last);
			last = answers.rows[i].id;
		}
		n += answers.n;
		ck_assert_uint_eq(answers.n_more, 5 - n);
		ck_assert_uint_eq(answers.n_yes + answers.n_no, 5);
		of.before = last;
	} while (answers.n_more);
	ck_assert_uint_eq(n, 5);
	ck_assert_uint_eq(look(of).n, 0);
	of = (struct answers_query){.of = ANSWERS_NO};
	ck_assert_uint_eq(look(of).n, 1);
	ck_assert_int_eq(look(of).rows[0].state, PERMISSION_DENIED);
	of.of = ANSWERS_YES;
	of.most = 3;
	ck_assert_uint_eq(look(of).n, 3);
	ck_assert_uint_eq(look(of).n_more, 1);
}
END_TEST

START_TEST(a_row_of_another_is_not_there)
{
	static const char *const bob[2] = {"sips:bob@example.net", NULL};
	static const char *const eve[2] = {"sip:eve@example.net", NULL};
	static const char *const none[2] = {NULL, NULL};
	struct permission row, mine;

	row = from("sip:a@example.com", RECIPIENT, EVENT_GRANT);
	ck_ok(store_answers_get(store, bob, row.id, arena, &mine));
	ck_assert_int_eq(mine.id, row.id);
	ck_err(store_answers_get(store, eve, row.id, arena, &mine),
	       ERR_UNKNOWN);
	ck_err(store_answers_get(store, none, row.id, arena, &mine),
	       ERR_UNKNOWN);
	ck_err(store_answers_get(store, bob, row.id + 1, arena, &mine),
	       ERR_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answers");
	TCase *tests = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_add_test(tests, each_answer_is_there_once_newest_first);
	tcase_add_test(tests, what_was_asked_or_is_over_is_no_answer);
	tcase_add_test(tests, pages_follow_each_other);
	tcase_add_test(tests, a_row_of_another_is_not_there);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
