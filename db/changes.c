/* Changes of a permission's state: all of them are made here. */
#include "db/pending_denies.h"
#include "db/permissions.h"
#include "db/revocations.h"
#include "db/transaction.h"

/** What is about to happen to a row. */
struct transition {
	const struct permission_change *change;
	const struct permission *old; /**< NULL: there is none; else &was */
	struct permission was;
	struct permission row; /**< as it will be */
	struct arena *arena;
	bool is_kept; /**< a deny that counts also when the store fails */
	bool heeds;   /**< all that the recipient denied stands against it */
	bool is_wide; /**< a deny of all kinds is on record, without a row */
};

/** Does the recipient decide? */
static bool is_own_word(const struct permission_change *change)
{
	return change->actor == ORIGIN_RECIPIENT &&
	       (change->event == EVENT_GRANT || change->event == EVENT_DENY);
}

/** Is the old row over, so that a new word starts afresh? */
static bool starts_afresh(const struct transition *step)
{
	enum permission_event event = step->change->event;

	return step->old &&
	       permission_is_expired(step->old, step->change->now) &&
	       (event == EVENT_ADDED || event == EVENT_AGAIN ||
		event == EVENT_GRANT || event == EVENT_DENY);
}

/** The same decision again by the same actor may bring new terms. */
static bool is_renewal(const struct transition *step)
{
	const struct permission_change *change = step->change;
	const struct permission *old = step->old;

	if (!old || old->origin != change->actor)
		return false;
	if (change->event != EVENT_GRANT && change->event != EVENT_DENY)
		return false;
	if (permission_is_wide_deny(change) && !old->all_kinds)
		return true;
	return (change->expires_at >= 0 &&
		change->expires_at != old->expires_at) ||
	       (change->evidence &&
		(!old->evidence ||
		 strcmp(change->evidence, old->evidence) != 0));
}

static enum permission_step take_step(const struct transition *step,
				      enum permission_state *ret_state)
{
	const struct permission_change *change = step->change;
	const struct permission *counted =
		starts_afresh(step) ? NULL : step->old;
	enum permission_step verdict = permission_step(
		counted, change->event, change->actor, ret_state);

	if (verdict == STEP_IGNORED && is_renewal(step)) {
		*ret_state = step->old->state;
		return STEP_TAKEN;
	}
	return verdict;
}

static struct permission row_new(const struct permission_change *change)
{
	return (struct permission){
		.sender = change->sender,
		.target = change->target,
		.recipient = change->recipient,
		.recipient_uri = change->recipient_uri ? change->recipient_uri
						       : change->recipient,
		.kinds = kinds_or_message(change->kinds),
		.created_at = change->now,
		.origin = change->actor,
	};
}

static bool is_decided(const struct permission *row)
{
	return row->state == PERMISSION_GRANTED ||
	       row->state == PERMISSION_DENIED;
}

/** Does another decision take the place of the old row's?  The same decision by
 *  the same actor is a renewal, not another. */
static bool is_replaced(const struct transition *step,
			enum permission_state state)
{
	const struct permission *old = step->old;

	return old && is_decided(old) &&
	       (old->state != state ||
		!permission_is_by_same(old, &step->row) || starts_afresh(step));
}

/** A no to one kind takes nothing back of one to all. */
static bool denies_all(const struct transition *step,
		       enum permission_state state)
{
	const struct permission *old = starts_afresh(step) ? NULL : step->old;

	return state == PERMISSION_DENIED &&
	       (permission_is_wide_deny(step->change) || step->is_wide ||
		(old && old->state == PERMISSION_DENIED && old->all_kinds));
}

/** The new row, from the old one, the event and the state it leads to. */
static void compose(const struct store *store, struct transition *step,
		    enum permission_state state)
{
	const struct permission_change *change = step->change;
	struct permission *row = &step->row;
	bool is_word =
		change->event == EVENT_GRANT || change->event == EVENT_DENY;
	bool is_other =
		!step->old || starts_afresh(step) || step->old->state != state;

