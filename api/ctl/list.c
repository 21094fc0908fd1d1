/* Stored lists. */
#include "api/ctl/commands.h"

#include "api/ctl/print.h"

#define PATH "/v1/lists"

static const char *list_path(struct client *client,
			     const struct options *options, const char *tail)
{
	struct text path;

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_word(client, &path, options->words[0]);
	text_add(&path, tail);
	return path.at;
}

/* ---- what is shown ---------------------------------------------------- */

static void list_row(struct print_table *table, struct arena *arena,
		     const json_t *list)
{
	const char *changed =
		json_string_value(json_object_get(list, "changed_at"));
	const char *const cells[] = {
		member_text(arena, list, "name", "?"),
		member_text(arena, list, "owner", "?"),
		member_text(arena, list, "use", "?"),
		member_text(arena, list, "replies", "?"),
		arena_printf(arena, "%lld", member_number(list, "size")),
		print_age(arena, changed, "?")};

	table_row(table, cells);
}

/** The domain of a list or user. */
static const char *domain_of(const json_t *list)
{
	const char *uri = json_string_value(json_object_get(list, "uri"));
	const char *at = uri ? strchr(uri, '@') : NULL;

	return at ? at + 1 : "";
}

/** Lists of several domains are named with it, as commands take them. */
static void name_with_domain(struct arena *arena, json_t *lists)
{
	const char *first = domain_of(json_array_get(lists, 0));
	bool are_several = false;
	json_t *list;
	size_t i;

	json_array_foreach(lists, i, list) are_several |=
		strcmp(domain_of(list), first) != 0;
	json_array_foreach(lists, i, list)
	{
		const char *name =
			json_string_value(json_object_get(list, "name"));

		if (are_several && name)
			json_object_set_new(
				list, "name",
				json_string(arena_printf(arena, "%s@%s", name,
							 domain_of(list))));
	}
}

enum outcome list_list_run(struct client *client, const struct options *options)
{
	static const char *const headings[] = {
		"NAME", "OWNER", "USE", "REPLIES", "ENTRIES", "CHANGED", NULL};
	bool has_more;
	struct text path;
	json_t *lists;

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "owner", options->owner);
	path_param(client, &path, "domain", options->domain);
	lists = client_list(client, path.at, &has_more);
	if (!lists)
		return OUTCOME_FAILED;
	if (options->is_json) {
		print_json(lists);
	} else if (json_array_size(lists)) {
		name_with_domain(options->arena, lists);
		table_print_rows(options->arena, headings, lists, list_row);
		print_total(json_array_size(lists), "list", has_more);
	} else if (options->owner || options->domain) {
		puts("No list matches.");
	} else {
		puts("There are no stored lists. Make one with: volensctl list "
		     "create NAME --owner AOR");
	}
	json_decref(lists);
	return OUTCOME_OK;
}

static const char *role_of(struct arena *arena, const json_t *entry)
{
	bool is_hidden = json_is_true(json_object_get(entry, "anonymize"));

	return arena_printf(arena, "%s%s",
			    member_text(arena, entry, "copy_control", "?"),
			    is_hidden ? ", anonymous" : "");
}

/** A recipient; "[drivers]", a list inside; "quin of guides", a reference. */
static const char *who_of(struct arena *arena, const json_t *entry)
{
	const char *uri = member_text(arena, entry, "uri", "");
	const char *list = member_text(arena, entry, "list", "");
	const char *kind = member_text(arena, entry, "kind", "?");

	if (strcmp(kind, "list") == 0)
		return arena_printf(arena, "[%s]",
				    member_text(arena, entry, "name", ""));
	if (strcmp(kind, "entry-ref") == 0)
		return arena_printf(arena, "%s of %s", uri,
				    list[0] ? list : "a list that is gone");
	return uri;
}

static void entry_row(struct print_table *table, struct arena *arena,
		      const json_t *entry)
{
	const long long parent = member_number(entry, "parent");
	const char *const cells[] = {
		arena_printf(arena, "%lld", member_number(entry, "id")),
		who_of(arena, entry),
		question_state(arena, entry),
		role_of(arena, entry),
		parent ? arena_printf(arena, "%lld", parent) : "-",
		member_text(arena, entry, "display_name", "-")};

	table_row(table, cells);
}

/** ": 1990 granted, 8 pending": of those who are asked. */
static const char *states_words(struct arena *arena, const json_t *entries)
{
	static const char *const states[] = {
		"granted", "pending", "not reached", "waiting",
		"error",   "denied",  "expired",     "none"};
	struct text words;

	text_init(&words, arena);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const json_t *entry;
		size_t n = 0, at;

		json_array_foreach(entries, at, entry)
		{
			n += strcmp(question_state(arena, entry), states[i]) ==
			     0;
		}
		if (n)
			text_printf(&words, "%s%zu %s", words.len ? ", " : ": ",
				    n, states[i]);
	}
	return words.len ? words.at : "";
}

