/* The edge as a whole: making it, draining it, taking it down. */
#include "server/sip/edge.h"

#include "server/base/log.h"
#include "server/base/random.h"
#include "server/sip/worker_pool.h"
#include "server/sip/ingress.h"
#include "server/sip/server_txn.h"
#include "server/sip/client_txn.h"

#define SOURCES 65536	    /**< places in the tables of sources */
#define NONCES 65536	    /**< used nonces that are remembered */
#define HELD_MAX (64 << 20) /**< bytes of streams, each of input and output */
#define LOOPS 16384	    /**< requests that are remembered for a minute */

void edge_send(struct edge *edge, struct leg *leg)
{
	struct client_txn *txn = client_txn_new(&edge->sender, leg);

	if (edge->pool && worker_pool_may_have(leg))
		worker_pool_send(edge->pool, txn);
	else
		client_txn_carry(&edge->sender, txn);
}

void edge_drop(struct edge *edge, struct leg *leg)
{
	struct client_txn *txn = leg->txn;

	if (!txn)
		return;
	if (worker_pool_has(txn))
		worker_pool_drop(edge->pool, txn);
	else
		client_txn_free(txn);
}

void edge_quiesce(struct edge *edge)
{
	transport_give_up(edge->transport);
	sender_quiesce(&edge->sender);
	if (edge->pool)
		worker_pool_quiesce(edge->pool);
}

const char *edge_domain(const struct edge *edge)
{
	return edge->settings.domain;
}

/* "sip:127.0.0.1:5060;transport=udp" */
static enum err listen_at(struct edge *edge, const char *text,
			  const char **ret_problem)
{
	enum protocol protocol = PROTOCOL_UDP;
	union address address;
	struct view transport = VIEW_NONE;
	struct uri uri;
	enum err err;

	*ret_problem = "not a SIP URI";
	err = uri_parse(view_of(text), &uri);
	if (err || uri.scheme != URI_SIP)
		return err ? err : ERR_SCHEME;
	*ret_problem = "transport is neither udp nor tcp";
	uri_param(&uri, "transport", &transport);
	if (transport.len && !protocol_find(transport, &protocol))
		return ERR_UNSUPPORTED;
	*ret_problem = "the host is not a numeric address";
	err = address_parse(uri.host, uri.port ? uri.port : 5060, &address);
	if (err)
		return err;
	*ret_problem = "the address cannot be bound";
	return transport_listen(edge->transport, protocol, &address);
}

static void connection_closed(void *arg, uint64_t connection)
{
	struct edge *edge = arg;

	sender_closed(&edge->sender, connection);
}

static void datagram_undelivered(void *arg, const union address *to,
				 struct view quoted)
{
	struct edge *edge = arg;

	sender_undelivered(&edge->sender, to, quoted);
}

static struct transport *open_transport(struct edge *edge)
{
	const struct sip_settings *settings = &edge->settings;
	const struct transport_settings transport = {
		.loop = settings->loop,
		.counters = settings->counters,
		.message_max = settings->message_max,
		.connections_max = settings->connections_max,
		.connections_per_source = settings->connections_per_source,
		.held_max = HELD_MAX,
		.idle_s = settings->idle_s,
		.message_timeout_s = settings->message_timeout_s,
		.udp_buffer = settings->udp_buffer,
		.receive = ingress_receive,
		.unframed = ingress_unframed,
		.undelivered = datagram_undelivered,
		.closed = connection_closed,
		.arg = edge,
	};

	return transport_new(&transport);
}

/* Legs that are over are told of; none is given back. */
static void sender_done(struct sender *sender, struct client_txn *txn)
{
	(void)sender;
	client_txn_tell(txn);
}

static void init_sender(struct edge *edge)
{
	edge->sender = (struct sender){.kind = SENDER_WHOLE,
				       .settings = &edge->settings,
				       .loop = edge->loop,
				       .counters = edge->counters,
				       .transport = edge->transport,
				       .own_addresses = &edge->own_addresses,
				       .instance_id = edge->instance_id,
				       .done = sender_done};
	sender_init(&edge->sender);
}

