#include "db/revocations.h"

#include "db/permissions.h"
#include "db/revocations_sync.h"
#include "db/transaction.h"
#include "server/base/loop.h"

/** A deny without a row that ends with the transaction. */
struct rowless_end {
	const struct permission *triple;
	const char *kind;
	struct rowless_end *next;
};

struct revocations {
	struct record_file file;
	struct index *index;
	struct text added; /**< entries that are not on disk yet */
	struct side_sync *sync;
	bool is_syncing; /**< all that was added */
	bool is_broken;	 /**< a sync failed */
	bool must_lift;	 /**< a deny of a commit that failed */
	struct rowless_end *ends;
	struct arena *arena; /**< of them; NULL: none */
	struct record_look look;
	bool is_open; /**< the record is this store's */
};

struct revocation revocation_of(const struct permission *row)
{
	bool is_denied = row && row->state == PERMISSION_DENIED;
	bool is_own = is_denied && row->origin == ORIGIN_RECIPIENT;
	struct revocation revocation = {
		.is_denied = is_denied,
		.origin = is_own ? ORIGIN_RECIPIENT : ORIGIN_ADMIN,
		.expires_at = is_denied && !is_own ? row->expires_at : 0};

	if (is_denied)
		revocation.kinds = row->all_kinds
					   ? (struct kinds){KINDS_ALL, NULL}
					   : kinds_or_message(row->kinds);
	return revocation;
}

bool revocation_equal(const struct revocation *a, const struct revocation *b)
{
	if (!a->is_denied || !b->is_denied)
		return a->is_denied == b->is_denied;
	return a->origin == b->origin && a->expires_at == b->expires_at &&
	       kinds_equal(a->kinds, b->kinds);
}

static void end_sync(struct revocations *record)
{
	if (!record->is_syncing)
		return;
	record->is_syncing = false;
	record->is_broken = side_sync_end(record->sync) != 0;
	if (record->is_broken)
		return;
	record->file.end += (off_t)record->added.len;
	record->must_lift = false;
	text_clear(&record->added);
}

/** Once the commit is over there is a row for it, or it was lifted. */
static void end_rowless(struct revocations *record,
			const struct permission *triple, const char *kind)
{
	struct rowless_end *end;

	if (!record->index || index_rowless_count(record->index) == 0)
		return;
	if (!record->arena)
		record->arena = arena_new(0);
	end = arena_alloc(record->arena, sizeof(*end));
	*end = (struct rowless_end){triple, kind, record->ends};
	record->ends = end;
}

bool revocations_must_lift(const struct revocations *record)
{
	return record->must_lift;
}

/** Entries that are not on disk, nor on their way. */
static bool is_behind(const struct revocations *record)
{
	return record->added.len > 0 && !record->is_syncing;
}

void revocations_end(struct revocations *record, bool is_committed)
{
	for (const struct rowless_end *end = record->ends; end && is_committed;
	     end = end->next)
		index_rowless_remove(record->index, end->triple, end->kind);
	record->ends = NULL;
	arena_free(record->arena);
	record->arena = NULL;
	record->must_lift |= !is_committed && is_behind(record);
}

/** @p kind: NULL: all.  @p now: NULL: it was lifted. */
static void add_entry(struct revocations *record,
		      const struct permission *triple, const char *kind,
		      const struct revocation *now)
{
	const struct record_file *file = &record->file;
	size_t last = file->n_keys - 1;
	struct record_entry entry = {.kind = 'l'};

	end_sync(record);
	if (now) {
		entry.kind = now->origin == ORIGIN_RECIPIENT ? 'r' : 'o';
		entry.expires_at = now->expires_at;
	}
	/* What was written under an older key is lifted there, too. */
	for (size_t key = now ? last : 0; key <= last; key++) {
		entry.key = key;
		entry.hash = revocation_hash(&file->keys[key], triple, kind);
		record_line(file, &record->added, &entry);
	}
	end_rowless(record, triple, kind);
}

/** Where the disk cannot be read, the entry stands. */
static void lift_entry(struct store *store, const struct permission *triple,
		       const char *kind)
{
	bool is_denied;

	if (permission_is_denied_by_row(store, triple, kind, &is_denied) ==
		    ERR_OK &&
	    !is_denied)
		add_entry(store->record, triple, kind, NULL);
}

/** Where no row was, a no to the kinds of this yes may be on record beside the
 *  one to all. */
static void lift_rowless(struct store *store, const struct permission *triple,
			 const struct revocation *now)
{
	struct permission deny;
	const char *kind;
	size_t at = 0;

	if (now->is_denied || !store->record->index ||
	    !index_rowless_find(store->record->index, triple, &deny))
		return;
	while ((kind = kinds_each(kinds_or_message(triple->kinds), &at)))
		lift_entry(store, triple, kind);
}

