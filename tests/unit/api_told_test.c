/* REST: denies that a recipient told an operator. */
#include "tests/unit/api_help.h"

#define BOB "sip:bob@example.net"
#define OF(sender, target, recipient, more)                                    \
	"{\"sender\":\"" sender "\",\"target\":\"" target                      \
	"\",\"recipient\":\"" recipient "\"" more "}"
#define PERMISSION(more) OF("alice@example.com", TARGET, BOB, more)
#define GRANTED ",\"state\":\"granted\",\"evidence\":\"signed form 7\""
#define TOLD_WITHOUT ",\"state\":\"denied\",\"origin\":\"recipient\""
#define TOLD TOLD_WITHOUT ",\"evidence\":\"phone call\""
#define PATH "/v1/permissions"

static struct host host;

static void start(int deny_for_recipients)
{
	struct api_settings settings;

	host_init(&host);
	settings = host_settings(&host);
	settings.deny_for_recipients = deny_for_recipients;
	settings.told_per_day = 3;
	settings.list_limits =
		(struct list_limits){.lists = 10, .entries = 100};
	settings.lists = host.desk.lists;
	host_start(&host, &settings);
}

static void setup(void)
{
	start(1);
}

static void teardown(void)
{
	host_close(&host);
}

static const json_t *item(size_t i)
{
	return json_array_get(json_object_get(host.json, "items"), i);
}

static const char *item_text(size_t i, const char *name)
{
	const char *text = json_string_value(json_object_get(item(i), name));

	return text ? text : "";
}

START_TEST(it_is_off_by_default)
{
	teardown();
	start(0);
	ck_assert_int_eq(host_post(&host, PATH, PERMISSION(GRANTED)), 201);
	ck_assert_int_eq(host_post(&host, PATH, PERMISSION(TOLD)), 403);
	ck_assert_str_eq(host_text(&host, "reason"), "deny-for");
	ck_assert_ptr_nonnull(
		strstr(host_text(&host, "detail"), "deny-for-recipients"));
	ck_assert_int_eq(host_patch(&host, PATH "/1",
				    "{\"state\":\"denied\",\"origin\":"
				    "\"recipient\",\"evidence\":\"a call\"}"),
			 403);
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_GRANTED);
	ck_assert_int_eq(
		host_post(&host, PATH, PERMISSION(",\"state\":\"denied\"")),
		200);
}
END_TEST

