#include "server/sip/receive.h"

#include "server/net/frame.h"
#include "server/sip/dialog_table.h"
#include "server/sip/received.h"
#include "server/sip/server_txn.h"
#include "server/sip/sip_private.h"
#include "server/sip/sofia_check.h"

#define DIALOG_BODY_MAX 65535 /**< bytes of a request in a dialog */
#define DIALOG_RATE 20	      /**< of them a second */

static void count_request(struct sip *sip, const struct flow *from)
{
	static const enum counter counters[] = {
		[PROTOCOL_UDP] = COUNT_REQUESTS_UDP,
		[PROTOCOL_TCP] = COUNT_REQUESTS_TCP,
		[PROTOCOL_TLS] = COUNT_REQUESTS_TLS,
	};

	count(sip->counters, counters[from->peer.protocol]);
}

/* The version is compared without case (RFC 3261 section 7.1). */
static bool names_sip(struct view start)
{
	static const size_t usual = sizeof("SIP/2.0") - 1;

	if (start.len > usual &&
	    view_starts_nocase(view_from(start, start.len - usual),
			       VIEW("SIP/")))
		return true;
	for (size_t i = 0; i < start.len; i++)
		if (view_starts_nocase(view_from(start, i), VIEW("SIP/")))
			return true;
	return false;
}

/* Something that is no SIP at all gets no answer: neither a Via to answer by
 * nor a start line that a client could have meant. */
static bool is_sip(const struct message *message)
{
	return message->count[FIELD_VIA] && names_sip(message->start);
}

static bool is_claimed(const struct sip *sip, struct view bytes,
		       struct claim *ret)
{
	const struct sip_listener *listener = sip->listener;

	return listener->claim && listener->claim(listener->arg, bytes, ret);
}

/* @return true when an answer may come. */
static bool receive_claimed(struct sip *sip, struct view bytes,
			    const struct flow *from, const struct claim *claim)
{
	const struct sip_listener *listener = sip->listener;
	struct received received;

	message_read(&sip->message, bytes);
	received_open(sip, from, claim, &received);
	return server_txn_absorb(&received) ||
	       (listener->request(listener->arg, &received) &&
		sip->message.count[FIELD_VIA] > 0);
}

/* RFC 3261 section 12.2.2.  ACK gets no answer, whatever it is. */
static void refuse_in_dialog(const struct received *received, int status)
{
	const struct reply reply = {.status = status};

	respond_reply(received, &reply);
}

/* What is not well formed gets its 400 from the listener, and ACK nothing. */
static bool is_well_formed(struct received *received)
{
	return !received_is_other_version(received) &&
	       !received_syntax_fault(received) &&
	       (received->method == METHOD_ACK ||
		!sofia_check_fault(received->message));
}

/* Each is remembered for 32 s: who is in one call must not fill the table.  ACK
 * and the first BYE end something. */
static bool is_too_fast(struct dialog *dialog, const struct received *received)
{
	int64_t second = loop_now_ms(received->sip->loop) / 1000;

	if (received->method == METHOD_ACK ||
	    (received->method == METHOD_BYE && !dialog->has_bye)) {
		dialog->has_bye |= received->method == METHOD_BYE;
		return false;
	}
	if (dialog->second != second)
		dialog->n_in_second = 0;
	dialog->second = second;
	return ++dialog->n_in_second > DIALOG_RATE;
}

static void refuse_busy(const struct received *received)
{
	struct reply reply = {.status = 503};

	text_init(&reply.lines, NULL);
	text_add(&reply.lines, "Retry-After: 1\r\n");
	count(received->sip->counters, COUNT_RATE_LIMITED);
	respond_reply(received, &reply);
	text_release(&reply.lines);
}

static void give_to_dialog(struct dialog *dialog, struct received *received)
{
	received->is_in_dialog = true;
	/* RFC 3261 section 12.1.1: what comes another way is no part of it. */
	if (dialog->is_secure &&
	    !protocol_is_secure(received->from->peer.protocol)) {
		refuse_in_dialog(received, 403);
		return;
	}
	if (received->message->body.len > DIALOG_BODY_MAX) {
		refuse_in_dialog(received, 413);
		return;
	}
	if (is_too_fast(dialog, received)) {
		refuse_busy(received);
		return;
	}
	switch (dialog_receive(dialog, received->message)) {
	case DIALOG_VERDICT_TAKEN:
		dialog->owner->request(dialog->owner->arg, dialog, received);
		break;
	case DIALOG_VERDICT_GONE:
		refuse_in_dialog(received, 481);
		break;
	case DIALOG_VERDICT_LATE:
		refuse_in_dialog(received, 500);
		break;
	case DIALOG_VERDICT_MERGED:
		refuse_in_dialog(received, 482);
		break;
	case DIALOG_VERDICT_IGNORED:
		break;
	}
}

