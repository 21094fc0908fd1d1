/* Where a leg goes: resolving, choosing a hop, UDP or TCP, and the sending. */
#include "server/sip/outgoing_private.h"

#define UDP_MOST 65000	/* bytes that can go by UDP */
#define NO_TCP_MS 60000 /* how long a hop that refused TCP is not asked */
#define DEAD_MS 60000	/* how long a hop that is not there comes last */

static void hops_try(struct outgoing *outgoing);

void hop_failed(struct outgoing *outgoing, int status)
{
	outgoing_rest(outgoing);
	outgoing->status = status;
	outgoing->hop++;
	hops_try(outgoing);
}

static size_t hops_count(const struct outgoing *outgoing)
{
	return outgoing->way ? outgoing->way->resolve.n_hops : 1;
}

static const struct hop *hop_of(const struct outgoing *outgoing)
{
	return outgoing->way ? &outgoing->way->resolve.hops[outgoing->hop]
			     : &outgoing->only;
}

/* The spare one; who keeps it takes it away. */
static struct way *way_spare(struct outgoings *all)
{
	if (!all->spare)
		all->spare = mem_alloc(sizeof(*all->spare));
	return all->spare;
}

static void way_take(struct outgoing *outgoing)
{
	struct outgoings *all = outgoing->sender->outgoings;

	outgoing->way = way_spare(all);
	outgoing->way->outgoing = outgoing;
	all->spare = NULL;
}

/* The hop's address by this protocol, from the listener that suits both. */
static void flow_set(struct outgoing *outgoing, enum protocol protocol)
{
	const union address *remote = &hop_of(outgoing)->address;

	outgoing->flow = (struct flow){
		.protocol = protocol,
		.remote = *remote,
		.listener = transport_choose(outgoing->sender->transport,
					     protocol, remote->any.sa_family)};
}

static bool may_assert(const struct outgoing *outgoing)
{
	const struct leg_template *form = outgoing->leg->form;
	const struct sip_settings *settings = outgoing->sender->settings;
	uint8_t address[16];

	if (!form->asserted.len)
		return false;
	address_bytes(&outgoing->flow.remote, address);
	return trust_assertion_out(
		trust_find(settings->trust, settings->n_trust, address),
		form->privacy);
}

static void branch_write(const struct outgoing *outgoing, char *ret)
{
	const struct sender *sender = outgoing->sender;
	uint64_t nonce = outgoing->nonce;
	uint32_t slot = slot_masked(sender->outgoings, outgoing->slot, nonce);
	uint8_t bytes[sizeof(slot) + sizeof(nonce)];

	for (size_t i = 0; i < sizeof(slot); i++)
		bytes[i] = (uint8_t)(slot >> (24 - 8 * i));
	for (size_t i = 0; i < sizeof(nonce); i++)
		bytes[sizeof(slot) + i] = (uint8_t)(nonce >> (56 - 8 * i));
	memcpy(ret, BRANCH_COOKIE, 7);
	memcpy(ret + 7, sender->mark, EDGE_MARK_LEN);
	hex_encode(bytes, sizeof(bytes), ret + 7 + EDGE_MARK_LEN);
}

/* Write into sender->out. */
static void outgoing_write(struct outgoing *outgoing, enum content_form form)
{
	struct sender *sender = outgoing->sender;
	char branch[BRANCH_LEN + 1];
	struct wire wire = {.sender = sender,
			    .leg = outgoing->leg,
			    .flow = &outgoing->flow,
			    .branch = branch,
			    .cseq = outgoing->cseq,
			    .form = form,
			    .has_assertion = may_assert(outgoing)};

	branch_write(outgoing, branch);
	text_clear(&sender->out);
	wire_write(&wire, &sender->out);
	outgoing->sent_form = form;
}

enum content_form hop_simpler(const struct outgoing *outgoing)
{
	enum content_form form = outgoing->sent_form;

	do
		form++;
	while (form < CONTENT_FORMS &&
	       !wire_has_form(outgoing->leg->form, form));
	return form;
}

static enum err send_out(struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;
	struct view message = text_view(&sender->out);

	if (outgoing->flow.protocol == PROTOCOL_UDP)
		return transport_send(sender->transport, &outgoing->flow,
				      message);
	return transport_stream(sender->transport, &outgoing->flow, message,
				&outgoing->way->unsent);
}

/* What stands in sender->out goes out, if the recipient still wants it. */
static void outgoing_transmit(struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;
	struct leg *leg = outgoing->leg;

	if (!outgoing_is_permitted(outgoing)) {
		outgoing_end_soon(outgoing, LEG_STATUS_WITHDRAWN);
		return;
	}
	if (send_out(outgoing) != ERR_OK) {
		hop_failed(outgoing, 503);
		return;
	}
	if (leg->form->asserted.len && !may_assert(outgoing))
		count(sender->counters, COUNT_PAI_WITHHELD);
	leg->was_moved |= leg->was_sent;
	leg->was_sent = true;
	leg->is_large = outgoing->flow.protocol == PROTOCOL_UDP &&
			sender->out.len > UDP_GOOD;
	outgoing_begin(outgoing);
}

