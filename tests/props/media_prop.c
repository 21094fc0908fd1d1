/*
 * Random packets to a conference of three: two play tones, the third is sent
 * anything from anywhere.  However it goes, the first two hear one another and
 * nobody else's address gets a packet.
 */
#include <check.h>
#include <math.h>

#include "tests/props/prng.h"
#include "tests/unit/media_help.h"

#define SEQUENCES 40
#define SEQUENCES_ALL 2000 /* half a million packets */
#define TICKS 60

static struct studio studio;
static unsigned long n_disturbing;
static struct phone a, b, victim, stranger;

static size_t random_packet(struct prng *prng, uint8_t ret[RTP_PACKET_MAX + 20])
{
	size_t len = prng_below(
		prng, prng_once_in(prng, 5) ? RTP_PACKET_MAX + 20 : 200);
	struct phone *as = prng_once_in(prng, 3) ? &stranger : &victim;

	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)prng_below(prng, 256);
	if (prng_once_in(prng, 8))
		return len;
	if (prng_once_in(prng, 6)) { /* RTCP, perhaps */
		ret[0] = (uint8_t)(0x80 | prng_below(prng, 4));
		ret[1] = (uint8_t)(200 + prng_below(prng, 5));
		ret[2] = 0;
		ret[3] = (uint8_t)prng_below(prng, 8);
		return len < 4 ? 4 : len;
	}
	len = phone_packet(as, ret);
	for (unsigned n = prng_below(prng, 4); n > 0; n--) {
		size_t where =
			prng_below(prng, prng_once_in(prng, 2) ? 12 : 40);

		ret[where] ^= (uint8_t)(1 << prng_below(prng, 8));
	}
	if (prng_once_in(prng, 4))
		ret[1] = (uint8_t)(prng_below(prng, 2) << 7 |
				   (prng_once_in(prng, 2) ? 101 : 13));
	return prng_once_in(prng, 6) ? prng_below(prng, (unsigned)len) : len;
}

static void disturb(struct prng *prng)
{
	uint8_t packet[RTP_PACKET_MAX + 20];

	for (unsigned n = prng_below(prng, 9); n > 0; n--) {
		size_t len = random_packet(prng, packet);
		struct phone *from =
			prng_once_in(prng, 3) ? &stranger : &victim;

		phone_send_bytes(from, packet, len);
		n_disturbing++;
	}
}

/* Whatever they were sent: it has nothing to do with a and b. */
static void change(struct prng *prng, uint64_t id)
{
	struct media_controls controls = {
		.is_muted = true,
		.is_deaf = prng_once_in(prng, 2),
		.is_held = prng_once_in(prng, 4),
		.volume_db = (int)prng_below(prng, 61) - 40};
	struct mixer_session session = phone_session(&victim);

	if (prng_once_in(prng, 3)) {
		session.ptime_ms = prng_once_in(prng, 2) ? 10 : 20;
		engine_connect(studio.engine, id, &session);
	} else {
		engine_control(studio.engine, id, &controls);
	}
}

static void sequence(struct prng prng)
{
	struct phone *both[] = {&a, &b};
	struct media_controls muted = {.is_muted = true};
	uint64_t id;

	studio_open(&studio);
	phone_open(&a, 410);
	phone_open(&b, 730);
	phone_open(&victim, 1050);
	phone_open(&stranger, 1370);
	studio_join(&studio, 0, &a);
	studio_join(&studio, 0, &b);
	id = studio_join(&studio, 0, &victim);
	engine_control(studio.engine, id, &muted);
	stranger.mixer = victim.mixer;
	for (int tick = 0; tick < TICKS; tick++) {
		disturb(&prng);
		if (prng_once_in(&prng, 20))
			change(&prng, id);
		if (prng_once_in(&prng, 200))
			engine_remove(studio.engine, id);
		studio_run(&studio, both, 2, 1);
		phone_listen(&stranger);
	}
	must(&prng, fabs(tone_db(&a, 730, 1600)) < 1.5, "a does not hear b");
	must(&prng, fabs(tone_db(&b, 410, 1600)) < 1.5, "b does not hear a");
	must(&prng, a.n_packets == TICKS && b.n_packets == TICKS,
	     "a packet is missing");
	must(&prng, stranger.n_packets == 0, "a stranger got a packet");
	phone_close(&a);
	phone_close(&b);
	phone_close(&victim);
	phone_close(&stranger);
	studio_close(&studio);
}

START_TEST(nobody_is_disturbed)
{
	uint64_t seed = prng_seed("media_prop");
	unsigned n = prng_sequences_or_all(SEQUENCES, SEQUENCES_ALL);

	for (unsigned i = 0; prng_goes_on(i, n); i++)
		sequence(prng_of(seed, i));
	printf("%lu packets that disturb\n", n_disturbing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media_prop");
	TCase *tcase = tcase_create("media");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 0);
	tcase_add_test(tcase, nobody_is_disturbed);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
