/* Setup and teardown of the room: transport, sender, workers. */
#include "server/sip/sip_private.h"

#include "server/base/listen_uri.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/sip/dialog_table.h"
#include "server/sip/worker_pool.h"
#include "server/sip/receive.h"
#include "server/sip/sent_by.h"
#include "server/sip/server_txn.h"
#include "server/sip/client_txn.h"
#include "server/sip/invite_client.h"

#define HELD_MAX (64 << 20) /**< bytes of streams, each of input and output */

void sip_send(struct sip *sip, struct leg *leg)
{
	struct client_txn *txn = client_txn_new(&sip->sender, leg);

	if (sip->pool && worker_pool_may_have(leg))
		worker_pool_send(sip->pool, txn);
	else
		client_txn_carry(&sip->sender, txn);
}

void sip_drop(struct sip *sip, struct leg *leg)
{
	struct client_txn *txn = leg->txn;

	if (!txn)
		return;
	if (worker_pool_has(txn))
		worker_pool_drop(sip->pool, txn);
	else
		client_txn_free(txn);
}

void sip_cancel(struct sip *sip, struct leg *leg, struct view lines)
{
	(void)sip;
	if (leg->txn)
		invite_client_cancel(leg->txn, lines);
}

void sip_go(struct sip *sip, struct leg *leg)
{
	(void)sip;
	if (leg->txn)
		invite_client_go(leg->txn);
}

void sip_add_credentials(const struct leg *invite, struct text *lines)
{
	if (invite->txn)
		invite_client_credentials(invite->txn, lines);
}

void sip_listen_strays(struct sip *sip,
		       void (*stray)(void *arg, const struct message *response,
				     const struct flow *from),
		       void *arg)
{
	sip->strays = (struct stray_listener){stray, arg};
	sip->sender.strays = stray ? &sip->strays : NULL;
}

void sip_repeat(struct sip *sip, struct leg *leg)
{
	(void)sip;
	if (leg->txn)
		client_txn_repeat(leg->txn);
}

void sip_quiesce(struct sip *sip)
{
	/* First, since the rest of what streams have gathered leaves then. */
	sender_quiesce(&sip->sender);
	transport_give_up(sip->transport);
	if (sip->pool)
		worker_pool_quiesce(sip->pool);
}

struct transport *sip_transport(const struct sip *sip)
{
	return sip->transport;
}

bool sip_listens_securely(const struct sip *sip)
{
	for (size_t i = 0; i < transport_listeners(sip->transport); i++) {
		enum protocol protocol;

		(void)transport_address(sip->transport, i, &protocol);
		if (protocol_is_secure(protocol))
			return true;
	}
	return false;
}

bool sip_is_advertised(const struct sip *sip, const struct uri *uri)
{
	return own_addresses_has_host(&sip->own_addresses, uri);
}

struct dialog_table *sip_dialogs(struct sip *sip)
{
	return sip->dialogs;
}

void sip_listen(struct sip *sip, const struct sip_listener *listener)
{
	sip->listener = listener;
}

static enum err listen_at(struct sip *sip, const char *text,
			  const char **ret_problem)
{
	enum protocol protocol = PROTOCOL_UDP;
	struct listen_uri listen;
	union address address;
	enum err err = listen_uri_read(text, &listen, ret_problem);

	if (err)
		return err;
	if (!protocol_find(listen.transport, &protocol))
		return ERR_UNSUPPORTED;
	*ret_problem = "the host is not a numeric address";
	err = address_parse(listen.host, listen.port, &address);
	if (err)
		return err;
	*ret_problem = "the address cannot be bound";
	if (protocol_is_secure(protocol) && !sip->settings.tls)
		*ret_problem = "TLS needs a certificate and a key in tls { }";
	return transport_listen(sip->transport, protocol, &address);
}

static void connection_closed(void *arg, uint64_t connection)
{
	struct sip *sip = arg;

	sender_closed(&sip->sender, connection);
}

static void datagram_undelivered(void *arg, const union address *to,
				 struct view quoted)
{
	struct sip *sip = arg;

	sender_undelivered(&sip->sender, to, quoted);
}

static struct transport *open_transport(struct sip *sip)
{
	const struct sip_settings *settings = &sip->settings;
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
		.tls = settings->tls,
		.receive = sip_receive,
		.unframed = sip_unframed,
		.undelivered = datagram_undelivered,
		.closed = connection_closed,
		.arg = sip,
	};

	return transport_new(&transport);
}

/* Legs that are over are told of; none is given back. */
static void sender_done(struct sender *sender, struct client_txn *txn)
{
	(void)sender;
	client_txn_tell(txn);
}

