#include "api/ctl/commands.h"

#include "api/ctl/print.h"
#include "api/time_format.h"
#include "server/base/loop.h"

#define PATH "/v1/permissions"

bool word_is_id(const char *word)
{
	return word[0] && !word[strspn(word, "0123456789")];
}

const char *word_uri(const struct options *options, const char *word)
{
	const char *at = strchr(word, '@');
	const char *colon = strchr(word, ':');

	if (word[0] == '*' || !at || (colon && colon < at))
		return word;
	return arena_printf(options->arena, "sip:%s", word);
}

json_t *words_json(const char *given)
{
	json_t *words = json_array();

	for (;;) {
		size_t n = strcspn(given, ",");

		json_array_append_new(words, json_stringn(given, n));
		if (!given[n])
			return words;
		given += n + 1;
	}
}

const char *word_origin(const char *origin)
{
	return !strcmp(origin, "recipient") ? "the recipient"
	       : !strcmp(origin, "admin")   ? "an operator"
	       : !strcmp(origin, "import")  ? "an import"
					    : origin;
}

const char *kinds_words(struct arena *arena, const json_t *row)
{
	return json_is_true(json_object_get(row, "all_kinds"))
		       ? "everything"
		       : member_words(arena, row, "kinds", ", ", "?");
}

/** How long a yes lives, where that is its own, and when it is asked again. */
static void print_term(struct arena *arena, const json_t *row)
{
	const char *term = member_text(arena, row, "term", "default");
	const json_t *renewal = json_object_get(row, "renewal");
	const char *due = json_string_value(json_object_get(renewal, "due_at"));

	if (strcmp(term, "default") != 0)
		print_fact("a yes lives", term);
	if (due)
		print_fact("renewal", arena_printf(arena, "to be asked %s",
						   print_time(arena, due, "")));
	else if (json_is_object(renewal))
		print_fact("renewal", member_text(arena, renewal, "state", ""));
}

/** Of a grant by others: does its recipient know? */
static void print_notice(struct arena *arena, const json_t *row)
{
	const json_t *notice = json_object_get(row, "notice");
	const char *state = member_text(arena, notice, "state", NULL);
	const char *at = json_string_value(json_object_get(notice, "at"));

	if (!state)
		return;
	print_fact("notice", !strcmp(state, "due")
				     ? "yet to be sent; messages wait for it"
			     : at ? arena_printf(arena, "%s %s", state,
						 print_time(arena, at, ""))
				  : state);
}

void permission_print(const struct options *options, const json_t *row)
{
	struct arena *arena = options->arena;
	const char *state = member_text(arena, row, "state", "?");
	const char *reason = member_text(arena, row, "reason", NULL);
	const char *recorded = member_text(arena, row, "recorded_by", NULL);
	const char *uri = member_text(arena, row, "recipient_uri", "?");
	const char *recipient = member_text(arena, row, "recipient", "?");
	const json_t *expires = json_object_get(row, "expires_at");
	const json_t *asked = json_object_get(row, "asked_at");

	printf("Permission %lld: %s\n", member_number(row, "id"),
	       question_state(arena, row));
	print_fact("sender", member_text(arena, row, "sender", "?"));
	print_fact("target", member_text(arena, row, "target", "?"));
	print_fact("recipient", recipient);
	print_fact("for", kinds_words(arena, row));
	if (strcmp(uri, recipient) != 0)
		print_fact("asked at", uri);
	print_fact("on word of",
		   word_origin(member_text(arena, row, "origin", "?")));
	if (recorded)
		print_fact("recorded by",
			   arena_printf(arena, "token %s", recorded));
	print_shown(arena, json_object_get(row, "shown"));
	print_prose("evidence", member_text(arena, row, "evidence", "none"));
	if (reason)
		print_fact("reason", reason);
	print_fact("asked",
		   print_time(arena, json_string_value(asked),
			      !strcmp(state, "pending") ? "not yet" : "never"));
	question_print(arena, row);
	if (member_number(row, "last_status"))
		print_fact("SIP status",
			   arena_printf(arena, "%lld",
					member_number(row, "last_status")));
	print_fact("created", print_time(arena,
					 json_string_value(json_object_get(
						 row, "created_at")),
					 "?"));
	print_fact("changed", print_time(arena,
					 json_string_value(json_object_get(
						 row, "changed_at")),
					 "?"));
	print_fact(strcmp(state, "expired") ? "expires" : "expired",
		   print_time(arena, json_string_value(expires), "never"));
	print_term(arena, row);
	print_notice(arena, row);
}

