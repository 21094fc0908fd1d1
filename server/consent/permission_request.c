#include "db/permission_requests.h"
#include "db/permissions.h"
#include "policies/match.h"
#include "server/consent/permission_request_private.h"

/* ---- the list ----------------------------------------------------------- */

static void permission_request_link(struct consents *consents,
				    struct permission_request *request)
{
	struct permission_request **end = &consents->requests;

	while (*end) {
		request->prev = *end;
		end = &(*end)->next;
	}
	*end = request;
	consents->n_requests++;
}

/** The request of its domain to its recipient that is out now, if any. */
static struct permission_request *
permission_request_out(struct consents *consents,
		       const struct permission_request *next)
{
	for (struct permission_request *request = consents->requests; request;
	     request = request->next) {
		if (!request->is_queued && request != next &&
		    domains_are_one(&consents->settings.places.domains,
				    request->target, next->target) &&
		    uri_keys_name_one(request->recipient, next->recipient))
			return request;
	}
	return NULL;
}

void permission_request_end(struct permission_request *request)
{
	struct consents *consents = request->consents;
	struct permission_request *next = request->next;

	if (request->next)
		request->next->prev = request->prev;
	if (request->prev)
		request->prev->next = request->next;
	else
		consents->requests = request->next;
	consents->n_requests--;
	for (; next; next = next->next) {
		if (next->is_queued &&
		    domains_are_one(&consents->settings.places.domains,
				    next->target, request->target) &&
		    uri_keys_name_one(next->recipient, request->recipient)) {
			permission_request_send(next);
			break;
		}
	}
	arena_free(request->arena);
	sweep_start(consents); /* there is room again */
}

void permission_requests_replied(struct consents *consents, int64_t permission)
{
	for (struct permission_request *request = consents->requests; request;
	     request = request->next) {
		if (request->permission == permission &&
		    request->kind != PERMISSION_REQUEST_TRIGGER)
			request->is_void = true;
	}
}

void permission_requests_denied(struct consents *consents,
				const struct permission *deny)
{
	bool any = false;

	for (struct permission_request *request = consents->requests; request;
	     request = request->next) {
		struct permission row = {.sender = request->sender,
					 .target = request->target,
					 .recipient = request->recipient};

		if (request->kind == PERMISSION_REQUEST_TRIGGER ||
		    (!deny->all_kinds &&
		     !kinds_overlap(deny->kinds, request->kinds)) ||
		    !domains_are_one(&consents->settings.places.domains,
				     deny->target, row.target) ||
		    (!match_within(deny, &row) && !match_within(&row, deny)))
			continue;
		request->is_void = any = true;
	}
	/* One may wait for a stream; the response to the deny comes after this.
	 */
	if (any)
		edge_quiesce(consents->settings.edge);
}

void permission_requests_stop(struct consents *consents)
{
	for (struct permission_request *request = consents->requests; request;
	     request = request->next) {
		if (request->job.is_out)
			continue;
		edge_drop(consents->settings.edge, &request->probe);
		edge_drop(consents->settings.edge, &request->leg);
	}
}

void permission_requests_free(struct consents *consents)
{
	struct permission_request *next;

	for (struct permission_request *request = consents->requests; request;
	     request = next) {
		next = request->next;
		arena_free(request->arena);
	}
}

/* ---- its turn -------------------------------------------------------------
 */

bool permission_request_still_wanted(struct leg *leg)
{
	const struct permission_request *request = leg->owner;
	const struct consents_settings *settings = &request->consents->settings;
	const struct permission row = {.sender = request->sender,
				       .target = request->target,
				       .recipient = request->recipient,
				       .kinds = request->kinds};

	if (request->is_void)
		return false;
	/* A deny by SIP or REST; a trigger is about a deny itself. */
	return request->kind == PERMISSION_REQUEST_TRIGGER ||
	       !settings->index ||
	       !index_silences(settings->index, &row,
			       loop_wall_s(settings->loop));
}

