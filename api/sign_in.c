#include "api/sign_in.h"

#include <pthread.h>

#include "api/page_private.h"
#include "db/account_table.h"
#include "server/base/ip_bytes.h"
#include "server/base/log.h"
#include "server/base/nonce.h"

#define NONCE_S 600
#define NONCES ((size_t)16384) /* used ones that are remembered */

struct sign_ins {
	pthread_mutex_t lock;
	struct nonce_book *nonces;
};

/* It does not run backwards. */
static int64_t now_s(void)
{
	return monotonic_now_ms() / 1000;
}

struct sign_ins *sign_ins_new(void)
{
	struct sign_ins *sign_ins = mem_alloc(sizeof(*sign_ins));

	pthread_mutex_init(&sign_ins->lock, NULL);
	sign_ins->nonces = nonce_book_new(NONCE_S, NONCES);
	return sign_ins;
}

void sign_ins_free(struct sign_ins *sign_ins)
{
	if (!sign_ins)
		return;
	nonce_book_free(sign_ins->nonces);
	pthread_mutex_destroy(&sign_ins->lock);
	free(sign_ins);
}

/* ---- what is said ---------------------------------------------------------
 */

static const char *key_of_realm(const struct exchange *exchange,
				const char *realm)
{
	const char *found =
		domains_find(&exchange->api->settings.domains, view_of(realm));

	return found ? found : "";
}

static bool is_allowed(const struct exchange *exchange,
		       const struct digest_credentials *credentials)
{
	return credentials->algorithm_known &&
	       (credentials->algorithm != DIGEST_MD5 ||
		exchange->api->settings.page.takes_md5);
}

/** "/volens" of "https://example.com/volens": what a proxy takes off. */
static const char *public_path(const struct exchange *exchange)
{
	const char *url = exchange->api->settings.page.public_url;
	const char *host = url ? strstr(url, "://") : NULL;
	const char *path = host ? strchr(host + 3, '/') : NULL;

	return path && exchange->is_by_proxy ? path : "";
}

/** RFC 7616 section 3.4.6: they are meant for this request. */
static bool is_meant(const struct exchange *exchange, struct view uri)
{
	return exchange->target &&
	       (view_equal(uri, view_of(exchange->target)) ||
		view_equal(uri, view_of(arena_printf(exchange->arena, "%s%s",
						     public_path(exchange),
						     exchange->target))));
}

static void find_account(const struct exchange *exchange,
			 struct sign_in_claim *claim)
{
	const struct account_name name = {key_of_realm(exchange, claim->realm),
					  claim->credentials.username};
	struct account account;

	/* RFC 3261 section 22.1: "anonymous" is nobody's name. */
	if (claim->credentials.is_hashed ||
	    view_equal(name.username, VIEW("anonymous")) ||
	    accounts_find(exchange->api->settings.accounts, &name,
			  exchange->arena, &account) ||
	    !(account.may & (unsigned)ACCOUNT_ANSWER))
		return;
	claim->account = account;
}

void sign_in_read(struct exchange *exchange, const char *realm,
		  struct sign_in_claim *ret)
{
	*ret = (struct sign_in_claim){.realm = realm};
	if (!exchange->headers.n_authorization ||
	    digest_parse(exchange->headers.authorization, &ret->credentials) ||
	    !view_equal(ret->credentials.realm, view_of(realm)) ||
	    !is_allowed(exchange, &ret->credentials) ||
	    !is_meant(exchange, ret->credentials.uri))
		return;
	ret->is_made = true;
	find_account(exchange, ret);
}

/* ---- how often ------------------------------------------------------------
 */

static const enum page_limit counted[] = {PAGE_LIMIT_WRONG_SOURCE,
					  PAGE_LIMIT_WRONG_PAIR,
					  PAGE_LIMIT_WRONG_ACCOUNT};
#define COUNTED (sizeof(counted) / sizeof(counted[0]))

/** What each of them counts. */
static void whom(const struct exchange *exchange,
		 const struct sign_in_claim *claim, struct view ret[COUNTED])
{
	struct view name = claim->credentials.username;
	struct text account, pair;

	text_init(&account, exchange->arena);
	text_printf(&account, "%s ", claim->realm);
	text_add_view(&account, name);
	text_init(&pair, exchange->arena);
	text_add_view(&pair, exchange->source);
	text_add_view(&pair, text_view(&account));
	ret[0] = exchange->source;
	ret[1] = text_view(&pair);
	ret[2] = text_view(&account);
}

