#include "api/handlers.h"

#include "api/bodies.h"
#include "api/json.h"
#include "api/permission_view.h"
#include "api/time_format.h"
#include "api/told.h"
#include "server/base/log.h"

#define NOUN PERMISSION_NOUN

/** The scopes of a filter, made canonical as the rows are. */
static bool filter_scopes(struct exchange *exchange,
			  struct permission_filter *filter)
{
	return exchange_scope(exchange, "sender", &filter->sender) &&
	       exchange_domain(exchange, &filter->domain) &&
	       exchange_target(exchange, "target", &filter->target) &&
	       exchange_recipient(exchange, "recipient", &filter->recipient);
}

static bool filter_kind(struct exchange *exchange,
			struct permission_filter *filter)
{
	const char *kind = params_value(&exchange->params, "kind");
	char room[KINDS_TEXT_ROOM];
	struct kinds kinds;

	if (!kind)
		return true;
	if (!kinds_read(kind, &kinds) || kinds.set == KINDS_ALL ||
	    strcmp(kinds_text(kinds, room), kind) != 0 || strchr(kind, ','))
		return respond_bad_parameter(
			exchange, "kind",
			"must be one such as message or call");
	filter->kind = kind;
	return true;
}

static bool filter_question(struct exchange *exchange,
			    struct permission_filter *filter)
{
	static const char *const words[] = {"pending", "not-reached", "waiting",
					    "error"};
	const char *word = params_value(&exchange->params, "question");

	for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			filter->question = words[i];
	return !word || filter->question ||
	       respond_bad_parameter(exchange, "question",
				     "must be pending, not-reached, waiting "
				     "or error");
}

static bool filter_read(struct exchange *exchange,
			struct permission_filter *ret)
{
	static const char *const known[] = {
		"sender",      "target",       "recipient", "state",
		"origin",      "kind",	       "limit",	    "after",
		"ends_before", "asked_before", "question",  "domain",
		NULL};
	const char *state = params_value(&exchange->params, "state");
	const char *origin = params_value(&exchange->params, "origin");
	enum permission_state is_state;
	enum permission_origin is_origin;

	*ret = (struct permission_filter){
		.state = -1, .origin = -1, .now = exchange->now};
	if (!exchange_knows(exchange, known))
		return false;
	if (state && !strcmp(state, "expired")) {
		ret->state = PERMISSION_EXPIRED;
	} else if (state) {
		if (!permission_state_from(state, &is_state))
			return respond_bad_parameter(
				exchange, "state",
				"must be pending, waiting, "
				"error, denied, granted or "
				"expired");
		ret->state = (int)is_state;
	}
	if (!filter_kind(exchange, ret) || !filter_question(exchange, ret) ||
	    !exchange_time(exchange, "ends_before", &ret->ends_before) ||
	    !exchange_time(exchange, "asked_before", &ret->asked_before))
		return false;
	if (origin) {
		if (!permission_origin_from(origin, &is_origin))
			return respond_bad_parameter(
				exchange, "origin",
				"must be recipient, admin or import");
		ret->origin = (int)is_origin;
	}
	return filter_scopes(exchange, ret);
}

static enum err list_add(const struct exchange *exchange, struct store *store,
			 const struct permission *row, struct listing *listing)
{
	struct open_question open;
	enum err err = permission_open_question(store, row, &open);

	if (!err)
		listing_add(listing, row->id,
			    json_permission(row, &open, exchange->now));
	return err;
}

static enum err list_fill(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct permission_filter of = *(const struct permission_filter *)filter;
	struct permission *rows;
	size_t n;
	enum err err;

	of.page = listing_page(listing);
	err = store_permission_list(store, &of, exchange->arena, &rows, &n);
	for (size_t i = 0; !err && i < n; i++)
		err = list_add(exchange, store, &rows[i], listing);
	return err;
}

void permissions_list(struct exchange *exchange)
{
	struct permission_filter filter;

	if (filter_read(exchange, &filter))
		respond_listing(exchange, list_fill, &filter, NOUN);
}

