/* What the readers of the API make of stored lists. */
#include <check.h>

#include "api/list_bodies.h"

static const char *const services[] = {"lists"};
static const struct ours ours = {
	.domain = "relay.example.com", .services = services, .n_services = 1};
static const struct body_rules rules = {.ours = &ours, .now = 1700000000};

static struct arena *arena;
static struct problem problem;

static void setup(void)
{
	arena = arena_new(0);
	memset(&problem, 0, sizeof(problem));
}

static void teardown(void)
{
	arena_free(arena);
}

#define SHORT "{\"name\":\"hikers\",\"owner\":\"nora@Example.com\""

START_TEST(a_list_is_read)
{
	struct list_body body;

	ck_assert_int_eq(
		list_body_read(VIEW(SHORT ",\"use\":\"members\",\"replies\":"
					  "\"list\",\"kinds\":[\"message\","
					  "\"call\"],\"display_name\":\"H\"}"),
			       arena, &body, &problem),
		ERR_OK);
	ck_assert_str_eq(body.name, "hikers");
	ck_assert_str_eq(body.owner, "sip:nora@example.com");
	ck_assert_int_eq(body.use, LIST_USE_MEMBERS);
	ck_assert_int_eq(body.replies, LIST_REPLIES_LIST);
	ck_assert_int_eq(body.kinds.set, KIND_MESSAGE | KIND_CALL);
	ck_assert_str_eq(body.title, "H");
	ck_assert_int_eq(
		list_body_read(VIEW(SHORT "}"), arena, &body, &problem),
		ERR_OK);
	ck_assert_int_eq(body.use, -1);
	ck_assert_int_eq(body.replies, -1);
	ck_assert(!body.kinds.set && !body.is_title_said);
	ck_assert_int_eq(list_patch_read(VIEW("{\"display_name\":\"\"}"), arena,
					 &body, &problem),
			 ERR_OK);
	ck_assert(body.is_title_said && !body.title);
}
END_TEST

static const struct {
	const char *body, *field;
} bad_lists[] = {
	{"{\"name\":\"h\"}", "owner"},
	{"{\"owner\":\"a@b.example\"}", "name"},
	{"{\"name\":\"\",\"owner\":\"a@b.example\"}", "name"},
	{"{\"name\":\"Hikers\",\"owner\":\"a@b.example\"}", "name"},
	{"{\"name\":\"a b\",\"owner\":\"a@b.example\"}", "name"},
	{"{\"name\":\"h\",\"owner\":\"nobody\"}", "owner"},
	{SHORT ",\"use\":\"all\"}", "use"},
	{SHORT ",\"replies\":\"me\"}", "replies"},
	{SHORT ",\"kinds\":[\"*\"]}", "kinds"},
	{SHORT ",\"x\":1}", "x"},
};

START_TEST(a_bad_list_is_named_by_its_member)
{
	struct list_body body;

	ck_assert_int_ne(list_body_read(view_of(bad_lists[_i].body), arena,
					&body, &problem),
			 ERR_OK);
	ck_assert_int_eq(problem.status, 422);
	ck_assert_str_eq(problem.field, bad_lists[_i].field);
}
END_TEST

START_TEST(a_list_keeps_its_name)
{
	struct list_body body;

	ck_assert_int_ne(list_patch_read(VIEW("{\"name\":\"h\"}"), arena, &body,
					 &problem),
			 ERR_OK);
	ck_assert_str_eq(problem.field, "name");
}
END_TEST

static enum err read_entries(const char *body, struct list_entries *ret)
{
	return list_entries_read(view_of(body), &rules, arena, ret, &problem);
}

START_TEST(entries_are_read)
{
	struct list_entries entries;

	ck_assert_int_eq(
		read_entries(
			"{\"entries\":[{\"uri\":\"sip:Omar@Example.ORG;x=y"
			"?Subject=a\",\"copy_control\":\"cc\",\"anonymize\":"
			"true,\"display_name\":\"Omar\",\"parent\":7},"
			"{\"name\":\"drivers\"},{\"uri\":\"sip:q@example.org\","
			"\"list\":\"guides\",\"term\":\"7d\"}]}",
			&entries),
		ERR_OK);
	ck_assert_uint_eq(entries.n, 3);
	ck_assert_int_eq(entries.at[0].kind, LIST_ENTRY);
	ck_assert_str_eq(entries.at[0].uri, "sip:Omar@Example.ORG;x=y");
	ck_assert_str_eq(entries.at[0].key, "sip:Omar@example.org;x=y");
	ck_assert_int_eq(entries.at[0].copy, COPY_CC);
	ck_assert(entries.at[0].is_anonymous);
	ck_assert_str_eq(entries.at[0].title, "Omar");
	ck_assert_int_eq(entries.at[0].parent, 7);
	ck_assert_int_eq(entries.at[1].kind, LIST_NESTED);
	ck_assert_str_eq(entries.at[1].name, "drivers");
	ck_assert_ptr_null(entries.at[1].key);
	ck_assert_int_eq(entries.at[2].kind, LIST_REF);
	ck_assert_str_eq(entries.at[2].ref_name, "guides");
	ck_assert_int_eq(entries.at[2].copy, COPY_BCC);
	ck_assert(!entries.at[0].has_term);
	ck_assert(entries.at[2].has_term);
	ck_assert_int_eq(entries.at[2].term_s, 7 * 86400);
}
END_TEST

