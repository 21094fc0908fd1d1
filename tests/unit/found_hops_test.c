/* Legs that are not sent, and tell where they would have gone. */
#include "tests/unit/hops_help.h"

#include <check.h>

static struct sip_fixture sip;
static struct leg leg;
static struct leg_template template;
static int n_ended, n_found;
static struct hop hops[RESOLVE_HOPS_MAX];
static size_t n_hops;
static char name[256], proxy[256];

static bool still_permitted(struct leg *which)
{
	(void)which;
	ck_abort_msg("nothing is about to leave");
	return true;
}

static void on_ended(struct leg *which)
{
	ck_assert_ptr_eq(which, &leg);
	n_ended++;
}

static void on_found(struct leg *which, const struct leg_hops *found)
{
	ck_assert_ptr_eq(which, &leg);
	n_found++;
	n_hops = found->n;
	memcpy(hops, found->hops, n_hops * sizeof(*hops));
	snprintf(name, sizeof(name), "%s", found->server_name);
	snprintf(proxy, sizeof(proxy), "%s", found->proxy ? found->proxy : "");
}

static void begin(const char *uri)
{
	hops_reset();
	n_ended = n_found = 0;
	n_hops = 0;
	name[0] = proxy[0] = '\0';
	template = (struct leg_template){.method = "MESSAGE",
					 .from = "<sip:nora@example.com>",
					 .from_tag = "t1"};
	leg = (struct leg){.template = &template,
			   .request_uri = uri,
			   .call_id = "c1",
			   .cseq = 1,
			   .still_permitted = still_permitted,
			   .ended = on_ended,
			   .found = on_found};
}

static void setup(void)
{
	sip_init(&sip);
	sip_open(&sip);
	begin("sip:omar@Example.Org");
}

static void setup_proxy(void)
{
	sip_init(&sip);
	sip.settings.outbound_proxy = "sip:Proxy.example.com";
	sip_open(&sip);
	begin("sip:omar@example.org");
}

static void teardown(void)
{
	sip_close(&sip);
}

static void ends_with(int status)
{
	for (int i = 0; i < 100 && !n_ended; i++)
		sip_turn(&sip, 5);
	ck_assert_int_eq(n_ended, 1);
	ck_assert_int_eq(leg.status, status);
	ck_assert(!leg.was_sent);
	ck_assert_ptr_null(leg.txn);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
}

START_TEST(all_hops_are_told_in_order)
{
	int phone = sip_peer(&sip, 9, 5060);

	hops_add(&sip, PROTOCOL_TLS, 9, 5071);
	hops_add(&sip, PROTOCOL_TCP, 8, 5060);
	hops_add(&sip, PROTOCOL_UDP, 9, 5060);
	sip_send(sip.sip, &leg);
	ends_with(LEG_STATUS_WITHDRAWN);
	ck_assert_int_eq(n_found, 1);
	ck_assert_uint_eq(n_hops, 3);
	for (size_t i = 0; i < n_hops; i++) {
		ck_assert_int_eq((int)hops[i].protocol,
				 (int)hops_script.hops[i].protocol);
		ck_assert(address_equal(&hops[i].address,
					&hops_script.hops[i].address));
	}
	ck_assert_str_eq(name, "example.org");
	ck_assert_str_eq(proxy, "");
	ck_assert_ptr_null(sip_await(&sip, phone, 50));
	sip_turn(&sip, 20);
}
END_TEST

/* The relay's own address. */
static void own_add(enum protocol protocol)
{
	struct hop *hop = &hops_script.hops[hops_script.n++];

	hop->protocol = protocol;
	ck_assert(!address_parse(view_of(sip.host), 5060, &hop->address));
}

