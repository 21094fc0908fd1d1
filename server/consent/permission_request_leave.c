/* Right before a permission request leaves: where it goes, whether its budgets
 * let it (RFC 5360 section 5.1.1), its record. */
#include "server/consent/permission_request_private.h"

#include "server/base/ip_bytes.h"
#include "server/base/log.h"

/** Copies that UDP sends of one request (RFC 3261 section 17.1.2.2). */
#define COPIES_MAX 11
/** Start line and header lines but those that are counted by themselves. */
#define HEAD_BYTES 256

/* ---- networks -------------------------------------------------------------
 */

static void network_name(const uint8_t address[IP_BYTES],
			 char ret[NETWORK_ROOM])
{
	const uint8_t *at = address;

	if (ip_bytes_are_v4(address)) {
		at += IPV4_AT;
		snprintf(ret, NETWORK_ROOM, "%u.%u.%u.0/24", at[0], at[1],
			 at[2]);
		return;
	}
	for (int i = 0; i < 7; i++)
		snprintf(ret + 2 * i, 3, "%02x", at[i]);
	snprintf(ret + 14, NETWORK_ROOM - 14, "/56");
}

static void networks_add(struct networks *networks,
			 const uint8_t address[IP_BYTES])
{
	char name[NETWORK_ROOM];

	network_name(address, name);
	for (size_t i = 0; i < networks->n; i++)
		if (strcmp(networks->names[i], name) == 0)
			return;
	if (networks->n < NETWORKS_MAX)
		memcpy(networks->names[networks->n++], name, sizeof(name));
}

/* ---- bytes ----------------------------------------------------------------
 */

/** About what it has with this content; Via and To may be a little shorter. */
static int64_t bytes_of(const struct permission_request *request,
			const struct permission_document *document)
{
	const struct leg *leg = &request->leg;
	const struct leg_template *template = &request->template;

	return (int64_t)(HEAD_BYTES + 2 * strlen(leg->request_uri) +
			 strlen(template->from) + strlen(template->from_tag) +
			 strlen(leg->call_id) +
			 strlen(request->consents->settings.domain) +
			 template->headers.len + document->content.len +
			 document->body.len);
}

void permission_request_use_text(struct permission_request *request)
{
	request->is_text = true;
	request->template.content = request->text.content;
	request->template.body = request->text.body;
	request->template.verdict = TEMPLATE_UNREAD;
}

/** The next copy, and the text alone should the phone want that. */
static bool may_repeat(struct leg *leg)
{
	const struct permission_request *request = leg->owner;
	int64_t more = bytes_of(request, &request->text);

	if (request->room == INT64_MAX)
		return true;
	if (!request->is_text)
		more += bytes_of(request, &request->whole);
	return request->room - (int64_t)leg->bytes_out >= more;
}

/** Another hop gets another copy.  One of another network has a budget of its
 *  own: not in this try. */
static bool may_reach(struct leg *leg, const uint8_t address[IP_BYTES])
{
	struct permission_request *request = leg->owner;
	struct networks *networks = &request->networks;
	char name[NETWORK_ROOM];

	if (leg->bytes_out > 0 && !may_repeat(leg))
		return false;
	network_name(address, name);
	if (networks->n == 0 ||
	    strcmp(networks->names[networks->now], name) == 0)
		return true;
	networks->is_refused = true;
	return false;
}

/** Does it have to be covered by the calls that caused it?  A renewal goes to
 *  who granted, once a term, and nobody's call causes it; a trigger is the
 *  recipient's own. */
static bool is_on_credit(const struct permission_request *request)
{
	return !request->is_home &&
	       asking_has_credit(&request->consents->settings.asking) &&
	       request->kind == PERMISSION_REQUEST_ADDED;
}

/** Where the room is too small for the document, the text goes alone; what is
 *  left is for the copies that UDP sends, and comes back if it is not used. */
static void reserve_bytes(struct permission_request *request, int64_t room)
{
	int64_t text = bytes_of(request, &request->text);
	int64_t whole = bytes_of(request, &request->whole);

	if (room == INT64_MAX)
		return;
	if (room < whole + text && !request->is_text)
		permission_request_use_text(request);
	request->room = request->is_text ? COPIES_MAX * text
					 : COPIES_MAX * whole + text;
	if (request->room > room)
		request->room = room;
	request->sent.reserved = request->sent.placed = request->room;
}

