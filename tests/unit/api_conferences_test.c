/* What the API does to conferences: with a focus that obeys. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/loop.h"
#include "tests/fake/fake_conferences.h"
#include "tests/unit/api_help.h"

#define ONE "/v1/conferences/0000000000000001"
#define BODY                                                                   \
	"{\"service\":\"confs\",\"sender\":\"nora@example.com\","              \
	"\"parties\":[{\"uri\":\"sip:omar@example.net\"},"                     \
	"{\"uri\":\"sip:bob@example.net\",\"copy_control\":\"bcc\","           \
	"\"muted\":true,\"display_name\":\"Bob\"}]}"

static struct host host;
static struct conferences *focus;
static pthread_t loop_thread;

static void *loop_main(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void setup(void)
{
	host_init(&host);
	struct api_settings settings = host_settings(&host);

	focus = fake_conferences_new();
	settings.conferences = focus;
	host_start(&host, &settings);
	pthread_create(&loop_thread, NULL, loop_main, host.desk.loop);
}

static void teardown(void)
{
	loop_stop(host.desk.loop);
	pthread_join(loop_thread, NULL);
	api_free(host.api);
	host.api = NULL;
	fake_conferences_free(focus);
	host_close(&host);
}

static bool ordered(const char *line)
{
	return focus->orders.len && strstr(focus->orders.at, line);
}

static json_t *party(size_t i)
{
	json_t *of = json_object_get(host.json, "parties");

	if (!of)
		of = json_object_get(host.json, "items");
	return json_array_get(of, i);
}

static const char *member(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

START_TEST(a_conference_is_made_looked_at_changed_and_ended)
{
	char etag[128];

	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 201);
	ck_assert(ordered("create confs sip:nora@example.com - missing=0 end=0 "
			  "ring=0 duration=0 locked=0 n=2 copy=2"));
	ck_assert_str_eq(host_header(&host, "Location"), ONE);
	ck_assert_str_eq(host_text(&host, "state"), "live");
	ck_assert_str_eq(member(party(0), "status"), "queued");
	ck_assert_str_eq(member(party(1), "shown_as"),
			 "sip:anonymous1@anonymous.invalid");
	ck_assert_int_eq(host_get(&host, ONE), 200);
	snprintf(etag, sizeof(etag), BEARER JSON_BODY "If-Match: %s\r\n",
		 host_header(&host, "ETag"));
	ck_assert_str_eq(member(json_object_get(party(0), "media"), "remote"),
			 "192.0.2.x");
	ck_assert_int_eq(host_ask(&host, "PATCH", ONE, etag,
				  "{\"locked\":true,\"subject\":\"Mill\"}"),
			 200);
	ck_assert(ordered("change Mill locked=1 muted=-1"));
	ck_assert_str_eq(host_text(&host, "subject"), "Mill");
	ck_assert_int_eq(
		host_ask(&host, "PATCH", ONE, etag, "{\"muted\":true}"), 412);
	ck_assert(!ordered("muted=1"));
	ck_assert_int_eq(host_ask(&host, "DELETE", ONE, etag, NULL), 412);
	ck_assert_int_eq(host_delete(&host, ONE), 202);
	ck_assert_str_eq(host_text(&host, "state"), "ending");
	ck_assert_str_eq(host_text(&host, "ended_by"), "operator");
	ck_assert_int_eq(host_delete(&host, ONE), 204);
}
END_TEST

START_TEST(all_that_a_body_says_is_in_the_order)
{
	ck_assert_int_eq(
		host_post(&host, "/v1/conferences",
			  "{\"service\":\"confs\",\"sender\":"
			  "\"sip:nora@example.com\",\"subject\":\"Mill\","
			  "\"missing\":\"skip\",\"end_when\":"
			  "\"creator-leaves\",\"ring_s\":30,"
			  "\"duration_s\":600,"
			  "\"locked\":true,\"parties\":["
			  "{\"uri\":\"sip:omar@example.net\","
			  "\"copy_control\":\"cc\",\"anonymize\":true}]}"),
		201);
	ck_assert(ordered("create confs sip:nora@example.com Mill missing=2 "
			  "end=1 ring=30 duration=600 locked=1 n=1 "
			  "copy=1"));
}
END_TEST

START_TEST(parties_are_added_controlled_removed_and_called_again)
{
	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 201);
	ck_assert_int_eq(host_post(&host, ONE "/parties",
				   "{\"parties\":[{\"uri\":\"sip:a@b.net\"}],"
				   "\"missing\":\"refuse\"}"),
			 201);
	ck_assert(ordered("add n=1 operator=1 missing=1"));
	ck_assert_str_eq(host_header(&host, "Location"), ONE "/parties/3");
	ck_assert_str_eq(member(party(0), "uri"), "sip:a@b.net");
	ck_assert_int_eq(host_get(&host, ONE "/parties?limit=2"), 200);
	ck_assert_str_eq(host_text(&host, "next"), "2");
	ck_assert_int_eq(host_get(&host, ONE "/parties?limit=2&after=2"), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  1);
	ck_assert_int_eq(host_get(&host, ONE "/parties/3"), 200);
	ck_assert_str_eq(host_text(&host, "uri"), "sip:a@b.net");
	ck_assert_int_eq(host_patch(&host, ONE "/parties/3",
				    "{\"muted\":true,\"volume_db\":-12}"),
			 200);
	ck_assert(ordered("control muted=1 deaf=-1 1=-12"));
	ck_assert_int_eq(host_number(&host, "volume_db"), -12);
	ck_assert_int_eq(host_delete(&host, ONE "/parties/3"), 204);
	ck_assert(ordered("remove operator=1"));
	ck_assert_int_eq(host_get(&host, ONE "/parties/3"), 200);
	ck_assert_str_eq(member(json_object_get(host.json, "reason"), "left"),
			 "booted");
	ck_assert_int_eq(
		host_ask(&host, "POST", ONE "/parties/3/redial", BEARER, NULL),
		201);
	ck_assert_str_eq(host_header(&host, "Location"), ONE "/parties/4");
	ck_assert_int_eq(host_get(&host, ONE "/parties/9"), 404);
	ck_assert_int_eq(host_delete(&host, ONE "/parties/9"), 404);
	ck_assert_int_eq(
		host_ask(&host, "POST", ONE "/parties/9/redial", BEARER, NULL),
		404);
}
END_TEST

START_TEST(a_list_is_filtered_and_comes_in_pages)
{
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY),
				 201);
	ck_assert_int_eq(host_delete(&host, ONE), 202);
	ck_assert_int_eq(host_delete(&host, ONE), 204);
	ck_assert_int_eq(host_get(&host, "/v1/conferences"), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  40);
	json_t *counts = json_object_get(party(0), "counts");

	ck_assert_int_eq(json_integer_value(json_object_get(counts, "queued")),
			 2);
	ck_assert_ptr_null(json_object_get(party(0), "parties"));
	ck_assert_int_eq(host_get(&host, "/v1/conferences?limit=35"), 200);
	ck_assert_str_eq(host_text(&host, "next"), "35");
	ck_assert_int_eq(host_get(&host, "/v1/conferences?after=35"), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  5);
	ck_assert_int_eq(host_get(&host, "/v1/conferences?state=ended"), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  1);
	ck_assert_int_eq(
		host_get(&host, "/v1/conferences?sender=omar@example.com"),
		200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  0);
	ck_assert_int_eq(host_get(&host, "/v1/conferences?state=gone"), 400);
	ck_assert_int_eq(host_get(&host, "/v1/conferences?creator=x"), 400);
}
END_TEST

static void refuse_next(struct conference_result refusal)
{
	focus->refusal = refusal;
	if (!refusal.index)
		focus->refusal.index = SIZE_MAX;
}

START_TEST(what_the_focus_refuses_has_its_status)
{
	static const char *const missing[] = {"sip:bob@example.net"};
	static const struct {
		enum err err;
		int status;
		const char *reason;
	} cases[] = {
		{ERR_FORBIDDEN, 403, "sender"},
		{ERR_CONFLICT, 409, "conference"},
		{ERR_TOO_LARGE, 422, "field"},
		{ERR_BUSY, 429, "limit"},
		{ERR_UNKNOWN, 404, ""},
		{ERR_SHUTDOWN, 503, "store"},
		{ERR_IO, 503, "store"},
	};

	refuse_next((struct conference_result){
		.err = ERR_AUTHENTICATE, .missing = missing, .n_missing = 1});
	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "consent-needed");
	ck_assert_str_eq(json_string_value(json_array_get(
				 json_object_get(host.json, "missing"), 0)),
			 missing[0]);
	refuse_next((struct conference_result){.err = ERR_HOSTILE, .index = 1});
	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 422);
	ck_assert_str_eq(host_text(&host, "field"), "parties[1].uri");
	ck_assert_int_eq(host_number(&host, "index"), 1);
	refuse_next((struct conference_result){.err = ERR_BUSY,
					       .retry_after_s = 17});
	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 429);
	ck_assert_str_eq(host_header(&host, "Retry-After"), "17");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		refuse_next((struct conference_result){.err = cases[i].err});
		ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY),
				 cases[i].status);
		ck_assert_str_eq(host_text(&host, "reason"), cases[i].reason);
	}
	ck_assert_uint_eq(focus->n_rooms, 0);
}
END_TEST

START_TEST(a_body_that_is_wrong_never_reaches_the_focus)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{"{}", "service"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\"}", "parties"},
		{"{\"service\":\"c\",\"sender\":\"*\",\"parties\":"
		 "[{\"uri\":\"sip:a@b\"}]}",
		 "sender"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"parties\":[]}",
		 "parties"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"parties\":{}}",
		 "parties"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"parties\":[\"sip:a@b\"]}",
		 "parties[0]"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"parties\":[{\"uri\":\"sip:a@b\"},{}]}",
		 "parties[1]"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"parties\":[{\"uri\":\"sip:a@b\",\"colour\":1}]}",
		 "parties[0].colour"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"parties\":[{\"uri\":\"sip:a@b\",\"muted\":1}]}",
		 "parties[0].muted"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"parties\":[{\"uri\":\"sip:a@b\","
		 "\"copy_control\":\"x\"}]}",
		 "parties[0]"},
		{"{\"ring_s\":\"1\"}", "ring_s"},
		{"{\"ring_s\":1.5}", "ring_s"},
		{"{\"ring_s\":99999999999}", "ring_s"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"ring_s\":-1}",
		 "ring_s"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"missing\":\"x\"}",
		 "missing"},
		{"{\"service\":\"c\",\"sender\":\"n@example.com\","
		 "\"end_when\":\"x\"}",
		 "end_when"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(
			host_post(&host, "/v1/conferences", cases[i].body),
			422);
		ck_assert_str_eq(host_text(&host, "field"), cases[i].field);
	}
	ck_assert_int_eq(host_patch(&host, ONE, "{}"), 422);
	ck_assert_int_eq(host_patch(&host, ONE "/parties/1", "{}"), 422);
	ck_assert_int_eq(
		host_patch(&host, ONE "/parties/1", "{\"volume_db\":21}"), 422);
	ck_assert_int_eq(
		host_patch(&host, ONE "/parties/1", "{\"volume_db\":-41}"),
		422);
	ck_assert_uint_eq(focus->orders.len, 0);
}
END_TEST

START_TEST(paths_that_name_no_conference_are_unknown)
{
	static const char *const paths[] = {
		"/v1/conferences/1",
		"/v1/conferences/000000000000000G",
		"/v1/conferences/000000000000000A",
		"/v1/conferences/00000000000000001",
		"/v1/conferences/0000000000000001/",
		"/v1/conferences/0000000000000001/parties/x",
		"/v1/conferences/0000000000000001/parties/0",
	};

	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 201);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		ck_assert_int_eq(host_get(&host, paths[i]), 404);
	ck_assert_int_eq(host_get(&host, "/v1/conferences/00000000000000ff"),
			 404);
	ck_assert_int_eq(
		host_get(&host, "/v1/conferences/00000000000000ff/events"),
		404);
}
END_TEST

START_TEST(a_repeated_post_rings_nobody_twice)
{
	const char *headers = BEARER JSON_BODY "Idempotency-Key: one\r\n";

	ck_assert_int_eq(
		host_ask(&host, "POST", "/v1/conferences", headers, BODY), 201);
	ck_assert_int_eq(
		host_ask(&host, "POST", "/v1/conferences", headers, BODY), 201);
	ck_assert_str_eq(host_header(&host, "Location"), ONE);
	ck_assert_str_ne(host_header(&host, "ETag"), "");
	ck_assert_uint_eq(focus->n_rooms, 1);
	headers = BEARER JSON_BODY "Idempotency-Key: two\r\n";
	refuse_next((struct conference_result){.err = ERR_AUTHENTICATE});
	ck_assert_int_eq(
		host_ask(&host, "POST", "/v1/conferences", headers, BODY), 409);
	/* They have permitted it meanwhile. */
	ck_assert_int_eq(
		host_ask(&host, "POST", "/v1/conferences", headers, BODY), 201);
}
END_TEST

