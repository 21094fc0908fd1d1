/*
 * outgoing_parts -- what outgoing.c (the life of a transaction) and hops.c
 * (where it goes) share; nobody else includes it.
 */
#ifndef VOLENS_SERVER_SIP_OUTGOING_PARTS_H
#define VOLENS_SERVER_SIP_OUTGOING_PARTS_H

#include <sys/queue.h>

#include "server/sip/outgoing.h"

#define CONNECTIONS 1024 /**< lists of legs by connection; a power of two */

enum stage {
	STAGE_RESOLVING,
	STAGE_CONNECTING,
	STAGE_SENT,	  /**< waits for a response */
	STAGE_PROCEEDING, /**< a provisional one came */
	STAGE_ENDING,	  /**< to be told to the owner in the next turn */
};

struct outgoing {
	struct edge *edge;
	struct leg *leg;
	enum stage stage;
	uint32_t slot;
	uint64_t nonce; /**< of the branch in use */
	uint32_t cseq;
	bool is_small;	/**< a 415 came: from now on without history list */
	bool was_whole; /**< what was sent last held the history list */
	struct resolver *resolver;
	struct resolve resolve;
	size_t hop; /**< index of the one that is tried */
	struct flow flow;
	struct transport_wait wait;
	LIST_ENTRY(outgoing) by_connection;
	bool is_on_connection;
	struct loop_timer timer; /**< E and F, or the end */
	int64_t deadline_ms, pause_ms;
	int status, retry_after_s; /**< what it ends with, so far */
	size_t len;
	char *bytes; /**< for timer E; NULL over TCP */
};

LIST_HEAD(outgoing_list, outgoing);

struct slot {
	struct outgoing *outgoing; /**< NULL: free */
	uint32_t next_free;	   /**< index + 1 */
};

struct outgoings {
	struct edge *edge;
	struct slot *slots;
	uint32_t n_slots, first_free; /**< index + 1; 0: none */
	size_t n;
	struct recall *no_tcp; /**< hops that take UDP only */
	struct hash_key key;   /**< of nonces */
	uint64_t serial;
	struct outgoing_list by_connection[CONNECTIONS];
};

/* outgoing.c */
/** The slot as a branch says it.  Plain, it would tell how many legs are out,
 * and a recipient that there are more of them than he is told of. */
uint32_t slot_masked(const struct outgoings *all, uint32_t slot,
		     uint64_t nonce);
/** What it waits for is given up, what it kept to send again is freed. */
void outgoing_rest(struct outgoing *outgoing);
/** The owner hears of it in the next turn: we may be below one of its calls. */
void outgoing_end_soon(struct outgoing *outgoing, int status);
/** The message in edge->out was sent: timers E and F from now on. */
void outgoing_begin(struct outgoing *outgoing);

/* hops.c */
/** Find out where to go, and go there. */
void hops_start(struct outgoing *outgoing);
/** This hop is of no use: on to the next one, if any (RFC 3263 section 4.3). */
void hop_failed(struct outgoing *outgoing, int status);
/** Is there another one to try? */
bool hops_remain(const struct outgoing *outgoing);
/** Once more to the same hop, with another branch. */
void hop_again(struct outgoing *outgoing);

#endif
