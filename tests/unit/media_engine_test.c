/*
 * Conferences over loopback sockets, measured by tones.  The ticks are the
 * test's own: each phone sends, the engine ticks, each phone listens.
 */
#include <check.h>
#include <math.h>
#include <poll.h>

#include "server/media/g711.h"
#include "tests/unit/media_help.h"

#define SETTLED 1600 /* samples: what comes after 200 ms is measured */

static struct studio studio;
static struct phone phones[16];
static struct phone *all[16];
static uint64_t ids[16];

static void set_up(void)
{
	studio_open(&studio);
}

static void tear_down(void)
{
	studio_close(&studio);
}

static double hertz_of(unsigned i)
{
	return 403 + 157 * (double)i;
}

/* @p n phones in conference 0; the first @p n_talk play a tone each. */
static void gather(unsigned n, unsigned n_talk)
{
	for (unsigned i = 0; i < n; i++) {
		all[i] = &phones[i];
		phone_open(&phones[i], i < n_talk ? hertz_of(i) : 0);
		phones[i].is_a_law = i % 3 == 2;
		ids[i] = studio_join(&studio, 0, &phones[i]);
	}
}

static void part(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		phone_close(&phones[i]);
}

static void forget(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		phone_forget(&phones[i]);
}

/* Each hears the tones of all others at their level, and not their own. */
static void hears_the_others(unsigned n, unsigned n_talk)
{
	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < n_talk; j++) {
			double db = tone_db(&phones[i], hertz_of(j), SETTLED);

			if (i == j)
				ck_assert_msg(db < -50, "own %u: %f", i, db);
			else
				ck_assert_msg(fabs(db) < 1.5, "%u of %u: %f", j,
					      i, db);
		}
	}
}

static const struct {
	unsigned n, n_talk;
} sizes[] = {{2, 2}, {3, 3}, {10, 3}, {10, 8}};

START_TEST(each_hears_the_others)
{
	unsigned n = sizes[_i].n;

	gather(n, sizes[_i].n_talk);
	studio_run(&studio, all, n, 100);
	hears_the_others(n, sizes[_i].n_talk);
	for (unsigned i = 0; i < n; i++) {
		/* A packet each tick, the first is marked, none is missing. */
		ck_assert_uint_eq(phones[i].n_packets, 100);
		ck_assert_uint_eq(phones[i].n_marked, 1);
		ck_assert_uint_eq(phones[i].n_gaps, 0);
	}
	part(n);
}
END_TEST

/* The sum is exact: with one talker their own frame is silence itself. */
START_TEST(one_alone_hears_nothing)
{
	gather(3, 1);
	studio_run(&studio, all, 3, 50);
	for (size_t i = 0; i < phones[0].n_heard; i++)
		ck_assert_int_eq(phones[0].heard[i], 0);
	ck_assert_double_gt(tone_db(&phones[1], hertz_of(0), SETTLED), -1.5);
	part(3);
}
END_TEST

START_TEST(conferences_are_apart)
{
	gather(2, 2);
	for (unsigned i = 2; i < 4; i++) {
		all[i] = &phones[i];
		phone_open(&phones[i], hertz_of(i));
		studio_join(&studio, 1, &phones[i]);
	}
	studio_run(&studio, all, 4, 60);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < 4; j++)
			ck_assert((tone_db(&phones[i], hertz_of(j), SETTLED) >
				   -1.5) == (i != j && i / 2 == j / 2));
	part(4);
}
END_TEST

/* Noise below the threshold is not mixed. */
START_TEST(silence_is_silent)
{
	gather(3, 3);
	for (unsigned i = 0; i < 3; i++)
		phones[i].amplitude = 30;
	studio_run(&studio, all, 3, 50);
	for (unsigned i = 0; i < 3; i++)
		for (size_t s = 0; s < phones[i].n_heard; s++)
			ck_assert_int_le(abs(phones[i].heard[s]), 8);
	part(3);
}
END_TEST

