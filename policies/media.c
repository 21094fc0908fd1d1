#include "policies/media.h"

#include "policies/media_private.h"

#define PAYLOADS 128
#define DYNAMIC_MIN 96 /* RFC 3551 section 6 */
#define PTIME 20       /* milliseconds that we ask for */

/* --- drafts --------------------------------------------------------------- */
static void draft_begin(const struct media_end *end,
			const struct media_session *was,
			struct media_draft *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sdp.origin = (struct sdp_origin){.id = end->session_id,
					      .version = end->version,
					      .host = end->host};
	ret->sdp.about.host = end->host;
	ret->sdp.media = ret->media;
	ret->session = *was;
}

/* RFC 3264 section 6: as many lines in the same order, refused by port 0. */
static void draft_refuse_lines(const struct sdp *other, struct media_draft *ret)
{
	for (size_t i = 0; i < other->n_media; i++) {
		const struct sdp_media *media = &other->media[i];

		ret->media[i] =
			(struct sdp_media){.kind = media->kind,
					   .proto = media->proto,
					   .formats = media->formats,
					   .n_formats = media->n_formats};
	}
	ret->sdp.n_media = ret->session.n_media = other->n_media;
}

/* A format, without a text of its own: its number is written. */
static void draft_add_format(enum codec codec, int payload,
			     struct media_draft *ret)
{
	struct sdp_media *media = &ret->media[ret->session.line];
	const struct codec_row *row = codec_row(codec);

	if (!row || media->n_formats == CODECS_MAX)
		return;
	ret->formats[media->n_formats++] =
		(struct sdp_format){.payload = payload,
				    .encoding = row->encoding,
				    .clock = row->clock,
				    .channels = row->channels,
				    .fmtp = row->fmtp};
	ret->session.payloads[payload] = (uint8_t)codec;
	ret->session.stream.receive[payload] = (uint8_t)codec;
}

/* The line of the stream; its kind and protocol are there. */
static void draft_open_line(const struct media_end *end,
			    enum sdp_direction direction,
			    struct media_draft *ret)
{
	struct sdp_media *media = &ret->media[ret->session.line];

	media->host = end->host;
	media->port = end->port;
	media->n_ports = 1;
	media->formats = ret->formats;
	media->n_formats = 0;
	media->ptime = PTIME;
	media->direction = direction;
}

/* --- their offer ---------------------------------------------------------- */
/* The line of the stream as before if it can be, else the first that can. */
static enum media_verdict line_choose(const struct sdp *offer,
				      const struct media_rules *rules,
				      const struct media_end *end,
				      const struct media_session *was,
				      size_t *ret)
{
	enum media_verdict best = MEDIA_KIND, verdict;
	size_t i, first = was->stream.is_on ? was->line : 0;

	for (size_t n = 0; n <= offer->n_media; n++) {
		i = n ? n - 1 : first;
		if (i >= offer->n_media)
			continue;
		verdict = media_line_verdict(&offer->media[i], rules,
					     end->host.kind);
		if (verdict == MEDIA_OK) {
			*ret = i;
			return MEDIA_OK;
		}
		if (verdict < best)
			best = verdict;
	}
	return best;
}

/* RFC 3264 section 8.3.2: a number keeps its codec as long as the session. */
static void payloads_bind(const struct sdp_media *media,
			  struct media_session *session)
{
	for (size_t i = 0; i < media->n_formats; i++) {
		const struct sdp_format *format = &media->formats[i];

		if (format->payload >= 0)
			session->payloads[format->payload] =
				(uint8_t)codec_of(format);
	}
}

static void stream_set_codecs(const struct media_match *match,
			      struct media_stream *ret)
{
	ret->codec = codec_of(match->audio);
	ret->payload = match->audio->payload;
	ret->event_payload = match->event ? match->event->payload : -1;
}

