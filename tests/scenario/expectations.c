/* What a scenario expects: `expect WORD ...`. */
#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "server/base/secret.h"
#include "tests/scenario/script.h"

/* The words from @p from on as one text. */
static struct view rest_of_line(struct script *script, size_t from)
{
	struct text text;

	text_init(&text, script->fixture.arena);
	for (size_t i = from; i < script->line->n; i++) {
		if (text.len)
			text_add(&text, " ");
		text_add_view(&text, script->line->args[i]);
	}
	return text_view(&text);
}

static bool holds(const struct text *text, struct view needle)
{
	return view_find_view(text_view(text), needle, 0) != SIZE_MAX;
}

/* ---- answers --------------------------------------------------------------
 */

static struct answered *next_answered(struct script *script)
{
	struct answered *it = script->fixture.edge.answered;

	while (it && it->is_seen)
		it = it->next;
	return it;
}

/* expect respond STATUS [with|without TEXT] */
static void look_respond(struct script *script)
{
	struct answered *answered = next_answered(script);

	if (!answered) {
		script_fail(script, "nothing was answered");
		return;
	}
	answered->is_seen = 1;
	if (answered->status != script_number(script, 2))
		script_fail(script, "answered:\n%s", answered->message.at);
	else if (script->line->n > 4 &&
		 holds(&answered->message, rest_of_line(script, 4)) !=
			 script_arg_is(script, 3, "with"))
		script_fail(script, "answered:\n%s", answered->message.at);
}

static void look_no_respond(struct script *script)
{
	struct answered *answered = next_answered(script);

	if (answered)
		script_fail(script, "answered:\n%s", answered->message.at);
}

/* ---- what left --------------------------------------------------------------
 */

static size_t n_unseen(const struct script *script, const struct sent **ret)
{
	size_t n = 0;

	for (struct sent *it = script->fixture.edge.sent; it; it = it->next) {
		if (!it->is_seen && n++ == 0)
			*ret = it;
	}
	return n;
}

/* expect nothing sent */
static void look_nothing(struct script *script)
{
	const struct sent *first = NULL;

	if (n_unseen(script, &first))
		script_fail(script, "sent:\n%s", first->message.at);
}

/* expect sent URI, or expect sent NUMBER of those not looked at yet */
static void look_sent(struct script *script)
{
	const char *what = script_arg(script, 2);
	const struct sent *first = NULL;
	size_t n = n_unseen(script, &first);

	if (what[0] >= '0' && what[0] <= '9') {
		if ((int64_t)n != script_number(script, 2))
			script_fail(script, "%zu were sent", n);
		for (struct sent *it = script->fixture.edge.sent; it;
		     it = it->next)
			it->is_seen = 1;
		return;
	}
	for (struct sent *it = script->fixture.edge.sent; it; it = it->next) {
		if (it->is_seen || strcmp(it->uri, what) != 0)
			continue;
		it->is_seen = 1;
		script->current = it;
		return;
	}
	script_fail(script, "not sent; %zu others were, first to %s", n,
		    first ? first->uri : "nobody");
}

/* expect order URI URI ...: these left next, in this order */
static void look_order(struct script *script)
{
	struct sent *it = script->fixture.edge.sent;

	for (size_t i = 2; i < script->line->n; i++) {
		while (it && it->is_seen)
			it = it->next;
		if (!it || strcmp(it->uri, script_arg(script, i)) != 0) {
			script_fail(script, "number %zu went to %s", i - 1,
				    it ? it->uri : "nobody");
			return;
		}
		it->is_seen = 1;
		script->current = it;
	}
}

static bool has_current(struct script *script)
{
	if (!script->current)
		script_fail(script, "no leg was looked at before");
	return script->current != NULL;
}

/* expect has TEXT, expect lacks TEXT: in the leg last looked at */
static void look_has(struct script *script)
{
	if (has_current(script) &&
	    !holds(&script->current->message, script->line->args[2]))
		script_fail(script, "sent:\n%s", script->current->message.at);
}

static void look_lacks(struct script *script)
{
	if (has_current(script) &&
	    holds(&script->current->message, script->line->args[2]))
		script_fail(script, "sent:\n%s", script->current->message.at);
}