/** A trigger asks about any row, but not about one that was denied since; a
 *  renewal about the very grant that ends. */
static bool is_wanted(const struct permission_request *request,
		      const struct permission *row)
{
	if (request->kind == PERMISSION_REQUEST_RENEWAL)
		return permission_is_current(row, request->now) &&
		       strcmp(row->etag, request->etag) == 0;
	if (request->kind == PERMISSION_REQUEST_TRIGGER)
		return row->state != PERMISSION_DENIED ||
		       strcmp(row->etag, request->etag) == 0;
	return row->state == PERMISSION_PENDING ||
	       row->state == PERMISSION_WAITING;
}

/**
 * A request that waited is checked again, like a leg: its permission may have
 * been granted, denied or deleted by SIP or REST, or a wider deny may stand.
 * What comes after this voids it (permission_requests_replied()).
 */
enum err permission_request_check(struct store *store,
				  struct permission_request *request,
				  struct permission *ret)
{
	struct permission_found deny = {.arena = request->arena};
	enum err err = store_permission_get(store, request->permission,
					    request->arena, ret);

	if (!err && request->kind != PERMISSION_REQUEST_TRIGGER) {
		err = permission_request_opposed(store, ret, request->now,
						 &deny);
		if (!err)
			return ERR_CONFLICT;
		if (err == ERR_UNKNOWN)
			err = ERR_OK;
	}
	if (!err && !is_wanted(request, ret))
		err = ERR_CONFLICT;
	return err;
}

/* ---- making one -----------------------------------------------------------
 */

int64_t *permission_requests_away(const struct consents *consents,
				  struct arena *arena, size_t *ret_n)
{
	int64_t *away =
		arena_array(arena, consents->n_requests + 1, sizeof(*away));
	size_t n = 0;

	for (struct permission_request *request = consents->requests; request;
	     request = request->next) {
		if (request->kind != PERMISSION_REQUEST_TRIGGER)
			away[n++] = request->permission;
	}
	*ret_n = n;
	return away;
}

static struct permission_request *
permission_request_new(struct consents *consents,
		       const struct permission_request_order *order)
{
	const struct permission *row = order->row;
	struct arena *arena = arena_new(0);
	struct permission_request *request =
		arena_alloc(arena, sizeof(*request));

	request->arena = arena;
	request->consents = consents;
	request->permission = row->id;
	request->sender = arena_strdup(arena, row->sender);
	request->target = arena_strdup(arena, row->target);
	request->recipient = arena_strdup(arena, row->recipient);
	request->kinds = row->kinds;
	if (row->kinds.name)
		request->kinds.name = arena_strdup(arena, row->kinds.name);
	request->owner = arena_strdup(arena, order->owner);
	request->etag = arena_strdup(arena, row->etag);
	request->kind = order->kind;
	request->tokens = order->tokens;
	request->sent.ask = order->ask;
	request->room = INT64_MAX;
	request->is_home = question_is_home(&consents->settings.asking,
					    request->recipient);
	return request;
}

/** It cannot be sent to at all. */
static void permission_request_fail(struct permission_request *request,
				    enum err err)
{
	request->leg.state = LEG_ENDED;
	request->leg.status = uri_err_status(err);
	request->reason = arena_printf(
		request->arena, "not a URI to send to: %s", err_text(err));
	if (request->kind == PERMISSION_REQUEST_TRIGGER)
		permission_request_end(request);
	else
		permission_request_record_outcome(request);
}

void permission_request_begin(struct consents *consents,
			      const struct permission_request_order *order)
{
	struct permission_request *request =
		permission_request_new(consents, order);
	enum err err;

	request->is_queued = permission_request_out(consents, request) != NULL;
	permission_request_link(consents, request);
	err = permission_request_write(request, order->row, &order->tokens);
	if (err) {
		permission_request_fail(request, err);
		return;
	}
	/* RFC 3428 section 8: one outstanding MESSAGE a URI. */
	if (!request->is_queued)
		permission_request_send(request);
}
