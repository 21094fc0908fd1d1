/* A notice: its MESSAGE, and whether it has left. */
#include "server/base/secret.h"
#include "server/consent/consent_leg.h"
#include "server/consent/notice_text.h"
#include "server/consent/notices_private.h"

/** While a hop is looked for or connected to. */
#define LOOK_AGAIN_MS 20

/* ---- leaving --------------------------------------------------------------
 */

/** What is sent leaves at the end of the loop's turn; so the turn after that
 *  one says that it has left. */
static void look(void *arg)
{
	struct notice_out *out = arg;

	if (out->leg.was_sent)
		notice_note(out);
	else
		loop_timer_set(out->consents->settings.loop, &out->look,
			       LOOK_AGAIN_MS);
}

static bool still_wanted(struct leg *leg)
{
	struct notice_out *out = leg->owner;
	const struct consents_settings *settings = &out->consents->settings;

	int64_t now = loop_wall_s(settings->loop);

	/* A no since, a yes of their own, or it was taken back. */
	if (out->notice.kind == NOTICE_GRANT && settings->index &&
	    (index_silences(settings->index, &out->row, now) ||
	     !index_grants_by_others(settings->index, &out->row, now)))
		return false;
	if (!out->is_leaving)
		loop_timer_set(settings->loop, &out->look, 0);
	out->is_leaving = true;
	return true;
}

/* ---- what it says ---------------------------------------------------------
 */

static struct view body_of(const struct consent_leg *leg,
			   const struct notice_due *due)
{
	const struct consents_settings *settings = leg->settings;
	const struct permission *row = &due->row;
	struct token trigger =
		settings->secret ? secret_trigger(settings->secret, row->id)
				 : token_random();
	struct notice_words words = {
		.kind = due->notice.kind,
		.sender = row->sender,
		.target = row->target,
		.kinds = row->kinds,
		.all_kinds = row->all_kinds,
		.evidence = row->evidence,
		.recorded_by = row->recorded_by,
		.wording = settings->wording,
		.domain = consent_leg_domain(leg),
		.is_list = settings->lists &&
			   list_table_has(settings->lists, row->target),
		.is_import = row->origin == ORIGIN_IMPORT,
		.recorded_at = row->changed_at,
		.ends_at = row->expires_at,
		.deny_uri = consent_leg_answer_uri(leg, TOKEN_DENY, &due->deny),
		.stop_uri = due->has_stop ? consent_leg_answer_uri(
						    leg, TOKEN_DENY, &due->stop)
					  : NULL,
		.lift_uri =
			consent_leg_answer_uri(leg, TOKEN_TRIGGER, &trigger),
	};
	struct text text;

	text_init(&text, leg->arena);
	notice_text(&words, &text);
	return text_view(&text);
}

static enum err write(struct notice_out *out, const struct notice_due *due)
{
	const struct consent_leg leg = {.settings = &out->consents->settings,
					.arena = out->arena,
					.row = &due->row};
	const struct consent_content content =
		consent_leg_text(&leg, body_of(&leg, due));
	enum err err =
		consent_leg_write(&leg, &content, &out->template, &out->leg);

	out->leg.still_permitted = still_wanted;
	out->leg.ended = notice_ended;
	out->leg.owner = out;
	return err;
}

/* ---- in and out -----------------------------------------------------------
 */

static void copy_row(struct notice_out *out, const struct permission *row)
{
	struct arena *arena = out->arena;

	out->row = (struct permission){
		.id = row->id,
		.sender = arena_strdup(arena, row->sender),
		.target = arena_strdup(arena, row->target),
		.recipient = arena_strdup(arena, row->recipient),
		.recipient_uri = arena_strdup(arena, row->recipient_uri),
		.kinds = row->kinds,
	};
	if (row->kinds.name)
		out->row.kinds.name = arena_strdup(arena, row->kinds.name);
}

static void enter(struct consents *consents, struct notice_out *out)
{
	out->next = consents->notices;
	if (out->next)
		out->next->prev = out;
	consents->notices = out;
	consents->n_notices++;
}

void notice_end(struct notice_out *out)
{
	struct consents *consents = out->consents;

	if (out->next)
		out->next->prev = out->prev;
	if (out->prev)
		out->prev->next = out->next;
	else
		consents->notices = out->next;
	consents->n_notices--;
	arena_free(out->arena);
	notices_sweep(consents); /* there is room again */
}

void notice_begin(struct consents *consents, const struct notice_due *due)
{
	struct arena *arena = arena_new(0);
	struct notice_out *out = arena_alloc(arena, sizeof(*out));
	enum err err;

	out->arena = arena;
	out->consents = consents;
	out->notice = due->notice;
	loop_timer_init(&out->look, look, out);
	copy_row(out, &due->row);
	out->begun_at = loop_wall_s(consents->settings.loop);
	if (due->owner)
		out->payer = (struct question_client){
			arena_strdup(arena, due->owner), out->row.target};
	enter(consents, out);
	err = write(out, due);
	if (!err) {
		edge_send(consents->settings.edge, &out->leg);
		return;
	}
	out->leg = (struct leg){.owner = out,
				.state = LEG_ENDED,
				.request_uri = out->row.recipient_uri,
				.status = uri_err_status(err)};
	notice_ended(&out->leg);
}

void notices_stop(struct consents *consents)
{
	struct loop *loop = consents->settings.loop;

	loop_timer_clear(loop, &consents->notice_timer);
	for (struct notice_out *out = consents->notices; out; out = out->next) {
		loop_timer_clear(loop, &out->look);
		if (!out->is_over)
			edge_drop(consents->settings.edge, &out->leg);
	}
}

void notices_free(struct consents *consents)
{
	struct notice_out *next;

	for (struct notice_out *out = consents->notices; out; out = next) {
		next = out->next;
		arena_free(out->arena);
	}
	notice_sweep_free(consents->notice_sweep);
}
