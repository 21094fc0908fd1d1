/* The MESSAGE that tells a person about a word: it goes to their recorded
 * address.  It rests on no permission, so that no answer stops what confirms
 * it. */
#include "server/base/secret.h"
#include "server/consent/chat_private.h"
#include "server/consent/consent_leg.h"

/** Tries of a confirmation, which a phone that was off for a moment gets. */
#define TRIES_MOST 4
/** Later it would surprise. */
#define RETRY_MOST_S 3600

bool chat_is_confirmation(enum word_id word)
{
	return word == WORD_CHAT_YES || word == WORD_CHAT_NO ||
	       word == WORD_CHAT_STOPPED || word == WORD_CHAT_LIFTED ||
	       word == WORD_CHAT_LIST;
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

static void try_again(void *arg);

struct chat_out *chat_out_new(struct consents *consents,
			      const struct chat_answer *answer)
{
	struct arena *arena = arena_new(0);
	struct chat_out *out = arena_alloc(arena, sizeof(*out));

	out->arena = arena;
	out->consents = consents;
	out->answer = *answer;
	out->answer.source = NULL;
	out->row = copy_row(arena, answer->row);
	out->answer.row = &out->row;
	copy_lines(out, answer);
	if (answer->question) {
		out->question = *answer->question;
		out->answer.question = &out->question;
	}
	out->now = loop_wall_s(consents->settings.loop);
	loop_timer_init(&out->again, try_again, out);
	out->next = consents->chats;
	if (out->next)
		out->next->prev = out;
	consents->chats = out;
	consents->n_chats++;
	return out;
}

void chat_out_end(struct chat_out *out)
{
	loop_timer_clear(out->consents->settings.loop, &out->again);
	if (out->next)
		out->next->prev = out->prev;
	if (out->prev)
		out->prev->next = out->next;
	else
		out->consents->chats = out->next;
	out->consents->n_chats--;
	arena_free(out->arena);
}

static void give_up(struct chat_out *out)
{
	count(out->consents->settings.counters, COUNT_CHAT_UNTOLD);
	chat_out_end(out);
}

void chats_drain(struct consents *consents)
{
	struct chat_out *next;

	for (struct chat_out *out = consents->chats; out; out = next) {
		next = out->next;
		if (out->is_waiting)
			give_up(out);
	}
}

void chats_stop(struct consents *consents)
{
	chats_drain(consents);
	for (struct chat_out *out = consents->chats; out; out = out->next)
		if (!out->job.is_out)
			edge_drop(consents->settings.edge, &out->leg);
}

void chats_free(struct consents *consents)
{
	while (consents->chats)
		chat_out_end(consents->chats);
	ttl_cache_free(consents->chat_told);
	ttl_cache_free(consents->chat_confirmed);
	ttl_cache_free(consents->chat_sources);
}

/* ---- what it says --------------------------------------------------------
 */

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

/* ---- sending --------------------------------------------------------------
 */

static bool always(struct leg *leg)
{
	(void)leg;
	return true;
}

/** How long until the next try; 0: there is none. */
static int64_t pause_s(const struct chat_out *out)
{
	static const int64_t pauses[TRIES_MOST] = {0, 60, 300, 900};
	const struct leg *leg = &out->leg;
	enum leg_outcome outcome = limits_leg_outcome(
		&out->consents->settings.away, leg->request_uri, leg->status);
	int64_t pause;

	if (out->consents->draining || out->tries == TRIES_MOST ||
	    outcome != LEG_OUTCOME_TRY_AGAIN ||
	    !chat_is_confirmation(out->answer.word))
		return 0;
	pause = pauses[out->tries];
	if (pause < leg->retry_after_s)
		pause = leg->retry_after_s;
	return pause <= RETRY_MOST_S ? pause : 0;
}

/** A later word of theirs about the same says more than what waits. */
static bool is_outdated(const struct chat_out *out)
{
	for (const struct chat_out *other = out->consents->chats; other;
	     other = other->next) {
		if (other == out) /* the newest are first */
			return false;
		if (chat_is_confirmation(other->answer.word) &&
		    strcmp(other->row.target, out->row.target) == 0 &&
		    uri_keys_name_one(other->row.recipient, out->row.recipient))
			return true;
	}
	return false;
}

static void ended(struct leg *leg)
{
	struct chat_out *out = leg->owner;
	int64_t in_s = pause_s(out);

	if (leg->status >= 200 && leg->status < 300) {
		count(out->consents->settings.counters, COUNT_CHAT_TOLD);
		chat_out_end(out);
		return;
	}
	if (!in_s) {
		give_up(out);
		return;
	}
	out->is_waiting = true;
	loop_timer_set(out->consents->settings.loop, &out->again, in_s * 1000);
}

static void send(struct chat_out *out)
{
	out->leg.still_permitted = always;
	out->leg.ended = ended;
	out->leg.owner = out;
	out->tries++;
	consents_note_message(out->consents);
	edge_send(out->consents->settings.edge, &out->leg);
}

/** The same message, with the next CSeq. */
static void try_again(void *arg)
{
	struct chat_out *out = arg;
	const struct leg was = out->leg;

	out->is_waiting = false;
	if (is_outdated(out)) {
		give_up(out);
		return;
	}
	out->leg = (struct leg){.template = &out->template,
				.request_uri = was.request_uri,
				.call_id = was.call_id,
				.cseq = was.cseq + 1};
	send(out);
}

bool chat_out_send(struct chat_out *out)
{
	const struct consent_leg it = {.settings = &out->consents->settings,
				       .arena = out->arena,
				       .row = &out->row,
				       .chat = out->answer.question};
	const struct consent_content content = content_of(out, &it);

	if (out->consents->draining ||
	    consent_leg_write(&it, &content, &out->template, &out->leg)) {
		chat_out_end(out);
		return false;
	}
	send(out);
	return true;
}
