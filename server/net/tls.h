/*
 * tls -- certificates, keys and rules of TLS for SIP, on OpenSSL 3.
 *
 * One for the process, shared by the transports of all threads.  The files are
 * read when it is made, and again by net_tls_reload(): new connections have the
 * new files, and what the peers of others proved has to hold by them.  Any
 * thread may call.
 *
 * TLS 1.2 and 1.3 without renegotiation, compression and early data.  Who is at
 * the other end is decided by RFC 5922 section 7 (tls_verify.c).
 */
#ifndef VOLENS_SERVER_NET_TLS_H
#define VOLENS_SERVER_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/certificate_files.h"
#include "server/base/text.h"

/** Are clients asked for a certificate?  In the order of the setting. */
enum tls_clients {
	TLS_CLIENTS_IGNORED,
	TLS_CLIENTS_REQUESTED, /**< who has no good one has no names */
	TLS_CLIENTS_REQUIRED   /**< they are not served */
};

/** The oldest version.  In the order of the setting. */
enum tls_oldest { TLS_OLDEST_1_2, TLS_OLDEST_1_3 };

/** What it points to must outlive the struct tls. */
struct tls_settings {
	/** Which of them: by the name that a client asks for (SNI); the first
	 *  when it asks for none of theirs, and when we are the client. */
	const struct certificate_files *files;
	size_t n_files; /**< one at least */
	const char *ca; /**< file or folder; NULL or "": the system's */
	/** A file of revocation lists; NULL or "": none is asked for.  With it,
	 *  a peer proves something only if a list that is not out of date says
	 *  so of each certificate of its chain. */
	const char *crl;
	enum tls_clients clients;
	enum tls_oldest oldest;
	int handshake_s;      /**< time for one handshake */
	size_t half_open_max; /**< accepted ones that are in it; a source has an
				   eighth of them */
};

struct tls;
/** ERR_IO for a file that cannot be read, ERR_FORBIDDEN for a key that others
 *  may read, ERR_SYNTAX, ERR_CONFLICT for a key of another certificate. */
enum err net_tls_new(const struct tls_settings *settings, struct tls **ret,
		     struct certificate_problem *ret_problem) MUST_CHECK;
/** Read all files again.  On an error those from before stay in use. */
enum err net_tls_reload(struct tls *tls,
			struct certificate_problem *ret_problem) MUST_CHECK;

/** Files that are of use until a time that they name. */
enum tls_dated { TLS_DATED_CERTIFICATE, TLS_DATED_OCSP, TLS_DATED_CRL };
#define TLS_DATED_KINDS 3

/** Seconds since the epoch. */
struct tls_end {
	const char *file; /**< stays good */
	int64_t ends_at;
	int64_t warn_at; /**< from when on an operator should be told */
};
/** Which of a kind ends first; false: there is none. */
bool net_tls_ends(struct tls *tls, enum tls_dated kind, struct tls_end *ret);
/** Whether one of our certificates is for this domain (RFC 5922 section 7.1),
 *  valid or not. */
bool net_tls_is_for(struct tls *tls, const char *domain);
/** The domains that our certificates are for, with commas between: for people.
 *  No more than NET_TLS_TOLD of them; "..." stands for the others. */
void net_tls_domains(struct tls *tls, struct text *ret);
#define NET_TLS_TOLD 8
/** No connection may have it any more. */
void net_tls_free(struct tls *tls);

#endif
