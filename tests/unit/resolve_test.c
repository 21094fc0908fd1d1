/* From URIs to addresses, against a name server that may misbehave. */
#include "server/net/resolve.h"

#include <check.h>

#include "server/net/resolve_private.h"
#include "tests/unit/dns_help.h"

static struct loop *loop;
static struct dns dns;
static struct resolver *resolver;
static const struct uri_rules strict = {.allow_private = false};
static const struct uri_rules secure = {.has_tls = true};

static void set_up(void)
{
	loop = loop_new();
	dns_open_fake(&dns, loop);
	ck_assert_int_eq(resolver_new(loop, &strict, dns.server, &resolver),
			 ERR_OK);
}

static void tear_down(void)
{
	resolver_free(resolver);
	dns_close_fake(&dns);
	loop_free(loop);
}

/* The same with other rules, and nothing remembered. */
static void again_with(const struct uri_rules *rules)
{
	resolver_free(resolver);
	ck_assert_int_eq(resolver_new(loop, rules, dns.server, &resolver),
			 ERR_OK);
}

struct asked {
	struct resolve resolve;
	int n_done;
	enum err err;
};

static void done(struct resolve *resolve, enum err err)
{
	struct asked *asked = (struct asked *)resolve; /* first member */

	asked->n_done++;
	asked->err = err;
}

static enum err ask(struct asked *asked, const char *text)
{
	struct uri uri;

	*asked = (struct asked){.resolve = {.done = done}};
	ck_assert_msg(!uri_parse(view_of(text), &uri), "%s", text);
	asked->err = resolver_start(resolver, &uri, &asked->resolve);
	ck_assert_int_eq(asked->n_done, 0); /* never at once */
	return asked->err;
}

static void wait_for(struct asked *asked, int most_ms)
{
	int64_t end = monotonic_now_ms() + most_ms;

	if (asked->err != ERR_BUSY)
		return;
	while (asked->n_done == 0 && monotonic_now_ms() < end)
		loop_step(loop, 20);
	ck_assert_int_eq(asked->n_done, 1);
}

/* Resolve, and write what came: "udp 192.0.2.1:5060, tcp ...", or an error. */
static const char *resolve(const char *text)
{
	static const char *const words[] = {[PROTOCOL_UDP] = "udp",
					    [PROTOCOL_TCP] = "tcp",
					    [PROTOCOL_TLS] = "tls"};
	static char ret[1024];
	static struct asked asked;
	size_t len = 0;

	(void)ask(&asked, text);
	wait_for(&asked, 60000);
	if (asked.err)
		return err_text(asked.err);
	ret[0] = '\0';
	for (size_t i = 0; i < asked.resolve.n_hops; i++) {
		const struct hop *hop = &asked.resolve.hops[i];
		char address[64];

		address_format(&hop->address, address);
		len += (size_t)snprintf(ret + len, sizeof(ret) - len, "%s%s %s",
					i > 0 ? ", " : "", words[hop->protocol],
					address);
	}
	return ret;
}

struct numeric_case {
	const char *uri;
	const char *result;
};

static const struct numeric_case numeric_cases[] = {
	/* clang-format off */
	{"sip:b@192.0.2.1",                        "udp 192.0.2.1:5060"},
	{"sip:192.0.2.1:5080",                     "udp 192.0.2.1:5080"},
	{"sip:b@192.0.2.1;transport=tcp",          "tcp 192.0.2.1:5060"},
	{"sip:b@192.0.2.1;transport=UDP",          "udp 192.0.2.1:5060"},
	{"sip:b@[2001:db8::1]:5070;transport=TCP", "tcp [2001:db8::1]:5070"},
	{"sip:b@192.0.2.1;transport=sctp",         "unsupported type"},
	{"sip:b@192.0.2.1;transport=tls",          "unsupported type"},
	{"sips:b@192.0.2.1",                       "unsupported type"},
	{"tel:+1555",                              "unsupported type"},
	{"sip:b@192.0.2.1;maddr=192.0.2.2",        "refused by rule"},
	{"sip:b@127.0.0.1",                        "refused by rule"},
	{"sip:b@10.1.2.3",                         "refused by rule"},
	{"sip:b@169.254.169.254",                  "refused by rule"},
	{"sip:b@[::1]",                            "refused by rule"},
	{"sip:b@[::ffff:127.0.0.1]",               "refused by rule"},
	{"sip:b@[fe80::1]",                        "refused by rule"},
	{"sip:b@224.0.0.1",                        "refused by rule"},
	{"sip:b@255.255.255.255",                  "refused by rule"},
	{"sip:b@0.0.0.0",                          "refused by rule"},
	{"sip:b@192.0.2.1:25",                     "refused by rule"},
	{"sip:b@2130706433",                       "unreachable"},
	{"sip:b@127.1",                            "unreachable"},
	{"sip:b@0x7f.1",                           "unreachable"},
	{"sip:b@a..b",                             "unreachable"},
	/* clang-format on */
};

