/*
 * A recipient's reply, from PUBLISH to 200 (RFC 5360 section 5.6, RFC 3903).
 *
 * All of it is one writer job: what the token stands for, who replies, whether
 * the tag fits, the change.  The 200 is sent from done(), after the commit.
 */
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "policies/proof.h"
#include "server/base/text.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/consent/consents.h"
#include "server/consent/outcome.h"

#define RETRY_AFTER_S "5"
/** What is told of a grant that never ends: a PUBLISH client wants a number. */
#define NEVER_S (365 * INT64_C(86400))

struct reply_job {
	struct store_job job;
	struct consents *consents;
	struct reply_job *next, *previous; /**< of consents->replies */
	struct consent_reply reply;
	struct index *index;
	const struct secret *secret;
	enum routability routability;
	struct ask_limits trigger_limits;
	int64_t refresh_s;
	int64_t now;
	/* filled on the writer's thread */
	enum reply_outcome outcome;
	struct permission row; /**< in the request's arena */
	int is_secure;	       /**< the question went out over SIPS */
	struct permission_request_tokens tokens;
	struct permission_found wider; /**< REPLY_OPPOSED: the deny */
	bool is_deny_pending;	       /**< the index has it */
};

static struct reply_job *reply_job_of(struct write_job *job)
{
	return (struct reply_job *)(void *)job;
}

/* ---- on the writer's thread ------------------------------------------------
 */

/** ERR_UNKNOWN: never issued, retired, or its permission is gone. */
static enum err token_permission(struct store *store,
				 struct reply_job *reply_job, int64_t *ret_id)
{
	const struct consent_reply *reply = &reply_job->reply;
	struct token_row token;
	uint8_t hash[HASH_LEN];
	enum err err;

	if (reply->kind == TOKEN_TRIGGER)
		return secret_trigger_id(reply_job->secret, &reply->token,
					 ret_id);
	token_hash(reply->kind, &reply->token, hash);
	err = store_token_find(store, reply->kind, hash, &token);
	if (!err) {
		*ret_id = token.permission;
		reply_job->is_secure = token.is_secure;
	}
	return err;
}

/** A deny counts after its permission was removed, too: its row is without an
 *  id then. */
static enum err find_row(struct store *store, struct reply_job *reply_job)
{
	const struct consent_reply *reply = &reply_job->reply;
	struct arena *arena = reply->request->arena;
	uint8_t hash[HASH_LEN];
	int64_t id;
	enum err err = token_permission(store, reply_job, &id);

	if (!err)
		err = store_permission_get(store, id, arena, &reply_job->row);
	if (err == ERR_UNKNOWN && reply->kind == TOKEN_DENY) {
		token_hash(reply->kind, &reply->token, hash);
		err = store_removed_deny_find(store, hash, arena,
					      &reply_job->row);
	}
	return err;
}

static bool is_revocation(const struct consent_reply *reply)
{
	/* What a PUBLISH client does to take back what it published
	 * (RFC 3903 section 4.5): its tag and Expires: 0. */
	return reply->kind == TOKEN_DENY ||
	       (reply->if_match && reply->expires_s == 0);
}

/** A publication that lasts for no time (RFC 3903 section 6): the response says
 *  so, and it is no clear yes. */
static bool is_empty_grant(const struct consent_reply *reply)
{
	return reply->kind == TOKEN_GRANT && !reply->if_match &&
	       reply->expires_s == 0;
}

/** A no is in force from now on, whatever becomes of the disk: one that was
 *  read must not be followed by one more message. */
static void add_pending_deny(struct reply_job *reply_job)
{
	const struct permission *row = &reply_job->row;

	index_pending_deny_add(reply_job->index, row->sender, row->target,
			       row->recipient);
	reply_job->is_deny_pending = true;
}

static void remove_pending_deny(struct reply_job *reply_job)
{
	const struct permission *row = &reply_job->row;

	if (reply_job->is_deny_pending)
		index_pending_deny_remove(reply_job->index, row->sender,
					  row->target, row->recipient);
}

/** A grant takes denies of the same scopes in other spellings away.  Where a
 *  wider one stands it would have no effect, and must not look as if it had. */
static enum err make_way(struct store *store, struct reply_job *reply_job)
{
	const struct consent_reply *reply = &reply_job->reply;
	const struct permission *row = &reply_job->row;
	enum err err;

