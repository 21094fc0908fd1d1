/* Name servers, by c-ares: nothing here ever waits. */
#include "server/net/resolve_private.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <sys/epoll.h>

#define TRY_MS 2000 /* for an answer; the second try has twice that */
#define TRIES 2
#define HOSTS_TTL_S 30
#define TTL_MAX_S 300

struct dns_watch {
	struct resolver *resolver;
	struct loop_watch watch;
	LIST_ENTRY(dns_watch) in_resolver;
};

/** What one answer belongs to. */
struct dns_query {
	struct lookup *lookup;
	struct record *record;		    /* addresses */
	const struct service_name *service; /* SRV */
};

static void dns_ready(void *arg, uint32_t events)
{
	struct dns_watch *watch = arg;
	struct resolver *resolver = watch->resolver;
	int fd = watch->watch.fd;
	bool broken = events & (EPOLLERR | EPOLLHUP);

	/* The watch may be gone after this. */
	ares_process_fd(resolver->channel,
			broken || (events & EPOLLIN) ? fd : ARES_SOCKET_BAD,
			broken || (events & EPOLLOUT) ? fd : ARES_SOCKET_BAD);
	resolver_tell(resolver);
}

/* The library says what it wants to know of which descriptor. */
static void dns_socket(void *data, ares_socket_t fd, int readable, int writable)
{
	struct resolver *resolver = data;
	uint32_t events = (readable ? (uint32_t)EPOLLIN : 0) |
			  (writable ? (uint32_t)EPOLLOUT : 0);
	struct dns_watch *watch;

	LIST_FOREACH(watch, &resolver->watches, in_resolver)
	{
		if (watch->watch.fd == fd)
			break;
	}
	if (watch && events) {
		watch->watch.events = events;
		loop_watch_change(resolver->loop, &watch->watch);
	} else if (watch) {
		loop_watch_remove(resolver->loop, &watch->watch);
		LIST_REMOVE(watch, in_resolver);
		free(watch);
	} else if (events) {
		watch = mem_alloc(sizeof(*watch));
		watch->resolver = resolver;
		watch->watch = (struct loop_watch){.fd = fd,
						   .events = events,
						   .ready = dns_ready,
						   .arg = watch};
		/* Unwatched, the question times out. */
		if (loop_watch_add(resolver->loop, &watch->watch))
			free(watch);
		else
			LIST_INSERT_HEAD(&resolver->watches, watch,
					 in_resolver);
	}
}

enum err dns_open(struct resolver *resolver, const char *nameserver)
{
	char lookups[] = "b"; /* the hosts file is asked by dns_hosts() */
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TRY_MS,
		.tries = TRIES,
		.lookups = lookups,
		.sock_state_cb = dns_socket,
		.sock_state_cb_data = resolver,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		   ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS | ARES_OPT_SOCK_STATE_CB;

	if (ares_library_init(ARES_LIB_INIT_ALL))
		return ERR_IO;
	if (ares_init_options(&resolver->channel, &options, mask)) {
		ares_library_cleanup();
		return ERR_IO;
	}
	if (nameserver && *nameserver &&
	    ares_set_servers_ports_csv(resolver->channel, nameserver)) {
		dns_close(resolver);
		return ERR_SYNTAX;
	}
	return ERR_OK;
}

void dns_close(struct resolver *resolver)
{
	ares_destroy(resolver->channel);
	ares_library_cleanup();
}

void dns_tick(struct resolver *resolver)
{
	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	resolver_tell(resolver);
}

static struct dns_query *dns_query_new(struct lookup *lookup)
{
	struct dns_query *query = mem_alloc(sizeof(*query));

	query->lookup = lookup;
	lookup->outstanding++;
	return query;
}

static void dns_query_over(struct dns_query *query)
{
	struct lookup *lookup = query->lookup;

	free(query);
	if (--lookup->outstanding == 0)
		lookup_continue(lookup);
}

