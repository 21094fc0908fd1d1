/* Who is believed, who is told: RFC 3324, 3325 sections 5 and 7, 5876. */
#include "policies/trust.h"

#include <arpa/inet.h>
#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct network_case {
	const char *says;
	const char *network, *address;
	bool held;
};

/* clang-format off */
static const struct network_case networks[] = {
	{ "a bare address is itself", "192.0.2.10", "::ffff:192.0.2.10", true },
	{ "and no neighbour", "192.0.2.10", "::ffff:192.0.2.11", false },
	{ "/32 is one address", "192.0.2.10/32", "::ffff:192.0.2.10", true },
	{ "first of a /24", "192.0.2.0/24", "::ffff:192.0.2.0", true },
	{ "last of a /24", "192.0.2.0/24", "::ffff:192.0.2.255", true },
	{ "past a /24", "192.0.2.0/24", "::ffff:192.0.3.0", false },
	{ "host bits do not matter", "192.0.2.77/24", "::ffff:192.0.2.1", true },
	{ "a /20 ends within an octet", "10.1.16.0/20", "::ffff:10.1.31.255",
	  true },
	{ "past that /20", "10.1.16.0/20", "::ffff:10.1.32.0", false },
	{ "before that /20", "10.1.16.0/20", "::ffff:10.1.15.255", false },
	{ "a /31 holds two", "192.0.2.0/31", "::ffff:192.0.2.1", true },
	{ "and not three", "192.0.2.0/31", "::ffff:192.0.2.2", false },
	{ "all of IPv4", "0.0.0.0/0", "::ffff:203.0.113.9", true },
	{ "but nothing of IPv6", "0.0.0.0/0", "2001:db8::1", false },
	{ "an IPv6 network", "2001:db8::/32", "2001:db8:9::1", true },
	{ "another one", "2001:db8::/32", "2001:db9::1", false },
	{ "an IPv6 address", "2001:db8::1", "2001:db8::1", true },
	{ "and no neighbour of it", "2001:db8::1", "2001:db8::2", false },
	{ "all of IPv6 is not all of IPv4", "::/0", "::ffff:192.0.2.1", false },
	{ "all of IPv6", "::/0", "2001:db8::1", true },
	{ "mapped by hand is IPv4", "::ffff:192.0.2.0/120",
	  "::ffff:192.0.2.9", true },
	{ "the last bit of a /127", "2001:db8::4/127", "2001:db8::5", true },
	{ "past that /127", "2001:db8::4/127", "2001:db8::6", false },
};

static const char *const bad_networks[] = {
	"", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1",
	"192.0.2.0/2 4", "192.0.2.0/+8", "192.0.2.0/0x8", "192.0.2.0/24/8",
	"192.0.2/24", "192.0.2.256", " 192.0.2.1", "192.0.2.1 ", "example.com",
	"2001:db8::/129", "2001:db8::/1000", "[2001:db8::1]", "2001:db8:::1",
	"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
};

struct out_case {
	const char *says;
	unsigned privacy;
	bool outside; /**< may it be told outside? */
};
static const struct out_case outs[] = {
	{ "nothing was said", 0, false },
	{ "none: the sender wants it told", PRIVACY_NONE, true },
	{ "id", PRIVACY_ID, false },
	{ "user alone is a privacy wish too", PRIVACY_USER, false },
	{ "header alone", PRIVACY_HEADER, false },
	{ "session alone", PRIVACY_SESSION, false },
	{ "critical alone", PRIVACY_CRITICAL, false },
	{ "history alone", PRIVACY_HISTORY, false },
	{ "a value nobody knows", PRIVACY_OTHER, false },
	{ "none beside id is contradictory: the stricter",
	  PRIVACY_NONE | PRIVACY_ID, false },
};
/* clang-format on */

static const struct trust_domain core = {.name = "core"};

static void parse_address(const char *text, uint8_t ret[16])
{
	ck_assert_int_eq(inet_pton(AF_INET6, text, ret), 1);
}

