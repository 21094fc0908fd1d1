/*
 * Revocation lists (RFC 5280 section 5).  Whoever is on one proves nothing; nor
 * does anybody of whom no list can tell, because there is none of their issuer,
 * or it is out of date.  OpenSSL looks them up (X509_verify_cert).
 */
#include "server/net/tls_private.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "server/base/loop.h"

typedef STACK_OF(X509_CRL) lists;

static int64_t list_end(const X509_CRL *list)
{
	return net_tls_seconds(X509_CRL_get0_nextUpdate(list));
}

/** Of two lists of an issuer OpenSSL takes the newer one. */
static bool is_replaced(const lists *all, const X509_CRL *list)
{
	for (int i = 0; i < sk_X509_CRL_num(all); i++) {
		const X509_CRL *other = sk_X509_CRL_value(all, i);

		if (list_end(other) > list_end(list) &&
		    !X509_NAME_cmp(X509_CRL_get_issuer(other),
				   X509_CRL_get_issuer(list)))
			return true;
	}
	return false;
}

/** All lists of the file; it may hold other things as well. */
static enum err lists_read(BIO *file, lists *ret, const char *path,
			   struct certificate_problem *problem)
{
	X509_CRL *list;

	while ((list = PEM_read_bio_X509_CRL(file, NULL, NULL, NULL)))
		if (!sk_X509_CRL_push(ret, list))
			err_fatal("OpenSSL has no memory");
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return net_tls_fail(problem, ERR_SYNTAX, path,
				    "has a revocation list that is broken");
	ERR_clear_error();
	return sk_X509_CRL_num(ret)
		       ? ERR_OK
		       : net_tls_fail(problem, ERR_SYNTAX, path,
				      "has no revocation list in PEM");
}

static enum err lists_use(struct tls_set *set, const lists *all,
			  const char *path, struct certificate_problem *problem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(set->client);

	for (int i = 0; i < sk_X509_CRL_num(all); i++) {
		X509_CRL *list = sk_X509_CRL_value(all, i);

		if (!list_end(list))
			return net_tls_fail(
				problem, ERR_SYNTAX, path,
				"has a revocation list without nextUpdate");
		if (X509_STORE_add_crl(store, list) != 1)
			return net_tls_fail(problem, ERR_SYNTAX, path,
					    "has a list that cannot be used");
		if (!is_replaced(all, list))
			net_tls_note(
				set, TLS_DATED_CRL, path,
				net_tls_seconds(X509_CRL_get0_lastUpdate(list)),
				list_end(list));
	}
	/* Of the whole chain: who can issue is worse than who was issued. */
	X509_STORE_set_flags(store,
			     X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return ERR_OK;
}

enum err net_tls_crl_load(struct tls_set *set, const char *path,
			  struct certificate_problem *problem)
{
	lists *all;
	BIO *file;
	enum err err;

	if (!path || !*path)
		return ERR_OK;
	err = net_tls_file(path, false, &file, problem);
	if (err)
		return err;
	all = sk_X509_CRL_new_null();
	err = lists_read(file, all, path, problem);
	if (!err)
		err = lists_use(set, all, path, problem);
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	BIO_free(file);
	return err;
}

bool net_tls_crl_is_over(const struct tls_set *set)
{
	const struct tls_end *end = &set->ends[TLS_DATED_CRL];

	return end->file && end->ends_at <= wall_now_s();
}
