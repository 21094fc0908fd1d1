/*
 * One job of the writer: see reply.h.  done() is called after the commit.
 */
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/consent/reply_outcome.h"
#include "server/consent/reply_private.h"

static struct reply_job *reply_job_of(struct write_job *job)
{
	return (struct reply_job *)(void *)job;
}

/* ---- on the writer's thread ------------------------------------------------
 */

enum consent_answer reply_answer(const struct consent_reply *reply)
{
	return consent_answer_of(reply->kind, reply->answer);
}

bool reply_is_no(const struct consent_reply *reply)
{
	enum consent_answer answer = reply_answer(reply);

	return answer == CONSENT_NO || answer == CONSENT_STOP;
}

bool reply_is_revocation(const struct consent_reply *reply)
{
	/* What a PUBLISH client does to take back what it published
	 * (RFC 3903 section 4.5): its tag and Expires: 0. */
	return reply_is_no(reply) || (reply->kind == TOKEN_GRANT &&
				      reply->if_match && reply->expires_s == 0);
}

/** A no and what asks again need no more than that it was one. */
static bool needs_token_in_force(const struct consent_reply *reply)
{
	enum consent_answer answer = reply_answer(reply);

	return answer == CONSENT_YES || answer == CONSENT_LIFT;
}

/** Who signed in stops everything: no row is meant. */
static void make_row(const struct reply_job *reply_job, struct permission *ret)
{
	const struct consent_reply *reply = &reply_job->reply;
	const char *domain =
		domains_find(&reply_job->consents->settings.places.domains,
			     view_of(reply->domain ? reply->domain : ""));

	*ret = (struct permission){
		.sender = "anonymous",
		.target =
			domain ? arena_printf(reply_job->arena, "*@%s", domain)
			       : "*",
		.recipient = reply_job->sender.aor[0],
		.recipient_uri = reply_job->sender.aor[0],
		.all_kinds = true,
	};
}

/** A row of whoever signed in: the proof says if it is theirs. */
static enum err find_named_row(struct store *store, struct reply_job *reply_job)
{
	const struct consent_reply *reply = &reply_job->reply;
	enum err err;

	if (!reply->permission) {
		if (reply_answer(reply) != CONSENT_STOP ||
		    !reply_job->sender.aor[0])
			return ERR_UNKNOWN;
		make_row(reply_job, &reply_job->row);
		return ERR_OK;
	}
	err = store_permission_get(store, reply->permission, reply_job->arena,
				   &reply_job->row);
	reply_job->denies_all = reply_job->row.all_kinds;
	return err;
}

/** ERR_UNKNOWN: never issued, retired, or its permission is gone. */
static enum err token_permission(struct store *store,
				 struct reply_job *reply_job, int64_t *ret_id)
{
	const struct consent_reply *reply = &reply_job->reply;
	struct token_row token;
	uint8_t hash[HASH_LEN];
	enum err err;

	if (reply_answer(reply) == CONSENT_NONE)
		return ERR_UNKNOWN;
	if (reply->kind == TOKEN_TRIGGER)
		return secret_trigger_id(reply_job->consents->settings.secret,
					 &reply->token, ret_id);
	token_hash(reply->kind, &reply->token, hash);
	err = store_token_find(store, reply->kind, hash, &token);
	if (!err && token.is_retired && needs_token_in_force(reply))
		return ERR_UNKNOWN;
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
	enum err err;

	if (reply->by_sign_in)
		return find_named_row(store, reply_job);
	err = token_permission(store, reply_job, &id);
	if (!err)
		err = store_permission_get(store, id, arena, &reply_job->row);
	if (err == ERR_UNKNOWN && reply_is_no(reply)) {
		token_hash(reply->kind, &reply->token, hash);
		err = store_removed_deny_find(store, hash, arena,
					      &reply_job->row);
		reply_job->denies_all = reply_job->row.all_kinds;
	}
	return err;
}

/** A publication that lasts for no time (RFC 3903 section 6): the response says
 *  so, and it is no clear yes. */
static bool is_empty_grant(const struct consent_reply *reply)
{
	return reply->kind == TOKEN_GRANT && !reply->if_match &&
	       reply->expires_s == 0;
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
			.recipient = reply_job->row.recipient,
			.kind = PERMISSION_REQUEST_TRIGGER,
			.now = reply_job->now,
			.target = reply_job->row.target},
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

	return reply->domain && !reply_is_revocation(reply) &&
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
	enum err err;

	reply_job->outcome = REPLY_UNKNOWN; /* it may be run anew */
	err = find_row(store, reply_job);

	if (err == ERR_UNKNOWN || (!err && is_elsewhere(reply_job))) {
		reply_job->outcome = REPLY_UNKNOWN;
		return ERR_OK;
	}
	if (!err)
		err = is_after_deny(store, reply_job, &after_deny);
	if (err)
		return err;

	struct proof_facts facts = {
		.by_sign_in = reply->by_sign_in,
		.kind = reply->kind,
		.answer = reply->answer,
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
	if (reply_answer(reply) == CONSENT_AGAIN)
		return trigger_request(store, reply_job);
	if (is_empty_grant(reply)) {
		reply_job->outcome = REPLY_REMOVED_AT_ONCE;
		return ERR_OK;
	}
	return reply_change(store, reply_job);
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
	return reply_answer(reply) == CONSENT_AGAIN &&
	       consents->n_requests >= consents->settings.requests_in_flight;
}

static struct reply_job *reply_job_new(const struct consents *consents,
				       const struct consent_reply *reply)
{
	struct arena *arena = arena_new(0);
	struct reply_job *reply_job = arena_alloc(arena, sizeof(*reply_job));

	reply_job->arena = arena;
	reply_job->job.write.run = reply_run;
	/* It looks, and then denies by one function of the store. */
	reply_job->job.write.is_one_step = reply_is_no(reply);
	reply_job->job.over = reply_over;
	reply_job->reply = *reply;
	reply_job->reply.if_match = arena_strdup(arena, reply->if_match);
	reply_job->tags[0] = reply_job->reply.if_match;
	reply_job->reply.id = arena_strdup(arena, reply->id);
	reply_job->reply.call_id = arena_strdup(arena, reply->call_id);
	reply_job->reply.source = arena_strdup(arena, reply->source);
	reply_job->reply.shown = (struct consent_shown){
		arena_strdup(arena, reply->shown.version),
		arena_strdup(arena, reply->shown.language),
		arena_strdup(arena, reply->shown.hash)};
	if (reply->sender) {
		reply_job->sender.method = reply->sender->method;
		for (size_t i = 0; i < 2; i++)
			reply_job->sender.aor[i] =
				arena_strdup(arena, reply->sender->aor[i]);
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
	reply_job->job.write.goes_first = reply_is_revocation(reply);
	if (reply_is_revocation(reply))
		reply_job->job.write.door = reply->door;
	if (!job_group_submit(&consents->jobs, &reply_job->job,
			      reply_is_revocation(reply) ? STORE_JOB_URGENT
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
