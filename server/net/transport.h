/*
 * transport -- sockets for SIP messages: UDP in batches, TCP and TLS framed.
 *
 * Sockets of its own, because all that strangers can use must be bounded.
 * Datagrams are read with recvmmsg and written with sendmmsg at the end of a
 * loop turn; so is what was written to a stream in a turn.  Streams are framed
 * by Content-Length (RFC 3261 section 18.3), with limits on message size, on
 * the time of a message and of silence, and on connections and on bytes held:
 * for a source, for a network and in all.  A message that waits to be written
 * to a stream can be taken back.  It knows no more of SIP than the framing. All
 * calls come from the thread of its loop; each worker has a transport, too.
 */
#ifndef VOLENS_SERVER_NET_TRANSPORT_H
#define VOLENS_SERVER_NET_TRANSPORT_H

#include <sys/queue.h>

#include "server/base/counters.h"
#include "server/base/loop.h"
#include "server/base/view.h"
#include "server/net/address.h"
#include "server/net/protocol.h"

/** Who is at the other end of a flow. */
struct peer {
	enum protocol protocol;
	union address address;
	/** TLS: the domains of its certificate, in lower case, with NULL at the
	 *  end; NULL: it proved none.  They live as long as the connection. */
	const char *const *names;
};

/** A way to a peer: where a message came from, or where one goes to. */
struct flow {
	struct peer peer;
	int listener;	     /**< which of ours (its address is our sent-by);
				  -1: choose by address family */
	uint64_t connection; /**< streams: the connection's number, never
				used twice; 0: none */
};

struct transport_settings {
	struct loop *loop;
	struct counters *counters;
	size_t message_max;
	/** Of accepted ones, and as many opened ones.  One network (a /24 or a
	 *  /48) has at most half of them. */
	size_t connections_max, connections_per_source;
	/** Bytes that streams hold, for input and output apart; four of the
	 *  largest messages at least. */
	size_t held_max;
	int idle_s, message_timeout_s;
	int udp_buffer;
	/** Certificates and rules of TLS, shared by all threads (tls.h); NULL:
	 *  there is no TLS. */
	struct tls *tls;
	/**
	 * A whole message, or a whole datagram; not checked further than:
	 * starts with a token's character (a method may be any token), at least
	 * 20 bytes (CRLF keep-alives are answered and dropped below, RFC 5626
	 * section 4.4.1).  The view is good during the call.
	 */
	void (*receive)(void *arg, struct view message,
			const struct flow *from);
	/** A stream could not be framed (no or bad Content-Length, too large),
	 *  or (ERR_UNREACHABLE) it ended, or time was up, within a message:
	 *  what there is of its head.  It is not read any more.  False: what
	 *  was answered is written, and it is closed.  True: an answer comes
	 *  later, so it stays open for writing for a while. */
	bool (*unframed)(void *arg, struct view head, const struct flow *from,
			 enum err why);
	/**
	 * A datagram could not be delivered: an ICMP error quotes this
	 * beginning of it, or no route takes it.  Whoever can see our port can
	 * forge one.  NULL: nobody wants to know.
	 */
	void (*undelivered)(void *arg, const union address *to,
			    struct view quoted);
	/** A connection is gone, with whatever was queued on it. */
	void (*closed)(void *arg, uint64_t connection);
	void *arg;
};

struct tls;
struct transport;
struct transport *transport_new(const struct transport_settings *settings);
/** Add a listener: numeric address and port (port 0: any; see
 *  transport_address).  Each protocol is a separate listener.
 *  ERR_UNSUPPORTED: TLS without transport_settings.tls. */
enum err transport_listen(struct transport *transport, enum protocol protocol,
			  const union address *address) MUST_CHECK;
size_t transport_listeners(const struct transport *transport);
/** Address a listener is bound to; also its protocol. */
const union address *transport_address(const struct transport *transport,
				       size_t listener,
				       enum protocol *ret_protocol);
/** The listener to send from for this protocol and address family; -1 none. */
int transport_choose(const struct transport *transport, enum protocol protocol,
		     int family);

