#include "policies/media_private.h"

#include <netinet/in.h>

#include "server/base/uri.h"

#define PORT_MIN 1024
#define PTIME 20       /* milliseconds that we send */
#define PTIME_SHORT 10 /* for those who take no more */

/* --- refusals ------------------------------------------------------------- */
enum media_verdict media_readable(enum err err)
{
	switch ((int)err) {
	case ERR_OK:
		return MEDIA_OK;
	case ERR_TOO_LARGE:
		return MEDIA_TOO_LARGE;
	case ERR_UNSUPPORTED:
		return MEDIA_VERSION;
	default:
		return MEDIA_MALFORMED;
	}
}

/* RFC 3261 section 21.4.1: what cannot be read is 400; section 21.4.26: what
 * cannot be served is 488. */
struct media_refusal media_refusal(enum media_verdict verdict)
{
	static const struct media_refusal refusals[] = {
		[MEDIA_OK] = {200, 0, "OK"},
		[MEDIA_FORMAT] = {488, 305, "Incompatible media format"},
		[MEDIA_TRANSPORT] = {488, 302,
				     "Incompatible transport protocol"},
		[MEDIA_FORBIDDEN] = {488, 399, "Media address not allowed"},
		[MEDIA_MULTICAST] = {488, 330, "Multicast not available"},
		[MEDIA_ADDRESS] = {488, 301,
				   "Incompatible network address formats"},
		[MEDIA_NETWORK] = {488, 300, "Incompatible network protocol"},
		[MEDIA_KIND] = {488, 304, "Media type not available"},
		[MEDIA_LINES] = {488, 399,
				 "Media lines do not match those before"},
		[MEDIA_TOO_LARGE] = {488, 399, "Session description too large"},
		[MEDIA_VERSION] = {488, 399,
				   "Session description version not supported"},
		[MEDIA_MALFORMED] = {400, 399, "Malformed session description"},
	};

	if ((unsigned)verdict > MEDIA_MALFORMED)
		verdict = MEDIA_MALFORMED;
	return refusals[verdict];
}

/* --- addresses ------------------------------------------------------------ */
static bool is_unspecified(const uint8_t address[16])
{
	static const uint8_t none[16], mapped[16] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(address, none, 16) || !memcmp(address, mapped, 16);
}

/* RFC 3264 section 8.4 puts a stream on hold with 0.0.0.0; where there is no
 * IPv4, a name below .invalid says the same (RFC 6157 section 4.2). */
static bool host_is_nowhere(const struct sdp_host *host)
{
	static const struct view invalid = {".invalid", 8};
	struct view text = host->text;

	if (host->kind == SDP_HOST_NAME)
		return text.len > invalid.len &&
		       view_equal_nocase(
			       view_from(text, text.len - invalid.len),
			       invalid);
	return (host->kind == SDP_HOST_IP4 || host->kind == SDP_HOST_IP6) &&
	       is_unspecified(host->octets);
}

static struct sockaddr_in6 socket_of(const uint8_t address[16])
{
	struct sockaddr_in6 socket = {.sin6_family = AF_INET6};

	memcpy(&socket.sin6_addr, address, 16);
	return socket;
}

static bool is_private(const uint8_t address[16])
{
	struct sockaddr_in6 socket = socket_of(address);

	return address_is_private((const struct sockaddr *)&socket);
}

static bool is_never(const uint8_t address[16])
{
	struct sockaddr_in6 socket = socket_of(address);

	return address_is_never((const struct sockaddr *)&socket);
}

static bool is_own(const struct media_rules *rules, const uint8_t address[16],
		   int port)
{
	static const uint8_t any[16];

	for (size_t i = 0; i < rules->n_own; i++) {
		const struct media_range *own = &rules->own[i];

		if (port >= own->first && port <= own->last &&
		    (!memcmp(own->address, any, 16) ||
		     !memcmp(own->address, address, 16)))
			return true;
	}
	return false;
}

static bool is_allowed(const struct media_rules *rules,
		       const uint8_t address[16], int port)
{
	if (port < PORT_MIN || is_never(address) ||
	    is_own(rules, address, port))
		return false;
	return rules->allow_private || rules->latches || !is_private(address);
}

static enum media_verdict host_verdict(const struct sdp_host *host,
				       enum sdp_host_kind own)
{
	switch (host->kind) {
	case SDP_HOST_IP4:
	case SDP_HOST_IP6:
		return host->kind == own ? MEDIA_OK : MEDIA_ADDRESS;
	case SDP_HOST_MULTICAST:
		return MEDIA_MULTICAST;
	case SDP_HOST_FOREIGN:
		return MEDIA_NETWORK;
	case SDP_HOST_NONE:
	case SDP_HOST_NAME:
	case SDP_HOST_OTHER:
		break;
	}
	return MEDIA_ADDRESS;
}

