/* Reading a request, a response, a Via, and the response to a leg. */
#include "server/sip/message.h"

#include <check.h>
#include <ctype.h>

#include "server/base/ttl_cache.h"
#include "server/sip/response_head.h"
#include "server/sip/via.h"

#define START "OPTIONS sip:a@example.com SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP h.example.com;branch=z9hG4bKa\r\n"

static struct message message;

struct fault_case {
	const char *sentence, *bytes;
	size_t len; /* 0: all */
	const char *fault;
};

static const struct fault_case fault_cases[] = {
	/* clang-format off */
	{"an ordinary request", START VIA "\r\n", 0, NULL},
	{"LF alone ends lines", "OPTIONS sip:a SIP/2.0\nVia: x\n\n", 0, NULL},
	{"a control byte in a quoted-pair", START "To: \"\\\007\" <sip:a@b.c>\r\n\r\n", 0, NULL},
	{"a control byte elsewhere", START "Subject: a\007\r\n\r\n", 0, "Control Character in Header"},
	{"a NUL", START "Subject: a\0b\r\n\r\n", sizeof(START "Subject: a\0b\r\n\r\n") - 1,
	 "Control Character in Header"},
	{"a line that ends with LF alone, among others", START "Subject: a\nX: b\r\n\r\n", 0,
	 "Mixed Line Ends"},
	{"one that ends with CR and LF, among others", "OPTIONS sip:a SIP/2.0\nVia: x\r\n\n", 0,
	 "Mixed Line Ends"},
	{"an empty line that is not as the others", START "\n", 0, "Mixed Line Ends"},
	{"a CR inside a line", START "Subject: a\rX: b\r\n\r\n", 0, "Stray Carriage Return"},
	{"no empty line", START VIA, 0, "Message Cut Short"},
	{"two blanks in the start line", "OPTIONS  sip:a SIP/2.0\r\n\r\n", 0, "Bad Request-Line"},
	{"a blank after the start line", "OPTIONS sip:a SIP/2.0 \r\n\r\n", 0, "Bad Request-Line"},
	{"a blank in the Request-URI", "OPTIONS sip:a; lr SIP/2.0\r\n\r\n", 0, "Bad Request-Line"},
	{"no version", "OPTIONS sip:a\r\n\r\n", 0, "Bad Request-Line"},
	{"a method that is no token", "OPT@ONS sip:a SIP/2.0\r\n\r\n", 0, "Bad Request-Line"},
	{"a fold after the start line", "OPTIONS sip:a SIP/2.0\r\n x\r\n\r\n", 0, "Bad Request-Line"},
	{"a line without colon", START "Foobar\r\n\r\n", 0, "Bad Header Field"},
	{"a name with a blank in it", START "Foo bar: x\r\n\r\n", 0, "Bad Header Field"},
	{"two of what there is once", START "To: a\r\nt: b\r\n\r\n", 0, "Repeated Header Field"},
	{"two lengths", START "l: 0\r\nContent-Length: 0\r\n\r\n", 0, "Repeated Header Field"},
	{"a negative length", START "l: -1\r\n\r\nx", 0, "Bad Content-Length"},
	{"an empty length", START "l:\r\n\r\nx", 0, "Bad Content-Length"},
	{"a length beyond the datagram", START "l: 2\r\n\r\nx", 0, "Bad Content-Length"},
	{"a length beyond all numbers", START "l: 99999999999999999999999\r\n\r\nx", 0,
	 "Bad Content-Length"},
	{"bytes after the body", START "l: 1\r\n\r\nxyz", 0, NULL},
	/* clang-format on */
};

START_TEST(test_fault)
{
	const struct fault_case *c = &fault_cases[_i];
	struct view bytes = {c->bytes, c->len ? c->len : strlen(c->bytes)};

	message_read(&message, bytes);
	if (c->fault)
		ck_assert_msg(message.fault && !strcmp(message.fault, c->fault),
			      "%s: %s", c->sentence,
			      message.fault ? message.fault : "no fault");
	else
		ck_assert_msg(!message.fault, "%s: %s", c->sentence,
			      message.fault);
}
END_TEST

static void is(struct view v, const char *text)
{
	ck_assert_msg(view_equal(v, view_of(text)), "%.*s, not %s", (int)v.len,
		      v.at, text);
}