#define OK "{\"uri\":\"sip:a@example.org\"}"

static const struct {
	const char *entry, *field;
} bad_entries[] = {
	{"{}", "entries[1].uri"},
	{"7", "entries[1]"},
	{"{\"uri\":\"a@example.org\"}", "entries[1].uri"},
	{"{\"uri\":\"tel:+1\"}", "entries[1].uri"},
	{"{\"uri\":\"sips:a@example.org\"}", "entries[1].uri"},
	{"{\"uri\":\"sip:a@127.0.0.1\"}", "entries[1].uri"},
	{"{\"uri\":\"sip:a:b@example.org\"}", "entries[1].uri"},
	{"{\"uri\":\"sip:lists@relay.example.com\"}", "entries[1].uri"},
	{"{\"uri\":\"sip:a@example.org;maddr=192.0.2.1\"}", "entries[1].uri"},
	{"{\"uri\":\"*@example.org\"}", "entries[1].uri"},
	{"{\"external\":\"https://example.org/x\"}", "entries[1].external"},
	{"{\"uri\":\"sip:b@example.org\",\"external\":\"x\"}",
	 "entries[1].external"},
	{"{\"uri\":\"sip:b@example.org\",\"name\":\"x\"}", "entries[1].name"},
	{"{\"name\":\"x\",\"list\":\"y\"}", "entries[1].list"},
	{"{\"name\":\"\"}", "entries[1].name"},
	{"{\"uri\":\"sip:b@example.org\",\"list\":\"A\"}", "entries[1].list"},
	{"{\"uri\":\"sip:b@example.org\",\"parent\":-1}", "entries[1].parent"},
	{"{\"uri\":\"sip:b@example.org\",\"copy_control\":\"To\"}",
	 "entries[1].copy_control"},
	{"{\"uri\":\"sip:b@example.org\",\"x\":1}", "entries[1].x"},
	{"{\"uri\":\"sip:b@example.org\",\"term\":\"6d\"}", "entries[1].term"},
	{"{\"name\":\"drivers\",\"term\":\"7d\"}", "entries[1].term"},
};

START_TEST(a_bad_entry_is_named_by_its_place)
{
	const char *body = arena_printf(arena, "{\"entries\":[" OK ",%s]}",
					bad_entries[_i].entry);
	struct list_entries entries;

	ck_assert_int_ne(read_entries(body, &entries), ERR_OK);
	ck_assert_int_eq(problem.status, 422);
	ck_assert_str_eq(problem.field, bad_entries[_i].field);
	ck_assert_int_eq(problem.entry, 2);
	ck_assert_ptr_nonnull(problem.detail);
}
END_TEST

START_TEST(no_more_entries_come_at_once)
{
	struct list_entries entries;
	struct text body;

	text_init(&body, arena);
	text_add(&body, "{\"entries\":[" OK);
	for (int i = 1; i < LIST_ENTRIES_AT_ONCE; i++)
		text_add(&body, "," OK);
	ck_assert_int_eq(
		read_entries(arena_printf(arena, "%s]}", body.at), &entries),
		ERR_OK);
	ck_assert_int_ne(
		read_entries(arena_printf(arena, "%s," OK "]}", body.at),
			     &entries),
		ERR_OK);
	ck_assert_str_eq(problem.field, "entries");
	ck_assert_int_ne(read_entries("{\"entries\":[]}", &entries), ERR_OK);
}
END_TEST

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))

int main(void)
{
	Suite *suite = suite_create("list_bodies");
	TCase *cases = tcase_create("readers");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_list_is_read);
	tcase_add_loop_test(cases, a_bad_list_is_named_by_its_member, 0,
			    N(bad_lists));
	tcase_add_test(cases, a_list_keeps_its_name);
	tcase_add_test(cases, entries_are_read);
	tcase_add_loop_test(cases, a_bad_entry_is_named_by_its_place, 0,
			    N(bad_entries));
	tcase_add_test(cases, no_more_entries_come_at_once);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
