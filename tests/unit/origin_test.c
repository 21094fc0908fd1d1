/* Who sent a request, and to whom: Host, and the headers of proxies. */
#include "api/origin.h"

#include <check.h>

#include "server/base/ip_bytes.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const hosts[] = {"relay.test", "2001:db8::7"};

/** An address as text, IPv4 mapped. */
static void address(const char *text, uint8_t ret[ORIGIN_ADDRESS])
{
	struct trust_network network;

	ck_assert(trust_network_parse(text, &network));
	memcpy(ret, network.address, ORIGIN_ADDRESS);
}

static struct origin_rules rules_of(struct trust_network proxies[2])
{
	ck_assert(trust_network_parse("192.0.2.1", &proxies[0]));
	ck_assert(trust_network_parse("2001:db8:f::/48", &proxies[1]));
	return (struct origin_rules){.proxies = proxies,
				     .n_proxies = 2,
				     .hosts = hosts,
				     .n_hosts = COUNT(hosts)};
}

static const struct {
	const char *peer, *x_for, *forwarded, *client;
} clients[] = {
	{"198.51.100.9", "203.0.113.1", "for=203.0.113.1", "198.51.100.9"},
	{"192.0.2.1", "", "", "192.0.2.1"},
	{"192.0.2.1", "203.0.113.1", "", "203.0.113.1"},
	{"192.0.2.1", "203.0.113.1:4711", "", "203.0.113.1"},
	{"192.0.2.1", "10.0.0.1, 203.0.113.1", "", "203.0.113.1"},
	{"192.0.2.1", "203.0.113.1, 192.0.2.1", "", "203.0.113.1"},
	{"192.0.2.1", "203.0.113.1,2001:db8:f::9 , 192.0.2.1", "",
	 "203.0.113.1"},
	{"192.0.2.1", "2001:db8::1", "", "2001:db8::1"},
	{"192.0.2.1", "[2001:db8::1]:99", "", "2001:db8::1"},
	{"192.0.2.1", "203.0.113.1, unknown", "", "192.0.2.1"},
	{"192.0.2.1", "203.0.113.1,", "", "192.0.2.1"},
	{"192.0.2.1", "\", 203.0.113.1", "", "203.0.113.1"},
	{"2001:db8:f::1", "", "for=203.0.113.1", "203.0.113.1"},
	{"192.0.2.1", "", "For=\"[2001:db8::1]:80\";proto=https",
	 "2001:db8::1"},
	{"192.0.2.1", "", "proto=https; for=203.0.113.1", "203.0.113.1"},
	{"192.0.2.1", "", "for=\"_x, for=203.0.113.1", "203.0.113.1"},
	{"192.0.2.1", "", "for=_hidden", "192.0.2.1"},
	{"192.0.2.1", "", "proto=https", "192.0.2.1"},
	{"192.0.2.1", "203.0.113.1", "for=203.0.113.1", "203.0.113.1"},
	{"192.0.2.1", "203.0.113.1", "for=203.0.113.2", "192.0.2.1"},
	{"192.0.2.1", "203.0.113.1", "for=_hidden", "192.0.2.1"},
	{"192.0.2.1", "192.0.2.1", "", "192.0.2.1"},
};

START_TEST(only_a_named_proxy_speaks_for_another)
{
	struct trust_network proxies[2];
	struct origin_rules rules = rules_of(proxies);
	struct origin_said said = {.x_for = view_of(clients[_i].x_for),
				   .forwarded = view_of(clients[_i].forwarded)};
	struct arena *arena = arena_new(0);
	uint8_t peer[ORIGIN_ADDRESS], client[ORIGIN_ADDRESS],
		wanted[ORIGIN_ADDRESS];

	address(clients[_i].peer, peer);
	address(clients[_i].client, wanted);
	origin_client(&rules, arena, peer, &said, client);
	ck_assert_mem_eq(client, wanted, ORIGIN_ADDRESS);
	arena_free(arena);
}
END_TEST

