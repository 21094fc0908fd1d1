#include "server/sip/publish.h"

#include "db/users.h"
#include "server/sip/received.h"
#include "server/sip/server_txn.h"

static struct consent_reply reply_of(const struct received *received,
				     struct request *request)
{
	struct consent_reply consent_reply = {
		.request = request,
		.kind = received->kind,
		.token = received->token,
		.over_tls = protocol_is_secure(received->from->peer.protocol),
		.expires_s = request->expires_s};
	struct view tag = message_value(received->message, FIELD_SIP_IF_MATCH);

	if (received->message->count[FIELD_SIP_IF_MATCH])
		consent_reply.if_match = view_copy(request->arena, tag);
	return consent_reply;
}

/* A deny that says the same twice is no harm; so merged requests and loops are
 * not looked for. */
static bool hand_over(struct received *received, const struct proof *proof,
		      struct arena *arena, struct reply *ret_reply)
{
	struct request *request;
	struct consent_reply consent_reply;

	request = request_read(received, proof, arena, ret_reply);
	if (!request)
		return false;
	if (server_txn_keep(received, request, proof) != ERR_OK) {
		ret_reply->status = 503;
		text_add(&ret_reply->lines, "Retry-After: 2\r\n");
		return false;
	}
	consent_reply = reply_of(received, request);
	consent_receive(received->edge->settings.consents, &consent_reply);
	return true;
}

void publish_receive(struct received *received, struct reply *ret_reply)
{
	struct proof proof = {.is_stale = false};
	struct arena *arena;

	arena = arena_new(0);
	received_find_key(received, arena);
	if (identify_is_possible(received))
		identify_sender(received, arena, &proof);
	/* A no needs no proof; for a yes this account is nobody. */
	if (!(proof.may & USER_ANSWER))
		proof = (struct proof){.is_stale = proof.is_stale};
	if (!hand_over(received, &proof, arena, ret_reply))
		arena_free(arena);
}
