/*
 * Any bytes from a socket: rates, checks, identity, what the modules get and
 * how it is answered; with a transport that only looks at what is sent.
 */
#include "db/accounts.h"
#include "server/consent/consent.h"
#include "server/edge/edge.h"
#include "server/message/messages.h"
#include "server/sip/message.h"
#include "server/sip/receive.h"

#include "tests/fuzz/fuzz_transport.h"

#define DOMAIN "relay.example.com"
#define GROWTH 1024 /* bytes that an answer is longer than its question */

static struct flow from; /* of the message that is looked at */
static size_t asked;
static int n_answers;
static bool is_call;  /* it gets a 100 as well */
static bool is_known; /* a deny token of ours: its answer may be long */

/* One answer, to where the question came from, made of whole lines. */
void fuzz_sent(const struct flow *flow, struct view message)
{
	uint8_t asker[16], told[16];

	FUZZ_CLAIM(++n_answers <= (is_call ? 2 : 1));
	address_bytes(&from.peer.address, asker);
	address_bytes(&flow->peer.address, told);
	FUZZ_CLAIM(bytes_equal(asker, told, sizeof(asker)));
	FUZZ_CLAIM(flow->connection == from.connection);
	FUZZ_CLAIM(view_starts_nocase(message, VIEW("SIP/2.0 ")));
	FUZZ_CLAIM(message.len <= asked + GROWTH);
	if (from.peer.protocol == PROTOCOL_UDP && !is_known)
		FUZZ_CLAIM(message.len <= 2 * asked);
	if (from.peer.protocol == PROTOCOL_UDP && !is_known && asked < 256)
		FUZZ_CLAIM(message.len <= asked + asked / 4);
	FUZZ_CLAIM(view_find_view(message, VIEW("\r\n\r\n"), 0) ==
		   message.len - 4);
	fuzz_claim_head(message);
}

/* The relay and the consents: what they are given is as request.h says. */

static struct sip *sip;
static struct edge *edge;

static void claim_headers(const struct header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		FUZZ_CLAIM(view_is_token(headers[i].name));
		FUZZ_CLAIM(!view_has_control(headers[i].value));
		FUZZ_CLAIM(view_is_utf8(headers[i].value));
	}
}

static void answer(struct request *request, int status)
{
	const struct response response = {.status = status};

	FUZZ_CLAIM(request->max_forwards >= 0 && request->max_forwards <= 255);
	FUZZ_CLAIM(request->max_breadth >= -1);
	FUZZ_CLAIM(request->expires_s >= -1);
	FUZZ_CLAIM(request->body.len <= asked);
	claim_headers(request->headers, request->n_headers);
	claim_headers(request->content, request->n_content);
	edge_respond(edge, request, &response);
	request_free(request);
}

void messages_receive(struct messages *messages, struct request *request)
{
	(void)messages;
	FUZZ_CLAIM(request->service && request->max_forwards > 0);
	FUZZ_CLAIM(request->sender.method != IDENTITY_NONE);
	FUZZ_CLAIM(request->sender.aor[0] && *request->from_key);
	FUZZ_CLAIM(!view_has_control(view_of(request->from)));
	for (int i = 0; request->asserted[i]; i++)
		FUZZ_CLAIM(!view_has_control(view_of(request->asserted[i])));
	answer(request, 202);
}

bool messages_are_full(const struct messages *messages)
{
	(void)messages;
	return false;
}

void messages_drain(struct messages *messages)
{
	(void)messages;
}

bool messages_idle(const struct messages *messages)
{
	(void)messages;
	return true;
}

void consents_drain(struct consents *consents)
{
	(void)consents;
}

bool consents_idle(const struct consents *consents)
{
	(void)consents;
	return true;
}

bool consent_knows_deny(const struct consents *any, const struct token *token)
{
	(void)any;
	is_known = token->bytes[0] & 1;
	return is_known;
}

void consent_receive(struct consents *consents, struct request *request)
{
	(void)consents;
	FUZZ_CLAIM(request->token_kind < TOKEN_KINDS);
	answer(request, 401);
}

