#include "server/base/random.h"
#include "server/net/resolve_private.h"

#define CACHED_MAX 4096	 /* names */
#define LOOKUPS_MAX 2048 /* at a time */
#define TICK_MS 100
#define LOOKUP_MS 8000 /* for all questions of one look-up */
#define TTL_LEAST_S 5
#define TTL_MOST_S 300
#define FAILURE_S 5

bool hop_is_allowed(const struct uri_rules *rules, const union address *address)
{
	if (address_is_never(&address->any))
		return false;
	if (!rules->allow_private && address_is_private(&address->any))
		return false;
	return rules->allow_low_port || address_port(address) >= 1024;
}

/* Look-ups. */

static struct lookup_chain *key_chain(struct resolver *resolver,
				      const char *key)
{
	return &resolver->chains[hash_64(&resolver->key, key, strlen(key)) %
				 CHAINS];
}

static struct lookup *lookup_new(struct resolver *resolver,
				 const struct wanted *wanted)
{
	struct lookup *lookup = mem_alloc(sizeof(*lookup));

	lookup->resolver = resolver;
	lookup->key = mem_strdup(wanted->key);
	memcpy(lookup->host, wanted->host, sizeof(lookup->host));
	lookup->port = wanted->port;
	lookup->transport_given = wanted->transport_given;
	lookup->is_sips = wanted->is_sips;
	lookup->protocol = wanted->protocol;
	lookup->deadline_ms = loop_now_ms(resolver->loop) + LOOKUP_MS;
	lookup->records = mem_alloc(RECORDS_FOUND * sizeof(struct record));
	lookup->ttl_s = TTL_MOST_S;
	TAILQ_INIT(&lookup->waiters);
	LIST_INSERT_HEAD(key_chain(resolver, lookup->key), lookup, in_chain);
	TAILQ_INSERT_TAIL(&resolver->running, lookup, in_list);
	if (resolver->n_lookups++ == 0)
		loop_timer_set(resolver->loop, &resolver->tick, TICK_MS);
	return lookup;
}

static void lookup_free(struct lookup *lookup)
{
	struct waiter *waiter;

	while ((waiter = TAILQ_FIRST(&lookup->waiters))) {
		TAILQ_REMOVE(&lookup->waiters, waiter, in_lookup);
		waiter->resolve->pending = NULL;
		free(waiter);
	}
	lookup->resolver->n_lookups--;
	free(lookup->records);
	free(lookup->key);
	free(lookup);
}

static void lookup_remember(struct lookup *lookup)
{
	struct resolver *resolver = lookup->resolver;
	struct cached what = {.err = lookup->err,
			      .n_records = lookup->n_records};
	int64_t ttl_s = lookup->ttl_s;
	size_t size = lookup->n_records * sizeof(struct record);

	if (ttl_s < TTL_LEAST_S)
		ttl_s = TTL_LEAST_S;
	if (lookup->err)
		ttl_s = FAILURE_S;
	what.until_ms = loop_now_ms(resolver->loop) + ttl_s * 1000;
	if (size > 0)
		what.records = memcpy(mem_alloc(size), lookup->records, size);
	cache_put(resolver->cache, lookup->key, what);
}

static void lookup_finish(struct lookup *lookup, enum err err)
{
	struct resolver *resolver = lookup->resolver;

	lookup->is_finished = true;
	lookup->err = err;
	if (err)
		lookup->n_records = 0;
	LIST_REMOVE(lookup, in_chain);
	TAILQ_REMOVE(&resolver->running, lookup, in_list);
	TAILQ_INSERT_TAIL(&resolver->finished, lookup, in_list);
	lookup_remember(lookup);
}

/* Its result is known to all.  Answers that come late still point to it. */
static void lookup_told(struct lookup *lookup)
{
	lookup->is_told = true;
	if (lookup->outstanding == 0)
		lookup_free(lookup);
}

static enum err lookup_result(const struct lookup *lookup,
			      struct resolve *resolve)
{
	if (!lookup->err)
		records_hops(lookup->records, lookup->n_records, resolve);
	return lookup->err;
}

/* The steps of RFC 3263. */

/* Section 4.2: the host itself, at the port of the URI or the usual one. */
static void lookup_host(struct lookup *lookup)
{
	struct record *record = &lookup->records[0];

	*record = (struct record){
		.port = (uint16_t)(lookup->port
					   ? lookup->port
					   : protocol_port(lookup->protocol)),
		.protocol = lookup->protocol};
	memcpy(record->target, lookup->host, sizeof(record->target));
	lookup->n_records = 1;
}

static void lookup_ask_addresses(struct lookup *lookup)
{
	lookup->step = LOOKUP_ADDRESSES;
	dns_ask_addresses(lookup);
}

