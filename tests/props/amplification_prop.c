/*
 * Nobody is made to send much to somebody who did not ask for it (RFC 4453 REQ
 * 2 and 14, RFC 5360 section 5.1.1).  Over random calls, answers, silences,
 * repeats, crashes and times: outside of home-domains questions and notices,
 * each try, are at the instant of each at most as many as the owner's calls in
 * the hour before, but for the first of a notice, which goes in any case; the
 * bytes of questions, all copies, are at most twice those that these calls had,
 * and no host or network gets more than its share of a second and a day, in
 * bytes as well;
 * everywhere a recipient who was asked for is asked at most once for it.  The
 * relay is real but for network, clock and commits (tests/scenario).
 */
#include <check.h>

#include "db/permissions.h"
#include "db/transaction.h"
#include "server/base/ip_bytes.h"
#include "server/base/log.h"
#include "tests/props/prng.h"
#include "tests/scenario/fixture.h"

#define SEQUENCES 3000
#define STEPS 30
#define OWNERS 2
#define HOSTS 4
#define HOME 3 /**< which of the hosts */
#define PEOPLE 6
#define HOUR_S 3600
#define DAY_S 86400
#define PER_DAY 4
#define RATIO 2
#define PLACE_BYTES 9000
#define NOTES_MAX 4096
#define TIMERS_MOST 300 /**< as time passes, at once */

static const char *const owners[OWNERS] = {"sip:nora@example.com",
					   "sip:olga@example.com"};
/* Two of them are in one /24. */
static const char *const hosts[HOSTS] = {"a.example", "b.example", "c.example",
					 "home.example"};
static const uint8_t addresses[HOSTS][4] = {
	{192, 0, 2, 1}, {192, 0, 2, 200}, {203, 0, 113, 1}, {192, 0, 2, 9}};
static const char *const home[] = {"home.example"};

/** A call that asks, or a copy of a question that left. */
struct note {
	int64_t at;
	unsigned owner, host;
	size_t bytes;	    /**< of a call: that asks */
	int64_t ask, tries; /**< its row */
	bool is_notice;	    /**< `ask` is the first row with its words */
	bool is_first;	    /**< of a question or notice: no other try of it */
	bool is_copy;	    /**< of a try: repeated by UDP, or without the
			     *   document */
};

static uint64_t seed;

static struct world {
	struct prng prng;
	struct fixture fixture;
	struct note in[NOTES_MAX], out[NOTES_MAX];
	size_t n_in, n_out;
	unsigned n_wanted; /**< recipients that calls asked for */
	unsigned long n_questions, n_bytes, n_silenced, n_notices, n_repeated;
} world;

static unsigned host_of(const char *uri)
{
	const char *at = strchr(uri, '@');

	for (unsigned i = 0; at && i < HOSTS; i++)
		if (strcmp(at + 1, hosts[i]) == 0)
			return i;
	err_fatal("a question to somebody else");
}

static void address_of(const char *uri, uint8_t ret[IP_BYTES])
{
	ip_bytes_map(addresses[host_of(uri)], ret);
}

/* ---- what is to be ---------------------------------------------------- */

static void holds(bool what, const char *says)
{
	must(&world.prng, what, says);
}

static void check_bytes(const struct note *last)
{
	size_t in = 0, out = 0;

	for (size_t i = 0; i < world.n_in; i++)
		if (world.in[i].owner == last->owner &&
		    world.in[i].at > last->at - HOUR_S)
			in += world.in[i].bytes;
	for (size_t i = 0; i < world.n_out; i++)
		if (world.out[i].owner == last->owner &&
		    world.out[i].host != HOME && !world.out[i].is_notice &&
		    world.out[i].at > last->at - HOUR_S)
			out += world.out[i].bytes;
	holds(out <= RATIO * in,
	      "twice the bytes of the owner's calls in an hour, no more");
}

static void check_requests(const struct note *last)
{
	size_t in = 0, out = 0;

	for (size_t i = 0; i < world.n_in; i++)
		in += world.in[i].owner == last->owner &&
		      world.in[i].at > last->at - HOUR_S;
	for (size_t i = 0; i < world.n_out; i++)
		out += world.out[i].owner == last->owner &&
		       world.out[i].host != HOME && !world.out[i].is_copy &&
		       world.out[i].at > last->at - HOUR_S;
	holds(out <= in, "as many as the owner's calls in an hour, no more");
}

