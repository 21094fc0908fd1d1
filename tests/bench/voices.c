/*
 * voices -- a crowd that talks in real time, to whatever mixes it.
 *
 *   voices N GROUP HOST MIXER-HOST
 *
 * Writes a line with the ports of the crowd at HOST, reads a line with those of
 * the mixer, and talks every 20 ms until its standard input ends.  Then it
 * writes what it has counted.  It never catches up: a packet that is late is
 * not sent.
 */
#include "tests/bench/crowd.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TICK_NS 20000000

static void more_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void meet(struct crowd *crowd, unsigned n, const char *host)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	unsigned port;

	for (unsigned i = 0; i < n; i++)
		printf("%u ", ntohs(crowd_address(crowd, i)->sin_port));
	printf("\n");
	fflush(stdout);
	inet_pton(AF_INET, host, &to.sin_addr);
	for (unsigned i = 0; i < n; i++) {
		if (scanf("%u", &port) != 1)
			exit(2);
		to.sin_port = htons((uint16_t)port);
		crowd_connect(crowd, i, &to);
	}
	while (getchar() != '\n')
		;
}

static void talk(struct crowd *crowd)
{
	const struct itimerspec every = {{0, TICK_NS}, {0, TICK_NS}};
	struct pollfd wait[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				 {.events = POLLIN}};
	uint64_t n;

	wait[1].fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	timerfd_settime(wait[1].fd, 0, &every, NULL);
	while (poll(wait, 2, -1) > 0 && !wait[0].revents) {
		if (read(wait[1].fd, &n, sizeof(n)) != sizeof(n))
			continue;
		crowd_listen(crowd);
		crowd_talk(crowd);
	}
	close(wait[1].fd);
}

int main(int argc, char **argv)
{
	struct crowd_counts counts;
	struct crowd *crowd;
	unsigned n;

	if (argc != 5)
		return 2;
	more_descriptors();
	setvbuf(stdin, NULL, _IONBF, 0); /* poll() sees what is left */
	n = (unsigned)strtoul(argv[1], NULL, 10);
	crowd = crowd_new(argv[3], n, (unsigned)strtoul(argv[2], NULL, 10));
	meet(crowd, n, argv[4]);
	talk(crowd);
	counts = crowd_counts(crowd);
	printf("{\"sent\": %llu, \"received\": %llu, \"lost\": %llu}\n",
	       (unsigned long long)counts.n_sent,
	       (unsigned long long)counts.n_received,
	       (unsigned long long)counts.n_lost);
	crowd_free(crowd);
	return 0;
}
