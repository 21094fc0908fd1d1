#include "api/https.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "server/base/arena.h"
#include "server/base/loop.h"
#include "server/base/text.h"

#define CHAIN_MAX 16
#define FILE_MAX ((size_t)256 * 1024)
#define KEY_ID_MAX 64
#define NAME_MAX_LEN 256 /* of a name that a client asks for */

/* RFC 9325: no key exchange without forward secrecy, no CBC, no old version. */
#define CIPHERS                                                                \
	":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:-CIPHER-ALL:+AES-256-GCM:"  \
	"+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE"
#define VERSIONS_1_2 "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define VERSIONS_1_3 "NORMAL:-VERS-ALL:+VERS-TLS1.3"

/** A certificate with its key. */
struct pair {
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned n_chain;
	gnutls_x509_crt_t leaf; /* the first of them */
	gnutls_privkey_t key;
	struct text ocsp_bytes;
	gnutls_ocsp_data_st ocsp; /* no response when that is empty */
};

struct https_set {
	atomic_size_t references;
	size_t n;
	struct pair pairs[];
};

struct https {
	struct https_settings settings;
	pthread_mutex_t lock; /* of now */
	struct https_set *now;
};

/* ---- files --------------------------------------------------------------- */

/** All of it, on the heap. */
static enum err file_read(const char *path, bool is_key, struct text *ret,
			  struct certificate_problem *problem)
{
	int fd;
	ssize_t n = 1;
	enum err err = certificate_file_open(path, is_key, &fd, problem);

	if (err)
		return err;
	text_init(ret, NULL);
	text_reserve(ret, FILE_MAX);
	while (n > 0 && ret->len < FILE_MAX) {
		n = read(fd, ret->at + ret->len, FILE_MAX - ret->len);
		if (n > 0)
			ret->len += (size_t)n;
	}
	close(fd);
	if (n == 0)
		return ERR_OK;
	err = n < 0 ? certificate_fail(problem, ERR_IO, path, strerror(errno))
		    : certificate_fail(problem, ERR_TOO_LARGE, path,
				       "is too large");
	explicit_bzero(ret->at, ret->size);
	text_release(ret);
	return err;
}

static gnutls_datum_t datum_of(const struct text *text)
{
	return (gnutls_datum_t){(unsigned char *)text->at, (unsigned)text->len};
}

static enum err chain_load(struct pair *pair, const char *path,
			   struct certificate_problem *problem)
{
	unsigned n = CHAIN_MAX;
	struct text text;
	enum err err = file_read(path, false, &text, problem);

	if (err)
		return err;
	gnutls_datum_t pem = datum_of(&text);

	if (gnutls_pcert_list_import_x509_raw(pair->chain, &n, &pem,
					      GNUTLS_X509_FMT_PEM, 0) == 0)
		pair->n_chain = n;
	text_release(&text);
	if (!pair->n_chain ||
	    gnutls_pcert_export_x509(&pair->chain[0], &pair->leaf))
		return certificate_fail(
			problem, ERR_SYNTAX, path,
			"has no certificate in PEM, or others than its "
			"issuers after it");
	return ERR_OK;
}

static bool key_fits(const struct pair *pair)
{
	unsigned char ours[KEY_ID_MAX], theirs[KEY_ID_MAX];
	size_t n_ours = sizeof(ours), n_theirs = sizeof(theirs);
	gnutls_pubkey_t public;
	bool fits = false;

	if (gnutls_pubkey_init(&public))
		return false;
	if (!gnutls_pubkey_import_privkey(public, pair->key, 0, 0) &&
	    !gnutls_pubkey_get_key_id(public, 0, ours, &n_ours) &&
	    !gnutls_x509_crt_get_key_id(pair->leaf, 0, theirs, &n_theirs))
		fits = n_ours == n_theirs && !memcmp(ours, theirs, n_ours);
	gnutls_pubkey_deinit(public);
	return fits;
}

static enum err key_load(struct pair *pair, const char *path,
			 struct certificate_problem *problem)
{
	struct text text;
	enum err err = file_read(path, true, &text, problem);
	int failed;

	if (err)
		return err;
	gnutls_datum_t pem = datum_of(&text);

	failed = gnutls_privkey_init(&pair->key);
	if (!failed)
		failed = gnutls_privkey_import_x509_raw(
			pair->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	explicit_bzero(text.at, text.size);
	text_release(&text);
	if (failed)
		return certificate_fail(
			problem, ERR_SYNTAX, path,
			"is no private key without a passphrase, in PEM");
	return key_fits(pair)
		       ? ERR_OK
		       : certificate_fail(problem, ERR_CONFLICT, path,
					  "is not the key of the certificate");
}

/* ---- OCSP (RFC 6960, stapled: RFC 6066 section 8) ------------------------ */

/** When the response is out of date; -1: it is none; 0: never. */
static time_t ocsp_end(const gnutls_datum_t *der)
{
	gnutls_ocsp_resp_t response;
	time_t next = -1;

	if (gnutls_ocsp_resp_init(&response))
		return -1;
	if (gnutls_ocsp_resp_import(response, der) ||
	    gnutls_ocsp_resp_get_single(response, 0, NULL, NULL, NULL, NULL,
					NULL, NULL, &next, NULL, NULL))
		next = -1;
	else if (next == (time_t)-1)
		next = 0;
	gnutls_ocsp_resp_deinit(response);
	return next;
}

static enum err ocsp_load(struct pair *pair, const char *path,
			  struct certificate_problem *problem)
{
	enum err err;