/* --- a line --------------------------------------------------------------- */
static bool proto_is_served(struct view proto)
{
	return view_equal(proto, VIEW("RTP/AVP")) ||
	       view_equal(proto, VIEW("RTP/AVPF"));
}

enum media_verdict media_line_verdict(const struct sdp_media *media,
				      const struct media_rules *rules,
				      enum sdp_host_kind own)
{
	const struct sdp_host *host = &media->host;
	enum media_verdict verdict;

	if (!view_equal(media->kind, VIEW("audio")) || !media->port)
		return MEDIA_KIND;
	if (!proto_is_served(media->proto))
		return MEDIA_TRANSPORT;
	if (media->n_ports != 1)
		return MEDIA_FORBIDDEN;
	if (!host_is_nowhere(host)) {
		verdict = host_verdict(host, own);
		if (verdict)
			return verdict;
		if (!is_allowed(rules, host->octets, media->port))
			return MEDIA_FORBIDDEN;
	}
	return media_match(media, rules).audio ? MEDIA_OK : MEDIA_FORMAT;
}

static bool is_spoken(const struct media_rules *rules, enum codec codec)
{
	for (size_t i = 0; i < rules->n_codecs; i++)
		if (rules->codecs[i] == codec)
			return true;
	return false;
}

static const struct sdp_format *format_of(const struct sdp_media *media,
					  enum codec codec)
{
	for (size_t i = 0; i < media->n_formats; i++)
		if (codec_of(&media->formats[i]) == codec)
			return &media->formats[i];
	return NULL;
}

/* RFC 3264 section 6.1: the first of the list is what they like best. */
static const struct sdp_format *audio_of(const struct sdp_media *media,
					 const struct media_rules *rules)
{
	const struct sdp_format *format;

	if (rules->order == MEDIA_ORDER_OURS) {
		for (size_t i = 0; i < rules->n_codecs; i++) {
			format = format_of(media, rules->codecs[i]);
			if (format && codec_is_audio(rules->codecs[i]))
				return format;
		}
		return NULL;
	}
	for (size_t i = 0; i < media->n_formats; i++) {
		enum codec codec = codec_of(&media->formats[i]);

		if (codec_is_audio(codec) && is_spoken(rules, codec))
			return &media->formats[i];
	}
	return NULL;
}

struct media_match media_match(const struct sdp_media *media,
			       const struct media_rules *rules)
{
	struct media_match match = {audio_of(media, rules), NULL};

	if (is_spoken(rules, CODEC_EVENT))
		match.event = format_of(media, CODEC_EVENT);
	return match;
}

bool media_is_rtcp_number(int payload)
{
	return payload >= 64 && payload <= 95;
}

/* --- what the mixer does -------------------------------------------------- */
/* RFC 3605 section 2.1; else the next port (RFC 3550 section 11). */
static struct media_target rtcp_of(const struct sdp_media *theirs,
				   const struct media_rules *rules,
				   const struct media_stream *stream)
{
	struct media_target target = stream->rtp;
	const struct sdp_host *host = &theirs->rtcp_host;

	if (stream->rtcp_mux || !target.port)
		return target;
	target.port = theirs->rtcp_port ? theirs->rtcp_port : target.port + 1;
	if (host->kind != SDP_HOST_NONE) {
		if (host->kind != theirs->host.kind)
			target.port = 0;
		memcpy(target.address, host->octets, 16);
	}
	if (target.port > UINT16_MAX ||
	    !is_allowed(rules, target.address, target.port))
		target.port = 0;
	return target;
}

/* ptime is a wish, maxptime is not (RFC 8866 sections 6.4 and 6.5). */
static int ptime_of(const struct sdp_media *theirs)
{
	return theirs->maxptime && theirs->maxptime < PTIME ? PTIME_SHORT
							    : PTIME;
}

void media_stream_set(const struct sdp_media *theirs,
		      const struct media_rules *rules,
		      enum sdp_direction wanted, struct media_stream *ret)
{
	bool is_nowhere = host_is_nowhere(&theirs->host);

	ret->is_on = true;
	ret->is_on_hold = is_nowhere || !(theirs->direction & SDP_RECVONLY);
	ret->direction =
		(enum sdp_direction)(wanted & sdp_mirror(theirs->direction));
	ret->ptime = ptime_of(theirs);
	ret->rtp = (struct media_target){.port = 0};
	if (!is_nowhere) {
		ret->rtp.port = theirs->port;
		memcpy(ret->rtp.address, theirs->host.octets, 16);
	}
	ret->must_latch = !is_nowhere && rules->latches &&
			  !rules->allow_private && is_private(ret->rtp.address);
	ret->rtcp = rtcp_of(theirs, rules, ret);
}
