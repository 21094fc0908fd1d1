/*
 * fake_edge -- a network that does what the test says (implements
 * server/edge.h).
 *
 * A leg leaves when the edge has a turn and is not held: then it asks for
 * permission as the real one does, and what would be on the wire is written
 * down by server/sip/request_writer; response_writer does that for responses.
 * It ends when the test answers it.
 */
#ifndef VOLENS_TESTS_FAKE_EDGE_H
#define VOLENS_TESTS_FAKE_EDGE_H

#include "server/base/text.h"
#include "server/edge.h"

/** A request that left. */
struct sent {
	struct sent *next;
	char *uri;
	struct text message; /**< start line, headers, empty line, body */
	size_t body_at;	     /**< where the body begins in it */
	struct leg *leg;     /**< NULL once it ended */
	int is_seen;	     /**< the test has looked at it */
};

/** An answer that was given. */
struct answered {
	struct answered *next;
	int status;
	struct text message; /**< start line, headers, empty line */
	int is_seen;
};

/** That of any request which is not answered. */
struct server_txn {
	struct edge *edge;
};

struct edge {
	struct server_txn txn;
	const char *domain;
	struct leg **waiting; /**< given to us, not gone yet */
	size_t n_waiting, room;
	int is_held;
	/** Where a URI leads, as 16 bytes; NULL: to 198.51.100.1. */
	void (*address_of)(const char *uri, uint8_t ret[16]);
	/** What is sent to it ends so, and nothing leaves; NULL: there is none.
	 */
	char *unfound;
	int unfound_status;
	struct sent *sent, **sent_end;
	struct answered *answered, **answered_end;
	size_t n_requests; /**< requests that are not freed yet */
};

void fake_edge_init(struct edge *edge, const char *domain);
/** Forget what left and what was answered. */
void fake_edge_release(struct edge *edge);
/** Legs leave, or do not.  @return how many moved */
int fake_edge_turn(struct edge *edge);
/** Legs that left and did not end. */
size_t fake_edge_in_flight(const struct edge *edge);
/** The leg ends. */
void fake_edge_answer(struct sent *sent, int status, int retry_after_s);
/** What UDP does while there is no response: the same once more, if it may.
 *  @return bytes that left, or 0 */
size_t fake_edge_repeat(struct sent *sent);
/** For consents_settings.hop_addresses. */
size_t fake_edge_addresses(const struct leg_hops *hops, uint8_t (*ret)[16],
			   size_t most);
/** A request that the edge knows of: counts it until request_free(). */
void fake_edge_receive(struct edge *edge, struct request *request);

#endif
