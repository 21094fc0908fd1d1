/* Who has people called, and how much they still may. */
#include "server/focus/focus_private.h"

#include "server/list/assertion.h"

#define DAY_S 86400
/** A caller who hangs up right after the 200, so often in a minute, is no
 *  person. */
#define HANG_UPS_MAX 10
#define HANG_UPS_MS 60000
#define RETRY_AFTER_S 30
/** Calls that a conference may have had, those that are over too, for each
 *  party that it may have. */
#define CALLS_PER_PARTY 20

struct assertion assertion_of(struct arena *arena, const struct identity *who)
{
	struct text lines;

	text_init(&lines, arena);
	assertion_add_identity(who, &lines);
	return (struct assertion){.asserted = text_view(&lines)};
}

void caller_assert(struct caller *caller, const struct request *request)
{
	struct text asserted, privacy;

	text_init(&asserted, caller->arena);
	assertion_add(request, &asserted);
	text_init(&privacy, caller->arena);
	assertion_add_privacy(request, &privacy);
	caller->assertion =
		(struct assertion){.asserted = text_view(&asserted),
				   .privacy_line = text_view(&privacy),
				   .privacy = request->privacy};
}

static struct caller *caller_new(struct conference_room *room,
				 const struct identity *who)
{
	struct arena *arena = arena_new(0);
	struct caller *caller = arena_alloc(arena, sizeof(*caller));
	struct identity *identity = arena_alloc(arena, sizeof(*identity));

	identity->method = who->method;
	for (size_t i = 0; i < 2; i++)
		identity->aor[i] = arena_strdup(arena, who->aor[i]);
	caller->arena = arena;
	caller->key = identity->aor[0];
	caller->assertion = assertion_of(arena, identity);
	caller->query = index_query_new(room->conferences->settings.index,
					arena, identity, room->service->key,
					kinds_only(KIND_CALL));
	LIST_INSERT_HEAD(&room->callers, caller, link);
	return caller;
}

struct caller *caller_of(struct conference_room *room,
			 const struct identity *who)
{
	struct caller *caller;

	LIST_FOREACH(caller, &room->callers, link)
	{
		if (strcmp(caller->key, who->aor[0]) == 0)
			return caller;
	}
	return caller_new(room, who);
}

/* ---- records ------------------------------------------------------------ */

static struct caller_record *record_find(struct conferences *conferences,
					 const char *key)
{
	struct caller_record *it;

	TAILQ_FOREACH(it, &conferences->records, link)
	{
		if (strcmp(it->key, key) == 0)
			return it;
	}
	return NULL;
}

static void record_free(struct conferences *conferences,
			struct caller_record *record)
{
	TAILQ_REMOVE(&conferences->records, record, link);
	conferences->n_records--;
	free(record);
}

/* The one that was used longest ago makes room. */
static struct caller_record *record_of(struct conferences *conferences,
				       const char *key)
{
	struct caller_record *record = record_find(conferences, key);
	size_t len = strlen(key) + 1;

	if (record) {
		TAILQ_REMOVE(&conferences->records, record, link);
		TAILQ_INSERT_HEAD(&conferences->records, record, link);
		return record;
	}
	if (conferences->n_records == CALLER_RECORDS_MAX)
		record_free(conferences,
			    TAILQ_LAST(&conferences->records, caller_records));
	record = mem_alloc(sizeof(*record) + len);
	record->key = memcpy(record + 1, key, len);
	TAILQ_INSERT_HEAD(&conferences->records, record, link);
	conferences->n_records++;
	return record;
}

void callers_free(struct conferences *conferences)
{
	while (conferences->n_records > 0)
		record_free(conferences, TAILQ_FIRST(&conferences->records));
}

void sender_talked(struct conferences *conferences, const char *sender,
		   int64_t seconds)
{
	int64_t day = loop_wall_s(conferences->settings.loop) / DAY_S;
	struct caller_record *record = record_of(conferences, sender);

	if (record->day != day)
		record->seconds = 0;
	record->day = day;
	record->seconds += seconds;
}