START_TEST(test_fields)
{
	struct items items = {0};
	struct view item;
	size_t at = 0;

	message_read(&message, VIEW("MESSAGE sip:a@b.c SIP/2.0\r\n"
				    "v : one,\r\n two\r\n"
				    "SUBJECT:\r\n\ta\r\n  b \r\n"
				    "Unknown: x\r\n"
				    "VIA:three\r\n"
				    "l: 3\r\n\r\nbodyless"));
	ck_assert_ptr_null(message.fault);
	is(message.method, "MESSAGE");
	is(message.uri, "sip:a@b.c");
	is(message.version, "SIP/2.0");
	is(message.body, "bod");
	ck_assert_uint_eq(message.n_lines, 5);
	ck_assert_uint_eq(message.count[FIELD_VIA], 2);
	is(message_value(&message, FIELD_SUBJECT), "a    b");
	is(message_value(&message, FIELD_TO), "");
	ck_assert(message_next(&message, FIELD_VIA, &at, &item));
	is(item, "one,   two");
	ck_assert(message_next(&message, FIELD_VIA, &at, &item));
	is(item, "three");
	ck_assert(!message_next(&message, FIELD_VIA, &at, &item));
	for (const char *const *want =
		     (const char *const[]){"one", "two", "three", NULL};
	     *want; want++) {
		ck_assert(
			message_next_item(&message, FIELD_VIA, &items, &item));
		is(item, *want);
	}
	ck_assert(!message_next_item(&message, FIELD_VIA, &items, &item));
}
END_TEST

struct status_case {
	const char *sentence, *bytes;
	int status; /* 0: broken */
	const char *reason;
};

static const struct status_case status_cases[] = {
	/* clang-format off */
	{"an ordinary response", "SIP/2.0 200 OK\r\n" VIA "\r\n", 200, "OK"},
	{"a reason of some words", "SIP/2.0 486 Busy Here Now\r\n\r\n", 486, "Busy Here Now"},
	{"a reason that is not ASCII", "SIP/2.0 180 \xe6\x97\xa5\r\n\r\n", 180, "\xe6\x97\xa5"},
	{"no reason", "SIP/2.0 100 \r\n\r\n", 100, ""},
	{"no blank after the status", "SIP/2.0 699\r\n\r\n", 699, ""},
	{"small letters", "sip/2.0 200 OK\r\n\r\n", 200, "OK"},
	{"a status of two digits", "SIP/2.0 99 no\r\n\r\n", 0, NULL},
	{"a status of four digits", "SIP/2.0 2000 no\r\n\r\n", 0, NULL},
	{"a status of 700", "SIP/2.0 700 no\r\n\r\n", 0, NULL},
	{"a status of 099", "SIP/2.0 099 no\r\n\r\n", 0, NULL},
	{"two blanks before the status", "SIP/2.0  200 OK\r\n\r\n", 0, NULL},
	{"no status", "SIP/2.0 \r\n\r\n", 0, NULL},
	{"another version", "SIP/3.0 200 OK\r\n\r\n", 0, NULL},
	/* clang-format on */
};

START_TEST(test_response)
{
	const struct status_case *c = &status_cases[_i];

	message_read(&message, view_of(c->bytes));
	ck_assert_msg(message.status == c->status, "%s", c->sentence);
	is(message.method, "");
	is(message.uri, "");
	if (!c->status) {
		ck_assert_str_eq(message.fault, "Bad Status-Line");
		return;
	}
	ck_assert_msg(!message.fault, "%s: %s", c->sentence, message.fault);
	is(message.reason, c->reason);
}
END_TEST

/* What a dialog is made of. */
START_TEST(test_response_fields)
{
	struct items items = {0};
	struct view item;

	message_read(&message, VIEW("SIP/2.0 200 OK\r\n" VIA
				    "Record-Route: <sip:a;lr>, <sip:b;lr>\r\n"
				    "record-route: <sip:c;lr>\r\n"
				    "m: <sip:omar@192.0.2.7>\r\n"
				    "l: 3\r\n\r\nv=0"));
	ck_assert_ptr_null(message.fault);
	is(message.body, "v=0");
	is(message_value(&message, FIELD_CONTACT), "<sip:omar@192.0.2.7>");
	for (const char *const *want =
		     (const char *const[]){"<sip:a;lr>", "<sip:b;lr>",
					   "<sip:c;lr>", NULL};
	     *want; want++) {
		ck_assert(message_next_item(&message, FIELD_RECORD_ROUTE,
					    &items, &item));
		is(item, *want);
	}
	message_read(&message, VIEW(START VIA "\r\n"));
	ck_assert_int_eq(message.status, 0);
	is(message.reason, "");
}
END_TEST

