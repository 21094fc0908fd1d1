/* What a scenario expects: `expect WORD ...`. */
#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "server/base/secret.h"
#include "tests/scenario/script.h"

/* The words from @p from on as one text. */
static struct view rest_of_line(struct scene *scene, size_t from)
{
	struct text text;

	text_init(&text, scene->fixture.arena);
	for (size_t i = from; i < scene->line->n; i++) {
		if (text.len)
			text_add(&text, " ");
		text_add_view(&text, scene->line->args[i]);
	}
	return text_view(&text);
}

static bool holds(const struct text *text, struct view needle)
{
	return view_find_view(text_view(text), needle, 0) != SIZE_MAX;
}

/* ---- answers --------------------------------------------------------------
 */

static struct answered *next_answered(struct scene *scene)
{
	struct answered *it = scene->fixture.edge.answered;

	while (it && it->is_seen)
		it = it->next;
	return it;
}

/* expect respond STATUS [with|without TEXT] */
static void look_respond(struct scene *scene)
{
	struct answered *answered = next_answered(scene);

	if (!answered) {
		scene_fail(scene, "nothing was answered");
		return;
	}
	answered->is_seen = 1;
	if (answered->status != scene_number(scene, 2))
		scene_fail(scene, "answered:\n%s", answered->message.at);
	else if (scene->line->n > 4 &&
		 holds(&answered->message, rest_of_line(scene, 4)) !=
			 scene_arg_is(scene, 3, "with"))
		scene_fail(scene, "answered:\n%s", answered->message.at);
}

static void look_no_respond(struct scene *scene)
{
	struct answered *answered = next_answered(scene);

	if (answered)
		scene_fail(scene, "answered:\n%s", answered->message.at);
}

/* ---- what left --------------------------------------------------------------
 */

static size_t n_unseen(const struct scene *scene, const struct sent **ret)
{
	size_t n = 0;

	for (struct sent *it = scene->fixture.edge.sent; it; it = it->next) {
		if (!it->is_seen && n++ == 0)
			*ret = it;
	}
	return n;
}

/* expect nothing sent */
static void look_nothing(struct scene *scene)
{
	const struct sent *first = NULL;

	if (n_unseen(scene, &first))
		scene_fail(scene, "sent:\n%s", first->message.at);
}

/* expect sent URI, or expect sent NUMBER of those not looked at yet */
static void look_sent(struct scene *scene)
{
	const char *what = scene_arg(scene, 2);
	const struct sent *first = NULL;
	size_t n = n_unseen(scene, &first);

	if (what[0] >= '0' && what[0] <= '9') {
		if ((int64_t)n != scene_number(scene, 2))
			scene_fail(scene, "%zu were sent", n);
		for (struct sent *it = scene->fixture.edge.sent; it;
		     it = it->next)
			it->is_seen = 1;
		return;
	}
	for (struct sent *it = scene->fixture.edge.sent; it; it = it->next) {
		if (it->is_seen || strcmp(it->uri, what) != 0)
			continue;
		it->is_seen = 1;
		scene->current = it;
		return;
	}
	scene_fail(scene, "not sent; %zu others were, first to %s", n,
		   first ? first->uri : "nobody");
}

/* expect order URI URI ...: these left next, in this order */
static void look_order(struct scene *scene)
{
	struct sent *it = scene->fixture.edge.sent;

	for (size_t i = 2; i < scene->line->n; i++) {
		while (it && it->is_seen)
			it = it->next;
		if (!it || strcmp(it->uri, scene_arg(scene, i)) != 0) {
			scene_fail(scene, "number %zu went to %s", i - 1,
				   it ? it->uri : "nobody");
			return;
		}
		it->is_seen = 1;
		scene->current = it;
	}
}

static bool has_current(struct scene *scene)
{
	if (!scene->current)
		scene_fail(scene, "no leg was looked at before");
	return scene->current != NULL;
}

/* expect has TEXT, expect lacks TEXT: in the leg last looked at */
static void look_has(struct scene *scene)
{
	if (has_current(scene) &&
	    !holds(&scene->current->message, scene->line->args[2]))
		scene_fail(scene, "sent:\n%s", scene->current->message.at);
}

static void look_lacks(struct scene *scene)
{
	if (has_current(scene) &&
	    holds(&scene->current->message, scene->line->args[2]))
		scene_fail(scene, "sent:\n%s", scene->current->message.at);
}

