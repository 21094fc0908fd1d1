/*
 * Who is at the other end: RFC 5922 section 7, on a chain that OpenSSL found
 * good (RFC 5280).  Wildcards match nothing.
 */
#include "server/net/tls_private.h"

#include <ctype.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "server/base/arena.h"
#include "server/base/uri.h"

#define NAMES_MAX 64	/* of one certificate: the others prove nothing */
#define DOMAIN_MAX 253	/* letters of a name */
#define NOBODY_MAX 4096 /* bytes of certificates that prove nothing */

/* RFC 5924 section 4; OpenSSL has no name for it. */
#define SIP_DOMAIN_OID "1.3.6.1.5.5.7.3.20"

/* ---- what it may be used for -------------------------------------------- */

/** Does its extended key usage name SIP, or any use? */
static bool is_for_sip(X509 *certificate)
{
	EXTENDED_KEY_USAGE *uses =
		X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	bool found = false;
	char oid[64];

	for (int i = 0; uses && i < sk_ASN1_OBJECT_num(uses); i++) {
		const ASN1_OBJECT *use = sk_ASN1_OBJECT_value(uses, i);

		OBJ_obj2txt(oid, sizeof(oid), use, 1);
		found |= strcmp(oid, SIP_DOMAIN_OID) == 0 ||
			 OBJ_obj2nid(use) == NID_anyExtendedKeyUsage;
	}
	EXTENDED_KEY_USAGE_free(uses);
	return found;
}

/* OpenSSL asks for the use as a server or client of TLS; RFC 5924 section 4
 * allows id-kp-sipDomain or any use in its place.  Nothing else is let pass. */
int net_tls_verify_step(int is_fine, X509_STORE_CTX *store)
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (is_fine ||
	    X509_STORE_CTX_get_error(store) != X509_V_ERR_INVALID_PURPOSE ||
	    X509_STORE_CTX_get_error_depth(store) != 0 ||
	    !is_for_sip(certificate) ||
	    !(X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE))
		return is_fine;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* ---- whose it is --------------------------------------------------------- */

struct names {
	char **at;
	size_t n;
};

static void names_add(struct names *names, struct view name)
{
	char *copy;

	if (names->n == NAMES_MAX || name.len == 0 || name.len > DOMAIN_MAX)
		return;
	copy = mem_alloc(name.len + 1);
	for (size_t i = 0; i < name.len; i++)
		copy[i] = (char)tolower((unsigned char)name.at[i]);
	names->at = mem_resize(names->at, (names->n + 2) * sizeof(*names->at));
	names->at[names->n++] = copy;
	names->at[names->n] = NULL;
}

/** Letters, digits, "-" and "_" between dots: no wildcard, no NUL. */
static bool is_domain(struct view name)
{
	bool at_label = true;

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];

		if (c == '.' ? at_label : !isalnum(c) && c != '-' && c != '_')
			return false;
		at_label = c == '.';
	}
	return name.len > 0 && !at_label;
}

static struct view string_view(const ASN1_STRING *string)
{
	return (struct view){(const char *)ASN1_STRING_get0_data(string),
			     (size_t)ASN1_STRING_length(string)};
}

/* A sip URI without user part; sips means nothing here. */
static void add_uri(struct names *names, struct view text)
{
	struct uri uri;

	if (view_starts_nocase(text, VIEW("sip:")) && !uri_parse(text, &uri) &&
	    uri.scheme == URI_SIP && !uri.user.len &&
	    view_find(text, '@', 0) == SIZE_MAX)
		names_add(names, uri.host);
}

static void add_alternatives(struct names *names, const GENERAL_NAMES *all,
			     int type)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);

		if (one->type != type)
			continue;
		if (type == GEN_URI)
			add_uri(names,
				string_view(one->d.uniformResourceIdentifier));
		else if (is_domain(string_view(one->d.dNSName)))
			names_add(names, string_view(one->d.dNSName));
	}
}

static void add_common_name(struct names *names, X509 *certificate)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = -1, last = -1;
	struct view name;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >=
	       0)
		last = at;
	if (last < 0)
		return;
	name = string_view(
		X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
	if (is_domain(name))
		names_add(names, name);
}

/* Section 7.1: dNSName only where no sip URI names a domain, the common name
 * only where there is no subjectAltName at all. */