START_TEST(only_a_deny_can_be_told_and_with_evidence)
{
	static const struct {
		const char *body, *field;
	} rows[] = {
		{PERMISSION(TOLD_WITHOUT), "evidence"},
		{PERMISSION(TOLD_WITHOUT ",\"evidence\":\" \""), "evidence"},
		{PERMISSION(TOLD ",\"expires_at\":\"2099-01-01T00:00:00Z\""),
		 "expires_at"},
		{PERMISSION(TOLD ",\"term\":\"30d\""), "term"},
		{PERMISSION(GRANTED ",\"origin\":\"recipient\""), "origin"},
		{PERMISSION(",\"origin\":\"recipient\",\"evidence\":\"x\""),
		 "origin"},
		{OF("alice@example.com", TARGET, "*", TOLD), "recipient"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(host_post(&host, PATH, rows[i].body), 422);
		ck_assert_str_eq(host_text(&host, "field"), rows[i].field);
	}
	ck_assert_int_eq(host_get(&host, PATH), 200);
	ck_assert_ptr_null(item(0));
}
END_TEST

START_TEST(it_is_in_force_and_says_who_recorded_it)
{
	ck_assert_int_eq(host_post(&host, PATH, PERMISSION(GRANTED)), 201);
	ck_assert(json_is_null(json_object_get(host.json, "recorded_by")));
	ck_assert_int_eq(host_post(&host, PATH, PERMISSION(TOLD)), 200);
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_DENIED);
	ck_assert_str_eq(host_text(&host, "state"), "denied");
	ck_assert_str_eq(host_text(&host, "origin"), "recipient");
	ck_assert_str_eq(host_text(&host, "evidence"), "phone call");
	ck_assert_str_eq(host_text(&host, "recorded_by"), "admin");
	/* Their own reply takes its place; the history keeps it. */
	ck_ok(host_say(&host, EVENT_GRANT, BOB));
	ck_assert_int_eq(host_get(&host, PATH "/1"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "granted");
	ck_assert(json_is_null(json_object_get(host.json, "recorded_by")));
	ck_assert_int_eq(host_get(&host, PATH "/1/history"), 200);
	ck_assert_str_eq(item_text(0, "origin"), "recipient");
	ck_assert_str_eq(item_text(0, "recorded_by"), "admin");
	ck_assert_str_eq(item_text(0, "evidence"), "phone call");
	ck_assert_str_eq(item_text(1, "evidence"), "signed form 7");
	ck_assert_str_eq(item_text(1, "recorded_by"), "");
}
END_TEST

START_TEST(it_is_recorded_by_id_too)
{
	ck_assert_int_eq(host_post(&host, PATH, PERMISSION("")), 201);
	ck_assert_int_eq(host_patch(&host, PATH "/1",
				    "{\"state\":\"denied\",\"origin\":"
				    "\"recipient\",\"evidence\":\"a call\"}"),
			 200);
	ck_assert_str_eq(host_text(&host, "recipient"), BOB);
	ck_assert_str_eq(host_text(&host, "recorded_by"), "admin");
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_DENIED);
	ck_assert_int_eq(host_patch(&host, PATH "/9",
				    "{\"state\":\"denied\",\"origin\":"
				    "\"recipient\",\"evidence\":\"a call\"}"),
			 404);
}
END_TEST

static void refused_by_the_deny(int status)
{
	ck_assert_int_eq(status, 409);
	ck_assert_str_eq(host_text(&host, "reason"), "recipient-denied");
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_DENIED);
}

/** A row for BOB. */
static int import(const char *mode, const char *more)
{
	struct arena *arena = arena_new(0);
	int status = host_ask(
		&host, "POST",
		arena_printf(arena,
			     "/v1/imports?sender=alice@example.com&target="
			     "%s&mode=%s%s",
			     TARGET, mode, more),
		BEARER "Content-Type: text/csv\r\n",
		"recipient,evidence\n" BOB ",form 9\n"
		"sip:carol@example.net,form 9\n");

	arena_free(arena);
	return status;
}

START_TEST(an_operator_can_do_nothing_but_see_it)
{
	ck_assert_int_eq(host_post(&host, PATH, PERMISSION(TOLD)), 201);
	refused_by_the_deny(host_post(&host, PATH, PERMISSION(GRANTED)));
	refused_by_the_deny(host_post(
		&host, PATH, PERMISSION(GRANTED ",\"origin\":\"import\"")));
	refused_by_the_deny(host_post(&host, PATH, PERMISSION("")));
	refused_by_the_deny(
		host_post(&host, PATH, PERMISSION(",\"kinds\":[\"message\"]")));
	refused_by_the_deny(host_patch(&host, PATH "/1",
				       "{\"state\":\"granted\","
				       "\"evidence\":\"took it back\"}"));
	refused_by_the_deny(
		host_patch(&host, PATH "/1", "{\"state\":\"pending\"}"));
	refused_by_the_deny(host_delete(&host, PATH "/1"));
	/* Wider, and by another spelling. */
	refused_by_the_deny(host_post(&host, PATH, OF("*", TARGET, BOB, "")));
	refused_by_the_deny(host_post(
		&host, PATH,
		OF("alice@example.com", TARGET, BOB ";user=phone", GRANTED)));
	/* A deny of theirs leaves it as it is. */
	ck_assert_int_eq(
		host_post(
			&host, PATH,
			PERMISSION(",\"state\":\"denied\",\"evidence\":\"x\"")),
		200);
	ck_assert_str_eq(host_text(&host, "origin"), "recipient");
	ck_assert_str_eq(host_text(&host, "evidence"), "phone call");
}
END_TEST