/**
 * Wait for a stream to @p flow's remote address: one that we opened before, or
 * a new one; an accepted one only as transport_alias() says (RFC 5923 section
 * 8.2).  One of TLS only for the server_name that it was opened for.
 * flow.peer.protocol is a stream's; UDP stands for TCP.  ready() is called
 * later, once, from the loop: with ERR_OK and flow.connection set, or an error:
 * ERR_UNREACHABLE, ERR_TIMEOUT after 5 s, ERR_BUSY over the limit; TLS:
 * ERR_UNVERIFIED when the certificate is not one of server_name (nothing was
 * sent then), ERR_UNSUPPORTED without settings for TLS or a server_name.
 */
struct transport_wait {
	struct flow flow;
	/** TLS: the domain that the certificate must have: that of the URI,
	 *  before DNS (RFC 5922 section 7.3).  Good until ready(). */
	const char *server_name;
	void (*ready)(struct transport_wait *wait, enum err err);
	struct transport_wait *next, *prev; /**< the transport's own */
	uint64_t pending;		    /**< the transport's own */
};
void transport_connect(struct transport *transport,
		       struct transport_wait *wait);
void transport_forget(struct transport *transport, struct transport_wait *wait);

/** Send one message.  UDP: copied into the batch of this turn (what the network
 *  says of it comes to undelivered()).  TCP: written or queued on
 * flow->connection; ERR_UNREACHABLE when it is gone, ERR_BUSY when too much is
 * queued. */
enum err transport_send(struct transport *transport, const struct flow *flow,
			struct view message) MUST_CHECK;
/**
 * A message on a stream of which not all bytes have been written.  The sender's
 * storage, zeroed at first; it stays until nothing is unsent or it is taken
 * back.
 */
struct transport_unsent {
	uint64_t connection; /**< 0: nothing is unsent */
	uint64_t begin, end; /**< counted from the stream's first byte */
	TAILQ_ENTRY(transport_unsent) in_stream; /**< the transport's own */
};
enum unsent { UNSENT_NOTHING, UNSENT_PART, UNSENT_WHOLE };
enum unsent transport_unsent(struct transport *transport,
			     const struct transport_unsent *unsent);
/** As transport_send(), for a stream; @p unsent tells from now on what of it
 *  still waits. */
enum err transport_stream(struct transport *transport, const struct flow *flow,
			  struct view message,
			  struct transport_unsent *unsent) MUST_CHECK;
/** A message that waits as a whole is cut out of the stream.  Of one that was
 *  begun the rest never leaves: its connection is closed. */
void transport_take_back(struct transport *transport,
			 struct transport_unsent *unsent);
/** It may leave, whatever becomes of its sender. */
void transport_let_leave(struct transport *transport,
			 struct transport_unsent *unsent);
/** Are there datagrams that a full socket has not taken? */
bool transport_is_behind(const struct transport *transport);
/** Send what waits for the end of the turn.  Datagrams that a full socket does
 *  not take get lost, as a network may lose them too; streams keep them. */
void transport_give_up(struct transport *transport);
/** How long the datagram that receive() is called for had waited for us in the
 *  kernel; 0 for what came over a stream. */
int64_t transport_delay_ms(const struct transport *transport);
/** Do other datagrams wait behind it, on the same socket? */
bool transport_is_followed(const struct transport *transport);
/** What the peer of a connection proved, as peer.names; NULL: nothing, or the
 *  connection is gone. */
const char *const *transport_names(struct transport *transport,
				   uint64_t connection);
/** A sender was identified on this connection: it may hold more than those of
 *  strangers, and goes after them where there is no room. */
void transport_peer_identified(struct transport *transport,
			       uint64_t connection);
/** The peer of an accepted connection asked that requests to @p port of its
 *  address go over it (RFC 5923 section 8.2: alias in its Via).  They do for
 * the names that its certificate proved; where it proved none, nothing changes.
 */
void transport_alias(struct transport *transport, uint64_t connection,
		     int port);
/** Close a connection once what is queued has left. */
void transport_close_connection(struct transport *transport,
				uint64_t connection);
void transport_free(struct transport *transport);

#endif
