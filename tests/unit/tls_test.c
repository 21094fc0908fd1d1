/* TLS: who is believed to be whom, what is sent when, and what it costs. */
#include "tests/unit/tls_help.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/arena.h"

/* Under a sanitizer what is freed stays for a while. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define TLS 2 /* the listener */

static struct pki *pki;
/** Two relays: `them` has the listener, `us` connects. */
static struct net us, them;
static struct tls_settings our_settings, their_settings;
static struct tls *ours, *theirs;
static struct text hello;

static void set_up(void)
{
	pki = pki_new();
	net_init(&us);
	net_init(&them);
	our_settings = (struct tls_settings){.clients = TLS_CLIENTS_REQUESTED};
	their_settings = our_settings;
	message_make(&hello, "hello");
}

static void open_both(const struct certificate_files *our_files,
		      const struct certificate_files *their_files)
{
	union address any = net_address("127.0.0.1", 0);

	ours = tls_make(pki, our_files, &our_settings);
	theirs = tls_make(pki, their_files, &their_settings);
	us.settings.tls = ours;
	them.settings.tls = theirs;
	net_open(&us);
	net_open(&them);
	ck_assert_int_eq(transport_listen(them.transport, PROTOCOL_TLS, &any),
			 ERR_OK);
	ck_assert_int_eq(transport_listen(us.transport, PROTOCOL_TLS, &any),
			 ERR_OK);
}

static void tear_down(void)
{
	net_close(&us);
	net_close(&them);
	net_tls_free(ours);
	net_tls_free(theirs);
	ours = theirs = NULL;
	pki_free(pki);
	text_release(&hello);
}

static struct certificate_files issue(const char *name,
				      const char *alternatives)
{
	return pki_issue(
		pki, name,
		&(struct certificate_plan){.alternatives = alternatives});
}

/* A connection from us to them. */
static void connect_as(const char *server_name, struct tls_waiting *ret)
{
	tls_connect_begin(&us, &them, TLS, server_name, ret);
	both_until(&us, &them, ret->n_ready == 1);
}

static void say(struct net *from, const struct flow *flow)
{
	ck_assert_int_eq(
		transport_send(from->transport, flow, text_view(&hello)),
		ERR_OK);
}

static void open_usual(void)
{
	static struct certificate_files a,
		b; /* for as long as they are read again */

	a = issue("a", "URI:sip:a.example");
	b = issue("b", "URI:sip:b.example,URI:sip:c.example");
	open_both(&a, &b);
}

START_TEST(both_sides_carry_both_ways_and_know_each_other)
{
	struct tls_waiting waiting;

	open_usual();
	connect_as("B.Example", &waiting);
	ck_assert_int_eq(waiting.err, ERR_OK);
	say(&us, &waiting.wait.flow);
	both_until(&us, &them, them.n_received == 1);
	ck_assert_str_eq(them.received[0].at, hello.at);
	ck_assert_int_eq(them.from.peer.protocol, PROTOCOL_TLS);
	ck_assert_str_eq(them.from.peer.names[0], "a.example");
	ck_assert_ptr_null(them.from.peer.names[1]);
	say(&them, &them.from);
	both_until(&us, &them, us.n_received == 1);
	ck_assert_uint_eq(us.from.connection, waiting.wait.flow.connection);
	ck_assert_str_eq(us.from.peer.names[0], "b.example");
	ck_assert_str_eq(us.from.peer.names[1], "c.example");
	ck_assert_int_eq(net_gauge(&us, GAUGE_CONNECTIONS_TLS), 1);
	ck_assert_uint_eq(net_count(&us, COUNT_TLS_DONE), 1);
	ck_assert_uint_eq(net_count(&them, COUNT_TLS_DONE), 1);
	transport_close_connection(us.transport, us.from.connection);
	both_until(&us, &them, them.n_closed == 1 && us.n_closed == 1);
}
END_TEST

START_TEST(a_large_message_is_octet_exact)
{
	enum { SIZE = 60000 };
	struct tls_waiting waiting;
	char *body = mem_alloc(SIZE + 1);
	struct text large;

	memset(body, 'x', SIZE);
	message_make(&large, body);
	for (size_t i = 0; i < SIZE; i++)
		large.at[large.len - SIZE + i] = (char)(i * 7919 >> 3);
	open_usual();
	connect_as("b.example", &waiting);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(transport_send(us.transport,
						&waiting.wait.flow,
						text_view(&large)),
				 ERR_OK);
	both_until(&us, &them, them.n_received == 20);
	for (int i = 0; i < 20; i++)
		ck_assert(view_equal(text_view(&them.received[i]),
				     text_view(&large)));
	text_release(&large);
	free(body);
}
END_TEST