/* Each field is found by its name, in any case. */
START_TEST(test_names)
{
	struct text text;

	text_init(&text, NULL);
	for (int i = FIELD_OTHER + 1; i < FIELD_COUNT; i++) {
		text_clear(&text);
		text_add(&text, START);
		text_add_header(&text, field_name((enum field)i), VIEW("0"));
		text_add(&text, "\r\n");
		for (size_t at = sizeof(START) - 1; text.at[at] != ':'; at++)
			text.at[at] = (char)tolower(text.at[at]);
		message_read(&message, text_view(&text));
		ck_assert_msg(message.count[i] == 1, "%s", text.at);
	}
	text_release(&text);
}
END_TEST

/* RFC 3261 section 7.3.3, and the RFCs of the extensions. */
START_TEST(test_compact_names)
{
	static const struct {
		char letter;
		enum field field;
	} names[] = {
		{'a', FIELD_ACCEPT_CONTACT},
		{'b', FIELD_REFERRED_BY},
		{'c', FIELD_CONTENT_TYPE},
		{'e', FIELD_CONTENT_ENCODING},
		{'f', FIELD_FROM},
		{'i', FIELD_CALL_ID},
		{'j', FIELD_REJECT_CONTACT},
		{'k', FIELD_SUPPORTED},
		{'l', FIELD_CONTENT_LENGTH},
		{'m', FIELD_CONTACT},
		{'o', FIELD_EVENT},
		{'r', FIELD_REFER_TO},
		{'s', FIELD_SUBJECT},
		{'t', FIELD_TO},
		{'u', FIELD_ALLOW_EVENTS},
		{'v', FIELD_VIA},
		{'x', FIELD_SESSION_EXPIRES},
	};
	char bytes[] = START "?: 0\r\n\r\n";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bytes[sizeof(START) - 1] = names[i].letter;
		message_read(&message, view_of(bytes));
		ck_assert_msg(message.count[names[i].field] == 1, "%s", bytes);
	}
}
END_TEST

START_TEST(test_bounds)
{
	struct text text;

	text_init(&text, NULL);
	text_add(&text, START);
	for (int i = 0; i < MESSAGE_LINES_MAX + 1; i++)
		text_add(&text, "Q: y\r\n");
	text_add(&text, "\r\n");
	message_read(&message, text_view(&text));
	ck_assert_str_eq(message.fault, "Too Many Header Fields");
	text_clear(&text);
	text_add(&text, START VIA "Q: ");
	for (int i = 0; i < MESSAGE_HEAD_MAX; i++)
		text_add(&text, "y");
	text_add(&text, "\r\n\r\n");
	message_read(&message, text_view(&text));
	ck_assert_str_eq(message.fault, "Header Too Large");
	ck_assert_uint_eq(message.count[FIELD_VIA], 1);
	text_release(&text);
}
END_TEST

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))

struct via_case {
	const char *item;
	const char *returned; /* from 192.0.2.9:7000; NULL: broken */
};

static const struct via_case via_cases[] = {
	/* clang-format off */
	{"SIP/2.0/UDP 192.0.2.9:7000;branch=z9hG4bKa", "SIP/2.0/UDP 192.0.2.9:7000;branch=z9hG4bKa"},
	{"SIP/2.0/UDP h.example.com;branch=x", "SIP/2.0/UDP h.example.com;branch=x;received=192.0.2.9"},
	{"SIP/2.0/UDP 192.0.2.9;rport;branch=x",
	 "SIP/2.0/UDP 192.0.2.9;branch=x;received=192.0.2.9;rport=7000"},
	{"SIP/2.0/UDP h;rport=1;received=198.51.100.1;x",
	 "SIP/2.0/UDP h;x;received=192.0.2.9;rport=7000"},
	{"SIP  / 2.0\t/TCP   [2001:db8::1] : 5062 ; branch = x ; q=\"a;\\\"b\"",
	 "SIP/2.0/TCP [2001:db8::1] : 5062; branch = x; q=\"a;\\\"b\";received=192.0.2.9"},
	{"SIP/2.0/UDP h;;branch=x", NULL},
	{"SIP/2.0/UDP", NULL},
	{"SIP/2.0/", NULL},
	{"", NULL},
	{"SIP/2.0/UDP h:", NULL},
	{"SIP/2.0/UDP h;x=", NULL},
	{"SIP/2.0/UDP h;", NULL},
	{"SIP/2.0/UDP h;branch=", NULL},
	{"SIP/2.0/UDP h;branch=\"x", NULL},
	{"SIP/2.0/UDP h;branch=x y", NULL},
	{"SIP/2.0/UDP", NULL},
	{"SIP/2.0/UDP ", NULL},
	{"SIP/7.0/UDP h", NULL},
	{"SIP/2.0 h", NULL},
	{"SIP/2.0/UDP h:0", NULL},
	{"SIP/2.0/UDP h:65536", NULL},
	{"SIP/2.0/UDP h:", NULL},
	{"SIP/2.0/UDP [::1", NULL},
	{"SIP/2.0/UDP h<x>", NULL},
	/* clang-format on */
};

