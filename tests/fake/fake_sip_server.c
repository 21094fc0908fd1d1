/* Requests of theirs, and how they are answered. */
#include <stdio.h>

#include "server/sip/dialog_table.h"
#include "server/sip/respond.h"
#include "server/sip/response_writer.h"
#include "tests/fake/fake_sip_private.h"

void fake_add_lines(const struct message *message, const char *tag,
		    struct text *ret)
{
	struct view to = message_value(message, FIELD_TO), had;
	struct items items = {0};
	struct view via;

	while (message_next_item(message, FIELD_VIA, &items, &via))
		text_add_header(ret, VIEW("Via"), via);
	text_add_header(ret, VIEW("From"), message_value(message, FIELD_FROM));
	text_add(ret, "To: ");
	text_add_view(ret, to);
	if (tag && !view_param(to, "tag", &had))
		text_printf(ret, ";tag=%s", tag);
	text_add(ret, "\r\n");
	text_add_header(ret, VIEW("Call-ID"),
			message_value(message, FIELD_CALL_ID));
	text_add_header(ret, VIEW("CSeq"), message_value(message, FIELD_CSEQ));
}

void fake_server_gone(struct server_txn *txn)
{
	*txn->slot = NULL;
	loop_timer_clear(txn->sip->loop, &txn->timer);
	TAILQ_REMOVE(&txn->sip->servers, txn, link);
	text_release(&txn->lines);
	text_release(&txn->last);
	free(txn->branch);
	free(txn);
}

static void server_timer(void *arg)
{
	fake_server_gone(arg);
}

static char *heap_copy(struct view v)
{
	char *copy = mem_alloc(v.len + 1);

	if (v.len)
		memcpy(copy, v.at, v.len);
	return copy;
}

static struct server_txn *server_new(struct sip *sip,
				     const struct message *message,
				     const char *tag, struct server_txn **slot)
{
	struct server_txn *txn = mem_alloc(sizeof(*txn));
	struct view branch = VIEW_NONE;

	view_param(message_value(message, FIELD_VIA), "branch", &branch);
	txn->sip = sip;
	txn->slot = slot;
	txn->branch = heap_copy(branch);
	txn->is_invite = view_equal(message->method, VIEW("INVITE"));
	text_init(&txn->lines, NULL);
	text_init(&txn->last, NULL);
	fake_add_lines(message, tag, &txn->lines);
	loop_timer_init(&txn->timer, server_timer, txn);
	TAILQ_INSERT_TAIL(&sip->servers, txn, link);
	*slot = txn;
	return txn;
}

enum err server_txn_keep(struct received *received, struct arena *arena,
			 struct server_txn **ret)
{
	(void)arena;
	server_new(received->sip, received->message, NULL, ret);
	return ERR_OK;
}

void server_txn_drop(struct server_txn *txn)
{
	fake_server_gone(txn);
}

void server_txn_respond(struct server_txn *txn,
			const struct response_parts *parts)
{
	struct text *text = fake_put(txn->sip);

	text_printf(text, "SIP/2.0 %d %s\r\n", parts->status,
		    response_phrase(parts->status));
	text_add_view(text, text_view(&txn->lines));
	if (parts->contact)
		text_printf(text, "Contact: <sip:%s@%s>%s\r\n", parts->contact,
			    txn->sip->host,
			    parts->contact_params ? parts->contact_params : "");
	text_add_view(text, parts->more);
	text_printf(text, "Content-Length: %zu\r\n\r\n", parts->body.len);
	text_add_view(text, parts->body);
	if (parts->status < 200)
		return;
	if (txn->is_invite && !txn->is_accepted)
		text_add_view(&txn->last, text_view(text));
	if (!txn->is_invite || parts->status >= 300) {
		fake_server_gone(txn);
		return;
	}
	if (!txn->is_accepted)
		loop_timer_set(txn->sip->loop, &txn->timer, FAKE_GIVE_UP_MS);
	txn->is_accepted = true;
}

void server_txn_repeat(struct server_txn *txn)
{
	if (txn->is_accepted)
		text_add_view(fake_put(txn->sip), text_view(&txn->last));
}

void edge_repeat(struct edge *edge, struct request *request)
{
	(void)edge;
	if (request->txn)
		server_txn_repeat(request->txn);
}

void respond_reply(const struct received *received, const struct reply *reply)
{
	const struct response_parts parts = {.status = reply->status,
					     .more = text_view(&reply->lines)};
	struct server_txn *txn;

	server_new(received->sip, received->message, NULL, &txn);
	txn->is_invite = false;
	server_txn_respond(txn, &parts);
}

/* Every peer is believed, and names one. */
bool edge_identify(struct edge *edge, const struct edge_message *message,
		   struct arena *arena, struct identity *ret)
{
	struct view value =
		message_value(message->message, FIELD_P_ASSERTED_IDENTITY);

	(void)edge;
	if (value.len < 2)
		return false;
	*ret = (struct identity){
		IDENTITY_ASSERTED,
		{view_copy(arena,
			   view_from(view_head(value, value.len - 1), 1)),
		 NULL}};
	return true;
}

/* Every peer is told, where the test says so. */
void edge_assert(struct edge *edge, const struct edge_message *request,
		 const struct assertion *whose, struct text *ret)
{
	(void)request;
	if (!edge->sip->tells_whose)
		return;
	text_add_view(ret, whose->asserted);
	text_add_view(ret, whose->privacy_line);
}

