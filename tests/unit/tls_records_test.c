/* Records of TLS: what shares one, and that none is left behind. */
#include "tests/unit/stream_help.h"
#include "tests/unit/tls_help.h"

#include <openssl/ssl.h>

#define TLS 2 /* the listener */

static struct pki *pki;
static struct tls_settings settings;
static struct tls *tls;
static struct certificate_files files;

/** A client that has all its bytes in hand: they are sent as a test says. */
static struct {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
	int fd;
} client;

static void open_net(void)
{
	union address any = net_address("127.0.0.1", 0);

	set_up();
	pki = pki_new();
	files = pki_issue(
		pki, "b",
		&(struct certificate_plan){.alternatives = "DNS:b.example"});
	settings = (struct tls_settings){.clients = TLS_CLIENTS_REQUESTED};
	tls = tls_make(pki, &files, &settings);
	net.settings.tls = tls;
	net_open(&net);
	ck_assert_int_eq(transport_listen(net.transport, PROTOCOL_TLS, &any),
			 ERR_OK);
	client.context = SSL_CTX_new(TLS_client_method());
	client.ssl = SSL_new(client.context);
	client.in = BIO_new(BIO_s_mem());
	client.out = BIO_new(BIO_s_mem());
	SSL_set_bio(client.ssl, client.in, client.out);
	SSL_set_connect_state(client.ssl);
	client.fd = net_peer(&net, TLS, "127.0.0.1");
}

static void close_net(void)
{
	SSL_free(client.ssl);
	SSL_CTX_free(client.context);
	close(client.fd);
	tear_down();
	net_tls_free(tls);
	pki_free(pki);
}

/* What it has made so far: @p most bytes of it. */
static size_t client_send(size_t most)
{
	static char bytes[1 << 20];
	int n = BIO_read(client.out, bytes,
			 (int)(most < sizeof(bytes) ? most : sizeof(bytes)));

	if (n <= 0)
		return 0;
	peer_send(client.fd, bytes, (size_t)n);
	return (size_t)n;
}

/* What has come so far. */
static void client_take(void)
{
	char bytes[65536];
	ssize_t n;

	while ((n = peer_take(client.fd, bytes, sizeof(bytes))) > 0)
		BIO_write(client.in, bytes, (int)n);
}

/* Its Finished is made, and not sent. */
static void shake(void)
{
	while (SSL_do_handshake(client.ssl) != 1) {
		client_send(SIZE_MAX);
		loop_step(net.loop, 1);
		client_take();
	}
}

/* One record. */
static void say(void)
{
	ck_assert_int_gt(SSL_write(client.ssl, hello.at, (int)hello.len), 0);
}

/* A message in records of @p size plain bytes.  @return what they are in all */
static size_t say_in_pieces(int size)
{
	size_t before = BIO_ctrl_pending(client.out);

	for (size_t at = 0; at < hello.len; at += (size_t)size) {
		size_t left = hello.len - at;

		ck_assert_int_gt(
			SSL_write(client.ssl, hello.at + at,
				  left < (size_t)size ? (int)left : size),
			0);
	}
	return BIO_ctrl_pending(client.out) - before;
}

static void greet(void)
{
	shake();
	say();
	client_send(SIZE_MAX);
	net_until(&net, net.n_received, 1, 5000);
}

static void write_back(int i, size_t len, struct transport_unsent *unsent)
{
	char bytes[20000];

	memset(bytes, 'a' + i % 26, len);
	ck_assert_int_eq(transport_stream(net.transport, &net.from,
					  (struct view){bytes, len}, unsent),
			 ERR_OK);
}

/* The plain bytes of the next record that has come. */
static int next_record(char *ret, int size)
{
	client_take();
	return SSL_read(client.ssl, ret, size);
}

/* As next_record(), once it is there. */
static int await_record(char *ret, int size)
{
	int64_t end = monotonic_now_ms() + 5000 * NET_PATIENCE;
	int n;

	while ((n = next_record(ret, size)) <= 0 && monotonic_now_ms() < end)
		loop_step(net.loop, 1);
	return n;
}

START_TEST(messages_of_a_turn_share_a_record)
{
	enum { N = 20, LEN = 500 };
	struct transport_unsent unsent[N];
	char got[20000];

	greet();
	for (int i = 0; i < N; i++)
		write_back(i, LEN, &unsent[i]);
	ck_assert_int_le(next_record(got, sizeof(got)), 0);
	ck_assert_int_eq(await_record(got, sizeof(got)), N * LEN);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(got[i * LEN], 'a' + i);
}
END_TEST

