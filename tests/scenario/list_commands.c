/* Stored lists in a scenario. */
#include "db/accounts.h"
#include "db/lists.h"
#include "tests/scenario/script.h"

#define ENTRIES_MOST 10000

static const char *uri_of(struct script *script, size_t i)
{
	return arena_printf(script->fixture.arena, "sip:%s@%s",
			    script_arg(script, i), FIXTURE_DOMAIN);
}

static struct list_target target_of(struct script *script)
{
	return (struct list_target){.uri = uri_of(script, 1),
				    .now = wall_now_s()};
}

static void over(struct script *script, enum err err)
{
	if (err)
		script_fail(script, "the list stays: %s", err_text(err));
	consents_wake(script->fixture.consents);
	fixture_settle(&script->fixture);
}

static void read_words(struct script *script, size_t at,
		       struct stored_list *ret)
{
	for (; *script_arg(script, at); at += 2) {
		const char *value = script_arg(script, at + 1);

		if (script_arg_is(script, at, "use") &&
		    list_use_from(value, &ret->use))
			continue;
		if (script_arg_is(script, at, "replies") &&
		    list_replies_from(value, &ret->replies))
			continue;
		script_fail(script, "no such setting of a list");
		return;
	}
}

/* stored NAME OWNER [use WORD] [replies WORD]: make it, or change it */
static void run_stored(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	struct store *store = fake_writer_store(fixture->writer);
	const struct list_limits limits = {.lists = 100, .entries = 10000};
	const struct list_target target = target_of(script);
	struct stored_list list;
	enum err err =
		store_list_find(store, target.uri, fixture->arena, &list);
	bool is_new = err == ERR_UNKNOWN;

	if (is_new)
		list = (struct stored_list){
			.uri = target.uri,
			.name = arena_strdup(fixture->arena,
					     script_arg(script, 1)),
			.created_at = target.now};
	list.owner = script_arg(script, 2);
	read_words(script, 3, &list);
	err = is_new ? store_list_add(store, &list, &limits, fixture->arena,
				      &list)
		     : store_list_change(store, &target, &list, fixture->arena,
					 &list);
	over(script, err);
}

/* One of them: `uri`, `uri,to`, `uri,cc,anonymous`. */
static struct list_entry entry_of(struct script *script, const char *word)
{
	struct arena *arena = script->fixture.arena;
	struct list_entry entry = {.kind = LIST_ENTRY};
	size_t len = strcspn(word, ",");
	char *rest = arena_strdup(arena, word + len);

	entry.uri = entry.key = arena_copy(arena, word, len);
	for (char *option = strtok_r(rest, ",", &rest); option;
	     option = strtok_r(NULL, ",", &rest)) {
		if (strcmp(option, "anonymous") == 0)
			entry.is_anonymous = true;
		else if (!copy_control_from(option, &entry.copy))
			script_fail(script, "no such role");
	}
	return entry;
}

/* entries NAME URI[,to|cc|bcc][,anonymous]... */
static void run_entries(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	const struct list_target target = target_of(script);
	struct list_entry entries[ARGS_MAX];
	struct list_addition addition = {.entries = entries,
					 .entries_most = ENTRIES_MOST};

	for (size_t i = 2; *script_arg(script, i); i++)
		entries[addition.n++] = entry_of(script, script_arg(script, i));
	over(script,
	     store_list_entries_add(fake_writer_store(fixture->writer), &target,
				    &addition, fixture->arena));
}

static int64_t id_of(struct script *script, const char *key)
{
	struct fixture *fixture = &script->fixture;
	struct store *store = fake_writer_store(fixture->writer);
	struct list_entries entries = {NULL, 0};
	struct stored_list list;
	enum err err = store_list_find(store, uri_of(script, 1), fixture->arena,
				       &list);

	if (!err)
		err = store_list_entries(store, &list, (struct page){0, 1000},
					 fixture->arena, &entries);
	for (size_t i = 0; !err && i < entries.n; i++) {
		if (entries.at[i].key && strcmp(entries.at[i].key, key) == 0)
			return entries.at[i].id;
	}
	return 0;
}

/* remove NAME [URI]: the entry, or the list */
static void run_remove(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	struct store *store = fake_writer_store(fixture->writer);
	const struct list_target target = target_of(script);
	const char *key = script_arg(script, 2);
	struct stored_list list;

	over(script,
	     *key ? store_list_entry_remove(store, &target, id_of(script, key),
					    fixture->arena, &list)
		  : store_list_remove(store, &target, fixture->arena, &list));
}

/* leave AOR: an account comes and goes, with what is theirs */
static void run_leave(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	struct store *store = fake_writer_store(fixture->writer);
	const struct account account = {.aor = script_arg(script, 1),
					.username = "leaving"};
	struct account row;
	enum err err = store_account_add(store, &account, fixture->arena, &row);

	over(script, err ? err : store_account_remove(store, row.id, NULL));
}

const struct word script_list_commands[] = {
	{"stored", run_stored}, {"entries", run_entries},
	{"remove", run_remove}, {"leave", run_leave},
	{NULL, NULL},
};

bool script_is_list(struct script *script, struct request *request)
{
	const struct list_image *image =
		list_table_get(script->fixture.list_table, request->target_key);

	if (!image)
		return false;
	request->list = arena_strdup(request->arena, image->name);
	request->purpose = PURPOSE_STORED_LIST;
	list_image_release(image);
	return true;
}
