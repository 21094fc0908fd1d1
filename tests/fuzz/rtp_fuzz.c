/*
 * Whatever comes to the port of a participant: a script of datagrams, from the
 * right address and from wrong ones, with ticks between them.
 *
 * One record: a byte that says whom it is from and how many ticks pass after
 * it, a byte of its length, and its bytes.
 */
#include "server/media/g711.h"
#include "server/media/party_private.h"

#include "tests/fuzz/fuzz.h"

#define SENDERS 4

static union address senders[SENDERS];

static void report(void *arg, const struct media_event *event)
{
	unsigned *n = arg;

	FUZZ_CLAIM(event->kind <= MEDIA_EVENT_BYE);
	FUZZ_CLAIM(event->key < TELEPHONE_EVENT_KEYS);
	(*n)++;
}

static void claim_bounds(const struct party *party)
{
	const struct jitter *jitter = &party->in.jitter;
	unsigned n_full = 0, n_samples = 0;

	for (int i = 0; i < JITTER_SLOTS; i++) {
		const struct jitter_slot *slot = &jitter->slots[i];

		if (!slot->is_full)
			continue;
		FUZZ_CLAIM(slot->packet.len <= JITTER_PAYLOAD_MAX);
		FUZZ_CLAIM(slot->packet.seq % JITTER_SLOTS == i);
		FUZZ_CLAIM((uint16_t)(slot->packet.seq - jitter->next) <
			   JITTER_SLOTS);
		n_full++;
		n_samples += slot->packet.kind == JITTER_SILENCE
				     ? JITTER_FRAME_SAMPLES
				     : slot->packet.len;
	}
	FUZZ_CLAIM(n_full == jitter->n_full);
	FUZZ_CLAIM(n_samples == jitter->n_samples);
	FUZZ_CLAIM(jitter->target >= 1 && jitter->target <= JITTER_TARGET_MAX);
}

/* The third is a stranger for ever: another host where the SDP is public. */
static void claim_address(const struct party *party)
{
	const union address *remote = &party->in.latch.remote;

	FUZZ_CLAIM(
		address_equal(remote, &senders[0]) ||
		(party->in.latch.is_nat && address_equal(remote, &senders[1])));
}

static void claim_whole(const uint8_t *at, size_t len)
{
	struct rtcp rtcp;
	struct rtp rtp;

	if (!rtp_read(at, len, &rtp)) {
		FUZZ_CLAIM(rtp.payload >= at + RTP_HEADER_LEN);
		FUZZ_CLAIM(rtp.payload + rtp.payload_len <= at + len);
		FUZZ_CLAIM(rtp.payload_type < RTP_PAYLOAD_TYPES);
	}
	if (!rtcp_read(at, len, 0, &rtcp))
		FUZZ_CLAIM(rtcp_is_it(at, len) && len % 4 == 0);
}

static void set_up(struct party *party, const struct party_context *context,
		   uint8_t options)
{
	struct mixer_session session = {.is_nat = options & 1,
					.formats = {{0, MEDIA_CODEC_PCMU},
						    {8, MEDIA_CODEC_PCMA},
						    {101, MEDIA_CODEC_EVENT}},
					.n_formats = 3,
					.ptime_ms = 20};

	FUZZ_CLAIM(!address_parse(VIEW("198.51.100.1:4000"), 0, &senders[0]));
	FUZZ_CLAIM(!address_parse(VIEW("198.51.100.1:4002"), 0, &senders[1]));
	FUZZ_CLAIM(!address_parse(VIEW("198.51.100.2:4000"), 0, &senders[2]));
	FUZZ_CLAIM(!address_parse(VIEW("[2001:db8::1]:4000"), 0, &senders[3]));
	session.remote = senders[0];
	party_connect(party, context, &session);
	party->out.ssrc = 7; /* the same for the same input */
	party->controls.is_held = options & 2;
	party->controls.volume_db = options & 4 ? 20 : 0;
}

static void ticks(struct party *party, struct party_context *context,
		  unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		context->tick++;
		party_play(party, context);
		FUZZ_CLAIM(party->in.n_queued < JITTER_PAYLOAD_MAX);
		claim_bounds(party);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	unsigned n_reports = 0, n_packets = 0;
	struct party_context context = {.threshold = 1000,
					.timeout_ticks = 100,
					.report = report,
					.arg = &n_reports};
	struct party *party;

	claim_whole(at, len);
	if (len == 0)
		return 0;
	g711_open();
	party = party_new(1, 0, -1);
	set_up(party, &context, *at);
	for (at++, len--; len >= 2; n_packets++) {
		size_t size = at[1] < len - 2 ? at[1] : len - 2;
		uint8_t how = at[0];

		party_take(party, &context, at + 2, size,
			   &senders[how % SENDERS]);
		claim_bounds(party);
		claim_address(party);
		ticks(party, &context, how / SENDERS % 16);
		at += 2 + size;
		len -= 2 + size;
	}
	/* A packet tells of a key or an address; a tick of who talks. */
	FUZZ_CLAIM(n_reports <= 2 * n_packets + (unsigned)context.tick);
	party_free(party);
	return 0;
}
