#include "policies/offer.h"

#include <stddef.h>

/* Who sends the message: the one who offered, or who is to answer. */
enum step_from { FROM_OFFERER, FROM_ANSWERER };

struct offer_row {
	enum offer_state state;
	enum offer_message message;
	enum step_from from;
	enum offer_meaning with, without; /* a description */
	enum offer_state next_with, next_without;
};

/* RFC 6337 section 2.  In DUE the one who is to offer has got the INVITE. */
/* clang-format off */
#define M(message) OFFER_MESSAGE_##message
#define IS(meaning) OFFER_MEANS_##meaning
#define S(state) OFFER_STATE_##state
static const struct offer_row steps[] = {
	/* INVITE offers. */
	{S(INVITE), M(UNRELIABLE), FROM_ANSWERER,
	 IS(PREVIEW), IS(NOTHING), S(INVITE), S(INVITE)},
	{S(INVITE), M(RELIABLE), FROM_ANSWERER,
	 IS(ANSWER), IS(NOTHING), S(NONE), S(INVITE)},
	{S(INVITE), M(SUCCESS), FROM_ANSWERER,
	 IS(ANSWER), IS(MISSING), S(NONE), S(NONE)},
	{S(INVITE), M(FAILURE), FROM_ANSWERER,
	 IS(NOTHING), IS(NOTHING), S(NONE), S(NONE)},
	/* INVITE has no offer: the first reliable response has it. */
	{S(DUE), M(UNRELIABLE), FROM_OFFERER,
	 IS(REPEAT), IS(NOTHING), S(DUE), S(DUE)},
	{S(DUE), M(RELIABLE), FROM_OFFERER,
	 IS(OFFER), IS(MISSING), S(RELIABLE), S(DUE)},
	{S(DUE), M(SUCCESS), FROM_OFFERER,
	 IS(OFFER), IS(MISSING), S(SUCCESS), S(NONE)},
	{S(DUE), M(FAILURE), FROM_OFFERER,
	 IS(NOTHING), IS(NOTHING), S(NONE), S(NONE)},
	{S(RELIABLE), M(PRACK), FROM_ANSWERER,
	 IS(ANSWER), IS(MISSING), S(NONE), S(NONE)},
	{S(RELIABLE), M(FAILURE), FROM_OFFERER,
	 IS(NOTHING), IS(NOTHING), S(NONE), S(NONE)},
	{S(SUCCESS), M(ACK), FROM_ANSWERER,
	 IS(ANSWER), IS(MISSING), S(NONE), S(NONE)},
	/* PRACK and UPDATE are answered in their 2xx. */
	{S(PRACK), M(PRACK_SUCCESS), FROM_ANSWERER,
	 IS(ANSWER), IS(MISSING), S(NONE), S(NONE)},
	{S(PRACK), M(PRACK_FAILURE), FROM_ANSWERER,
	 IS(NOTHING), IS(NOTHING), S(NONE), S(NONE)},
	{S(UPDATE), M(UPDATE_SUCCESS), FROM_ANSWERER,
	 IS(ANSWER), IS(MISSING), S(NONE), S(NONE)},
	{S(UPDATE), M(UPDATE_FAILURE), FROM_ANSWERER,
	 IS(NOTHING), IS(NOTHING), S(NONE), S(NONE)},
};
#undef M
#undef IS
/* clang-format on */

static enum offer_side other(enum offer_side side)
{
	return side == OFFER_SIDE_OURS ? OFFER_SIDE_THEIRS : OFFER_SIDE_OURS;
}

/* Who has offered, or is to. */
static enum offer_side offerer(const struct offer_turn *turn)
{
	return turn->state == S(DUE) ? other(turn->by) : turn->by;
}

static const struct offer_row *find(const struct offer_turn *turn,
				    enum offer_message message,
				    enum offer_side from)
{
	enum step_from side =
		from == offerer(turn) ? FROM_OFFERER : FROM_ANSWERER;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (steps[i].state == turn->state &&
		    steps[i].message == message && steps[i].from == side)
			return &steps[i];
	return NULL;
}

