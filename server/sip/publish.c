#include "server/sip/publish.h"

#include "server/sip/arrival.h"
#include "server/sip/server_txn.h"

static struct consent_reply reply_of(const struct arrival *arrival,
				     struct request *request)
{
	struct consent_reply consent_reply = {.request = request,
					      .kind = arrival->kind,
					      .token = arrival->token,
					      .over_tls = false,
					      .expires_s = request->expires_s};
	struct view tag = message_value(arrival->message, FIELD_SIP_IF_MATCH);

	if (arrival->message->count[FIELD_SIP_IF_MATCH])
		consent_reply.if_match = view_copy(request->arena, tag);
	return consent_reply;
}

/* A deny that says the same twice is no harm; so merged requests and loops are
 * not looked for. */
static bool hand_over(struct arrival *arrival, const struct proof *proof,
		      struct arena *arena, struct reply *ret_reply)
{
	struct request *request;
	struct consent_reply consent_reply;

	request = request_read(arrival, proof, arena, ret_reply);
	if (!request)
		return false;
	if (server_txn_keep(arrival, request, proof) != ERR_OK) {
		ret_reply->status = 503;
		text_add(&ret_reply->lines, "Retry-After: 2\r\n");
		return false;
	}
	consent_reply = reply_of(arrival, request);
	consent_receive(arrival->edge->settings.consents, &consent_reply);
	return true;
}

void publish_receive(struct arrival *arrival, struct reply *ret_reply)
{
	struct proof proof = {.is_stale = false};
	struct arena *arena;

	arena = arena_new(0);
	arrival_find_key(arrival, arena);
	if (identify_is_possible(arrival))
		identify_sender(arrival, arena, &proof);
	/* A no needs no proof; for a yes this account is nobody. */
	if (!(proof.may & USER_ANSWER))
		proof = (struct proof){.is_stale = proof.is_stale};
	if (!hand_over(arrival, &proof, arena, ret_reply))
		arena_free(arena);
}
