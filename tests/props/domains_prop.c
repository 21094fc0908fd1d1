/*
 * Nothing of one domain shows in another's.  The same random questions,
 * answers, lists, messages and times happen at one domain, once alone and once
 * among random traffic at another with the same owners, recipients and names.
 * All that its parties are sent and answered, and when, and what is read of it
 * by its filter, is the same, and names it alone.  Each of the two is the
 * relay's first in its turn.  The relay is real but for network, clock and
 * commits (tests/scenario).  Without notices: one at a time goes to a person,
 * from all domains, so that one may come a second later.
 */
#include <check.h>

#include "db/permissions.h"
#include "db/questions.h"
#include "server/base/log.h"
#include "tests/props/domains.h"

#define SEQUENCES 1500
#define STEPS 16

static const int pauses_s[] = {DAY_S, 3 * DAY_S};

static uint64_t seed;

/* ---- what is read of a domain ----------------------------------------- */

static void read_permission(const struct side *side,
			    const struct permission *row)
{
	const struct question_turn turn = {
		.row = row,
		.limits = &domains_world.fixture.asking.asking,
		.now = wall_now_s()};
	struct question_look look = {.owner = NULL};
	char kinds[KINDS_TEXT_ROOM];
	struct text text;

	must(&domains_world.prng,
	     store_question_look(world_store(), &turn, domains_world.arena,
				 &look) == ERR_OK,
	     "a question is looked at");
	text_init(&text, domains_world.arena);
	text_printf(&text, "%s %s %s %s %d %d %d %d", row->sender, row->target,
		    row->recipient, permission_kinds_text(row, kinds),
		    (int)row->state, (int)row->origin, (int)row->renewal,
		    (int)row->notice);
	text_printf(&text, " %s %s", row->evidence ? row->evidence : "-",
		    row->reason ? row->reason : "-");
	text_printf(&text, " %lld %lld %lld %lld %lld %lld %lld %d",
		    (long long)row->created_at, (long long)row->changed_at,
		    (long long)row->expires_at, (long long)row->asked_at,
		    (long long)row->ask_due_at, (long long)row->term_s,
		    (long long)row->notice_at, row->last_status);
	text_printf(&text, " %s %d %d %d %lld %lld", look.owner,
		    (int)look.next.limit, look.next.used, look.next.allowed,
		    (long long)look.next.period_s, (long long)look.next.at);
	side_note(side, text.at);
}

/** REST with ?domain= of the side that is looked at. */
static void read_all(void)
{
	const struct side *side = &domains_world.sides[domains_world.looked_at];
	const struct permission_filter filter = {.domain = side->filter,
						 .state = -1,
						 .origin = -1,
						 .now = wall_now_s(),
						 .page.limit = ROWS_MOST};
	struct permission *rows;
	struct stored_list list = {.owner = "-"};
	struct list_entries entries = side_entries(side, &list);
	size_t n;

	must(&domains_world.prng,
	     store_permission_list(world_store(), &filter, domains_world.arena,
				   &rows, &n) == ERR_OK,
	     "the filter is read");
	for (size_t i = 0; i < n; i++)
		read_permission(side, &rows[i]);
	for (size_t i = 0; i < entries.n; i++)
		side_note(side, arena_printf(domains_world.arena, "%s has %s",
					     list.owner, entries.at[i].key));
}

/* ---- runs ------------------------------------------------------------- */

static void start(void)
{
	struct fixture *fixture = &domains_world.fixture;
	static const char *const methods[] = {"MESSAGE"};

	fixture_init(fixture);
	fixture->domains = (struct domains){domains_names + 1, 1};
	for (unsigned i = 0; i < SIDES; i++) {
		const char *uri = arena_printf(fixture->arena, "sip:lists@%s",
					       domains_names[i]);

		fixture->services[i] =
			(struct service){.name = "lists",
					 .uri = uri,
					 .key = uri,
					 .domain = i ? domains_names[i] : NULL,
					 .methods = methods,
					 .n_methods = 1,
					 .allow = "MESSAGE, OPTIONS"};
	}
	fixture->n_services = SIDES;
	fixture->renew_before_s = 10 * DAY_S;
	fixture->asking.requests_in_flight = 1000; /* the relay's own */
	fixture->asking.asking = (struct asking_limits){
		.all = {2, 600, 3},
		.owner_per_day = 1,
		.owner_per_week = 3,
		.owner_per_half_year = 7,
		.destination = {.per_second = 1, .per_day = 4},
		.bytes_ratio = 4,
		.pauses_s = pauses_s,
		.n_pauses = 2};
	fixture_start(fixture);
	world_settle();
}