/* A call rings, and nobody answers any more: nothing of it stays. */
static void call_receive(void *module, struct request *request)
{
	const struct response response = {
		.status = request->method_id == METHOD_INVITE ? 180 : 200};

	(void)module;
	FUZZ_CLAIM(request->bytes.at && strlen(request->tag) >= 8);
	FUZZ_CLAIM((request->purpose == PURPOSE_CONFERENCE) ==
		   (request->conference != NULL));
	FUZZ_CLAIM(!request->conference || strlen(request->conference) == 18);
	FUZZ_CLAIM(request->body.len <= asked);
	edge_respond(edge, request, &response);
	request_free(request);
}

static const struct method_module calls[] = {
	{.method = METHOD_INVITE,
	 .purpose = PURPOSE_LIST,
	 .identity = IDENTITY_REQUIRED,
	 .right = ACCOUNT_SEND,
	 .is_relayed = true,
	 .makes_dialog = true,
	 .receive = call_receive},
	{.method = METHOD_INVITE,
	 .purpose = PURPOSE_CONFERENCE,
	 .identity = IDENTITY_OPTIONAL,
	 .makes_dialog = true,
	 .receive = call_receive},
	{.method = METHOD_SUBSCRIBE,
	 .purpose = PURPOSE_CONFERENCE,
	 .identity = IDENTITY_OPTIONAL,
	 .makes_dialog = true,
	 .receive = call_receive},
};

static void open_edge(void)
{
	static struct counters counters;
	static const char *const listen[] = {"sip:192.0.2.1:5060"};
	static const char *const methods[] = {"MESSAGE", "INVITE"};
	static const struct service service = {.name = "lists",
					       .uri = "sip:lists@" DOMAIN,
					       .key = "sip:lists@" DOMAIN,
					       .missing = MISSING_REFUSES,
					       .methods = methods,
					       .n_methods = 2,
					       .allow = "MESSAGE, OPTIONS"};
	static struct trust_network peer;
	static const struct trust_domain trust = {.name = "core",
						  .peers = &peer,
						  .n_peers = 1,
						  .plain = TRUST_PLAIN_YES,
						  .tell = TRUST_TELL_YES,
						  .is_believed = true};
	static const struct trust_domains peers = {&trust, 1, 0};
	const struct sip_settings settings = {.loop = loop_new(),
					      .counters = &counters,
					      .domain = DOMAIN,
					      .listen = listen,
					      .n_listen = 1,
					      .message_max = 65536,
					      .transactions_max = 1000,
					      .unanswered_max = 1000};
	struct edge_settings edge_settings = {.loop = settings.loop,
					      .counters = &counters,
					      .accounts = accounts_new(NULL),
					      .domain = DOMAIN,
					      .services = &service,
					      .n_services = 1,
					      .trust_domains = &peers,
					      .nonce_lifetime_s = 60,
					      .message_max = 65536};
	struct sip_problem problem;

	FUZZ_CLAIM(trust_network_parse("192.0.2.9", &peer));
	FUZZ_CLAIM(!sip_new(&settings, &sip, &problem));
	edge_settings.sip = sip;
	edge = edge_new(&edge_settings);
	edge_register(edge, &consent_module, NULL);
	edge_register(edge, &message_module, NULL);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		edge_register(edge, &calls[i], NULL);
}

/* From a trusted peer over a stream, from a stranger by datagram, and as the
 * head of what could not be framed. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view bytes = {(const char *)at, len};

	if (!edge)
		open_edge();
	if (!len)
		return 0;
	asked = len;
	is_known = false;
	is_call = view_equal(view_head(bytes, 7), VIEW("INVITE "));
	n_answers = 0;
	from = (struct flow){.peer.protocol = PROTOCOL_TCP, .connection = 7};
	FUZZ_CLAIM(!address_parse(VIEW("192.0.2.9"), 5070, &from.peer.address));
	sip_receive(sip, bytes, &from);
	n_answers = 0;
	from = (struct flow){.peer.protocol = PROTOCOL_UDP};
	FUZZ_CLAIM(!address_parse(VIEW("[2001:db8::1]"), 5070,
				  &from.peer.address));
	sip_receive(sip, bytes, &from);
	n_answers = 0;
	sip_unframed(sip, bytes, &from, ERR_SYNTAX);
	return 0;
}
