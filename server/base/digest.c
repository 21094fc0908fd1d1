#include "server/base/digest.h"

#include "server/base/chars.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

#define CREDENTIALS_MAX 4096
#define NC_DIGITS 8

struct algorithm {
	const char *name;
	const char *openssl;
	size_t len; /**< bytes of a digest */
};

static const struct algorithm algorithms[DIGEST_ALGORITHMS] = {
	[DIGEST_SHA256] = {"SHA-256", "SHA256", 32},
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

/* H(a:b:c...) in hex; false when the library has no such digest. */
static bool hash_joined(enum digest_algorithm algorithm,
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
		done = (!i || EVP_DigestUpdate(ctx, ":", 1)) &&
		       EVP_DigestUpdate(ctx, pieces[i].at, pieces[i].len);
	done = done && EVP_DigestFinal_ex(ctx, sum, NULL);
	EVP_MD_CTX_free(ctx);
	if (done)
		hex_encode(sum, algorithms[algorithm].len, ret);
	return done;
}

void digest_ha1(enum digest_algorithm algorithm, struct view username,
		struct view realm, struct view password,
		char ret[DIGEST_HEX_MAX + 1])
{
	const struct view a1[] = {username, realm, password};

	if (!hash_joined(algorithm, a1, 3, ret))
		ret[0] = '\0';
}

static bool is_token_char(char c)
{
	return c == '/' || char_is(c, CHAR_TOKEN);
}

static struct view skip_blanks(struct view v)
{
	while (v.len && strchr(" \t\r\n", v.at[0]) && v.at[0])
		v = view_from(v, 1);
	return v;
}

/** One `name=value` of the credentials. */
struct auth_param {
	struct view name, value;
};

/* A token or a quoted string at the beginning of @p rest, moved past it. */
static enum err value_next(struct view *rest, struct view *ret)
{
	size_t end;

	if (rest->len && rest->at[0] == '"') {
		for (end = 1; end < rest->len && rest->at[end] != '"'; end++)
			if (rest->at[end] == '\\')
				end++;
		if (end >= rest->len)
			return ERR_SYNTAX;
		*ret = view_from(view_head(*rest, end), 1);
		*rest = view_from(*rest, end + 1);
		return ERR_OK;
	}
	for (end = 0; end < rest->len && is_token_char(rest->at[end]);)
		end++;
	*ret = view_head(*rest, end);
	*rest = view_from(*rest, end);
	return end ? ERR_OK : ERR_SYNTAX;
}

/* `name = value`, up to a comma or the end. */
static enum err auth_param_next(struct view *rest, struct auth_param *ret)
{
	enum err err = value_next(rest, &ret->name);

	if (err)
		return err;
	*rest = skip_blanks(*rest);
	if (!rest->len || rest->at[0] != '=')
		return ERR_SYNTAX;
	*rest = skip_blanks(view_from(*rest, 1));
	err = value_next(rest, &ret->value);
	if (err)
		return err;
	*rest = skip_blanks(*rest);
	if (!rest->len)
		return ERR_OK;
	if (rest->at[0] != ',')
		return ERR_SYNTAX;
	*rest = skip_blanks(view_from(*rest, 1));
	return rest->len ? ERR_OK : ERR_SYNTAX;
}

/** The parameters by name while they are being read. */
enum auth_param_id {
	AUTH_PARAM_USERNAME,
	AUTH_PARAM_REALM,
	AUTH_PARAM_NONCE,
	AUTH_PARAM_URI,
	AUTH_PARAM_RESPONSE,
	AUTH_PARAM_ALGORITHM,
	AUTH_PARAM_CNONCE,
	AUTH_PARAM_NC,
	AUTH_PARAM_QOP,
	AUTH_PARAM_OPAQUE,
	AUTH_PARAMS
};

static const char *const auth_param_names[AUTH_PARAMS] = {
	[AUTH_PARAM_USERNAME] = "username",
	[AUTH_PARAM_REALM] = "realm",
	[AUTH_PARAM_NONCE] = "nonce",
	[AUTH_PARAM_URI] = "uri",
	[AUTH_PARAM_RESPONSE] = "response",
	[AUTH_PARAM_ALGORITHM] = "algorithm",
	[AUTH_PARAM_CNONCE] = "cnonce",
	[AUTH_PARAM_NC] = "nc",
	[AUTH_PARAM_QOP] = "qop",
	[AUTH_PARAM_OPAQUE] = "opaque",
};

struct auth_params {
	struct view values[AUTH_PARAMS];
	bool there[AUTH_PARAMS];
};

static enum err auth_params_read(struct view rest, struct auth_params *params)
{
	struct auth_param param;
	enum err err;
	int i;

	while (rest.len) {
		err = auth_param_next(&rest, &param);
		if (err)
			return err;
		for (i = 0; i < AUTH_PARAMS; i++)
			if (view_equal_nocase(param.name,
					      view_of(auth_param_names[i])))
				break;
		if (i == AUTH_PARAMS)
			continue;
		if (params->there[i])
			return ERR_SYNTAX;
		params->there[i] = true;
		params->values[i] = param.value;
	}
	return ERR_OK;
}

static bool nc_is_valid(struct view nc)
{
	size_t i;

	for (i = 0; i < nc.len; i++)
		if (!nc.at[i] || !strchr("0123456789abcdefABCDEF", nc.at[i]))
			return false;
	return nc.len == NC_DIGITS;
}

static enum err auth_params_check(const struct auth_params *params)
{
	int i;

	for (i = AUTH_PARAM_USERNAME; i <= AUTH_PARAM_RESPONSE; i++)
		if (!params->there[i])
			return ERR_SYNTAX;
	if (params->there[AUTH_PARAM_NC] &&
	    !nc_is_valid(params->values[AUTH_PARAM_NC]))
		return ERR_SYNTAX;
	/* RFC 7616 section 3.4: they come together, or not at all. */
	if (params->there[AUTH_PARAM_NC] != params->there[AUTH_PARAM_QOP] ||
	    params->there[AUTH_PARAM_CNONCE] != params->there[AUTH_PARAM_QOP] ||
	    (params->there[AUTH_PARAM_QOP] &&
	     !params->values[AUTH_PARAM_QOP].len))
		return ERR_SYNTAX;
	return ERR_OK;
}

static bool algorithm_read(const struct auth_params *params,
			   enum digest_algorithm *ret)
{
	int i;

	*ret = DIGEST_MD5;
	if (!params->there[AUTH_PARAM_ALGORITHM])
		return true;
	for (i = 0; i < DIGEST_ALGORITHMS; i++) {
		if (view_equal_nocase(params->values[AUTH_PARAM_ALGORITHM],
				      view_of(algorithms[i].name))) {
			*ret = (enum digest_algorithm)i;
			return true;
		}
	}
	return false;
}

enum err digest_parse(struct view value, struct digest_credentials *ret)
{
	struct view scheme = VIEW("Digest");
	struct auth_params params = {0};
	enum err err;

	value = view_trim(value);
	if (!view_starts_nocase(value, scheme) ||
	    (value.len > scheme.len && is_token_char(value.at[scheme.len])))
		return ERR_UNSUPPORTED;
	if (value.len > CREDENTIALS_MAX ||
	    view_find(value, '\0', 0) != SIZE_MAX)
		return ERR_SYNTAX;
	err = auth_params_read(skip_blanks(view_from(value, scheme.len)),
			       &params);
	if (err)
		return err;
	err = auth_params_check(&params);
	if (err)
		return err;
	ret->username = params.values[AUTH_PARAM_USERNAME];
	ret->realm = params.values[AUTH_PARAM_REALM];
	ret->nonce = params.values[AUTH_PARAM_NONCE];
	ret->uri = params.values[AUTH_PARAM_URI];
	ret->response = params.values[AUTH_PARAM_RESPONSE];
	ret->cnonce = params.values[AUTH_PARAM_CNONCE];
	ret->nc = params.values[AUTH_PARAM_NC];
	ret->qop = params.values[AUTH_PARAM_QOP];
	ret->opaque = params.values[AUTH_PARAM_OPAQUE];
	ret->algorithm_known = algorithm_read(&params, &ret->algorithm);
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

/* H(A2): RFC 7616 section 3.4.3. */
static bool hash_a2(const struct digest_credentials *credentials,
		    struct view method, struct view body,
		    char ret[DIGEST_HEX_MAX + 1])
{
	char body_hash[DIGEST_HEX_MAX + 1];
	struct view a2[] = {method, credentials->uri, VIEW_NONE};

	if (!view_equal_nocase(credentials->qop, VIEW("auth-int")))
		return hash_joined(credentials->algorithm, a2, 2, ret);
	if (!hash_joined(credentials->algorithm, &body, 1, body_hash))
		return false;
	a2[2] = view_of(body_hash);
	return hash_joined(credentials->algorithm, a2, 3, ret);
}

bool digest_verify(const struct digest_credentials *credentials,
		   const char *ha1, struct view method, struct view body)
{
	char ha2[DIGEST_HEX_MAX + 1], wanted[DIGEST_HEX_MAX + 1];
	struct view pieces[6] = {view_of(ha1), credentials->nonce,
				 credentials->nc, credentials->cnonce,
				 credentials->qop};

	if (!credentials->algorithm_known ||
	    strlen(ha1) != 2 * algorithms[credentials->algorithm].len)
		return false;
	/* Without qop the count is not covered by the response: whoever sees
	 * one could raise it, and send another body. */
	if (!view_equal_nocase(credentials->qop, VIEW("auth")) &&
	    !view_equal_nocase(credentials->qop, VIEW("auth-int")))
		return false;
	if (!hash_a2(credentials, method, body, ha2))
		return false;
	pieces[5] = view_of(ha2);
	if (!hash_joined(credentials->algorithm, pieces, 6, wanted))
		return false;
	return credentials->response.len == strlen(wanted) &&
	       !CRYPTO_memcmp(credentials->response.at, wanted, strlen(wanted));
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

/* RFC 8760 section 2.4: qop is always sent. */
void digest_challenge(enum digest_algorithm algorithm, const char *realm,
		      const char *nonce, bool stale, struct text *ret)
{
	text_add(ret, "Digest realm=");
	add_quoted(ret, realm);
	text_add(ret, ", nonce=");
	add_quoted(ret, nonce);
	text_printf(ret, ", qop=\"auth\", algorithm=%s",
		    algorithms[algorithm].name);
	if (stale)
		text_add(ret, ", stale=true");
}
