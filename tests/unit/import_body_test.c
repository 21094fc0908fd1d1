/* What an import brings, read: good lines, and each bad one by its name. */
#include <check.h>

#include "api/import_body.h"

#define N_ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

static const char *const services[] = {"lists"};
static const struct ours ours = {
	.domain = "relay.example.com", .services = services, .n_services = 1};
static struct import_rules rules;
static struct arena *arena;
static struct problem problem;
static struct import_body body;

static void setup(void)
{
	arena = arena_new(0);
	memset(&problem, 0, sizeof(problem));
	rules = (struct import_rules){
		.body = {.ours = &ours, .now = 1700000000},
		.mode = IMPORT_GRANTED,
		.evidence = "form",
		.expires_at = -1};
}

static void teardown(void)
{
	arena_free(arena);
}

static enum err read_csv(const char *text)
{
	return import_csv_read(view_of(text), &rules, arena, &body, &problem);
}

static enum err read_json(const char *text)
{
	return import_json_read(view_of(text), &rules, arena, &body, &problem);
}

/** The faults, as "2 recipient duplicate, 3 - csv". */
static const char *faults(void)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < body.n_faults; i++)
		text_printf(&text, "%s%zu %s %s", i ? ", " : "",
			    body.faults[i].line,
			    body.faults[i].field ? body.faults[i].field : "-",
			    body.faults[i].reason);
	return text.len ? text.at : "";
}

START_TEST(columns_come_in_any_order)
{
	ck_assert_int_eq(
		read_csv(
			"Evidence, evidence_date,recipient,kinds,display_name,"
			"expires_at\r\n"
			"\"form \"\"12\"\"\",2023-11-03, sip:Omar@Example.ORG ,"
			"message call,Omar,2030-01-02T03:04:05Z\r\n"
			",,sip:pia@example.net,,,\r\n"),
		ERR_OK);
	ck_assert_str_eq(faults(), "");
	ck_assert_uint_eq(body.n, 2);
	ck_assert_uint_eq(body.lines[0].line, 2);
	ck_assert_str_eq(body.lines[0].recipient, "sip:Omar@example.org");
	ck_assert_str_eq(body.lines[0].evidence, "form \"12\", 2023-11-03");
	ck_assert_int_eq(body.lines[0].kinds.set, KIND_MESSAGE | KIND_CALL);
	ck_assert_str_eq(body.lines[0].title, "Omar");
	ck_assert_int_eq(body.lines[0].expires_at, 1893553445);
	ck_assert_str_eq(body.lines[1].evidence, "form");
	ck_assert_int_eq(body.lines[1].expires_at, -1);
	ck_assert_ptr_null(body.lines[1].title);
}
END_TEST

/** Lines after "recipient,kinds,evidence_date,expires_at". */
static const struct {
	const char *lines, *faults;
} bad_lines[] = {
	{",,,\n", "2 recipient field"},
	{"omar,,,\n", "2 recipient field"},
	{"http://example.org/,,,\n", "2 recipient field"},
	{"tel:+4930123,,,\n", "2 recipient field"},
	{"sips:o@example.org,,,\n", "2 recipient field"},
	{"*@example.org,,,\n", "2 recipient field"},
	{"sip:o@127.0.0.1,,,\n", "2 recipient field"},
	{"sip:o@10.1.2.3,,,\n", "2 recipient field"},
	{"sip:o@[::1],,,\n", "2 recipient field"},
	{"sip:o@224.0.0.1,,,\n", "2 recipient field"},
	{"sip:o@example.org:22,,,\n", "2 recipient field"},
	{"sip:lists@relay.example.com,,,\n", "2 recipient field"},
	{"sip:o:secret@example.org,,,\n", "2 recipient field"},
	{"sip:o@example.org,fax,,\n", "2 kinds field"},
	{"sip:o@example.org,,3.11.2023,\n", "2 evidence_date field"},
	{"sip:o@example.org,,2023-02-30,\n", "2 evidence_date field"},
	{"sip:o@example.org,,2099-01-01,\n", "2 evidence_date field"},
	{"sip:o@example.org,,,soon\n", "2 expires_at field"},
	{"sip:o@example.org,,,2001-01-01T00:00:00Z\n", "2 expires_at field"},
	{"sip:o@example.org\n", "2 - csv"},
	{"sip:o@example.org,,,,\n", "2 - csv"},
	{"\"sip:o@example.org,,,\nx,,,\n", "2 - csv, 3 recipient field"},
	{"sip:o@example.org,\x01,,\n", "2 kinds field"},
	{"sip:o\xff@example.org,,,\n", "2 recipient field"},
	{"sip:o@example.org,,,\nsip:p@example.org,,,\nsip:o@EXAMPLE.org,,,\n",
	 "4 recipient duplicate"},
};