/** Decisions that others took the place of, newest first. */
static void past_print(struct client *client, const struct options *options,
		       const char *id)
{
	struct arena *arena = options->arena;
	json_t *rows = client_list(
		client, arena_printf(arena, PATH "/%s/history", id), NULL);
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *since =
			json_string_value(json_object_get(row, "since"));
		const char *ended =
			json_string_value(json_object_get(row, "ended_at"));
		const char *evidence =
			member_text(arena, row, "evidence", NULL);
		const char *recorded =
			member_text(arena, row, "recorded_by", NULL);

		print_prose("before",
			    arena_printf(arena,
					 "%s (%s) on word of %s, %s to "
					 "%s%s%s%s%s",
					 member_text(arena, row, "state", "?"),
					 kinds_words(arena, row),
					 word_origin(member_text(
						 arena, row, "origin", "?")),
					 print_time(arena, since, "?"),
					 print_time(arena, ended, "?"),
					 recorded ? "; recorded by token " : "",
					 recorded ? recorded : "",
					 evidence ? "; evidence: " : "",
					 evidence ? evidence : ""));
	}
	json_decref(rows);
}

static void list_row_of(struct print_table *table, struct arena *arena,
			const json_t *row, const char *time)
{
	const char *changed = json_string_value(json_object_get(row, time));
	const char *const cells[] = {
		arena_printf(arena, "%lld", member_number(row, "id")),
		question_state(arena, row),
		member_text(arena, row, "origin", "?"),
		member_text(arena, row, "sender", "?"),
		member_text(arena, row, "target", "?"),
		member_text(arena, row, "recipient", "?"),
		kinds_words(arena, row),
		print_age(arena, changed, "?")};

	table_row(table, cells);
}

static void list_row(struct print_table *table, struct arena *arena,
		     const json_t *row)
{
	list_row_of(table, arena, row, "changed_at");
}

static void list_row_ending(struct print_table *table, struct arena *arena,
			    const json_t *row)
{
	list_row_of(table, arena, row, "expires_at");
}

static void list_print(const struct options *options, const json_t *rows,
		       bool has_more)
{
	const char *const headings[] = {
		"ID",	  "STATE",
		"BY",	  "SENDER",
		"TARGET", "RECIPIENT",
		"FOR",	  options->expires ? "ENDS" : "CHANGED",
		NULL};

	table_print_rows(options->arena, headings, rows,
			 options->expires ? list_row_ending : list_row);
	print_total(json_array_size(rows), "permission", has_more);
}

static bool is_filtered(const struct options *options)
{
	return options->sender || options->target || options->recipient ||
	       options->state || options->origin || options->kind ||
	       options->expires || options->unanswered || options->domain;
}

