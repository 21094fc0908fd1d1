#include "server/base/log.h"
#include "server/message/relay_private.h"
#include "server/message/record.h"

/** Permission-Missing: no more names than this, and no more bytes in a line
 *  and in all; the list of the sender tells him the rest. */
#define MISSING_NAMES_MAX 100
#define MISSING_LINE_MAX 1000
#define MISSING_BYTES_MAX 8192
/** Of the names in the log line; log_view() cuts the last. */
#define NAMES_LOGGED 256

enum progress relay_refuse(struct relay *relay, int status, const char *reason)
{
	relay->response.status = status;
	relay->response.reason = reason;
	return PROGRESS_REFUSE;
}

void relay_response_header(struct relay *relay, struct view name,
			   struct view value)
{
	struct response_draft *draft = &relay->response;

	if (draft->n_headers <
	    sizeof(draft->headers) / sizeof(draft->headers[0]))
		draft->headers[draft->n_headers++] =
			(struct header){name, value};
}

enum progress relay_refuse_busy(struct relay *relay, int retry_after_s,
				const char *reason)
{
	char *value = arena_printf(relay->arena, "%d", retry_after_s);

	relay_response_header(relay, VIEW("Retry-After"), view_of(value));
	return relay_refuse(relay, 503, reason);
}

/* RFC 5360 section 5.9.3; RFC 8217: always in <>. */
static void add_missing(struct relay *relay, const bool *is_missing)
{
	size_t n_names = 0, bytes = 0;
	struct text line;

	text_init(&line, relay->arena);
	for (size_t i = 0; i < relay->recipients.n; i++) {
		const char *name = relay->recipients.at[i].name;
		size_t len = strlen(name) + 4;

		if (!is_missing[i])
			continue;
		if (n_names == MISSING_NAMES_MAX ||
		    bytes + len > MISSING_BYTES_MAX)
			break;
		if (line.len && line.len + len > MISSING_LINE_MAX) {
			relay_response_header(relay, VIEW("Permission-Missing"),
					      text_view(&line));
			text_init(&line, relay->arena);
		}
		text_add(&line, line.len ? ", <" : "<");
		text_add_bytes(&line, name, len - 4);
		text_add(&line, ">");
		bytes += len;
		n_names++;
	}
	if (line.len)
		relay_response_header(relay, VIEW("Permission-Missing"),
				      text_view(&line));
}

/** Who is missing: as many as a line takes; at debug the rest, each in a line
 *  of its own. */
void relay_log_missing(const struct relay *relay, enum log_event event,
		       const bool *is_granted)
{
	const struct request *request = relay->request;
	struct text names;
	size_t n = 0;

	text_init(&names, relay->arena);
	for (size_t i = 0; i < relay->recipients.n; i++) {
		const char *key = relay->recipients.at[i].key;

		if (is_granted[i])
			continue;
		n++;
		if (names.len <= NAMES_LOGGED) {
			text_add(&names, names.len ? " " : "");
			text_add(&names, key);
		}
		log_event(LOG_EVENT_RECIPIENT_WITHOUT_PERMISSION, request->id,
			  "recipient=%s", log_text(key));
	}
	log_event(event, request->id,
		  "missing=%zu of=%zu recipients=%s call-id=%s target=%s", n,
		  relay->recipients.n, log_view(text_view(&names)),
		  log_text(request->call_id), log_text(request->target_key));
}

enum progress relay_refuse_missing(struct relay *relay, const bool *is_missing)
{
	add_missing(relay, is_missing);
	count(relay->messages->settings.counters, COUNT_REFUSED_470);
	relay_log_missing(relay, LOG_EVENT_PERMISSION_MISSING,
			  relay->is_granted);
	return relay_refuse(relay, 470, "Consent Needed");
}

static void log_response(const struct relay *relay)
{
	const struct response_draft *draft = &relay->response;
	const struct request *request = relay->request;

	if (draft->status >= 300)
		log_event(LOG_EVENT_REFUSED, request->id,
			  "status=%d reason=%s call-id=%s target=%s",
			  draft->status,
			  log_text(draft->reason ? draft->reason : ""),
			  log_text(request->call_id),
			  log_text(request->target_key));
	else if (relay->accepted)
		log_event(LOG_EVENT_ACCEPTED, request->id,
			  "status=%d recipients=%zu journal=%lld call-id=%s",
			  draft->status, relay->recipients.n,
			  (long long)relay->accepted->entry.id,
			  log_text(request->call_id));
	else
		log_event(LOG_EVENT_DUPLICATE, request->id,
			  "status=%d call-id=%s", draft->status,
			  log_text(request->call_id));
}

enum progress relay_respond(struct relay *relay)
{
	const struct response_draft *draft = &relay->response;
	struct response response = {.status = draft->status,
				    .reason = draft->reason,
				    .headers = draft->headers,
				    .n_headers = draft->n_headers};

	if (relay->accepted)
		count(relay->messages->settings.counters, COUNT_ACCEPTED);
	log_response(relay);
	if (draft->status >= 300)
		keeper_refused(relay->messages->keeper, relay);
	edge_respond(relay->messages->settings.edge, relay->request, &response);
	return PROGRESS_NEXT;
}
