/*
 * Room for streams: how many there may be, and how many bytes they may hold.
 * Where it is full, the next one is not refused; the source that has most of
 * it, or has used it least, loses a connection.
 */
#include "server/net/transport_private.h"

#include "server/net/source_rate.h"

#define SCANNED 4096	/* of the idlest, to make one place */
#define UNUSED_MS 32000 /* nobody waits for a response any more: timer F */

/* ---- bytes ------------------------------------------------------------- */

static enum quota_kind kind_of(const struct connection *connection,
			       const struct queue *queue)
{
	bool is_out = queue == &connection->out;

	if (connection->origin == CONNECTION_ORIGIN_OPENED)
		return is_out ? QUOTA_OPENED_OUT : QUOTA_OPENED_IN;
	if (is_out)
		return QUOTA_OUT;
	return connection->known ? QUOTA_IN : QUOTA_UNIDENTIFIED;
}

static struct queue *queue_of(struct connection *connection,
			      enum quota_kind kind)
{
	bool is_out = kind == QUOTA_OUT || kind == QUOTA_OPENED_OUT;
	struct queue *queue = is_out ? &connection->out : &connection->in;

	return kind_of(connection, queue) == kind ? queue : NULL;
}

void admission_refund(struct connection *connection, const struct queue *queue)
{
	quota_refund(&connection->transport->tcp.quotas, connection->quota,
		     kind_of(connection, queue), queue->size);
}

void connection_peer_identified(struct connection *connection)
{
	if (connection->known)
		return;
	admission_refund(connection, &connection->in);
	connection->known = true;
	quota_charge(&connection->transport->tcp.quotas, connection->quota,
		     kind_of(connection, &connection->in), connection->in.size);
}

/** Somebody who may have to go, and for how much. */
struct holder {
	struct connection *connection;
	size_t network, source, bytes;
};

static bool holds_more(const struct holder *a, const struct holder *b)
{
	if (a->network != b->network)
		return a->network > b->network;
	if (a->source != b->source)
		return a->source > b->source;
	return a->bytes > b->bytes;
}

/* The largest of those who share at @p level: in the largest network the
 * largest source, and of its connections the largest. */
static struct connection *largest(struct connection *asks, enum quota_kind kind,
				  enum quota_level level, size_t more)
{
	struct tcp *tcp = &asks->transport->tcp;
	struct holder most = {NULL, 0, 0, 0};
	struct connection *connection;

	TAILQ_FOREACH(connection, &tcp->all, in_all)
	{
		const struct quota *quota = connection->quota;
		const struct queue *queue = queue_of(connection, kind);
		struct holder holder = {connection, quota->network->bytes[kind],
					quota->bytes[kind], 0};

		if (!queue || connection->state == CONNECTION_DEAD ||
		    (level == QUOTA_LEVEL_SOURCE && quota != asks->quota) ||
		    (level == QUOTA_LEVEL_NETWORK &&
		     quota->network != asks->quota->network))
			continue;
		holder.bytes = queue->size + (connection == asks ? more : 0);
		if (holder.bytes > 0 &&
		    (!most.connection || holds_more(&holder, &most)))
			most = holder;
	}
	return most.connection;
}

enum err admission_charge(struct connection *connection,
			  const struct queue *queue, size_t more)
{
	struct transport *transport = connection->transport;
	struct quotas *quotas = &transport->tcp.quotas;
	enum quota_kind kind = kind_of(connection, queue);
	enum quota_level level;

	while ((level = quota_limit(quotas, connection->quota, kind, more)) !=
	       QUOTA_LEVELS) {
		struct connection *most =
			largest(connection, kind, level, more);

		if (!most || most == connection)
			return ERR_BUSY;
		count(transport->settings.counters, COUNT_OVERLOAD);
		connection_die(most, ERR_BUSY);
		queue_drop(most, queue_of(most, kind));
	}
	quota_charge(quotas, connection->quota, kind, more);
	return ERR_OK;
}

/* ---- places ------------------------------------------------------------ */

static bool has_left(const struct connection *connection)
{
	return connection->state != CONNECTION_OPEN &&
	       connection->state != CONNECTION_HANDSHAKING;
}

/* Those who have left go first, then those who never said who they are; among
 * these the largest network's, those without a whole message, the idlest. */
static bool goes_before(const struct connection *a, const struct connection *b)
{
	bool a_left = has_left(a);
	bool b_left = has_left(b);
	size_t a_n = a->quota->network->n_accepted;
	size_t b_n = b->quota->network->n_accepted;

	if (a_left != b_left)
		return a_left;
	if (a->origin == CONNECTION_ORIGIN_OPENED)
		return a->active_ms < b->active_ms;
	if (a->known != b->known)
		return b->known;
	if (a_n != b_n)
		return a_n > b_n;
	if (a->proven != b->proven)
		return b->proven;
	return a->active_ms < b->active_ms;
}

