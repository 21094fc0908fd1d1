#include "tests/unit/call_help.h"

#include <check.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

struct call_fixture call;
const char *call_proxy;
size_t call_workers;

static bool still_permitted(struct leg *leg)
{
	ck_assert_ptr_eq(leg, &call.leg);
	call.n_asked++;
	return call.is_permitted;
}

static void ended(struct leg *leg)
{
	ck_assert_ptr_eq(leg, &call.leg);
	call.n_ended++;
}

static void response(struct leg *leg, const struct message *message)
{
	ck_assert_ptr_eq(leg, &call.leg);
	ck_assert_int_eq(call.n_ended, 0);
	call.responses[call.n_responses++ % 64] = message->status;
	call.has_fault = message->fault;
	if (call.act)
		call.act(&call, message);
}

static void stray(void *arg, const struct message *message,
		  const struct flow *from)
{
	ck_assert_ptr_eq(arg, &call);
	ck_assert_ptr_nonnull(from);
	call.strays[call.n_strays++ % 16] = message->status;
}

bool call_may_leave(struct leg *leg, const struct leg_hop *hop)
{
	ck_assert_ptr_eq(leg, &call.leg);
	call.n_leaving++;
	snprintf(call.branch, sizeof(call.branch), "%s", hop->branch);
	snprintf(call.uri, sizeof(call.uri), "%s", hop->uri);
	snprintf(call.routes, sizeof(call.routes), "%s", hop->routes);
	snprintf(call.bytes, sizeof(call.bytes), "%.*s", (int)hop->bytes.len,
		 hop->bytes.at);
	return call.may_leave;
}

/* On one processor from now on. */
static int open_fence(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), cpu = sched_getcpu();
	union address here;
	socklen_t size = sizeof(here);
	cpu_set_t one;

	CPU_ZERO(&one);
	if (cpu >= 0)
		CPU_SET((size_t)cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	ck_assert(!address_parse(VIEW("127.0.0.1"), 0, &here));
	ck_assert_int_eq(bind(fd, &here.any, sizeof(here.v4)), 0);
	ck_assert_int_eq(getsockname(fd, &here.any, &size), 0);
	ck_assert_int_eq(connect(fd, &here.any, size), 0);
	return fd;
}

void call_fence(void)
{
	char c = 'x';

	ck_assert_int_eq(send(call.fence, &c, 1, 0), 1);
	ck_assert_int_eq(recv(call.fence, &c, 1, 0), 1);
}

static int phone_at(int last)
{
	int fd = sip_peer(&call.sip, last, 5060);

	connect(fd, &(struct sockaddr){.sa_family = AF_UNSPEC},
		sizeof(struct sockaddr));
	return fd;
}

void call_setup(void)
{
	memset(&call, 0, sizeof(call));
	sip_init(&call.sip);
	call.sip.settings.outbound_proxy = call_proxy;
	call.sip.settings.workers = call_workers;
	clock_stop();
	sip_open(&call.sip);
	sip_listen_strays(call.sip.sip, stray, &call);
	call.fence = open_fence();
	call.phone = phone_at(9);
	call.other = phone_at(10);
	hops_reset();
	hops_add(&call.sip, PROTOCOL_UDP, 9, 5060);
	call.is_permitted = true;
	call.template = (struct leg_template){
		.method = "INVITE",
		.from = "<sip:c-1@" SIP_DOMAIN ">",
		.from_tag = "ours",
		.max_forwards = 69,
		.headers = VIEW("Supported: timer\r\n"),
		.content = VIEW("Content-Type: application/sdp\r\n"),
		.body = VIEW("v=0\r\n")};
	call.leg = (struct leg){.template = &call.template,
				.request_uri = "sip:omar@example.org",
				.call_id = "c1",
				.cseq = 7,
				.contact = "c-1",
				.contact_params = ";isfocus",
				.still_permitted = still_permitted,
				.response = response,
				.ended = ended};
}

void call_teardown(void)
{
	close(call.fence);
	close(call.phone);
	close(call.other);
	sip_close(&call.sip);
}

void call_turns(int n)
{
	call_fence();
	while (n--)
		loop_step(call.sip.loop, 1);
	call_fence();
}

void call_wait(int ms)
{
	clock_move(ms);
	call_turns(6);
}

static const char *read_now(int fd)
{
	static char buffers[4][65536];
	static int next;
	char *buffer = buffers[next++ % 4];
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (poll(&ready, 1, 0) <= 0)
		return NULL;
	n = recv(fd, buffer, sizeof(buffers[0]) - 1, 0);
	if (n <= 0)
		return NULL;
	buffer[n] = '\0';
	return buffer;
}

const char *call_read(int fd)
{
	call_turns(4);
	return read_now(fd);
}

const char *call_await(int fd)
{
	const char *ret = NULL;

	for (int i = 0; !ret && i < SIP_SOON; i++) {
		call_turns(1);
		ret = read_now(fd);
	}
	return ret;
}

const char *call_cseq(int fd)
{
	const char *request = call_read(fd);
	const char *cseq = request ? sip_header(request, "CSeq") : NULL;

	return cseq ? cseq : "";
}

void call_reply(int fd, const char *request, int status, const char *tag,
		const char *more)
{
	char bytes[4096];
	union address to;
	const char *sent_to = sip_header(request, "To");

	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 %d x\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\n"
		 "Call-ID: %s\r\nCSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
		 status, sip_header(request, "Via"),
		 sip_header(request, "From"), sent_to, *tag ? ";tag=" : "", tag,
		 sip_header(request, "Call-ID"), sip_header(request, "CSeq"),
		 more);
	ck_assert(!address_parse(view_of(call.sip.host), 5060, &to));
	if (fd == call.phone || fd == call.other)
		sendto(fd, bytes, strlen(bytes), 0, &to.any, address_len(&to));
	else
		send(fd, bytes, strlen(bytes), 0);
	call_turns(6);
}

void call_ended(int status)
{
	call_turns(4);
	ck_assert_int_eq(call.n_ended, 1);
	ck_assert_int_eq(call.leg.state, LEG_ENDED);
	ck_assert_int_eq(call.leg.status, status);
	ck_assert_ptr_null(call.leg.txn);
}

void call_is_over(void)
{
	ck_assert_int_eq(sip_gauge(&call.sip, GAUGE_CLIENT_TXN), 0);
	ck_assert(sip_idle(call.sip.sip));
}

int call_listen(int last)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, few = 4096;
	union address address;

	ck_assert(!address_parse(view_of(sip_host(&call.sip, last)), 5060,
				 &address));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few));
	ck_assert_int_eq(bind(fd, &address.any, sizeof(address.v4)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

int call_accept(int listener)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};

	for (int i = 0; i < SIP_SOON && poll(&ready, 1, 0) <= 0; i++)
		call_turns(1);
	return accept(listener, NULL, NULL);
}
