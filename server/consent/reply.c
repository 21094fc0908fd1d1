/*
 * One job of the writer: see reply.h.  done() is called after the commit.
 */
#include "server/consent/reply.h"

#include "db/permission_requests.h"
#include "db/permissions.h"
#include "policies/proof.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/consent/consents_private.h"
#include "server/consent/reply_outcome.h"

struct reply_job {
	struct store_job job;
	struct arena *arena; /**< in which it lives */
	struct consents *consents;
	struct reply_job *next, *previous; /**< of consents->replies */
	struct consent_reply reply;
	const char *tags[2];	/**< if_match of the reply */
	struct identity sender; /**< of the reply */
	reply_done_fn done;	/**< NULL: nobody waits for it */
	void *arg;
	int64_t now;
	/* filled on the writer's thread */
	enum reply_outcome outcome;
	struct permission row;
	int is_secure;	 /**< the permission request went out over SIPS */
	bool denies_all; /**< a no by this token is one to all kinds */
	enum proof_basis basis;		       /**< of a grant */
	struct permission_request_order order; /**< a trigger's */
	struct permission_found wider;	       /**< REPLY_OPPOSED: the deny */
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
		return secret_trigger_id(reply_job->consents->settings.secret,
					 &reply->token, ret_id);
	token_hash(reply->kind, &reply->token, hash);
	err = store_token_find(store, reply->kind, hash, &token);
	if (!err) {
		*ret_id = token.permission;
		reply_job->is_secure = token.is_secure;
		reply_job->denies_all = token.all_kinds;
	}
	return err;
}

/** A deny counts after its permission was removed, too: its row is without an
 *  id then. */
static enum err find_row(struct store *store, struct reply_job *reply_job)
{
	const struct consent_reply *reply = &reply_job->reply;
	struct arena *arena = reply_job->arena;
	uint8_t hash[HASH_LEN];
	int64_t id;
	enum err err = token_permission(store, reply_job, &id);

