/*
 * The channel of TLS against a peer that sends what it likes: to an accepted
 * session, to one that we opened, and after a handshake that was good.
 */
#include "server/net/tls_session.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "fuzz.example"

static char certificate_path[] = "/tmp/volens-fuzz-tls-XXXXXX";
static char key_path[] = "/tmp/volens-fuzz-key-XXXXXX";

static void files_remove(void)
{
	unlink(certificate_path);
	unlink(key_path);
}

/* It is its own authority. */
static void files_make(void)
{
	FILE *certificate = fdopen(mkstemp(certificate_path), "w");
	FILE *key_file = fdopen(mkstemp(key_path), "w");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *it = X509_new();
	X509_NAME *subject = X509_get_subject_name(it);
	X509_EXTENSION *names = X509V3_EXT_conf_nid(
		NULL, NULL, NID_subject_alt_name, "DNS:" NAME);

	FUZZ_CLAIM(certificate && key_file && key && it && names);
	atexit(files_remove);
	X509_set_version(it, 2);
	X509_gmtime_adj(X509_getm_notBefore(it), -86400);
	X509_gmtime_adj(X509_getm_notAfter(it), 86400);
	X509_set_pubkey(it, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)NAME, -1, -1, 0);
	X509_set_issuer_name(it, subject);
	X509_add_ext(it, names, -1);
	FUZZ_CLAIM(X509_sign(it, key, EVP_sha256()));
	PEM_write_X509(certificate, it);
	PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL);
	fclose(certificate);
	fclose(key_file);
	X509_EXTENSION_free(names);
	X509_free(it);
	EVP_PKEY_free(key);
}

static struct tls *tls_once(void)
{
	static struct certificate_files files;
	static struct tls *tls;
	struct tls_settings settings = {.files = &files,
					.n_files = 1,
					.ca = certificate_path,
					.clients = TLS_CLIENTS_REQUESTED,
					.handshake_s = 5,
					.half_open_max = 8};
	struct certificate_problem problem;

	if (tls)
		return tls;
	files_make();
	files = (struct certificate_files){certificate_path, key_path, NULL};
	FUZZ_CLAIM(!net_tls_new(&settings, &tls, &problem));
	return tls;
}

static void send_all(int fd, const uint8_t *at, size_t len)
{
	if (send(fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		FUZZ_CLAIM(errno != EBADF);
}

static void drain(int fd)
{
	char room[4096];

	while (recv(fd, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
}

/* All that is there, until there is nothing or the end. */
static void read_all(struct tls_session *session)
{
	char room[512];

	for (;;) {
		ssize_t n = net_tls_read(session, room, sizeof(room));

		FUZZ_CLAIM(n <= (ssize_t)sizeof(room));
		if (n > 0)
			continue;
		/* A record that was none of data may be followed by one. */
		if (n == TLS_RESULT_LATER && net_tls_has_more(session))
			continue;
		FUZZ_CLAIM(n == 0 || n == TLS_RESULT_LATER ||
			   n == TLS_RESULT_BROKEN);
		return;
	}
}

/* No handshake ends well with bytes that know no key. */
static void handshake(struct tls_session *session, int peer, const uint8_t *at,
		      size_t len)
{
	enum err err = ERR_BUSY;

	while (err == ERR_BUSY && len > 0) {
		size_t most = (size_t)at[0] + 1, n = len < most ? len : most;

		send_all(peer, at, n);
		at += n;
		len -= n;
		err = net_tls_step(session);
		drain(peer);
	}
	FUZZ_CLAIM(err != ERR_OK);
	FUZZ_CLAIM(!net_tls_names(session));
	FUZZ_CLAIM(net_tls_problem(session));
}

/* Two that know each other; then others' bytes are mixed with theirs. */
static void records(struct tls *tls, const int fds[2], const uint8_t *at,
		    size_t len)
{
	struct tls_session *client = net_tls_open(tls, fds[0], NAME);
	struct tls_session *server = net_tls_accept(tls, fds[1]);
	enum err a = ERR_BUSY, b = ERR_BUSY;

	for (int i = 0; i < 10 && (a || b); i++) {
		a = a ? net_tls_step(client) : ERR_OK;
		b = b ? net_tls_step(server) : ERR_OK;
	}
	FUZZ_CLAIM(!a && !b && net_tls_names(client) && net_tls_names(server));
	while (len > 1) {
		size_t n = len - 1 < at[0] ? len - 1 : at[0];
		struct view bytes = {(const char *)at + 1, n};

		if (at[0] & 1)
			send_all(fds[0], at + 1, n);
		else if (n > 0)
			FUZZ_CLAIM(net_tls_write(client, bytes) <= (ssize_t)n);
		FUZZ_CLAIM(net_tls_begun(client) <= TLS_RECORD_MAX);
		read_all(server);
		read_all(client);
		at += 1 + n;
		len -= 1 + n;
	}
	net_tls_stop(client);
	net_tls_end(client);
	net_tls_end(server);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct tls *tls = tls_once();
	struct tls_session *session;
	int fds[2];

	if (len < 2)
		return 0;
	FUZZ_CLAIM(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	if (at[0] % 3 == 2) {
		records(tls, fds, at + 1, len - 1);
	} else {
		session = at[0] % 3 == 0 ? net_tls_accept(tls, fds[0])
					 : net_tls_open(tls, fds[0], NAME);
		handshake(session, fds[1], at + 1, len - 1);
		net_tls_end(session);
	}
	close(fds[0]);
	close(fds[1]);
	return 0;
}
