#include "tests/fake/fake_edge.h"

#include "policies/trust.h"
#include "server/base/ip_bytes.h"
#include "server/base/text.h"
#include "server/sip/request_writer.h"
#include "server/sip/response_writer.h"

void fake_edge_init(struct edge *edge, const char *domain)
{
	memset(edge, 0, sizeof(*edge));
	edge->domain = domain;
	edge->sent_end = &edge->sent;
	edge->answered_end = &edge->answered;
}

void fake_edge_release(struct edge *edge)
{
	while (edge->sent) {
		struct sent *sent = edge->sent;

		edge->sent = sent->next;
		text_release(&sent->message);
		free(sent->uri);
		free(sent);
	}
	while (edge->answered) {
		struct answered *answered = edge->answered;

		edge->answered = answered->next;
		text_release(&answered->message);
		free(answered);
	}
	free(edge->waiting);
	free(edge->unfound);
	edge->unfound = NULL;
	edge->waiting = NULL;
	edge->n_waiting = edge->room = 0;
	edge->sent_end = &edge->sent;
	edge->answered_end = &edge->answered;
}

/* ---- requests ---------------------------------------------------------- */

void fake_edge_receive(struct edge *edge, struct request *request)
{
	edge->txn.edge = edge;
	request->txn = &edge->txn;
	edge->n_requests++;
}

/* What is copied from the request is not there: nobody wrote its bytes. */
static void write_response(struct answered *answered,
			   const struct response *response)
{
	struct response_parts parts = {.status = response->status,
				       .reason = response->reason,
				       .body = response->content.body};
	struct text more;

	text_init(&more, NULL);
	for (size_t i = 0; i < response->n_headers; i++)
		response_add_header(&more, response->headers[i].name,
				    response->headers[i].value);
	if (response->contact)
		text_printf(&more, "Contact: <sip:%s@relay.example:5060>%s\r\n",
			    response->contact,
			    response->contact_params ? response->contact_params
						     : "");
	text_add_view(&more, response->content.lines);
	parts.more = text_view(&more);
	response_write(&parts, SIZE_MAX, &answered->message);
	answered->status = parts.status;
	text_release(&more);
}

/* An INVITE may get 1xx, and its 2xx again. */
static bool is_last(const struct request *request, int status)
{
	return request->method_id != METHOD_INVITE || status >= 300;
}

bool edge_identify(struct edge *edge, const struct edge_message *message,
		   struct arena *arena, struct identity *ret)
{
	(void)edge;
	(void)message;
	(void)arena;
	(void)ret;
	return false;
}

void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response)
{
	struct answered *answered = mem_alloc(sizeof(*answered));

	if (request->txn != &edge->txn)
		err_fatal("a request was answered twice");
	if (is_last(request, response->status)) {
		request->txn = NULL;
		edge->n_requests--;
	}
	memset(answered, 0, sizeof(*answered));
	text_init(&answered->message, NULL);
	write_response(answered, response);
	*edge->answered_end = answered;
	edge->answered_end = &answered->next;
}

/* What goes again is in nobody's interest here. */
void edge_repeat(struct edge *edge, struct request *request)
{
	(void)edge;
	(void)request;
}

void request_free(struct request *request)
{
	if (request->txn)
		request->txn->edge->n_requests--;
	arena_free(request->arena);
}

/* ---- legs -------------------------------------------------------------- */

void edge_send(struct edge *edge, struct leg *leg)
{
	if (leg->state != LEG_IDLE)
		err_fatal("a leg was sent twice");
	leg->state = LEG_TRYING;
	leg->txn = edge;
	if (edge->n_waiting == edge->room) {
		edge->room = edge->room ? edge->room * 2 : 16;
		edge->waiting = mem_resize(edge->waiting,
					   edge->room * sizeof(*edge->waiting));
	}
	edge->waiting[edge->n_waiting++] = leg;
}

void edge_quiesce(struct edge *edge)
{
	(void)edge;
}

void edge_drop(struct edge *edge, struct leg *leg)
{
	for (struct sent *sent = edge->sent; sent; sent = sent->next) {
		if (sent->leg == leg)
			sent->leg = NULL;
	}
	for (size_t i = 0; i < edge->n_waiting; i++) {
		if (edge->waiting[i] == leg)
			edge->waiting[i] = NULL;
	}
}

/* As it goes to a trusted peer over a stream, which takes any size: the whole
 * body, and the identity that Privacy allows.  Branches are the same always, so
 * that two tries can be compared. */