static void entries_print(struct arena *arena, const json_t *entries,
			  bool has_more)
{
	static const char *const headings[] = {
		"ID", "ENTRY", "STATE", "ROLE", "INSIDE", "NAME", NULL};

	if (!json_array_size(entries)) {
		puts("Nobody is in it. Add somebody with: volensctl list add "
		     "NAME URI");
		return;
	}
	table_print_rows(arena, headings, entries, entry_row);
	printf("\n%zu %s%s%s.\n", json_array_size(entries),
	       json_array_size(entries) == 1 ? "entry" : "entries",
	       states_words(arena, entries),
	       has_more ? "; there are more (--limit)" : "");
}

static const char *use_words(const json_t *list)
{
	const char *use = json_string_value(json_object_get(list, "use"));
	const char *replies =
		json_string_value(json_object_get(list, "replies"));

	if (use && strcmp(use, "anyone") == 0)
		return "every sender who signs in";
	if ((use && strcmp(use, "members") == 0) ||
	    (replies && strcmp(replies, "list") == 0))
		return "the owner, and members who granted it";
	return "the owner";
}

static void list_print(struct arena *arena, const json_t *list)
{
	const char *changed =
		json_string_value(json_object_get(list, "changed_at"));

	printf("List %s\n", member_text(arena, list, "name", "?"));
	print_fact("address", member_text(arena, list, "uri", "?"));
	print_fact("owner", member_text(arena, list, "owner", "?"));
	print_fact("name", member_text(arena, list, "display_name", "none"));
	print_fact("senders", use_words(list));
	print_fact("use", member_text(arena, list, "use", "?"));
	print_fact("replies", member_text(arena, list, "replies", "?"));
	print_fact("asks for", kinds_words(arena, list));
	print_fact("changed", print_time(arena, changed, "?"));
}

enum outcome list_show_run(struct client *client, const struct options *options)
{
	struct http_reply reply;
	json_t *entries;
	bool has_more;

	if (!client_call(client, "GET", list_path(client, options, ""), NULL,
			 &reply))
		return OUTCOME_FAILED;
	entries = client_list(client, list_path(client, options, "/entries"),
			      &has_more);
	if (entries && options->is_json) {
		json_object_set(reply.json, "entries", entries);
		print_json(reply.json);
	} else if (entries) {
		list_print(options->arena, reply.json);
		puts("");
		entries_print(options->arena, entries, has_more);
	}
	reply_clear(&reply);
	if (!entries)
		return OUTCOME_FAILED;
	json_decref(entries);
	return OUTCOME_OK;
}

/* ---- what is changed -------------------------------------------------- */

static void add_text(json_t *body, const char *name, const char *value)
{
	if (value)
		json_object_set_new(body, name, json_string(value));
}

static json_t *settings_json(const struct options *options)
{
	json_t *body = json_object();

	if (options->owner)
		add_text(body, "owner", word_uri(options, options->owner));
	add_text(body, "use", options->use);
	add_text(body, "replies", options->replies);
	add_text(body, "display_name", options->name);
	if (options->kinds)
		json_object_set_new(body, "kinds", words_json(options->kinds));
	return body;
}

