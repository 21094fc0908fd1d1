#include "server/sip/received.h"

#include "server/base/chars.h"
#include "server/base/uri.h"
#include "server/net/frame.h"
#include "server/sip/cseq.h"
#include "server/sip/sip_private.h"

#define NAME_MAX_LEN 4096 /* bytes of From or To that are looked at */

static const struct {
	struct view name;
	enum method method;
} methods[] = {
	{VIEW("MESSAGE"), METHOD_MESSAGE},
	{VIEW("ACK"), METHOD_ACK},
	{VIEW("BYE"), METHOD_BYE},
	{VIEW("CANCEL"), METHOD_CANCEL},
	{VIEW("INFO"), METHOD_INFO},
	{VIEW("INVITE"), METHOD_INVITE},
	{VIEW("NOTIFY"), METHOD_NOTIFY},
	{VIEW("OPTIONS"), METHOD_OPTIONS},
	{VIEW("PRACK"), METHOD_PRACK},
	{VIEW("PUBLISH"), METHOD_PUBLISH},
	{VIEW("REFER"), METHOD_REFER},
	{VIEW("REGISTER"), METHOD_REGISTER},
	{VIEW("UPDATE"), METHOD_UPDATE},
	{VIEW("SUBSCRIBE"), METHOD_SUBSCRIBE},
};

static enum method method_of(struct view name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (view_equal(name, methods[i].name))
			return methods[i].method;
	return METHOD_UNKNOWN;
}

/* An ACK gets no answer, not even where its Request-Line cannot be read. */
static enum method method_in(const struct message *message)
{
	static const struct view ack = VIEW("ACK ");

	if (!message->method.len &&
	    view_equal(view_head(message->start, ack.len), ack))
		return METHOD_ACK;
	return method_of(message->method);
}

const char *method_name(enum method method)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].method == method)
			return methods[i].name.at;
	return "";
}

/* What a claim says stands for what was read. */
static void take_claim(struct message *message, const struct claim *claim,
		       struct received *ret)
{
	message->method = claim->method;
	message->uri = claim->uri;
	ret->claim = claim;
	ret->identity = (struct view){(const char *)claim->identity, CLAIM_LEN};
}

void received_open(struct sip *sip, const struct flow *from,
		   const struct claim *claim, struct received *ret)
{
	struct message *message = &sip->message;
	struct view vias = message_value(message, FIELD_VIA), top;

	*ret = (struct received){.sip = sip, .message = message, .from = from};
	if (claim)
		take_claim(message, claim, ret);
	ret->has_via = view_next_item(&vias, &top) &&
		       via_parse(top, &ret->via) == ERR_OK;
	ret->method = method_in(message);
	ret->call_id = message_value(message, FIELD_CALL_ID);
	view_param(message_value(message, FIELD_FROM), "tag", &ret->from_tag);
	view_param(message_value(message, FIELD_TO), "tag", &ret->to_tag);
	ret->max_forwards = 70;
}

bool received_is_other_version(const struct received *received)
{
	struct view version = received->message->version;

	return frame_is_version(version) &&
	       !view_equal_nocase(version, VIEW("SIP/2.0"));
}

/* All of them: a request with a Via that nobody can read cannot be answered by
 * those on the way back. */
static const char *via_fault(struct received *received)
{
	struct items items = {0};
	struct view item;
	struct via via;
	size_t n = 0;

	while (message_next_item(received->message, FIELD_VIA, &items, &item)) {
		bool is_read = !n++ && received->has_via;

		if (!is_read && via_parse(item, &via) != ERR_OK)
			return "Bad Via";
	}
	if (!n || !received->has_via)
		return "Missing Via";
	/* RFC 4475 section 3.1.2.16: the cookie alone is no branch. */
	if (received->via.has_branch &&
	    (!received->via.branch.len ||
	     view_equal_nocase(received->via.branch, VIEW(BRANCH_COOKIE))))
		return "Bad Via Branch";
	return NULL;
}

static struct view without_controls(struct view value, char *room)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t byte = (uint8_t)value.at[i];

		room[i] = byte < 0x20 || byte == 0x7f ? ' ' : value.at[i];
	}
	return (struct view){room, value.len};
}

static bool name_is_valid(struct view value, struct parsed_name *ret)
{
	enum err err;

	if (name_addr_parse(value, &ret->name) != ERR_OK ||
	    !params_are_strict(ret->name.params))
		return false;
	err = uri_parse(ret->name.uri, &ret->uri);
	ret->is_read = !err;
	return err == ERR_OK || err == ERR_TOO_LARGE;
}

/* A control byte is there in a quoted-pair only (message.c saw to it); such a
 * display name is odd, not wrong. */
