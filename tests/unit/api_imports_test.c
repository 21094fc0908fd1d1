/* Imports by the API: whole or not at all, told line by line, taken back. */
#include "tests/unit/api_help.h"

#define CSV_BODY "Content-Type: text/csv\r\n"
#define SERVICE                                                                \
	"/v1/imports?sender=alice@example.com&target=sip:lists@relay."         \
	"example.com"
#define GRANTED SERVICE "&mode=granted&evidence=form%2012"
#define TWO "recipient\nsip:omar@example.org\nsip:pia@example.net\n"

static struct host host;

static void setup(void)
{
	struct api_settings settings;

	host_init(&host);
	settings = host_settings(&host);
	settings.list_limits.lists = 10;
	settings.list_limits.entries = 100;
	host_start(&host, &settings);
}

static void teardown(void)
{
	host_close(&host);
}

static int post_csv(const char *path, const char *body)
{
	return host_ask(&host, "POST", path, BEARER CSV_BODY, body);
}

static long long member(const char *object, const char *name)
{
	return json_integer_value(
		json_object_get(json_object_get(host.json, object), name));
}

/** A member of the first of the errors. */
static const char *error_text(const char *name)
{
	const json_t *error =
		json_array_get(json_object_get(host.json, "errors"), 0);
	const char *text = json_string_value(json_object_get(error, name));

	return text ? text : "";
}

static long long error_line(void)
{
	return json_integer_value(json_object_get(
		json_array_get(json_object_get(host.json, "errors"), 0),
		"line"));
}

static size_t n_permissions(void)
{
	ck_assert_int_eq(host_get(&host, "/v1/permissions"), 200);
	return json_array_size(json_object_get(host.json, "items"));
}

