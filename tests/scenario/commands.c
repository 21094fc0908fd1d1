/* What happens in a scenario. */
#include "db/deliveries.h"
#include "db/permissions.h"
#include "db/told.h"
#include "tests/scenario/script.h"

static void run_setting(struct script *script)
{
	struct messages_settings *settings = &script->fixture.settings;
	struct lists_settings *listing = &script->fixture.listing;
	int64_t value = script_number(script, 2);

	if (script_arg_is(script, 1, "list-length"))
		listing->list_length = (size_t)value;
	else if (script_arg_is(script, 1, "list-bytes"))
		listing->list_bytes = (size_t)value;
	else if (script_arg_is(script, 1, "body-bytes"))
		listing->body_bytes = (size_t)value;
	else if (script_arg_is(script, 1, "requests"))
		settings->requests_max = (size_t)value;
	else if (script_arg_is(script, 1, "legs-in-flight"))
		settings->legs_window = (size_t)value;
	else if (script_arg_is(script, 1, "lifetime"))
		settings->lifetime_s = value;
	else if (script_arg_is(script, 1, "keep-failed"))
		settings->keep_failed_s = value;
	else if (script_arg_is(script, 1, "retry-pause"))
		script->fixture.retry_pauses_s[0] = (int)value;
	else if (script_arg_is(script, 1, "renew-before"))
		script->fixture.renew_before_s = value;
	else if (script_arg_is(script, 1, "notices"))
		script->fixture.tells_imported = value != 0;
	else if (script_arg_is(script, 1, "allow-private-addresses"))
		listing->uri_rules.allow_private = value != 0;
	else if (script_arg_is(script, 1, "any-transport"))
		script->fixture.asking.n_any_transport = value != 0;
	else if (!script_set_asking(script) && !script_set_conference(script))
		script_fail(script, "no such setting");
}

static const char *const service_methods[] = {"MESSAGE", "INVITE"};

/* service NAME [omits] */
static void run_service(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	struct service *service = &fixture->services[fixture->n_services++];

	service->name = arena_strdup(fixture->arena, script_arg(script, 1));
	service->uri = arena_printf(fixture->arena, "sip:%s@%s", service->name,
				    FIXTURE_DOMAIN);
	service->key = service->uri;
	service->methods = service_methods;
	service->n_methods = 2;
	service->missing = script_arg_is(script, 2, "omits") ? MISSING_OMITS
							     : MISSING_REFUSES;
}

/* ---- permissions --------------------------------------------------------- */

static const char *sender_scope(const char *word)
{
	return strcmp(word, "any") == 0 ? "*" : word;
}

static void change(struct script *script, const char *recipient,
		   bool is_granted, enum permission_origin actor)
{
	struct fixture *fixture = &script->fixture;
	bool is_call = script_arg_is(script, 6, "calls");
	size_t at = is_call ? 7 : 6;
	struct permission row = {0};
	struct permission_change change = {
		.sender = sender_scope(script_arg(script, 1)),
		.target = script_arg(script, 2),
		.recipient = recipient,
		.recipient_uri = recipient,
		.event = is_granted ? EVENT_GRANT : EVENT_DENY,
		.actor = actor,
		.evidence = "a scenario",
		.kinds = kinds_only(is_call ? KIND_CALL : KIND_MESSAGE),
		.expires_at =
			script_arg_is(script, at, "for")
				? wall_now_s() + script_number(script, at + 1)
				: 0,
		.now = wall_now_s()};
	enum err err =
		store_permission_change(fake_writer_store(fixture->writer),
					&change, fixture->arena, &row);

	if (err)
		script_fail(script, "the permission stays: %s", err_text(err));
	if (row.notice == NOTICE_DUE) {
		consents_wake(fixture->consents); /* as REST does */
		fixture_settle(fixture);
	}
	if (err || is_granted)
		return;
	conferences_reconsider(fixture->conferences); /* as the writer does */
	fixture_settle(fixture);
}

/* A no that the recipient told an operator. */
static void tell(struct script *script, const char *recipient)
{
	struct fixture *fixture = &script->fixture;
	struct permission_result result;
	struct told told = {.token = "desk", .per_day = 100};
	struct permission_change change = {
		.sender = sender_scope(script_arg(script, 1)),
		.target = script_arg(script, 2),
		.recipient = recipient,
		.recipient_uri = recipient,
		.evidence = "a scenario",
		.now = wall_now_s()};
	enum err err =
		store_permission_told(fake_writer_store(fixture->writer),
				      &change, &told, fixture->arena, &result);

	if (err)
		script_fail(script, "it is not recorded: %s", err_text(err));
	consents_wake(fixture->consents); /* as REST does */
	fixture_settle(fixture);
}

