#include "tests/unit/tls_help.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/arena.h"

#define DAY 86400

struct pki {
	struct arena *arena;
	const char *folder;
	EVP_PKEY *keys[2]; /* of the authorities: ours, a stranger */
	X509 *certificates[2];
	long n;
};

const char *pki_path(struct pki *pki, const char *name)
{
	return arena_printf(pki->arena, "%s/%s", pki->folder, name);
}

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ck_assert_ptr_nonnull(extension);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *certificate_new(struct pki *pki, EVP_PKEY *key,
			     const char *common_name, int from_days,
			     int to_days)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++pki->n);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from_days * DAY);
	X509_gmtime_adj(X509_getm_notAfter(certificate), to_days * DAY);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)common_name, -1, -1,
				   0);
	return certificate;
}

static void files_write(const char *pem, const char *key_path,
			X509 *certificate, EVP_PKEY *key)
{
	FILE *file = fopen(pem, "w");

	ck_assert_ptr_nonnull(file);
	PEM_write_X509(file, certificate);
	fclose(file);
	if (!key_path)
		return;
	file = fopen(key_path, "w");
	ck_assert_ptr_nonnull(file);
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	chmod(key_path, 0600);
}

static void authority_make(struct pki *pki, int which, const char *name)
{
	X509 *it;

	pki->keys[which] = EVP_EC_gen("P-256");
	it = certificate_new(pki, pki->keys[which], name, -2, 20);
	X509_set_issuer_name(it, X509_get_subject_name(it));
	extend(it, it, NID_basic_constraints, "critical,CA:TRUE");
	extend(it, it, NID_key_usage, "critical,keyCertSign");
	X509_sign(it, pki->keys[which], EVP_sha256());
	pki->certificates[which] = it;
}

struct pki *pki_new(void)
{
	struct arena *arena = arena_new(0);
	struct pki *pki = arena_alloc(arena, sizeof(*pki));
	char *folder = arena_strdup(arena, "/tmp/volens-tls-XXXXXX");

	pki->arena = arena;
	ck_assert_ptr_nonnull(mkdtemp(folder));
	pki->folder = folder;
	authority_make(pki, ISSUER_OURS, "ours");
	authority_make(pki, ISSUER_STRANGER, "stranger");
	files_write(pki_ca(pki), NULL, pki->certificates[ISSUER_OURS], NULL);
	return pki;
}

void pki_free(struct pki *pki)
{
	const char *remove =
		arena_printf(pki->arena, "rm -r '%s'", pki->folder);

	ck_assert_int_eq(system(remove), 0);
	for (int i = 0; i < 2; i++) {
		EVP_PKEY_free(pki->keys[i]);
		X509_free(pki->certificates[i]);
	}
	arena_free(pki->arena);
}

const char *pki_ca(const struct pki *pki)
{
	return arena_printf(pki->arena, "%s/ca.pem", pki->folder);
}

void pki_change_ca(const struct pki *pki)
{
	files_write(pki_ca(pki), NULL, pki->certificates[ISSUER_STRANGER],
		    NULL);
}

struct certificate_files pki_issue(struct pki *pki, const char *name,
				   const struct certificate_plan *plan)
{
	bool is_usual = !plan->from_days && !plan->to_days;
	struct certificate_files files = {
		pki_path(pki, arena_printf(pki->arena, "%s.pem", name)),
		pki_path(pki, arena_printf(pki->arena, "%s.key", name)), NULL};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *it = certificate_new(
		pki, key, plan->common_name ? plan->common_name : "nobody",
		is_usual ? -1 : plan->from_days, is_usual ? 10 : plan->to_days);
	bool is_own = plan->issuer == ISSUER_ITSELF;
	X509 *issuer = is_own ? it : pki->certificates[plan->issuer];

	X509_set_issuer_name(it, X509_get_subject_name(issuer));
	extend(it, issuer, NID_basic_constraints, "CA:FALSE");
	extend(it, issuer, NID_key_usage, "critical,digitalSignature");
	if (plan->alternatives)
		extend(it, issuer, NID_subject_alt_name, plan->alternatives);
	if (plan->uses)
		extend(it, issuer, NID_ext_key_usage, plan->uses);
	X509_sign(it, is_own ? key : pki->keys[plan->issuer], EVP_sha256());
	files_write(files.certificate, files.key, it, key);
	X509_free(it);
	EVP_PKEY_free(key);
	return files;
}

struct tls *tls_make(struct pki *pki, const struct certificate_files *files,
		     struct tls_settings *settings)
{
	struct certificate_problem problem;
	struct tls *tls = NULL;
	enum err err;

	settings->files = files;
	if (!settings->n_files)
		settings->n_files = 1;
	settings->ca = pki_ca(pki);
	if (!settings->handshake_s)
		settings->handshake_s = 30;
	if (!settings->half_open_max)
		settings->half_open_max = 100;
	err = net_tls_new(settings, &tls, &problem);
	ck_assert_msg(err == ERR_OK, "%s", err ? problem.text : "");
	return tls;
}

static void ready(struct transport_wait *wait, enum err err)
{
	struct tls_waiting *waiting = (struct tls_waiting *)wait;

	waiting->n_ready++;
	waiting->err = err;
}

void tls_connect_begin(struct net *from, struct net *to, size_t listener,
		       const char *server_name, struct tls_waiting *ret)
{
	const union address *at =
		transport_address(to->transport, listener, NULL);

	*ret = (struct tls_waiting){
		.wait = {.flow = {.peer.protocol = PROTOCOL_TLS,
				  .peer.address = *at,
				  .listener = -1},
			 .server_name = server_name,
			 .ready = ready}};
	transport_connect(from->transport, &ret->wait);
}
