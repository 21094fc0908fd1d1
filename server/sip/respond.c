#include "server/sip/respond.h"

#include "server/base/log.h"
#include "server/base/random.h"
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

/* RFC 3261 section 19.3 wants 32 bits at least; whoever guesses the tag of a
 * dialog is in it.  CANCEL and ACK have the tag of their INVITE. */
static size_t tag_len(enum method method)
{
	switch ((int)method) {
	case METHOD_INVITE:
	case METHOD_ACK:
	case METHOD_CANCEL:
	case METHOD_SUBSCRIBE:
	case METHOD_REFER:
		return RESPOND_TAG_LEN;
	default:
		return RESPOND_TAG_LEN / 2;
	}
}

void respond_tag(const struct received *received, char ret[RESPOND_TAG_LEN + 1])
{
	struct text *what;
	uint8_t bytes[RESPOND_TAG_LEN / 2];
	uint64_t tag;

	ret[0] = '\0';
	if (received->to_tag.len)
		return;
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
	hex_encode(bytes, tag_len(received->method) / 2, ret);
}

void respond_tag_new(const struct received *received,
		     char ret[RESPOND_TAG_LEN + 1])
{
	uint8_t bytes[RESPOND_TAG_LEN / 2];

	ret[0] = '\0';
	if (received->to_tag.len)
		return;
	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), ret);
}

enum tagging { TAGGED, UNTAGGED };

static void add_to(const struct received *received, enum tagging tagging,
		   struct text *text)
{
	char hash[RESPOND_TAG_LEN + 1];

	if (!received->message->count[FIELD_TO])
		return;
	text_add(text, "To: ");
	text_add_view(text, message_value(received->message, FIELD_TO));
	if (!received->to_tag.len && tagging == TAGGED) {
		respond_tag(received, hash);
		text_add(text, ";tag=");
		text_add_view(text, received->tag.len ? received->tag
						      : view_of(hash));
	}
	text_add(text, "\r\n");
}

/* Values go back as they came, a control byte in a quoted-pair included. */
static void add_lines(const struct received *received, enum tagging tagging,
		      struct text *ret)
{
	const struct message *message = received->message;

	add_vias(received, ret);
	if (message->count[FIELD_FROM])
		text_add_header(ret, VIEW("From"),
				message_value(message, FIELD_FROM));
	add_to(received, tagging, ret);
	if (message->count[FIELD_CALL_ID])
		text_add_header(ret, VIEW("Call-ID"),
				message_value(message, FIELD_CALL_ID));
	if (message->count[FIELD_CSEQ])
		text_add_header(ret, VIEW("CSeq"),
				message_value(message, FIELD_CSEQ));
}

void respond_lines(const struct received *received, struct text *ret)
{
	add_lines(received, TAGGED, ret);
}

void respond_lines_of_100(const struct received *received, struct text *ret)
{
	struct view timestamp =
		message_value(received->message, FIELD_TIMESTAMP);

	add_lines(received, UNTAGGED, ret);
	if (timestamp.len)
		response_add_header(ret, VIEW("Timestamp"), timestamp);
}

void respond_routes(const struct received *received, struct text *ret)
{
	struct view value;
	size_t at = 0;

	while (message_next(received->message, FIELD_RECORD_ROUTE, &at, &value))
		response_add_header(ret, VIEW("Record-Route"), value);
}

/* RFC 3261 section 12.1.1. */
bool respond_wants_sips(const struct received *received)
{
	const struct message *message = received->message;
	struct items items = {0};
	struct name_addr name;
	struct view item;

	if (uri_is_sips(message->uri))
		return true;
	if (!message_next_item(message,
			       message->count[FIELD_RECORD_ROUTE]
				       ? FIELD_RECORD_ROUTE
				       : FIELD_CONTACT,
			       &items, &item) ||
	    name_addr_parse(item, &name) != ERR_OK)
		return false;
	return uri_is_sips(name.uri);
}

/* A stream from a relay that listens on UDP only has no listener. */
void respond_contact(const struct sip *sip, const struct contact_place *place,
		     const struct response_parts *parts, struct text *ret)
{
	const struct sender *sender = &sip->sender;
	int listener = place->flow->listener;

	if (listener < 0 || (size_t)listener >= sender->n_sent_by)
		listener = 0;
	contact_write(&(struct contact){.user = parts->contact,
					.sent_by = sender->sent_by[listener],
					.params = parts->contact_params,
					.flow = place->flow,
					.is_sips = place->is_sips},
		      ret);
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