/* One URI of a pattern with a count, "sip:u%d@example.com*500"; NULL: there are
 * no more.  A word without these is one URI. */
static const char *uri_of(struct script *script, const char *pattern, long i)
{
	const char *star = strchr(pattern, '*');
	const char *hole = strstr(pattern, "%d");

	if (!star || !hole)
		return i == 0 ? pattern : NULL;
	return i < strtol(star + 1, NULL, 10)
		       ? arena_printf(script->fixture.arena, "%.*s%ld%.*s",
				      (int)(hole - pattern), pattern, i,
				      (int)(star - hole - 2), hole + 2)
		       : NULL;
}

/* permission SENDER TARGET -> RECIPIENT granted|imported|denied|told [calls]
 * [for SECONDS]; the recipient may have a %d and a count:
 * sip:u%d@example.com*500 */
static void run_permission(struct script *script)
{
	bool is_import = script_arg_is(script, 5, "imported");
	bool is_granted = is_import || script_arg_is(script, 5, "granted");
	const char *uri;

	for (long i = 0;
	     (uri = uri_of(script, script_arg(script, 4), i)) != NULL &&
	     !script->has_failed;
	     i++)
		if (script_arg_is(script, 5, "told"))
			tell(script, uri);
		else
			change(script, uri, is_granted,
			       is_import ? ORIGIN_IMPORT : ORIGIN_RECIPIENT);
}

/* ---- requests and legs --------------------------------------------------- */

static void run_recv(struct script *script)
{
	script->n_requests++;
	script->last_recv = script->line;
	script->last_block = script->block;
	script->n_last_block = script->n_block;
	script_receive(script);
	fixture_settle(&script->fixture);
}

/* The last request once more, octet for octet. */
static void run_again(struct script *script)
{
	const struct line *line = script->line;

	if (!script->last_recv) {
		script_fail(script, "nothing was received yet");
		return;
	}
	script->line = script->last_recv;
	script->block = script->last_block;
	script->n_block = script->n_last_block;
	script_receive(script);
	script->line = line;
	fixture_settle(&script->fixture);
}

/* more N: the last request as N new ones */
static void run_more(struct script *script)
{
	int64_t n = script_number(script, 1);

	while (n-- > 0 && !script->has_failed) {
		script->n_requests++;
		run_again(script);
	}
}

static bool answer_one(struct script *script, const char *uri)
{
	for (struct sent *it = script->fixture.edge.sent; it; it = it->next) {
		if (!it->leg || (uri && strcmp(it->uri, uri) != 0))
			continue;
		fake_edge_answer(it, (int)script_number(script, 2),
				 script_arg_is(script, 3, "retry-after")
					 ? (int)script_number(script, 4)
					 : 0);
		return true;
	}
	return false;
}

/* answer URI|all STATUS [retry-after SECONDS|always] */
static void run_answer(struct script *script)
{
	const char *uri;
	long n = 0;

	if (script_arg_is(script, 1, "all")) {
		while (answer_one(script, NULL))
			fixture_settle(&script->fixture);
		return;
	}
	for (uri = uri_of(script, script_arg(script, 1), 0);
	     uri &&
	     script_answer_call(script, uri, (int)script_number(script, 2));
	     uri = uri_of(script, script_arg(script, 1), ++n))
		fixture_settle(&script->fixture);
	if (n > 0 || !uri)
		return;
	if (!answer_one(script, script_arg(script, 1)))
		script_fail(script, "no leg to it is in flight");
	fixture_settle(&script->fixture);
	while (script_arg_is(script, 3, "always") &&
	       answer_one(script, script_arg(script, 1)))
		fixture_settle(&script->fixture);
}

static void run_edge(struct script *script)
{
	script->fixture.edge.is_held = script_arg_is(script, 1, "hold");
	fixture_settle(&script->fixture);
}

/* unfound URI STATUS | found: what is sent to it ends so before it leaves */
static void run_unfound(struct script *script)
{
	struct edge *edge = &script->fixture.edge;

	free(edge->unfound);
	edge->unfound = mem_strdup(script_arg(script, 1));
	edge->unfound_status = (int)script_number(script, 2);
}

static void run_found(struct script *script)
{
	free(script->fixture.edge.unfound);
	script->fixture.edge.unfound = NULL;
}

/* ---- time, disk, process --------------------------------------------------
 */

