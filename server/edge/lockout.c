#include "server/edge/lockout.h"

#include "policies/limits.h"
#include "server/base/random.h"
#include "server/base/siphash.h"
#include "server/base/ttl_cache.h"

#define PLACES 16384		     /**< sources, or flows, that failed */
#define FLOWS 16384		     /**< that have proved an account */
#define FORGET_MS (15 * 60 * 1000)   /**< after the last failure */
#define PROVED_MS (24 * 3600 * 1000) /**< a flow is known for so long */

/** Failures in a row. */
struct place {
	struct hash128 key;
	int64_t last_ms; /**< 0: nobody's */
	unsigned n;
};

struct lockout {
	struct hash_key key;
	struct ttl_cache *flows;
	struct place places[PLACES];
};

struct lockout *lockout_new(void)
{
	struct lockout *lockout = mem_alloc(sizeof(*lockout));

	memset(lockout, 0, sizeof(*lockout));
	random_bytes(&lockout->key, sizeof(lockout->key));
	lockout->flows = ttl_cache_new(FLOWS);
	return lockout;
}

void lockout_free(struct lockout *lockout)
{
	if (!lockout)
		return;
	ttl_cache_free(lockout->flows);
	free(lockout);
}

struct nonce_owner lockout_owner(const struct lockout *lockout,
				 const union address *from)
{
	uint8_t bytes[18];
	int port = address_port(from);

	address_bytes(from, bytes);
	bytes[16] = (uint8_t)(port >> 8);
	bytes[17] = (uint8_t)port;
	return (struct nonce_owner){
		(uint32_t)hash_64(&lockout->key, bytes, 16),
		(uint32_t)hash_64(&lockout->key, bytes, 18) & 0xffffff};
}

/* ---- what is counted together --------------------------------------------
 */

enum lockout_scope { SCOPE_SOURCE, SCOPE_ACCOUNT, SCOPE_FLOW, SCOPES };

static struct hash128 key_of(const struct lockout *lockout,
			     const struct lockout_try *attempt,
			     enum lockout_scope scope)
{
	struct hash128 key;
	struct text text;

	text_init(&text, NULL);
	text_printf(&text, "%d:%u:", (int)scope, attempt->given.host);
	if (scope == SCOPE_FLOW)
		text_printf(&text, "%u:", attempt->given.flow);
	if (scope != SCOPE_SOURCE) {
		text_printf(&text, "%s:", attempt->realm);
		text_add_view(&text, attempt->username);
	}
	key = hash_128(&lockout->key, text.at, text.len);
	text_release(&text);
	return key;
}

/* It came by the flow that the nonce was given to, and that has proved the
 * account of late. */
static bool is_known(const struct lockout *lockout,
		     const struct lockout_try *attempt)
{
	uint32_t value;

	return attempt->given.host == attempt->from.host &&
	       attempt->given.flow == attempt->from.flow &&
	       ttl_cache_get(lockout->flows,
			     key_of(lockout, attempt, SCOPE_FLOW),
			     attempt->now_ms, &value);
}

static const struct place *find(const struct lockout *lockout,
				struct hash128 key, int64_t now_ms)
{
	const struct place *place = &lockout->places[key.a % PLACES];

	return hash_equal(place->key, key) && place->last_ms &&
			       now_ms - place->last_ms < FORGET_MS
		       ? place
		       : NULL;
}

/* Two keys may fall on one place: whoever failed more keeps it for a while. */
static void count_failure(struct lockout *lockout, struct hash128 key,
			  int64_t now_ms)
{
	struct place *place = &lockout->places[key.a % PLACES];

	if (!find(lockout, key, now_ms)) {
		if (place->n > 1 && now_ms - place->last_ms < FORGET_MS) {
			place->n--;
			return;
		}
		*place = (struct place){.key = key};
	}
	place->n++;
	place->last_ms = now_ms;
}

static bool holds(const struct lockout *lockout, struct hash128 key,
		  const struct lockout_try *attempt,
		  int64_t (*pause_s)(unsigned))
{
	const struct place *place = find(lockout, key, attempt->now_ms);

	return place &&
	       attempt->now_ms - place->last_ms < 1000 * pause_s(place->n);
}

bool lockout_holds(const struct lockout *lockout,
		   const struct lockout_try *attempt)
{
	if (is_known(lockout, attempt))
		return holds(lockout, key_of(lockout, attempt, SCOPE_FLOW),
			     attempt, limits_login_pause);
	return holds(lockout, key_of(lockout, attempt, SCOPE_ACCOUNT), attempt,
		     limits_login_pause) ||
	       holds(lockout, key_of(lockout, attempt, SCOPE_SOURCE), attempt,
		     limits_source_pause);
}

void lockout_failed(struct lockout *lockout, const struct lockout_try *attempt)
{
	enum lockout_scope scope =
		is_known(lockout, attempt) ? SCOPE_FLOW : SCOPE_ACCOUNT;

	count_failure(lockout, key_of(lockout, attempt, scope),
		      attempt->now_ms);
	if (scope == SCOPE_ACCOUNT)
		count_failure(lockout, key_of(lockout, attempt, SCOPE_SOURCE),
			      attempt->now_ms);
}

static void forget(struct lockout *lockout, struct hash128 key)
{
	struct place *place = &lockout->places[key.a % PLACES];

	if (hash_equal(place->key, key))
		*place = (struct place){0};
}

/* What they failed at with other accounts stays: an account of one's own is no
 * key to the others. */
void lockout_proved(struct lockout *lockout, const struct lockout_try *attempt)
{
	forget(lockout, key_of(lockout, attempt, SCOPE_ACCOUNT));
	forget(lockout, key_of(lockout, attempt, SCOPE_FLOW));
	if (attempt->given.host == attempt->from.host &&
	    attempt->given.flow == attempt->from.flow)
		ttl_cache_put(lockout->flows,
			      key_of(lockout, attempt, SCOPE_FLOW), 1,
			      attempt->now_ms + PROVED_MS);
}
