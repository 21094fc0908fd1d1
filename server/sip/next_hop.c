/* Where a leg goes: choosing a hop, UDP or TCP, and the sending.  How its hops
 * are found is in next_hop_find.c. */
#include "server/sip/client_txn_private.h"
#include "server/sip/invite_client.h"

#define UDP_MOST 65000	/* bytes that can go by UDP */
#define NO_TCP_MS 60000 /* how long a hop that refused TCP is not asked */
#define DEAD_MS 60000	/* how long a hop that is not there comes last */

void next_hop_failed(struct client_txn *txn, int status)
{
	if (invite_client_is_cancelled(txn)) {
		client_txn_end_soon(txn, invite_client_status(txn));
		return;
	}
	client_txn_rest(txn);
	txn->status = status;
	txn->hop++;
	next_hop_try(txn);
}

size_t next_hop_count(const struct client_txn *txn)
{
	return txn->route ? txn->route->resolve.n_hops : 1;
}

static const struct hop *next_hop_of(const struct client_txn *txn)
{
	return txn->route ? &txn->route->resolve.hops[txn->hop] : &txn->only;
}

struct route_state *route_state_spare(struct client_txns *all)
{
	if (!all->spare)
		all->spare = mem_alloc(sizeof(*all->spare));
	return all->spare;
}

void route_state_take(struct client_txn *txn)
{
	struct client_txns *all = txn->sender->txns;

	txn->route = route_state_spare(all);
	txn->route->txn = txn;
	all->spare = NULL;
}

/* The hop's address by this protocol, from the listener that suits both. */
static void flow_set(struct client_txn *txn, enum protocol protocol)
{
	const union address *remote = &next_hop_of(txn)->address;

	client_txn_forget_logins(txn);
	txn->flow = (struct flow){
		.peer.protocol = protocol,
		.peer.address = *remote,
		.listener = transport_choose(txn->sender->transport, protocol,
					     remote->any.sa_family)};
}

static enum leg_identity identity_for(const struct client_txn *txn)
{
	const struct leg_template *template = txn->leg->template;
	const struct sip_settings *settings = txn->sender->settings;
	struct peer hop = txn->flow.peer;

	if (!template->asserted.len || !settings->identity_for)
		return LEG_IDENTITY_WITHHELD;
	hop.names =
		transport_names(txn->sender->transport, txn->flow.connection);
	return settings->identity_for(settings->identity_for_arg, &hop,
				      template);
}

/* The same ones each time that this attempt is written: they are one use of
 * their nonces.  A hop that we know is told at once. */
static const struct logins *logins_of(struct client_txn *txn)
{
	const struct login_place place = {.hop = &txn->flow.peer,
					  .request_uri = txn->leg->request_uri};

	/* ACK has those of its INVITE. */
	if (!txn->has_logins && txn->sender->txns->logins && !txn->is_ack)
		txn->logins = logins_take(txn->sender->txns->logins,
					  &txn->sender->settings->credentials,
					  &place);
	txn->has_logins = true;
	return txn->logins;
}

/* Write into sender->out. */
static void client_txn_write(struct client_txn *txn, enum body_variant variant)
{
	struct sender *sender = txn->sender;
	char room[BRANCH_LEN + 1];
	const char *given = txn->leg->branch;
	struct request_writer writer = {
		.sender = sender,
		.leg = txn->leg,
		.flow = &txn->flow,
		.branch = given ? given
				: branch_text(&sender->txns->branches,
					      &txn->branch, room),
		.cseq = txn->cseq,
		.variant = variant,
		.identity = identity_for(txn),
		.logins = logins_of(txn),
		.is_by_proxy = txn->is_by_proxy};

	text_clear(&sender->out);
	request_write(&writer, &sender->out);
	txn->sent_variant = variant;
}

enum body_variant simpler_variant(const struct client_txn *txn)
{
	enum body_variant variant = txn->sent_variant;

	do
		variant++;
	while (variant < BODY_VARIANTS &&
	       !template_has_variant(txn->leg->template, variant));
	return variant;
}

static enum err send_out(struct client_txn *txn)
{
	struct sender *sender = txn->sender;
	struct view message = text_view(&sender->out);

	if (!protocol_is_reliable(txn->flow.peer.protocol) || txn->is_ack)
		return transport_send(sender->transport, &txn->flow, message);
	return transport_stream(sender->transport, &txn->flow, message,
				&txn->route->unsent);
}

void next_hop_leave(struct client_txn *txn)
{
	struct sender *sender = txn->sender;
	struct leg *leg = txn->leg;

	if (!client_txn_is_permitted(txn)) {
		client_txn_end_soon(txn, LEG_STATUS_WITHDRAWN);
		return;
	}
	if (send_out(txn) != ERR_OK) {
		next_hop_failed(txn, 503);
		return;
	}
	leg->bytes_out += sender->out.len;
	if (leg->template->asserted.len &&
	    identity_for(txn) == LEG_IDENTITY_WITHHELD)
		count(sender->counters, COUNT_PAI_WITHHELD);
	leg->was_moved |= leg->was_sent;
	leg->was_sent = true;
	leg->is_unverified = false;
	leg->is_large = !protocol_is_reliable(txn->flow.peer.protocol) &&
			sender->out.len > UDP_GOOD;
	client_txn_begin(txn);
}

