#include "server/daemon_private.h"

#include <sched.h>
#include <stddef.h>

#include "server/base/listen_uri.h"
#include "server/settings.h"
#include "server/sip/outbound_proxy.h"

/** More of them wait for the loop. */
#define WORKERS_AUTO_MAX 8
/** The loop and the writer. */
#define OTHER_THREADS 2
/** A recipient who lost the URIs gets one permission request at a time. */
#define TRIGGER_BURST 1
/** Requests that wait for their answer take some 4 KB each, and a disk that is
 *  slow lets them wait. */
#define UNANSWERED_MAX 100000
/** Of a SIP URI that names none. */
#define SIP_PORT 5060

enum err setup_listener(const char *text, enum protocol *ret_protocol,
			union address *ret)
{
	struct listen_uri uri;
	enum err err = listen_uri_read(text, &uri, NULL);

	if (err)
		return err;
	if (!protocol_find(uri.transport, ret_protocol))
		return ERR_UNSUPPORTED;
	return address_parse(uri.host, uri.port, ret);
}

bool setup_advertised(const struct config *config, enum protocol protocol,
		      const union address *listener, struct advertised *ret)
{
	const struct sip_settings some = {.advertise = config->sip_advertise.at,
					  .n_advertise =
						  config->sip_advertise.n};

	return sent_by_advertised(&some, protocol, listener, ret);
}

/** Is there a way to sips URIs, and one back: a listener with TLS, and TLS to
 * the outbound proxy if there is one? */
static bool setup_has_tls(const struct config *config)
{
	struct outbound_proxy proxy;
	bool has_tls = false;

	for (size_t i = 0; i < config->sip_listen.n; i++) {
		enum protocol protocol;
		union address address;

		has_tls |= !setup_listener(config->sip_listen.at[i], &protocol,
					   &address) &&
			   protocol_is_secure(protocol);
	}
	if (outbound_proxy_read(config->outbound_proxy, &proxy))
		return false;
	has_tls &= !proxy.usual.route || proxy.secure.route;
	outbound_proxy_release(&proxy);
	return has_tls;
}

struct uri_rules setup_rules(const struct config *config)
{
	return (struct uri_rules){.allow_private =
					  config->allow_private_addresses != 0,
				  .has_tls = setup_has_tls(config)};
}

/** A host in URIs, with the port where it is not the usual one. */
static const char *setup_host(struct daemon *daemon, struct view host, int port,
			      enum protocol protocol)
{
	if (port == protocol_port(protocol))
		return view_copy(daemon->arena, host);
	return arena_printf(daemon->arena, "%.*s:%d", (int)host.len, host.at,
			    port);
}

/** What the settings say of the first listener that they speak of. */
static const char *setup_advertised_host(struct daemon *daemon,
					 enum protocol like)
{
	const struct config *config = daemon->config;

	for (size_t i = 0; i < config->sip_listen.n; i++) {
		enum protocol protocol;
		union address address;
		struct advertised it;

		if (!setup_listener(config->sip_listen.at[i], &protocol,
				    &address) &&
		    protocol_is_secure(protocol) == protocol_is_secure(like) &&
		    setup_advertised(config, protocol, &address, &it))
			return setup_host(daemon, it.host,
					  it.port ? it.port
						  : address_port(&address),
					  like);
	}
	return NULL;
}

/**
 * Where phones send their answers: what is advertised, or the domain.  A number
 * without a port is at the usual one (RFC 3263 section 4.2); where the domain
 * is a number, and its listeners are at another port, consent URIs must say so.
 * A name says it in the DNS.
 */