/* The body with our boundary, which nobody can foresee, as BOUNDARY. */
static struct view plain_body(struct scene *scene)
{
	struct view whole = text_view(&scene->current->message);
	struct view body = view_from(whole, scene->current->body_at);
	size_t at = view_find_view(whole, VIEW("boundary="), 0), found;
	struct view boundary;
	struct text text;

	if (at == SIZE_MAX || at > scene->current->body_at)
		return body;
	boundary = view_from(whole, at + strlen("boundary="));
	boundary = view_head(boundary, view_find(boundary, '\r', 0));
	text_init(&text, scene->fixture.arena);
	while ((found = view_find_view(body, boundary, 0)) != SIZE_MAX) {
		text_add_view(&text, view_head(body, found));
		text_add(&text, "BOUNDARY");
		body = view_from(body, found + boundary.len);
	}
	text_add_view(&text, body);
	return text_view(&text);
}

/* expect body TEXT: all of it, to the octet */
static void look_body(struct scene *scene)
{
	struct view body;

	if (!has_current(scene))
		return;
	body = plain_body(scene);
	if (!view_equal(body, scene->line->args[2]))
		scene_fail(scene, "the body is:\n%.*s", (int)body.len,
			   body.at ? body.at : "");
}

/* expect trigger SENDER TARGET -> RECIPIENT: the token is of that permission */
static void look_trigger(struct scene *scene)
{
	struct fixture *fixture = &scene->fixture;
	struct view whole, user;
	struct permission row;
	enum token_kind kind;
	struct token token;
	size_t at;
	int64_t id;

	if (!has_current(scene))
		return;
	whole = text_view(&scene->current->message);
	at = view_find_view(whole, VIEW("Trigger-Consent: sip:"), 0);
	user = at == SIZE_MAX
		       ? VIEW_NONE
		       : view_from(whole, at + strlen("Trigger-Consent: sip:"));
	user = view_head(user, view_find(user, '@', 0));
	if (token_parse(user, &kind, &token) || kind != TOKEN_TRIGGER ||
	    secret_trigger_id(fixture->secret, &token, &id) ||
	    store_permission_get(fake_writer_store(fixture->writer), id,
				 fixture->arena, &row)) {
		scene_fail(scene, "no trigger of ours");
		return;
	}
	if (strcmp(row.sender, strcmp(scene_arg(scene, 2), "any") == 0
				       ? "*"
				       : scene_arg(scene, 2)) != 0 ||
	    strcmp(row.target, scene_arg(scene, 3)) != 0 ||
	    strcmp(row.recipient, scene_arg(scene, 5)) != 0)
		scene_fail(scene, "it is of %s %s -> %s", row.sender,
			   row.target, row.recipient);
}

static void look_in_flight(struct scene *scene)
{
	size_t n = fake_edge_in_flight(&scene->fixture.edge);

	if ((int64_t)n != scene_number(scene, 2))
		scene_fail(scene, "%zu are in flight", n);
}

/* expect remembered: the leg is, to the octet, the one that `remember` kept */
static void look_remembered(struct scene *scene)
{
	if (has_current(scene) &&
	    !view_equal(text_view(&scene->remembered),
			text_view(&scene->current->message)))
		scene_fail(scene, "remembered:\n%s\nsent:\n%s",
			   scene->remembered.at, scene->current->message.at);
}

/* What stands before and after the number of CSeq. */
static void split_at_cseq(struct view message, struct view *before,
			  struct view *number, struct view *after)
{
	size_t at = view_find_view(message, VIEW("\r\nCSeq: "), 0) + 8;

	*before = view_head(message, at);
	*after = view_from(message, view_find(message, ' ', at));
	*number = view_head(view_from(message, at),
			    message.len - after->len - at);
}

/* expect try NUMBER: the leg is the one remembered, but for this CSeq */
static void look_try(struct scene *scene)
{
	struct view was[3], is[3];

	if (!has_current(scene))
		return;
	split_at_cseq(text_view(&scene->remembered), &was[0], &was[1], &was[2]);
	split_at_cseq(text_view(&scene->current->message), &is[0], &is[1],
		      &is[2]);
	if (!view_equal(was[0], is[0]) || !view_equal(was[2], is[2]) ||
	    !view_equal(is[1], view_of(scene_arg(scene, 2))))
		scene_fail(scene, "remembered:\n%s\nsent:\n%s",
			   scene->remembered.at, scene->current->message.at);
}

/* The line of a header in a message. */
static struct view header_line(struct scene *scene, const struct text *message)
{
	struct text head;
	struct view rest;
	size_t at;

