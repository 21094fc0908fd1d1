/*
 * An answer, from PUBLISH to 200 (RFC 5360 section 5.6, RFC 3903).
 *
 * All of it is one writer job: what the token stands for, who answers, whether
 * the tag fits, the change.  The 200 is sent from done(), after the commit.
 */
#include "policies/proof.h"
#include "server/base/log.h"
#include "server/consent/consents.h"
#include "server/consent/outcome.h"

#define RETRY_AFTER_S "5"
/** What is told of a grant that never ends: a PUBLISH client wants a number. */
#define NEVER_S (365 * INT64_C(86400))

struct answering {
	struct work work;
	struct answer answer;
	struct index *index;
	const struct secret *secret;
	enum routability routability;
	struct ask_limits trigger_limits;
	int64_t refresh_s;
	int64_t now;
	/* filled on the writer's thread */
	enum outcome outcome;
	struct permission row; /**< in the request's arena */
	int is_secure;	       /**< the question went out over SIPS */
	struct ask_tokens tokens;
	struct permission_found wider; /**< OUTCOME_OPPOSED: the deny */
	bool is_held; /**< the row is held as denied in the index */
};

static struct answering *answering_of(struct write_job *job)
{
	return (struct answering *)(void *)job;
}

/* ---- on the writer's thread ------------------------------------------------
 */

/** ERR_UNKNOWN: never issued, retired, or its permission is gone. */
static enum err token_permission(struct store *store,
				 struct answering *answering, int64_t *ret_id)
{
	const struct answer *answer = &answering->answer;
	struct token_row token;
	uint8_t hash[HASH_LEN];
	enum err err;

	if (answer->kind == TOKEN_TRIGGER)
		return secret_trigger_id(answering->secret, &answer->token,
					 ret_id);
	token_hash(answer->kind, &answer->token, hash);
	err = store_token_find(store, answer->kind, hash, &token);
	if (!err) {
		*ret_id = token.permission;
		answering->is_secure = token.is_secure;
	}
	return err;
}

/** A deny counts after its permission was removed, too: its row is without an
 *  id then. */
static enum err find_row(struct store *store, struct answering *answering)
{
	const struct answer *answer = &answering->answer;
	struct arena *arena = answer->request->arena;
	uint8_t hash[HASH_LEN];
	int64_t id;
	enum err err = token_permission(store, answering, &id);

	if (!err)
		err = store_permission_get(store, id, arena, &answering->row);
	if (err == ERR_UNKNOWN && answer->kind == TOKEN_DENY) {
		token_hash(answer->kind, &answer->token, hash);
		err = store_removed_deny_find(store, hash, arena,
					      &answering->row);
	}
	return err;
}

static bool is_revocation(const struct answer *answer)
{
	/* What a PUBLISH client does to take back what it published
	 * (RFC 3903 section 4.5): its tag and Expires: 0. */
	return answer->kind == TOKEN_DENY ||
	       (answer->if_match && answer->expires_s == 0);
}

/** A publication that lasts for no time (RFC 3903 section 6): it is answered as
 *  such, and is no clear yes. */
static bool is_empty_grant(const struct answer *answer)
{
	return answer->kind == TOKEN_GRANT && !answer->if_match &&
	       answer->expires_s == 0;
}

/** A no is in force from now on, whatever becomes of the disk: one that was
 *  read must not be followed by one more message. */
static void hold_row(struct answering *answering)
{
	const struct permission *row = &answering->row;

	index_hold(answering->index, row->sender, row->target, row->recipient);
	answering->is_held = true;
}

static void release_row(struct answering *answering)
{
	const struct permission *row = &answering->row;

	if (answering->is_held)
		index_release(answering->index, row->sender, row->target,
			      row->recipient);
}

/** A grant takes denies of the same scopes in other spellings away.  Where a
 *  wider one stands it would have no effect, and must not look as if it had. */
static enum err make_way(struct store *store, struct answering *answering)
{
	const struct answer *answer = &answering->answer;
	const struct permission *row = &answering->row;
	enum err err;

	if (answer->if_match && strcmp(answer->if_match, row->etag) != 0)
		return ERR_OK; /* 412, of which the change sees to */
	answering->wider.arena = answer->request->arena;
	err = store_permission_lift(store, row, answering->now,
				    &answering->wider);
	if (err == ERR_CONFLICT)
		answering->outcome = OUTCOME_OPPOSED;
	return err;
}

