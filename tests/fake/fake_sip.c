#include "tests/fake/fake_sip.h"

#include <stdio.h>

#include "server/base/text.h"
#include "server/sip/cseq.h"
#include "server/sip/dialog_table.h"
#include "server/sip/request_writer.h"
#include "server/sip/respond.h"
#include "server/sip/server_txn.h"

#define GIVE_UP_MS (64 * T1_MS)
#define BRANCH_ROOM 96

/** A message that left. */
struct parcel {
	TAILQ_ENTRY(parcel) link;
	struct text bytes;
};
/** A request that came before. */
struct seen {
	TAILQ_ENTRY(seen) link;
	char *key;
};

/** A leg of ours. */
struct client {
	TAILQ_ENTRY(client) link;
	struct sip *sip;
	struct leg *leg;
	char branch[BRANCH_ROOM];
	enum { WAITS, ASKED, LEFT, PROCEEDS, ACCEPTED } state;
	bool is_cancelled, has_cancelled;
	char *reason;
	struct text sent; /**< what it says */
	struct loop_timer timer;
};

/** A request of theirs that can be answered. */
struct server_txn {
	TAILQ_ENTRY(server_txn) link;
	struct sip *sip;
	struct server_txn **slot;
	struct request *request; /**< a first INVITE, or NULL */
	struct text lines;	 /**< that each response has */
	char *branch;
	bool is_invite, is_accepted;
	struct text last; /**< the 2xx to an INVITE */
	struct loop_timer timer;
};

struct edge {
	struct sip *sip;
};

struct sip {
	struct loop *loop;
	struct edge edge;
	char host[64];
	struct dialog_table *dialogs;
	TAILQ_HEAD(, parcel) out;
	struct parcel *taken;
	TAILQ_HEAD(, client) clients;
	TAILQ_HEAD(, server_txn) servers;
	TAILQ_HEAD(, seen) seen;
	unsigned n_branches, n_tags;
	struct message in;
	void (*stray)(void *arg, const struct message *response,
		      const struct flow *from);
	void *stray_arg;
	struct flow stray_from;
	void (*invite)(void *arg, struct request *request);
	void *invite_arg;
};

static const struct flow flow_of_all = {.peer.protocol = PROTOCOL_UDP};

void fake_sip_stray_from(struct sip *sip, const char *host)
{
	sip->stray_from = flow_of_all;
	if (address_parse(view_of(host), 5060, &sip->stray_from.peer.address))
		err_fatal("no address");
}

struct sip *fake_sip_new(struct loop *loop, const char *host)
{
	struct sip *sip = mem_alloc(sizeof(*sip));
	static const struct hash_key key = {{1}};

	sip->loop = loop;
	sip->edge.sip = sip;
	fake_sip_stray_from(sip, "192.0.2.99");
	snprintf(sip->host, sizeof(sip->host), "%s:5060", host);
	sip->dialogs = dialog_table_new(&key);
	TAILQ_INIT(&sip->out);
	TAILQ_INIT(&sip->clients);
	TAILQ_INIT(&sip->servers);
	TAILQ_INIT(&sip->seen);
	return sip;
}

struct edge *fake_sip_edge(struct sip *sip)
{
	return &sip->edge;
}

void fake_sip_listen(struct sip *sip,
		     void (*invite)(void *arg, struct request *request),
		     void *arg)
{
	sip->invite = invite;
	sip->invite_arg = arg;
}

struct dialog_table *sip_dialogs(struct sip *sip)
{
	return sip->dialogs;
}

void sip_listen_strays(struct sip *sip,
		       void (*stray)(void *arg, const struct message *response,
				     const struct flow *from),
		       void *arg)
{
	sip->stray = stray;
	sip->stray_arg = arg;
}

/* ---- what leaves --------------------------------------------------------- */

static struct text *put(struct sip *sip)
{
	struct parcel *parcel = mem_alloc(sizeof(*parcel));

	text_init(&parcel->bytes, NULL);
	TAILQ_INSERT_TAIL(&sip->out, parcel, link);
	return &parcel->bytes;
}

