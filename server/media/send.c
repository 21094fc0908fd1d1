/* One frame to a participant. */
#include "server/media/party_private.h"

#include <sys/socket.h>

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
static void send_packet(struct party *party, const uint8_t *codes, size_t len)
{
	const union address *remote = &party->in.latch.remote;
	struct party_out *out = &party->out;
	const struct rtp rtp = {.is_marked = out->is_paused,
				.payload_type = party->payload_type,
				.seq = out->seq,
				.timestamp = out->timestamp,
				.ssrc = out->ssrc};
	uint8_t packet[RTP_HEADER_LEN + MIX_SAMPLES];
	ssize_t n;

	rtp_write(&rtp, packet);
	memcpy(packet + RTP_HEADER_LEN, codes, len);
	n = sendto(party->fd, packet, RTP_HEADER_LEN + len,
		   MSG_DONTWAIT | MSG_NOSIGNAL,
		   out->is_linked ? NULL : &remote->any,
		   out->is_linked ? 0 : address_len(remote));
	if (n < 0)
		party->stats.n_send_failed++;
	else
		party->stats.n_sent++;
	out->is_paused = false;
	out->seq++;
	out->timestamp += (uint32_t)len;
}

void party_send(struct party *party, const uint8_t *codes)
{
	size_t len = party->ptime_ms == 10 ? MIX_SAMPLES / 2 : MIX_SAMPLES;

	for (size_t at = 0; at < MIX_SAMPLES; at += len)
		send_packet(party, codes + at, len);
}
