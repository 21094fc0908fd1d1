/*
 * load -- what load.c (the loop) and load_main.c (options, report) share.
 *
 * Sender and sink in one process and one thread: it sends lists, answers what
 * arrives, and knows of each list which recipients are still to come.  A list
 * is a flight from its first octet until it was answered and, when it was
 * accepted, all its recipients got it.
 *
 * Closed loop: a window of flights, the next list leaves when one is over.
 * Open loop (rate > 0): lists leave at their time, whatever comes back.
 */
#ifndef VOLENS_TESTS_BENCH_LOAD_H
#define VOLENS_TESTS_BENCH_LOAD_H

#include "tests/bench/sink.h"
#include "tests/bench/wire.h"

#define WINDOW_MAX 100000
#define GRACE_S 20    /**< for what is on its way at the end */
#define BLOCK_LEN 100 /**< entries between two bars in a list of lines */

/** How a list is written down. */
enum list_format {
	LIST_XML,  /**< RFC 4826, in a multipart body (RFC 5365) */
	LIST_LINES /**< one URI a line, a bar before each BLOCK_LEN: for peers
		    *   that read no XML */
};

/** One list on its way. */
struct flight {
	long number; /**< -1: the place is free */
	int64_t first_ns, sent_ns, answered_ns;
	uint32_t base, left; /**< first recipient; how many are still to come */
	uint8_t *got;	     /**< one byte a recipient */
	int status;
	unsigned tries;
};

/** What was seen. */
struct tally {
	uint64_t delivered;   /**< recipients that got it, each once */
	uint64_t in_time;     /**< of these, before the time was over */
	uint64_t repeats;     /**< a delivery that was there already */
	uint64_t resent;      /**< lists sent again, nobody having answered */
	uint64_t wrong;	      /**< another answer than the expected one */
	uint64_t lost;	      /**< recipients that never got it */
	uint64_t shed;	      /**< 503 with Retry-After */
	uint64_t shed_barely; /**< 503 without */
	uint64_t held;	      /**< open loop: no place for another flight */
};

struct load {
	struct sockaddr_in sut, from, sink;
	const char *from_text, *sink_text, *uri, *asserted;
	long lists, next, done; /**< next: started so far */
	unsigned length, window, population, expect, breadth;
	double seconds, rate, silent_s;
	enum list_format format;
	int is_tcp, fd, sink_fd;
	int has_streams;	 /**< the sink is one of streams */
	const char *certificate; /**< of such a sink: TLS; NULL: TCP */
	struct sink *streams;
	int has_stranger; /**< the last entry of each list never said yes */
	int64_t begin_ns, end_ns, over_ns; /**< over: the last flight was */
	struct flight *flights;
	uint32_t *free, n_free; /**< places among the flights */
	char *body;		/**< room for a list, then for its request */
	size_t body_size;
	char *stream;
	size_t stream_len;
	struct batch *in, *sink_in, *sink_out;
	struct tally tally;
	int64_t *answer_ns, *last_ns; /**< one a list */
	uint32_t *place;	      /**< of each list among the flights */
};

/** Sockets and memory, after the options are in place. */
void load_open(struct load *load);
/** Until all lists are over, or the time is. */
void load_run(struct load *load);

#endif
