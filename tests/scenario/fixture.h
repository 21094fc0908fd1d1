/*
 * fixture -- the relay with everything around it that a scenario needs: real
 * policies, index and store; network, time and commits in the script's hand.
 */
#ifndef VOLENS_TESTS_SCENARIO_FIXTURE_H
#define VOLENS_TESTS_SCENARIO_FIXTURE_H

#include "server/consent/consent.h"
#include "server/focus/focus.h"
#include "server/message/messages.h"
#include "tests/fake/fake_edge.h"
#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_mixer.h"
#include "tests/fake/fake_session.h"
#include "tests/fake/fake_writer.h"

#define FIXTURE_DOMAIN "relay.example"
#define FIXTURE_SERVICES 4

struct fixture {
	struct arena *arena; /**< as long as the scenario */
	char folder[64];
	char path[96]; /**< of the store */
	struct counters counters;
	struct secret *secret;
	struct lists_settings listing;
	struct messages_settings settings;
	struct consents_settings asking;
	struct conferences_settings conferring;
	enum fake_orphans orphans; /**< of each process from the next on */
	struct service services[FIXTURE_SERVICES];
	size_t n_services;
	struct domains domains; /**< beside FIXTURE_DOMAIN */
	int retry_pauses_s[3];
	int64_t renew_before_s;
	bool tells_imported;
	size_t queue_max;

	/* One process: from start to stop or crash; NULL in between. */
	struct loop *loop;
	struct index *index;
	struct accounts *accounts;
	struct list_table *list_table;
	struct writer *writer;
	struct lists *lists;
	struct messages *messages;
	struct consents *consents;
	struct sessions *sessions;
	struct mixer *mixer;
	struct conferences *conferences;
	struct edge edge;
};

void fixture_init(struct fixture *fixture);
void fixture_release(struct fixture *fixture);
/** Start the process; it recovers what is on disk. */
void fixture_start(struct fixture *fixture);
/** Finish what can be finished and go. */
void fixture_stop(struct fixture *fixture);
/** kill -9 now, or right after the commit that is due. */
void fixture_crash(struct fixture *fixture, enum last_words words);
/** Let everything happen that happens without time passing. */
void fixture_settle(struct fixture *fixture);
void fixture_advance(struct fixture *fixture, int64_t ms);

#endif
