#include "server/media/source.h"

#define PROBATION 2 /* packets in order, of the first source */
#define TAKE_OVER 3 /* packets in order, of another */
#define MAX_DROPOUT 3000
#define MAX_MISORDER 100

void source_init(struct rtp_source *source)
{
	*source = (struct rtp_source){0};
}

static enum source_verdict begin(struct rtp_source *source,
				 const struct rtp *rtp)
{
	*source = (struct rtp_source){.is_valid = true,
				      .ssrc = rtp->ssrc,
				      .seq = rtp->seq,
				      .first = rtp->seq,
				      .highest = rtp->seq};
	return SOURCE_BEGUN;
}

static enum source_verdict judge_stranger(struct rtp_source *source,
					  const struct rtp *rtp)
{
	unsigned needed = source->is_valid ? TAKE_OVER : PROBATION;

	if (source->n_new == 0 || source->new_ssrc != rtp->ssrc ||
	    source->new_expected != rtp->seq)
		source->n_new = 0;
	source->n_new++;
	source->new_ssrc = rtp->ssrc;
	source->new_expected = (uint16_t)(rtp->seq + 1);
	return source->n_new >= needed ? begin(source, rtp) : SOURCE_DOUBT;
}

enum source_verdict source_judge(struct rtp_source *source,
				 const struct rtp *rtp)
{
	unsigned ahead = (uint16_t)(rtp->seq - source->seq);

	if (!source->is_valid || rtp->ssrc != source->ssrc)
		return judge_stranger(source, rtp);
	source->n_new = 0;
	if (ahead < MAX_DROPOUT) {
		source->highest += ahead;
		source->seq = rtp->seq;
		source->has_jumped = false;
		return SOURCE_SAME;
	}
	if (ahead >= 65536 - MAX_MISORDER)
		return SOURCE_SAME; /* out of order, or twice */
	if (source->has_jumped && source->expected == rtp->seq)
		return begin(source, rtp);
	source->has_jumped = true;
	source->expected = (uint16_t)(rtp->seq + 1);
	return SOURCE_DOUBT;
}

/* Ticks are coarse: what is measured is the jitter that the buffer sees. */
void source_count(struct rtp_source *source, const struct rtp *rtp,
		  uint32_t now)
{
	uint32_t transit = now - rtp->timestamp;
	int32_t apart = (int32_t)(transit - source->transit);

	if (source->n_received++ > 0) {
		uint32_t size =
			apart < 0 ? 0 - (uint32_t)apart : (uint32_t)apart;

		source->jitter += size - ((source->jitter + 8) >> 4);
	}
	source->transit = transit;
}

void source_report(struct rtp_source *source, struct rtcp_report *ret)
{
	uint32_t expected = source->highest - source->first + 1;
	uint32_t due = expected - source->n_expected_before;
	uint32_t came = source->n_received - source->n_received_before;

	ret->has_block = source->is_valid;
	ret->about = source->ssrc;
	ret->highest = source->highest;
	ret->jitter = source->jitter >> 4;
	ret->n_lost = expected > source->n_received
			      ? expected - source->n_received
			      : 0;
	ret->fraction =
		due > came
			? (uint8_t)(((uint64_t)(due - came) << 8) / (due + 1))
			: 0;
	source->n_expected_before = expected;
	source->n_received_before = source->n_received;
}
