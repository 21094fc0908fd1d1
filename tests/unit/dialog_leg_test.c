/* Requests in a dialog, and ACK: what they say, where they go, what comes
 * back. */
#include "tests/unit/hops_help.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/sip/sip_private.h"

static struct sip_fixture sip;
static int phone; /* UDP, on host 9 */
static struct leg leg;
static struct leg_template template;
static struct leg_dialog dialog;
static int n_ended, n_responses;
static bool is_permitted, drops;
static char responses[8][256]; /* status and body of each */

static bool still_permitted(struct leg *which)
{
	ck_assert_ptr_eq(which, &leg);
	return is_permitted;
}

static void ended(struct leg *which)
{
	ck_assert_ptr_eq(which, &leg);
	n_ended++;
}

static void response(struct leg *which, const struct message *message)
{
	ck_assert_ptr_eq(which, &leg);
	ck_assert_int_eq(n_ended, 0);
	snprintf(responses[n_responses++], sizeof(responses[0]), "%d %.*s",
		 message->status, (int)message->body.len, message->body.at);
	if (drops)
		sip_drop(sip.sip, which);
}

static void setup_by(const char *outbound_proxy)
{
	sip_init(&sip);
	sip.settings.outbound_proxy = outbound_proxy;
	sip_open(&sip);
	phone = sip_peer(&sip, 9, 5060);
	hops_reset();
	hops_add(&sip, PROTOCOL_UDP, 9, 5060);
	n_ended = n_responses = 0;
	is_permitted = true;
	drops = false;
	template = (struct leg_template){
		.method = "UPDATE",
		.from = "<sip:c-1@" SIP_DOMAIN ">",
		.from_tag = "ours",
		.max_forwards = 70,
		.headers = VIEW("Supported: timer\r\n"),
	};
	dialog = (struct leg_dialog){
		.to = "\"Omar\" <sip:omar@example.org>;tag=theirs",
		.routes = "Route: <sip:a.example.org;lr>\r\n"
			  "Route: <sip:b.example.org;lr>\r\n",
		.next_hop = "sip:a.example.org:5070;lr",
	};
	leg = (struct leg){
		.template = &template,
		.request_uri = "sip:omar@192.168.7.7",
		.call_id = "c1",
		.cseq = 8,
		.dialog = &dialog,
		.contact = "c-1",
		.contact_params = ";isfocus",
		.still_permitted = still_permitted,
		.ended = ended,
		.response = response,
	};
}

static void setup(void)
{
	setup_by(NULL);
}

static void setup_proxy(void)
{
	setup_by("sip:proxy.example.com");
}

static void teardown(void)
{
	close(phone);
	sip_close(&sip);
}

static const char *await(void)
{
	return sip_await(&sip, phone, 300);
}

static void reply(const char *request, int status, const char *body)
{
	char bytes[2048];

	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 %d x\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\n"
		 "Call-ID: %s\r\nCSeq: %s\r\nContent-Length: %zu\r\n\r\n%s",
		 status, sip_header(request, "Via"),
		 sip_header(request, "From"), sip_header(request, "To"),
		 sip_header(request, "Call-ID"), sip_header(request, "CSeq"),
		 strlen(body), body);
	send(phone, bytes, strlen(bytes), 0);
	sip_turn(&sip, 20);
}

static void ends_with(int status)
{
	for (int i = 0; i < 400 && !n_ended; i++)
		sip_turn(&sip, 5);
	ck_assert_int_eq(n_ended, 1);
	ck_assert_int_eq(leg.state, LEG_ENDED);
	ck_assert_int_eq(leg.status, status);
	ck_assert_ptr_null(leg.txn);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
}

START_TEST(what_a_request_in_a_dialog_says)
{
	char want[1024], head[256];
	const char *sent;

	sip_send(sip.sip, &leg);
	sent = await();
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(hops_script.asked, "a.example.org:5070");
	snprintf(head, sizeof(head),
		 "UPDATE sip:omar@192.168.7.7 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKv",
		 sip.host);
	ck_assert_int_eq(strncmp(sent, head, strlen(head)), 0);
	snprintf(want, sizeof(want),
		 ";rport\r\n"
		 "Route: <sip:a.example.org;lr>\r\n"
		 "Route: <sip:b.example.org;lr>\r\n"
		 "Max-Forwards: 70\r\n"
		 "From: <sip:c-1@" SIP_DOMAIN ">;tag=ours\r\n"
		 "To: \"Omar\" <sip:omar@example.org>;tag=theirs\r\n"
		 "Call-ID: c1\r\nCSeq: 8 UPDATE\r\n"
		 "Contact: <sip:c-1@%s:5060>;isfocus\r\n"
		 "Supported: timer\r\n"
		 "Content-Length: 0\r\n\r\n",
		 sip.host);
	ck_assert_str_eq(strstr(sent, ";rport"), want);
	reply(sent, 200, "");
	ends_with(200);
}
END_TEST