/** Its bytes by all budgets, and one request of its owner's. */
static enum err reserve(struct store *store, struct permission_request *request,
			const struct question_turn *turn)
{
	int64_t room;
	enum err err = store_question_room(store, turn, &room);

	if (err)
		return err;
	reserve_bytes(request, room);
	request->sent.network = turn->network;
	if (!is_on_credit(request))
		return ERR_OK;
	request->sent.client =
		(struct question_client){request->owner, request->target};
	return store_question_traffic_add(
		store, &request->sent.client, request->now,
		&(struct asking_traffic){.sent = request->sent.reserved,
					 .requests = 1});
}

/* ---- the writer's part -----------------------------------------------------
 */

static struct question_turn turn_of(const struct permission_request *request,
				    const struct permission *row)
{
	const struct networks *networks = &request->networks;

	return (struct question_turn){
		.row = row,
		.owner = request->owner,
		.limits = &request->consents->settings.asking,
		.now = request->now,
		.network = networks->n ? networks->names[networks->now] : NULL,
		.bytes = bytes_of(request, &request->text),
	};
}

/** What waits for a second gets one of its own, so that not all come back at
 *  once. */
static enum err put_off(struct store *store, struct permission_request *request,
			const struct permission *row,
			const struct asking_verdict *verdict)
{
	const struct networks *networks = &request->networks;
	int64_t at = verdict->at;
	char host[URI_KEY_ROOM];

	if (verdict->limit == ASKING_NETWORK_SECOND)
		at = pace_slot(request->consents, row->target,
			       networks->names[networks->now], request->now);
	if (verdict->limit == ASKING_HOST_SECOND)
		at = pace_slot(request->consents, row->target,
			       question_host(row->recipient, host),
			       request->now);
	request->is_put_off = true;
	return permission_request_defer(store, row, at);
}

static enum err record(struct store *store, struct permission_request *request,
		       const struct question_turn *turn)
{
	struct permission_request_order order = {
		.row = turn->row,
		.kind = request->kind,
		.owner = request->owner,
		.tokens = request->tokens,
		.network = turn->network,
	};
	enum err err = reserve(store, request, turn);

	if (err)
		return err;
	order.bytes = request->sent.reserved;
	err = permission_request_record(store, &order, request->now);
	request->sent.ask = order.ask;
	request->sent.at = request->now;
	return err;
}

/** The budgets are looked at and the request is recorded in one transaction,
 *  when all is known of it and nothing has left: what does not fit waits, and
 *  counts for nothing. */
static enum err leave_run(struct store *store, struct write_job *job)
{
	struct permission_request *request = permission_request_of(job);
	struct asking_verdict verdict;
	struct permission row;
	struct question_turn turn;
	bool is_further;
	enum err err = permission_request_check(store, request, &row);

	if (err || request->kind == PERMISSION_REQUEST_TRIGGER)
		return err;
	err = store_permission_is_further(store, &row, request->now,
					  &is_further);
	if (!err && is_further != request->tokens.has_stop)
		return ERR_CONFLICT; /* its text is wrong by now */
	turn = turn_of(request, &row);
	if (!err)
		err = store_question_when(store, &turn, request->arena,
					  &verdict);
	if (err)
		return err;
	if (verdict.at > request->now)
		return put_off(store, request, &row, &verdict);
	return record(store, request, &turn);
}

static void count_put_off(const struct permission_request *request,
			  enum err err)
{
	if (err || !request->is_put_off)
		return;
	count(request->consents->settings.counters,
	      COUNT_PERMISSION_REQUESTS_LIMITED);
	log_event(LOG_EVENT_REQUESTS_RATE_LIMITED, NULL, "n=1");
}

static void leave_over(struct store_job *job)
{
	struct permission_request *request = permission_request_of(&job->write);
	struct consents *consents = request->consents;

	count_put_off(request, job->write.err);
	if (!job->write.err && !request->is_put_off && !request->is_void &&
	    !consents->draining) {
		edge_send(consents->settings.edge, &request->leg);
		return;
	}
	if (request->kind != PERMISSION_REQUEST_TRIGGER)
		pace_give_back(consents, 1);
	if (job->write.err || request->is_put_off)
		permission_request_end(request);
	else
		permission_request_unsent(request);
}

static enum err submit(struct permission_request *request,
		       enum err (*run)(struct store *store,
				       struct write_job *job),
		       void (*over)(struct store_job *job))
{
	request->job.write.run = run;
	request->job.over = over;
	request->now = loop_wall_s(request->consents->settings.loop);
	return job_group_submit(&request->consents->jobs, &request->job,
				STORE_JOB_URGENT);
}