START_TEST(numeric_hosts_need_no_name_server)
{
	const struct numeric_case *c = &numeric_cases[_i];
	struct asked asked;
	struct uri uri;

	/* What is no URI at all never comes here. */
	if (!uri_parse(view_of(c->uri), &uri)) {
		ck_assert_int_ne(ask(&asked, c->uri), ERR_BUSY);
		ck_assert_msg(strcmp(resolve(c->uri), c->result) == 0, "%s: %s",
			      c->uri, resolve(c->uri));
	}
	ck_assert_uint_eq(dns.n_questions, 0);
}
END_TEST

static const struct numeric_case secure_cases[] = {
	/* clang-format off */
	{"sips:b@192.0.2.1",                       "tls 192.0.2.1:5061"},
	{"sips:192.0.2.1:5080",                    "tls 192.0.2.1:5080"},
	{"sips:b@192.0.2.1;transport=TCP",         "tls 192.0.2.1:5061"},
	{"sips:b@192.0.2.1;transport=tls",         "tls 192.0.2.1:5061"},
	{"sips:b@192.0.2.1;transport=udp",         "unsupported type"},
	{"sips:b@192.0.2.1;transport=ws",          "unsupported type"},
	{"sip:b@192.0.2.1;transport=tls",          "tls 192.0.2.1:5061"},
	{"sip:b@192.0.2.1:5060;transport=tls",     "tls 192.0.2.1:5060"},
	{"sip:b@192.0.2.1",                        "udp 192.0.2.1:5060"},
	{"sips:b@127.0.0.1",                       "refused by rule"},
	/* clang-format on */
};

START_TEST(with_tls_numeric_hosts_of_sips_are_secured)
{
	const struct numeric_case *c = &secure_cases[_i];

	again_with(&secure);
	ck_assert_msg(strcmp(resolve(c->uri), c->result) == 0, "%s: %s", c->uri,
		      resolve(c->uri));
	ck_assert_uint_eq(dns.n_questions, 0);
}
END_TEST

START_TEST(of_sips_only_services_of_sips_count)
{
	again_with(&secure);
	dns_naptr(&dns, "b.example", "10 10 s SIP+D2U _sip._udp.b.example");
	dns_naptr(&dns, "b.example", "30 10 s SIPS+D2T _sips._tcp.b.example");
	dns_naptr(&dns, "b.example", "20 10 s SIP+D2T _sip._tcp.b.example");
	dns_srv(&dns, "_sips._tcp.b.example", "0 0 5071 tls.example");
	dns_srv(&dns, "_sip._tcp.b.example", "0 0 5070 tcp.example");
	dns_srv(&dns, "_sip._udp.b.example", "0 0 5080 udp.example");
	dns_a(&dns, "tcp.example", "192.0.2.1", 60);
	dns_a(&dns, "udp.example", "192.0.2.2", 60);
	dns_a(&dns, "tls.example", "192.0.2.3", 60);
	ck_assert_str_eq(resolve("sips:x@b.example"), "tls 192.0.2.3:5071");
	/* A sip URI has them, too, in the order of the domain; and what was
	 * remembered of one is not told of the other. */
	ck_assert_str_eq(resolve("sip:x@b.example"),
			 "udp 192.0.2.2:5080, tcp 192.0.2.1:5070, "
			 "tls 192.0.2.3:5071");
	ck_assert_str_eq(resolve("sips:x@b.example"), "tls 192.0.2.3:5071");
	ck_assert_str_eq(resolve("sip:x@b.example;transport=tls"),
			 "tls 192.0.2.3:5071");
	ck_assert_str_eq(resolve("sips:x@b.example:5062"), "unreachable");
}
END_TEST