START_TEST(from_of_the_dialog_goes_before_that_of_the_template)
{
	dialog.from = "<sip:other@" SIP_DOMAIN ">;tag=o2";
	leg.contact = leg.contact_params = NULL;
	sip_send(sip.sip, &leg);
	ck_assert_str_eq(sip_header(await(), "From"),
			 "<sip:other@" SIP_DOMAIN ">;tag=o2");
	sip_drop(sip.sip, &leg);
}
END_TEST

START_TEST(responses_are_told_with_their_bodies)
{
	const char *sent;

	sip_send(sip.sip, &leg);
	sent = await();
	reply(sent, 100, "");
	ck_assert_int_eq(n_responses, 0);
	reply(sent, 183, "");
	reply(sent, 200, "v=0");
	ends_with(200);
	ck_assert_int_eq(n_responses, 2);
	ck_assert_str_eq(responses[0], "183 ");
	ck_assert_str_eq(responses[1], "200 v=0");
	/* Again: it is over. */
	reply(sent, 200, "v=0");
	ck_assert_int_eq(n_responses, 2);
}
END_TEST

START_TEST(who_is_told_may_drop_the_leg)
{
	static const int statuses[] = {183, 200};

	drops = true;
	sip_send(sip.sip, &leg);
	reply(await(), statuses[_i], "");
	ck_assert_int_eq(n_responses, 1);
	ck_assert_int_eq(n_ended, 0);
	ck_assert_ptr_null(leg.txn);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
}
END_TEST

START_TEST(a_refusal_that_another_hop_makes_good_is_not_told)
{
	int second = sip_peer(&sip, 10, 5060);
	const char *sent;

	hops_add(&sip, PROTOCOL_UDP, 10, 5060);
	sip_send(sip.sip, &leg);
	reply(await(), 503, "");
	ck_assert_int_eq(n_responses, 0);
	sent = sip_await(&sip, second, 300);
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(sip_header(sent, "CSeq"), "8 UPDATE");
	sip_drop(sip.sip, &leg);
	close(second);
}
END_TEST

START_TEST(only_the_hop_that_was_asked_answers)
{
	int other = sip_peer(&sip, 10, 5060), ours = phone;
	const char *sent;

	sip_send(sip.sip, &leg);
	sent = await();
	phone = other;
	reply(sent, 200, "");
	phone = ours;
	ck_assert_int_eq(n_responses, 0);
	reply(sent, 200, "");
	ends_with(200);
	close(other);
}
END_TEST

START_TEST(only_the_next_hop_passes_the_rules)
{
	/* The target of this leg is a private address behind a proxy. */
	sip.sip->settings.uri_rules =
		(struct uri_rules){.allow_private = false};
	sip_send(sip.sip, &leg);
	ck_assert_ptr_nonnull(await());
	sip_drop(sip.sip, &leg);
	dialog.next_hop = "sip:192.168.7.7";
	sip_send(sip.sip, &leg);
	ends_with(403);
	ck_assert(!leg.was_sent);
}
END_TEST

struct unclean_case {
	const char *sentence;
	size_t offset;
	int in_dialog;
	const char *value;
};

static const struct unclean_case unclean_cases[] = {
	/* clang-format off */
	{"no To", offsetof(struct leg_dialog, to), 1, NULL},
	{"CRLF in To", offsetof(struct leg_dialog, to), 1, "<sip:a@b>\r\nX: y"},
	{"CRLF in From", offsetof(struct leg_dialog, from), 1, "<sip:a@b>\r\nX: y"},
	{"no routes", offsetof(struct leg_dialog, routes), 1, NULL},
	{"an empty line of routes", offsetof(struct leg_dialog, routes), 1, "Route: <sip:a>\r\n\r\n"},
	{"half a line of routes", offsetof(struct leg_dialog, routes), 1, "Route: <sip:a>"},
	{"no next hop", offsetof(struct leg_dialog, next_hop), 1, NULL},
	{"a bracket in Contact", offsetof(struct leg, contact), 0, "c>"},
	{"CRLF in Contact", offsetof(struct leg, contact), 0, "c\r\nX: y"},
	{"CRLF in its parameters", offsetof(struct leg, contact_params), 0, ";a\r\nX: y"},
	{"CRLF in the branch", offsetof(struct leg, branch), 0, "z9hG4bK\r\nX: y"},
	/* clang-format on */
};

