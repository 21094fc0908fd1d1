/* Packets of a stream that came late, twice, out of order, or not at all. */
#include "server/media/jitter.h"

#include <check.h>
#include <math.h>

#include "server/media/conceal.h"

static struct jitter jitter;
static int64_t now;

static void set_up(void)
{
	jitter_init(&jitter);
	now = 1000;
}

static enum jitter_put put_at(unsigned seq, uint32_t timestamp)
{
	struct jitter_packet packet = {.seq = (uint16_t)seq,
				       .len = JITTER_FRAME_SAMPLES,
				       .timestamp = timestamp};

	packet.payload[0] = (uint8_t)seq;
	return jitter_put(&jitter, &packet, now);
}

static enum jitter_put put(unsigned seq)
{
	return put_at(seq, seq * JITTER_FRAME_SAMPLES);
}

/* The frame of this tick: its sequence number, -1: lost, -2: empty. */
#define LOST (-1)
#define EMPTY (-2)
static int take(void)
{
	const struct jitter_packet *packet = NULL;
	enum jitter_take taken = jitter_take(&jitter, &packet);

	jitter_frame(&jitter, 0);
	now++;
	if (taken == JITTER_TAKE_PACKET) {
		ck_assert_uint_eq(packet->payload[0], packet->seq & 0xff);
		return packet->seq;
	}
	return taken == JITTER_TAKE_LOST ? LOST : EMPTY;
}

/* A stream that runs well: the next number is returned. */
static unsigned run(unsigned seq, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(put(seq + i),
				 i ? JITTER_PUT_STORED : JITTER_PUT_ANCHORED);
		take();
	}
	return seq + n;
}

START_TEST(it_waits_for_two)
{
	ck_assert_int_eq(take(), EMPTY);
	ck_assert_int_eq(put(7), JITTER_PUT_ANCHORED);
	ck_assert_int_eq(take(), EMPTY);
	put(8);
	ck_assert_int_eq(take(), 7);
	put(9);
	ck_assert_int_eq(take(), 8);
	ck_assert_int_eq(take(), 9);
	ck_assert_int_eq(take(), EMPTY);
}
END_TEST

START_TEST(one_alone_is_played)
{
	put(7);
	ck_assert_int_eq(take(), EMPTY);
	ck_assert_int_eq(take(), EMPTY);
	ck_assert_int_eq(take(), 7);
}
END_TEST

START_TEST(neighbours_change_places)
{
	unsigned seq = run(0, 10);

	for (; seq < 100; seq += 2) {
		put(seq + 1);
		ck_assert_int_eq(take(), (int)seq - 1);
		put(seq);
		ck_assert_int_eq(take(), (int)seq);
	}
}
END_TEST

START_TEST(twice_and_too_late)
{
	unsigned seq = run(0, 10);

	ck_assert_int_eq(put(seq), JITTER_PUT_STORED);
	ck_assert_int_eq(put(seq), JITTER_PUT_DUPLICATE);
	ck_assert_int_eq(put(seq - 5), JITTER_PUT_LATE);
	ck_assert_int_eq(take(), (int)seq - 1);
	ck_assert_int_eq(take(), (int)seq);
	ck_assert_int_eq(put(seq), JITTER_PUT_LATE);
}
END_TEST

START_TEST(a_gap_is_passed_when_younger_ones_are_there)
{
	unsigned seq = run(0, 10);

	put(seq + 1);
	ck_assert_int_eq(take(), (int)seq - 1);
	put(seq + 2);
	ck_assert_int_eq(take(), LOST);
	ck_assert_int_eq(take(), (int)seq + 1);
}
END_TEST

/* The trap: a pointer that moves on while nothing is there never meets a packet
 * again. */
START_TEST(it_comes_back_after_a_pause)
{
	for (unsigned pause = 1; pause < 200; pause += 7) {
		unsigned seq;
		int last = EMPTY;

		set_up();
		seq = run(0, 10);
		for (unsigned i = 0; i < pause; i++)
			take();
		/* Late, with all packets: nothing of them is lost. */
		for (unsigned i = 0; i < 5; i++) {
			put(seq++);
			last = take();
		}
		ck_assert_int_ge(last, (int)seq - 3);
	}
}
END_TEST

START_TEST(a_hole_of_300_ms)
{
	unsigned seq = run(0, 50) + 15;
	int frames = 0;

	for (int i = 0; i < 15; i++)
		take();
	for (int got = EMPTY; got != (int)seq - 2; frames++) {
		put(seq++);
		got = take();
		ck_assert_int_le(frames, 5);
	}
}
END_TEST

START_TEST(a_run_of_late_ones_begins_anew)
{
	run(1000, 20);
	for (unsigned seq = 900; seq < 904; seq++)
		ck_assert_int_eq(put(seq), JITTER_PUT_LATE);
	ck_assert_int_eq(put(904), JITTER_PUT_ANCHORED);
	put(905);
	ck_assert_int_eq(take(), 904);
}
END_TEST

START_TEST(numbers_wrap_and_jump)
{
	int last = -1;

	run(65500, 36);
	for (unsigned seq = 0; seq < 40; seq++) {
		put_at(seq, (65536 + seq) * JITTER_FRAME_SAMPLES);
		last = take();
	}
	ck_assert_int_eq(last, 38);
	/* Far ahead. */
	ck_assert_int_eq(put(20000), JITTER_PUT_ANCHORED);
	put(20001);
	ck_assert_int_eq(take(), 20000);
	/* Beyond the last slot: what is oldest goes. */
	for (unsigned seq = 20002; seq < 20030; seq++)
		ck_assert_int_eq(put(seq), JITTER_PUT_STORED);
	ck_assert_uint_eq(jitter.n_full, JITTER_SLOTS);
	ck_assert_int_eq(take(), 20030 - JITTER_SLOTS);
}
END_TEST

