/*
 * resolve_private -- what the files of the resolver share; nobody else includes
 * it.
 *
 *   resolve.c        requests, waiting, the steps of RFC 3263, time limits
 *   resolve_dns.c    questions to name servers and what is read from answers
 *   resolve_wanted.c what a URI asks for
 *   resolve_order.c  the order of records (RFC 2782), and hops from them
 *   resolve_cache.c  what is remembered
 */
#ifndef VOLENS_SERVER_NET_RESOLVE_PRIVATE_H
#define VOLENS_SERVER_NET_RESOLVE_PRIVATE_H

#include <ares.h>
#include <sys/queue.h>

#include "server/base/siphash.h"
#include "server/net/resolve.h"

#define HOST_MAX 253	   /**< bytes of a domain name */
#define RECORDS_FOUND 32   /**< of all SRV answers to one lookup */
#define RECORDS_KEPT 8	   /**< whose addresses are asked for */
#define RECORD_ADDRESSES 4 /**< of one target */

/** A server: an SRV record, or the host itself. */
struct record {
	uint32_t rank; /**< lowest first: place of the service, then the
			    priority of SRV */
	uint16_t weight;
	uint16_t port;
	enum protocol protocol;
	char target[HOST_MAX + 1];
	union address addresses[RECORD_ADDRESSES];
	size_t n_addresses;
};

/* resolve_wanted.c */

/** What is asked for: checked, in small letters. */
struct wanted {
	char host[HOST_MAX + 1];
	char key[HOST_MAX + 16]; /**< under which its answer is remembered */
	int port;		 /**< 0: none given */
	bool transport_given;
	bool is_sips; /**< TLS, by whatever way */
	enum protocol protocol;
};

/** RFC 3263 section 4.1: the transport parameter decides; without one a numeric
 *  host, or one with a port, is reached by UDP, and of a sips URI by TLS.
 *  ERR_UNSUPPORTED: there is no way. */
enum err wanted_transport(const struct uri *uri, const struct uri_rules *rules,
			  struct wanted *ret) MUST_CHECK;
/** Host, port and key.  ERR_UNREACHABLE: no name of a host. */
enum err wanted_name(const struct uri *uri, struct wanted *ret) MUST_CHECK;

/* resolve_order.c */
/** Best first; those of one rank at random by weight (RFC 2782). */
void records_order(struct record *records, size_t n);
/** The addresses of ordered records, as many as there is room for. */
void records_hops(const struct record *records, size_t n, struct resolve *ret);

/* resolve_cache.c */
struct cached {
	char *key;
	enum err err;
	struct record *records;
	size_t n_records;
	int64_t until_ms;
	LIST_ENTRY(cached) in_chain;
	TAILQ_ENTRY(cached) in_all;
};
struct cache;
struct cache *cache_new(size_t most);
void cache_free(struct cache *cache);
/** NULL when it is not there, or too old at @p now_ms. */
const struct cached *cache_find(struct cache *cache, const char *key,
				int64_t now_ms);
/** Remember; @p records become the cache's. */
void cache_put(struct cache *cache, const char *key, struct cached what);

/* A look-up that runs: one for all who want the same. */
enum lookup_step {
	LOOKUP_NAPTR,	 /**< which services has the domain? */
	LOOKUP_SRV,	 /**< which servers has a service? */
	LOOKUP_ADDRESSES /**< where are they? */
};

struct waiter {
	struct lookup *lookup;
	struct resolve *resolve;
	TAILQ_ENTRY(waiter) in_lookup;
};

/** A service to ask SRV records of. */
struct service_name {
	uint32_t rank;
	enum protocol protocol;
	char name[HOST_MAX + 1];
};

#define SERVICES_MAX 4

struct lookup {
	struct resolver *resolver;
	char *key;
	char host[HOST_MAX + 1];
	int port; /**< of the URI; 0: none */
	bool transport_given;
	bool is_sips;		/**< only services of sips count */
	enum protocol protocol; /**< that one; else UDP, TLS of sips, or the
				     best that NAPTR knows */
	enum lookup_step step;
	unsigned outstanding; /**< questions without an answer */
	int64_t deadline_ms;
	struct service_name services[SERVICES_MAX];
	size_t n_services;
	struct record *records; /**< RECORDS_FOUND */
	size_t n_records;
	uint32_t ttl_s;	     /**< the least of all answers */
	bool saw_forbidden;  /**< an address that no request may go to */
	bool saw_silence;    /**< a name server did not answer */
	bool saw_no_service; /**< SRV says: not here (target ".") */
	bool saw_failure;    /**< a question about SRV had no good answer */
	bool saw_no_name;    /**< there is no such host */
	bool saw_others;     /**< NAPTR knows other ways than ours */
	bool is_finished;    /**< err and records are what is told */
	bool is_told;	     /**< kept only for answers that come late */
	enum err err;
	TAILQ_HEAD(, waiter) waiters;
	LIST_ENTRY(lookup) in_chain;
	TAILQ_ENTRY(lookup) in_list; /**< running or finished */
};

TAILQ_HEAD(lookup_list, lookup);
LIST_HEAD(lookup_chain, lookup);
LIST_HEAD(dns_watches, dns_watch);

#define CHAINS 1024

struct resolver {
	struct loop *loop;
	struct uri_rules rules;
	ares_channel channel;
	struct cache *cache;
	struct hash_key key;
	struct lookup_chain chains[CHAINS]; /**< running ones by key */
	struct lookup_list running;	    /**< oldest first */
	struct lookup_list finished;	    /**< to be told */
	size_t n_lookups;		    /**< the late ones too */
	struct dns_watches watches;
	struct loop_timer tick;
	bool is_closing;
};

/** Nothing more is on the way for this step: take the next one. */
void lookup_continue(struct lookup *lookup);
/** Tell those whose look-up is over; after each turn of the DNS library. */
void resolver_tell(struct resolver *resolver);
/** May a request go there? */
bool hop_is_allowed(const struct uri_rules *rules,
		    const union address *address);

/* resolve_dns.c */
enum err dns_open(struct resolver *resolver, const char *nameserver) MUST_CHECK;
void dns_close(struct resolver *resolver);
/** Let time pass: repeat questions, give them up. */
void dns_tick(struct resolver *resolver);
/** Is the name in the hosts file?  Then @p record has its addresses. */
bool dns_hosts(struct lookup *lookup, struct record *record);
/* Each of these adds to lookup->outstanding, and calls lookup_continue() once
 * that is 0 again: perhaps at once. */
void dns_ask_naptr(struct lookup *lookup);
void dns_ask_srv(struct lookup *lookup);
void dns_ask_addresses(struct lookup *lookup);

#endif