void revocations_change(struct store *store,
			const struct revocation_change *change)
{
	const struct permission *triple = change->triple;
	const struct revocation *was = &change->was, *now = &change->now;
	const char *kind;
	size_t at = 0;

	if (revocation_equal(was, now))
		return;
	if (now->is_denied && now->kinds.set == KINDS_ALL)
		add_entry(store->record, triple, NULL, now);
	while (now->is_denied && now->kinds.set != KINDS_ALL &&
	       (kind = kinds_each(now->kinds, &at)))
		add_entry(store->record, triple, kind, now);
	if (!was->is_denied)
		return;
	if (was->kinds.set == KINDS_ALL) {
		lift_entry(store, triple, NULL);
		lift_rowless(store, triple, now);
		return;
	}
	for (at = 0; (kind = kinds_each(was->kinds, &at));)
		lift_entry(store, triple, kind);
}

static enum err begin_sync(struct revocations *record)
{
	enum err err = record_append(&record->file, text_view(&record->added));

	if (err != ERR_OK)
		return err;
	record->is_syncing = true;
	side_sync_begin(record->sync, record->file.fd);
	return ERR_OK;
}

void revocations_begin_sync(struct revocations *record)
{
	if (is_behind(record) && !record->is_broken)
		(void)begin_sync(record); /* revocations_sync() tries again */
}

enum err revocations_sync(struct revocations *record, bool *ret_is_broken)
{
	enum err err = ERR_OK;

	end_sync(record);
	if (record->added.len > 0 && !record->is_broken) {
		err = begin_sync(record);
		end_sync(record);
	}
	*ret_is_broken = record->is_broken;
	return record->is_broken ? ERR_IO : err;
}

/* ---- comparing ---------------------------------------------------------- */

static struct slot *find_slot(struct record_file *file,
			      const struct permission *triple, const char *kind)
{
	struct slot *slot = NULL;

	for (size_t i = 0; !slot && i < file->n_keys; i++)
		slot = table_find(&file->table, revocation_hash(&file->keys[i],
								triple, kind));
	return slot;
}

/** What the record says, and no row does any more. */
static struct revocation take_slot(struct record_file *file,
				   const struct permission *triple,
				   const char *kind)
{
	struct slot *slot = find_slot(file, triple, kind);
	struct revocation said = {0};

	if (!slot)
		return said;
	said = (struct revocation){.is_denied = true,
				   .origin =
					   (enum permission_origin)slot->origin,
				   .expires_at = (int64_t)slot->expires_at};
	if (kind)
		(void)kinds_read(kind, &said.kinds);
	else
		said.kinds.set = KINDS_ALL;
	table_remove(&file->table, slot);
	return said;
}

/** The deny that the record has, said again to the row that lacks it. */
struct lacking_deny {
	struct lacking_deny *next;
	int64_t id;
	struct revocation deny;
};

struct comparison {
	struct store *store;
	struct revocations *record;
	struct arena *arena;
	struct lacking_deny *lacking;
	int64_t now;
	/** Rows of one triple, for different kinds. */
	struct permission *rows;
	size_t n, room;
};

/** One entry that is or could be, and the row that it is about. */
static void compare_entry(struct comparison *all, const struct permission *row,
			  const char *kind, struct revocation ours)
{
	struct revocation theirs = take_slot(&all->record->file, row, kind);
	struct lacking_deny *lacking;

	theirs.kinds = ours.kinds;
	if (revocation_equal(&ours, &theirs))
		return;
	if (!theirs.is_denied ||
	    (ours.is_denied && ours.origin == ORIGIN_RECIPIENT)) {
		add_entry(all->record, row, kind, &ours);
		return;
	}
	if (theirs.expires_at && theirs.expires_at <= all->now)
		return;
	if (ours.is_denied && theirs.origin != ORIGIN_RECIPIENT)
		return; /* both are an operator's: the store has the later */
	lacking = arena_alloc(all->arena, sizeof(*lacking));
	if (kind)
		(void)kinds_read(arena_strdup(all->arena, kind), &theirs.kinds);
	else
		theirs.kinds.set = 0; /* of a change: all */
	*lacking = (struct lacking_deny){all->lacking, row->id, theirs};
	all->lacking = lacking;
}

/** The row that denies all kinds; else the first. */
static const struct permission *wide_row(const struct comparison *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->rows[i].all_kinds)
			return &all->rows[i];
	return &all->rows[0];
}

static void compare_triple(struct comparison *all)
{
	const struct permission *wide = wide_row(all);

	compare_entry(all, wide, NULL,
		      revocation_of(wide->all_kinds ? wide : NULL));
	for (size_t i = 0; i < all->n; i++) {
		const struct permission *row = &all->rows[i];
		struct revocation ours =
			revocation_of(row->all_kinds ? NULL : row);
		const char *kind;

		for (size_t at = 0; (kind = kinds_each(row->kinds, &at));)
			if (!row->all_kinds)
				compare_entry(all, row, kind, ours);
			else
				(void)take_slot(&all->record->file, row, kind);
	}
	all->n = 0;
}

