/*
 * https -- certificates and keys of HTTP over TLS, on GnuTLS.
 *
 * One for the process.  The files are read when it is made, and again by
 * https_reload(): connections go on with what they began with, new ones have
 * the new files.  TLS 1.2 and 1.3, with forward secrecy.  Any thread may call.
 */
#ifndef VOLENS_API_HTTPS_H
#define VOLENS_API_HTTPS_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/certificate_files.h"

/** What it points to must outlive the struct https. */
struct https_settings {
	/** Which of them: by the name that a client asks for (SNI); the first
	 *  when it asks for none of theirs. */
	const struct certificate_files *files;
	size_t n_files;	  /**< one at least */
	bool is_1_3_only; /**< no TLS 1.2 */
};

struct https;
/** ERR_IO for a file that cannot be read, ERR_FORBIDDEN for a key that others
 *  may read, ERR_SYNTAX, ERR_CONFLICT for a key of another certificate. */
enum err https_new(const struct https_settings *settings, struct https **ret,
		   struct certificate_problem *ret_problem) MUST_CHECK;
/** Read all files again.  On an error those from before stay in use. */
enum err https_reload(struct https *https,
		      struct certificate_problem *ret_problem) MUST_CHECK;
/** No connection may have it any more. */
void https_free(struct https *https);

/* ---- for api/http_listener.c ------------------------------------------- */

/** What one reading of the files made. */
struct https_set;
/** The one of now, for a connection; to be given back when that has ended. */
struct https_set *https_take(struct https *https);
void https_give_back(struct https_set *set);
/** @p session is GnuTLS's; NULL for @p set: its handshake is to fail. */
void https_begin(void *session, struct https_set *set);

/** The value of MHD_OPTION_HTTPS_PRIORITIES. */
const char *https_priorities(const struct https *https);
/** The value of MHD_OPTION_HTTPS_CERT_CALLBACK2: a gnutls_certificate_
 *  retrieve_function3, of the session that https_begin() was told of. */
void (*https_chooser(void))(void);

#endif