void hop_repeat(struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;

	outgoing_write(outgoing, outgoing->sent_form);
	if (transport_send(sender->transport, &outgoing->flow,
			   text_view(&sender->out)) == ERR_OK)
		count(sender->counters, COUNT_RETRANSMISSIONS);
}

/* UDP, whatever the size: without the history list where that makes it fit.
 * What stands in sender->out was written for this hop. */
static void udp_send(struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;

	if (sender->out.len > UDP_GOOD &&
	    outgoing->sent_form == CONTENT_WHOLE &&
	    wire_has_form(outgoing->leg->form, CONTENT_SMALL)) {
		outgoing_write(outgoing, CONTENT_SMALL);
		if (sender->out.len > UDP_GOOD)
			outgoing_write(outgoing, CONTENT_WHOLE);
	}
	if (sender->out.len > UDP_MOST)
		hop_failed(outgoing, 513);
	else
		outgoing_transmit(outgoing);
}

static void tcp_send(struct outgoing *outgoing)
{
	outgoing_write(outgoing, outgoing->form);
	outgoing_transmit(outgoing);
}

static struct hash128 hop_key(const struct sender *sender,
			      const union address *address,
			      enum protocol protocol)
{
	uint8_t bytes[19];
	int port = address_port(address);

	address_bytes(address, bytes);
	bytes[16] = (uint8_t)(port >> 8);
	bytes[17] = (uint8_t)port;
	bytes[18] = (uint8_t)protocol;
	return hash_128(&sender->key, bytes, sizeof(bytes));
}

static struct hash128 address_key(const struct outgoing *outgoing)
{
	return hop_key(outgoing->sender, &outgoing->flow.remote,
		       outgoing->flow.protocol);
}

void hop_is_dead(const struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;

	ttl_cache_put(sender->outgoings->dead, address_key(outgoing), 1,
		      loop_now_ms(sender->loop) + DEAD_MS);
}

static bool seems_dead(const struct sender *sender, const struct hop *hop)
{
	uint32_t value;

	return ttl_cache_get(sender->outgoings->dead,
			     hop_key(sender, &hop->address, hop->protocol),
			     loop_now_ms(sender->loop), &value);
}

/* Those that were not there of late come last, and are tried all the same. */
static void hops_order(struct outgoing *outgoing)
{
	struct resolve *resolve = &outgoing->way->resolve;
	struct hop hops[RESOLVE_HOPS_MAX];
	size_t n = 0;

	for (int is_dead = 0; is_dead < 2; is_dead++)
		for (size_t i = 0; i < resolve->n_hops; i++)
			if (seems_dead(outgoing->sender, &resolve->hops[i]) ==
			    is_dead)
				hops[n++] = resolve->hops[i];
	memcpy(resolve->hops, hops, n * sizeof(*hops));
}

static void connect_ready(struct transport_wait *wait, enum err err)
{
	struct way *way =
		(struct way *)((char *)wait - offsetof(struct way, wait));
	struct outgoing *outgoing = way->outgoing;
	struct sender *sender = outgoing->sender;

	outgoing->stage = STAGE_SENT;
	if (!err) {
		outgoing->flow = wait->flow;
		tcp_send(outgoing);
	} else if (hop_of(outgoing)->protocol == PROTOCOL_UDP) {
		flow_set(outgoing, PROTOCOL_UDP);
		ttl_cache_put(sender->outgoings->no_tcp, address_key(outgoing),
			      1, loop_now_ms(sender->loop) + NO_TCP_MS);
		outgoing_write(outgoing, outgoing->form);
		udp_send(outgoing);
	} else {
		hop_is_dead(outgoing);
		hop_failed(outgoing, 503);
	}
}

static void tcp_begin(struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;

	flow_set(outgoing, PROTOCOL_TCP);
	if (!outgoing->way) {
		way_take(outgoing);
		outgoing->way->resolve.hops[0] = outgoing->only;
		outgoing->way->resolve.n_hops = 1;
	}
	outgoing->way->wait = (struct transport_wait){.flow = outgoing->flow,
						      .ready = connect_ready};
	outgoing->stage = STAGE_CONNECTING;
	transport_connect(sender->transport, &outgoing->way->wait);
}

/* A UDP hop is asked for TCP first when the request is large. */
static void udp_begin(struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;
	uint32_t value;

	flow_set(outgoing, PROTOCOL_UDP);
	outgoing_write(outgoing, outgoing->form);
	if (sender->out.len <= UDP_GOOD ||
	    ttl_cache_get(sender->outgoings->no_tcp, address_key(outgoing),
			  loop_now_ms(sender->loop), &value))
		udp_send(outgoing);
	else if (sender->kind == SENDER_DATAGRAMS)
		outgoing_give_back(outgoing);
	else
		tcp_begin(outgoing);
}

