/* Revocation lists: who is on one proves nothing, nor who cannot be looked up.
 */
#include "server/net/tls_session.h"
#include "tests/unit/tls_help.h"

#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

#define N(of) (sizeof(of) / sizeof((of)[0]))
#define HOUR 3600

static struct pki *pki;
static struct certificate_files a, b, m; /* m: of the one in the middle */
static struct tls *ours, *theirs;

static void set_up(void)
{
	pki = pki_new();
	a = pki_issue(
		pki, "a",
		&(struct certificate_plan){.alternatives = "DNS:a.example"});
	b = pki_issue(
		pki, "b",
		&(struct certificate_plan){.alternatives = "DNS:b.example"});
	m = pki_issue(
		pki, "m",
		&(struct certificate_plan){.alternatives = "DNS:b.example",
					   .issuer = ISSUER_MIDDLE});
}

static void tear_down(void)
{
	net_tls_free(ours);
	net_tls_free(theirs);
	ours = theirs = NULL;
	pki_free(pki);
}

/* What came of a handshake of two. */
struct outcome {
	enum err client, server;
	char problem[200], seen[64]; /* the name that the client proved */
};

static void remember(char *room, size_t size, const char *text)
{
	snprintf(room, size, "%s", text);
}

/* From ours to theirs, as b.example. */
static struct outcome handshake(void)
{
	struct outcome it = {.client = ERR_BUSY, .server = ERR_BUSY};
	struct tls_session *client, *server;
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	client = net_tls_open(ours, fds[0], "b.example");
	server = net_tls_accept(theirs, fds[1]);
	for (int i = 0; it.server == ERR_BUSY; i++) {
		ck_assert_int_lt(i, 1000);
		if (it.client == ERR_BUSY)
			it.client = net_tls_step(client);
		else if (it.client)
			shutdown(fds[0], SHUT_RDWR);
		it.server = net_tls_step(server);
	}
	remember(it.problem, sizeof(it.problem), net_tls_problem(client));
	if (net_tls_names(server))
		remember(it.seen, sizeof(it.seen), net_tls_names(server)[0]);
	net_tls_end(client);
	net_tls_end(server);
	close(fds[0]);
	close(fds[1]);
	return it;
}

/* Each connects once; our client has these lists. */
static void make_both(const char *our_lists, const char *their_lists,
		      const struct certificate_files *their_files)
{
	struct tls_settings settings = {.clients = TLS_CLIENTS_REQUESTED,
					.crl = our_lists};

	ours = tls_make(pki, &a, &settings);
	settings.crl = their_lists;
	theirs = tls_make(pki, their_files, &settings);
}

/* ---- servers ------------------------------------------------------------- */

#define GOOD .from_s = -HOUR, .to_s = HOUR
#define OURS .issuer = ISSUER_OURS, .signer = ISSUER_OURS
#define MIDDLE .issuer = ISSUER_MIDDLE, .signer = ISSUER_MIDDLE

