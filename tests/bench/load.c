/*
 * load -- sender and sink in one: MESSAGE lists in a closed loop with a window.
 *
 * Sends lists, answers what arrives, and checks that every recipient got
 * exactly what it should.  One line of JSON at the end; a run with more than
 * 0.1 per cent of retransmissions or losses says so ("void": true).
 *
 *   load -t SUT -f FROM -s SINK -n LISTS -l LENGTH -w WINDOW [-p POPULATION]
 *        [-x xml|lines] [-r REQUEST-URI] [-a ASSERTED] [-T] [-d SECONDS] [-e
 * 470]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "tests/bench/wire.h"

#define WINDOW_MAX 4096

/** One list on its way. */
struct flight {
	long number; /**< -1: the place is free */
	int64_t sent_ns, first_ns, answered_ns;
	uint32_t base, left; /**< first recipient; how many are still to come */
	uint8_t *got;	     /**< one byte a recipient */
	int status;
	unsigned tries;
};

struct load {
	struct sockaddr_in sut, from, sink;
	const char *from_text, *sink_text, *uri, *asserted;
	long lists, next, done;
	unsigned length, window, population, expect, seconds;
	int is_xml, is_tcp, fd, sink_fd;
	struct flight *flights;
	char *body; /**< room for one request */
	size_t body_size;
	char *stream;
	size_t stream_len;
	struct batch *in, *out, *sink_in, *sink_out;
	uint64_t delivered, repeats, resent, wrong, lost;
	int64_t *answer_ns, *last_ns; /**< one a list */
	uint16_t *place;	      /**< of each list among the flights */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- sending ------------------------------------------------------------ */

static size_t write_list(const struct load *load, const struct flight *flight,
			 char *ret)
{
	char *at = ret;
	unsigned i;

	if (load->is_xml)
		at = stpcpy(at, "--q1\r\nContent-Type: text/plain\r\n\r\n");
	at += snprintf(at, 64, "list %ld of the load\r\n", flight->number);
	if (load->is_xml)
		at = stpcpy(at,
			    "--q1\r\nContent-Type: "
			    "application/resource-lists+xml\r\n"
			    "Content-Disposition: recipient-list\r\n\r\n"
			    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			    "<resource-lists xmlns=\"urn:ietf:params:xml:ns:"
			    "resource-lists\"><list>\n");
	for (i = 0; i < load->length; i++)
		at += snprintf(at, 96,
			       load->is_xml ? "<entry uri=\"sip:r%u@%s\"/>\n"
					    : "sip:r%u@%s\n",
			       (flight->base + i) % load->population,
			       load->sink_text);
	if (load->is_xml)
		at = stpcpy(at, "</list></resource-lists>\r\n--q1--\r\n");
	return (size_t)(at - ret);
}

static size_t write_request(struct load *load, const struct flight *flight,
			    char *ret, size_t size)
{
	size_t body = write_list(load, flight, load->body);
	int head = snprintf(
		ret, size,
		"MESSAGE %s SIP/2.0\r\n"
		"Via: SIP/2.0/%s %s;branch=z9hG4bK%x.%ld;rport\r\n"
		"Max-Forwards: 70\r\nFrom: <%s>;tag=%ld\r\nTo: <%s>\r\n"
		"Call-ID: %x.%ld\r\nCSeq: 1 MESSAGE\r\n"
		"P-Asserted-Identity: <%s>\r\nPrivacy: none\r\n%s"
		"Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		load->uri, load->is_tcp ? "TCP" : "UDP", load->from_text,
		(unsigned)getpid(), flight->number, load->asserted,
		flight->number, load->uri, (unsigned)getpid(), flight->number,
		load->asserted,
		load->is_xml ? "Require: recipient-list-message\r\n" : "",
		load->is_xml ? "multipart/mixed;boundary=\"q1\"" : "text/plain",
		body);

	memcpy(ret + head, load->body, body);
	return (size_t)head + body;
}

static void send_all(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		struct pollfd room = {.fd = fd, .events = POLLOUT};

		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			poll(&room, 1, 100);
		} else if (errno != EINTR) {
			die("send");
		}
	}
}

static void send_flight(struct load *load, struct flight *flight)
{
	char *request = load->body + load->body_size;
	size_t len = write_request(load, flight, request, load->body_size);

	flight->tries++;
	flight->sent_ns = now_ns();
	if (!flight->first_ns)
		flight->first_ns = flight->sent_ns;
	if (load->is_tcp)
		send_all(load->fd, request, len);
	else if (sendto(load->fd, request, len, 0,
			(const struct sockaddr *)&load->sut,
			sizeof(load->sut)) < 0 &&
		 errno != EAGAIN && errno != ECONNREFUSED)
		die("sendto");
}

static void start(struct load *load, struct flight *flight)
{
	uint8_t *got = flight->got;

	*flight = (struct flight){
		.number = load->next++,
		.left = load->expect == 202 ? load->length : 0,
		.got = got,
	};
	flight->base = (uint32_t)((uint64_t)flight->number * load->length %
				  load->population);
	memset(got, 0, load->length);
	load->place[flight->number] = (uint16_t)(flight - load->flights);
	send_flight(load, flight);
}

