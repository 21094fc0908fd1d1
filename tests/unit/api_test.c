/* The API over real sockets: framing, tokens, routes. */
#include "api/routes.h"
#include "tests/unit/api_help.h"

#define GET(path, headers)                                                     \
	"GET " path                                                            \
	" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" headers "\r\n"
#define SEND(host, bytes) host_send(host, bytes, sizeof(bytes) - 1)

static struct host host;

static void setup(void)
{
	host_open(&host);
}

static void teardown(void)
{
	host_close(&host);
}

START_TEST(everything_else_needs_the_token)
{
	ck_assert_int_eq(SEND(&host, GET("/metrics", "")), 401);
	ck_assert_str_eq(host_header(&host, "WWW-Authenticate"),
			 "Bearer realm=\"volens\"");
	ck_assert_int_eq(SEND(&host, GET("/nothing", "")), 401);
	for (size_t i = 0; i < n_routes; i++) {
		char path[64];

		if (routes[i].access == ACCESS_OPEN)
			continue;
		snprintf(path, sizeof(path), "%s", routes[i].path);
		char *id = strchr(path, '{');

		if (id)
			memmove(id + 1, id + 4, strlen(id + 4) + 1), *id = '1';
		ck_assert_int_eq(host_ask(&host, routes[i].method, path,
					  "Authorization: Bearer wrong\r\n",
					  NULL),
				 i < 18 ? 401 : 429);
	}
}
END_TEST

START_TEST(a_token_is_whole_and_exact)
{
	static const char *const wrong[] = {
		"Authorization: Bearer 0123456789abcdef0123456789abcdeF\r\n",
		"Authorization: Bearer 0123456789abcdef0123456789abcde\r\n",
		"Authorization: Bearer 0123456789abcdef0123456789abcdef0\r\n",
		"Authorization: Bearer\r\n",
		"Authorization: Basic " TOKEN "\r\n",
		"Authorization: " TOKEN "\r\n",
		"Authorization: BearerX" TOKEN "\r\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(
			host_ask(&host, "GET", "/metrics", wrong[i], NULL),
			401);
	ck_assert_int_eq(host_ask(&host, "GET", "/metrics",
				  "authorization: bearer " TOKEN "\r\n", NULL),
			 200);
	ck_assert_int_eq(
		host_ask(&host, "GET", "/metrics", BEARER BEARER, NULL), 400);
	/* Never in the address, where it would be logged. */
	ck_assert_int_eq(host_ask(&host, "GET", "/metrics?access_token=" TOKEN,
				  "", NULL),
			 401);
}
END_TEST

START_TEST(the_token_is_judged_before_the_body_comes)
{
	/* The body is announced and never sent: the answer comes anyway. */
	ck_assert_int_eq(SEND(&host,
			      "POST /v1/permissions HTTP/1.1\r\n"
			      "Host: localhost\r\nContent-Length: 1000\r\n"
			      "Content-Type: application/json\r\n\r\n"),
			 401);
	ck_assert_int_eq(
		SEND(&host, "POST /v1/permissions HTTP/1.1\r\n"
			    "Host: localhost\r\nContent-Length: 70000\r\n"
			    "Content-Type: application/json\r\n" BEARER "\r\n"),
		413);
	ck_assert_int_eq(SEND(&host,
			      "POST /v1/permissions HTTP/1.1\r\n"
			      "Host: localhost\r\nContent-Length: 7\r\n"
			      "Content-Type: text/plain\r\n" BEARER "\r\n"),
			 415);
}
END_TEST

START_TEST(who_fails_too_often_is_put_off_and_the_right_token_is_not)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(SEND(&host, GET("/metrics", "")), 401);
	ck_assert_int_eq(SEND(&host, GET("/metrics", "")), 429);
	int wait_s = (int)strtol(host_header(&host, "Retry-After"), NULL, 10);

	ck_assert_int_gt(wait_s, 0);
	ck_assert_int_le(wait_s, 60);
	ck_assert_int_eq(host_get(&host, "/metrics"), 200);
	ck_assert_int_eq(SEND(&host, GET("/healthz", "")), 200);
}
END_TEST

