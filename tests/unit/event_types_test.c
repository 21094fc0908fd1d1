/* Types of events, cursors, and the ring. */
#include <check.h>
#include <stdlib.h>

#include "api/event_ring.h"

#define BIT(type) ((uint64_t)1 << (unsigned)(type))
#define GRANTED (EVENT_TYPE_PERMISSION + CHANGE_GRANTED)
#define FAILED (EVENT_TYPE_MESSAGE + MESSAGE_EVENT_FAILED)

START_TEST(types_are_named_one_by_one_or_by_family)
{
	static const struct {
		const char *text;
		uint64_t types; /**< 0: refused */
	} cases[] = {
		{NULL, EVENT_TYPES_ALL},
		{"permission.granted", BIT(GRANTED)},
		{"message.failed,permission.granted",
		 BIT(GRANTED) | BIT(FAILED)},
		{"permission.*", EVENT_TYPES_LOGGED},
		{"message.*,permission.granted",
		 EVENT_TYPES_MESSAGE | BIT(GRANTED)},
		{"message.*,message.failed", EVENT_TYPES_MESSAGE},
		{"", 0},
		{",", 0},
		{"message.*,", 0},
		{"message", 0},
		{"message.", 0},
		{"messag.*", 0},
		{"m*", 0},
		{"*", 0},
		{".*", 0},
		{"message.fail", 0},
		{"message.failed ", 0},
		{"MESSAGE.FAILED", 0},
		{"gap", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t types = 0;
		enum err err = event_types_read(cases[i].text, &types);

		ck_assert_msg(!err == (cases[i].types != 0), "%s",
			      cases[i].text);
		ck_assert_uint_eq(types, cases[i].types);
	}
	for (unsigned i = 0; i < EVENT_TYPES; i++) {
		uint64_t types;

		ck_assert_int_eq(event_types_read(event_type_name(i), &types),
				 ERR_OK);
		ck_assert_uint_eq(types, BIT(i));
	}
}
END_TEST

START_TEST(a_cursor_is_read_as_it_was_written)
{
	static const struct event_position positions[] = {
		{0, 0}, {1, 2}, {UINT64_MAX, INT64_MAX}};
	static const char *const wrong[] = {"",
					    "1",
					    "1-2",
					    "1-2-",
					    "-1-2",
					    "1--2",
					    "1-2-3-4",
					    "1-2-3 ",
					    " 1-2-3",
					    "x-2-3",
					    "1-2-0x3",
					    "1+2+3",
					    "100000000-1-1",
					    "1-1-8000000000000000",
					    "1-11111111111111111-1"};
	char text[EVENT_CURSOR_MAX];
	struct event_position got;
	uint32_t process;

	for (size_t i = 0; i < 3; i++) {
		event_cursor_write(UINT32_MAX, &positions[i], text);
		ck_assert_int_eq(event_cursor_read(text, &process, &got),
				 ERR_OK);
		ck_assert_uint_eq(process, UINT32_MAX);
		ck_assert_uint_eq(got.live, positions[i].live);
		ck_assert_int_eq(got.change, positions[i].change);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(event_cursor_read(wrong[i], &process, &got) ==
				      ERR_SYNTAX,
			      "%s", wrong[i]);
}
END_TEST

static void add(struct event_ring *ring, size_t len)
{
	struct live_event event = {.tail = malloc(len + 1), .len = len};

	ck_assert_ptr_nonnull(event.tail);
	memset(event.tail, 'a', len);
	event.tail[len] = '\0';
	event_ring_add(ring, &event);
}

START_TEST(the_ring_keeps_so_many_events_and_bytes)
{
	struct event_ring *ring = malloc(sizeof(*ring));

	ck_assert_ptr_nonnull(ring);
	event_ring_init(ring);
	for (size_t i = 1; i <= EVENT_RING + 10; i++)
		add(ring, i % 7);
	ck_assert_uint_eq(ring->next, EVENT_RING + 11);
	ck_assert_uint_eq(ring->oldest, 11);
	ck_assert_uint_eq(event_ring_get(ring, 11)->len, 11 % 7);
	ck_assert_uint_eq(event_ring_get(ring, EVENT_RING + 10)->len,
			  (EVENT_RING + 10) % 7);
	for (size_t i = 0; i < 9; i++)
		add(ring, EVENT_RING_BYTES / 8);
	ck_assert_uint_eq(ring->next - ring->oldest, 8);
	ck_assert_uint_eq(ring->bytes, EVENT_RING_BYTES);
	event_ring_release(ring);
	ck_assert_uint_eq(ring->bytes, 0);
	free(ring);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event types");
	TCase *tests = tcase_create("event types");

	tcase_add_test(tests, types_are_named_one_by_one_or_by_family);
	tcase_add_test(tests, a_cursor_is_read_as_it_was_written);
	tcase_add_test(tests, the_ring_keeps_so_many_events_and_bytes);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
