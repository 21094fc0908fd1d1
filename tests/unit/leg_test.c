/* Legs: what goes out, to where, how often, and how it ends. */
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
static int n_ended;
static atomic_int is_permitted, n_asked; /* a worker asks */
static size_t n_workers;

static bool still_permitted(struct leg *which)
{
	ck_assert_ptr_eq(which, &leg);
	n_asked++;
	return is_permitted;
}

static void ended(struct leg *which)
{
	ck_assert_ptr_eq(which, &leg);
	n_ended++;
}

static void hop_add(enum protocol protocol, int last, int port)
{
	hops_add(&sip, protocol, last, port);
}

static void setup(void)
{
	sip_init(&sip);
	sip.settings.workers = n_workers;
	sip_open(&sip);
	phone = sip_peer(&sip, 9, 5060);
	/* Requests may come from any port. */
	connect(phone, &(struct sockaddr){.sa_family = AF_UNSPEC},
		sizeof(struct sockaddr));
	hops_reset();
	n_ended = 0;
	n_asked = 0;
	is_permitted = 1;
	template = (struct leg_template){
		.method = "MESSAGE",
		.from = "<sip:nora@example.com>",
		.from_tag = "t1",
		.max_forwards = 69,
		.headers = VIEW("Subject: mill\r\n"),
		.asserted = VIEW("P-Asserted-Identity: <sip:nora@a.b>\r\n"),
		.privacy = 0,
		.content = VIEW("Content-Type: text/plain\r\n"),
		.body = VIEW("hi")};
	leg = (struct leg){.template = &template,
			   .request_uri = "sip:omar@example.org;x=1",
			   .call_id = "c1",
			   .cseq = 5,
			   .max_breadth = 7,
			   .trigger = "sip:t-1@" SIP_DOMAIN
				      " ;target-uri=\"sip:l@x\"",
			   .still_permitted = still_permitted,
			   .ended = ended,
			   .any_thread = n_workers > 0};
}

static void setup_workers(void)
{
	n_workers = 2;
	setup();
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

/* To where the Via of the request says. */
static void say(const char *request, const char *bytes)
{
	union address to;
	char via[256];

	snprintf(via, sizeof(via), "%s", sip_header(request, "Via") + 12);
	via[strcspn(via, ";")] = '\0';
	ck_assert(!address_parse(view_of(via), 0, &to));
	sendto(phone, bytes, strlen(bytes), 0, &to.any, address_len(&to));
}

static void reply(const char *request, int status, const char *more)
{
	char bytes[2048];

	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 %d x\r\nVia: %s;received=1.2.3.4\r\nCSeq: %s\r\n"
		 "%sContent-Length: 0\r\n\r\n",
		 status, sip_header(request, "Via"),
		 sip_header(request, "CSeq"), more);
	say(request, bytes);
	sip_turn(&sip, 20);
}

static void ends_with(int status)
{
	for (int i = 0; i < 100 && !n_ended; i++)
		sip_turn(&sip, 5);
	ck_assert_int_eq(n_ended, 1);
	ck_assert_int_eq(leg.state, LEG_ENDED);
	ck_assert_int_eq(leg.status, status);
	ck_assert_ptr_null(leg.txn);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
}

