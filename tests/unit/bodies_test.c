/* What the readers of the API make of bytes, without a socket or a store. */
#include <check.h>

#include "api/bodies.h"
#include "api/negotiate.h"
#include "api/params.h"
#include "api/time_format.h"

#define NOW 1700000000
#define LISTS "sip:lists@relay.example.com"

static const char *const services[] = {"lists"};
static const struct ours ours = {
	.domain = "relay.example.com", .services = services, .n_services = 1};

static struct arena *arena;
static struct problem problem;

static void setup(void)
{
	arena = arena_new(0);
	memset(&problem, 0, sizeof(problem));
}

static void teardown(void)
{
	arena_free(arena);
}

START_TEST(senders_are_read_into_scopes)
{
	static const struct {
		const char *text, *scope; /* NULL: refused */
	} cases[] = {
		{"*", "*"},
		{"anonymous", "anonymous"},
		{"*@Example.COM", "*@example.com"},
		{"alice@Example.com", "sip:alice@example.com"},
		{"sip:Alice@example.com:5060", "sip:Alice@example.com"},
		{"sips:alice@example.com", "sip:alice@example.com"},
		{"tel:+1-555", "tel:+1555"},
		{"*@Example.com.", "*@example.com"},
		{"*@example.com:5060", "*@example.com"},
		{"*@[2001:DB8:0::1]", "*@[2001:db8::1]"},
		{"sip:alice@example.com.;user=IP", "sip:alice@example.com"},
		{"*@", NULL},
		{"*@example.com:5070", NULL},
		{"*@example.com;x=y", NULL},
		{"*@a@b", NULL},
		{"**", NULL},
		{"*example.com", NULL},
		{"Anonymous", NULL},
		{"alice", NULL},
		{"mailto:alice@example.com", NULL},
		{"http://example.com/", NULL},
		{"<sip:alice@example.com>", NULL},
		{"sip:a b@example.com", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *scope = NULL;
		enum err err = scope_read(arena, cases[i].text, &scope);

		ck_assert_msg(!err == !!cases[i].scope, "%s: %s", cases[i].text,
			      scope ? scope : err_text(err));
		if (!err)
			ck_assert_str_eq(scope, cases[i].scope);
	}
}
END_TEST

#define BODY(sender, target, recipient, more)                                  \
	"{\"sender\":\"" sender "\",\"target\":\"" target                      \
	"\",\"recipient\":\"" recipient "\"" more "}"
#define TO_BOB(more) BODY("*", "*", "sip:bob@example.net", more)
#define TO(recipient) BODY("*", "*", recipient, "")

START_TEST(permissions_are_read_strictly_and_the_fault_is_named)
{
	static const struct {
		const char *body;
		int status; /* 0: read */
		const char *field;
	} cases[] = {
		{TO_BOB(""), 0, NULL},
		{TO_BOB(",\"state\":\"denied\""), 0, NULL},
		{TO_BOB(",\"expires_at\":null"), 0, NULL},
		{TO_BOB(",\"expires_at\":\"2099-01-01T00:00:00Z\""), 0, NULL},
		{"", 400, NULL},
		{"null", 400, NULL},
		{"[1]", 400, NULL},
		{"{}", 422, "sender"},
		{"{\"sender\":\"*\"}", 422, "target"},
		{"{\"sender\":\"*\",\"target\":\"*\"}", 422, "recipient"},
		{"{\"sender\":1}", 422, "sender"},
		{"{\"sender\":null}", 422, "sender"},
		{"{\"sender\":[\"*\"]}", 422, "sender"},
		{"{\"id\":7}", 422, "id"},
		{TO_BOB(",\"State\":\"denied\""), 422, "State"},
		{BODY("bob", "*", "sip:bob@example.net", ""), 422, "sender"},
		{BODY("*", "lists", "sip:bob@example.net", ""), 422, "target"},
		{BODY("*", "*@x", "sip:bob@example.net", ""), 422, "target"},
		{BODY("*", "*", "*", ""), 422, "recipient"},
		{BODY("*", "*", "*@example.net", ""), 422, "recipient"},
		{TO("bob@example.net"), 422, "recipient"},
		{TO("tel:+1555"), 422, "recipient"},
		{TO("mailto:a@b.c"), 422, "recipient"},
		{TO("sip:bob@127.0.0.1"), 422, "recipient"},
		{TO("sip:bob@2130706433"), 422, "recipient"},
		{TO("sip:bob@[::1]"), 422, "recipient"},
		{TO("sip:bob@localhost"), 422, "recipient"},
		{TO("sip:bob@x.net;maddr=127.0.0.1"), 422, "recipient"},
		{TO("sip:bob@x.net:22"), 422, "recipient"},
		{TO("sips:bob@x.net"), 422, "recipient"},
		{TO("sip:bob@x.net;transport=tls"), 422, "recipient"},
		{TO("sip:bob@x.net;transport=ws"), 422, "recipient"},
		{TO("sip:bob@127.0.0.1."), 422, "recipient"},
		{TO("sip:lists@relay.example.com."), 422, "recipient"},
		{TO("sip:lists@relay.example.com"), 422, "recipient"},
		{TO("sip:lists@Relay.Example.com:5060"), 422, "recipient"},
		{TO("sip:relay.example.com"), 422, "recipient"},
		{TO("sip:g-0123456789abcdef0123456789abcdef"
		    "@relay.example.com"),
		 422, "recipient"},
		{TO("sip:bob@relay.example.com"), 0, NULL},
		{TO("sip:bob@relay.example.com:5060"), 0, NULL},
		{TO("sip:bob@example.net\\r\\nX: y"), 422, "recipient"},
		{TO_BOB(",\"state\":\"granted\""), 422, "evidence"},
		{TO_BOB(",\"state\":\"granted\",\"evidence\":\" \""), 422,
		 "evidence"},
		{TO_BOB(",\"evidence\":\"a\\nb\""), 422, "evidence"},
		{TO_BOB(",\"state\":\"waiting\""), 422, "state"},
		{TO_BOB(",\"state\":\"error\""), 422, "state"},
		{TO_BOB(",\"state\":\"GRANTED\""), 422, "state"},
		{TO_BOB(",\"origin\":\"recipient\""), 422, "origin"},
		{TO_BOB(",\"origin\":\"me\""), 422, "origin"},
		{TO_BOB(",\"expires_at\":1700000001"), 422, "expires_at"},
		{TO_BOB(",\"term\":\"30d\""), 0, NULL},
		{TO_BOB(",\"term\":\"permanent\""), 0, NULL},
		{TO_BOB(",\"term\":\"6d\""), 422, "term"},
		{TO_BOB(",\"term\":\"3651d\""), 422, "term"},
		{TO_BOB(",\"term\":\"d\""), 422, "term"},
		{TO_BOB(",\"term\":\"30h\""), 422, "term"},
		{TO_BOB(",\"term\":\"30d\",\"state\":\"denied\""), 422, "term"},
		{TO_BOB(",\"term\":\"30d\",\"expires_at\":null"), 422, "term"},
		{TO_BOB(",\"expires_at\":\"soon\""), 422, "expires_at"},
		{TO_BOB(",\"expires_at\":\"2020-01-01T00:00:00Z\""), 422,
		 "expires_at"},
	};
	const struct body_rules rules = {.ours = &ours, .now = NOW};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct permission_body body;

		problem = (struct problem){0};
		(void)!permission_body_read(view_of(cases[i].body), &rules,
					    arena, &body, &problem);
		ck_assert_msg(problem.status == cases[i].status, "%s: %d %s",
			      cases[i].body, problem.status, problem.detail);
		if (cases[i].field)
			ck_assert_str_eq(problem.field, cases[i].field);
		if (problem.status)
			ck_assert_ptr_nonnull(problem.detail);
	}
}
END_TEST

