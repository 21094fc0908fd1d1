/*
 * wire -- just enough SIP for a load tool: find a header line, answer a
 * request.
 *
 * The tool must cost less than what it measures: no copies, no allocation, one
 * pass over a message.
 */
#ifndef VOLENS_TESTS_BENCH_WIRE_H
#define VOLENS_TESTS_BENCH_WIRE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define BATCH 128      /**< datagrams a system call */
#define DATAGRAM 65536 /**< most bytes of one */

struct span {
	const char *at;
	size_t len;
};

/** Monotonic nanoseconds. */
int64_t now_ns(void);
/** Line of header @p name ("Via", with its line end); len 0 when absent.  Long
 *  or compact form of one letter @p compact (0: none). */
struct span header_line(struct span message, const char *name, char compact);
/** The digits after @p key in a message; -1 when it is not there. */
long number_after(struct span message, const char *key);
/** Write "200 OK" for a request; returns its length. */
size_t answer_ok(struct span request, char *ret, size_t size);
/** "127.0.0.1:5060" into an address; ends the program when it is none. */
struct sockaddr_in address_of(const char *text);
/** A bound, non-blocking UDP socket with large buffers. */
int socket_of(const struct sockaddr_in *address);

/** Datagrams that wait to be sent, and a place for those that came. */
struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_in addresses[BATCH];
	char data[BATCH][DATAGRAM];
	unsigned n;
};
struct batch *batch_new(void);
/** Receive what is there; returns how many. */
unsigned batch_receive(struct batch *batch, int fd);
/** Room for one more datagram to @p to; call batch_close() with its length. */
char *batch_open(struct batch *batch, int fd, const struct sockaddr_in *to);
void batch_close(struct batch *batch, size_t len);
/** Send all; waits when the socket is full. */
void batch_send(struct batch *batch, int fd);

#endif
