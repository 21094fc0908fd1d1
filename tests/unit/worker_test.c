/* Legs at workers: they come and go between threads, and nobody else's do. */
#include "tests/unit/sip_help.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 1000
#define WORKERS 2

static struct sip_fixture sip;
static int phone;
static struct leg legs[MANY];
static char call_ids[MANY][16];
static char uri[64];
static struct leg_template template;
static size_t n_ended;
static atomic_int is_permitted;
static struct leg *drops; /* dropped when another one ends */
static char proxy[64], nameserver[64];

/* A worker that is slow to send what it has just been permitted. */
static bool is_slow;
static atomic_bool is_asked;

static bool still_permitted(struct leg *leg)
{
	bool answer = is_permitted;

	(void)leg;
	if (is_slow) {
		is_asked = true;
		poll(NULL, 0, 100);
	}
	return answer;
}

static void ended(struct leg *leg)
{
	ck_assert_int_eq(leg->state, LEG_ENDED);
	ck_assert_ptr_null(leg->txn);
	n_ended++;
	if (drops)
		edge_drop(sip.edge, drops);
	drops = NULL;
}

/* Without a connected address: requests come from ports that we do not know. */
static int open_peer(int last)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int size = 4 << 20;
	union address here;

	ck_assert(!address_parse(view_of(sip_host(&sip, last)), 5060, &here));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	ck_assert_int_eq(bind(fd, &here.any, sizeof(here.v4)), 0);
	return fd;
}

static void setup(void)
{
	sip_init(&sip);
	sip.settings.workers = WORKERS;
	sip_open(&sip);
	phone = open_peer(9);
	n_ended = 0;
	is_permitted = 1;
	is_slow = false;
	is_asked = false;
	drops = NULL;
	snprintf(uri, sizeof(uri), "sip:omar@%s", sip_host(&sip, 9));
	template = (struct leg_template){
		.method = "MESSAGE",
		.from = "<sip:nora@example.com>",
		.from_tag = "t1",
		.max_forwards = 69,
		.content = VIEW("Content-Type: text/plain\r\n"),
		.body = VIEW("hi")};
	for (int i = 0; i < MANY; i++) {
		snprintf(call_ids[i], sizeof(call_ids[i]), "c%d", i);
		legs[i] = (struct leg){.template = &template,
				       .request_uri = uri,
				       .call_id = call_ids[i],
				       .cseq = 1,
				       .still_permitted = still_permitted,
				       .ended = ended,
				       .any_thread = true};
	}
}

static void teardown(void)
{
	close(phone);
	sip_close(&sip);
}

/* The address in the Via: of the thread that sent it. */
static union address sender_of(const char *request)
{
	union address address;
	char via[256];

	snprintf(via, sizeof(via), "%s", sip_header(request, "Via") + 12);
	via[strcspn(via, ";")] = '\0';
	ck_assert(!address_parse(view_of(via), 0, &address));
	return address;
}

static void say(const union address *to, const char *bytes)
{
	sendto(phone, bytes, strlen(bytes), 0, &to->any, address_len(to));
}

static const char *answer_to(const char *request)
{
	static char bytes[1024];

	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 200 OK\r\nVia: %s\r\nCSeq: %s\r\n\r\n",
		 sip_header(request, "Via"), sip_header(request, "CSeq"));
	return bytes;
}

static void answer(const char *request)
{
	union address to = sender_of(request);

	say(&to, answer_to(request));
}

/* What is there or comes, without a turn of the loop. */
static const char *hear(void)
{
	static char buffers[4][4096];
	static int next;
	char *buffer = buffers[next++ % 4];
	struct pollfd ready = {.fd = phone, .events = POLLIN};
	ssize_t n;

	if (poll(&ready, 1, 2000) <= 0)
		return NULL;
	n = recv(phone, buffer, sizeof(buffers[0]) - 1, 0);
	ck_assert_int_gt(n, 0);
	buffer[n] = '\0';
	return buffer;
}

static void await_ended(size_t n)
{
	for (int i = 0; i < SIP_SOON / 5 && n_ended < n; i++)
		sip_turn(&sip, 5);
	ck_assert_uint_eq(n_ended, n);
}

/* Until the worker has done all that came to it before: a datagram that is no
 * response is dropped, and counted. */