START_TEST(an_address_is_matched_whole)
{
	static const char *const unknown[] = {
		"/",
		"/v1",
		"/v1/permissions/",
		"/v1/permissions/0",
		"/v1/permissions/01",
		"/v1/permissions/-1",
		"/v1/permissions/1x",
		"/v1/permissions/99999999999999999999",
		"/v1/permissions/1/retry",
		"/v1//permissions",
		"/v1/permissionsx",
		"/v1/./permissions",
		"/v1/list",
		"/healthz/",
		"/V1/permissions",
	};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		ck_assert_msg(host_get(&host, unknown[i]) == 404, "%s: %d",
			      unknown[i], host.status);
	ck_assert_str_eq(host_header(&host, "Content-Type"),
			 "application/problem+json");
	ck_assert_str_eq(host_text(&host, "title"), "Not Found");
	ck_assert_int_eq(host_number(&host, "status"), 404);
	/* The same letters, escaped, are the same address (RFC 3986). */
	ck_assert_int_eq(host_get(&host, "/v1/%70ermissions"), 200);
}
END_TEST

START_TEST(a_nul_does_not_cut_an_address)
{
	ck_assert_int_eq(SEND(&host, GET("/healthz%00x", "")), 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz?a=%00", "")), 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz%0d%0a", "")), 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz%", "")), 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz%4", "")), 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz%zz", "")), 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz%ff", "")), 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz\0x", "")), 400);
}
END_TEST

START_TEST(another_method_is_told_which_there_are)
{
	ck_assert_int_eq(
		host_ask(&host, "PUT", "/v1/permissions", BEARER, NULL), 405);
	ck_assert_str_eq(host_header(&host, "Allow"), "GET, HEAD, POST");
	ck_assert_int_eq(host_ask(&host, "POST", "/healthz", "", NULL), 405);
	ck_assert_str_eq(host_header(&host, "Allow"), "GET, HEAD");
	ck_assert_int_eq(
		host_ask(&host, "OPTIONS", "/v1/users/1", BEARER, NULL), 405);
	ck_assert_str_eq(host_header(&host, "Allow"),
			 "GET, HEAD, PATCH, DELETE");
}
END_TEST

START_TEST(head_is_get_without_its_content)
{
	ck_assert_int_eq(
		host_ask(&host, "HEAD", "/v1/permissions", BEARER, NULL), 200);
	ck_assert_str_eq(host.body, "");
	ck_assert_str_eq(host_header(&host, "Content-Length"), "25");
	ck_assert_int_eq(host_get(&host, "/v1/permissions"), 200);
	ck_assert_uint_eq(strlen(host.body), 25);
	ck_assert_str_eq(host_header(&host, "Cache-Control"), "no-store");
}
END_TEST

