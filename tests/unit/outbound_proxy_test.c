/* The ways to an outbound proxy, plain and secured (RFC 5630 section 5.1.1). */
#include "server/sip/outbound_proxy.h"

#include <check.h>

static const struct {
	const char *setting;
	const char *plain, *secure; /* Route values; NULL: no way */
	bool is_secure;
} rows[] = {
	{"", NULL, NULL, false},
	{"sip:proxy.example", "<sip:proxy.example;lr>",
	 "<sips:proxy.example;lr>", false},
	{"sip:proxy.example;lr", "<sip:proxy.example;lr>",
	 "<sips:proxy.example;lr>", false},
	/* What has a port or a transport of plain requests has no other. */
	{"sip:192.0.2.1:5060", "<sip:192.0.2.1:5060;lr>", NULL, false},
	{"sip:proxy.example;transport=tcp",
	 "<sip:proxy.example;transport=tcp;lr>", NULL, false},
	{"sip:proxy.example:5061;transport=tls",
	 "<sip:proxy.example:5061;transport=tls;lr>",
	 "<sips:proxy.example:5061;lr>", true},
	{"sips:proxy.example", "<sips:proxy.example;lr>",
	 "<sips:proxy.example;lr>", true},
};

static void check_route(const struct proxy_way *way, const char *route)
{
	char line[128];

	if (!route) {
		ck_assert_ptr_null(way->route);
		return;
	}
	snprintf(line, sizeof(line), "Route: %s\r\n", route);
	ck_assert_str_eq(way->route, line);
}

START_TEST(sips_goes_by_tls_or_not_at_all)
{
	const char *by_tls = "sip:omar@example.org;transport=tls";
	struct outbound_proxy proxy;

	ck_assert_int_eq(outbound_proxy_read(rows[_i].setting, &proxy), ERR_OK);
	ck_assert(outbound_proxy_is_secure(&proxy) == rows[_i].is_secure);
	check_route(outbound_proxy_way(&proxy, "sip:omar@example.org"),
		    rows[_i].plain);
	check_route(outbound_proxy_way(&proxy, "SIPS:omar@example.org"),
		    rows[_i].secure);
	check_route(outbound_proxy_way(&proxy, by_tls),
		    rows[_i].is_secure ? rows[_i].plain : rows[_i].secure);
	outbound_proxy_without_tls(&proxy);
	check_route(outbound_proxy_way(&proxy, "sips:omar@example.org"), NULL);
	outbound_proxy_release(&proxy);
}
END_TEST

START_TEST(others_are_no_proxy)
{
	struct outbound_proxy proxy;

	ck_assert_int_eq(outbound_proxy_read("tel:+1555", &proxy), ERR_SCHEME);
	ck_assert_int_eq(outbound_proxy_read("proxy", &proxy), ERR_SYNTAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outbound_proxy");
	TCase *tcase = tcase_create("outbound_proxy");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, sips_goes_by_tls_or_not_at_all, 0,
			    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, others_are_no_proxy);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