START_TEST(a_permission_is_canonical_and_keeps_what_was_given)
{
	const struct body_rules rules = {
		.ours = &ours, .allow_private_addresses = 1, .now = NOW};
	struct permission_body body;

	ck_assert_int_eq(
		permission_body_read(
			view_of(BODY("Al@A.example", "SIP:L@B.example",
				     "SIP:bob@127.0.0.1:5070;transport=tcp",
				     ",\"origin\":\"import\"")),
			&rules, arena, &body, &problem),
		ERR_OK);
	ck_assert_str_eq(body.sender, "sip:Al@a.example");
	ck_assert_str_eq(body.target, "sip:L@b.example");
	ck_assert_str_eq(body.recipient, "sip:bob@127.0.0.1:5070");
	ck_assert_str_eq(body.recipient_uri,
			 "SIP:bob@127.0.0.1:5070;transport=tcp");
	ck_assert_int_eq(body.state, PERMISSION_PENDING);
	ck_assert_int_eq(body.origin, ORIGIN_IMPORT);
	ck_assert_int_eq(body.expires_at, -1);
}
END_TEST

START_TEST(users_are_read_strictly)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{"{\"aor\":\"n@x.org\",\"username\":\"n\",\"password\":\"p\"}",
		 NULL},
		{"{\"username\":\"n\",\"password\":\"p\"}", "aor"},
		{"{\"aor\":\"*@x.org\",\"username\":\"n\",\"password\":\"p\"}",
		 NULL}, /* a star is a letter like others in a user part */
		{"{\"aor\":\"n\",\"username\":\"n\",\"password\":\"p\"}",
		 "aor"},
		{"{\"aor\":\"n@x.org\",\"password\":\"p\"}", "username"},
		{"{\"aor\":\"n@x.org\",\"username\":\"\",\"password\":\"p\"}",
		 "username"},
		{"{\"aor\":\"n@x.org\",\"username\":\"a:b\",\"password\":"
		 "\"p\"}",
		 "username"},
		{"{\"aor\":\"n@x.org\",\"username\":\" a\",\"password\":"
		 "\"p\"}",
		 "username"},
		{"{\"aor\":\"n@x.org\",\"username\":\"n\"}", "password"},
		{"{\"aor\":\"n@x.org\",\"username\":\"n\",\"password\":\"\"}",
		 "password"},
		{"{\"aor\":\"n@x.org\",\"username\":\"n\",\"password\":12}",
		 "password"},
		{"{\"aor\":\"n@x.org\",\"username\":\"n\",\"ha1\":\"0\"}",
		 "ha1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct user_body body;
		enum err err = user_body_read(view_of(cases[i].body), arena,
					      &body, &problem);

		ck_assert_msg(!err == !cases[i].field, "%s: %s", cases[i].body,
			      problem.detail);
		if (err)
			ck_assert_str_eq(problem.field, cases[i].field);
	}
}
END_TEST