START_TEST(without_naptr_sips_has_its_own_service_and_port)
{
	again_with(&secure);
	dns_srv(&dns, "_sip._udp.b.example", "0 0 5080 udp.example");
	dns_srv(&dns, "_sips._tcp.b.example", "0 0 5071 tls.example");
	dns_a(&dns, "b.example", "192.0.2.1", 60);
	dns_a(&dns, "tls.example", "192.0.2.3", 60);
	dns_a(&dns, "c.example", "192.0.2.4", 60);
	ck_assert_str_eq(resolve("sips:x@b.example"), "tls 192.0.2.3:5071");
	ck_assert_str_eq(resolve("sips:x@b.example:5090"),
			 "tls 192.0.2.1:5090");
	ck_assert_str_eq(resolve("sips:x@c.example"), "tls 192.0.2.4:5061");
	ck_assert_str_eq(resolve("sip:x@c.example;transport=tls"),
			 "tls 192.0.2.4:5061");
	ck_assert_str_eq(resolve("sip:x@c.example"), "udp 192.0.2.4:5060");
}
END_TEST

START_TEST(a_domain_without_tls_is_no_way_to_sips)
{
	again_with(&secure);
	dns_naptr(&dns, "b.example", "10 10 s SIP+D2U _sip._udp.b.example");
	dns_srv(&dns, "_sip._udp.b.example", "0 0 5060 b.example");
	dns_srv(&dns, "_sips._tcp.b.example", "0 0 5061 b.example");
	dns_a(&dns, "b.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sips:x@b.example"), "unsupported type");
	/* A service that is decidedly not there. */
	dns_srv(&dns, "_sips._tcp.c.example", "0 0 5061 .");
	dns_a(&dns, "c.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sips:x@c.example"), "not found");
}
END_TEST

START_TEST(a_host_alone_is_reached_by_udp_at_5060)
{
	dns_a(&dns, "b.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sip:x@b.example"), "udp 192.0.2.1:5060");
	ck_assert_str_eq(resolve("sip:x@B.Example."), "udp 192.0.2.1:5060");
	/* A port asks for addresses only. */
	dns_srv(&dns, "_sip._udp.b.example", "0 0 5999 b.example");
	ck_assert_str_eq(resolve("sip:x@b.example:5062"), "udp 192.0.2.1:5062");
	ck_assert_str_eq(resolve("sip:x@b.example:5062;transport=tcp"),
			 "tcp 192.0.2.1:5062");
}
END_TEST

START_TEST(naptr_says_which_transport_is_preferred)
{
	dns_naptr(&dns, "b.example", "10 10 s SIPS+D2T _sips._tcp.b.example");
	dns_naptr(&dns, "b.example", "30 10 s SIP+D2U _sip._udp.b.example");
	dns_naptr(&dns, "b.example", "20 10 s SIP+D2T proxies.other.example");
	dns_naptr(&dns, "b.example", "1 1 u SIP+D2U nowhere.example");
	dns_srv(&dns, "_sips._tcp.b.example", "0 0 5061 tls.example");
	dns_srv(&dns, "proxies.other.example", "0 0 5070 tcp.example");
	dns_srv(&dns, "_sip._udp.b.example", "0 0 5080 udp.example");
	dns_a(&dns, "tcp.example", "192.0.2.1", 60);
	dns_a(&dns, "udp.example", "192.0.2.2", 60);
	dns_a(&dns, "tls.example", "192.0.2.3", 60);
	ck_assert_str_eq(resolve("sip:x@b.example"),
			 "tcp 192.0.2.1:5070, udp 192.0.2.2:5080");
	/* The transport parameter leaves NAPTR out. */
	ck_assert_str_eq(resolve("sip:x@b.example;transport=udp"),
			 "udp 192.0.2.2:5080");
}
END_TEST

