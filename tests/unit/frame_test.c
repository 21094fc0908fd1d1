/* Where a message ends in a stream, and addresses as text and bytes. */
#include "server/net/frame.h"

#include <check.h>

#include "server/net/source_rate.h"
#include "server/net/transport.h"

#define MAX 4096

#define LINE "MESSAGE sip:b@example.com SIP/2.0\r\n"

struct framing_case {
	const char *sentence;
	const char *bytes;
	enum frame_state state;
	enum err why;
	size_t len; /* FRAME_WHOLE; 0: all of it */
};

static const struct framing_case framing_cases[] = {
	/* clang-format off */
	{"a body of five bytes",
	 LINE "Content-Length: 5\r\n\r\nhello", FRAME_WHOLE, ERR_OK, 0},
	{"the next message is not part of it",
	 LINE "Content-Length: 2\r\n\r\nhiMESSAGE", FRAME_WHOLE, ERR_OK,
	 sizeof(LINE "Content-Length: 2\r\n\r\nhi") - 1},
	{"no body", LINE "Content-Length: 0\r\n\r\n", FRAME_WHOLE, ERR_OK, 0},
	{"compact form", LINE "l: 1\r\n\r\nx", FRAME_WHOLE, ERR_OK, 0},
	{"any case", LINE "cOnTeNt-LeNgTh: 1\r\n\r\nx", FRAME_WHOLE, ERR_OK, 0},
	{"blanks around the colon", LINE "L \t : \t 1  \r\n\r\nx", FRAME_WHOLE, ERR_OK, 0},
	{"the value on the next line", LINE "l:\r\n 1\r\n\r\nx", FRAME_WHOLE, ERR_OK, 0},
	{"LF alone ends lines", "MESSAGE sip:b SIP/2.0\nl: 1\n\nx", FRAME_WHOLE, ERR_OK, 0},
	{"leading zeros", LINE "l: 0001\r\n\r\nx", FRAME_WHOLE, ERR_OK, 0},
	{"a NUL in the body is a byte", LINE "l: 1\r\n\r\n", FRAME_PARTIAL, ERR_OK, 0},
	{"head without end", LINE "l: 1\r\n", FRAME_PARTIAL, ERR_OK, 0},
	{"half the empty line", LINE "l: 1\r\n\r", FRAME_PARTIAL, ERR_OK, 0},
	{"half the body", LINE "l: 5\r\n\r\nhel", FRAME_PARTIAL, ERR_OK, 0},
	{"no length at all", LINE "To: b\r\n\r\n", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a length in the start line is none", "l: 5 is not a request at all\r\n\r\nhello",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a length folded into another line is none",
	 LINE "Subject: a\r\n l: 5\r\n\r\nhello", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"two lengths that differ", LINE "l: 5\r\nContent-Length: 4\r\n\r\nhello",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"two lengths that agree", LINE "l: 5\r\nl: 5\r\n\r\nhello",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a list of lengths", LINE "l: 5, 5\r\n\r\nhello", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"negative", LINE "l: -1\r\n\r\nhello", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a plus sign", LINE "l: +5\r\n\r\nhello", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"hexadecimal", LINE "l: 0x5\r\n\r\nhello", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"empty value", LINE "l:\r\n\r\nhello", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"over the limit", LINE "l: 4096\r\n\r\n", FRAME_BROKEN, ERR_TOO_LARGE, 0},
	{"over any number", LINE "l: 99999999999999999999999999\r\n\r\n",
	 FRAME_BROKEN, ERR_TOO_LARGE, 0},
	{"a CR alone may be a line to others", LINE "Subject: a\rl: 1\r\nl: 5\r\n\r\nhello",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"too short for a message", "A\r\nl:0\r\n\r\n", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"the end of a longer body before a request",
	 "and more\r\n" LINE "l: 0\r\n\r\n", FRAME_BROKEN, ERR_SYNTAX, 0},
	{"it is told once the head is whole", "and more\r\n" LINE "l: 0\r\n",
	 FRAME_PARTIAL, ERR_OK, 0},
	{"another protocol", "GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"two blanks in a Request-Line", "MESSAGE  sip:b SIP/2.0\r\nl: 0\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a blank after it", "MESSAGE sip:b SIP/2.0 \r\nl: 0\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a method that is no token", "ME\"SAGE sip:b SIP/2.0\r\nl: 0\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a version to be refused, in any case", "MESSAGE sip:b sip/x\r\nl: 0\r\n\r\n",
	 FRAME_WHOLE, ERR_OK, 0},
	{"a response", "SIP/2.0 200 OK\r\nl: 0\r\n\r\n", FRAME_WHOLE, ERR_OK, 0},
	{"one without a reason", "SIP/2.0 200\r\nl: 0\r\n\r\n", FRAME_WHOLE, ERR_OK, 0},
	{"one without a length", "SIP/2.0 200 OK\r\nTo: b\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a status of two digits", "SIP/2.0 20 OK\r\nl: 0\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a status of four", "SIP/2.0 2000 OK\r\nl: 0\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	{"a response without a version", "SIP/ 200 OK\r\nl: 0\r\n\r\n",
	 FRAME_BROKEN, ERR_SYNTAX, 0},
	/* clang-format on */
};

