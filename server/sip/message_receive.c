/* A MESSAGE to a service: who sends it, whether it goes round, and then it is
 * the relay's. */
#include "server/sip/server_txn.h"

#include "db/users.h"
#include "server/sip/received.h"
#include "server/sip/respond.h"

#define LOOP_MS 60000 /**< how long a request is remembered (RFC 7332) */

static struct hash128 loop_key(const struct received *received,
			       const struct request *request)
{
	const struct view fields[] = {view_of(request->from_key),
				      view_of(request->target_key),
				      request->body};

	return server_txn_hash(received, fields, 3);
}

/*
 * RFC 7332 section 3 and RFC 5393: our Via does not come back through another
 * B2BUA, but the same text from the same sender to the same service does, with
 * two hops fewer at least: one of ours and one of theirs.
 */
static bool is_loop(const struct received *received,
		    const struct request *request)
{
	struct edge *edge = received->edge;
	struct hash128 key = loop_key(received, request);
	int64_t now_ms = loop_now_ms(edge->loop);
	uint32_t hops = (uint32_t)request->max_forwards, before = 0;

	if (ttl_cache_get(edge->loops, key, now_ms, &before) &&
	    hops + 1 < before)
		return true;
	ttl_cache_put(edge->loops, key, hops > before ? hops : before,
		      now_ms + LOOP_MS);
	return false;
}

static void challenge(struct received *received, const struct proof *proof,
		      struct reply *ret_reply)
{
	ret_reply->status = 407;
	identify_challenge(received->edge, 407, proof->is_stale,
			   &ret_reply->lines);
}

/* Other credentials could help, these never will: 403 (RFC 3261 21.4.4). */
static void refuse_account(struct received *received, struct reply *ret_reply)
{
	count(received->edge->counters, COUNT_REFUSED_ACCOUNT);
	ret_reply->status = 403;
	ret_reply->reason = "This Account May Not Send";
}

/* Identified.  @return true when the request is the relay's now. */
static bool hand_over(struct received *received, const struct proof *proof,
		      struct arena *arena, struct reply *ret_reply)
{
	struct request *request;

	request = request_read(received, proof, arena, ret_reply);
	if (!request)
		return false;
	if (server_txn_is_merged(received) || is_loop(received, request)) {
		ret_reply->status = 482;
		return false;
	}
	if (server_txn_keep(received, request, proof) != ERR_OK) {
		ret_reply->status = 503;
		text_add(&ret_reply->lines, "Retry-After: 2\r\n");
		return false;
	}
	relay_receive(received->edge->settings.relays, request);
	return true;
}

void message_receive(struct received *received, struct reply *ret_reply)
{
	struct proof proof = {.is_stale = false};
	struct arena *arena;

	if (!identify_is_possible(received)) {
		challenge(received, &proof, ret_reply);
		return;
	}
	arena = arena_new(received->message->body.len + 4096);
	received_find_key(received, arena);
	identify_sender(received, arena, &proof);
	if (proof.sender.method == IDENTITY_NONE)
		challenge(received, &proof, ret_reply);
	else if (!(proof.may & USER_SEND))
		refuse_account(received, ret_reply);
	else if (hand_over(received, &proof, arena, ret_reply))
		return;
	arena_free(arena);
}