START_TEST(test_bytes)
{
	char want[1024], head[256];
	const char *sent, *branch;

	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	ck_assert_int_eq(n_ended, 0);
	sent = await();
	ck_assert_ptr_nonnull(sent);
	branch = strstr(sent, "branch=");
	snprintf(head, sizeof(head),
		 "MESSAGE sip:omar@example.org;x=1 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKv",
		 sip.host);
	ck_assert_int_eq(strncmp(sent, head, strlen(head)), 0);
	snprintf(want, sizeof(want), "%s",
		 ";rport\r\nMax-Forwards: 69\r\nMax-Breadth: 7\r\n"
		 "From: <sip:nora@example.com>;tag=t1\r\n"
		 "To: <sip:omar@example.org;x=1>\r\nCall-ID: c1\r\n"
		 "CSeq: 5 MESSAGE\r\nSubject: mill\r\n"
		 "Trigger-Consent: sip:t-1@" SIP_DOMAIN
		 " ;target-uri=\"sip:l@x\"\r\n"
		 "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
	ck_assert_str_eq(strstr(branch, ";rport"), want);
	ck_assert(leg.was_sent);
	ck_assert_int_eq(leg.state, LEG_TRYING);
	/* A peer outside of the trust domain does not hear what was asserted.
	 */
	ck_assert_uint_eq(sip_count(&sip, COUNT_PAI_WITHHELD), 1);
	/* As unknown as a 1xx can be (RFC 3261 section 8.1.3.2). */
	reply(sent, 199, "");
	ck_assert_int_eq(leg.state, LEG_PROCEEDING);
	reply(sent, 200, "");
	ends_with(200);
	/* The same again finds nobody, and does no harm (timer K). */
	reply(sent, 200, "");
	ck_assert_int_eq(n_ended, 1);
}
END_TEST

START_TEST(test_asserted)
{
	int peer = sip_peer(&sip, 200, 5060);
	const char *sent;

	hop_add(PROTOCOL_UDP, 200, 5060);
	edge_send(sip.edge, &leg);
	sent = sip_await(&sip, peer, 300);
	ck_assert_str_eq(sip_header(sent, "P-Asserted-Identity"),
			 "<sip:nora@a.b>");
	edge_drop(sip.edge, &leg);
	edge_drop(sip.edge, &leg);
	sip_turn(&sip, 20);
	ck_assert_int_eq(n_ended, 0);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
	close(peer);
}
END_TEST

/* What a hop is told is decided for its address, and for the method. */
START_TEST(test_identity_by_hop)
{
	static const struct {
		enum trust_spec spec;
		enum trust_tell tell;
		unsigned privacy;
		const char *asserted, *preferred; /**< NULL: no such header */
	} cases[] = {
		{TRUST_RFC5876, TRUST_TELL_YES, PRIVACY_ID, "<sip:nora@a.b>",
		 NULL},
		{TRUST_RFC3325, TRUST_TELL_YES, PRIVACY_ID, NULL, NULL},
		{TRUST_RFC5876, TRUST_TELL_PREFERRED, 0, NULL,
		 "<sip:nora@a.b>"},
		{TRUST_RFC5876, TRUST_TELL_NO, 0, NULL, NULL},
	};
	int peer = sip_peer(&sip, 200, 5060);
	const char *sent, *is;

	sip.trust.spec = cases[_i].spec;
	sip.trust.tell = cases[_i].tell;
	template.privacy = cases[_i].privacy;
	hop_add(PROTOCOL_UDP, 200, 5060);
	edge_send(sip.edge, &leg);
	sent = sip_await(&sip, peer, 300);
	ck_assert_ptr_nonnull(sent);
	is = strstr(sent, "P-Asserted-Identity: ");
	ck_assert((is != NULL) == (cases[_i].asserted != NULL));
	is = strstr(sent, "P-Preferred-Identity: ");
	ck_assert((is != NULL) == (cases[_i].preferred != NULL));
	if (is)
		ck_assert_str_eq(sip_header(sent, "P-Preferred-Identity"),
				 cases[_i].preferred);
	ck_assert_uint_eq(sip_count(&sip, COUNT_PAI_WITHHELD),
			  !cases[_i].asserted && !cases[_i].preferred);
	edge_drop(sip.edge, &leg);
	close(peer);
}
END_TEST

START_TEST(test_final)
{
	static const int statuses[] = {302, 401, 407, 404, 480, 603};
	const char *sent;

	/* Nothing is followed, no password is offered: it is over. */
	hop_add(PROTOCOL_UDP, 9, 5060);
	hop_add(PROTOCOL_UDP, 10, 5060);
	edge_send(sip.edge, &leg);
	sent = await();
	reply(sent, statuses[_i], "Retry-After: 30\r\nContact: <sip:x@y>\r\n");
	ends_with(statuses[_i]);
	ck_assert_int_eq(leg.retry_after_s, 30);
}
END_TEST

START_TEST(test_strange_responses)
{
	char bytes[2048], *digit;
	const char *sent;

	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	sent = await();
	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 200 OK\r\nVia: %s\r\nCSeq: 6 MESSAGE\r\n\r\n",
		 sip_header(sent, "Via"));
	say(sent, bytes);
	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 200 OK\r\nVia: %s\r\nCSeq: 5 INVITE\r\n\r\n",
		 sip_header(sent, "Via"));
	say(sent, bytes);
	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 200 OK\r\nVia: %s\r\nCSeq: 5 MESSAGE\r\n\r\n",
		 sip_header(sent, "Via"));
	digit = strstr(bytes, ";rport") - 1;
	*digit = *digit == '0' ? '1' : '0';
	say(sent, bytes);
	sip_turn(&sip, 50);
	ck_assert_int_eq(n_ended, 0);
	reply(sent, 200, "");
	ends_with(200);
}
END_TEST