START_TEST(a_network_holds_an_address)
{
	const struct network_case *c = &networks[_i];
	struct trust_network network;
	uint8_t address[16];

	parse_address(c->address, address);
	ck_assert_msg(trust_network_parse(c->network, &network), "%s", c->says);
	ck_assert_msg(trust_network_holds(&network, address) == c->held, "%s",
		      c->says);
}
END_TEST

START_TEST(what_is_no_network_is_refused)
{
	struct trust_network network = {.prefix = 77};

	ck_assert_msg(!trust_network_parse(bad_networks[_i], &network), "%s",
		      bad_networks[_i]);
	ck_assert_int_eq(network.prefix, 77); /* untouched */
}
END_TEST

START_TEST(the_first_domain_that_holds_it)
{
	struct trust_network nets[3];
	struct trust_domain domains[2] = {{"core", nets, 2, TRUST_RFC3325},
					  {"edge", nets + 2, 1, TRUST_RFC3325}};
	struct trust_peer peer = {.names = NULL};

	ck_assert(trust_network_parse("192.0.2.0/25", &nets[0]));
	ck_assert(trust_network_parse("2001:db8::/32", &nets[1]));
	ck_assert(trust_network_parse("192.0.2.0/24", &nets[2]));
	parse_address("::ffff:192.0.2.1", peer.address);
	ck_assert_ptr_eq(trust_find(domains, 2, &peer), &domains[0]);
	parse_address("::ffff:192.0.2.200", peer.address);
	ck_assert_ptr_eq(trust_find(domains, 2, &peer), &domains[1]);
	parse_address("2001:db8::7", peer.address);
	ck_assert_ptr_eq(trust_find(domains, 2, &peer), &domains[0]);
	parse_address("::ffff:198.51.100.1", peer.address);
	ck_assert_ptr_null(trust_find(domains, 2, &peer));
	ck_assert_ptr_null(trust_find(NULL, 0, &peer));
}
END_TEST

START_TEST(assertions_are_believed_from_peers_only)
{
	static const char *const methods[] = {"MESSAGE", "INVITE", "PUBLISH",
					      "REGISTER", "OPTIONS"};

	for (size_t i = 0; i < COUNT(methods); i++) {
		ck_assert_int_eq(trust_assertion_in(&core, methods[i]),
				 ASSERTION_BELIEVE);
		ck_assert_int_eq(trust_assertion_in(NULL, methods[i]),
				 ASSERTION_REMOVE);
	}
	/* RFC 5876 section 4: not specified for these two. */
	ck_assert_int_eq(trust_assertion_in(&core, "ACK"), ASSERTION_REMOVE);
	ck_assert_int_eq(trust_assertion_in(&core, "CANCEL"), ASSERTION_REMOVE);
	ck_assert_int_eq(trust_assertion_in(&core, NULL), ASSERTION_REMOVE);
}
END_TEST

START_TEST(peers_without_rules_assert_nothing_and_are_told_nothing)
{
	struct trust_domain none = core;

	none.spec = TRUST_NONE;
	ck_assert_int_eq(trust_assertion_in(&none, "MESSAGE"),
			 ASSERTION_REMOVE);
	ck_assert(!trust_assertion_out(&none, 0));
	ck_assert(!trust_assertion_out(&none, PRIVACY_ID));
	ck_assert(trust_assertion_out(&none, PRIVACY_NONE));
}
END_TEST

START_TEST(assertions_leave_under_none_only)
{
	const struct out_case *c = &outs[_i];

	ck_assert_msg(trust_assertion_out(NULL, c->privacy) == c->outside,
		      "outside, %s", c->says);
	ck_assert_msg(trust_assertion_out(&core, c->privacy), "to a peer, %s",
		      c->says);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, a_network_holds_an_address, 0,
			    COUNT(networks));
	tcase_add_loop_test(cases, what_is_no_network_is_refused, 0,
			    COUNT(bad_networks));
	tcase_add_test(cases, the_first_domain_that_holds_it);
	tcase_add_test(cases, assertions_are_believed_from_peers_only);
	tcase_add_test(cases,
		       peers_without_rules_assert_nothing_and_are_told_nothing);
	tcase_add_loop_test(cases, assertions_leave_under_none_only, 0,
			    COUNT(outs));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