void sender_hung_up(struct conferences *conferences, const char *sender)
{
	int64_t now_ms = loop_now_ms(conferences->settings.loop);
	struct caller_record *record = record_of(conferences, sender);

	if (record->n_hung_up == 0 ||
	    now_ms - record->hung_up_ms >= HANG_UPS_MS) {
		record->hung_up_ms = now_ms;
		record->n_hung_up = 0;
	}
	record->n_hung_up++;
}

/* ---- limits ------------------------------------------------------------- */

/* Over a limit of their own: 486.  503 speaks of the whole server (RFC 3261
 * section 21.5.4). */
static struct conference_limit over_limit(const char *reason, int64_t wait_s)
{
	return (struct conference_limit){486, reason, (int)wait_s};
}

static struct conference_limit check_record(struct conferences *conferences,
					    const char *sender)
{
	const struct conferences_settings *settings = &conferences->settings;
	const struct caller_record *record = record_find(conferences, sender);
	int64_t now = loop_wall_s(settings->loop);
	int64_t since_ms;

	if (!record)
		return (struct conference_limit){0};
	since_ms = loop_now_ms(settings->loop) - record->hung_up_ms;
	if (record->n_hung_up >= HANG_UPS_MAX && since_ms < HANG_UPS_MS)
		return over_limit("Too Many Short Calls",
				  (HANG_UPS_MS - since_ms) / 1000 + 1);
	if (settings->minutes_per_day > 0 && record->day == now / DAY_S &&
	    record->seconds >= settings->minutes_per_day * 60)
		return over_limit("Talk Time Of The Day Is Used Up",
				  DAY_S - now % DAY_S);
	return (struct conference_limit){0};
}

static size_t count_calls(const struct conference_room *room)
{
	const struct conference_party *party;
	size_t n = 0;

	TAILQ_FOREACH(party, &room->parties, link)
	n += party->is_dialled_out && party_is_there(party);
	return n;
}

static struct conference_limit check_calls(struct conferences *conferences,
					   const char *sender, size_t n_calls)
{
	const struct conference_room *room;

	TAILQ_FOREACH(room, &conferences->running, link)
	{
		if (room->sender && strcmp(room->sender, sender) == 0)
			n_calls += count_calls(room);
	}
	return n_calls > conferences->settings.calls_per_sender
		       ? over_limit("Too Many Calls Of This Sender",
				    RETRY_AFTER_S)
		       : (struct conference_limit){0};
}

struct conference_limit conferences_limit(struct conferences *conferences,
					  const char *sender, size_t n_calls)
{
	struct conference_limit limit = check_record(conferences, sender);
	const struct conference_room *room;
	size_t n = 0;

	if (limit.status)
		return limit;
	if (conferences_are_full(conferences))
		return (struct conference_limit){503, "Too Many Conferences",
						 RETRY_AFTER_S};
	TAILQ_FOREACH(room, &conferences->running, link)
	n += room->sender && strcmp(room->sender, sender) == 0;
	if (n >= conferences->settings.per_sender)
		return over_limit("Too Many Conferences Of This Sender",
				  RETRY_AFTER_S);
	return check_calls(conferences, sender, n_calls);
}

/* Those who have left stay in the view and in memory as long as the conference
 * lasts: who calls in and hangs up again and again must not make it grow. */
static bool had_too_many(const struct conference_room *room, size_t n_calls)
{
	return room->n_made + n_calls >
	       CALLS_PER_PARTY * room->conferences->settings.parties_max;
}

struct conference_limit room_limit(struct conference_room *room, size_t n_calls,
				   bool *ret_is_full)
{
	struct conferences *conferences = room->conferences;
	struct conference_limit limit = check_record(conferences, room->sender);
	const struct conference_party *party;
	size_t n = n_calls;

	*ret_is_full = false;
	if (limit.status)
		return limit;
	*ret_is_full = true;
	if (had_too_many(room, n_calls))
		return over_limit("Too Many Calls Of This Conference",
				  RETRY_AFTER_S);
	TAILQ_FOREACH(party, &room->parties, link)
	n += party_is_there(party);
	if (n > conferences->settings.parties_max)
		return over_limit("Too Many Parties", RETRY_AFTER_S);
	*ret_is_full = false;
	return check_calls(conferences, room->sender, n_calls);
}