static enum err change_row(struct store *store, struct answering *answering)
{
	const struct answer *answer = &answering->answer;
	bool is_deny = is_revocation(answer);
	struct permission_change change = {
		.id = answering->row.id,
		.sender = answering->row.sender,
		.target = answering->row.target,
		.recipient = answering->row.recipient,
		.recipient_uri = answering->row.recipient_uri,
		.event = is_deny ? EVENT_DENY : EVENT_GRANT,
		.actor = ORIGIN_RECIPIENT,
		/* A deny counts whatever the tag says: safety first. */
		.if_match =
			answer->kind == TOKEN_DENY ? NULL : answer->if_match,
		.now = answering->now,
	};
	enum err err = ERR_OK;

	if (is_deny)
		hold_row(answering);
	else
		err = make_way(store, answering);
	if (err)
		return err == ERR_CONFLICT ? ERR_OK : err;
	if (!is_deny && answering->refresh_s)
		change.expires_at = answering->now + answering->refresh_s;
	err = store_permission_change(store, &change, answer->request->arena,
				      &answering->row);
	if (err == ERR_PRECONDITION) {
		answering->outcome = OUTCOME_PRECONDITION;
		return ERR_OK;
	}
	answering->outcome = is_deny ? OUTCOME_DENIED : OUTCOME_GRANTED;
	return err;
}

/** RFC 5360 section 5.11.1; the bounds make it no reflector. */
static enum err trigger_row(struct store *store, struct answering *answering)
{
	int64_t *asked;
	size_t n;
	enum err err;

	err = store_asked(store, answering->row.recipient, ASK_TRIGGER,
			  answering->now, answering->answer.request->arena,
			  &asked, &n);
	if (err)
		return err;
	if (limits_ask_at(&answering->trigger_limits, asked, n,
			  answering->now) > answering->now) {
		answering->outcome = OUTCOME_HELD;
		return ERR_OK;
	}
	answering->outcome = OUTCOME_ASKED;
	return ask_record(store, &answering->row, ASK_TRIGGER, answering->now,
			  &answering->tokens);
}

static enum err answer_run(struct store *store, struct write_job *job)
{
	struct answering *answering = answering_of(job);
	const struct answer *answer = &answering->answer;
	enum err err = find_row(store, answering);

	if (err == ERR_UNKNOWN) {
		answering->outcome = OUTCOME_UNKNOWN;
		return ERR_OK;
	}
	if (err)
		return err;

	struct proof_facts facts = {
		.kind = answer->kind,
		.sender = &answer->request->sender,
		.recipient = answering->row.recipient,
		.any_transport =
			answering->routability == ROUTABILITY_ANY_TRANSPORT,
		.asked_securely = answering->is_secure,
		.answered_securely = answer->over_tls,
		.after_deny = permission_is_own_deny(&answering->row),
	};

	switch (proof_decide(&facts)) {
	case PROOF_MISSING:
		answering->outcome = OUTCOME_UNPROVED;
		return ERR_OK;
	case PROOF_OF_ANOTHER:
		answering->outcome = OUTCOME_FORGED;
		return ERR_OK;
	case PROOF_GIVEN:
		break;
	}
	if (answer->kind == TOKEN_TRIGGER)
		return trigger_row(store, answering);
	if (is_empty_grant(answer)) {
		answering->outcome = OUTCOME_REMOVED_AT_ONCE;
		return ERR_OK;
	}
	return change_row(store, answering);
}

/* ---- the answer to the answer ----------------------------------------------
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
static int64_t expires_told(const struct answering *answering)
{
	int64_t expires_s =
		answering->refresh_s ? answering->refresh_s : NEVER_S;
	int asked_s = answering->answer.expires_s;

	return asked_s >= 0 && asked_s < expires_s ? asked_s : expires_s;
}

/** A trigger publishes nothing, but its 200 has a tag like the others. */
static const char *tag_told(const struct answering *answering,
			    struct arena *arena)
{
	struct token token = token_random();
	char hex[2 * TOKEN_LEN + 1];

	if (answering->outcome == OUTCOME_GRANTED ||
	    answering->outcome == OUTCOME_DENIED)
		return answering->row.etag;
	hex_encode(token.bytes, TOKEN_LEN, hex);
	return arena_strdup(arena, hex);
}

static void respond_ok(struct consents *consents,
		       const struct answering *answering)
{
	struct request *request = answering->answer.request;
	struct arena *arena = request->arena;
	const char *expires =
		arena_printf(arena, "%lld", (long long)expires_told(answering));
	const struct header headers[] = {
		{VIEW("SIP-ETag"), view_of(tag_told(answering, arena))},
		{VIEW("Expires"), view_of(expires)},
	};

	respond(consents, request, 200, headers, 2);
}

