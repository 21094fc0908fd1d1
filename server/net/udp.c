/* Datagrams: read in batches, written in batches at the end of a turn. */
#include "server/net/icmp.h"
#include "server/net/transport_private.h"

#include <errno.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64	    /* datagrams of one system call */
#define BATCHES_PER_TURN 8  /* then the timers and the others have a turn */
#define DATAGRAM_MAX 65536  /* no datagram is longer */
#define DELAY_MOST_MS 60000 /* a datagram that waited longer did not */
#define QUEUE_MAX (8 << 20) /* bytes that wait for the socket to take more */
#define ROOM_OF_NOTES                                                          \
	(CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(struct timespec)))

/* Of a datagram that leaves joined with others: RFC 3261 section 18.1.1 takes
 * no path for narrower. */
#define JOINED_MAX 1300
#define ROOM_OF_SIZE CMSG_SPACE(sizeof(uint16_t))

/* So often a datagram is tried while errors of others come in between. */
#define FAILURES_MAX 4

#define CHUNK_SIZE 98304 /* bytes; the longest datagram has room */

struct packet {
	struct packet *next;
	union address to;
	size_t len;
	char bytes[];
};

/* Packets lie in chunks, in the order they leave: none is freed alone. */
struct chunk {
	struct chunk *next;
	size_t used;
	size_t n; /* packets that have not left */
	_Alignas(struct packet) char bytes[CHUNK_SIZE];
};

struct udp {
	struct transport *transport;
	size_t listener;
	struct loop_watch watch;
	uint32_t drops; /* as the kernel counts; wraps */
	struct packet *first, **end;
	struct chunk *chunks, *last; /* last: the one that is filled */
	size_t n_queued, bytes_queued;
	bool may_join;	     /* the kernel can part what was sent as one */
	size_t n_single;     /* the next ones leave alone all the same */
	unsigned n_failures; /* of the first packet, in a row */
	int n_left; /* of the batch, behind the one that is delivered */
};

/* One for all listeners: it is empty again before another one reads. */
struct udp_batch {
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	union address from[BATCH];
	_Alignas(struct cmsghdr) char control[BATCH][ROOM_OF_NOTES];
	char bytes[BATCH][DATAGRAM_MAX];
	int n_dirty; /* how many the kernel has written to */
};

static void batch_reset(struct udp_batch *batch)
{
	for (int i = 0; i < batch->n_dirty; i++) {
		batch->pieces[i] = (struct iovec){
			.iov_base = batch->bytes[i],
			.iov_len = sizeof(batch->bytes[i]),
		};
		batch->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->from[i],
			.msg_namelen = sizeof(batch->from[i]),
			.msg_iov = &batch->pieces[i],
			.msg_iovlen = 1,
			.msg_control = batch->control[i],
			.msg_controllen = sizeof(batch->control[i]),
		};
	}
}

static void drops_read(struct udp *udp, const struct cmsghdr *control)
{
	uint32_t drops;

	memcpy(&drops, CMSG_DATA(control), sizeof(drops));
	gauge_add(udp->transport->settings.counters, GAUGE_UDP_DROPS,
		  (uint32_t)(drops - udp->drops));
	udp->drops = drops;
}

/* The wall clock may have been set since: then it says nothing. */
static void delay_read(struct udp *udp, const struct cmsghdr *control,
		       int64_t now_ms)
{
	struct timespec at;
	int64_t delay_ms;

	memcpy(&at, CMSG_DATA(control), sizeof(at));
	delay_ms = now_ms - (int64_t)at.tv_sec * 1000 - at.tv_nsec / 1000000;
	if (delay_ms >= 0 && delay_ms < DELAY_MOST_MS)
		udp->transport->delay_ms = delay_ms;
}

/* The kernel says with each datagram when it came, and how many it dropped so
 * far. */