static const char *setup_consent_host(struct daemon *daemon, enum protocol like)
{
	const struct config *config = daemon->config;
	const char *advertised = setup_advertised_host(daemon, like);
	struct view domain = view_of(config->domain);
	int port = 0;

	if (advertised)
		return advertised;
	for (size_t i = 0; i < config->sip_listen.n; i++) {
		enum protocol protocol;
		struct listen_uri uri;

		if (listen_uri_read(config->sip_listen.at[i], &uri, NULL) ||
		    !protocol_find(uri.transport, &protocol) ||
		    protocol_is_secure(protocol) != protocol_is_secure(like) ||
		    !uri_hosts_equal(uri.host, domain))
			continue;
		if (!port || uri.port == protocol_port(like))
			port = uri.port;
	}
	return setup_host(daemon, domain, port ? port : protocol_port(like),
			  like);
}

struct consent_hosts setup_consent_hosts(struct daemon *daemon)
{
	return (struct consent_hosts){
		.plain = setup_consent_host(daemon, PROTOCOL_UDP),
		.secure = setup_consent_host(daemon, PROTOCOL_TLS)};
}

/** Networks from which a token alone may grant. */
static const struct trust_network *setup_any_transport(struct daemon *daemon,
						       size_t *ret_n)
{
	static const char *everywhere[] = {"0.0.0.0/0", "::/0"};
	const struct config *config = daemon->config;
	const struct strings all = {everywhere, 2};
	const struct strings *named = &config->any_transport_networks;
	const struct strings *from =
		!named->n && config->any_transport ? &all : named;

	*ret_n = from->n;
	return setup_networks(daemon->arena, from);
}

/** A proxy of ours answers for everybody. */
static struct away_rule setup_away(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct strings *from = &config->away_statuses;
	int *statuses = arena_array(daemon->arena, from->n + 1, sizeof(int));
	uint64_t status;

	for (size_t i = 0; i < from->n; i++) {
		if (view_to_u64(view_of(from->at[i]), 699, &status))
			err_fatal("an away status was not checked");
		statuses[i] = (int)status;
	}
	return (struct away_rule){.statuses = statuses,
				  .n = from->n,
				  .domain = config->domain,
				  .domains = daemon->domains,
				  .is_everywhere = config->away_everywhere ||
						   *config->outbound_proxy};
}

struct lists_settings setup_lists(struct daemon *daemon)
{
	const struct config *config = daemon->config;

	return (struct lists_settings){
		.loop = daemon->loop,
		.edge = daemon->edge,
		.index = daemon->index,
		.counters = daemon->counters,
		.allowances = daemon->allowances,
		.stored = daemon->list_table,
		.ours = setup_ours(daemon),
		.uri_rules = setup_rules(config),
		.list_length = (size_t)config->list_length,
		.list_bytes = (size_t)config->list_bytes,
		.body_bytes = (size_t)config->body_bytes,
		.breadth_max = (int)config->max_breadth,
	};
}

/** The rooms that wait are there before the one that tells, and after it. */
void setup_untold(void *arg, int64_t permission)
{
	const struct daemon *daemon = arg;

	if (daemon->consents)
		consents_hurry_notice(daemon->consents, permission);
}

struct messages_settings setup_messages(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct numbers *pauses = &config->retry_pauses_s;

	return (struct messages_settings){
		.loop = daemon->loop,
		.lists = daemon->lists,
		.edge = daemon->edge,
		.writer = daemon->writer,
		.index = daemon->index,
		.stored = daemon->list_table,
		.counters = daemon->counters,
		.secret = daemon->secret,
		.domain = config->domain,
		.places = setup_places(daemon),
		.requests_max = (size_t)config->requests,
		.legs_window = (size_t)config->legs_in_flight,
		.retry_pauses_s = setup_pauses(daemon->arena, pauses),
		.n_retry_pauses = pauses->n,
		.away = setup_away(daemon),
		.lifetime_s = config->lifetime_s,
		.keep_failed_s = config->keep_failed_s,
		.keep_done_s = config->keep_done_s,
		.listener = setup_message_listener(daemon),
		.untold = setup_untold,
		.untold_arg = daemon,
		.is_reply_to_relay = config->reply_to_relay != 0,
	};
}