/** RFC 3261 section 20.43, for the person: which deny it is. */
static void respond_opposed(struct consents *consents,
			    const struct answering *answering)
{
	struct request *request = answering->answer.request;
	const struct permission *wider = &answering->wider.row;
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

static void log_outcome(const struct answering *answering, int status)
{
	const struct request *request = answering->answer.request;

	const struct permission *row = &answering->row;
	const char *by =
		request->sender.aor[0] ? request->sender.aor[0] : "token";

	if (answering->outcome == OUTCOME_UNKNOWN)
		log_event(LOG_INFO, request->id, "consent-reply-refused",
			  "status=%d reason=unknown-token call-id=%s from=%s",
			  status, log_text(request->call_id),
			  log_text(request->source));
	else if (answering->outcome == OUTCOME_GRANTED ||
		 answering->outcome == OUTCOME_DENIED)
		log_consent(request->id, outcome_event(answering->outcome),
			    "permission=%lld recipient=%s sender=%s target=%s "
			    "by=%s status=%d call-id=%s from=%s",
			    (long long)row->id, log_text(row->recipient),
			    log_text(row->sender), log_text(row->target),
			    log_text(by), status, log_text(request->call_id),
			    log_text(request->source));
	else
		log_event(LOG_INFO, request->id,
			  outcome_event(answering->outcome),
			  "permission=%lld recipient=%s by=%s status=%d "
			  "call-id=%s from=%s",
			  (long long)row->id, log_text(row->recipient),
			  log_text(by), status, log_text(request->call_id),
			  log_text(request->source));
}

static void answer_finish(struct consents *consents,
			  struct answering *answering)
{
	int status = outcome_status(answering->outcome);

	outcome_count(consents->settings.counters, answering->outcome);
	log_outcome(answering, status);
	release_row(answering); /* the row says it now */
	if (answering->outcome == OUTCOME_GRANTED ||
	    answering->outcome == OUTCOME_DENIED) {
		holds_release(consents, answering->row.id);
		asks_answered(consents, answering->row.id);
	}
	if (answering->outcome == OUTCOME_DENIED)
		asks_denied(consents, &answering->row);
	/* Before the response: it frees the arena of the row. */
	if (answering->outcome == OUTCOME_ASKED && !consents->draining)
		ask_begin(consents, &answering->row, ASK_TRIGGER,
			  &answering->tokens);
	if (status == 200)
		respond_ok(consents, answering);
	else if (answering->outcome == OUTCOME_OPPOSED)
		respond_opposed(consents, answering);
	else
		respond(consents, answering->answer.request, status, NULL, 0);
}

static void answer_done(struct write_job *job)
{
	struct answering *answering = answering_of(job);
	struct request *request = answering->answer.request;
	struct consents *consents = work_back(&answering->work);

	if (!consents) {
		release_row(answering);
		request_free(request);
	} else if (job->err) {
		if (answering->is_held)
			holds_keep(consents, &answering->row);
		/* Nothing changed, so nothing is said but that
		 * (RFC 3903 section 6: it must not take effect). */
		log_event(LOG_ERROR, request->id, "consent-reply-failed",
			  "reason=%s", log_text(err_text(job->err)));
		respond_busy(consents, request, 503);
	} else {
		answer_finish(consents, answering);
	}
}

/** Sheds load: questions first, a deny never. */
static bool is_refused_at_once(struct consents *consents,
			       const struct answer *answer)
{
	const struct consents_settings *settings = &consents->settings;

	if (answer->kind == TOKEN_DENY)
		return false;
	if (answer->kind == TOKEN_TRIGGER &&
	    consents->n_asks >= settings->asks_window) {
		respond_busy(consents, answer->request, 503);
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

void consent_receive(struct consents *consents, const struct answer *answer)
{
	const struct consents_settings *settings = &consents->settings;
	struct answering *answering;
	enum err err;

	if (is_refused_at_once(consents, answer))
		return;
	answering = arena_alloc(answer->request->arena, sizeof(*answering));
	answering->work.job.run = answer_run;
	answering->work.job.done = answer_done;
	answering->answer = *answer;
	answering->index = settings->index;
	answering->secret = settings->secret;
	answering->routability = settings->routability;
	answering->trigger_limits = settings->trigger_limits;
	answering->refresh_s = settings->refresh_s;
	answering->now = loop_wall_s(settings->loop);
	if (answer->if_match)
		answering->answer.if_match =
			arena_strdup(answer->request->arena, answer->if_match);
	err = is_revocation(answer)
		      ? work_submit_urgent(consents, &answering->work)
		      : work_submit(consents, &answering->work);
	if (err)
		respond_busy(consents, answer->request, 503);
}