/* To ourselves, and where it is plain and must not be, no request goes. */
START_TEST(hops_that_are_skipped_are_not_told)
{
	begin("sips:omar@example.org");
	own_add(PROTOCOL_TLS);
	hops_add(&sip, PROTOCOL_TLS, 9, 5061);
	hops_add(&sip, PROTOCOL_UDP, 9, 5060);
	sip_send(sip.sip, &leg);
	ends_with(LEG_STATUS_WITHDRAWN);
	ck_assert_uint_eq(n_hops, 1);
	ck_assert_int_eq(address_port(&hops[0].address), 5061);
	begin("sip:omar@example.org");
	own_add(PROTOCOL_UDP);
	sip_send(sip.sip, &leg);
	ends_with(482);
	ck_assert_int_eq(n_found, 0);
}
END_TEST

START_TEST(where_there_is_none_it_ends_as_a_request)
{
	static const struct {
		enum err err;
		int status;
	} cases[] = {{ERR_UNKNOWN, 604},
		     {ERR_HOSTILE, 403},
		     {ERR_UNSUPPORTED, 416},
		     {ERR_TIMEOUT, 503},
		     {ERR_UNREACHABLE, 503}};

	hops_script.err = cases[_i].err;
	sip_send(sip.sip, &leg);
	ends_with(cases[_i].status);
	ck_assert_int_eq(n_found, 0);
}
END_TEST

START_TEST(an_answer_may_come_later)
{
	hops_script.err = ERR_BUSY;
	sip_send(sip.sip, &leg);
	sip_turn(&sip, 10);
	ck_assert_int_eq(n_ended, 0);
	hops_add(&sip, PROTOCOL_TCP, 8, 5060);
	hops_script.waiting->hops[0] = hops_script.hops[0];
	hops_script.waiting->n_hops = 1;
	hops_script.waiting->done(hops_script.waiting, ERR_OK);
	ends_with(LEG_STATUS_WITHDRAWN);
	ck_assert_uint_eq(n_hops, 1);
}
END_TEST

START_TEST(it_may_be_dropped_while_it_waits)
{
	hops_script.err = ERR_BUSY;
	sip_send(sip.sip, &leg);
	sip_drop(sip.sip, &leg);
	ck_assert_ptr_null(hops_script.waiting);
	sip_turn(&sip, 10);
	ck_assert_int_eq(n_ended + n_found, 0);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
}
END_TEST

/* What is remembered of a numeric address is no way around it. */
START_TEST(a_known_address_is_told_too)
{
	for (int i = 0; i < 2; i++) {
		begin("sip:omar@192.0.2.7");
		hops_add(&sip, PROTOCOL_UDP, 9, 5060);
		sip_send(sip.sip, &leg);
		ends_with(LEG_STATUS_WITHDRAWN);
		ck_assert_int_eq(n_found, 1);
		ck_assert_uint_eq(n_hops, 1);
	}
}
END_TEST

START_TEST(an_outbound_proxy_takes_its_place)
{
	hops_add(&sip, PROTOCOL_TLS, 8, 5061);
	sip_send(sip.sip, &leg);
	ends_with(LEG_STATUS_WITHDRAWN);
	ck_assert_uint_eq(n_hops, 1);
	ck_assert_str_eq(name, "proxy.example.com");
	ck_assert_str_eq(proxy, "sip:Proxy.example.com");
	ck_assert_str_eq(hops_script.asked, "Proxy.example.com:0");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("found_hops");
	TCase *tcase = tcase_create("found"), *by = tcase_create("proxy");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, all_hops_are_told_in_order);
	tcase_add_test(tcase, hops_that_are_skipped_are_not_told);
	tcase_add_loop_test(tcase, where_there_is_none_it_ends_as_a_request, 0,
			    5);
	tcase_add_test(tcase, an_answer_may_come_later);
	tcase_add_test(tcase, it_may_be_dropped_while_it_waits);
	tcase_add_test(tcase, a_known_address_is_told_too);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(by, setup_proxy, teardown);
	tcase_set_timeout(by, 60);
	tcase_add_test(by, an_outbound_proxy_takes_its_place);
	suite_add_tcase(suite, by);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
