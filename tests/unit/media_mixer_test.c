/*
 * The mixer with its threads: what is promised when an answer comes, and its
 * bounds.  Order is what counts, never how long something takes.
 */
#include "server/media/mixer.h"

#include <check.h>
#include <unistd.h>

#include "tests/unit/media_help.h"

#define MANY 12

static struct loop *loop;
static struct mixer *mixer;
static struct mixer_settings settings;
static struct phone phones[MANY];
static uint64_t ids[MANY];
static uint64_t conference;
static unsigned n_answers, n_events[MEDIA_EVENT_BYE + 1];
static struct media_stats last_stats;
static uint64_t last_id;

static void event(void *arg, const struct media_event *told)
{
	(void)arg;
	n_events[told->kind]++;
}

static void done(void *arg, uint64_t id, const struct media_stats *stats)
{
	unsigned *n = arg;

	(*n)++;
	last_id = id;
	last_stats = *stats;
}

/* Ranges of the tests that run side by side do not meet, nor those that the
 * system hands out. */
static unsigned first_port(void)
{
	return 20000 + (unsigned)getpid() % 120 * 100;
}

static void set_up(void)
{
	n_answers = 0;
	memset(n_events, 0, sizeof(n_events));
	loop = loop_new();
	settings = (struct mixer_settings){.loop = loop,
					   .port_first = first_port(),
					   .port_last = first_port() + 99,
					   .threads = 2,
					   .participants_max = 40,
					   .conferences_max = 4,
					   .participants_per_conference = 30,
					   .talkers_max = 8,
					   .threshold_dbm0 = -50,
					   .event = event};
	ck_assert_int_eq(address_parse(VIEW("127.0.0.1"), 0, &settings.address),
			 ERR_OK);
	ck_assert_int_eq(mixer_new(&settings, &mixer), ERR_OK);
	ck_assert_int_eq(mixer_conference_open(mixer, &conference), ERR_OK);
}

static void tear_down(void)
{
	mixer_free(mixer);
	loop_finish(loop);
	loop_free(loop);
}

static void gather(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct mixer_session session;

		phone_open(&phones[i], 410 + 160 * i);
		session = phone_session(&phones[i]);
		ck_assert_int_eq(mixer_open(mixer, conference, &ids[i],
					    &phones[i].mixer),
				 ERR_OK);
		ck_assert_int_eq(mixer_connect(mixer, ids[i], &session),
				 ERR_OK);
	}
}

static void part(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		phone_close(&phones[i]);
}

/* All talk until phone @p who has heard @p packets. */
static void talk_until(unsigned n, unsigned who, unsigned packets)
{
	while (phones[who].n_packets < packets) {
		for (unsigned i = 0; i < n; i++) {
			phone_send(&phones[i]);
			phone_listen(&phones[i]);
		}
		loop_step(loop, 20);
	}
}

static void wait_answers(unsigned n)
{
	while (n_answers < n)
		loop_step(loop, 1000);
}

START_TEST(it_runs_by_itself)
{
	gather(3);
	talk_until(3, 2, 100);
	ck_assert_double_gt(tone_over_noise_db(&phones[2], 410, 4000), -6);
	ck_assert_double_gt(tone_over_noise_db(&phones[2], 570, 4000), -6);
	ck_assert_double_lt(tone_over_noise_db(&phones[2], 730, 4000), -15);
	ck_assert_uint_ge(n_events[MEDIA_EVENT_TALKING], 3);
	ck_assert_uint_eq(n_events[MEDIA_EVENT_HEARD], 3);
	ck_assert_int_eq(mixer_measure(mixer, ids[2], done, &n_answers),
			 ERR_OK);
	wait_answers(1);
	ck_assert_uint_eq(last_id, ids[2]);
	ck_assert_uint_ge(last_stats.n_sent, 100);
	ck_assert(last_stats.is_heard);
	part(3);
}
END_TEST

/* The promise: what is in the socket when the answer comes is all there ever
 * will be, while the others go on. */
