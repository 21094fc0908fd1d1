#include "tests/fake/fake_edge.h"

#include "server/base/text.h"

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
	edge->waiting = NULL;
	edge->n_waiting = edge->room = 0;
	edge->sent_end = &edge->sent;
	edge->answered_end = &edge->answered;
}

/* ---- requests ---------------------------------------------------------- */

void fake_edge_receive(struct edge *edge, struct request *request)
{
	request->txn = edge;
	edge->n_requests++;
}

void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response)
{
	struct answered *answered = mem_alloc(sizeof(*answered));

	if (request->txn != edge)
		err_fatal("a request was answered twice");
	request->txn = NULL;
	edge->n_requests--;
	memset(answered, 0, sizeof(*answered));
	answered->status = response->status;
	text_init(&answered->message, NULL);
	text_printf(&answered->message, "SIP/2.0 %d %s\n", response->status,
		    response->reason ? response->reason : "");
	for (size_t i = 0; i < response->n_headers; i++) {
		text_add_view(&answered->message, response->headers[i].name);
		text_add(&answered->message, ": ");
		text_add_view(&answered->message, response->headers[i].value);
		text_add(&answered->message, "\n");
	}
	*edge->answered_end = answered;
	edge->answered_end = &answered->next;
}

void request_free(struct request *request)
{
	struct edge *edge = request->txn;

	if (edge)
		edge->n_requests--;
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

const char *edge_domain(const struct edge *edge)
{
	return edge->domain;
}

static void write_message(struct sent *sent, const struct leg *leg)
{
	const struct leg_template *template = leg->template;
	struct text *text = &sent->message;

	text_printf(text, "%s %s SIP/2.0\r\n", template->method,
		    leg->request_uri);
	text_printf(text, "Max-Forwards: %d\r\n", template->max_forwards);
	if (leg->max_breadth)
		text_printf(text, "Max-Breadth: %d\r\n", leg->max_breadth);
	text_printf(text, "From: %s;tag=%s\r\n", template->from,
		    template->from_tag);
	text_printf(text, "To: <%s>\r\n", leg->request_uri);
	text_printf(text, "Call-ID: %s\r\n", leg->call_id);
	text_printf(text, "CSeq: %u %s\r\n", leg->cseq, template->method);
	text_add_view(text, template->headers);
	text_add_view(text, template->asserted);
	if (leg->trigger)
		text_printf(text, "Trigger-Consent: %s\r\n", leg->trigger);
	text_add_view(text, template->content);
	text_printf(text, "Content-Length: %zu\r\n\r\n", template->body.len);
	sent->body_at = text->len;
	text_add_view(text, template->body);
}

static void leave(struct edge *edge, struct leg *leg)
{
	struct sent *sent;

	if (leg->still_permitted && !leg->still_permitted(leg)) {
		leg->state = LEG_ENDED;
		leg->status = LEG_STATUS_WITHDRAWN;
		leg->ended(leg);
		return;
	}
	sent = mem_alloc(sizeof(*sent));
	memset(sent, 0, sizeof(*sent));
	text_init(&sent->message, NULL);
	sent->uri = mem_strdup(leg->request_uri);
	sent->leg = leg;
	leg->was_sent = true;
	write_message(sent, leg);
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
	leg->state = LEG_ENDED;
	leg->status = status;
	leg->retry_after_s = retry_after_s;
	leg->ended(leg);
}
