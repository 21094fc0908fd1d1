#include "api/conference_order.h"

#include "api/json_conferences.h"

#define NOUN "conference"

static const char *tag_of(struct arena *arena,
			  const struct conference_view *conference)
{
	return arena_printf(arena, "%llx",
			    (unsigned long long)conference->version);
}

void conference_tag(struct exchange *exchange,
		    const struct conference_view *conference)
{
	exchange->etag = tag_of(exchange->arena, conference);
}

/* ---- on the loop's thread ---------------------------------------------------
 */

static const char *const *strings_copy(struct arena *arena,
				       const char *const *from, size_t n)
{
	const char **copy = arena_array(arena, n + 1, sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, from[i]);
	return copy;
}

/** The conference's done(): copy the result for who waits. */
static void on_done(void *arg, const struct conference_result *result)
{
	struct loop_call *call = arg;
	struct arena *arena = loop_call_arena(call);
	struct conference_result *copy;
	uint64_t *added;

	if (!arena) {
		loop_call_done(call, NULL);
		return;
	}
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = *result;
	copy->missing = strings_copy(arena, result->missing, result->n_missing);
	added = arena_array(arena, result->n_added + 1, sizeof(*added));
	if (result->n_added)
		memcpy(added, result->added, result->n_added * sizeof(*added));
	copy->added = added;
	if (result->conference)
		copy->conference = conference_copy(arena, result->conference);
	loop_call_done(call, copy);
}

struct tag_look {
	const struct exchange *exchange;
	bool is_other;
};

static void look_at_tag(void *arg, const struct conference_view *conference)
{
	struct tag_look *look = arg;
	struct arena *arena = arena_new(0);

	look->is_other =
		!exchange_if_match(look->exchange, tag_of(arena, conference));
	arena_free(arena);
}

/** Has it changed since the client read it? */
static bool is_stale(struct conferences *conferences,
		     const struct conference_request *request)
{
	struct tag_look look = {.exchange = request->exchange};

	if (request->id && request->exchange)
		(void)conferences_look(conferences, request->id, look_at_tag,
				       &look);
	return look.is_other;
}

struct work {
	struct conferences *conferences;
	const struct conference_request *request;
};

static void give_run(struct loop_call *call, void *arg)
{
	static const struct conference_result stale = {.err = ERR_PRECONDITION,
						       .index = SIZE_MAX};
	const struct work *work = arg;

	if (is_stale(work->conferences, work->request))
		on_done(call, &stale);
	else
		work->request->give(work->conferences, work->request, on_done,
				    call);
}

/* ---- refusals
 * ---------------------------------------------------------------- */

const char *phrase_sentence(struct arena *arena, const char *phrase)
{
	char *text = arena_printf(arena, "%s.", phrase);

	for (char *at = text; *at && at[1]; at++) {
		bool is_begin = at > text && at[-1] == ' ';

		if (is_begin && *at >= 'A' && *at <= 'Z' &&
		    !(at[1] >= 'A' && at[1] <= 'Z'))
			*at = (char)(*at - 'A' + 'a');
	}
	return text;
}

static void refuse_entry(struct exchange *exchange,
			 const struct conference_result *result)
{
	struct problem problem = {.status = 422,
				  .reason = "field",
				  .field = "parties",
				  .detail = err_text(result->err)};

	if (result->index != SIZE_MAX) {
		problem.entry = (int)result->index + 1;
		problem.field = arena_printf(exchange->arena,
					     "parties[%zu].uri", result->index);
	}
	if (result->reason)
		problem.detail =
			phrase_sentence(exchange->arena, result->reason);
	respond_problem(exchange, &problem);
}

static void refuse_missing(struct exchange *exchange,
			   const struct conference_result *result)
{
	respond_problem(
		exchange,
		&(struct problem){
			.status = 409,
			.reason = "consent-needed",
			.missing = result->missing,
			.n_missing = result->n_missing,
			.detail = "Not everybody has permitted to be called; "
				  "nobody was called."});
}

static const char *detail_of(const struct exchange *exchange,
			     const struct conference_result *result)
{
	return result->reason ? phrase_sentence(exchange->arena, result->reason)
			      : err_text(result->err);
}

static void refuse(struct exchange *exchange, int status, const char *reason,
		   const struct conference_result *result)
{
	respond_problem(
		exchange,
		&(struct problem){.status = status,
				  .reason = reason,
				  .retry_after_s = result->retry_after_s,
				  .detail = detail_of(exchange, result)});
}

static void refuse_sender(struct exchange *exchange)
{
	respond_problem(
		exchange,
		&(struct problem){.status = 403,
				  .reason = "sender",
				  .detail = "REST may not call in the name of "
					    "this sender: conference { "
					    "rest-senders } does not have "
					    "them."});
}

/** What is not there. */
static const char *noun_of(const struct exchange *exchange)
{
	if (exchange->id)
		return "party";
	return exchange->conference && exchange->conference[0]
		       ? NOUN
		       : "service that takes calls";
}

static void refuse_result(struct exchange *exchange,
			  const struct conference_result *result)
{
	switch ((int)result->err) {
	case ERR_SYNTAX:
	case ERR_CHARSET:
	case ERR_SCHEME:
	case ERR_HOSTILE:
	case ERR_UNSUPPORTED:
	case ERR_TOO_LARGE:
		refuse_entry(exchange, result);
		break;
	case ERR_AUTHENTICATE:
		refuse_missing(exchange, result);
		break;
	case ERR_FORBIDDEN:
		refuse_sender(exchange);
		break;
	case ERR_CONFLICT:
		refuse(exchange, 409, "conference", result);
		break;
	case ERR_BUSY:
		refuse(exchange, 429, "limit", result);
		break;
	case ERR_UNKNOWN:
		respond_err(exchange, result->err, noun_of(exchange));
		break;
	default:
		respond_err(exchange, result->err, NOUN);
		break;
	}
}

/* ---- on the thread of REST
 * ----------------------------------------------------- */

bool exchange_loop(struct exchange *exchange, const struct loop_order *order,
		   const void **ret)
{
	enum err err;

	arena_free(exchange->answer);
	exchange->answer = NULL;
	err = loop_call(exchange->api->loop_calls, order, &exchange->answer,
			ret);
	if (!err)
		return true;
	exchange->is_unsure = err == ERR_TIMEOUT;
	respond_err(exchange, err, NOUN);
	return false;
}

bool conference_ask(struct exchange *exchange,
		    const struct conference_request *request,
		    const struct conference_result **ret)
{
	struct work work = {exchange->api->settings.conferences, request};
	const struct loop_order order = {give_run, &work};
	const struct conference_result *result;
	const void *answer;

	if (!work.conferences) {
		respond_err(exchange, ERR_UNKNOWN, NOUN);
		return false;
	}
	if (!exchange_loop(exchange, &order, &answer))
		return false;
	result = answer;
	if (result->err) {
		refuse_result(exchange, result);
		return false;
	}
	*ret = result;
	return true;
}

static void measure(struct conferences *conferences,
		    const struct conference_request *request,
		    conference_done_fn *done, void *arg)
{
	conference_measure(conferences, request->id, done, arg);
}

bool conference_fetch(struct exchange *exchange,
		      const struct conference_view **ret)
{
	const struct conference_request request = {.give = measure,
						   .id = exchange->conference};
	const struct conference_result *result;

	if (!conference_ask(exchange, &request, &result))
		return false;
	*ret = result->conference;
	conference_tag(exchange, result->conference);
	return true;
}