	if (reply->if_match && strcmp(reply->if_match, row->etag) != 0)
		return ERR_OK; /* 412, of which the change sees to */
	reply_job->wider.arena = reply->request->arena;
	err = store_permission_lift(store, row, reply_job->now,
				    &reply_job->wider);
	if (err == ERR_CONFLICT)
		reply_job->outcome = REPLY_OPPOSED;
	return err;
}

static enum err change_row(struct store *store, struct reply_job *reply_job)
{
	const struct consent_reply *reply = &reply_job->reply;
	bool is_deny = is_revocation(reply);
	struct permission_change change = {
		.id = reply_job->row.id,
		.sender = reply_job->row.sender,
		.target = reply_job->row.target,
		.recipient = reply_job->row.recipient,
		.recipient_uri = reply_job->row.recipient_uri,
		.event = is_deny ? EVENT_DENY : EVENT_GRANT,
		.actor = ORIGIN_RECIPIENT,
		/* A deny counts whatever the tag says: safety first. */
		.if_match = reply->kind == TOKEN_DENY ? NULL : reply->if_match,
		.now = reply_job->now,
	};
	enum err err = ERR_OK;

	if (is_deny)
		add_pending_deny(reply_job);
	else
		err = make_way(store, reply_job);
	if (err)
		return err == ERR_CONFLICT ? ERR_OK : err;
	if (!is_deny && reply_job->refresh_s)
		change.expires_at = reply_job->now + reply_job->refresh_s;
	err = store_permission_change(store, &change, reply->request->arena,
				      &reply_job->row);
	if (err == ERR_PRECONDITION) {
		reply_job->outcome = REPLY_PRECONDITION;
		return ERR_OK;
	}
	reply_job->outcome = is_deny ? REPLY_DENIED : REPLY_GRANTED;
	return err;
}

/** RFC 5360 section 5.11.1; the bounds make it no reflector. */
static enum err trigger_request(struct store *store,
				struct reply_job *reply_job)
{
	int64_t *asked;
	size_t n;
	enum err err;

	err = store_permission_requests_sent(
		store,
		&(struct permission_requests_query){reply_job->row.recipient,
						    PERMISSION_REQUEST_TRIGGER,
						    reply_job->now},
		reply_job->reply.request->arena, &asked, &n);
	if (err)
		return err;
	if (limits_ask_at(&reply_job->trigger_limits, asked, n,
			  reply_job->now) > reply_job->now) {
		reply_job->outcome = REPLY_RATE_LIMITED;
		return ERR_OK;
	}
	reply_job->outcome = REPLY_ASKED;
	return permission_request_record(store, &reply_job->row,
					 PERMISSION_REQUEST_TRIGGER,
					 reply_job->now, &reply_job->tokens);
}

static enum err reply_run(struct store *store, struct write_job *job)
{
	struct reply_job *reply_job = reply_job_of(job);
	const struct consent_reply *reply = &reply_job->reply;
	enum err err = find_row(store, reply_job);

	if (err == ERR_UNKNOWN) {
		reply_job->outcome = REPLY_UNKNOWN;
		return ERR_OK;
	}
	if (err)
		return err;

	struct proof_facts facts = {
		.kind = reply->kind,
		.sender = &reply->request->sender,
		.recipient = reply_job->row.recipient,
		.any_transport =
			reply_job->routability == ROUTABILITY_ANY_TRANSPORT,
		.asked_securely = reply_job->is_secure,
		.replied_securely = reply->over_tls,
		.after_deny = permission_is_own_deny(&reply_job->row),
	};

	switch (proof_decide(&facts)) {
	case PROOF_MISSING:
		reply_job->outcome = REPLY_UNPROVED;
		return ERR_OK;
	case PROOF_OF_ANOTHER:
		reply_job->outcome = REPLY_FORGED;
		return ERR_OK;
	case PROOF_GIVEN:
		break;
	}
	if (reply->kind == TOKEN_TRIGGER)
		return trigger_request(store, reply_job);
	if (is_empty_grant(reply)) {
		reply_job->outcome = REPLY_REMOVED_AT_ONCE;
		return ERR_OK;
	}
	return change_row(store, reply_job);
}

/* ---- the response ----------------------------------------------
 */