static struct edge *edge_new(const struct sip_settings *settings)
{
	struct edge *edge = mem_alloc(sizeof(*edge));
	uint8_t id[INSTANCE_ID_LEN / 2];

	edge->settings = *settings;
	edge->loop = settings->loop;
	edge->counters = settings->counters;
	text_init(&edge->out, NULL);
	text_init(&edge->lines, NULL);
	text_init(&edge->scratch, NULL);
	random_bytes(&edge->key, sizeof(edge->key));
	random_bytes(id, sizeof(id));
	edge->instance_id[0] = 'v';
	hex_encode(id, sizeof(id), edge->instance_id + 1);
	edge->sources = source_rates_new(SOURCES);
	edge->refusals = source_rates_new(SOURCES);
	edge->repeats = source_rates_new(SOURCES);
	edge->loops = ttl_cache_new(LOOPS);
	edge->nonces = nonce_book_new(settings->nonce_lifetime_s, NONCES);
	edge->server_txns = server_txns_new(edge);
	edge->transport = open_transport(edge);
	init_sender(edge);
	return edge;
}

static void know_names(struct edge *edge, const struct sender *sender)
{
	size_t n = edge->n_sent_by + sender->n_sent_by;

	edge->sent_by = mem_resize(edge->sent_by, (n + 1) * sizeof(char *));
	for (size_t i = 0; i < sender->n_sent_by; i++)
		edge->sent_by[edge->n_sent_by++] = sender->sent_by[i];
}

/* Ports that the kernel chose are known only now. */
static void find_own_addresses(struct edge *edge)
{
	size_t n = edge->pool ? worker_pool_size(edge->pool) : 0;

	own_addresses_add(&edge->own_addresses, OWN_LISTENER, edge->transport);
	know_names(edge, &edge->sender);
	for (size_t i = 0; i < n; i++) {
		const struct sender *sender = worker_pool_sender(edge->pool, i);

		own_addresses_add(&edge->own_addresses, OWN_WORKER,
				  sender->transport);
		know_names(edge, sender);
	}
	gauge_set(edge->counters, GAUGE_WORKERS, (int64_t)n);
}

enum err sip_new(const struct sip_settings *settings, struct edge **ret,
		 struct sip_problem *ret_problem)
{
	struct edge *edge = edge_new(settings);
	const char **what = &ret_problem->what;
	enum err err = ERR_OK;

	*ret_problem = (struct sip_problem){NULL, NULL};
	for (size_t i = 0; !err && i < settings->n_listen; i++) {
		ret_problem->listener = settings->listen[i];
		err = listen_at(edge, settings->listen[i], what);
	}
	if (!err) {
		ret_problem->listener = NULL;
		err = sender_open(&edge->sender, what);
	}
	if (!err && settings->workers)
		err = worker_pool_new(&edge->sender, settings->workers,
				      &edge->pool, what);
	if (!err)
		find_own_addresses(edge);
	if (!err && edge->pool) {
		*what = "a thread cannot be started";
		err = worker_pool_start(edge->pool);
	}
	if (err)
		sip_free(edge);
	else
		*ret = edge;
	return err;
}

void sip_drain(struct edge *edge)
{
	edge->is_draining = true;
}

bool sip_idle(const struct edge *edge)
{
	return !server_txns_unanswered(edge->server_txns) &&
	       !client_txns_count(edge->sender.txns) &&
	       !(edge->pool && worker_pool_count(edge->pool));
}

void sip_silence(struct edge *edge)
{
	transport_give_up(edge->transport);
	if (edge->pool)
		worker_pool_silence(edge->pool);
}

void sip_free(struct edge *edge)
{
	if (!edge)
		return;
	worker_pool_free(edge->pool);
	sender_release(&edge->sender);
	server_txns_free(edge->server_txns);
	transport_free(edge->transport);
	nonce_book_free(edge->nonces);
	source_rates_free(edge->sources);
	source_rates_free(edge->refusals);
	source_rates_free(edge->repeats);
	ttl_cache_free(edge->loops);
	own_addresses_release(&edge->own_addresses);
	free(edge->sent_by);
	text_release(&edge->out);
	text_release(&edge->lines);
	text_release(&edge->scratch);
	free(edge);
}
