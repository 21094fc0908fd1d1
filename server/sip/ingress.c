#include "server/sip/ingress.h"

#include "server/base/log.h"
#include "server/sip/received.h"
#include "server/sip/checks.h"
#include "server/sip/deny.h"
#include "server/net/frame.h"
#include "server/sip/identify.h"
#include "server/sip/server_txn.h"
#include "server/sip/publish.h"
#include "server/sip/respond.h"

#define STANDING_MS 10	 /* what waited no longer, did not wait */
#define BURST_MS 100	 /* a queue that is there for longer stands */
#define SHEDDING_MS 1000 /* one request shed, and we count as overloaded */
#define DENY_RATE 1	 /* of one token, a second */
#define DENY_BURST 8

static void reply_send(struct received *received, struct reply *reply)
{
	if (reply->status)
		respond_reply(received, reply);
	text_release(&reply->lines);
}

/* A 503 to one who is too fast only now and then: an answer to each would let
 * a forged source send twice what it is allowed to. */
static void refuse_rate(struct received *received)
{
	struct edge *edge = received->edge;
	struct reply reply = {.status = 503};

	count(edge->counters, COUNT_RATE_LIMITED);
	if (source_rate_take_peer(edge->refusals, &received->from->peer,
				  loop_now_ms(edge->loop), 1, 1))
		return;
	text_init(&reply.lines, NULL);
	text_add(&reply.lines, "Retry-After: 1\r\n");
	reply_send(received, &reply);
}

/*
 * Peers of a trust domain carry the traffic of many, and are not limited.  Who
 * holds good credentials is heard even where somebody else at the same address
 * is too fast; but if they turn out bad, nothing is sent.
 */
static bool is_in_time(struct received *received)
{
	struct edge *edge = received->edge;

	if (received->trust)
		return true;
	if (!source_rate_take_peer(edge->sources, &received->from->peer,
				   loop_now_ms(edge->loop),
				   edge->settings.source_rate,
				   edge->settings.source_burst))
		return true;
	received->is_too_fast = true;
	return identify_is_promising(received);
}

/*
 * A burst may wait for us; it is over soon.  A queue that stands (RFC 8289
 * tells the two apart by time, too) makes everything wait for nothing, the
 * responses to our legs as well, and what waits for these takes memory
 * meanwhile.  One datagram that nothing stands behind is no queue: the host was
 * busy, and a refusal would help nobody.
 */
static bool queue_stands(struct edge *edge)
{
	int64_t delay_ms = transport_delay_ms(edge->transport);
	int64_t now_ms = loop_now_ms(edge->loop);

	if (delay_ms <= STANDING_MS || !transport_is_followed(edge->transport))
		return false;
	if (now_ms >= edge->stands_until_ms)
		edge->stands_since_ms = now_ms;
	edge->stands_until_ms = now_ms + BURST_MS;
	return delay_ms > LATE_MS || now_ms - edge->stands_since_ms >= BURST_MS;
}

/* Whoever is not answered in time asks again, which makes it worse. */
static bool is_overloaded(struct edge *edge)
{
	return relays_are_full(edge->settings.relays) || queue_stands(edge) ||
	       server_txns_are_late(edge->server_txns);
}

/* Overload: what would be refused in the end is refused at once, or the
 * refusals would take the time of those who are served.  Answers to consent
 * URIs go on; a deny does not come here at all. */
static void shed(const struct received *received, struct reply *reply)
{
	struct edge *edge = received->edge;

	if (received->method != METHOD_MESSAGE || !is_overloaded(edge))
		return;
	count(edge->counters, COUNT_OVERLOAD);
	edge->shed_ms = loop_now_ms(edge->loop) + SHEDDING_MS;
	reply_with(reply, 503, "Retry-After", "5");
}

bool sip_is_shedding(const struct edge *edge)
{
	return loop_now_ms(edge->loop) < edge->shed_ms ||
	       relays_are_full(edge->settings.relays);
}

