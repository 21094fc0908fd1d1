/* What the API shows of questions and limits, and how it has them asked again.
 */
#include "db/permission_requests.h"
#include "tests/unit/api_help.h"

#define BOB "sip:bob@example.net"
#define DAY 86400
#define ASK                                                                    \
	"{\"sender\":\"" SENDER "\",\"target\":\"" TARGET                      \
	"\",\"recipient\":\"%s\"}"
#define LIST_BODY "{\"name\":\"hikers\",\"owner\":\"sip:nora@example.com\"}"

static const int pauses_s[] = {DAY};
static struct host host;

static void setup(void)
{
	struct api_settings settings;

	host_init(&host);
	settings = host_settings(&host);
	settings.list_limits.lists = 10;
	settings.list_limits.entries = 2000;
	settings.asking = (struct asking_limits){
		.all = {.burst = 9, .interval_s = 0, .per_day = 9},
		.owner_per_day = 1,
		.owner_per_week = 2,
		.pauses_s = pauses_s,
		.n_pauses = 1};
	host_start(&host, &settings);
}

static void teardown(void)
{
	host_close(&host);
}

static long long add(const char *recipient)
{
	char body[512];

	snprintf(body, sizeof(body), ASK, recipient);
	host_post(&host, "/v1/permissions", body);
	ck_assert_int_eq(host.status, 201);
	return host_number(&host, "id");
}

/** The relay sent its question, at an instant before now. */
struct leave_job {
	struct write_job job;
	struct permission_request_record record;
	enum permission_event then;
};

static enum err leave_run(struct store *store, struct write_job *job)
{
	struct leave_job *leave = (struct leave_job *)job;
	const struct permission_change change = {
		.id = leave->record.permission,
		.event = leave->then,
		.actor = ORIGIN_ADMIN,
		.reason = "the recipient does not exist (404)",
		.expires_at = -1,
		.now = leave->record.now};
	struct arena *arena = arena_new(0);
	struct permission row;
	enum err err = store_permission_request_record(store, &leave->record);

	if (!err && leave->then != PERMISSION_EVENTS)
		err = store_permission_change(store, &change, arena, &row);
	arena_free(arena);
	return err;
}

static void leaves(long long id, int64_t ago_s, enum permission_event then)
{
	static uint8_t n;
	struct leave_job leave = {.job.run = leave_run, .then = then};

	leave.record.permission = id;
	leave.record.now = wall_now_s() - ago_s;
	leave.record.grant_hash[0] = leave.record.deny_hash[0] = ++n;
	leave.record.page_hash[0] = leave.record.chat_hash[0] = n;
	leave.record.deny_hash[1] = 1;
	leave.record.page_hash[1] = 2;
	leave.record.chat_hash[1] = 3;
	ck_ok(writer_call(host.desk.writer, &leave.job));
}

static const json_t *object(const char *name)
{
	return json_object_get(host.json, name);
}

static const char *text_in(const char *name, const char *member)
{
	const char *text =
		json_string_value(json_object_get(object(name), member));

	return text ? text : "";
}

static long long number_in(const char *name, const char *member)
{
	return json_integer_value(json_object_get(object(name), member));
}

static int get(long long id)
{
	char path[64];

	snprintf(path, sizeof(path), "/v1/permissions/%lld", id);
	return host_get(&host, path);
}

static int again(long long id)
{
	char path[64];

	snprintf(path, sizeof(path), "/v1/permissions/%lld/ask", id);
	return host_ask(&host, "POST", path, BEARER, NULL);
}

static int ask_many(const char *query)
{
	char path[256];

	snprintf(path, sizeof(path), "/v1/permissions/ask%s", query);
	return host_ask(&host, "POST", path, BEARER, NULL);
}

static int n_found(const char *question)
{
	char path[64];

	snprintf(path, sizeof(path), "/v1/permissions?question=%s", question);
	ck_assert_int_eq(host_get(&host, path), 200);
	return (int)json_array_size(object("items"));
}

