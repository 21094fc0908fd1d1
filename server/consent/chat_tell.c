/* Telling a person: one MESSAGE to their recorded address, one try.  It rests
 * on no permission, so that no answer stops what confirms it. */
#include "db/accounts.h"
#include "db/chat.h"
#include "server/base/secret.h"
#include "server/consent/chat_private.h"
#include "server/consent/consent_leg.h"
#include "server/base/log.h"

#define DAY_MS (INT64_C(86400) * 1000)
/** Confirmations and lists for one person in a day. */
#define CONFIRMED_A_DAY 20

/** One that is on its way, or asks the store for its budget. */
struct chat_out {
	struct store_job job;
	struct chat_out *next, *prev; /**< of consents->chats */
	struct consents *consents;
	struct arena *arena;
	struct chat_answer answer;
	struct permission row;
	struct token question, no;
	bool may_go;
	int64_t now;
	struct leg_template template;
	struct leg leg;
};

static struct chat_out *out_of(struct write_job *job)
{
	return (struct chat_out *)(void *)job;
}

/* ---- in and out ----------------------------------------------------------
 */

static struct permission copy_row(struct arena *arena,
				  const struct permission *row)
{
	return (struct permission){
		.id = row->id,
		.sender = arena_strdup(arena, row->sender),
		.target = arena_strdup(arena, row->target),
		.recipient = arena_strdup(arena, row->recipient),
		.recipient_uri = arena_strdup(arena, row->recipient_uri),
		.kinds = {row->kinds.set, arena_strdup(arena, row->kinds.name)},
		.all_kinds = row->all_kinds,
		.state = row->state,
		.term_s = row->term_s,
	};
}

static void copy_lines(struct chat_out *out, const struct chat_answer *answer)
{
	struct permission *lines =
		arena_array(out->arena, answer->n_lines + 1, sizeof(*lines));

	for (size_t i = 0; i < answer->n_lines; i++)
		lines[i] = copy_row(out->arena, &answer->lines[i]);
	out->answer.lines = lines;
}

static struct chat_out *out_new(struct consents *consents,
				const struct chat_answer *answer)
{
	struct arena *arena = arena_new(0);
	struct chat_out *out = arena_alloc(arena, sizeof(*out));

	out->arena = arena;
	out->consents = consents;
	out->answer = *answer;
	out->row = copy_row(arena, answer->row);
	out->answer.row = &out->row;
	copy_lines(out, answer);
	if (answer->question) {
		out->question = *answer->question;
		out->answer.question = &out->question;
	}
	out->now = loop_wall_s(consents->settings.loop);
	out->next = consents->chats;
	if (out->next)
		out->next->prev = out;
	consents->chats = out;
	return out;
}

static void out_end(struct chat_out *out)
{
	if (out->next)
		out->next->prev = out->prev;
	if (out->prev)
		out->prev->next = out->next;
	else
		out->consents->chats = out->next;
	arena_free(out->arena);
}

void chats_stop(struct consents *consents)
{
	for (struct chat_out *out = consents->chats; out; out = out->next)
		if (!out->job.is_out)
			edge_drop(consents->settings.edge, &out->leg);
}

void chats_free(struct consents *consents)
{
	while (consents->chats)
		out_end(consents->chats);
	ttl_cache_free(consents->chat_told);
	ttl_cache_free(consents->chat_confirmed);
}

/* ---- sending --------------------------------------------------------------
 */

static bool always(struct leg *leg)
{
	(void)leg;
	return true;
}

static void ended(struct leg *leg)
{
	struct chat_out *out = leg->owner;
	bool is_told = leg->status >= 200 && leg->status < 300;

	count(out->consents->settings.counters,
	      is_told ? COUNT_CHAT_TOLD : COUNT_CHAT_UNTOLD);
	out_end(out);
}