/* Three shout at full scale: the sum neither wraps nor is clipped flat. */
START_TEST(three_shout)
{
	double power = 0, tones = 0;
	size_t n;

	gather(4, 3);
	for (unsigned i = 0; i < 3; i++)
		phones[i].amplitude = 23000; /* 0 dBm0 */
	studio_run(&studio, all, 4, 100);
	n = phones[3].n_heard;
	for (size_t i = SETTLED; i < n; i++)
		power += (double)phones[3].heard[i] * phones[3].heard[i] /
			 (double)(n - SETTLED);
	for (unsigned i = 0; i < 3; i++) {
		double tone = tone_in(&phones[3], hertz_of(i), SETTLED);

		ck_assert_double_gt(tone, 7000);
		tones += tone * tone / 2;
	}
	/* What is no tone of theirs is below 10 %. */
	ck_assert_double_lt(sqrt(fabs(power - tones) / power), 0.1);
	part(4);
}
END_TEST

START_TEST(the_ninth_is_not_heard)
{
	gather(12, 10);
	phones[3].amplitude = phones[7].amplitude = PHONE_TONE / 4;
	studio_run(&studio, all, 12, 60);
	ck_assert_double_lt(tone_db(&phones[11], hertz_of(3), SETTLED), -40);
	ck_assert_double_lt(tone_db(&phones[11], hertz_of(7), SETTLED), -40);
	ck_assert_double_gt(tone_db(&phones[11], hertz_of(9), SETTLED), -1.5);
	/* They hear all eight. */
	ck_assert_double_gt(tone_db(&phones[3], hertz_of(0), SETTLED), -1.5);
	part(12);
}
END_TEST

/* ---- controls --------------------------------------------------------------
 */

static void control(unsigned i, struct media_controls controls)
{
	engine_control(studio.engine, ids[i], &controls);
}

START_TEST(muted_deaf_and_held)
{
	gather(4, 4);
	studio_run(&studio, all, 4, 20);
	control(0, (struct media_controls){.is_muted = true});
	control(1, (struct media_controls){.is_deaf = true});
	control(2, (struct media_controls){.is_held = true});
	forget(4);
	studio_run(&studio, all, 4, 60);
	/* At once, not after what the buffer holds. */
	ck_assert_double_lt(tone_db(&phones[3], hertz_of(0), 0), -60);
	ck_assert_double_gt(tone_db(&phones[3], hertz_of(1), 0), -1.5);
	ck_assert_double_lt(tone_db(&phones[3], hertz_of(2), 0), -60);
	ck_assert_double_gt(tone_db(&phones[0], hertz_of(3), 0), -1.5);
	ck_assert_uint_eq(phones[1].n_packets, 0);
	ck_assert_uint_eq(phones[2].n_packets, 0);
	for (unsigned i = 0; i < 3; i++)
		control(i, (struct media_controls){.is_muted = false});
	forget(4);
	studio_run(&studio, all, 4, 60);
	hears_the_others(4, 4);
	/* The clock went on, the numbers did not. */
	for (unsigned i = 1; i < 3; i++) {
		ck_assert_uint_eq(phones[i].n_marked, 1);
		ck_assert_uint_eq(phones[i].n_packets, 60);
	}
	part(4);
}
END_TEST

START_TEST(volume)
{
	static const int steps[] = {-12, 6, 0};

	gather(2, 2);
	for (int i = 0; i < 3; i++) {
		control(0, (struct media_controls){.volume_db = steps[i]});
		forget(2);
		studio_run(&studio, all, 2, 60);
		ck_assert_double_eq_tol(
			tone_db(&phones[1], hertz_of(0), SETTLED), steps[i],
			0.5);
	}
	part(2);
}
END_TEST

START_TEST(removed)
{
	struct media_stats before, after;

	gather(3, 3);
	studio_run(&studio, all, 3, 50);
	hears_the_others(3, 3);
	engine_measure_all(studio.engine, &before);
	engine_remove(studio.engine, ids[0]);
	engine_measure_all(studio.engine, &after);
	/* What is gone still counts in the sum of all. */
	ck_assert_uint_ge(before.n_received, 3 * 50 - 3);
	ck_assert_uint_eq(after.n_received, before.n_received);
	ck_assert_uint_eq(after.n_sent, before.n_sent);
	forget(3);
	studio_run(&studio, all, 3, 50);
	ck_assert_uint_eq(phones[0].n_packets, 0);
	ck_assert_double_lt(tone_db(&phones[1], hertz_of(0), 0), -60);
	ck_assert_double_gt(tone_db(&phones[1], hertz_of(2), 0), -1.5);
	ck_assert_uint_eq(engine_participants(studio.engine), 2);
	/* Orders to who is gone do nothing. */
	control(0, (struct media_controls){.is_muted = true});
	engine_remove(studio.engine, ids[0]);
	part(3);
}
END_TEST