/* RFC 5761 section 4: a number of 64 to 95 would be taken for RTCP. */
static bool can_mux(const struct sdp_media *theirs,
		    const struct media_match *match)
{
	return theirs->rtcp_mux &&
	       !media_is_rtcp_number(match->audio->payload) &&
	       !(match->event && media_is_rtcp_number(match->event->payload));
}

static void answer_line(const struct sdp_media *theirs,
			const struct media_rules *rules,
			const struct media_end *end, struct media_draft *ret)
{
	struct media_match match = media_match(theirs, rules);
	struct media_stream *stream = &ret->session.stream;

	*stream = (struct media_stream){.rtcp_mux = can_mux(theirs, &match)};
	media_stream_set(theirs, rules, end->direction, stream);
	stream_set_codecs(&match, stream);
	payloads_bind(theirs, &ret->session);
	draft_open_line(end, stream->direction, ret);
	draft_add_format(stream->codec, stream->payload, ret);
	if (match.event)
		draft_add_format(CODEC_EVENT, stream->event_payload, ret);
	ret->media[ret->session.line].rtcp_mux = stream->rtcp_mux;
}

/* In a session that goes on they may end the stream (RFC 3264 section 8.2). */
static bool may_end_stream(const struct sdp *offer,
			   const struct media_session *was)
{
	for (size_t i = 0; i < offer->n_media; i++)
		if (offer->media[i].port &&
		    view_equal(offer->media[i].kind, VIEW("audio")))
			return false;
	return was->n_media > 0;
}

enum media_verdict media_answer(const struct sdp *offer,
				const struct media_rules *rules,
				const struct media_end *end,
				const struct media_session *was,
				struct media_draft *ret)
{
	enum media_verdict verdict;
	size_t line = 0;

	if (offer->n_media < was->n_media)
		return MEDIA_LINES;
	verdict = line_choose(offer, rules, end, was, &line);
	if (verdict && !may_end_stream(offer, was))
		return verdict;
	draft_begin(end, was, ret);
	ret->sdp.time = offer->time;
	draft_refuse_lines(offer, ret);
	if (verdict) {
		ret->session.stream = (struct media_stream){.is_on = false};
		return MEDIA_OK;
	}
	ret->session.line = line;
	answer_line(&offer->media[line], rules, end, ret);
	return MEDIA_OK;
}

/* --- our offer ------------------------------------------------------------ */
static int payload_free(const struct media_session *session)
{
	for (int i = DYNAMIC_MIN; i < PAYLOADS; i++)
		if (session->payloads[i] == CODEC_NONE)
			return i;
	return -1;
}

/* The number that a codec has had, else its own, else a free one; -1: none. */
static int payload_of(enum codec codec, const struct media_session *session)
{
	const struct codec_row *row = codec_row(codec);

	if (!row)
		return -1;
	if (session->payloads[row->payload] == codec)
		return row->payload;
	for (int i = 0; i < PAYLOADS; i++)
		if (session->payloads[i] == codec)
			return i;
	if (session->payloads[row->payload] == CODEC_NONE)
		return row->payload;
	return payload_free(session);
}

static bool line_was_open(const struct sdp *last, size_t line)
{
	return line < last->n_media && last->media[line].port;
}

void media_offer(const struct sdp *last, const struct media_rules *rules,
		 const struct media_end *end, const struct media_session *was,
		 struct media_draft *ret)
{
	struct sdp_media *media;

	draft_begin(end, was, ret);
	if (last && last->n_media)
		draft_refuse_lines(last, ret);
	else
		ret->sdp.n_media = ret->session.n_media = 1;
	if (ret->session.line >= ret->sdp.n_media)
		ret->session.line = 0;
	media = &ret->media[ret->session.line];
	media->kind = VIEW("audio");
	if (!last || !line_was_open(last, ret->session.line))
		media->proto = VIEW("RTP/AVP");
	draft_open_line(end, end->direction, ret);
	media->rtcp_mux = true;
	for (size_t i = 0; i < rules->n_codecs; i++) {
		int payload = payload_of(rules->codecs[i], &ret->session);

		if (payload >= 0)
			draft_add_format(rules->codecs[i], payload, ret);
	}
}