	*row = step->old ? *step->old : row_new(change);
	row->state = state;
	row->all_kinds = denies_all(step, state);
	if (is_word || change->event == EVENT_ADDED ||
	    change->event == EVENT_AGAIN) {
		row->origin = change->actor;
		row->recorded_by = change->recorded_by;
		row->shown = change->shown;
	}
	if (change->recipient_uri)
		row->recipient_uri = change->recipient_uri;
	/* What was shown for one word is nothing for another. */
	if (change->evidence || is_replaced(step, state) ||
	    starts_afresh(step) ||
	    (is_word && (is_other || step->old->origin != change->actor)))
		row->evidence = change->evidence;
	if (change->expires_at >= 0)
		row->expires_at = change->expires_at;
	else if (is_other)
		row->expires_at = 0;
	row->reason = state == PERMISSION_ERROR ? change->reason : NULL;
	row->ask_due_at = state == PERMISSION_PENDING ? change->ask_due_at : 0;
	if (change->last_status != 0)
		row->last_status = change->last_status;
	row->changed_at = change->now;
	row->etag = etag_new(step->arena);
	renewal_plan(store, change, step->old, row);
}

/** What the record has: as the row, or where there is none, by its hash. */
static struct revocation recorded(const struct store *store,
				  const struct transition *step)
{
	const struct permission *row = &step->row;
	struct permission deny;

	if (step->old)
		return revocation_of(step->old);
	if (store->index && index_rowless_find(store->index, row, &deny))
		return revocation_of(&deny);
	return revocation_of(NULL);
}

/** The index has a deny at once, a grant when it is on disk. */
static void tell_index(struct store *store, const struct transition *step,
		       enum permission_step verdict)
{
	struct permission row = step->row;

	if (verdict == STEP_GONE)
		row.state = PERMISSION_PENDING; /* decides nothing any more */
	if (store->index)
		index_apply_deny(store->index, &row);
}

static enum err log_step(struct store *store, const struct transition *step,
			 enum permission_step verdict)
{
	const struct revocation was = recorded(store, step);
	const struct permission *row = verdict == STEP_GONE ? NULL : &step->row;

	enum err err =
		change_log_step(store, step->change, step->old, row, &was);

	/* Memory has nothing of it. */
	if (err == ERR_OK && verdict == STEP_TAKEN && !step->old &&
	    row->state != PERMISSION_DENIED && !was.is_denied &&
	    !is_own_word(step->change))
		changes_last_is_silent(store, row);
	return err;
}

/** May a leg be on its way that is not permitted any more? */
static bool needs_quiesce(const struct transition *step,
			  enum permission_step verdict)
{
	const struct permission *old = step->old;
	int64_t ends_at = step->row.expires_at;

	/* A deny that changes nothing was perhaps preceded by one that nobody
	 * has answered yet. */
	if (step->change->event == EVENT_DENY || verdict == STEP_GONE)
		return true;
	if (!old || old->state != PERMISSION_GRANTED)
		return false;
	return step->row.state != PERMISSION_GRANTED ||
	       (ends_at != 0 &&
		(old->expires_at == 0 || ends_at < old->expires_at));
}

/** The recipient's yes to some kinds after their no to all. */
static bool ends_wide_deny(const struct transition *step)
{
	const struct permission *old = step->old;

	return step->change->event == EVENT_GRANT &&
	       step->change->actor == ORIGIN_RECIPIENT &&
	       (old ? old->all_kinds && permission_is_own_deny(old)
		    : step->is_wide);
}

static enum err write_step(struct store *store, struct transition *step,
			   enum permission_step verdict)
{
	const struct permission_change *change = step->change;
	bool is_own_deny = change->event == EVENT_DENY &&
			   change->actor == ORIGIN_RECIPIENT;
	bool is_ended = false; /**< a deny that was pending */
	enum err err = ERR_OK;

