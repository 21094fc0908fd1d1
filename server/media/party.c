#include "server/media/party_private.h"

#include <sys/socket.h>
#include <unistd.h>

#include "server/base/arena.h"
#include "server/base/random.h"

#define NOISE_TYPE 13 /* RFC 3551 table 4 */
#define LEFT_OVER 64  /* packets that a socket may hold before the answer */

/* RFC 7022: a name that tells nothing, another for each call. */
static void cname_make(char ret[RTCP_CNAME_LEN])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ-+";
	uint8_t bytes[RTCP_CNAME_LEN];

	random_bytes(bytes, sizeof(bytes));
	for (int i = 0; i < RTCP_CNAME_LEN; i++)
		ret[i] = letters[bytes[i] % 64];
}

/* RFC 3550 section 5.1: SSRC, sequence number and timestamp begin at random. */
static void out_init(struct party_out *out)
{
	mix_limiter_init(&out->limiter);
	random_bytes(&out->ssrc, sizeof(out->ssrc));
	random_bytes(&out->timestamp, sizeof(out->timestamp));
	random_bytes(&out->seq, sizeof(out->seq));
	cname_make(out->cname);
	out->is_paused = true;
}

struct party *party_new(uint64_t id, unsigned conference, int fd)
{
	struct party *party = mem_alloc(sizeof(*party));

	party->id = id;
	party->conference = conference;
	party->fd = fd;
	party->voice.factor = MIX_UNITY;
	jitter_init(&party->in.jitter);
	conceal_init(&party->in.conceal);
	out_init(&party->out);
	return party;
}

void party_free(struct party *party)
{
	if (!party)
		return;
	if (party->fd >= 0)
		close(party->fd);
	free(party);
}

static void formats_set(struct party *party,
			const struct mixer_session *session)
{
	memset(party->in.codec_of, PARTY_NO_CODEC, sizeof(party->in.codec_of));
	party->in.codec_of[NOISE_TYPE] = MEDIA_CODEC_NOISE;
	for (unsigned i = 0; i < session->n_formats; i++)
		party->in.codec_of[session->formats[i].payload_type] =
			(int8_t)session->formats[i].codec;
	party->codec = session->formats[0].codec;
	party->payload_type = session->formats[0].payload_type;
	party->ptime_ms = session->ptime_ms;
}

/* What came before the answer is early media, or nobody's: never heard. */
static void drain(struct party *party)
{
	uint8_t byte;

	for (int i = 0; i < LEFT_OVER; i++) {
		if (recv(party->fd, &byte, 1, MSG_DONTWAIT) < 0)
			break;
		party->stats.n_dropped[MEDIA_DROP_UNWANTED]++;
	}
}

void party_link(struct party *party)
{
	const union address *remote = &party->in.latch.remote;

	if (!party->out.is_linked &&
	    !connect(party->fd, &remote->any, address_len(remote)))
		party->out.is_linked = true;
}

static void unlink_socket(struct party *party)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	if (party->out.is_linked)
		connect(party->fd, &nobody, sizeof(nobody));
	party->out.is_linked = false;
}

/* To the address of the SDP, whatever was learned for the one before. */
static void remote_set(struct party *party, const struct party_context *context,
		       const struct mixer_session *session)
{
	latch_move(&party->in.latch, &session->remote, session->is_nat,
		   context->tick);
	source_init(&party->in.source);
	jitter_restart(&party->in.jitter);
	party->in.n_queued = 0;
}

void party_connect(struct party *party, const struct party_context *context,
		   const struct mixer_session *session)
{
	struct latch *latch = &party->in.latch;

	formats_set(party, session);
	party->in.valid_at = context->tick;
	party->in.is_silent = false;
	if (!party->is_connected)
		drain(party);
	unlink_socket(party);
	if (!party->is_connected || session->is_nat != latch->is_nat ||
	    !address_equal(&session->remote, &latch->sdp))
		remote_set(party, context, session);
	else
		latch_reopen(latch, context->tick);
	if (latch->is_fixed)
		party_link(party);
	party->is_connected = true;
}

void party_control(struct party *party, const struct media_controls *controls)
{
	party->controls = *controls;
}

void party_measure(const struct party *party, struct media_stats *ret)
{
	*ret = party->stats;
	ret->held_frames =
		(party->in.jitter.n_samples + party->in.n_queued) / MIX_SAMPLES;
	ret->is_heard = party->in.latch.is_heard;
	ret->remote = party->in.latch.remote;
}

void party_report(const struct party *party,
		  const struct party_context *context,
		  enum media_event_kind kind, unsigned key)
{
	const struct media_event event = {kind, party->id, key};

	context->report(context->arg, &event);
}