static void respond(struct consents *consents, struct request *request,
		    int status, const struct header *headers, size_t n_headers)
{
	struct response response = {
		.status = status,
		.headers = headers,
		.n_headers = n_headers,
	};

	edge_respond(consents->settings.edge, request, &response);
	request_free(request);
}

static void respond_busy(struct consents *consents, struct request *request,
			 int status)
{
	const struct header retry = {VIEW("Retry-After"), VIEW(RETRY_AFTER_S)};

	respond(consents, request, status, &retry, 1);
}

/**
 * What Expires says: the time to the next refresh, but never more than was
 * asked for (RFC 3903 section 6).  The permission itself is not cut short.
 */
static int64_t expires_told(const struct reply_job *reply_job)
{
	int64_t expires_s =
		reply_job->refresh_s ? reply_job->refresh_s : NEVER_S;
	int asked_s = reply_job->reply.expires_s;

	return asked_s >= 0 && asked_s < expires_s ? asked_s : expires_s;
}

/** A trigger publishes nothing, but its 200 has a tag like the others. */
static const char *tag_told(const struct reply_job *reply_job,
			    struct arena *arena)
{
	struct token token = token_random();
	char hex[2 * TOKEN_LEN + 1];

	if (reply_job->outcome == REPLY_GRANTED ||
	    reply_job->outcome == REPLY_DENIED)
		return reply_job->row.etag;
	hex_encode(token.bytes, TOKEN_LEN, hex);
	return arena_strdup(arena, hex);
}

static void respond_ok(struct consents *consents,
		       const struct reply_job *reply_job)
{
	struct request *request = reply_job->reply.request;
	struct arena *arena = request->arena;
	const char *expires =
		arena_printf(arena, "%lld", (long long)expires_told(reply_job));
	const struct header headers[] = {
		{VIEW("SIP-ETag"), view_of(tag_told(reply_job, arena))},
		{VIEW("Expires"), view_of(expires)},
	};

	respond(consents, request, 200, headers, 2);
}

/** RFC 3261 section 20.43, for the person: which deny it is. */
static void respond_opposed(struct consents *consents,
			    const struct reply_job *reply_job)
{
	struct request *request = reply_job->reply.request;
	const struct permission *wider = &reply_job->wider.row;
	const char *text = arena_printf(
		request->arena,
		"399 %s \"%s deny for %s through %s stands, so this grant "
		"would have no effect\"",
		consents->settings.domain,
		wider->origin == ORIGIN_RECIPIENT ? "Your own"
						  : "The operator's",
		wider->sender, wider->target);
	const struct header warning = {VIEW("Warning"), view_of(text)};
	const struct response response = {.status = 403,
					  .reason = "A Wider Deny Stands",
					  .headers = &warning,
					  .n_headers = 1};

	edge_respond(consents->settings.edge, request, &response);
	request_free(request);
}

static void log_outcome(const struct reply_job *reply_job, int status)
{
	const struct request *request = reply_job->reply.request;

	const struct permission *row = &reply_job->row;
	const char *by =
		request->sender.aor[0] ? request->sender.aor[0] : "token";

	if (reply_job->outcome == REPLY_UNKNOWN)
		log_event(LOG_EVENT_CONSENT_REPLY_REFUSED, request->id,
			  "status=%d reason=unknown-token call-id=%s from=%s",
			  status, log_text(request->call_id),
			  log_text(request->source));
	else if (reply_job->outcome == REPLY_GRANTED ||
		 reply_job->outcome == REPLY_DENIED)
		log_event(outcome_event(reply_job->outcome), request->id,
			  "permission=%lld recipient=%s sender=%s target=%s "
			  "by=%s status=%d call-id=%s from=%s",
			  (long long)row->id, log_text(row->recipient),
			  log_text(row->sender), log_text(row->target),
			  log_text(by), status, log_text(request->call_id),
			  log_text(request->source));
	else
		log_event(outcome_event(reply_job->outcome), request->id,
			  "permission=%lld recipient=%s by=%s status=%d "
			  "call-id=%s from=%s",
			  (long long)row->id, log_text(row->recipient),
			  log_text(by), status, log_text(request->call_id),
			  log_text(request->source));
}