/* Somebody who has seen the request pass has its branch; but not its host. */
START_TEST(test_a_response_of_another_host)
{
	int hop = phone, other = sip_peer(&sip, 77, 5060);
	const char *sent;

	connect(other, &(struct sockaddr){.sa_family = AF_UNSPEC},
		sizeof(struct sockaddr));
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	sent = await();
	phone = other;
	reply(sent, 200, "");
	reply(sent, 603, "");
	phone = hop;
	sip_turn(&sip, 50);
	ck_assert_int_eq(n_ended, 0);
	reply(sent, 202, "");
	ends_with(202);
	close(other);
}
END_TEST

/* Whatever stands beside it: another sent-by, a body that did not come. */
START_TEST(test_a_response_counts_by_its_branch)
{
	static const char form_of[] =
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:7;branch=%.*s\r\n"
		"CSeq: 5 MESSAGE\r\nContent-Length: 9\r\n\r\n%s";
	char bytes[1024];
	const char *sent, *branch;

	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	sent = await();
	branch = strstr(sent, "branch=") + 7;
	snprintf(bytes, sizeof(bytes), form_of, (int)strcspn(branch, ";\r"),
		 branch, _i ? "too" : "");
	say(sent, bytes);
	ends_with(200);
}
END_TEST

START_TEST(test_retransmit)
{
	const char *first, *again;
	int64_t start;

	/* Timer E: 500 ms, the same bytes; after a 1xx every 4 s only. */
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	first = await();
	start = monotonic_now_ms();
	again = sip_await(&sip, phone, 2000);
	ck_assert_int_ge(monotonic_now_ms() - start, 400);
	ck_assert_str_eq(again, first);
	ck_assert_int_eq(n_asked, 2);
	ck_assert_uint_eq(sip_count(&sip, COUNT_RETRANSMISSIONS), 1);
	reply(first, 100, "");
	ck_assert_ptr_null(sip_await(&sip, phone, 1500));
	reply(first, 200, "");
	ends_with(200);
}
END_TEST

static bool never(struct leg *which)
{
	ck_assert_ptr_eq(which, &leg);
	return false;
}

/* No copy leaves that its owner has no room for; a response still counts. */
START_TEST(test_no_repeat)
{
	const char *first;

	hop_add(PROTOCOL_UDP, 9, 5060);
	leg.may_repeat = never;
	edge_send(sip.edge, &leg);
	first = await();
	ck_assert_uint_eq(leg.bytes_out, strlen(first));
	ck_assert_ptr_null(sip_await(&sip, phone, 1200));
	ck_assert_uint_eq(sip_count(&sip, COUNT_RETRANSMISSIONS), 0);
	reply(first, 200, "");
	ends_with(200);
	ck_assert_uint_eq(leg.bytes_out, strlen(first));
}
END_TEST

static bool not_to_nine(struct leg *which, const uint8_t address[16])
{
	ck_assert_ptr_eq(which, &leg);
	ck_assert_int_eq(address[12], 127);
	return address[15] != 9;
}

