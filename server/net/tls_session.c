#include "server/net/tls_private.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "server/base/arena.h"
#include "server/net/address.h"

static struct tls_session *session_new(struct tls *tls, int fd)
{
	struct tls_session *session = mem_alloc(sizeof(*session));

	session->tls = tls;
	session->set = net_tls_take(tls);
	session->fd = fd;
	session->problem = "";
	text_init(&session->other, NULL);
	return session;
}

struct tls_session *net_tls_accept(struct tls *tls, int fd)
{
	return session_new(tls, fd);
}

struct tls_session *net_tls_open(struct tls *tls, int fd,
				 const char *server_name)
{
	struct tls_session *session = session_new(tls, fd);

	session->server_name = mem_strdup(server_name);
	return session;
}

void net_tls_end(struct tls_session *session)
{
	if (!session)
		return;
	SSL_free(session->ssl);
	net_tls_give_back(session->set);
	if (session->judged_by)
		net_tls_give_back(session->judged_by);
	net_tls_names_free(session->names);
	text_release(&session->other);
	free(session->server_name);
	free(session);
}

const char *net_tls_problem(const struct tls_session *session)
{
	return session->problem;
}

bool net_tls_wants_write(const struct tls_session *session)
{
	return session->wants_write;
}

/* Who is distrusted since must not be a member for as long as they keep their
 * connection. */
static void judge_again(struct tls_session *session)
{
	struct tls_set *before = session->judged_by, *now;

	if (!session->names ||
	    !atomic_load(&(before ? before : session->set)->is_old))
		return;
	now = net_tls_take(session->tls);
	session->is_doubted = !net_tls_holds(session, now, &session->problem);
	session->judged_by = now;
	if (before)
		net_tls_give_back(before);
}

bool net_tls_is_doubted(struct tls_session *session)
{
	judge_again(session);
	return session->is_doubted;
}

const char *const *net_tls_names(struct tls_session *session)
{
	return net_tls_is_doubted(session)
		       ? NULL
		       : (const char *const *)session->names;
}

/* ---- the handshake ------------------------------------------------------- */

/* RFC 6066 section 3: no numeric addresses. */
static bool name_ask(const struct tls_session *session)
{
	union address address;

	return address_parse(view_of(session->server_name), 0, &address) ==
		       ERR_OK ||
	       SSL_set_tlsext_host_name(session->ssl, session->server_name);
}

static enum err session_begin(struct tls_session *session)
{
	const struct tls_set *set = session->set;
	bool is_client = session->server_name != NULL;
	BIO *bio;

	session->ssl =
		SSL_new(is_client ? set->client : set->certificates[0].context);
	bio = session->ssl ? net_tls_bio(session) : NULL;
	if (!bio)
		return ERR_BUSY; /* no memory; the time of the handshake ends */
	SSL_set_bio(session->ssl, bio, bio);
	SSL_set_app_data(session->ssl, session);
	if (!is_client) {
		SSL_set_accept_state(session->ssl);
		return ERR_OK;
	}
	SSL_set_connect_state(session->ssl);
	return name_ask(session) ? ERR_OK : ERR_UNREACHABLE;
}

