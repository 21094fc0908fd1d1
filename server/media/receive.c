/* From the socket of a participant into its jitter buffer. */
#include "server/media/party_private.h"

#include <errno.h>
#include <sys/socket.h>

#include "server/base/random.h"

#define EVENT_TICKS 5	/* 100 ms after the last packet of a key */
#define ECHO_TICKS 2500 /* 50 s: ten times the time between two reports */

static void drop(struct party *party, enum media_drop why)
{
	party->stats.n_dropped[why]++;
}

static void is_valid(struct party *party, const struct party_context *context)
{
	party->in.valid_at = context->tick;
	party->in.is_silent = false;
}

/* RFC 3550 section 8.2: where two have one SSRC, we take another.  Whoever has
 * that one, too, sends back what they hear: another would not help. */
static void collide(struct party *party, int64_t tick)
{
	struct party_out *out = &party->out;
	bool is_echo = tick < out->echo_until;

	drop(party, MEDIA_DROP_LOOP);
	out->echo_until = tick + ECHO_TICKS;
	if (is_echo)
		return;
	random_bytes(&out->ssrc, sizeof(out->ssrc));
	out->is_paused = true;
}

static void take_audio(struct party *party, const struct party_context *context,
		       const struct rtp *rtp, enum jitter_payload kind)
{
	struct jitter_packet packet;

	if (kind != JITTER_SILENCE &&
	    (rtp->payload_len == 0 || rtp->payload_len > JITTER_PAYLOAD_MAX)) {
		drop(party, MEDIA_DROP_MALFORMED);
		return;
	}
	packet.seq = rtp->seq;
	packet.timestamp = rtp->timestamp;
	packet.kind = kind;
	packet.len = kind == JITTER_SILENCE ? 0 : (uint16_t)rtp->payload_len;
	memcpy(packet.payload, rtp->payload, packet.len);
	switch (jitter_put(&party->in.jitter, &packet, context->tick)) {
	case JITTER_PUT_LATE:
		party->stats.n_late++;
		break;
	case JITTER_PUT_DUPLICATE:
		party->stats.n_duplicate++;
		break;
	case JITTER_PUT_STORED:
	case JITTER_PUT_ANCHORED:
		break;
	}
}

/* Its place in the sequence is silence; the tone that some phones send with it
 * is not heard, either. */
static void take_event(struct party *party, const struct party_context *context,
		       const struct rtp *rtp)
{
	unsigned key;

	party->in.event_until = context->tick + EVENT_TICKS;
	if (telephone_event_take(&party->in.event, rtp, &key) &&
	    ++party->in.n_keys <= PARTY_KEY_RATE)
		party_report(party, context, MEDIA_EVENT_KEY, key);
	take_audio(party, context, rtp, JITTER_SILENCE);
}

static void take_stream(struct party *party,
			const struct party_context *context,
			const struct rtp *rtp)
{
	switch ((enum media_codec)party->in.codec_of[rtp->payload_type]) {
	case MEDIA_CODEC_PCMU:
		take_audio(party, context, rtp, JITTER_MU_LAW);
		break;
	case MEDIA_CODEC_PCMA:
		take_audio(party, context, rtp, JITTER_A_LAW);
		break;
	case MEDIA_CODEC_NOISE:
		take_audio(party, context, rtp, JITTER_SILENCE);
		break;
	case MEDIA_CODEC_EVENT:
		take_event(party, context, rtp);
		break;
	}
}

static void note_heard(struct party *party, const struct party_context *context,
		       bool was_heard)
{
	party->in.latch.is_heard = true;
	if (!was_heard)
		party_report(party, context, MEDIA_EVENT_HEARD, 0);
}

/* May the address be believed? */
static bool take_address(struct party *party,
			 const struct party_context *context,
			 const struct rtp *rtp, const union address *from)
{
	struct latch *latch = &party->in.latch;
	bool was_heard = latch->is_heard;
	enum latch_verdict verdict =
		latch_judge(latch, from, rtp, context->tick);

	if (verdict == LATCH_FOREIGN) {
		drop(party, MEDIA_DROP_FOREIGN);
		return false;
	}
	if (verdict == LATCH_LEARNED)
		party_link(party);
	note_heard(party, context, was_heard);
	return true;
}