START_TEST(early_media_is_not_heard)
{
	struct mixer_session session;
	uint64_t early;

	gather(2, 1);
	all[2] = &phones[2];
	phone_open(&phones[2], hertz_of(2));
	early = studio_add(&studio, 0, &phones[2]);
	studio_run(&studio, all, 3, 50);
	ck_assert_double_lt(tone_db(&phones[1], hertz_of(2), 0), -60);
	ck_assert_uint_eq(phones[2].n_packets, 0);
	/* What waits in the socket is early, too. */
	for (int i = 0; i < 20; i++)
		phone_send(&phones[2]);
	session = phone_session(&phones[2]);
	engine_connect(studio.engine, early, &session);
	phones[2].hertz = 0;
	forget(3);
	studio_run(&studio, all, 3, 30);
	ck_assert_double_lt(tone_db(&phones[1], hertz_of(2), 0), -60);
	ck_assert_double_gt(tone_db(&phones[2], hertz_of(0), SETTLED), -1.5);
	part(3);
}
END_TEST

/* ---- what networks and phones do -------------------------------------------
 */

START_TEST(packets_of_all_lengths)
{
	static const unsigned lengths[] = {20, 40, 60};

	gather(4, 3);
	for (unsigned i = 0; i < 3; i++)
		phones[i].ms = lengths[i];
	studio_run(&studio, all, 4, 120);
	hears_the_others(4, 3);
	part(4);
}
END_TEST

/* A phone of 10 ms, both ways. */
START_TEST(packets_of_10_ms)
{
	struct mixer_session session;

	gather(2, 2);
	session = phone_session(&phones[0]);
	session.ptime_ms = 10;
	engine_connect(studio.engine, ids[0], &session);
	phones[0].ms = 10;
	for (int i = 0; i < 60; i++) {
		phone_send(&phones[0]); /* and one more by studio_run() */
		studio_run(&studio, all, 2, 1);
	}
	hears_the_others(2, 2);
	ck_assert_uint_eq(phones[0].n_packets, 120);
	ck_assert_uint_eq(phones[0].last.payload_len, 80);
	part(2);
}
END_TEST

/* 5 in 100 are lost, neighbours change places, some come twice. */
START_TEST(a_bad_network)
{
	uint8_t held[RTP_PACKET_MAX], packet[RTP_PACKET_MAX];
	struct media_stats stats;
	size_t held_len = 0, len;
	unsigned seed = 7;

	gather(2, 1);
	phones[0].hertz = 410;
	for (int i = 0; i < 400; i++) {
		seed = seed * 1103515245 + 12345;
		len = phone_packet(&phones[0], packet);
		if (i % 10 == 9) {
			memcpy(held, packet, len);
			held_len = len;
		} else if ((seed >> 16) % 20 > 0) {
			phone_send_bytes(&phones[0], packet, len);
		}
		if ((seed >> 16) % 20 == 5)
			phone_send_bytes(&phones[0], packet, len);
		if (i % 10 == 0 && held_len)
			phone_send_bytes(&phones[0], held, held_len);
		engine_tick(studio.engine, 1);
		phone_listen(&phones[1]);
	}
	engine_measure(studio.engine, ids[0], &stats);
	ck_assert_uint_gt(stats.n_lost, 3);
	ck_assert_uint_eq(stats.n_shortened, 0);
	ck_assert_uint_gt(stats.n_duplicate + stats.n_late, 3);
	ck_assert_double_gt(tone_over_noise_db(&phones[1], 410, SETTLED), 15);
	part(2);
}
END_TEST

/* How many ticks until 80 ms of the tone are heard again. */
static unsigned ticks_until_heard(void)
{
	for (unsigned ticks = 0; ticks < 50; ticks++) {
		studio_run(&studio, all, 2, 1);
		if (phones[1].n_heard > 640)
			phone_forget(&phones[1]);
		if (phones[1].n_heard >= 160 &&
		    tone_db(&phones[1], hertz_of(0), phones[1].n_heard - 160) >
			    -3)
			return ticks;
	}
	return 50;
}