/* Of a session that goes on by a ticket the certificate is from then. */
static bool is_in_time(const X509 *certificate)
{
	return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
	       X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

/* What was shown beside the certificate and its issuers would stay as long as
 * the connection. */
static void forget_shown(const SSL *ssl)
{
	STACK_OF(X509) *shown = SSL_get_peer_cert_chain(ssl);

	while (sk_X509_num(shown) > 0)
		X509_free(sk_X509_pop(shown));
}

static void names_prove(struct tls_session *session, X509 *peer)
{
	long result = SSL_get_verify_result(session->ssl);

	if (result != X509_V_OK) {
		session->problem = X509_verify_cert_error_string(result);
		return;
	}
	session->problem = "it has ended";
	if (!is_in_time(peer))
		return;
	session->names = net_tls_names_of(peer);
	session->problem = session->names ? "" : "it has no name of a domain";
}

static enum err session_done(struct tls_session *session)
{
	X509 *peer = SSL_get0_peer_certificate(session->ssl);

	if (peer)
		names_prove(session, peer);
	forget_shown(session->ssl);
	if (!session->server_name ||
	    net_tls_has_name(session->names, session->server_name))
		return ERR_OK;
	session->is_broken = true;
	session->problem = "no certificate";
	return ERR_UNVERIFIED;
}

static enum err session_failed(struct tls_session *session)
{
	long result = SSL_get_verify_result(session->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	session->is_broken = true;
	session->problem = reason ? reason : "the peer hung up";
	if (result == X509_V_OK)
		return ERR_UNREACHABLE;
	session->problem = result == X509_V_ERR_HOSTNAME_MISMATCH
				   ? session->other.at
				   : X509_verify_cert_error_string(result);
	return session->server_name ? ERR_UNVERIFIED : ERR_UNREACHABLE;
}

enum err net_tls_step(struct tls_session *session)
{
	enum err err = net_tls_first(session);
	int n;

	if (!err && !session->ssl)
		err = session_begin(session);
	if (err)
		return err;
	session->may_receive = true;
	session->is_dry = false;
	ERR_clear_error();
	n = SSL_do_handshake(session->ssl);
	session->wants_write = false;
	if (n == 1)
		return session_done(session);
	switch (SSL_get_error(session->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		return ERR_BUSY;
	case SSL_ERROR_WANT_WRITE:
		session->wants_write = true;
		return ERR_BUSY;
	default:
		return session_failed(session);
	}
}

/* ---- records ------------------------------------------------------------- */

/* What came of a read or a write that gave no bytes. */
static ssize_t session_result(struct tls_session *session, int n)
{
	switch (SSL_get_error(session->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		return TLS_RESULT_LATER;
	case SSL_ERROR_WANT_WRITE:
		session->wants_write = true;
		return TLS_RESULT_LATER;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		session->is_broken = true;
		return TLS_RESULT_BROKEN;
	}
}

ssize_t net_tls_read(struct tls_session *session, char *room, size_t size)
{
	size_t n_read;
	int n;

	if (session->is_broken)
		return TLS_RESULT_BROKEN;
	session->wants_write = false;
	/* First what was read ahead: a peer that never stops keeps nobody. */
	session->may_receive = !net_tls_has_more(session);
	session->is_dry = false;
	ERR_clear_error();
	n = SSL_read_ex(session->ssl, room, size, &n_read);
	return n == 1 ? (ssize_t)n_read : session_result(session, n);
}

bool net_tls_has_more(const struct tls_session *session)
{
	return !session->is_broken && session->ssl && !session->is_dry &&
	       !session->wants_write && SSL_has_pending(session->ssl);
}

/* One record; 0 when the socket does not take it. */
static ssize_t record_write(struct tls_session *session, struct view bytes)
{
	size_t most = session->is_slow ? TLS_RECORD_SLOW : TLS_RECORD_MAX;
	size_t len = session->begun	? session->begun
		     : bytes.len < most ? bytes.len
					: most;
	bool read_wants = session->wants_write;
	size_t n_written;
	ssize_t result;
	int n;

	ERR_clear_error();
	n = SSL_write_ex(session->ssl, bytes.at, len, &n_written);
	if (n == 1) {
		session->begun = 0;
		return (ssize_t)n_written;
	}
	result = session_result(session, n);
	if (result != TLS_RESULT_LATER)
		return TLS_RESULT_BROKEN;
	session->wants_write = read_wants; /* the queue says so itself */
	session->begun = len;
	session->is_slow = true;
	return 0;
}

ssize_t net_tls_write(struct tls_session *session, struct view bytes)
{
	size_t done = 0;
	ssize_t n;

	if (session->is_broken)
		return TLS_RESULT_BROKEN;
	while (done < bytes.len) {
		n = record_write(session, view_from(bytes, done));
		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	if (done == bytes.len)
		session->is_slow = false;
	return (ssize_t)done;
}

size_t net_tls_begun(const struct tls_session *session)
{
	return session->begun;
}

void net_tls_stop(struct tls_session *session)
{
	if (session->is_broken || !session->ssl || session->begun)
		return;
	ERR_clear_error();
	SSL_shutdown(session->ssl);
	ERR_clear_error();
}
