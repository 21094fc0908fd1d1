#include "policies/match.h"
#include "server/base/credentials.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/consent/consents.h"
#include "server/consent/permission_document.h"

#define MAX_FORWARDS 70

/** One question. */
struct ask {
	struct consent_job job;	 /**< tells the store what became of it */
	struct ask *next, *prev; /**< of consents->asks, oldest first */
	struct consents *consents;
	struct arena *arena;
	int64_t permission;
	const char *sender, *target, *recipient;
	enum ask_kind kind;
	const char *etag;   /**< of the permission when it was recorded */
	bool is_queued;	    /**< an earlier one to this recipient is out */
	bool is_checked;    /**< the writer has it: is it still wanted? */
	bool is_void;	    /**< replied to or opposed meanwhile: do not send */
	bool is_text;	    /**< the second try: the text alone */
	int64_t now;	    /**< for the store */
	const char *reason; /**< why it could not be delivered */
	bool is_away;	    /**< the recipient may be there later */
	struct permission_document whole, text;
	struct leg_template template;
	struct leg leg;
};

static struct ask *ask_of(struct write_job *job)
{
	return (struct ask *)(void *)job;
}

/* ---- the list ----------------------------------------------------------- */

static void ask_link(struct consents *consents, struct ask *ask)
{
	struct ask **end = &consents->asks;

	while (*end) {
		ask->prev = *end;
		end = &(*end)->next;
	}
	*end = ask;
	consents->n_asks++;
}

/** The question to @p recipient that is out now, if any. */
static struct ask *ask_out(struct consents *consents, const char *recipient)
{
	for (struct ask *ask = consents->asks; ask; ask = ask->next) {
		if (!ask->is_queued &&
		    uri_keys_name_one(ask->recipient, recipient))
			return ask;
	}
	return NULL;
}

static void ask_send(struct ask *ask);

static void ask_end(struct ask *ask)
{
	struct consents *consents = ask->consents;
	struct ask *next = ask->next;

	if (ask->next)
		ask->next->prev = ask->prev;
	if (ask->prev)
		ask->prev->next = ask->next;
	else
		consents->asks = ask->next;
	consents->n_asks--;
	for (; next; next = next->next) {
		if (next->is_queued &&
		    uri_keys_name_one(next->recipient, ask->recipient)) {
			ask_send(next);
			break;
		}
	}
	arena_free(ask->arena);
	sweep_start(consents); /* there is room again */
}

void asks_replied(struct consents *consents, int64_t permission)
{
	for (struct ask *ask = consents->asks; ask; ask = ask->next) {
		if (ask->permission == permission && ask->kind == ASK_ADDED)
			ask->is_void = true;
	}
}

void asks_denied(struct consents *consents, const struct permission *deny)
{
	for (struct ask *ask = consents->asks; ask; ask = ask->next) {
		struct permission row = {.sender = ask->sender,
					 .target = ask->target,
					 .recipient = ask->recipient};

		if (ask->kind == ASK_ADDED &&
		    (match_within(deny, &row) || match_within(&row, deny)))
			ask->is_void = true;
	}
	/* One may wait for a stream; the response to the deny comes after this.
	 */
	edge_quiesce(consents->settings.edge);
}

void asks_free(struct consents *consents)
{
	struct ask *next;

	for (struct ask *ask = consents->asks; ask; ask = next) {
		next = ask->next;
		if (ask->leg.state == LEG_ENDED || ask->is_checked)
			continue; /* with the writer; done() frees it */
		edge_drop(consents->settings.edge, &ask->leg);
		arena_free(ask->arena);
	}
	consents->asks = NULL;
}

/* ---- what became of it ----------------------------------------------------
 */

/** The recipient is away: the row stays pending, for as long as a question
 *  lives.  ERR_TIMEOUT: that is over. */
static enum err put_off(struct store *store, struct ask *ask)
{
	struct permission row;
	int64_t *asked, due_at;
	size_t n;
	enum err err =
		store_permission_get(store, ask->permission, ask->arena, &row);