static enum outcome settings_call(struct client *client,
				  const struct options *options,
				  const char *method, const char *path,
				  json_t *body)
{
	bool asks = strcmp(method, "PATCH") == 0; /* who is in it already */
	struct http_reply reply;

	if (!(asks ? client_ask : client_call)(client, method, path, body,
					       &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		list_print(options->arena, reply.json);
	reply_clear(&reply);
	return OUTCOME_OK;
}

enum outcome list_create_run(struct client *client,
			     const struct options *options)
{
	json_t *body;

	if (!options->owner) {
		print_problem("list create needs --owner AOR: who may write to "
			      "it.");
		return OUTCOME_USAGE;
	}
	body = settings_json(options);
	add_text(body, "name", options->words[0]);
	return settings_call(client, options, "POST", PATH, body);
}

enum outcome list_set_run(struct client *client, const struct options *options)
{
	json_t *body = settings_json(options);

	if (!json_object_size(body)) {
		json_decref(body);
		print_problem("list set needs what to set: --owner, --use, "
			      "--replies, --kinds or --name.");
		return OUTCOME_USAGE;
	}
	return settings_call(client, options, "PATCH",
			     list_path(client, options, ""), body);
}

static bool is_meant(const json_t *entry, const char *uri, const char *name)
{
	const char *its_uri = json_string_value(json_object_get(entry, "uri"));
	const char *its_name =
		json_string_value(json_object_get(entry, "name"));

	return its_uri ? strcmp(its_uri, uri) == 0
		       : its_name && strcmp(its_name, name) == 0;
}

/** The id of the entry that a word names: its number, address, or name of a
 *  list inside; 0 and a sentence: none, or several. */
static long long entry_id(struct client *client, const struct options *options,
			  const char *word)
{
	const char *uri = word_uri(options, word);
	json_t *entries, *entry;
	long long id = 0;
	int n_found = 0;
	size_t i;

	if (word_is_id(word))
		return strtoll(word, NULL, 10);
	entries = client_list(client, list_path(client, options, "/entries"),
			      NULL);
	if (!entries)
		return 0;
	json_array_foreach(entries, i, entry)
	{
		if (!is_meant(entry, uri, word))
			continue;
		id = member_number(entry, "id");
		n_found++;
	}
	json_decref(entries);
	if (n_found == 1)
		return id;
	print_problem("%s of this list %s \"%s\"; see: volensctl list show %s",
		      n_found ? "several entries" : "no entry",
		      n_found ? "are" : "is", print_safe(options->arena, word),
		      print_safe(options->arena, options->words[0]));
	return 0;
}

/** With the list inside that it is to stand in; false and a sentence: there is
 *  no such. */
static bool entry_place(struct client *client, const struct options *options,
			json_t *entry)
{
	long long id;

	if (!options->inside)
		return true;
	id = entry_id(client, options, options->inside);
	if (id)
		json_object_set_new(entry, "parent", json_integer(id));
	return id != 0;
}

/** What all of them have in common. */
static json_t *entry_json(const struct options *options)
{
	json_t *entry = json_object();

	add_text(entry, "display_name", options->name);
	add_text(entry, "list", options->from_list);
	add_text(entry, "copy_control", options->copy);
	add_text(entry, "term", options->term);
	if (options->is_anonymous)
		json_object_set_new(entry, "anonymize", json_true());
	return entry;
}

static enum outcome entries_add(struct client *client,
				const struct options *options, json_t *entries)
{
	struct http_reply reply;

	if (!client_ask(client, "POST", list_path(client, options, "/entries"),
			json_pack("{s:o}", "entries", entries), &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		entries_print(options->arena,
			      json_object_get(reply.json, "items"), false);
	reply_clear(&reply);
	return OUTCOME_OK;
}

enum outcome list_add_run(struct client *client, const struct options *options)
{
	json_t *entries, *common;

	if (options->name && options->n_words > 2) {
		print_problem("--name is the name of one: add the others by "
			      "themselves.");
		return OUTCOME_USAGE;
	}
	common = entry_json(options);
	if (!entry_place(client, options, common)) {
		json_decref(common);
		return OUTCOME_FAILED;
	}
	entries = json_array();
	for (int i = 1; i < options->n_words; i++) {
		json_t *entry = json_copy(common);

		add_text(entry, "uri", word_uri(options, options->words[i]));
		json_array_append_new(entries, entry);
	}
	json_decref(common);
	return entries_add(client, options, entries);
}

enum outcome list_nest_run(struct client *client, const struct options *options)
{
	json_t *entry = json_object();

	add_text(entry, "name", options->words[1]);
	if (!entry_place(client, options, entry)) {
		json_decref(entry);
		return OUTCOME_FAILED;
	}
	return entries_add(client, options, json_pack("[o]", entry));
}

static enum outcome removal_call(struct client *client,
				 const struct options *options,
				 const char *path, const char *what)
{
	struct http_reply reply;

	if (!client_call(client, "DELETE", path, NULL, &reply))
		return OUTCOME_FAILED;
	reply_clear(&reply);
	if (!options->is_json)
		printf("%s is removed, with what was permitted through it.\n",
		       what);
	return OUTCOME_OK;
}

enum outcome list_remove_run(struct client *client,
			     const struct options *options)
{
	struct arena *arena = options->arena;
	long long id = entry_id(client, options, options->words[1]);

	if (!id)
		return OUTCOME_FAILED;
	return removal_call(client, options,
			    list_path(client, options,
				      arena_printf(arena, "/entries/%lld", id)),
			    arena_printf(arena, "Entry %s of list %s",
					 print_safe(arena, options->words[1]),
					 print_safe(arena, options->words[0])));
}

enum outcome list_delete_run(struct client *client,
			     const struct options *options)
{
	struct arena *arena = options->arena;

	return removal_call(client, options, list_path(client, options, ""),
			    arena_printf(arena, "List %s",
					 print_safe(arena, options->words[0])));
}