START_TEST(streams_begin_anew)
{
	gather(2, 1);
	studio_run(&studio, all, 2, 50);
	/* A hole of 300 ms, the clock of the phone goes on. */
	for (int i = 0; i < 15; i++) {
		uint8_t lost[RTP_PACKET_MAX];

		phone_packet(&phones[0], lost);
		studio_run(&studio, all + 1, 1, 1);
	}
	phone_forget(&phones[1]);
	ck_assert_uint_le(ticks_until_heard(), 5);
	studio_run(&studio, all, 2, 20);
	phones[0].rtp.timestamp += 0x7654321;
	ck_assert_uint_le(ticks_until_heard(), 10);
	studio_run(&studio, all, 2, 20);
	phones[0].rtp.seq += 30000;
	phone_forget(&phones[1]);
	studio_run(&studio, all, 2, 10);
	ck_assert_double_gt(tone_db(&phones[1], hertz_of(0), 1280), -3);
	phones[0].rtp.ssrc += 999;
	phones[0].rtp.seq += 5;
	studio_run(&studio, all, 2, 10);
	phone_forget(&phones[1]);
	studio_run(&studio, all, 2, 20);
	ck_assert_double_gt(tone_db(&phones[1], hertz_of(0), 0), -1.5);
	part(2);
}
END_TEST

/* Ticks that were late: one frame each, the clock jumps. */
START_TEST(late_ticks)
{
	uint32_t timestamp;

	gather(2, 2);
	studio_run(&studio, all, 2, 20);
	timestamp = phones[1].last.timestamp;
	for (int i = 0; i < 4; i++)
		phone_send(&phones[0]);
	engine_tick(studio.engine, 4);
	phone_listen(&phones[1]);
	ck_assert_uint_eq(phones[1].n_packets, 21);
	ck_assert_uint_eq(phones[1].last.timestamp - timestamp, 4 * 160);
	ck_assert(phones[1].last.is_marked);
	ck_assert_uint_eq(phones[1].n_gaps, 0);
	/* The delay goes back to what it was. */
	studio_run(&studio, all, 2, 300);
	phone_forget(&phones[1]);
	studio_run(&studio, all, 2, 50);
	ck_assert_double_gt(tone_db(&phones[1], hertz_of(0), 0), -1.5);
	part(2);
}
END_TEST

/* ---- strangers
 * --------------------------------------------------------------- */

START_TEST(a_stranger_is_not_heard)
{
	struct phone stranger;
	struct media_stats stats;

	gather(2, 0);
	phone_open(&stranger, hertz_of(5));
	for (unsigned nat = 0; nat < 2; nat++) {
		struct mixer_session session = phone_session(&phones[0]);

		session.is_nat = nat;
		engine_connect(studio.engine, ids[0], &session);
		studio_run(&studio, all, 2, 5);
		/* With all that can be seen on the wire but the address. */
		stranger.mixer = phones[0].mixer;
		stranger.rtp = phones[0].rtp;
		forget(2);
		for (int i = 0; i < 50; i++) {
			phone_send(&stranger);
			phone_send(&stranger);
			studio_run(&studio, all, 2, 1);
			phone_listen(&stranger);
		}
		ck_assert_double_lt(tone_db(&phones[1], hertz_of(5), 0), -60);
		ck_assert_uint_eq(phones[0].n_packets, 50);
		ck_assert_uint_eq(stranger.n_packets, 0);
		engine_measure(studio.engine, ids[0], &stats);
		ck_assert(address_equal(&stats.remote, &phones[0].local));
	}
	phone_close(&stranger);
	part(2);
}
END_TEST

