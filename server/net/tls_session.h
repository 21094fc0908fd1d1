/*
 * tls_session -- TLS on one socket: the handshake in steps, then records.
 *
 * It reads and writes the descriptor, which stays its owner's.  Until the first
 * bytes of a ClientHello are there an accepted session is no more than this
 * struct.  What is written is encrypted in records, one when the socket has
 * taken the one before: what waits is plain and can be taken back.  Behind one
 * that had to wait they are smaller.  A record that was begun cannot:
 * net_tls_begun() says how long it is, and the next write must begin with the
 * same bytes.
 *
 * One thread at a time; OpenSSL is behind it.
 */
#ifndef VOLENS_SERVER_NET_TLS_SESSION_H
#define VOLENS_SERVER_NET_TLS_SESSION_H

#include <sys/types.h>

#include "server/base/view.h"
#include "server/net/tls.h"

#define TLS_RECORD_MAX 16384 /**< plain bytes that are encrypted at once */
#define TLS_RECORD_SLOW 4096 /**< where a record had to wait */

/** What a read or a write gives where it gives no bytes; a read at the end
 *  gives 0. */
enum tls_result {
	TLS_RESULT_LATER = -1, /**< nothing now: net_tls_wants_write() */
	TLS_RESULT_BROKEN = -2 /**< nothing any more */
};

struct tls_session;
const struct tls_settings *net_tls_settings(const struct tls *tls);
struct tls_session *net_tls_accept(struct tls *tls, int fd);
/** @p server_name: the domain that its certificate must have; copied. */
struct tls_session *net_tls_open(struct tls *tls, int fd,
				 const char *server_name);
/** Free it and its memory; nothing is written. */
void net_tls_end(struct tls_session *session);

/** Go on with the handshake.  ERR_OK: it is done; ERR_BUSY: it waits for the
 *  peer; ERR_UNVERIFIED: the certificate does not prove server_name;
 *  ERR_UNREACHABLE: it failed. */
enum err net_tls_step(struct tls_session *session) MUST_CHECK;
/** Why it failed, as OpenSSL says it, or of which names a server's certificate
 *  is instead; or why the client has no names although it showed a certificate;
 *  "" when there is nothing to say.  Lives as long as the session; a stranger
 *  may have written it. */
const char *net_tls_problem(const struct tls_session *session);
/** Does it wait for the socket to take bytes, rather than for some to come? */
bool net_tls_wants_write(const struct tls_session *session);
/** The domains that the peer's certificate proves, with NULL at the end; NULL:
 *  none.  They live as long as the session; after net_tls_reload() they are
 *  told only if the certificate is good by the new files, too. */
const char *const *net_tls_names(struct tls_session *session);
/** It proved names, and by files that were read later it does not:
 *  net_tls_problem() says why. */
bool net_tls_is_doubted(struct tls_session *session);

ssize_t net_tls_read(struct tls_session *session, char *room, size_t size);
/** Are there bytes to read that the descriptor does not tell of? */
bool net_tls_has_more(const struct tls_session *session);
/** Bytes taken, whole records; 0: none yet, or TLS_RESULT_BROKEN. */
ssize_t net_tls_write(struct tls_session *session, struct view bytes);
size_t net_tls_begun(const struct tls_session *session);
/** All is written: say so to the peer (close_notify), if it can be said now. */
void net_tls_stop(struct tls_session *session);

#endif
