/* The calls of a process that died: no phone rings on, nobody talks to nobody.
 */
#include "server/session/session_private.h"

#define SKIPPED_CSEQS 1000 /* requests that the record may not know of */

static void bye_over(struct session_request *request)
{
	if (request->done)
		request->done(request->done_arg);
}

static const char *with_tag(struct arena *arena, const char *name,
			    const char *tag)
{
	return arena_printf(arena, "%s%s%s", name, *tag ? ";tag=" : "", tag);
}

static struct session_request *request_of(struct sessions *sessions,
					  const struct session_orphan *orphan,
					  const char *method)
{
	const struct session_record *record = orphan->record;
	struct session_request *request =
		session_request_empty(sessions, SESSION_REQUEST_ROOM);
	struct arena *arena = request->arena;
	struct text lines;

	text_init(&lines, arena);
	session_supported(sessions, VIEW_NONE, &lines);
	session_reason(orphan->reason, &lines);
	request->template.method = method;
	request->template.headers = text_view(&lines);
	request->template.from = arena_strdup(arena, record->local);
	request->template.from_tag = arena_strdup(arena, record->local_tag);
	request->dialog = (struct leg_dialog){
		.to = with_tag(arena, record->remote, record->remote_tag),
		.routes = arena_strdup(arena, record->routes),
		.next_hop = arena_strdup(arena, record->hop)};
	request->leg.dialog = &request->dialog;
	request->leg.call_id = arena_strdup(arena, record->call_id);
	return request;
}

static void send_bye(struct sessions *sessions,
		     const struct session_orphan *orphan)
{
	struct session_request *bye = request_of(sessions, orphan, "BYE");

	bye->leg.request_uri = arena_strdup(bye->arena, orphan->record->target);
	bye->leg.cseq = orphan->record->cseq + SKIPPED_CSEQS;
	session_request_identify(bye, &orphan->assertion);
	bye->over = bye_over;
	bye->done = orphan->done;
	bye->done_arg = orphan->arg;
	session_request_send(bye);
}

/* A 1xx may have come: 481 to a CANCEL that is too early does no harm. */
static void send_cancel(struct sessions *sessions,
			const struct session_orphan *orphan,
			struct session_late *late)
{
	struct session_request *cancel = request_of(sessions, orphan, "CANCEL");

	cancel->dialog.to = arena_strdup(cancel->arena, orphan->record->remote);
	cancel->leg.request_uri =
		arena_strdup(cancel->arena, orphan->record->request_uri);
	cancel->leg.branch =
		arena_strdup(cancel->arena, orphan->record->branch);
	cancel->leg.cseq = orphan->record->invite_cseq;
	late_cancelled(late, cancel);
	session_request_send(cancel);
}

static struct session_late *wait_for_late(struct sessions *sessions,
					  const struct session_orphan *orphan,
					  int64_t for_ms)
{
	const struct session_record *record = orphan->record;
	const struct session_late of = {.call_id = record->call_id,
					.local_tag = record->local_tag,
					.local = record->local,
					.remote = record->remote,
					.request_uri = record->request_uri,
					.reason = orphan->reason,
					.assertion = orphan->assertion,
					.cseq = record->invite_cseq,
					.branch = record->branch,
					.hop = record->hop,
					.routes = record->routes,
					.not_found = orphan->not_found,
					.done = orphan->done,
					.arg = orphan->arg};

	return late_add(sessions, &of, for_ms);
}

/* Else a start after a start would wait anew, and rows would heap up. */
static int64_t left_ms(const struct session_orphan *orphan)
{
	return orphan->since_ms < LATE_FOR_MS ? LATE_FOR_MS - orphan->since_ms
					      : 0;
}

void session_end_record(struct sessions *sessions,
			const struct session_orphan *orphan)
{
	if (orphan->was_confirmed) {
		send_bye(sessions, orphan);
	} else if (orphan->record->is_theirs) {
		/* Not answered: they hear no more of it. */
		orphan->done(orphan->arg);
	} else if (!orphan->was_not_found) {
		send_cancel(sessions, orphan,
			    wait_for_late(sessions, orphan, LATE_FOR_MS));
	} else {
		wait_for_late(sessions, orphan, left_ms(orphan));
	}
}
