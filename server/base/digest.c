#include "server/base/digest.h"

#include "server/base/digest_params.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

#define NC_DIGITS 8

struct algorithm {
	const char *name;
	const char *openssl;
	size_t len; /**< bytes of a digest */
};

static const struct algorithm algorithms[DIGEST_ALGORITHMS] = {
	[DIGEST_SHA256] = {"SHA-256", "SHA256", 32},
	[DIGEST_SHA512_256] = {"SHA-512-256", "SHA512-256", 32},
	[DIGEST_MD5] = {"MD5", "MD5", 16},
};

/* Fetched once; NULL where the library refuses the algorithm (MD5 in FIPS
 * mode): then no response is right. */
static EVP_MD *methods[DIGEST_ALGORITHMS];
static pthread_once_t methods_once = PTHREAD_ONCE_INIT;

static void methods_fetch(void)
{
	int i;

	for (i = 0; i < DIGEST_ALGORITHMS; i++)
		methods[i] = EVP_MD_fetch(NULL, algorithms[i].openssl, NULL);
}

const char *digest_name(enum digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

/* H(a:b:c...) in hex, with @p between instead of the colons; false when the
 * library has no such digest. */
static bool hash_pieces(enum digest_algorithm algorithm, struct view between,
			const struct view *pieces, size_t n,
			char ret[DIGEST_HEX_MAX + 1])
{
	EVP_MD_CTX *ctx;
	uint8_t sum[EVP_MAX_MD_SIZE];
	bool done;
	size_t i;

	pthread_once(&methods_once, methods_fetch);
	if (!methods[algorithm])
		return false;
	ctx = EVP_MD_CTX_new();
	done = ctx && EVP_DigestInit_ex2(ctx, methods[algorithm], NULL);
	for (i = 0; done && i < n; i++)
		done = (!i || EVP_DigestUpdate(ctx, between.at, between.len)) &&
		       EVP_DigestUpdate(ctx, pieces[i].at, pieces[i].len);
	done = done && EVP_DigestFinal_ex(ctx, sum, NULL);
	EVP_MD_CTX_free(ctx);
	if (done)
		hex_encode(sum, algorithms[algorithm].len, ret);
	OPENSSL_cleanse(sum, sizeof(sum));
	return done;
}

static bool hash_joined(enum digest_algorithm algorithm,
			const struct view *pieces, size_t n,
			char ret[DIGEST_HEX_MAX + 1])
{
	return hash_pieces(algorithm, VIEW(":"), pieces, n, ret);
}

void digest_ha1(enum digest_algorithm algorithm, struct view username,
		struct view realm, struct view password,
		char ret[DIGEST_HEX_MAX + 1])
{
	const struct view a1[] = {username, realm, password};

	if (!hash_joined(algorithm, a1, 3, ret))
		ret[0] = '\0';
}

void digest_userhash(enum digest_algorithm algorithm, struct view username,
		     struct view realm, char ret[DIGEST_HEX_MAX + 1])
{
	const struct view pieces[] = {username, realm};

	if (!hash_joined(algorithm, pieces, 2, ret))
		ret[0] = '\0';
}

static bool nc_is_valid(struct view nc)
{
	size_t i;

	for (i = 0; i < nc.len; i++)
		if (!nc.at[i] || !strchr("0123456789abcdefABCDEF", nc.at[i]))
			return false;
	return nc.len == NC_DIGITS;
}

static enum err credentials_check(const struct digest_params *params)
{
	int i;

	for (i = DIGEST_PARAM_USERNAME; i <= DIGEST_PARAM_RESPONSE; i++)
		if (!params->there[i])
			return ERR_SYNTAX;
	if (params->there[DIGEST_PARAM_NC] &&
	    !nc_is_valid(params->values[DIGEST_PARAM_NC]))
		return ERR_SYNTAX;
	/* RFC 7616 section 3.4: they come together, or not at all. */
	if (params->there[DIGEST_PARAM_NC] != params->there[DIGEST_PARAM_QOP] ||
	    params->there[DIGEST_PARAM_CNONCE] !=
		    params->there[DIGEST_PARAM_QOP] ||
	    (params->there[DIGEST_PARAM_QOP] &&
	     !params->values[DIGEST_PARAM_QOP].len))
		return ERR_SYNTAX;
	return ERR_OK;
}

static bool algorithm_read(const struct digest_params *params,
			   enum digest_algorithm *ret)
{
	int i;

	*ret = DIGEST_MD5;
	if (!params->there[DIGEST_PARAM_ALGORITHM])
		return true;
	for (i = 0; i < DIGEST_ALGORITHMS; i++) {
		if (digest_param_is(params, DIGEST_PARAM_ALGORITHM,
				    algorithms[i].name)) {
			*ret = (enum digest_algorithm)i;
			return true;
		}
	}
	return false;
}

enum err digest_parse(struct view value, struct digest_credentials *ret)
{
	struct digest_params params;
	enum err err = digest_params_read(value, &params);

	if (!err)
		err = credentials_check(&params);
	if (err)
		return err;
	ret->username = params.values[DIGEST_PARAM_USERNAME];
	ret->realm = params.values[DIGEST_PARAM_REALM];
	ret->nonce = params.values[DIGEST_PARAM_NONCE];
	ret->uri = params.values[DIGEST_PARAM_URI];
	ret->response = params.values[DIGEST_PARAM_RESPONSE];
	ret->cnonce = params.values[DIGEST_PARAM_CNONCE];
	ret->nc = params.values[DIGEST_PARAM_NC];
	ret->qop = params.values[DIGEST_PARAM_QOP];
	ret->opaque = params.values[DIGEST_PARAM_OPAQUE];
	ret->algorithm_known = algorithm_read(&params, &ret->algorithm);
	ret->is_hashed =
		digest_param_is(&params, DIGEST_PARAM_USERHASH, "true");
	return ERR_OK;
}

uint32_t digest_nc(const struct digest_credentials *credentials)
{
	uint32_t nc = 0;
	size_t i;

	for (i = 0; i < credentials->nc.len; i++) {
		char c = credentials->nc.at[i];

		nc = nc << 4 |
		     (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return nc;
}

/** All that a response covers. */
struct covered {
	enum digest_algorithm algorithm;
	const char *ha1;
	struct view nonce, nc, cnonce, qop; /**< no qop: RFC 2617 3.2.2.1 */
	struct view method, uri;
	struct view body[2];
};

/* H(A2): RFC 7616 section 3.4.3. */
static bool hash_a2(const struct covered *covered, char ret[DIGEST_HEX_MAX + 1])
{
	char body_hash[DIGEST_HEX_MAX + 1];
	struct view a2[] = {covered->method, covered->uri, VIEW_NONE};

	if (!view_equal_nocase(covered->qop, VIEW("auth-int")))
		return hash_joined(covered->algorithm, a2, 2, ret);
	if (!hash_pieces(covered->algorithm, VIEW_NONE, covered->body, 2,
			 body_hash))
		return false;
	a2[2] = view_of(body_hash);
	return hash_joined(covered->algorithm, a2, 3, ret);
}

static bool response_make(const struct covered *covered,
			  char ret[DIGEST_HEX_MAX + 1])
{
	char ha2[DIGEST_HEX_MAX + 1];
	struct view pieces[6] = {view_of(covered->ha1), covered->nonce};
	size_t n = 2;

	if (strlen(covered->ha1) != 2 * algorithms[covered->algorithm].len ||
	    !hash_a2(covered, ha2))
		return false;
	if (covered->qop.len) {
		pieces[n++] = covered->nc;
		pieces[n++] = covered->cnonce;
		pieces[n++] = covered->qop;
	}
	pieces[n++] = view_of(ha2);
	return hash_joined(covered->algorithm, pieces, n, ret);
}

bool digest_verify(const struct digest_credentials *credentials,
		   const char *ha1, struct view method, struct view body)
{
	/* The time must not tell who has an account. */
	static const char nobody[] = "00000000000000000000000000000000"
				     "00000000000000000000000000000000";
	size_t len = 2 * algorithms[credentials->algorithm].len;
	char wanted[DIGEST_HEX_MAX + 1];
	const struct covered covered = {
		.algorithm = credentials->algorithm,
		.ha1 = ha1 ? ha1 : nobody + DIGEST_HEX_MAX - len,
		.nonce = credentials->nonce,
		.nc = credentials->nc,
		.cnonce = credentials->cnonce,
		.qop = credentials->qop,
		.method = method,
		.uri = credentials->uri,
		.body = {body, VIEW_NONE}};

	/* Without qop the count is not covered by the response: whoever sees
	 * one could raise it, and send another body. */
	if (!credentials->algorithm_known ||
	    (!view_equal_nocase(credentials->qop, VIEW("auth")) &&
	     !view_equal_nocase(credentials->qop, VIEW("auth-int"))))
		return false;
	if (!response_make(&covered, wanted))
		return false;
	return credentials->response.len == len &&
	       !CRYPTO_memcmp(credentials->response.at, wanted, len) && ha1;
}

static void add_quoted(struct text *text, const char *string)
{
	text_add(text, "\"");
	for (; *string; string++) {
		if (*string == '"' || *string == '\\')
			text_add(text, "\\");
		text_add_bytes(text, string, 1);
	}
	text_add(text, "\"");
}

/* RFC 8760 section 2.4: qop is always sent.  That a userhash is taken is not
 * said: no phone asks, and each byte of a challenge counts. */
void digest_challenge(enum digest_algorithm algorithm, const char *realm,
		      const char *nonce, bool stale, struct text *ret)
{
	text_add(ret, "Digest realm=");
	add_quoted(ret, realm);
	text_add(ret, ", nonce=");
	add_quoted(ret, nonce);
	text_printf(ret, ", qop=\"auth,auth-int\", algorithm=%s",
		    algorithms[algorithm].name);
	if (stale)
		text_add(ret, ", stale=true");
}

/* ---- as a client ---------------------------------------------------------
 */

/* A list in quotes: `auth,auth-int`. */
static unsigned qop_read(struct view rest)
{
	struct view item;
	unsigned qop = 0;

	while (view_next_item(&rest, &item)) {
		if (view_equal_nocase(item, VIEW("auth")))
			qop |= DIGEST_QOP_AUTH;
		if (view_equal_nocase(item, VIEW("auth-int")))
			qop |= DIGEST_QOP_AUTH_INT;
	}
	return qop;
}

enum err digest_offer_parse(struct view value, struct digest_offer *ret)
{
	struct digest_params params;
	enum err err = digest_params_read(value, &params);

	if (err)
		return err;
	if (!params.there[DIGEST_PARAM_REALM] ||
	    !params.values[DIGEST_PARAM_NONCE].len)
		return ERR_SYNTAX;
	*ret = (struct digest_offer){
		.realm = params.values[DIGEST_PARAM_REALM],
		.nonce = params.values[DIGEST_PARAM_NONCE],
		.opaque = params.values[DIGEST_PARAM_OPAQUE],
		.is_stale =
			digest_param_is(&params, DIGEST_PARAM_STALE, "true"),
		.is_hashed =
			digest_param_is(&params, DIGEST_PARAM_USERHASH, "true"),
		.has_qop = params.there[DIGEST_PARAM_QOP],
		.qop = qop_read(params.values[DIGEST_PARAM_QOP])};
	ret->algorithm_known = algorithm_read(&params, &ret->algorithm);
	return ERR_OK;
}

/* What came in quotes goes out in them, with the backslashes it had. */
static void add_param(struct text *text, const char *name, struct view value)
{
	text_printf(text, ", %s=\"", name);
	text_add_view(text, value);
	text_add(text, "\"");
}

static bool is_quotable(struct view value)
{
	return !view_has_control(value) &&
	       view_find(value, '"', 0) == SIZE_MAX &&
	       view_find(value, '\\', 0) == SIZE_MAX;
}

static void add_qop(struct text *text, const struct digest_reply *reply,
		    const struct covered *covered)
{
	text_add(text, ", qop=");
	text_add_view(text, covered->qop);
	text_add(text, ", nc=");
	text_add_view(text, covered->nc);
	add_param(text, "cnonce", view_of(reply->cnonce));
}

static struct view qop_name(unsigned qop)
{
	return qop == DIGEST_QOP_AUTH_INT ? VIEW("auth-int")
	       : qop == DIGEST_QOP_AUTH	  ? VIEW("auth")
					  : VIEW_NONE;
}

enum err digest_answer(const struct digest_reply *reply, struct text *ret)
{
	char nc[NC_DIGITS + 1], response[DIGEST_HEX_MAX + 1];
	const struct covered covered = {
		.algorithm = reply->algorithm,
		.ha1 = reply->ha1,
		.nonce = reply->nonce,
		.nc = {nc, NC_DIGITS},
		.cnonce = view_of(reply->cnonce),
		.qop = qop_name(reply->qop),
		.method = reply->method,
		.uri = reply->uri,
		.body = {reply->body[0], reply->body[1]}};

	if (!is_quotable(reply->username) || !is_quotable(reply->uri))
		return ERR_SYNTAX;
	snprintf(nc, sizeof(nc), "%08x", (unsigned)reply->nc);
	if (!response_make(&covered, response))
		return ERR_UNSUPPORTED;
	text_add(ret, "Digest username=\"");
	text_add_view(ret, reply->username);
	text_add(ret, "\"");
	add_param(ret, "realm", reply->realm);
	add_param(ret, "nonce", reply->nonce);
	add_param(ret, "uri", reply->uri);
	add_param(ret, "response", view_of(response));
	text_printf(ret, ", algorithm=%s", algorithms[reply->algorithm].name);
	if (covered.qop.len)
		add_qop(ret, reply, &covered);
	if (reply->opaque.at)
		add_param(ret, "opaque", reply->opaque);
	return ERR_OK;
}
