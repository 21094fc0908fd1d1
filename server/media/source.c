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
	*source = (struct rtp_source){
		.is_valid = true, .ssrc = rtp->ssrc, .seq = rtp->seq};
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