	if (!err)
		err = store_permission_get(store, id, arena, &reply_job->row);
	if (err == ERR_UNKNOWN && reply->kind == TOKEN_DENY) {
		token_hash(reply->kind, &reply->token, hash);
		err = store_removed_deny_find(store, hash, arena,
					      &reply_job->row);
		reply_job->denies_all = reply_job->row.all_kinds;
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

/** A grant takes denies of the same scopes in other spellings away.  Where a
 *  wider one stands it would have no effect, and must not look as if it had. */
static enum err make_way(struct store *store, struct reply_job *reply_job)
{
	const struct consent_reply *reply = &reply_job->reply;
	const struct permission *row = &reply_job->row;
	enum err err;

	if (reply->if_match && strcmp(reply->if_match, row->etag) != 0)
		return ERR_OK; /* 412, of which the change sees to */
	reply_job->wider.arena = reply_job->arena;
	err = store_permission_lift(store, row, reply_job->now,
				    &reply_job->wider);
	if (err == ERR_CONFLICT)
		reply_job->outcome = REPLY_OPPOSED;
	return err;
}

static struct permission_change change_of(const struct reply_job *reply_job,
					  enum permission_event event)
{
	const struct consent_reply *reply = &reply_job->reply;
	const struct permission *row = &reply_job->row;

	return (struct permission_change){
		.id = row->id,
		.row = event == EVENT_DENY && row->id ? row : NULL,
		.sender = row->sender,
		.target = row->target,
		.recipient = row->recipient,
		.recipient_uri = row->recipient_uri,
		.kinds = row->kinds,
		.event = event,
		.actor = ORIGIN_RECIPIENT,
		/* A deny counts whatever the tag says: safety first. */
		.if_match = reply->kind == TOKEN_DENY || !reply->if_match
				    ? NULL
				    : reply_job->tags,
		.now = reply_job->now,
	};
}

static enum err deny(struct store *store, struct reply_job *reply_job)
{
	struct permission_change change = change_of(reply_job, EVENT_DENY);
	bool is_further = false;
	enum err err = ERR_OK;

	/* Who takes a grant back takes back what it granted. */
	if (reply_job->reply.kind != TOKEN_DENY) {
		err = store_permission_is_further(store, &reply_job->row,
						  reply_job->now, &is_further);
		reply_job->denies_all = !is_further;
	}
	if (err || reply_job->denies_all)
		change.kinds = (struct kinds){0, NULL};
	reply_job->outcome = REPLY_DENIED;
	return store_permission_deny(store, &change, reply_job->arena,
				     &reply_job->row);
}

/** What the yes rests on, for the operator. */
static const char *evidence_of(const struct reply_job *reply_job)
{
	switch (reply_job->basis) {
	case PROOF_BASIS_DIGEST:
		return "recipient: digest";
	case PROOF_BASIS_ASSERTED:
		return "recipient: P-Asserted-Identity of a trusted peer";
	case PROOF_BASIS_SECURE_TOKEN:
		return "recipient: consent URI, asked by sips, answered by TLS";
	case PROOF_BASIS_TOKEN:
		break;
	}
	return arena_printf(reply_job->arena,
			    "recipient: consent URI alone (any-transport), "
			    "from %s",
			    reply_job->reply.source ? reply_job->reply.source
						    : "an unknown address");
}

static enum err grant(struct store *store, struct reply_job *reply_job)
{
	int64_t refresh_s = reply_job->consents->settings.refresh_s;
	struct permission_change change = change_of(reply_job, EVENT_GRANT);
	enum err err = make_way(store, reply_job);

	if (err)
		return err;
	change.evidence = evidence_of(reply_job);
	change.expires_at =
		term_end(reply_job->row.term_s, refresh_s, reply_job->now);
	reply_job->outcome = REPLY_GRANTED;
	return store_permission_change(store, &change, reply_job->arena,
				       &reply_job->row);
}

static enum err change_row(struct store *store, struct reply_job *reply_job)
{
	enum err err = is_revocation(&reply_job->reply)
			       ? deny(store, reply_job)
			       : grant(store, reply_job);

	if (err == ERR_PRECONDITION)
		reply_job->outcome = REPLY_PRECONDITION;
	return err == ERR_PRECONDITION || reply_job->outcome == REPLY_OPPOSED
		       ? ERR_OK
		       : err;
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
		&(struct permission_requests_query){
			reply_job->row.recipient, PERMISSION_REQUEST_TRIGGER,
			reply_job->now, reply_job->row.target},
		reply_job->arena, &asked, &n);
	if (err)
		return err;
	if (limits_ask_at(&reply_job->consents->settings.trigger_limits, asked,
			  n, reply_job->now) > reply_job->now) {
		reply_job->outcome = REPLY_RATE_LIMITED;
		return ERR_OK;
	}
	reply_job->outcome = REPLY_ASKED;
	reply_job->order.row = &reply_job->row;
	reply_job->order.kind = PERMISSION_REQUEST_TRIGGER;
	reply_job->order.owner = reply_job->row.recipient;
	err = permission_request_make_tokens(store, &reply_job->row,
					     reply_job->now,
					     &reply_job->order.tokens);
	return err ? err
		   : permission_request_record(store, &reply_job->order,
					       reply_job->now);
}

static bool is_in_closed_network(const struct reply_job *reply_job)
{
	const struct consents_settings *settings =
		&reply_job->consents->settings;

	for (size_t i = 0; i < settings->n_any_transport; i++)
		if (trust_network_holds(&settings->any_transport[i],
					reply_job->reply.address))
			return true;
	return false;
}

/** At another domain the consent URI is nobody's, but a no is never refused. */
static bool is_elsewhere(const struct reply_job *reply_job)
{
	const struct consents_settings *settings =
		&reply_job->consents->settings;
	const struct consent_reply *reply = &reply_job->reply;

	return reply->domain && !is_revocation(reply) &&
	       strcmp(reply->domain,
		      domains_name(&settings->places.domains, settings->domain,
				   reply_job->row.target)) != 0;
}

/** Has the recipient said no to it, or to more or less than it, in whatever
 *  spelling?  Only a trigger asks for that. */
static enum err is_after_deny(struct store *store,
			      const struct reply_job *reply_job, bool *ret)
{
	struct permission_found deny = {.arena = reply_job->arena};
	enum err err;

	*ret = permission_is_own_deny(&reply_job->row);
	if (*ret || reply_job->reply.kind != TOKEN_TRIGGER)
		return ERR_OK;
	err = store_permission_opposed(store, &reply_job->row, EVENT_AGAIN,
				       reply_job->now, &deny);
	*ret = err == ERR_OK;
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

static enum err reply_run(struct store *store, struct write_job *job)
{
	struct reply_job *reply_job = reply_job_of(job);
	const struct consent_reply *reply = &reply_job->reply;
	bool after_deny = false;
	enum err err = find_row(store, reply_job);

	if (err == ERR_UNKNOWN || (!err && is_elsewhere(reply_job))) {
		reply_job->outcome = REPLY_UNKNOWN;
		return ERR_OK;
	}
	if (!err)
		err = is_after_deny(store, reply_job, &after_deny);
	if (err)
		return err;

	struct proof_facts facts = {
		.kind = reply->kind,
		.sender = reply->sender,
		.vouched = reply->vouched,
		.recipient = reply_job->row.recipient,
		.any_transport = is_in_closed_network(reply_job),
		.asked_securely = reply_job->is_secure,
		.replied_securely = reply->over_tls,
		.after_deny = after_deny,
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
	reply_job->basis = proof_basis(&facts);
	if (reply->kind == TOKEN_TRIGGER)
		return trigger_request(store, reply_job);
	if (is_empty_grant(reply)) {
		reply_job->outcome = REPLY_REMOVED_AT_ONCE;
		return ERR_OK;
	}
	return change_row(store, reply_job);
}

/* ---- on the loop's thread ----------------------------------------------- */

static void reply_job_link(struct consents *consents,
			   struct reply_job *reply_job)
{
	reply_job->consents = consents;
	reply_job->next = consents->replies;
	if (reply_job->next)
		reply_job->next->previous = reply_job;
	consents->replies = reply_job;
}

static void reply_job_free(struct reply_job *reply_job)
{
	if (reply_job->next)
		reply_job->next->previous = reply_job->previous;
	if (reply_job->previous)
		reply_job->previous->next = reply_job->next;
	else
		reply_job->consents->replies = reply_job->next;
	arena_free(reply_job->arena);
}

/** The last of it. */
static void reply_job_end(struct reply_job *reply_job, enum err err)
{
	const struct reply_result result = {
		.err = err,
		.outcome = reply_job->outcome,
		.row = &reply_job->row,
		.wider = &reply_job->wider.row,
	};

	if (reply_job->done)
		reply_job->done(reply_job->arg, &result);
	reply_job_free(reply_job);
}

/** It is on disk: what rests on it follows. */
static void reply_job_follow(struct consents *consents,
			     const struct reply_job *reply_job)
{
	const struct permission *row = &reply_job->row;

	if (reply_job->outcome == REPLY_GRANTED ||
	    reply_job->outcome == REPLY_DENIED)
		permission_requests_replied(consents, row->id);
	if (reply_job->outcome == REPLY_DENIED)
		permission_requests_denied(consents, row);
	if (reply_job->outcome == REPLY_ASKED && !consents->draining) {
		consents_note_message(consents);
		count(consents->settings.counters, COUNT_UNPERMITTED_IN);
		count_more(consents->settings.counters,
			   COUNT_UNPERMITTED_BYTES_IN, reply_job->reply.bytes);
		permission_request_begin(consents, &reply_job->order);
	}
}

static void reply_over(struct store_job *job)
{
	struct reply_job *reply_job = reply_job_of(&job->write);
	struct consents *consents = reply_job->consents;
	enum err err = job->write.err;

	if (err) {
		log_event(LOG_EVENT_CONSENT_REPLY_FAILED, reply_job->reply.id,
			  "reason=%s", log_text(err_text(err)));
	} else {
		reply_outcome_count(consents->settings.counters,
				    reply_job->outcome);
		reply_outcome_log(reply_job->outcome, &reply_job->reply,
				  &reply_job->row);
		reply_job_follow(consents, reply_job);
	}
	reply_job_end(reply_job, err);
}

void replies_free(struct consents *consents)
{
	while (consents->replies)
		reply_job_end(consents->replies, ERR_SHUTDOWN);
}

void reply_job_forget(struct reply_job *reply_job)
{
	reply_job->done = NULL;
}

/** Sheds load: new permission requests first, a deny never. */
static bool is_refused_at_once(const struct consents *consents,
			       const struct consent_reply *reply)
{
	return reply->kind == TOKEN_TRIGGER &&
	       consents->n_requests >= consents->settings.requests_in_flight;
}

static const char *copy(struct arena *arena, const char *string)
{
	return string ? arena_strdup(arena, string) : NULL;
}

static struct reply_job *reply_job_new(const struct consents *consents,
				       const struct consent_reply *reply)
{
	struct arena *arena = arena_new(0);
	struct reply_job *reply_job = arena_alloc(arena, sizeof(*reply_job));

	reply_job->arena = arena;
	reply_job->job.write.run = reply_run;
	/* It looks, and then denies by one function of the store. */
	reply_job->job.write.is_one_step = reply->kind == TOKEN_DENY;
	reply_job->job.over = reply_over;
	reply_job->reply = *reply;
	reply_job->reply.if_match = copy(arena, reply->if_match);
	reply_job->tags[0] = reply_job->reply.if_match;
	reply_job->reply.id = copy(arena, reply->id);
	reply_job->reply.call_id = copy(arena, reply->call_id);
	reply_job->reply.source = copy(arena, reply->source);
	if (reply->sender) {
		reply_job->sender.method = reply->sender->method;
		for (size_t i = 0; i < 2; i++)
			reply_job->sender.aor[i] =
				copy(arena, reply->sender->aor[i]);
	}
	reply_job->reply.sender = &reply_job->sender;
	reply_job->now = loop_wall_s(consents->settings.loop);
	return reply_job;
}

struct reply_job *consents_decide(struct consents *consents,
				  const struct consent_reply *reply,
				  reply_done_fn done, void *arg)
{
	struct reply_job *reply_job;

	if (is_refused_at_once(consents, reply))
		return NULL;
	reply_job = reply_job_new(consents, reply);
	reply_job->done = done;
	reply_job->arg = arg;
	reply_job_link(consents, reply_job);
	reply_job->job.write.goes_first = is_revocation(reply);
	if (is_revocation(reply))
		reply_job->job.write.door = reply->door;
	if (!job_group_submit(&consents->jobs, &reply_job->job,
			      is_revocation(reply) ? STORE_JOB_URGENT
						   : STORE_JOB_USUAL))
		return reply_job;
	reply_job_free(reply_job);
	return NULL;
}

bool consent_knows_deny(const struct consents *consents,
			const struct token *token)
{
	uint8_t hash[HASH_LEN];

	token_hash(TOKEN_DENY, token, hash);
	return index_deny_known(consents->settings.index, hash);
}