/* The body with our boundary, which nobody can foresee, as BOUNDARY. */
static struct view plain_body(struct script *script)
{
	struct view whole = text_view(&script->current->message);
	struct view body = view_from(whole, script->current->body_at);
	size_t at = view_find_view(whole, VIEW("boundary="), 0), found;
	struct view boundary;
	struct text text;

	if (at == SIZE_MAX || at > script->current->body_at)
		return body;
	boundary = view_from(whole, at + strlen("boundary="));
	boundary = view_head(boundary, view_find(boundary, '\r', 0));
	text_init(&text, script->fixture.arena);
	while ((found = view_find_view(body, boundary, 0)) != SIZE_MAX) {
		text_add_view(&text, view_head(body, found));
		text_add(&text, "BOUNDARY");
		body = view_from(body, found + boundary.len);
	}
	text_add_view(&text, body);
	return text_view(&text);
}

/* expect body TEXT: all of it, to the octet */
static void look_body(struct script *script)
{
	struct view body;

	if (!has_current(script))
		return;
	body = plain_body(script);
	if (!view_equal(body, script->line->args[2]))
		script_fail(script, "the body is:\n%.*s", (int)body.len,
			    body.at ? body.at : "");
}

/* expect trigger SENDER TARGET -> RECIPIENT: the token is of that permission */
static void look_trigger(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	struct view whole, user;
	struct permission row;
	enum token_kind kind;
	struct token token;
	size_t at;
	int64_t id;

	if (!has_current(script))
		return;
	whole = text_view(&script->current->message);
	at = view_find_view(whole, VIEW("Trigger-Consent: sip:"), 0);
	user = at == SIZE_MAX
		       ? VIEW_NONE
		       : view_from(whole, at + strlen("Trigger-Consent: sip:"));
	user = view_head(user, view_find(user, '@', 0));
	if (token_parse(user, &kind, &token) || kind != TOKEN_TRIGGER ||
	    secret_trigger_id(fixture->secret, &token, &id) ||
	    store_permission_get(fake_writer_store(fixture->writer), id,
				 fixture->arena, &row)) {
		script_fail(script, "no trigger of ours");
		return;
	}
	if (strcmp(row.sender, strcmp(script_arg(script, 2), "any") == 0
				       ? "*"
				       : script_arg(script, 2)) != 0 ||
	    strcmp(row.target, script_arg(script, 3)) != 0 ||
	    strcmp(row.recipient, script_arg(script, 5)) != 0)
		script_fail(script, "it is of %s %s -> %s", row.sender,
			    row.target, row.recipient);
}

static void look_in_flight(struct script *script)
{
	size_t n = fake_edge_in_flight(&script->fixture.edge);

	if ((int64_t)n != script_number(script, 2))
		script_fail(script, "%zu are in flight", n);
}