	if (verdict == STEP_GONE)
		err = permission_delete_row(store, step->row.id);
	else if (verdict == STEP_IGNORED && step->old && change->last_status)
		err = permission_note_status(store, step->old->id,
					     change->last_status);
	else if (step->old && is_replaced(step, step->row.state))
		err = past_decision_add(store, step->old, step->change->now);
	if (err == ERR_OK && verdict == STEP_TAKEN && step->old)
		err = permission_update_row(store, &step->row);
	else if (err == ERR_OK && verdict == STEP_TAKEN)
		err = permission_insert_row(store, &step->row);
	if (err == ERR_OK && verdict != STEP_IGNORED)
		err = notice_heed(store, change, step->old,
				  verdict == STEP_GONE ? NULL : &step->row);
	if (err == ERR_OK && verdict != STEP_IGNORED)
		err = log_step(store, step, verdict);
	if (err == ERR_OK && verdict == STEP_TAKEN)
		err = question_heed(store, change,
				    step->was.id ? step->was.id : step->row.id);
	else if (err == ERR_OK && verdict == STEP_IGNORED && step->old)
		err = question_pay(store, change, step->old);
	if (err == ERR_OK && is_own_deny)
		err = permission_retire_grants(store, step->row.id);
	if (err == ERR_OK && verdict == STEP_TAKEN && ends_wide_deny(step))
		err = permission_keep_rest(store, &step->row, step->row.kinds,
					   change, step->arena);
	if (err == ERR_OK && permission_is_wide_deny(change) &&
	    step->row.state == PERMISSION_DENIED)
		err = permission_deny_beside(store, &step->row, change,
					     step->arena);
	if (err == ERR_OK && is_own_word(change))
		is_ended = pending_deny_expect(store, &step->row);
	if (err == ERR_OK && is_ended && verdict == STEP_IGNORED)
		err = log_step(store, step, verdict);
	if (err == ERR_OK && (is_ended || verdict != STEP_IGNORED))
		tell_index(store, step, verdict);
	store->needs_quiesce |= needs_quiesce(step, verdict);
	/* No yes is promised before a deny whose commit failed is lifted. */
	store->is_recorded |=
		change->event == EVENT_DENY ||
		recorded(store, step).is_denied ||
		(store->record && revocations_must_lift(store->record));
	return err;
}

/**
 * RFC 5360 section 5.8, also where the row is lost: nobody but the recipient
 * overturns a deny of which only the hash is known.  One who denies once more
 * makes its row: it is the recipient's all the same.
 */
static enum err heed_rowless(const struct store *store, struct transition *step,
			     struct permission_change *mine)
{
	const struct permission_change *change = step->change;
	const struct permission scopes = permission_scopes(change);
	struct permission deny;

	if (!store->index ||
	    !index_rowless_find(store->index, &scopes, &deny) ||
	    deny.origin != ORIGIN_RECIPIENT)
		return ERR_OK;
	/* What is left of all kinds is not more than that. */
	step->is_wide = deny.all_kinds && !kinds_is_rest(change->kinds);
	if (change->actor == ORIGIN_RECIPIENT)
		return ERR_OK;
	if (change->event != EVENT_DENY)
		return ERR_CONFLICT;
	*mine = *change;
	mine->actor = ORIGIN_RECIPIENT;
	mine->expires_at = -1;
	step->change = mine;
	return ERR_OK;
}

/** By the row as it is; where that cannot be read, by what is to be denied. */
static void deny_at_once(struct store *store, const struct transition *step)
{
	struct permission deny =
		step->old ? *step->old : permission_scopes(step->change);

	deny.all_kinds = permission_is_wide_deny(step->change);
	if (step->change->kinds.set)
		deny.kinds = step->change->kinds;
	if (step->is_kept)
		pending_deny_add(store, &deny);
}

/** A deny of other scopes, or of another spelling of these. */
static enum err heed_opposed(struct store *store, struct transition *step)
{
	const struct permission_change *change = step->change;
	const struct permission triple = permission_scopes(change);
	struct permission_found deny = {.arena = step->arena};
	enum err err =
		store_permission_opposed(store, step->old ? step->old : &triple,
					 change->event, change->now, &deny);

	if (err != ERR_OK)
		return err == ERR_UNKNOWN ? ERR_OK : err;
	step->was = deny.row;
	return ERR_CONFLICT;
}

/** May it happen to the row that was found? */
static enum err check(struct store *store, struct transition *step)
{
	const struct permission_change *change = step->change;

	if (change->if_match &&
	    !(step->old && etag_is_among(step->old->etag, change->if_match)))
		return ERR_PRECONDITION;
	return step->heeds ? heed_opposed(store, step) : ERR_OK;
}

/** Of a row for several kinds some are denied: they get a row of their own. */
static enum err take_apart(struct store *store, struct transition *step,
			   struct permission_change *mine)
{
	const struct permission *old = step->old;
	struct kinds less = step->change->kinds;
	struct kinds rest = kinds_without(old->kinds, less);
	enum err err = permission_narrow(store, old, rest, step->change->now,
					 step->arena);