static void dispatch(struct received *received)
{
	struct reply reply = {.status = 0};

	text_init(&reply.lines, NULL);
	shed(received, &reply);
	if (!reply.status)
		checks_run(received, &reply);
	if (!reply.status && received->target == TARGET_TOKEN)
		publish_receive(received, &reply);
	else if (!reply.status)
		message_receive(received, &reply);
	if (received->is_too_fast && reply.status)
		count(received->edge->counters, COUNT_RATE_LIMITED);
	else
		reply_send(received, &reply);
	text_release(&reply.lines);
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

static void receive_request(struct edge *edge, struct view bytes,
			    const struct flow *from)
{
	struct received received;

	message_read(&edge->message, bytes);
	if (!is_sip(&edge->message)) {
		count(edge->counters, COUNT_PARSE_ERRORS);
		return;
	}
	received_open(edge, from, &received);
	if (received.method == METHOD_ACK || server_txn_absorb(&received))
		return;
	if (is_in_time(&received))
		dispatch(&received);
	else
		refuse_rate(&received);
}

/* Guesses are limited by source.  A deny that is known is limited by its token
 * alone: whatever is refused then, the same was taken just before. */
static bool deny_is_in_time(struct received *received)
{
	struct edge *edge = received->edge;
	const uint8_t *token = received->token.bytes;
	uint8_t key[16] = {0};

	if (!received->is_known_deny)
		return is_in_time(received);
	/* Of an address the first half is the source; of a token all counts. */
	for (size_t i = 0; i < 8; i++)
		key[i] = token[i] ^ token[i + 8];
	return !source_rate_take(edge->repeats, key, loop_now_ms(edge->loop),
				 DENY_RATE, DENY_BURST);
}

/* @return true when an answer may come. */
static bool receive_deny(struct edge *edge, struct view bytes,
			 const struct flow *from, const struct deny *deny)
{
	struct reply reply = {.status = 0};
	struct received received;

	deny_open(edge, bytes, from, deny, &received);
	if (server_txn_absorb(&received))
		return true;
	if (!deny_is_in_time(&received)) {
		refuse_rate(&received);
		return false;
	}
	text_init(&reply.lines, NULL);
	publish_receive(&received, &reply);
	reply_send(&received, &reply);
	return edge->message.count[FIELD_VIA] > 0;
}

static void count_request(struct edge *edge, const struct flow *from)
{
	count(edge->counters, from->peer.protocol == PROTOCOL_TCP
				      ? COUNT_REQUESTS_TCP
				      : COUNT_REQUESTS_UDP);
}

/* One that waited so long has been sent again by its client: the copy is behind
 * it in the queue, and gets the answer. */
static bool drop_outdated(struct edge *edge, struct view message)
{
	if (transport_delay_ms(edge->transport) <= T1_MS ||
	    !view_equal(view_head(message, 8), VIEW("MESSAGE ")) ||
	    !transport_is_followed(edge->transport))
		return false;
	count(edge->counters, COUNT_OVERLOAD);
	edge->shed_ms = loop_now_ms(edge->loop) + SHEDDING_MS;
	return true;
}

void ingress_receive(void *arg, struct view message, const struct flow *from)
{
	struct edge *edge = arg;
	struct deny deny;

	if (view_starts_nocase(message, VIEW("SIP/"))) {
		sender_receive(&edge->sender, message);
		return;
	}
	if (deny_find(message, &deny)) {
		count_request(edge, from);
		receive_deny(edge, message, from, &deny);
	} else if (!drop_outdated(edge, message)) {
		count_request(edge, from);
		receive_request(edge, message, from);
	}
}

/*
 * A request that would have been refused
 * anyway (an unknown method, say) is told so; one that cannot be framed is a
 * 400, one that is too long a 413.  Where a body was longer than it said, its
 * end stands before the next request: that one gets the 400, by its Via.  A
 * response that does not say how long it is counts for its transaction, or the
 * request would be sent again and again.
 */
static void refuse_unframed(struct edge *edge, struct view head,
			    const struct flow *from, enum err why)
{
	struct received received;
	struct reply reply = {.status = 0};

	count(edge->counters, COUNT_PARSE_ERRORS);
	message_read(&edge->message, head);
	if (!edge->message.count[FIELD_VIA])
		return;
	received_open(edge, from, &received);
	if (received.method == METHOD_ACK || !is_in_time(&received))
		return;
	text_init(&reply.lines, NULL);
	if (why == ERR_TOO_LARGE)
		reply.status = 413;
	else
		checks_run(&received, &reply);
	if (!reply.status || reply.status == 200) {
		text_clear(&reply.lines);
		reply.status = 400;
		reply.reason = "Message Cannot Be Framed";
	}
	reply_send(&received, &reply);
}

bool ingress_unframed(void *arg, struct view head, const struct flow *from,
		      enum err why)
{
	struct edge *edge = arg;
	struct deny deny;

	if (frame_is_response(head)) {
		if (why == ERR_UNREACHABLE)
			return false;
		count(edge->counters, COUNT_PARSE_ERRORS);
		sender_receive(&edge->sender, head);
		return false;
	}
	if (deny_find(head, &deny))
		return receive_deny(edge, head, from, &deny);
	if (why == ERR_UNREACHABLE) /* half a message of another kind */
		return false;
	refuse_unframed(edge, head, from, why);
	return false;
}
