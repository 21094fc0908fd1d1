#include "api/problem.h"

#include "api/exchange.h"
#include "api/json.h"
#include "server/base/log.h"

#define PROBLEM_TYPE "application/problem+json"
#define RETRY_S 5 /* a full queue is empty again long before */

const char *status_phrase(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 406:
		return "Not Acceptable";
	case 409:
		return "Conflict";
	case 412:
		return "Precondition Failed";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 421:
		return "Misdirected Request";
	case 422:
		return "Unprocessable Content";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	case 504:
		return "Gateway Timeout";
	case 507:
		return "Insufficient Storage";
	default:
		return status < 500 ? "Bad Request" : "Internal Server Error";
	}
}

/** RFC 9457 section 3.1.1: a URI for each kind of problem, which leads to its
 *  description.  Section 4.2.1: about:blank says no more than the status. */
static const char *problem_type(const struct exchange *exchange,
				const char *reason)
{
	return reason ? arena_printf(exchange->arena, "%s/openapi.yaml#%s",
				     exchange_base(exchange), reason)
		      : "about:blank";
}

static json_t *json_missing(const struct problem *problem)
{
	json_t *array = json_array();

	for (size_t i = 0; i < problem->n_missing; i++)
		json_array_append_new(array, json_text(problem->missing[i]));
	return array;
}

/** "entries[3].uri" as a JSON pointer: /entries/3/uri (RFC 6901). */
static const char *pointer_of(const struct exchange *exchange,
			      const char *field)
{
	struct text text;

	text_init(&text, exchange->arena);
	text_add(&text, "/");
	for (; *field; field++) {
		if (*field == '[' || *field == '.')
			text_add(&text, "/");
		else if (*field == '~' || *field == '/')
			text_add(&text, *field == '~' ? "~0" : "~1");
		else if (*field != ']')
			text_add_bytes(&text, field, 1);
	}
	return text.at;
}

void respond_problem(struct exchange *exchange, const struct problem *problem)
{
	json_t *document = json_object();

	json_put(document, "type",
		 json_text(problem_type(exchange, problem->reason)));
	json_put(document, "title",
		 json_string(status_phrase(problem->status)));
	json_put(document, "status", json_integer(problem->status));
	if (problem->detail)
		json_put(document, "detail", json_text(problem->detail));
	if (problem->reason)
		json_put(document, "reason", json_text(problem->reason));
	if (problem->field) {
		json_put(document, "field", json_text(problem->field));
		json_put(document, "pointer",
			 json_text(pointer_of(exchange, problem->field)));
	}
	if (problem->permission)
		json_put(document, "permission",
			 json_integer(problem->permission));
	if (problem->entry)
		json_put(document, "index", json_integer(problem->entry - 1));
	if (problem->errors)
		json_put(document, "errors", problem->errors);
	if (problem->n_missing)
		json_put(document, "missing", json_missing(problem));
	exchange->status = problem->status;
	exchange->content_type = PROBLEM_TYPE;
	exchange->retry_after_s = problem->retry_after_s;
	exchange->etag = NULL;
	if (!exchange_write_json(exchange, document))
		exchange->content = VIEW("{\"type\":\"about:blank\"}\n");
}

void respond_refusal(struct exchange *exchange, int status, const char *detail)
{
	respond_problem(exchange,
			&(struct problem){.status = status, .detail = detail});
}

bool respond_bad_parameter(struct exchange *exchange, const char *name,
			   const char *problem)
{
	respond_refusal(exchange, 400,
			arena_printf(exchange->arena, "The parameter %s %s.",
				     name, problem));
	return false;
}

void respond_not_in_force(struct exchange *exchange, const char *then)
{
	respond_problem(
		exchange,
		&(struct problem){
			.status = 503,
			.reason = "not-in-force",
			.retry_after_s = 1,
			.detail = arena_printf(
				exchange->arena,
				"The change is on disk, but the relay is too "
				"busy to say that it is in force: what was on "
				"its way may still leave.%s",
				then)});
}

/** Refusals that tell the client to come back. */
static void respond_later(struct exchange *exchange, enum err err)
{
	const char *detail = "The relay is stopping.";

	if (err == ERR_BUSY)
		detail = "Too much is waiting to be written; try again in a "
			 "moment.";
	else if (err == ERR_FULL)
		detail = "The disk of the relay is full; nothing was changed.";
	else if (err == ERR_IO)
		detail = "The store of the relay does not work; nothing was "
			 "changed.";
	log_event(LOG_EVENT_API_UNAVAILABLE, NULL,
		  "method=%s path=%s reason=%s", log_text(exchange->method),
		  log_text(exchange->path), log_text(err_text(err)));
	respond_problem(exchange, &(struct problem){.status = 503,
						    .reason = "store",
						    .detail = detail,
						    .retry_after_s = RETRY_S});
}

/* clang-format off */
static const int statuses[ERR_COUNT] = {
	[ERR_SYNTAX]       = 400,
	[ERR_CHARSET]      = 400,
	[ERR_TOO_LARGE]    = 413,
	[ERR_UNSUPPORTED]  = 415,
	[ERR_SCHEME]       = 422,
	[ERR_HOSTILE]      = 422,
	[ERR_UNKNOWN]      = 404,
	[ERR_EXISTS]       = 409,
	[ERR_CONFLICT]     = 409,
	[ERR_PRECONDITION] = 412,
	[ERR_AUTHENTICATE] = 401,
	[ERR_FORBIDDEN]    = 403,
	[ERR_BUSY]         = 429,
	[ERR_FULL]         = 507,
	[ERR_IO]           = 500,
	[ERR_UNREACHABLE]  = 502,
	[ERR_TIMEOUT]      = 504,
	[ERR_SHUTDOWN]     = 503,
};
/* clang-format on */

void respond_err(struct exchange *exchange, enum err err, const char *noun)
{
	struct problem problem = {.status = statuses[err]};

	switch ((int)err) {
	case ERR_UNKNOWN:
		problem.status = 404;
		problem.detail = arena_printf(exchange->arena,
					      "There is no such %s.", noun);
		break;
	case ERR_PRECONDITION:
		problem.status = 412;
		problem.reason = "etag";
		problem.detail = arena_printf(
			exchange->arena,
			"The %s has changed since you read it: read it again "
			"and use its new ETag.",
			noun);
		break;
	case ERR_BUSY:
	case ERR_FULL:
	case ERR_IO:
	case ERR_SHUTDOWN:
		respond_later(exchange, err);
		return;
	default:
		problem.detail = err_text(err);
		break;
	}
	respond_problem(exchange, &problem);
}