	if (err || row.state != PERMISSION_PENDING)
		return err == ERR_UNKNOWN ? ERR_OK : err;
	err = store_asked(store, row.recipient, ASK_ADDED, ask->now, ask->arena,
			  &asked, &n);
	if (err)
		return err;
	due_at = ask->now + limits_ask_pause(n);
	if (due_at < ask->now + ask->leg.retry_after_s)
		due_at = ask->now + ask->leg.retry_after_s;
	if (due_at >= row.changed_at + ask->consents->settings.question_s)
		return ERR_TIMEOUT;
	return store_ask_put_off(store, row.id, due_at, ask->leg.status);
}

/** Writer's thread.  A question that fails never touches an older decision, and
 *  a 2xx is never a yes: permission_step() sees to both. */
static enum err outcome_run(struct store *store, struct write_job *job)
{
	struct ask *ask = ask_of(job);
	struct permission_change change = {
		.id = ask->permission,
		.event = ask->reason ? EVENT_UNDELIVERABLE : EVENT_SENT,
		.actor = ORIGIN_ADMIN,
		.reason = ask->reason,
		.expires_at = -1,
		.last_status = ask->leg.status,
		.now = ask->now,
	};
	struct permission row;
	enum err err = ask->is_away ? put_off(store, ask) : ERR_TIMEOUT;

	if (err != ERR_TIMEOUT)
		return err;
	err = store_permission_change(store, &change, ask->arena, &row);
	/* Gone meanwhile: nobody wants to know any more. */
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

static void outcome_done(struct write_job *job)
{
	struct ask *ask = ask_of(job);

	if (job->err)
		log_event(LOG_EVENT_ASK_NOT_WRITTEN, NULL,
			  "permission=%lld reason=%s",
			  (long long)ask->permission,
			  log_text(err_text(job->err)));
	if (consent_job_over(&ask->job))
		ask_end(ask);
	else
		arena_free(ask->arena);
}

static void ask_record_outcome(struct ask *ask)
{
	ask->job.write.run = outcome_run;
	ask->job.write.done = outcome_done;
	ask->now = loop_wall_s(ask->consents->settings.loop);
	if (consent_job_submit_urgent(ask->consents, &ask->job))
		ask_end(ask); /* stays pending; asked again later */
}

/**
 * RFC 5360 section 5.3.1 wants the document in the question, also where that is
 * more than UDP should carry; so the leg has no small form.  A phone that knows
 * only text, or little of it, refuses the document with all the rest: better
 * then a question that people can read than none.  The text has the same URIs.
 */
static bool ask_again_as_text(struct ask *ask)
{
	if (ask->is_text || (ask->leg.status != 413 && ask->leg.status != 415))
		return false;
	ask->is_text = true;
	ask->template.content = ask->text.content;
	ask->template.body = ask->text.body;
	ask->template.verdict = TEMPLATE_UNREAD;
	ask->leg.state = LEG_IDLE;
	ask->leg.status = ask->leg.retry_after_s = 0;
	ask->leg.cseq++; /* a new request, not a repeat */
	ask->leg.was_sent = false;
	edge_send(ask->consents->settings.edge, &ask->leg);
	return true;
}

static void ask_failed(struct ask *ask)
{
	const struct consents_settings *settings = &ask->consents->settings;
	int status = ask->leg.status;
	enum leg_outcome outcome = limits_leg_outcome(
		&settings->away, ask->leg.request_uri, status);

	ask->reason = ask_refusal(ask->arena, status);
	ask->is_away = outcome != LEG_OUTCOME_FAILED;
	if (outcome == LEG_OUTCOME_CREDENTIALS)
		credentials_wanted(settings->counters,
				   loop_wall_s(settings->loop), NULL,
				   ask->leg.request_uri, status);
}

static void ask_ended(struct leg *leg)
{
	struct ask *ask = leg->owner;
	struct counters *counters = ask->consents->settings.counters;
	bool is_taken = leg->status >= 200 && leg->status < 300;

	if (leg->status == LEG_STATUS_WITHDRAWN) {
		ask_end(ask);
		return;
	}
	if (ask_again_as_text(ask))
		return;
	count(counters, is_taken ? COUNT_ASKED : COUNT_ASK_FAILED);
	log_event(is_taken ? LOG_EVENT_ASKED : LOG_EVENT_ASK_FAILED, NULL,
		  "permission=%lld recipient=%s status=%d",
		  (long long)ask->permission, log_text(ask->recipient),
		  leg->status);
	if (!is_taken)
		ask_failed(ask);
	if (ask->kind == ASK_TRIGGER)
		ask_end(ask); /* RFC 5360 section 5.11.1: no state changes */
	else
		ask_record_outcome(ask);
}

static bool ask_still_wanted(struct leg *leg)
{
	const struct ask *ask = leg->owner;
	const struct consents_settings *settings = &ask->consents->settings;
	const struct permission row = {.sender = ask->sender,
				       .target = ask->target,
				       .recipient = ask->recipient};

	if (ask->is_void)
		return false;
	/* By any door; what follows a trigger is about a deny itself. */
	return ask->kind == ASK_TRIGGER || !settings->index ||
	       !index_forbids_asking(settings->index, &row,
				     loop_wall_s(settings->loop));
}

/* ---- its turn -------------------------------------------------------------
 */

/** A trigger asks about any row, but not about one that was denied since. */
static bool is_wanted(const struct ask *ask, const struct permission *row)
{
	if (ask->kind == ASK_TRIGGER)
		return row->state != PERMISSION_DENIED ||
		       strcmp(row->etag, ask->etag) == 0;
	return row->state == PERMISSION_PENDING ||
	       row->state == PERMISSION_WAITING;
}

/**
 * Writer's thread.  A question that waited is checked again, like a leg: its
 * permission may have been granted, denied or deleted by any door, or a wider
 * deny may stand.  What comes after this voids it (asks_replied()).
 */
static enum err check_run(struct store *store, struct write_job *job)
{
	struct ask *ask = ask_of(job);
	struct permission_found deny = {.arena = ask->arena};
	struct permission row;
	enum err err =
		store_permission_get(store, ask->permission, ask->arena, &row);

