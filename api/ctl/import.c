/* Many people at once, from a file: looked at first, then imported. */
#include "api/ctl/commands.h"
#include "api/ctl/import_private.h"
#include "api/ctl/print.h"

#define PATH IMPORTS_PATH
#define SHOWN_MOST 100L /* bad lines, without --limit */
#define SAID_MOST 1000	/* times that a part was imported before */

/* ---- the file and the request ------------------------------------------- */

static bool file_read(struct importing *it)
{
	const char *name = it->options->words[0];
	const char *problem = import_file_read(name, it->arena, &it->file);

	it->name =
		strcmp(name, "-") == 0 ? "stdin" : print_safe(it->arena, name);
	if (problem)
		print_problem("%s cannot be imported: %s.", it->name,
			      print_safe(it->arena, problem));
	return !problem;
}

static bool post(const struct importing *it, const struct import_part *part,
		 const char *key, struct http_reply *ret)
{
	const struct client_upload upload = {
		.body = part->body,
		.type = it->file.is_json ? "application/json" : "text/csv",
		.key = key,
		.asks = key && strcmp(it->options->mode, "ask") == 0};
	const char *path =
		key ? it->path
		    : arena_printf(it->arena, "%s&dry_run=true", it->path);

	return client_upload(it->client, path, &upload, ret);
}

/* ---- what is wrong ------------------------------------------------------ */

/** Of JSON the relay knows the numbers within a part only. */
static const char *sentence(const struct importing *it,
			    const struct import_part *part, const json_t *error)
{
	const char *reason = member_text(it->arena, error, "reason", "");

	if (part->line_offset && strcmp(reason, "duplicate") == 0)
		return "The same recipient is in an earlier row.";
	return member_text(it->arena, error, "detail", reason);
}

static void error_print(struct importing *it, const struct import_part *part,
			const json_t *error, long long line)
{
	const char *field = member_text(it->arena, error, "field", NULL);
	const long long permission = member_number(error, "permission");
	const long most = it->options->limit ? it->options->limit : SHOWN_MOST;

	if (++it->n_shown > most || it->options->is_json)
		return;
	fprintf(stderr, "%s: %s%s%s%s\n", import_place(it, line),
		field ? field : "", field ? ": " : "",
		sentence(it, part, error),
		permission ? arena_printf(it->arena, " (permission %lld)",
					  permission)
			   : "");
}

static void errors_take(struct importing *it, const struct import_part *part,
			const json_t *errors)
{
	json_t *error;
	size_t i;

	json_array_foreach(errors, i, error)
	{
		long long line = member_number(error, "line") +
				 (long long)part->line_offset;

		error_print(it, part, error, line);
		json_object_set_new(error, "line", json_integer(line));
		json_array_append(it->errors, error);
	}
}

static void left_out_print(const struct importing *it)
{
	const long most = it->options->limit ? it->options->limit : SHOWN_MOST;

	if (it->n_shown > most && !it->options->is_json)
		fprintf(stderr, "and %ld more lines (--limit)\n",
			it->n_shown - most);
}

/* ---- the dry run -------------------------------------------------------- */

static void counts_add(struct import_counted *counts, const json_t *reply)
{
	const json_t *numbers = json_object_get(reply, "outcomes");

	for (int i = 0; i < IMPORT_DIDS; i++)
		counts->dids[i] += member_number(numbers, import_did_names[i]);
}

static void note_last_asked(struct importing *it, const json_t *reply)
{
	const char *at =
		json_string_value(json_object_get(reply, "last_asked_at"));
	bool asks =
		member_number(json_object_get(reply, "outcomes"), "asked") > 0;

	it->n_asking += asks;
	if (!at && asks &&
	    !json_is_false(json_object_get(reply, "would_import")))
		it->lacks_bytes = true;
	/* RFC 3339 in UTC sorts as text. */
	if (at && (!it->last_asked || strcmp(at, it->last_asked) > 0))
		it->last_asked = arena_strdup(it->arena, at);
}

static bool look_at(struct importing *it, size_t i)
{
	const struct import_part *part = &it->file.parts[i];
	struct import_counted *counts = &it->of[i];
	struct http_reply reply;
	const json_t *errors;

	if (!post(it, part, NULL, &reply)) {
		print_problem("%s is not imported.", it->name);
		return false;
	}
	errors = json_object_get(reply.json, "errors");
	errors_take(it, part, errors);
	counts_add(counts, reply.json);
	counts_add(&it->looked, reply.json);
	it->looked.to_be_told += member_number(reply.json, "to_be_told");
	it->looked.to_be_added += member_number(reply.json, "to_be_added");
	if (json_is_integer(json_object_get(reply.json, "room")))
		it->room = member_number(reply.json, "room");
	note_last_asked(it, reply.json);
	if (json_is_true(json_object_get(reply.json, "would_import")))
		it->looked.skipped += (long long)json_array_size(errors);
	else
		it->looked.n_bad += (long long)json_array_size(errors);
	reply_clear(&reply);
	return true;
}