START_TEST(without_naptr_srv_is_asked_for_each_transport)
{
	dns_srv(&dns, "_sip._udp.b.example", "20 0 5080 two.example");
	dns_srv(&dns, "_sip._udp.b.example", "10 0 5070 one.example");
	dns_srv(&dns, "_sip._tcp.b.example", "0 0 5090 one.example");
	dns_a(&dns, "one.example", "192.0.2.1", 60);
	dns_a(&dns, "two.example", "192.0.2.2", 60);
	ck_assert_str_eq(resolve("sip:x@b.example"),
			 "udp 192.0.2.1:5070, udp 192.0.2.2:5080, "
			 "tcp 192.0.2.1:5090");
}
END_TEST

START_TEST(naptr_to_a_service_without_servers_falls_back_to_the_host)
{
	dns_naptr(&dns, "b.example", "10 10 s SIP+D2T _sip._tcp.b.example");
	dns_a(&dns, "b.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sip:x@b.example"), "tcp 192.0.2.1:5060");
}
END_TEST

START_TEST(a_dot_says_that_the_service_is_not_there)
{
	dns_srv(&dns, "_sip._tcp.b.example", "0 0 5060 .");
	dns_a(&dns, "b.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sip:x@b.example;transport=tcp"), "not found");
}
END_TEST

START_TEST(a_domain_that_offers_only_tls_is_not_sent_to_in_clear)
{
	dns_naptr(&dns, "b.example", "10 10 s SIPS+D2T _sips._tcp.b.example");
	dns_srv(&dns, "_sips._tcp.b.example", "0 0 5061 b.example");
	dns_srv(&dns, "_sip._udp.b.example", "0 0 5060 b.example");
	dns_a(&dns, "b.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sip:x@b.example"), "unsupported type");
	/* Telephone numbers and the like do not speak of SIP. */
	dns_naptr(&dns, "c.example", "10 10 u E2U+pstn nowhere.example");
	dns_a(&dns, "c.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sip:x@c.example"), "udp 192.0.2.1:5060");
}
END_TEST

START_TEST(both_families_and_aliases_are_followed)
{
	dns_cname(&dns, "b.example", "c.example");
	dns_aaaa(&dns, "c.example", "2001:db8::1");
	dns_a(&dns, "c.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sip:x@b.example:5060"),
			 "udp 192.0.2.1:5060, udp [2001:db8::1]:5060");
}
END_TEST

START_TEST(weights_share_the_load)
{
	int first = 0, i;

	dns_srv(&dns, "_sip._udp.b.example", "0 90 5060 one.example");
	dns_srv(&dns, "_sip._udp.b.example", "0 10 5060 two.example");
	dns_a(&dns, "one.example", "192.0.2.1", 60);
	dns_a(&dns, "two.example", "192.0.2.2", 60);
	for (i = 0; i < 1000; i++)
		first += strncmp(resolve("sip:x@b.example;transport=udp"),
				 "udp 192.0.2.1", 13) == 0;
	/* 0.9 within five standard deviations */
	ck_assert_int_ge(first, 850);
	ck_assert_int_le(first, 950);
}
END_TEST

START_TEST(a_name_may_not_lead_where_a_number_may_not)
{
	static const char *const inside[] = {"127.0.0.1", "10.0.0.1",
					     "169.254.169.254", "0.0.0.0",
					     "224.0.0.251"};
	const struct uri_rules open = {.allow_private = true};

	dns_a(&dns, "b.example", inside[_i], 60);
	dns_srv(&dns, "_sip._udp.c.example", "0 0 5060 b.example");
	dns_naptr(&dns, "d.example", "1 1 s SIP+D2U _sip._udp.c.example");
	dns_srv(&dns, "_sip._udp.e.example", "0 0 5060 127.0.0.1");
	ck_assert_str_eq(resolve("sip:x@b.example"), "refused by rule");
	ck_assert_str_eq(resolve("sip:x@b.example:5060"), "refused by rule");
	ck_assert_str_eq(resolve("sip:x@c.example"), "refused by rule");
	ck_assert_str_eq(resolve("sip:x@d.example"), "refused by rule");
	ck_assert_str_eq(resolve("sip:x@e.example"), "refused by rule");
	again_with(&open);
	ck_assert_str_eq(resolve("sip:x@b.example"),
			 _i == 0   ? "udp 127.0.0.1:5060"
			 : _i == 1 ? "udp 10.0.0.1:5060"
			 : _i == 2 ? "udp 169.254.169.254:5060"
				   : "refused by rule");
}
END_TEST