START_TEST(framing)
{
	const struct framing_case *c = &framing_cases[_i];
	struct frame frame = {0};
	enum err why = ERR_OK;
	size_t len = c->len ? c->len : strlen(c->bytes);

	ck_assert_msg(frame_next(&frame, view_of(c->bytes), MAX, &why) ==
			      c->state,
		      "%s", c->sentence);
	ck_assert_msg(why == c->why, "%s", c->sentence);
	if (c->state == FRAME_WHOLE)
		ck_assert_msg(frame.len == len, "%s", c->sentence);
}
END_TEST

START_TEST(framing_is_the_same_byte_by_byte)
{
	const struct framing_case *c = &framing_cases[_i];
	struct frame frame = {0};
	enum frame_state state = FRAME_PARTIAL;
	enum err why = ERR_OK;
	size_t i;

	for (i = 1; i <= strlen(c->bytes) && state == FRAME_PARTIAL; i++)
		state = frame_next(&frame,
				   (struct view){.at = c->bytes, .len = i}, MAX,
				   &why);
	ck_assert_msg(state == c->state, "%s", c->sentence);
	ck_assert_msg(why == c->why, "%s", c->sentence);
	if (state == FRAME_WHOLE)
		ck_assert_msg(frame.len == i - 1, "%s", c->sentence);
}
END_TEST

START_TEST(a_nul_in_the_head_is_refused)
{
	static const char bytes[] = LINE "Subject: a\0b\r\nl: 0\r\n\r\n";
	struct frame frame = {0};
	enum err why = ERR_OK;

	ck_assert_int_eq(
		frame_next(&frame,
			   (struct view){.at = bytes, .len = sizeof(bytes) - 1},
			   MAX, &why),
		FRAME_BROKEN);
	ck_assert_int_eq(why, ERR_SYNTAX);
}
END_TEST

START_TEST(a_head_has_a_bound_of_its_own)
{
	static char bytes[FRAME_HEAD_MAX];
	struct frame frame = {0};
	enum err why = ERR_OK;

	memset(bytes, 'A', sizeof(bytes));
	ck_assert_int_eq(
		frame_next(&frame,
			   view_head((struct view){bytes, sizeof(bytes)},
				     FRAME_HEAD_MAX - 1),
			   1 << 20, &why),
		FRAME_PARTIAL);
	ck_assert_int_eq(frame_next(&frame, (struct view){bytes, sizeof(bytes)},
				    1 << 20, &why),
			 FRAME_BROKEN);
	ck_assert_int_eq(why, ERR_TOO_LARGE);
}
END_TEST

