/* Accepted means kept: 202 only once the disk has it (RFC 5365 section 7.2). */
#include "server/base/log.h"
#include "server/relay/date.h"
#include "server/relay/flow.h"

#define RETRY_AFTER_BUSY_S 5
#define RETRY_AFTER_STORE_S 60

struct keep_job {
	struct errand errand; /**< first */
	struct relay *relay;
	struct journal_entry entry;
	bool is_over;
};

static enum err keep_run(struct store *store, struct write_job *write)
{
	struct keep_job *job = (struct keep_job *)(void *)write;

	return store_journal_add(store, &job->entry, &job->entry.id);
}

static void keep_over(struct errand *errand)
{
	struct keep_job *job = (struct keep_job *)(void *)errand;

	job->is_over = true;
	relay_run(job->relay);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * RFC 3428 section 4 and RFC 3261 section 20.19: Expires counts from Date.  A
 * Date in the future buys no time; the first try is made in any case, a clock
 * that is wrong at the sender's does not silence him.
 */
static int64_t expires_at(const struct relay *relay)
{
	const struct request *request = relay->request;
	int64_t lifetime = relay->relays->settings.lifetime_s;
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

static struct keep_job *job_make(struct relay *relay)
{
	const struct request *request = relay->request;
	struct keep_job *job = arena_alloc(relay->arena, sizeof(*job));
	struct envelope envelope = {.breadth = relay->breadth};
	const char *aor = request->sender.aor[0];

	envelope_make(request, &envelope);
	relay_compose(relay, &envelope);
	job->errand.write.run = keep_run;
	job->errand.over = keep_over;
	job->relay = relay;
	memcpy(job->entry.key, request->key, sizeof(job->entry.key));
	job->entry.sender =
		request->sender.method == IDENTITY_NONE ? "anonymous" : aor;
	job->entry.target = request->target_key;
	job->entry.method = request->method;
	job->entry.accepted_at = request->received_at;
	job->entry.expires_at = expires_at(relay);
	job->entry.message = envelope_pack(&envelope, relay->arena);
	job->entry.recipients =
		recipients_pack(&relay->recipients, relay->arena);
	return job;
}

static enum progress accept_it(struct relay *relay)
{
	struct keep_job *job = relay->job;
	enum err err = consignment_open(&job->entry, relay->request->id,
					&relay->consignment);

	if (err) /* we cannot read what we wrote: the next start will say so */
		log_event(LOG_ERROR, relay->request->id, "unreadable",
			  "journal=%lld err=%s", (long long)job->entry.id,
			  err_text(err));
	relay->answer.status = answer_decide(
		ANSWER_ACCEPTED, &(struct answer_tally){.is_stored = 1});
	return STEP_NEXT;
}

static enum progress take_result(struct relay *relay)
{
	switch ((int)relay->job->errand.write.err) {
	case ERR_OK:
		return accept_it(relay);
	case ERR_EXISTS: /* it is on its way already: the same answer */
		relay->answer.status = 202;
		return STEP_NEXT;
	case ERR_BUSY:
	case ERR_SHUTDOWN:
		return relay_refuse_busy(relay, RETRY_AFTER_BUSY_S, NULL);
	default:
		log_event(LOG_ERROR, relay->request->id, "not-kept", "err=%s",
			  err_text(relay->job->errand.write.err));
		return relay_refuse_busy(relay, RETRY_AFTER_STORE_S,
					 "Cannot Store Now");
	}
}

enum progress relay_keep(struct relay *relay)
{
	if (relay->job)
		return relay->job->is_over ? take_result(relay) : STEP_WAIT;
	relay->job = job_make(relay);
	if (!errand_submit(&relay->relays->errands, &relay->job->errand,
			   ERRAND_USUAL))
		return STEP_WAIT;
	return take_result(relay);
}
