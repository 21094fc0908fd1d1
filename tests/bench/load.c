#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define RESEND_NS (SECOND / 10) /**< between two looks for what is silent */
#define STREAM_SIZE 65536

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- sending ------------------------------------------------------------ */

/** As long as people's names are, not all alike; data.py writes the same. */
static int write_name(unsigned recipient, char *ret)
{
	return snprintf(ret, 32, "sip:r%u%.*s", recipient,
			(int)(recipient * 7UL % 16), ".abcdefghijklmno");
}

/** The URI of entry @p i, without its host. */
static int write_entry(const struct load *load, const struct flight *flight,
		       unsigned i, char *ret)
{
	if (load->has_stranger && i == load->length - 1)
		return snprintf(ret, 32, "sip:r-stranger");
	return write_name((flight->base + i) % load->population, ret);
}

static char *write_xml(const struct load *load, const struct flight *flight,
		       char *at)
{
	at = stpcpy(at, "--q1\r\nContent-Type: text/plain\r\n\r\n");
	at += snprintf(at, 64, "list %ld of the load\r\n", flight->number);
	at = stpcpy(at, "--q1\r\nContent-Type: application/resource-lists+xml"
			"\r\nContent-Disposition: recipient-list\r\n\r\n"
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<resource-lists xmlns=\"urn:ietf:params:xml:ns:"
			"resource-lists\"><list>\n");
	for (unsigned i = 0; i < load->length; i++) {
		at = stpcpy(at, "<entry uri=\"");
		at += write_entry(load, flight, i, at);
		at += snprintf(at, 64, "@%s\"/>\n", load->sink_text);
	}
	return stpcpy(at, "</list></resource-lists>\r\n--q1--\r\n");
}

static char *write_lines(const struct load *load, const struct flight *flight,
			 char *at)
{
	at += snprintf(at, 64, "list %ld of the load\r\n", flight->number);
	for (unsigned i = 0; i < load->length; i++) {
		if (i % BLOCK_LEN == 0)
			*at++ = '|';
		at += write_name((flight->base + i) % load->population, at);
		at += snprintf(at, 64, "@%s\n", load->sink_text);
	}
	return at;
}

static size_t write_request(struct load *load, const struct flight *flight,
			    char *ret, size_t size)
{
	int is_xml = load->format == LIST_XML;
	char *end = is_xml ? write_xml(load, flight, load->body)
			   : write_lines(load, flight, load->body);
	size_t body = (size_t)(end - load->body);
	char breadth[32] = "";
	int head;

	if (load->breadth)
		snprintf(breadth, sizeof(breadth), "Max-Breadth: %u\r\n",
			 load->breadth);
	head = snprintf(
		ret, size,
		"MESSAGE %s SIP/2.0\r\n"
		"Via: SIP/2.0/%s %s;branch=z9hG4bK%x.%ld;rport\r\n"
		"Max-Forwards: 70\r\nFrom: <%s>;tag=%ld\r\nTo: <%s>\r\n"
		"Call-ID: %x.%ld\r\nCSeq: 1 MESSAGE\r\n"
		"P-Asserted-Identity: <%s>\r\nPrivacy: none\r\n%s%s"
		"Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		load->uri, load->is_tcp ? "TCP" : "UDP", load->from_text,
		(unsigned)getpid(), flight->number, load->asserted,
		flight->number, load->uri, (unsigned)getpid(), flight->number,
		load->asserted, breadth,
		is_xml ? "Require: recipient-list-message\r\n" : "",
		is_xml ? "multipart/mixed;boundary=\"q1\"" : "text/plain",
		body);
	memcpy(ret + head, load->body, body);
	return (size_t)head + body;
}

static void send_stream(int fd, const char *at, size_t len)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	while (len) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

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
		send_stream(load->fd, request, len);
	else if (sendto(load->fd, request, len, 0,
			(const struct sockaddr *)&load->sut,
			sizeof(load->sut)) < 0 &&
		 errno != EAGAIN && errno != ECONNREFUSED)
		die("sendto");
}

static int may_start(const struct load *load)
{
	return load->next < load->lists && now_ns() < load->end_ns;
}

static void start(struct load *load)
{
	uint32_t place = load->free[--load->n_free];
	struct flight *flight = &load->flights[place];
	uint8_t *got = flight->got;

	*flight = (struct flight){
		.number = load->next++,
		.left = load->expect < 300 ? load->length : 0,
		.got = got,
	};
	flight->base = (uint32_t)((uint64_t)flight->number * load->length %
				  load->population);
	memset(got, 0, load->length);
	load->place[flight->number] = place;
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
	load->over_ns = now_ns();
	load->last_ns[flight->number] = load->over_ns - flight->first_ns;
	load->done++;
	flight->number = -1;
	load->free[load->n_free++] = (uint32_t)(flight - load->flights);
	if (load->rate <= 0 && may_start(load))
		start(load);
}

static void take_refusal(struct load *load, struct flight *flight,
			 struct span message)
{
	int is_overload = flight->status == 503 && load->rate > 0;
	struct span after = header_line(message, "Retry-After", 0);