/* --- their answer --------------------------------------------------------- */
/* RFC 3264 section 6. */
static bool lines_match(const struct sdp *offer, const struct sdp *answer)
{
	if (offer->n_media != answer->n_media)
		return false;
	for (size_t i = 0; i < offer->n_media; i++) {
		const struct sdp_media *ours = &offer->media[i];
		const struct sdp_media *theirs = &answer->media[i];

		if (!view_equal(ours->kind, theirs->kind) ||
		    (!ours->port && theirs->port))
			return false;
	}
	return true;
}

static bool is_answered(const struct sdp_media *theirs, enum codec codec)
{
	for (size_t i = 0; i < theirs->n_formats; i++)
		if (codec_of(&theirs->formats[i]) == codec)
			return true;
	return false;
}

/* They send with our numbers, and only what they answered. */
static void receive_set(const struct sdp_media *ours,
			const struct sdp_media *theirs,
			struct media_stream *ret)
{
	memset(ret->receive, CODEC_NONE, sizeof(ret->receive));
	for (size_t i = 0; i < ours->n_formats; i++) {
		enum codec codec = codec_of(&ours->formats[i]);

		if (is_answered(theirs, codec))
			ret->receive[ours->formats[i].payload] = (uint8_t)codec;
	}
}

enum media_verdict media_answered(const struct media_draft *offer,
				  const struct sdp *answer,
				  const struct media_rules *rules,
				  struct media_session *ret)
{
	struct media_session session = offer->session;
	const struct sdp_media *ours = &offer->media[session.line], *theirs;
	enum media_verdict verdict;
	struct media_match match;

	if (!lines_match(&offer->sdp, answer))
		return MEDIA_LINES;
	theirs = &answer->media[session.line];
	if (theirs->port && !view_equal(theirs->proto, ours->proto))
		return MEDIA_TRANSPORT;
	verdict = media_line_verdict(theirs, rules, offer->sdp.about.host.kind);
	if (verdict)
		return verdict;
	match = media_match(theirs, rules);
	session.stream = (struct media_stream){.rtcp_mux = theirs->rtcp_mux};
	media_stream_set(theirs, rules, ours->direction, &session.stream);
	stream_set_codecs(&match, &session.stream);
	receive_set(ours, theirs, &session.stream);
	*ret = session;
	return MEDIA_OK;
}

/* --- changes -------------------------------------------------------------- */
static bool target_equal(const struct media_target *a,
			 const struct media_target *b)
{
	return a->port == b->port && !memcmp(a->address, b->address, 16);
}

unsigned media_changes(const struct media_stream *was,
		       const struct media_stream *now)
{
	unsigned changes = 0;

	if (was->is_on != now->is_on)
		changes |= MEDIA_CHANGE_ON;
	if (!target_equal(&was->rtp, &now->rtp) ||
	    !target_equal(&was->rtcp, &now->rtcp) ||
	    was->rtcp_mux != now->rtcp_mux ||
	    was->must_latch != now->must_latch)
		changes |= MEDIA_CHANGE_TARGET;
	if (was->direction != now->direction)
		changes |= MEDIA_CHANGE_DIRECTION;
	if (was->is_on_hold != now->is_on_hold)
		changes |= MEDIA_CHANGE_HOLD;
	if (was->codec != now->codec || was->payload != now->payload ||
	    was->event_payload != now->event_payload ||
	    memcmp(was->receive, now->receive, sizeof(was->receive)) != 0)
		changes |= MEDIA_CHANGE_CODEC;
	if (was->ptime != now->ptime)
		changes |= MEDIA_CHANGE_PTIME;
	return changes;
}
