/* One frame to a participant. */
#include "server/media/party_private.h"

#include <sys/socket.h>

#include "server/base/loop.h"
#include "server/base/random.h"

#define REPORT_TICKS 250 /* 5 s */
#define NTP_TO_1970 UINT64_C(2208988800)

bool party_wants(struct party *party)
{
	return party->is_connected && !party->controls.is_held &&
	       !party->controls.is_deaf &&
	       latch_may_send(&party->in.latch,
			      MEDIA_TICK_MS / party->ptime_ms);
}

/* Time goes on while nothing is sent (RFC 3550 section 5.1). */
void party_skip(struct party *party, uint64_t n)
{
	party->out.timestamp += (uint32_t)n * MIX_SAMPLES;
	party->out.is_paused = true;
}

/* What a full socket does not take gets lost, as a network may lose it. */
static bool send_bytes(const struct party *party, const uint8_t *at, size_t len)
{
	const union address *remote = &party->in.latch.remote;
	bool is_linked = party->out.is_linked;

	return sendto(party->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		      is_linked ? NULL : &remote->any,
		      is_linked ? 0 : address_len(remote)) >= 0;
}

static void send_packet(struct party *party, const uint8_t *codes, size_t len)
{
	struct party_out *out = &party->out;
	const struct rtp rtp = {.is_marked = out->is_paused,
				.payload_type = party->payload_type,
				.seq = out->seq,
				.timestamp = out->timestamp,
				.ssrc = out->ssrc};
	uint8_t packet[RTP_HEADER_LEN + MIX_SAMPLES];

	rtp_write(&rtp, packet);
	memcpy(packet + RTP_HEADER_LEN, codes, len);
	if (send_bytes(party, packet, RTP_HEADER_LEN + len))
		party->stats.n_sent++;
	else
		party->stats.n_send_failed++;
	out->n_packets++;
	out->n_bytes += (uint32_t)len;
	out->is_paused = false;
	out->seq++;
	out->timestamp += (uint32_t)len;
}

/* RFC 3550 sections 6.2 and 6.3.1: half to one and a half times 5 s, so that
 * those of a conference do not meet; divided by 1.21828. */
static int64_t report_ticks(void)
{
	uint16_t dice;

	random_bytes(&dice, sizeof(dice));
	return (int64_t)((REPORT_TICKS / 2 + REPORT_TICKS * dice / 65536) /
			 1.21828);
}

static void send_report(struct party *party, int64_t tick)
{
	const struct party_in *in = &party->in;
	struct party_out *out = &party->out;
	uint64_t now_ms = (uint64_t)wall_now_ms();
	struct rtcp_report report = {
		.ssrc = out->ssrc,
		.timestamp = out->timestamp,
		.time = (now_ms / 1000 + NTP_TO_1970) << 32 |
			(now_ms % 1000 << 32) / 1000,
		.n_packets = out->n_packets,
		.n_bytes = out->n_bytes,
		.heard = in->report_time,
		.since = in->report_time ? (uint32_t)((tick - in->report_at) *
						      65536 / PARTY_TICKS_PER_S)
					 : 0};
	uint8_t bytes[RTCP_REPORT_MAX];

	memcpy(report.cname, out->cname, sizeof(report.cname));
	source_report(&party->in.source, &report);
	send_bytes(party, bytes, rtcp_write(&report, bytes));
	out->report_at = tick + report_ticks();
}

/* Reports go where audio goes, and when it goes. */
void party_send(struct party *party, const struct party_context *context,
		const uint8_t *codes)
{
	size_t len = party->ptime_ms == 10 ? MIX_SAMPLES / 2 : MIX_SAMPLES;

	for (size_t at = 0; at < MIX_SAMPLES; at += len)
		send_packet(party, codes + at, len);
	if (party->out.report_at == 0)
		party->out.report_at = context->tick + report_ticks();
	else if (context->tick >= party->out.report_at)
		send_report(party, context->tick);
}
