/* Who is a member of a trust domain: RFC 3324 section 2.3. */
#include "policies/trust_domain.h"

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

#define CORE_NAMES 2
static const char *const core_names[] = { "core.example.com",
	"Edge.Example.com" };
static const char *const proved_core[] = { "core.example.com", NULL };
static const char *const proved_edge[] = { "other.example", "edge.example.com",
	NULL };
static const char *const proved_other[] = { "score.example.com",
	"example.com", "a.core.example.com", NULL };
static const char *const proved_star[] = { "*.example.com", NULL };
static const char *const proved_none[] = { NULL };

/* The domain: 192.0.2.0/24, these two names, or both. */
enum known_by { BY_NOTHING, BY_ADDRESS, BY_NAME, BY_BOTH };
enum transport { UDP, TCP, TLS };
#define INSIDE "::ffff:192.0.2.7"
#define ELSEWHERE "::ffff:198.51.100.7"

struct member_case {
	const char *says;
	enum known_by by;
	enum trust_plain plain;
	const char *address;
	enum transport transport;
	const char *const *names;
	enum trust_standing standing;
};
static const struct member_case members[] = {
	{ "a listed address over TLS", BY_ADDRESS, TRUST_PLAIN_NO, INSIDE, TLS,
	  NULL, TRUST_MEMBER },
	{ "whatever names it has", BY_ADDRESS, TRUST_PLAIN_NO, INSIDE, TLS,
	  proved_other, TRUST_MEMBER },
	{ "over TCP it is not secure", BY_ADDRESS, TRUST_PLAIN_NO, INSIDE, TCP,
	  NULL, TRUST_NOT_SECURE },
	{ "over UDP neither", BY_ADDRESS, TRUST_PLAIN_NO, INSIDE, UDP, NULL,
	  TRUST_NOT_SECURE },
	{ "plain-transports = tcp: TCP", BY_ADDRESS, TRUST_PLAIN_TCP, INSIDE,
	  TCP, NULL, TRUST_MEMBER },
	{ "and TLS", BY_ADDRESS, TRUST_PLAIN_TCP, INSIDE, TLS, NULL,
	  TRUST_MEMBER },
	{ "but not UDP, whose address anybody writes", BY_ADDRESS,
	  TRUST_PLAIN_TCP, INSIDE, UDP, NULL, TRUST_NOT_SECURE },
	{ "plain-transports = yes: UDP", BY_ADDRESS, TRUST_PLAIN_YES, INSIDE,
	  UDP, NULL, TRUST_MEMBER },
	{ "and TCP", BY_ADDRESS, TRUST_PLAIN_YES, INSIDE, TCP, NULL,
	  TRUST_MEMBER },
	{ "another address", BY_ADDRESS, TRUST_PLAIN_YES, ELSEWHERE, TLS,
	  proved_core, TRUST_OTHER_ADDRESS },
	{ "a name that was proved, from anywhere", BY_NAME, TRUST_PLAIN_NO,
	  ELSEWHERE, TLS, proved_core, TRUST_MEMBER },
	{ "any of its names, in whatever case", BY_NAME, TRUST_PLAIN_NO,
	  ELSEWHERE, TLS, proved_edge, TRUST_MEMBER },
	{ "names that are only like it", BY_NAME, TRUST_PLAIN_NO, ELSEWHERE,
	  TLS, proved_other, TRUST_OTHER_NAME },
	{ "a wildcard is no name", BY_NAME, TRUST_PLAIN_NO, ELSEWHERE, TLS,
	  proved_star, TRUST_OTHER_NAME },
	{ "TLS without a certificate", BY_NAME, TRUST_PLAIN_NO, ELSEWHERE, TLS,
	  NULL, TRUST_OTHER_NAME },
	{ "a certificate without names", BY_NAME, TRUST_PLAIN_NO, ELSEWHERE,
	  TLS, proved_none, TRUST_OTHER_NAME },
	{ "plain transports prove no name, whatever is set", BY_NAME,
	  TRUST_PLAIN_YES, ELSEWHERE, TCP, NULL, TRUST_OTHER_NAME },
	{ "address and name", BY_BOTH, TRUST_PLAIN_NO, INSIDE, TLS,
	  proved_core, TRUST_MEMBER },
	{ "the address alone", BY_BOTH, TRUST_PLAIN_NO, INSIDE, TLS,
	  proved_other, TRUST_OTHER_NAME },
	{ "the address alone, over UDP", BY_BOTH, TRUST_PLAIN_YES, INSIDE, UDP,
	  NULL, TRUST_OTHER_NAME },
	{ "the name alone", BY_BOTH, TRUST_PLAIN_NO, ELSEWHERE, TLS,
	  proved_core, TRUST_OTHER_ADDRESS },
	{ "a domain without peers and names has no members", BY_NOTHING,
	  TRUST_PLAIN_YES, INSIDE, TLS, proved_core, TRUST_OTHER_ADDRESS },
};