static void parcel_free(struct parcel *parcel)
{
	if (!parcel)
		return;
	text_release(&parcel->bytes);
	free(parcel);
}

const char *fake_sip_take(struct sip *sip)
{
	struct parcel *parcel = TAILQ_FIRST(&sip->out);

	parcel_free(sip->taken);
	sip->taken = parcel;
	if (!parcel)
		return NULL;
	TAILQ_REMOVE(&sip->out, parcel, link);
	return parcel->bytes.at;
}

/* ---- legs ---------------------------------------------------------------- */

static bool is_method(const struct leg *leg, const char *method)
{
	return strcmp(leg->template->method, method) == 0;
}

static void client_free(struct client *client)
{
	loop_timer_clear(client->sip->loop, &client->timer);
	TAILQ_REMOVE(&client->sip->clients, client, link);
	text_release(&client->sent);
	free(client->reason);
	free(client);
}

static void client_end(struct client *client, int status)
{
	struct leg *leg = client->leg;

	client_free(client);
	leg->txn = NULL;
	leg->state = LEG_ENDED;
	leg->status = status;
	leg->ended(leg);
}

static void client_timer(void *arg)
{
	struct client *client = arg;

	if (client->state == ACCEPTED)
		client_end(client, client->leg->status);
	else
		client_end(client, client->is_cancelled ? 487 : 408);
}

static void client_wait(struct client *client)
{
	loop_timer_set(client->sip->loop, &client->timer, GIVE_UP_MS);
}

void sip_send(struct sip *sip, struct leg *leg)
{
	struct client *client = mem_alloc(sizeof(*client));

	if (leg->state != LEG_IDLE)
		err_fatal("a leg was sent twice");
	client->sip = sip;
	client->leg = leg;
	snprintf(client->branch, sizeof(client->branch), "z9hG4bK%u%s",
		 ++sip->n_branches, sip->host);
	text_init(&client->sent, NULL);
	loop_timer_init(&client->timer, client_timer, client);
	TAILQ_INSERT_TAIL(&sip->clients, client, link);
	leg->state = LEG_TRYING;
	leg->txn = client;
}

void sip_drop(struct sip *sip, struct leg *leg)
{
	(void)sip;
	if (leg->txn)
		client_free(leg->txn);
	leg->txn = NULL;
}

static void write_leg(struct client *client)
{
	char *sent_by[] = {client->sip->host};
	const struct sender sender = {.sent_by = sent_by, .n_sent_by = 1};
	const struct leg *leg = client->leg;
	const struct request_writer writer = {
		.sender = &sender,
		.leg = leg,
		.flow = &flow_of_all,
		.branch = leg->branch ? leg->branch : client->branch,
		.cseq = leg->cseq,
		.variant = BODY_WHOLE};

	text_clear(&client->sent);
	request_write(&writer, &client->sent);
}

static void leave(struct client *client)
{
	struct leg *leg = client->leg;

	if (!leg_is_valid(leg)) {
		client_end(client, 400);
		return;
	}
	if (!leg->still_permitted(leg)) {
		client_end(client, LEG_STATUS_WITHDRAWN);
		return;
	}
	client->state = LEFT;
	leg->was_sent = true;
	text_add_view(put(client->sip), text_view(&client->sent));
	if (!is_method(leg, "ACK"))
		client_wait(client);
}

static void ask(struct client *client)
{
	struct leg_hop hop = {.branch = client->branch,
			      .uri = "sip:192.0.2.99:5060;transport=udp",
			      .routes = "",
			      .flow = &flow_of_all};

	write_leg(client);
	hop.bytes = text_view(&client->sent);
	client->state = ASKED;
	if (!client->leg->may_leave ||
	    client->leg->may_leave(client->leg, &hop))
		leave(client);
}

/* What a leg does may end others. */
static bool turn_one(struct sip *sip)
{
	struct client *client;

	TAILQ_FOREACH(client, &sip->clients, link)
	{
		if (client->state != WAITS &&
		    !(client->state == ASKED && client->is_cancelled))
			continue;
		if (client->is_cancelled)
			client_end(client, LEG_STATUS_WITHDRAWN);
		else
			ask(client);
		return true;
	}
	return false;
}

