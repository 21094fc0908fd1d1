/*
 * callee -- everybody who is called, at one address: answers each INVITE with
 * 200 at once, and each other request but ACK.
 *
 *   callee ADDRESS:PORT [GROUP [PORT...]]
 *
 * It writes a line "acks N" or "byes N" whenever so many more have come.  Its
 * answer to the offer is inactive, so that no media is measured with it; with
 * PORTs, media go to these in turn, and a line "port N" says where each INVITE
 * wants its own.  When its standard input ends it writes what came: INVITEs,
 * ACKs and BYEs, and how long the ACKs took after their 200.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/wire.h"

#define CALLS_AT_HOST 50
#define CALLS 65536 /* whose times are kept, by number of the answer */

struct callee {
	int fd;
	char address[32];
	unsigned port;
	struct batch *in, *out;
	unsigned long group;
	char **ports; /* of media; NULL: inactive */
	unsigned long n_ports;
	unsigned long n_invites, n_acks, n_byes, n_others;
	int64_t answered[CALLS]; /* 0: acknowledged */
	int64_t delays[CALLS];
	size_t n_delays;
};

static bool is_method(struct span request, const char *method)
{
	size_t len = strlen(method);

	return request.len > len && memcmp(request.at, method, len) == 0 &&
	       request.at[len] == ' ';
}

/* No more than so many calls have their media at one address. */
static void media_host(const struct callee *callee, unsigned long n,
		       char ret[32])
{
	if (callee->n_ports > 0)
		snprintf(ret, 32, "%s", callee->address);
	else
		snprintf(ret, 32, "127.0.4.%lu", 1 + n / CALLS_AT_HOST % 200);
}

/* Its Contact has the number of the answer, for the ACK to name. */
static size_t answer_invite(struct callee *callee, struct span request,
			    char *to, size_t size)
{
	static const char empty[] = "Content-Length: 0\r\n\r\n";
	size_t len = answer_ok(request, to, size) - (sizeof(empty) - 1);
	unsigned long n = callee->n_invites++ % CALLS;
	char body[256];
	bool has_media = callee->n_ports > 0;
	char host[32];
	unsigned long port =
		has_media
			? strtoul(callee->ports[n % callee->n_ports], NULL, 10)
			: 30000 + 2 * (n % 5000);
	int body_len;

	media_host(callee, n, host);
	body_len = snprintf(body, sizeof(body),
			    "v=0\r\no=- %lu 1 IN IP4 %s\r\ns=-\r\n"
			    "c=IN IP4 %s\r\nt=0 0\r\n"
			    "m=audio %lu RTP/AVP 0\r\na=%s\r\n",
			    n, callee->address, host, port,
			    has_media ? "sendrecv" : "inactive");
	if (has_media) {
		printf("port %ld\n", number_after(request, "m=audio "));
		fflush(stdout);
	}
	callee->answered[n] = now_ns();
	return len + (size_t)snprintf(to + len, size - len,
				      "Contact: <sip:n%lu@%s:%u>\r\n"
				      "Content-Type: application/sdp\r\n"
				      "Content-Length: %d\r\n\r\n%s",
				      n, callee->address, callee->port,
				      body_len, body);
}

static void tell(const struct callee *callee, const char *what, unsigned long n)
{
	if (callee->group && n % callee->group == 0) {
		printf("%s %lu\n", what, n);
		fflush(stdout);
	}
}

static void acknowledged(struct callee *callee, struct span ack)
{
	long n = number_after(ack, "sip:n");

	tell(callee, "acks", ++callee->n_acks);
	if (n < 0 || n >= CALLS || !callee->answered[n])
		return;
	if (callee->n_delays < CALLS)
		callee->delays[callee->n_delays++] =
			now_ns() - callee->answered[n];
	callee->answered[n] = 0;
}

static void receive(struct callee *callee, struct span request,
		    const struct sockaddr_in *from)
{
	char *to;

	if (is_method(request, "ACK")) {
		acknowledged(callee, request);
		return;
	}
	to = batch_open(callee->out, callee->fd, from);
	if (is_method(request, "INVITE")) {
		batch_close(callee->out,
			    answer_invite(callee, request, to, DATAGRAM));
		return;
	}
	if (is_method(request, "BYE"))
		tell(callee, "byes", ++callee->n_byes);
	else
		callee->n_others++;
	batch_close(callee->out, answer_ok(request, to, DATAGRAM));
}

static void serve(struct callee *callee)
{
	struct pollfd wait[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				 {.fd = callee->fd, .events = POLLIN}};

	while (poll(wait, 2, -1) > 0 && !wait[0].revents) {
		unsigned n = batch_receive(callee->in, callee->fd);

		for (unsigned i = 0; i < n; i++)
			receive(callee,
				(struct span){callee->in->data[i],
					      callee->in->messages[i].msg_len},
				&callee->in->addresses[i]);
		batch_send(callee->out, callee->fd);
	}
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double delay_ms(const struct callee *callee, double share)
{
	size_t at = (size_t)(share * (double)callee->n_delays);

	return callee->n_delays ? (double)callee->delays[at] / 1e6 : 0;
}

int main(int argc, char **argv)
{
	static struct callee callee;
	struct sockaddr_in address;

	if (argc < 2)
		return 2;
	if (argc > 2)
		callee.group = strtoul(argv[2], NULL, 10);
	if (argc > 3) {
		callee.ports = argv + 3;
		callee.n_ports = (unsigned long)argc - 3;
	}
	address = address_of(argv[1]);
	inet_ntop(AF_INET, &address.sin_addr, callee.address,
		  sizeof(callee.address));
	callee.port = ntohs(address.sin_port);
	callee.fd = socket_of(&address);
	callee.in = batch_new();
	callee.out = batch_new();
	puts("ready");
	fflush(stdout);
	serve(&callee);
	qsort(callee.delays, callee.n_delays, sizeof(callee.delays[0]),
	      by_time);
	printf("{\"invites\": %lu, \"acks\": %lu, \"byes\": %lu,"
	       " \"others\": %lu, \"ack_ms_p50\": %.3f, \"ack_ms_p99\": "
	       "%.3f}\n",
	       callee.n_invites, callee.n_acks, callee.n_byes, callee.n_others,
	       delay_ms(&callee, 0.5), delay_ms(&callee, 0.99));
	return 0;
}
