/* Stored lists in the store: who is in them, what is asked and what ends. */
#include "tests/unit/store_help.h"

#include "db/list_table.h"
#include "db/lists.h"
#include "db/permission_requests.h"
#include "db/store_private.h"

#define LIST_URI "sip:hikers@relay.example.com"
#define OTHER_URI "sip:guides@relay.example.com"
#define OWNER "sip:nora@example.com"
#define OMAR "sip:omar@example.org"
#define SIPS_OMAR "sips:omar@example.org"
#define PIA "sip:pia@example.net"
#define QUIN "sip:quin@example.org"

static const struct list_limits limits = {.lists = 3, .entries = 5};
static const struct list_target hikers = {.uri = LIST_URI, .now = NOW};
static const struct list_target guides = {.uri = OTHER_URI, .now = NOW};
static struct list_table *table;
static struct index *granted;

static void open_lists(void)
{
	open_store();
	table = list_table_new();
	store->lists = table;
	granted = index_new();
	store->index = granted;
}

static void close_lists(void)
{
	close_store();
	list_table_free(table);
	index_free(granted);
}

static struct stored_list list_of(const char *uri)
{
	return (struct stored_list){.uri = uri,
				    .name = "hikers",
				    .owner = OWNER,
				    .created_at = NOW};
}

static struct stored_list make(const char *uri)
{
	struct stored_list list = list_of(uri), made;

	ck_ok(store_list_add(store, &list, &limits, arena, &made));
	return made;
}

static struct list_entry entry_for(const char *uri)
{
	return (struct list_entry){.kind = LIST_ENTRY, .uri = uri, .key = uri};
}

static enum err try_add(const struct list_target *target,
			const struct list_entry *entries, size_t n,
			struct list_addition *ret)
{
	*ret = (struct list_addition){
		.entries = entries, .n = n, .entries_most = limits.entries};
	return store_list_entries_add(store, target, ret, arena);
}

static struct list_entry add(const struct list_target *target,
			     struct list_entry entry)
{
	struct list_addition addition;

	ck_ok(try_add(target, &entry, 1, &addition));
	return addition.added[0];
}

static void drop(const struct list_target *target, int64_t id)
{
	struct stored_list list;

	ck_ok(store_list_entry_remove(store, target, id, arena, &list));
}

static struct permission_filter rows_of(const char *sender, const char *target,
					const char *recipient)
{
	return (struct permission_filter){.sender = sender,
					  .target = target,
					  .recipient = recipient,
					  .state = -1,
					  .origin = -1,
					  .now = NOW};
}

static const char *state_of(const char *sender, const char *target,
			    const char *recipient)
{
	struct permission_filter filter = rows_of(sender, target, recipient);
	struct permission *rows;
	size_t n;

	filter.page.limit = 10;
	ck_ok(store_permission_list(store, &filter, arena, &rows, &n));
	ck_assert_uint_le(n, 1);
	return n ? permission_state_name(rows[0].state) : "none";
}

static void decide(const char *sender, const char *target,
		   const char *recipient, enum permission_event event)
{
	change((struct permission_change){.sender = sender,
					  .target = target,
					  .recipient = recipient,
					  .event = event,
					  .actor = ORIGIN_RECIPIENT,
					  .expires_at = -1,
					  .now = NOW});
}

/** Who is in the image, as "omar pia". */
static const char *members_of(const char *uri)
{
	static char text[256];
	const struct list_image *image = list_table_get(table, uri);
	size_t len = 0;

	if (!image)
		return "no list";
	text[0] = '\0';
	for (size_t i = 0; i < image->n; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%.*s",
			len ? " " : "",
			(int)strcspn(image->members[i].key + 4, "@"),
			image->members[i].key + 4);
	list_image_release(image);
	return text;
}

START_TEST(a_list_comes_back_as_it_was_written)
{
	struct stored_list list = list_of(LIST_URI), made, found;
	struct list_entry whole = {.kind = LIST_ENTRY,
				   .uri = "sip:omar@example.org;transport=tcp",
				   .key = OMAR,
				   .title = "Omar",
				   .copy = COPY_CC,
				   .is_anonymous = true};
	struct list_entries entries;

	list.title = "Sunday hikers";
	list.use = LIST_USE_MEMBERS;
	list.replies = LIST_REPLIES_SENDER;
	list.kinds = (struct kinds){KIND_MESSAGE | KIND_CALL, NULL};
	ck_ok(store_list_add(store, &list, &limits, arena, &made));
	add(&hikers, whole);
	reopen_store();
	ck_ok(store_list_find(store, LIST_URI, arena, &found));
	ck_assert_int_eq(found.id, made.id);
	ck_assert_str_eq(found.name, "hikers");
	ck_assert_str_eq(found.owner, OWNER);
	ck_assert_str_eq(found.title, "Sunday hikers");
	ck_assert_int_eq(found.use, LIST_USE_MEMBERS);
	ck_assert_int_eq(found.replies, LIST_REPLIES_SENDER);
	ck_assert_int_eq(found.kinds.set, KIND_MESSAGE | KIND_CALL);
	ck_assert_str_ne(found.etag, made.etag);
	ck_assert_int_eq(found.n_entries, 1);
	ck_ok(store_list_entries(store, &found, (struct page){0, 10}, arena,
				 &entries));
	ck_assert_uint_eq(entries.n, 1);
	ck_assert_str_eq(entries.at[0].uri, whole.uri);
	ck_assert_str_eq(entries.at[0].key, OMAR);
	ck_assert_str_eq(entries.at[0].title, "Omar");
	ck_assert_int_eq(entries.at[0].copy, COPY_CC);
	ck_assert(entries.at[0].is_anonymous);
	ck_assert_int_eq(entries.at[0].permission.state, PERMISSION_PENDING);
	ck_assert_str_eq(entries.at[0].permission.recipient_uri, whole.uri);
}
END_TEST