/* Nothing leaves for a hop that its owner says no to. */
START_TEST(test_owner_chooses_hops)
{
	int second = sip_peer(&sip, 10, 5060);
	const char *sent;

	hop_add(PROTOCOL_UDP, 9, 5060);
	hop_add(PROTOCOL_UDP, 10, 5060);
	leg.may_reach = not_to_nine;
	edge_send(sip.edge, &leg);
	sent = sip_await(&sip, second, 300);
	ck_assert_ptr_nonnull(sent);
	ck_assert_ptr_null(sip_await(&sip, phone, 100));
	edge_drop(sip.edge, &leg);
	close(second);
}
END_TEST

START_TEST(test_owner_says_no_to_all_hops)
{
	hop_add(PROTOCOL_UDP, 9, 5060);
	leg.may_reach = not_to_nine;
	edge_send(sip.edge, &leg);
	ends_with(503);
	ck_assert(!leg.was_sent);
	ck_assert_uint_eq(leg.bytes_out, 0);
	ck_assert_ptr_null(sip_await(&sip, phone, 100));
}
END_TEST

/* A pause of timer E; a busy machine makes it longer, never shorter. */
static void comes_again_after(int least_ms)
{
	int64_t start = monotonic_now_ms();

	ck_assert_ptr_nonnull(sip_await(&sip, phone, SIP_SOON));
	ck_assert_int_ge(monotonic_now_ms() - start, least_ms);
}

START_TEST(test_pauses_double)
{
	char first[2048];

	/* RFC 3261 section 17.1.2.2: T1, twice T1; after a 1xx T2. */
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	snprintf(first, sizeof(first), "%s", await());
	comes_again_after(400);
	comes_again_after(900);
	reply(first, 100, "");
	comes_again_after(1500);
	comes_again_after(3800);
	reply(first, 200, "");
	ends_with(200);
}
END_TEST

START_TEST(test_withdrawn)
{
	/* Asked when everything is ready, and before the first octet. */
	hop_add(PROTOCOL_UDP, 9, 5060);
	hops_script.err = ERR_BUSY;
	edge_send(sip.edge, &leg);
	ck_assert_int_eq(n_asked, 0);
	is_permitted = 0;
	hops_script.waiting->done(hops_script.waiting, ERR_OK);
	ck_assert_int_eq(n_asked, 1);
	ends_with(LEG_STATUS_WITHDRAWN);
	ck_assert(!leg.was_sent);
	ck_assert_ptr_null(await());
}
END_TEST

START_TEST(test_withdrawn_unheard)
{
	/* Sent, not heard, and then a no: it is not sent again. */
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	ck_assert_ptr_nonnull(await());
	is_permitted = 0;
	ck_assert_ptr_null(sip_await(&sip, phone, 1000));
	ends_with(LEG_STATUS_WITHDRAWN);
	ck_assert(leg.was_sent);
	ck_assert_uint_eq(sip_count(&sip, COUNT_RETRANSMISSIONS), 0);
}
END_TEST

struct lost_case {
	enum err err;
	int status;
};

static const struct lost_case lost_cases[] = {
	{ERR_UNREACHABLE, 503},
	{ERR_TIMEOUT, 503},
	{ERR_HOSTILE, 403},
	{ERR_UNSUPPORTED, 416},
};

START_TEST(test_lost)
{
	hops_script.err = lost_cases[_i].err;
	edge_send(sip.edge, &leg);
	ck_assert_int_eq(n_ended, 0);
	ends_with(lost_cases[_i].status);
	ck_assert(!leg.was_sent);
}
END_TEST

START_TEST(test_forgotten)
{
	hops_script.err = ERR_BUSY;
	edge_send(sip.edge, &leg);
	edge_drop(sip.edge, &leg);
	ck_assert_ptr_null(hops_script.waiting);
	ck_assert_int_eq(n_ended, 0);
}
END_TEST