START_TEST(forbidden_addresses_are_left_out_among_others)
{
	dns_a(&dns, "b.example", "127.0.0.1", 60);
	dns_a(&dns, "b.example", "192.0.2.1", 60);
	dns_aaaa(&dns, "b.example", "::1");
	dns_aaaa(&dns, "b.example", "::ffff:10.0.0.1");
	ck_assert_str_eq(resolve("sip:x@b.example:5060"), "udp 192.0.2.1:5060");
}
END_TEST

START_TEST(srv_may_not_lead_to_a_low_port)
{
	dns_srv(&dns, "_sip._udp.b.example", "0 0 53 one.example");
	dns_a(&dns, "one.example", "192.0.2.1", 60);
	ck_assert_str_eq(resolve("sip:x@b.example"), "refused by rule");
}
END_TEST

START_TEST(rebinding_finds_no_gap)
{
	struct asked asked;
	size_t before;

	/* What was checked is what is used: no second question within TTL. */
	dns_a(&dns, "b.example", "192.0.2.1", 0);
	ck_assert_str_eq(resolve("sip:x@b.example:5060"), "udp 192.0.2.1:5060");
	before = dns.n_questions;
	dns_clear(&dns);
	dns_a(&dns, "b.example", "127.0.0.1", 0);
	/* Kept for 5 s at least, whatever the TTL says: and at once. */
	ck_assert_int_eq(ask(&asked, "sip:x@b.example:5060"), ERR_OK);
	ck_assert_str_eq(resolve("sip:x@b.example:5060"), "udp 192.0.2.1:5060");
	ck_assert_uint_eq(dns.n_questions, before);
	/* And the new answer is checked like the first. */
	again_with(&strict);
	ck_assert_str_eq(resolve("sip:x@b.example:5060"), "refused by rule");
}
END_TEST

START_TEST(answers_are_kept_for_their_ttl_and_failures_for_five_seconds)
{
	int64_t end = monotonic_now_ms() + 5500;

	dns_a(&dns, "b.example", "192.0.2.1", 1); /* five at least */
	dns_a(&dns, "one.example", "192.0.2.1", 60);
	dns_srv(&dns, "_sip._udp.c.example", "0 0 5060 one.example");
	dns.records[2].ttl_s = 1; /* the least of all counts */
	dns_a(&dns, "d.example", "192.0.2.1", 60);
	(void)resolve("sip:x@b.example:5060");
	(void)resolve("sip:x@c.example");
	(void)resolve("sip:x@d.example:5060");
	ck_assert_str_eq(resolve("sip:x@e.example:5060"), "not found");
	dns_clear(&dns);
	for (char name[] = "b.example"; name[0] <= 'e'; name[0]++)
		dns_a(&dns, name, "192.0.2.2", 60);
	ck_assert_str_eq(resolve("sip:x@b.example:5060"), "udp 192.0.2.1:5060");
	ck_assert_str_eq(resolve("sip:x@e.example:5060"), "not found");
	while (monotonic_now_ms() < end)
		loop_step(loop, 100);
	ck_assert_str_eq(resolve("sip:x@b.example:5060"), "udp 192.0.2.2:5060");
	ck_assert_str_eq(resolve("sip:x@c.example"), "udp 192.0.2.2:5060");
	ck_assert_str_eq(resolve("sip:x@d.example:5060"), "udp 192.0.2.1:5060");
	ck_assert_str_eq(resolve("sip:x@e.example:5060"), "udp 192.0.2.2:5060");
}
END_TEST