int fake_sip_turn(struct sip *sip)
{
	int n = 0;

	while (turn_one(sip))
		n++;
	return n;
}

void sip_go(struct sip *sip, struct leg *leg)
{
	struct client *client = leg->txn;

	(void)sip;
	if (client && client->state == ASKED && !client->is_cancelled)
		leave(client);
}

void sip_repeat(struct sip *sip, struct leg *leg)
{
	struct client *client = leg->txn;

	if (client && client->state == LEFT)
		text_add_view(put(sip), text_view(&client->sent));
}

static void send_cancel(struct client *client)
{
	struct view sent = text_view(&client->sent);
	size_t cseq = view_find_view(sent, VIEW("CSeq: "), 0);
	struct text *text = put(client->sip);

	client->has_cancelled = true;
	text_add(text, "CANCEL");
	text_add_bytes(text, sent.at + 6, cseq - 6);
	text_printf(text, "CSeq: %u CANCEL", client->leg->cseq);
	text_add(text, "\r\n");
	text_add(text, client->reason);
	text_add(text, "Content-Length: 0\r\n\r\n");
}

void sip_cancel(struct sip *sip, struct leg *leg, struct view lines)
{
	struct client *client = leg->txn;

	(void)sip;
	if (!client || client->is_cancelled || client->state == ACCEPTED)
		return;
	client->is_cancelled = true;
	client->reason = mem_alloc(lines.len + 1);
	if (lines.len)
		memcpy(client->reason, lines.at, lines.len);
	if (client->state == PROCEEDS)
		send_cancel(client);
	if (client->state == PROCEEDS || client->state == LEFT)
		client_wait(client);
}

size_t fake_sip_legs(const struct sip *sip)
{
	const struct client *client;
	size_t n = 0;

	TAILQ_FOREACH(client, &sip->clients, link)
	n++;
	return n;
}

/* ---- responses that come ------------------------------------------------- */

static struct client *client_of(struct sip *sip, const struct message *message)
{
	struct client *client;
	struct view branch;
	struct cseq cseq;

	if (!view_param(message_value(message, FIELD_VIA), "branch", &branch) ||
	    cseq_parse(message_value(message, FIELD_CSEQ), &cseq) != ERR_OK)
		return NULL;
	TAILQ_FOREACH(client, &sip->clients, link)
	{
		if (view_equal(branch, view_of(client->branch)) &&
		    view_equal(cseq.method,
			       view_of(client->leg->template->method)) &&
		    client->state >= LEFT)
			return client;
	}
	return NULL;
}

static void invite_answered(struct client *client,
			    const struct message *message)
{
	struct leg *leg = client->leg;

	if (message->status < 200) {
		if (client->state == ACCEPTED)
			return;
		if (!client->is_cancelled)
			loop_timer_clear(client->sip->loop, &client->timer);
		client->state = PROCEEDS;
		leg->state = LEG_PROCEEDING;
		if (client->is_cancelled && !client->has_cancelled)
			send_cancel(client);
		if (message->status > 100)
			leg->response(leg, message);
		return;
	}
	if (message->status < 300) {
		if (client->state != ACCEPTED)
			client_wait(client);
		client->state = ACCEPTED;
		leg->status = message->status;
		leg->response(leg, message);
		return;
	}
	if (client->state == ACCEPTED)
		return;
	leg->response(leg, message);
	client_end(client, message->status);
}

static void read_retry_after(struct leg *leg, const struct message *message)
{
	uint64_t seconds;

	if (view_to_u64(message_value(message, FIELD_RETRY_AFTER), INT32_MAX,
			&seconds) == ERR_OK)
		leg->retry_after_s = (int)seconds;
}