/* Nobody who does not see our requests can name one. */
static uint64_t nonce_next(struct outgoings *all)
{
	all->serial++;
	return hash_64(&all->key, &all->serial, sizeof(all->serial));
}

/* Where there is only one datagram to send, there is only one place for it: a
 * socket that suits.  There is none where the relay listens on TCP only. */
static bool may_keep(const struct outgoing *outgoing)
{
	const struct sender *sender = outgoing->sender;
	const struct hop *hop;

	if (sender->kind == SENDER_WHOLE)
		return true;
	hop = hop_of(outgoing);
	return hops_count(outgoing) == 1 && hop->protocol == PROTOCOL_UDP &&
	       transport_choose(sender->transport, PROTOCOL_UDP,
				hop->address.any.sa_family) >= 0;
}

/* A hop that fails at once comes back here by way of hop_failed(). */
static void hops_try(struct outgoing *outgoing)
{
	size_t n = hops_count(outgoing);

	while (outgoing->hop < n &&
	       own_addresses_has(outgoing->sender->own_addresses,
				 hop_of(outgoing))) {
		outgoing->status = 482;
		outgoing->hop++;
	}
	outgoing->stage = STAGE_SENT;
	outgoing->nonce = nonce_next(outgoing->sender->outgoings);
	if (outgoing->hop >= n)
		outgoing_end_soon(outgoing,
				  outgoing->status ? outgoing->status : 503);
	else if (!may_keep(outgoing))
		outgoing_give_back(outgoing);
	else if (hop_of(outgoing)->protocol == PROTOCOL_TCP)
		tcp_begin(outgoing);
	else
		udp_begin(outgoing);
}

bool hops_remain(const struct outgoing *outgoing)
{
	return outgoing->hop + 1 < hops_count(outgoing);
}

void hop_again(struct outgoing *outgoing)
{
	outgoing_rest(outgoing);
	hops_try(outgoing);
}

/* What is wrong with the way to an outbound proxy is ours to mend, and no word
 * on the recipient. */
static int status_of(const struct outgoing *outgoing, enum err err)
{
	if (outgoing->sender->proxy_resolver)
		return 503;
	switch ((int)err) {
	case ERR_UNKNOWN:
		return 604;
	case ERR_HOSTILE:
		return 403;
	case ERR_UNSUPPORTED:
	case ERR_SCHEME:
		return 416;
	case ERR_SYNTAX:
	case ERR_CHARSET:
	case ERR_TOO_LARGE:
		return 400;
	default:
		return 503;
	}
}

static void resolve_done(struct resolve *resolve, enum err err)
{
	struct way *way =
		(struct way *)((char *)resolve - offsetof(struct way, resolve));
	struct outgoing *outgoing = way->outgoing;

	outgoing->stage = STAGE_SENT;
	if (err) {
		outgoing_end_soon(outgoing, status_of(outgoing, err));
		return;
	}
	if (hops_count(outgoing) > 1)
		hops_order(outgoing);
	hops_try(outgoing);
}

/* Most go to one address that is known at once: nothing else is kept then. */
static enum err hops_find(struct outgoing *outgoing, const struct uri *uri)
{
	struct sender *sender = outgoing->sender;
	struct way *way = way_spare(sender->outgoings);
	enum err err;

	way->resolver = sender->proxy_resolver ? sender->proxy_resolver
					       : sender->resolver;
	way->resolve.done = resolve_done;
	err = resolver_start(way->resolver, uri, &way->resolve);
	if (err == ERR_BUSY || (!err && way->resolve.n_hops != 1))
		way_take(outgoing);
	else if (!err)
		outgoing->only = way->resolve.hops[0];
	return err;
}

/* RFC 3261 section 26.2.2: each hop of a sips URI is secured, the first one to
 * a proxy too.  Without TLS there is no way to it.  @p uri: the leg's, where it
 * could be read. */
static bool wants_tls(const struct leg *leg, const struct uri *uri)
{
	if (uri)
		return uri->scheme == URI_SIPS;
	return view_starts_nocase(view_of(leg->request_uri), VIEW("sips:"));
}

/* An outbound proxy is a loose route (RFC 3261 section 12.2.1.1): the request
 * goes there with its Request-URI as it is. */
void hops_start(struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;
	struct uri uri = sender->proxy;
	enum err err = ERR_OK;

	if (!sender->proxy_resolver)
		err = uri_parse(view_of(outgoing->leg->request_uri), &uri);
	if (wants_tls(outgoing->leg,
		      sender->proxy_resolver || err ? NULL : &uri)) {
		outgoing_end_soon(outgoing, 416);
		return;
	}
	if (!err)
		err = hops_find(outgoing, &uri);
	if (err == ERR_BUSY) {
		outgoing->stage = STAGE_RESOLVING;
	} else if (err) {
		outgoing_end_soon(outgoing, status_of(outgoing, err));
	} else {
		if (hops_count(outgoing) > 1)
			hops_order(outgoing);
		hops_try(outgoing);
	}
}
