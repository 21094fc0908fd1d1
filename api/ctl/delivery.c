#include "api/ctl/commands.h"

#include "api/ctl/print.h"

#define PATH "/v1/deliveries"

static const char *time_of(struct arena *arena, const json_t *row,
			   const char *name, const char *none)
{
	return print_time(arena, json_string_value(json_object_get(row, name)),
			  none);
}

static const char *status_of(struct arena *arena, const json_t *row)
{
	return print_status(arena, row, "last_status", "none");
}

static void list_row(struct print_table *table, struct arena *arena,
		     const json_t *row)
{
	long long id = member_number(row, "id");
	const char *next = json_string_value(json_object_get(row, "next_at"));
	const char *const cells[] = {
		id ? arena_printf(arena, "%lld", id) : "-",
		member_text(arena, row, "state", "?"),
		member_text(arena, row, "recipient", "(all)"),
		member_text(arena, row, "sender", "?"),
		arena_printf(arena, "%lld", member_number(row, "attempts")),
		status_of(arena, row),
		print_age(arena,
			  json_string_value(json_object_get(row, "since")),
			  "?"),
		print_age(arena, next, "-")};

	table_row(table, cells);
}

static void list_print(const struct options *options, const json_t *rows,
		       bool has_more)
{
	static const char *const headings[] = {"ID",	 "STATE", "RECIPIENT",
					       "SENDER", "TRIES", "LAST",
					       "SINCE",	 "NEXT",  NULL};

	table_print_rows(options->arena, headings, rows, list_row);
	if (json_array_size(rows) == 1 && !has_more)
		puts("\n1 delivery.");
	else
		printf("\n%zu deliveries%s.\n", json_array_size(rows),
		       has_more ? "; there are more (--limit)" : "");
}

/** The list asked for; without a state, what is being sent comes first. */
static json_t *rows_read(struct client *client, const struct options *options,
			 bool *ret_has_more)
{
	struct text path;
	json_t *rows = json_array();

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "sender", options->sender);
	path_param(client, &path, "target", options->target);
	path_param(client, &path, "recipient", options->recipient);
	path_param(client, &path, "state", options->state);
	if (view_equal(text_view(&path), VIEW(PATH))) {
		json_decref(rows);
		rows = client_list(client, PATH "?state=sending", NULL);
	}
	json_t *more = rows ? client_list(client, path.at, ret_has_more) : NULL;

	if (!more) {
		json_decref(rows);
		return NULL;
	}
	json_array_extend(rows, more);
	json_decref(more);
	return rows;
}

enum outcome delivery_list_run(struct client *client,
			       const struct options *options)
{
	bool has_more;
	json_t *rows = rows_read(client, options, &has_more);

	if (!rows)
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(rows);
	else if (json_array_size(rows))
		list_print(options, rows, has_more);
	else if (options->sender || options->target || options->recipient ||
		 options->state)
		puts("No delivery matches.");
	else
		puts("Nothing is on its way, waits or has failed.\n"
		     "What was sent before: volensctl request list");
	json_decref(rows);
	return OUTCOME_OK;
}

static void delivery_print(const struct options *options, const json_t *row)
{
	struct arena *arena = options->arena;

	printf("Delivery %lld: %s\n", member_number(row, "id"),
	       member_text(arena, row, "state", "?"));
	print_fact("method", member_text(arena, row, "method", "?"));
	print_fact("sender", member_text(arena, row, "sender", "?"));
	print_fact("target", member_text(arena, row, "target", "?"));
	print_fact("recipient", member_text(arena, row, "recipient", "?"));
	print_fact("tries",
		   arena_printf(arena, "%lld", member_number(row, "attempts")));
	print_fact("SIP status", status_of(arena, row));
	print_fact("content", member_text(arena, row, "content", "?"));
	if (json_is_true(json_object_get(row, "over_udp_limit")))
		print_fact("size", "over 1,300 bytes, and it went by UDP");
	print_fact("since", time_of(arena, row, "since", "?"));
	print_fact("next try", time_of(arena, row, "next_at", "none"));
	print_fact("expires", time_of(arena, row, "expires_at", "never"));
}

/** The path of the delivery that the first word names, or NULL. */
static const char *id_path(const struct options *options, const char *tail)
{
	const char *id = options->words[0];

	if (word_is_id(id))
		return arena_printf(options->arena, PATH "/%s%s", id, tail);
	print_problem("\"%s\" is not the number of a delivery; see: volensctl "
		      "delivery list",
		      print_safe(options->arena, id));
	return NULL;
}

static enum outcome delivery_call(struct client *client,
				  const struct options *options,
				  const char *method, const char *path)
{
	struct http_reply reply;

	if (!path)
		return OUTCOME_USAGE;
	if (!client_call(client, method, path, NULL, &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		delivery_print(options, reply.json);
	reply_clear(&reply);
	return OUTCOME_OK;
}

enum outcome delivery_show_run(struct client *client,
			       const struct options *options)
{
	return delivery_call(client, options, "GET", id_path(options, ""));
}

enum outcome delivery_retry_run(struct client *client,
				const struct options *options)
{
	enum outcome outcome = delivery_call(client, options, "POST",
					     id_path(options, "/retry"));

	if (outcome == OUTCOME_OK && !options->is_json)
		puts("It is being tried now.");
	return outcome;
}

enum outcome delivery_remove_run(struct client *client,
				 const struct options *options)
{
	const char *path = id_path(options, "");
	struct http_reply reply;

	if (!path)
		return OUTCOME_USAGE;
	if (!client_call(client, "DELETE", path, NULL, &reply))
		return OUTCOME_FAILED;
	reply_clear(&reply);
	if (!options->is_json)
		printf("Delivery %s is gone; it is not tried again.\n",
		       options->words[0]);
	return OUTCOME_OK;
}
