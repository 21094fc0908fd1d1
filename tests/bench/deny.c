/*
 * deny -- recipients who say no: PUBLISH to deny URIs, each token once.
 *
 *   deny -t SUT -f FROM -D DOMAIN [-b FIRST-TOKEN] [-n TOKENS] [-w WINDOW]
 *        [-o RATE] [-d SECONDS]
 *
 * Token i is the number i in 32 hex digits.  Closed loop with a window; with a
 * rate, no more than that many a second.  One line of JSON at the end.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/wire.h"

#define SECOND INT64_C(1000000000)
#define WINDOW_MAX 4096
#define GRACE_S 10

struct flight {
	long token; /**< -1: the place is free */
	int64_t first_ns, sent_ns;
	unsigned tries;
};

struct denies {
	struct sockaddr_in sut, from;
	const char *from_text, *domain;
	long first, next, most, done;
	unsigned window;
	double seconds, rate;
	int64_t begin_ns, end_ns, over_ns;
	int fd;
	struct batch *in, *out;
	struct flight flights[WINDOW_MAX];
	int64_t *answer_ns;
	unsigned long resent, wrong;
};

static void send_deny(struct denies *denies, struct flight *flight)
{
	size_t place = (size_t)(flight - denies->flights);
	char *data = batch_open(denies->out, denies->fd, &denies->sut);

	flight->tries++;
	flight->sent_ns = now_ns();
	if (!flight->first_ns)
		flight->first_ns = flight->sent_ns;
	batch_close(
		denies->out,
		(size_t)snprintf(
			data, DATAGRAM,
			"PUBLISH sip:d-%032lx@%s SIP/2.0\r\n"
			"Via: SIP/2.0/UDP %s;branch=z9hG4bKd%x.%ld;rport\r\n"
			"Max-Forwards: 70\r\nFrom: <sip:recipient@%s>;tag=%lx"
			"\r\nTo: <sip:d-%032lx@%s>\r\nCall-ID: %x.%zu.%ld\r\n"
			"CSeq: 1 PUBLISH\r\nContent-Length: 0\r\n\r\n",
			(unsigned long)flight->token, denies->domain,
			denies->from_text, (unsigned)getpid(), flight->token,
			denies->from_text, (unsigned long)flight->token,
			(unsigned long)flight->token, denies->domain,
			(unsigned)getpid(), place, flight->token));
}

static int may_start(const struct denies *denies)
{
	int64_t now = now_ns();
	long n = denies->next - denies->first;

	if (now >= denies->end_ns || n >= denies->most)
		return 0;
	return denies->rate <= 0 ||
	       (double)n <
		       (double)(now - denies->begin_ns) / 1e9 * denies->rate;
}

static void start_all(struct denies *denies)
{
	for (unsigned i = 0; i < denies->window; i++) {
		struct flight *flight = &denies->flights[i];

		if (flight->token >= 0)
			continue;
		if (!may_start(denies))
			return;
		*flight = (struct flight){.token = denies->next++};
		send_deny(denies, flight);
	}
}

static void take_answer(struct denies *denies, struct span message)
{
	struct span call = header_line(message, "Call-ID", 'i');
	unsigned place;
	long token;
	struct flight *flight;
	int status = (int)strtol(message.at + 8, NULL, 10);

	if (!call.len ||
	    sscanf(call.at, "Call-ID: %*x.%u.%ld", &place, &token) != 2 ||
	    place >= denies->window || status < 200)
		return;
	flight = &denies->flights[place];
	if (flight->token != token)
		return;
	if (status != 200 && denies->wrong++ == 0)
		fprintf(stderr, "answered %.*s\n",
			(int)strcspn(message.at, "\r"), message.at);
	denies->over_ns = now_ns();
	denies->answer_ns[denies->done++] = denies->over_ns - flight->first_ns;
	flight->token = -1;
}

static void take_answers(struct denies *denies)
{
	unsigned n = batch_receive(denies->in, denies->fd);

	for (unsigned i = 0; i < n; i++) {
		struct span message = {denies->in->data[i],
				       denies->in->messages[i].msg_len};

		if (message.len > 12)
			take_answer(denies, message);
	}
}