	if (!path || !*path)
		return ERR_OK;
	err = file_read(path, false, &pair->ocsp_bytes, problem);
	if (err)
		return err;
	pair->ocsp.response = datum_of(&pair->ocsp_bytes);
	pair->ocsp.exptime = ocsp_end(&pair->ocsp.response);
	return pair->ocsp.exptime == (time_t)-1
		       ? certificate_fail(problem, ERR_SYNTAX, path,
					  "is no OCSP response in DER")
		       : ERR_OK;
}

/* ---- sets ---------------------------------------------------------------- */

static void pair_release(struct pair *pair)
{
	for (unsigned i = 0; i < pair->n_chain; i++)
		gnutls_pcert_deinit(&pair->chain[i]);
	if (pair->leaf)
		gnutls_x509_crt_deinit(pair->leaf);
	if (pair->key)
		gnutls_privkey_deinit(pair->key);
	text_release(&pair->ocsp_bytes);
}

void https_give_back(struct https_set *set)
{
	if (!set || atomic_fetch_sub(&set->references, 1) > 1)
		return;
	for (size_t i = 0; i < set->n; i++)
		pair_release(&set->pairs[i]);
	free(set);
}

static enum err set_load(const struct https_settings *settings,
			 struct https_set **ret,
			 struct certificate_problem *problem)
{
	size_t n = settings->n_files;
	size_t size = sizeof(struct https_set) + n * sizeof(struct pair);
	struct https_set *set = mem_alloc(size);
	enum err err = ERR_OK;

	memset(set, 0, size);
	atomic_init(&set->references, 1);
	set->n = n;
	for (size_t i = 0; i < n && !err; i++) {
		const struct certificate_files *files = &settings->files[i];

		err = chain_load(&set->pairs[i], files->certificate, problem);
		if (!err)
			err = key_load(&set->pairs[i], files->key, problem);
		if (!err)
			err = ocsp_load(&set->pairs[i], files->ocsp, problem);
	}
	if (err)
		https_give_back(set);
	else
		*ret = set;
	return err;
}

enum err https_new(const struct https_settings *settings, struct https **ret,
		   struct certificate_problem *ret_problem)
{
	struct https_set *set;
	enum err err = set_load(settings, &set, ret_problem);

	if (err)
		return err;
	*ret = mem_alloc(sizeof(**ret));
	(*ret)->settings = *settings;
	(*ret)->now = set;
	pthread_mutex_init(&(*ret)->lock, NULL);
	return ERR_OK;
}

enum err https_reload(struct https *https,
		      struct certificate_problem *ret_problem)
{
	struct https_set *set, *before;
	enum err err = set_load(&https->settings, &set, ret_problem);

	if (err)
		return err;
	pthread_mutex_lock(&https->lock);
	before = https->now;
	https->now = set;
	pthread_mutex_unlock(&https->lock);
	https_give_back(before);
	return ERR_OK;
}

void https_free(struct https *https)
{
	if (!https)
		return;
	https_give_back(https->now);
	pthread_mutex_destroy(&https->lock);
	free(https);
}

struct https_set *https_take(struct https *https)
{
	struct https_set *set;

	pthread_mutex_lock(&https->lock);
	set = https->now;
	atomic_fetch_add(&set->references, 1);
	pthread_mutex_unlock(&https->lock);
	return set;
}

/* ---- handshakes ---------------------------------------------------------- */

void https_begin(void *session, struct https_set *set)
{
	gnutls_session_set_ptr(session, set);
}

const char *https_priorities(const struct https *https)
{
	return https->settings.is_1_3_only ? VERSIONS_1_3 CIPHERS
					   : VERSIONS_1_2 CIPHERS;
}

/** RFC 6066 section 3: a name that we do not have gets the first one. */
static struct pair *pair_choose(struct https_set *set, gnutls_session_t session)
{
	char name[NAME_MAX_LEN];
	size_t len = sizeof(name);
	unsigned type;

	if (gnutls_server_name_get(session, name, &len, &type, 0) ||
	    type != GNUTLS_NAME_DNS)
		return &set->pairs[0];
	for (size_t i = 0; i < set->n; i++) {
		if (gnutls_x509_crt_check_hostname(set->pairs[i].leaf, name))
			return &set->pairs[i];
	}
	return &set->pairs[0];
}

static int choose(gnutls_session_t session,
		  const struct gnutls_cert_retr_st *info,
		  gnutls_pcert_st **ret_chain, unsigned *ret_n,
		  gnutls_ocsp_data_st **ret_ocsp, unsigned *ret_n_ocsp,
		  gnutls_privkey_t *ret_key, unsigned *ret_flags)
{
	struct https_set *set = gnutls_session_get_ptr(session);
	struct pair *pair;

	(void)info;
	if (!set)
		return -1;
	pair = pair_choose(set, session);
	*ret_chain = pair->chain;
	*ret_n = pair->n_chain;
	*ret_key = pair->key;
	*ret_flags = 0; /* they stay ours */
	*ret_ocsp = NULL;
	*ret_n_ocsp = 0;
	if (pair->ocsp.response.size &&
	    (!pair->ocsp.exptime || pair->ocsp.exptime > wall_now_s())) {
		*ret_ocsp = &pair->ocsp;
		*ret_n_ocsp = 1;
	}
	return 0;
}

void (*https_chooser(void))(void)
{
	gnutls_certificate_retrieve_function3 *typed = choose;

	return (void (*)(void))typed;
}