START_TEST(one_name_is_one_thing)
{
	struct stored_list list = list_of(LIST_URI), made;
	struct account user = {.aor = LIST_URI, .username = "h"}, row;

	make(LIST_URI);
	ck_err(store_list_add(store, &list, &limits, arena, &made), ERR_EXISTS);
	ck_err(store_account_add(store, &user, arena, &row), ERR_HOSTILE);
	user.aor = OTHER_URI;
	ck_ok(store_account_add(store, &user, arena, &row));
	user = (struct account){.id = row.id, .aor = LIST_URI};
	ck_err(store_account_change(store, &user, NULL, arena, &row),
	       ERR_HOSTILE);
	list.uri = OTHER_URI;
	ck_err(store_list_add(store, &list, &limits, arena, &made),
	       ERR_CONFLICT);
}
END_TEST

START_TEST(there_are_no_more_lists_than_may_be)
{
	struct stored_list list = list_of("sip:d@relay.example.com"), made;

	make("sip:a@relay.example.com");
	make("sip:b@relay.example.com");
	make("sip:c@relay.example.com");
	ck_err(store_list_add(store, &list, &limits, arena, &made),
	       ERR_TOO_LARGE);
}
END_TEST

/* All or nothing, and the one to blame is named. */
START_TEST(a_bad_entry_adds_none)
{
	struct list_entry six[6] = {
		entry_for("sip:a@h.example"), entry_for("sip:b@h.example"),
		entry_for("sip:c@h.example"), entry_for("sip:d@h.example"),
		entry_for("sip:e@h.example"), entry_for("sip:f@h.example")};
	struct list_addition addition;

	make(LIST_URI);
	make(OTHER_URI);
	ck_err(try_add(&hikers, six, 6, &addition), ERR_TOO_LARGE);
	ck_assert_uint_eq(addition.bad, 5);
	six[3] = entry_for("sip:b@h.example");
	ck_err(try_add(&hikers, six, 5, &addition), ERR_EXISTS);
	ck_assert_uint_eq(addition.bad, 3);
	six[1] = entry_for(OTHER_URI);
	ck_err(try_add(&hikers, six, 3, &addition), ERR_HOSTILE);
	ck_assert_uint_eq(addition.bad, 1);
	six[1] = entry_for(OTHER_URI ";user=phone");
	ck_err(try_add(&hikers, six, 3, &addition), ERR_HOSTILE);
	six[0].parent = 77;
	ck_err(try_add(&hikers, six, 1, &addition), ERR_SYNTAX);
	ck_assert_str_eq(members_of(LIST_URI), "");
	ck_assert_uint_eq(count_rows(&(struct permission_filter){.state = -1,
								 .origin = -1}),
			  0);
}
END_TEST

START_TEST(a_tag_of_before_changes_nothing)
{
	const char *const tags[] = {"0123", NULL};
	const struct list_target stale = {
		.uri = LIST_URI, .if_match = tags, .now = NOW};
	struct list_entry omar = entry_for(OMAR);
	struct stored_list list = make(LIST_URI);
	struct list_addition addition;

	ck_err(try_add(&stale, &omar, 1, &addition), ERR_PRECONDITION);
	ck_err(store_list_change(store, &stale, &list, arena, &list),
	       ERR_PRECONDITION);
	ck_err(store_list_entry_remove(store, &stale, 1, arena, &list),
	       ERR_PRECONDITION);
	ck_err(store_list_remove(store, &stale, arena, &list),
	       ERR_PRECONDITION);
	ck_err(store_list_entry_remove(store, &hikers, 1, arena, &list),
	       ERR_UNKNOWN);
	ck_err(store_list_remove(store, &guides, arena, &list), ERR_UNKNOWN);
}
END_TEST

START_TEST(who_is_added_is_asked_for_the_owner)
{
	make(LIST_URI);
	add(&hikers, entry_for(OMAR));
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "pending");
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "none");
	ck_assert_str_eq(members_of(LIST_URI), "omar");
}
END_TEST

START_TEST(what_stands_is_not_asked_for_again)
{
	make(LIST_URI);
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	decide(OWNER, LIST_URI, PIA, EVENT_DENY);
	decide("*", "*", QUIN, EVENT_DENY); /* to all that we do */
	add(&hikers, entry_for(OMAR));
	add(&hikers, entry_for(PIA));
	add(&hikers, entry_for(QUIN));
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "granted");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "denied");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "none");
}
END_TEST

START_TEST(kinds_that_were_not_asked_for_are)
{
	struct stored_list list = make(LIST_URI);
	struct permission_filter rows = rows_of(OWNER, LIST_URI, OMAR);

	add(&hikers, entry_for(OMAR));
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	list.kinds = (struct kinds){KIND_MESSAGE | KIND_CALL, NULL};
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	rows.kind = "call";
	ck_assert_uint_eq(count_rows(&rows), 1);
	rows.state = PERMISSION_PENDING;
	ck_assert_uint_eq(count_rows(&rows), 1);
	rows.kind = "message";
	rows.state = PERMISSION_GRANTED;
	ck_assert_uint_eq(count_rows(&rows), 1);
}
END_TEST

START_TEST(removing_an_entry_ends_all_but_a_no)
{
	struct list_entry omar, pia, quin;

	make(LIST_URI);
	omar = add(&hikers, entry_for(OMAR));
	pia = add(&hikers, entry_for(PIA));
	quin = add(&hikers, entry_for(QUIN));
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	decide(OWNER, LIST_URI, PIA, EVENT_DENY);
	drop(&hikers, omar.id);
	drop(&hikers, pia.id);
	drop(&hikers, quin.id);
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "denied");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "none");
	ck_assert_str_eq(members_of(LIST_URI), "");
	add(&hikers, entry_for(PIA)); /* nobody asks them again */
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "denied");
}
END_TEST