START_TEST(one_that_is_taken_back_is_not_in_it)
{
	struct transport_unsent unsent[3];
	char got[20000];

	greet();
	for (int i = 0; i < 3; i++)
		write_back(i, 100, &unsent[i]);
	transport_take_back(net.transport, &unsent[1]);
	ck_assert_int_eq(await_record(got, sizeof(got)), 200);
	ck_assert_int_eq(got[0], 'a');
	ck_assert_int_eq(got[100], 'c');
	ck_assert_uint_eq(net.n_closed, 0);
}
END_TEST

/* The descriptor tells of none of them but the first. */
START_TEST(records_that_come_together_are_all_read)
{
	greet();
	for (int i = 0; i < 10; i++)
		say();
	client_send(SIZE_MAX);
	net_until(&net, net.n_received, 11, 5000);
}
END_TEST

START_TEST(a_message_may_come_with_the_end_of_the_handshake)
{
	shake();
	say();
	say();
	client_send(SIZE_MAX);
	net_until(&net, net.n_received, 2, 5000);
}
END_TEST

/* A read that gives no bytes of SIP is not the end of what is there. */
START_TEST(new_keys_between_messages_hold_nothing_up)
{
	greet();
	for (int i = 0; i < 5; i++) {
		say();
		ck_assert_int_eq(SSL_key_update(client.ssl,
						SSL_KEY_UPDATE_NOT_REQUESTED),
				 1);
	}
	say();
	client_send(SIZE_MAX);
	net_until(&net, net.n_received, 7, 5000);
	/* And where they are the last that came. */
	SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED);
	SSL_do_handshake(client.ssl);
	client_send(SIZE_MAX);
	net_turn(&net, 20);
	say();
	client_send(SIZE_MAX);
	net_until(&net, net.n_received, 8, 5000);
}
END_TEST

START_TEST(records_cut_anywhere_are_read)
{
	static const size_t pieces[] = {1, 4, 5, 6, 100, 401, 1000};
	enum { N = 12 };
	size_t n = 0;

	greet();
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		for (int k = 0; k < N; k++)
			say();
		while (client_send(pieces[i]) > 0)
			loop_step(net.loop, 0);
		n += N;
		net_until(&net, net.n_received, 1 + n, 5000);
	}
}
END_TEST

/* Others have their turn beside who sends without an end, wherever what is read
 * at once ends: within a head, within a body or between two records. */
START_TEST(a_turn_reads_so_much_and_no_more)
{
	enum { SENT = 100000, MOST = 20000 };
	size_t n = 1;

	greet();
	for (int size = 1; size < 40; size++) {
		size_t sent = 0, turns = 0;

		for (; sent < SENT; n++)
			sent += say_in_pieces(size);
		client_send(SIZE_MAX);
		for (; net.n_received < n; turns++)
			loop_step(net.loop, 20);
		ck_assert_uint_ge(turns, SENT / MOST);
	}
}
END_TEST

/* Behind a record that has to wait there are small ones: less is begun, and
 * cannot be taken back. */
START_TEST(records_to_a_slow_reader_are_small)
{
	enum { N = 60, LEN = 16000 };
	static struct transport_unsent unsent[N];
	char got[20000];
	size_t have = 0;
	int first = 0, n, n_large = 0, n_small = 0;

	greet();
	for (int i = 0; i < N; i++)
		write_back(i, LEN, &unsent[i]);
	while (transport_unsent(net.transport, &unsent[first]) ==
	       UNSENT_NOTHING)
		first++;
	ck_assert_int_lt(first, N - 1);
	ck_assert_int_eq(transport_unsent(net.transport, &unsent[first + 1]),
			 UNSENT_WHOLE);
	while (have < (size_t)N * LEN) {
		n = await_record(got, sizeof(got));
		ck_assert_int_gt(n, 0);
		have += (size_t)n;
		n_large += n > 4096;
		n_small += n <= 4096;
	}
	ck_assert_int_le(n_large, first + 1);
	ck_assert_int_gt(n_small, N - first);
	/* Fast again: one record is enough. */
	for (int i = 0; i < 2; i++)
		write_back(i, 8000, &unsent[i]);
	ck_assert_int_eq(await_record(got, sizeof(got)), 16000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls records");
	TCase *tcase = tcase_create("records");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, open_net, close_net);
	tcase_add_test(tcase, messages_of_a_turn_share_a_record);
	tcase_add_test(tcase, one_that_is_taken_back_is_not_in_it);
	tcase_add_test(tcase, records_that_come_together_are_all_read);
	tcase_add_test(tcase, a_message_may_come_with_the_end_of_the_handshake);
	tcase_add_test(tcase, new_keys_between_messages_hold_nothing_up);
	tcase_add_test(tcase, records_cut_anywhere_are_read);
	tcase_add_test(tcase, a_turn_reads_so_much_and_no_more);
	tcase_add_test(tcase, records_to_a_slow_reader_are_small);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
