/* What comes between a connected descriptor and the first byte of SIP. */
#include "server/base/log.h"
#include "server/net/transport_private.h"

static void handshake_count(struct connection *connection, int by)
{
	if (connection->origin != CONNECTION_ORIGIN_ACCEPTED)
		return;
	connection->transport->tcp.n_half_open += (size_t)by;
	quota_count_half_open(connection->quota, by);
}

void handshake_begin(struct connection *connection)
{
	const struct tls *tls = connection->transport->settings.tls;

	connection->state = CONNECTION_HANDSHAKING;
	connection->deadline_ms =
		connection_now_ms(connection) +
		net_tls_settings(tls)->handshake_s * INT64_C(1000);
	handshake_count(connection, 1);
}

void handshake_end(struct connection *connection)
{
	handshake_count(connection, -1);
}

static enum counter counter_of(enum err err)
{
	switch ((int)err) {
	case ERR_OK:
		return COUNT_TLS_DONE;
	case ERR_UNVERIFIED:
		return COUNT_TLS_UNVERIFIED;
	case ERR_TIMEOUT:
		return COUNT_TLS_TIMED_OUT;
	default:
		return COUNT_TLS_FAILED;
	}
}

/* Of our own connections an operator wants to know; strangers fail as they
 * like.  A member whose certificate is not good would be a stranger unsaid. */
static enum log_event event_of(const struct connection *connection,
			       enum err err)
{
	if (!err)
		return LOG_EVENT_TLS_UNPROVED;
	return connection->server_name ? LOG_EVENT_TLS_REFUSED
				       : LOG_EVENT_TLS_FAILED;
}

void handshake_tell(const struct connection *connection, enum err err)
{
	enum log_event event = event_of(connection, err);
	const char *problem =
		connection->tls ? net_tls_problem(connection->tls) : "";
	char peer[64];

	count(connection->transport->settings.counters, counter_of(err));
	if (!err && !*problem)
		return;
	address_format(&connection->remote, peer);
	if (err == ERR_TIMEOUT)
		problem = err_text(err);
	if (event == LOG_EVENT_TLS_REFUSED)
		log_event(event, NULL, "peer=%s name=%s reason=%s", peer,
			  log_text(connection->server_name), log_text(problem));
	else
		log_event(event, NULL, "peer=%s reason=%s", peer,
			  log_text(problem));
}

bool handshake_is_void(const struct connection *connection)
{
	char peer[64];

	if (!channel_is_doubted(connection))
		return false;
	address_format(&connection->remote, peer);
	log_event(LOG_EVENT_TLS_DISTRUSTED, NULL, "peer=%s reason=%s", peer,
		  log_text(net_tls_problem(connection->tls)));
	return true;
}