static void service_default(struct lookup *lookup, enum protocol protocol)
{
	struct service_name *service = &lookup->services[lookup->n_services];
	int len = snprintf(service->name, sizeof(service->name), "%s.%s",
			   protocol_service(protocol), lookup->host);

	if (len >= (int)sizeof(service->name))
		return;
	service->rank = (uint32_t)lookup->n_services;
	service->protocol = protocol;
	lookup->n_services++;
}

static void lookup_ask_srv(struct lookup *lookup)
{
	lookup->step = LOOKUP_SRV;
	if (lookup->transport_given ||
	    (lookup->is_sips && lookup->n_services == 0)) {
		service_default(lookup, lookup->protocol);
	} else if (lookup->n_services == 0) {
		/* Section 4.1: no NAPTR, so each transport that we have. */
		service_default(lookup, PROTOCOL_UDP);
		service_default(lookup, PROTOCOL_TCP);
	} else {
		lookup->protocol = lookup->services[0].protocol;
	}
	dns_ask_srv(lookup);
}

/* SRV is answered: on to the addresses of the best ones, or of the host. */
static void lookup_take_servers(struct lookup *lookup)
{
	if (lookup->n_records == 0 && lookup->saw_no_service) {
		lookup_finish(lookup, lookup->saw_failure ? ERR_UNREACHABLE
							  : ERR_UNKNOWN);
		return;
	}
	if (lookup->n_records == 0)
		lookup_host(lookup);
	records_order(lookup->records, lookup->n_records);
	if (lookup->n_records > RECORDS_KEPT)
		lookup->n_records = RECORDS_KEPT;
	lookup_ask_addresses(lookup);
}

/* Keep those that have addresses. */
static void lookup_conclude(struct lookup *lookup)
{
	size_t n = 0;

	for (size_t i = 0; i < lookup->n_records; i++)
		if (lookup->records[i].n_addresses > 0)
			lookup->records[n++] = lookup->records[i];
	lookup->n_records = n;
	if (n > 0)
		lookup_finish(lookup, ERR_OK);
	else if (lookup->saw_forbidden)
		lookup_finish(lookup, ERR_HOSTILE);
	else if (lookup->saw_silence)
		lookup_finish(lookup, ERR_TIMEOUT);
	else if (lookup->saw_no_name && !lookup->saw_failure)
		lookup_finish(lookup, ERR_UNKNOWN);
	else
		lookup_finish(lookup, ERR_UNREACHABLE);
}

/* RFC 3263 section 4.1.  A domain that offers only what we cannot do, or for a
 * sips URI only what is not secured, is not to be reached by guessing. */
static void lookup_take_services(struct lookup *lookup)
{
	if (lookup->n_services == 0 && lookup->saw_others)
		lookup_finish(lookup, ERR_UNSUPPORTED);
	else
		lookup_ask_srv(lookup);
}

void lookup_continue(struct lookup *lookup)
{
	if (lookup->is_told) {
		lookup_free(lookup);
		return;
	}
	if (lookup->is_finished || lookup->resolver->is_closing)
		return;
	if (lookup->step == LOOKUP_ADDRESSES)
		lookup_conclude(lookup);
	else if (lookup->saw_silence && lookup->n_records == 0)
		lookup_finish(lookup, ERR_TIMEOUT); /* more of the same */
	else if (lookup->step == LOOKUP_NAPTR)
		lookup_take_services(lookup);
	else
		lookup_take_servers(lookup);
}

static void lookup_begin(struct lookup *lookup)
{
	lookup_host(lookup);
	if (dns_hosts(lookup, &lookup->records[0])) {
		/* The operator has said where it is. */
		lookup_conclude(lookup);
		return;
	}
	if (lookup->port) {
		lookup_ask_addresses(lookup);
		return;
	}
	lookup->n_records = 0;
	if (lookup->transport_given)
		lookup_ask_srv(lookup);
	else
		dns_ask_naptr(lookup);
}

/* The resolver. */

void resolver_tell(struct resolver *resolver)
{
	struct lookup *lookup;
	struct waiter *waiter;

	while ((lookup = TAILQ_FIRST(&resolver->finished))) {
		TAILQ_REMOVE(&resolver->finished, lookup, in_list);
		while ((waiter = TAILQ_FIRST(&lookup->waiters))) {
			struct resolve *resolve = waiter->resolve;

			TAILQ_REMOVE(&lookup->waiters, waiter, in_lookup);
			free(waiter);
			resolve->pending = NULL;
			resolve->done(resolve, lookup_result(lookup, resolve));
		}
		lookup_told(lookup);
	}
}

static void resolver_tick(void *arg)
{
	struct resolver *resolver = arg;
	int64_t now_ms = loop_now_ms(resolver->loop);
	struct lookup *lookup;

	dns_tick(resolver);
	while ((lookup = TAILQ_FIRST(&resolver->running)) &&
	       lookup->deadline_ms <= now_ms)
		lookup_finish(lookup, ERR_TIMEOUT);
	resolver_tell(resolver);
	if (resolver->n_lookups > 0)
		loop_timer_set(resolver->loop, &resolver->tick, TICK_MS);
}

