#include "server/base/log.h"
#include "server/base/loop.h"
#include "server/list/list_request.h"

/** Permission-Missing: no more names than this, and no more bytes in a line
 *  and in all; the list of the sender tells them the rest. */
#define MISSING_NAMES_MAX 100
#define MISSING_LINE_MAX 1000
#define MISSING_BYTES_MAX 8192
/** Of the names in the log line; log_view() cuts the last. */
#define NAMES_LOGGED 256

enum progress list_refuse(struct list_request *list, int status,
			  const char *reason)
{
	list->response.status = status;
	list->response.reason = reason;
	return PROGRESS_REFUSE;
}

void list_response_header(struct list_request *list, struct view name,
			  struct view value)
{
	struct response_draft *draft = &list->response;

	if (draft->n_headers <
	    sizeof(draft->headers) / sizeof(draft->headers[0]))
		draft->headers[draft->n_headers++] =
			(struct header){name, value};
}

enum progress list_refuse_busy(struct list_request *list,
			       enum overload overload, const char *reason)
{
	char *value =
		arena_printf(list->arena, "%d", limits_retry_after_s(overload));

	list_response_header(list, VIEW("Retry-After"), view_of(value));
	return list_refuse(list, 503, reason);
}

/* RFC 5360 section 5.9.3; RFC 8217: always in <>. */
static void add_missing(struct list_request *list)
{
	size_t n_names = 0, bytes = 0;
	struct text line;

	text_init(&line, list->arena);
	for (size_t i = 0; i < list->recipients.n; i++) {
		const char *name = list->recipients.at[i].name;
		size_t len = strlen(name) + 4;

		if (list->verdicts[i] == VERDICT_GRANTED)
			continue;
		if (n_names == MISSING_NAMES_MAX ||
		    bytes + len > MISSING_BYTES_MAX)
			break;
		if (line.len && line.len + len > MISSING_LINE_MAX) {
			list_response_header(list, VIEW("Permission-Missing"),
					     text_view(&line));
			text_init(&line, list->arena);
		}
		text_add(&line, line.len ? ", <" : "<");
		text_add_bytes(&line, name, len - 4);
		text_add(&line, ">");
		bytes += len;
		n_names++;
	}
	if (line.len)
		list_response_header(list, VIEW("Permission-Missing"),
				     text_view(&line));
}

/** Who is missing: as many as a line takes; at debug the rest, each in a line
 *  of its own. */
void list_log_missing(const struct list_request *list, enum log_event event)
{
	const struct request *request = list->request;
	struct text names;
	size_t n = 0;

	text_init(&names, list->arena);
	for (size_t i = 0; i < list->recipients.n; i++) {
		const char *key = list->recipients.at[i].key;

		if (list->verdicts[i] == VERDICT_GRANTED)
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
		  list->recipients.n, log_view(text_view(&names)),
		  log_text(request->call_id), log_text(request->target_key));
}

/* It may be asked by anybody about anybody: nothing but the sender's own wish
 * decides between the two.  Who has not hidden can sign in, and be somebody. */
enum progress list_refuse_unproved(struct list_request *list)
{
	count(list->lists->settings.counters, COUNT_REFUSED_UNPROVED);
	return list_refuse(list, list->is_hiding ? 433 : 407, NULL);
}

/* Each of them tells who has permitted this sender, and could be sent only to
 * learn that.  Over the limit all get the same answer. */
enum progress list_refuse_missing(struct list_request *list)
{
	const struct lists_settings *settings = &list->lists->settings;
	const char *sender = list_limited_sender(list);
	int64_t wait_ms;

	list_log_missing(list, LOG_EVENT_PERMISSION_MISSING);
	if (list->request->sender.method == IDENTITY_NONE)
		return list_refuse_unproved(list);
	wait_ms = sender ? allowances_missing(settings->allowances, sender,
					      loop_now_ms(settings->loop))
			 : 0;
	if (wait_ms)
		return list_refuse_limited(list, wait_ms, COUNT_LIMITED_MISSING,
					   "consent-needed-per-hour");
	add_missing(list);
	count(settings->counters, COUNT_REFUSED_470);
	return list_refuse(list, 470, "Consent Needed");
}

static void log_refused(const struct list_request *list)
{
	const struct response_draft *draft = &list->response;
	const struct request *request = list->request;

	log_event(LOG_EVENT_REFUSED, request->id,
		  "status=%d reason=%s call-id=%s target=%s", draft->status,
		  log_text(draft->reason ? draft->reason : ""),
		  log_text(request->call_id), log_text(request->target_key));
}

enum progress list_respond(struct list_request *list)
{
	const struct response_draft *draft = &list->response;
	struct response response = {.status = draft->status,
				    .reason = draft->reason,
				    .headers = draft->headers,
				    .n_headers = draft->n_headers};

	if (draft->status >= 300)
		log_refused(list);
	edge_respond(list->lists->settings.edge, list->request, &response);
	return PROGRESS_NEXT;
}