START_TEST(no_packet_after_the_answer)
{
	gather(MANY);
	talk_until(MANY, 0, 10);
	for (unsigned i = 1; i < MANY; i++) {
		n_answers = 0;
		ck_assert_int_eq(mixer_remove(mixer, ids[i], done, &n_answers),
				 ERR_OK);
		wait_answers(1);
		ck_assert_uint_eq(last_id, ids[i]);
		phone_listen(&phones[i]);
		ck_assert_uint_eq(phones[i].n_packets, last_stats.n_sent);
		phone_forget(&phones[i]);
		phone_forget(&phones[0]);
		talk_until(i, 0, 5);
		for (unsigned j = 1; j <= i; j++) {
			phone_listen(&phones[j]);
			ck_assert_uint_eq(phones[j].n_packets, 0);
		}
	}
	part(MANY);
}
END_TEST

/* The same for who is made deaf; and it can be taken back. */
START_TEST(no_packet_to_the_deaf)
{
	struct media_controls controls = {.is_deaf = true};

	gather(2);
	talk_until(2, 1, 10);
	ck_assert_int_eq(
		mixer_control(mixer, ids[1], &controls, done, &n_answers),
		ERR_OK);
	wait_answers(1);
	phone_listen(&phones[1]);
	phone_forget(&phones[1]);
	phone_forget(&phones[0]);
	talk_until(2, 0, 10);
	ck_assert_uint_eq(phones[1].n_packets, 0);
	controls.is_deaf = false;
	ck_assert_int_eq(mixer_control(mixer, ids[1], &controls, NULL, NULL),
			 ERR_OK);
	talk_until(2, 1, 10);
	part(2);
}
END_TEST

START_TEST(a_conference_ends_at_once)
{
	struct mixer_gauges gauges;
	uint64_t id;
	union address local;

	gather(8);
	talk_until(8, 0, 10);
	ck_assert_int_eq(mixer_remove(mixer, ids[3], NULL, NULL), ERR_OK);
	ck_assert_int_eq(
		mixer_conference_close(mixer, conference, done, &n_answers),
		ERR_OK);
	ck_assert_int_eq(mixer_open(mixer, conference, &id, &local),
			 ERR_UNKNOWN);
	wait_answers(1);
	ck_assert_uint_eq(last_id, conference);
	for (unsigned i = 0; i < 8; i++) {
		phone_listen(&phones[i]);
		phone_forget(&phones[i]);
	}
	mixer_measure_all(mixer, &gauges);
	ck_assert_uint_eq(gauges.n_conferences, 0);
	ck_assert_uint_eq(gauges.n_participants, 0);
	ck_assert_uint_eq(gauges.n_ports, 0);
	ck_assert_uint_eq(gauges.n_threads, 2);
	part(8);
	ck_assert_int_eq(mixer_conference_open(mixer, &conference), ERR_OK);
	ck_assert_uint_ne(conference, last_id);
	gather(2);
	talk_until(2, 0, 10);
	part(2);
}
END_TEST

/* Wrong, gone and foreign ids, and sessions that cannot be. */
START_TEST(what_is_refused)
{
	struct media_controls loud = {.volume_db = 21};
	struct mixer_session session, good;
	uint64_t id;
	union address local;

	gather(2);
	good = phone_session(&phones[0]);
	ck_assert_int_eq(mixer_connect(mixer, ids[0] + 100, &good),
			 ERR_UNKNOWN);
	ck_assert_int_eq(mixer_connect(mixer, ids[0] ^ 1 << 30, &good),
			 ERR_UNKNOWN);
	ck_assert_int_eq(mixer_connect(mixer, 0, &good), ERR_UNKNOWN);
	ck_assert_int_eq(mixer_connect(mixer, ~UINT64_C(0), &good),
			 ERR_UNKNOWN);
	ck_assert_int_eq(mixer_open(mixer, 0, &id, &local), ERR_UNKNOWN);
	ck_assert_int_eq(mixer_conference_close(mixer, 7, NULL, NULL),
			 ERR_UNKNOWN);
	ck_assert_int_eq(mixer_control(mixer, ids[0], &loud, NULL, NULL),
			 ERR_UNSUPPORTED);
	session = good;
	session.remote = phones[1].mixer; /* a loop */
	ck_assert_int_eq(mixer_connect(mixer, ids[0], &session), ERR_HOSTILE);
	ck_assert_int_eq(
		address_parse(VIEW("224.0.0.1:4000"), 0, &session.remote), 0);
	ck_assert_int_eq(mixer_connect(mixer, ids[0], &session), ERR_HOSTILE);
	ck_assert_int_eq(
		address_parse(VIEW("0.0.0.0:4000"), 0, &session.remote), 0);
	ck_assert_int_eq(mixer_connect(mixer, ids[0], &session), ERR_HOSTILE);
	ck_assert_int_eq(
		address_parse(VIEW("[2001:db8::1]:4000"), 0, &session.remote),
		0);
	ck_assert_int_eq(mixer_connect(mixer, ids[0], &session), ERR_HOSTILE);
	session = good;
	session.ptime_ms = 30;
	ck_assert_int_eq(mixer_connect(mixer, ids[0], &session),
			 ERR_UNSUPPORTED);
	session = good;
	session.formats[1].payload_type = 72; /* would be RTCP */
	ck_assert_int_eq(mixer_connect(mixer, ids[0], &session),
			 ERR_UNSUPPORTED);
	session.n_formats = 0;
	ck_assert_int_eq(mixer_connect(mixer, ids[0], &session),
			 ERR_UNSUPPORTED);
	ck_assert_int_eq(mixer_remove(mixer, ids[0], NULL, NULL), ERR_OK);
	ck_assert_int_eq(mixer_remove(mixer, ids[0], NULL, NULL), ERR_UNKNOWN);
	part(2);
}
END_TEST

