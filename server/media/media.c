#include "server/media/media.h"

#include "server/media/rtp.h"

char media_key_char(unsigned key)
{
	static const char keys[] = "0123456789*#ABCD";

	return key < sizeof(keys) - 1 ? keys[key] : '?';
}

static bool is_unicast(const union address *address)
{
	const struct in6_addr *v6 = &address->v6.sin6_addr;
	uint32_t v4;

	if (address_is_wildcard(address))
		return false;
	if (address->any.sa_family == AF_INET6)
		return !IN6_IS_ADDR_MULTICAST(v6) && !IN6_IS_ADDR_V4MAPPED(v6);
	if (address->any.sa_family != AF_INET)
		return false;
	v4 = ntohl(address->v4.sin_addr.s_addr);
	return v4 >> 24 != 0 && v4 >> 28 < 14; /* nor multicast, nor class E */
}

static bool format_is_good(const struct media_format *format)
{
	unsigned type = format->payload_type;

	return type < RTP_PAYLOAD_TYPES && (type < 64 || type > 95) &&
	       format->codec <= MEDIA_CODEC_EVENT;
}

enum err media_session_check(const struct mixer_session *session)
{
	if (session->n_formats < 1 || session->n_formats > MEDIA_FORMATS ||
	    session->formats[0].codec > MEDIA_CODEC_PCMA ||
	    (session->ptime_ms != 10 && session->ptime_ms != 20))
		return ERR_UNSUPPORTED;
	for (unsigned i = 0; i < session->n_formats; i++)
		if (!format_is_good(&session->formats[i]))
			return ERR_UNSUPPORTED;
	if (!is_unicast(&session->remote) ||
	    address_port(&session->remote) < 1024)
		return ERR_HOSTILE;
	return ERR_OK;
}

void media_counts_add(struct media_stats *to, const struct media_stats *stats)
{
	to->n_received += stats->n_received;
	to->n_sent += stats->n_sent;
	to->n_send_failed += stats->n_send_failed;
	to->n_concealed += stats->n_concealed;
	for (int i = 0; i < MEDIA_DROPS; i++)
		to->n_dropped[i] += stats->n_dropped[i];
}