static void await_worker(const char *request)
{
	uint64_t before = sip_count(&sip, COUNT_DROPPED);
	union address to = sender_of(request);

	say(&to, "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n");
	for (int i = 0; i < 2000 && sip_count(&sip, COUNT_DROPPED) == before;
	     i++)
		poll(NULL, 0, 1);
	ck_assert_uint_eq(sip_count(&sip, COUNT_DROPPED), before + 1);
}

static void nothing_more(size_t n)
{
	ck_assert_ptr_null(sip_await(&sip, phone, 700));
	ck_assert_uint_eq(n_ended, n);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
	ck_assert(sip_idle(sip.sip));
}

START_TEST(spreads)
{
	int seen[MANY] = {0}, from[65536] = {0};
	int n_ports = 0;

	ck_assert_int_eq(sip_gauge(&sip, GAUGE_WORKERS), WORKERS);
	for (int i = 0; i < MANY; i++)
		edge_send(sip.edge, &legs[i]);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), MANY);
	ck_assert(!sip_idle(sip.sip));
	for (int i = 0; i < MANY; i++) {
		const char *sent = sip_await(&sip, phone, SIP_SOON);
		union address sender;
		long which;

		ck_assert_ptr_nonnull(sent);
		which = strtol(sip_header(sent, "Call-ID") + 1, NULL, 10);
		sender = sender_of(sent);
		n_ports += from[address_port(&sender)]++ == 0;
		ck_assert_int_eq(seen[which]++, 0);
		answer(sent);
	}
	await_ended(MANY);
	ck_assert_int_eq(n_ports, WORKERS);
	ck_assert_int_eq(from[5060], 0);
	nothing_more(MANY);
}
END_TEST

START_TEST(withdraws_before_the_first_octet)
{
	is_permitted = 0;
	edge_send(sip.edge, &legs[0]);
	await_ended(1);
	ck_assert_int_eq(legs[0].status, LEG_STATUS_WITHDRAWN);
	ck_assert(!legs[0].was_sent);
	nothing_more(1);
}
END_TEST

START_TEST(keeps_questions_on_the_loop)
{
	const char *sent;
	union address sender;

	legs[0].any_thread = false;
	edge_send(sip.edge, &legs[0]);
	sent = sip_await(&sip, phone, SIP_SOON);
	sender = sender_of(sent);
	ck_assert_int_eq(address_port(&sender), 5060);
	answer(sent);
	await_ended(1);
}
END_TEST

START_TEST(drops_before_it_is_handed_over)
{
	edge_send(sip.edge, &legs[0]);
	edge_drop(sip.edge, &legs[0]);
	ck_assert_ptr_null(legs[0].txn);
	edge_drop(sip.edge, &legs[0]);
	nothing_more(0);
}
END_TEST

START_TEST(drops_what_is_unheard)
{
	const char *sent;

	/* Neither timer E nor a late answer finds it. */
	edge_send(sip.edge, &legs[0]);
	sent = sip_await(&sip, phone, SIP_SOON);
	ck_assert_ptr_nonnull(sent);
	edge_drop(sip.edge, &legs[0]);
	memset(&legs[0], 0xff, sizeof(legs[0]));
	answer(sent);
	nothing_more(0);
}
END_TEST

START_TEST(drops_on_the_way_back)
{
	const char *sent;

	edge_send(sip.edge, &legs[0]);
	sent = sip_await(&sip, phone, SIP_SOON);
	answer(sent);
	await_worker(sent);
	edge_drop(sip.edge, &legs[0]);
	memset(&legs[0], 0xff, sizeof(legs[0]));
	nothing_more(0);
}
END_TEST

START_TEST(drops_from_an_owner_that_is_told)
{
	const char *sent[2];

	edge_send(sip.edge, &legs[0]);
	edge_send(sip.edge, &legs[1]);
	sent[0] = sip_await(&sip, phone, SIP_SOON);
	sent[1] = hear();
	answer(sent[0]);
	answer(sent[1]);
	await_worker(sent[1]);
	drops = &legs[1];
	await_ended(1);
	ck_assert_ptr_null(legs[1].txn);
	nothing_more(1);
}
END_TEST

