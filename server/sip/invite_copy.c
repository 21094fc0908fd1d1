#include "server/sip/invite_copy.h"

#include "server/sip/cseq.h"

static void add_all(const struct message *invite, enum field field,
		    struct text *text)
{
	struct view value;
	size_t at = 0;

	while (message_next(invite, field, &at, &value))
		text_add_header(text, field_name(field), value);
}

/* One Via: the client's own. */
static void add_via(const struct message *invite, struct text *text)
{
	struct items items = {0};
	struct view via;

	if (message_next_item(invite, FIELD_VIA, &items, &via))
		text_add_header(text, field_name(FIELD_VIA), via);
}

/* No Require and no Proxy-Require: nobody may refuse it. */
static void add_head(const struct message *invite, const char *method,
		     struct view to, struct text *text)
{
	struct cseq cseq = {0, VIEW_NONE};

	if (cseq_parse(message_value(invite, FIELD_CSEQ), &cseq) != ERR_OK)
		cseq.number = 0; /* we wrote it: it is one */
	text_add(text, method);
	text_add(text, " ");
	text_add_view(text, invite->uri);
	text_add(text, " SIP/2.0\r\n");
	add_via(invite, text);
	add_all(invite, FIELD_ROUTE, text);
	text_add(text, "Max-Forwards: 70\r\n");
	add_all(invite, FIELD_FROM, text);
	text_add_header(text, field_name(FIELD_TO), to);
	add_all(invite, FIELD_CALL_ID, text);
	text_add(text, "CSeq: ");
	text_add_number(text, cseq.number);
	text_add(text, " ");
	text_add(text, method);
	text_add(text, "\r\n");
}

void invite_ack_write(const struct message *invite,
		      const struct message *refusal, struct text *ret)
{
	add_head(invite, "ACK", message_value(refusal, FIELD_TO), ret);
	text_add(ret, "Content-Length: 0\r\n\r\n");
}

void invite_cancel_write(const struct message *invite, struct view lines,
			 struct text *ret)
{
	add_head(invite, "CANCEL", message_value(invite, FIELD_TO), ret);
	text_add_view(ret, lines);
	text_add(ret, "Content-Length: 0\r\n\r\n");
}