/* It stands in sender->out. */
static void client_txn_transmit(struct client_txn *txn)
{
	if (txn->invite)
		invite_client_ready(txn);
	else
		next_hop_leave(txn);
}

enum err next_hop_repeat(struct client_txn *txn)
{
	struct sender *sender = txn->sender;

	client_txn_write(txn, txn->sent_variant);
	txn->leg->bytes_out += sender->out.len;
	return transport_send(sender->transport, &txn->flow,
			      text_view(&sender->out));
}

/* UDP, whatever the size: without the history list where that makes it fit.
 * What stands in sender->out was written for this hop. */
static void udp_send(struct client_txn *txn)
{
	struct sender *sender = txn->sender;

	if (sender->out.len > UDP_GOOD && txn->sent_variant == BODY_WHOLE &&
	    template_has_variant(txn->leg->template, BODY_SMALL)) {
		client_txn_write(txn, BODY_SMALL);
		if (sender->out.len > UDP_GOOD)
			client_txn_write(txn, BODY_WHOLE);
	}
	if (sender->out.len > UDP_MOST)
		next_hop_failed(txn, 513);
	else
		client_txn_transmit(txn);
}

static void tcp_send(struct client_txn *txn)
{
	client_txn_write(txn, txn->variant);
	client_txn_transmit(txn);
}

/* Of TLS with the name: at one address there may be several. */
static struct hash128 hop_key(const struct client_txn *txn,
			      const union address *address,
			      enum protocol protocol)
{
	uint8_t bytes[19 + SERVER_NAME_ROOM];
	int port = address_port(address);
	size_t len = 19;

	address_bytes(address, bytes);
	bytes[16] = (uint8_t)(port >> 8);
	bytes[17] = (uint8_t)port;
	bytes[18] = (uint8_t)protocol;
	if (protocol_is_secure(protocol)) {
		next_hop_server_name(txn, (char *)bytes + len);
		len += strlen((char *)bytes + len);
	}
	return hash_128(&txn->sender->key, bytes, len);
}

static struct hash128 address_key(const struct client_txn *txn)
{
	return hop_key(txn, &txn->flow.peer.address, txn->flow.peer.protocol);
}

/* How a hop failed of late. */
enum hop_failure { HOP_FAILURE_NONE, HOP_FAILURE_DEAD, HOP_FAILURE_UNVERIFIED };

static void failure_put(const struct client_txn *txn, enum hop_failure failure)
{
	struct sender *sender = txn->sender;

	ttl_cache_put(sender->txns->dead, address_key(txn), failure,
		      loop_now_ms(sender->loop) + DEAD_MS);
}

static enum hop_failure failure_of(const struct client_txn *txn,
				   const struct hop *hop)
{
	uint32_t value;

	if (!ttl_cache_get(txn->sender->txns->dead,
			   hop_key(txn, &hop->address, hop->protocol),
			   loop_now_ms(txn->sender->loop), &value))
		return HOP_FAILURE_NONE;
	return (enum hop_failure)value;
}

void next_hop_is_dead(const struct client_txn *txn)
{
	failure_put(txn, HOP_FAILURE_DEAD);
}

/* Those that failed of late come last, and are tried all the same.  A plain hop
 * does not take the place of one whose certificate was for others. */
void next_hops_order(struct client_txn *txn)
{
	struct resolve *resolve = &txn->route->resolve;
	struct hop good[RESOLVE_HOPS_MAX], bad[RESOLVE_HOPS_MAX];
	size_t n_good = 0, n_bad = 0;

	for (size_t i = 0; i < resolve->n_hops; i++) {
		const struct hop *hop = &resolve->hops[i];
		enum hop_failure failure = failure_of(txn, hop);

		txn->needs_tls |= failure == HOP_FAILURE_UNVERIFIED;
		if (failure == HOP_FAILURE_NONE)
			good[n_good++] = *hop;
		else
			bad[n_bad++] = *hop;
	}
	memcpy(resolve->hops, good, n_good * sizeof(*good));
	memcpy(resolve->hops + n_good, bad, n_bad * sizeof(*bad));
}

