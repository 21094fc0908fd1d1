#include "tests/unit/records_help.h"

struct place place;

struct store *store;

struct arena *arena;

void setup(void)
{
	place_init(&place);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
	store->records.room = 1 << 20;
	arena = arena_new(0);
}

void teardown(void)
{
	arena_free(arena);
	store_close(store);
	place_free(&place);
}

struct view outcomes(enum recipient_outcome outcome, size_t len)
{
	char *name = arena_alloc(arena, len + 1);
	struct text bytes;

	memset(name, 'x', len);
	text_init(&bytes, arena);
	recipient_pack(&bytes, &(struct recipient_record){
				       .recipient = RECIPIENT,
				       .outcome = outcome,
				       .status = 480,
				       .at_ms = 1500,
				       .attempts = 1,
				       .content = 2,
				       .is_large = true,
				       .permission = INT64_C(1) << 40});
	recipient_pack(&bytes, &(struct recipient_record){
				       .recipient = name,
				       .outcome = RECIPIENT_DELIVERED});
	return text_view(&bytes);
}

struct request_record record_of(int64_t id, int64_t at)
{
	return (struct request_record){
		.id = id,
		.call_id = arena_printf(arena, "call-%lld", (long long)id),
		.sender = SENDER,
		.target = TARGET,
		.source = "192.0.2.1:5060",
		.method = "MESSAGE",
		.accepted_at = at,
		.over_at = at + 1,
		.status = 202,
		.recipients = outcomes(RECIPIENT_FAILED, 20)};
}

void put(int64_t id, int64_t at)
{
	struct request_record record = record_of(id, at);

	ck_ok(store_record_put(store, &record));
}

size_t count_all(const struct record_filter *filter, size_t limit)
{
	struct page page = {.limit = limit};
	struct record_page found;
	size_t total = 0;
	int64_t last = INT64_MAX;

	do {
		ck_ok(store_record_list(store, filter, page, arena, &found));
		for (size_t i = 0; i < found.n; i++) {
			ck_assert_int_lt(found.rows[i].id, last);
			last = found.rows[i].id;
		}
		total += found.n;
		page.after = found.next;
	} while (found.next);
	return total;
}
