/* Who is to be called, from the entries of an order: the rules are those of a
 * list in a request. */
#include "server/focus/focus_private.h"

static bool refuse(struct callees *callees, enum err err, size_t index,
		   const char *reason)
{
	callees->refusal.err = err;
	callees->refusal.index = index;
	callees->refusal.reason = reason;
	callees->refusal.sip_status = uri_err_status(err);
	return false;
}

static bool read_entries(struct callees *callees,
			 const struct callees_order *order)
{
	struct recipients *set = &callees->recipients;

	for (size_t i = 0; i < order->n_entries; i++) {
		const struct conference_entry *it = &order->entries[i];
		const struct resource_list_entry entry = {
			view_of(it->uri), it->copy, it->is_anonymous};
		size_t n_before = set->n;
		enum err err = recipients_add(set, &entry);

		if (err)
			return refuse(callees, err, i, set->problem);
		if (set->n > n_before)
			callees->entries[n_before] = it;
	}
	return true;
}

static bool check_reachable(struct callees *callees,
			    const struct callees_order *order)
{
	struct recipients *set = &callees->recipients;
	enum err err = recipients_check(set);

	for (size_t i = 0; err && i < set->n; i++) {
		if (set->at[i].unreachable)
			return refuse(
				callees, err,
				(size_t)(callees->entries[i] - order->entries),
				set->problem);
	}
	return err ? refuse(callees, err, SIZE_MAX, set->problem) : true;
}

/* One decision each, as server/list makes it. */
static void decide(struct conferences *conferences, struct callees *callees,
		   const struct index_query *query)
{
	struct recipients *set = &callees->recipients;
	struct index_lookup *lookups =
		arena_array(callees->arena, set->n + 1, sizeof(*lookups));

	callees->verdicts = arena_array(callees->arena, set->n + 1,
					sizeof(*callees->verdicts));
	for (size_t i = 0; i < set->n; i++)
		lookups[i] =
			(struct index_lookup){.recipient = set->at[i].key,
					      .cached = &set->at[i].cached};
	index_decide_all(conferences->settings.index, query, lookups, set->n,
			 loop_wall_s(conferences->settings.loop));
	for (size_t i = 0; i < set->n; i++)
		callees->verdicts[i] = verdict_when_told(lookups[i].verdict);
}

/* RFC 5360 section 5.9.1: who has no permission. */
static bool refuse_missing(struct callees *callees)
{
	const struct recipients *set = &callees->recipients;
	const char **missing =
		arena_array(callees->arena, set->n + 1, sizeof(*missing));
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (callees->verdicts[i] != VERDICT_GRANTED)
			missing[n++] = set->at[i].name;
	}
	refuse(callees, ERR_AUTHENTICATE, SIZE_MAX, "Consent Needed");
	callees->refusal.sip_status = 470;
	callees->refusal.missing = missing;
	callees->refusal.n_missing = n;
	return false;
}

bool callees_read(struct conferences *conferences,
		  const struct callees_order *order, struct callees *ret)
{
	struct arena *arena = arena_new(0);

	*ret = (struct callees){
		.arena = arena,
		.recipients = {.arena = arena,
			       .rules = &conferences->settings.uri_rules,
			       .ours = &conferences->settings.ours,
			       .most = conferences->settings.parties_max}};
	recipients_init(&ret->recipients);
	ret->entries = arena_array(arena, order->n_entries + 1,
				   sizeof(struct conference_entry *));
	if (order->n_entries == 0)
		return refuse(ret, ERR_SYNTAX, SIZE_MAX,
			      "Recipient List Empty");
	if (!read_entries(ret, order) || !check_reachable(ret, order))
		return false;
	decide(conferences, ret, order->query);
	return list_decide(order->missing,
			   list_tally(ret->verdicts, ret->recipients.n)) ==
			       LIST_RELAY
		       ? true
		       : refuse_missing(ret);
}

void callees_release(struct callees *callees)
{
	arena_free(callees->arena);
}

static bool is_there(const struct conference_room *room, const char *key)
{
	const struct conference_party *party;
	uint64_t person = person_of(room->conferences, key);

	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party->person == person && party_is_there(party) &&
		    uri_keys_name_one(party->key, key))
			return true;
	}
	return false;
}

size_t callees_add(struct callees *callees, struct conference_room *room,
		   struct caller *caller, struct conference_party **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < callees->recipients.n; i++) {
		const struct recipient *it = &callees->recipients.at[i];
		const struct conference_entry *entry = callees->entries[i];
		struct callee callee = {.uri = it->uri,
					.key = it->key,
					.name = it->name,
					.display_name = entry->display_name,
					.copy = it->copy,
					.is_anonymous = it->is_anonymous,
					.is_muted = entry->is_muted,
					.caller = caller,
					.cached = it->cached};

		if (callees->verdicts[i] != VERDICT_GRANTED)
			room_note_left_out(room, it->key, it->cached.row);
		else if (!is_there(room, it->key))
			ret[n++] = party_add_callee(room, &callee);
	}
	return n;
}

enum missing_rule missing_of(const struct service *service,
			     enum conference_missing missing)
{
	switch (missing) {
	case CONFERENCE_MISSING_REFUSES:
		return MISSING_REFUSES;
	case CONFERENCE_MISSING_OMITS:
		return MISSING_OMITS;
	case CONFERENCE_MISSING_DEFAULT:
		break;
	}
	return service->missing;
}