char **net_tls_names_of(X509 *certificate)
{
	struct names names = {NULL, 0};
	GENERAL_NAMES *all;

	if (X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0) {
		add_common_name(&names, certificate);
		return names.at;
	}
	all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	if (!all)
		return NULL; /* it cannot be read, or is there twice */
	add_alternatives(&names, all, GEN_URI);
	if (names.n == 0)
		add_alternatives(&names, all, GEN_DNS);
	GENERAL_NAMES_free(all);
	return names.at;
}

bool net_tls_has_name(char *const *names, const char *name)
{
	return view_is_among(view_of(name), (const char *const *)names);
}

void net_tls_names_tell(char *const *names, size_t *n, struct text *ret)
{
	for (; names && *names && *n <= NET_TLS_TOLD; names++, (*n)++) {
		text_add(ret, *n ? "," : "");
		text_add(ret, *n < NET_TLS_TOLD ? *names : "...");
	}
}

void net_tls_names_free(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

/* ---- is it who was expected? --------------------------------------------- */

static bool is_expected(struct tls_session *session, X509 *certificate)
{
	char **names = net_tls_names_of(certificate);
	bool is_there = net_tls_has_name(names, session->server_name);
	size_t n = 0;

	if (!is_there) {
		text_clear(&session->other);
		text_add(&session->other, names ? "it is for other names: "
						: "it is for no name");
		net_tls_names_tell(names, &n, &session->other);
	}
	net_tls_names_free(names);
	return is_there;
}

/** Bytes of what the peer shows, in DER. */
static size_t shown_len(X509_STORE_CTX *store)
{
	const STACK_OF(X509) *shown = X509_STORE_CTX_get0_untrusted(store);
	size_t len = 0;

	for (int i = 0; i < sk_X509_num(shown); i++)
		len += (size_t)i2d_X509(sk_X509_value(shown, i), NULL);
	return len;
}

/* OpenSSL keeps a client's certificate with the connection, in up to twenty
 * times its size: of strangers only small ones. */
static bool may_be_nobody(const struct tls_session *session,
			  X509_STORE_CTX *store)
{
	return !session->server_name &&
	       session->set->clients == TLS_CLIENTS_REQUESTED &&
	       shown_len(store) <= NOBODY_MAX;
}

/*
 * The result stays with the session, and in its tickets: it is X509_V_OK only
 * for a chain that is good.  A server is refused in the handshake, before it
 * gets a byte (section 7.3); a client may be served without a name.
 */
int net_tls_verify(X509_STORE_CTX *store, void *arg)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_session *session = SSL_get_app_data(ssl);
	bool is_good = X509_verify_cert(store) == 1;

	(void)arg;
	if (is_good && session->server_name &&
	    !is_expected(session, X509_STORE_CTX_get0_cert(store))) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
		is_good = false;
	}
	if (!is_good && X509_STORE_CTX_get_error(store) == X509_V_OK)
		X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
	return is_good || may_be_nobody(session, store);
}

/* As OpenSSL did it in the handshake.  Of a session that goes on by a ticket
 * the issuers are not there: it may be that nobody can tell. */
bool net_tls_holds(const struct tls_session *session, const struct tls_set *set,
		   const char **ret_problem)
{
	X509_STORE_CTX *store = X509_STORE_CTX_new();
	X509 *peer = SSL_get0_peer_certificate(session->ssl);
	bool holds = false;

	*ret_problem = "no memory";
	if (store && peer &&
	    X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(set->client),
				peer,
				SSL_get0_verified_chain(session->ssl)) == 1 &&
	    X509_STORE_CTX_set_default(store, session->server_name
						      ? "ssl_server"
						      : "ssl_client") == 1) {
		X509_VERIFY_PARAM_set_auth_level(
			X509_STORE_CTX_get0_param(store),
			SSL_CTX_get_security_level(set->client));
		X509_STORE_CTX_set_verify_cb(store, net_tls_verify_step);
		holds = X509_verify_cert(store) == 1;
		*ret_problem = holds ? ""
				     : X509_verify_cert_error_string(
					       X509_STORE_CTX_get_error(store));
	}
	X509_STORE_CTX_free(store);
	return holds;
}