START_TEST(a_batch_is_made_and_read)
{
	ck_assert_int_eq(post_csv(GRANTED, TWO), 201);
	ck_assert_str_eq(host_header(&host, "Location"), "/v1/imports/1");
	ck_assert_int_eq(member("outcomes", "granted"), 2);
	ck_assert_int_eq(host_get(&host, "/v1/permissions/1"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "granted");
	ck_assert_str_eq(host_text(&host, "origin"), "import");
	ck_assert_str_eq(host_text(&host, "evidence"), "form 12");
	ck_ok(host_say(&host, EVENT_DENY, "sip:omar@example.org"));
	ck_assert_int_eq(host_get(&host, "/v1/imports/1"), 200);
	ck_assert_int_eq(member("states", "granted"), 1);
	ck_assert_int_eq(member("states", "denied"), 1);
	ck_assert_int_eq(host_number(&host, "recipients"), 2);
	ck_assert_int_eq(host_get(&host, "/v1/imports/2"), 404);
	ck_assert_int_eq(host_get(&host, "/v1/imports"), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  1);
}
END_TEST

START_TEST(who_is_asked_wakes_the_loop)
{
	ck_assert_int_eq(post_csv(SERVICE "&mode=ask", TWO), 201);
	ck_assert_int_eq(member("outcomes", "asked"), 2);
	ck_assert_int_eq(host.wakes, 1);
	ck_assert_int_eq(host_get(&host, "/v1/permissions/2"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "pending");
}
END_TEST

START_TEST(one_bad_line_and_nothing_is_imported)
{
	const char *const lines = TWO "\nmill\n";

	ck_assert_int_eq(post_csv(GRANTED, lines), 422);
	ck_assert_str_eq(host_text(&host, "reason"), "lines");
	ck_assert_int_eq(error_line(), 5);
	ck_assert_str_eq(error_text("field"), "recipient");
	ck_assert_uint_eq(n_permissions(), 0);
	/* The same as a dry run. */
	ck_assert_int_eq(post_csv(GRANTED "&dry_run=true", lines), 200);
	ck_assert(json_is_false(json_object_get(host.json, "would_import")));
	ck_assert_int_eq(error_line(), 5);
	ck_assert_int_eq(member("outcomes", "granted"), 2);
	ck_assert_int_eq(post_csv(GRANTED "&dry_run=true", TWO), 200);
	ck_assert(json_is_true(json_object_get(host.json, "would_import")));
	ck_assert_uint_eq(n_permissions(), 0);
}
END_TEST

#define STOP "/v1/imports?mode=stop"

START_TEST(a_stop_list_denies_everything)
{
	ck_assert_int_eq(post_csv(STOP "&dry_run=true", TWO), 200);
	ck_assert_int_eq(member("outcomes", "stopped"), 2);
	ck_assert_uint_eq(n_permissions(), 0);
	ck_assert_int_eq(post_csv(STOP, TWO), 201);
	ck_assert_int_eq(member("outcomes", "stopped"), 2);
	ck_assert_str_eq(host_text(&host, "sender"), "anonymous");
	ck_assert_str_eq(host_text(&host, "target"), "*");
	ck_assert_int_eq(host_get(&host, "/v1/permissions/2"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "denied");
	ck_assert_str_eq(host_text(&host, "origin"), "import");
	ck_assert_int_eq(host_get(&host, "/metrics"), 200);
	ck_assert_ptr_nonnull(
		strstr(host.body,
		       "volensd_revocation_seconds_count{door=\"import\"} 1"));
	ck_assert_int_eq(
		host_ask(&host, "DELETE", "/v1/imports/1", BEARER, NULL), 204);
	ck_assert_uint_eq(n_permissions(), 0);
}
END_TEST

START_TEST(a_stop_list_names_its_bad_lines)
{
	ck_assert_int_eq(post_csv(STOP, TWO "\nmill\n"), 422);
	ck_assert_int_eq(error_line(), 5);
	ck_assert_int_eq(
		post_csv(STOP, "recipient,kinds\nsip:a@h.example,call\n"), 422);
	ck_assert_int_eq(error_line(), 2);
	ck_assert_str_eq(error_text("field"), "kinds");
	ck_assert_int_eq(post_csv(STOP "&list=nobodys", TWO), 404);
	ck_assert_uint_eq(n_permissions(), 0);
}
END_TEST

START_TEST(what_is_not_for_a_stop_list)
{
	static const char *const queries[] = {
		STOP "&kinds=call", STOP "&term=7d",
		STOP "&expires_at=2099-01-01T00:00:00Z",
		STOP "&skip_denied=true"};

	ck_assert_int_eq(post_csv(queries[_i], TWO), 400);
	ck_assert_uint_eq(n_permissions(), 0);
}
END_TEST

START_TEST(a_no_stands_or_is_left_out)
{
	ck_ok(host_say(&host, EVENT_DENY, "sip:pia@example.net"));
	ck_assert_int_eq(post_csv(GRANTED, TWO), 422);
	ck_assert_int_eq(error_line(), 3);
	ck_assert_str_eq(error_text("reason"), "denied");
	ck_assert_uint_eq(n_permissions(), 1);
	ck_assert_int_eq(
		post_csv(GRANTED "&dry_run=true&skip_denied=true", TWO), 200);
	ck_assert(json_is_true(json_object_get(host.json, "would_import")));
	ck_assert_int_eq(post_csv(GRANTED "&skip_denied=true", TWO), 201);
	ck_assert_int_eq(host_number(&host, "skipped"), 1);
	ck_assert_int_eq(error_line(), 3);
	ck_assert_uint_eq(n_permissions(), 2);
}
END_TEST

START_TEST(it_is_taken_back)
{
	ck_assert_int_eq(post_csv(GRANTED, TWO), 201);
	ck_ok(host_say(&host, EVENT_DENY, "sip:pia@example.net"));
	ck_assert_int_eq(host_delete(&host, "/v1/imports/1"), 204);
	ck_assert_uint_eq(n_permissions(), 1);
	ck_assert_int_eq(host_get(&host, "/v1/permissions/2"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "denied");
	ck_assert_int_eq(host_get(&host, "/v1/imports/1"), 200);
	ck_assert_str_ne(host_text(&host, "taken_back_at"), "");
	ck_assert_int_eq(member("outcomes", "taken-back"), 1);
	ck_assert_int_eq(host_delete(&host, "/v1/imports/1"), 204);
	ck_assert_int_eq(host_delete(&host, "/v1/imports/7"), 404);
}
END_TEST

START_TEST(into_a_list_by_its_name)
{
	ck_assert_int_eq(host_post(&host, "/v1/lists",
				   "{\"name\":\"hikers\",\"owner\":"
				   "\"nora@example.com\"}"),
			 201);
	ck_assert_int_eq(post_csv("/v1/imports?list=hikers&mode=ask", TWO),
			 201);
	ck_assert_str_eq(host_text(&host, "list"), "hikers");
	ck_assert_int_eq(host_get(&host, "/v1/lists/hikers"), 200);
	ck_assert_int_eq(host_number(&host, "size"), 2);
	ck_assert_int_eq(post_csv("/v1/imports?list=bikers&mode=ask", TWO),
			 404);
	ck_assert_int_eq(post_csv("/v1/imports?sender=*&target=sip:hikers@"
				  "relay.example.com&mode=ask",
				  TWO),
			 422);
	ck_assert_str_eq(host_text(&host, "reason"), "is-list");
}
END_TEST

START_TEST(a_repetition_does_nothing)
{
#define KEY BEARER CSV_BODY "Idempotency-Key: k1\r\n"
	ck_assert_int_eq(host_ask(&host, "POST", GRANTED, KEY, TWO), 201);
	ck_assert_int_eq(host_ask(&host, "POST", GRANTED, KEY, TWO), 201);
	ck_assert_int_eq(host_number(&host, "id"), 1);
	/* Another query is another request. */
	ck_assert_int_eq(
		host_ask(&host, "POST", GRANTED "&dry_run=true", KEY, TWO),
		422);
	ck_assert_int_eq(host_get(&host, "/v1/imports?idempotency_key=k1"),
			 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  1);
	ck_assert_int_eq(host_get(&host, "/v1/imports?idempotency_key=k2"),
			 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  0);
}
END_TEST

static const struct {
	const char *path, *headers;
	int status;
} refusals[] = {
	{"/v1/imports", CSV_BODY, 400},
	{SERVICE, CSV_BODY, 400},
	{SERVICE "&mode=deny", CSV_BODY, 400},
	{SERVICE "&mode=ask&list=hikers", CSV_BODY, 400},
	{SERVICE "&mode=ask&dry_run=1", CSV_BODY, 400},
	{SERVICE "&mode=ask&kinds=fax", CSV_BODY, 400},
	{SERVICE "&mode=ask&expires_at=soon", CSV_BODY, 400},
	{SERVICE "&mode=ask&expires_at=2001-01-01T00:00:00Z", CSV_BODY, 400},
	{SERVICE "&mode=ask&color=red", CSV_BODY, 400},
	{"/v1/imports?sender=x&target=*&mode=ask", CSV_BODY, 400},
	{"/v1/imports?sender=*&target=x&mode=ask", CSV_BODY, 400},
	{"/v1/imports?list=No%20List&mode=ask", CSV_BODY, 404},
	{SERVICE "&mode=granted", CSV_BODY, 422},
	{SERVICE "&mode=ask", JSON_BODY, 400},
	{SERVICE "&mode=ask", "Content-Type: text/plain\r\n", 415},
	{SERVICE "&mode=ask", "Content-Type: text/csv;charset=latin1\r\n", 415},
	{"/v1/permissions", CSV_BODY, 415},
};

START_TEST(what_cannot_be_is_refused)
{
	const char *headers = refusals[_i].headers;
	struct arena *arena = arena_new(0);

	ck_assert_int_eq(host_ask(&host, "POST", refusals[_i].path,
				  arena_printf(arena, BEARER "%s", headers),
				  TWO),
			 refusals[_i].status);
	ck_assert_uint_eq(n_permissions(), 0);
	arena_free(arena);
}
END_TEST

START_TEST(a_body_has_a_bound)
{
	const char *headers = BEARER CSV_BODY "Content-Length: 4194305\r\n";

	ck_assert_int_eq(
		host_ask(&host, "POST", SERVICE "&mode=ask", headers, NULL),
		413);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("imports by the API");
	TCase *cases = tcase_create("imports by the API");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_batch_is_made_and_read);
	tcase_add_test(cases, who_is_asked_wakes_the_loop);
	tcase_add_test(cases, one_bad_line_and_nothing_is_imported);
	tcase_add_test(cases, a_stop_list_denies_everything);
	tcase_add_test(cases, a_stop_list_names_its_bad_lines);
	tcase_add_loop_test(cases, what_is_not_for_a_stop_list, 0, 4);
	tcase_add_test(cases, a_no_stands_or_is_left_out);
	tcase_add_test(cases, it_is_taken_back);
	tcase_add_test(cases, into_a_list_by_its_name);
	tcase_add_test(cases, a_repetition_does_nothing);
	tcase_add_loop_test(cases, what_cannot_be_is_refused, 0,
			    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(cases, a_body_has_a_bound);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