START_TEST(a_bad_line_is_named)
{
	const char *text =
		arena_printf(arena,
			     "recipient,kinds,evidence_date,expires_at\n"
			     "%s",
			     bad_lines[_i].lines);

	ck_assert_int_eq(read_csv(text), ERR_OK);
	ck_assert_str_eq(faults(), bad_lines[_i].faults);
	for (size_t i = 0; i < body.n_faults; i++)
		ck_assert_uint_gt(strlen(body.faults[i].detail), 0);
}
END_TEST

START_TEST(a_grant_needs_evidence_and_a_question_none)
{
	rules.evidence = NULL;
	ck_assert_int_eq(read_csv("recipient\nsip:o@example.org\n"), ERR_OK);
	ck_assert_str_eq(faults(), "2 evidence field");
	rules.mode = IMPORT_ASK;
	ck_assert_int_eq(
		read_csv("recipient,evidence\nsip:o@example.org,form\n"),
		ERR_OK);
	ck_assert_str_eq(faults(), "");
	ck_assert_ptr_null(body.lines[0].evidence);
	ck_assert_int_eq(read_csv("recipient,expires_at\nsip:o@example.org,"
				  "2030-01-02T03:04:05Z\n"),
			 ERR_OK);
	ck_assert_str_eq(faults(), "2 expires_at field");
}
END_TEST

START_TEST(null_is_what_is_not_there)
{
	ck_assert_int_eq(
		read_json("{\"rows\":[{\"recipient\":\"sip:o@example.org\","
			  "\"kinds\":null,\"display_name\":null,\"evidence\":"
			  "null,\"evidence_date\":null,\"expires_at\":null,"
			  "\"term\":null},{\"recipient\":null}]}"),
		ERR_OK);
	ck_assert_uint_eq(body.n, 1);
	ck_assert_str_eq(body.lines[0].evidence, "form");
	ck_assert_int_eq(body.lines[0].expires_at, -1);
	ck_assert(!body.lines[0].has_term);
	ck_assert_str_eq(faults(), "2 recipient field");
	ck_assert_int_ne(read_json("{\"rows\":[{\"x\":null}]}"), ERR_OK);
	ck_assert_int_ne(read_json("{\"rows\":null}"), ERR_OK);
	ck_assert_int_ne(read_json("{\"rows\":[null]}"), ERR_OK);
}
END_TEST

/** Lines after "recipient,term,expires_at", with 30d where none is said; the
 *  configured term is 100 days, and now 22:13:20 of its day. */
static const struct {
	const char *line;
	enum import_mode mode;
	int64_t term_s, expires_at; /* -2: neither is to be had */
} terms[] = {
	{"sip:o@example.org,7d,", IMPORT_ASK, 7 * 86400, -1},
	{"sip:o@example.org,,", IMPORT_ASK, 30 * 86400, -1},
	{"sip:o@example.org,default,", IMPORT_ASK, 0, -1},
	{"sip:o@example.org,permanent,", IMPORT_ASK, -1, -1},
	{"sip:o@example.org,7d,", IMPORT_GRANTED, 7 * 86400, 1700611200},
	{"sip:o@example.org,,", IMPORT_GRANTED, 30 * 86400, 1702598400},
	{"sip:o@example.org,default,", IMPORT_GRANTED, 0, 1708646400},
	{"sip:o@example.org,permanent,", IMPORT_GRANTED, -1, 0},
	{"sip:o@example.org,,2030-01-02T03:04:05Z", IMPORT_GRANTED, -2,
	 1893553445},
	{"sip:o@example.org,6d,", IMPORT_GRANTED, -2, -2},
	{"sip:o@example.org,3651d,", IMPORT_ASK, -2, -2},
	{"sip:o@example.org,soon,", IMPORT_ASK, -2, -2},
	{"sip:o@example.org,7d,2030-01-02T03:04:05Z", IMPORT_ASK, -2, -2},
};

START_TEST(a_yes_has_a_term)
{
	const char *text = arena_printf(
		arena, "recipient,term,expires_at\n%s\n", terms[_i].line);

	rules.mode = terms[_i].mode;
	rules.body.refresh_s = INT64_C(100) * 86400;
	rules.has_term = true;
	rules.term_s = INT64_C(30) * 86400;
	ck_assert_int_eq(read_csv(text), ERR_OK);
	ck_assert_uint_eq(body.n, terms[_i].expires_at != -2);
	if (!body.n) {
		ck_assert_str_eq(faults(), "2 term field");
		return;
	}
	ck_assert_int_eq(body.lines[0].expires_at, terms[_i].expires_at);
	ck_assert_int_eq(body.lines[0].has_term, terms[_i].term_s != -2);
	if (body.lines[0].has_term)
		ck_assert_int_eq(body.lines[0].term_s, terms[_i].term_s);
}
END_TEST