START_TEST(nothing_ends_a_line_early)
{
	const struct unclean_case *c = &unclean_cases[_i];
	char *at = c->in_dialog ? (char *)&dialog : (char *)&leg;

	*(const char **)(void *)(at + c->offset) = c->value;
	sip_send(sip.sip, &leg);
	ends_with(400);
	ck_assert_ptr_null(sip_await(&sip, phone, 30));
}
END_TEST

START_TEST(a_sips_target_needs_tls_on_every_hop)
{
	leg.request_uri = "sips:omar@example.org";
	sip_send(sip.sip, &leg);
	ends_with(416);
}
END_TEST

static void make_ack(void)
{
	template.method = "ACK";
	template.content = VIEW("Content-Type: application/sdp\r\n");
	template.body = VIEW("v=0\r\n");
	leg.response = NULL;
	leg.contact = NULL;
	leg.contact_params = NULL;
}

START_TEST(ack_is_sent_once_and_again_when_asked)
{
	char first[2048];
	const char *again;

	make_ack();
	hops_script.err = ERR_BUSY;
	sip_send(sip.sip, &leg);
	sip_repeat(sip.sip, &leg); /* it has not left yet */
	hops_script.waiting->done(hops_script.waiting, ERR_OK);
	snprintf(first, sizeof(first), "%s", await());
	ck_assert_str_eq(sip_header(first, "CSeq"), "8 ACK");
	ck_assert_ptr_nonnull(strstr(first, "\r\n\r\nv=0\r\n"));
	ck_assert(leg.was_sent);
	/* No timer, no end, and nobody waits for it. */
	ck_assert_ptr_null(sip_await(&sip, phone, 700));
	ck_assert(sip_idle(sip.sip));
	sip_repeat(sip.sip, &leg);
	again = await();
	ck_assert_ptr_nonnull(again);
	ck_assert_str_eq(again, first);
	ck_assert_int_eq(n_ended, 0);
	sip_drop(sip.sip, &leg);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
	ck_assert(sip_idle(sip.sip));
}
END_TEST

START_TEST(no_response_counts_for_ack)
{
	make_ack();
	sip_send(sip.sip, &leg);
	reply(await(), 200, "");
	ck_assert_int_eq(n_ended, 0);
	ck_assert_int_eq(leg.state, LEG_TRYING);
	sip_drop(sip.sip, &leg);
}
END_TEST

START_TEST(ack_that_cannot_be_sent_ends)
{
	make_ack();
	hops_script.err = ERR_UNREACHABLE;
	sip_send(sip.sip, &leg);
	ends_with(503);
}
END_TEST

static int listen_tcp(int last)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	union address address;

	ck_assert(
		!address_parse(view_of(sip_host(&sip, last)), 5060, &address));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_int_eq(bind(fd, &address.any, sizeof(address.v4)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

/* A connection; it is read before it is there in full. */
static int accept_tcp(int listener)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};

	for (int i = 0; i < 400 && poll(&ready, 1, 0) <= 0; i++)
		sip_turn(&sip, 5);
	return accept(listener, NULL, NULL);
}

START_TEST(ack_finds_another_stream_where_its_own_is_gone)
{
	int listener = listen_tcp(9), fd, second;
	const char *sent;

	make_ack();
	hops_reset();
	hops_add(&sip, PROTOCOL_TCP, 9, 5060);
	sip_send(sip.sip, &leg);
	fd = accept_tcp(listener);
	sent = sip_await(&sip, fd, 300);
	ck_assert_ptr_nonnull(strstr(sent, "Via: SIP/2.0/TCP "));
	sip_repeat(sip.sip, &leg);
	ck_assert_ptr_nonnull(sip_await(&sip, fd, 300));
	close(fd);
	sip_turn(&sip, 50);
	ck_assert_int_eq(n_ended, 0);
	sip_repeat(sip.sip, &leg);
	second = accept_tcp(listener);
	ck_assert_ptr_nonnull(sip_await(&sip, second, 300));
	sip_drop(sip.sip, &leg);
	close(second);
	close(listener);
}
END_TEST

START_TEST(contact_names_the_stream_that_it_leaves_by)
{
	int listener = listen_tcp(9), fd;
	char want[128];

	hops_reset();
	hops_add(&sip, PROTOCOL_TCP, 9, 5060);
	sip_send(sip.sip, &leg);
	fd = accept_tcp(listener);
	snprintf(want, sizeof(want), "<sip:c-1@%s:5060;transport=tcp>;isfocus",
		 sip.host);
	ck_assert_str_eq(sip_header(sip_await(&sip, fd, 300), "Contact"), want);
	sip_drop(sip.sip, &leg);
	close(fd);
	close(listener);
}
END_TEST