/* Behind a NAT: loopback is private, so any address may be learned. */
START_TEST(an_address_is_learned)
{
	struct mixer_session session;
	struct phone real;
	struct media_stats stats;

	gather(2, 1);
	session = phone_session(&phones[1]);
	session.is_nat = true;
	phone_open(&real, hertz_of(4));
	real.mixer = phones[1].mixer;
	address_set_port(&session.remote, 9);
	ck_assert_int_eq(media_session_check(&session), ERR_HOSTILE);
	address_set_port(&session.remote, 40009);
	engine_connect(studio.engine, ids[1], &session);
	for (int i = 0; i < 40; i++) {
		phone_send(&phones[0]);
		phone_send(&real);
		engine_tick(studio.engine, 1);
		phone_listen(&phones[0]);
		real.is_a_law = phones[1].is_a_law;
		phone_listen(&real);
	}
	ck_assert_double_gt(tone_db(&real, hertz_of(0), SETTLED), -1.5);
	ck_assert_double_gt(tone_db(&phones[0], hertz_of(4), 3200), -1.5);
	engine_measure(studio.engine, ids[1], &stats);
	ck_assert(address_equal(&stats.remote, &real.local));
	ck_assert(stats.is_heard);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_HEARD), 2);
	phone_close(&real);
	part(2);
}
END_TEST

/* A new answer leads elsewhere; the same one again may be learned again. */
START_TEST(answers_move)
{
	struct mixer_session session;
	struct phone other;

	gather(2, 2);
	studio_run(&studio, all, 2, 20);
	phone_open(&other, hertz_of(4));
	other.mixer = phones[0].mixer;
	session = phone_session(&other);
	engine_connect(studio.engine, ids[0], &session);
	phone_forget(&phones[0]);
	all[2] = &other;
	studio_run(&studio, all, 3, 60);
	ck_assert_uint_eq(phones[0].n_packets, 0);
	ck_assert_double_gt(tone_db(&other, hertz_of(1), SETTLED), -1.5);
	session.is_nat = true;
	for (int i = 0; i < 2; i++) {
		engine_connect(studio.engine, ids[0], &session);
		/* Both are of the same host: who sends alone is learned. */
		studio_run(&studio, all + (i ? 2 : 0), i ? 1 : 2, 20);
		phone_listen(&other);
		phone_listen(&phones[0]);
		phone_forget(&phones[0]);
		phone_forget(&other);
		studio_run(&studio, all, 3, 10);
		ck_assert_uint_eq(phones[0].n_packets, i ? 0 : 10);
		ck_assert_uint_eq(other.n_packets, i ? 10 : 0);
	}
	phone_close(&other);
	part(2);
}
END_TEST

/* Who floods is served as much as others; nobody else notices. */
START_TEST(a_flood)
{
	struct media_stats stats;

	gather(4, 2);
	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 50; j++)
			phone_send(&phones[3]);
		for (int j = 0; j < 20; j++)
			phone_send_bytes(&phones[3], "\x80rubbish", 8);
		studio_run(&studio, all, 3, 1);
	}
	engine_measure(studio.engine, ids[3], &stats);
	ck_assert_uint_le(stats.n_received + stats.n_dropped[0], 400);
	ck_assert_double_gt(tone_db(&phones[2], hertz_of(0), SETTLED), -1.5);
	ck_assert_double_gt(tone_db(&phones[2], hertz_of(1), SETTLED), -1.5);
	ck_assert_uint_eq(phones[2].n_packets, 100);
	part(4);
}
END_TEST

/* Our own packets come back, or they chose our SSRC: RFC 3550 section 8.2. */
START_TEST(our_own_ssrc)
{
	struct media_stats stats;
	uint32_t ours;

	gather(2, 2);
	studio_run(&studio, all, 2, 5);
	ours = phones[0].last.ssrc;
	phones[0].rtp.ssrc = ours;
	phone_send(&phones[0]);
	phones[0].rtp.ssrc = 1;
	engine_tick(studio.engine, 1);
	phone_forget(&phones[0]);
	phone_listen(&phones[0]);
	ck_assert_uint_ne(phones[0].last.ssrc, ours);
	ck_assert(phones[0].last.is_marked);
	engine_measure(studio.engine, ids[0], &stats);
	ck_assert_uint_eq(stats.n_dropped[MEDIA_DROP_LOOP], 1);
	part(2);
}
END_TEST

/* A phone that sends back all it hears: ours changes once, not each time. */
START_TEST(an_echo)
{
	uint32_t first, second;

	gather(2, 2);
	studio_run(&studio, all, 2, 5);
	first = phones[0].last.ssrc;
	phones[0].rtp.ssrc = first;
	phone_send(&phones[0]);
	studio_run(&studio, &all[1], 1, 1);
	phone_forget(&phones[0]);
	phone_listen(&phones[0]);
	second = phones[0].last.ssrc;
	ck_assert_uint_ne(second, first);
	for (int i = 0; i < 10; i++) {
		phones[0].rtp.ssrc = second;
		phone_send(&phones[0]);
		studio_run(&studio, &all[1], 1, 1);
		phone_listen(&phones[0]);
		ck_assert_uint_eq(phones[0].last.ssrc, second);
	}
	part(2);
}
END_TEST

