/* The edge as a whole: making it, draining it, taking it down. */
#include "server/sip/edge.h"

#include "server/base/log.h"
#include "server/sip/gate.h"
#include "server/sip/incoming.h"
#include "server/sip/outgoing.h"

#define SOURCES 65536 /**< places in the tables of sources */
#define NONCES 65536  /**< used nonces that are remembered */
#define LOOPS 16384   /**< requests that are remembered for a minute */

bool address_is_any(const union address *address)
{
	static const uint8_t four[16] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t six[16];
	uint8_t bytes[16];

	address_bytes(address, bytes);
	return memcmp(bytes, four, sizeof(four)) == 0 ||
	       memcmp(bytes, six, sizeof(six)) == 0;
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
	if (view_equal_nocase(transport, VIEW("tcp")))
		protocol = PROTOCOL_TCP;
	else if (transport.len && !view_equal_nocase(transport, VIEW("udp")))
		return ERR_UNSUPPORTED;
	*ret_problem = "the host is not a numeric address";
	err = address_parse(uri.host, uri.port ? uri.port : 5060, &address);
	if (err)
		return err;
	*ret_problem = "the address cannot be bound";
	return transport_listen(edge->transport, protocol, &address);
}

/* What our Via says: the bound address, or the domain for a listener that is
 * bound to every address. */
static void name_listeners(struct edge *edge)
{
	edge->n_sent_by = transport_listeners(edge->transport);
	edge->sent_by = mem_alloc((edge->n_sent_by + 1) * sizeof(char *));
	for (size_t i = 0; i < edge->n_sent_by; i++) {
		enum protocol protocol;
		const union address *address =
			transport_address(edge->transport, i, &protocol);
		char name[320];

		if (address_is_any(address))
			snprintf(name, sizeof(name), "%.250s:%d",
				 edge->settings.domain, address_port(address));
		else
			address_format(address, name);
		edge->sent_by[i] = mem_strdup(name);
	}
}

/* The proxy was named by the operator: it may be anywhere. */
static enum err use_proxy(struct edge *edge)
{
	const struct uri_rules rules = {.allow_private = true,
					.allow_low_port = true};
	const char *proxy = edge->settings.outbound_proxy;
	struct text route;
	enum err err;

	if (!proxy || !*proxy)
		return ERR_OK;
	err = uri_parse(view_of(proxy), &edge->proxy);
	if (!err && edge->proxy.scheme != URI_SIP)
		err = ERR_SCHEME;
	if (err)
		return err;
	text_init(&route, NULL);
	text_printf(&route, "Route: <%s", proxy);
	if (!uri_param(&edge->proxy, "lr", &(struct view){NULL, 0}))
		text_add(&route, ";lr");
	text_add(&route, ">\r\n");
	edge->route = mem_strdup(route.at);
	text_release(&route);
	return resolver_new(edge->loop, &rules, edge->settings.nameserver,
			    &edge->proxy_resolver);
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
		.idle_s = settings->idle_s,
		.half_open_s = settings->half_open_s,
		.udp_buffer = settings->udp_buffer,
		.receive = gate_receive,
		.unframed = gate_unframed,
		.closed = outgoing_closed,
		.arg = edge,
	};

	return transport_new(&transport);
}

static struct edge *edge_new(const struct sip_settings *settings)
{
	struct edge *edge = mem_alloc(sizeof(*edge));
	uint8_t mark[EDGE_MARK_LEN / 2];

	edge->settings = *settings;
	edge->loop = settings->loop;
	edge->counters = settings->counters;
	text_init(&edge->out, NULL);
	text_init(&edge->lines, NULL);
	text_init(&edge->scratch, NULL);
	random_bytes(&edge->key, sizeof(edge->key));
	random_bytes(mark, sizeof(mark));
	edge->mark[0] = 'v';
	hex_encode(mark, sizeof(mark), edge->mark + 1);
	edge->sources = sources_new(SOURCES);
	edge->refusals = sources_new(SOURCES);
	edge->loops = recall_new(LOOPS);
	edge->nonces = nonce_book_new(settings->nonce_lifetime_s, NONCES);
	edge->incomings = incomings_new(edge);
	edge->outgoings = outgoings_new(edge);
	edge->transport = open_transport(edge);
	return edge;
}

enum err sip_new(const struct sip_settings *settings, struct edge **ret,
		 const char **ret_problem)
{
	struct edge *edge = edge_new(settings);
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < settings->n_listen; i++)
		err = listen_at(edge, settings->listen[i], ret_problem);
	if (!err) {
		name_listeners(edge);
		*ret_problem = "the resolver cannot be started";
		err = resolver_new(edge->loop, &settings->uri_rules,
				   settings->nameserver, &edge->resolver);
	}
	if (!err) {
		*ret_problem = "the outbound proxy is no URI of scheme sip";
		err = use_proxy(edge);
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
	return !incomings_unanswered(edge->incomings) &&
	       !outgoings_count(edge->outgoings);
}

void sip_free(struct edge *edge)
{
	if (!edge)
		return;
	outgoings_free(edge->outgoings);
	incomings_free(edge->incomings);
	transport_free(edge->transport);
	resolver_free(edge->resolver);
	resolver_free(edge->proxy_resolver);
	nonce_book_free(edge->nonces);
	sources_free(edge->sources);
	sources_free(edge->refusals);
	recall_free(edge->loops);
	for (size_t i = 0; i < edge->n_sent_by; i++)
		free(edge->sent_by[i]);
	free(edge->sent_by);
	free(edge->route);
	text_release(&edge->out);
	text_release(&edge->lines);
	text_release(&edge->scratch);
	free(edge);
}
