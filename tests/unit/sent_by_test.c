/* What our listeners are called in Via and Contact (RFC 3261 section 18.1.1).
 */
#include "server/sip/sent_by.h"

#include <check.h>

#include "server/net/own_addresses.h"

static const struct {
	const char *advertise[2];
	enum protocol protocol;
	const char *bound, *listener, *socket;
} rows[] = {
	{{NULL},
	 PROTOCOL_UDP,
	 "192.0.2.1:5060",
	 "192.0.2.1:5060",
	 "192.0.2.1:5060"},
	{{NULL},
	 PROTOCOL_UDP,
	 "0.0.0.0:5070",
	 "relay.example.com:5070",
	 "relay.example.com:5070"},
	/* For all; each keeps its port. */
	{{"sip:203.0.113.7"},
	 PROTOCOL_TCP,
	 "0.0.0.0:5070",
	 "203.0.113.7:5070",
	 "203.0.113.7:5070"},
	/* The port is that of the listener alone. */
	{{"sip:out.example.com:6060"},
	 PROTOCOL_UDP,
	 "192.0.2.1:5060",
	 "out.example.com:6060",
	 "out.example.com:5060"},
	/* What names the protocol goes first, wherever it stands. */
	{{"sip:a.example", "sip:b.example;transport=TCP"},
	 PROTOCOL_TCP,
	 "192.0.2.1:5060",
	 "b.example:5060",
	 "b.example:5060"},
	{{"sip:b.example;transport=tcp", "sip:a.example"},
	 PROTOCOL_TCP,
	 "192.0.2.1:5060",
	 "b.example:5060",
	 "b.example:5060"},
	{{"sip:b.example;transport=tcp"},
	 PROTOCOL_UDP,
	 "192.0.2.1:5060",
	 "192.0.2.1:5060",
	 "192.0.2.1:5060"},
	/* An address is one of its family. */
	{{"sip:203.0.113.7"},
	 PROTOCOL_UDP,
	 "[2001:db8::1]:5060",
	 "[2001:db8::1]:5060",
	 "[2001:db8::1]:5060"},
	{{"sip:203.0.113.7", "sip:[2001:db8::7]"},
	 PROTOCOL_UDP,
	 "[::]:5060",
	 "[2001:db8::7]:5060",
	 "[2001:db8::7]:5060"},
};

START_TEST(the_operator_says_what_others_call_us)
{
	struct sip_settings settings = {.domain = "relay.example.com",
					.advertise = rows[_i].advertise};
	char name[SENT_BY_ROOM];
	union address bound;

	while (settings.n_advertise < 2 &&
	       rows[_i].advertise[settings.n_advertise])
		settings.n_advertise++;
	ck_assert_int_eq(address_parse(view_of(rows[_i].bound), 0, &bound),
			 ERR_OK);
	sent_by_listener(&settings, rows[_i].protocol, &bound, name);
	ck_assert_str_eq(name, rows[_i].listener);
	sent_by_socket(&settings, rows[_i].protocol, &bound, name);
	ck_assert_str_eq(name, rows[_i].socket);
}
END_TEST

static bool is_ours(const struct own_addresses *own, const char *text)
{
	struct uri uri;

	ck_assert_int_eq(uri_parse(view_of(text), &uri), ERR_OK);
	return own_addresses_has_host(own, &uri);
}

static bool leads_to_us(const struct own_addresses *own, const char *text)
{
	struct hop hop = {.protocol = PROTOCOL_TCP};

	ck_assert_int_eq(address_parse(view_of(text), 0, &hop.address), ERR_OK);
	return own_addresses_has(own, &hop);
}

START_TEST(what_we_tell_others_is_ours)
{
	struct own_addresses own = {0};

	own_addresses_add_host(&own, VIEW("Relay.example.com"), 5060);
	own_addresses_add_host(&own, VIEW("203.0.113.7"), 6060);
	ck_assert(is_ours(&own, "sip:x@relay.example.com"));
	ck_assert(is_ours(&own, "sip:x@relay.example.com:5060"));
	ck_assert(!is_ours(&own, "sip:x@relay.example.com:5061"));
	ck_assert(!is_ours(&own, "sip:x@example.com"));
	ck_assert(is_ours(&own, "sip:x@203.0.113.7:6060"));
	ck_assert(leads_to_us(&own, "203.0.113.7:6060"));
	ck_assert(!leads_to_us(&own, "203.0.113.7:5060"));
	own_addresses_release(&own);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sent_by");
	TCase *tcase = tcase_create("sent_by");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, the_operator_says_what_others_call_us, 0,
			    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, what_we_tell_others_is_ours);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
