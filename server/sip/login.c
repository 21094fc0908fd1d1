#include "server/sip/login.h"

#include "server/base/random.h"
#include "server/sip/message.h"

#define PLACES 256    /**< nonces that are remembered */
#define VALUE_MAX 512 /**< bytes of a nonce, and of an opaque */
#define CNONCE_LEN 8

/** A challenge, and the field that answers it. */
enum login_field { LOGIN_WWW, LOGIN_PROXY, LOGIN_FIELDS };

static const struct {
	enum field challenge;
	const char *credentials;
} fields[LOGIN_FIELDS] = {
	[LOGIN_WWW] = {FIELD_WWW_AUTHENTICATE, "Authorization"},
	[LOGIN_PROXY] = {FIELD_PROXY_AUTHENTICATE, "Proxy-Authorization"},
};

/** What a hop wants. */
struct challenge_kept {
	enum digest_algorithm algorithm;
	unsigned qop; /**< 0: none */
	char *nonce, *opaque;
};

struct login_known {
	struct hash128 key; /**< of the place, the field and the realm */
	struct challenge_kept challenge; /**< nonce NULL: a free place */
	uint32_t nc;			 /**< that was used last */
};

struct login_memory {
	struct hash_key key;
	struct login_known known[PLACES];
};

struct login {
	size_t credential;
	enum login_field field;
	struct challenge_kept challenge;
	uint32_t nc;
	char cnonce[2 * CNONCE_LEN + 1];
};

struct logins {
	size_t n;
	struct login at[SIP_CREDENTIALS_MAX * LOGIN_FIELDS];
};

struct login_memory *login_memory_new(void)
{
	struct login_memory *memory = mem_alloc(sizeof(*memory));

	memset(memory, 0, sizeof(*memory));
	random_bytes(&memory->key, sizeof(memory->key));
	return memory;
}

static void challenge_release(struct challenge_kept *challenge)
{
	free(challenge->nonce);
	free(challenge->opaque);
	challenge->nonce = challenge->opaque = NULL;
}

void login_memory_free(struct login_memory *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < PLACES; i++)
		challenge_release(&memory->known[i].challenge);
	free(memory);
}

void logins_free(struct logins *logins)
{
	for (size_t i = 0; logins && i < logins->n; i++)
		challenge_release(&logins->at[i].challenge);
	free(logins);
}

/* ---- what may be said to whom --------------------------------------------
 */

/* Never to a realm that is not configured, nor where others can read it. */
static bool may_use(const struct sip_credential *credential,
		    const struct peer *hop)
{
	uint8_t address[16];

	if (!credential->is_plain && !protocol_is_secure(hop->protocol))
		return false;
	address_bytes(&hop->address, address);
	return !credential->is_hop ||
	       credential->is_hop(credential->arg, address);
}

static bool may_answer(const struct sip_credential *credential,
		       const struct digest_offer *offer)
{
	if (!offer->algorithm_known ||
	    !*credential->secrets->ha1[offer->algorithm])
		return false;
	/* Without qop whoever hears the answer can use it for another body. */
	if (offer->algorithm == DIGEST_MD5 || !offer->has_qop)
		return credential->is_weak;
	return offer->qop != 0;
}

/* Whom a nonce is for: a proxy's serves all requests that go there, a user
 * agent's those to it. */
static struct hash128 key_of(const struct login_memory *memory,
			     const struct login_place *place,
			     enum login_field field, size_t credential)
{
	uint8_t address[16];
	struct text text;
	struct hash128 key;

	address_bytes(&place->hop->address, address);
	text_init(&text, NULL);
	text_add_bytes(&text, (const char *)address, sizeof(address));
	text_printf(&text, ":%d:%d:%d:%zu:%s",
		    address_port(&place->hop->address),
		    (int)place->hop->protocol, (int)field, credential,
		    field == LOGIN_WWW ? place->request_uri : "");
	key = hash_128(&memory->key, text.at, text.len);
	text_release(&text);
	return key;
}

static struct login_known *place_in(struct login_memory *memory,
				    struct hash128 key)
{
	return &memory->known[key.a % PLACES];
}

/* ---- a challenge ---------------------------------------------------------
 */

static char *copy_of(struct view value)
{
	char *copy;

	if (!value.at)
		return NULL;
	copy = mem_alloc(value.len + 1);
	memcpy(copy, value.at, value.len);
	copy[value.len] = '\0';
	return copy;
}

static void keep(struct login_known *known, struct hash128 key,
		 const struct digest_offer *offer)
{
	struct challenge_kept *challenge = &known->challenge;
	bool is_same = hash_equal(known->key, key) && challenge->nonce &&
		       view_equal(view_of(challenge->nonce), offer->nonce);

	/* The counts of a nonce go on, whatever came between. */
	if (!is_same)
		known->nc = 0;
	challenge_release(challenge);
	known->key = key;
	*challenge = (struct challenge_kept){.algorithm = offer->algorithm,
					     .qop = offer->qop & DIGEST_QOP_AUTH
							    ? DIGEST_QOP_AUTH
							    : offer->qop,
					     .nonce = copy_of(offer->nonce),
					     .opaque = copy_of(offer->opaque)};
}