static void reply_finish(struct consents *consents, struct reply_job *reply_job)
{
	int status = outcome_status(reply_job->outcome);

	outcome_count(consents->settings.counters, reply_job->outcome);
	log_outcome(reply_job, status);
	remove_pending_deny(reply_job); /* the row says it now */
	if (reply_job->outcome == REPLY_GRANTED ||
	    reply_job->outcome == REPLY_DENIED) {
		pending_denies_release(consents, reply_job->row.id);
		permission_requests_replied(consents, reply_job->row.id);
	}
	if (reply_job->outcome == REPLY_DENIED)
		permission_requests_denied(consents, &reply_job->row);
	/* Before the response: it frees the arena of the row. */
	if (reply_job->outcome == REPLY_ASKED && !consents->draining)
		permission_request_begin(consents, &reply_job->row,
					 PERMISSION_REQUEST_TRIGGER,
					 &reply_job->tokens);
	if (status == 200)
		respond_ok(consents, reply_job);
	else if (reply_job->outcome == REPLY_OPPOSED)
		respond_opposed(consents, reply_job);
	else
		respond(consents, reply_job->reply.request, status, NULL, 0);
}

static void reply_link(struct consents *consents, struct reply_job *reply_job)
{
	reply_job->consents = consents;
	reply_job->next = consents->replies;
	if (reply_job->next)
		reply_job->next->previous = reply_job;
	consents->replies = reply_job;
}

static void reply_unlink(struct reply_job *reply_job)
{
	if (reply_job->next)
		reply_job->next->previous = reply_job->previous;
	if (reply_job->previous)
		reply_job->previous->next = reply_job->next;
	else
		reply_job->consents->replies = reply_job->next;
}

void replies_free(struct consents *consents)
{
	while (consents->replies) {
		struct reply_job *reply_job = consents->replies;

		reply_unlink(reply_job);
		remove_pending_deny(reply_job);
		request_free(reply_job->reply.request);
	}
}

static void reply_over(struct store_job *job)
{
	struct reply_job *reply_job = reply_job_of(&job->write);
	struct request *request = reply_job->reply.request;
	struct consents *consents = reply_job->consents;
	enum err err = job->write.err;

	reply_unlink(reply_job);
	if (err) {
		if (reply_job->is_deny_pending)
			pending_denies_keep(consents, &reply_job->row);
		/* Nothing changed, so nothing is said but that
		 * (RFC 3903 section 6: it must not take effect). */
		log_event(LOG_EVENT_CONSENT_REPLY_FAILED, request->id,
			  "reason=%s", log_text(err_text(err)));
		respond_busy(consents, request, 503);
	} else {
		reply_finish(consents, reply_job);
	}
}

/** Sheds load: questions first, a deny never. */
static bool is_refused_at_once(struct consents *consents,
			       const struct consent_reply *reply)
{
	const struct consents_settings *settings = &consents->settings;

	if (reply->kind == TOKEN_DENY)
		return false;
	if (reply->kind == TOKEN_TRIGGER &&
	    consents->n_requests >= settings->requests_in_flight) {
		respond_busy(consents, reply->request, 503);
		return true;
	}
	return false;
}

bool consent_knows_deny(const struct consents *consents,
			const struct token *token)
{
	uint8_t hash[HASH_LEN];

	token_hash(TOKEN_DENY, token, hash);
	return index_deny_known(consents->settings.index, hash);
}

void consent_receive(struct consents *consents,
		     const struct consent_reply *reply)
{
	const struct consents_settings *settings = &consents->settings;
	struct reply_job *reply_job;
	enum err err;

	if (is_refused_at_once(consents, reply))
		return;
	reply_job = arena_alloc(reply->request->arena, sizeof(*reply_job));
	reply_job->job.write.run = reply_run;
	reply_job->job.over = reply_over;
	reply_job->reply = *reply;
	reply_job->index = settings->index;
	reply_job->secret = settings->secret;
	reply_job->routability = settings->routability;
	reply_job->trigger_limits = settings->trigger_limits;
	reply_job->refresh_s = settings->refresh_s;
	reply_job->now = loop_wall_s(settings->loop);
	if (reply->if_match)
		reply_job->reply.if_match =
			arena_strdup(reply->request->arena, reply->if_match);
	reply_link(consents, reply_job);
	err = job_group_submit(&consents->jobs, &reply_job->job,
			       is_revocation(reply) ? STORE_JOB_URGENT
						    : STORE_JOB_USUAL);
	if (err) {
		reply_unlink(reply_job);
		respond_busy(consents, reply->request, 503);
	}
}
