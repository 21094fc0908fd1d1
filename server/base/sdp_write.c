#include "server/base/sdp.h"

#include <inttypes.h>

static void add_host(const struct sdp_host *host, struct text *ret)
{
	text_add(ret, host->kind == SDP_HOST_IP6 ? "IN IP6 " : "IN IP4 ");
	text_add_view(ret, host->text);
	text_add(ret, "\r\n");
}

static void add_origin(const struct sdp_origin *origin, struct text *ret)
{
	text_add(ret, "o=");
	if (origin->username.len)
		text_add_view(ret, origin->username);
	else
		text_add(ret, "-");
	text_printf(ret, " %" PRIu64 " %" PRIu64 " ", origin->id,
		    origin->version);
	add_host(&origin->host, ret);
}

/* RFC 8866 section 6.6, and 6.15. */
static void add_format(const struct sdp_format *format, struct text *ret)
{
	if (!format->clock || format->payload < 0)
		return;
	text_printf(ret, "a=rtpmap:%d %.*s/%" PRIu32, format->payload,
		    (int)format->encoding.len, format->encoding.at,
		    format->clock);
	if (format->channels > 1)
		text_printf(ret, "/%d", format->channels);
	text_add(ret, "\r\n");
	if (!format->fmtp.len)
		return;
	text_printf(ret, "a=fmtp:%d ", format->payload);
	text_add_view(ret, format->fmtp);
	text_add(ret, "\r\n");
}

static const char *direction_text(enum sdp_direction direction)
{
	switch (direction) {
	case SDP_INACTIVE:
		return "a=inactive\r\n";
	case SDP_SENDONLY:
		return "a=sendonly\r\n";
	case SDP_RECVONLY:
		return "a=recvonly\r\n";
	case SDP_SENDRECV:
		return "a=sendrecv\r\n";
	}
	return "a=inactive\r\n";
}

static void add_media_line(const struct sdp_media *media, struct text *ret)
{
	text_add(ret, "m=");
	text_add_view(ret, media->kind);
	text_printf(ret, " %d ", media->port);
	text_add_view(ret, media->proto);
	for (size_t i = 0; i < media->n_formats; i++) {
		const struct sdp_format *format = &media->formats[i];

		text_add(ret, " ");
		if (format->text.len)
			text_add_view(ret, format->text);
		else
			text_add_number(ret, (uint64_t)format->payload);
	}
	text_add(ret, "\r\n");
}

static void add_media(const struct sdp_media *media, struct text *ret)
{
	add_media_line(media, ret);
	if (!media->port)
		return;
	if (media->about.host.kind != SDP_HOST_NONE) {
		text_add(ret, "c=");
		add_host(&media->about.host, ret);
	}
	for (size_t i = 0; i < media->n_formats; i++)
		add_format(&media->formats[i], ret);
	if (media->ptime)
		text_printf(ret, "a=ptime:%d\r\n", media->ptime);
	if (media->maxptime)
		text_printf(ret, "a=maxptime:%d\r\n", media->maxptime);
	if (media->rtcp_port)
		text_printf(ret, "a=rtcp:%d\r\n", media->rtcp_port);
	if (media->rtcp_mux)
		text_add(ret, "a=rtcp-mux\r\n");
	text_add(ret, direction_text(media->direction));
}

void sdp_write(const struct sdp *sdp, struct text *ret)
{
	text_add(ret, "v=0\r\n");
	add_origin(&sdp->origin, ret);
	text_add(ret, "s=-\r\n");
	if (sdp->about.host.kind != SDP_HOST_NONE) {
		text_add(ret, "c=");
		add_host(&sdp->about.host, ret);
	}
	text_add(ret, "t=");
	if (sdp->time.len)
		text_add_view(ret, sdp->time);
	else
		text_add(ret, "0 0");
	text_add(ret, "\r\n");
	for (size_t i = 0; i < sdp->n_media; i++)
		add_media(&sdp->media[i], ret);
}

bool sdp_write_next(struct sdp *sdp, struct view last, struct text *ret)
{
	sdp_write(sdp, ret);
	if (!last.len)
		return true;
	if (view_equal(text_view(ret), last))
		return false;
	text_clear(ret);
	sdp->origin.version++;
	sdp_write(sdp, ret);
	return true;
}
