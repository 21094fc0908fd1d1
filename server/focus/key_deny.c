/* A no by the keys of a phone (`dtmf-deny`): who was called takes back what
 * they permitted, and their call ends. */
#include "server/focus/focus_private.h"

#include "db/permission_requests.h"
#include "db/permissions.h"
#include "server/base/log.h"

/** Keys further apart are not of one sequence. */
#define PAUSE_MS 5000

/** What is put on disk; in the arena of its job. */
struct key_deny {
	const char *sender, *target, *recipient, *uri;
	int64_t now;
	struct permission row; /**< as it is after it */
};

/* ---- on disk ------------------------------------------------------------- */

/* As a no by its token does: to all kinds, but one to a question about a
 * further kind leaves what was permitted before. */
static enum err find_kinds(struct store *store, const struct key_deny *deny,
			   struct arena *arena, struct kinds *ret)
{
	struct permission scopes = {.sender = deny->sender,
				    .target = deny->target,
				    .recipient = deny->recipient,
				    .kinds = kinds_only(KIND_CALL)};
	struct permission row = scopes;
	bool is_further = false;
	enum err err = store_permission_find(store, &scopes, arena, &row);

	if (err == ERR_UNKNOWN) {
		row = scopes; /* a wider one is what permitted it */
		err = ERR_OK;
	}
	if (!err)
		err = store_permission_is_further(store, &row, deny->now,
						  &is_further);
	*ret = is_further ? row.kinds : (struct kinds){0, NULL};
	return err;
}

static enum err run_deny(struct store *store, struct write_job *write)
{
	struct row_job *job = (struct row_job *)(void *)write;
	struct key_deny *deny = job->arg;
	struct permission_change change = {.sender = deny->sender,
					   .target = deny->target,
					   .recipient = deny->recipient,
					   .recipient_uri = deny->uri,
					   .event = EVENT_DENY,
					   .actor = ORIGIN_RECIPIENT,
					   .evidence = "dtmf",
					   .now = deny->now};
	enum err err = find_kinds(store, deny, job->arena, &change.kinds);

	/* Where that cannot be read it is a no to all. */
	if (err)
		change.kinds = (struct kinds){0, NULL};
	return store_permission_deny(store, &change, job->arena, &deny->row);
}

static void deny_over(struct row_job *job)
{
	const struct key_deny *deny = job->arg;
	char room[KINDS_TEXT_ROOM];

	if (job->store_job.write.err)
		return; /* was logged; in the index it counts all the same */
	count(job->room->conferences->settings.counters, COUNT_DENIES);
	log_event(LOG_EVENT_DENIED, NULL,
		  "permission=%lld recipient=%s sender=%s target=%s kinds=%s "
		  "by=dtmf",
		  (long long)deny->row.id, log_text(deny->recipient),
		  log_text(deny->sender), log_text(deny->target),
		  permission_kinds_text(&deny->row, room));
}

static void deny_calls(struct conference_party *party)
{
	struct conference_room *room = party->room;
	struct row_job *job = row_job_new(room, party);
	struct key_deny *deny = arena_alloc(job->arena, sizeof(*deny));

	deny->sender = arena_strdup(job->arena, party->caller->key);
	deny->target = arena_strdup(job->arena, room->service->key);
	deny->recipient = arena_strdup(job->arena, party->key);
	deny->uri = arena_strdup(job->arena, party->uri);
	deny->now = loop_wall_s(room->conferences->settings.loop);
	job->arg = deny;
	job->store_job.write.run = run_deny;
	row_job_submit(job, deny_over);
}

/* ---- keys ---------------------------------------------------------------- */

/* The last ones, as many as are wanted. */
static bool are_typed(struct conference_party *party, char key,
		      const char *wanted)
{
	int64_t now = loop_now_ms(party->room->conferences->settings.loop);
	size_t n = strlen(wanted);

	if (now - party->keyed_ms > PAUSE_MS)
		party->n_keys = 0;
	party->keyed_ms = now;
	if (party->n_keys == n)
		memmove(party->keys, party->keys + 1, --party->n_keys);
	party->keys[party->n_keys++] = key;
	return party->n_keys == n && memcmp(party->keys, wanted, n) == 0;
}

void party_take_key(struct conference_party *party, char key)
{
	static const struct farewell withdrawn = {.left = PARTY_LEFT_DEPARTED,
						  .is_revoked = true,
						  .reason = REASON_WITHDRAWN};
	struct conferences *conferences = party->room->conferences;
	const char *wanted = conferences->settings.deny_keys;

	party_tell_key(party, key);
	if (!wanted || !*wanted || !party->caller ||
	    party->state != PARTY_CONNECTED || !are_typed(party, key, wanted))
		return;
	deny_calls(party);
	count(conferences->settings.counters, COUNT_REVOKED_CALLS);
	party_close_media(party);
	mixer_settle(conferences->settings.mixer);
	party_let_go(party, &withdrawn);
	room_check(party->room);
}