enum outcome permission_list_run(struct client *client,
				 const struct options *options)
{
	bool is_unreached =
		options->state && !strcmp(options->state, "not-reached");
	char room[TIME_LEN];
	const char *before;
	struct text path;
	bool has_more;
	json_t *rows, *until = NULL;

	if (!unanswered_read(options, room, &before) ||
	    (options->expires && !expires_json(options, &until)))
		return OUTCOME_USAGE;
	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "sender", options->sender);
	path_param(client, &path, "target", options->target);
	path_param(client, &path, "recipient", options->recipient);
	path_param(client, &path, is_unreached ? "question" : "state",
		   options->state);
	path_param(client, &path, "asked_before", before);
	path_param(client, &path, "origin", options->origin);
	path_param(client, &path, "kind", options->kind);
	path_param(client, &path, "domain", options->domain);
	path_param(client, &path, "ends_before", json_string_value(until));
	rows = client_list(client, path.at, &has_more);
	json_decref(until);
	if (!rows)
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(rows);
	else if (json_array_size(rows))
		list_print(options, rows, has_more);
	else if (is_filtered(options))
		puts("No permission matches.");
	else
		puts("There are no permissions yet. Ask for one with:\n"
		     "    volensctl permission ask SENDER TARGET RECIPIENT");
	json_decref(rows);
	return OUTCOME_OK;
}

/** A decision of the recipient stays as it is when others repeat it. */
static bool is_own_word(const struct options *options, const json_t *row)
{
	const char *state = member_text(options->arena, row, "state", "?");

	return !strcmp(member_text(options->arena, row, "origin", "?"),
		       "recipient") &&
	       (!strcmp(state, "granted") || !strcmp(state, "denied"));
}

void permission_change_print(const struct options *options, const json_t *row)
{
	const char *state = member_text(options->arena, row, "state", "?");

	if (options->is_json) {
		print_json(row);
		return;
	}
	permission_print(options, row);
	if (options->by_recipient)
		puts("This is the recipient's own deny: only they can take it "
		     "back.");
	else if (is_own_word(options, row))
		puts("This is the recipient's own decision; it is not "
		     "changed.");
	if (!strcmp(state, "pending"))
		printf("The recipient %s; see: volensctl permission show "
		       "%lld\n",
		       question_is_limited(row) ? "is asked when a limit allows"
						: "is being asked",
		       member_number(row, "id"));
	if (!strcmp(state, "waiting"))
		printf("The recipient was asked and has not replied.\nTo ask "
		       "once more: volensctl permission ask %lld\n",
		       member_number(row, "id"));
}

/** POST or PATCH, and print the permission that comes back. */
static enum outcome permission_call(struct client *client,
				    const struct options *options,
				    const char *method, const char *path,
				    json_t *body)
{
	const char *state = json_string_value(json_object_get(body, "state"));
	bool asks = state && strcmp(state, "pending") == 0;
	struct http_reply reply;

	if (!(asks ? client_ask : client_call)(client, method, path, body,
					       &reply))
		return OUTCOME_FAILED;
	permission_change_print(options, reply.json);
	reply_clear(&reply);
	return OUTCOME_OK;
}

static const char *id_path(const struct options *options, const char *id)
{
	return arena_printf(options->arena, PATH "/%s", id);
}