static void take_rtp(struct party *party, const struct party_context *context,
		     const struct rtp *rtp, const union address *from)
{
	if (party->in.codec_of[rtp->payload_type] == PARTY_NO_CODEC) {
		drop(party, MEDIA_DROP_FORMAT);
		return;
	}
	if (!take_address(party, context, rtp, from))
		return;
	if (rtp->ssrc == party->out.ssrc) {
		collide(party, context->tick);
		return;
	}
	party->stats.n_received++;
	switch (source_judge(&party->in.source, rtp)) {
	case SOURCE_DOUBT:
		drop(party, MEDIA_DROP_DOUBT);
		return;
	case SOURCE_BEGUN:
		jitter_restart(&party->in.jitter);
		break;
	case SOURCE_SAME:
		break;
	}
	is_valid(party, context);
	source_count(&party->in.source, rtp,
		     (uint32_t)context->tick * MIX_SAMPLES);
	if (party->controls.is_held)
		drop(party, MEDIA_DROP_UNWANTED);
	else
		take_stream(party, context, rtp);
}

static void take_rtcp(struct party *party, const struct party_context *context,
		      const uint8_t *at, size_t len)
{
	struct party_in *in = &party->in;
	struct rtcp rtcp;

	if (++in->n_rtcp > PARTY_RTCP_RATE) {
		drop(party, MEDIA_DROP_RATE);
		return;
	}
	if (rtcp_read(at, len, party->out.ssrc, &rtcp)) {
		drop(party, MEDIA_DROP_MALFORMED);
		return;
	}
	is_valid(party, context);
	note_heard(party, context, in->latch.is_heard);
	if (rtcp.sent_at) {
		in->report_time = rtcp.sent_at;
		in->report_at = context->tick;
	}
	if (rtcp.has_report) {
		party->stats.fraction_lost = rtcp.fraction;
		party->stats.jitter = rtcp.jitter;
	}
	if (rtcp.is_bye && in->source.is_valid &&
	    rtcp.ssrc == in->source.ssrc) {
		source_init(&in->source);
		party_report(party, context, MEDIA_EVENT_BYE, 0);
	}
}

void party_take(struct party *party, const struct party_context *context,
		const uint8_t *at, size_t len, const union address *from)
{
	struct rtp rtp;

	if (!party->is_connected) {
		drop(party, MEDIA_DROP_UNWANTED);
		return;
	}
	if (context->tick >= party->in.second_until) {
		party->in.second_until = context->tick + PARTY_TICKS_PER_S;
		party->in.n_rtcp = party->in.n_keys = 0;
	}
	if (len > RTP_PACKET_MAX) {
		drop(party, MEDIA_DROP_MALFORMED);
		return;
	}
	if (rtcp_is_it(at, len)) {
		if (latch_is_from(&party->in.latch, from))
			take_rtcp(party, context, at, len);
		else
			drop(party, MEDIA_DROP_FOREIGN);
		return;
	}
	if (rtp_read(at, len, &rtp))
		drop(party, MEDIA_DROP_MALFORMED);
	else
		take_rtp(party, context, &rtp, from);
}

static void watch_silence(struct party *party,
			  const struct party_context *context)
{
	struct party_in *in = &party->in;

	if (party->controls.is_held)
		in->valid_at = context->tick; /* they may send nothing */
	if (!context->timeout_ticks || in->is_silent || !party->is_connected ||
	    context->tick - in->valid_at < context->timeout_ticks)
		return;
	in->is_silent = true;
	party_report(party, context, MEDIA_EVENT_SILENT, 0);
}

/* An error is news of a packet that we sent: ICMP ends nothing. */
void party_receive(struct party *party, const struct party_context *context)
{
	uint8_t bytes[RTP_PACKET_MAX];

	for (int i = 0; i < PARTY_PACKETS; i++) {
		union address from = {.v6 = {0}};
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(party->fd, bytes, sizeof(bytes),
				     MSG_DONTWAIT | MSG_TRUNC, &from.any,
				     &from_len);

		if (n >= 0)
			party_take(party, context, bytes, (size_t)n, &from);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
	}
	watch_silence(party, context);
}