static void notes_read(struct udp *udp, struct msghdr *header, int64_t now_ms)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);

	for (; control; control = CMSG_NXTHDR(header, control)) {
		if (control->cmsg_level != SOL_SOCKET)
			continue;
		if (control->cmsg_type == SO_RXQ_OVFL)
			drops_read(udp, control);
		else if (control->cmsg_type == SCM_TIMESTAMPNS)
			delay_read(udp, control, now_ms);
	}
}

static bool is_keep_alive(struct view datagram)
{
	return view_trim(datagram).len == 0;
}

/*
 * STUN, RTP, SigComp and the rest that comes to the port of a SIP server is
 * dropped without an answer: an answer would go to wherever the source address,
 * which anyone can forge, points.
 */
static void datagram_receive(struct udp *udp, struct view datagram,
			     const union address *from)
{
	const struct transport_settings *settings = &udp->transport->settings;
	struct flow flow = {
		.peer.protocol = PROTOCOL_UDP,
		.peer.address = *from,
		.listener = (int)udp->listener,
	};

	if (is_keep_alive(datagram))
		return;
	/* As on a stream (RFC 3261 section 7.5). */
	while (datagram.len && (*datagram.at == '\r' || *datagram.at == '\n'))
		datagram = view_from(datagram, 1);
	if (datagram.len < FRAME_MIN || !frame_may_begin(datagram) ||
	    address_port(from) == 0) {
		count(settings->counters, COUNT_DROPPED);
		return;
	}
	settings->receive(settings->arg, datagram, &flow);
}

/* @return true when there may be more. */
static bool batch_receive(struct udp *udp)
{
	struct udp_batch *batch = udp->transport->batch;
	int64_t now_ms;
	int n;

	batch_reset(batch);
	batch->n_dirty = 0;
	n = recvmmsg(udp->watch.fd, batch->messages, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0) /* ECONNREFUSED and the like are of what was sent before */
		return errno != EAGAIN && errno != EWOULDBLOCK;
	batch->n_dirty = n;
	now_ms = wall_now_ms();
	udp->transport->reading = udp;
	for (int i = 0; i < n; i++) {
		struct mmsghdr *message = &batch->messages[i];

		udp->transport->delay_ms = 0;
		udp->n_left = n - i - 1;
		notes_read(udp, &message->msg_hdr, now_ms);
		datagram_receive(udp,
				 (struct view){.at = batch->bytes[i],
					       .len = message->msg_len},
				 &batch->from[i]);
	}
	udp->transport->delay_ms = 0;
	udp->transport->reading = NULL;
	return n == BATCH;
}

bool udp_has_more(const struct udp *udp)
{
	int size = 0;

	return udp->n_left > 0 ||
	       (!ioctl(udp->watch.fd, FIONREAD, &size) && size > 0);
}

static void udp_ready(void *arg, uint32_t events)
{
	struct udp *udp = arg;

	if (events & EPOLLERR)
		icmp_take(udp->watch.fd, &udp->transport->settings);
	if (events & EPOLLOUT) {
		udp->watch.events &= ~(uint32_t)EPOLLOUT;
		loop_watch_change(udp->transport->settings.loop, &udp->watch);
		udp_flush(udp);
	}
	for (int i = 0; i < BATCHES_PER_TURN; i++)
		if (!batch_receive(udp))
			return;
}

/* Since Linux 4.18. */
static bool udp_can_part(int fd)
{
	int none = 0;

	return !setsockopt(fd, SOL_UDP, UDP_SEGMENT, &none, sizeof(none));
}

enum err udp_open(struct transport *transport, size_t listener,
		  struct udp **ret)
{
	const union address *address = &transport->listeners[listener].address;
	struct udp *udp;
	enum err err;
	int fd;