static const struct {
	const char *sentence;
	struct list_plan plans[2];
	size_t n;
	const char *certificate; /* that the server shows; NULL: b */
	const char *reason;	 /* NULL: it is believed */
} servers[] = {
	{"nobody is on the list", {{OURS, GOOD}}, 1, NULL, NULL},
	{"another is on it", {{OURS, GOOD, "a.pem"}}, 1, NULL, NULL},
	{"it is on it",
	 {{OURS, GOOD, "b.pem"}},
	 1,
	 NULL,
	 "certificate revoked"},
	{"the list is out of date",
	 {{OURS, -2 * HOUR, -HOUR}},
	 1,
	 NULL,
	 "CRL has expired"},
	{"it is on one that is out of date",
	 {{OURS, -2 * HOUR, -HOUR, "b.pem"}},
	 1,
	 NULL,
	 "CRL has expired"},
	{"the list is not of today",
	 {{OURS, HOUR, 2 * HOUR}},
	 1,
	 NULL,
	 "CRL is not yet valid"},
	{"there is a list of others only",
	 {{ISSUER_STRANGER, ISSUER_STRANGER, GOOD}},
	 1,
	 NULL,
	 "unable to get certificate CRL"},
	{"the list is signed by another",
	 {{ISSUER_OURS, ISSUER_STRANGER, GOOD}},
	 1,
	 NULL,
	 "CRL signature failure"},
	{"a list of before stands beside the new one",
	 {{OURS, -2 * HOUR, -HOUR}, {OURS, GOOD}},
	 2,
	 NULL,
	 NULL},
	{"its issuer was issued, and both have lists",
	 {{OURS, GOOD}, {MIDDLE, GOOD}},
	 2,
	 "m",
	 NULL},
	{"its issuer has no list",
	 {{OURS, GOOD}},
	 1,
	 "m",
	 "unable to get certificate CRL"},
	{"its issuer is on a list",
	 {{OURS, GOOD, "middle.pem"}, {MIDDLE, GOOD}},
	 2,
	 "m",
	 "certificate revoked"},
	{"the list of the issuer's issuer is out of date",
	 {{OURS, -2 * HOUR, -HOUR}, {MIDDLE, GOOD}},
	 2,
	 "m",
	 "CRL has expired"},
};

static const char *lists_of(const char *name, const struct list_plan *from,
			    size_t n)
{
	struct list_plan plans[2];

	for (size_t i = 0; i < n; i++) {
		plans[i] = from[i];
		if (from[i].revoked)
			plans[i].revoked = pki_path(pki, from[i].revoked);
	}
	return pki_lists(pki, name, plans, n);
}

START_TEST(a_server_that_cannot_be_looked_up_is_not_believed)
{
	const char *lists = lists_of("lists", servers[_i].plans, servers[_i].n);
	struct outcome it;

	make_both(lists, NULL, servers[_i].certificate ? &m : &b);
	it = handshake();
	ck_assert_msg(it.client ==
			      (servers[_i].reason ? ERR_UNVERIFIED : ERR_OK),
		      "%s: %s", servers[_i].sentence, it.problem);
	if (servers[_i].reason)
		ck_assert_msg(strstr(it.problem, servers[_i].reason) != NULL,
			      "%s: %s", servers[_i].sentence, it.problem);
}
END_TEST

/* ---- clients ------------------------------------------------------------- */

static const struct {
	struct list_plan plan;
	enum tls_clients clients;
	enum err err;	  /* of the server */
	const char *seen; /* the name that it has then */
} clients[] = {
	{{OURS, GOOD}, TLS_CLIENTS_REQUESTED, ERR_OK, "a.example"},
	{{OURS, GOOD, "a.pem"}, TLS_CLIENTS_REQUESTED, ERR_OK, ""},
	{{OURS, -2 * HOUR, -HOUR}, TLS_CLIENTS_REQUESTED, ERR_OK, ""},
	{{OURS, GOOD}, TLS_CLIENTS_REQUIRED, ERR_OK, "a.example"},
	{{OURS, GOOD, "a.pem"}, TLS_CLIENTS_REQUIRED, ERR_UNREACHABLE, ""},
	{{OURS, -2 * HOUR, -HOUR}, TLS_CLIENTS_REQUIRED, ERR_UNREACHABLE, ""},
};

START_TEST(a_client_that_cannot_be_looked_up_proves_nothing)
{
	struct tls_settings settings = {
		.clients = clients[_i].clients,
		.crl = lists_of("lists", &clients[_i].plan, 1)};
	struct outcome it;

	theirs = tls_make(pki, &b, &settings);
	settings.crl = NULL;
	ours = tls_make(pki, &a, &settings);
	it = handshake();
	ck_assert_int_eq(it.server, clients[_i].err);
	ck_assert_str_eq(it.seen, clients[_i].seen);
}
END_TEST

/* ---- files --------------------------------------------------------------- */

