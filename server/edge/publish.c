#include "server/edge/publish.h"

#include "db/users.h"
#include "server/edge/request_read.h"
#include "server/sip/server_txn.h"

static struct consent_reply reply_of(const struct intake *intake,
				     struct request *request)
{
	struct consent_reply consent_reply = {
		.kind = intake->target.token_kind,
		.token = intake->target.token,
		.over_tls = protocol_is_secure(
			intake->received->from->peer.protocol),
		.expires_s = request->expires_s};
	struct view tag =
		message_value(intake->received->message, FIELD_SIP_IF_MATCH);

	if (intake->received->message->count[FIELD_SIP_IF_MATCH])
		consent_reply.if_match = view_copy(request->arena, tag);
	return consent_reply;
}

/* A deny that says the same twice is no harm; so merged requests and loops are
 * not looked for. */
static bool hand_over(struct intake *intake, const struct proof *proof,
		      struct arena *arena, struct reply *ret_reply)
{
	struct request *request;
	struct consent_reply consent_reply;

	request = request_read(intake, proof, arena, ret_reply);
	if (!request)
		return false;
	if (!request_keep(intake, request, proof, ret_reply))
		return false;
	consent_reply = reply_of(intake, request);
	consent_receive(intake->edge->settings.consents, request,
			&consent_reply);
	return true;
}

void publish_receive(struct intake *intake, struct reply *ret_reply)
{
	struct proof proof = {.is_stale = false};
	struct arena *arena;

	arena = arena_new(0);
	request_find_key(intake, arena);
	if (identify_is_possible(intake))
		identify_sender(intake, arena, &proof);
	/* A deny needs no proof; for a grant this account proves nothing. */
	if (!(proof.may & USER_ANSWER))
		proof = (struct proof){.is_stale = proof.is_stale};
	if (!hand_over(intake, &proof, arena, ret_reply))
		arena_free(arena);
}