/* expect remembered: the leg is, to the octet, the one that `remember` kept */
static void look_remembered(struct script *script)
{
	if (has_current(script) &&
	    !view_equal(text_view(&script->remembered),
			text_view(&script->current->message)))
		script_fail(script, "remembered:\n%s\nsent:\n%s",
			    script->remembered.at, script->current->message.at);
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
static void look_try(struct script *script)
{
	struct view was[3], is[3];

	if (!has_current(script))
		return;
	split_at_cseq(text_view(&script->remembered), &was[0], &was[1],
		      &was[2]);
	split_at_cseq(text_view(&script->current->message), &is[0], &is[1],
		      &is[2]);
	if (!view_equal(was[0], is[0]) || !view_equal(was[2], is[2]) ||
	    !view_equal(is[1], view_of(script_arg(script, 2))))
		script_fail(script, "remembered:\n%s\nsent:\n%s",
			    script->remembered.at, script->current->message.at);
}

/* The line of a header in a message. */
static struct view header_line(struct script *script,
			       const struct text *message)
{
	struct text head;
	struct view rest;
	size_t at;

	text_init(&head, script->fixture.arena);
	text_printf(&head, "\r\n%s: ", script_arg(script, 2));
	at = view_find_view(text_view(message), text_view(&head), 0);
	if (at == SIZE_MAX)
		return VIEW_NONE;
	rest = view_from(text_view(message), at + head.len);
	return view_head(rest, view_find(rest, '\r', 0));
}

/* expect same HEADER, expect other HEADER: as the leg remembered */
static void look_same(struct script *script)
{
	struct view now, before;

	if (!has_current(script))
		return;
	now = header_line(script, &script->current->message);
	before = header_line(script, &script->remembered);
	if (!now.len ||
	    view_equal(now, before) != script_arg_is(script, 1, "same"))
		script_fail(script, "it is %.*s, was %.*s", (int)now.len,
			    now.at, (int)before.len, before.at);
}

/* ---- the disk
 * ---------------------------------------------------------------- */

/* expect journal NUMBER: entries that are not settled */
static void look_journal(struct script *script)
{
	struct journal_entry *entries;
	size_t n = 0;
	enum err err = store_journal_list(
		fake_writer_store(script->fixture.writer),
		(struct page){0, 100}, script->fixture.arena, &entries, &n);

	if (err || (int64_t)n != script_number(script, 2))
		script_fail(script, "%zu are in the journal (%s)", n,
			    err_text(err));
}

/* What metrics count as accepted, since the scenario began. */
static void look_accepted(struct script *script)
{
	uint64_t n = script->fixture.counters.counts[COUNT_ACCEPTED];

	if ((int64_t)n != script_number(script, 2))
		script_fail(script, "%llu are accepted", (unsigned long long)n);
}

/* expect deliveries NUMBER [waiting|failed|expired|withdrawn [STATUS]] */
static void look_deliveries(struct script *script)
{
	struct delivery_filter filter = {.state = -1, .page.limit = 1000};
	struct delivery *rows;
	size_t n = 0, n_right = 0;
	enum err err =
		store_delivery_list(fake_writer_store(script->fixture.writer),
				    &filter, script->fixture.arena, &rows, &n);

	for (size_t i = 0; i < n && !err; i++) {
		if (script->line->n > 3 &&
		    !script_arg_is(script, 3,
				   delivery_state_name(rows[i].state)))
			continue;
		n_right += script->line->n < 5 ||
			   rows[i].last_status == script_number(script, 4);
	}
	if (err || (int64_t)n_right != script_number(script, 2))
		script_fail(script, "%zu of %zu (%s)", n_right, n,
			    err_text(err));
}

/* expect state SENDER TARGET -> RECIPIENT STATE; gone: there is none */
static void look_state(struct script *script)
{
	const char *sender = script_arg(script, 2);
	struct permission row;
	enum err err = store_permission_find(
		fake_writer_store(script->fixture.writer),
		&(struct permission){
			.sender = strcmp(sender, "any") == 0 ? "*" : sender,
			.target = script_arg(script, 3),
			.recipient = script_arg(script, 5)},
		script->fixture.arena, &row);

	if (err == ERR_UNKNOWN && script_arg_is(script, 6, "gone"))
		return;
	if (err)
		script_fail(script, "no such permission (%s)", err_text(err));
	else if (!script_arg_is(script, 6, permission_state_name(row.state)))
		script_fail(script, "it is %s",
			    permission_state_name(row.state));
}

static void look_idle(struct script *script)
{
	if (!messages_idle(script->fixture.messages) ||
	    !consents_idle(script->fixture.consents))
		script_fail(script, "it is busy");
}

static const struct word expectations[] = {
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
	{"accepted", look_accepted},
	{"deliveries", look_deliveries},
	{"same", look_same},
	{"other", look_same},
	{"idle", look_idle},
	{"state", look_state},
	{NULL, NULL},
};

static void run_expect(struct script *script)
{
	for (const struct word *word = expectations; word->name; word++) {
		if (script_arg_is(script, 1, word->name)) {
			word->run(script);
			return;
		}
	}
	if (!script_expect_call(script))
		script_fail(script, "nothing of that kind can be expected");
}

static void run_remember(struct script *script)
{
	if (!has_current(script))
		return;
	text_init(&script->remembered, script->fixture.arena);
	text_add_view(&script->remembered,
		      text_view(&script->current->message));
}

const struct word script_expectations[] = {
	{"expect", run_expect},
	{"remember", run_remember},
	{NULL, NULL},
};