	flight->left = 0;
	if (is_overload && after.len) {
		load->tally.shed++;
		return;
	}
	if (is_overload)
		load->tally.shed_barely++;
	if (load->tally.wrong++ == 0)
		fprintf(stderr, "answered %.*s\n",
			(int)strcspn(message.at, "\r"), message.at);
	load->tally.lost += load->expect < 300 ? load->length : 0;
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
	if ((unsigned)status != load->expect)
		take_refusal(load, flight, message);
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
		load->tally.repeats++;
		return;
	}
	place = (recipient + load->population - flight->base) %
		load->population;
	if (place >= load->length || flight->got[place]++) {
		load->tally.repeats++;
		return;
	}
	load->tally.delivered++;
	if (flight->left && --flight->left == 0 && flight->status)
		finish(load, flight);
}

static int take_from_stream(void *arg, struct span message)
{
	if (message.len < 20 || memcmp(message.at, "MESSAGE sip:r", 13) != 0)
		return 0;
	take_delivery(arg, message);
	return 1;
}

static void take_sink(struct load *load)
{
	unsigned n =
		load->streams ? 0 : batch_receive(load->sink_in, load->sink_fd);
	int is_silent =
		now_ns() < load->begin_ns + (int64_t)(load->silent_s * 1e9);

	if (load->streams)
		sink_take(load->streams);
	for (unsigned i = 0; i < n && !is_silent; i++) {
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
			 STREAM_SIZE - load->stream_len, MSG_DONTWAIT);
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
	unsigned n;

	if (load->is_tcp) {
		take_stream(load);
		return;
	}
	n = batch_receive(load->in, load->fd);
	for (unsigned i = 0; i < n; i++)
		if (load->in->messages[i].msg_len > 12)
			take_answer(
				load,
				(struct span){load->in->data[i],
					      load->in->messages[i].msg_len});
}

/** Timer E for requests of ours that nobody answered. */
static void resend(struct load *load)
{
	static int64_t next_ns;
	int64_t now = now_ns();

	if (load->is_tcp || now < next_ns)
		return;
	next_ns = now + RESEND_NS;
	for (unsigned i = 0; i < load->window; i++) {
		struct flight *flight = &load->flights[i];
		unsigned doublings = flight->tries < 4 ? flight->tries : 4;

		if (flight->number >= 0 && !flight->status &&
		    now - flight->sent_ns > (SECOND / 4) << doublings) {
			load->tally.resent++;
			send_flight(load, flight);
		}
	}
}

/* ---- the run ------------------------------------------------------------ */

/** Open loop: what is due leaves.  @return milliseconds until the next one */
static int offer(struct load *load)
{
	double due = (double)(now_ns() - load->begin_ns) / 1e9 * load->rate;

	if (load->rate <= 0)
		return 100;
	while (may_start(load) &&
	       (double)(load->next + (long)load->tally.held) < due) {
		if (load->n_free)
			start(load);
		else
			load->tally.held++;
	}
	return 1;
}

void load_run(struct load *load)
{
	struct pollfd fds[] = {{.fd = load->sink_fd, .events = POLLIN},
			       {.fd = load->fd, .events = POLLIN}};
	int is_timely = 1;

	load->begin_ns = now_ns();
	load->end_ns = load->begin_ns + (int64_t)(load->seconds * 1e9);
	while (load->rate <= 0 && load->n_free && may_start(load))
		start(load);
	while (load->done < load->next || may_start(load)) {
		int64_t now;

		poll(fds, 2, offer(load));
		if (fds[0].revents)
			take_sink(load);
		if (fds[1].revents)
			take_answers(load);
		resend(load);
		now = now_ns();
		if (is_timely)
			load->tally.in_time = load->tally.delivered;
		is_timely = now < load->end_ns;
		if (now > load->end_ns + GRACE_S * SECOND)
			break;
	}
	for (unsigned i = 0; i < load->window; i++)
		if (load->flights[i].number >= 0)
			load->tally.lost += load->flights[i].left;
}

static void open_flights(struct load *load)
{
	load->flights = calloc(load->window, sizeof(*load->flights));
	load->free = calloc(load->window, sizeof(*load->free));
	if (!load->flights || !load->free)
		die("malloc");
	load->n_free = load->window;
	for (uint32_t i = 0; i < load->window; i++) {
		load->flights[i].number = -1;
		load->flights[i].got = malloc(load->length);
		load->free[i] = load->window - 1 - i;
	}
}

static void open_stream(struct load *load)
{
	load->fd = socket(AF_INET, SOCK_STREAM, 0);
	load->from.sin_port = 0;
	if (bind(load->fd, (struct sockaddr *)&load->from,
		 sizeof(load->from)) ||
	    connect(load->fd, (struct sockaddr *)&load->sut, sizeof(load->sut)))
		die("connect");
}

void load_open(struct load *load)
{
	size_t n = (size_t)load->lists;

	load->body_size = 2048 + (size_t)load->length * 96;
	load->body = malloc(2 * load->body_size);
	load->answer_ns = calloc(n, sizeof(int64_t));
	load->last_ns = calloc(n, sizeof(int64_t));
	load->place = calloc(n, sizeof(*load->place));
	load->stream = malloc(STREAM_SIZE);
	if (!load->body || !load->answer_ns || !load->last_ns || !load->place ||
	    !load->stream)
		die("malloc");
	open_flights(load);
	load->in = batch_new();
	load->sink_in = batch_new();
	load->sink_out = batch_new();
	if (load->has_streams)
		load->streams = sink_new(&load->sink, load->certificate,
					 take_from_stream, load);
	load->sink_fd =
		load->streams ? sink_fd(load->streams) : socket_of(&load->sink);
	if (load->is_tcp)
		open_stream(load);
	else
		load->fd = socket_of(&load->from);
}