START_TEST(test_next_hop)
{
	int second = sip_peer(&sip, 10, 5060);
	char first_via[256];
	const char *sent;

	/* RFC 3263 section 4.3: nobody at the first, 503 at the second. */
	hop_add(PROTOCOL_TCP, 11, 5060);
	hop_add(PROTOCOL_UDP, 9, 5060);
	hop_add(PROTOCOL_UDP, 10, 5060);
	edge_send(sip.edge, &leg);
	sent = await();
	snprintf(first_via, sizeof(first_via), "%s", sip_header(sent, "Via"));
	reply(sent, 503, "");
	sent = sip_await(&sip, second, 300);
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_ne(sip_header(sent, "Via"), first_via);
	ck_assert_str_eq(sip_header(sent, "CSeq"), "5 MESSAGE");
	ck_assert_int_eq(n_ended, 0);
	send(second, "x", 1, 0);
	edge_drop(sip.edge, &leg);
	close(second);
}
END_TEST

/* What an ICMP error would quote of it. */
static void undelivered(int last, const char *bytes, size_t len)
{
	union address to;

	ck_assert(!address_parse(view_of(sip_host(&sip, last)), 5060, &to));
	sender_undelivered(&sip.sip->sender, &to, (struct view){bytes, len});
}

START_TEST(test_undelivered)
{
	char sent[2048], *branch;
	int other = sip_peer(&sip, 10, 5060);

	hop_add(PROTOCOL_UDP, 9, 5060);
	hop_add(PROTOCOL_UDP, 10, 5060);
	edge_send(sip.edge, &leg);
	snprintf(sent, sizeof(sent), "%s", await());
	branch = strstr(sent, ";branch=");
	ck_assert_ptr_nonnull(branch);

	/* From elsewhere, cut off before the branch ends, or with a guess. */
	undelivered(10, sent, strlen(sent));
	undelivered(9, sent, 0);
	undelivered(9, sent, (size_t)(branch - sent) + 20);
	branch[30] ^= 1;
	undelivered(9, sent, strlen(sent));
	branch[30] ^= 1;
	ck_assert_ptr_null(sip_await(&sip, other, 30));

	undelivered(9, sent, 300);
	ck_assert_ptr_nonnull(sip_await(&sip, other, 300));
	/* The first one is not there any more: its branch says nothing. */
	undelivered(10, sent, strlen(sent));
	ck_assert_int_eq(n_ended, 0);
	edge_drop(sip.edge, &leg);

	/* And the next message goes the other way first. */
	edge_send(sip.edge, &leg);
	ck_assert_ptr_nonnull(sip_await(&sip, other, 300));
	ck_assert_ptr_null(sip_await(&sip, phone, 30));
	edge_drop(sip.edge, &leg);
	close(other);
}
END_TEST

START_TEST(test_undelivered_after_a_word)
{
	char sent[2048];

	/* Who has said "100 Trying" has it. */
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	snprintf(sent, sizeof(sent), "%s", await());
	reply(sent, 100, "");
	sip_turn(&sip, 20);
	undelivered(9, sent, strlen(sent));
	sip_turn(&sip, 20);
	ck_assert_int_eq(n_ended, 0);
	reply(sent, 200, "");
	ends_with(200);
}
END_TEST

START_TEST(test_own_address)
{
	hop_add(PROTOCOL_UDP, 1, 5060);
	edge_send(sip.edge, &leg);
	ends_with(482);
	ck_assert(!leg.was_sent);
}
END_TEST

struct unclean_case {
	const char *sentence;
	size_t offset; /* of a string in the leg, or the template */
	int in_template;
	const char *value;
};

static const struct unclean_case unclean_cases[] = {
	/* clang-format off */
	{"CRLF in the URI", offsetof(struct leg, request_uri), 0, "sip:a@b\r\nX: y"},
	{"a blank in the URI", offsetof(struct leg, request_uri), 0, "sip:a b"},
	{"a bracket in the URI", offsetof(struct leg, request_uri), 0, "sip:a@b>"},
	{"LF in Call-ID", offsetof(struct leg, call_id), 0, "a\nb"},
	{"CR in Trigger-Consent", offsetof(struct leg, trigger), 0, "a\rb"},
	{"CRLF in From", offsetof(struct leg_template, from), 1, "<sip:a@b>\r\nX: y"},
	{"CRLF in the tag", offsetof(struct leg_template, from_tag), 1, "a\r\nX: y"},
	{"a blank in the method", offsetof(struct leg_template, method), 1, "A B"},
	{"an empty line", offsetof(struct leg_template, headers), 2, "A: b\r\n\r\n"},
	{"LF in a line", offsetof(struct leg_template, headers), 2, "A: b\nC: d\r\n"},
	{"a line without end", offsetof(struct leg_template, content), 2, "A: b"},
	{"CR alone", offsetof(struct leg_template, asserted), 2, "A: b\rX\r\n"},
	/* clang-format on */
};

