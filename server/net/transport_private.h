/*
 * transport_private -- what the files of the transport share; nobody else
 * includes it.
 *
 *   transport.c   listeners, choosing, the end of a turn
 *   udp.c         datagrams
 *   udp_socket.c  their sockets
 *   icmp.c        what the network says of them
 *   acceptor.c    accepting of connections
 *   tcp.c         opening, finding and sweeping of them
 *   admission.c   how many there may be, how much they may hold, which is
 *                 closed
 *   connection.c  one connection: opening, closing, and its end
 *   handshake.c   what comes before its first byte
 *   channel.c     how its bytes go through the descriptor: plain, or by TLS
 *   stream.c      its reading side: buffers, framing, delivering
 *   output.c      its writing side: gathering, writing, taking back
 *
 * Nothing is freed, and no callback but receive() and unframed() is called,
 * below a caller of ours: a connection that dies is reaped, and a wait that is
 * over is told, at the end of the turn (transport_run_callbacks()).
 */
#ifndef VOLENS_SERVER_NET_TRANSPORT_PRIVATE_H
#define VOLENS_SERVER_NET_TRANSPORT_PRIVATE_H

#include <sys/queue.h>

#include "server/base/siphash.h"
#include "server/net/frame.h"
#include "server/net/quota.h"
#include "server/net/tls_session.h"
#include "server/net/transport.h"

#define LISTENERS_MAX 64
#define READ_MAX 16384 /**< bytes read from one connection in a turn */

struct udp;
struct acceptor;
struct connection;

LIST_HEAD(connections, connection);
TAILQ_HEAD(connection_queue, connection);
TAILQ_HEAD(unsent_queue, transport_unsent);

struct listener {
	enum protocol protocol;
	union address address;
	struct udp *udp;
	struct acceptor *acceptor;
};

/** All streams of a transport. */
struct tcp {
	struct hash_key key;
	uint64_t last_id;
	size_t mask; /**< of the two tables below */
	struct connections *by_id;
	struct connections *by_remote; /**< opened ones */
	struct connection_queue all;   /**< the idlest first */
	struct connection_queue dead;
	struct connection_queue gathering; /**< they have output of this turn */
	size_t n_gathering;
	size_t n_accepted, n_opened;
	size_t n_half_open; /**< accepted ones that are in their handshake */
	struct quotas quotas;
	int spare_fd;  /**< given up to get rid of one connection when there
			    are no descriptors left; -1: none */
	char *scratch; /**< what is read goes here first */
	struct loop_timer sweep, resume;
};

#define LOST_MAX                                                               \
	16 /**< that are told of in a turn; timer F finds the others           \
	    */

/** The beginning of a datagram that no route took. */
struct lost {
	union address to;
	size_t len;
	char bytes[512];
};

struct transport {
	struct transport_settings settings;
	struct listener listeners[LISTENERS_MAX];
	size_t n_listeners;
	struct udp_batch *batch;   /**< NULL until there is a UDP listener */
	int64_t delay_ms;	   /**< of the datagram that is delivered */
	const struct udp *reading; /**< where it came; NULL: none is */
	struct lost lost[LOST_MAX];
	size_t n_lost;
	struct tcp tcp;
	struct transport_wait ended; /**< head of the ring of waits that are
					    over; `pending` is the error */
	struct loop_hook hook;
	struct loop_timer again; /**< work came up after the hook ran */
};

/** Have transport_run_callbacks() run before the loop sleeps. */
void transport_wake(struct transport *transport);
/** The wait is over: ready() is called at the end of the turn. */
void transport_wait_end(struct transport *transport,
			struct transport_wait *wait, enum err err,
			uint64_t connection);
void wait_ring_init(struct transport_wait *head);
void wait_ring_add(struct transport_wait *head, struct transport_wait *wait);
void wait_ring_remove(struct transport_wait *wait);
bool wait_ring_is_empty(const struct transport_wait *head);

/** No route takes it: its sender is told at the end of the turn. */
void transport_lost(struct transport *transport, const union address *to,
		    struct view datagram);

/* udp_socket.c */
/** Bound, with all its options; @p buffer bytes are asked of the kernel. */
enum err udp_socket(const union address *address, int buffer,
		    int *ret_fd) MUST_CHECK;
/* udp.c */
enum err udp_open(struct transport *transport, size_t listener,
		  struct udp **ret) MUST_CHECK;
void udp_close(struct udp *udp);
void udp_queue(struct udp *udp, const union address *to, struct view message);
void udp_flush(struct udp *udp);
bool udp_is_behind(const struct udp *udp);
/** Do datagrams wait behind the one that is delivered? */
bool udp_has_more(const struct udp *udp);
void udp_give_up(struct udp *udp);
int udp_fd(const struct udp *udp);