struct consents_settings setup_consents(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	size_t n_any_transport;
	const struct trust_network *any_transport =
		setup_any_transport(daemon, &n_any_transport);
	const struct service *services = NULL;
	size_t n_services = 0;

	if (setup_services(daemon, &services, &n_services))
		n_services = 0; /* the edge has refused them */
	return (struct consents_settings){
		.services = services,
		.n_services = n_services,
		.has_chat = config->chat != 0,
		.has_stop_words = config->stop_words != 0,
		.loop = daemon->loop,
		.edge = daemon->edge,
		.writer = daemon->writer,
		.index = daemon->index,
		.lists = daemon->list_table,
		.counters = daemon->counters,
		.secret = daemon->secret,
		.domain = config->domain,
		.places = setup_places(daemon),
		.uri_rules = setup_rules(config),
		.any_transport = any_transport,
		.n_any_transport = n_any_transport,
		.asking = setup_asking(daemon),
		.trigger_limits = {TRIGGER_BURST,
				   (int)config->trigger_interval_s,
				   (int)config->triggers_per_day},
		.refresh_s = config->refresh_s,
		.request_lifetime_s = config->request_lifetime_s,
		.wording = &config->wording,
		.page_url = setup_page_url(config, daemon->arena),
		.away = setup_away(daemon),
		.requests_in_flight = (size_t)config->requests_in_flight,
		.per_second = (int)config->questions_per_second,
		.hop_addresses = hops_addresses,
		.is_busy = edge_is_shedding,
	};
}

static size_t setup_workers(const struct config *config)
{
	cpu_set_t usable;
	int n;

	if (config->workers != SETTING_AUTO)
		return (size_t)config->workers;
	if (sched_getaffinity(0, sizeof(usable), &usable))
		return 0;
	n = CPU_COUNT(&usable) - OTHER_THREADS;
	return n < 0 ? 0 : n < WORKERS_AUTO_MAX ? (size_t)n : WORKERS_AUTO_MAX;
}

struct sip_settings setup_sip(struct daemon *daemon)
{
	const struct config *config = daemon->config;

	daemon->trust_domains = setup_trust(daemon);
	return (struct sip_settings){
		.loop = daemon->loop,
		.counters = daemon->counters,
		.domain = config->domain,
		.listen = config->sip_listen.at,
		.n_listen = config->sip_listen.n,
		.advertise = config->sip_advertise.at,
		.n_advertise = config->sip_advertise.n,
		.outbound_proxy = config->outbound_proxy,
		.uri_rules = setup_rules(config),
		.message_max = (size_t)config->message_max,
		.connections_max = (size_t)config->connections,
		.connections_per_source =
			(size_t)config->connections_per_source,
		.idle_s = (int)config->idle_s,
		.message_timeout_s = (int)config->message_timeout_s,
		.transactions_max = (size_t)config->transactions,
		.unanswered_max = UNANSWERED_MAX,
		.udp_buffer = (int)config->udp_buffer,
		.workers = setup_workers(config),
		.nameserver = *config->nameserver ? config->nameserver : NULL,
		.identity_for = peer_identity_for,
		.identity_for_arg = &daemon->trust_domains,
	};
}

enum err setup_edge(struct daemon *daemon, struct edge_settings *ret)
{
	const struct config *config = daemon->config;
	const struct service *services;
	size_t n_services;
	enum err err = setup_services(daemon, &services, &n_services);

	if (err)
		return err;
	*ret = (struct edge_settings){
		.loop = daemon->loop,
		.counters = daemon->counters,
		.sip = daemon->sip,
		.accounts = daemon->accounts,
		.lists = daemon->list_table,
		.domain = config->domain,
		.domains = daemon->domains,
		.services = services,
		.n_services = n_services,
		.trust_domains = &daemon->trust_domains,
		.md5 = (enum md5_rule)config->md5,
		.nonce_lifetime_s = (int)config->nonce_lifetime_s,
		.message_max = (size_t)config->message_max,
		.source_rate = (int)config->source_rate,
		.source_burst = (int)config->source_burst,
		.unproved_per_minute = (int)config->unproved_per_minute,
	};
	return ERR_OK;
}