/** Whoever is in the list under another of their names stays. */
START_TEST(removing_an_entry_ends_every_spelling)
{
	static const char *const others[] = {OMAR ";user=phone", SIPS_OMAR,
					     SIPS_OMAR ";user=phone"};
	struct list_entry plain, phone;

	make(LIST_URI);
	plain = add(&hikers, entry_for(OMAR));
	phone = add(&hikers, entry_for(others[0]));
	for (size_t i = 0; i < 3; i++)
		decide(OWNER, LIST_URI, others[i], EVENT_GRANT);
	decide(OWNER, OTHER_URI, others[1], EVENT_GRANT);
	drop(&hikers, plain.id);
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, others[0]), "granted");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, others[1]), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, others[2]), "none");
	drop(&hikers, phone.id);
	ck_assert_str_eq(state_of(OWNER, LIST_URI, others[0]), "none");
	ck_assert_str_eq(state_of(OWNER, OTHER_URI, others[1]), "granted");
}
END_TEST

START_TEST(removing_an_entry_ends_what_any_sender_was_granted)
{
	enum { SENDERS = 150 };
	struct permission_filter filter = rows_of(NULL, LIST_URI, OMAR);
	struct permission *rows;
	struct list_entry omar;
	size_t n;

	make(LIST_URI);
	omar = add(&hikers, entry_for(OMAR));
	for (int i = 0; i < SENDERS; i++)
		decide(arena_printf(arena, "sip:%d@example.com", i), LIST_URI,
		       OMAR, i == 0 ? EVENT_DENY : EVENT_GRANT);
	drop(&hikers, omar.id);
	filter.page.limit = SENDERS;
	ck_ok(store_permission_list(store, &filter, arena, &rows, &n));
	ck_assert_uint_eq(n, 1); /* a no stays */
	ck_assert_int_eq(rows[0].state, PERMISSION_DENIED);
}
END_TEST

static void keep_delivery(unsigned n, const char *target, const char *recipient)
{
	struct journal_entry entry = entry_of(arena, n, 10);
	struct delivery row = {.sender = OWNER,
			       .target = target,
			       .recipient = recipient,
			       .method = "MESSAGE",
			       .state = DELIVERY_WAITING,
			       .attempts = 1,
			       .since = NOW,
			       .next_at = NOW + 30,
			       .expires_at = NOW + 600};
	int64_t id;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, &row, 1));
}

static size_t waiting(const char *target, const char *recipient)
{
	struct delivery_filter filter = {.target = target,
					 .recipient = recipient,
					 .state = DELIVERY_WAITING,
					 .page.limit = 10};
	struct delivery *rows;
	size_t n;

	ck_ok(store_delivery_list(store, &filter, arena, &rows, &n));
	return n;
}

START_TEST(what_waits_for_a_removed_entry_is_withdrawn)
{
	struct list_entry omar;

	make(LIST_URI);
	omar = add(&hikers, entry_for(OMAR));
	keep_delivery(1, LIST_URI, OMAR);
	keep_delivery(2, LIST_URI, PIA);
	keep_delivery(3, TARGET, OMAR);
	drop(&hikers, omar.id);
	ck_assert_uint_eq(waiting(LIST_URI, OMAR), 0);
	ck_assert_uint_eq(waiting(LIST_URI, PIA), 1);
	ck_assert_uint_eq(waiting(TARGET, OMAR), 1);
}
END_TEST

START_TEST(removing_a_list_ends_all_through_it)
{
	struct stored_list list;

	make(LIST_URI);
	add(&hikers, entry_for(OMAR));
	add(&hikers, entry_for(PIA));
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	decide(OWNER, LIST_URI, PIA, EVENT_DENY);
	decide("sip:else@example.com", LIST_URI, OMAR, EVENT_GRANT);
	decide(OWNER, TARGET, OMAR, EVENT_GRANT);
	keep_delivery(1, LIST_URI, OMAR);
	ck_ok(store_list_remove(store, &hikers, arena, &list));
	ck_assert_str_eq(members_of(LIST_URI), "no list");
	ck_assert_str_eq(state_of(NULL, LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "denied");
	ck_assert_str_eq(state_of(OWNER, TARGET, OMAR), "granted");
	ck_assert_uint_eq(waiting(LIST_URI, OMAR), 0);
	make(LIST_URI); /* a name given again inherits the no */
	add(&hikers, entry_for(PIA));
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "denied");
}
END_TEST