/* ---- receiving ---------------------------------------------------------- */

static struct flight *flight_of(struct load *load, long number)
{
	struct flight *flight;

	if (number < 0 || number >= load->next)
		return NULL;
	flight = &load->flights[load->place[number]];
	return flight->number == number ? flight : NULL;
}

static void finish(struct load *load, struct flight *flight)
{
	load->last_ns[flight->number] = now_ns() - flight->first_ns;
	load->done++;
	flight->number = -1;
	if (load->next < load->lists)
		start(load, flight);
}

static void take_answer(struct load *load, struct span message)
{
	struct span call = header_line(message, "Call-ID", 'i');
	const char *dot = call.len ? memchr(call.at, '.', call.len) : NULL;
	struct flight *flight =
		dot ? flight_of(load, strtol(dot + 1, NULL, 10)) : NULL;
	int status = (int)strtol(message.at + 8, NULL, 10);

	if (!flight || status < 200 || flight->status)
		return;
	flight->status = status;
	flight->answered_ns = now_ns();
	load->answer_ns[flight->number] =
		flight->answered_ns - flight->first_ns;
	if ((unsigned)status != load->expect) {
		if (load->wrong++ == 0)
			fprintf(stderr, "answered %.*s\n",
				(int)strcspn(message.at, "\r"), message.at);
		load->lost += flight->left;
		flight->left = 0;
	}
	if (flight->left == 0)
		finish(load, flight);
}

static void take_delivery(struct load *load, struct span message)
{
	long number = number_after(message, "list ");
	unsigned recipient = (unsigned)strtoul(
		message.at + strlen("MESSAGE sip:r"), NULL, 10);
	struct flight *flight = flight_of(load, number);
	unsigned place;

	if (!flight) {
		load->repeats++;
		return;
	}
	place = (recipient + load->population - flight->base) %
		load->population;
	if (place >= load->length || flight->got[place]++) {
		load->repeats++;
		return;
	}
	load->delivered++;
	if (--flight->left == 0 && flight->status)
		finish(load, flight);
}

static void take_sink(struct load *load)
{
	unsigned n = batch_receive(load->sink_in, load->sink_fd);
	unsigned i;

	for (i = 0; i < n; i++) {
		struct span message = {load->sink_in->data[i],
				       load->sink_in->messages[i].msg_len};
		char *answer;

		if (message.len < 20 ||
		    memcmp(message.at, "MESSAGE sip:r", 13) != 0)
			continue;
		answer = batch_open(load->sink_out, load->sink_fd,
				    &load->sink_in->addresses[i]);
		batch_close(load->sink_out,
			    answer_ok(message, answer, DATAGRAM));
		take_delivery(load, message);
	}
	batch_send(load->sink_out, load->sink_fd);
}

static void take_stream(struct load *load)
{
	ssize_t n = recv(load->fd, load->stream + load->stream_len,
			 65536 - load->stream_len, 0);
	char *end;

	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("the connection is gone");
	load->stream_len += n > 0 ? (size_t)n : 0;
	while ((end = memmem(load->stream, load->stream_len, "\r\n\r\n", 4))) {
		size_t len = (size_t)(end - load->stream) + 4;

		take_answer(load, (struct span){load->stream, len});
		load->stream_len -= len;
		memmove(load->stream, load->stream + len, load->stream_len);
	}
}

static void take_answers(struct load *load)
{
	unsigned n, i;

	if (load->is_tcp) {
		take_stream(load);
		return;
	}
	n = batch_receive(load->in, load->fd);
	for (i = 0; i < n; i++)
		if (load->in->messages[i].msg_len > 12)
			take_answer(
				load,
				(struct span){load->in->data[i],
					      load->in->messages[i].msg_len});
}

/** Timer E for requests of ours that nobody answered. */
static void resend(struct load *load)
{
	int64_t now = now_ns();
	unsigned i;

	for (i = 0; i < load->window && !load->is_tcp; i++) {
		struct flight *flight = &load->flights[i];
		int64_t pause = INT64_C(500000000) << (flight->tries & 7);

		if (flight->number >= 0 && !flight->status &&
		    now - flight->sent_ns > pause / 2) {
			load->resent++;
			send_flight(load, flight);
		}
	}
}

/* ---- the run ------------------------------------------------------------ */