/* ---- what REST calls, from threads of its own ------------------------------
 */

static void wake_run(struct loop_post *post)
{
	struct daemon *daemon =
		(struct daemon *)(void *)((char *)post -
					  offsetof(struct daemon, wake));

	atomic_flag_clear(&daemon->is_waking);
	if (!daemon->consents)
		return; /* the last calls of REST ended after it */
	consents_wake(daemon->consents);
	messages_wake(daemon->messages);
}

static void wake(void *arg)
{
	struct daemon *daemon = arg;

	if (atomic_flag_test_and_set(&daemon->is_waking))
		return; /* on its way already */
	daemon->wake.run = wake_run;
	loop_post(daemon->loop, &daemon->wake);
}

static const char *not_ready(void *arg)
{
	struct daemon *daemon = arg;

	return atomic_load(&daemon->draining) ? "draining" : NULL;
}

/** What explain knows of the services; none where their URIs make no sense,
 *  which the start says elsewhere. */
static size_t setup_api_services(struct daemon *daemon,
				 const struct api_service **ret)
{
	const struct service *services;
	struct api_service *them;
	size_t n;

	if (setup_services(daemon, &services, &n))
		return 0;
	them = arena_array(daemon->arena, n + 1, sizeof(*them));
	for (size_t i = 0; i < n; i++)
		them[i] = (struct api_service){
			services[i].key, services[i].missing,
			services[i].methods, services[i].n_methods,
			services[i].takes_unauthenticated};
	*ret = them;
	return n;
}

static bool decide(void *arg, const struct consent_reply *reply,
		   reply_done_fn done, void *done_arg)
{
	struct daemon *daemon = arg;

	return consents_decide(daemon->consents, reply, done, done_arg) != NULL;
}

static struct page_settings setup_api_page(struct daemon *daemon)
{
	struct page_settings page =
		setup_page(daemon->config, daemon->https, daemon->arena);

	page.any_transport = setup_any_transport(daemon, &page.n_any_transport);
	page.has_chat = daemon->config->chat != 0;
	page.decide = decide;
	page.arg = daemon;
	return page;
}

struct api_settings setup_api(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct api_service *services = NULL;
	size_t n_services = setup_api_services(daemon, &services);

	return (struct api_settings){
		.listen = config->http_listen,
		.https = config->http_tls ? daemon->https : NULL,
		.page = setup_api_page(daemon),
		.origin = setup_origin(config, daemon->arena),
		.admin_token_file = config->admin_token_file,
		.store_path = config->store_path,
		.public_url = config->public_url,
		.domain = config->domain,
		.domains = daemon->domains,
		.ours = setup_ours(daemon),
		.deny_for_recipients = (int)config->deny_for_recipients,
		.told_per_day = config->told_per_day,
		.has_tls = setup_has_tls(config),
		.refresh_s = config->refresh_s,
		.asking = setup_asking(daemon),
		.questions_per_second = (int)config->questions_per_second,
		.allow_private_addresses = (int)config->allow_private_addresses,
		.services = services,
		.n_services = n_services,
		.has_trusted_peers = setup_has_peers(config),
		.trust = daemon->trust_domains.domains,
		.n_trust = daemon->trust_domains.n,
		.tells_outside = daemon->trust_domains.tells_outside,
		.sender_room_bytes = (uint64_t)config->queue_per_sender,
		.writer = daemon->writer,
		.index = daemon->index,
		.accounts = daemon->accounts,
		.lists = daemon->list_table,
		.list_limits = {config->stored_lists, config->list_entries},
		.allowances = daemon->allowances,
		.conferences = daemon->conferences,
		.counters = daemon->counters,
		.secret = daemon->secret,
		.loop = daemon->loop,
		.wake = wake,
		.not_ready = not_ready,
		.find_hops = hops_find,
		.forget_hops = hops_forget,
		.arg = daemon,
	};
}
