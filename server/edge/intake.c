#include "server/edge/intake.h"

#include "server/edge/deny.h"
#include "server/edge/request_read.h"

#define LOOP_MS 60000 /**< how long a request is remembered (RFC 7332) */

void intake_open(struct edge *edge, struct received *received,
		 struct intake *ret)
{
	*ret = (struct intake){.edge = edge,
			       .received = received,
			       .trust = peer_trust(edge->settings.trust_domains,
						   &received->from->peer)};
	text_init(&ret->reply.lines, NULL);
	if (received->claim)
		deny_open(ret);
}

void intake_run(struct intake *intake)
{
	enum intake_progress progress = INTAKE_NEXT;

	for (; intake->at < n_intake_steps; intake->at++) {
		const struct intake_step *step = &intake_steps[intake->at];

		if (intake->received->claim && !step->is_for_claimed)
			continue;
		progress = step->run(intake);
		if (progress != INTAKE_NEXT)
			break;
	}
	intake_close(intake);
}

/* A deny has its answer even where others at its address are too fast. */
void intake_close(struct intake *intake)
{
	const struct received *received = intake->received;
	struct reply *reply = &intake->reply;

	if (reply->status && intake->is_too_fast && !received->claim)
		count(intake->edge->counters, COUNT_RATE_LIMITED);
	else if (reply->status)
		respond_reply(received, reply);
	text_release(&reply->lines);
	arena_free(intake->arena);
}

enum intake_progress intake_refuse(struct intake *intake, int status,
				   const char *reason)
{
	intake->reply.status = status;
	intake->reply.reason = reason;
	return INTAKE_ENDED;
}

enum intake_progress intake_refuse_busy(struct intake *intake,
					enum overload overload)
{
	text_printf(&intake->reply.lines, "Retry-After: %d\r\n",
		    limits_retry_after_s(overload));
	return intake_refuse(intake, 503, NULL);
}

enum intake_progress intake_read(struct intake *intake)
{
	intake->request = request_read(intake);
	return intake->request ? INTAKE_NEXT : INTAKE_ENDED;
}

static struct hash128 loop_key(const struct intake *intake)
{
	const struct request *request = intake->request;
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
static bool is_loop(const struct intake *intake)
{
	struct edge *edge = intake->edge;
	struct hash128 key = loop_key(intake);
	int64_t now_ms = loop_now_ms(edge->loop);
	uint32_t hops = (uint32_t)intake->request->max_forwards, before = 0;

	if (ttl_cache_get(edge->loops, key, now_ms, &before) &&
	    hops + 1 < before)
		return true;
	ttl_cache_put(edge->loops, key, hops > before ? hops : before,
		      now_ms + LOOP_MS);
	return false;
}

/* A deny that says the same twice is no harm. */
enum intake_progress intake_loops(struct intake *intake)
{
	if (!intake->module->row->is_relayed)
		return INTAKE_NEXT;
	if (server_txn_is_merged(intake->received) || is_loop(intake))
		return intake_refuse(intake, 482, NULL);
	return INTAKE_NEXT;
}

enum intake_progress intake_hand_over(struct intake *intake)
{
	const struct registered *module = intake->module;
	struct request *request = intake->request;

	if (server_txn_keep(intake->received, intake->arena, &request->txn) !=
	    ERR_OK)
		return intake_refuse_busy(intake, OVERLOAD_TRANSACTIONS);
	if (intake->proof.sender.method != IDENTITY_NONE)
		server_txn_identified(request->txn);
	intake->arena = NULL; /* the request's */
	module->row->receive(module->module, request);
	return INTAKE_ENDED;
}