/* Whatever the name was before: a service, somebody's address. */
START_TEST(a_new_list_inherits_no_yes)
{
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	decide(OWNER, LIST_URI, PIA, EVENT_DENY);
	decide(LIST_URI, TARGET, OMAR, EVENT_GRANT);
	decide(OWNER, TARGET, LIST_URI, EVENT_GRANT);
	decide(OWNER, TARGET, OMAR, EVENT_GRANT);
	keep_delivery(1, LIST_URI, OMAR);
	make(LIST_URI);
	ck_assert_str_eq(state_of(NULL, LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "denied");
	ck_assert_str_eq(state_of(LIST_URI, NULL, NULL), "none");
	ck_assert_str_eq(state_of(NULL, NULL, LIST_URI), "none");
	ck_assert_str_eq(state_of(OWNER, TARGET, OMAR), "granted");
	ck_assert_uint_eq(waiting(LIST_URI, OMAR), 0);
}
END_TEST

START_TEST(who_is_in_a_list_becomes_none)
{
	struct stored_list list = list_of(OTHER_URI), made;

	make(LIST_URI);
	add(&hikers, entry_for(OTHER_URI));
	ck_err(store_list_add(store, &list, &limits, arena, &made),
	       ERR_CONFLICT);
}
END_TEST

/* Nobody who is given the name later inherits it. */
START_TEST(removing_an_account_ends_what_its_name_was_granted)
{
	struct account user = {.aor = OWNER, .username = "nora"}, first, row;
	bool more = true;

	ck_ok(store_account_add(store, &user, arena, &first));
	user.username = "nora2";
	ck_ok(store_account_add(store, &user, arena, &row));
	decide(OWNER, TARGET, OMAR, EVENT_GRANT);
	decide(OWNER, TARGET, PIA, EVENT_DENY);
	decide(SENDER, TARGET, OWNER, EVENT_GRANT);
	keep_delivery(1, TARGET, OWNER);
	ck_ok(store_account_end_some(store, first.id, &more));
	ck_assert(!more);
	ck_ok(store_account_remove(store, first.id, NULL));
	ck_assert_str_eq(state_of(OWNER, TARGET, OMAR), "granted");
	ck_ok(store_account_remove(store, row.id, NULL));
	ck_assert_str_eq(state_of(OWNER, TARGET, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, TARGET, PIA), "denied");
	ck_assert_str_eq(state_of(SENDER, TARGET, OWNER), "none");
	ck_assert_uint_eq(waiting(TARGET, OWNER), 0);
}
END_TEST

/* By whatever spelling it was granted. */
START_TEST(removing_an_account_ends_all_spellings_of_its_name)
{
	static const char *const names[][6] = {
		{OWNER, "sips:nora@example.com", OWNER ";user=phone",
		 "sip:nora@example.com:5060", "sips:nora@example.com:5061",
		 OWNER ";transport=tcp"},
		{"sip:+15550100@example.com", "sips:+15550100@example.com",
		 "sip:+1-555-0100@example.com;user=phone",
		 "sip:+1(555)0100@example.com", "sip:%2B15550100@example.com",
		 "sips:+1.5550100@example.com"},
		{"sip:a&b@example.com", "sip:a%26b@example.com",
		 "sips:a%26b@example.com", "sip:a&b@example.com:5060",
		 "sip:a&b@example.com;user=phone", "sips:a&b@example.com"},
	};

	for (int i = 0; i < 3; i++) {
		struct account user = {.aor = names[i][0], .username = "nora"};
		struct account row;

		ck_ok(store_account_add(store, &user, arena, &row));
		for (int j = 0; j < 6; j++) {
			decide(names[i][j], TARGET, OMAR, EVENT_GRANT);
			decide(SENDER, TARGET, names[i][j], EVENT_GRANT);
			decide(SENDER, names[i][j], PIA, EVENT_GRANT);
		}
		decide("sip:nora@example.com.org", TARGET, OMAR, EVENT_GRANT);
		ck_ok(store_account_remove(store, row.id, NULL));
		for (int j = 0; j < 6; j++) {
			const char *name = names[i][j];

			ck_assert_str_eq(state_of(name, TARGET, OMAR), "none");
			ck_assert_str_eq(state_of(SENDER, TARGET, name),
					 "none");
			ck_assert_str_eq(state_of(SENDER, name, PIA), "none");
		}
		ck_assert_str_eq(
			state_of("sip:nora@example.com.org", TARGET, OMAR),
			"granted");
	}
}
END_TEST

static const char *member_number(int i)
{
	return arena_printf(arena, "sip:u%d@example.net", i);
}

static size_t count_of(int state)
{
	struct permission_filter filter = rows_of(NULL, LIST_URI, NULL);

	filter.state = state;
	return count_rows(&filter);
}

static struct permission row_of(const char *sender, const char *recipient)
{
	struct permission_filter filter = rows_of(sender, LIST_URI, recipient);
	struct permission *rows;
	size_t n;

	filter.page.limit = 10;
	ck_ok(store_permission_list(store, &filter, arena, &rows, &n));
	ck_assert_uint_ge(n, 1);
	return rows[n - 1];
}

static void use(struct stored_list *list, enum list_use use)
{
	list->use = use;
	ck_ok(store_list_change(store, &hikers, list, arena, list));
}

static void add_members(int n)
{
	struct list_addition addition = {.n = (size_t)n, .entries_most = 200};
	struct list_entry *entries =
		arena_array(arena, addition.n, sizeof(*entries));

	for (int i = 0; i < n; i++)
		entries[i] = entry_for(member_number(i));
	addition.entries = entries;
	ck_ok(store_list_entries_add(store, &hikers, &addition, arena));
}

/** A piece; is there another one? */
static bool settle_some(void)
{
	bool more = true;

	ck_ok(store_list_settle_some(store, &hikers, &more));
	return more;
}

static enum list_use use_of_list(void)
{
	struct stored_list list;

	ck_ok(store_list_find(store, LIST_URI, arena, &list));
	return list.use;
}

/* So that no deny waits for thousands of rows. */
START_TEST(many_are_asked_and_end_by_the_hundred)
{
	struct stored_list list = make(LIST_URI);
	bool more = false;

	add_members(150);
	decide(OWNER, LIST_URI, member_number(0), EVENT_DENY);
	ck_assert(!settle_some());
	list.use = LIST_USE_MEMBERS;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert(settle_some());
	ck_assert_uint_eq(count_of(PERMISSION_PENDING), 149 + 99);
	ck_assert(!settle_some());
	ck_assert_uint_eq(count_of(PERMISSION_PENDING), 149 + 149);
	ck_assert(!settle_some());
	for (int i = 0; i < 3; i++) {
		ck_ok(store_list_end_some(store, &hikers, &more));
		ck_assert_int_eq(more, i < 2);
	}
	ck_assert_uint_eq(count_of(-1), 298 - 200 + 1);
	ck_ok(store_list_remove(store, &hikers, arena, &list));
	ck_assert_uint_eq(count_of(-1), 1);
}
END_TEST

/* Whatever stops it in between: nobody is asked for what the list has not. */
START_TEST(a_list_of_many_is_written_before_anybody_is_asked)
{
	struct stored_list list = make(LIST_URI);
	const char *const stale[] = {"other", NULL};
	const struct list_target wrong = {
		.uri = LIST_URI, .if_match = stale, .now = NOW};

	add_members(150);
	list.use = LIST_USE_MEMBERS;
	ck_err(store_list_change(store, &wrong, &list, arena, &list),
	       ERR_PRECONDITION);
	ck_assert(!settle_some());
	ck_assert_uint_eq(count_of(PERMISSION_PENDING), 150);
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_int_eq(use_of_list(), LIST_USE_MEMBERS);
	ck_assert_uint_eq(count_of(PERMISSION_PENDING), 150);
	ck_assert(settle_some());
	ck_assert_uint_eq(count_of(PERMISSION_PENDING), 250);
}
END_TEST

/* What the list was is on disk: what it asked then is taken back. */
START_TEST(what_a_stop_leaves_of_a_list_of_many_goes_on)
{
	struct stored_list list = make(LIST_URI);

	use(&list, LIST_USE_ANYONE);
	add_members(150);
	use(&list, LIST_USE_OWNER);
	ck_assert(settle_some());
	reopen_store();
	ck_assert_int_eq(use_of_list(), LIST_USE_OWNER);
	ck_assert_str_eq(state_of("*", LIST_URI, member_number(120)),
			 "pending");
	use(&list, LIST_USE_OWNER); /* said again */
	ck_assert(!settle_some());
	for (int i = 0; i < 150; i++) {
		ck_assert_str_eq(state_of("*", LIST_URI, member_number(i)),
				 "none");
		ck_assert_str_eq(state_of(OWNER, LIST_URI, member_number(i)),
				 "pending");
	}
}
END_TEST

/* Nor is it lost when another change comes first. */
START_TEST(a_list_of_many_that_changes_twice_asks_as_the_last)
{
	struct stored_list list = make(LIST_URI);

	use(&list, LIST_USE_ANYONE);
	add_members(150);
	use(&list, LIST_USE_OWNER);
	ck_assert(settle_some());
	list.kinds = kinds_only(KIND_CALL);
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	while (settle_some())
		;
	ck_assert_uint_eq(count_of(-1), 150);
	ck_assert_str_eq(state_of("*", LIST_URI, member_number(120)), "none");
	ck_assert_int_eq(row_of(OWNER, member_number(120)).kinds.set,
			 KIND_CALL);
}
END_TEST

/* A yes to one sender is no yes to others. */
START_TEST(widening_asks_and_narrowing_asks_nobody)
{
	struct stored_list list = make(LIST_URI);
	struct list_entry pia;

	add(&hikers, entry_for(OMAR));
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	list.use = LIST_USE_MEMBERS;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "granted");
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "pending");
	pia = add(&hikers, entry_for(PIA));
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "none");
	ck_assert_str_eq(state_of("*", LIST_URI, PIA), "pending");
	decide("*", LIST_URI, PIA, EVENT_GRANT);
	list.use = LIST_USE_OWNER;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "none");
	ck_ok(store_list_entry_get(store, &list, pia.id, arena, &pia));
	ck_assert_str_eq(pia.permission.sender, "*"); /* and it is shown */
	list.replies = LIST_REPLIES_LIST;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_str_eq(state_of("*", LIST_URI, PIA), "granted");
}
END_TEST

