/*
 * handshakes -- TLS clients in a closed loop: connect, a whole handshake,
 * close.
 *
 *   handshakes -t ADDRESS:PORT -f ADDRESS:0 [-d SECONDS] [-w WINDOW]
 *              [-k N]   open N connections and keep them for SECONDS
 *              [-P]     without TLS
 *
 * No session is taken up again, and no certificate is checked: the load is to
 * cost less than what it measures.  One line of JSON at the end; with -k when
 * all are open.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/wire.h"

#define WINDOW_MAX 256

struct client {
	int fd; /* -1: none */
	SSL *ssl;
};

static struct sockaddr_in to, from;
static SSL_CTX *tls;
static int is_plain;
static unsigned long done, failed;

static void client_close(struct client *client)
{
	SSL_free(client->ssl);
	close(client->fd);
	*client = (struct client){.fd = -1};
}

static void client_open(struct client *client)
{
	struct linger at_once = {1, 0}; /* no TIME-WAIT: ports would run out */

	*client = (struct client){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once,
		   sizeof(at_once));
	if (bind(client->fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(client->fd, (struct sockaddr *)&to, sizeof(to))) {
		perror("connect");
		exit(1);
	}
	if (is_plain)
		return;
	fcntl(client->fd, F_SETFL, O_NONBLOCK);
	client->ssl = SSL_new(tls);
	SSL_set_fd(client->ssl, client->fd);
	SSL_set_connect_state(client->ssl);
}

/* 1: done, 0: goes on, -1: failed. */
static int client_step(struct client *client)
{
	int n = is_plain ? 1 : SSL_do_handshake(client->ssl);
	int why = n == 1 ? 0 : SSL_get_error(client->ssl, n);

	if (n == 1)
		return 1;
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0
									 : -1;
}

static void run(unsigned window, double seconds)
{
	static struct client clients[WINDOW_MAX];
	static struct pollfd fds[WINDOW_MAX];
	int64_t end = now_ns() + (int64_t)(seconds * 1e9);

	for (unsigned i = 0; i < window; i++)
		client_open(&clients[i]);
	while (now_ns() < end) {
		for (unsigned i = 0; i < window; i++) {
			int state = client_step(&clients[i]);

			if (state) {
				done += state > 0;
				failed += state < 0;
				client_close(&clients[i]);
				client_open(&clients[i]);
				client_step(&clients[i]);
			}
			fds[i] = (struct pollfd){clients[i].fd, POLLIN, 0};
		}
		poll(fds, window, 100);
	}
}

/* One after the other, so that no limit on handshakes is in the way. */
static void keep(unsigned long n)
{
	struct client *clients = calloc(n, sizeof(*clients));

	for (unsigned long i = 0; clients && i < n; i++) {
		struct pollfd fd;
		int state;

		client_open(&clients[i]);
		fd = (struct pollfd){clients[i].fd, POLLIN, 0};
		while ((state = client_step(&clients[i])) == 0)
			poll(&fd, 1, 1000);
		done += state > 0;
		failed += state < 0;
	}
}

static void report(double seconds)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	printf("{\"done\":%lu,\"wrong\":%lu,\"seconds\":%.4f,"
	       "\"recipients_per_s\":%.1f,\"cpu_s\":%.3f,\"void\":%s}\n",
	       done, failed, seconds, (double)done / seconds,
	       (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) /
			       1e6,
	       !done || failed * 1000 > done ? "true" : "false");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long kept = 0;
	unsigned window = 16;
	double seconds = 1;
	int64_t begin;
	int c;

	while ((c = getopt(argc, argv, "t:f:d:w:k:P")) != -1) {
		switch (c) {
		case 't':
			to = address_of(optarg);
			break;
		case 'f':
			from = address_of(optarg);
			break;
		case 'd':
			seconds = strtod(optarg, NULL);
			break;
		case 'w':
			window = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'k':
			kept = strtoul(optarg, NULL, 10);
			break;
		case 'P':
			is_plain = 1;
			break;
		default:
			return 2;
		}
	}
	tls = SSL_CTX_new(TLS_client_method());
	if (!tls || !to.sin_port || !window || window > WINDOW_MAX)
		return 2;
	begin = now_ns();
	if (kept)
		keep(kept);
	else
		run(window, seconds);
	report((double)(now_ns() - begin) / 1e9);
	if (kept)
		usleep((useconds_t)(seconds * 1e6));
	return 0;
}
