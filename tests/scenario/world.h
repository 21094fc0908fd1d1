/*
 * world -- the relay with everything around it that a scenario needs: real
 * policies, index and store; network, time and commits in the script's hand.
 */
#ifndef VOLENS_TESTS_SCENARIO_WORLD_H
#define VOLENS_TESTS_SCENARIO_WORLD_H

#include "server/consent/consent.h"
#include "server/relay/relay.h"
#include "tests/fake/fake_edge.h"
#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_writer.h"

#define WORLD_DOMAIN "relay.example"
#define WORLD_SERVICES 4

struct world {
	struct arena *arena; /**< as long as the scenario */
	char folder[64];
	char path[96]; /**< of the store */
	struct counters counters;
	struct secret *secret;
	struct relays_settings settings;
	struct consents_settings asking;
	struct service services[WORLD_SERVICES];
	size_t n_services;
	int retry_pauses_s[3];
	size_t queue_max;

	/* One process: from start to stop or crash; NULL in between. */
	struct loop *loop;
	struct index *index;
	struct accounts *accounts;
	struct writer *writer;
	struct relays *relays;
	struct consents *consents;
	struct edge edge;
};

void world_init(struct world *world);
void world_release(struct world *world);
/** Start the process; it recovers what is on disk. */
void world_start(struct world *world);
/** Finish what can be finished and go. */
void world_stop(struct world *world);
/** kill -9 now, or right after the commit that is due. */
void world_crash(struct world *world, enum last_words words);
/** Let everything happen that happens without time passing. */
void world_settle(struct world *world);
void world_advance(struct world *world, int64_t ms);

#endif