static bool receive_in_dialog(struct sip *sip, struct received *received)
{
	struct dialog *dialog;

	if (!received->to_tag.len)
		return false;
	dialog = dialog_table_find(sip->dialogs, received->message);
	if (!dialog || !dialog->owner || !is_well_formed(received))
		return false;
	give_to_dialog(dialog, received);
	return true;
}

/* What a transaction or a dialog takes never waits behind a rate or an
 * overload: it ends what there is. */
static bool receive_known(struct sip *sip, struct received *received)
{
	switch ((int)received->method) {
	case METHOD_ACK:
		if (!server_txn_take_ack(received))
			receive_in_dialog(sip, received);
		return true;
	case METHOD_CANCEL: /* its transaction's, in a dialog as well */
		return (is_well_formed(received) &&
			server_txn_take_cancel(received)) ||
		       server_txn_absorb(received);
	default:
		return server_txn_absorb(received) ||
		       receive_in_dialog(sip, received);
	}
}

/* RFC 5923 section 8.2: requests to a peer who proved their name, and asks for
 * it, go over their connection. */
static void note_alias(struct sip *sip, const struct received *received)
{
	const struct flow *from = received->from;
	const struct via *via = &received->via;

	if (from->peer.names && received->has_via &&
	    view_param(via->params, "alias", &(struct view){NULL, 0}))
		transport_alias(sip->transport, from->connection,
				via->port ? via->port
					  : protocol_port(PROTOCOL_TLS));
}

static void receive_request(struct sip *sip, struct view bytes,
			    const struct flow *from)
{
	const struct sip_listener *listener = sip->listener;
	struct received received;

	message_read(&sip->message, bytes);
	if (!is_sip(&sip->message)) {
		count(sip->counters, COUNT_PARSE_ERRORS);
		return;
	}
	received_open(sip, from, NULL, &received);
	note_alias(sip, &received);
	if (!receive_known(sip, &received))
		listener->request(listener->arg, &received);
}

void sip_receive(void *arg, struct view message, const struct flow *from)
{
	struct sip *sip = arg;
	const struct sip_listener *listener = sip->listener;
	struct claim claim;

	if (view_starts_nocase(message, VIEW("SIP/"))) {
		sender_receive(&sip->sender, message, from);
	} else if (!listener) {
		count(sip->counters, COUNT_DROPPED);
	} else if (is_claimed(sip, message, &claim)) {
		count_request(sip, from);
		receive_claimed(sip, message, from, &claim);
	} else if (!listener->drop || !listener->drop(listener->arg, message)) {
		count_request(sip, from);
		receive_request(sip, message, from);
	}
}

static void receive_unframed(struct sip *sip, struct view head,
			     const struct flow *from, enum err why)
{
	const struct sip_listener *listener = sip->listener;
	struct received received;

	count(sip->counters, COUNT_PARSE_ERRORS);
	message_read(&sip->message, head);
	if (!sip->message.count[FIELD_VIA])
		return;
	received_open(sip, from, NULL, &received);
	if (received.method != METHOD_ACK)
		listener->unframed(listener->arg, &received, why);
}

/* A response that does not say how long it is counts for its transaction, or
 * the request would be sent again and again. */
bool sip_unframed(void *arg, struct view head, const struct flow *from,
		  enum err why)
{
	struct sip *sip = arg;
	struct claim claim;

	if (frame_is_response(head)) {
		if (why == ERR_UNREACHABLE)
			return false;
		count(sip->counters, COUNT_PARSE_ERRORS);
		sender_receive(&sip->sender, head, from);
		return false;
	}
	if (!sip->listener)
		return false;
	if (is_claimed(sip, head, &claim))
		return receive_claimed(sip, head, from, &claim);
	if (why != ERR_UNREACHABLE) /* half a message of another kind */
		receive_unframed(sip, head, from, why);
	return false;
}

void sip_read_again(struct sip *sip, struct view bytes, const struct flow *from,
		    struct claim *ret_claim, struct received *ret)
{
	bool has_claim = is_claimed(sip, bytes, ret_claim);

	message_read(&sip->message, bytes);
	received_open(sip, from, has_claim ? ret_claim : NULL, ret);
}