/* A request that another process has sent. */
START_TEST(cancel_of_another_process_has_its_branch)
{
	const char *sent;
	char bytes[1024];

	template.method = "CANCEL";
	dialog.to = "<sip:omar@example.org>";
	dialog.routes = "";
	leg.contact = leg.contact_params = NULL;
	leg.branch = "z9hG4bKv01234567aaaaaaaabbbbbbbbbbbbbbbb";
	sip_send(sip.sip, &leg);
	sent = await();
	ck_assert_ptr_nonnull(
		strstr(sent, ";branch=z9hG4bKv01234567aaaaaaaabbbbbbbbbbbbbbbb"
			     ";rport\r\n"));
	ck_assert_str_eq(sip_header(sent, "CSeq"), "8 CANCEL");
	/* The INVITE's own response is not that of CANCEL. */
	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 487 x\r\nVia: %s\r\nCSeq: 8 INVITE\r\n"
		 "Content-Length: 0\r\n\r\n",
		 sip_header(sent, "Via"));
	send(phone, bytes, strlen(bytes), 0);
	sip_turn(&sip, 20);
	ck_assert_int_eq(n_ended, 0);
	reply(sent, 481, "");
	ends_with(481);
}
END_TEST

/* RFC 3261 section 12.1.2: the route set of a dialog, even an empty one, goes
 * before the outbound proxy. */
START_TEST(a_dialog_has_routes_of_its_own)
{
	const char *sent;

	sip_send(sip.sip, &leg);
	sent = await();
	ck_assert_ptr_null(strstr(sent, "proxy.example.com"));
	ck_assert_str_eq(hops_script.asked, "a.example.org:5070");
	sip_drop(sip.sip, &leg);
	leg.dialog = NULL;
	sip_send(sip.sip, &leg);
	ck_assert_str_eq(sip_header(await(), "Route"),
			 "<sip:proxy.example.com;lr>");
	ck_assert_str_eq(hops_script.asked, "proxy.example.com:0");
	sip_drop(sip.sip, &leg);
}
END_TEST

START_TEST(the_proxy_reaches_what_we_may_not)
{
	const char *sent;

	sip.sip->settings.uri_rules =
		(struct uri_rules){.allow_private = false};
	dialog.next_hop = "sip:omar@192.168.7.7";
	dialog.routes = "";
	sip_send(sip.sip, &leg);
	sent = await();
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(hops_script.asked, "proxy.example.com:0");
	ck_assert_str_eq(sip_header(sent, "Route"),
			 "<sip:proxy.example.com;lr>");
	reply(sent, 200, "");
	ends_with(200);
}
END_TEST

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))

static TCase *proxy_cases(void)
{
	TCase *tcase = tcase_create("outbound proxy");

	tcase_add_checked_fixture(tcase, setup_proxy, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, a_dialog_has_routes_of_its_own);
	tcase_add_test(tcase, the_proxy_reaches_what_we_may_not);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("dialog_leg");
	TCase *tcase = tcase_create("dialog_leg");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, what_a_request_in_a_dialog_says);
	tcase_add_test(tcase,
		       from_of_the_dialog_goes_before_that_of_the_template);
	tcase_add_test(tcase, responses_are_told_with_their_bodies);
	tcase_add_loop_test(tcase, who_is_told_may_drop_the_leg, 0, 2);
	tcase_add_test(tcase,
		       a_refusal_that_another_hop_makes_good_is_not_told);
	tcase_add_test(tcase, only_the_hop_that_was_asked_answers);
	tcase_add_test(tcase, only_the_next_hop_passes_the_rules);
	tcase_add_loop_test(tcase, nothing_ends_a_line_early, 0,
			    N(unclean_cases));
	tcase_add_test(tcase, a_sips_target_needs_tls_on_every_hop);
	tcase_add_test(tcase, ack_is_sent_once_and_again_when_asked);
	tcase_add_test(tcase, no_response_counts_for_ack);
	tcase_add_test(tcase, ack_that_cannot_be_sent_ends);
	tcase_add_test(tcase, ack_finds_another_stream_where_its_own_is_gone);
	tcase_add_test(tcase, contact_names_the_stream_that_it_leaves_by);
	tcase_add_test(tcase, cancel_of_another_process_has_its_branch);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, proxy_cases());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