static void write_message(struct sent *sent, const struct leg *leg)
{
	static const struct trust_domain next_hop = {.tell = TRUST_TELL_YES};
	static char ours[] = "relay.example:5060";
	char *sent_by[] = {ours};
	const struct sender sender = {.sent_by = sent_by, .n_sent_by = 1};
	const struct flow flow = {.peer.protocol = PROTOCOL_TCP};
	const struct leg_template *template = leg->template;
	const struct trust_departure departure = {.to = &next_hop,
						  .method = template->method,
						  .privacy = template->privacy};
	const struct request_writer writer = {
		.sender = &sender,
		.leg = leg,
		.flow = &flow,
		.branch = BRANCH_COOKIE "vscript",
		.cseq = leg->cseq,
		.variant = BODY_WHOLE,
		.identity =
			trust_request_out(&departure) == IDENTITY_OUT_ASSERTED
				? LEG_IDENTITY_ASSERTED
				: LEG_IDENTITY_WITHHELD};

	request_write(&writer, &sent->message);
	sent->body_at = sent->message.len - template->body.len;
}

static void end(struct leg *leg, int status)
{
	leg->state = LEG_ENDED;
	leg->status = status;
	leg->ended(leg);
}

static void find_address(const struct edge *edge, const char *uri,
			 uint8_t ret[16])
{
	static const uint8_t usual[4] = {198, 51, 100, 1};

	if (edge->address_of)
		edge->address_of(uri, ret);
	else
		ip_bytes_map(usual, ret);
}

/* The real one tells hops; here they are the address. */
static void tell_hops(const struct edge *edge, struct leg *leg)
{
	uint8_t address[16];

	find_address(edge, leg->request_uri, address);
	leg->found(leg, (const struct leg_hops *)(const void *)address);
	end(leg, LEG_STATUS_WITHDRAWN);
}

size_t fake_edge_addresses(const struct leg_hops *hops, uint8_t (*ret)[16],
			   size_t most)
{
	(void)most;
	memcpy(ret[0], hops, 16);
	return 1;
}

static bool may_reach(const struct edge *edge, struct leg *leg)
{
	uint8_t address[16];

	find_address(edge, leg->request_uri, address);
	return !leg->may_reach || leg->may_reach(leg, address);
}

size_t fake_edge_repeat(struct sent *sent)
{
	struct leg *leg = sent->leg;

	if (!leg || (leg->still_permitted && !leg->still_permitted(leg)) ||
	    (leg->may_repeat && !leg->may_repeat(leg)))
		return 0;
	leg->bytes_out += sent->message.len;
	return sent->message.len;
}

static void leave(struct edge *edge, struct leg *leg)
{
	struct sent *sent;

	if (!leg_is_valid(leg)) {
		end(leg, 400);
		return;
	}
	if (leg->still_permitted && !leg->still_permitted(leg)) {
		end(leg, LEG_STATUS_WITHDRAWN);
		return;
	}
	if (edge->unfound && strcmp(edge->unfound, leg->request_uri) == 0) {
		end(leg, edge->unfound_status);
		return;
	}
	if (leg->found) {
		tell_hops(edge, leg);
		return;
	}
	if (!may_reach(edge, leg)) {
		end(leg, 503);
		return;
	}
	sent = mem_alloc(sizeof(*sent));
	memset(sent, 0, sizeof(*sent));
	text_init(&sent->message, NULL);
	sent->uri = mem_strdup(leg->request_uri);
	sent->leg = leg;
	leg->was_sent = true;
	write_message(sent, leg);
	leg->bytes_out += sent->message.len;
	*edge->sent_end = sent;
	edge->sent_end = &sent->next;
}

int fake_edge_turn(struct edge *edge)
{
	struct leg **waiting = edge->waiting;
	size_t n = edge->n_waiting;
	int moved = 0;

	if (edge->is_held || n == 0)
		return 0;
	edge->waiting = NULL;
	edge->n_waiting = edge->room = 0;
	for (size_t i = 0; i < n; i++) {
		if (!waiting[i])
			continue;
		leave(edge, waiting[i]);
		moved++;
	}
	free(waiting);
	return moved;
}

size_t fake_edge_in_flight(const struct edge *edge)
{
	size_t n = 0;

	for (const struct sent *sent = edge->sent; sent; sent = sent->next)
		n += sent->leg != NULL;
	return n;
}

void fake_edge_answer(struct sent *sent, int status, int retry_after_s)
{
	struct leg *leg = sent->leg;

	sent->leg = NULL;
	leg->retry_after_s = retry_after_s;
	end(leg, status);
}
