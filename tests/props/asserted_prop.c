/*
 * Invariant 6 on bytes: random trust domains, senders with all kinds of header
 * fields from all kinds of hops, and phones that say anything.  Each byte
 * string that the relay hands to the transport is looked at: no
 * P-Asserted-Identity leaves that was not asserted by us or by a believed peer,
 * none to who is outside against Privacy, and nothing else that was not to be
 * sent on.
 *
 * asserted.h says what is real and what is the property's.
 */
#include <check.h>

#include "server/base/log.h"
#include "tests/props/asserted.h"

#define SEQUENCES 1000
#define SEQUENCES_ALL 3000
#define STEPS 40
#define LISTS "sip:lists@" ASSERTED_DOMAIN

static uint64_t seed;

static void ask_other(void)
{
	static const char *const methods[] = {
		"SUBSCRIBE", "OPTIONS", "REGISTER", "UPDATE",  "BYE",  "ACK",
		"CANCEL",    "NOTIFY",	"REFER",    "PUBLISH", "INFO", "PRACK"};
	static const char *const targets[] = {LISTS, "sip:" ASSERTED_DOMAIN,
					      "sip:alice@" ASSERTED_DOMAIN};

	ask_new(methods[prng_below(&world.prng, 12)],
		targets[prng_below(&world.prng, 3)]);
}

/* To a consent URI that was seen. */
static void reply(void)
{
	const char *uri = prng_below(&world.prng, 4) ? world.grant_uri
						     : world.trigger_uri;

	ask_new("PUBLISH",
		*uri ? uri
		     : "sip:g-"
		       "00000000000000000000000000000000@" ASSERTED_DOMAIN);
}

/* Who was granted says no: their calls end. */
static void deny(void)
{
	const struct talk *talk;
	const char *to;

	if (!world.n_talks)
		return;
	talk = &world.talks[prng_below(&world.prng, world.n_talks)];
	to = strchr(talk->local, '<');
	if (to && to[1] == 's' && strstr(to, ":r"))
		relay_permit(arena_printf(world.arena, "%.*s",
					  (int)strcspn(to + 1, ">"), to + 1),
			     EVENT_DENY);
}

/* Somebody calls a conference that they were in, or know of. */
static void dial_in(void)
{
	if (world.n_talks)
		ask_new("INVITE",
			world.talks[prng_below(&world.prng, world.n_talks)]
				.target);
}

static void pass_time(void)
{
	static const int spans[] = {500, 1000, 4000, 32000, 300000, 1000000};

	relay_advance(spans[prng_below(&world.prng, 6)]);
}

static void rare_step(void)
{
	switch (prng_below(&world.prng, 6)) {
	case 0:
	case 3:
		relay_restart();
		break;
	case 1:
		ask_by_rest();
		break;
	case 2:
		dial_in();
		break;
	default:
		deny();
		break;
	}
}

static void step(void)
{
	switch (prng_below(&world.prng, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		ask_new("MESSAGE", LISTS);
		break;
	case 4:
	case 5:
	case 6:
		ask_new("INVITE", LISTS);
		break;
	case 7:
		ask_other();
		break;
	case 8:
		reply();
		break;
	case 9:
	case 10:
	case 11:
		phones_talk();
		break;
	case 12:
		rare_step();
		break;
	default:
		pass_time();
		break;
	}
	if (!prng_once_in(&world.prng, 4))
		relay_advance(100);
}

static void run_sequence(unsigned i)
{
	world.prng = prng_of(seed, i);
	relay_begin();
	for (unsigned j = 0; j < STEPS; j++)
		step();
	relay_advance(2000);
	relay_end();
}

START_TEST(assertions_stay_inside)
{
	unsigned n = prng_sequences_or_all(SEQUENCES, SEQUENCES_ALL);

	relay_open();
	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
	relay_close();
	printf("%lu byte strings: %lu asserted, %lu preferred, %lu withheld, "
	       "%lu calls, %lu grants\n",
	       world.n_out, world.n_asserted, world.n_preferred,
	       world.n_withheld, world.n_calls, world.n_grants);
	ck_assert_uint_gt(world.n_asserted, 0);
	ck_assert_uint_gt(world.n_preferred, 0);
	ck_assert_uint_gt(world.n_withheld, 0);
	ck_assert_uint_gt(world.n_calls, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asserted");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("asserted_prop");
	log_set_level(LOG_ERROR);
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 3000);
	tcase_add_test(cases, assertions_stay_inside);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
