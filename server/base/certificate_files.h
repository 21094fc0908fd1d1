/*
 * certificate_files -- the files of a certificate that we show, and the rule on
 * who may read a key.
 *
 * For both libraries of TLS: OpenSSL (server/net/tls.h) and GnuTLS
 * (api/https.h).  Any thread.
 */
#ifndef VOLENS_SERVER_BASE_CERTIFICATE_FILES_H
#define VOLENS_SERVER_BASE_CERTIFICATE_FILES_H

#include <stdbool.h>

#include "server/base/err.h"

struct certificate_files {
	const char *certificate; /**< PEM: ours, then its issuers */
	const char *key;	 /**< PEM, without a passphrase */
	const char *ocsp;	 /**< a response in DER; NULL or "": none */
};

/** Why files were not taken, in words for an operator. */
struct certificate_problem {
	char text[512];
};

/** Write "FILE: REASON".  @return @p err */
enum err certificate_fail(struct certificate_problem *problem, enum err err,
			  const char *file, const char *reason);
/**
 * Open one for reading.
 *
 * @param is_key  a key: others than its owner and its group must not read it,
 *                and the group must not write it
 * @param ret     a descriptor, to be closed
 * @return ERR_IO for what cannot be read or is no regular file, ERR_FORBIDDEN
 *         for a key that is open to others
 */
enum err
certificate_file_open(const char *path, bool is_key, int *ret,
		      struct certificate_problem *ret_problem) MUST_CHECK;

#endif