START_TEST(events_of_one_conference_are_its_own)
{
	struct conference_event event = {.kind = CONFERENCE_EVENT_LIVE,
					 .at_ms = 1700000000123};

	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 201);
	ck_assert_int_eq(host_post(&host, "/v1/conferences", BODY), 201);
	for (size_t i = 0; i < 2; i++) {
		event.conference = &focus->rooms[i]->view;
		api_tell_conference(host.api, &event);
	}
	event.conference = &focus->rooms[0]->view;
	event.kind = PARTY_EVENT_DISCONNECTED;
	event.party = &focus->rooms[0]->parties[1];
	focus->rooms[0]->parties[1].is_revoked = true;
	focus->rooms[0]->parties[1].state = PARTY_DISCONNECTED;
	api_tell_conference(host.api, &event);
	ck_assert_int_eq(host_get(&host, ONE "/events"), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  3);
	ck_assert_str_eq(member(party(0), "type"), "conference.live");
	ck_assert_str_eq(member(party(0), "at"), "2023-11-14T22:13:20.123Z");
	ck_assert_str_eq(member(party(1), "type"), "party.revoked");
	ck_assert_str_eq(member(party(2), "type"), "party.disconnected");
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_object_get(party(2), "party"), "id")),
			 2);
	ck_assert_int_eq(
		host_get(&host, "/v1/events?types=conference.*,party.dtmf"),
		200);
	ck_assert_uint_eq(json_array_size(json_object_get(host.json, "items")),
			  2);
}
END_TEST