enum err resolver_new(struct loop *loop, const struct uri_rules *rules,
		      const char *nameserver, struct resolver **ret)
{
	struct resolver *resolver = mem_alloc(sizeof(*resolver));
	enum err err;

	resolver->loop = loop;
	resolver->rules = *rules;
	for (size_t i = 0; i < CHAINS; i++)
		LIST_INIT(&resolver->chains[i]);
	TAILQ_INIT(&resolver->running);
	TAILQ_INIT(&resolver->finished);
	LIST_INIT(&resolver->watches);
	random_bytes(&resolver->key, sizeof(resolver->key));
	loop_timer_init(&resolver->tick, resolver_tick, resolver);
	err = dns_open(resolver, nameserver);
	if (err) {
		free(resolver);
		return err;
	}
	resolver->cache = cache_new(CACHED_MAX);
	*ret = resolver;
	return ERR_OK;
}

void resolver_free(struct resolver *resolver)
{
	struct lookup *lookup;

	if (!resolver)
		return;
	resolver->is_closing = true;
	dns_close(resolver);
	while ((lookup = TAILQ_FIRST(&resolver->running))) {
		TAILQ_REMOVE(&resolver->running, lookup, in_list);
		lookup_free(lookup);
	}
	while ((lookup = TAILQ_FIRST(&resolver->finished))) {
		TAILQ_REMOVE(&resolver->finished, lookup, in_list);
		lookup_free(lookup);
	}
	loop_timer_clear(resolver->loop, &resolver->tick);
	cache_free(resolver->cache);
	free(resolver);
}

/* Requests. */

/* Join a look-up that runs, or begin one. */
static enum err resolver_ask(struct resolver *resolver,
			     const struct wanted *wanted,
			     struct resolve *resolve)
{
	struct lookup *lookup;
	struct waiter *waiter;
	enum err err;

	LIST_FOREACH(lookup, key_chain(resolver, wanted->key), in_chain)
	{
		if (strcmp(lookup->key, wanted->key) == 0)
			break;
	}
	if (!lookup) {
		if (resolver->n_lookups >= LOOKUPS_MAX)
			return ERR_TIMEOUT;
		lookup = lookup_new(resolver, wanted);
		lookup_begin(lookup);
	}
	if (lookup->is_finished) {
		TAILQ_REMOVE(&resolver->finished, lookup, in_list);
		err = lookup_result(lookup, resolve);
		lookup_told(lookup);
		return err;
	}
	waiter = mem_alloc(sizeof(*waiter));
	waiter->lookup = lookup;
	waiter->resolve = resolve;
	resolve->pending = waiter;
	TAILQ_INSERT_TAIL(&lookup->waiters, waiter, in_lookup);
	return ERR_BUSY;
}

static enum err resolver_numeric(const struct resolver *resolver,
				 const union address *address,
				 const struct wanted *wanted,
				 struct resolve *resolve)
{
	if (!hop_is_allowed(&resolver->rules, address))
		return ERR_HOSTILE;
	resolve->hops[0] =
		(struct hop){.protocol = wanted->protocol, .address = *address};
	resolve->n_hops = 1;
	return ERR_OK;
}

enum err resolver_start(struct resolver *resolver, const struct uri *uri,
			struct resolve *resolve)
{
	const struct cached *cached;
	struct wanted wanted;
	union address address;
	struct view maddr;
	enum err err;

	resolve->n_hops = 0;
	resolve->transport_given = false;
	resolve->pending = NULL;
	if (uri_param(uri, "maddr", &maddr))
		return ERR_HOSTILE; /* it would move the request elsewhere */
	err = wanted_transport(uri, &resolver->rules, &wanted);
	if (err)
		return err;
	resolve->transport_given = wanted.transport_given;
	if (!address_parse(uri->host,
			   uri->port ? uri->port
				     : protocol_port(wanted.protocol),
			   &address))
		return resolver_numeric(resolver, &address, &wanted, resolve);
	err = wanted_name(uri, &wanted);
	if (err)
		return err;
	cached = cache_find(resolver->cache, wanted.key,
			    loop_now_ms(resolver->loop));
	if (!cached) {
		err = resolver_ask(resolver, &wanted, resolve);
		if (!TAILQ_EMPTY(&resolver->finished))
			loop_timer_set(resolver->loop, &resolver->tick, 0);
		return err;
	}
	if (!cached->err)
		records_hops(cached->records, cached->n_records, resolve);
	return cached->err;
}

void resolver_forget(struct resolver *resolver, struct resolve *resolve)
{
	struct waiter *waiter = resolve->pending;

	(void)resolver;
	if (!waiter)
		return;
	TAILQ_REMOVE(&waiter->lookup->waiters, waiter, in_lookup);
	resolve->pending = NULL;
	free(waiter);
}