enum connection_origin { CONNECTION_ORIGIN_ACCEPTED, CONNECTION_ORIGIN_OPENED };

/* acceptor.c */
enum err acceptor_new(struct transport *transport, size_t listener,
		      struct acceptor **ret) MUST_CHECK;
void acceptor_close(struct acceptor *acceptor);
int acceptor_fd(const struct acceptor *acceptor);
/** Accept again, or (0) not for now. */
void acceptor_watch(struct acceptor *acceptor, uint32_t events);

/* tcp.c */
void tcp_init(struct transport *transport);
void tcp_release(struct transport *transport);
/** A connection in all tables; on an error @p fd is closed. */
enum err tcp_add(struct transport *transport, int fd, const struct flow *flow,
		 enum connection_origin origin,
		 struct connection **ret) MUST_CHECK;
/** The quota of this address's source; to be given back. */
struct quota *tcp_quota(struct tcp *tcp, const union address *address);
/** No descriptor is left: get rid of the next one at the head of the queue of
 *  @p fd, and accept no more for a while. */
void tcp_refuse(struct transport *transport, int fd);
/** Find it by this port of its peer, for the names that it proved. */
void tcp_alias(struct connection *connection, int port);
struct connection *tcp_find(struct transport *transport, uint64_t id);
void tcp_connect(struct transport *transport, struct transport_wait *wait);
/** Tell of the dead and free them. */
void tcp_reap(struct transport *transport);
/** Take it out of the table of remote addresses: it is not used for anything
 *  new. */
void tcp_retire(struct connection *connection);
/** Count it in, or (-1) out. */
void tcp_count(struct connection *connection, int by);

/* connection.c */
enum connection_state {
	CONNECTION_CONNECTING,	/**< no answer to our SYN yet */
	CONNECTION_HANDSHAKING, /**< of TLS: no byte of SIP yet */
	CONNECTION_OPEN,	/**< both ways */
	CONNECTION_HALF_CLOSED, /**< not read any more, but may be written */
	CONNECTION_LEAVING,	/**< to be closed once all is written */
	CONNECTION_LINGERING,	/**< all written; what comes is thrown away, so
				     that no reset overtakes the last answer */
	CONNECTION_DEAD,	/**< waits to be reaped; descriptor is closed */
};

/** Bytes that wait; [from, len) are left. */
struct queue {
	char *at;
	size_t from, len, size;
};

/** How bytes go through the descriptor. */
struct channel_kind {
	/** Go on with what comes before the first byte.  ERR_OK: it is done;
	 *  ERR_BUSY: it waits, for what wants() says; else it failed. */
	enum err (*start)(struct connection *connection);
	/** As recv(): bytes, 0 at the end; CHANNEL_LATER, CHANNEL_BROKEN. */
	ssize_t (*read)(struct connection *connection, char *room, size_t size);
	/** Bytes taken; 0: none for now; CHANNEL_BROKEN. */
	ssize_t (*write)(struct connection *connection, struct view bytes);
	/** EPOLLIN, or EPOLLOUT where it cannot go on to read before that. */
	uint32_t (*wants)(const struct connection *connection);
	/** Nothing more is written: tell the peer. */
	enum err (*stop)(struct connection *connection);
};

struct connection {
	struct transport *transport;
	const struct channel_kind *channel;
	struct tls_session *tls; /**< NULL: none, or not begun */
	char *server_name;	 /**< TLS that we opened: for whom */
	enum protocol protocol;
	struct loop_watch watch;
	uint64_t id;
	union address remote;
	union address found_at; /**< in the table of remote addresses */
	struct quota *quota;	/**< of its source */
	int listener;
	enum connection_origin origin;
	enum connection_state state;
	enum err why;	     /**< what its waiters are told when it dies */
	bool was_open;	     /**< others may know its number */
	bool proven;	     /**< ours, or has sent a whole message */
	bool known;	     /**< ours, or a sender was identified on it */
	bool lost;	     /**< half closed by us: it cannot be framed */
	bool pinged;	     /**< a pong is due (RFC 5626 section 4.4.1) */
	unsigned crlf;	     /**< bytes of CRLFCRLF seen between messages */
	int64_t began_ms;    /**< when the message in work began to come */
	int64_t active_ms;   /**< last whole message, ping or write */
	int64_t deadline_ms; /**< of the states other than open */
	bool is_gathering;   /**< `out` waits for the end of the turn */
	struct queue in, out;
	uint64_t written;	    /**< bytes that the socket has taken */
	struct unsent_queue unsent; /**< what of `out` may be taken back */
	struct frame frame;
	struct transport_wait waits; /**< head of a ring */
	TAILQ_ENTRY(connection) in_all, in_dead, in_gathering;
	LIST_ENTRY(connection) in_id, in_remote;
};