/* The state that a request with an offer leads to, or NONE. */
static enum offer_state offered_by(enum offer_message message)
{
	if (message == OFFER_MESSAGE_INVITE)
		return S(INVITE);
	if (message == OFFER_MESSAGE_PRACK)
		return S(PRACK);
	return message == OFFER_MESSAGE_UPDATE ? S(UPDATE) : S(NONE);
}

/* RFC 3311 section 5.2; RFC 3261 section 14.2. */
static enum offer_meaning refusal(const struct offer_turn *turn,
				  enum offer_side from)
{
	return offerer(turn) == from ? OFFER_MEANS_BUSY : OFFER_MEANS_GLARE;
}

/* A request that may begin an exchange; PRACK answers where one is due. */
static enum offer_meaning begin(const struct offer_turn *turn,
				enum offer_message message,
				enum offer_side from, int has_sdp,
				struct offer_turn *ret_next)
{
	bool is_invite = message == OFFER_MESSAGE_INVITE;

	if (!has_sdp && !is_invite)
		return OFFER_MEANS_NOTHING;
	if (turn->state != S(NONE))
		return refusal(turn, from);
	ret_next->by = from;
	ret_next->state = has_sdp ? offered_by(message) : S(DUE);
	return has_sdp ? OFFER_MEANS_OFFER : OFFER_MEANS_NOTHING;
}

static enum offer_meaning go_on(const struct offer_row *step,
				enum offer_side from, int has_sdp,
				struct offer_turn *ret_next)
{
	enum offer_meaning meaning = has_sdp ? step->with : step->without;

	ret_next->state = has_sdp ? step->next_with : step->next_without;
	if (meaning == OFFER_MEANS_OFFER)
		ret_next->by = from;
	return meaning;
}

/* One UPDATE at a time, whether it has an offer or not. */
static bool update_waits(const struct offer_turn *turn,
			 enum offer_message message, enum offer_side from)
{
	return message == OFFER_MESSAGE_UPDATE && turn->is_updated &&
	       turn->update == from;
}

static void update_follow(enum offer_message message, enum offer_side from,
			  struct offer_turn *next)
{
	if (message == OFFER_MESSAGE_UPDATE) {
		next->is_updated = true;
		next->update = from;
	} else if ((message == OFFER_MESSAGE_UPDATE_SUCCESS ||
		    message == OFFER_MESSAGE_UPDATE_FAILURE) &&
		   next->update != from) {
		next->is_updated = false;
	}
}

enum offer_meaning offer_step(const struct offer_turn *turn,
			      enum offer_message message, enum offer_side from,
			      int has_sdp, struct offer_turn *ret_next)
{
	const struct offer_row *step = find(turn, message, from);
	struct offer_turn next = *turn;
	enum offer_meaning meaning;

	*ret_next = *turn;
	if (update_waits(turn, message, from))
		return OFFER_MEANS_BUSY;
	if (step)
		meaning = go_on(step, from, has_sdp, &next);
	else if (offered_by(message) != S(NONE))
		meaning = begin(turn, message, from, has_sdp, &next);
	else
		meaning = has_sdp ? OFFER_MEANS_REPEAT : OFFER_MEANS_NOTHING;
	if (meaning == OFFER_MEANS_GLARE || meaning == OFFER_MEANS_BUSY)
		return meaning;
	update_follow(message, from, &next);
	*ret_next = next;
	return meaning;
}

bool offer_may_send(const struct offer_turn *turn, enum offer_message message)
{
	struct offer_turn next;

	return offer_step(turn, message, OFFER_SIDE_OURS, 1, &next) ==
	       OFFER_MEANS_OFFER;
}

int offer_glare_wait(enum offer_side call_id, uint32_t random)
{
	if (call_id == OFFER_SIDE_OURS)
		return 2100 + (int)(random % 191) * 10;
	return (int)(random % 201) * 10;
}
#undef S
