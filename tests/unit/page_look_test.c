/*
 * An address that is no page's is looked for like one that could be: the same
 * steps of the store, whatever is wrong with it.  Else the time of a 404 told
 * which tokens exist, of other kinds, too.
 */
#include "db/store_private.h"
#include "tests/unit/page_help.h"

static struct page_host it;
static struct store_engine counted;
static struct text steps;

static void setup(void)
{
	page_host_open(&it);
}

static void teardown(void)
{
	page_host_close(&it);
}

/* ---- an engine that writes down what it is asked --------------------------
 */

static void on_bytes(struct query *query, enum bytes_kind kind,
		     struct view bytes)
{
	text_printf(&steps, "%s %zu, ", kind == BYTES_BLOB ? "blob" : "text",
		    bytes.len);
	sqlite_engine.bind_bytes(query, kind, bytes);
}

static void on_int(struct query *query, int64_t value)
{
	text_add(&steps, "number, ");
	sqlite_engine.bind_int(query, value);
}

static bool on_next(struct query *query)
{
	const struct store *store = query->store;

	for (size_t i = 0; i < store->n_statements; i++)
		if (store->statements[i].prepared == query->prepared)
			text_printf(&steps, "%.40s\n",
				    store->statements[i].sql);
	return sqlite_engine.next(query);
}

/** What was asked for to look at @p name. */
static const char *steps_of(const char *name, enum page_state state)
{
	struct exchange exchange = {.api = it.host.api,
				    .listener = it.host.api->page,
				    .arena = it.arena,
				    .now = wall_now_s()};
	struct page_look look;
	struct store *store;

	text_init(&steps, it.arena);
	text_add(&steps, "");
	ck_ok(store_pool_take(it.host.api->store_pool, &store));
	counted = sqlite_engine;
	counted.bind_bytes = on_bytes;
	counted.bind_int = on_int;
	counted.next = on_next;
	store->engine = &counted;
	store_pool_give(it.host.api->store_pool, store);
	page_look(&exchange, view_of(name), &look);
	ck_assert_int_eq(look.state, state);
	return steps.at;
}

START_TEST(each_wrong_address_takes_the_same_steps)
{
	const char *path = page_ask(&it, RECIPIENT) + sizeof("/c/") - 1;
	const char *digits = path + 2;
	const char *const wrong[] = {
		"p-00112233445566778899aabbccddeeff",
		"p-00000000000000000000000000000000",
		/* The digits of one that there is. */
		arena_printf(it.arena, "g-%s", digits),
		arena_printf(it.arena, "d-%s", digits),
		arena_printf(it.arena, "t-%s", digits),
		arena_printf(it.arena, "q-%s", digits),
		/* Others of the same question. */
		it.grant,
		it.deny,
		it.chat,
		arena_printf(it.arena, "%s0", path),
		arena_printf(it.arena, "p-%.31s", digits),
		arena_printf(it.arena, "p%s", digits),
		"p-",
		"x",
		"",
	};
	const char *first = steps_of(wrong[0], PAGE_UNKNOWN);

	ck_assert_ptr_nonnull(strstr(first, "SELECT permission, is_secure"));
	ck_assert_ptr_nonnull(strstr(first, "SELECT sender, target"));
	for (size_t i = 1; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!strcmp(steps_of(wrong[i], PAGE_UNKNOWN), first),
			      "%s:\n%s\ninstead of\n%s", wrong[i], steps.at,
			      first);
	/* One that there is takes others. */
	ck_assert_str_ne(steps_of(path, PAGE_ASKED), first);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("page_look");
	TCase *tcase = tcase_create("page_look");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, each_wrong_address_takes_the_same_steps);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
