#include "server/sip/respond.h"

#include "server/base/log.h"
#include "server/sip/sip_private.h"

static void add_vias(const struct received *received, struct text *text)
{
	struct view value, top;
	size_t at = 0;

	if (!message_next(received->message, FIELD_VIA, &at, &value))
		return;
	text_add(text, "Via: ");
	if (received->has_via && view_next_item(&value, &top)) {
		via_add_returned(text, &received->via,
				 &received->from->peer.address);
		if (value.len)
			text_add(text, ", ");
	}
	text_add_view(text, view_trim(value));
	text_add(text, "\r\n");
	while (message_next(received->message, FIELD_VIA, &at, &value))
		text_add_header(text, VIEW("Via"), value);
}

static void add_to(const struct received *received, struct text *text)
{
	struct view to = message_value(received->message, FIELD_TO);
	struct text *what;
	uint8_t bytes[4]; /* RFC 3261 section 19.3: 32 bits at least */
	char digits[2 * sizeof(bytes) + 1];
	uint64_t tag;

	if (!received->message->count[FIELD_TO])
		return;
	text_add(text, "To: ");
	text_add_view(text, to);
	if (!received->to_tag.len) {
		what = text_borrow(&received->sip->scratch);
		text_add_view(what, received->call_id);
		text_add(what, "\n");
		text_add_view(what, received->from_tag);
		text_add(what, "\n");
		text_add_view(what, received->via.branch);
		tag = hash_64(&received->sip->key, what->at, what->len);
		text_return(&received->sip->scratch);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(tag >> (56 - 8 * i));
		hex_encode(bytes, sizeof(bytes), digits);
		text_add(text, ";tag=");
		text_add(text, digits);
	}
	text_add(text, "\r\n");
}

/* Values go back as they came, a control byte in a quoted-pair included. */
void respond_lines(const struct received *received, struct text *ret)
{
	const struct message *message = received->message;

	add_vias(received, ret);
	if (message->count[FIELD_FROM])
		text_add_header(ret, VIEW("From"),
				message_value(message, FIELD_FROM));
	add_to(received, ret);
	if (message->count[FIELD_CALL_ID])
		text_add_header(ret, VIEW("Call-ID"),
				message_value(message, FIELD_CALL_ID));
	if (message->count[FIELD_CSEQ])
		text_add_header(ret, VIEW("CSeq"),
				message_value(message, FIELD_CSEQ));
}

/*
 * Without rport the port of sent-by counts (RFC 3261 section 18.2.2); where Via
 * could not be read, or speaks of another transport, the source port.  maddr
 * and a host that is not the source are never followed: whoever forges them
 * would point us at a victim.
 */
struct flow respond_flow(const struct received *received)
{
	struct flow flow = *received->from;
	const struct via *via = &received->via;

	if (protocol_is_reliable(flow.peer.protocol) || !received->has_via ||
	    via->has_rport ||
	    !view_equal_nocase(via->transport,
			       view_of(protocol_name(flow.peer.protocol))))
		return flow;
	address_set_port(&flow.peer.address, via->port ? via->port : 5060);
	return flow;
}

static void count_response(struct sip *sip, int status)
{
	static const enum counter counters[] = {
		[1] = COUNT_RESPONSES_1XX, [2] = COUNT_RESPONSES_2XX,
		[4] = COUNT_RESPONSES_4XX, [5] = COUNT_RESPONSES_5XX,
		[6] = COUNT_RESPONSES_6XX,
	};
	int class = status / 100;

	if (class >= 1 && class <= 6 && class != 3)
		count(sip->counters, counters[class]);
}

/* A peer that has gone is no news: it asks again or it does not. */
void respond_send(struct sip *sip, const struct flow *flow, int status,
		  struct view bytes)
{
	if (transport_send(sip->transport, flow, bytes) == ERR_OK)
		count_response(sip, status);
}

static void log_refused(const struct received *received, int status)
{
	char source[64];

	address_format(&received->from->peer.address, source);
	log_event(LOG_EVENT_REJECTED, NULL,
		  "status=%d method=%s target=%s call-id=%s from=%s", status,
		  log_view(received->message->method),
		  log_view(received->message->uri), log_view(received->call_id),
		  log_text(source));
}

void respond_reply(const struct received *received, const struct reply *reply)
{
	struct sip *sip = received->sip;
	struct response_parts parts = {.status = reply->status,
				       .reason = reply->reason,
				       .more = text_view(&reply->lines)};
	struct flow flow = respond_flow(received);
	size_t asked = received->message->whole.len;
	struct text *lines, *out;

	if (received->method == METHOD_ACK ||
	    !received->message->count[FIELD_VIA])
		return;
	lines = text_borrow(&sip->lines);
	out = text_borrow(&sip->out);
	respond_lines(received, lines);
	parts.lines = text_view(lines);
	if (response_write(&parts, response_len_max(&flow, asked, false), out))
		respond_send(sip, &flow, parts.status, text_view(out));
	text_return(&sip->out);
	text_return(&sip->lines);
	if (log_enabled(LOG_DEBUG))
		log_refused(received, reply->status);
}