struct trouble_case {
	enum dns_mode mode;
	const char *result;
	int most_ms;
};

static const struct trouble_case trouble_cases[] = {
	/* clang-format off */
	{DNS_ANSWER,    "not found",   1000}, /* no such name */
	{DNS_EMPTY,     "unreachable", 1000},
	{DNS_SERVFAIL,  "unreachable", 1000},
	{DNS_REFUSED,   "unreachable", 1000},
	{DNS_BROKEN,    "unreachable", 1000},
	{DNS_TRUNCATED, "unreachable", 1000},
	{DNS_SILENT,    "timed out",   8500},
	{DNS_GARBAGE,   "timed out",   8500},
	/* clang-format on */
};

START_TEST(a_name_server_in_trouble_costs_bounded_time)
{
	const struct trouble_case *c = &trouble_cases[_i];
	int64_t began = monotonic_now_ms();
	struct asked asked;
	size_t questions;

	dns.mode = c->mode;
	ck_assert_str_eq(resolve("sip:x@b.example"), c->result);
	ck_assert_int_le(monotonic_now_ms() - began, c->most_ms);
	/* The failure is remembered: a storm of legs asks once. */
	questions = dns.n_questions;
	ck_assert_int_ne(ask(&asked, "sip:x@b.example"), ERR_BUSY);
	ck_assert_uint_eq(dns.n_questions, questions);
	ck_assert_str_eq(resolve("sip:x@192.0.2.1"), "udp 192.0.2.1:5060");
}
END_TEST

START_TEST(without_a_name_server_at_all_it_ends_too)
{
	resolver_free(resolver);
	ck_assert_int_eq(resolver_new(loop, &strict, "127.0.0.1:9", &resolver),
			 ERR_OK);
	ck_assert_str_eq(resolve("sip:x@b.example"), "unreachable");
}
END_TEST

START_TEST(many_who_ask_the_same_are_one_question)
{
	enum { MANY = 500 };
	struct asked *asked = mem_alloc(MANY * sizeof(*asked));
	int i;

	dns_a(&dns, "b.example", "192.0.2.1", 60);
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(ask(&asked[i], "sip:x@b.example:5060"),
				 ERR_BUSY);
	resolver_forget(resolver, &asked[7].resolve);
	resolver_forget(resolver, &asked[7].resolve);
	for (i = 0; i < MANY; i++) {
		if (i == 7)
			continue;
		wait_for(&asked[i], 60000);
		ck_assert_int_eq(asked[i].err, ERR_OK);
		ck_assert_uint_eq(asked[i].resolve.n_hops, 1);
	}
	ck_assert_int_eq(asked[7].n_done, 0);
	ck_assert_uint_eq(dns.n_questions, 2); /* A and AAAA */
	free(asked);
}
END_TEST

START_TEST(it_ends_with_questions_on_the_way)
{
	struct asked asked[3];

	dns.mode = DNS_SILENT;
	ck_assert_int_eq(ask(&asked[0], "sip:x@a.example"), ERR_BUSY);
	ck_assert_int_eq(ask(&asked[1], "sip:x@b.example:5060"), ERR_BUSY);
	ck_assert_int_eq(ask(&asked[2], "sip:x@a.example"), ERR_BUSY);
	loop_step(loop, 10);
	again_with(&strict);
	ck_assert_int_eq(asked[0].n_done + asked[1].n_done + asked[2].n_done,
			 0);
}
END_TEST

static bool is_kept(struct cache *cache, int i)
{
	char key[32];

	snprintf(key, sizeof(key), "name %d", i);
	return cache_find(cache, key, 0) != NULL;
}

static void keep(struct cache *cache, int i)
{
	char key[32];

	snprintf(key, sizeof(key), "name %d", i);
	cache_put(cache, key,
		  (struct cached){.until_ms = 1000,
				  .n_records = 1,
				  .records = mem_alloc(sizeof(struct record))});
}