static void ttl_note(struct lookup *lookup, int64_t ttl_s)
{
	if (ttl_s < 0 || ttl_s > TTL_MAX_S)
		ttl_s = TTL_MAX_S;
	if (ttl_s < lookup->ttl_s)
		lookup->ttl_s = (uint32_t)ttl_s;
}

static uint16_t get_16(const unsigned char *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* Step over a name and @p fixed bytes after it.  @return NULL past the end. */
static const unsigned char *answer_skip(const unsigned char *at,
					const unsigned char *answer, int len,
					long fixed)
{
	char *name = NULL;
	long name_len = 0;

	if (!at || at >= answer + len ||
	    ares_expand_name(at, answer, len, &name, &name_len))
		return NULL;
	ares_free_string(name);
	if (answer + len - at < name_len + fixed)
		return NULL;
	return at + name_len + fixed;
}

/* The least TTL of the answer section: the library does not tell it for NAPTR
 * and SRV (RFC 1035 section 4.1). */
static void answer_ttl(struct lookup *lookup, const unsigned char *answer,
		       int len)
{
	const unsigned char *at = answer + HFIXEDSZ;
	unsigned i, questions, answers;

	if (len < HFIXEDSZ)
		return;
	questions = get_16(answer + 4);
	answers = get_16(answer + 6);
	for (i = 0; i < questions && at; i++)
		at = answer_skip(at, answer, len, QFIXEDSZ);
	for (i = 0; i < answers && at; i++) {
		at = answer_skip(at, answer, len, RRFIXEDSZ);
		if (!at)
			return;
		ttl_note(lookup,
			 (int64_t)get_16(at - 6) << 16 | get_16(at - 4));
		if (answer + len - at < get_16(at - 2))
			return;
		at += get_16(at - 2);
	}
}

static bool status_is_silence(int status)
{
	return status == ARES_ETIMEOUT;
}

/* The name server knows: it is there, or it is not. */
static bool status_is_knowledge(int status)
{
	return status == ARES_SUCCESS || status == ARES_ENODATA ||
	       status == ARES_ENOTFOUND;
}

/* Names from answers are used as names only when they look like some. */
static bool name_copy(const char *from, char ret[HOST_MAX + 1])
{
	size_t len = from ? strlen(from) : 0;

	if (len == 0 || len > HOST_MAX)
		return false;
	memcpy(ret, from, len + 1);
	return true;
}

/* NAPTR. */

static bool service_protocol(struct view service, enum protocol *ret)
{
	if (view_equal_nocase(service, VIEW("SIP+D2U")))
		*ret = PROTOCOL_UDP;
	else if (view_equal_nocase(service, VIEW("SIP+D2T")))
		*ret = PROTOCOL_TCP;
	else if (view_equal_nocase(service, VIEW("SIPS+D2T")))
		*ret = PROTOCOL_TLS;
	else
		return false;
	return true;
}

/* RFC 3263 section 4.1: a service that we speak, with flag "s".  A sips URI has
 * only secured ones; a sip URI has them as well. */
static bool naptr_is_ours(const struct lookup *lookup,
			  const struct ares_naptr_reply *naptr,
			  enum protocol *ret)
{
	if (!view_equal_nocase(view_of((const char *)naptr->flags),
			       VIEW("s")) ||
	    (naptr->regexp && *naptr->regexp) ||
	    !service_protocol(view_of((const char *)naptr->service), ret))
		return false;
	return protocol_is_secure(*ret) ? lookup->resolver->rules.has_tls
					: !lookup->is_sips;
}

/* SIP+D2S, SIP+D2W (RFC 7118) ... */
static bool naptr_is_sip(const struct ares_naptr_reply *naptr)
{
	struct view service = view_of((const char *)naptr->service);

	return view_starts_nocase(service, VIEW("SIP+")) ||
	       view_starts_nocase(service, VIEW("SIPS+"));
}

/* Keep the services sorted, best first, and the first SERVICES_MAX of them. */
static void service_add(struct lookup *lookup, struct service_name service)
{
	size_t i = lookup->n_services;

	if (i == SERVICES_MAX) {
		if (lookup->services[i - 1].rank <= service.rank)
			return;
		i--;
	} else {
		lookup->n_services++;
	}
	for (; i > 0 && lookup->services[i - 1].rank > service.rank; i--)
		lookup->services[i] = lookup->services[i - 1];
	lookup->services[i] = service;
}

static void naptr_read(struct lookup *lookup, const unsigned char *answer,
		       int len)
{
	struct ares_naptr_reply *naptrs = NULL, *naptr;

	if (ares_parse_naptr_reply(answer, len, &naptrs))
		return;
	for (naptr = naptrs; naptr; naptr = naptr->next) {
		struct service_name service = {.rank = (uint32_t)naptr->order
							       << 16 |
						       naptr->preference};

		if (naptr_is_ours(lookup, naptr, &service.protocol) &&
		    name_copy(naptr->replacement, service.name))
			service_add(lookup, service);
		lookup->saw_others |= naptr_is_sip(naptr);
	}
	ares_free_data(naptrs);
	if (lookup->n_services > 0)
		answer_ttl(lookup, answer, len);
	/* From here on only their order matters. */
	for (size_t i = 0; i < lookup->n_services; i++)
		lookup->services[i].rank = (uint32_t)i;
}

static void naptr_answered(void *arg, int status, int timeouts,
			   unsigned char *answer, int len)
{
	struct dns_query *query = arg;
	struct lookup *lookup = query->lookup;

	(void)timeouts;
	if (status_is_silence(status))
		lookup->saw_silence = true;
	if (status == ARES_SUCCESS && !lookup->is_finished)
		naptr_read(lookup, answer, len);
	dns_query_over(query);
}

void dns_ask_naptr(struct lookup *lookup)
{
	ares_query(lookup->resolver->channel, lookup->host, ns_c_in, ns_t_naptr,
		   naptr_answered, dns_query_new(lookup));
}

/* SRV. */

static void srv_add(struct lookup *lookup, const struct service_name *service,
		    const struct ares_srv_reply *srv)
{
	struct record *record = &lookup->records[lookup->n_records];

	/* RFC 2782: "." means that the service is decidedly not there. */
	if (srv->host && (*srv->host == '\0' || strcmp(srv->host, ".") == 0)) {
		lookup->saw_no_service = true;
		return;
	}
	if (lookup->n_records == RECORDS_FOUND || srv->port == 0)
		return;
	*record = (struct record){
		.rank = service->rank << 16 | srv->priority,
		.weight = srv->weight,
		.port = srv->port,
		.protocol = service->protocol,
	};
	if (name_copy(srv->host, record->target))
		lookup->n_records++;
}

static void srv_answered(void *arg, int status, int timeouts,
			 unsigned char *answer, int len)
{
	struct dns_query *query = arg;
	struct lookup *lookup = query->lookup;
	struct ares_srv_reply *srvs = NULL, *srv;

	(void)timeouts;
	if (status_is_silence(status))
		lookup->saw_silence = true;
	if (!status_is_knowledge(status))
		lookup->saw_failure = true;
	if (status == ARES_SUCCESS && !lookup->is_finished &&
	    ares_parse_srv_reply(answer, len, &srvs) == ARES_SUCCESS) {
		for (srv = srvs; srv; srv = srv->next)
			srv_add(lookup, query->service, srv);
		ares_free_data(srvs);
		answer_ttl(lookup, answer, len);
	}
	dns_query_over(query);
}

void dns_ask_srv(struct lookup *lookup)
{
	lookup->outstanding++; /* until all are asked */
	for (size_t i = 0; i < lookup->n_services; i++) {
		struct dns_query *query = dns_query_new(lookup);

		query->service = &lookup->services[i];
		ares_query(lookup->resolver->channel, lookup->services[i].name,
			   ns_c_in, ns_t_srv, srv_answered, query);
	}
	if (--lookup->outstanding == 0)
		lookup_continue(lookup);
}

/* Addresses. */

/* The one place where an address comes in: it is checked before it is kept. */
static void record_add(struct lookup *lookup, struct record *record,
		       const struct sockaddr *found)
{
	const struct uri_rules *rules = &lookup->resolver->rules;
	union address address = {.v6 = {0}};

	if (found->sa_family == AF_INET)
		memcpy(&address.v4, found, sizeof(address.v4));
	else if (found->sa_family == AF_INET6)
		memcpy(&address.v6, found, sizeof(address.v6));
	else
		return;
	address_set_port(&address, record->port);
	if (!hop_is_allowed(rules, &address)) {
		lookup->saw_forbidden = true;
		return;
	}
	if (record->n_addresses < RECORD_ADDRESSES)
		record->addresses[record->n_addresses++] = address;
}

static void hosts_read(struct lookup *lookup, struct record *record,
		       const struct hostent *entry)
{
	for (char **at = entry->h_addr_list; *at; at++) {
		union address address = {.v6 = {0}};

		address.any.sa_family = (sa_family_t)entry->h_addrtype;
		if (entry->h_addrtype == AF_INET6)
			memcpy(&address.v6.sin6_addr, *at, 16);
		else
			memcpy(&address.v4.sin_addr, *at, 4);
		record_add(lookup, record, &address.any);
	}
}

bool dns_hosts(struct lookup *lookup, struct record *record)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct hostent *entry;
	bool found = false;

	for (size_t i = 0; i < 2; i++) {
		entry = NULL;
		if (ares_gethostbyname_file(lookup->resolver->channel,
					    record->target, families[i],
					    &entry))
			continue;
		found = true;
		hosts_read(lookup, record, entry);
		ares_free_hostent(entry);
	}
	if (found)
		ttl_note(lookup, HOSTS_TTL_S);
	return found;
}