static bool may_go(const struct connection *connection,
		   enum connection_origin origin, const struct quota *quota)
{
	return connection->origin == origin &&
	       connection->state != CONNECTION_DEAD &&
	       connection->state != CONNECTION_CONNECTING &&
	       !(connection->state == CONNECTION_HANDSHAKING &&
		 origin == CONNECTION_ORIGIN_OPENED) &&
	       (!quota || connection->quota == quota ||
		connection->quota->network == quota);
}

/* @p quota: whose; NULL: anybody's.  The idlest stand first, so that looking
 * at many of them is enough. */
static struct connection *first_to_go(struct tcp *tcp,
				      enum connection_origin origin,
				      const struct quota *quota)
{
	struct connection *connection, *first = NULL;
	size_t n = 0;

	TAILQ_FOREACH(connection, &tcp->all, in_all)
	{
		if (n++ == SCANNED && first)
			break;
		if (may_go(connection, origin, quota) &&
		    (!first || goes_before(connection, first)))
			first = connection;
	}
	return first;
}

static bool make_place(struct transport *transport, const struct quota *quota)
{
	struct connection *first =
		first_to_go(&transport->tcp, CONNECTION_ORIGIN_ACCEPTED, quota);

	if (!first)
		return false;
	count(transport->settings.counters, COUNT_CONNECTIONS_TIMED_OUT);
	connection_die(first, ERR_BUSY);
	return true;
}

/* A network never has more than half of all places, or one source's quota. */
static size_t network_most(const struct transport_settings *settings)
{
	size_t half = settings->connections_max / 2;

	return half > settings->connections_per_source
		       ? half
		       : settings->connections_per_source;
}

/* One source cannot push out its own neighbours behind a NAT: it is refused,
 * unless one of its connections is leaving. */
static bool source_has_place(struct transport *transport,
			     const struct quota *quota)
{
	struct connection *first;

	if (quota->n_accepted < transport->settings.connections_per_source)
		return true;
	first = first_to_go(&transport->tcp, CONNECTION_ORIGIN_ACCEPTED, quota);
	if (!first || !has_left(first)) {
		count(transport->settings.counters, COUNT_RATE_LIMITED);
		return false;
	}
	connection_die(first, ERR_BUSY);
	return true;
}

/* The one that has been in its handshake for longest, of the network that has
 * most of them. */
static struct connection *half_open_first(struct tcp *tcp)
{
	struct connection *connection, *first = NULL;

	TAILQ_FOREACH(connection, &tcp->all, in_all)
	{
		if (connection->state != CONNECTION_HANDSHAKING ||
		    connection->origin != CONNECTION_ORIGIN_ACCEPTED)
			continue;
		if (!first || connection->quota->network->n_half_open >
				      first->quota->network->n_half_open)
			first = connection;
	}
	return first;
}

static size_t half_open_max(const struct transport *transport)
{
	return net_tls_settings(transport->settings.tls)->half_open_max;
}

/* As with places: a source is refused what it has too much of. */
static bool source_may_shake(struct transport *transport,
			     const struct quota *quota)
{
	if (quota->n_half_open < (half_open_max(transport) + 7) / 8)
		return true;
	count(transport->settings.counters, COUNT_RATE_LIMITED);
	return false;
}

/* And elsewhere one that has least right to stay goes. */
static bool make_handshake_place(struct transport *transport)
{
	struct connection *first;

	if (transport->tcp.n_half_open < half_open_max(transport))
		return true;
	first = half_open_first(&transport->tcp);
	if (!first)
		return false;
	count(transport->settings.counters, COUNT_OVERLOAD);
	connection_die(first, ERR_BUSY);
	return true;
}

/* Nobody goes for one who is refused then: whose source has its share is found
 * out first. */
bool admission_accept(struct transport *transport, const struct quota *quota,
		      bool is_secure)
{
	const struct transport_settings *settings = &transport->settings;

	if ((is_secure && !source_may_shake(transport, quota)) ||
	    !source_has_place(transport, quota))
		return false;
	if (is_secure && !make_handshake_place(transport))
		return false;
	if (quota->network->n_accepted >= network_most(settings) &&
	    !make_place(transport, quota->network))
		return false;
	return transport->tcp.n_accepted < settings->connections_max ||
	       make_place(transport, NULL);
}

/* The idlest that nobody can be waiting for. */
static bool close_unused(struct transport *transport, const struct quota *quota)
{
	int64_t now_ms = loop_now_ms(transport->settings.loop);
	struct connection *first =
		first_to_go(&transport->tcp, CONNECTION_ORIGIN_OPENED, quota);

	if (!first || (first->state == CONNECTION_OPEN &&
		       now_ms - first->active_ms < UNUSED_MS))
		return false;
	connection_die(first, ERR_BUSY);
	return true;
}

bool admission_open(struct transport *transport, const struct quota *quota)
{
	const struct transport_settings *settings = &transport->settings;

	if (quota->n_opened >= network_most(settings) &&
	    !close_unused(transport, quota))
		return false;
	return transport->tcp.n_opened < settings->connections_max ||
	       close_unused(transport, NULL);
}