/* A deny waits for it before it is answered: no turn of the loop is needed. */
START_TEST(no_packet_after_it_has_settled)
{
	gather(3);
	talk_until(3, 2, 20);
	ck_assert_int_eq(mixer_remove(mixer, ids[2], done, &n_answers), ERR_OK);
	mixer_settle(mixer);
	phone_listen(&phones[2]);
	phone_forget(&phones[2]);
	phone_forget(&phones[0]);
	talk_until(2, 0, 20);
	phone_listen(&phones[2]);
	ck_assert_uint_eq(phones[2].n_packets, 0);
	wait_answers(1);
	part(3);
}
END_TEST

/* ---- bounds
 * ------------------------------------------------------------------ */

START_TEST(participants_and_conferences_are_bounded)
{
	uint64_t other, id, first = 0;
	union address local;

	for (unsigned i = 0; i < 30; i++) {
		ck_assert_int_eq(mixer_open(mixer, conference, &id, &local),
				 ERR_OK);
		ck_assert_int_eq(address_port(&local) % 2, 0);
		ck_assert(mixer_owns(mixer, &local));
		first = first ? first : id;
	}
	ck_assert_int_eq(mixer_open(mixer, conference, &id, &local), ERR_BUSY);
	ck_assert_int_eq(mixer_conference_open(mixer, &other), ERR_OK);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(mixer_open(mixer, other, &id, &local), ERR_OK);
	ck_assert_int_eq(mixer_open(mixer, other, &id, &local), ERR_BUSY);
	/* A place is free when the answer came. */
	ck_assert_int_eq(mixer_remove(mixer, first, done, &n_answers), ERR_OK);
	wait_answers(1);
	ck_assert_int_eq(mixer_open(mixer, other, &id, &local), ERR_OK);
	ck_assert_int_eq(mixer_conference_open(mixer, &other), ERR_OK);
	ck_assert_int_eq(mixer_conference_open(mixer, &other), ERR_OK);
	ck_assert_int_eq(mixer_conference_open(mixer, &other), ERR_BUSY);
}
END_TEST

