#include "api/permission_view.h"

#include "api/json.h"
#include "api/time_format.h"
#include "server/base/log.h"

enum err permission_open_question(struct store *store,
				  const struct permission *row,
				  struct open_question *ret)
{
	*ret = (struct open_question){0};
	if (!row->id || row->state == PERMISSION_GRANTED ||
	    row->state == PERMISSION_DENIED)
		return ERR_OK;
	return store_question_open(store, row->id, ret);
}

enum err permission_view_fill(const struct exchange *exchange,
			      struct store *store, struct permission_view *view)
{
	const struct question_turn turn = {
		.row = &view->row,
		.limits = &exchange->api->settings.asking,
		.now = exchange->now};

	return store_question_look(store, &turn, exchange->arena, &view->look);
}

void respond_permission(struct exchange *exchange, int status,
			const struct permission_view *view)
{
	json_t *object =
		json_permission(&view->row, &view->look.open, exchange->now);

	json_put(object, "limits",
		 json_limits(&view->row, &view->look, exchange->now));
	exchange->etag = view->row.etag;
	respond_json(exchange, status, object);
}

/** 409: who stands in the way, and who alone can change it. */
static void respond_deny_stands(struct exchange *exchange,
				const struct permission *row)
{
	char at[TIME_LEN];

	count(exchange->api->settings.counters, COUNT_DENY_OVERRIDES_REFUSED);
	log_event(LOG_EVENT_DENY_OVERRIDE_REFUSED, NULL,
		  "permission=%lld recipient=%s", (long long)row->id,
		  log_text(row->recipient));
	time_format(row->changed_at, at);
	respond_problem(
		exchange,
		&(struct problem){
			.status = 409,
			.reason = "recipient-denied",
			.permission = row->id,
			.detail = arena_printf(
				exchange->arena,
				"%s denied %s through %s at %s. Only the "
				"recipient can take a deny back, from their "
				"own phone.",
				row->recipient, row->sender, row->target, at)});
}

/** The same, where nothing but the hash of the deny is known. */
static void respond_deny_recorded(struct exchange *exchange,
				  const char *recipient)
{
	count(exchange->api->settings.counters, COUNT_DENY_OVERRIDES_REFUSED);
	log_event(LOG_EVENT_DENY_OVERRIDE_REFUSED, NULL,
		  "permission=0 recipient=%s", log_text(recipient));
	respond_problem(
		exchange,
		&(struct problem){
			.status = 409,
			.reason = "recipient-denied",
			.detail = arena_printf(
				exchange->arena,
				"%s denied this; the database has lost it, but "
				"the record of revocations has not. Only the "
				"recipient can take a deny back.",
				recipient)});
}

void respond_opposed(struct exchange *exchange,
		     const struct permission_result *result,
		     const char *recipient)
{
	if (result->is_new)
		respond_deny_recorded(exchange, recipient);
	else
		respond_deny_stands(exchange, &result->was);
}