START_TEST(how_far_a_question_got_is_told_apart)
{
	long long id = add(BOB);

	ck_assert_str_eq(text_in("question", "state"), "pending");
	ck_assert_int_eq(number_in("question", "tries"), 0);
	ck_assert(
		json_is_null(json_object_get(object("question"), "tried_at")));
	ck_assert_str_ne(text_in("question", "next_at"), "");
	leaves(id, 700, PERMISSION_EVENTS);
	leaves(id, 0, PERMISSION_EVENTS);
	ck_assert_int_eq(get(id), 200);
	ck_assert_str_eq(host_text(&host, "state"), "pending");
	ck_assert_str_eq(text_in("question", "state"), "not-reached");
	add("sip:carol@example.net");
	ck_assert_int_eq(n_found("pending"), 1);
	ck_assert_int_eq(n_found("not-reached"), 1);
	ck_assert_int_eq(n_found("waiting"), 0);
	ck_assert_int_eq(host_get(&host, "/v1/permissions?question=granted"),
			 400);
	ck_assert_int_eq(get(id), 200);
	ck_assert_int_eq(number_in("question", "tries"), 2);
	ck_assert_str_ne(text_in("question", "tried_at"), "");
	leaves(id, 0, EVENT_SENT);
	ck_assert_int_eq(get(id), 200);
	ck_assert_str_eq(text_in("question", "state"), "waiting");
	ck_assert_int_eq(number_in("question", "tries"), 3);
	ck_assert_int_eq(n_found("waiting"), 1);
	ck_assert_int_eq(n_found("not-reached"), 0);
	ck_assert_int_eq(get(id), 200);
	ck_assert(json_is_null(json_object_get(object("question"), "next_at")));
	ck_assert_int_eq(host_get(&host, "/v1/permissions"), 200);
	ck_assert_str_eq(
		json_string_value(json_object_get(
			json_object_get(json_array_get(object("items"), 0),
					"question"),
			"state")),
		"waiting");
	ck_err(host_say(&host, EVENT_GRANT, BOB), ERR_OK);
	ck_assert_int_eq(get(id), 200);
	ck_assert(json_is_null(object("question")));
	ck_assert(json_is_null(object("limits")));
}
END_TEST

START_TEST(limits_say_who_may_ask_when)
{
	long long id = add(BOB);

	ck_assert_str_eq(text_in("limits", "owner"), SENDER);
	ck_assert(json_is_null(json_object_get(object("limits"), "limit")));
	ck_assert_int_eq(number_in("limits", "used"), 0);
	ck_assert_int_eq(number_in("limits", "allowed"), 1);
	ck_assert_int_eq(number_in("limits", "period_s"), DAY);
	leaves(id, 60, EVENT_SENT);
	ck_assert_int_eq(get(id), 200);
	ck_assert_str_eq(text_in("limits", "limit"), "owner-day");
	ck_assert_int_eq(number_in("limits", "used"), 1);
	ck_assert_str_gt(text_in("limits", "next_at"),
			 text_in("question", "tried_at"));
	/* Not in a listing: each would have to read half a year. */
	ck_assert_int_eq(host_get(&host, "/v1/permissions"), 200);
	ck_assert_ptr_null(
		json_object_get(json_array_get(object("items"), 0), "limits"));
}
END_TEST

START_TEST(who_did_not_answer_is_asked_again_by_one_call)
{
	long long id = add(BOB);
	int wakes;

	leaves(id, 2 * DAY, EVENT_SENT);
	wakes = host.wakes;
	ck_assert_int_eq(again(id), 200);
	ck_assert_str_eq(host_text(&host, "state"), "pending");
	ck_assert_str_eq(text_in("question", "state"), "pending");
	ck_assert(json_is_null(json_object_get(object("limits"), "limit")));
	ck_assert_int_gt(host.wakes, wakes);
	/* The same again: it is on its way. */
	ck_assert_int_eq(again(id), 200);
	ck_assert_str_eq(host_text(&host, "state"), "pending");
	leaves(id, 0, EVENT_UNDELIVERABLE);
	ck_assert_int_eq(again(id), 200);
	ck_assert_str_eq(host_text(&host, "state"), "pending");
	ck_assert(json_is_null(object("reason")));
	ck_assert_str_eq(text_in("limits", "limit"), "owner-week");
	ck_assert_int_eq(again(77), 404);
}
END_TEST

START_TEST(a_decision_is_not_asked_about)
{
	long long id = add(BOB);

	ck_err(host_say(&host, EVENT_GRANT, BOB), ERR_OK);
	ck_assert_int_eq(again(id), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "granted");
	ck_assert_int_eq(host_number(&host, "permission"), id);
	ck_assert_int_eq(host_patch(&host, "/v1/permissions/1",
				    "{\"state\":\"denied\"}"),
			 200);
	ck_assert_int_eq(again(id), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "denied");
	ck_err(host_say(&host, EVENT_DENY, BOB), ERR_OK);
	ck_assert_int_eq(again(id), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "recipient-denied");
	ck_assert_int_eq(get(id), 200);
	ck_assert_str_eq(host_text(&host, "state"), "denied");
}
END_TEST

START_TEST(many_are_asked_again_in_pages)
{
	char recipient[64];

	for (int i = 0; i < 250; i++) {
		snprintf(recipient, sizeof(recipient), "sip:r%d@example.org",
			 i);
		leaves(add(recipient), 2 * DAY, EVENT_SENT);
	}
	add(BOB);
	ck_assert_int_eq(ask_many("?target=" TARGET "&limit=120"), 200);
	ck_assert_int_eq(host_number(&host, "asked"), 120);
	ck_assert_int_eq(host_number(&host, "limited"), 0);
	ck_assert_str_eq(host_text(&host, "next"), "120");
	ck_assert_int_eq(ask_many("?target=" TARGET "&after=120"), 200);
	ck_assert_int_eq(host_number(&host, "asked"), 130);
	ck_assert(json_is_null(object("next")));
	ck_assert_int_eq(ask_many("?sender=alice@example.com"), 200);
	ck_assert_int_eq(host_number(&host, "asked"), 0);
}
END_TEST