START_TEST(ports_run_out)
{
	struct mixer_settings few = settings;
	struct mixer *small;
	uint64_t id[3];
	union address local;
	char host[64];

	few.port_first = first_port() + 60;
	few.port_last = few.port_first + 5; /* three even ones */
	few.threads = 1;
	ck_assert_int_eq(
		address_parse(VIEW("198.51.100.1"), 0, &few.advertised), 0);
	ck_assert_int_eq(mixer_new(&few, &small), ERR_OK);
	ck_assert_int_eq(mixer_conference_open(small, &conference), ERR_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(mixer_open(small, conference, &id[i], &local),
				 ERR_OK);
	ck_assert_int_eq(mixer_open(small, conference, &id[0], &local),
			 ERR_BUSY);
	address_host_format(&local, host);
	ck_assert_str_eq(host, "198.51.100.1");
	ck_assert(mixer_owns(small, &local));
	address_set_port(&local, (int)few.port_last + 1);
	ck_assert(!mixer_owns(small, &local));
	ck_assert_int_eq(mixer_remove(small, id[1], done, &n_answers), ERR_OK);
	wait_answers(1);
	ck_assert_int_eq(mixer_open(small, conference, &id[1], &local), ERR_OK);
	mixer_free(small);
	loop_finish(loop);
}
END_TEST

static const struct {
	const char *name;
	const char *address;
	unsigned first, last;
	enum err err;
} ranges[] = {
	{"one odd port", "127.0.0.1", 20001, 20001, ERR_SYNTAX},
	{"backwards", "127.0.0.1", 20010, 20000, ERR_SYNTAX},
	{"privileged", "127.0.0.1", 100, 200, ERR_SYNTAX},
	{"beyond", "127.0.0.1", 65000, 65536, ERR_SYNTAX},
	{"not ours", "192.0.2.1", 20000, 20010, ERR_IO},
};

START_TEST(a_start_that_fails)
{
	struct mixer_settings bad = settings;
	struct mixer *none = NULL;

	bad.port_first = ranges[_i].first;
	bad.port_last = ranges[_i].last;
	ck_assert_int_eq(
		address_parse(view_of(ranges[_i].address), 0, &bad.address),
		ERR_OK);
	ck_assert_msg(mixer_new(&bad, &none) == ranges[_i].err, "%s",
		      ranges[_i].name);
	bad = settings;
	bad.talkers_max = 0;
	ck_assert_int_eq(mixer_new(&bad, &none), ERR_SYNTAX);
	bad = settings;
	ck_assert_int_eq(address_parse(VIEW("0.0.0.0"), 0, &bad.address), 0);
	ck_assert_int_eq(mixer_new(&bad, &none), ERR_SYNTAX);
	ck_assert_ptr_null(none);
}
END_TEST

/* Ports of other programs are passed over; when all are theirs it is refused.
 */
START_TEST(ports_of_others)
{
	struct ports a, b;
	unsigned port;
	int fds[4], fd;

	ck_assert_int_eq(ports_init(&a, &settings.address, first_port() + 1,
				    first_port() + 8),
			 ERR_OK);
	ck_assert_int_eq(ports_init(&b, &settings.address, first_port() + 1,
				    first_port() + 8),
			 ERR_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ports_open(&a, &fds[i], &port), ERR_OK);
	ck_assert_int_eq(ports_open(&b, &fds[3], &port), ERR_OK);
	ck_assert_uint_eq(port, first_port() + 8);
	ck_assert_int_eq(ports_open(&b, &fd, &port), ERR_BUSY);
	ck_assert_int_eq(ports_open(&a, &fd, &port), ERR_BUSY);
	/* What was given back comes last. */
	close(fds[0]);
	ports_give_back(&a, first_port() + 2);
	ports_give_back(&a, first_port() + 2);
	ports_give_back(&a, 7);
	ck_assert_uint_eq(a.n_used, 2);
	ck_assert_int_eq(ports_open(&a, &fds[0], &port), ERR_OK);
	ck_assert_uint_eq(port, first_port() + 2);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	ports_release(&a);
	ports_release(&b);
}
END_TEST

/* Orders on their way, events that wait: all is given back. */
START_TEST(freed_in_the_middle)
{
	gather(5);
	talk_until(5, 0, 5);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(mixer_measure(mixer, ids[i], done, &n_answers),
				 ERR_OK);
	ck_assert_int_eq(mixer_remove(mixer, ids[4], done, &n_answers), ERR_OK);
	mixer_free(mixer);
	for (unsigned i = 0; i < 5; i++) {
		phone_listen(&phones[i]);
		phone_forget(&phones[i]);
	}
	loop_finish(loop);
	ck_assert_uint_eq(n_answers, 0);
	ck_assert_int_eq(mixer_new(&settings, &mixer), ERR_OK);
	part(5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media_mixer");
	TCase *tcase = tcase_create("mixer");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, it_runs_by_itself);
	tcase_add_test(tcase, no_packet_after_the_answer);
	tcase_add_test(tcase, no_packet_after_it_has_settled);
	tcase_add_test(tcase, no_packet_to_the_deaf);
	tcase_add_test(tcase, a_conference_ends_at_once);
	tcase_add_test(tcase, what_is_refused);
	tcase_add_test(tcase, participants_and_conferences_are_bounded);
	tcase_add_test(tcase, ports_run_out);
	tcase_add_loop_test(tcase, a_start_that_fails, 0,
			    (int)(sizeof(ranges) / sizeof(ranges[0])));
	tcase_add_test(tcase, ports_of_others);
	tcase_add_test(tcase, freed_in_the_middle);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