/* Of the challenges of a realm the first that we can answer (RFC 8760 section
 * 2.4). */
static bool find_offer(const struct message *response, enum login_field field,
		       const struct sip_credential *credential,
		       struct digest_offer *ret)
{
	struct view value;
	size_t at = 0;

	while (message_next(response, fields[field].challenge, &at, &value))
		if (digest_offer_parse(value, ret) == ERR_OK &&
		    view_equal(ret->realm, view_of(credential->realm)) &&
		    ret->nonce.len <= VALUE_MAX &&
		    ret->opaque.len <= VALUE_MAX &&
		    !view_has_control(ret->nonce) &&
		    !view_has_control(ret->opaque) &&
		    may_answer(credential, ret))
			return true;
	return false;
}

/* Each challenge is answered once; a second time the password is wrong. */
static bool is_new(struct login_history *history, size_t bit, bool is_stale)
{
	uint64_t mask = (uint64_t)1 << bit;

	if (!(history->answered & mask)) {
		history->answered |= mask;
		return true;
	}
	if (!is_stale || history->stale & mask)
		return false;
	history->stale |= mask;
	return true;
}

bool login_challenged(struct login_memory *memory,
		      const struct sip_credentials *credentials,
		      const struct login_place *place,
		      const struct message *response,
		      struct login_history *history)
{
	struct digest_offer offer;
	bool has_new = false;

	for (size_t i = 0; i < credentials->n; i++) {
		for (int field = 0; field < LOGIN_FIELDS; field++) {
			struct hash128 key = key_of(memory, place,
						    (enum login_field)field, i);
			struct login_known *known = place_in(memory, key);

			if (!may_use(&credentials->at[i], place->hop) ||
			    !find_offer(response, (enum login_field)field,
					&credentials->at[i], &offer))
				continue;
			if (is_new(history, i * LOGIN_FIELDS + (size_t)field,
				   offer.is_stale)) {
				keep(known, key, &offer);
				has_new = true;
			} else if (hash_equal(known->key, key)) {
				challenge_release(&known->challenge);
			}
		}
	}
	return has_new;
}

/* ---- an answer -----------------------------------------------------------
 */

static void take(struct login_known *known, size_t credential,
		 enum login_field field, struct logins **ret)
{
	const struct challenge_kept *from = &known->challenge;
	uint8_t random[CNONCE_LEN];
	struct login *login;

	if (!*ret) {
		*ret = mem_alloc(sizeof(**ret));
		(*ret)->n = 0;
	}
	login = &(*ret)->at[(*ret)->n++];
	*login = (struct login){
		.credential = credential,
		.field = field,
		.nc = ++known->nc,
		.challenge = {.algorithm = from->algorithm,
			      .qop = from->qop,
			      .nonce = mem_strdup(from->nonce),
			      .opaque = from->opaque ? mem_strdup(from->opaque)
						     : NULL}};
	random_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), login->cnonce);
}

struct logins *logins_take(struct login_memory *memory,
			   const struct sip_credentials *credentials,
			   const struct login_place *place)
{
	struct logins *logins = NULL;

	for (size_t i = 0; i < credentials->n; i++) {
		for (int field = 0; field < LOGIN_FIELDS; field++) {
			struct hash128 key = key_of(memory, place,
						    (enum login_field)field, i);
			struct login_known *known = place_in(memory, key);

			if (hash_equal(known->key, key) &&
			    known->challenge.nonce && known->nc < UINT32_MAX &&
			    may_use(&credentials->at[i], place->hop))
				take(known, i, (enum login_field)field,
				     &logins);
		}
	}
	return logins;
}

static void login_write(const struct login *login,
			const struct sip_credential *credential,
			const struct login_request *request, struct text *ret)
{
	const struct challenge_kept *challenge = &login->challenge;
	const struct digest_reply reply = {
		.algorithm = challenge->algorithm,
		.ha1 = credential->secrets->ha1[challenge->algorithm],
		.username = view_of(credential->username),
		.realm = view_of(credential->realm),
		.nonce = view_of(challenge->nonce),
		.opaque = challenge->opaque ? view_of(challenge->opaque)
					    : VIEW_NONE,
		.cnonce = login->cnonce,
		.nc = login->nc,
		.qop = challenge->qop,
		.method = request->method,
		.uri = request->uri,
		.body = {request->body[0], request->body[1]}};
	struct text value;

	text_init(&value, NULL);
	if (digest_answer(&reply, &value) == ERR_OK)
		text_printf(ret, "%s: %s\r\n", fields[login->field].credentials,
			    value.at);
	text_release(&value);
}

void logins_write(const struct logins *logins,
		  const struct sip_credentials *credentials,
		  const struct login_request *request, struct text *ret)
{
	for (size_t i = 0; logins && i < logins->n; i++)
		login_write(&logins->at[i],
			    &credentials->at[logins->at[i].credential], request,
			    ret);
}