static enum err permission_look(struct exchange *exchange, struct store *store,
				void *ret)
{
	struct permission_view *view = ret;
	enum err err = store_permission_get(store, exchange->id,
					    exchange->arena, &view->row);

	return err ? err : permission_view_fill(exchange, store, view);
}

void permission_get(struct exchange *exchange)
{
	struct permission_view view;

	if (exchange_read(exchange, permission_look, &view, NOUN))
		respond_permission(exchange, 200, &view);
}

static enum err past_fill(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct past_decision *rows;
	struct permission row;
	size_t n;
	enum err err = store_permission_get(store, exchange->id,
					    exchange->arena, &row);

	(void)filter;
	if (!err)
		err = store_permission_past(store, exchange->id,
					    exchange->arena, &rows, &n);
	for (size_t i = (size_t)listing->after; !err && i < n; i++)
		listing_add(listing, (int64_t)i + 1, json_past(&rows[i]));
	return err;
}

void permission_history(struct exchange *exchange)
{
	static const char *const known[] = {"limit", "after", NULL};

	if (exchange_knows(exchange, known))
		respond_listing(exchange, past_fill, NULL, NOUN);
}

/** A change on its way to the writer. */
struct permission_job {
	struct write_job job; /* first: the writer hands it back */
	const struct exchange *exchange;
	struct permission_change change;
	struct told told; /**< of a deny that the recipient told them */
	struct permission_result result;
	struct permission_view view; /**< but of one that is gone */
};

/** The recipient said so, to an operator. */
static bool is_told(const struct permission_job *put)
{
	return put->change.actor == ORIGIN_RECIPIENT;
}

static enum err change_run(struct store *store, struct write_job *job)
{
	struct permission_job *put = (struct permission_job *)job;
	struct arena *arena = put->exchange->arena;
	enum err err = is_told(put) ? store_permission_told(store, &put->change,
							    &put->told, arena,
							    &put->result)
				    : store_permission_set(store, &put->change,
							   arena, &put->result);

	if (err || put->change.event == EVENT_REMOVED)
		return err;
	put->view.row = put->result.row;
	return permission_view_fill(put->exchange, store, &put->view);
}

/** 409: no kind is in two permissions of the same three. */
static void respond_kinds_taken(struct exchange *exchange,
				const struct permission_job *put)
{
	const struct permission *row = &put->result.was;
	char room[KINDS_TEXT_ROOM];

	respond_problem(
		exchange,
		&(struct problem){
			.status = 409,
			.reason = "kinds-taken",
			.permission = row->id,
			.detail = arena_printf(
				exchange->arena,
				put->change.id
					? "Permission %lld is for %s only."
					: "Permission %lld is for some of "
					  "these "
					  "already (%s). Name the others "
					  "alone, "
					  "or change that one.",
				(long long)row->id,
				kinds_text(kinds_or_message(row->kinds),
					   room))});
}

/** Of one that the recipient told them. */
static bool respond_told(struct exchange *exchange,
			 const struct permission_job *put, enum err err)
{
	if (!is_told(put))
		return false;
	if (err == ERR_FORBIDDEN)
		respond_told_too_many(exchange, &put->told);
	else if (err == ERR_FULL || err == ERR_IO)
		respond_told_unwritten(exchange);
	else
		return false;
	return true;
}

/** Have the change made; responds itself when it fails. */
static bool change_call(struct exchange *exchange, struct permission_job *put)
{
	if (is_told(put) && !told_begin(exchange, &put->told))
		return false;
	put->job.run = change_run;
	put->job.goes_first = put->change.event == EVENT_DENY ||
			      put->change.event == EVENT_REMOVED;
	if (put->change.event == EVENT_DENY)
		put->job.door = DENY_BY_REST;
	put->exchange = exchange;
	if (put->change.id)
		put->change.if_match = exchange_tags(exchange);
	put->change.now = exchange->now;
	enum err err = exchange_write(exchange, &put->job);

	if (err == ERR_CONFLICT) {
		respond_opposed(exchange, &put->result, put->change.recipient);
		return false;
	}
	if (err == ERR_EXISTS) {
		respond_kinds_taken(exchange, put);
		return false;
	}
	if (err == ERR_TIMEOUT) {
		respond_not_in_force(exchange, " Repeat the request.");
		return false;
	}
	if (err && !respond_told(exchange, put, err))
		respond_err(exchange, err, NOUN);
	return !err;
}