static bool is_same_network(unsigned a, unsigned b)
{
	return memcmp(addresses[a], addresses[b], 3) == 0;
}

static void check_destination(const struct note *last)
{
	unsigned host_second = 0, network_second = 0;
	unsigned host_day = 0, network_day = 0;

	for (size_t i = 0; i < world.n_out; i++) {
		const struct note *it = &world.out[i];
		bool is_host = it->host == last->host;
		bool is_network = it->host != HOME &&
				  is_same_network(it->host, last->host);

		if (it->is_copy || it->is_notice)
			continue;
		host_second += is_host && it->at == last->at;
		network_second += is_network && it->at == last->at;
		if (!it->is_first || it->at <= last->at - DAY_S)
			continue;
		host_day += is_host;
		network_day += is_network;
	}
	holds(host_second <= 1, "one a second to a host");
	holds(network_second <= 1, "one a second to a network");
	holds(host_day <= PER_DAY, "so many a day to a host");
	holds(network_day <= PER_DAY, "so many a day to a network");
}

/** All copies count. */
static void check_place_bytes(const struct note *last)
{
	size_t host = 0, network = 0;

	for (size_t i = 0; i < world.n_out; i++) {
		const struct note *it = &world.out[i];

		if (it->is_notice || it->host == HOME ||
		    it->at <= last->at - DAY_S)
			continue;
		host += it->host == last->host ? it->bytes : 0;
		network +=
			is_same_network(it->host, last->host) ? it->bytes : 0;
	}
	holds(host <= PLACE_BYTES, "so many bytes a day to a host");
	holds(network <= PLACE_BYTES, "so many bytes a day to a network");
}

static void note_out(const struct note *note)
{
	if (world.n_out == NOTES_MAX)
		err_fatal("too much left");
	world.out[world.n_out++] = *note;
	world.n_bytes += note->bytes;
	if (note->host == HOME)
		return;
	if (!note->is_notice)
		check_bytes(note);
	if (!note->is_notice)
		check_place_bytes(note);
	if (!note->is_notice && !note->is_copy)
		check_destination(note);
	if (!note->is_copy && !(note->is_notice && note->is_first))
		check_requests(note);
}

static int64_t number(const char *sql)
{
	int64_t value = -1;

	if (store_read_number(fake_writer_store(world.fixture.writer), sql,
			      &value))
		err_fatal("the store does not count");
	return value;
}

static void check_questions(void)
{
	holds(number("SELECT count(*) FROM ask WHERE kind = 'added'") <=
		      world.n_wanted,
	      "who was asked for once is asked once");
}

/* ---- what happens ------------------------------------------------------ */

static unsigned owner_of(const struct sent *sent)
{
	for (unsigned i = 0; i < OWNERS; i++)
		if (strstr(sent->message.at, owners[i]))
			return i;
	err_fatal("nobody's question");
}

#define QUESTION                                                               \
	"SELECT id, tries FROM ask WHERE recipient = $1 AND owner = $2 "       \
	"ORDER BY id DESC LIMIT 1"
#define NOTICE                                                                 \
	"SELECT (SELECT min(id) FROM notice o WHERE o.about = n.about), "      \
	"n.tries FROM notice n JOIN permission p ON p.id = n.permission "      \
	"WHERE p.recipient = $1 AND p.sender = $2 ORDER BY n.id DESC LIMIT 1"

/** Which question or notice it is. */
static void find_row(const struct sent *sent, struct note *note)
{
	struct store *store = fake_writer_store(world.fixture.writer);
	struct query query = note->is_notice ? query_begin(store, NOTICE)
					     : query_begin(store, QUESTION);

	query_text(&query, sent->uri);
	query_text(&query, owners[note->owner]);
	if (query_next(&query)) {
		note->ask = query_get_int(&query);
		note->tries = query_get_int(&query);
	}
	if (query_end(&query) || !note->ask)
		err_fatal("what leaves is not on disk");
	note->is_first = true;
	for (size_t i = 0; i < world.n_out; i++) {
		if (world.out[i].ask != note->ask ||
		    world.out[i].is_notice != note->is_notice)
			continue;
		note->is_first = false;
		note->is_copy |= world.out[i].tries == note->tries;
	}
}

