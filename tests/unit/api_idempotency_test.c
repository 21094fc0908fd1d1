/* POST requests with an Idempotency-Key. */
#include "api/idempotency.h"
#include "db/idempotency.h"
#include "db/accounts.h"
#include "tests/unit/api_help.h"

#define NORA                                                                   \
	"{\"aor\":\"nora@example.com\",\"username\":\"nora\","                 \
	"\"password\":\"mill-Bridge-9\"}"
#define OMAR                                                                   \
	"{\"aor\":\"omar@example.com\",\"username\":\"omar\","                 \
	"\"password\":\"mill-Bridge-9\"}"

static struct host host;

static void setup(void)
{
	host_open(&host);
}

static void teardown(void)
{
	host_close(&host);
}

static int post_as(const char *key, const char *path, const char *body)
{
	char headers[512];

	snprintf(headers, sizeof(headers),
		 BEARER JSON_BODY "Idempotency-Key: %s\r\n", key);
	return host_ask(&host, "POST", path, headers, body);
}

START_TEST(a_repeated_request_gets_the_first_answer)
{
	char body[1024], etag[64];

	ck_assert_int_eq(post_as("\"one\"", "/v1/users", NORA), 201);
	snprintf(body, sizeof(body), "%s", host.body);
	snprintf(etag, sizeof(etag), "%s", host_header(&host, "ETag"));
	/* A string of RFC 8941, or the word alone. */
	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 201);
	ck_assert_str_eq(host.body, body);
	ck_assert_str_eq(host_header(&host, "ETag"), etag);
	ck_assert_str_eq(host_header(&host, "Location"), "/v1/users/1");
	ck_assert_str_eq(host_header(&host, "Content-Type"),
			 "application/json");
	ck_assert_uint_eq(accounts_count(host.desk.accounts), 1);
	/* Also when the account is gone: nothing is run. */
	ck_assert_int_eq(host_delete(&host, "/v1/users/1"), 204);
	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 201);
	ck_assert_uint_eq(accounts_count(host.desk.accounts), 0);
}
END_TEST

START_TEST(the_answer_outlives_the_api)
{
	struct api_settings settings = host_settings(&host);

	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 201);
	api_free(host.api);
	host_start(&host, &settings);
	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 201);
	ck_assert_str_eq(host_text(&host, "username"), "nora");
}
END_TEST

START_TEST(a_key_with_another_request_is_refused)
{
	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 201);
	ck_assert_int_eq(post_as("one", "/v1/users", OMAR), 422);
	ck_assert_str_eq(host_text(&host, "reason"), "idempotency-key");
	ck_assert_int_eq(post_as("one", "/v1/permissions", NORA), 422);
	ck_assert_int_eq(post_as("two", "/v1/users", OMAR), 201);
	ck_assert_uint_eq(accounts_count(host.desk.accounts), 2);
}
END_TEST

START_TEST(a_refused_request_leaves_its_key_free)
{
	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 201);
	ck_assert_int_eq(post_as("two", "/v1/users", NORA), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "exists");
	ck_assert_int_eq(post_as("two", "/v1/users", "{}"), 422);
	ck_assert_str_eq(host_text(&host, "reason"), "field");
	ck_assert_int_eq(post_as("two", "/v1/users", OMAR), 201);
}
END_TEST

START_TEST(permissions_and_retries_have_keys)
{
	const char *body = "{\"sender\":\"nora@example.com\",\"target\":\"*\","
			   "\"recipient\":\"sip:bob@example.net\","
			   "\"state\":\"granted\",\"evidence\":\"form 7\"}";

	ck_assert_int_eq(post_as("one", "/v1/permissions", body), 201);
	ck_assert_int_eq(post_as("one", "/v1/permissions", body), 201);
	ck_assert_str_eq(host_header(&host, "Location"), "/v1/permissions/1");
	ck_assert_int_eq(post_as("two", "/v1/permissions", body), 200);
	ck_assert_int_eq(post_as("two", "/v1/permissions", body), 200);
	ck_assert_int_eq(host_ask(&host, "POST", "/v1/deliveries/7/retry",
				  BEARER "Idempotency-Key: one\r\n", NULL),
			 422);
	ck_assert_int_eq(host_ask(&host, "POST", "/v1/deliveries/7/retry",
				  BEARER "Idempotency-Key: three\r\n", NULL),
			 404);
}
END_TEST

START_TEST(a_key_that_cannot_be_read_is_refused)
{
	static const char *const wrong[] = {
		"",	 "\"\"", "two words", "a,b",
		"a;b=1", "a\"b", "\"a\\b\"",  "caf\303\251",
	};
	char longest[IDEMPOTENCY_KEY_MAX + 2];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(post_as(wrong[i], "/v1/users", NORA), 400);
	ck_assert_int_eq(host_ask(&host, "POST", "/v1/users",
				  BEARER JSON_BODY "Idempotency-Key: a\r\n"
						   "Idempotency-Key: a\r\n",
				  NORA),
			 400);
	memset(longest, 'k', sizeof(longest));
	longest[IDEMPOTENCY_KEY_MAX + 1] = '\0';
	ck_assert_int_eq(post_as(longest, "/v1/users", NORA), 400);
	ck_assert_uint_eq(accounts_count(host.desk.accounts), 0);
	longest[IDEMPOTENCY_KEY_MAX] = '\0';
	ck_assert_int_eq(post_as(longest, "/v1/users", NORA), 201);
	/* Where nothing is made, the header means nothing. */
	ck_assert_int_eq(host_ask(&host, "GET", "/v1/users",
				  BEARER "Idempotency-Key: a,b\r\n", NULL),
			 200);
}
END_TEST

/** What a process leaves that ended between the claim and the answer. */
static enum err forget_run(struct store *store, struct write_job *job)
{
	struct idempotency_key key = {.token = "admin", .key = "one"};
	struct kept_answer none = {0};

	(void)job;
	return store_idempotency_keep(store, &key, &none);
}

START_TEST(a_request_that_ended_with_its_process_is_not_run_again)
{
	struct write_job job = {.run = forget_run};

	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 201);
	ck_ok(writer_call(host.desk.writer, &job));
	ck_assert_int_eq(post_as("one", "/v1/users", NORA), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "idempotency-unknown");
	ck_assert_int_eq(post_as("one", "/v1/users", OMAR), 422);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api idempotency");
	TCase *tests = tcase_create("api idempotency");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_repeated_request_gets_the_first_answer);
	tcase_add_test(tests, the_answer_outlives_the_api);
	tcase_add_test(tests, a_key_with_another_request_is_refused);
	tcase_add_test(tests, a_refused_request_leaves_its_key_free);
	tcase_add_test(tests, permissions_and_retries_have_keys);
	tcase_add_test(tests, a_key_that_cannot_be_read_is_refused);
	tcase_add_test(tests,
		       a_request_that_ended_with_its_process_is_not_run_again);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