/** Counts one more.  False: it is too many. */
static bool may_try(const struct exchange *exchange,
		    const struct view whom[COUNTED])
{
	struct page_limits *limits = exchange->api->page_limits;
	bool is_fine[COUNTED];
	bool is_first =
		page_limit_is_first(limits, counted[1], whom[1], exchange->now);

	for (size_t i = 0; i < COUNTED; i++)
		is_fine[i] = page_limit_take(limits, counted[i], whom[i],
					     exchange->now);
	return is_fine[0] && is_fine[1] && (is_fine[2] || is_first);
}

static void forget_try(const struct exchange *exchange,
		       const struct view whom[COUNTED])
{
	for (size_t i = 0; i < COUNTED; i++)
		page_limit_give(exchange->api->page_limits, counted[i], whom[i],
				exchange->now);
}

static void log_refused(const struct exchange *exchange,
			const struct sign_in_claim *claim, int status)
{
	char source[IP_TEXT_ROOM];

	ip_bytes_print(exchange->client, source);
	count(exchange->api->settings.counters, COUNT_SIGN_INS_REFUSED);
	log_event(LOG_EVENT_SIGN_IN_REFUSED, NULL,
		  "status=%d user=%s realm=%s from=%s", status,
		  log_view(claim->credentials.username), log_text(claim->realm),
		  log_text(source));
}

/* ---- proof ----------------------------------------------------------------
 */

static bool is_right(const struct exchange *exchange,
		     const struct sign_in_claim *claim)
{
	return digest_verify(&claim->credentials,
			     claim->account.ha1[claim->credentials.algorithm],
			     view_of(exchange->method),
			     text_view(&exchange->body));
}

/** Of two that come at once with one count, one is good. */
static bool use_nonce(struct sign_ins *sign_ins,
		      const struct sign_in_claim *claim)
{
	int64_t now = now_s();
	struct view nonce = claim->credentials.nonce;
	uint32_t nc = digest_nc(&claim->credentials);
	bool is_fresh;

	pthread_mutex_lock(&sign_ins->lock);
	is_fresh = nonce_check(sign_ins->nonces, nonce, nc, now) == NONCE_FRESH;
	if (is_fresh)
		nonce_used(sign_ins->nonces, nonce, nc, now);
	pthread_mutex_unlock(&sign_ins->lock);
	return is_fresh;
}

enum sign_in sign_in_prove(struct exchange *exchange,
			   const struct sign_in_claim *claim)
{
	struct view of[COUNTED];

	if (!claim->is_made)
		return SIGN_IN_WANTED;
	whom(exchange, claim, of);
	if (!claim->has_form && !may_try(exchange, of)) {
		log_refused(exchange, claim, 429);
		return SIGN_IN_WAIT;
	}
	if (!is_right(exchange, claim)) {
		log_refused(exchange, claim, 401);
		return SIGN_IN_WANTED;
	}
	if (!claim->has_form)
		forget_try(exchange, of);
	return use_nonce(exchange->api->sign_ins, claim) ? SIGN_IN_PROVED
							 : SIGN_IN_STALE;
}

void sign_in_challenge(struct exchange *exchange, const char *realm,
		       enum sign_in why)
{
	struct sign_ins *sign_ins = exchange->api->sign_ins;
	const struct nonce_owner nobody_knows = {0, 0};

	/* Browsers know these two. */
	for (int i = DIGEST_SHA256; i <= DIGEST_MD5; i++) {
		struct text nonce, line;

		if (i == DIGEST_SHA512_256 ||
		    (i == DIGEST_MD5 &&
		     !exchange->api->settings.page.takes_md5))
			continue;

		text_init(&nonce, exchange->arena);
		text_init(&line, exchange->arena);
		pthread_mutex_lock(&sign_ins->lock);
		nonce_new(sign_ins->nonces, now_s(), &nobody_knows, &nonce);
		pthread_mutex_unlock(&sign_ins->lock);
		digest_challenge((enum digest_algorithm)i, realm, nonce.at,
				 why == SIGN_IN_STALE, &line);
		exchange->challenges[i] = line.at;
	}
}