/* channel.c */
enum { CHANNEL_LATER = -1, CHANNEL_BROKEN = -2 };
extern const struct channel_kind channel_plain, channel_tls;
const struct channel_kind *channel_for(enum protocol protocol);
/** As connection.written, with a record that was begun: that cannot be taken
 *  back. */
uint64_t channel_reached(const struct connection *connection);
/** Has it read more than it gave?  The descriptor does not tell of that. */
bool channel_has_more(const struct connection *connection);
/** Has its certificate proved this name? */
bool channel_proved(const struct connection *connection, const char *name);
/** What the peer proved; NULL: nothing. */
const char *const *channel_names(const struct connection *connection);
/** Did it prove something that does not hold since a reload? */
bool channel_is_doubted(const struct connection *connection);

/* handshake.c */
void handshake_begin(struct connection *connection);
/** It is over, in whatever way. */
void handshake_end(struct connection *connection);
/** Count it, and log what failed. */
void handshake_tell(const struct connection *connection, enum err err);
/** Does what it proved not hold any more?  Then it is logged. */
bool handshake_is_void(const struct connection *connection);

/* connection.c */
/** Start to serve @p connection, whose descriptor and addresses are set. */
enum err connection_start(struct connection *connection) MUST_CHECK;
void connection_leave(struct connection *connection);
void connection_die(struct connection *connection, enum err why);
/** Over its time? Then it dies. */
void connection_sweep(struct connection *connection, int64_t now_ms);
void connection_free(struct connection *connection);
/** The peer has closed its side. */
void connection_half_close(struct connection *connection);
/** What comes cannot be told apart any more: it is not read; answers to what
 *  came before still leave for a while, then it is closed. */
void connection_lose(struct connection *connection);
int64_t connection_now_ms(const struct connection *connection);
/** Something happened on it. */
void connection_touch(struct connection *connection);
/** Have the loop wait for what it waits for now. */
void connection_watch(struct connection *connection);
/** All is written: say so to the peer, and wait until it has read it. */
void connection_linger(struct connection *connection);

/* output.c */
/** It leaves at the end of the turn.  ERR_BUSY: too much waits;
 * ERR_UNREACHABLE: nothing is written on it any more. */
enum err connection_write(struct connection *connection,
			  struct view message) MUST_CHECK;
/** Write what waits, as far as the socket takes it. */
void connection_flush(struct connection *connection);
/** Write what all of them have gathered. */
void tcp_flush(struct tcp *tcp);
/** What it has gathered does not wait for the end of the turn. */
void connection_gather_end(struct connection *connection);
/** Have @p unsent stand for the last @p len bytes of the output. */
void connection_note(struct connection *connection, size_t len,
		     struct transport_unsent *unsent);
/** Those whose last byte is before @p written are not unsent any more. */
void connection_note_written(struct connection *connection, uint64_t written);
/** Take a message that was not begun out of the output. */
void connection_cut(struct connection *connection,
		    struct transport_unsent *unsent);
/** @p unsent is not looked after any more. */
void connection_forget(struct connection *connection,
		       struct transport_unsent *unsent);

/* admission.c */
/** May one more be accepted, or opened?  Others may have to go for it.
 *  @p is_secure: it begins a handshake. */
bool admission_accept(struct transport *transport, const struct quota *quota,
		      bool is_secure);
bool admission_open(struct transport *transport, const struct quota *quota);
/** Room for @p more bytes in @p queue, one of the connection's two.  Who holds
 *  most goes; ERR_BUSY when that is the connection itself. */
enum err admission_charge(struct connection *connection,
			  const struct queue *queue, size_t more) MUST_CHECK;
/** All that @p queue has. */
void admission_refund(struct connection *connection, const struct queue *queue);
/** A sender was identified. */
void connection_peer_identified(struct connection *connection);

/* stream.c */
/** Take what has come, at most READ_MAX bytes: all get their turn. */
void connection_read(struct connection *connection);
/** The rest of the message in work will not come.  @return true: what there is
 *  of it gets an answer, and the connection stays for that */
bool connection_cut_short(struct connection *connection);
size_t queue_left(const struct queue *queue);
void queue_drop(struct connection *connection, struct queue *queue);
/** Make room for @p more bytes at the end, @p most in all; ERR_BUSY as
 *  admission_charge() says. */
enum err queue_reserve(struct connection *connection, struct queue *queue,
		       size_t more, size_t most) MUST_CHECK;

#endif