START_TEST(test_via)
{
	const struct via_case *c = &via_cases[_i];
	union address source;
	struct text text;
	struct via via;

	ck_assert_int_eq(address_parse(VIEW("192.0.2.9"), 7000, &source),
			 ERR_OK);
	if (!c->returned) {
		ck_assert_msg(via_parse(view_of(c->item), &via), "%s", c->item);
		return;
	}
	ck_assert_msg(!via_parse(view_of(c->item), &via), "%s", c->item);
	text_init(&text, NULL);
	via_add_returned(&text, &via, &source);
	ck_assert_str_eq(text.at, c->returned);
	text_release(&text);
}
END_TEST

/** The two readers agree; @return whether the quick one reads it. */
static bool is_plain(struct view value)
{
	struct view branch, rest = value, item, more;
	struct via via;

	if (!via_plain_branch(value, &branch))
		return false;
	ck_assert(view_next_item(&rest, &item) &&
		  !view_next_item(&rest, &more));
	ck_assert_msg(!via_parse(item, &via), "%.*s", (int)value.len, value.at);
	ck_assert_msg(view_equal(branch, via.branch), "%.*s", (int)value.len,
		      value.at);
	return true;
}

/* Each byte of what is plain is replaced by others, and left out, and there is
 * more of it. */
START_TEST(test_plain_via)
{
	static const char *const plain[] = {
		"SIP/2.0/UDP 192.0.2.9:7000;branch=z9hG4bKa;rport",
		"SIP/2.0/TCP h.example.com;x=1;branch=z;rport=50;received=1",
		"SIP/2.0/UDP h:59999;branc=1;branchy=2;c;branch=a;b"};
	static const char others[] = ";,=:\"<>[]\\ \t\r\n\0bB1/0%\x80";
	static const char *const ends[] = {"",		";",
					   ";branch",	";branch=x",
					   ";BRANCH=x", ", SIP/2.0/UDP h",
					   " ",		"=",
					   ";=",	";x="};
	char bytes[128];

	for (size_t i = 0; i < N(via_cases); i++)
		is_plain(view_of(via_cases[i].item));
	ck_assert(!is_plain(VIEW_NONE));
	is_plain(VIEW("SIP/2.0/UDP h;branch;branch=x"));
	ck_assert(!is_plain(VIEW("SIP/2.0/UDP h:65536;branch=x")));
	for (size_t i = 0; i < N(plain); i++) {
		size_t len = strlen(plain[i]);

		ck_assert_msg(is_plain(view_of(plain[i])), "%s", plain[i]);
		for (size_t k = 0; k < len; k++) {
			is_plain((struct view){plain[i], k});
			for (size_t j = 0; j < sizeof(others); j++) {
				memcpy(bytes, plain[i], len);
				bytes[k] = others[j];
				is_plain((struct view){bytes, len});
			}
		}
		for (size_t k = 0; k < N(ends); k++) {
			snprintf(bytes, sizeof(bytes), "%s%s", plain[i],
				 ends[k]);
			is_plain(view_of(bytes));
		}
	}
}
END_TEST

#define OK "SIP/2.0 200 OK\r\n"
#define OURS "Via: SIP/2.0/UDP h;branch=z9hG4bKa;rport=1\r\n"
#define CSEQ "CSeq: 7 MESSAGE\r\n"

struct result_case {
	const char *sentence, *bytes;
	int status; /* 0: to be dropped */
	int retry_after_s;
};

