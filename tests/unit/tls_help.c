#include "tests/unit/tls_help.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/arena.h"

#define DAY 86400
#define AUTHORITIES ISSUER_ITSELF

struct pki {
	struct arena *arena;
	const char *folder;
	EVP_PKEY *keys[AUTHORITIES]; /* of the authorities, by enum issuer */
	X509 *certificates[AUTHORITIES];
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

static void authority_make(struct pki *pki, enum issuer which, const char *name)
{
	enum issuer by = which == ISSUER_MIDDLE ? ISSUER_OURS : which;
	X509 *it, *issuer;

	pki->keys[which] = EVP_EC_gen("P-256");
	it = certificate_new(pki, pki->keys[which], name, -2, 20);
	issuer = by == which ? it : pki->certificates[by];
	X509_set_issuer_name(it, X509_get_subject_name(issuer));
	extend(it, issuer, NID_basic_constraints, "critical,CA:TRUE");
	extend(it, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	X509_sign(it, pki->keys[by], EVP_sha256());
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
	authority_make(pki, ISSUER_MIDDLE, "middle");
	files_write(pki_ca(pki), NULL, pki->certificates[ISSUER_OURS], NULL);
	files_write(pki_path(pki, "middle.pem"), NULL,
		    pki->certificates[ISSUER_MIDDLE], NULL);
	return pki;
}

void pki_free(struct pki *pki)
{
	const char *remove =
		arena_printf(pki->arena, "rm -r '%s'", pki->folder);

	ck_assert_int_eq(system(remove), 0);
	for (int i = 0; i < AUTHORITIES; i++) {
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

static void append(const char *pem, X509 *certificate)
{
	FILE *file = fopen(pem, "a");

	ck_assert_ptr_nonnull(file);
	PEM_write_X509(file, certificate);
	fclose(file);
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
	if (plan->issuer == ISSUER_MIDDLE)
		append(files.certificate, issuer);
	X509_free(it);
	EVP_PKEY_free(key);
	return files;
}

/* ---- what tells of certificates ------------------------------------------ */

static X509 *certificate_read(const char *path)
{
	FILE *file = fopen(path, "r");
	X509 *it;

	ck_assert_ptr_nonnull(file);
	it = PEM_read_X509(file, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(it);
	fclose(file);
	return it;
}

static void list_add(X509_CRL *list, const char *path)
{
	X509 *certificate = certificate_read(path);
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *at = X509_gmtime_adj(NULL, -60);

	X509_REVOKED_set_serialNumber(entry,
				      X509_get_serialNumber(certificate));
	X509_REVOKED_set_revocationDate(entry, at);
	X509_CRL_add0_revoked(list, entry);
	ASN1_TIME_free(at);
	X509_free(certificate);
}

static X509_CRL *list_make(struct pki *pki, const struct list_plan *plan)
{
	X509_CRL *list = X509_CRL_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, plan->from_s);
	ASN1_TIME *to = X509_gmtime_adj(NULL, plan->to_s);

	X509_CRL_set_version(list, 1);
	X509_CRL_set_issuer_name(
		list, X509_get_subject_name(pki->certificates[plan->issuer]));
	X509_CRL_set1_lastUpdate(list, from);
	if (plan->to_s)
		X509_CRL_set1_nextUpdate(list, to);
	if (plan->revoked)
		list_add(list, plan->revoked);
	X509_CRL_sort(list);
	ck_assert(X509_CRL_sign(list, pki->keys[plan->signer], EVP_sha256()));
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return list;
}

const char *pki_lists(struct pki *pki, const char *name,
		      const struct list_plan *plans, size_t n)
{
	const char *path = pki_path(pki, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < n; i++) {
		X509_CRL *list = list_make(pki, &plans[i]);

		PEM_write_X509_CRL(file, list);
		X509_CRL_free(list);
	}
	fclose(file);
	return path;
}

const char *pki_ocsp(struct pki *pki, const struct certificate_files *files,
		     int from_s, int to_s)
{
	const char *path =
		arena_printf(pki->arena, "%s.ocsp", files->certificate);
	X509 *it = certificate_read(files->certificate);
	X509 *issuer = pki->certificates[ISSUER_OURS];
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), it, issuer);
	ASN1_TIME *from = X509_gmtime_adj(NULL, from_s);
	ASN1_TIME *to = X509_gmtime_adj(NULL, to_s);
	OCSP_RESPONSE *response;
	BIO *file = BIO_new_file(path, "w");
	unsigned char *der = NULL;
	int len;

	OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from,
			       to);
	OCSP_basic_sign(basic, issuer, pki->keys[ISSUER_OURS], EVP_sha256(),
			NULL, 0);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(BIO_write(file, der, len), len);
	OPENSSL_free(der);
	BIO_free(file);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_free(it);
	return path;
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