static bool name_read(struct view value, struct parsed_name *ret)
{
	char copy[NAME_MAX_LEN];
	bool is_valid;

	if (value.len > sizeof(copy))
		return false;
	if (!view_has_control(value) && view_find(value, '\t', 0) == SIZE_MAX)
		return name_is_valid(value, ret);
	is_valid = name_is_valid(without_controls(value, copy), ret);
	*ret = (struct parsed_name){.is_read = false};
	return is_valid;
}

static const char *names_fault(struct received *received)
{
	const struct message *message = received->message;

	if (!message->count[FIELD_FROM])
		return "Missing From";
	if (!name_read(message_value(message, FIELD_FROM),
		       &received->from_name))
		return "Bad From";
	if (!message->count[FIELD_TO])
		return "Missing To";
	if (!name_read(message_value(message, FIELD_TO), &received->to_name))
		return "Bad To";
	return NULL;
}

static const char *call_id_fault(struct received *received)
{
	if (!received->call_id.len)
		return "Missing Call-ID";
	if (view_find(received->call_id, ' ', 0) != SIZE_MAX ||
	    view_has_control(received->call_id))
		return "Bad Call-ID";
	return NULL;
}

/* The method of an unknown request is not compared: it gets a 501. */
static const char *cseq_fault(struct received *received)
{
	struct view value = message_value(received->message, FIELD_CSEQ);
	struct cseq cseq;

	if (!value.len)
		return "Missing CSeq";
	if (cseq_parse(value, &cseq) != ERR_OK)
		return "Bad CSeq";
	received->cseq = cseq.number;
	if (received->method != METHOD_UNKNOWN &&
	    !view_equal(cseq.method, received->message->method))
		return "CSeq Method Mismatch";
	return NULL;
}

static const char *max_forwards_fault(struct received *received)
{
	const struct message *message = received->message;
	uint64_t number;

	if (!message->count[FIELD_MAX_FORWARDS])
		return NULL;
	if (view_to_u64(message_value(message, FIELD_MAX_FORWARDS), 255,
			&number) != ERR_OK)
		return "Bad Max-Forwards";
	received->max_forwards = (int)number;
	return NULL;
}

/* RFC 3261 section 19.1.1: no header components in a Request-URI.  Most often
 * To has the same, and was read before. */
static const char *uri_fault(struct received *received)
{
	struct view uri = received->message->uri;
	const struct parsed_name *to = &received->to_name;

	if (to->is_read && view_equal(to->name.uri, uri))
		received->uri = to->uri;
	else if (uri_parse(uri, &received->uri) != ERR_OK)
		return "Bad Request-URI";
	if (received->uri.scheme != URI_OTHER && received->uri.headers.len)
		return "Headers in Request-URI";
	return NULL;
}

const char *received_syntax_fault(struct received *received)
{
	static const char *(*const steps[])(struct received *) = {
		via_fault,  call_id_fault,	names_fault,
		cseq_fault, max_forwards_fault, uri_fault,
	};
	const char *fault = received->message->fault;

	for (size_t i = 0; !fault && i < sizeof(steps) / sizeof(steps[0]); i++)
		fault = steps[i](received);
	return fault;
}

/* In the top one, where a careless client on this host might write our address,
 * the branch must be ours too. */
bool received_is_looped(const struct received *received)
{
	const struct sip *sip = received->sip;
	struct items items = {0};
	struct view item, ours = view_of(sip->instance_id);
	struct via via = received->via;
	bool is_looped = false;
	size_t n = 0;

	while (message_next_item(received->message, FIELD_VIA, &items, &item)) {
		bool has_mark;

		if (n && via_parse(item, &via) != ERR_OK)
			break;
		has_mark = view_starts_nocase(view_from(via.branch, 7), ours);
		for (size_t i = 0; i < sip->n_sent_by; i++)
			if (view_equal_nocase(via.sent_by,
					      view_of(sip->sent_by[i])) &&
			    (n || has_mark))
				is_looped = true;
		n++;
	}
	return is_looped;
}

/* Fields do not hold a line end, so nothing runs into the next one. */
struct hash128 received_hash(const struct received *received,
			     const struct view *fields, size_t n)
{
	struct text *text = text_borrow(&received->sip->scratch);
	struct hash128 hash;

	for (size_t i = 0; i < n; i++) {
		text_add_view(text, fields[i]);
		text_add_bytes(text, "\n", 1);
	}
	hash = hash_128(&received->sip->key, text->at, text->len);
	text_return(&received->sip->scratch);
	return hash;
}

const uint8_t *received_body_hash(struct received *received)
{
	struct view body = received->message->body;

	if (!received->has_body_hash)
		sha256(body.at, body.len, received->body_hash);
	received->has_body_hash = true;
	return received->body_hash;
}