/* What a yes was asked for holds for what the list asks later. */
START_TEST(a_yes_lives_as_it_was_asked_for)
{
	struct stored_list list = make(LIST_URI);
	struct list_entry omar = entry_for(OMAR), pia = entry_for(PIA);

	omar.has_term = pia.has_term = true;
	omar.term_s = INT64_C(7) * 86400;
	pia.term_s = TERM_PERMANENT;
	omar = add(&hikers, omar);
	add(&hikers, pia);
	add(&hikers, entry_for(QUIN));
	ck_assert_int_eq(omar.permission.term_s, 7 * 86400);
	ck_assert_int_eq(row_of(OWNER, PIA).term_s, TERM_PERMANENT);
	ck_assert_int_eq(row_of(OWNER, QUIN).term_s, TERM_DEFAULT);
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	list.use = LIST_USE_MEMBERS;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_int_eq(row_of("*", OMAR).term_s, 7 * 86400);
	ck_assert_int_eq(row_of("*", PIA).term_s, TERM_PERMANENT);
	ck_assert_int_eq(row_of("*", QUIN).term_s, TERM_DEFAULT);
}
END_TEST

/** The question leaves; nobody answers it. */
static void ask(const char *sender, const char *recipient)
{
	struct permission_request_record record = {
		.permission = row_of(sender, recipient).id, .now = NOW};

	record.grant_hash[0] = (uint8_t)record.permission;
	record.deny_hash[1] = (uint8_t)record.permission;
	record.page_hash[2] = (uint8_t)record.permission;
	record.chat_hash[3] = (uint8_t)record.permission;
	ck_ok(store_permission_request_record(store, &record));
}