/* ---- events
 * ------------------------------------------------------------------- */

static void press(struct phone *phone, unsigned key)
{
	uint8_t packet[RTP_HEADER_LEN + 4] = {0};
	struct rtp rtp = phone->rtp;

	rtp.payload_type = 101;
	for (unsigned i = 0; i < 7; i++) {
		rtp.is_marked = i == 0;
		rtp.seq = phone->rtp.seq++;
		rtp_write(&rtp, packet);
		packet[RTP_HEADER_LEN] = (uint8_t)key;
		packet[RTP_HEADER_LEN + 1] = i > 3 ? 0x8a : 0x0a;
		packet[RTP_HEADER_LEN + 3] = (uint8_t)(i * 8);
		phone_send_bytes(phone, packet, sizeof(packet));
		phone->rtp.timestamp += 160;
		studio_run(&studio, all + 1, 1, 1);
	}
}

START_TEST(keys_are_told_and_not_heard)
{
	unsigned keys[4], n = 0;

	gather(2, 1);
	studio_run(&studio, all, 2, 20);
	phones[0].hertz = 0;
	studio_run(&studio, all, 2, 20);
	phone_forget(&phones[1]);
	press(&phones[0], 4);
	press(&phones[0], 4);
	press(&phones[0], 11);
	for (size_t i = 0; i < phones[1].n_heard; i++)
		ck_assert_int_eq(phones[1].heard[i], 0);
	for (unsigned i = 0; i < studio.n_events; i++)
		if (studio.events[i].kind == MEDIA_EVENT_KEY) {
			ck_assert_uint_eq(studio.events[i].participant, ids[0]);
			ck_assert_uint_lt(n, 4);
			keys[n++] = studio.events[i].key;
		}
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(keys[0], 4);
	ck_assert_uint_eq(keys[1], 4);
	ck_assert_uint_eq(keys[2], 11);
	part(2);
}
END_TEST

START_TEST(who_talks_and_who_is_gone)
{
	static const uint8_t bye[] = {0x80, 201, 0, 1, 0, 0, 0, 9,
				      0x81, 203, 0, 1, 0, 0, 0, 9};
	struct media_stats stats;

	gather(2, 1);
	studio_run(&studio, all, 2, 20);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_TALKING), 1);
	phones[0].hertz = 0;
	studio_run(&studio, all, 2, 30);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_QUIET), 1);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_HEARD), 2);
	/* BYE of that stream, and of another. */
	phones[0].rtp.ssrc = 9;
	studio_run(&studio, all, 2, 10);
	phone_send_bytes(&phones[1], bye, sizeof(bye));
	engine_tick(studio.engine, 1);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_BYE), 0);
	for (int i = 0; i < 30; i++)
		phone_send_bytes(&phones[0], bye, sizeof(bye));
	for (int i = 0; i < 8; i++)
		engine_tick(studio.engine, 1);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_BYE), 1);
	engine_measure(studio.engine, ids[0], &stats);
	ck_assert_uint_eq(stats.n_dropped[MEDIA_DROP_RATE], 20);
	/* Nothing for 30 s; told once. */
	for (int i = 0; i < 1600; i++)
		engine_tick(studio.engine, 1);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_SILENT), 2);
	part(2);
}
END_TEST

/* Whose microphone is off may send reports alone: that is told as well. */
START_TEST(a_report_is_heard)
{
	static const uint8_t report[] = {0x80, 201, 0, 1, 0, 0, 0, 9};

	gather(2, 1);
	phone_send_bytes(&phones[1], report, sizeof(report));
	studio_run(&studio, all, 1, 5);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_HEARD), 2);
	studio_run(&studio, all, 1, 500);
	phone_listen(&phones[1]);
	ck_assert_uint_gt(phones[1].n_packets, 490);
	part(2);
}
END_TEST

