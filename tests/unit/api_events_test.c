/* GET /v1/events: pages, gaps, streams. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/event_ring.h"
#include "server/message_event.h"
#include "tests/unit/api_help.h"

#define STREAM "Accept: text/event-stream\r\n"

static struct host host;

static void setup(void)
{
	host_open(&host);
}

static void teardown(void)
{
	host_close(&host);
}

static void tell(int64_t request)
{
	api_tell_message(host.api,
			 &(struct message_event){.kind = MESSAGE_EVENT_ACCEPTED,
						 .request = request,
						 .call_id = "call",
						 .sender = SENDER,
						 .target = TARGET,
						 .method = "MESSAGE"});
}

/** Ask for a page; what its items are: types with blanks between. */
static const char *page(const char *query)
{
	static char types[4096];
	char path[512];
	size_t i;
	json_t *item;

	snprintf(path, sizeof(path), "/v1/events?%s", query);
	ck_assert_int_eq(host_get(&host, path), 200);
	types[0] = '\0';
	json_array_foreach(json_object_get(host.json, "items"), i, item)
	{
		size_t len = strlen(types);

		snprintf(types + len, sizeof(types) - len, "%s%s",
			 len ? " " : "",
			 json_string_value(json_object_get(item, "type")));
	}
	return types;
}

static const char *page_after(const char *cursor)
{
	char query[256];

	snprintf(query, sizeof(query), "limit=1000&after=%s", cursor);
	return page(query);
}

static const char *next(void)
{
	static char cursor[128];

	snprintf(cursor, sizeof(cursor), "%s", host_text(&host, "next"));
	return cursor;
}

START_TEST(messages_are_kept_while_somebody_reads)
{
	char before[128];

	ck_assert(!api_events_are_wanted(host.api));
	tell(1);
	ck_assert_str_eq(page("after=now"), "");
	snprintf(before, sizeof(before), "%s", next());
	ck_assert(api_events_are_wanted(host.api));
	tell(2);
	ck_assert_str_eq(page_after(before), "message.accepted");
	json_t *item = json_array_get(json_object_get(host.json, "items"), 0);

	ck_assert_int_eq(json_integer_value(json_object_get(item, "request")),
			 2);
	ck_assert_str_eq(page_after(next()), "");
}
END_TEST

/** An event of somebody who was called; with all that it may say. */
static void tell_party(const char *reason)
{
	const struct party_view party = {
		.id = 7,
		.uri = "sip:ann@example.com",
		.shown_as = "sip:anonymous1@anonymous.invalid",
		.display_name = "Ann \xc3\x84",
		.is_dialled_out = true,
		.state = PARTY_DISCONNECTED,
		.left = PARTY_LEFT_DEPARTED,
		.is_revoked = true,
		.sip_status = 480,
		.reason = reason,
		.permission = 3,
		.since = 1000,
		.answered_at = 900,
		.volume_db = -3,
		.media = {.codec = "PCMU",
			  .remote = "192.0.2.x",
			  .n_received = 5,
			  .n_lost = 5,
			  .loss_out = 0.25}};
	const struct conference_view conference = {.id = "0123456789abcdef",
						   .service = "confs",
						   .sender = SENDER,
						   .parties = &party,
						   .n_parties = 1};
	const struct conference_event event = {.kind = PARTY_EVENT_DISCONNECTED,
					       .at_ms = 1234567,
					       .conference = &conference,
					       .party = &party,
					       .key = '#'};

	api_tell_conference(host.api, &event);
}

/** What was read; ids differ. */
static json_t *items_without_ids(void)
{
	json_t *items = json_deep_copy(json_object_get(host.json, "items"));
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item) json_object_del(item, "id");
	return items;
}

START_TEST(nobody_reading_changes_no_word_of_an_event)
{
	char reason[] = "Temporarily Unavailable";
	const char *both = "party.revoked party.disconnected";
	json_t *late, *early;

	ck_assert(!api_events_are_wanted(host.api));
	tell_party(reason);
	memset(reason, 'x', sizeof(reason) - 1); /* it was copied */
	ck_assert_str_eq(page("types=party.*"), both);
	late = items_without_ids();
	ck_assert(api_events_are_wanted(host.api));
	memcpy(reason, "Temporarily Unavailable", sizeof(reason));
	tell_party(reason);
	ck_assert_str_eq(page_after(next()), both);
	early = items_without_ids();
	ck_assert(json_equal(late, early));
	ck_assert_str_eq(
		json_string_value(json_object_get(
			json_object_get(json_object_get(json_array_get(late, 0),
							"party"),
					"reason"),
			"text")),
		"Temporarily Unavailable");
	json_decref(late);
	json_decref(early);
}
END_TEST

START_TEST(what_nobody_read_falls_out_of_the_ring_as_well)
{
	size_t n = 0, more;
	char query[256];

	for (int i = 0; i < EVENT_RING; i++)
		tell_party("Busy Here"); /* two events */
	page("limit=1000&types=party.*");
	do {
		more = json_array_size(json_object_get(host.json, "items"));
		n += more;
		snprintf(query, sizeof(query),
			 "limit=1000&types=party.*&after=%s", next());
		page(query);
	} while (more);
	/* The mark of who began to read takes a place. */
	ck_assert_uint_eq(n, EVENT_RING - 1);
}
END_TEST