static void *post_slowly(void *arg)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)api_port(host.api)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[1024], *answer = arg;

	snprintf(request, sizeof(request),
		 "POST /v1/conferences HTTP/1.1\r\nHost: localhost\r\n"
		 "Connection: close\r\nIdempotency-Key: slow\r\n" BEARER
			 JSON_BODY "Content-Length: %zu\r\n\r\n%s",
		 strlen(BODY), BODY);
	if (!connect(fd, (const void *)&address, sizeof(address)) &&
	    send(fd, request, strlen(request), MSG_NOSIGNAL) > 0)
		(void)!read(fd, answer, 63);
	close(fd);
	return NULL;
}

START_TEST(an_order_that_is_not_answered_does_not_hold_up_the_end)
{
	struct api_settings settings = host_settings(&host);
	char answer[64] = "";
	pthread_t poster;

	settings.conferences = focus;
	focus->is_slow = true;
	pthread_create(&poster, NULL, post_slowly, answer);
	while (!focus->is_waiting)
		usleep(1000);
	api_free(host.api);
	pthread_join(poster, NULL);
	/* It may be closed before its answer leaves. */
	ck_assert(!answer[0] || !strncmp(answer, "HTTP/1.1 504", 12));
	/* Nobody knows if it was done: the same again is not run. */
	host_start(&host, &settings);
	ck_assert_int_eq(host_ask(&host, "POST", "/v1/conferences",
				  BEARER JSON_BODY "Idempotency-Key: slow\r\n",
				  BODY),
			 409);
	ck_assert_str_eq(host_text(&host, "reason"), "idempotency-unknown");
	/* The focus answers all the same, later. */
	fake_conferences_answer(focus, ERR_OK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api conferences");
	TCase *tests = tcase_create("api conferences");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_conference_is_made_looked_at_changed_and_ended);
	tcase_add_test(tests, all_that_a_body_says_is_in_the_order);
	tcase_add_test(tests,
		       parties_are_added_controlled_removed_and_called_again);
	tcase_add_test(tests, a_list_is_filtered_and_comes_in_pages);
	tcase_add_test(tests, what_the_focus_refuses_has_its_status);
	tcase_add_test(tests, a_body_that_is_wrong_never_reaches_the_focus);
	tcase_add_test(tests, paths_that_name_no_conference_are_unknown);
	tcase_add_test(tests, a_repeated_post_rings_nobody_twice);
	tcase_add_test(tests, events_of_one_conference_are_its_own);
	tcase_add_test(tests,
		       an_order_that_is_not_answered_does_not_hold_up_the_end);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