static void see_what_left(void)
{
	for (struct sent *it = world.fixture.edge.sent; it; it = it->next) {
		struct note note = {.at = wall_now_s()};

		if (it->is_seen)
			continue;
		it->is_seen = 1;
		note.owner = owner_of(it);
		note.host = host_of(it->uri);
		note.bytes = it->message.len;
		note.is_notice = strstr(it->message.at, "sip:g-") == NULL;
		find_row(it, &note);
		world.n_questions += !note.is_notice && note.is_first;
		world.n_notices += note.is_notice && note.is_first;
		world.n_repeated += note.is_notice && !note.is_first;
		note_out(&note);
	}
}

struct call {
	struct write_job job;
	struct permission_change changes[3];
	size_t n;
};

static enum err call_run(struct store *store, struct write_job *job)
{
	struct call *call = (struct call *)(void *)job;
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < call->n; i++) {
		struct permission row;

		err = store_permission_change(store, &call->changes[i],
					      world.fixture.arena, &row);
		if (err == ERR_CONFLICT) /* they said no */
			err = ERR_OK;
	}
	job->is_cause = store->received < job->received;
	return err;
}

/** A call to ask some people, or one that grants for them. */
static void say(struct permission_change *change)
{
	struct arena *arena = world.fixture.arena;

	if (change->event == EVENT_ADDED) {
		world.n_wanted++;
		return;
	}
	change->actor = ORIGIN_IMPORT;
	change->expires_at = -1;
	change->ask_due_at = 0;
	change->evidence =
		arena_printf(arena, "form %u", prng_below(&world.prng, 2));
}

/** An owner wants some people, by one call; who is pending is asked for no
 *  second time, and who is granted for is told. */
static void want(enum permission_event event)
{
	struct fixture *fixture = &world.fixture;
	unsigned owner = prng_below(&world.prng, OWNERS);
	struct call call = {.job = {.run = call_run}};

	call.n = 1 + prng_below(&world.prng, 3);
	call.job.received = 200 + prng_below(&world.prng, 3) *
					  prng_below(&world.prng, 2500);
	for (size_t i = 0; i < call.n; i++) {
		const char *uri =
			arena_printf(fixture->arena, "sip:p%u@%s",
				     prng_below(&world.prng, PEOPLE),
				     hosts[prng_below(&world.prng, HOSTS)]);

		call.changes[i] =
			(struct permission_change){.sender = owners[owner],
						   .target = "*",
						   .recipient = uri,
						   .recipient_uri = uri,
						   .event = event,
						   .actor = ORIGIN_ADMIN,
						   .ask_due_at = wall_now_s(),
						   .now = wall_now_s()};
		say(&call.changes[i]);
	}
	if (writer_call(fixture->writer, &call.job))
		err_fatal("nobody is asked for");
	if (call.job.is_cause)
		world.in[world.n_in++] = (struct note){
			.at = wall_now_s(),
			.owner = owner,
			.bytes = event == EVENT_ADDED
					 ? (size_t)call.job.received
					 : 0};
	consents_wake(fixture->consents);
}

/** Most are silent at first: UDP repeats, and somebody may answer. */
static void answer(struct sent *sent)
{
	static const int statuses[] = {200, 202, 408, 480, 404, 415, 413};
	unsigned copies = prng_below(&world.prng, 11);

	for (unsigned i = 0; i < copies; i++) {
		struct note note = {
			.at = wall_now_s(),
			.owner = owner_of(sent),
			.host = host_of(sent->uri),
			.is_notice = strstr(sent->message.at, "sip:g-") == NULL,
			.is_copy = true};

		note.bytes = fake_edge_repeat(sent);
		world.n_silenced += note.bytes == 0;
		if (note.bytes)
			note_out(&note);
	}
	fake_edge_answer(sent,
			 statuses[prng_below(&world.prng,
					     sizeof(statuses) / sizeof(int))],
			 0);
}

static void answer_some(void)
{
	for (struct sent *it = world.fixture.edge.sent; it; it = it->next)
		if (it->leg && prng_once_in(&world.prng, 2))
			answer(it);
}