/* A talk spurt: numbers go on, the timestamp jumps. */
START_TEST(talk_spurts)
{
	unsigned seq = run(0, 30), heard = 0;
	uint32_t timestamp = seq * JITTER_FRAME_SAMPLES;

	while (take() != EMPTY)
		;
	for (int i = 0; i < 20 * 50; i++) {
		if (i % 50 < 10)
			put_at(seq++, timestamp);
		timestamp += JITTER_FRAME_SAMPLES;
		heard += take() >= 0;
	}
	ck_assert_uint_eq(heard, 20 * 10);
}
END_TEST

/* Uniform lateness of 0 to 3 frames: after 5 s less than one in a hundred is
 * missing, and the delay is not more than needed. */
START_TEST(the_delay_follows_the_lateness)
{
	unsigned due[4000] = {0}, seed = 12345, missing = 0, held = 0;

	for (unsigned seq = 0; seq < 2000; seq++) {
		seed = seed * 1103515245 + 12345;
		due[seq] = seq + (seed >> 16) % 4;
	}
	for (unsigned tick = 0; tick < 2000; tick++) {
		for (unsigned seq = tick > 4 ? tick - 4 : 0; seq <= tick; seq++)
			if (due[seq] == tick)
				put(seq);
		if (take() < 0 && tick > 500)
			missing++;
		held += tick > 500 ? jitter.n_full : 0;
	}
	ck_assert_uint_lt(missing, 15);
	ck_assert_uint_ge(jitter.target, 4);
	ck_assert_uint_lt(held, 1500 * 6);
	/* The network is good again: the delay shrinks. */
	for (unsigned tick = 2000; tick < 4000; tick++) {
		put(tick);
		take();
		if (jitter_is_deep(&jitter)) {
			jitter_dropped(&jitter);
			take();
		}
	}
	ck_assert_uint_eq(jitter.target, 1);
	ck_assert_uint_le(jitter.n_full, 3);
}
END_TEST

/* 10,000 ppm, a hundred times what the worst phones do, in both directions. */
START_TEST(clocks_drift)
{
	unsigned seq = run(0, 250), deep = 0, lost = 0;

	for (int i = 0; i < 5000; i++) {
		put(seq++);
		if (i % 100 == 0)
			put(seq++);
		lost += take() == LOST;
		if (jitter_is_deep(&jitter)) {
			jitter_dropped(&jitter);
			take();
		}
		deep = jitter.n_full > deep ? jitter.n_full : deep;
	}
	ck_assert_uint_le(deep, 6);
	ck_assert_uint_eq(lost, 0);
	for (int i = 0; i < 5000; i++) {
		if (i % 100)
			ck_assert_int_eq(put(seq++), JITTER_PUT_STORED);
		lost += take() == LOST;
	}
	ck_assert_uint_eq(lost, 0);
}
END_TEST

/* ---- concealment ----------------------------------------------------------
 */

START_TEST(a_tone_goes_on)
{
	struct conceal conceal;
	int16_t frame[MIX_SAMPLES];
	double error = 0, tone = 0;

	conceal_init(&conceal);
	ck_assert(!conceal_frame(&conceal, frame));
	for (int i = 0; i < 2 * MIX_SAMPLES; i++) {
		int16_t sample =
			(int16_t)(8000 * sin(2 * M_PI * 437 * i / 8000));

		conceal_hear(&conceal, &sample, 1);
	}
	ck_assert(conceal_frame(&conceal, frame));
	for (int i = 0; i < MIX_SAMPLES; i++) {
		double wanted = 8000 * sin(2 * M_PI * 437 *
					   (i + 2 * MIX_SAMPLES) / 8000);

		error += (frame[i] - wanted) * (frame[i] - wanted);
		tone += wanted * wanted;
	}
	ck_assert_double_gt(10 * log10(tone / error), 15);
	ck_assert(conceal_frame(&conceal, frame));
	ck_assert(conceal_frame(&conceal, frame));
	ck_assert_int_lt(abs(frame[MIX_SAMPLES - 1]), 100);
	ck_assert(!conceal_frame(&conceal, frame));
	conceal_hear(&conceal, frame, MIX_SAMPLES);
	ck_assert(conceal_frame(&conceal, frame));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media_jitter");
	TCase *tcase = tcase_create("jitter");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, it_waits_for_two);
	tcase_add_test(tcase, one_alone_is_played);
	tcase_add_test(tcase, neighbours_change_places);
	tcase_add_test(tcase, twice_and_too_late);
	tcase_add_test(tcase, a_gap_is_passed_when_younger_ones_are_there);
	tcase_add_test(tcase, it_comes_back_after_a_pause);
	tcase_add_test(tcase, a_hole_of_300_ms);
	tcase_add_test(tcase, a_run_of_late_ones_begins_anew);
	tcase_add_test(tcase, numbers_wrap_and_jump);
	tcase_add_test(tcase, talk_spurts);
	tcase_add_test(tcase, the_delay_follows_the_lateness);
	tcase_add_test(tcase, clocks_drift);
	tcase_add_test(tcase, a_tone_goes_on);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