/** Who is in two parts: a part knows nothing of the others. */
static void look_at_all(struct importing *it)
{
	static const struct import_part whole = {.first = 1};
	const char *noun = it->file.is_json ? "row" : "line";
	json_t *errors = json_array();
	const struct import_row *row;
	size_t at = 0, first;

	while ((row = import_file_twice(&it->file, &at, &first))) {
		const char *detail = arena_printf(
			it->arena, "The same recipient is in %s %zu.", noun,
			first);

		json_array_append_new(
			errors, json_pack("{s:I,s:s,s:s,s:s,s:n}", "line",
					  (json_int_t)row->line, "reason",
					  "duplicate", "field", "recipient",
					  "detail", detail, "permission"));
	}
	it->looked.n_bad += (long long)json_array_size(errors);
	errors_take(it, &whole, errors);
	json_decref(errors);
}

/* ---- the import --------------------------------------------------------- */

static bool is_agreed(const struct importing *it)
{
	if (it->options->is_sure)
		return true;
	fflush(stdout);
	switch (print_ask("Import them?")) {
	case ANSWER_YES:
		return true;
	case ANSWER_NO:
		print_problem("nothing is imported.");
		return false;
	case ANSWER_NONE:
		break;
	}
	print_problem("nothing is imported: without a terminal, say --yes.");
	return false;
}

/**
 * A key for a part and how often it was imported, so that a request which was
 * cut off may be repeated, and one that was taken back be made again.
 *
 * @return NULL: it cannot be found out, and a sentence says why
 */
static const char *key_of(const struct importing *it,
			  const struct import_part *part)
{
	const char *hash = import_part_hash(part, it->path, it->arena);

	for (int n = 1; n < SAID_MOST; n++) {
		const char *key =
			arena_printf(it->arena, "volensctl-%s-%d", hash, n);
		json_t *there = client_list(
			it->client,
			arena_printf(it->arena, PATH "?idempotency_key=%s",
				     key),
			NULL);
		bool is_new = there && json_array_size(there) == 0;

		json_decref(there);
		if (!there || is_new)
			return is_new ? key : NULL;
	}
	print_problem("this was imported and taken back too often.");
	return NULL;
}

static void refused_print(struct importing *it, const struct import_part *part,
			  const json_t *json)
{
	it->n_shown = 0;
	errors_take(it, part, json_object_get(json, "errors"));
	left_out_print(it);
	print_problem("%s", member_text(it->arena, json, "detail", "?"));
}

static bool part_import(struct importing *it, size_t i)
{
	const struct import_part *part = &it->file.parts[i];
	struct http_reply reply;
	const char *key;

	if (!import_work(&it->of[i])) {
		it->done.dids[DID_NOTHING] += it->of[i].dids[DID_NOTHING];
		return true;
	}
	key = key_of(it, part);
	if (!key || !post(it, part, key, &reply))
		return false;
	if (reply.status / 100 != 2) {
		refused_print(it, part, reply.json);
		reply_clear(&reply);
		return false;
	}
	counts_add(&it->done, reply.json);
	it->done.skipped += member_number(reply.json, "skipped");
	note_last_asked(it, reply.json);
	json_array_append(it->made, reply.json);
	reply_clear(&reply);
	return true;
}

static enum outcome all_import(struct importing *it)
{
	size_t i = 0;

	it->last_asked = NULL;
	it->lacks_bytes = false;
	while (i < it->file.n_parts && part_import(it, i))
		i++;
	if (it->options->is_json)
		print_json(it->made);
	else if (i == it->file.n_parts)
		import_done_print(it);
	if (i == it->file.n_parts)
		return OUTCOME_OK;
	if (i > 0)
		print_problem(
			"what comes before %s is imported.",
			import_place(it, (long long)it->file.parts[i].first));
	print_problem("to go on, say the same command again: nobody is "
		      "imported twice.");
	return OUTCOME_FAILED;
}

static enum outcome look_and_import(struct importing *it)
{
	bool is_bad;

	for (size_t i = 0; i < it->file.n_parts; i++)
		if (!look_at(it, i))
			return OUTCOME_FAILED;
	look_at_all(it);
	left_out_print(it);
	is_bad = it->looked.n_bad > 0 || import_lacks_room(it);
	if (it->options->is_json && (is_bad || it->options->is_dry)) {
		json_t *looked = import_looked_json(it);

		print_json(looked);
		json_decref(looked);
	} else if (!it->options->is_json) {
		import_looked_print(it);
	}
	if (is_bad) {
		fflush(stdout);
		if (import_lacks_room(it))
			print_problem("the list has room for %lld more, and "
				      "%lld would be added (limits { "
				      "list-entries }).",
				      it->room, it->looked.to_be_added);
		print_problem("nothing is imported: all of it, or nothing.");
		return OUTCOME_FAILED;
	}
	if (it->options->is_dry)
		return OUTCOME_OK;
	if (import_work(&it->looked))
		return is_agreed(it) ? all_import(it) : OUTCOME_FAILED;
	if (it->options->is_json)
		print_json(it->made);
	else
		puts("All of it stands already.");
	return OUTCOME_OK;
}

enum outcome import_run(struct client *client, const struct options *options)
{
	struct importing it = {.client = client,
			       .options = options,
			       .arena = options->arena,
			       .room = -1};
	enum outcome outcome;

	if (!import_options_fit(options))
		return OUTCOME_USAGE;
	client_be_patient(client);
	if (!file_read(&it))
		return OUTCOME_FAILED;
	it.path = import_path(client, options);
	if (!it.path)
		return OUTCOME_USAGE;
	it.of = arena_array(it.arena, it.file.n_parts, sizeof(*it.of));
	it.errors = json_array();
	it.made = json_array();
	outcome = look_and_import(&it);
	json_decref(it.errors);
	json_decref(it.made);
	return outcome;
}