START_TEST(an_import_does_not_get_past_it)
{
	ck_assert_int_eq(host_post(&host, PATH, PERMISSION(TOLD)), 201);
	ck_assert_int_eq(import("granted", ""), 422);
	ck_assert_int_eq(import("ask", ""), 422);
	ck_assert_int_eq(import("granted", "&skip_denied=true"), 201);
	ck_assert_int_eq(host_number(&host, "skipped"), 1);
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_DENIED);
	ck_assert_int_eq(verdict_of(host.desk.index, "sip:carol@example.net"),
			 VERDICT_GRANTED);
	/* Nor does taking the batch back. */
	ck_assert_int_eq(host_delete(&host, "/v1/imports/1"), 204);
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_DENIED);
}
END_TEST

static void row_is_as_they_said(void)
{
	ck_assert_int_eq(host_get(&host, PATH "/1"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "denied");
	ck_assert_str_eq(host_text(&host, "recorded_by"), "admin");
}

START_TEST(a_list_with_them_in_it_does_not_ask_them)
{
	ck_assert_int_eq(host_post(&host, "/v1/lists",
				   "{\"name\":\"team\","
				   "\"owner\":\"alice@example.com\"}"),
			 201);
	ck_assert_int_eq(host_post(&host, "/v1/lists/team/entries",
				   "{\"entries\":[{\"uri\":\"" BOB "\"}]}"),
			 201);
	ck_assert_int_eq(host_get(&host, PATH "/1"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "pending");
	ck_assert_int_eq(host_patch(&host, PATH "/1",
				    "{\"state\":\"denied\",\"origin\":"
				    "\"recipient\",\"evidence\":\"a call\"}"),
			 200);
	row_is_as_they_said();
	ck_assert_int_eq(host_delete(&host, "/v1/lists/team/entries/1"), 204);
	row_is_as_they_said();
	ck_assert_int_eq(host_post(&host, "/v1/lists/team/entries",
				   "{\"entries\":[{\"uri\":\"" BOB "\"}]}"),
			 201);
	row_is_as_they_said();
	ck_assert_int_eq(host_delete(&host, "/v1/lists/team"), 204);
	row_is_as_they_said();
}
END_TEST

START_TEST(a_day_has_so_many)
{
	static const char *const bodies[] = {
		OF("*", "*", BOB, TOLD),
		OF("*", "*", "sip:carol@example.net", TOLD),
		OF("*", "*", "sip:dan@example.net", TOLD)};
	long wait;

	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(host_post(&host, PATH, bodies[i % 3]),
				 i < 3 ? 201 : 200);
	ck_assert_int_eq(host_post(&host, PATH,
				   OF("*", "*", "sip:eva@example.net", TOLD)),
			 429);
	ck_assert_str_eq(host_text(&host, "reason"), "told-limit");
	wait = strtol(host_header(&host, "Retry-After"), NULL, 10);
	ck_assert(wait >= 1 && wait <= 86400);
	ck_assert_int_eq(verdict_of(host.desk.index, "sip:eva@example.net"),
			 VERDICT_MISSING);
	/* The operator's own has no such limit, nor has the recipient's. */
	ck_assert_int_eq(host_post(&host, PATH,
				   OF("*", "*", "sip:eva@example.net",
				      ",\"state\":\"denied\"")),
			 201);
	ck_ok(host_say(&host, EVENT_DENY, "sip:eva@example.net"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api told");
	TCase *tests = tcase_create("told");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, it_is_off_by_default);
	tcase_add_test(tests, only_a_deny_can_be_told_and_with_evidence);
	tcase_add_test(tests, it_is_in_force_and_says_who_recorded_it);
	tcase_add_test(tests, it_is_recorded_by_id_too);
	tcase_add_test(tests, an_operator_can_do_nothing_but_see_it);
	tcase_add_test(tests, an_import_does_not_get_past_it);
	tcase_add_test(tests, a_list_with_them_in_it_does_not_ask_them);
	tcase_add_test(tests, a_day_has_so_many);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
