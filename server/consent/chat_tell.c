/* Telling a person about a word: whether it is new to them, and within budgets.
 */
#include "db/chat.h"
#include "server/consent/chat_private.h"

#define DAY_MS (INT64_C(86400) * 1000)
#define MINUTE_MS (INT64_C(60) * 1000)
/** Confirmations and lists for one person in a day. */
#define CONFIRMED_A_DAY 20
/** People that the store is asked about in a minute, for words that nobody
 *  proved: at the wish of one source, and of all. */
#define FORGED_A_MINUTE 10
#define FORGED_A_MINUTE_BY_ALL 100

static struct chat_out *out_of(struct write_job *job)
{
	return (struct chat_out *)(void *)job;
}

/* ---- how often already ----------------------------------------------------
 */

static void add_count(struct chat_counts *counts, struct ttl_cache *of,
		      struct hash128 key, uint32_t most)
{
	counts->of[counts->n] = of;
	counts->key[counts->n] = key;
	counts->most[counts->n++] = most;
}

static struct hash128 key_of(const struct consents *consents, const char *what)
{
	return hash_128(&consents->chat_key, what, strlen(what));
}

/* The first of its kind today?  Memory is enough: the store counts what was not
 * proved, too. */
static struct chat_counts counts_of(struct consents *consents,
				    const struct chat_answer *answer)
{
	const struct permission *row = answer->row;
	struct chat_counts counts = {.n = 0};
	char person[URI_KEY_ROOM], what[URI_KEY_ROOM + URI_MAX_LEN];
	const char *who = uri_key_person(row->recipient, person)
				  ? person
				  : row->recipient;

	if (!chat_is_confirmation(answer->word)) {
		snprintf(what, sizeof(what), "%d %s %s", answer->word, who,
			 row->target);
		add_count(&counts, consents->chat_told, key_of(consents, what),
			  1);
		return counts;
	}
	/* A no that was said before.  What is lifted is no answer of the row.
	 */
	if (row->etag && answer->word != WORD_CHAT_LIFTED) {
		snprintf(what, sizeof(what), "tag %s", row->etag);
		add_count(&counts, consents->chat_confirmed,
			  key_of(consents, what), 1);
	}
	snprintf(what, sizeof(what), "done %s", who);
	add_count(&counts, consents->chat_confirmed, key_of(consents, what),
		  CONFIRMED_A_DAY);
	return counts;
}

/** Of one source: an IPv4 address, or an IPv6 /64. */
static struct chat_counts counts_of_source(struct consents *consents,
					   const uint8_t source[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	size_t len = memcmp(source, mapped, sizeof(mapped)) == 0 ? 16 : 8;
	struct chat_counts counts = {.n = 0};

	add_count(&counts, consents->chat_sources,
		  hash_128(&consents->chat_key, source, len), FORGED_A_MINUTE);
	return counts;
}

static bool has_room(const struct chat_counts *counts, int64_t now_ms)
{
	for (size_t i = 0; i < counts->n; i++) {
		uint32_t n = 0;

		if (ttl_cache_get(counts->of[i], counts->key[i], now_ms, &n) &&
		    n >= counts->most[i])
			return false;
	}
	return true;
}

static void count_in(const struct chat_counts *counts, int64_t now_ms,
		     int64_t span_ms)
{
	for (size_t i = 0; i < counts->n; i++)
		ttl_cache_count(counts->of[i], counts->key[i], now_ms,
				now_ms + span_ms);
}

/* ---- budgets --------------------------------------------------------------
 */

/** Of what was not proved: who has an account was challenged, and their phone
 *  answers that; or they are not who spoke. */
static enum err find_whom(struct store *store, struct chat_out *out)
{
	bool can_answer = false;
	enum err err = store_chat_can_answer(store, out->row.recipient,
					     out->arena, &can_answer);

	if (!err && can_answer)
		return ERR_UNKNOWN;
	if (err || out->answer.word != WORD_CHAT_FORGED)
		return err;
	return store_chat_stoppable(store, &out->row, out->now, out->arena,
				    &out->row);
}

static bool is_unproved(enum word_id word)
{
	return word == WORD_CHAT_FORGED || word == WORD_CHAT_UNPROVED;
}

static enum err budget_run(struct store *store, struct write_job *job)
{
	struct chat_out *out = out_of(job);
	enum word_id word = out->answer.word;
	enum err err = is_unproved(word) ? find_whom(store, out) : ERR_OK;

	if (!err)
		err = store_chat_tell(store, &out->row,
				      &out->consents->settings.trigger_limits,
				      out->now, &out->may_go);
	if (err == ERR_UNKNOWN) /* nobody */
		return ERR_OK;
	if (err || !out->may_go || word != WORD_CHAT_FORGED)
		return err;
	out->no = token_random();
	return store_chat_token(store, &out->row, &out->no, out->now);
}

/** What could not be found out is not told; the next such word may be. */
static void budget_over(struct store_job *job)
{
	struct chat_out *out = out_of(&job->write);

	if (job->write.err == ERR_OK && out->may_go) {
		chat_out_send(out);
		return;
	}
	for (size_t i = 0; job->write.err && i < out->counts.n; i++)
		ttl_cache_forget(out->counts.of[i], out->counts.key[i]);
	chat_out_end(out);
}

/** @return false: the writer takes no more. */
static bool ask(struct chat_out *out)
{
	out->job.write.run = budget_run;
	out->job.over = budget_over;
	if (!job_group_submit(&out->consents->jobs, &out->job, STORE_JOB_USUAL))
		return true;
	chat_out_end(out);
	return false;
}

/** Of all sources together. */
static bool take_one(struct consents *consents, int64_t now_ms)
{
	if (now_ms >= consents->forged_until_ms) {
		consents->forged_until_ms = now_ms + MINUTE_MS;
		consents->n_forged = 0;
	}
	if (consents->n_forged == FORGED_A_MINUTE_BY_ALL)
		return false;
	consents->n_forged++;
	return true;
}

/** May one more be looked for, at the wish of whoever sent it? */
static bool may_look(struct consents *consents,
		     const struct chat_answer *answer, int64_t now_ms)
{
	struct chat_counts counts;

	if (!answer->source)
		return true;
	counts = counts_of_source(consents, answer->source);
	if (!has_room(&counts, now_ms) || !take_one(consents, now_ms))
		return false;
	count_in(&counts, now_ms, MINUTE_MS);
	return true;
}

void chat_tell(struct consents *consents, const struct chat_answer *answer)
{
	int64_t now_ms = loop_now_ms(consents->settings.loop);
	const struct chat_counts counts = counts_of(consents, answer);
	struct chat_out *out;
	bool is_begun;

	if (consents->draining || !has_room(&counts, now_ms) ||
	    !may_look(consents, answer, now_ms))
		return;
	if (consents->n_chats == CHATS_MOST) {
		count(consents->settings.counters, COUNT_CHAT_UNTOLD);
		return;
	}
	out = chat_out_new(consents, answer);
	out->counts = counts;
	is_begun = chat_is_confirmation(answer->word) ? chat_out_send(out)
						      : ask(out);
	if (is_begun)
		count_in(&counts, now_ms, DAY_MS);
}
