/*
 * transport_help -- a transport with its loop, and plain sockets to talk to it.
 *
 * Everything happens in one thread: the test acts with blocking or polled
 * sockets, and turns the loop until what it waits for is there.
 */
#ifndef VOLENS_TESTS_UNIT_TRANSPORT_HELP_H
#define VOLENS_TESTS_UNIT_TRANSPORT_HELP_H

#include "server/base/text.h"
#include "server/net/transport.h"

#define NET_KEPT 64 /**< messages that are kept whole */

struct net {
	struct loop *loop;
	struct counters counters;
	struct transport_settings settings;
	struct transport *transport;
	size_t n_received, n_unframed, n_closed;
	size_t n_cut; /**< streams that ended within a message */
	struct text received[NET_KEPT]; /**< the first ones */
	struct flow from;		/**< of the last one */
	struct text head;		/**< of the last unframed */
	enum err why;
	uint64_t closed; /**< the last one */
	/** Called on each message when set. */
	void (*act)(struct net *net, struct view message,
		    const struct flow *from);
};

/** Settings that a test may change before net_open(). */
void net_init(struct net *net);
/** With a UDP and a TCP listener on 127.0.0.1 (0 and 1). */
void net_open(struct net *net);
void net_close(struct net *net);

/** How many times longer than said an event may take on a busy machine. */
#define NET_PATIENCE 12
/** Turn the loop until @p what is @p n; fails after @p most_ms on an idle
 *  machine. */
#define net_until(net, what, n, most_ms)                                       \
	do {                                                                   \
		int64_t net_end =                                              \
			monotonic_now_ms() + (int64_t)(most_ms)*NET_PATIENCE;  \
		while ((int64_t)(what) != (int64_t)(n) &&                      \
		       monotonic_now_ms() < net_end)                           \
			loop_step((net)->loop, 20);                            \
		ck_assert_int_eq((what), (n));                                 \
	} while (0)
/** Turn it for a while, whatever comes. */
void net_turn(struct net *net, int ms);
uint64_t net_count(const struct net *net, enum counter counter);
int64_t net_gauge(const struct net *net, enum gauge gauge);

/** 127.0.0.1 or @p host, and a port. */
union address net_address(const char *host, int port);
/** A socket connected to a listener of the net; from @p host. */
int net_peer(const struct net *net, size_t listener, const char *host);
void peer_send(int fd, const void *at, size_t len);
void peer_say(int fd, const char *text);
/** What has come so far, without waiting; -1: nothing yet, 0: closed. */
ssize_t peer_take(int fd, char *ret, size_t size);
/** Turn the loop until @p text has come. */
void peer_expect(struct net *net, int fd, const char *text);
/** Turn the loop until the peer is hung up on. */
void peer_expect_end(struct net *net, int fd, int most_ms);

/** A good MESSAGE with this body; @p ret is released by the caller. */
void message_make(struct text *ret, const char *body);

#endif