/* What has left may be read already: its answers count. */
START_TEST(narrowing_takes_back_what_was_not_asked_yet)
{
	struct stored_list list = make(LIST_URI);

	use(&list, LIST_USE_ANYONE);
	add(&hikers, entry_for(OMAR));
	add(&hikers, entry_for(PIA));
	add(&hikers, entry_for(QUIN));
	ask("*", PIA);
	decide("*", LIST_URI, QUIN, EVENT_GRANT);
	use(&list, LIST_USE_MEMBERS); /* no narrower scope of the question */
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "pending");
	use(&list, LIST_USE_OWNER);
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "pending");
	ck_assert_str_eq(state_of("*", LIST_URI, PIA), "pending");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "none");
	ck_assert_str_eq(state_of("*", LIST_URI, QUIN), "granted");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "none");
}
END_TEST

/* Its first question counts, and it is not asked once more. */
START_TEST(narrowing_takes_back_what_was_to_be_asked_again)
{
	struct stored_list list = make(LIST_URI);
	struct permission_change change = {.sender = "*",
					   .target = LIST_URI,
					   .recipient = PIA,
					   .event = EVENT_SENT,
					   .actor = ORIGIN_ADMIN,
					   .expires_at = -1,
					   .now = NOW};
	struct permission row;

	use(&list, LIST_USE_ANYONE);
	add(&hikers, entry_for(PIA));
	ask("*", PIA);
	ck_ok(store_permission_change(store, &change, arena, &row));
	change.event = EVENT_AGAIN;
	ck_ok(store_permission_change(store, &change, arena, &row));
	ck_assert_str_eq(state_of("*", LIST_URI, PIA), "pending");
	use(&list, LIST_USE_OWNER);
	ck_assert_str_eq(state_of("*", LIST_URI, PIA), "waiting");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "none");
}
END_TEST

START_TEST(replies_to_the_owner_alone_are_narrower)
{
	struct stored_list list = make(LIST_URI);

	list.replies = LIST_REPLIES_LIST;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	add(&hikers, entry_for(OMAR));
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "pending");
	list.replies = LIST_REPLIES_NONE;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "pending");
}
END_TEST

/* Nor is anybody asked to renew for more than the list wants. */
START_TEST(narrowing_takes_back_renewals)
{
	struct stored_list list = make(LIST_URI);

	store->renew_before_s = 14 * 86400;
	use(&list, LIST_USE_MEMBERS);
	add(&hikers, entry_for(OMAR));
	change((struct permission_change){.sender = "*",
					  .target = LIST_URI,
					  .recipient = OMAR,
					  .event = EVENT_GRANT,
					  .actor = ORIGIN_RECIPIENT,
					  .expires_at = NOW + 180 * 86400,
					  .now = NOW});
	ck_assert_int_eq(row_of("*", OMAR).renewal, RENEWAL_PLANNED);
	use(&list, LIST_USE_ANYONE);
	ck_assert_int_eq(row_of("*", OMAR).renewal, RENEWAL_PLANNED);
	use(&list, LIST_USE_OWNER);
	ck_assert_int_eq(row_of("*", OMAR).renewal, RENEWAL_NONE);
	ck_assert_int_eq(row_of("*", OMAR).state, PERMISSION_GRANTED);
	ck_assert_int_eq(row_of("*", OMAR).ask_due_at, 0);
}
END_TEST

/* One question for what is wanted still; what an operator asks for besides is
 * not the list's. */
START_TEST(fewer_kinds_are_asked_for)
{
	struct stored_list list = make(LIST_URI);

	list.kinds.set = KIND_MESSAGE | KIND_CALL;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	add(&hikers, entry_for(OMAR));
	add(&hikers, entry_for(PIA));
	ask(OWNER, PIA);
	change((struct permission_change){.sender = OWNER,
					  .target = LIST_URI,
					  .recipient = OMAR,
					  .kinds = kinds_only(KIND_RECORDING),
					  .event = EVENT_ADDED,
					  .actor = ORIGIN_ADMIN,
					  .expires_at = -1,
					  .now = NOW});
	list.kinds.set = KIND_MESSAGE;
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_int_eq(row_of(OWNER, PIA).kinds.set,
			 KIND_MESSAGE | KIND_CALL);
	ck_assert_int_eq(row_of(OWNER, OMAR).kinds.set, KIND_MESSAGE);
	ck_assert_uint_eq(count_of(PERMISSION_PENDING), 3);
}
END_TEST

/* As removing each of them does. */
START_TEST(removing_an_account_ends_its_lists)
{
	const struct account user = {.aor = OWNER, .username = "nora"};
	struct stored_list other = list_of("sip:vera@relay.example.com");
	struct account row;
	bool more = true;

	ck_ok(store_account_add(store, &user, arena, &row));
	make(LIST_URI);
	make(OTHER_URI);
	other.owner = "sip:vera@example.com";
	ck_ok(store_list_add(store, &other, &limits, arena, &other));
	add(&hikers, entry_for(OMAR));
	add(&hikers, entry_for(PIA));
	add(&hikers, entry_for(QUIN));
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	decide(SENDER, LIST_URI, OMAR, EVENT_GRANT);
	decide(OWNER, LIST_URI, PIA, EVENT_DENY);
	decide(SENDER, OTHER_URI, QUIN, EVENT_GRANT);
	keep_delivery(1, LIST_URI, OMAR);
	ck_ok(store_account_end_some(store, row.id, &more));
	ck_assert(!more);
	ck_ok(store_account_remove(store, row.id, NULL));
	ck_assert_str_eq(members_of(LIST_URI), "no list");
	ck_assert_str_eq(members_of(OTHER_URI), "no list");
	ck_assert_str_eq(members_of(other.uri), "");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(SENDER, LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "denied");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "none");
	ck_assert_str_eq(state_of(SENDER, OTHER_URI, QUIN), "none");
	ck_assert_uint_eq(waiting(LIST_URI, OMAR), 0);
}
END_TEST

