#include "api/ctl/records.h"

#include "api/ctl/commands.h"
#include "api/ctl/print.h"

#define PATH "/v1/requests"
#define PAGES_MAX 10000 /**< what a relay sends is bounded */
#define ROWS_MAX 50	/**< newest requests that are shown without --limit */

const char *short_uri(struct arena *arena, const json_t *object,
		      const char *name)
{
	const char *uri = member_text(arena, object, name, "?");

	return strncmp(uri, "sip:", 4) == 0 ? uri + 4 : uri;
}

json_t *rows_find(struct client *client, const struct options *options,
		  const char *path, size_t most)
{
	json_t *found = json_array();
	const char *after = NULL, *before;
	int n = 0;

	do {
		struct http_reply reply;
		struct text page;

		before = after;

		text_init(&page, options->arena);
		text_add(&page, path);
		path_param(client, &page, "after", after);
		if (!client_call(client, "GET", page.at, NULL, &reply)) {
			json_decref(found);
			return NULL;
		}
		json_array_extend(found, json_object_get(reply.json, "items"));
		after = json_string_value(json_object_get(reply.json, "next"));
		if (after)
			after = arena_strdup(options->arena, after);
		reply_clear(&reply);
	} while (after && json_array_size(found) < most && n++ < PAGES_MAX &&
		 (!before || strcmp(before, after) != 0));
	while (json_array_size(found) > most)
		json_array_remove(found, json_array_size(found) - 1);
	return found;
}

/** "2 delivered, 1 deferred" */
static const char *counts_text(struct arena *arena, const json_t *row)
{
	const char *name;
	const json_t *n;
	struct text text;

	text_init(&text, arena);
	json_object_foreach(json_object_get(row, "outcomes"), name, n)
		text_printf(&text, "%s%lld %s", text.len ? ", " : "",
			    (long long)json_integer_value(n),
			    print_safe(arena, name));
	return text.len ? text.at : "none";
}

static const char *status_text(struct arena *arena, const json_t *row,
			       const char *name, const char *none)
{
	long long status = member_number(row, name);

	return status ? arena_printf(arena, "%lld", status) : none;
}

static size_t rows_wanted(const struct options *options)
{
	return options->limit ? (size_t)options->limit : ROWS_MAX;
}

static void list_row(struct print_table *table, struct arena *arena,
		     const json_t *row)
{
	const char *at = json_string_value(json_object_get(row, "accepted_at"));
	const char *const cells[] = {
		arena_printf(arena, "%lld", member_number(row, "id")),
		print_age(arena, at, "?"), short_uri(arena, row, "sender"),
		status_text(arena, row, "status", "-"),
		counts_text(arena, row)};

	table_row(table, cells);
}

static void list_print(const struct options *options, const json_t *rows)
{
	static const char *const headings[] = {
		"ID", "WHEN", "SENDER", "RESPONSE", "RECIPIENTS", NULL};

	table_print_rows(options->arena, headings, rows, list_row);
	if (json_array_size(rows) == rows_wanted(options))
		puts("These are the newest. --limit shows more; --since, "
		     "--sender and others filter.");
}

enum outcome request_list_run(struct client *client,
			      const struct options *options)
{
	struct text path;
	json_t *rows;

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "sender", options->sender);
	path_param(client, &path, "target", options->target);
	path_param(client, &path, "recipient", options->recipient);
	path_param(client, &path, "call_id", options->call_id);
	path_param(client, &path, "since", options->since);
	rows = rows_find(client, options, path.at, rows_wanted(options));
	if (!rows)
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(rows);
	else if (json_array_size(rows))
		list_print(options, rows);
	else
		puts("No request matches.  The setting deliveries { keep-done "
		     "} "
		     "says how long\nrequests are remembered.");
	json_decref(rows);
	return OUTCOME_OK;
}

/** "03:04:05.678" of a safe RFC 3339 string. */
static const char *precise_text(struct arena *arena, const char *at)
{
	if (!at || strlen(at) < sizeof("2026-01-02T03:04:05Z") - 1)
		return "-";
	return arena_printf(arena, "%.*s", (int)strcspn(at + 11, "Z"), at + 11);
}

const char *clock_text(struct arena *arena, const char *at)
{
	return arena_printf(arena, "%.8s", precise_text(arena, at));
}

static void recipient_row(struct print_table *table, struct arena *arena,
			  const json_t *row)
{
	const char *at = member_text(arena, row, "at", NULL);
	const char *const cells[] = {
		short_uri(arena, row, "recipient"),
		member_text(arena, row, "outcome", "?"),
		print_status(arena, row, "sip_status", "-"),
		arena_printf(arena, "%lld", member_number(row, "attempts")),
		status_text(arena, row, "permission", "-"),
		precise_text(arena, at)};

	table_row(table, cells);
}

static void recipients_print(const struct options *options, const json_t *rows)
{
	static const char *const headings[] = {
		"RECIPIENT",  "OUTCOME",  "SIP", "TRIES",
		"PERMISSION", "AT (UTC)", NULL};

	table_print_rows(options->arena, headings, rows, recipient_row);
}

static void request_print(const struct options *options, const json_t *row)
{
	struct arena *arena = options->arena;
	const char *accepted =
		json_string_value(json_object_get(row, "accepted_at"));
	const char *over = json_string_value(json_object_get(row, "over_at"));

	printf("Request %lld: %s\n", member_number(row, "id"),
	       counts_text(arena, row));
	print_fact("method", member_text(arena, row, "method", "?"));
	print_fact("sender", member_text(arena, row, "sender", "?"));
	print_fact("target", member_text(arena, row, "target", "?"));
	print_fact("from", member_text(arena, row, "source", "?"));
	print_fact("Call-ID", member_text(arena, row, "call_id", "?"));
	print_fact("response", status_text(arena, row, "status", "202"));
	print_fact("accepted", print_time(arena, accepted, "?"));
	print_fact("over", print_time(arena, over, "not yet"));
	putchar('\n');
}

enum outcome request_show_run(struct client *client,
			      const struct options *options)
{
	const char *id = options->words[0];
	struct http_reply reply;
	json_t *rows;

	if (!word_is_id(id)) {
		print_problem("\"%s\" is not the number of a request; see: "
			      "volensctl request list",
			      print_safe(options->arena, id));
		return OUTCOME_USAGE;
	}
	if (!client_call(client, "GET",
			 arena_printf(options->arena, PATH "/%s", id), NULL,
			 &reply))
		return OUTCOME_FAILED;
	rows = client_list(
		client, arena_printf(options->arena, PATH "/%s/recipients", id),
		NULL);
	if (rows && options->is_json) {
		json_object_set(reply.json, "items", rows);
		print_json(reply.json);
	} else if (rows) {
		request_print(options, reply.json);
		recipients_print(options, rows);
	}
	reply_clear(&reply);
	json_decref(rows);
	return rows ? OUTCOME_OK : OUTCOME_FAILED;
}
