/*
 * fake_sip_private -- what the files of fake_sip share; nobody else includes
 * it.
 *
 *   fake_sip         all of it, and what tests read
 *   fake_sip_client  legs, and responses that come
 *   fake_sip_server  requests that come
 */
#ifndef VOLENS_TESTS_FAKE_SIP_PRIVATE_H
#define VOLENS_TESTS_FAKE_SIP_PRIVATE_H

#include <sys/queue.h>

#include "server/base/text.h"
#include "server/sip/server_txn.h"
#include "tests/fake/fake_sip.h"

enum fake_leg_state {
	FAKE_LEG_WAITS,
	FAKE_LEG_ASKED,
	FAKE_LEG_LEFT,
	FAKE_LEG_PROCEEDS,
	FAKE_LEG_ACCEPTED
};

#define FAKE_GIVE_UP_MS (64 * T1_MS)

/** A message that left. */
struct fake_parcel {
	TAILQ_ENTRY(fake_parcel) link;
	struct text bytes;
};
/** A request that came before. */
struct fake_seen {
	TAILQ_ENTRY(fake_seen) link;
	char *key;
};

/** A leg of ours. */
struct fake_client {
	TAILQ_ENTRY(fake_client) link;
	struct sip *sip;
	struct leg *leg;
	char branch[96];
	enum fake_leg_state state;
	bool is_cancelled, has_cancelled;
	char *reason;
	struct text sent; /**< what it says */
	struct loop_timer timer;
};

/** A request of theirs that can be answered. */
struct server_txn {
	TAILQ_ENTRY(server_txn) link;
	struct sip *sip;
	struct server_txn **slot;
	struct request *request; /**< a first INVITE, or NULL */
	struct text lines;	 /**< that each response has */
	char *branch;
	bool is_invite, is_accepted;
	struct text last; /**< the 2xx to an INVITE */
	struct loop_timer timer;
};

struct edge {
	struct sip *sip;
};

struct sip {
	struct loop *loop;
	struct edge edge;
	char host[64];
	struct dialog_table *dialogs;
	TAILQ_HEAD(, fake_parcel) out;
	struct fake_parcel *taken;
	TAILQ_HEAD(, fake_client) clients;
	TAILQ_HEAD(, server_txn) servers;
	TAILQ_HEAD(, fake_seen) seen;
	unsigned n_branches, n_tags;
	struct message in;
	void (*stray)(void *arg, const struct message *response,
		      const struct flow *from);
	void *stray_arg;
	struct flow stray_from;
	void (*invite)(void *arg, struct request *request);
	bool tells_whose;
	void *invite_arg;
};

extern const struct flow fake_flow;
/** A message that leaves: write into it. */
struct text *fake_put(struct sip *sip);

/* fake_sip_client.c */
void fake_client_free(struct fake_client *client);
void fake_take_response(struct sip *sip, const struct message *message);

/* fake_sip_server.c */
void fake_server_gone(struct server_txn *txn);
/** What a response repeats of @p message; @p tag: of To, or NULL. */
void fake_add_lines(const struct message *message, const char *tag,
		    struct text *ret);
void fake_take_request(struct sip *sip, const struct message *message);

#endif
