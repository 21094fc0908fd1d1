/* Legs of ours, and what is answered to them. */
#include <stdio.h>

#include "server/sip/cseq.h"
#include "server/sip/request_writer.h"
#include "tests/fake/fake_sip_private.h"

static bool is_method(const struct leg *leg, const char *method)
{
	return strcmp(leg->template->method, method) == 0;
}

void fake_client_free(struct fake_client *client)
{
	loop_timer_clear(client->sip->loop, &client->timer);
	TAILQ_REMOVE(&client->sip->clients, client, link);
	text_release(&client->sent);
	free(client->reason);
	free(client);
}

static void client_end(struct fake_client *client, int status)
{
	struct leg *leg = client->leg;

	fake_client_free(client);
	leg->txn = NULL;
	leg->state = LEG_ENDED;
	leg->status = status;
	leg->ended(leg);
}

static void client_timer(void *arg)
{
	struct fake_client *client = arg;

	if (client->state == FAKE_LEG_ACCEPTED)
		client_end(client, client->leg->status);
	else
		client_end(client, client->is_cancelled ? 487 : 408);
}

static void client_wait(struct fake_client *client)
{
	loop_timer_set(client->sip->loop, &client->timer, FAKE_GIVE_UP_MS);
}

void sip_send(struct sip *sip, struct leg *leg)
{
	struct fake_client *client = mem_alloc(sizeof(*client));

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
		fake_client_free(leg->txn);
	leg->txn = NULL;
}

static void write_leg(struct fake_client *client)
{
	char *sent_by[] = {client->sip->host};
	const struct sender sender = {.sent_by = sent_by, .n_sent_by = 1};
	const struct leg *leg = client->leg;
	const struct request_writer writer = {
		.sender = &sender,
		.leg = leg,
		.flow = &fake_flow,
		.branch = leg->branch ? leg->branch : client->branch,
		.cseq = leg->cseq,
		.variant = BODY_WHOLE,
		/* Every hop is a member that keeps the draft. */
		.identity = LEG_IDENTITY_ASSERTED};

	text_clear(&client->sent);
	request_write(&writer, &client->sent);
}

static void leave(struct fake_client *client)
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
	client->state = FAKE_LEG_LEFT;
	leg->was_sent = true;
	text_add_view(fake_put(client->sip), text_view(&client->sent));
	if (!is_method(leg, "ACK"))
		client_wait(client);
}

static void ask(struct fake_client *client)
{
	struct leg_hop hop = {.branch = client->branch,
			      .uri = "sip:192.0.2.99:5060;transport=udp",
			      .routes = "",
			      .flow = &fake_flow};

	write_leg(client);
	hop.bytes = text_view(&client->sent);
	client->state = FAKE_LEG_ASKED;
	if (!client->leg->may_leave ||
	    client->leg->may_leave(client->leg, &hop))
		leave(client);
}

/* What a leg does may end others. */
static bool turn_one(struct sip *sip)
{
	struct fake_client *client;

	TAILQ_FOREACH(client, &sip->clients, link)
	{
		if (client->state != FAKE_LEG_WAITS &&
		    !(client->state == FAKE_LEG_ASKED && client->is_cancelled))
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
	struct fake_client *client = leg->txn;

	(void)sip;
	if (client && client->state == FAKE_LEG_ASKED && !client->is_cancelled)
		leave(client);
}

void sip_add_credentials(const struct leg *invite, struct text *lines)
{
	(void)invite;
	(void)lines;
}

void sip_repeat(struct sip *sip, struct leg *leg)
{
	struct fake_client *client = leg->txn;

	if (client && client->state == FAKE_LEG_LEFT)
		text_add_view(fake_put(sip), text_view(&client->sent));
}

static void send_cancel(struct fake_client *client)
{
	struct view sent = text_view(&client->sent);
	size_t cseq = view_find_view(sent, VIEW("CSeq: "), 0);
	struct text *text = fake_put(client->sip);

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
	struct fake_client *client = leg->txn;

	(void)sip;
	if (!client || client->is_cancelled ||
	    client->state == FAKE_LEG_ACCEPTED)
		return;
	client->is_cancelled = true;
	client->reason = mem_alloc(lines.len + 1);
	if (lines.len)
		memcpy(client->reason, lines.at, lines.len);
	if (client->state == FAKE_LEG_PROCEEDS)
		send_cancel(client);
	if (client->state == FAKE_LEG_PROCEEDS ||
	    client->state == FAKE_LEG_LEFT)
		client_wait(client);
}

size_t fake_sip_legs(const struct sip *sip)
{
	const struct fake_client *client;
	size_t n = 0;

	TAILQ_FOREACH(client, &sip->clients, link)
	n++;
	return n;
}

/* ---- responses that come ------------------------------------------------- */

static struct fake_client *client_of(struct sip *sip,
				     const struct message *message)
{
	struct fake_client *client;
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
		    client->state >= FAKE_LEG_LEFT)
			return client;
	}
	return NULL;
}

static void invite_answered(struct fake_client *client,
			    const struct message *message)
{
	struct leg *leg = client->leg;

	if (message->status < 200) {
		if (client->state == FAKE_LEG_ACCEPTED)
			return;
		if (!client->is_cancelled)
			loop_timer_clear(client->sip->loop, &client->timer);
		client->state = FAKE_LEG_PROCEEDS;
		leg->state = LEG_PROCEEDING;
		if (client->is_cancelled && !client->has_cancelled)
			send_cancel(client);
		if (message->status > 100)
			leg->response(leg, message);
		return;
	}
	if (message->status < 300) {
		if (client->state != FAKE_LEG_ACCEPTED)
			client_wait(client);
		client->state = FAKE_LEG_ACCEPTED;
		leg->status = message->status;
		leg->response(leg, message);
		return;
	}
	if (client->state == FAKE_LEG_ACCEPTED)
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

void fake_take_response(struct sip *sip, const struct message *message)
{
	struct fake_client *client = client_of(sip, message);
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