START_TEST(the_memory_is_bounded_and_forgets_what_was_not_used)
{
	struct cache *cache = cache_new(10);
	int i, n = 0;

	for (i = 0; i < 100; i++)
		keep(cache, i);
	ck_assert(is_kept(cache, 90)); /* used now: the next to go is 91 */
	keep(cache, 100);
	keep(cache, 100);
	for (i = 0; i < 101; i++)
		n += is_kept(cache, i);
	ck_assert_int_eq(n, 10);
	ck_assert(is_kept(cache, 90));
	ck_assert(!is_kept(cache, 91));
	ck_assert_ptr_null(cache_find(cache, "name 90", 1000)); /* too old */
	cache_free(cache);
}
END_TEST

/* Every installed system has it there; a bare root may have no hosts file. */
static bool hosts_have_localhost(void)
{
	FILE *file = fopen("/etc/hosts", "r");
	char line[256];
	bool has = false;

	while (file && !has && fgets(line, sizeof(line), file))
		has = strncmp(line, "127.0.0.1", 9) == 0 &&
		      strstr(line, "localhost");
	if (file)
		(void)fclose(file);
	return has;
}

START_TEST(the_hosts_file_counts_first_and_is_checked_too)
{
	const struct uri_rules open = {.allow_private = true};

	if (!hosts_have_localhost()) {
		printf("skipped: /etc/hosts does not have localhost\n");
		return;
	}
	ck_assert_str_eq(resolve("sip:x@localhost"), "refused by rule");
	again_with(&open);
	ck_assert(strncmp(resolve("sip:x@localhost:5062;transport=tcp"),
			  "tcp 127.0.0.1:5062", 18) == 0);
	ck_assert_uint_eq(dns.n_questions, 0);
}
END_TEST

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static void cases_add(TCase *tcase)
{
	tcase_add_loop_test(tcase, numeric_hosts_need_no_name_server, 0,
			    N_ROWS(numeric_cases));
	tcase_add_loop_test(tcase, with_tls_numeric_hosts_of_sips_are_secured,
			    0, N_ROWS(secure_cases));
	tcase_add_test(tcase, of_sips_only_services_of_sips_count);
	tcase_add_test(tcase, without_naptr_sips_has_its_own_service_and_port);
	tcase_add_test(tcase, a_domain_without_tls_is_no_way_to_sips);
	tcase_add_test(tcase, a_host_alone_is_reached_by_udp_at_5060);
	tcase_add_test(tcase, naptr_says_which_transport_is_preferred);
	tcase_add_test(tcase, without_naptr_srv_is_asked_for_each_transport);
	tcase_add_test(
		tcase,
		naptr_to_a_service_without_servers_falls_back_to_the_host);
	tcase_add_test(tcase, a_dot_says_that_the_service_is_not_there);
	tcase_add_test(tcase,
		       a_domain_that_offers_only_tls_is_not_sent_to_in_clear);
	tcase_add_test(tcase, both_families_and_aliases_are_followed);
	tcase_add_test(tcase, weights_share_the_load);
	tcase_add_loop_test(tcase, a_name_may_not_lead_where_a_number_may_not,
			    0, 5);
	tcase_add_test(tcase, forbidden_addresses_are_left_out_among_others);
	tcase_add_test(tcase, srv_may_not_lead_to_a_low_port);
	tcase_add_test(tcase, rebinding_finds_no_gap);
	tcase_add_test(
		tcase,
		answers_are_kept_for_their_ttl_and_failures_for_five_seconds);
	tcase_add_loop_test(tcase, a_name_server_in_trouble_costs_bounded_time,
			    0, N_ROWS(trouble_cases));
	tcase_add_test(tcase, without_a_name_server_at_all_it_ends_too);
	tcase_add_test(tcase, many_who_ask_the_same_are_one_question);
	tcase_add_test(tcase, it_ends_with_questions_on_the_way);
	tcase_add_test(tcase,
		       the_memory_is_bounded_and_forgets_what_was_not_used);
	tcase_add_test(tcase, the_hosts_file_counts_first_and_is_checked_too);
}

int main(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tcase = tcase_create("resolve");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	cases_add(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