static void ask_to_leave(struct permission_request *request)
{
	if (submit(request, leave_run, leave_over))
		permission_request_end(
			request); /* stays pending; asked again later */
}

/* ---- on to another network -------------------------------------------------
 */

/** Of the bytes that are reserved, so many may leave there. */
static void note_move(struct permission_request *request, int64_t room)
{
	struct question_sent *sent = &request->sent;

	sent->before = sent->bytes;
	sent->network = request->networks.names[request->networks.now];
	sent->placed = room == INT64_MAX ? 0 : room;
	if (request->room != INT64_MAX)
		request->room = sent->before + room;
}

/** Its try is recorded; the other network has its own budget. */
static enum err move_run(struct store *store, struct write_job *job)
{
	struct permission_request *request = permission_request_of(job);
	const struct networks *networks = &request->networks;
	const struct question_move move = {
		.from = &request->sent,
		.network = networks->names[networks->now],
		.target = request->target,
		.rate = &request->consents->settings.asking.destination,
		.bytes = bytes_of(request, &request->text),
		.now = request->now};
	struct permission row;
	int64_t room = 0;
	enum err err = permission_request_check(store, request, &row);

	request->sent.bytes = (int64_t)request->leg.bytes_out;
	if (!err)
		err = store_question_move(store, &move, &room);
	request->is_put_off = !err && room <= 0;
	if (!err && room > 0)
		note_move(request, room);
	return err;
}

/** Where it may not go on it ends as it did at the network before. */
static void move_over(struct store_job *job)
{
	struct permission_request *request = permission_request_of(&job->write);
	struct consents *consents = request->consents;
	struct leg *leg = &request->leg;

	count_put_off(request, job->write.err);
	if (request->is_void || job->write.err == ERR_CONFLICT) {
		permission_request_close(request);
	} else if (job->write.err || request->is_put_off ||
		   consents->draining) {
		permission_request_finish(request);
	} else {
		leg->state = LEG_IDLE;
		leg->status = leg->retry_after_s = 0;
		leg->cseq++;
		edge_send(consents->settings.edge, leg);
	}
}

bool permission_request_goes_on(struct permission_request *request)
{
	struct networks *networks = &request->networks;
	struct leg *leg = &request->leg;

	if (!networks->is_refused || networks->now + 1 >= networks->n ||
	    (leg->status != 408 && leg->status != 503) ||
	    (leg->bytes_out > 0 && !may_repeat(leg)))
		return false;
	networks->is_refused = false;
	networks->now++;
	return submit(request, move_run, move_over) == ERR_OK;
}

/* ---- finding where it goes ------------------------------------------------
 */

static void probe_found(struct leg *leg, const struct leg_hops *hops)
{
	struct permission_request *request = leg->owner;
	uint8_t addresses[NETWORKS_MAX][IP_BYTES];
	size_t n = request->consents->settings.hop_addresses(hops, addresses,
							     NETWORKS_MAX);

	for (size_t i = 0; i < n; i++)
		networks_add(&request->networks, addresses[i]);
}

/** Where it leads nowhere that is how the request ends: nothing was tried. */
static void probe_ended(struct leg *leg)
{
	struct permission_request *request = leg->owner;

	if (leg->status == LEG_STATUS_WITHDRAWN) {
		ask_to_leave(request);
		return;
	}
	request->leg.state = LEG_ENDED;
	request->leg.status = leg->status;
	request->leg.is_unverified = leg->is_unverified;
	permission_request_ended(&request->leg);
}

static bool needs_networks(const struct permission_request *request)
{
	const struct consents_settings *settings = &request->consents->settings;

	return !request->is_home && settings->hop_addresses &&
	       request->kind != PERMISSION_REQUEST_TRIGGER &&
	       asking_has_rate(&settings->asking.destination);
}

void permission_request_send(struct permission_request *request)
{
	struct edge *edge = request->consents->settings.edge;

	request->is_queued = false;
	request->leg.still_permitted = permission_request_still_wanted;
	request->leg.ended = permission_request_ended;
	request->leg.may_repeat = may_repeat;
	request->leg.owner = request;
	if (!needs_networks(request)) {
		ask_to_leave(request);
		return;
	}
	request->leg.may_reach = may_reach;
	request->probe =
		(struct leg){.template = &request->template,
			     .request_uri = request->leg.request_uri,
			     .call_id = request->leg.call_id,
			     .cseq = 1,
			     .still_permitted = permission_request_still_wanted,
			     .found = probe_found,
			     .ended = probe_ended,
			     .owner = request};
	edge_send(edge, &request->probe);
}