struct user_case {
	const char *says;
	const char *key;
	bool vouched;
};
static const char *const users[] = { "example.com", "tel:+1212" };
static const struct user_case vouches[] = {
	{ "a user of a domain that is named", "sip:alice@example.com", true },
	{ "with user=phone", "sip:+12125551234@example.com;user=phone", true },
	{ "of another domain", "sip:alice@example.org", false },
	{ "of a domain below it", "sip:alice@a.example.com", false },
	{ "of one that ends like it", "sip:alice@badexample.com", false },
	{ "of another port: another host", "sip:alice@example.com:5070", false },
	{ "the domain itself", "sip:example.com", true },
	{ "a number that begins so", "tel:+12125551234", true },
	{ "another number", "tel:+13125551234", false },
	{ "a local number", "tel:1212;phone-context=+1", false },
	{ "no key at all", "", false },
};
/* clang-format on */

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

static void make_domain(enum known_by by, struct trust_network *network,
			struct trust_domain *ret)
{
	ck_assert(trust_network_parse("192.0.2.0/24", network));
	*ret = (struct trust_domain){.name = "core"};
	if (by == BY_ADDRESS || by == BY_BOTH) {
		ret->peers = network;
		ret->n_peers = 1;
	}
	if (by == BY_NAME || by == BY_BOTH) {
		ret->names = core_names;
		ret->n_names = CORE_NAMES;
	}
}

START_TEST(a_member_is_known_by_address_name_or_both)
{
	const struct member_case *c = &members[_i];
	struct trust_network network;
	struct trust_domain domain;
	struct trust_peer peer = {.names = c->names,
				  .is_secure = c->transport == TLS,
				  .is_stream = c->transport != UDP};

	make_domain(c->by, &network, &domain);
	domain.plain = c->plain;
	parse_address(c->address, peer.address);
	ck_assert_msg(trust_standing(&domain, &peer) == c->standing, "%s",
		      c->says);
	ck_assert_msg((trust_find(&domain, 1, &peer) != NULL) ==
			      (c->standing == TRUST_MEMBER),
		      "%s", c->says);
}
END_TEST

START_TEST(the_first_domain_that_holds_it)
{
	struct trust_network nets[3];
	struct trust_domain domains[2] = {
		{.name = "core", .peers = nets, .n_peers = 2},
		{.name = "edge", .peers = nets + 2, .n_peers = 1}};
	struct trust_peer peer = {.is_secure = true};

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

START_TEST(whose_users_a_member_may_speak_for)
{
	const struct user_case *c = &vouches[_i];
	struct trust_domain domain = {.users = users, .n_users = COUNT(users)};

	ck_assert_msg(trust_vouches(&domain, c->key) == c->vouched, "%s",
		      c->says);
	domain.n_users = 0; /* none named: none */
	ck_assert_msg(!trust_vouches(&domain, c->key), "%s", c->says);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust_domain");
	TCase *cases = tcase_create("members");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, a_network_holds_an_address, 0,
			    COUNT(networks));
	tcase_add_loop_test(cases, what_is_no_network_is_refused, 0,
			    COUNT(bad_networks));
	tcase_add_loop_test(cases, a_member_is_known_by_address_name_or_both, 0,
			    COUNT(members));
	tcase_add_test(cases, the_first_domain_that_holds_it);
	tcase_add_loop_test(cases, whose_users_a_member_may_speak_for, 0,
			    COUNT(vouches));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