START_TEST(drops_many_fast)
{
	int64_t start;

	for (int i = 0; i < MANY; i++)
		edge_send(sip.edge, &legs[i]);
	for (int i = 0; i < MANY / 2; i++)
		ck_assert_ptr_nonnull(sip_await(&sip, phone, SIP_SOON));
	start = monotonic_now_ms();
	for (int i = 0; i < MANY; i++)
		edge_drop(sip.edge, &legs[i]);
	ck_assert_int_lt(monotonic_now_ms() - start, 500);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
	ck_assert(sip_idle(sip.sip));
	/* And they go on with others. */
	while (sip_await(&sip, phone, 100))
		;
	edge_send(sip.edge, &legs[0]);
	answer(sip_await(&sip, phone, SIP_SOON));
	await_ended(1);
}
END_TEST

START_TEST(ends_with_legs_out)
{
	/* The rest is the teardown's: nothing is left, nobody is told. */
	for (int i = 0; i < MANY; i++)
		edge_send(sip.edge, &legs[i]);
	ck_assert_ptr_nonnull(sip_await(&sip, phone, SIP_SOON));
}
END_TEST

#define DENY "sip:d-0123456789abcdef0123456789abcdef@" SIP_DOMAIN

START_TEST(answers_a_no_after_what_was_before)
{
	static const char no[] =
		"PUBLISH " DENY " SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <" DENY ">\r\nCall-ID: x\r\n"
		"CSeq: 1 PUBLISH\r\nMax-Forwards: 9\r\n"
		"Content-Length: 0\r\n\r\n";
	const struct response ok = {.status = 200};
	int client = sip_peer(&sip, 10, 5060);
	char bytes[4096];

	ck_assert_int_gt(send(client, no, strlen(no), 0), 0);
	ck_assert_ptr_null(sip_await(&sip, client, 100));
	ck_assert_uint_eq(sip.n_requests, 1);
	/* It was permitted; the no comes before it is sent. */
	is_slow = true;
	edge_send(sip.edge, &legs[0]);
	while (!is_asked)
		loop_step(sip.loop, 1);
	is_permitted = 0;
	edge_quiesce(sip.edge);
	edge_respond(sip.edge, sip.requests[0], &ok);
	ck_assert_int_gt(recv(phone, bytes, sizeof(bytes), MSG_DONTWAIT), 0);
	/* After the 200 there is nothing more. */
	ck_assert_int_eq(sip_status(sip_await(&sip, client, SIP_SOON)), 200);
	ck_assert_ptr_null(sip_await(&sip, phone, 1000));
	await_ended(1);
	ck_assert_int_eq(legs[0].status, LEG_STATUS_WITHDRAWN);
	close(client);
}
END_TEST

START_TEST(hears_only_responses)
{
	const char *sent;

	edge_send(sip.edge, &legs[0]);
	sent = sip_await(&sip, phone, SIP_SOON);
	await_worker(sent);
	await_worker(sent);
	ck_assert_uint_eq(sip_count(&sip, COUNT_REQUESTS_UDP), 0);
	ck_assert_ptr_null(sip_await(&sip, phone, 200));
	ck_assert_uint_eq(n_ended, 0);
	answer(sent);
	await_ended(1);
}
END_TEST

START_TEST(believes_no_forgery)
{
	const char *sent[2];
	union address to[2], relay;
	char *digit, forged[1024];

	/* Two runs of one leg each: one for each worker. */
	edge_send(sip.edge, &legs[0]);
	sent[0] = sip_await(&sip, phone, SIP_SOON);
	edge_send(sip.edge, &legs[1]);
	sent[1] = sip_await(&sip, phone, SIP_SOON);
	for (int i = 0; i < 2; i++)
		to[i] = sender_of(sent[i]);
	ck_assert(!address_equal(&to[0], &to[1]));
	/* Right, but at another's port. */
	say(&to[0], answer_to(sent[1]));
	say(&to[1], answer_to(sent[0]));
	ck_assert(!address_parse(view_of(sip.host), 5060, &relay));
	say(&relay, answer_to(sent[0]));
	/* At the right port, but with another number. */
	snprintf(forged, sizeof(forged), "%s", answer_to(sent[0]));
	digit = strstr(forged, ";rport") - 1;
	*digit = *digit == '0' ? '1' : '0';
	say(&to[0], forged);
	await_worker(sent[0]);
	await_worker(sent[1]);
	sip_turn(&sip, 20);
	ck_assert_uint_eq(n_ended, 0);
	answer(sent[0]);
	answer(sent[1]);
	await_ended(2);
}
END_TEST

