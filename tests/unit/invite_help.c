#include "tests/unit/invite_help.h"

int peer;
struct request *cancelled_request;
int n_cancelled;

static void cancelled(struct request *request)
{
	cancelled_request = request;
	n_cancelled++;
}

static void receive(void *module, struct request *request)
{
	struct sip_fixture *fixture = module;

	ck_assert_uint_lt(fixture->n_requests, SIP_KEPT);
	fixture->requests[fixture->n_requests++] = request;
	request->cancelled = cancelled;
	if (fixture->act)
		fixture->act(fixture, request);
}

static const char *const accepts[] = {"application/sdp", "multipart/mixed",
				      "application/resource-lists+xml", NULL};
static const char *const list_tags[] = {"recipient-list-invite", "timer", NULL};
static const char *const tags[] = {"timer", NULL};
static const enum method in_dialogs[] = {METHOD_ACK, METHOD_BYE, METHOD_CANCEL,
					 METHOD_UPDATE, METHOD_UNKNOWN};

static struct method_module rows[] = {
	{
		.method = METHOD_INVITE,
		.purpose = PURPOSE_LIST,
		.option_tags = list_tags,
		.accepts = accepts,
		.takes_accepted_only = true,
		.body_max = 65535,
		.shed = SHED_FIRST,
		.identity = IDENTITY_REQUIRED,
		.right = ACCOUNT_SEND,
		.is_relayed = true,
		.makes_dialog = true,
		.dialog_methods = in_dialogs,
		.receive = receive,
	},
	{
		.method = METHOD_INVITE,
		.purpose = PURPOSE_CONFERENCE,
		.option_tags = tags,
		.accepts = accepts,
		.takes_accepted_only = true,
		.body_max = 65535,
		.identity = IDENTITY_OPTIONAL,
		.makes_dialog = true,
		.dialog_methods = in_dialogs,
		.receive = receive,
	},
	{
		.method = METHOD_SUBSCRIBE,
		.purpose = PURPOSE_CONFERENCE,
		.event = "conference",
		.identity = IDENTITY_OPTIONAL,
		.makes_dialog = true,
		.receive = receive,
	},
	{
		.method = METHOD_OPTIONS,
		.purpose = PURPOSE_CONFERENCE,
		.identity = IDENTITY_OPTIONAL,
		.receive = receive,
	},
};

struct method_module *const invite_row = &rows[0];

void invite_rows(void)
{
	static const char *const methods[] = {"MESSAGE", "INVITE"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		edge_register(sip.edge, &rows[i], &sip);
	sip.service.methods = methods;
	sip.service.n_methods = 2;
	sip.service.allow = "MESSAGE, INVITE, OPTIONS";
	peer = sip_peer(&sip, 200, 0);
	n_cancelled = 0;
	cancelled_request = NULL;
}

void invite_setup(void)
{
	setup();
	invite_rows();
}

void invite_teardown(void)
{
	close(peer);
	teardown();
}

const char *invite(struct ask *ask)
{
	static char more[2048];

	if (!ask->method)
		ask->method = "INVITE";
	if (!ask->uri)
		ask->uri = LISTS;
	if (!ask->branch)
		ask->branch = "z9hG4bKinvite";
	snprintf(more, sizeof(more), "%s" CONTACT "%s", trusted,
		 ask->more ? ask->more : "");
	ask->more = more;
	return send_ask(peer, ask);
}

struct request *last_request(void)
{
	ck_assert_uint_gt(sip.n_requests, 0);
	return sip.requests[sip.n_requests - 1];
}

void answer(struct request *request, int status)
{
	const struct response response = {.status = status,
					  .contact = "c-0123456789abcdef",
					  .contact_params = ";isfocus"};

	edge_respond(sip.edge, request, &response);
}

const char *send_of(const char *method, const struct ask *ask, const char *to)
{
	struct ask of = *ask;

	of.method = method;
	of.more = NULL;
	of.body = NULL;
	of.to = to;
	return send_ask(peer, &of);
}

void is_silent(int from)
{
	char byte;

	sip_turn(&sip, 0);
	ck_assert_int_eq(recv(from, &byte, 1, MSG_DONTWAIT), -1);
}

int tcp_peer(void)
{
	int stream = socket(AF_INET, SOCK_STREAM, 0);
	union address here, there;

	ck_assert(!address_parse(view_of(sip_host(&sip, 200)), 0, &here));
	ck_assert(!address_parse(view_of(sip.host), 5060, &there));
	ck_assert_int_eq(bind(stream, &here.any, sizeof(here.v4)), 0);
	ck_assert_int_eq(connect(stream, &there.any, sizeof(there.v4)), 0);
	return stream;
}

void send_all(int stream, struct view bytes)
{
	while (bytes.len) {
		ssize_t n = send(stream, bytes.at, bytes.len, MSG_DONTWAIT);

		bytes = view_from(bytes, n > 0 ? (size_t)n : 0);
		sip_turn(&sip, 0);
	}
}
