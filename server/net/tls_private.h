/*
 * tls_private -- what the files of TLS share; the only ones that see OpenSSL.
 *
 *   tls.c          the sets of contexts: making, sharing, changing
 *   tls_context.c  a context of OpenSSL from files and settings
 *   tls_file.c     opening files, and when what is in them ends
 *   tls_crl.c      revocation lists
 *   tls_verify.c   who the peer is (RFC 5922)
 *   tls_ticket.c   keys of session tickets
 *   tls_session.c  the handshake and the bytes of one connection
 *   tls_bio.c      the socket below it
 */
#ifndef VOLENS_SERVER_NET_TLS_PRIVATE_H
#define VOLENS_SERVER_NET_TLS_PRIVATE_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "server/net/tls_session.h"

#define TLS_FIRST_LEN 9 /**< head of a record and of the ClientHello in it */

struct ticket_key {
	uint8_t name[16], aes[32], mac[32];
};

/** Keys of the tickets that we give to clients, renewed by time. */
struct tls_tickets {
	pthread_mutex_t lock;
	struct ticket_key now, before;
	int64_t made_ms; /**< when `now` was */
};

/** A certificate that we show, and when. */
struct tls_certificate {
	SSL_CTX *context;
	char **names;  /**< NULL at the end */
	uint8_t *ocsp; /**< NULL: none */
	size_t ocsp_len;
	int64_t ocsp_ends_at;
};

/** What one reading of the files made; not changed after, but for tickets. */
struct tls_set {
	atomic_size_t references;
	atomic_bool is_old; /**< the files were read again */
	enum tls_clients clients;
	SSL_CTX *client; /**< for connections that we open */
	struct tls_certificate *certificates;
	size_t n_certificates;
	struct tls_end ends[TLS_DATED_KINDS]; /**< file NULL: none */
	struct tls_tickets tickets;
};

struct tls_session {
	struct tls *tls;
	struct tls_set *set;
	struct tls_set *judged_by; /**< of a later reading; NULL: set */
	int fd;
	SSL *ssl;	   /**< NULL: it has not begun */
	char *server_name; /**< NULL: we are the server */
	char **names;	   /**< NULL: it proved none */
	const char *problem;
	/** Why a certificate is not the expected one's; empty: it is. */
	struct text other;
	size_t begun;	  /**< bytes of a record that is not written whole */
	bool wants_write, /**< rather than read */
		is_broken /**< no call of OpenSSL is of use any more */;
	bool is_doubted;  /**< the names do not hold by what was read later */
	bool saw_end;	  /**< of what comes */
	bool may_receive; /**< from the socket: it had more, as far as we know
			   */
	bool is_dry;	  /**< what OpenSSL has read ahead is no whole record */
	bool is_slow;	  /**< a record had to wait, and more waits behind it */
	uint8_t first[TLS_FIRST_LEN];
	size_t n_first, n_given; /**< read, and handed on */
};

/* tls.c */
/** The set of now; to be given back. */
struct tls_set *net_tls_take(struct tls *tls);
void net_tls_give_back(struct tls_set *set);
/** The certificate for the name that the client asks for. */
const struct tls_certificate *net_tls_choose(const struct tls_set *set,
					     const char *name);

/* tls_context.c */
enum err net_tls_set_new(const struct tls_settings *settings,
			 struct tls_set **ret,
			 struct certificate_problem *ret_problem) MUST_CHECK;
void net_tls_set_free(struct tls_set *set);

/* tls_file.c */
/** Say why; what OpenSSL says of it is added. */
enum err net_tls_fail(struct certificate_problem *problem, enum err err,
		      const char *file, const char *reason);
/** The file, as OpenSSL reads files. */
enum err net_tls_file(const char *path, bool is_key, BIO **ret,
		      struct certificate_problem *problem) MUST_CHECK;
/** Seconds since the epoch; 0: there is none. */
int64_t net_tls_seconds(const ASN1_TIME *time);
/** One of a kind, and from when to when it is of use: kept if it is the first
 *  to end. */
void net_tls_note(struct tls_set *set, enum tls_dated kind, const char *file,
		  int64_t from, int64_t to);

/* tls_crl.c */
/** Read the lists, and have peers looked up in them. */
enum err net_tls_crl_load(struct tls_set *set, const char *path,
			  struct certificate_problem *problem) MUST_CHECK;
/** Is there a list that is out of date? */
bool net_tls_crl_is_over(const struct tls_set *set);

/* tls_verify.c */
/** Called by OpenSSL with a chain. */
int net_tls_verify(X509_STORE_CTX *store, void *arg);
/** Called by OpenSSL with one step of it. */
int net_tls_verify_step(int is_fine, X509_STORE_CTX *store);
/** Is the peer's certificate good by @p set, too?  @p ret_problem: why not. */
bool net_tls_holds(const struct tls_session *session, const struct tls_set *set,
		   const char **ret_problem);
/** The domains that it is for (RFC 5922 section 7.1), in lower case, with NULL
 *  at the end; NULL: none.  Whether it is valid is not looked at. */
char **net_tls_names_of(X509 *certificate);
bool net_tls_has_name(char *const *names, const char *name);
/** Add them to a text for people, with commas between.  @p n counts those of
 *  the text: from NET_TLS_TOLD on "..." stands for the others. */
void net_tls_names_tell(char *const *names, size_t *n, struct text *ret);
void net_tls_names_free(char **names);

/* tls_ticket.c */
void net_tls_tickets_init(struct tls_tickets *tickets);
void net_tls_tickets_release(struct tls_tickets *tickets);
/** Have the tickets of this context made with them. */
void net_tls_tickets_use(SSL_CTX *context);

/* tls_bio.c */
/** The session's socket; NULL when there is no memory. */
BIO *net_tls_bio(struct tls_session *session);
/** Read what must come first, before anything is made for it. */
enum err net_tls_first(struct tls_session *session) MUST_CHECK;

#endif