START_TEST(test_unclean)
{
	const struct unclean_case *c = &unclean_cases[_i];
	char *at = c->in_template ? (char *)&template : (char *)&leg;

	if (c->in_template == 2)
		*(struct view *)(void *)(at + c->offset) = view_of(c->value);
	else
		*(const char **)(void *)(at + c->offset) = c->value;
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	ends_with(400);
	ck_assert_ptr_null(sip_await(&sip, phone, 30));
}
END_TEST

static char large[2000];

static void make_large(void)
{
	memset(large, 'x', sizeof(large));
	template.body = (struct view){large, sizeof(large)};
	template.small_content = VIEW("Content-Type: text/plain\r\n");
	template.small_body = VIEW("small");
}

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

static int accept_tcp(int listener)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};

	for (int i = 0; i < 100 && poll(&ready, 1, 0) <= 0; i++)
		sip_turn(&sip, 5);
	return accept(listener, NULL, NULL);
}

START_TEST(test_large_goes_by_tcp)
{
	int listener = listen_tcp(9);
	char bytes[1024];
	const char *sent;
	int fd;

	/* RFC 3261 section 18.1.1: over 1300 bytes, though the hop says UDP. */
	make_large();
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	fd = accept_tcp(listener);
	sent = sip_await(&sip, fd, 300);
	ck_assert_ptr_nonnull(strstr(sent, "Via: SIP/2.0/TCP "));
	ck_assert_str_eq(sip_header(sent, "Content-Length"), "2000");
	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 200 OK\r\nVia: %s\r\nCSeq: 5 MESSAGE\r\n"
		 "Content-Length: 0\r\n\r\n",
		 sip_header(sent, "Via"));
	/* A stream repeats by itself: no timer E (section 17.1.2.2). */
	ck_assert_ptr_null(sip_await(&sip, fd, 700));
	send(fd, bytes, strlen(bytes), 0);
	ends_with(200);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(test_large_without_tcp)
{
	const char *sent;

	/* Nobody takes TCP there: what fits goes by UDP. */
	make_large();
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	sent = await();
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(sip_header(sent, "Content-Length"), "5");
	reply(sent, 200, "");
	ends_with(200);
	ck_assert_int_eq(leg.variant, BODY_SMALL);
	ck_assert(!leg.is_large);
}
END_TEST

START_TEST(test_no_smaller_variant)
{
	const char *sent;

	make_large();
	template.small_body = VIEW_NONE;
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	sent = await();
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(sip_header(sent, "Content-Length"), "2000");
	reply(sent, 200, "");
	ends_with(200);
	ck_assert(leg.is_large);
}
END_TEST

START_TEST(test_history_refused)
{
	const char *sent;

	/* A 415 to the list: once more without it, as a new transaction. */
	template.small_content = VIEW("Content-Type: text/plain\r\n");
	template.small_body = VIEW("small");
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	reply(await(), 415, "");
	sent = await();
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(sip_header(sent, "CSeq"), "6 MESSAGE");
	ck_assert_str_eq(sip_header(sent, "Content-Length"), "5");
	reply(sent, 415, "");
	ends_with(415);
	ck_assert_int_eq(n_asked, 2);
}
END_TEST

START_TEST(test_text_alone)
{
	const char *sent;

	/* Who knows neither the list nor CPIM gets the text. */
	template.small_content = VIEW("Content-Type: message/cpim\r\n");
	template.small_body = VIEW("cpim");
	template.text_content = VIEW("Content-Type: text/plain\r\n");
	template.text_body = VIEW("the text");
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	reply(await(), 415, "");
	reply(await(), 415, "");
	sent = await();
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(sip_header(sent, "CSeq"), "7 MESSAGE");
	ck_assert_str_eq(sip_header(sent, "Content-Length"), "8");
	reply(sent, 200, "");
	ends_with(200);
	ck_assert_uint_eq(leg.cseq, 7);
	ck_assert_int_eq(leg.variant, BODY_TEXT);
	ck_assert(!leg.is_large);
}
END_TEST