	text_init(&head, scene->fixture.arena);
	text_printf(&head, "\r\n%s: ", scene_arg(scene, 2));
	at = view_find_view(text_view(message), text_view(&head), 0);
	if (at == SIZE_MAX)
		return VIEW_NONE;
	rest = view_from(text_view(message), at + head.len);
	return view_head(rest, view_find(rest, '\r', 0));
}

/* expect same HEADER, expect other HEADER: as the leg remembered */
static void look_same(struct scene *scene)
{
	struct view now, before;

	if (!has_current(scene))
		return;
	now = header_line(scene, &scene->current->message);
	before = header_line(scene, &scene->remembered);
	if (!now.len ||
	    view_equal(now, before) != scene_arg_is(scene, 1, "same"))
		scene_fail(scene, "it is %.*s, was %.*s", (int)now.len, now.at,
			   (int)before.len, before.at);
}

/* ---- the disk
 * ---------------------------------------------------------------- */

/* expect journal NUMBER: entries that are not settled */
static void look_journal(struct scene *scene)
{
	struct journal_entry *entries;
	size_t n = 0;
	enum err err = store_journal_list(
		fake_writer_store(scene->fixture.writer), (struct page){0, 100},
		scene->fixture.arena, &entries, &n);

	if (err || (int64_t)n != scene_number(scene, 2))
		scene_fail(scene, "%zu are in the journal (%s)", n,
			   err_text(err));
}

/* expect deliveries NUMBER [waiting|failed|expired|withdrawn [STATUS]] */
static void look_deliveries(struct scene *scene)
{
	struct delivery_filter filter = {.state = -1, .page.limit = 1000};
	struct delivery *rows;
	size_t n = 0, n_right = 0;
	enum err err =
		store_delivery_list(fake_writer_store(scene->fixture.writer),
				    &filter, scene->fixture.arena, &rows, &n);

	for (size_t i = 0; i < n && !err; i++) {
		if (scene->line->n > 3 &&
		    !scene_arg_is(scene, 3, delivery_state_name(rows[i].state)))
			continue;
		n_right += scene->line->n < 5 ||
			   rows[i].last_status == scene_number(scene, 4);
	}
	if (err || (int64_t)n_right != scene_number(scene, 2))
		scene_fail(scene, "%zu of %zu (%s)", n_right, n, err_text(err));
}

/* expect state SENDER TARGET -> RECIPIENT STATE */
static void look_state(struct scene *scene)
{
	const char *sender = scene_arg(scene, 2);
	struct permission row;
	enum err err = store_permission_find(
		fake_writer_store(scene->fixture.writer),
		&(struct permission){
			.sender = strcmp(sender, "any") == 0 ? "*" : sender,
			.target = scene_arg(scene, 3),
			.recipient = scene_arg(scene, 5)},
		scene->fixture.arena, &row);

	if (err)
		scene_fail(scene, "no such permission (%s)", err_text(err));
	else if (!scene_arg_is(scene, 6, permission_state_name(row.state)))
		scene_fail(scene, "it is %s", permission_state_name(row.state));
}

static void look_idle(struct scene *scene)
{
	if (!messages_idle(scene->fixture.messages) ||
	    !consents_idle(scene->fixture.consents))
		scene_fail(scene, "it is busy");
}

static const struct word looks[] = {
	{"respond", look_respond},
	{"no", look_no_respond},
	{"nothing", look_nothing},
	{"sent", look_sent},
	{"order", look_order},
	{"has", look_has},
	{"lacks", look_lacks},
	{"body", look_body},
	{"trigger", look_trigger},
	{"in-flight", look_in_flight},
	{"remembered", look_remembered},
	{"try", look_try},
	{"journal", look_journal},
	{"deliveries", look_deliveries},
	{"same", look_same},
	{"other", look_same},
	{"idle", look_idle},
	{"state", look_state},
	{NULL, NULL},
};

static void tell_expect(struct scene *scene)
{
	for (const struct word *word = looks; word->name; word++) {
		if (scene_arg_is(scene, 1, word->name)) {
			word->tell(scene);
			return;
		}
	}
	scene_fail(scene, "nothing of that kind can be expected");
}

static void tell_remember(struct scene *scene)
{
	if (!has_current(scene))
		return;
	text_init(&scene->remembered, scene->fixture.arena);
	text_add_view(&scene->remembered, text_view(&scene->current->message));
}

const struct word scene_looks[] = {
	{"expect", tell_expect},
	{"remember", tell_remember},
	{NULL, NULL},
};