	if (!err && ask->kind == ASK_ADDED) {
		err = store_permission_opposed(store, &row, EVENT_ADDED,
					       ask->now, &deny);
		if (!err)
			return ERR_CONFLICT;
		if (err == ERR_UNKNOWN)
			err = ERR_OK;
	}
	if (!err && !is_wanted(ask, &row))
		err = ERR_CONFLICT;
	return err;
}

static void check_done(struct write_job *job)
{
	struct ask *ask = ask_of(job);
	struct consents *consents = consent_job_over(&ask->job);

	ask->is_checked = false;
	if (!consents)
		arena_free(ask->arena);
	else if (job->err || ask->is_void || consents->draining)
		ask_end(ask);
	else
		edge_send(consents->settings.edge, &ask->leg);
}

static void ask_send(struct ask *ask)
{
	ask->is_queued = false;
	ask->is_checked = true;
	ask->job.write.run = check_run;
	ask->job.write.done = check_done;
	ask->now = loop_wall_s(ask->consents->settings.loop);
	if (consent_job_submit_urgent(ask->consents, &ask->job)) {
		ask->is_checked = false;
		ask_end(ask); /* stays pending; asked again later */
	}
}

/* ---- making one -----------------------------------------------------------
 */

/* Of scheme sip: at a sips URI nobody could reach us. */
static const char *consent_uri(struct ask *ask, enum token_kind kind,
			       const struct token *token)
{
	const struct consents_settings *settings = &ask->consents->settings;
	char user[2 + TOKEN_HEX + 1];

	token_format(kind, token, user);
	return arena_printf(ask->arena, "sip:%s@%s", user,
			    settings->consent_host ? settings->consent_host
						   : settings->domain);
}

static void ask_write_body(struct ask *ask, const struct permission *row,
			   const struct ask_tokens *tokens)
{
	struct question question = {
		.sender = row->sender,
		.target = row->target,
		.recipient = row->recipient,
		.domain = ask->consents->settings.domain,
		.grant_uri = consent_uri(ask, TOKEN_GRANT, &tokens->grant),
		.deny_uri = consent_uri(ask, TOKEN_DENY, &tokens->deny),
	};

	permission_document_write(ask->arena, &question, &ask->whole);
	permission_document_write_text(ask->arena, &question, &ask->text);
}

static const char *random_hex(struct arena *arena)
{
	uint8_t bytes[16];
	char hex[2 * sizeof(bytes) + 1];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	return arena_strdup(arena, hex);
}

/** Date and Expires (RFC 3428 section 5); nothing in Require and no Contact,
 *  so that every phone can take it. */
static struct view ask_headers(struct ask *ask)
{
	const struct consents_settings *settings = &ask->consents->settings;
	time_t now = (time_t)loop_wall_s(settings->loop);
	struct tm tm;
	char date[40];

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return view_of(arena_printf(ask->arena, "Date: %s\r\nExpires: %lld\r\n",
				    date, (long long)settings->question_s));
}

/** From is who asks: the translation itself, never the sender. */
static void ask_write_leg(struct ask *ask, const char *target,
			  const char *request_uri)
{
	const char *domain = ask->consents->settings.domain;

	ask->template = (struct leg_template){
		.method = "MESSAGE",
		.from = strcmp(target, "*") == 0
				? arena_printf(ask->arena, "<sip:%s>", domain)
				: arena_printf(ask->arena, "<%s>", target),
		.from_tag = random_hex(ask->arena),
		.max_forwards = MAX_FORWARDS,
		.headers = ask_headers(ask),
		.content = ask->whole.content,
		.body = ask->whole.body,
	};
	ask->leg = (struct leg){
		.template = &ask->template,
		.request_uri = request_uri,
		.call_id = arena_printf(ask->arena, "%s@%s",
					random_hex(ask->arena), domain),
		.cseq = 1,
		.still_permitted = ask_still_wanted,
		.ended = ask_ended,
		.owner = ask,
	};
}

/** Where the question goes: the recorded URI, if it may be sent to at all. */
static enum err ask_request_uri(struct ask *ask, const char *recipient_uri,
				const char **ret)
{
	struct view text = view_of(recipient_uri);
	struct uri uri;
	enum err err = uri_parse(text, &uri);

	if (!err)
		err = uri_check_sendable(&uri,
					 &ask->consents->settings.uri_rules);
	if (!err)
		*ret = uri_request(ask->arena, &uri, text);
	return err;
}

int64_t *asks_away(const struct consents *consents, struct arena *arena,
		   size_t *ret_n)
{
	int64_t *away = arena_array(arena, consents->n_asks + 1, sizeof(*away));
	size_t n = 0;

	for (struct ask *ask = consents->asks; ask; ask = ask->next) {
		if (ask->kind == ASK_ADDED)
			away[n++] = ask->permission;
	}
	*ret_n = n;
	return away;
}

void ask_begin(struct consents *consents, const struct permission *row,
	       enum ask_kind kind, const struct ask_tokens *tokens)
{
	struct arena *arena;
	struct ask *ask;
	const char *request_uri;
	enum err err;

	arena = arena_new(0);
	ask = arena_alloc(arena, sizeof(*ask));
	ask->arena = arena;
	ask->consents = consents;
	ask->permission = row->id;
	ask->sender = arena_strdup(arena, row->sender);
	ask->target = arena_strdup(arena, row->target);
	ask->recipient = arena_strdup(arena, row->recipient);
	ask->etag = arena_strdup(arena, row->etag);
	ask->kind = kind;
	ask->is_queued = ask_out(consents, ask->recipient) != NULL;
	ask_link(consents, ask);

	err = ask_request_uri(ask, row->recipient_uri, &request_uri);
	if (err) {
		ask->leg.state = LEG_ENDED;
		ask->leg.status = err_sip_status(err);
		ask->reason = arena_printf(arena, "not a URI to send to: %s",
					   err_text(err));
		if (kind == ASK_TRIGGER)
			ask_end(ask);
		else
			ask_record_outcome(ask);
		return;
	}
	ask_write_body(ask, row, tokens);
	ask_write_leg(ask, row->target, request_uri);
	/* RFC 3428 section 8: one outstanding MESSAGE a URI. */
	if (!ask->is_queued)
		ask_send(ask);
}