static void run(struct load *load)
{
	struct pollfd fds[] = {{.fd = load->sink_fd, .events = POLLIN},
			       {.fd = load->fd, .events = POLLIN}};
	int64_t end = now_ns() + load->seconds * INT64_C(1000000000);
	unsigned i;

	for (i = 0; i < load->window && load->next < load->lists; i++)
		start(load, &load->flights[i]);
	while (load->done < load->lists && now_ns() < end) {
		if (poll(fds, 2, 100) == 0)
			resend(load);
		if (fds[0].revents)
			take_sink(load);
		if (fds[1].revents)
			take_answers(load);
	}
	for (i = 0; i < load->window; i++)
		if (load->flights[i].number >= 0)
			load->lost += load->flights[i].left;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double percentile(int64_t *values, long n, double part)
{
	qsort(values, (size_t)n, sizeof(*values), by_size);
	return n ? (double)values[(long)((double)(n - 1) * part)] / 1e6 : 0;
}

static void report(struct load *load, double seconds)
{
	uint64_t all = (uint64_t)load->done * load->length;
	uint64_t bad = load->repeats + load->resent + load->lost + load->wrong;

	printf("{\"lists\":%ld,\"length\":%u,\"seconds\":%.4f,"
	       "\"recipients\":%llu,\"recipients_per_s\":%.0f,"
	       "\"lists_per_s\":%.0f,\"answer_ms_p50\":%.3f,"
	       "\"answer_ms_p99\":%.3f,\"last_ms_p50\":%.3f,"
	       "\"repeats\":%llu,\"resent\":%llu,\"lost\":%llu,"
	       "\"refused\":%llu,\"void\":%s}\n",
	       load->done, load->length, seconds,
	       (unsigned long long)load->delivered,
	       (double)load->delivered / seconds, (double)load->done / seconds,
	       percentile(load->answer_ns, load->done, 0.5),
	       percentile(load->answer_ns, load->done, 0.99),
	       percentile(load->last_ns, load->done, 0.5),
	       (unsigned long long)load->repeats,
	       (unsigned long long)load->resent, (unsigned long long)load->lost,
	       (unsigned long long)load->wrong,
	       bad * 1000 > all || load->done < load->lists ? "true" : "false");
}

static void open_all(struct load *load)
{
	unsigned i;

	load->body_size = 1024 + (size_t)load->length * 96;
	load->body = malloc(2 * load->body_size + 1024);
	load->flights = calloc(load->window, sizeof(*load->flights));
	load->answer_ns = calloc((size_t)load->lists, sizeof(int64_t));
	load->last_ns = calloc((size_t)load->lists, sizeof(int64_t));
	load->place = calloc((size_t)load->lists, sizeof(*load->place));
	load->stream = malloc(65536);
	if (!load->body || !load->flights || !load->answer_ns ||
	    !load->last_ns || !load->place || !load->stream)
		die("malloc");
	for (i = 0; i < load->window; i++) {
		load->flights[i].number = -1;
		load->flights[i].got = malloc(load->length);
	}
	load->in = batch_new();
	load->out = batch_new();
	load->sink_in = batch_new();
	load->sink_out = batch_new();
	load->sink_fd = socket_of(&load->sink);
	if (!load->is_tcp) {
		load->fd = socket_of(&load->from);
		return;
	}
	load->fd = socket(AF_INET, SOCK_STREAM, 0);
	load->from.sin_port = 0;
	if (bind(load->fd, (struct sockaddr *)&load->from,
		 sizeof(load->from)) ||
	    connect(load->fd, (struct sockaddr *)&load->sut, sizeof(load->sut)))
		die("connect");
}

static unsigned number(const char *text, unsigned most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || value == 0 || value > most) {
		fprintf(stderr, "not a number from 1 to %u: %s\n", most, text);
		exit(2);
	}
	return (unsigned)value;
}

static void options(struct load *load, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "t:f:s:n:l:w:p:x:r:a:Td:e:")) != -1) {
		switch (c) {
		case 't':
			load->sut = address_of(optarg);
			break;
		case 'f':
			load->from = address_of(load->from_text = optarg);
			break;
		case 's':
			load->sink = address_of(load->sink_text = optarg);
			break;
		case 'n':
			load->lists = number(optarg, 100000000);
			break;
		case 'l':
			load->length = number(optarg, 100000);
			break;
		case 'w':
			load->window = number(optarg, WINDOW_MAX);
			break;
		case 'p':
			load->population = number(optarg, 100000000);
			break;
		case 'x':
			load->is_xml = strcmp(optarg, "lines") != 0;
			break;
		case 'r':
			load->uri = optarg;
			break;
		case 'a':
			load->asserted = optarg;
			break;
		case 'T':
			load->is_tcp = 1;
			break;
		case 'd':
			load->seconds = number(optarg, 3600);
			break;
		case 'e':
			load->expect = number(optarg, 699);
			break;
		default:
			exit(2);
		}
	}
	if (!load->from_text || !load->sink_text || !load->sut.sin_port ||
	    load->population < load->length) {
		fprintf(stderr,
			"load: -t, -f and -s are needed; -p at least -l\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct load load = {
		.lists = 1000,
		.length = 1,
		.window = 64,
		.population = 1000000,
		.is_xml = 1,
		.uri = "sip:lists@127.0.3.1",
		.asserted = "sip:load@127.0.3.1",
		.seconds = 60,
		.expect = 202,
	};
	int64_t begin;

	options(&load, argc, argv);
	open_all(&load);
	begin = now_ns();
	run(&load);
	report(&load, (double)(now_ns() - begin) / 1e9);
	return load.wrong || load.done < load.lists ? 1 : 0;
}
