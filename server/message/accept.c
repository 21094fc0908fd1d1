/* The step accept: 202 only once the request is on disk (RFC 5365 section 7.2).
 */
#include "db/journal.h"
#include "server/base/date.h"
#include "server/base/log.h"
#include "server/message/cpim.h"
#include "server/message/message_private.h"
#include "server/message/record.h"
#include "server/message/tell.h"

static enum err accept_run(struct store *store, struct write_job *write)
{
	struct message_work *work = (struct message_work *)(void *)write;
	struct journal_entry *entry = &work->accepted->entry;

	return store_journal_add(store, entry, &entry->id);
}

static void accept_over(struct store_job *store_job)
{
	struct message_work *work = (struct message_work *)(void *)store_job;

	list_run(work->list);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * RFC 3428 section 4 and RFC 3261 section 20.19: Expires counts from Date.  A
 * Date in the future buys no time; the first attempt is made in any case, a
 * clock that is wrong at the sender's does not silence them.
 */
static int64_t expires_at(const struct list_request *list)
{
	const struct request *request = list->request;
	const struct messages *messages = list->module;
	int64_t lifetime = messages->settings.lifetime_s;
	int64_t at = request->received_at + lifetime, sent_at;

	if (request->expires_s < 0)
		return at;
	at = earlier(at, request->received_at + request->expires_s);
	for (size_t i = 0; i < request->n_headers; i++) {
		if (view_equal_nocase(request->headers[i].name, VIEW("Date")) &&
		    date_parse(request->headers[i].value, &sent_at) == ERR_OK)
			at = earlier(at, sent_at + request->expires_s);
	}
	return at;
}

/* RFC 3994: where somebody is typing now is of no use later. */
static bool is_for_now(const struct envelope *envelope)
{
	return content_is_composing(envelope_plain(envelope));
}

/* What the journal says of the request besides its bytes. */
static void entry_describe(struct journal_entry *entry,
			   const struct list_request *list, struct arena *arena)
{
	const struct request *request = list->request;
	bool is_known = request->sender.method != IDENTITY_NONE;

	memcpy(entry->key, request->key, sizeof(entry->key));
	entry->sender = arena_strdup(arena, is_known ? request->sender.aor[0]
						     : "anonymous");
	entry->target = arena_strdup(arena, request->target_key);
	entry->method = arena_strdup(arena, request->method);
	entry->call_id = arena_strdup(arena, request->call_id);
	entry->source = arena_strdup(arena, request->source);
	entry->left_out = record_left_out(list, arena);
	entry->accepted_at = request->received_at;
}

/* What is written down is what the legs will be made from: packed once, and
 * read where it lies. */
static struct accepted_request *accepted_request_make(struct list_request *list)
{
	const struct request *request = list->request;
	const struct recipients *recipients = &list->recipients;
	size_t len = stored_recipients_packed_len(recipients);
	struct envelope envelope = {.breadth = list->breadth,
				    .list = list->stored ? list->stored->id
							 : 0};
	struct accepted_request *it;
	size_t envelope_len;

	message_compose_headers(list, &envelope);
	message_compose(list, &envelope);
	envelope_len = envelope_packed_len(&envelope);
	it = accepted_request_new(
		request->id,
		envelope_len + len +
			recipients->n * sizeof(struct stored_recipient) +
			record_len(list, len) + fanout_size(recipients->n));
	it->query_arena = list->query_arena;
	it->query = list->query;
	list->query_arena = NULL;
	it->image = list->stored;
	if (it->image)
		list_image_keep(it->image);
	entry_describe(&it->entry, list, it->arena);
	it->entry.expires_at =
		is_for_now(&envelope) ? request->received_at : expires_at(list);
	it->entry.message = envelope_pack(&envelope, envelope_len, it->arena,
					  &it->envelope);
	it->n = recipients->n;
	it->stored = arena_array(it->arena, it->n + 1, sizeof(*it->stored));
	it->entry.recipients =
		stored_recipients_pack(recipients, len, it->arena, it->stored);
	return it;
}

static struct message_work *work_new(struct list_request *list)
{
	struct message_work *work = arena_alloc(list->arena, sizeof(*work));

	work->list = list;
	work->accepted = accepted_request_make(list);
	work->store_job.write.run = accept_run;
	work->store_job.write.is_one_step = true;
	work->store_job.over = accept_over;
	return work;
}

static enum progress take_accepted(struct list_request *list)
{
	struct messages *messages = list->module;
	struct message_work *work = list->work;
	struct accepted_request *accepted = work->accepted;

	work->is_stored = true;
	list->response.status = 202; /* RFC 5365 section 7.2 */
	count(messages->settings.counters, COUNT_ACCEPTED);
	tell_accepted(&messages->settings, &accepted->entry,
		      list->recipients.n);
	log_event(LOG_EVENT_ACCEPTED, list->request->id,
		  "status=%d recipients=%zu journal=%lld call-id=%s",
		  list->response.status, list->recipients.n,
		  (long long)accepted->entry.id,
		  log_text(list->request->call_id));
	return PROGRESS_NEXT;
}

/* It is on its way already: the same response. */
static enum progress take_duplicate(struct list_request *list)
{
	list->response.status = 202;
	log_event(LOG_EVENT_DUPLICATE, list->request->id,
		  "status=%d call-id=%s", list->response.status,
		  log_text(list->request->call_id));
	return PROGRESS_NEXT;
}

static enum progress take_result(struct list_request *list)
{
	struct message_work *work = list->work;
	enum err err = work->store_job.write.err;

	switch ((int)err) {
	case ERR_OK:
		return take_accepted(list);
	case ERR_EXISTS:
		return take_duplicate(list);
	case ERR_CONFLICT: /* RFC 3261 section 8.2.2.2 */
		return list_refuse(list, 482,
				   "Call-ID And CSeq Of Another Request");
	case ERR_BUSY:
	case ERR_SHUTDOWN:
		return list_refuse_busy(list, OVERLOAD_WRITER, NULL);
	default:
		log_event(LOG_EVENT_STORE_REJECTED, list->request->id, "err=%s",
			  log_text(err_text(err)));
		return list_refuse_busy(list, OVERLOAD_STORE,
					"Cannot Store Now");
	}
}

enum progress message_accept(struct list_request *list)
{
	struct messages *messages = list->module;
	struct message_work *work = list->work;

	if (work) /* its job is over */
		return take_result(list);
	work = list->work = work_new(list);
	if (!job_group_submit(&messages->jobs, &work->store_job,
			      STORE_JOB_USUAL))
		return PROGRESS_WAIT;
	return take_result(list);
}