static void addresses_add(struct lookup *lookup, struct record *record,
			  const struct ares_addrinfo *found)
{
	static const int families[] = {AF_INET, AF_INET6};
	const struct ares_addrinfo_cname *cname;
	const struct ares_addrinfo_node *node;

	for (cname = found->cnames; cname; cname = cname->next)
		ttl_note(lookup, cname->ttl);
	/* IPv4 first: where SIP has both, that is what works. */
	for (size_t i = 0; i < 2; i++)
		for (node = found->nodes; node; node = node->ai_next) {
			if (node->ai_family != families[i])
				continue;
			ttl_note(lookup, node->ai_ttl);
			record_add(lookup, record, node->ai_addr);
		}
}

static void addresses_answered(void *arg, int status, int timeouts,
			       struct ares_addrinfo *found)
{
	struct dns_query *query = arg;
	struct lookup *lookup = query->lookup;

	(void)timeouts;
	if (status_is_silence(status))
		lookup->saw_silence = true;
	if (status == ARES_ENOTFOUND &&
	    strcmp(query->record->target, lookup->host) == 0)
		lookup->saw_no_name = true;
	if (status == ARES_SUCCESS && !lookup->is_finished)
		addresses_add(lookup, query->record, found);
	if (found)
		ares_freeaddrinfo(found);
	dns_query_over(query);
}

void dns_ask_addresses(struct lookup *lookup)
{
	const struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT,
						  .ai_family = AF_UNSPEC};

	lookup->outstanding++; /* until all are asked */
	for (size_t i = 0; i < lookup->n_records; i++) {
		struct record *record = &lookup->records[i];
		struct dns_query *query;

		if (record->n_addresses > 0 || dns_hosts(lookup, record))
			continue;
		query = dns_query_new(lookup);
		query->record = record;
		ares_getaddrinfo(lookup->resolver->channel, record->target,
				 NULL, &hints, addresses_answered, query);
	}
	if (--lookup->outstanding == 0)
		lookup_continue(lookup);
}