static void init_sender(struct sip *sip)
{
	sip->sender = (struct sender){.kind = SENDER_WHOLE,
				      .settings = &sip->settings,
				      .loop = sip->loop,
				      .counters = sip->counters,
				      .transport = sip->transport,
				      .own_addresses = &sip->own_addresses,
				      .instance_id = sip->instance_id,
				      .done = sender_done};
	sender_init(&sip->sender);
}

static struct sip *sip_make(const struct sip_settings *settings)
{
	struct sip *sip = mem_alloc(sizeof(*sip));
	uint8_t id[INSTANCE_ID_LEN / 2];

	sip->settings = *settings;
	sip->loop = settings->loop;
	sip->counters = settings->counters;
	shared_text_init(&sip->out);
	shared_text_init(&sip->lines);
	shared_text_init(&sip->scratch);
	random_bytes(&sip->key, sizeof(sip->key));
	random_bytes(id, sizeof(id));
	sip->instance_id[0] = 'v';
	hex_encode(id, sizeof(id), sip->instance_id + 1);
	sip->server_txns = server_txns_new(sip);
	sip->dialogs = dialog_table_new(&sip->key);
	sip->transport = open_transport(sip);
	init_sender(sip);
	return sip;
}

static void know_names(struct sip *sip, const struct sender *sender)
{
	size_t n = sip->n_sent_by + sender->n_sent_by;

	sip->sent_by = mem_resize(sip->sent_by, (n + 1) * sizeof(char *));
	for (size_t i = 0; i < sender->n_sent_by; i++)
		sip->sent_by[sip->n_sent_by++] = sender->sent_by[i];
}

static void find_own_hosts(struct sip *sip)
{
	for (size_t i = 0; i < transport_listeners(sip->transport); i++) {
		struct advertised it;
		enum protocol protocol;
		const union address *address =
			transport_address(sip->transport, i, &protocol);

		if (sent_by_advertised(&sip->settings, protocol, address, &it))
			own_addresses_add_host(&sip->own_addresses, it.host,
					       it.port ? it.port
						       : address_port(address));
	}
}

/* Ports that the kernel chose are known only now. */
static void find_own_addresses(struct sip *sip)
{
	size_t n = sip->pool ? worker_pool_size(sip->pool) : 0;

	own_addresses_add(&sip->own_addresses, OWN_LISTENER, sip->transport);
	find_own_hosts(sip);
	know_names(sip, &sip->sender);
	for (size_t i = 0; i < n; i++) {
		const struct sender *sender = worker_pool_sender(sip->pool, i);

		own_addresses_add(&sip->own_addresses, OWN_WORKER,
				  sender->transport);
		know_names(sip, sender);
	}
	gauge_set(sip->counters, GAUGE_WORKERS, (int64_t)n);
}

enum err sip_new(const struct sip_settings *settings, struct sip **ret,
		 struct sip_problem *ret_problem)
{
	struct sip *sip = sip_make(settings);
	const char **what = &ret_problem->what;
	enum err err = ERR_OK;

	*ret_problem = (struct sip_problem){NULL, NULL};
	for (size_t i = 0; !err && i < settings->n_listen; i++) {
		ret_problem->listener = settings->listen[i];
		err = listen_at(sip, settings->listen[i], what);
	}
	if (!err) {
		ret_problem->listener = NULL;
		err = sender_open(&sip->sender, what);
	}
	if (!err && settings->workers)
		err = worker_pool_new(&sip->sender, settings->workers,
				      &sip->pool, what);
	if (!err)
		find_own_addresses(sip);
	if (!err && sip->pool) {
		*what = "a thread cannot be started";
		err = worker_pool_start(sip->pool);
	}
	if (err)
		sip_free(sip);
	else
		*ret = sip;
	return err;
}

bool sip_idle(const struct sip *sip)
{
	return !server_txns_unanswered(sip->server_txns) &&
	       !client_txns_count(sip->sender.txns) &&
	       !(sip->pool && worker_pool_count(sip->pool));
}

void sip_silence(struct sip *sip)
{
	transport_give_up(sip->transport);
	if (sip->pool)
		worker_pool_silence(sip->pool);
}

void sip_free(struct sip *sip)
{
	if (!sip)
		return;
	worker_pool_free(sip->pool);
	sender_release(&sip->sender);
	server_txns_free(sip->server_txns);
	dialog_table_free(sip->dialogs);
	transport_free(sip->transport);
	own_addresses_release(&sip->own_addresses);
	free(sip->sent_by);
	shared_text_release(&sip->out);
	shared_text_release(&sip->lines);
	shared_text_release(&sip->scratch);
	free(sip);
}
