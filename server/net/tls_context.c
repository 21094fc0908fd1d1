/* A context of OpenSSL from files and settings. */
#include "server/net/tls_private.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/base/arena.h"
#include "server/base/loop.h"

#define CHAIN_MAX 32768 /* bytes of a chain that a peer shows */
#define TICKET_S 3600	/* how long a session may be taken up again */
#define OCSP_MAX 65536	/* bytes of a response */

/* With forward secrecy: RFC 9325 section 4.2.  CBC stays for old phones. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:!aNULL"

/* ---- files --------------------------------------------------------------- */

/* Nobody is there to be asked. */
static int no_passphrase(char *room, int size, int is_writing, void *arg)
{
	(void)room;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

static enum err key_load(SSL_CTX *context,
			 const struct certificate_files *files,
			 struct certificate_problem *problem)
{
	EVP_PKEY *key;
	BIO *file;
	enum err err = net_tls_file(files->key, true, &file, problem);

	if (err)
		return err;
	key = PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
	BIO_free(file);
	if (!key)
		return net_tls_fail(
			problem, ERR_SYNTAX, files->key,
			"is no private key without a passphrase, in PEM");
	if (SSL_CTX_use_PrivateKey(context, key) != 1)
		err = net_tls_fail(problem, ERR_CONFLICT, files->key,
				   "is not the key of the certificate");
	EVP_PKEY_free(key);
	return err;
}

static enum err pair_load(SSL_CTX *context,
			  const struct certificate_files *files,
			  struct certificate_problem *problem)
{
	BIO *file;
	enum err err = net_tls_file(files->certificate, false, &file, problem);

	if (err)
		return err;
	BIO_free(file);
	if (SSL_CTX_use_certificate_chain_file(context, files->certificate) !=
	    1)
		return net_tls_fail(problem, ERR_SYNTAX, files->certificate,
				    "has no certificate in PEM");
	err = key_load(context, files, problem);
	if (!err && SSL_CTX_check_private_key(context) != 1)
		err = net_tls_fail(problem, ERR_CONFLICT, files->key,
				   "is not the key of the certificate");
	return err;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum err authorities_load(SSL_CTX *context, const char *path,
				 struct certificate_problem *problem)
{
	int done;

	if (path && *path && access(path, R_OK) != 0)
		return net_tls_fail(problem, ERR_IO, path, strerror(errno));
	if (!path || !*path)
		done = SSL_CTX_set_default_verify_paths(context);
	else if (is_folder(path))
		done = SSL_CTX_load_verify_dir(context, path);
	else
		done = SSL_CTX_load_verify_file(context, path);
	return done == 1 ? ERR_OK
			 : net_tls_fail(problem, ERR_IO, path ? path : "ca",
					"has no certificates of authorities");
}

/* ---- OCSP (RFC 6960, stapled: RFC 6066 section 8) ------------------------ */

/** When the response is made, and out of date; 0: it is none. */
static int64_t ocsp_end(const uint8_t *at, size_t len, int64_t *ret_from)
{
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)len);
	OCSP_BASICRESP *basic =
		response ? OCSP_response_get1_basic(response) : NULL;
	OCSP_SINGLERESP *one = basic ? OCSP_resp_get0(basic, 0) : NULL;
	ASN1_GENERALIZEDTIME *made = NULL, *next = NULL;
	int64_t end = 0;

	if (one) {
		OCSP_single_get0_status(one, NULL, NULL, &made, &next);
		*ret_from = net_tls_seconds(made);
		end = next ? net_tls_seconds(next) : INT64_MAX;
	}
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return end;
}

static enum err ocsp_load(struct tls_set *set, struct tls_certificate *ret,
			  const char *path, struct certificate_problem *problem)
{
	BIO *file;
	int64_t from;
	enum err err;
	int n;

	if (!path || !*path)
		return ERR_OK;
	err = net_tls_file(path, false, &file, problem);
	if (err)
		return err;
	ret->ocsp = mem_alloc(OCSP_MAX);
	n = BIO_read(file, ret->ocsp, OCSP_MAX);
	BIO_free(file);
	ret->ocsp_len = n > 0 ? (size_t)n : 0;
	ret->ocsp_ends_at = ocsp_end(ret->ocsp, ret->ocsp_len, &from);
	if (ret->ocsp_ends_at == 0)
		return net_tls_fail(problem, ERR_SYNTAX, path,
				    "is no OCSP response in DER");
	ret->ocsp = mem_resize(ret->ocsp, ret->ocsp_len);
	if (ret->ocsp_ends_at != INT64_MAX)
		net_tls_note(set, TLS_DATED_OCSP, path, from,
			     ret->ocsp_ends_at);
	return ERR_OK;
}

static int ocsp_staple(SSL *ssl, void *arg)
{
	const struct tls_certificate *certificate = arg;
	void *copy;

	if (!certificate->ocsp || certificate->ocsp_ends_at <= wall_now_s())
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(certificate->ocsp, certificate->ocsp_len);
	if (!copy)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)certificate->ocsp_len);
	return SSL_TLSEXT_ERR_OK;
}

/* ---- contexts ------------------------------------------------------------ */