START_TEST(instants_are_those_of_rfc_3339)
{
	static const struct {
		const char *text;
		int64_t at; /* -1: refused */
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2023-11-14T22:13:20Z", NOW},
		{"2023-11-14t22:13:20.999z", NOW},
		{"2023-11-14 22:13:20Z", NOW},
		{"2023-11-15T00:13:20+02:00", NOW},
		{"2023-11-14T16:43:20-05:30", NOW},
		{"2016-12-31T23:59:60Z", 1483228799},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"2023-02-29T00:00:00Z", -1},
		{"2023-02-31T00:00:00Z", -1},
		{"2023-13-01T00:00:00Z", -1},
		{"2023-00-01T00:00:00Z", -1},
		{"2023-11-14T24:00:00Z", -1},
		{"2023-11-14T22:13:20", -1},
		{"2023-11-14T22:13:20.Z", -1},
		{"2023-11-14T22:13:20+0200", -1},
		{"2023-11-14T22:13Z", -1},
		{"2023-11-14", -1},
		{" 2023-11-14T22:13:20Z", -1},
		{"2023-11-14T22:13:20Zx", -1},
		{"1700000000", -1},
		{"", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t at = -1;
		char text[TIME_LEN];

		(void)!time_parse(view_of(cases[i].text), &at);
		ck_assert_msg(at == cases[i].at, "%s: %lld", cases[i].text,
			      (long long)at);
		if (at < 0)
			continue;
		time_format(at, text);
		ck_assert_int_eq(time_parse(view_of(text), &at), ERR_OK);
		ck_assert_int_eq(at, cases[i].at);
	}
}
END_TEST

