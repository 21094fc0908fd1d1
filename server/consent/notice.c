/* A notice: its MESSAGE, and whether it has left. */
#include "server/base/date.h"
#include "server/base/random.h"
#include "server/base/secret.h"
#include "server/consent/notice_text.h"
#include "server/consent/notices_private.h"

#define MAX_FORWARDS 70
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
	    (index_forbids_asking(settings->index, &out->row, now) ||
	     !index_grants_by_others(settings->index, &out->row, now)))
		return false;
	if (!out->is_leaving)
		loop_timer_set(settings->loop, &out->look, 0);
	out->is_leaving = true;
	return true;
}

/* ---- what it says ---------------------------------------------------------
 */

/* Of the target's domain, as all that is said about it. */
static const char *domain_of(const struct notice_out *out)
{
	const struct consents_settings *settings = &out->consents->settings;

	return domains_name(&settings->places.domains, settings->domain,
			    out->row.target);
}

/* As the request that it stands in: see permission_request_write.c. */
static const char *answer_uri(struct notice_out *out, enum token_kind kind,
			      const struct token *token)
{
	const struct consents_settings *settings = &out->consents->settings;
	const struct consent_base base = consent_base_of(
		&settings->places, settings->domain, out->row.target,
		uri_is_sips(view_of(out->row.recipient_uri)) ? URI_SIPS
							     : URI_SIP);

	return consent_uri(out->arena, &base, kind, token);
}

static struct view body_of(struct notice_out *out, const struct notice_due *due)
{
	const struct consents_settings *settings = &out->consents->settings;
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
		.domain = domain_of(out),
		.is_list = settings->lists &&
			   list_table_has(settings->lists, row->target),
		.is_import = row->origin == ORIGIN_IMPORT,
		.recorded_at = row->changed_at,
		.ends_at = row->expires_at,
		.deny_uri = answer_uri(out, TOKEN_DENY, &due->deny),
		.stop_uri = due->has_stop
				    ? answer_uri(out, TOKEN_DENY, &due->stop)
				    : NULL,
		.lift_uri = answer_uri(out, TOKEN_TRIGGER, &trigger),
	};
	struct text text;

	text_init(&text, out->arena);
	notice_text(&words, &text);
	return text_view(&text);
}

static const char *random_hex(struct arena *arena)
{
	uint8_t bytes[16];
	char hex[2 * sizeof(bytes) + 1];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	return arena_strdup(arena, hex);
}

static struct view headers_of(const struct notice_out *out)
{
	const struct consents_settings *settings = &out->consents->settings;
	struct text text;

	text_init(&text, out->arena);
	text_add(&text, "Date: ");
	date_add(&text, loop_wall_s(settings->loop));
	text_printf(&text, "\r\nExpires: %lld\r\n",
		    (long long)settings->request_lifetime_s);
	return text_view(&text);
}

static struct view content_of(const struct notice_out *out)
{
	const struct wording *wording =
		wording_for(out->consents->settings.wording, out->row.target);

	return view_of(arena_printf(out->arena,
				    "Content-Type: text/plain;charset=utf-8\r\n"
				    "Content-Language: %s\r\n",
				    wording->languages));
}

/** From is the service or list that it is about, as of a permission request. */
static void write_leg(struct notice_out *out, const struct notice_due *due,
		      const char *request_uri)
{
	const char *domain = domain_of(out);
	const char *target = due->row.target;

	out->template = (struct leg_template){
		.method = "MESSAGE",
		.from = target_is_any(target)
				? arena_printf(out->arena, "<sip:%s>", domain)
				: arena_printf(out->arena, "<%s>", target),
		.from_tag = random_hex(out->arena),
		.max_forwards = MAX_FORWARDS,
		.headers = headers_of(out),
		.content = content_of(out),
		.body = body_of(out, due),
	};
	out->leg = (struct leg){
		.template = &out->template,
		.request_uri = request_uri,
		.call_id = arena_printf(out->arena, "%s@%s",
					random_hex(out->arena), domain),
		.cseq = 1,
		.still_permitted = still_wanted,
		.ended = notice_ended,
		.owner = out,
	};
}

/** Where it goes: the recorded URI, if it may be sent to at all. */
static enum err write(struct notice_out *out, const struct notice_due *due)
{
	struct view text = view_of(out->row.recipient_uri);
	struct uri uri;
	enum err err = uri_parse(text, &uri);

	if (!err)
		err = uri_check_sendable(&uri,
					 &out->consents->settings.uri_rules);
	if (!err)
		write_leg(out, due, uri_request(out->arena, &uri, text));
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