/* RFC 6066 section 3: a name that we do not have gets the first one. */
static int name_asked(SSL *ssl, int *alert, void *arg)
{
	const struct tls_certificate *certificate = net_tls_choose(
		arg, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));

	(void)alert;
	SSL_set_SSL_CTX(ssl, certificate->context);
	return SSL_TLSEXT_ERR_OK;
}

static enum err context_new(const struct tls_settings *settings,
			    const struct certificate_files *files,
			    SSL_CTX **ret, struct certificate_problem *problem)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());

	if (!context)
		err_fatal("OpenSSL has no memory");
	*ret = context;
	SSL_CTX_set_min_proto_version(
		context, settings->oldest == TLS_OLDEST_1_3 ? TLS1_3_VERSION
							    : TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
					     SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	/* Many small records with one recv(); net_tls_has_more() tells of them.
	 */
	SSL_CTX_set_read_ahead(context, 1);
	/* One record a call, whatever it is: nobody keeps us. */
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(context, CHAIN_MAX);
	SSL_CTX_set_timeout(context, TICKET_S);
	SSL_CTX_set_cert_verify_callback(context, net_tls_verify, NULL);
	if (SSL_CTX_set_cipher_list(context, CIPHERS) != 1)
		return net_tls_fail(problem, ERR_UNSUPPORTED, "OpenSSL",
				    "has no cipher that is good enough");
	return pair_load(context, files, problem);
}

static int verify_mode(enum tls_clients clients)
{
	switch (clients) {
	case TLS_CLIENTS_IGNORED:
		return SSL_VERIFY_NONE;
	case TLS_CLIENTS_REQUIRED:
		return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	case TLS_CLIENTS_REQUESTED:
		break;
	}
	return SSL_VERIFY_PEER;
}

static void server_set(struct tls_set *set, struct tls_certificate *certificate,
		       const struct tls_settings *settings)
{
	static const unsigned char id[] = "volens";
	SSL_CTX *context = certificate->context;

	SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(set->client));
	SSL_CTX_set_verify(context, verify_mode(settings->clients),
			   net_tls_verify_step);
	SSL_CTX_set_session_id_context(context, id, sizeof(id) - 1);
	SSL_CTX_set_num_tickets(context, 1);
	net_tls_tickets_use(context);
	SSL_CTX_set_tlsext_servername_callback(context, name_asked);
	SSL_CTX_set_tlsext_servername_arg(context, set);
	SSL_CTX_set_tlsext_status_cb(context, ocsp_staple);
	SSL_CTX_set_tlsext_status_arg(context, certificate);
	/* Who has several certificates is told whose we know. */
	if (settings->ca && *settings->ca && !is_folder(settings->ca))
		SSL_CTX_set_client_CA_list(
			context, SSL_load_client_CA_file(settings->ca));
}

static enum err certificate_load(struct tls_set *set, size_t i,
				 const struct tls_settings *settings,
				 struct certificate_problem *problem)
{
	struct tls_certificate *it = &set->certificates[i];
	const struct certificate_files *files = &settings->files[i];
	X509 *certificate;
	enum err err = context_new(settings, files, &it->context, problem);

	if (!err)
		err = ocsp_load(set, it, files->ocsp, problem);
	if (err)
		return err;
	certificate = SSL_CTX_get0_certificate(it->context);
	net_tls_note(set, TLS_DATED_CERTIFICATE, files->certificate,
		     net_tls_seconds(X509_get0_notBefore(certificate)),
		     net_tls_seconds(X509_get0_notAfter(certificate)));
	it->names = net_tls_names_of(certificate);
	server_set(set, it, settings);
	return ERR_OK;
}

enum err net_tls_set_new(const struct tls_settings *settings,
			 struct tls_set **ret,
			 struct certificate_problem *ret_problem)
{
	struct tls_set *set = mem_alloc(sizeof(*set));
	enum err err;

	ERR_clear_error();
	atomic_init(&set->references, 1);
	atomic_init(&set->is_old, false);
	set->clients = settings->clients;
	set->n_certificates = settings->n_files;
	set->certificates =
		mem_alloc((settings->n_files + 1) * sizeof(*set->certificates));
	net_tls_tickets_init(&set->tickets);
	err = context_new(settings, &settings->files[0], &set->client,
			  ret_problem);
	if (!err)
		err = authorities_load(set->client, settings->ca, ret_problem);
	if (!err)
		err = net_tls_crl_load(set, settings->crl, ret_problem);
	for (size_t i = 0; i < settings->n_files && !err; i++)
		err = certificate_load(set, i, settings, ret_problem);
	if (err) {
		net_tls_set_free(set);
		return err;
	}
	SSL_CTX_set_verify(set->client, SSL_VERIFY_PEER, net_tls_verify_step);
	*ret = set;
	return ERR_OK;
}

void net_tls_set_free(struct tls_set *set)
{
	for (size_t i = 0; i < set->n_certificates; i++) {
		SSL_CTX_free(set->certificates[i].context);
		net_tls_names_free(set->certificates[i].names);
		free(set->certificates[i].ocsp);
	}
	SSL_CTX_free(set->client);
	net_tls_tickets_release(&set->tickets);
	free(set->certificates);
	free(set);
}