static struct consent_content content_of(const struct chat_out *out,
					 const struct consent_leg *it)
{
	const struct consents_settings *settings = it->settings;
	struct chat_words_told told = {.settings = settings,
				       .answer = &out->answer,
				       .domain = consent_leg_domain(it)};
	struct token trigger;
	struct text body;

	if (out->answer.word == WORD_CHAT_FORGED)
		told.no_uri = consent_leg_answer_uri(it, TOKEN_DENY, &out->no);
	if (out->answer.word == WORD_CHAT_STOPPED && out->row.id &&
	    settings->secret) {
		trigger = secret_trigger(settings->secret, out->row.id);
		told.lift_uri =
			consent_leg_answer_uri(it, TOKEN_TRIGGER, &trigger);
	}
	text_init(&body, out->arena);
	chat_text(&told, &body);
	return consent_leg_text(it, text_view(&body));
}

static void out_send(struct chat_out *out)
{
	struct consents *consents = out->consents;
	const struct consent_leg it = {.settings = &consents->settings,
				       .arena = out->arena,
				       .row = &out->row,
				       .chat = out->answer.question};
	const struct consent_content content = content_of(out, &it);

	if (consents->draining ||
	    consent_leg_write(&it, &content, &out->template, &out->leg)) {
		out_end(out);
		return;
	}
	out->leg.still_permitted = always;
	out->leg.ended = ended;
	out->leg.owner = out;
	consents_note_message(consents);
	edge_send(consents->settings.edge, &out->leg);
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

static void budget_over(struct store_job *job)
{
	struct chat_out *out = out_of(&job->write);

	if (job->write.err == ERR_OK && out->may_go)
		out_send(out);
	else
		out_end(out);
}

static void out_ask(struct chat_out *out)
{
	out->job.write.run = budget_run;
	out->job.over = budget_over;
	if (job_group_submit(&out->consents->jobs, &out->job, STORE_JOB_USUAL))
		out_end(out);
}

/* The first of its kind today?  Memory is enough: the store counts what was not
 * proved, too. */
static uint32_t times_today(struct consents *consents, struct ttl_cache *told,
			    const char *what, uint32_t most)
{
	struct hash128 key = hash_128(&consents->chat_key, what, strlen(what));
	int64_t now_ms = loop_now_ms(consents->settings.loop);
	uint32_t n = 0;

	if (ttl_cache_get(told, key, now_ms, &n) && n >= most)
		return n + 1;
	ttl_cache_put(told, key, n + 1, now_ms + DAY_MS);
	return n + 1;
}

/** What a person did themselves, and proved, or what their no has done. */
static bool is_confirmation(enum word_id word)
{
	return word == WORD_CHAT_YES || word == WORD_CHAT_NO ||
	       word == WORD_CHAT_STOPPED || word == WORD_CHAT_LIST;
}

static bool is_new(struct consents *consents, const struct chat_answer *answer)
{
	const struct permission *row = answer->row;
	bool is_done = is_confirmation(answer->word);
	struct ttl_cache *told =
		is_done ? consents->chat_confirmed : consents->chat_told;
	char person[URI_KEY_ROOM], what[URI_KEY_ROOM + URI_MAX_LEN];
	const char *who = uri_key_person(row->recipient, person)
				  ? person
				  : row->recipient;

	if (is_done && row->etag) { /* a no that was said before */
		snprintf(what, sizeof(what), "tag %s", row->etag);
		if (times_today(consents, told, what, 1) > 1)
			return false;
	}
	if (is_done) {
		snprintf(what, sizeof(what), "done %s", who);
		return times_today(consents, told, what, CONFIRMED_A_DAY) <=
		       CONFIRMED_A_DAY;
	}
	snprintf(what, sizeof(what), "%d %s %s", answer->word, who,
		 row->target);
	return times_today(consents, told, what, 1) <= 1;
}

void chat_tell(struct consents *consents, const struct chat_answer *answer)
{
	struct chat_out *out;

	if (consents->draining || !is_new(consents, answer))
		return;
	out = out_new(consents, answer);
	if (is_confirmation(answer->word))
		out_send(out);
	else
		out_ask(out);
}