/* Its last call alone would do the same. */
START_TEST(lists_of_an_account_end_by_the_hundred)
{
	const struct account user = {.aor = OWNER, .username = "nora"};
	struct list_addition addition = {.n = 150, .entries_most = 200};
	struct list_entry *entries = arena_array(arena, 150, sizeof(*entries));
	struct account row;
	int n = 1;

	ck_ok(store_account_add(store, &user, arena, &row));
	make(LIST_URI);
	make(OTHER_URI);
	for (int i = 0; i < 150; i++)
		entries[i] = entry_for(member_number(i));
	addition.entries = entries;
	ck_ok(store_list_entries_add(store, &hikers, &addition, arena));
	for (bool more = true; more; n++) {
		ck_ok(store_account_end_some(store, row.id, &more));
		ck_assert_uint_eq(count_of(-1), 50);
	}
	ck_assert_int_eq(n, 3);
	ck_ok(store_account_remove(store, row.id, NULL));
	ck_assert_uint_eq(count_of(-1), 0);
	ck_assert_str_eq(members_of(OTHER_URI), "no list");
}
END_TEST

START_TEST(another_owner_is_another_sender)
{
	struct stored_list list = make(LIST_URI);

	add(&hikers, entry_for(OMAR));
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	list.owner = "sip:vera@example.com";
	ck_ok(store_list_change(store, &hikers, &list, arena, &list));
	ck_assert_str_eq(state_of("sip:vera@example.com", LIST_URI, OMAR),
			 "pending");
}
END_TEST

START_TEST(who_is_named_twice_stays_until_the_last_goes)
{
	struct list_entry inside = {.kind = LIST_NESTED, .name = "drivers"};
	struct list_entry omar, again = entry_for(OMAR);
	struct list_addition addition;

	make(LIST_URI);
	omar = add(&hikers, entry_for(OMAR));
	ck_err(try_add(&hikers, &again, 1, &addition), ERR_EXISTS);
	again.parent = add(&hikers, inside).id;
	ck_err(try_add(&hikers, &inside, 1, &addition), ERR_EXISTS);
	again.copy = COPY_TO;
	again = add(&hikers, again);
	ck_assert_str_eq(members_of(LIST_URI), "omar");
	decide(OWNER, LIST_URI, OMAR, EVENT_GRANT);
	drop(&hikers, omar.id);
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "granted");
	ck_assert_str_eq(members_of(LIST_URI), "omar");
	drop(&hikers, again.parent); /* and all that is in it */
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "none");
	ck_assert_str_eq(members_of(LIST_URI), "");
}
END_TEST

START_TEST(lists_inside_are_not_without_end)
{
	struct list_entry inside = {.kind = LIST_NESTED};
	struct list_addition addition;

	make(LIST_URI);
	for (int i = 0; i < LIST_DEPTH_MOST; i++) {
		struct list_addition deep = {
			.entries = &inside, .n = 1, .entries_most = 100};

		ck_ok(store_list_entries_add(store, &hikers, &deep, arena));
		inside.parent = deep.added[0].id;
	}
	addition = (struct list_addition){
		.entries = &inside, .n = 1, .entries_most = 100};
	ck_ok(store_list_entries_add(store, &hikers, &addition, arena));
	inside.parent = addition.added[0].id;
	ck_err(store_list_entries_add(store, &hikers, &addition, arena),
	       ERR_SYNTAX);
}
END_TEST

START_TEST(a_list_inside_goes_with_all_that_is_in_it)
{
	struct list_entry inside, deeper, omar = entry_for(OMAR);
	struct stored_list list, kept;

	make(LIST_URI);
	make(OTHER_URI);
	add(&hikers, entry_for(PIA));
	inside = add(&hikers, (struct list_entry){.kind = LIST_NESTED});
	deeper = add(&hikers, (struct list_entry){.kind = LIST_NESTED,
						  .parent = inside.id});
	omar.parent = deeper.id;
	add(&hikers, omar);
	ck_err(store_list_entry_remove(store, &guides, inside.id, arena, &list),
	       ERR_UNKNOWN);
	ck_ok(store_list_entry_remove(store, &hikers, inside.id, arena, &list));
	ck_assert_int_eq(list.n_entries, 1);
	ck_ok(store_list_find(store, LIST_URI, arena, &kept));
	ck_assert_int_eq(kept.n_entries, 1);
	ck_assert_str_eq(kept.etag, list.etag);
	ck_assert_str_eq(members_of(LIST_URI), "pia");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, OMAR), "none");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, PIA), "pending");
}
END_TEST

/* RFC 4826 section 3.4, for lists of one owner. */
START_TEST(a_reference_follows_the_entry_it_names)
{
	struct list_entry quin, ref = entry_for(QUIN);
	struct list_addition addition;

	make(LIST_URI);
	make(OTHER_URI);
	ref.kind = LIST_REF;
	ref.ref_uri = OTHER_URI;
	ck_err(try_add(&hikers, &ref, 1, &addition), ERR_FORBIDDEN);
	quin = add(&guides, entry_for(QUIN));
	add(&hikers, ref);
	ck_assert_str_eq(members_of(LIST_URI), "quin");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "pending");
	drop(&guides, quin.id);
	ck_assert_str_eq(members_of(LIST_URI), "");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "none");
	add(&guides, entry_for(QUIN));
	ck_assert_str_eq(members_of(LIST_URI), "quin");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "pending");
}
END_TEST

