/* What an import would do, and what it did. */
#include "api/ctl/import_private.h"
#include "api/ctl/print.h"

/* Said where `last_asked_at` is null and somebody is asked. */
#define CALLS_LACK                                                             \
	"cannot be told: people outside of home-domains wait until the owner " \
	"has made more calls (requests-per-call, request-bytes-ratio)"

const char *const import_did_names[IMPORT_DIDS] = {
	"asked", "granted", "renewed", "stopped", "unchanged"};

const char *import_place(const struct importing *it, long long line)
{
	return arena_printf(it->arena, "%s:%s%lld", it->name,
			    it->file.is_json ? " row " : "", line);
}

bool import_lacks_room(const struct importing *it)
{
	return it->room >= 0 && it->looked.to_be_added > it->room;
}

long long import_work(const struct import_counted *counts)
{
	const long long *n = counts->dids;

	return n[DID_ASK] + n[DID_GRANT] + n[DID_RENEW] + n[DID_STOP];
}

bool import_is_stop(const struct options *options)
{
	return options->mode && strcmp(options->mode, "stop") == 0;
}

/** "nora@example.com to sip:lists@example.net" */
static const char *what_for(const struct importing *it)
{
	const struct options *options = it->options;

	if (options->list)
		return arena_printf(it->arena, "list %s", options->list);
	if (!options->sender && !options->target)
		return "everything";
	return arena_printf(it->arena, "%s to %s",
			    options->sender ? options->sender : "anybody",
			    options->target ? options->target : "anything");
}

static void count_print(const struct importing *it, const char *name,
			long long n, const char *what)
{
	if (n)
		print_fact(name, arena_printf(it->arena, "%lld%s", n, what));
}

static void dids_print(const struct importing *it)
{
	const long long *n = it->looked.dids;
	bool is_stop = import_is_stop(it->options);

	count_print(it, "to ask", n[DID_ASK], "");
	count_print(it, "to grant", n[DID_GRANT], "  by the evidence");
	count_print(it, "to stop", n[DID_STOP],
		    "  nothing goes to them any more");
	count_print(it, "to renew", n[DID_RENEW],
		    is_stop ? "  denied already: new evidence"
			    : "  granted already: new evidence, or another "
			      "end");
	count_print(it, "unchanged", n[DID_NOTHING],
		    is_stop ? "  denied already"
			    : "  asked or granted already");
}

void import_looked_print(const struct importing *it)
{
	printf("%s: %zu %s, for %s\n", it->name, it->file.n_rows,
	       it->file.n_rows == 1 ? "person" : "people",
	       print_safe(it->arena, what_for(it)));
	dids_print(it);
	count_print(it, "to skip", it->looked.skipped, "  they said no");
	count_print(it, "bad", it->looked.n_bad, "");
	if (it->looked.to_be_told)
		print_fact("to be told",
			   arena_printf(it->arena, "%lld  by a notice, once",
					it->looked.to_be_told));
	if (it->lacks_bytes)
		print_prose("all asked", CALLS_LACK);
	else if (it->last_asked)
		print_fact("all asked",
			   arena_printf(
				   it->arena, "%s%s",
				   it->n_asking > 1 ? "not before " : "",
				   print_time(it->arena, it->last_asked, "?")));
	if (it->file.n_parts > 1)
		print_fact("imports",
			   arena_printf(it->arena, "%zu, one after the other",
					it->file.n_parts));
}

json_t *import_looked_json(const struct importing *it)
{
	json_t *numbers = json_object(), *object = json_object();

	for (int i = 0; i < IMPORT_DIDS; i++)
		json_object_set_new(numbers, import_did_names[i],
				    json_integer(it->looked.dids[i]));
	json_object_set_new(object, "dry_run", json_true());
	json_object_set_new(
		object, "would_import",
		json_boolean(it->looked.n_bad == 0 && !import_lacks_room(it)));
	json_object_set_new(object, "lines",
			    json_integer((json_int_t)it->file.n_rows));
	json_object_set_new(object, "outcomes", numbers);
	json_object_set_new(object, "skipped",
			    json_integer(it->looked.skipped));
	json_object_set_new(object, "to_be_told",
			    json_integer(it->looked.to_be_told));
	json_object_set_new(object, "last_asked_at",
			    it->last_asked && !it->lacks_bytes &&
					    it->n_asking == 1
				    ? json_string(it->last_asked)
				    : json_null());
	json_object_set(object, "errors", it->errors);
	return object;
}

static const char *made_words(const struct importing *it)
{
	const char *words = NULL;
	json_t *made;
	size_t i;

	json_array_foreach(it->made, i, made)
	{
		long long id = member_number(made, "id");

		words = words ? arena_printf(it->arena, "%s %lld", words, id)
			      : arena_printf(it->arena, "%lld", id);
	}
	return words;
}

void import_done_print(const struct importing *it)
{
	const long long *n = it->done.dids;
	const char *made = made_words(it);

	if (import_is_stop(it->options))
		printf("\n%lld stopped, %lld renewed, %lld unchanged.\n",
		       n[DID_STOP], n[DID_RENEW], n[DID_NOTHING]);
	else
		printf("\n%lld asked, %lld granted, %lld renewed, %lld "
		       "unchanged, %lld skipped.\n",
		       n[DID_ASK], n[DID_GRANT], n[DID_RENEW], n[DID_NOTHING],
		       it->done.skipped);
	if (n[DID_ASK] && it->lacks_bytes)
		print_prose("all asked", CALLS_LACK);
	else if (n[DID_ASK])
		printf("The last of them will have been asked by %s.\n",
		       print_time(it->arena, it->last_asked,
				  "an instant that cannot be told"));
	if (made)
		printf("Import%s %s; to undo: volensctl import take-back %s\n",
		       json_array_size(it->made) == 1 ? "" : "s", made, made);
}