void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response)
{
	struct response_parts parts = {.status = response->status,
				       .body = response->content.body,
				       .contact = response->contact,
				       .contact_params =
					       response->contact_params};
	struct text more;

	(void)edge;
	if (!request->txn)
		err_fatal("a request was answered twice");
	text_init(&more, NULL);
	for (size_t i = 0; i < response->n_headers; i++)
		text_add_header(&more, response->headers[i].name,
				response->headers[i].value);
	text_add_view(&more, response->content.lines);
	parts.more = text_view(&more);
	server_txn_respond(request->txn, &parts);
	text_release(&more);
}

void request_free(struct request *request)
{
	if (request->txn)
		fake_server_gone(request->txn);
	arena_free(request->arena);
}

static enum method method_of(struct view name)
{
	static const struct {
		struct view name;
		enum method method;
	} methods[] = {
		{VIEW("ACK"), METHOD_ACK},
		{VIEW("BYE"), METHOD_BYE},
		{VIEW("INFO"), METHOD_INFO},
		{VIEW("INVITE"), METHOD_INVITE},
		{VIEW("MESSAGE"), METHOD_MESSAGE},
		{VIEW("NOTIFY"), METHOD_NOTIFY},
		{VIEW("OPTIONS"), METHOD_OPTIONS},
		{VIEW("PRACK"), METHOD_PRACK},
		{VIEW("REFER"), METHOD_REFER},
		{VIEW("SUBSCRIBE"), METHOD_SUBSCRIBE},
		{VIEW("UPDATE"), METHOD_UPDATE},
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (view_equal(methods[i].name, name))
			return methods[i].method;
	return METHOD_UNKNOWN;
}

static void take_first_invite(struct sip *sip, const struct message *message)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));

	request->arena = arena;
	request->method = "INVITE";
	request->method_id = METHOD_INVITE;
	request->target = view_copy(arena, message->uri);
	request->call_id =
		view_copy(arena, message_value(message, FIELD_CALL_ID));
	request->bytes = (struct view){view_copy(arena, message->whole),
				       message->whole.len};
	request->tag = arena_printf(arena, "t%ux%u", ++sip->n_tags,
				    (unsigned)strlen(sip->host));
	request->channel = PROTOCOL_UDP;
	server_new(sip, message, request->tag, &request->txn)->request =
		request;
	sip->invite(sip->invite_arg, request);
}

static void refuse(struct sip *sip, const struct received *received, int status)
{
	const struct reply reply = {.status = status};

	(void)sip;
	if (received->method != METHOD_ACK)
		respond_reply(received, &reply);
}

static void take_in_dialog(struct sip *sip, struct received *received)
{
	struct dialog *dialog =
		dialog_table_find(sip->dialogs, received->message);

	if (!dialog) {
		refuse(sip, received, 481);
		return;
	}
	switch (dialog_receive(dialog, received->message)) {
	case DIALOG_VERDICT_TAKEN:
		dialog->owner->request(dialog->owner->arg, dialog, received);
		break;
	case DIALOG_VERDICT_GONE:
		refuse(sip, received, 481);
		break;
	case DIALOG_VERDICT_LATE:
		refuse(sip, received, 500);
		break;
	case DIALOG_VERDICT_MERGED:
		refuse(sip, received, 482);
		break;
	case DIALOG_VERDICT_IGNORED:
		break;
	}
}

static void take_cancel(struct sip *sip, const struct received *received)
{
	struct view branch = VIEW_NONE;
	struct server_txn *txn;

	view_param(message_value(received->message, FIELD_VIA), "branch",
		   &branch);
	TAILQ_FOREACH(txn, &sip->servers, link)
	{
		if (!txn->is_invite ||
		    !view_equal(branch, view_of(txn->branch)))
			continue;
		refuse(sip, received, 200);
		if (txn->request && !txn->is_accepted &&
		    txn->request->cancelled)
			txn->request->cancelled(txn->request);
		return;
	}
	refuse(sip, received, 481);
}

/* A repeat of a request is nothing new; ACK has no answer to repeat. */
static bool was_seen(struct sip *sip, const struct message *message)
{
	struct view branch = VIEW_NONE;
	struct fake_seen *seen;
	struct text key;

	if (view_equal(message->method, VIEW("ACK")))
		return false;
	view_param(message_value(message, FIELD_VIA), "branch", &branch);
	text_init(&key, NULL);
	text_add_view(&key, message->method);
	text_add_view(&key, branch);
	TAILQ_FOREACH(seen, &sip->seen, link)
	{
		if (strcmp(seen->key, key.at) == 0) {
			text_release(&key);
			return true;
		}
	}
	seen = mem_alloc(sizeof(*seen));
	seen->key = key.at;
	TAILQ_INSERT_TAIL(&sip->seen, seen, link);
	return false;
}

void fake_take_request(struct sip *sip, const struct message *message)
{
	struct received received = {.sip = sip,
				    .message = message,
				    .from = &fake_flow,
				    .method = method_of(message->method)};
	struct view tag;

	if (was_seen(sip, message))
		return;
	if (view_equal(message->method, VIEW("CANCEL")))
		take_cancel(sip, &received);
	else if (view_param(message_value(message, FIELD_TO), "tag", &tag))
		take_in_dialog(sip, &received);
	else if (received.method == METHOD_INVITE && sip->invite)
		take_first_invite(sip, message);
	else
		refuse(sip, &received, 405);
}