static int64_t span_ms(struct script *script)
{
	int64_t n = script_number(script, 1);

	if (script_arg_is(script, 2, "d"))
		return n * 86400000;
	if (script_arg_is(script, 2, "h"))
		return n * 3600000;
	if (script_arg_is(script, 2, "m"))
		return n * 60000;
	if (!script_arg_is(script, 2, "s"))
		script_fail(script, "a span is: N s|m|h|d");
	return n * 1000;
}

static void run_advance(struct script *script)
{
	fixture_advance(&script->fixture, span_ms(script));
}

/* clock N s: the wall clock jumps, no time passes. */
static void run_clock(struct script *script)
{
	fake_clock_step(span_ms(script) / 1000);
}

/* commit hold|release|well|full|broken|busy */
static void run_commit(struct script *script)
{
	struct writer *writer = script->fixture.writer;

	if (script_arg_is(script, 1, "hold"))
		fake_writer_hold(writer, 1);
	else if (script_arg_is(script, 1, "release"))
		fake_writer_hold(writer, 0);
	else if (script_arg_is(script, 1, "well"))
		fake_writer_fail(writer, ERR_OK);
	else if (script_arg_is(script, 1, "full"))
		fake_writer_fail(writer, ERR_FULL);
	else if (script_arg_is(script, 1, "broken"))
		fake_writer_fail(writer, ERR_IO);
	else if (script_arg_is(script, 1, "busy"))
		fake_writer_fail(writer, ERR_BUSY);
	else
		script_fail(script, "no such commit");
	fixture_settle(&script->fixture);
}

static void run_crash(struct script *script)
{
	script->current = NULL;
	fixture_crash(&script->fixture, script_arg_is(script, 1, "after")
						? LAST_COMMIT
						: LAST_NOTHING);
}

static void run_stop(struct script *script)
{
	script->current = NULL;
	fixture_stop(&script->fixture);
}

static void run_start(struct script *script)
{
	fixture_start(&script->fixture);
	if (script_arg_is(script, 1, "broken"))
		fake_writer_fail(script->fixture.writer, ERR_IO);
	else if (script_arg_is(script, 1, "held"))
		fake_writer_hold(script->fixture.writer, 1);
	fixture_settle(&script->fixture);
}

/* spoil message|recipients: the disk lies about what was accepted */
static void run_spoil(struct script *script)
{
	fake_writer_spoil(script->fixture.writer, script_arg(script, 1));
}

static void run_drain(struct script *script)
{
	messages_drain(script->fixture.messages);
	conferences_drain(script->fixture.conferences);
	consents_drain(script->fixture.consents);
	fixture_settle(&script->fixture);
}

static void run_wake(struct script *script)
{
	messages_wake(script->fixture.messages);
	fixture_settle(&script->fixture);
}

static void ordered(void *arg, const struct conference_result *result)
{
	if (result->err)
		script_fail(arg, "refused: %s", result->reason);
}

/* rest sip:a@example.com SERVICE URI: a conference by REST */
static void run_rest(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	const struct conference_entry entry = {.uri = script_arg(script, 3)};
	const struct conference_order order = {.service = script_arg(script, 2),
					       .sender = script_arg(script, 1),
					       .entries = &entry,
					       .n_entries = 1};

	conferences_create(fixture->conferences, &order, ordered, script);
	fixture_settle(fixture);
}

/* forget: an operator drops every delivery over REST */
static void run_forget(struct script *script)
{
	struct store *store = fake_writer_store(script->fixture.writer);
	struct delivery_filter filter = {.state = -1, .page.limit = 1000};
	struct delivery *rows;
	size_t n = 0;
	enum err err = store_delivery_list(store, &filter,
					   script->fixture.arena, &rows, &n);

	for (size_t i = 0; i < n && !err; i++)
		err = store_delivery_drop(store, rows[i].id, wall_now_s());
	if (err)
		script_fail(script, "not dropped: %s", err_text(err));
}

const struct word script_commands[] = {
	{"setting", run_setting},
	{"service", run_service},
	{"permission", run_permission},
	{"recv", run_recv},
	{"again", run_again},
	{"answer", run_answer},
	{"edge", run_edge},
	{"unfound", run_unfound},
	{"found", run_found},
	{"advance", run_advance},
	{"clock", run_clock},
	{"commit", run_commit},
	{"crash", run_crash},
	{"stop", run_stop},
	{"start", run_start},
	{"drain", run_drain},
	{"wake", run_wake},
	{"more", run_more},
	{"forget", run_forget},
	{"rest", run_rest},
	{"spoil", run_spoil},
	{NULL, NULL},
};