/* About every 4 s, of what was sent and of what came; one in four is lost. */
START_TEST(reports)
{
	gather(2, 1);
	for (int i = 0; i < 1000; i++) {
		uint8_t lost[RTP_PACKET_MAX];

		if (i % 4 == 3)
			phone_packet(&phones[0], lost);
		else
			phone_send(&phones[0]);
		studio_run(&studio, all + 1, 1, 1);
		phone_listen(&phones[0]);
	}
	ck_assert_uint_ge(phones[0].n_reports, 3);
	ck_assert_uint_le(phones[0].n_reports, 10);
	ck_assert(phones[0].report.has_report);
	ck_assert_uint_eq(phones[0].report.ssrc, phones[0].last.ssrc);
	ck_assert_uint_ge(phones[0].report.fraction, 56);
	ck_assert_uint_le(phones[0].report.fraction, 72);
	ck_assert_uint_ge(phones[0].report.n_lost, 80);
	ck_assert(phones[1].report.has_report);
	ck_assert_uint_eq(phones[1].report.n_lost, 0);
	ck_assert_uint_eq(phones[1].report.fraction, 0);
	ck_assert_uint_eq(phones[1].report.jitter, 0);
	part(2);
}
END_TEST

/* Comfort noise is silence, and a sign of life. */
START_TEST(comfort_noise)
{
	uint8_t packet[RTP_HEADER_LEN + 1] = {0};

	gather(2, 0);
	studio_run(&studio, all, 2, 5);
	for (int i = 0; i < 1600; i++) {
		struct rtp rtp = phones[0].rtp;

		rtp.payload_type = 13;
		rtp_write(&rtp, packet);
		packet[RTP_HEADER_LEN] = 10;
		if (i % 20 == 0) {
			phone_send_bytes(&phones[0], packet, sizeof(packet));
			phones[0].rtp.seq++;
		}
		phones[0].rtp.timestamp += 160;
		studio_run(&studio, all + 1, 1, 1);
	}
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_SILENT), 0);
	ck_assert_uint_eq(studio_count(&studio, MEDIA_EVENT_TALKING), 0);
	part(2);
}
END_TEST

/* A phone that never sends gets 5 s of packets, then one a second. */
START_TEST(the_silent_address_is_spared)
{
	gather(2, 1);
	studio_run(&studio, all, 1, 500);
	phone_listen(&phones[1]);
	ck_assert_uint_ge(phones[1].n_packets, 250);
	ck_assert_uint_le(phones[1].n_packets, 256);
	part(2);
}
END_TEST

static TCase *conferences(void)
{
	TCase *tcase = tcase_create("conferences");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, each_hears_the_others, 0,
			    (int)(sizeof(sizes) / sizeof(sizes[0])));
	tcase_add_test(tcase, one_alone_hears_nothing);
	tcase_add_test(tcase, conferences_are_apart);
	tcase_add_test(tcase, silence_is_silent);
	tcase_add_test(tcase, three_shout);
	tcase_add_test(tcase, the_ninth_is_not_heard);
	tcase_add_test(tcase, muted_deaf_and_held);
	tcase_add_test(tcase, volume);
	tcase_add_test(tcase, removed);
	tcase_add_test(tcase, early_media_is_not_heard);
	return tcase;
}

static TCase *networks(void)
{
	TCase *tcase = tcase_create("networks");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, packets_of_all_lengths);
	tcase_add_test(tcase, packets_of_10_ms);
	tcase_add_test(tcase, a_bad_network);
	tcase_add_test(tcase, streams_begin_anew);
	tcase_add_test(tcase, late_ticks);
	tcase_add_test(tcase, a_stranger_is_not_heard);
	tcase_add_test(tcase, an_address_is_learned);
	tcase_add_test(tcase, answers_move);
	tcase_add_test(tcase, a_flood);
	tcase_add_test(tcase, our_own_ssrc);
	tcase_add_test(tcase, an_echo);
	tcase_add_test(tcase, keys_are_told_and_not_heard);
	tcase_add_test(tcase, who_talks_and_who_is_gone);
	tcase_add_test(tcase, a_report_is_heard);
	tcase_add_test(tcase, reports);
	tcase_add_test(tcase, comfort_noise);
	tcase_add_test(tcase, the_silent_address_is_spared);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("media_engine");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, conferences());
	suite_add_tcase(suite, networks());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
