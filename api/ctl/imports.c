/* Imports that were made. */
#include "api/ctl/commands.h"

#include "api/ctl/print.h"

#define PATH IMPORTS_PATH

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/** "hikers", or "nora@example.com to sip:lists@example.net". */
static const char *what_for(struct arena *arena, const json_t *import)
{
	const char *list = member_text(arena, import, "list", NULL);

	return list ? list
		    : arena_printf(arena, "%s to %s",
				   member_text(arena, import, "sender", "?"),
				   member_text(arena, import, "target", "?"));
}

static void import_row(struct print_table *table, struct arena *arena,
		       const json_t *import)
{
	const char *back = text_of(import, "taken_back_at");
	const char *const cells[] = {
		arena_printf(arena, "%lld", member_number(import, "id")),
		member_text(arena, import, "mode", "?"),
		what_for(arena, import),
		arena_printf(arena, "%lld",
			     member_number(import, "recipients")),
		print_age(arena, text_of(import, "created_at"), "?"),
		back ? "taken back" : "stands"};

	table_row(table, cells);
}

enum outcome import_list_run(struct client *client,
			     const struct options *options)
{
	static const char *const headings[] = {"ID",   "MODE",	"FOR", "PEOPLE",
					       "MADE", "STATE", NULL};
	bool has_more;
	struct text path;
	json_t *imports;

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "domain", options->domain);
	imports = client_list(client, path.at, &has_more);
	if (!imports)
		return OUTCOME_FAILED;
	if (options->is_json) {
		print_json(imports);
	} else if (json_array_size(imports)) {
		table_print_rows(options->arena, headings, imports, import_row);
		print_total(json_array_size(imports), "import", has_more);
	} else if (options->domain) {
		puts("No import matches.");
	} else {
		puts("Nothing was imported. See what a file would do with:\n"
		     "    volensctl import FILE --dry-run --mode ask --list "
		     "NAME");
	}
	json_decref(imports);
	return OUTCOME_OK;
}

/** "1990 granted, 8 unchanged": what is not 0. */
static const char *numbers_words(struct arena *arena, const json_t *import,
				 const char *name)
{
	json_t *numbers = json_object_get(import, name), *number;
	const char *words = NULL, *key;

	json_object_foreach(numbers, key, number)
	{
		long long n = (long long)json_integer_value(number);
		const char *word = print_safe(arena, key);

		if (n && words)
			words = arena_printf(arena, "%s, %lld %s", words, n,
					     word);
		else if (n)
			words = arena_printf(arena, "%lld %s", n, word);
	}
	return words ? words : "none";
}

static void import_print(struct arena *arena, const json_t *import)
{
	printf("Import %lld\n", member_number(import, "id"));
	print_fact("mode", member_text(arena, import, "mode", "?"));
	print_fact("for", what_for(arena, import));
	print_fact("people", arena_printf(arena, "%lld",
					  member_number(import, "recipients")));
	print_fact("skipped", arena_printf(arena, "%lld",
					   member_number(import, "skipped")));
	print_prose("it did", numbers_words(arena, import, "outcomes"));
	print_prose("now", numbers_words(arena, import, "states"));
	print_fact("made",
		   print_time(arena, text_of(import, "created_at"), "?"));
	print_fact("taken back",
		   print_time(arena, text_of(import, "taken_back_at"), "no"));
}

static bool id_fits(const struct options *options)
{
	if (word_is_id(options->words[0]))
		return true;
	print_problem("\"%s\" is not the number of an import; see: volensctl "
		      "import list",
		      print_safe(options->arena, options->words[0]));
	return false;
}

static const char *path_of(const struct options *options)
{
	return arena_printf(options->arena, PATH "/%s", options->words[0]);
}

/** Print it; or, as JSON, add it to @p rows. */
static enum outcome show(struct client *client, const struct options *options,
			 json_t *rows)
{
	struct http_reply reply;

	if (!client_call(client, "GET", path_of(options), NULL, &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		json_array_append(rows, reply.json);
	else
		import_print(options->arena, reply.json);
	reply_clear(&reply);
	return OUTCOME_OK;
}

enum outcome import_show_run(struct client *client,
			     const struct options *options)
{
	json_t *rows = json_array();
	enum outcome outcome =
		id_fits(options) ? show(client, options, rows) : OUTCOME_USAGE;

	print_rows_json(options, rows);
	return outcome;
}

static enum outcome take_back(struct client *client,
			      const struct options *options, json_t *rows)
{
	struct http_reply reply;

	if (!client_call(client, "DELETE", path_of(options), NULL, &reply))
		return OUTCOME_FAILED;
	reply_clear(&reply);
	return show(client, options, rows);
}

enum outcome import_take_back_run(struct client *client,
				  const struct options *options)
{
	enum outcome outcome = OUTCOME_OK;
	struct options one = *options;
	json_t *rows;

	one.n_words = 1;
	for (int i = 0; i < options->n_words; i++) {
		one.words = options->words + i;
		if (!id_fits(&one))
			return OUTCOME_USAGE;
	}
	client_be_patient(client);
	rows = json_array();
	for (int i = 0; i < options->n_words && outcome == OUTCOME_OK; i++) {
		one.words = options->words + i;
		outcome = take_back(client, &one, rows);
	}
	print_rows_json(options, rows);
	return outcome;
}
