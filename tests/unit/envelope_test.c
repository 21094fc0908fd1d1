/* What the journal keeps of a request comes back as it was. */
#include <check.h>
#include <stdlib.h>

#include "server/message/envelope.h"

#define LIST_LEN 8 /* bytes of the last field, which version 1 had not */

static struct view packed(struct arena *arena, int64_t list)
{
	const struct envelope envelope = {.method = "MESSAGE",
					  .target = "sip:hikers@relay.example",
					  .from = "<sip:nora@example.com>",
					  .from_tag = "1",
					  .max_forwards = 69,
					  .breadth = {1, 1},
					  .list = list};
	struct envelope told;
	struct view bytes = envelope_pack(
		&envelope, envelope_packed_len(&envelope), arena, &told);

	ck_assert_int_eq(told.list, list);
	return bytes;
}

START_TEST(list_comes_back)
{
	const int64_t lists[] = {0, 1, INT64_C(0x123456789abcdef), INT64_MAX};
	struct arena *arena = arena_new(0);
	struct envelope envelope;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct view bytes = packed(arena, lists[i]);

		ck_assert_int_eq(envelope_unpack(bytes, &envelope), ERR_OK);
		ck_assert_int_eq(envelope.list, lists[i]);
	}
	arena_free(arena);
}
END_TEST

/* What a former version accepted is not lost. */
START_TEST(version_without_list)
{
	struct arena *arena = arena_new(0);
	struct view now = packed(arena, 7);
	size_t len = now.len - LIST_LEN;
	char *former = arena_copy(arena, now.at, len);
	struct envelope envelope;

	ck_assert_int_eq(envelope_unpack((struct view){former, len}, &envelope),
			 ERR_SYNTAX);
	former[0] = 1;
	ck_assert_int_eq(envelope_unpack((struct view){former, len}, &envelope),
			 ERR_OK);
	ck_assert_str_eq(envelope.target, "sip:hikers@relay.example");
	ck_assert_int_eq(envelope.list, ENVELOPE_LIST_UNKNOWN);
	former[0] = 3;
	ck_assert_int_eq(envelope_unpack((struct view){former, len}, &envelope),
			 ERR_UNSUPPORTED);
	arena_free(arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("envelope");
	TCase *tcase = tcase_create("envelope");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, list_comes_back);
	tcase_add_test(tcase, version_without_list);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
