/* What the API does to accounts. */
#include "db/accounts.h"
#include "tests/unit/api_help.h"

static struct host host;

static void setup(void)
{
	host_open(&host);
}

static void teardown(void)
{
	host_close(&host);
}

static size_t n_items(void)
{
	return json_array_size(json_object_get(host.json, "items"));
}

static bool holds_secret(const char *text)
{
	return strstr(text, "mill-Bridge-9") || strstr(text, "ha1") ||
	       strstr(text, "digest");
}

START_TEST(a_password_goes_in_and_nothing_of_it_comes_out)
{
	struct arena *arena = arena_new(0);
	struct account user;
	char ha1[DIGEST_HEX_MAX + 1];

	ck_assert_int_eq(host_post(&host, "/v1/users",
				   "{\"aor\":\"nora@Example.com\",\"username\":"
				   "\"nora\",\"password\":\"mill-Bridge-9\"}"),
			 201);
	ck_assert_str_eq(host_header(&host, "Location"), "/v1/users/1");
	ck_assert_str_eq(host_text(&host, "aor"), "sip:nora@example.com");
	ck_assert(!holds_secret(host.raw));
	ck_assert_int_eq(host_get(&host, "/v1/users/1"), 200);
	ck_assert(!holds_secret(host.raw));
	ck_assert_int_eq(host_get(&host, "/v1/users?username=nora"), 200);
	ck_assert_uint_eq(n_items(), 1);
	ck_assert(!holds_secret(host.raw));
	ck_assert_int_eq(host_get(&host, "/v1/users?aor=nora%40example.com"),
			 200);
	ck_assert_uint_eq(n_items(), 1);

	ck_ok(accounts_find(host.desk.accounts,
			    &(struct account_name){"", VIEW("nora")}, arena,
			    &user));
	digest_ha1(DIGEST_SHA256, VIEW("nora"), VIEW("relay.example.com"),
		   VIEW("mill-Bridge-9"), ha1);
	ck_assert_str_eq(user.ha1[DIGEST_SHA256], ha1);
	arena_free(arena);
}
END_TEST

/* A setting that offers another algorithm needs no new passwords. */
START_TEST(a_password_has_a_digest_by_each_algorithm)
{
	struct arena *arena = arena_new(0);
	struct account user;
	char old[DIGEST_ALGORITHMS][DIGEST_HEX_MAX + 1];

	ck_assert_int_eq(host_post(&host, "/v1/users",
				   "{\"aor\":\"nora@example.com\",\"username\":"
				   "\"nora\",\"password\":\"p\"}"),
			 201);
	ck_ok(accounts_find(host.desk.accounts,
			    &(struct account_name){"", VIEW("nora")}, arena,
			    &user));
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		digest_ha1((enum digest_algorithm)i, VIEW("nora"),
			   VIEW("relay.example.com"), VIEW("p"), old[i]);
		ck_assert_str_eq(user.ha1[i], old[i]);
	}
	ck_assert_int_eq(host_get(&host, "/v1/users/1"), 200);
	ck_assert_ptr_nonnull(
		strstr(host.raw,
		       "\"algorithms\":[\"SHA-256\",\"SHA-512-256\",\"MD5\"]"));

	/* A new password leaves no digest of the old one behind. */
	ck_assert_int_eq(
		host_patch(&host, "/v1/users/1", "{\"password\":\"q\"}"), 200);
	ck_ok(accounts_find(host.desk.accounts,
			    &(struct account_name){"", VIEW("nora")}, arena,
			    &user));
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		ck_assert_ptr_nonnull(user.ha1[i]);
		ck_assert_str_ne(user.ha1[i], old[i]);
	}
	arena_free(arena);
}
END_TEST

START_TEST(a_username_is_taken_once)
{
	const char *body = "{\"aor\":\"nora@example.com\",\"username\":"
			   "\"nora\",\"password\":\"p\"}";
	char headers[128];

	ck_assert_int_eq(host_post(&host, "/v1/users", body), 201);
	ck_assert_int_eq(host_post(&host, "/v1/users", body), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "exists");
	ck_assert_int_eq(host_get(&host, "/v1/users/1"), 200);
	snprintf(headers, sizeof(headers), BEARER JSON_BODY "If-Match: %s\r\n",
		 host_header(&host, "ETag"));
	ck_assert_int_eq(host_ask(&host, "PATCH", "/v1/users/1", headers,
				  "{\"password\":\"q\"}"),
			 200);
	ck_assert_int_eq(host_ask(&host, "PATCH", "/v1/users/1", headers,
				  "{\"password\":\"r\"}"),
			 412);
	ck_assert_int_eq(
		host_patch(&host, "/v1/users/7", "{\"password\":\"r\"}"), 404);
	ck_assert_int_eq(host_delete(&host, "/v1/users/1"), 204);
	ck_assert_int_eq(host_get(&host, "/v1/users/1"), 404);
	ck_assert_uint_eq(accounts_count(host.desk.accounts), 0);
	ck_assert_int_eq(host_post(&host, "/v1/users", body), 201);
}
END_TEST

static int post_user(const char *aor)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"aor\":\"%s\",\"username\":\"%s\","
		 "\"password\":\"p\"}",
		 aor, aor + strlen("sip:"));
	return host_post(&host, "/v1/users", body);
}

START_TEST(nobody_has_an_address_of_the_relay)
{
	static const char *const ours[] = {
		"sip:lists@relay.example.com",
		"sip:LISTS@Relay.Example.com",
		"sip:g-d33e19b462c033b85f8c517907a7172c@relay.example.com",
		"sip:d-d33e19b462c033b85f8c517907a7172c@relay.example.com",
		"sip:t-d33e19b462c033b85f8c517907a7172c@relay.example.com",
		"sip:c-d33e19b462c033b8@relay.example.com"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		ck_assert_int_eq(post_user(ours[i]), 409);
		ck_assert_str_eq(host_text(&host, "reason"), "name-taken");
	}
	ck_assert_int_eq(post_user("sip:g-anna@relay.example.com"), 201);
	ck_assert_int_eq(post_user("sip:lists@example.com"), 201);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api users");
	TCase *tests = tcase_create("api users");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_password_goes_in_and_nothing_of_it_comes_out);
	tcase_add_test(tests, a_password_has_a_digest_by_each_algorithm);
	tcase_add_test(tests, a_username_is_taken_once);
	tcase_add_test(tests, nobody_has_an_address_of_the_relay);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