static void resend(struct denies *denies)
{
	int64_t now = now_ns();

	for (unsigned i = 0; i < denies->window; i++) {
		struct flight *flight = &denies->flights[i];
		unsigned doublings = flight->tries < 4 ? flight->tries : 4;

		if (flight->token >= 0 &&
		    now - flight->sent_ns > (SECOND / 4) << doublings) {
			denies->resent++;
			send_deny(denies, flight);
		}
	}
}

static void run(struct denies *denies)
{
	struct pollfd ready = {.fd = denies->fd, .events = POLLIN};
	long busy = 0;

	denies->begin_ns = now_ns();
	denies->end_ns = denies->begin_ns + (int64_t)(denies->seconds * 1e9);
	do {
		start_all(denies);
		resend(denies);
		batch_send(denies->out, denies->fd);
		if (poll(&ready, 1, denies->rate > 0 ? 1 : 50) > 0)
			take_answers(denies);
		busy = denies->next - denies->first - denies->done;
	} while ((busy > 0 || now_ns() < denies->end_ns) &&
		 denies->done < denies->most &&
		 now_ns() < denies->end_ns + GRACE_S * SECOND);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(struct denies *denies)
{
	double seconds = (double)(denies->over_ns - denies->begin_ns) / 1e9;
	long n = denies->next - denies->first;
	unsigned long bad = denies->resent + denies->wrong +
			    (unsigned long)(n - denies->done);

	qsort(denies->answer_ns, (size_t)denies->done, sizeof(int64_t),
	      by_size);
	printf("{\"denies\":%ld,\"done\":%ld,\"next\":%ld,\"seconds\":%.4f,"
	       "\"denies_per_s\":%.1f,\"answer_ms_p50\":%.3f,"
	       "\"answer_ms_p99\":%.3f,\"resent\":%lu,\"wrong\":%lu,"
	       "\"void\":%s}\n",
	       n, denies->done, denies->next, seconds,
	       denies->done ? (double)denies->done / seconds : 0,
	       denies->done ? (double)denies->answer_ns[denies->done / 2] / 1e6
			    : 0,
	       denies->done
		       ? (double)denies->answer_ns[denies->done * 99 / 100] /
				 1e6
		       : 0,
	       denies->resent, denies->wrong,
	       denies->done == 0 || bad * 1000 > (unsigned long)n ? "true"
								  : "false");
}

static void option(struct denies *denies, int c)
{
	switch (c) {
	case 't':
		denies->sut = address_of(optarg);
		break;
	case 'f':
		denies->from = address_of(denies->from_text = optarg);
		break;
	case 'D':
		denies->domain = optarg;
		break;
	case 'b':
		denies->first = strtol(optarg, NULL, 10);
		break;
	case 'n':
		denies->most = strtol(optarg, NULL, 10);
		break;
	case 'w':
		denies->window = (unsigned)strtoul(optarg, NULL, 10);
		break;
	case 'o':
		denies->rate = strtod(optarg, NULL);
		break;
	case 'd':
		denies->seconds = strtod(optarg, NULL);
		break;
	default:
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct denies denies = {
		.most = 100000, .window = 256, .seconds = 2};
	int c;

	while ((c = getopt(argc, argv, "t:f:D:b:n:w:o:d:")) != -1)
		option(&denies, c);
	if (!denies.from_text || !denies.domain || !denies.sut.sin_port ||
	    denies.window == 0 || denies.window > WINDOW_MAX ||
	    denies.most <= 0) {
		fprintf(stderr, "deny: -t, -f and -D are needed\n");
		return 2;
	}
	denies.next = denies.first;
	denies.fd = socket_of(&denies.from);
	denies.in = batch_new();
	denies.out = batch_new();
	denies.answer_ns = calloc((size_t)denies.most, sizeof(int64_t));
	if (!denies.answer_ns)
		return 1;
	for (unsigned i = 0; i < WINDOW_MAX; i++)
		denies.flights[i].token = -1;
	run(&denies);
	report(&denies);
	return 0;
}
