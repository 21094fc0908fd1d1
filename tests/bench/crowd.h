/*
 * crowd -- many who talk and listen by RTP, each with a socket: what a mixer is
 * measured with.
 *
 * All send a packet of 20 ms whenever they are told to: in each group the first
 * three a tone of their own, the others silence.  The tool must cost less than
 * what it measures: what comes is counted, not decoded.
 */
#ifndef VOLENS_TESTS_BENCH_CROWD_H
#define VOLENS_TESTS_BENCH_CROWD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define CROWD_PACKET 172 /**< bytes: 20 ms of G.711 */
#define CROWD_TALKERS 3

struct crowd;
/** @p n of them at a host, in groups of @p group; ends the program where that
 *  cannot be. */
struct crowd *crowd_new(const char *host, unsigned n, unsigned group);
void crowd_free(struct crowd *crowd);
/** Where one hears. */
const struct sockaddr_in *crowd_address(const struct crowd *crowd, unsigned i);
/** Where one talks to, and where alone is heard from. */
void crowd_connect(struct crowd *crowd, unsigned i,
		   const struct sockaddr_in *to);
/** A packet from everybody. */
void crowd_talk(struct crowd *crowd);
/** Take what has come. */
void crowd_listen(struct crowd *crowd);
/** RTP packets that came, and sequence numbers that did not. */
struct crowd_counts {
	uint64_t n_sent, n_received, n_lost;
};
struct crowd_counts crowd_counts(const struct crowd *crowd);

#endif