static void side_init(unsigned number, unsigned sequence)
{
	struct side *side = &domains_world.sides[number];
	struct arena *arena = domains_world.fixture.arena;
	const char *domain = domains_names[number];

	*side = (struct side){
		.number = number,
		.domain = domain,
		.filter = number ? domain : "",
		.any = number ? arena_printf(arena, "*@%s", domain) : "*",
		.list = arena_printf(arena, "sip:hikers@%s", domain),
		.service = &domains_world.fixture.services[number],
		.prng = prng_of(seed + 1 + number, sequence)};
}

static void one_step(bool is_alone)
{
	static const unsigned most_s[] = {2, 700, 7200, 2 * DAY_S, 9 * DAY_S};
	unsigned n = prng_below(&domains_world.prng, 3);
	unsigned others = prng_below(&domains_world.prng, 5);
	unsigned kind = prng_below(&domains_world.prng, 5);
	int64_t s = 1 + prng_below(&domains_world.prng, most_s[kind]);

	for (unsigned i = 0; i < SIDES; i++)
		for (unsigned j = 0; j < 8 * PEOPLE; j += 8)
			domains_world.sides[i].mood =
				domains_world.sides[i].mood << 8 |
				side_dice(&domains_world.sides[i], 256);
	while (n + others > 0) {
		bool is_other =
			others > 0 &&
			(n == 0 || prng_once_in(&domains_world.prng, 2));
		unsigned number = domains_world.looked_at ^ (unsigned)is_other;

		bool settles =
			!is_other || prng_once_in(&domains_world.prng, 2);

		*(is_other ? &others : &n) -= 1;
		if (is_other && is_alone)
			continue;
		side_act(&domains_world.sides[number]);
		if (settles)
			world_settle();
	}
	world_pass(1000 * s);
	read_all();
}

/** @return the notes; theirs to free */
static struct note *run(unsigned sequence, bool is_alone, size_t *ret_n)
{
	struct note *notes;

	domains_world.prng = prng_of(seed, sequence);
	domains_world.looked_at = prng_below(&domains_world.prng, SIDES);
	start();
	for (unsigned i = 0; i < SIDES; i++)
		side_init(i, sequence);
	for (unsigned i = 0; i < SIDES; i++)
		if (i == domains_world.looked_at || !is_alone)
			side_make_list(&domains_world.sides[i]);
	for (int step = 0; step < STEPS; step++)
		one_step(is_alone);
	fixture_release(&domains_world.fixture);
	notes = domains_world.notes;
	*ret_n = domains_world.n_notes;
	qsort(notes, *ret_n, sizeof(*notes), note_compare);
	domains_world.notes = NULL;
	domains_world.n_notes = domains_world.room = 0;
	return notes;
}

/** Tell where they part. */
static bool are_equal(const struct note *a, size_t n_a, const struct note *b,
		      size_t n_b)
{
	size_t i = 0;

	while (i < n_a && i < n_b && note_compare(&a[i], &b[i]) == 0)
		i++;
	if (i == n_a && i == n_b)
		return true;
	printf("# alone, after %lld ms: %s\n# among others, after %lld ms: "
	       "%s\n",
	       i < n_a ? (long long)a[i].at_ms : -1,
	       i < n_a ? a[i].text : "nothing",
	       i < n_b ? (long long)b[i].at_ms : -1,
	       i < n_b ? b[i].text : "nothing");
	fflush(stdout);
	return false;
}

static void run_sequence(unsigned sequence)
{
	struct note *alone, *among;
	size_t n_alone, n_among;
	bool is_same;

	domains_world.arena = arena_new(0);
	alone = run(sequence, true, &n_alone);
	among = run(sequence, false, &n_among);
	is_same = are_equal(alone, n_alone, among, n_among);
	must(&domains_world.prng, is_same, "nothing of the other domain shows");
	domains_world.n_all += n_alone;
	free(alone);
	free(among);
	arena_free(domains_world.arena);
}

START_TEST(nothing_of_one_domain_shows_in_another)
{
	unsigned n = prng_sequences_or_all(40, SEQUENCES);
	unsigned i;

	for (i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
	printf("# %u sequences, %lu notes, %lu questions, %lu to others\n", i,
	       domains_world.n_all, domains_world.n_questions,
	       domains_world.n_others);
	ck_assert_uint_gt(domains_world.n_questions, i);
	ck_assert_uint_gt(domains_world.n_others, i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domains");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("domains_prop");
	log_set_level(LOG_ERROR);
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, nothing_of_one_domain_shows_in_another);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