static const struct result_case result_cases[] = {
	/* clang-format off */
	{"an ordinary response", OK OURS CSEQ "\r\n", 200, 0},
	{"no reason phrase", "SIP/2.0 100 \r\n" OURS CSEQ "\r\n", 100, 0},
	{"not even its blank", "SIP/2.0 486\r\n" OURS CSEQ "\r\n", 486, 0},
	{"compact, folded, any case", OK "v:\r\n SIP/2.0/UDP h\r\n ;branch=z9hG4bKa\r\ncseq : 7\r\n MESSAGE\r\n\r\n", 200, 0},
	{"LF alone", "SIP/2.0 200 OK\nv: SIP/2.0/UDP h;branch=z9hG4bKa\nCSeq: 7 MESSAGE\n\n", 200, 0},
	{"Retry-After", "SIP/2.0 503 No\r\n" OURS CSEQ "Retry-After: 18 (later);x=1\r\n\r\n", 503, 18},
	{"a Retry-After that is no number", "SIP/2.0 503 No\r\n" OURS CSEQ "Retry-After: soon\r\n\r\n", 503, 0},
	{"a Retry-After of 26 digits", "SIP/2.0 503 No\r\n" OURS CSEQ "Retry-After: 94930283850302834930402398\r\n\r\n", 503, 0},
	{"what looks like a header in the body", OK OURS CSEQ "\r\n" OURS CSEQ, 200, 0},
	{"two Via fields", OK OURS OURS CSEQ "\r\n", 0, 0},
	{"two Via values", OK "Via: SIP/2.0/UDP h;branch=z9hG4bKa, SIP/2.0/UDP i\r\n" CSEQ "\r\n", 0, 0},
	{"no Via", OK CSEQ "\r\n", 0, 0},
	{"no CSeq", OK OURS "\r\n", 0, 0},
	{"two CSeq", OK OURS CSEQ CSEQ "\r\n", 0, 0},
	{"a CSeq beyond 31 bits", OK OURS "CSeq: 9292394834772304023312 MESSAGE\r\n\r\n", 0, 0},
	{"a status of ten digits", "SIP/2.0 4294967301 no\r\n" OURS CSEQ "\r\n", 0, 0},
	{"a status of two digits", "SIP/2.0 99 no\r\n" OURS CSEQ "\r\n", 0, 0},
	{"a status of 700", "SIP/2.0 700 no\r\n" OURS CSEQ "\r\n", 0, 0},
	{"a status of 099", "SIP/2.0 099 no\r\n" OURS CSEQ "\r\n", 0, 0},
	{"another version", "SIP/7.0 200 OK\r\n" OURS CSEQ "\r\n", 0, 0},
	/* clang-format on */
};

START_TEST(test_result)
{
	const struct result_case *c = &result_cases[_i];
	struct response_head head;

	if (!c->status) {
		ck_assert_msg(response_head_read(view_of(c->bytes), &head),
			      "%s", c->sentence);
		return;
	}
	ck_assert_msg(!response_head_read(view_of(c->bytes), &head), "%s",
		      c->sentence);
	ck_assert_msg(head.status == c->status &&
			      head.retry_after_s == c->retry_after_s &&
			      head.cseq == 7,
		      "%s", c->sentence);
	is(head.branch, "z9hG4bKa");
	is(head.method, "MESSAGE");
}
END_TEST

START_TEST(test_ttl_cache)
{
	struct ttl_cache *cache = ttl_cache_new(64);
	struct hash128 key = {7, 8};
	uint32_t value = 0;

	ck_assert(!ttl_cache_get(cache, key, 0, &value));
	ttl_cache_put(cache, key, 5, 100);
	ck_assert(ttl_cache_get(cache, key, 99, &value));
	ck_assert_uint_eq(value, 5);
	ck_assert(!ttl_cache_get(cache, key, 100, &value));
	ttl_cache_put(cache, key, 6, 200);
	ck_assert(ttl_cache_get(cache, key, 150, &value));
	ck_assert_uint_eq(value, 6);
	/* Others push it out when its set is full, and it is the oldest. */
	for (uint64_t i = 0; i < 1000; i++)
		ttl_cache_put(cache, (struct hash128){i, 9}, 1, 300);
	ck_assert(!ttl_cache_get(cache, key, 150, &value));
	ttl_cache_free(cache);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *tcase = tcase_create("message");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_fault, 0, N(fault_cases));
	tcase_add_test(tcase, test_fields);
	tcase_add_loop_test(tcase, test_response, 0, N(status_cases));
	tcase_add_test(tcase, test_response_fields);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_compact_names);
	tcase_add_test(tcase, test_bounds);
	tcase_add_loop_test(tcase, test_via, 0, N(via_cases));
	tcase_add_test(tcase, test_plain_via);
	tcase_add_loop_test(tcase, test_result, 0, N(result_cases));
	tcase_add_test(tcase, test_ttl_cache);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
