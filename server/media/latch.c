#include "server/media/latch.h"

#include "server/base/uri.h"

#define IN_ORDER 3	/* packets before an address is believed */
#define UNHEARD_STEP 50 /* ticks: 1 s */

void latch_begin(struct latch *latch, const union address *remote, bool is_nat,
		 int64_t tick)
{
	*latch = (struct latch){.sdp = *remote,
				.remote = *remote,
				.is_nat = is_nat,
				.is_fixed = !is_nat,
				.is_private = address_is_private(&remote->any),
				.began = tick};
}

void latch_move(struct latch *latch, const union address *remote, bool is_nat,
		int64_t tick)
{
	unsigned spent = latch->spent;

	latch_begin(latch, remote, is_nat, tick);
	latch->spent = spent;
}

void latch_reopen(struct latch *latch, int64_t tick)
{
	latch->is_fixed = !latch->is_nat;
	latch->n_candidate = latch->n_own = 0;
	latch->began = tick;
}

static bool same_host(const union address *a, const union address *b)
{
	union address other = *b;

	address_set_port(&other, address_port(a));
	return address_equal(a, &other);
}

bool latch_is_from(const struct latch *latch, const union address *from)
{
	return address_equal(from, &latch->remote);
}

static enum latch_verdict judge_own(struct latch *latch)
{
	latch->is_heard = true;
	latch->n_candidate = 0;
	if (latch->is_fixed || ++latch->n_own < IN_ORDER)
		return LATCH_OURS;
	latch->is_fixed = true;
	return LATCH_LEARNED;
}

static bool may_learn(const struct latch *latch, const union address *from,
		      int64_t tick)
{
	if (latch->is_fixed || tick - latch->began >= LATCH_LEARN_TICKS)
		return false;
	return latch->is_private || same_host(&latch->remote, from);
}

enum latch_verdict latch_judge(struct latch *latch, const union address *from,
			       const struct rtp *rtp, int64_t tick)
{
	if (latch_is_from(latch, from))
		return judge_own(latch);
	if (!may_learn(latch, from, tick))
		return LATCH_FOREIGN;
	if (latch->n_candidate == 0 || latch->candidate_ssrc != rtp->ssrc ||
	    latch->candidate_expected != rtp->seq ||
	    !address_equal(&latch->candidate, from))
		latch->n_candidate = 0;
	latch->candidate = *from;
	latch->candidate_ssrc = rtp->ssrc;
	latch->candidate_expected = (uint16_t)(rtp->seq + 1);
	if (++latch->n_candidate < IN_ORDER)
		return LATCH_FOREIGN;
	latch->remote = *from;
	latch->is_fixed = latch->is_heard = true;
	return LATCH_LEARNED;
}

/* A packet to an address that was not heard takes a second to come back. */
bool latch_may_send(struct latch *latch, unsigned n)
{
	unsigned price = UNHEARD_STEP * n;

	if (!latch->is_heard && latch->is_nat && latch->is_private)
		return false;
	if (latch->is_heard ||
	    latch->spent + price > UNHEARD_STEP * LATCH_UNHEARD_PACKETS) {
		latch->spent -= latch->spent > 0;
		return latch->is_heard;
	}
	latch->spent += price;
	return true;
}