START_TEST(a_new_list_counts_from_the_reload_on)
{
	struct list_plan list = {OURS, GOOD};
	struct certificate_problem problem;
	FILE *file;

	make_both(lists_of("lists", &list, 1), NULL, &b);
	ck_assert_int_eq(handshake().client, ERR_OK);
	list.revoked = "b.pem";
	file = fopen(lists_of("lists", &list, 1), "a");
	ck_assert_int_eq(handshake().client, ERR_OK);
	ck_assert_int_eq(net_tls_reload(ours, &problem), ERR_OK);
	ck_assert_int_eq(handshake().client, ERR_UNVERIFIED);
	/* One that is broken takes nothing back. */
	fputs("-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n", file);
	fclose(file);
	ck_assert_int_eq(net_tls_reload(ours, &problem), ERR_SYNTAX);
	ck_assert_int_eq(handshake().client, ERR_UNVERIFIED);
}
END_TEST

static void refuse(const char *lists, enum err expected, const char *reason)
{
	struct tls_settings settings = {.files = &a,
					.n_files = 1,
					.ca = pki_ca(pki),
					.crl = lists,
					.handshake_s = 5,
					.half_open_max = 8};
	struct certificate_problem problem;

	ck_assert_int_eq(net_tls_new(&settings, &ours, &problem), expected);
	ours = NULL;
	ck_assert_msg(strstr(problem.text, reason) != NULL, "%s", problem.text);
}

START_TEST(files_that_are_wrong_are_not_taken)
{
	struct list_plan endless = {OURS, -HOUR, 0};
	FILE *file;

	refuse(pki_path(pki, "none"), ERR_IO, "No such file");
	refuse(a.certificate, ERR_SYNTAX, "has no revocation list in PEM");
	refuse(lists_of("endless", &endless, 1), ERR_SYNTAX,
	       "without nextUpdate");
	file = fopen(pki_path(pki, "half"), "w");
	fputs("-----BEGIN X509 CRL-----\nMIIB\n", file);
	fclose(file);
	refuse(pki_path(pki, "half"), ERR_SYNTAX, "is broken");
}
END_TEST

/* Of one issuer the newer list counts, of several the first to end. */
START_TEST(it_is_known_when_a_list_ends)
{
	static const struct list_plan plans[] = {
		{OURS, -9 * HOUR, -HOUR},
		{OURS, -2 * HOUR, 2 * HOUR},
	};
	static const struct list_plan more[] = {
		{OURS, -2 * HOUR, 2 * HOUR},
		{MIDDLE, -2 * HOUR, HOUR},
	};
	struct tls_end end;
	int64_t now = wall_now_s();

	make_both(pki_lists(pki, "plans", plans, 2),
		  pki_lists(pki, "more", more, 2), &b);
	ck_assert(net_tls_ends(ours, TLS_DATED_CRL, &end));
	ck_assert_int_le(llabs(end.ends_at - now - 2 * HOUR), 60);
	ck_assert_int_le(llabs(end.warn_at - now - HOUR), 60);
	ck_assert_str_eq(end.file, pki_path(pki, "plans"));
	ck_assert(net_tls_ends(theirs, TLS_DATED_CRL, &end));
	ck_assert_int_le(llabs(end.ends_at - now - HOUR), 60);
	ck_assert(!net_tls_ends(theirs, TLS_DATED_OCSP, &end));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls_crl_test");
	TCase *tcase = tcase_create("crl");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase,
			    a_server_that_cannot_be_looked_up_is_not_believed,
			    0, N(servers));
	tcase_add_loop_test(tcase,
			    a_client_that_cannot_be_looked_up_proves_nothing, 0,
			    N(clients));
	tcase_add_test(tcase, a_new_list_counts_from_the_reload_on);
	tcase_add_test(tcase, files_that_are_wrong_are_not_taken);
	tcase_add_test(tcase, it_is_known_when_a_list_ends);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
