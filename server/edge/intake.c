#include "server/edge/intake.h"

#include "server/edge/deny.h"
#include "server/edge/request_read.h"
#include "server/edge/typed.h"
#include "server/edge/waiting.h"
#include "server/sip/dialog_table.h"

#define LOOP_MS 60000 /**< how long a request is remembered (RFC 7332) */

void intake_open(struct edge *edge, struct received *received,
		 struct intake *ret)
{
	*ret = (struct intake){.edge = edge,
			       .received = received,
			       .trust = peer_trust(edge->settings.trust_domains,
						   &received->from->peer)};
	text_init(&ret->reply.lines, NULL);
	ret->is_claimed = received->claim != NULL;
	if (ret->is_claimed)
		deny_open(ret);
	else
		ret->target.domain = domains_find(&edge->settings.domains,
						  received->uri.host);
}

void intake_run(struct intake *intake)
{
	enum intake_progress progress = INTAKE_NEXT;

	for (; intake->at < n_intake_steps; intake->at++) {
		const struct intake_step *step = &intake_steps[intake->at];

		if (intake->is_claimed && !step->is_for_claimed)
			continue;
		progress = step->run(intake);
		if (progress != INTAKE_NEXT)
			break;
	}
	if (progress == INTAKE_WAIT)
		waiting_park(intake);
	else
		intake_close(intake);
}

static void reply_send(struct intake *intake)
{
	const struct reply *reply = &intake->reply;
	const struct response_parts parts = {.status = reply->status,
					     .reason = reply->reason,
					     .more = text_view(&reply->lines)};

	if (intake->txn)
		server_txn_respond(intake->txn, &parts);
	else
		respond_reply(intake->received, reply);
}

/* A deny has its answer even where others at its address are too fast. */
void intake_close(struct intake *intake)
{
	struct reply *reply = &intake->reply;

	if (reply->status && intake->is_too_fast && !intake->is_claimed)
		count(intake->edge->counters, COUNT_RATE_LIMITED);
	else if (reply->status)
		reply_send(intake);
	if (intake->txn)
		server_txn_drop(intake->txn);
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
	if (intake->request)
		typed_read(intake, intake->request);
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

/* One that waited has a transaction itself by now. */
static bool is_merged(const struct intake *intake)
{
	return intake->txn ? intake->is_merged
			   : server_txn_is_merged(intake->received);
}

/* The tag of an INVITE is random; what else makes a dialog and comes again,
 * when its transaction is gone, would get the id of the dialog that it made. */
static bool has_its_dialog(const struct intake *intake)
{
	const struct received *received = intake->received;
	struct dialog_id id = {.call_id = received->call_id,
			       .remote_tag = received->from_tag};
	char tag[RESPOND_TAG_LEN + 1];

	if (!intake->module->row->makes_dialog ||
	    received->method == METHOD_INVITE)
		return false;
	respond_tag(received, tag);
	id.local_tag = view_of(tag);
	return dialog_table_has(sip_dialogs(intake->edge->sip), &id);
}

/* A deny that says the same twice is no harm. */
enum intake_progress intake_loops(struct intake *intake)
{
	const struct method_module *row = intake->module->row;

	if ((row->is_relayed || row->makes_dialog) && is_merged(intake))
		return intake_refuse(intake, 482, NULL);
	if (has_its_dialog(intake) || (row->is_relayed && is_loop(intake)))
		return intake_refuse(intake, 482, NULL);
	return INTAKE_NEXT;
}

static enum err keep(struct intake *intake, struct server_txn **ret)
{
	if (!intake->txn)
		return server_txn_keep(intake->received, intake->arena, ret);
	server_txn_move(intake->txn, ret);
	server_txn_release(*ret);
	intake->txn = NULL;
	return ERR_OK;
}

/* Nobody wants the answer any more: a module that has not said what to do then
 * may go on, and finds the request answered. */
static void cancelled(void *arg)
{
	const struct response_parts terminated = {.status = 487};
	struct request *request = arg;

	if (request->cancelled)
		request->cancelled(request);
	else if (request->txn)
		server_txn_respond(request->txn, &terminated);
}

/* What a row with makes_dialog needs of its transaction. */
static void open_dialog(struct intake *intake)
{
	struct request *request = intake->request;
	char tag[RESPOND_TAG_LEN + 1];

	server_txn_open(request->txn, intake->received);
	server_txn_on_cancel(request->txn, cancelled, request);
	if (!intake->module->row->makes_dialog)
		return;
	server_txn_tag(request->txn, intake->received, tag);
	request->tag = arena_strdup(request->arena, tag);
}

enum intake_progress intake_hand_over(struct intake *intake)
{
	const struct registered *module = intake->module;
	struct request *request = intake->request;

	/* While it waited others may have filled the module. */
	if (intake->txn && intake_shed(intake) == INTAKE_ENDED)
		return INTAKE_ENDED;
	if (keep(intake, &request->txn) != ERR_OK)
		return intake_refuse_busy(intake, OVERLOAD_TRANSACTIONS);
	if (intake->proof.sender.method != IDENTITY_NONE)
		server_txn_identified(request->txn);
	open_dialog(intake);
	intake->arena = NULL; /* the request's */
	module->row->receive(module->module, request);
	return INTAKE_ENDED;
}
