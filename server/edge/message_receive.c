/* A MESSAGE to a service: who sends it, whether it goes round, and then it is
 * the relay's. */
#include "db/users.h"
#include "server/edge/checks.h"
#include "server/edge/request_read.h"
#include "server/sip/server_txn.h"

#define LOOP_MS 60000 /**< how long a request is remembered (RFC 7332) */

static struct hash128 loop_key(const struct intake *intake,
			       const struct request *request)
{
	const struct view fields[] = {view_of(request->from_key),
				      view_of(request->target_key),
				      request->body};

	return received_hash(intake->received, fields, 3);
}

/*
 * RFC 7332 section 3 and RFC 5393: our Via does not come back through another
 * B2BUA, but the same text from the same sender to the same service does, with
 * two hops fewer at least: one of ours and one of theirs.
 */
static bool is_loop(const struct intake *intake, const struct request *request)
{
	struct edge *edge = intake->edge;
	struct hash128 key = loop_key(intake, request);
	int64_t now_ms = loop_now_ms(edge->loop);
	uint32_t hops = (uint32_t)request->max_forwards, before = 0;

	if (ttl_cache_get(edge->loops, key, now_ms, &before) &&
	    hops + 1 < before)
		return true;
	ttl_cache_put(edge->loops, key, hops > before ? hops : before,
		      now_ms + LOOP_MS);
	return false;
}

static void challenge(struct intake *intake, const struct proof *proof,
		      struct reply *ret_reply)
{
	ret_reply->status = 407;
	identify_challenge(intake->edge, 407, proof->is_stale,
			   &ret_reply->lines);
}

/* Other credentials could help, these never will: 403 (RFC 3261 21.4.4). */
static void refuse_account(struct intake *intake, struct reply *ret_reply)
{
	count(intake->edge->counters, COUNT_REFUSED_ACCOUNT);
	ret_reply->status = 403;
	ret_reply->reason = "This Account May Not Send";
}

/* Identified.  @return true when the request is the relay's now. */
static bool hand_over(struct intake *intake, const struct proof *proof,
		      struct arena *arena, struct reply *ret_reply)
{
	struct request *request;

	request = request_read(intake, proof, arena, ret_reply);
	if (!request)
		return false;
	if (server_txn_is_merged(intake->received) ||
	    is_loop(intake, request)) {
		ret_reply->status = 482;
		return false;
	}
	if (!request_keep(intake, request, proof, ret_reply))
		return false;
	messages_receive(intake->edge->settings.messages, request);
	return true;
}

void message_receive(struct intake *intake, struct reply *ret_reply)
{
	struct proof proof = {.is_stale = false};
	struct arena *arena;

	if (!identify_is_possible(intake)) {
		challenge(intake, &proof, ret_reply);
		return;
	}
	arena = arena_new(intake->received->message->body.len + 4096);
	request_find_key(intake, arena);
	identify_sender(intake, arena, &proof);
	if (proof.sender.method == IDENTITY_NONE)
		challenge(intake, &proof, ret_reply);
	else if (!(proof.may & USER_SEND))
		refuse_account(intake, ret_reply);
	else if (hand_over(intake, &proof, arena, ret_reply))
		return;
	arena_free(arena);
}