	*mine = *step->change;
	mine->id = 0;
	mine->sender = old->sender;
	mine->target = old->target;
	mine->recipient = old->recipient;
	mine->recipient_uri = old->recipient_uri;
	step->change = mine;
	step->old = NULL;
	return err;
}

/** A deny of all kinds that did not get to the disk holds until now; it is said
 *  before the yes that ends it, so that the yes is one to its own kinds. */
static enum err repeat_deny(struct store *store, const struct transition *step)
{
	const struct permission_change *change = step->change;
	struct permission_change deny = {.event = EVENT_DENY,
					 .actor = ORIGIN_RECIPIENT,
					 .expires_at = -1,
					 .now = change->now};
	struct permission row =
		step->old ? *step->old : permission_scopes(change);

	row.kinds = kinds_or_message(row.kinds);
	if (!pending_deny_is_wide(store, &row))
		return ERR_OK;
	return permission_deny_others(store, &row, &deny, step->arena);
}

static enum err prepare(struct store *store, struct transition *step,
			struct permission_change *mine)
{
	const struct permission_change *change = step->change;
	const struct permission *old = step->old;

	if (change->event == EVENT_GRANT && change->actor == ORIGIN_RECIPIENT)
		return repeat_deny(store, step);
	if (change->event == EVENT_DENY && change->kinds.set && old &&
	    old->state != PERMISSION_DENIED &&
	    !kinds_equal(old->kinds, change->kinds))
		return take_apart(store, step, mine);
	return ERR_OK;
}

static enum err change_row(struct store *store, struct transition *step)
{
	struct permission_change mine;
	enum permission_state state = PERMISSION_PENDING;
	enum permission_step verdict;
	enum err err = permission_find_changed(store, step->change, step->arena,
					       &step->was);

	if (err == ERR_EXISTS && permission_is_own_deny(&step->was) &&
	    step->change->actor != ORIGIN_RECIPIENT)
		return ERR_CONFLICT;
	if (err == ERR_EXISTS || (err == ERR_UNKNOWN && step->change->id != 0))
		return err;
	if (err != ERR_OK && err != ERR_UNKNOWN) {
		deny_at_once(store, step);
		return err;
	}
	step->old = err == ERR_OK ? &step->was : NULL;
	err = step->old ? ERR_OK : heed_rowless(store, step, &mine);
	if (err == ERR_OK)
		err = check(store, step);
	if (err != ERR_OK)
		return err;
	deny_at_once(store, step);
	err = prepare(store, step, &mine);
	if (err != ERR_OK)
		return err;
	verdict = take_step(step, &state);
	if (verdict == STEP_FORBIDDEN)
		return ERR_CONFLICT;
	if (verdict == STEP_TAKEN)
		compose(store, step, state);
	else if (!step->old)
		return ERR_UNKNOWN;
	else
		step->row = step->was;
	return write_step(store, step, verdict);
}

static enum err change_permission(struct store *store, struct transition *step)
{
	enum err err = transaction_begin(store);

	if (err == ERR_OK)
		return transaction_end(store, change_row(store, step));
	deny_at_once(store, step);
	return err;
}

enum err store_permission_change(struct store *store,
				 const struct permission_change *change,
				 struct arena *arena, struct permission *ret)
{
	struct transition step = {.change = change, .arena = arena};
	enum err err = change_permission(store, &step);

	if (err == ERR_OK)
		*ret = step.row;
	return err;
}

enum err store_permission_set(struct store *store,
			      const struct permission_change *change,
			      struct arena *arena,
			      struct permission_result *ret)
{
	struct transition step = {
		.change = change, .arena = arena, .heeds = true};
	enum err err = change_permission(store, &step);

	if (err == ERR_OK)
		*ret = (struct permission_result){
			.is_new = !step.old, .was = step.was, .row = step.row};
	if (err == ERR_CONFLICT || err == ERR_EXISTS)
		*ret = (struct permission_result){.is_new = step.was.id == 0,
						  .was = step.was};
	return err;
}

enum err store_permission_deny(struct store *store,
			       const struct permission_change *change,
			       struct arena *arena, struct permission *ret)
{
	struct transition step = {
		.change = change, .arena = arena, .is_kept = true};
	enum err err = change_permission(store, &step);

	if (err == ERR_OK)
		*ret = step.row;
	return err;
}