START_TEST(a_version_has_its_form)
{
	static const char *const good[] = {"SIP/2.0", "sip/2.0", "SIP/2.999",
					   "SIP/10.0"};
	static const char *const bad[] = {"",	      "SIP/",	  "SIP/2",
					  "SIP/2.",   "SIP/.0",	  "SIP/abc",
					  "SIP/2.0x", "SIP/2.0 ", "HTTP/2.0"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(frame_is_version(view_of(good[i])), "%s",
			      good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!frame_is_version(view_of(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(a_head_without_end_is_too_large)
{
	struct frame frame = {0};
	enum err why = ERR_OK;
	char bytes[MAX];

	memset(bytes, 'A', sizeof(bytes));
	ck_assert_int_eq(frame_next(&frame,
				    (struct view){.at = bytes, .len = MAX - 1},
				    MAX, &why),
			 FRAME_PARTIAL);
	ck_assert_int_eq(frame_next(&frame,
				    (struct view){.at = bytes, .len = MAX}, MAX,
				    &why),
			 FRAME_BROKEN);
	ck_assert_int_eq(why, ERR_TOO_LARGE);
}
END_TEST

struct address_case {
	const char *text;
	const char *back; /* NULL: refused */
};

static const struct address_case address_cases[] = {
	/* clang-format off */
	{"192.0.2.1",              "192.0.2.1:5060"},
	{"192.0.2.1:5080",         "192.0.2.1:5080"},
	{"[2001:db8::1]",          "[2001:db8::1]:5060"},
	{"[2001:DB8:0::1]:65535",  "[2001:db8::1]:65535"},
	{"2001:db8::1",            "[2001:db8::1]:5060"},
	{"::1",                    "[::1]:5060"},
	{"192.0.2.1:65536",        NULL},
	{"192.0.2.1:",             NULL},
	{"192.0.2.1:-1",           NULL},
	{"192.0.2.1:5060x",        NULL},
	{"[192.0.2.1]",            NULL},
	{"[::1",                   NULL},
	{"[::1]5060",              NULL},
	{"",                       NULL},
	{"[]",                     NULL},
	{"localhost",              NULL},
	{"0x7f.1",                 NULL},
	{"2130706433",             NULL},
	{"127.1",                  NULL},
	{"192.0.2.01",             NULL},
	/* clang-format on */
};

START_TEST(addresses_are_numeric_and_exact)
{
	const struct address_case *c = &address_cases[_i];
	union address address, other;
	char back[64];
	enum err err = address_parse(view_of(c->text), 5060, &address);

	ck_assert_msg(err == (c->back ? ERR_OK : ERR_SYNTAX), "%s", c->text);
	if (err)
		return;
	address_format(&address, back);
	ck_assert_str_eq(back, c->back);
	ck_assert_int_eq(address_parse(view_of(back), 1, &other), ERR_OK);
	ck_assert(address_equal(&address, &other));
	address_set_port(&other, 1);
	ck_assert(!address_equal(&address, &other));
}
END_TEST

START_TEST(a_source_has_its_own_bucket)
{
	uint8_t a[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
	uint8_t b[16] = {[10] = 0xff, 0xff, 192, 0, 2, 2};
	struct source_rates *rates = source_rates_new(64);
	int i;

	for (i = 0; i < 3; i++)
		ck_assert_int_eq(source_rate_take(rates, a, 1000, 2, 3), 0);
	ck_assert_int_eq(source_rate_take(rates, a, 1000, 2, 3), 500);
	ck_assert_int_eq(source_rate_take(rates, b, 1000, 2, 3), 0);
	ck_assert_int_eq(source_rate_take(rates, a, 1499, 2, 3), 1);
	ck_assert_int_eq(source_rate_take(rates, a, 1500, 2, 3), 0);
	for (i = 0; i < 100; i++) /* a rate of 0 is no limit */
		ck_assert_int_eq(source_rate_take(rates, a, 1500, 0, 1), 0);
	source_rates_free(rates);
}
END_TEST

START_TEST(one_ipv6_network_of_64_bits_is_one_source)
{
	uint8_t a[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	uint8_t neighbour[16] = {0x20, 0x01, 0x0d, 0xb8, [8] = 9, [15] = 2};
	uint8_t other[16] = {0x20, 0x01, 0x0d, 0xb8, [7] = 1, [15] = 1};
	struct source_rates *rates = source_rates_new(64);

	ck_assert_int_eq(source_rate_take(rates, a, 1, 1, 1), 0);
	ck_assert_int_ne(source_rate_take(rates, neighbour, 1, 1, 1), 0);
	ck_assert_int_eq(source_rate_take(rates, other, 1, 1, 1), 0);
	source_rates_free(rates);
}
END_TEST

START_TEST(a_flood_of_sources_does_not_free_one_that_keeps_sending)
{
	uint8_t loud[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
	uint8_t forged[16] = {[10] = 0xff, 0xff, 10};
	struct source_rates *rates = source_rates_new(1024);
	int passed = 0, now, i;

	for (now = 1; now <= 1000; now++) {
		passed += source_rate_take(rates, loud, now, 1, 1) == 0;
		for (i = 0; i < 5; i++) {
			uint32_t n = (uint32_t)(now * 5 + i);

			memcpy(forged + 13, &n, 3);
			(void)source_rate_take(rates, forged, now, 1, 1);
		}
	}
	ck_assert_int_eq(passed, 1);
	source_rates_free(rates);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tcase = tcase_create("frame");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, framing, 0,
			    sizeof(framing_cases) / sizeof(*framing_cases));
	tcase_add_loop_test(tcase, framing_is_the_same_byte_by_byte, 0,
			    sizeof(framing_cases) / sizeof(*framing_cases));
	tcase_add_test(tcase, a_nul_in_the_head_is_refused);
	tcase_add_test(tcase, a_head_without_end_is_too_large);
	tcase_add_test(tcase, a_head_has_a_bound_of_its_own);
	tcase_add_test(tcase, a_version_has_its_form);
	tcase_add_loop_test(tcase, addresses_are_numeric_and_exact, 0,
			    sizeof(address_cases) / sizeof(*address_cases));
	tcase_add_test(tcase, a_source_has_its_own_bucket);
	tcase_add_test(tcase, one_ipv6_network_of_64_bits_is_one_source);
	tcase_add_test(tcase,
		       a_flood_of_sources_does_not_free_one_that_keeps_sending);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