START_TEST(what_fell_out_of_the_ring_is_a_gap)
{
	char before[128];

	page("after=now");
	snprintf(before, sizeof(before), "%s", next());
	for (int64_t i = 0; i < EVENT_RING; i++)
		tell(i);
	ck_assert_int_eq(strncmp(page_after(before), "message", 7), 0);
	tell(EVENT_RING);
	ck_assert_int_eq(strncmp(page_after(before), "gap message", 11), 0);
	/* One who wants nothing of that missed nothing. */
	char query[256];

	snprintf(query, sizeof(query), "types=permission.*&after=%s", before);
	ck_assert_str_eq(page(query), "");
}
END_TEST

START_TEST(another_process_is_a_gap_for_live_events_only)
{
	struct api_settings settings = host_settings(&host);
	char before[128], query[256];

	page("after=now");
	snprintf(before, sizeof(before), "%s", next());
	ck_ok(host_say(&host, EVENT_GRANT, RECIPIENT));
	api_free(host.api);
	host_start(&host, &settings);
	ck_assert_str_eq(page_after(before), "gap permission.granted");
	snprintf(query, sizeof(query), "types=permission.*&after=%s", before);
	ck_assert_str_eq(page(query), "permission.granted");
	tell(1);
	ck_assert_str_eq(page_after(next()), "message.accepted");
}
END_TEST

/** Connect and ask for a stream. */
static int stream_open_at(const char *path)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)api_port(host.api)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char head[512];

	ck_assert_int_eq(connect(fd, (const void *)&address, sizeof(address)),
			 0);
	snprintf(head, sizeof(head),
		 "GET %s HTTP/1.1\r\nHost: localhost\r\n" BEARER STREAM "\r\n",
		 path);
	ck_assert_int_gt(send(fd, head, strlen(head), MSG_NOSIGNAL), 0);
	return fd;
}

/** Read until @p what was seen @p n times; false at the end before that. */
static bool stream_sees(int fd, const char *what, size_t n)
{
	struct text text;
	char piece[4096];
	size_t seen = 0;
	ssize_t len;

	text_init(&text, NULL);
	while (seen < n && (len = read(fd, piece, sizeof(piece))) > 0) {
		text_add_bytes(&text, piece, (size_t)len);
		seen = 0;
		for (const char *at = strstr(text.at, what); at;
		     at = strstr(at + 1, what))
			seen++;
	}
	text_release(&text);
	return seen >= n;
}

static void *tell_many(void *arg)
{
	(void)arg;
	for (int64_t i = 0; i < 500; i++)
		tell(i);
	return NULL;
}

START_TEST(streams_get_what_several_threads_tell)
{
	pthread_t threads[2];
	int fds[8];

	for (size_t i = 0; i < 8; i++) {
		fds[i] = stream_open_at("/v1/events?after=now");
		ck_assert(stream_sees(fds[i], "retry:", 1));
	}
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, tell_many, NULL), 0);
	for (int i = 0; i < 50; i++)
		ck_ok(host_say(&host, i % 2 ? EVENT_DENY : EVENT_GRANT,
			       RECIPIENT));
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_ok(host_say(&host, EVENT_GRANT, "sip:last@example.net"));
	tell(777777);
	for (size_t i = 0; i < 8; i++)
		ck_assert(stream_sees(fds[i], "\"request\":777777", 1));
	/* One more each, so that those that sleep are there at the end. */
	for (size_t i = 0; i < 8; i++)
		close(fds[i]);
}
END_TEST

START_TEST(the_end_of_the_api_ends_its_streams)
{
	struct api_settings settings = host_settings(&host);
	int fds[4];
	char byte;

	for (size_t i = 0; i < 4; i++) {
		fds[i] = stream_open_at("/v1/events");
		ck_assert(stream_sees(fds[i], "retry:", 1));
	}
	api_free(host.api);
	for (size_t i = 0; i < 4; i++) {
		/* The last chunk is there: it ended, and was not cut off. */
		ck_assert(stream_sees(fds[i], "0\r\n\r\n", 1));
		ck_assert_int_eq(read(fds[i], &byte, 1), 0);
		close(fds[i]);
	}
	host_start(&host, &settings);
}
END_TEST

START_TEST(a_stream_needs_the_token_and_a_cursor)
{
	ck_assert_int_eq(host_ask(&host, "GET", "/v1/events", STREAM, NULL),
			 401);
	ck_assert_int_eq(host_ask(&host, "GET", "/v1/events?after=x",
				  BEARER STREAM, NULL),
			 400);
	ck_assert_int_eq(host_ask(&host, "GET", "/v1/events",
				  BEARER STREAM "Last-Event-ID: x\r\n", NULL),
			 400);
	/* Who does not name the stream gets a page. */
	ck_assert_int_eq(host_ask(&host, "GET", "/v1/events",
				  BEARER "Accept: */*\r\n", NULL),
			 200);
	ck_assert_int_eq(host_ask(&host, "GET", "/v1/events",
				  BEARER "Accept: text/event-stream;q=0, "
					 "*/*\r\n",
				  NULL),
			 200);
	ck_assert_str_eq(host_header(&host, "Content-Type"),
			 "application/json");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api events");
	TCase *tests = tcase_create("api events");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, messages_are_kept_while_somebody_reads);
	tcase_add_test(tests, nobody_reading_changes_no_word_of_an_event);
	tcase_add_test(tests, what_nobody_read_falls_out_of_the_ring_as_well);
	tcase_add_test(tests, what_fell_out_of_the_ring_is_a_gap);
	tcase_add_test(tests, another_process_is_a_gap_for_live_events_only);
	tcase_add_test(tests, streams_get_what_several_threads_tell);
	tcase_add_test(tests, the_end_of_the_api_ends_its_streams);
	tcase_add_test(tests, a_stream_needs_the_token_and_a_cursor);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
