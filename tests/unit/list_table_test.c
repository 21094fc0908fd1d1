/* Stored lists in memory: what they were when somebody looked. */
#include "tests/unit/db_help.h"

#include <pthread.h>

#include "db/list_table.h"
#include "db/lists.h"

#define LIST_URI "sip:hikers@relay.example.com"

static struct list_member member(const char *key, enum copy_control copy)
{
	return (struct list_member){.uri = key, .key = key, .copy = copy};
}

static void put(struct list_table *table, const char *uri,
		const struct list_member *members, size_t n)
{
	list_table_put(table, &(const struct list_image){
				      .id = 1,
				      .uri = uri,
				      .name = "hikers",
				      .owner = SENDER,
				      .kinds = kinds_only(KIND_MESSAGE),
				      .members = members,
				      .n = n});
}

START_TEST(an_image_stays_as_it_was)
{
	struct list_table *table = list_table_new();
	struct list_member two[] = {member("sip:a@h.example", COPY_TO),
				    member("sip:b@h.example", COPY_CC)};
	const struct list_image *before, *after;

	put(table, LIST_URI, two, 2);
	before = list_table_get(table, LIST_URI);
	put(table, LIST_URI, two, 1);
	after = list_table_get(table, LIST_URI);
	ck_assert_uint_eq(list_table_count(table), 1);
	list_table_remove(table, LIST_URI);
	list_table_remove(table, LIST_URI);
	ck_assert_ptr_null(list_table_get(table, LIST_URI));
	ck_assert_uint_eq(list_table_count(table), 0);
	list_table_free(table);
	ck_assert_uint_eq(before->n, 2);
	ck_assert_str_eq(before->members[1].key, "sip:b@h.example");
	ck_assert_uint_eq(after->n, 1);
	list_image_release(after);
	list_image_keep(before);
	list_image_release(before);
	ck_assert_str_eq(before->uri, LIST_URI);
	list_image_release(before);
	list_image_release(NULL);
}
END_TEST

/* RFC 5363 section 4, RFC 5364 section 3. */
START_TEST(who_is_named_twice_is_one_by_the_strongest_role)
{
	struct list_table *table = list_table_new();
	struct list_member three[] = {member("sip:a@h.example", COPY_BCC),
				      member("sip:b@h.example", COPY_BCC),
				      member("sip:a@h.example", COPY_TO)};
	const struct list_image *image;

	three[2].is_anonymous = true;
	put(table, LIST_URI, three, 3);
	image = list_table_get(table, LIST_URI);
	ck_assert_uint_eq(image->n, 2);
	ck_assert_str_eq(image->members[0].key, "sip:a@h.example");
	ck_assert_int_eq(image->members[0].copy, COPY_TO);
	ck_assert(image->members[0].is_anonymous);
	ck_assert_str_eq(image->members[1].key, "sip:b@h.example");
	list_image_release(image);
	list_table_free(table);
}
END_TEST

START_TEST(a_member_is_found_by_any_spelling)
{
	struct list_table *table = list_table_new();
	struct list_member one = member("sip:+4930123@h.example", COPY_BCC);
	const struct list_image *image;

	put(table, LIST_URI, &one, 1);
	image = list_table_get(table, LIST_URI);
	ck_assert_ptr_eq(list_image_member(image, one.key), &image->members[0]);
	ck_assert_ptr_eq(list_image_member(image, "sip:+49-30-123@h.example"),
			 &image->members[0]);
	ck_assert_ptr_null(list_image_member(image, "sip:+4930124@h.example"));
	list_image_release(image);
	list_table_free(table);
}
END_TEST

START_TEST(many_lists_are_found)
{
	struct list_table *table = list_table_new();
	struct list_member one = member("sip:a@h.example", COPY_BCC);
	char uri[64];

	for (int i = 0; i < 1000; i++) {
		snprintf(uri, sizeof(uri), "sip:l%d@relay.example.com", i);
		put(table, uri, &one, 1);
	}
	ck_assert_uint_eq(list_table_count(table), 1000);
	for (int i = 0; i < 1000; i++) {
		const struct list_image *image;

		snprintf(uri, sizeof(uri), "sip:l%d@relay.example.com", i);
		image = list_table_get(table, uri);
		ck_assert_str_eq(image->uri, uri);
		list_image_release(image);
	}
	ck_assert_ptr_null(
		list_table_get(table, "sip:l1000@relay.example.com"));
	list_table_free(table);
}
END_TEST

static void *look(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		const struct list_image *image = list_table_get(arg, LIST_URI);

		if (!image)
			continue;
		if (strcmp(image->members[0].key, "sip:a@h.example") != 0)
			abort();
		list_image_release(image);
	}
	return NULL;
}

START_TEST(any_thread_may_look_while_it_changes)
{
	struct list_table *table = list_table_new();
	struct list_member one = member("sip:a@h.example", COPY_BCC);
	pthread_t threads[2];

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look, table),
				 0);
	for (int i = 0; i < 5000; i++) {
		put(table, LIST_URI, &one, 1);
		if (i % 3 == 0)
			list_table_remove(table, LIST_URI);
	}
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	list_table_free(table);
}
END_TEST

/* ---- filled by the store ----------------------------------------------- */

static struct place place;

struct add_job {
	struct write_job job; /* first */
	enum err verdict;
};

static enum err add_run(struct store *store, struct write_job *job)
{
	struct add_job *self = (struct add_job *)(void *)job;
	struct stored_list list = {.uri = LIST_URI,
				   .name = "hikers",
				   .owner = SENDER,
				   .created_at = NOW};
	struct list_entry entry = {
		.kind = LIST_ENTRY, .uri = RECIPIENT, .key = RECIPIENT};
	struct list_addition addition = {
		.entries = &entry, .n = 1, .entries_most = 10};
	struct arena *arena = arena_new(0);
	enum err err = store_list_add(
		store, &list, &(struct list_limits){10, 10}, arena, &list);

	if (err == ERR_OK)
		err = store_list_entries_add(
			store,
			&(struct list_target){.uri = LIST_URI, .now = NOW},
			&addition, arena);
	arena_free(arena);
	return err == ERR_OK ? self->verdict : err;
}

static size_t members(const struct desk *desk)
{
	const struct list_image *image = list_table_get(desk->lists, LIST_URI);
	size_t n = image ? image->n : SIZE_MAX;

	list_image_release(image);
	return n;
}

START_TEST(a_commit_is_seen_and_what_failed_is_not)
{
	struct add_job job = {.job.run = add_run, .verdict = ERR_SYNTAX};
	struct desk desk;

	place_init(&place);
	desk_open(&desk, place.path);
	ck_err(writer_call(desk.writer, &job.job), ERR_SYNTAX);
	ck_assert_uint_eq(members(&desk), SIZE_MAX);
	job.verdict = ERR_OK;
	ck_ok(writer_call(desk.writer, &job.job));
	ck_assert_uint_eq(members(&desk), 1);
	desk_close(&desk);
	desk_open(&desk, place.path); /* and after a restart */
	ck_assert_uint_eq(members(&desk), 1);
	desk_close(&desk);
	place_free(&place);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list_table");
	TCase *cases = tcase_create("images");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_test(cases, an_image_stays_as_it_was);
	tcase_add_test(cases, who_is_named_twice_is_one_by_the_strongest_role);
	tcase_add_test(cases, a_member_is_found_by_any_spelling);
	tcase_add_test(cases, many_lists_are_found);
	tcase_add_test(cases, any_thread_may_look_while_it_changes);
	tcase_add_test(cases, a_commit_is_seen_and_what_failed_is_not);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