START_TEST(a_reference_to_a_removed_list_leads_nowhere)
{
	struct list_entry ref = entry_for(QUIN);
	struct list_entries entries;
	struct stored_list list;

	make(LIST_URI);
	make(OTHER_URI);
	add(&guides, entry_for(QUIN));
	ref.kind = LIST_REF;
	ref.ref_uri = OTHER_URI;
	add(&hikers, ref);
	ck_ok(store_list_remove(store, &guides, arena, &list));
	ck_assert_str_eq(members_of(LIST_URI), "");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "none");
	ck_ok(store_list_find(store, LIST_URI, arena, &list));
	ck_ok(store_list_entries(store, &list, (struct page){0, 10}, arena,
				 &entries));
	ck_assert_uint_eq(entries.n, 1);
	ck_assert_ptr_null(entries.at[0].ref_uri);
	add(&hikers, entry_for(QUIN)); /* nor does it stand in the way */
	ck_assert_str_eq(members_of(LIST_URI), "quin");
	ck_assert_str_eq(state_of(OWNER, LIST_URI, QUIN), "pending");
}
END_TEST

START_TEST(a_list_that_is_referred_to_keeps_its_owner)
{
	struct stored_list list = make(LIST_URI), other = make(OTHER_URI);
	struct list_entry ref = entry_for(QUIN);

	add(&guides, entry_for(QUIN));
	ref.kind = LIST_REF;
	ref.ref_uri = OTHER_URI;
	ref = add(&hikers, ref);
	list.owner = other.owner = "sip:vera@example.com";
	ck_err(store_list_change(store, &hikers, &list, arena, &list),
	       ERR_FORBIDDEN);
	ck_err(store_list_change(store, &guides, &other, arena, &other),
	       ERR_FORBIDDEN);
	drop(&hikers, ref.id);
	ck_ok(store_list_change(store, &guides, &other, arena, &other));
}
END_TEST

START_TEST(nobody_refers_to_the_lists_of_others)
{
	struct stored_list other = list_of(OTHER_URI), made;
	struct list_entry ref = entry_for(QUIN);
	struct list_addition addition;

	make(LIST_URI);
	other.owner = "sip:vera@example.com";
	ck_ok(store_list_add(store, &other, &limits, arena, &made));
	add(&guides, entry_for(QUIN));
	add(&hikers, entry_for(QUIN));
	ref.kind = LIST_REF;
	ref.ref_uri = OTHER_URI;
	ck_err(try_add(&hikers, &ref, 1, &addition), ERR_FORBIDDEN);
	ref.ref_uri = LIST_URI; /* to itself */
	ck_err(try_add(&hikers, &ref, 1, &addition), ERR_FORBIDDEN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list_rows");
	TCase *cases = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, open_lists, close_lists);
	tcase_add_test(cases, a_list_comes_back_as_it_was_written);
	tcase_add_test(cases, one_name_is_one_thing);
	tcase_add_test(cases, there_are_no_more_lists_than_may_be);
	tcase_add_test(cases, a_bad_entry_adds_none);
	tcase_add_test(cases, a_tag_of_before_changes_nothing);
	tcase_add_test(cases, who_is_added_is_asked_for_the_owner);
	tcase_add_test(cases, what_stands_is_not_asked_for_again);
	tcase_add_test(cases, kinds_that_were_not_asked_for_are);
	tcase_add_test(cases, removing_an_entry_ends_all_but_a_no);
	tcase_add_test(cases, removing_an_entry_ends_every_spelling);
	tcase_add_test(cases,
		       removing_an_entry_ends_what_any_sender_was_granted);
	tcase_add_test(cases, what_waits_for_a_removed_entry_is_withdrawn);
	tcase_add_test(cases, removing_a_list_ends_all_through_it);
	tcase_add_test(cases, widening_asks_and_narrowing_asks_nobody);
	tcase_add_test(cases, a_yes_lives_as_it_was_asked_for);
	tcase_add_test(cases, another_owner_is_another_sender);
	tcase_add_test(cases, who_is_named_twice_stays_until_the_last_goes);
	tcase_add_test(cases, lists_inside_are_not_without_end);
	tcase_add_test(cases, a_list_inside_goes_with_all_that_is_in_it);
	tcase_add_test(cases, a_reference_follows_the_entry_it_names);
	tcase_add_test(cases, a_reference_to_a_removed_list_leads_nowhere);
	tcase_add_test(cases, nobody_refers_to_the_lists_of_others);
	tcase_add_test(cases, a_list_that_is_referred_to_keeps_its_owner);
	tcase_add_test(cases, a_new_list_inherits_no_yes);
	tcase_add_test(cases, who_is_in_a_list_becomes_none);
	tcase_add_test(cases,
		       removing_an_account_ends_what_its_name_was_granted);
	tcase_add_test(cases,
		       removing_an_account_ends_all_spellings_of_its_name);
	tcase_add_test(cases, removing_an_account_ends_its_lists);
	tcase_add_test(cases, lists_of_an_account_end_by_the_hundred);
	tcase_add_test(cases, narrowing_takes_back_what_was_not_asked_yet);
	tcase_add_test(cases, narrowing_takes_back_what_was_to_be_asked_again);
	tcase_add_test(cases, replies_to_the_owner_alone_are_narrower);
	tcase_add_test(cases, narrowing_takes_back_renewals);
	tcase_add_test(cases, fewer_kinds_are_asked_for);
	tcase_add_test(cases, many_are_asked_and_end_by_the_hundred);
	tcase_add_test(cases,
		       a_list_of_many_is_written_before_anybody_is_asked);
	tcase_add_test(cases, what_a_stop_leaves_of_a_list_of_many_goes_on);
	tcase_add_test(cases,
		       a_list_of_many_that_changes_twice_asks_as_the_last);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