static enum permission_event event_of(enum permission_state state)
{
	if (state == PERMISSION_GRANTED)
		return EVENT_GRANT;
	return state == PERMISSION_DENIED ? EVENT_DENY : EVENT_ADDED;
}

/** What the body asks for, as a change. */
static struct permission_change change_of(const struct permission_body *body,
					  int64_t now)
{
	return (struct permission_change){
		.sender = body->sender,
		.target = body->target,
		.recipient = body->recipient,
		.recipient_uri = body->recipient_uri,
		.kinds = body->kinds,
		.event = event_of(body->state),
		.actor = body->origin,
		.evidence = body->evidence,
		.expires_at = body->expires_at,
		.term_s = body->has_term ? &body->term_s : NULL,
		.ask_due_at = now};
}

/** Tell the log and, when somebody is to be asked, the sweep. */
static void change_tell(const struct exchange *exchange,
			const struct permission_result *result)
{
	const struct api_settings *settings = &exchange->api->settings;
	const struct permission *after = &result->row;
	char room[KINDS_TEXT_ROOM];

	if (!result->is_new && !strcmp(result->was.etag, after->etag))
		log_event(LOG_EVENT_PERMISSION_UNCHANGED, NULL,
			  "permission=%lld", (long long)after->id);
	else
		log_event(LOG_EVENT_PERMISSION_CHANGED, NULL,
			  "by=%s permission=%lld state=%s recipient=%s "
			  "sender=%s target=%s kinds=%s%s",
			  permission_origin_name(after->origin),
			  (long long)after->id,
			  permission_state_name(after->state),
			  log_text(after->recipient), log_text(after->sender),
			  log_text(after->target),
			  permission_kinds_text(after, room),
			  told_log_text(exchange, after));
	if ((after->state == PERMISSION_PENDING ||
	     after->notice == NOTICE_DUE || after->recorded_by) &&
	    settings->wake)
		settings->wake(settings->arg);
}

void permissions_post(struct exchange *exchange)
{
	struct body_rules rules = exchange_body_rules(exchange);
	struct permission_body body;
	struct problem problem;

	if (permission_body_read(text_view(&exchange->body), &rules,
				 exchange->arena, &body, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	struct permission_job put = {.change = change_of(&body, exchange->now)};

	if (!change_call(exchange, &put))
		return;
	change_tell(exchange, &put.result);
	if (put.result.is_new)
		exchange->location =
			arena_printf(exchange->arena, "/v1/permissions/%lld",
				     (long long)put.result.row.id);
	respond_permission(exchange, put.result.is_new ? 201 : 200, &put.view);
}

void permission_patch(struct exchange *exchange)
{
	struct body_rules rules = exchange_body_rules(exchange);
	struct permission_body body;
	struct problem problem;

	if (permission_patch_read(text_view(&exchange->body), &rules,
				  exchange->arena, &body, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	struct permission_job put = {.change = change_of(&body, exchange->now)};

	put.change.id = exchange->id;
	if (!change_call(exchange, &put))
		return;
	change_tell(exchange, &put.result);
	respond_permission(exchange, 200, &put.view);
}

void permission_delete(struct exchange *exchange)
{
	struct permission_job put = {.change = {.id = exchange->id,
						.event = EVENT_REMOVED,
						.actor = ORIGIN_ADMIN,
						.expires_at = -1}};
	char room[KINDS_TEXT_ROOM];

	if (!change_call(exchange, &put))
		return;
	log_event(LOG_EVENT_PERMISSION_CHANGED, NULL,
		  "by=admin permission=%lld state=removed recipient=%s "
		  "sender=%s target=%s kinds=%s",
		  (long long)exchange->id, log_text(put.result.was.recipient),
		  log_text(put.result.was.sender),
		  log_text(put.result.was.target),
		  permission_kinds_text(&put.result.was, room));
	respond_no_content(exchange);
}
