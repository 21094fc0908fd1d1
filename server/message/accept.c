/* Accepted means kept: 202 only once the disk has it (RFC 5365 section 7.2). */
#include "db/journal.h"
#include "server/base/date.h"
#include "server/base/log.h"
#include "server/message/cpim.h"
#include "server/message/relay_private.h"

#define RETRY_AFTER_BUSY_S 5
#define RETRY_AFTER_STORE_S 60

struct accept_job {
	struct store_job store_job; /**< first */
	struct relay *relay;
	bool is_over;
};

static enum err accept_run(struct store *store, struct write_job *write)
{
	struct accept_job *job = (struct accept_job *)(void *)write;
	struct journal_entry *entry = &job->relay->accepted->entry;

	return store_journal_add(store, entry, &entry->id);
}

static void accept_over(struct store_job *store_job)
{
	struct accept_job *job = (struct accept_job *)(void *)store_job;

	job->is_over = true;
	relay_run(job->relay);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * RFC 3428 section 4 and RFC 3261 section 20.19: Expires counts from Date.  A
 * Date in the future buys no time; the first attempt is made in any case, a
 * clock that is wrong at the sender's does not silence him.
 */
static int64_t expires_at(const struct relay *relay)
{
	const struct request *request = relay->request;
	int64_t lifetime = relay->messages->settings.lifetime_s;
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

/* What is written down is what the legs will be made from: packed once, and
 * read where it lies. */
static struct accepted_request *accepted_request_make(struct relay *relay)
{
	const struct request *request = relay->request;
	const struct recipients *recipients = &relay->recipients;
	bool is_known = request->sender.method != IDENTITY_NONE;
	struct envelope envelope = {.breadth = relay->breadth};
	struct accepted_request *it;
	struct journal_entry *entry;

	envelope_make(request, &envelope);
	relay_compose(relay, &envelope);
	it = accepted_request_new(
		request->id,
		envelope_packed_len(&envelope) +
			recipients_packed_len(recipients) +
			recipients->n * sizeof(struct stored_recipient));
	it->query_arena = relay->query_arena;
	it->query = relay->query;
	relay->query_arena = NULL;
	entry = &it->entry;
	memcpy(entry->key, request->key, sizeof(entry->key));
	entry->sender = arena_strdup(
		it->arena, is_known ? request->sender.aor[0] : "anonymous");
	entry->target = arena_strdup(it->arena, request->target_key);
	entry->method = arena_strdup(it->arena, request->method);
	entry->call_id = arena_strdup(it->arena, request->call_id);
	entry->source = arena_strdup(it->arena, request->source);
	entry->left_out = relay->left_out;
	if (entry->left_out.len)
		entry->left_out.at = arena_copy(it->arena, relay->left_out.at,
						relay->left_out.len);
	entry->accepted_at = request->received_at;
	entry->expires_at = is_for_now(&envelope) ? request->received_at
						  : expires_at(relay);
	entry->message = envelope_pack(&envelope, it->arena);
	entry->recipients = recipients_pack(recipients, it->arena);
	return it;
}

static struct accept_job *job_make(struct relay *relay)
{
	struct accept_job *job = arena_alloc(relay->arena, sizeof(*job));

	relay->accepted = accepted_request_make(relay);
	job->store_job.write.run = accept_run;
	job->store_job.write.is_one_step = true;
	job->store_job.over = accept_over;
	job->relay = relay;
	return job;
}

static enum progress take_accepted(struct relay *relay)
{
	struct accepted_request *accepted = relay->accepted;
	enum err err = accepted_request_read(accepted);

	if (err) /* we cannot read what we wrote: the next start will say so */
		log_event(LOG_EVENT_JOURNAL_CORRUPT, relay->request->id,
			  "journal=%lld err=%s", (long long)accepted->entry.id,
			  log_text(err_text(err)));
	for (size_t i = 0; i < accepted->n; i++)
		accepted->stored[i].cached = relay->recipients.at[i].cached;
	relay->is_accepted = true;
	relay->response.status = response_decide(
		RESPONSE_ACCEPTED, &(struct response_tally){.is_stored = 1});
	return PROGRESS_NEXT;
}

static enum progress take_result(struct relay *relay)
{
	switch ((int)relay->job->store_job.write.err) {
	case ERR_OK:
		return take_accepted(relay);
	case ERR_EXISTS: /* it is on its way already: the same response */
		relay->response.status = 202;
		return PROGRESS_NEXT;
	case ERR_CONFLICT: /* RFC 3261 section 8.2.2.2 */
		return relay_refuse(relay, 482,
				    "Call-ID And CSeq Of Another Request");
	case ERR_BUSY:
	case ERR_SHUTDOWN:
		return relay_refuse_busy(relay, RETRY_AFTER_BUSY_S, NULL);
	default:
		log_event(LOG_EVENT_STORE_REJECTED, relay->request->id,
			  "err=%s",
			  log_text(err_text(relay->job->store_job.write.err)));
		return relay_refuse_busy(relay, RETRY_AFTER_STORE_S,
					 "Cannot Store Now");
	}
}

enum progress relay_accept(struct relay *relay)
{
	if (relay->job)
		return relay->job->is_over ? take_result(relay) : PROGRESS_WAIT;
	relay->job = job_make(relay);
	if (!job_group_submit(&relay->messages->jobs, &relay->job->store_job,
			      STORE_JOB_USUAL))
		return PROGRESS_WAIT;
	return take_result(relay);
}
