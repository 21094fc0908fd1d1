/* Conferences: made, looked at, changed and ended by REST. */
#include "api/handlers.h"

#include "api/bodies.h"
#include "api/conference_bodies.h"
#include "api/conference_order.h"
#include "api/json.h"
#include "api/json_conferences.h"

#define NOUN "conference"
#define CHUNK 32 /* conferences that the loop looks at in one turn */

/* ---- list
 * ---------------------------------------------------------------------- */

/** One of a list: its strings, and how many parties it has. */
struct short_view {
	struct conference_view view;
	size_t counts[PARTY_STATES];
};
struct list_look {
	struct conferences *conferences;
	struct conference_filter filter;
	struct arena *arena; /**< of the call */
	struct short_view *rows;
	size_t n;
};

static void list_add(void *arg, const struct conference_view *conference)
{
	struct list_look *look = arg;
	struct conference_view without = *conference;
	struct short_view *row = &look->rows[look->n++];

	without.n_parties = 0;
	row->view = *conference_copy(look->arena, &without);
	conference_count(conference, row->counts);
}

static void list_run(struct loop_call *call, void *arg)
{
	struct list_look *look = arg;

	look->arena = loop_call_arena(call);
	look->n = 0;
	if (look->arena) {
		look->rows =
			arena_array(look->arena, CHUNK, sizeof(*look->rows));
		conferences_list(look->conferences, &look->filter, list_add,
				 look);
	}
	loop_call_done(call, look->rows);
}

static bool filter_read(struct exchange *exchange,
			struct conference_filter *ret)
{
	static const char *const known[] = {"service", "sender", "state",
					    "limit",   "after",	 NULL};
	const char *state = params_value(&exchange->params, "state");

	*ret = (struct conference_filter){
		.service = params_value(&exchange->params, "service"),
		.limit = CHUNK};
	if (!exchange_knows(exchange, known) ||
	    !exchange_aor(exchange, "sender", &ret->sender))
		return false;
	if (state && !strcmp(state, "live"))
		ret->age = CONFERENCES_RUNNING;
	else if (state && !strcmp(state, "ended"))
		ret->age = CONFERENCES_OVER;
	else if (state)
		return respond_bad_parameter(exchange, "state",
					     "must be live or ended");
	return true;
}

/** The next rows of a list.  @return false: it was refused */
static bool list_fill(struct exchange *exchange, struct list_look *look,
		      struct listing *listing)
{
	const struct loop_order order = {list_run, look};
	const void *rows;

	look->filter.after = (uint64_t)listing->last;
	if (!exchange_loop(exchange, &order, &rows))
		return false;
	for (size_t i = 0; i < look->n && !listing->has_more; i++)
		listing_add(listing, (int64_t)look->rows[i].view.number,
			    json_conference_short(&look->rows[i].view,
						  look->rows[i].counts));
	return true;
}

void conferences_list_get(struct exchange *exchange)
{
	struct list_look look = {.conferences =
					 exchange->api->settings.conferences};
	struct listing listing;

	if (!filter_read(exchange, &look.filter) ||
	    !listing_open(exchange, &listing))
		return;
	do {
		if (look.conferences && !list_fill(exchange, &look, &listing)) {
			json_decref(listing.items);
			return;
		}
	} while (!listing.has_more && look.n == CHUNK);
	listing_close(&listing, exchange);
}

/* ---- one
 * -------------------------------------------------------------------------- */

static void respond_conference(struct exchange *exchange, int status,
			       const struct conference_view *conference)
{
	conference_tag(exchange, conference);
	respond_json(exchange, status, json_conference(conference));
}

static void create(struct conferences *conferences,
		   const struct conference_request *request,
		   conference_done_fn *done, void *arg)
{
	conferences_create(conferences, request->order, done, arg);
}

void conferences_post(struct exchange *exchange)
{
	struct conference_order order;
	const struct conference_request request = {.give = create,
						   .order = &order};
	const struct conference_result *result;
	struct problem problem;

	if (conference_body_read(text_view(&exchange->body), exchange->arena,
				 &order, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	order.token = ADMIN_TOKEN_NAME;
	if (!conference_ask(exchange, &request, &result))
		return;
	exchange->location = arena_printf(exchange->arena, "/v1/conferences/%s",
					  result->conference->id);
	respond_conference(exchange, 201, result->conference);
}

void conference_get(struct exchange *exchange)
{
	const struct conference_view *conference;

	if (conference_fetch(exchange, &conference))
		respond_conference(exchange, 200, conference);
}

static void change(struct conferences *conferences,
		   const struct conference_request *request,
		   conference_done_fn *done, void *arg)
{
	conference_change(conferences, request->id, request->order, done, arg);
}

void conference_patch(struct exchange *exchange)
{
	struct conference_patch patch;
	const struct conference_request request = {.give = change,
						   .id = exchange->conference,
						   .order = &patch,
						   .exchange = exchange};
	const struct conference_result *result;
	struct problem problem;

	if (conference_patch_read(text_view(&exchange->body), exchange->arena,
				  &patch, &problem))
		respond_problem(exchange, &problem);
	else if (conference_ask(exchange, &request, &result))
		respond_conference(exchange, 200, result->conference);
}

static void end(struct conferences *conferences,
		const struct conference_request *request,
		conference_done_fn *done, void *arg)
{
	conference_end(conferences, request->id, done, arg);
}

void conference_delete(struct exchange *exchange)
{
	const struct conference_request request = {
		.give = end, .id = exchange->conference, .exchange = exchange};
	const struct conference_result *result;

	if (!conference_ask(exchange, &request, &result))
		return;
	if (result->conference->state == CONFERENCE_ENDED)
		respond_no_content(exchange);
	else
		respond_conference(exchange, 202, result->conference);
}

/** Its events are those of all, but for what is of others. */
void conference_events(struct exchange *exchange)
{
	const struct conference_view *conference;

	if (!conference_fetch(exchange, &conference))
		return;
	exchange->etag = NULL;
	events_get(exchange);
}