START_TEST(test_sips_is_not_sent_in_clear)
{
	/* As an outbound proxy would have it: the hop is known. */
	leg.request_uri = "SIPS:omar@example.org";
	hop_add(PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
	ends_with(416);
	ck_assert(!leg.was_sent);
	ck_assert_ptr_null(sip_await(&sip, phone, 30));
}
END_TEST

START_TEST(test_connection_lost)
{
	int listener = listen_tcp(11), fd;

	hop_add(PROTOCOL_TCP, 11, 5060);
	edge_send(sip.edge, &leg);
	fd = accept_tcp(listener);
	ck_assert_ptr_nonnull(sip_await(&sip, fd, 300));
	close(fd);
	close(listener);
	ends_with(503);
}
END_TEST

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))

/* The same by workers; what they cannot carry comes back to the loop. */
static TCase *worker_cases(void)
{
	TCase *tcase = tcase_create("workers");

	tcase_add_checked_fixture(tcase, setup_workers, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, test_final, 0, 6);
	tcase_add_test(tcase, test_strange_responses);
	tcase_add_test(tcase, test_a_response_of_another_host);
	tcase_add_test(tcase, test_retransmit);
	tcase_add_test(tcase, test_no_repeat);
	tcase_add_test(tcase, test_owner_chooses_hops);
	tcase_add_test(tcase, test_owner_says_no_to_all_hops);
	tcase_add_test(tcase, test_withdrawn_unheard);
	tcase_add_loop_test(tcase, test_lost, 0, N(lost_cases));
	tcase_add_test(tcase, test_next_hop);
	tcase_add_test(tcase, test_undelivered);
	tcase_add_test(tcase, test_undelivered_after_a_word);
	tcase_add_test(tcase, test_own_address);
	tcase_add_loop_test(tcase, test_unclean, 0, N(unclean_cases));
	tcase_add_test(tcase, test_large_goes_by_tcp);
	tcase_add_test(tcase, test_large_without_tcp);
	tcase_add_test(tcase, test_no_smaller_variant);
	tcase_add_test(tcase, test_history_refused);
	tcase_add_test(tcase, test_text_alone);
	tcase_add_test(tcase, test_sips_is_not_sent_in_clear);
	tcase_add_test(tcase, test_connection_lost);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("leg");
	TCase *tcase = tcase_create("leg");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, test_bytes);
	tcase_add_test(tcase, test_asserted);
	tcase_add_loop_test(tcase, test_identity_by_hop, 0, 4);
	tcase_add_loop_test(tcase, test_final, 0, 6);
	tcase_add_test(tcase, test_strange_responses);
	tcase_add_test(tcase, test_a_response_of_another_host);
	tcase_add_test(tcase, test_retransmit);
	tcase_add_test(tcase, test_pauses_double);
	tcase_add_loop_test(tcase, test_a_response_counts_by_its_branch, 0, 2);
	tcase_add_test(tcase, test_withdrawn);
	tcase_add_test(tcase, test_withdrawn_unheard);
	tcase_add_loop_test(tcase, test_lost, 0, N(lost_cases));
	tcase_add_test(tcase, test_forgotten);
	tcase_add_test(tcase, test_next_hop);
	tcase_add_test(tcase, test_own_address);
	tcase_add_loop_test(tcase, test_unclean, 0, N(unclean_cases));
	tcase_add_test(tcase, test_large_goes_by_tcp);
	tcase_add_test(tcase, test_large_without_tcp);
	tcase_add_test(tcase, test_no_smaller_variant);
	tcase_add_test(tcase, test_history_refused);
	tcase_add_test(tcase, test_text_alone);
	tcase_add_test(tcase, test_sips_is_not_sent_in_clear);
	tcase_add_test(tcase, test_connection_lost);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, worker_cases());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
