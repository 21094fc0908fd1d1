#include "server/sip/contact.h"

void transport_write(enum protocol protocol, struct text *ret)
{
	const char *name = protocol_name(protocol);
	char small;

	text_add(ret, ";transport=");
	for (; *name; name++) {
		small = (char)(*name | 0x20);
		text_add_bytes(ret, &small, 1);
	}
}

void contact_write(const struct contact *contact, struct text *ret)
{
	const struct flow *flow = contact->flow;

	text_add(ret, contact->is_sips ? "Contact: <sips:" : "Contact: <sip:");
	text_add(ret, contact->user);
	text_add(ret, "@");
	text_add(ret, contact->sent_by);
	if (!contact->is_sips && flow->listener >= 0 &&
	    protocol_is_reliable(flow->peer.protocol))
		transport_write(flow->peer.protocol, ret);
	text_add(ret, ">");
	text_add(ret, contact->params ? contact->params : "");
	text_add(ret, "\r\n");
}
