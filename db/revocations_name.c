/* Whose record of revocations it is. */
#include "db/revocations.h"

#include "server/base/random.h"

/** What the store says of itself. */
struct own_name {
	char name[STORE_NAME_LEN + 1]; /**< "": it has none yet */
	int64_t is_accepted;
};

static enum err read_name(struct store *store, struct own_name *ret)
{
	struct arena *arena = arena_new(0);
	struct query query =
		query_begin(store, "SELECT name, is_accepted FROM store_name");
	const char *name = NULL;

	*ret = (struct own_name){.is_accepted = 0};
	if (query_next(&query)) {
		name = query_get_text(&query, arena);
		ret->is_accepted = query_get_int(&query);
	}
	snprintf(ret->name, sizeof(ret->name), "%s", name ? name : "");
	arena_free(arena);
	return query_end(&query);
}

static enum err write_name(struct store *store, const char *name,
			   int64_t is_accepted)
{
	struct query query = query_begin(
		store, "UPDATE store_name SET name = $1, is_accepted = $2");

	query_text(&query, name);
	query_int(&query, is_accepted);
	return query_run(&query);
}

static enum err has_rows(struct store *store, bool *ret)
{
	struct query query =
		query_begin(store, "SELECT 1 FROM permission LIMIT 1");

	return query_exists(&query, ret);
}

static enum err refuse(struct store *store, const char *path, const char *why)
{
	snprintf(store->problem, sizeof(store->problem),
		 "%s: %.110s: put the right database back, or start once with "
		 "--accept-new-store",
		 why, path);
	return ERR_CONFLICT;
}

/** A store that has no name yet is new, or from before there was a record. */
static enum err check_name(struct store *store, const struct record_file *file,
			   const struct own_name *own)
{
	bool is_filled;
	enum err err = has_rows(store, &is_filled);

	if (err != ERR_OK || file->is_new)
		return err;
	if (*own->name && strcmp(own->name, file->name) != 0)
		return refuse(store, file->path,
			      "the record beside it is of another database");
	if (!is_filled && !own->is_accepted && file->table.used > 0)
		return refuse(store, file->path,
			      "it is empty, but its record has denies");
	return ERR_OK;
}

static enum err begin_record(struct record_file *file, const char *name)
{
	uint8_t bytes[STORE_NAME_LEN / 2];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), file->name);
	if (*name)
		memcpy(file->name, name, sizeof(file->name));
	return record_rewrite(file);
}

enum err record_agree_on_name(struct store *store, struct record_file *file,
			      int accept_new)
{
	struct own_name own;
	enum err err = read_name(store, &own);

	if (err == ERR_OK && !accept_new)
		err = check_name(store, file, &own);
	file->is_lost = file->is_new && *own.name;
	if (err == ERR_OK && file->is_new)
		err = begin_record(file, own.name);
	if (err != ERR_OK)
		return err;
	if (strcmp(own.name, file->name) == 0 && own.is_accepted >= accept_new)
		return ERR_OK;
	return write_name(store, file->name, accept_new || own.is_accepted);
}
