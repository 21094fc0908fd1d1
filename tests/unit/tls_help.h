/*
 * tls_help -- an authority and certificates for tests, made on the fly.
 */
#ifndef VOLENS_TESTS_UNIT_TLS_HELP_H
#define VOLENS_TESTS_UNIT_TLS_HELP_H

#include "server/net/tls.h"
#include "tests/unit/transport_help.h"

enum issuer {
	ISSUER_OURS,	 /**< in `ca` of the settings */
	ISSUER_STRANGER, /**< an authority that nobody knows */
	ISSUER_MIDDLE,	 /**< one that ours has issued; middle.pem */
	ISSUER_ITSELF
};

/** What a certificate says. */
struct certificate_plan {
	const char
		*alternatives;	 /**< subjectAltName, as in openssl.cnf; NULL */
	const char *common_name; /**< NULL: "nobody" */
	const char *uses;	 /**< extendedKeyUsage; NULL: none */
	enum issuer issuer;
	int from_days, to_days; /**< from now; both 0: -1 to 10 */
};

struct pki; /* a folder of files */
struct pki *pki_new(void);
void pki_free(struct pki *pki);
/** Files NAME.pem and NAME.key, of mode 0600; the paths stay good. */
struct certificate_files pki_issue(struct pki *pki, const char *name,
				   const struct certificate_plan *plan);

/** A revocation list. */
struct list_plan {
	enum issuer issuer, signer;
	int from_s, to_s;    /**< from now; to_s 0: it has no nextUpdate */
	const char *revoked; /**< file of a certificate that is on it; NULL */
};
/** File NAME with lists; its path. */
const char *pki_lists(struct pki *pki, const char *name,
		      const struct list_plan *plans, size_t n);
/** An OCSP response that says good; its file. */
const char *pki_ocsp(struct pki *pki, const struct certificate_files *files,
		     int from_s, int to_s);

const char *pki_ca(const struct pki *pki);
/** From now on `ca` is the stranger alone, for who reads it. */
void pki_change_ca(const struct pki *pki);
/** A path in the folder. */
const char *pki_path(struct pki *pki, const char *name);

/** TLS with these files and our authority; more may be set in @p settings. */
struct tls *tls_make(struct pki *pki, const struct certificate_files *files,
		     struct tls_settings *settings);

/** As transport_wait, and what came of it. */
struct tls_waiting {
	struct transport_wait wait;
	int n_ready;
	enum err err;
};
/** Connect by TLS to a listener of @p to, as if it were @p server_name. */
void tls_connect_begin(struct net *from, struct net *to, size_t listener,
		       const char *server_name, struct tls_waiting *ret);
/** Turn both loops until @p condition. */
#define both_until(a, b, condition)                                            \
	do {                                                                   \
		int64_t both_end =                                             \
			monotonic_now_ms() + INT64_C(5000) * NET_PATIENCE;     \
		while (!(condition) && monotonic_now_ms() < both_end) {        \
			loop_step((a)->loop, 2);                               \
			loop_step((b)->loop, 2);                               \
		}                                                              \
		ck_assert(condition);                                          \
	} while (0)

#endif