	err = udp_socket(address, transport->settings.udp_buffer, &fd);
	if (err)
		return err;
	udp = mem_alloc(sizeof(*udp));
	udp->transport = transport;
	udp->listener = listener;
	udp->end = &udp->first;
	udp->may_join = udp_can_part(fd);
	udp->watch = (struct loop_watch){
		.fd = fd, .events = EPOLLIN, .ready = udp_ready, .arg = udp};
	err = loop_watch_add(transport->settings.loop, &udp->watch);
	if (err) {
		close(fd);
		free(udp);
		return err;
	}
	if (!transport->batch) {
		transport->batch = mem_alloc(sizeof(*transport->batch));
		transport->batch->n_dirty = BATCH;
	}
	*ret = udp;
	return ERR_OK;
}

/* The first chunk is empty: it goes, or is filled again when it is the only
 * one. */
static void chunk_empty(struct udp *udp)
{
	struct chunk *chunk = udp->chunks;

	if (chunk == udp->last) {
		chunk->used = 0;
		return;
	}
	udp->chunks = chunk->next;
	free(chunk);
}

/* Room at the end for @p size bytes. */
static struct packet *packet_new(struct udp *udp, size_t size)
{
	struct chunk *chunk = udp->last;
	struct packet *packet;

	size = (size + _Alignof(struct packet) - 1) &
	       ~(_Alignof(struct packet) - 1);
	if (!chunk || CHUNK_SIZE - chunk->used < size) {
		chunk = mem_resize(NULL, sizeof(*chunk));
		chunk->next = NULL;
		chunk->used = chunk->n = 0;
		if (udp->last)
			udp->last->next = chunk;
		else
			udp->chunks = chunk;
		udp->last = chunk;
	}
	packet = (struct packet *)(void *)(chunk->bytes + chunk->used);
	chunk->used += size;
	chunk->n++;
	return packet;
}

static void packet_drop(struct udp *udp)
{
	struct packet *packet = udp->first;

	udp->first = packet->next;
	if (!udp->first)
		udp->end = &udp->first;
	udp->n_queued--;
	udp->bytes_queued -= packet->len;
	if (--udp->chunks->n == 0)
		chunk_empty(udp);
}

static bool udp_is_blocked(const struct udp *udp)
{
	return udp->watch.events & EPOLLOUT;
}

bool udp_is_behind(const struct udp *udp)
{
	return udp->first && udp_is_blocked(udp);
}

void udp_give_up(struct udp *udp)
{
	while (udp_is_behind(udp)) {
		count(udp->transport->settings.counters, COUNT_UNSENT);
		packet_drop(udp);
	}
}

void udp_close(struct udp *udp)
{
	if (!udp)
		return;
	while (udp->first)
		packet_drop(udp);
	free(udp->chunks);
	loop_watch_remove(udp->transport->settings.loop, &udp->watch);
	close(udp->watch.fd);
	free(udp);
}

int udp_fd(const struct udp *udp)
{
	return udp->watch.fd;
}

void udp_queue(struct udp *udp, const union address *to, struct view message)
{
	struct packet *packet;

	if (message.len > DATAGRAM_MAX) {
		count(udp->transport->settings.counters, COUNT_UNSENT);
		return;
	}
	packet = packet_new(udp, sizeof(*packet) + message.len);
	packet->next = NULL;
	packet->to = *to;
	packet->len = message.len;
	if (message.len > 0)
		memcpy(packet->bytes, message.at, message.len);
	*udp->end = packet;
	udp->end = &packet->next;
	udp->n_queued++;
	udp->bytes_queued += packet->len;
	while (udp->bytes_queued > QUEUE_MAX) {
		count(udp->transport->settings.counters, COUNT_UNSENT);
		packet_drop(udp);
	}
	if (udp->n_queued >= BATCH && !udp_is_blocked(udp))
		udp_flush(udp);
	transport_wake(udp->transport);
}

/* What leaves with one system call. */
struct departure {
	unsigned n, n_pieces;
	struct mmsghdr messages[BATCH];
	unsigned packets[BATCH]; /* of each message */
	struct iovec pieces[BATCH];
	_Alignas(struct cmsghdr) char control[BATCH][ROOM_OF_SIZE];
};