START_TEST(knows_its_ports)
{
	const char *sent, *refused;
	char request[1024];
	union address worker;
	int client;

	edge_send(sip.edge, &legs[0]);
	sent = sip_await(&sip, phone, SIP_SOON);
	worker = sender_of(sent);
	/* Our own request, by way of somebody else (RFC 5393). */
	snprintf(request, sizeof(request),
		 "MESSAGE sip:lists@" SIP_DOMAIN " SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nVia: %s\r\n"
		 "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
		 "CSeq: 1 MESSAGE\r\nMax-Forwards: 9\r\n"
		 "Content-Length: 0\r\n\r\n",
		 sip_header(sent, "Via"));
	client = sip_peer(&sip, 10, 5060);
	refused = sip_ask(&sip, client, request);
	ck_assert_int_eq(sip_status(refused), 482);
	close(client);
	answer(sent);
	await_ended(1);
	/* And nothing is sent to one. */
	snprintf(uri, sizeof(uri), "sip:x@%s:%d", sip.host,
		 address_port(&worker));
	edge_send(sip.edge, &legs[1]);
	await_ended(2);
	ck_assert_int_eq(legs[1].status, 482);
	ck_assert(!legs[1].was_sent);
}
END_TEST

/* Once more with other settings. */
static void reopen(void)
{
	edge_free(sip.edge);
	sip_free(sip.sip);
	sip_open(&sip);
}

START_TEST(goes_by_the_proxy)
{
	const char *sent;
	union address sender;
	char route[128];

	snprintf(proxy, sizeof(proxy), "sip:%s", sip_host(&sip, 9));
	sip.settings.outbound_proxy = proxy;
	reopen();
	legs[0].request_uri = "sip:omar@example.org";
	edge_send(sip.edge, &legs[0]);
	sent = sip_await(&sip, phone, SIP_SOON);
	ck_assert_ptr_nonnull(sent);
	snprintf(route, sizeof(route), "<%s;lr>", proxy);
	ck_assert_str_eq(sip_header(sent, "Route"), route);
	sender = sender_of(sent);
	ck_assert_int_ne(address_port(&sender), 5060);
	answer(sent);
	await_ended(1);
}
END_TEST

/* A relay that listens on TCP only: its workers have no socket, and it has none
 * for a datagram either. */
START_TEST(needs_no_socket)
{
	sip.settings.listen++;
	sip.settings.n_listen = 1;
	reopen();
	edge_send(sip.edge, &legs[0]);
	await_ended(1);
	ck_assert_int_eq(legs[0].status, 503);
	ck_assert(!legs[0].was_sent);
	nothing_more(1);
}
END_TEST

START_TEST(resolves)
{
	/* A name server that says nothing: dropped while it is asked. */
	int server = sip_peer(&sip, 53, 5353);

	connect(server, &(struct sockaddr){.sa_family = AF_UNSPEC},
		sizeof(struct sockaddr));
	snprintf(nameserver, sizeof(nameserver), "%s:5353", sip_host(&sip, 53));
	sip.settings.nameserver = nameserver;
	reopen();
	legs[0].request_uri = "sip:omar@example.org";
	edge_send(sip.edge, &legs[0]);
	ck_assert_ptr_nonnull(sip_await(&sip, server, SIP_SOON));
	edge_drop(sip.edge, &legs[0]);
	close(server);
	nothing_more(0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker");
	TCase *tcase = tcase_create("worker");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, spreads);
	tcase_add_test(tcase, withdraws_before_the_first_octet);
	tcase_add_test(tcase, keeps_questions_on_the_loop);
	tcase_add_test(tcase, drops_before_it_is_handed_over);
	tcase_add_test(tcase, drops_what_is_unheard);
	tcase_add_test(tcase, drops_on_the_way_back);
	tcase_add_test(tcase, drops_from_an_owner_that_is_told);
	tcase_add_test(tcase, drops_many_fast);
	tcase_add_test(tcase, ends_with_legs_out);
	tcase_add_test(tcase, answers_a_no_after_what_was_before);
	tcase_add_test(tcase, hears_only_responses);
	tcase_add_test(tcase, believes_no_forgery);
	tcase_add_test(tcase, knows_its_ports);
	tcase_add_test(tcase, goes_by_the_proxy);
	tcase_add_test(tcase, needs_no_socket);
	tcase_add_test(tcase, resolves);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
