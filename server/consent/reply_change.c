/* What a reply changes, on the writer's thread. */
#include "db/chat.h"
#include "db/permissions.h"
#include "server/consent/reply_private.h"

/** Rows of one person by which everybody is stopped: their spellings.  So many
 *  are looked for at first, and so many at last. */
#define STOPS_FIRST 64
#define STOPS_MOST 256

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
		.shown = reply->shown,
		/* A deny counts whatever the tag says: safety first. */
		.if_match = reply_is_no(reply) || !reply->if_match
				    ? NULL
				    : reply_job->tags,
		.now = reply_job->now,
	};
}

/** Whoever sends through whatever of the domain that asked. */
static void widen(const struct reply_job *reply_job,
		  struct permission_change *change)
{
	const char *domain = domains_of(
		&reply_job->consents->settings.places.domains, change->target);

	change->id = 0;
	change->row = NULL;
	change->sender = "anonymous";
	change->target =
		domain ? arena_printf(reply_job->arena, "*@%s", domain) : "*";
}

static enum err deny(struct store *store, struct reply_job *reply_job)
{
	struct permission_change change = change_of(reply_job, EVENT_DENY);
	bool is_further = false;
	enum err err = ERR_OK;

	if (reply_answer(&reply_job->reply) == CONSENT_STOP) {
		widen(reply_job, &change);
		reply_job->denies_all = true;
	}
	reply_job->denies_all |= reply_job->reply.is_for_all_kinds;
	/* Who takes a grant back takes back what it granted. */
	if (!reply_is_no(&reply_job->reply)) {
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

/** Where the recipient said so. */
static const char *place_of(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_PAGE:
		return "page of the question";
	case TOKEN_CHAT:
		return "reply to the question's own address";
	case TOKEN_GRANT:
	case TOKEN_DENY:
	case TOKEN_TRIGGER:
	case TOKEN_KINDS:
		break;
	}
	return "consent URI";
}

/** What the yes rests on, for the operator. */
static const char *evidence_of(const struct reply_job *reply_job)
{
	const char *place = place_of(reply_job->reply.kind);

	switch (reply_job->basis) {
	case PROOF_BASIS_DIGEST:
		return "recipient: digest";
	case PROOF_BASIS_ASSERTED:
		return "recipient: P-Asserted-Identity of a trusted peer";
	case PROOF_BASIS_SECURE_TOKEN:
		return arena_printf(
			reply_job->arena,
			"recipient: %s, asked by sips, answered by TLS", place);
	case PROOF_BASIS_TOKEN:
		break;
	}
	return arena_printf(reply_job->arena,
			    "recipient: %s alone (any-transport), from %s",
			    place,
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

/** Is it, or does it hold up what was asked as that does? */
static bool is_stop(const struct reply_job *reply_job,
		    const struct permission *row)
{
	return row->state == PERMISSION_DENIED &&
	       (row->all_kinds ||
		kinds_overlap(row->kinds,
			      kinds_or_message(reply_job->row.kinds)));
}

static enum err remove_stops(struct store *store,
			     const struct reply_job *reply_job,
			     const struct permission *rows, size_t n)
{
	struct permission_change change = change_of(reply_job, EVENT_REMOVED);
	struct permission was;
	enum err err = ERR_OK;

	change.kinds = (struct kinds){0, NULL};
	for (size_t i = 0; i < n && !err; i++) {
		if (!is_stop(reply_job, &rows[i]))
			continue;
		change.id = rows[i].id;
		err = store_permission_change(store, &change, reply_job->arena,
					      &was);
	}
	return err;
}

/** All of them, or ERR_FULL: none may be left without a word. */
static enum err find_stops(struct store *store, struct reply_job *reply_job,
			   struct permission **ret, size_t *ret_n)
{
	struct permission_change stop = change_of(reply_job, EVENT_DENY);
	const char *const aor[] = {stop.recipient, NULL};
	struct chat_rows_query of = {.aor = aor, .most = STOPS_FIRST};
	enum err err;

	widen(reply_job, &stop);
	of.sender = stop.sender;
	of.target = stop.target;
	err = store_chat_rows(store, &of, reply_job->arena, ret, ret_n);
	if (err || *ret_n < of.most)
		return err;
	of.most = STOPS_MOST;
	err = store_chat_rows(store, &of, reply_job->arena, ret, ret_n);
	return !err && *ret_n == of.most ? ERR_FULL : err;
}

/** The no to everything from this domain goes away, in whatever spelling, and
 *  no other. */
static enum err lift(struct store *store, struct reply_job *reply_job)
{
	struct permission *rows;
	size_t n;
	enum err err = find_stops(store, reply_job, &rows, &n);

	if (err)
		return err;
	reply_job->outcome = REPLY_LIFTED; /* or it was before */
	for (size_t i = 0; i < n; i++)
		if (is_stop(reply_job, &rows[i]) &&
		    !permission_is_own_deny(&rows[i])) {
			reply_job->wider.row = rows[i];
			reply_job->outcome = REPLY_OPPOSED;
			return ERR_OK;
		}
	return remove_stops(store, reply_job, rows, n);
}

enum err reply_change(struct store *store, struct reply_job *reply_job)
{
	enum err err;

	if (reply_answer(&reply_job->reply) == CONSENT_LIFT)
		err = lift(store, reply_job);
	else
		err = reply_is_revocation(&reply_job->reply)
			      ? deny(store, reply_job)
			      : grant(store, reply_job);

	if (err == ERR_PRECONDITION)
		reply_job->outcome = REPLY_PRECONDITION;
	return err == ERR_PRECONDITION || reply_job->outcome == REPLY_OPPOSED
		       ? ERR_OK
		       : err;
}