static const struct {
	const char *local, *host;
	enum origin_host wanted;
} called[] = {
	{"192.0.2.7", "relay.test", HOST_IS_OURS},
	{"192.0.2.7", " RELAY.test.:8443 ", HOST_IS_OURS},
	{"192.0.2.7", "192.0.2.7", HOST_IS_OURS},
	{"192.0.2.7", "192.0.2.7:80", HOST_IS_OURS},
	{"192.0.2.7", "[2001:db8:0::7]:80", HOST_IS_OURS},
	{"127.0.0.1", "localhost:8080", HOST_IS_OURS},
	{"::1", "localhost", HOST_IS_OURS},
	{"192.0.2.7", "localhost", HOST_IS_OTHER},
	{"192.0.2.7", "192.0.2.8", HOST_IS_OTHER},
	{"192.0.2.7", "evil.test", HOST_IS_OTHER},
	{"192.0.2.7", "relay.test.evil.test", HOST_IS_OTHER},
	{"192.0.2.7", "relay", HOST_IS_OTHER},
	{"192.0.2.7", "", HOST_IS_BROKEN},
	{"192.0.2.7", ":80", HOST_IS_BROKEN},
	{"192.0.2.7", "relay.test:", HOST_IS_OURS},
	{"192.0.2.7", "relay.test:a", HOST_IS_BROKEN},
	{"192.0.2.7", "relay.test, relay.test", HOST_IS_BROKEN},
	{"192.0.2.7", "a@relay.test", HOST_IS_BROKEN},
	{"192.0.2.7", "http://relay.test", HOST_IS_BROKEN},
	{"192.0.2.7", "[2001:db8::7", HOST_IS_BROKEN},
	{"192.0.2.7", "2001:db8::7", HOST_IS_BROKEN},
};

START_TEST(a_host_is_one_of_ours)
{
	struct trust_network proxies[2];
	struct origin_rules rules = rules_of(proxies);
	struct origin_said said = {.host = view_of(called[_i].host),
				   .x_host = VIEW("evil.test")};
	struct arena *arena = arena_new(0);
	uint8_t local[ORIGIN_ADDRESS];

	address(called[_i].local, local);
	ck_assert_int_eq(origin_host(&rules, arena, local, false, &said),
			 called[_i].wanted);
	arena_free(arena);
}
END_TEST

static const struct {
	const char *host, *x_host, *forwarded;
	enum origin_host wanted;
} passed_on[] = {
	{"relay.test", "relay.test", "", HOST_IS_OURS},
	{"relay.test", "evil.test", "", HOST_IS_OTHER},
	{"relay.test", "evil.test, relay.test", "", HOST_IS_OTHER},
	{"relay.test", "", "for=1.2.3.4;host=relay.test", HOST_IS_OURS},
	{"relay.test", "", "host=\"evil.test:80\";for=1.2.3.4", HOST_IS_OTHER},
	{"relay.test", "a b", "", HOST_IS_BROKEN},
	{"evil.test", "relay.test", "host=relay.test", HOST_IS_OTHER},
};

START_TEST(what_a_proxy_was_called_is_ours_as_well)
{
	struct trust_network proxies[2];
	struct origin_rules rules = rules_of(proxies);
	struct origin_said said = {.host = view_of(passed_on[_i].host),
				   .x_host = view_of(passed_on[_i].x_host),
				   .forwarded =
					   view_of(passed_on[_i].forwarded)};
	struct arena *arena = arena_new(0);
	uint8_t local[ORIGIN_ADDRESS];

	address("192.0.2.7", local);
	ck_assert_int_eq(origin_host(&rules, arena, local, true, &said),
			 passed_on[_i].wanted);
	arena_free(arena);
}
END_TEST

static const struct {
	const char *url, *host;
} urls[] = {
	{"https://relay.test:8443/volens", "relay.test"},
	{"http://relay.test", "relay.test"},
	{"https://[2001:db8::1]:8443/", "2001:db8::1"},
	{"https://a@relay.test/x:y", "relay.test"},
	{"", ""},
	{"https:///x", ""},
};

START_TEST(a_url_has_a_host)
{
	struct view host = origin_url_host(view_of(urls[_i].url));

	ck_assert(view_equal(host, view_of(urls[_i].host)));
}
END_TEST

START_TEST(a_network_of_ipv6_is_one_source)
{
	uint8_t a[ORIGIN_ADDRESS], b[ORIGIN_ADDRESS], c[ORIGIN_ADDRESS];

	address("2001:db8:0:1::1", a);
	address("2001:db8:0:1:ffff::2", b);
	address("2001:db8:0:2::1", c);
	ck_assert(view_equal(ip_bytes_client(a), ip_bytes_client(b)));
	ck_assert(!view_equal(ip_bytes_client(a), ip_bytes_client(c)));
	address("192.0.2.1", a);
	address("192.0.2.2", b);
	ck_assert(!view_equal(ip_bytes_client(a), ip_bytes_client(b)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("origin");
	TCase *cases = tcase_create("origin");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, only_a_named_proxy_speaks_for_another, 0,
			    COUNT(clients));
	tcase_add_loop_test(cases, a_host_is_one_of_ours, 0, COUNT(called));
	tcase_add_loop_test(cases, what_a_proxy_was_called_is_ours_as_well, 0,
			    COUNT(passed_on));
	tcase_add_loop_test(cases, a_url_has_a_host, 0, COUNT(urls));
	tcase_add_test(cases, a_network_of_ipv6_is_one_source);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
