/* What a server gives to clients beside its certificate: tickets, by keys that
 * are renewed by time, and an OCSP response that is not out of date. */
#include "server/net/tls_session.h"
#include "tests/unit/clock_help.h"
#include "tests/unit/tls_help.h"

#include <check.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOUR 3600
#define MS 1000

static struct pki *pki;
static struct certificate_files files;
static struct tls_settings settings;
static struct tls *tls;
static SSL_CTX *context; /* of the client */

static void set_up(void)
{
	pki = pki_new();
	files = pki_issue(
		pki, "a",
		&(struct certificate_plan){.alternatives = "DNS:a.example"});
	settings = (struct tls_settings){.clients = TLS_CLIENTS_REQUESTED};
	context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
	clock_stop();
}

static void tear_down(void)
{
	SSL_CTX_free(context);
	net_tls_free(tls);
	tls = NULL;
	pki_free(pki);
}

static void version(int which)
{
	SSL_CTX_set_min_proto_version(context, which);
	SSL_CTX_set_max_proto_version(context, which);
}

/* Both ends of a handshake; the client then reads what it is given. */
static void handshake(SSL *client, int fds[2])
{
	struct tls_session *server = net_tls_accept(tls, fds[1]);
	enum err err = ERR_BUSY;
	int done = 0;
	char byte;

	SSL_set_fd(client, fds[0]);
	for (int i = 0; err == ERR_BUSY || done != 1; i++) {
		ck_assert_int_lt(i, 1000);
		if (done != 1)
			done = SSL_connect(client);
		if (err == ERR_BUSY)
			err = net_tls_step(server);
	}
	ck_assert_int_eq(err, ERR_OK);
	ck_assert_int_lt(SSL_read(client, &byte, 1), 1);
	net_tls_end(server);
}

/* Connect with the session *it, if there is one; *it is the newest then.
 * Was it taken up again? */
static bool connect_with(SSL_SESSION **it)
{
	SSL *client = SSL_new(context);
	bool is_reused;
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	if (*it)
		SSL_set_session(client, *it);
	handshake(client, fds);
	is_reused = SSL_session_reused(client) == 1;
	SSL_SESSION_free(*it);
	*it = SSL_get1_session(client);
	ck_assert(SSL_SESSION_has_ticket(*it));
	SSL_set_shutdown(client, SSL_SENT_SHUTDOWN); /* it stays good */
	SSL_free(client);
	close(fds[0]);
	close(fds[1]);
	return is_reused;
}

/* The same, but the session stays the one that it is. */
static bool is_taken(SSL_SESSION *it)
{
	SSL_SESSION *copy = SSL_SESSION_dup(it);
	bool is_reused = connect_with(&copy);

	SSL_SESSION_free(copy);
	return is_reused;
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

START_TEST(keys_of_tickets_are_renewed_by_time)
{
	SSL_SESSION *first = NULL, *second = NULL;

	version(versions[_i]);
	tls = tls_make(pki, &files, &settings);
	ck_assert(!connect_with(&first));
	clock_move(5 * HOUR * MS);
	ck_assert(is_taken(first));
	/* Six hours after the first: another key; the one before still counts,
	 * and what it is taken for gets a ticket by the new one. */
	clock_move(HOUR * MS);
	second = SSL_SESSION_dup(first);
	ck_assert(connect_with(&second));
	ck_assert(is_taken(first));
	clock_move(6 * HOUR * MS);
	ck_assert(is_taken(second));
	ck_assert(!is_taken(first));
	clock_move(6 * HOUR * MS);
	ck_assert(!is_taken(second));
	SSL_SESSION_free(first);
	SSL_SESSION_free(second);
}
END_TEST

/* Also where nobody came for so long that no key was made in between. */
START_TEST(a_ticket_of_twelve_hours_ago_is_not_taken)
{
	SSL_SESSION *session = NULL;

	version(versions[_i]);
	tls = tls_make(pki, &files, &settings);
	ck_assert(!connect_with(&session));
	clock_move(12 * HOUR * MS);
	ck_assert(!is_taken(session));
	SSL_SESSION_free(session);
}
END_TEST

START_TEST(a_ticket_is_of_the_files_of_its_time)
{
	SSL_SESSION *session = NULL;
	struct certificate_problem problem;

	version(versions[_i]);
	tls = tls_make(pki, &files, &settings);
	ck_assert(!connect_with(&session));
	ck_assert(is_taken(session));
	ck_assert_int_eq(net_tls_reload(tls, &problem), ERR_OK);
	ck_assert(!is_taken(session));
	SSL_SESSION_free(session);
}
END_TEST

/* Its certificate would not be looked up again. */
START_TEST(no_ticket_is_taken_when_a_revocation_list_is_over)
{
	struct list_plan list = {.issuer = ISSUER_OURS,
				 .signer = ISSUER_OURS,
				 .from_s = -2 * HOUR,
				 .to_s = _i ? -HOUR : HOUR};
	SSL_SESSION *session = NULL;

	version(TLS1_3_VERSION);
	settings.crl = pki_lists(pki, "lists", &list, 1);
	tls = tls_make(pki, &files, &settings);
	ck_assert(!connect_with(&session));
	ck_assert(is_taken(session) == !_i);
	SSL_SESSION_free(session);
}
END_TEST

/* ---- OCSP ---------------------------------------------------------------- */

/* Length of the response that a client gets; -1: none. */
static long stapled(bool asks)
{
	SSL *client = SSL_new(context);
	const unsigned char *at;
	long len;
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	if (asks)
		SSL_set_tlsext_status_type(client, TLSEXT_STATUSTYPE_ocsp);
	handshake(client, fds);
	len = SSL_get_tlsext_status_ocsp_resp(client, &at);
	SSL_free(client);
	close(fds[0]);
	close(fds[1]);
	return len;
}

static const struct {
	int from_s, to_s;
	bool is_sent, is_warned;
} responses[] = {
	{-HOUR, HOUR, true, false},
	{-9 * HOUR, HOUR, true, true},
	{-2 * HOUR, -HOUR, false, true},
};

START_TEST(a_response_of_ocsp_is_sent_until_it_is_out_of_date)
{
	struct tls_end end;

	files.ocsp =
		pki_ocsp(pki, &files, responses[_i].from_s, responses[_i].to_s);
	tls = tls_make(pki, &files, &settings);
	ck_assert_int_eq(stapled(true) > 0, responses[_i].is_sent);
	ck_assert_int_eq(stapled(false), -1);
	ck_assert(net_tls_ends(tls, TLS_DATED_OCSP, &end));
	ck_assert_str_eq(end.file, files.ocsp);
	ck_assert_int_le(llabs(end.ends_at - wall_now_s() - responses[_i].to_s),
			 60);
	ck_assert_int_eq(end.warn_at <= wall_now_s(), responses[_i].is_warned);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls_ticket_test");
	TCase *tcase = tcase_create("ticket");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, keys_of_tickets_are_renewed_by_time, 0, 2);
	tcase_add_loop_test(tcase, a_ticket_of_twelve_hours_ago_is_not_taken, 0,
			    2);
	tcase_add_loop_test(tcase, a_ticket_is_of_the_files_of_its_time, 0, 2);
	tcase_add_loop_test(
		tcase, no_ticket_is_taken_when_a_revocation_list_is_over, 0, 2);
	tcase_add_loop_test(tcase,
			    a_response_of_ocsp_is_sent_until_it_is_out_of_date,
			    0, 3);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