enum outcome permission_show_run(struct client *client,
				 const struct options *options)
{
	struct http_reply reply;

	if (!word_is_id(options->words[0])) {
		print_problem("\"%s\" is not the number of a permission; see: "
			      "volensctl permission list",
			      print_safe(options->arena, options->words[0]));
		return OUTCOME_USAGE;
	}
	if (!client_call(client, "GET", id_path(options, options->words[0]),
			 NULL, &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		permission_print(options, reply.json);
	if (!options->is_json)
		past_print(client, options, options->words[0]);
	reply_clear(&reply);
	return OUTCOME_OK;
}

/** "30d", "12h", "90min", an RFC 3339 instant, or "never". */
bool expires_json(const struct options *options, json_t **ret)
{
	const char *given = options->expires;
	int64_t at, span_s;
	char text[TIME_LEN];

	if (!strcmp(given, "never")) {
		*ret = json_null();
		return true;
	}
	if (!time_parse(view_of(given), &at)) {
		*ret = json_string(given);
		return true;
	}
	if (span_read(given, &span_s)) {
		time_format(wall_now_s() + span_s, text);
		*ret = json_string(text);
		return true;
	}
	print_problem("\"%s\" is no time: write 30d, 12h, "
		      "2030-01-02T03:04:05Z or never.",
		      print_safe(options->arena, given));
	return false;
}

enum outcome permission_state_run(struct client *client,
				  const struct options *options,
				  const char *state)
{
	const char *evidence = options->by_recipient ? options->by_recipient
						     : options->evidence;
	json_t *expires = NULL;

	if (options->n_words == 2 ||
	    (options->n_words == 1 && !word_is_id(options->words[0]))) {
		print_problem("name a permission by its number, or by SENDER "
			      "TARGET RECIPIENT.");
		return OUTCOME_USAGE;
	}
	if (options->expires && !expires_json(options, &expires))
		return OUTCOME_USAGE;
	json_t *body = json_pack("{s:s}", "state", state);

	if (expires)
		json_object_set_new(body, "expires_at", expires);
	if (options->term)
		json_object_set_new(body, "term", json_string(options->term));
	if (evidence)
		json_object_set_new(body, "evidence", json_string(evidence));
	if (options->by_recipient)
		json_object_set_new(body, "origin", json_string("recipient"));
	if (options->kinds)
		json_object_set_new(body, "kinds", words_json(options->kinds));
	if (options->is_import)
		json_object_set_new(body, "origin", json_string("import"));
	if (options->n_words == 1)
		return permission_call(client, options, "PATCH",
				       id_path(options, options->words[0]),
				       body);
	json_object_set_new(body, "sender", json_string(options->words[0]));
	json_object_set_new(body, "target",
			    json_string(word_uri(options, options->words[1])));
	json_object_set_new(body, "recipient",
			    json_string(word_uri(options, options->words[2])));
	return permission_call(client, options, "POST", PATH, body);
}

enum outcome permission_grant_run(struct client *client,
				  const struct options *options)
{
	if (!options->evidence) {
		print_problem("a grant on behalf of a recipient needs "
			      "evidence: add --evidence TEXT.");
		return OUTCOME_USAGE;
	}
	return permission_state_run(client, options, "granted");
}

enum outcome permission_deny_run(struct client *client,
				 const struct options *options)
{
	if (options->by_recipient && options->evidence) {
		print_problem("--by-recipient has the evidence already; leave "
			      "--evidence out.");
		return OUTCOME_USAGE;
	}
	return permission_state_run(client, options, "denied");
}

/** The id of the permission with these three words, or NULL. */
static const char *id_find(struct client *client, const struct options *options)
{
	struct text path;
	const char *id = NULL;
	json_t *rows;

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "sender", options->words[0]);
	path_param(client, &path, "target",
		   word_uri(options, options->words[1]));
	path_param(client, &path, "recipient",
		   word_uri(options, options->words[2]));
	path_param(client, &path, "kind", options->kind);
	rows = client_list(client, path.at, NULL);
	if (json_array_size(rows) > 1)
		print_problem("there are several of these, for different "
			      "kinds: name one by its number, or by --kind.");
	else if (json_array_size(rows))
		id = arena_printf(options->arena, "%lld",
				  member_number(json_array_get(rows, 0), "id"));
	else if (rows)
		print_problem("there is no such permission; see: volensctl "
			      "permission list");
	json_decref(rows);
	return id;
}

enum outcome permission_remove_run(struct client *client,
				   const struct options *options)
{
	const char *id = options->words[0];
	struct http_reply reply;

	if (options->n_words == 2 ||
	    (options->n_words == 1 && !word_is_id(id))) {
		print_problem("name a permission by its number, or by SENDER "
			      "TARGET RECIPIENT.");
		return OUTCOME_USAGE;
	}
	if (options->n_words == 3)
		id = id_find(client, options);
	if (!id ||
	    !client_call(client, "DELETE", id_path(options, id), NULL, &reply))
		return OUTCOME_FAILED;
	reply_clear(&reply);
	if (!options->is_json)
		printf("Permission %s is forgotten.\n", id);
	return OUTCOME_OK;
}