START_TEST(accept_is_obeyed)
{
	static const struct {
		const char *path, *accept;
		int status;
	} cases[] = {
		{"/v1/users", "application/json", 200},
		{"/v1/users", "*/*", 200},
		{"/v1/users", "application/*;q=0.1, text/html", 200},
		{"/v1/users", "text/html", 406},
		{"/v1/users", "application/json;q=0, */*", 406},
		{"/v1/users", "text/html, */*;q=0.0", 406},
		{"/metrics",
		 "application/openmetrics-text;version=1.0.0,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 200},
		{"/metrics", "application/json", 406},
		{"/openapi.yaml", "application/yaml", 200},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char headers[256];

		snprintf(headers, sizeof(headers), BEARER "Accept: %s\r\n",
			 cases[i].accept);
		ck_assert_msg(host_ask(&host, "GET", cases[i].path, headers,
				       NULL) == cases[i].status,
			      "%s: %d", cases[i].accept, host.status);
	}
}
END_TEST

#define POST_HEAD                                                              \
	"POST /v1/explain HTTP/1.1\r\nHost: localhost\r\nConnection: "         \
	"close\r\n" BEARER JSON_BODY

START_TEST(framing_that_can_be_read_in_two_ways_is_refused)
{
	ck_assert_int_eq(SEND(&host, POST_HEAD "Content-Length: 2\r\n"
					       "Content-Length: 2\r\n\r\n{}"),
			 400);
	ck_assert_int_eq(SEND(&host, POST_HEAD "Content-Length: 2\r\n"
					       "Content-Length: 9\r\n\r\n{}"),
			 400);
	ck_assert_int_eq(SEND(&host,
			      POST_HEAD "Content-Length: 2\r\n"
					"Transfer-Encoding: chunked\r\n\r\n"
					"2\r\n{}\r\n0\r\n\r\n"),
			 400);
	ck_assert_int_eq(SEND(&host, POST_HEAD "Content-Length: -2\r\n\r\n{}"),
			 400);
	ck_assert_int_eq(SEND(&host, POST_HEAD
			      "Transfer-Encoding: gzip, chunked\r\n\r\n"
			      "2\r\n{}\r\n0\r\n\r\n"),
			 400);
	ck_assert_int_eq(SEND(&host, POST_HEAD
			      "Content-Length: 2\r\n"
			      "Transfer-Encoding : chunked\r\n\r\n{}"),
			 400);
	ck_assert_int_eq(
		SEND(&host, GET("/healthz", "X-Forwarded-For : 192.0.2.1\r\n")),
		400);
	ck_assert_int_eq(SEND(&host, "GET /healthz HTTP/1.1\r\n"
				     "Connection: close\r\n\r\n"),
			 400);
	ck_assert_int_eq(SEND(&host, "GET /healthz HTTP/1.1\r\nHost : a\r\n"
				     "Connection: close\r\n\r\n"),
			 400);
	ck_assert_int_eq(SEND(&host, GET("/healthz", "Host: b\r\n")), 400);
	ck_assert_int_eq(
		SEND(&host, GET("/healthz", "Content-Length: 1\r\n") "x"), 400);
}
END_TEST

START_TEST(a_body_may_come_in_chunks_and_only_so_long)
{
	struct text text;

	ck_assert_int_eq(SEND(&host,
			      POST_HEAD "Transfer-Encoding: chunked\r\n\r\n"
					"5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n"),
			 422);
	ck_assert_str_eq(host_text(&host, "field"), "a");
	text_init(&text, NULL);
	text_add(&text, POST_HEAD "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 70; i++)
		text_printf(&text, "400\r\n%01024d\r\n", 0);
	text_add(&text, "0\r\n\r\n");
	ck_assert_int_eq(host_send(&host, text.at, text.len), 413);
	text_release(&text);
}
END_TEST

START_TEST(a_body_is_json_in_utf_8_and_plain)
{
	static const struct {
		const char *headers;
		int status;
	} cases[] = {
		{"Content-Type: application/json\r\n", 422},
		{"Content-Type: Application/JSON; charset=UTF-8\r\n", 422},
		{"Content-Type: application/json; charset=latin1\r\n", 415},
		{"Content-Type: application/jsonx\r\n", 415},
		{"", 415},
		{"Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
		 415},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char headers[256];

		snprintf(headers, sizeof(headers), BEARER "%s",
			 cases[i].headers);
		ck_assert_msg(host_ask(&host, "POST", "/v1/explain", headers,
				       "{}") == cases[i].status,
			      "%s: %d", cases[i].headers, host.status);
	}
	ck_assert_int_eq(host_post(&host, "/v1/explain", ""), 400);
	ck_assert_int_eq(host_post(&host, "/v1/explain", "{"), 400);
	ck_assert_int_eq(host_post(&host, "/v1/explain", "[]"), 400);
	ck_assert_int_eq(host_post(&host, "/v1/explain", "{} x"), 400);
	ck_assert_int_eq(host_post(&host, "/v1/explain", "{\"a\":1,\"a\":2}"),
			 400);
	ck_assert_int_eq(
		host_post(&host, "/v1/explain", "{\"sender\":\"a\\u0000\"}"),
		400);
	ck_assert_int_eq(host_post(&host, "/v1/explain", "{\"a\":\"\xff\"}"),
			 400);
}
END_TEST

START_TEST(headers_have_a_limit)
{
	struct text text;

	text_init(&text, NULL);
	text_printf(&text,
		    "GET /healthz HTTP/1.1\r\nHost: a\r\nX: %040000d"
		    "\r\n\r\n",
		    0);
	ck_assert_int_eq(host_send(&host, text.at, text.len), 431);
	text_clear(&text);
	text_printf(&text, "GET /%040000d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
	ck_assert_int_eq(host_send(&host, text.at, text.len), 414);
	text_release(&text);
	ck_assert_int_eq(SEND(&host, GET("/healthz", "")), 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api");
	TCase *tests = tcase_create("api");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, everything_else_needs_the_token);
	tcase_add_test(tests, a_token_is_whole_and_exact);
	tcase_add_test(tests, the_token_is_judged_before_the_body_comes);
	tcase_add_test(
		tests,
		who_fails_too_often_is_put_off_and_the_right_token_is_not);
	tcase_add_test(tests, an_address_is_matched_whole);
	tcase_add_test(tests, a_nul_does_not_cut_an_address);
	tcase_add_test(tests, another_method_is_told_which_there_are);
	tcase_add_test(tests, head_is_get_without_its_content);
	tcase_add_test(tests, accept_is_obeyed);
	tcase_add_test(tests, framing_that_can_be_read_in_two_ways_is_refused);
	tcase_add_test(tests, a_body_may_come_in_chunks_and_only_so_long);
	tcase_add_test(tests, a_body_is_json_in_utf_8_and_plain);
	tcase_add_test(tests, headers_have_a_limit);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
