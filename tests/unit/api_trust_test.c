/* GET /v1/trust-domains: what is configured, and what it means for one peer. */
#include "policies/trust_domain.h"
#include "tests/unit/api_help.h"

static struct host host;

static void setup(void)
{
	static const char *const texts[] = {"192.0.2.0/24"};
	static const char *const names[] = {"core.example.com"};
	static const char *const users[] = {"example.com"};
	static struct trust_network network;
	static struct trust_domain domains[2];
	struct api_settings settings;

	ck_assert(trust_network_parse(texts[0], &network));
	domains[0] = (struct trust_domain){.name = "core",
					   .peers = &network,
					   .n_peers = 1,
					   .peer_texts = texts,
					   .users = users,
					   .n_users = 1,
					   .tell = TRUST_TELL_YES,
					   .is_believed = true};
	domains[1] = (struct trust_domain){.name = "edge",
					   .names = names,
					   .n_names = 1,
					   .tell = TRUST_TELL_PREFERRED};
	host_init(&host);
	settings = host_settings(&host);
	settings.trust = domains;
	settings.n_trust = 2;
	host_start(&host, &settings);
}

static void teardown(void)
{
	host_close(&host);
}

START_TEST(all_of_them_are_shown)
{
	const json_t *items, *core;

	ck_assert_int_eq(host_get(&host, "/v1/trust-domains"), 200);
	items = json_object_get(host.json, "items");
	ck_assert_uint_eq(json_array_size(items), 2);
	core = json_array_get(items, 0);
	ck_assert_str_eq(json_string_value(json_object_get(core, "name")),
			 "core");
	ck_assert_str_eq(json_string_value(json_array_get(
				 json_object_get(core, "peers"), 0)),
			 "192.0.2.0/24");
	ck_assert(json_is_true(json_object_get(core, "believe")));
	ck_assert_ptr_null(json_object_get(host.json, "check"));
}
END_TEST

struct check_case {
	const char *query, *domain; /**< NULL: none */
	bool believed;
	const char *core, *edge, *id; /**< standing; told with id */
};
/* clang-format off */
static const struct check_case check_cases[] = {
	{"address=192.0.2.7", "core", true, "member", "name", "asserted"},
	{"address=192.0.2.7&transport=tls", "core", true, "member", "name", "asserted"},
	{"address=192.0.2.7&transport=udp", NULL, false, "transport", "name", "withheld"},
	{"address=192.0.2.7&transport=tcp", NULL, false, "transport", "name", "withheld"},
	{"address=198.51.100.7", NULL, false, "address", "name", "withheld"},
	{"address=198.51.100.7&name=a.b,core.example.com", "edge", false, "address", "member", "preferred"},
	{"address=2001:db8::1&name=example.com", NULL, false, "address", "name", "withheld"},
};
/* clang-format on */

START_TEST(one_peer_is_judged)
{
	const struct check_case *c = &check_cases[_i];
	const json_t *check, *standing;
	const char *domain;
	char path[128];

	snprintf(path, sizeof(path), "/v1/trust-domains?%s", c->query);
	ck_assert_int_eq(host_get(&host, path), 200);
	check = json_object_get(host.json, "check");
	standing = json_object_get(check, "standing");
	domain = json_string_value(json_object_get(check, "domain"));
	ck_assert_msg(!domain == !c->domain &&
			      (!domain || !strcmp(domain, c->domain)),
		      "%s: %s", c->query, domain);
	ck_assert(json_is_true(json_object_get(check, "believed")) ==
		  c->believed);
	ck_assert_str_eq(json_string_value(json_object_get(standing, "core")),
			 c->core);
	ck_assert_str_eq(json_string_value(json_object_get(standing, "edge")),
			 c->edge);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_object_get(check, "told"), "id")),
			 c->id);
}
END_TEST

START_TEST(a_bad_question_is_refused)
{
	static const char *const bad[] = {
		"address=core.example.com",
		"address=192.0.2.0/24",
		"address=192.0.2.7&transport=sctp",
		"transport=udp",
		"name=core.example.com",
		"address=192.0.2.7&transport=udp&name=core.example.com",
		"address=192.0.2.7&name=a,b,c,d,e,f,g,h,i",
		"colour=red"};
	char path[128];

	snprintf(path, sizeof(path), "/v1/trust-domains?%s", bad[_i]);
	ck_assert_int_eq(host_get(&host, path), 400);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api_trust");
	TCase *tcase = tcase_create("trust");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, all_of_them_are_shown);
	tcase_add_loop_test(tcase, one_peer_is_judged, 0,
			    sizeof(check_cases) / sizeof(check_cases[0]));
	tcase_add_loop_test(tcase, a_bad_question_is_refused, 0, 8);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