/* May @p next leave in one message with @p first, and what is between them?
 * All are as long as the first, the last one maybe shorter. */
static bool packet_joins(const struct packet *first, const struct packet *last,
			 const struct packet *next)
{
	return first->len <= JOINED_MAX && last->len == first->len &&
	       next->len <= first->len && next->len > 0 &&
	       address_equal(&first->to, &next->to);
}

/* One message of one packet or more.  @return the packet after it. */
static struct packet *message_fill(struct departure *all, struct udp *udp,
				   struct packet *first)
{
	struct msghdr *header = &all->messages[all->n].msg_hdr;
	bool may_join = udp->may_join && all->n_pieces >= udp->n_single;
	uint16_t size = (uint16_t)first->len;
	struct packet *packet = first, *last;

	*header = (struct msghdr){.msg_name = &first->to,
				  .msg_namelen = address_len(&first->to),
				  .msg_iov = &all->pieces[all->n_pieces]};
	do {
		all->pieces[all->n_pieces++] = (struct iovec){
			.iov_base = packet->bytes, .iov_len = packet->len};
		header->msg_iovlen++;
		last = packet;
		packet = packet->next;
	} while (may_join && packet && all->n_pieces < BATCH &&
		 header->msg_iovlen < DATAGRAM_MAX / JOINED_MAX &&
		 packet_joins(first, last, packet));
	all->packets[all->n] = (unsigned)header->msg_iovlen;
	if (header->msg_iovlen > 1) {
		header->msg_control = all->control[all->n];
		header->msg_controllen = ROOM_OF_SIZE;
		*CMSG_FIRSTHDR(header) =
			(struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(size)),
					 .cmsg_level = SOL_UDP,
					 .cmsg_type = UDP_SEGMENT};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(header)), &size, sizeof(size));
	}
	all->n++;
	return packet;
}

/* Datagrams to one hop are often alike: those go down through the system as
 * one, and are parted at its end. */
static void departure_fill(struct departure *all, struct udp *udp)
{
	struct packet *packet = udp->first;

	all->n = all->n_pieces = 0;
	while (packet && all->n_pieces < BATCH)
		packet = message_fill(all, udp, packet);
}

static void packets_left(struct udp *udp, size_t n)
{
	udp->n_failures = 0;
	udp->n_single -= n < udp->n_single ? n : udp->n_single;
	while (n-- > 0)
		packet_drop(udp);
}

/*
 * An ICMP error of an earlier datagram is reported in place of sending: the
 * next call sends.  Joined ones may be too long for their path, or the device
 * may not part them: they leave one by one.  Any other error belongs to the
 * first datagram (too long, no route): it is given up, as a network may lose it
 * too, and the rest goes on.
 */
static void departure_failed(struct udp *udp, const struct departure *all)
{
	if (++udp->n_failures < FAILURES_MAX)
		return;
	if (all->packets[0] > 1) {
		udp->n_single = all->packets[0];
		udp->may_join = errno != EIO;
		udp->n_failures = 0;
		return;
	}
	transport_lost(udp->transport, &udp->first->to,
		       (struct view){udp->first->bytes, udp->first->len});
	count(udp->transport->settings.counters, COUNT_UNSENT);
	packets_left(udp, 1);
}

/* Only a full socket makes the queue wait. */
void udp_flush(struct udp *udp)
{
	struct departure all;

	while (udp->first && !udp_is_blocked(udp)) {
		int sent;

		departure_fill(&all, udp);
		sent = sendmmsg(udp->watch.fd, all.messages, all.n,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			udp->watch.events |= EPOLLOUT;
			loop_watch_change(udp->transport->settings.loop,
					  &udp->watch);
			return;
		}
		if (sent <= 0)
			departure_failed(udp, &all);
		for (int i = 0; i < sent; i++)
			packets_left(udp, all.packets[i]);
	}
}