START_TEST(those_of_a_list_or_of_a_time_are_asked_again)
{
	long long id = add(BOB);

	leaves(id, DAY / 2, EVENT_SENT);
	ck_assert_int_eq(host_get(&host, "/v1/permissions?asked_before="
					 "2001-01-01T00:00:00Z"),
			 200);
	ck_assert_uint_eq(json_array_size(object("items")), 0);
	ck_assert_int_eq(host_get(&host, "/v1/permissions?asked_before="
					 "2101-01-01T00:00:00Z"),
			 200);
	ck_assert_uint_eq(json_array_size(object("items")), 1);
	ck_assert_int_eq(ask_many("?target=" TARGET
				  "&asked_before=2001-01-01T00:00:00Z"),
			 200);
	ck_assert_int_eq(host_number(&host, "asked"), 0);
	ck_assert_int_eq(host_post(&host, "/v1/lists", LIST_BODY), 201);
	ck_assert_int_eq(host_post(&host, "/v1/lists/hikers/entries",
				   "{\"entries\":[{\"uri\":\"" BOB "\"}]}"),
			 201);
	ck_assert_int_eq(host_get(&host, "/v1/lists/hikers/entries/1"), 200);
	ck_assert_str_eq(text_in("question", "state"), "pending");
	ck_assert_str_eq(text_in("limits", "owner"), "sip:nora@example.com");
	leaves(host_number(&host, "permission"), 60, EVENT_SENT);
	ck_assert_int_eq(host_get(&host, "/v1/lists/hikers/entries/1"), 200);
	ck_assert_str_eq(text_in("question", "state"), "waiting");
	ck_assert_str_eq(text_in("limits", "limit"), "owner-day");
	ck_assert_int_eq(ask_many("?list=hikers&state=error"), 200);
	ck_assert_int_eq(host_number(&host, "asked"), 0);
	ck_assert_int_eq(ask_many("?list=hikers&state=waiting"), 200);
	ck_assert_int_eq(host_number(&host, "asked"), 1);
	ck_assert_int_eq(host_number(&host, "limited"), 1);
	ck_assert_int_eq(get(id), 200);
	ck_assert_str_eq(host_text(&host, "state"), "waiting");
}
END_TEST

START_TEST(nobody_is_asked_by_mistake)
{
	static const struct {
		const char *query;
		int status;
	} wrong[] = {
		{"", 400},
		{"?state=waiting", 400},
		{"?target=" TARGET "&state=pending", 400},
		{"?target=" TARGET "&state=granted", 400},
		{"?target=" TARGET "&list=hikers", 400},
		{"?target=" TARGET "&asked_before=yesterday", 400},
		{"?target=" TARGET "&limit=1001", 400},
		{"?target=" TARGET "&recipient=" BOB, 400},
		{"?list=hikers", 404},
		{"?list=No%20List", 404},
	};

	leaves(add(BOB), 2 * DAY, EVENT_SENT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(ask_many(wrong[i].query) == wrong[i].status,
			      "%s: %d", wrong[i].query, host.status);
	ck_assert_int_eq(get(1), 200);
	ck_assert_str_eq(host_text(&host, "state"), "waiting");
}
END_TEST

/* With its key a repetition asks nobody once more. */
START_TEST(a_key_makes_it_once)
{
	long long id = add(BOB);
	const char *path = "/v1/permissions/ask?target=" TARGET;
	const char *headers = BEARER "Idempotency-Key: again-1\r\n";

	leaves(id, 2 * DAY, EVENT_SENT);
	ck_assert_int_eq(host_ask(&host, "POST", path, headers, NULL), 200);
	ck_assert_int_eq(host_number(&host, "asked"), 1);
	leaves(id, 0, EVENT_SENT);
	ck_assert_int_eq(host_ask(&host, "POST", path, headers, NULL), 200);
	ck_assert_int_eq(host_number(&host, "asked"), 1);
	ck_assert_int_eq(get(id), 200);
	ck_assert_str_eq(host_text(&host, "state"), "waiting");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api questions");
	TCase *cases = tcase_create("api questions");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, how_far_a_question_got_is_told_apart);
	tcase_add_test(cases, limits_say_who_may_ask_when);
	tcase_add_test(cases, who_did_not_answer_is_asked_again_by_one_call);
	tcase_add_test(cases, a_decision_is_not_asked_about);
	tcase_add_test(cases, many_are_asked_again_in_pages);
	tcase_add_test(cases, those_of_a_list_or_of_a_time_are_asked_again);
	tcase_add_test(cases, nobody_is_asked_by_mistake);
	tcase_add_test(cases, a_key_makes_it_once);
	tcase_set_timeout(cases, 120);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