static bool is_same_triple(const struct permission *a,
			   const struct permission *b)
{
	return strcmp(a->recipient, b->recipient) == 0 &&
	       strcmp(a->sender, b->sender) == 0 &&
	       strcmp(a->target, b->target) == 0;
}

static void add_row(struct comparison *all, const struct permission *row)
{
	if (all->n && !is_same_triple(&all->rows[0], row))
		compare_triple(all);
	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 8;
		all->rows =
			mem_resize(all->rows, all->room * sizeof(*all->rows));
	}
	all->rows[all->n++] = *row;
}

static enum err compare_rows(struct store *store, struct comparison *all)
{
	struct query query = query_compose(store, "SELECT " PERMISSION_COLUMNS
						  " FROM permission ORDER BY "
						  "recipient, sender, target");
	struct arena *arena = arena_new(0);
	struct permission row;

	for (size_t n = 1; query_next(&query); n++) {
		permission_read(&query, arena, &row);
		if (query.err == ERR_OK)
			add_row(all, &row);
		if (n % 4096 == 0) {
			if (all->n)
				compare_triple(all);
			arena_free(arena);
			arena = arena_new(0);
		}
	}
	if (all->n)
		compare_triple(all);
	arena_free(arena);
	free(all->rows);
	return query_end(&query);
}

static enum err apply(struct store *store, struct comparison *all)
{
	enum err err = ERR_OK;

	for (const struct lacking_deny *lacking = all->lacking;
	     lacking && err == ERR_OK; lacking = lacking->next) {
		struct permission_change change = {
			.id = lacking->id,
			.event = EVENT_DENY,
			.actor = lacking->deny.origin,
			.kinds = lacking->deny.kinds,
			.expires_at = lacking->deny.expires_at,
			.now = all->now};
		struct permission row;

		err = store_permission_change(store, &change, all->arena, &row);
		all->record->look.n_applied++;
	}
	return err;
}

/** What is left in the table has no row. */
static void keep_rowless(struct revocations *record, struct index *index,
			 int64_t now)
{
	const struct table *table = &record->file.table;

	index_set_keys(index, record->file.keys, record->file.n_keys);
	for (size_t i = 0; i < table->size; i++) {
		const struct slot *slot = &table->slots[i];
		int64_t ends_at = (int64_t)slot->expires_at;

		if (slot_is_used(slot) && (ends_at == 0 || ends_at > now))
			index_rowless_add(index, slot->hash,
					  (enum permission_origin)slot->origin,
					  ends_at);
	}
	record->look.n_rowless = index_rowless_count(index);
	record->index = index;
}

static enum err compare(struct store *store, struct revocations *record,
			int accept_new)
{
	struct comparison all = {
		.record = record, .arena = arena_new(0), .now = wall_now_s()};
	enum err err = transaction_begin(store);

	if (err == ERR_OK) {
		err = record_agree_on_name(store, &record->file, accept_new);
		if (err == ERR_OK)
			err = compare_rows(store, &all);
		if (err == ERR_OK)
			err = apply(store, &all);
		err = transaction_end(store, err);
	}
	arena_free(all.arena);
	return err;
}

enum err revocations_open(struct store *store, int accept_new,
			  struct revocations **ret)
{
	const char *path = store->engine->path(store);
	struct revocations *record = mem_alloc(sizeof(*record));
	struct record_file *file = &record->file;
	enum err err;

	memset(record, 0, sizeof(*record));
	text_init(&record->added, NULL);
	record_name(file, path);
	err = side_sync_new(&record->sync);
	if (err == ERR_OK)
		err = record_read(file);
	if (err == ERR_OK)
		err = compare(store, record, accept_new);
	if (err != ERR_OK) {
		if (*file->problem)
			memcpy(store->problem, file->problem,
			       sizeof(store->problem));
		revocations_free(record);
		return err;
	}
	record->look.is_new = file->is_new;
	record->look.is_lost = file->is_lost;
	record->look.n_damaged = file->n_damaged;
	if (store->index)
		keep_rowless(record, store->index, wall_now_s());
	table_release(&file->table);
	record->is_open = true;
	*ret = record;
	return ERR_OK;
}

const char *store_look_record(const char *path, struct arena *arena)
{
	/* SQLite, and so a start, follows links. */
	char *full = realpath(path, NULL);
	struct record_file file = {0};
	const char *problem = NULL;

	record_name(&file, full ? full : path);
	if (record_look_at(&file) != ERR_OK)
		problem = arena_printf(arena, "%s", file.problem);
	record_release(&file);
	free(full);
	return problem;
}

const struct record_look *revocations_look(const struct revocations *record)
{
	return &record->look;
}

void revocations_free(struct revocations *record)
{
	if (!record)
		return;
	end_sync(record);
	side_sync_free(record->sync);
	if (record->is_open && !record->is_broken)
		record_trim(&record->file);
	arena_free(record->arena);
	record_release(&record->file);
	text_release(&record->added);
	free(record);
}