static void take_response(struct sip *sip, const struct message *message)
{
	struct client *client = client_of(sip, message);
	struct leg *leg;

	if (!client) {
		if (sip->stray)
			sip->stray(sip->stray_arg, message, &sip->stray_from);
		return;
	}
	leg = client->leg;
	read_retry_after(leg, message);
	if (is_method(leg, "INVITE")) {
		invite_answered(client, message);
		return;
	}
	if (message->status < 200 || is_method(leg, "ACK"))
		return;
	if (leg->response)
		leg->response(leg, message);
	client_end(client, message->status);
}

/* ---- requests that come -------------------------------------------------- */

static void add_lines(const struct message *message, const char *tag,
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

static void server_gone(struct server_txn *txn)
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
	server_gone(arg);
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
	add_lines(message, tag, &txn->lines);
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
	server_gone(txn);
}

void server_txn_respond(struct server_txn *txn,
			const struct response_parts *parts)
{
	struct text *text = put(txn->sip);

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
		server_gone(txn);
		return;
	}
	if (!txn->is_accepted)
		loop_timer_set(txn->sip->loop, &txn->timer, GIVE_UP_MS);
	txn->is_accepted = true;
}

void server_txn_repeat(struct server_txn *txn)
{
	if (txn->is_accepted)
		text_add_view(put(txn->sip), text_view(&txn->last));
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
		server_gone(request->txn);
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
	struct seen *seen;
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

static void take_request(struct sip *sip, const struct message *message)
{
	struct received received = {.sip = sip,
				    .message = message,
				    .from = &flow_of_all,
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

void fake_sip_deliver(struct sip *sip, const char *bytes)
{
	char *copy = mem_strdup(bytes);

	message_read(&sip->in, view_of(copy));
	if (sip->in.fault && sip->in.status / 100 != 2)
		err_fatal("the test wrote what cannot be read");
	if (sip->in.status)
		take_response(sip, &sip->in);
	else
		take_request(sip, &sip->in);
	free(copy);
}

void fake_sip_free(struct sip *sip)
{
	struct client *client;
	struct server_txn *txn;
	struct parcel *parcel;
	struct seen *seen;

	while ((client = TAILQ_FIRST(&sip->clients)))
		client_free(client);
	while ((txn = TAILQ_FIRST(&sip->servers)))
		server_gone(txn);
	while ((parcel = TAILQ_FIRST(&sip->out))) {
		TAILQ_REMOVE(&sip->out, parcel, link);
		parcel_free(parcel);
	}
	while ((seen = TAILQ_FIRST(&sip->seen))) {
		TAILQ_REMOVE(&sip->seen, seen, link);
		free(seen->key);
		free(seen);
	}
	parcel_free(sip->taken);
	dialog_table_free(sip->dialogs);
	free(sip);
}

/* ---- for tests ----------------------------------------------------------- */

const char *fake_sip_reply(const char *request, int status, const char *tag,
			   const char *lines, const char *body)
{
	static struct message message;
	static char reply[8192];
	struct text text;

	message_read(&message, view_of(request));
	text_init(&text, NULL);
	text_printf(&text, "SIP/2.0 %d %s\r\n", status,
		    response_phrase(status));
	add_lines(&message, tag, &text);
	text_add(&text, lines ? lines : "");
	text_printf(&text, "Content-Length: %zu\r\n\r\n%s",
		    body ? strlen(body) : 0, body ? body : "");
	snprintf(reply, sizeof(reply), "%s", text.at);
	text_release(&text);
	return reply;
}

const char *fake_sip_header(const char *message, const char *name)
{
	static char value[1024];
	struct view all = view_of(message);
	size_t end = view_find_view(all, VIEW("\r\n\r\n"), 0), at = 0;
	char line[128];

	snprintf(line, sizeof(line), "\r\n%s: ", name);
	all = view_head(all, end == SIZE_MAX ? all.len : end + 2);
	at = view_find_view(all, view_of(line), 0);
	if (at == SIZE_MAX)
		return NULL;
	all = view_from(all, at + strlen(line));
	all = view_head(all, view_find_view(all, VIEW("\r\n"), 0));
	snprintf(value, sizeof(value), "%.*s", (int)all.len, all.at);
	return value;
}
