/* Who is in a conference: called, removed, muted by REST. */
#include "api/handlers.h"

#include "api/conference_bodies.h"
#include "api/conference_order.h"
#include "api/json.h"
#include "api/json_conferences.h"

#define NOUN "party"

static void respond_party(struct exchange *exchange, int status,
			  const struct conference_view *conference, uint64_t id)
{
	const struct party_view *party = conference_party(conference, id);

	if (!party) {
		respond_err(exchange, ERR_UNKNOWN, NOUN);
		return;
	}
	conference_tag(exchange, conference);
	respond_json(exchange, status, json_party(party));
}

static const char *party_path(struct exchange *exchange, uint64_t id)
{
	return arena_printf(exchange->arena, "/v1/conferences/%s/parties/%llu",
			    exchange->conference, (unsigned long long)id);
}

void parties_list(struct exchange *exchange)
{
	static const char *const known[] = {"limit", "after", NULL};
	const struct conference_view *conference;
	struct listing listing;

	if (!exchange_knows(exchange, known) ||
	    !listing_open(exchange, &listing))
		return;
	if (!conference_fetch(exchange, &conference)) {
		json_decref(listing.items);
		return;
	}
	for (size_t i = 0; i < conference->n_parties && !listing.has_more;
	     i++) {
		const struct party_view *party = &conference->parties[i];

		if (party->id > (uint64_t)listing.after)
			listing_add(&listing, (int64_t)party->id,
				    json_party(party));
	}
	exchange->etag = NULL;
	listing_close(&listing, exchange);
}

void party_get(struct exchange *exchange)
{
	const struct conference_view *conference;

	if (conference_fetch(exchange, &conference))
		respond_party(exchange, 200, conference,
			      (uint64_t)exchange->id);
}

/* ---- who is called
 * ------------------------------------------------------------------ */

/** Those who were added; a single one has a place of its own. */
static void respond_added(struct exchange *exchange,
			  const struct conference_result *result)
{
	json_t *items = json_array(), *document = json_object();

	for (size_t i = 0; i < result->n_added; i++) {
		const struct party_view *party =
			conference_party(result->conference, result->added[i]);

		if (party)
			json_array_append_new(items, json_party(party));
	}
	if (result->n_added == 1)
		exchange->location = party_path(exchange, result->added[0]);
	conference_tag(exchange, result->conference);
	json_put(document, "items", items);
	respond_json(exchange, 201, document);
}

static void add(struct conferences *conferences,
		const struct conference_request *request,
		conference_done_fn *done, void *arg)
{
	conference_add(conferences, request->id, request->order, done, arg);
}

void parties_post(struct exchange *exchange)
{
	struct conference_addition addition;
	const struct conference_request request = {.give = add,
						   .id = exchange->conference,
						   .order = &addition,
						   .exchange = exchange};
	const struct conference_result *result;
	struct problem problem;

	if (addition_body_read(text_view(&exchange->body), exchange->arena,
			       &addition, &problem))
		respond_problem(exchange, &problem);
	else if (conference_ask(exchange, &request, &result))
		respond_added(exchange, result);
}

static void redial(struct conferences *conferences,
		   const struct conference_request *request,
		   conference_done_fn *done, void *arg)
{
	party_redial(conferences, request->id, request->party, done, arg);
}

void party_redial_post(struct exchange *exchange)
{
	const struct conference_request request = {
		.give = redial,
		.id = exchange->conference,
		.party = (uint64_t)exchange->id,
		.exchange = exchange};
	const struct conference_result *result;

	if (!conference_ask(exchange, &request, &result))
		return;
	if (!result->n_added) {
		respond_err(exchange, ERR_CONFLICT, NOUN);
		return;
	}
	exchange->location = party_path(exchange, result->added[0]);
	respond_party(exchange, 201, result->conference, result->added[0]);
}

/* ---- what is done to them
 * ------------------------------------------------------------ */

static void control(struct conferences *conferences,
		    const struct conference_request *request,
		    conference_done_fn *done, void *arg)
{
	party_change(conferences, request->id, request->order, done, arg);
}

void party_patch(struct exchange *exchange)
{
	struct party_patch patch;
	const struct conference_request request = {.give = control,
						   .id = exchange->conference,
						   .order = &patch,
						   .exchange = exchange};
	const struct conference_result *result;
	struct problem problem;

	if (party_patch_read(text_view(&exchange->body), exchange->arena,
			     &patch, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	patch.party = (uint64_t)exchange->id;
	if (conference_ask(exchange, &request, &result))
		respond_party(exchange, 200, result->conference,
			      (uint64_t)exchange->id);
}

static void boot(struct conferences *conferences,
		 const struct conference_request *request,
		 conference_done_fn *done, void *arg)
{
	const struct party_removal removal = {.actor.is_operator = true,
					      .party = request->party};

	party_remove(conferences, request->id, &removal, done, arg);
}

void party_delete(struct exchange *exchange)
{
	const struct conference_request request = {
		.give = boot,
		.id = exchange->conference,
		.party = (uint64_t)exchange->id,
		.exchange = exchange};
	const struct conference_result *result;

	if (conference_ask(exchange, &request, &result))
		respond_no_content(exchange);
}