/* RFC 5922 section 7.1 and 7.2: the server is expected to be b.example. */
static const struct {
	const char *sentence;
	struct certificate_plan plan;
	enum err err;
} servers[] = {
	/* clang-format off */
	{"a sip URI", {"URI:sip:b.example", NULL, NULL, 0, 0, 0}, ERR_OK},
	{"case does not count", {"URI:SIP:B.EXAMPLE", NULL, NULL, 0, 0, 0}, ERR_OK},
	{"a DNS name", {"DNS:B.example", NULL, NULL, 0, 0, 0}, ERR_OK},
	{"a name behind a sip URI of a user",
	 {"URI:sip:nora@x.example,DNS:b.example", NULL, NULL, 0, 0, 0}, ERR_OK},
	{"the common name, where there is nothing else",
	 {NULL, "b.example", NULL, 0, 0, 0}, ERR_OK},
	{"for servers", {"DNS:b.example", NULL, "serverAuth", 0, 0, 0}, ERR_OK},
	{"for SIP (RFC 5924)",
	 {"DNS:b.example", NULL, "1.3.6.1.5.5.7.3.20", 0, 0, 0}, ERR_OK},
	{"for any use", {"DNS:b.example", NULL, "anyExtendedKeyUsage", 0, 0, 0}, ERR_OK},
	{"for clients only", {"DNS:b.example", NULL, "clientAuth", 0, 0, 0}, ERR_UNVERIFIED},
	{"for code", {"DNS:b.example", NULL, "codeSigning", 0, 0, 0}, ERR_UNVERIFIED},
	{"another name", {"URI:sip:c.example", NULL, NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"a name below it", {"URI:sip:a.b.example", NULL, NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"a wildcard", {"DNS:*.example", NULL, NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"a wildcard as common name", {NULL, "*.example", NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"a user's URI", {"URI:sip:b@b.example", NULL, NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"a sips URI", {"URI:sips:b.example", NULL, NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"an https URI", {"URI:https://b.example", NULL, NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"a DNS name beside a sip URI of others",
	 {"DNS:b.example,URI:sip:c.example", NULL, NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"the common name beside another name",
	 {"DNS:c.example", "b.example", NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"the common name beside an e-mail address",
	 {"email:b@c.example", "b.example", NULL, 0, 0, 0}, ERR_UNVERIFIED},
	{"it has ended", {"DNS:b.example", NULL, NULL, 0, -5, -1}, ERR_UNVERIFIED},
	{"it has not begun", {"DNS:b.example", NULL, NULL, 0, 2, 5}, ERR_UNVERIFIED},
	{"signed by itself", {"DNS:b.example", NULL, NULL, ISSUER_ITSELF, 0, 0}, ERR_UNVERIFIED},
	{"by an unknown authority",
	 {"DNS:b.example", NULL, NULL, ISSUER_STRANGER, 0, 0}, ERR_UNVERIFIED},
	/* clang-format on */
};

START_TEST(a_server_is_who_its_certificate_proves)
{
	struct certificate_files a = issue("a", "URI:sip:a.example");
	struct certificate_files b = pki_issue(pki, "b", &servers[_i].plan);
	struct tls_waiting waiting;

	open_both(&a, &b);
	connect_as("b.example", &waiting);
	ck_assert_msg(waiting.err == servers[_i].err, "%s: %s",
		      servers[_i].sentence, err_text(waiting.err));
	if (!waiting.err)
		return;
	both_until(&us, &them, net_gauge(&them, GAUGE_CONNECTIONS_TLS) == 0);
	ck_assert_uint_eq(them.n_received, 0);
	ck_assert_uint_eq(them.n_cut, 0);
	ck_assert_uint_eq(net_count(&us, COUNT_TLS_UNVERIFIED), 1);
	ck_assert_uint_eq(net_count(&them, COUNT_TLS_DONE), 0);
}
END_TEST

/* What a client has proved, by what is asked of it. */
static const struct {
	const char *sentence;
	enum tls_clients clients;
	struct certificate_plan plan;
	const char *name; /* NULL: none */
	bool is_served;
} clients[] = {
	/* clang-format off */
	{"a good one", TLS_CLIENTS_REQUESTED,
	 {"URI:sip:a.example", NULL, NULL, 0, 0, 0}, "a.example", true},
	{"for servers only", TLS_CLIENTS_REQUESTED,
	 {"URI:sip:a.example", NULL, "serverAuth", 0, 0, 0}, NULL, true},
	{"one that has ended", TLS_CLIENTS_REQUESTED,
	 {"URI:sip:a.example", NULL, NULL, 0, -5, -1}, NULL, true},
	{"one of an unknown authority", TLS_CLIENTS_REQUESTED,
	 {"URI:sip:a.example", NULL, NULL, ISSUER_STRANGER, 0, 0}, NULL, true},
	{"a wildcard", TLS_CLIENTS_REQUESTED,
	 {"DNS:*.example", NULL, NULL, 0, 0, 0}, NULL, true},
	{"nobody is asked", TLS_CLIENTS_IGNORED,
	 {"URI:sip:a.example", NULL, NULL, 0, 0, 0}, NULL, true},
	{"a good one is required", TLS_CLIENTS_REQUIRED,
	 {"URI:sip:a.example", NULL, NULL, 0, 0, 0}, "a.example", true},
	{"and this is none", TLS_CLIENTS_REQUIRED,
	 {"URI:sip:a.example", NULL, NULL, ISSUER_ITSELF, 0, 0}, NULL, false},
	/* clang-format on */
};

START_TEST(a_client_is_who_its_certificate_proves)
{
	struct certificate_files a = pki_issue(pki, "a", &clients[_i].plan);
	struct certificate_files b = issue("b", "URI:sip:b.example");
	struct tls_waiting waiting;

	their_settings.clients = clients[_i].clients;
	open_both(&a, &b);
	connect_as("b.example", &waiting);
	if (!clients[_i].is_served) {
		/* With TLS 1.3 the client is done before it is refused. */
		both_until(&us, &them, net_count(&them, COUNT_TLS_FAILED) == 1);
		ck_assert_uint_eq(net_count(&them, COUNT_TLS_DONE), 0);
		return;
	}
	ck_assert_int_eq(waiting.err, ERR_OK);
	say(&us, &waiting.wait.flow);
	both_until(&us, &them, them.n_received == 1);
	if (clients[_i].name)
		ck_assert_str_eq(them.from.peer.names[0], clients[_i].name);
	else
		ck_assert_msg(!them.from.peer.names, "%s",
			      clients[_i].sentence);
}
END_TEST

START_TEST(without_settings_or_a_name_there_is_no_tls)
{
	union address any = net_address("127.0.0.1", 0);
	struct tls_waiting waiting;

	open_usual();
	tls_connect_begin(&us, &them, TLS, NULL, &waiting);
	both_until(&us, &them, waiting.n_ready == 1);
	ck_assert_int_eq(waiting.err, ERR_UNSUPPORTED);
	net_close(&us);
	net_init(&us);
	net_open(&us);
	ck_assert_int_eq(transport_listen(us.transport, PROTOCOL_TLS, &any),
			 ERR_UNSUPPORTED);
	connect_as("b.example", &waiting);
	ck_assert_int_eq(waiting.err, ERR_UNSUPPORTED);
}
END_TEST

START_TEST(a_connection_is_for_the_name_it_was_opened_for)
{
	struct tls_waiting first, same, other, wrong;

	open_usual();
	tls_connect_begin(&us, &them, TLS, "b.example", &first);
	tls_connect_begin(&us, &them, TLS, "B.EXAMPLE", &same);
	both_until(&us, &them, first.n_ready + same.n_ready == 2);
	ck_assert_uint_eq(first.wait.flow.connection,
			  same.wait.flow.connection);
	connect_as("c.example", &other);
	ck_assert_int_eq(other.err, ERR_OK);
	ck_assert_uint_ne(first.wait.flow.connection,
			  other.wait.flow.connection);
	connect_as("d.example", &wrong);
	ck_assert_int_eq(wrong.err, ERR_UNVERIFIED);
	ck_assert_int_eq(net_gauge(&us, GAUGE_CONNECTIONS_TLS), 2);
}
END_TEST

/* RFC 5280 section 7.2: a name in another script is compared as its A-labels.
 */
START_TEST(a_name_in_another_script_is_its_ascii_form)
{
	struct certificate_files a = issue("a", "DNS:a.example");
	struct certificate_files b =
		issue("b", "URI:sip:xn--bcher-kva.example");
	struct tls_waiting right, wrong;

	open_both(&a, &b);
	connect_as("XN--BCHER-KVA.example", &right);
	ck_assert_int_eq(right.err, ERR_OK);
	connect_as("b\xc3\xbc"
		   "cher.example",
		   &wrong);
	ck_assert_int_eq(wrong.err, ERR_UNVERIFIED);
}
END_TEST

/* RFC 5923 section 8.2. */
START_TEST(an_accepted_connection_is_used_for_a_name_that_it_proved)
{
	struct tls_waiting waiting, back, wrong;
	int port;

	open_usual();
	connect_as("b.example", &waiting);
	say(&us, &waiting.wait.flow);
	both_until(&us, &them, them.n_received == 1);
	port = address_port(transport_address(us.transport, TLS, NULL));
	/* Not before it asked for it. */
	tls_connect_begin(&them, &us, TLS, "a.example", &back);
	both_until(&us, &them, back.n_ready == 1);
	ck_assert_int_eq(back.err, ERR_OK);
	ck_assert_uint_ne(back.wait.flow.connection, them.from.connection);
	transport_close_connection(them.transport, back.wait.flow.connection);
	transport_alias(them.transport, them.from.connection, port);
	tls_connect_begin(&them, &us, TLS, "a.example", &back);
	both_until(&us, &them, back.n_ready == 1);
	ck_assert_uint_eq(back.wait.flow.connection, them.from.connection);
	/* Nor for another name. */
	tls_connect_begin(&them, &us, TLS, "z.example", &wrong);
	both_until(&us, &them, wrong.n_ready == 1);
	ck_assert_int_eq(wrong.err, ERR_UNVERIFIED);
}
END_TEST

START_TEST(nobody_gets_an_alias_without_a_name)
{
	struct certificate_files a = pki_issue(
		pki, "a",
		&(struct certificate_plan){.alternatives = "URI:sip:a.example",
					   .issuer = ISSUER_STRANGER});
	struct certificate_files b = issue("b", "URI:sip:b.example");
	struct tls_waiting waiting, back;
	int port;

	open_both(&a, &b);
	connect_as("b.example", &waiting);
	say(&us, &waiting.wait.flow);
	both_until(&us, &them, them.n_received == 1);
	port = address_port(transport_address(us.transport, TLS, NULL));
	transport_alias(them.transport, them.from.connection, port);
	tls_connect_begin(&them, &us, TLS, "a.example", &back);
	both_until(&us, &them, back.n_ready == 1);
	ck_assert_int_eq(back.err, ERR_UNVERIFIED);
}
END_TEST

/* ---- what strangers can do ------------------------------------------------
 */

START_TEST(who_says_nothing_is_hung_up_on_in_time)
{
	int silent, slow;

	their_settings.handshake_s = 1;
	open_usual();
	silent = net_peer(&them, TLS, "127.0.0.1");
	slow = net_peer(&them, TLS, "127.0.0.1");
	peer_send(slow, "\x16", 1);
	peer_expect_end(&them, silent, 5000);
	peer_expect_end(&them, slow, 5000);
	ck_assert_uint_eq(net_count(&them, COUNT_TLS_TIMED_OUT), 2);
	ck_assert_uint_eq(them.n_closed, 0); /* nobody knew of them */
	close(silent);
	close(slow);
}
END_TEST

static const struct {
	const char *sentence, *bytes;
	size_t len;
} junk[] = {
	/* clang-format off */
	{"SIP in the clear", "OPTIONS sip:b SIP/2.0\r\n", 23},
	{"no ClientHello", "\x16\x03\x01\x00\x20\x02\x00\x00\x10", 9},
	{"one of 64 KiB", "\x16\x03\x01\x40\x00\x01\x00\xff\xff", 9},
	{"another record", "\x17\x03\x01\x00\x20\x01\x00\x00\x10", 9},
	{"SSL 2", "\x80\x2e\x01\x03\x01\x00\x15\x00\x00", 9},
	{"a head in pieces", "\x16\x03\x01\x00\x01\x01\x16\x03\x01", 9},
	/* clang-format on */
};

START_TEST(what_is_no_client_hello_is_hung_up_on)
{
	int peer;

	open_usual();
	peer = net_peer(&them, TLS, "127.0.0.1");
	peer_send(peer, junk[_i].bytes, junk[_i].len);
	peer_expect_end(&them, peer, 5000);
	ck_assert_uint_eq(net_count(&them, COUNT_TLS_FAILED), 1);
	close(peer);
}
END_TEST

START_TEST(half_open_ones_are_bounded)
{
	struct tls_waiting waiting;
	int peers[40];

	their_settings.half_open_max = 32; /* 4 of one source */
	open_usual();
	for (int i = 0; i < 10; i++)
		peers[i] = net_peer(&them, TLS, "127.0.0.1");
	net_until(&them, net_count(&them, COUNT_RATE_LIMITED), 6, 5000);
	ck_assert_int_eq(net_gauge(&them, GAUGE_CONNECTIONS_TLS), 4);
	for (int i = 10; i < 40; i++) {
		char host[32];

		snprintf(host, sizeof(host), "127.0.%d.%d", i, i % 9 + 1);
		peers[i] = net_peer(&them, TLS, host);
		loop_step(them.loop, 5);
	}
	net_until(&them, net_count(&them, COUNT_OVERLOAD), 2, 5000);
	ck_assert_int_eq(net_gauge(&them, GAUGE_CONNECTIONS_TLS), 32);
	/* Two of the source with most went: there is room for us. */
	connect_as("b.example", &waiting);
	ck_assert_int_eq(waiting.err, ERR_OK);
	for (int i = 0; i < 40; i++)
		close(peers[i]);
	both_until(&us, &them, net_gauge(&them, GAUGE_CONNECTIONS_TLS) == 1);
}
END_TEST

/* All places are taken, most of them by a network that says nothing. */
START_TEST(nobody_goes_for_one_that_is_refused)
{
	int quiet[5], half[4], late;

	their_settings.half_open_max = 32; /* 4 of one source */
	them.settings.connections_max = 9;
	open_usual();
	for (int i = 0; i < 5; i++)
		quiet[i] = net_peer(&them, 1, "127.0.9.1");
	for (int i = 0; i < 4; i++)
		half[i] = net_peer(&them, TLS, "127.0.0.1");
	net_until(&them, net_gauge(&them, GAUGE_CONNECTIONS_TLS), 4, 5000);
	net_until(&them, net_gauge(&them, GAUGE_CONNECTIONS), 5, 5000);
	late = net_peer(&them, TLS, "127.0.0.1");
	peer_expect_end(&them, late, 5000);
	ck_assert_uint_eq(net_count(&them, COUNT_RATE_LIMITED), 1);
	ck_assert_int_eq(net_gauge(&them, GAUGE_CONNECTIONS), 5);
	ck_assert_int_eq(net_gauge(&them, GAUGE_CONNECTIONS_TLS), 4);
	for (int i = 0; i < 5; i++)
		close(quiet[i]);
	for (int i = 0; i < 4; i++)
		close(half[i]);
	close(late);
}
END_TEST

START_TEST(a_port_that_speaks_no_tls_is_unreachable)
{
	struct tls_waiting waiting;

	open_usual();
	their_settings.handshake_s = 1;
	tls_connect_begin(&us, &them, 1, "b.example", &waiting);
	both_until(&us, &them, waiting.n_ready == 1);
	ck_assert_int_eq(waiting.err, ERR_UNREACHABLE);
	ck_assert_uint_eq(net_count(&us, COUNT_TLS_FAILED), 1);
}
END_TEST

/** Resident memory of this process, in bytes. */
static int64_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, pages;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &pages), 2);
	fclose(file);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

START_TEST(a_closed_port_costs_no_memory)
{
	struct tls_waiting waiting;
	int64_t before = 0;

	open_usual();
	net_close(&us);
	net_init(&us);
	us.settings.tls = ours;
	net_open(&us);
	/* Where nobody listens any more. */
	tls_connect_begin(&us, &them, TLS, "b.example", &waiting);
	transport_forget(us.transport, &waiting.wait);
	net_close(&them);
	net_init(&them);
	for (int i = 0; i < 3300; i++) {
		waiting.n_ready = 0;
		if (i == 300)
			before = resident();
		transport_connect(us.transport, &waiting.wait);
		net_until(&us, waiting.n_ready, 1, 5000);
		ck_assert_int_eq(waiting.err, ERR_UNREACHABLE);
	}
	if (!SANITIZED)
		ck_assert_int_lt(resident() - before, 1 << 20);
	net_open(&them);
}
END_TEST

/* ---- what waits -----------------------------------------------------------
 */

/* Fill the way to them, who do not read; returns how many were taken. */
static size_t fill(const struct flow *flow, struct transport_unsent *unsent,
		   size_t most)
{
	struct text large;
	char *body = mem_alloc(50001);
	size_t n = 0;

	memset(body, 'x', 50000);
	message_make(&large, body);
	while (n < most && !transport_stream(us.transport, flow,
					     text_view(&large), &unsent[n]))
		n++;
	text_release(&large);
	free(body);
	return n;
}

START_TEST(what_waits_as_a_whole_is_taken_back)
{
	struct transport_unsent unsent[100];
	struct tls_waiting waiting;
	size_t n, n_left = 0, n_part = 0;

	open_usual();
	connect_as("b.example", &waiting);
	n = fill(&waiting.wait.flow, unsent, 100);
	for (size_t i = 0; i < n; i++) {
		enum unsent what = transport_unsent(us.transport, &unsent[i]);

		n_left += what == UNSENT_NOTHING;
		n_part += what == UNSENT_PART;
		if (what == UNSENT_WHOLE && i % 2)
			transport_take_back(us.transport, &unsent[i]);
		else if (what == UNSENT_WHOLE)
			n_left++;
	}
	ck_assert_uint_gt(n, 20);
	ck_assert_uint_eq(n_part, 1);
	both_until(&us, &them, them.n_received == n_left + n_part);
	net_turn(&them, 20);
	ck_assert_uint_eq(them.n_received, n_left + n_part);
	ck_assert_uint_eq(them.n_cut + them.n_unframed + us.n_closed, 0);
}
END_TEST

START_TEST(the_rest_of_one_that_was_begun_never_leaves)
{
	struct transport_unsent unsent[100];
	struct tls_waiting waiting;
	size_t n, at = 0;

	open_usual();
	connect_as("b.example", &waiting);
	n = fill(&waiting.wait.flow, unsent, 100);
	while (at < n &&
	       transport_unsent(us.transport, &unsent[at]) != UNSENT_PART)
		at++;
	ck_assert_uint_lt(at, n);
	transport_take_back(us.transport, &unsent[at]);
	both_until(&us, &them, us.n_closed == 1 && them.n_closed == 1);
	ck_assert_uint_eq(them.n_received, at);
}
END_TEST

/* No byte of it has left, but a record of it is encrypted. */
START_TEST(one_whose_record_was_begun_is_begun)
{
	struct transport_unsent unsent = {.connection = 0};
	struct tls_waiting waiting;
	char body[1001];
	struct text small;
	size_t n = 0;

	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	message_make(&small, body);
	open_usual();
	connect_as("b.example", &waiting);
	while (transport_unsent(us.transport, &unsent) == UNSENT_NOTHING) {
		ck_assert_int_eq(transport_stream(us.transport,
						  &waiting.wait.flow,
						  text_view(&small), &unsent),
				 ERR_OK);
		transport_give_up(us.transport); /* each is a record */
		n++;
	}
	ck_assert_int_eq(transport_unsent(us.transport, &unsent), UNSENT_PART);
	transport_take_back(us.transport, &unsent);
	both_until(&us, &them, us.n_closed == 1 && them.n_closed == 1);
	ck_assert_uint_eq(them.n_received, n - 1);
	ck_assert_uint_eq(them.n_cut, 0); /* nothing of it could be read */
	text_release(&small);
}
END_TEST

/* ---- files ----------------------------------------------------------------
 */

static enum err make(const struct certificate_files *files,
		     struct certificate_problem *problem)
{
	struct tls_settings settings = {.files = files,
					.n_files = 1,
					.ca = pki_ca(pki),
					.handshake_s = 5,
					.half_open_max = 8};
	struct tls *tls;
	enum err err = net_tls_new(&settings, &tls, problem);

	if (!err)
		net_tls_free(tls);
	return err;
}

static void refuse(const struct certificate_files *files, enum err err,
		   const char *reason)
{
	struct certificate_problem problem = {""};

	ck_assert_int_eq(make(files, &problem), err);
	ck_assert_msg(strstr(problem.text, reason) != NULL, "%s", problem.text);
}

START_TEST(files_that_are_wrong_are_not_taken)
{
	struct certificate_files a = issue("a", "DNS:a.example");
	struct certificate_files b = issue("b", "DNS:b.example");
	struct certificate_files mixed = {a.certificate, b.key, NULL};
	struct certificate_files none = {pki_path(pki, "none"), a.key, NULL};
	struct certificate_files swapped = {a.key, a.certificate, NULL};
	struct certificate_files no_answer = {a.certificate, a.key,
					      a.certificate};
	struct certificate_problem problem;

	open_both(&a, &b);
	ck_assert_int_eq(make(&a, &problem), ERR_OK);
	refuse(&mixed, ERR_CONFLICT, "is not the key of the certificate");
	refuse(&none, ERR_IO, "No such file");
	refuse(&swapped, ERR_SYNTAX, "has no certificate in PEM");
	refuse(&no_answer, ERR_SYNTAX, "is no OCSP response");
	chmod(a.key, 0640);
	ck_assert_int_eq(make(&a, &problem), ERR_OK);
	chmod(a.key, 0644);
	refuse(&a, ERR_FORBIDDEN, "chmod 600");
	chmod(a.key, 0660);
	refuse(&a, ERR_FORBIDDEN, "chmod 600");
}
END_TEST

START_TEST(new_files_are_for_new_connections)
{
	struct certificate_files a = issue("a", "DNS:a.example");
	struct certificate_files b = issue("b", "DNS:b.example");
	struct tls_waiting before, after;
	struct certificate_problem problem;
	struct tls_end end;

	open_both(&a, &b);
	connect_as("b.example", &before);
	/* A key that does not fit: all stays as it was. */
	pki_issue(pki, "other",
		  &(struct certificate_plan){.alternatives = "DNS:c.example"});
	ck_assert_int_eq(rename(pki_path(pki, "other.pem"), b.certificate), 0);
	ck_assert_int_eq(net_tls_reload(theirs, &problem), ERR_CONFLICT);
	connect_as("b.example", &after);
	ck_assert_uint_eq(after.wait.flow.connection,
			  before.wait.flow.connection);
	ck_assert_int_eq(rename(pki_path(pki, "other.key"), b.key), 0);
	ck_assert_int_eq(net_tls_reload(theirs, &problem), ERR_OK);
	connect_as("c.example", &after);
	ck_assert_int_eq(after.err, ERR_OK);
	/* The one from before goes on. */
	say(&us, &before.wait.flow);
	both_until(&us, &them, them.n_received == 1);
	ck_assert(net_tls_ends(theirs, TLS_DATED_CERTIFICATE, &end));
	ck_assert_int_gt(end.ends_at, wall_now_s());
	ck_assert_str_eq(end.file, b.certificate);
}
END_TEST

static void read_again(struct tls *tls)
{
	struct certificate_problem problem;

	ck_assert_int_eq(net_tls_reload(tls, &problem), ERR_OK);
}

/* What a's certificate proved to them. */
static const char *name_of_us(const struct tls_waiting *waiting)
{
	size_t n = them.n_received + 1;

	say(&us, &waiting->wait.flow);
	both_until(&us, &them, them.n_received == n);
	return them.from.peer.names ? them.from.peer.names[0] : NULL;
}

START_TEST(who_is_distrusted_since_has_no_name_and_no_connection)
{
	struct tls_waiting waiting;

	open_usual();
	connect_as("b.example", &waiting);
	ck_assert_str_eq(name_of_us(&waiting), "a.example");
	read_again(theirs);
	ck_assert_str_eq(name_of_us(&waiting), "a.example");
	pki_change_ca(pki);
	ck_assert_str_eq(name_of_us(&waiting), "a.example");
	read_again(theirs);
	ck_assert_ptr_null(name_of_us(&waiting));
	both_until(&us, &them, them.n_closed == 1 && us.n_closed == 1);
}
END_TEST

START_TEST(a_server_that_is_distrusted_since_gets_nothing_more)
{
	struct tls_waiting before, after;

	open_usual();
	connect_as("b.example", &before);
	read_again(ours);
	connect_as("b.example", &after);
	ck_assert_uint_eq(after.wait.flow.connection,
			  before.wait.flow.connection);
	pki_change_ca(pki);
	read_again(ours);
	connect_as("b.example", &after);
	ck_assert_int_eq(after.err, ERR_UNVERIFIED);
	both_until(&us, &them, us.n_closed == 1);
}
END_TEST

static void *reload(void *arg)
{
	struct certificate_problem problem;

	for (int i = 0; i < 100; i++)
		if (net_tls_reload(theirs, &problem))
			return arg;
	return NULL;
}

START_TEST(files_may_change_while_handshakes_run)
{
	struct tls_waiting waiting;
	pthread_t thread;
	void *failed;

	open_usual();
	ck_assert_int_eq(pthread_create(&thread, NULL, reload, pki), 0);
	for (int i = 0; i < 50; i++) {
		connect_as("b.example", &waiting);
		ck_assert_int_eq(waiting.err, ERR_OK);
		transport_close_connection(us.transport,
					   waiting.wait.flow.connection);
		both_until(&us, &them,
			   net_gauge(&us, GAUGE_CONNECTIONS_TLS) == 0);
	}
	ck_assert_int_eq(pthread_join(thread, &failed), 0);
	ck_assert_ptr_null(failed);
}
END_TEST

START_TEST(the_name_that_is_asked_for_chooses_the_certificate)
{
	struct certificate_files a = issue("a", "DNS:a.example");
	struct certificate_files files[3] = {issue("b", "DNS:b.example"),
					     issue("c", "URI:sip:c.example"),
					     issue("d", "DNS:d.example")};
	static const char *const names[] = {"d.example", "c.example",
					    "b.example"};
	struct tls_waiting waiting;

	their_settings.n_files = 3;
	open_both(&a, files);
	for (int i = 0; i < 3; i++) {
		connect_as(names[i], &waiting);
		ck_assert_int_eq(waiting.err, ERR_OK);
	}
	connect_as("e.example", &waiting);
	ck_assert_int_eq(waiting.err, ERR_UNVERIFIED);
}
END_TEST

#define N(of) (sizeof(of) / sizeof((of)[0]))

int main(void)
{
	Suite *suite = suite_create("tls_test");
	TCase *tcase = tcase_create("tls");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, both_sides_carry_both_ways_and_know_each_other);
	tcase_add_test(tcase, a_large_message_is_octet_exact);
	tcase_add_loop_test(tcase, a_server_is_who_its_certificate_proves, 0,
			    N(servers));
	tcase_add_loop_test(tcase, a_client_is_who_its_certificate_proves, 0,
			    N(clients));
	tcase_add_test(tcase, without_settings_or_a_name_there_is_no_tls);
	tcase_add_test(tcase, a_connection_is_for_the_name_it_was_opened_for);
	tcase_add_test(tcase, a_name_in_another_script_is_its_ascii_form);
	tcase_add_test(
		tcase,
		an_accepted_connection_is_used_for_a_name_that_it_proved);
	tcase_add_test(tcase, nobody_gets_an_alias_without_a_name);
	tcase_add_test(tcase, who_says_nothing_is_hung_up_on_in_time);
	tcase_add_loop_test(tcase, what_is_no_client_hello_is_hung_up_on, 0,
			    N(junk));
	tcase_add_test(tcase, half_open_ones_are_bounded);
	tcase_add_test(tcase, nobody_goes_for_one_that_is_refused);
	tcase_add_test(tcase, a_port_that_speaks_no_tls_is_unreachable);
	tcase_add_test(tcase, a_closed_port_costs_no_memory);
	tcase_add_test(tcase, what_waits_as_a_whole_is_taken_back);
	tcase_add_test(tcase, the_rest_of_one_that_was_begun_never_leaves);
	tcase_add_test(tcase, one_whose_record_was_begun_is_begun);
	tcase_add_test(tcase, files_that_are_wrong_are_not_taken);
	tcase_add_test(tcase, new_files_are_for_new_connections);
	tcase_add_test(tcase,
		       who_is_distrusted_since_has_no_name_and_no_connection);
	tcase_add_test(tcase,
		       a_server_that_is_distrusted_since_gets_nothing_more);
	tcase_add_test(tcase, files_may_change_while_handshakes_run);
	tcase_add_test(tcase,
		       the_name_that_is_asked_for_chooses_the_certificate);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