static void connect_ready(struct transport_wait *wait, enum err err)
{
	struct route_state *route =
		(struct route_state *)((char *)wait -
				       offsetof(struct route_state, wait));
	struct client_txn *txn = route->txn;
	struct sender *sender = txn->sender;

	txn->state = TXN_TRYING;
	if (!err) {
		client_txn_forget_logins(txn);
		txn->flow = wait->flow;
		tcp_send(txn);
	} else if (!protocol_is_reliable(next_hop_of(txn)->protocol)) {
		flow_set(txn, next_hop_of(txn)->protocol);
		ttl_cache_put(sender->txns->no_tcp, address_key(txn), 1,
			      loop_now_ms(sender->loop) + NO_TCP_MS);
		client_txn_write(txn, txn->variant);
		udp_send(txn);
	} else {
		if (err == ERR_UNVERIFIED)
			txn->needs_tls = txn->leg->is_unverified = true;
		failure_put(txn, err == ERR_UNVERIFIED ? HOP_FAILURE_UNVERIFIED
						       : HOP_FAILURE_DEAD);
		next_hop_failed(txn, 503);
	}
}

static void tcp_begin(struct client_txn *txn)
{
	struct sender *sender = txn->sender;
	enum protocol protocol = next_hop_of(txn)->protocol;

	flow_set(txn, protocol_is_reliable(protocol) ? protocol : PROTOCOL_TCP);
	if (!txn->route) {
		route_state_take(txn);
		txn->route->resolve.hops[0] = txn->only;
		txn->route->resolve.n_hops = 1;
	}
	txn->route->wait = (struct transport_wait){.flow = txn->flow,
						   .ready = connect_ready};
	if (protocol_is_secure(protocol)) {
		next_hop_server_name(txn, txn->route->server_name);
		txn->route->wait.server_name = txn->route->server_name;
	}
	txn->state = TXN_CONNECTING;
	transport_connect(sender->transport, &txn->route->wait);
}

/* A UDP hop is asked for TCP first when the request is large. */
static void udp_begin(struct client_txn *txn)
{
	struct sender *sender = txn->sender;
	uint32_t value;

	flow_set(txn, next_hop_of(txn)->protocol);
	client_txn_write(txn, txn->variant);
	if (sender->out.len <= UDP_GOOD ||
	    ttl_cache_get(sender->txns->no_tcp, address_key(txn),
			  loop_now_ms(sender->loop), &value))
		udp_send(txn);
	else if (sender->kind == SENDER_DATAGRAMS)
		client_txn_give_back(txn);
	else
		tcp_begin(txn);
}

/* Where there is only one datagram to send, there is only one place for it: a
 * socket that suits.  There is none where the relay listens on TCP only. */
static bool may_keep(const struct client_txn *txn)
{
	const struct sender *sender = txn->sender;
	const struct hop *hop;

	if (sender->kind == SENDER_WHOLE)
		return true;
	hop = next_hop_of(txn);
	return next_hop_count(txn) == 1 &&
	       !protocol_is_reliable(hop->protocol) &&
	       transport_choose(sender->transport, hop->protocol,
				hop->address.any.sa_family) >= 0;
}

static bool may_reach(const struct client_txn *txn, const struct hop *hop)
{
	struct leg *leg = txn->leg;
	uint8_t address[16];

	if (!leg->may_reach)
		return true;
	address_bytes(&hop->address, address);
	return leg->may_reach(leg, address);
}

/* Not to ourselves, nor where its owner says no; and whoever can break the way
 * to a secured hop must not get the request by a plain one that the DNS names
 * beside it. */
static void skip_hops(struct client_txn *txn)
{
	for (; txn->hop < next_hop_count(txn); txn->hop++) {
		const struct hop *hop = next_hop_of(txn);

		if (own_addresses_has(txn->sender->own_addresses, hop))
			txn->status = 482;
		else if (!may_reach(txn, hop))
			txn->status = txn->status ? txn->status : 503;
		else if (!txn->needs_tls || protocol_is_secure(hop->protocol))
			return;
		else if (!txn->status)
			txn->status = 416;
	}
}

size_t next_hops_left(struct client_txn *txn, struct hop *ret)
{
	size_t n = 0;

	for (skip_hops(txn); txn->hop < next_hop_count(txn); skip_hops(txn)) {
		ret[n++] = *next_hop_of(txn);
		txn->hop++;
	}
	return n;
}

/* A hop that fails at once comes back here by way of next_hop_failed(). */
void next_hop_try(struct client_txn *txn)
{
	size_t n = next_hop_count(txn);

	skip_hops(txn);
	txn->state = TXN_TRYING;
	client_txn_forget_logins(txn);
	branch_renew(&txn->sender->txns->branches, &txn->branch);
	if (txn->hop >= n)
		client_txn_end_soon(txn, txn->status ? txn->status : 503);
	else if (!may_keep(txn))
		client_txn_give_back(txn);
	else if (protocol_is_reliable(next_hop_of(txn)->protocol))
		tcp_begin(txn);
	else
		udp_begin(txn);
}

bool next_hop_exists(const struct client_txn *txn)
{
	return txn->hop + 1 < next_hop_count(txn) &&
	       !invite_client_is_cancelled(txn);
}

void next_hop_again(struct client_txn *txn)
{
	client_txn_rest(txn);
	next_hop_try(txn);
}