START_TEST(an_etag_matches_strongly)
{
	ck_assert(etag_matches(VIEW("\"a\""), "a"));
	ck_assert(etag_matches(VIEW("\"b\" , \"a\""), "a"));
	ck_assert(etag_matches(VIEW("*"), "a"));
	ck_assert(!etag_matches(VIEW("W/\"a\""), "a"));
	ck_assert(!etag_matches(VIEW("a"), "a"));
	ck_assert(!etag_matches(VIEW("\"ab\""), "a"));
	ck_assert(!etag_matches(VIEW("\"\""), "a"));
	ck_assert(!etag_matches(VIEW(""), "a"));
}
END_TEST

START_TEST(the_tags_of_a_list_are_read)
{
	const char *const *tags =
		etags_read(VIEW("\"a\", W/\"b\", c, \"\" ,\"d\""), arena);

	ck_assert_str_eq(tags[0], "a");
	ck_assert_str_eq(tags[1], "");
	ck_assert_str_eq(tags[2], "d");
	ck_assert_ptr_null(tags[3]);
	ck_assert_ptr_null(etags_read(VIEW("W/\"b\""), arena)[0]);
	ck_assert_ptr_null(etags_read(VIEW(" * "), arena));
	ck_assert_ptr_null(etags_read(VIEW(""), arena));
}
END_TEST

START_TEST(a_request_uri_is_taken_apart_once)
{
	struct params params;
	const char *path;

	ck_assert_int_eq(
		params_read(arena, "/a%2Fb?x=1+1&y&&z=%26%3d", &path, &params),
		ERR_OK);
	ck_assert_str_eq(path, "/a/b");
	ck_assert_str_eq(params_value(&params, "x"), "1+1");
	ck_assert_str_eq(params_value(&params, "y"), "");
	ck_assert_str_eq(params_value(&params, "z"), "&=");
	ck_assert_ptr_null(params_value(&params, "w"));
	ck_assert_int_eq(params_read(arena, "/?x=1&%78=2", &path, &params),
			 ERR_SYNTAX);
	ck_assert_int_eq(params_read(arena, "/%", &path, &params), ERR_SYNTAX);
	ck_assert_int_eq(params_read(arena, "/%00", &path, &params),
			 ERR_CHARSET);
	ck_assert_int_eq(params_read(arena, "/%c3%28", &path, &params),
			 ERR_CHARSET);
	ck_assert_int_eq(params_read(arena,
				     "/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q",
				     &path, &params),
			 ERR_TOO_LARGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bodies");
	TCase *tests = tcase_create("bodies");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, senders_are_read_into_scopes);
	tcase_add_test(tests,
		       permissions_are_read_strictly_and_the_fault_is_named);
	tcase_add_test(tests,
		       a_permission_is_canonical_and_keeps_what_was_given);
	tcase_add_test(tests, users_are_read_strictly);
	tcase_add_test(tests, instants_are_those_of_rfc_3339);
	tcase_add_test(tests, an_etag_matches_strongly);
	tcase_add_test(tests, the_tags_of_a_list_are_read);
	tcase_add_test(tests, a_request_uri_is_taken_apart_once);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
