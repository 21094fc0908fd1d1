#include "tests/unit/store_help.h"

struct place place;

struct store *store;

struct arena *arena;

void open_store(void)
{
	place_init(&place);
	arena = arena_new(0);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
}

void close_store(void)
{
	store_close(store);
	arena_free(arena);
	place_free(&place);
}

void reopen_store(void)
{
	store_close(store);
	store = NULL;
	ck_ok(store_open(place.path, STORE_WRITE, &store));
}

struct permission change(struct permission_change change)
{
	struct permission row;

	ck_ok(store_permission_change(store, &change, arena, &row));
	return row;
}

struct permission find(const char *recipient)
{
	struct permission row;

	ck_ok(store_permission_find(
		store,
		&(struct permission){.sender = SENDER,
				     .target = TARGET,
				     .recipient = recipient},
		arena, &row));
	return row;
}

size_t count_rows(const struct permission_filter *filter)
{
	struct permission_filter of = *filter;
	struct permission *rows;
	size_t n, all = 0;

	of.page = (struct page){.limit = 3};
	do {
		ck_ok(store_permission_list(store, &of, arena, &rows, &n));
		for (size_t i = 0; i < n; i++) {
			ck_assert_int_gt(rows[i].id, of.page.after);
			of.page.after = rows[i].id;
		}
		all += n;
	} while (n == of.page.limit);
	return all;
}