static void pass(void)
{
	static const unsigned most_s[] = {3, 90, 1300, 2 * HOUR_S, DAY_S};
	int64_t ms =
		1000 *
		(int64_t)(1 + prng_below(&world.prng,
					 most_s[prng_below(&world.prng, 5)]));
	int64_t end = loop_now_ms(world.fixture.loop) + ms;

	/* What leaves is looked at when it does. */
	for (int i = 0; i < TIMERS_MOST; i++) {
		int64_t next = fake_loop_next_ms(world.fixture.loop);
		int64_t now = loop_now_ms(world.fixture.loop);

		if (now >= end)
			break;
		if (next < 0 || next > end)
			next = end;
		fixture_advance(&world.fixture, next > now ? next - now : 0);
		see_what_left();
	}
}

/** Those who said nothing are wanted no more, and may be again. */
static void unwant(void)
{
	struct call call = {.job = {.run = call_run}, .n = 1};
	const char *uri = arena_printf(world.fixture.arena, "sip:p%u@%s",
				       prng_below(&world.prng, PEOPLE),
				       hosts[prng_below(&world.prng, HOSTS)]);

	call.changes[0] = (struct permission_change){
		.sender = owners[prng_below(&world.prng, OWNERS)],
		.target = "*",
		.recipient = uri,
		.event = EVENT_REMOVED,
		.actor = ORIGIN_ADMIN,
		.expires_at = -1,
		.now = wall_now_s()};
	if (writer_call(world.fixture.writer, &call.job) &&
	    call.job.err != ERR_UNKNOWN)
		err_fatal("it is not removed");
}

/** One that a crash cut off before it was noted comes once more, as if it were
 *  the first: legs wait for it. */
static void crash(void)
{
	fixture_crash(&world.fixture, LAST_COMMIT);
	fixture_start(&world.fixture);
	for (size_t i = 0; i < world.n_out; i++) {
		struct note *it = &world.out[i];
		const char *sql = arena_printf(
			world.fixture.arena,
			"SELECT count(*) FROM notice WHERE sent_at > 0 AND "
			"about = (SELECT about FROM notice WHERE id = %lld)",
			(long long)it->ask);

		if (it->is_notice && it->ask && number(sql) == 0)
			it->ask = 0;
	}
}

static void step(void)
{
	switch (prng_below(&world.prng, 9)) {
	case 0:
	case 1:
	case 2:
		want(EVENT_ADDED);
		break;
	case 3:
		unwant();
		break;
	case 4:
		crash();
		break;
	case 8:
		want(EVENT_GRANT);
		break;
	case 5:
		answer_some();
		break;
	default:
		pass();
	}
	fixture_settle(&world.fixture);
	see_what_left();
	check_questions();
}

static void set_limits(struct consents_settings *settings)
{
	settings->asking = (struct asking_limits){
		.all = {.burst = 50, .interval_s = 0, .per_day = 50},
		.destination = {.per_second = 1,
				.per_day = PER_DAY,
				.bytes_per_day = PLACE_BYTES},
		.bytes_ratio = RATIO,
		.requests_per_call = 1,
		.home = {.domains = home, .n_domains = 1}};
	settings->per_second = 20;
	settings->request_lifetime_s = 30 * DAY_S;
}

static void run_sequence(unsigned sequence)
{
	world.prng = prng_of(seed, sequence);
	world.n_in = world.n_out = world.n_wanted = 0;
	fixture_init(&world.fixture);
	set_limits(&world.fixture.asking);
	world.fixture.tells_imported = true;
	world.fixture.edge.address_of = address_of;
	fixture_start(&world.fixture);
	for (int i = 0; i < STEPS; i++)
		step();
	fixture_release(&world.fixture);
}

START_TEST(nobody_is_an_amplifier)
{
	unsigned n = prng_sequences_or_all(SEQUENCES / 10, SEQUENCES);
	unsigned i;

	for (i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
	printf("amplification_prop: %u sequences, %lu questions, %lu notices "
	       "and %lu of them once more, %lu bytes, %lu repeats left out\n",
	       i, world.n_questions, world.n_notices, world.n_repeated,
	       world.n_bytes, world.n_silenced);
	ck_assert_uint_gt(world.n_questions, i);
	ck_assert_uint_gt(world.n_repeated, 0);
	ck_assert_uint_gt(world.n_silenced, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("amplification");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("amplification_prop");
	log_set_level(LOG_ERROR);
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, nobody_is_an_amplifier);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