static const struct {
	const char *text, *reason;
	int status;
} bad_bodies[] = {
	{"", "csv", 422},
	{"sip:o@example.org\n", "csv", 422},
	{"recipient,recipient\n", "csv", 422},
	{"recipient,fax\nsip:o@example.org,1\n", "csv", 422},
	{"kinds\nmessage\n", "csv", 422},
	{"\"recipient\n", "csv", 422},
	{"\xff\n", "csv", 422},
	{"recipient\n", "field", 422},
};

START_TEST(a_bad_head_is_refused)
{
	ck_assert_int_ne(read_csv(bad_bodies[_i].text), ERR_OK);
	ck_assert_str_eq(problem.reason, bad_bodies[_i].reason);
	ck_assert_int_eq(problem.status, bad_bodies[_i].status);
}
END_TEST

START_TEST(json_says_the_same)
{
	ck_assert_int_eq(
		read_json("{\"rows\":[{\"recipient\":\"sip:omar@example.org\","
			  "\"kinds\":[\"message\",\"call\"],\"display_name\":"
			  "\"Omar\",\"evidence\":\"form 12\",\"evidence_date\":"
			  "\"2023-11-03\",\"expires_at\":"
			  "\"2030-01-02T03:04:05Z\"},{\"recipient\":\"x\"}]}"),
		ERR_OK);
	ck_assert_str_eq(faults(), "2 recipient field");
	ck_assert_uint_eq(body.n, 1);
	ck_assert_str_eq(body.lines[0].evidence, "form 12, 2023-11-03");
	ck_assert_int_eq(body.lines[0].kinds.set, KIND_MESSAGE | KIND_CALL);
}
END_TEST

static const char *const bad_json[] = {
	"",
	"[]",
	"{}",
	"{\"rows\":[]}",
	"{\"rows\":{}}",
	"{\"rows\":[1]}",
	"{\"rows\":[{\"recipient\":1}]}",
	"{\"rows\":[{\"recipient\":\"sip:o@example.org\",\"fax\":\"1\"}]}",
	"{\"rows\":[{\"recipient\":\"sip:o@example.org\",\"kinds\":\"call\"}]}",
	"{\"rows\":[],\"mode\":\"ask\"}",
};

START_TEST(json_of_another_form_is_refused)
{
	ck_assert_int_ne(read_json(bad_json[_i]), ERR_OK);
	ck_assert_int_ge(problem.status, 400);
}
END_TEST

/** @p n lines of CSV, good or unreadable. */
static const char *many(size_t n, const char *head, const char *tail)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "recipient\n");
	for (size_t i = 0; i < n; i++)
		text_printf(&text, "%s%zu%s\n", head, i, tail);
	return text.at;
}

START_TEST(an_import_has_a_bound)
{
	static const struct {
		const char *head, *tail;
	} forms[] = {{"sip:o", "@example.org"}, {"\"", ""}};

	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(read_csv(many(IMPORT_LINES_MAX, forms[i].head,
					       forms[i].tail)),
				 ERR_OK);
		ck_assert_uint_eq(body.n + body.n_faults, IMPORT_LINES_MAX);
		ck_assert_int_eq(read_csv(many(IMPORT_LINES_MAX + 1,
					       forms[i].head, forms[i].tail)),
				 ERR_TOO_LARGE);
		ck_assert_str_eq(problem.reason, "limit");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("import bodies");
	TCase *cases = tcase_create("import bodies");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, columns_come_in_any_order);
	tcase_add_loop_test(cases, a_bad_line_is_named, 0, N_ROWS(bad_lines));
	tcase_add_test(cases, null_is_what_is_not_there);
	tcase_add_loop_test(cases, a_yes_has_a_term, 0,
			    (int)(sizeof(terms) / sizeof(terms[0])));
	tcase_add_test(cases, a_grant_needs_evidence_and_a_question_none);
	tcase_add_loop_test(cases, a_bad_head_is_refused, 0,
			    N_ROWS(bad_bodies));
	tcase_add_test(cases, json_says_the_same);
	tcase_add_loop_test(cases, json_of_another_form_is_refused, 0,
			    N_ROWS(bad_json));
	tcase_add_test(cases, an_import_has_a_bound);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
