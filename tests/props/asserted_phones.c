/* Those at the other ends: they answer, and say things in their calls. */
#include "tests/props/asserted.h"

#define SDP                                                                    \
	"v=0\r\no=- 8 1 IN IP4 10.9.9.8\r\ns=-\r\nc=IN IP4 10.9.9.8\r\n"       \
	"t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
#define SDP_TYPE "Content-Type: application/sdp\r\n"

static struct prng *dice(void)
{
	return &world.prng;
}

static struct talk *talk_of(const char *message)
{
	const char *id = look_header(message, "Call-ID");

	for (unsigned i = 0; id && i < world.n_talks; i++) {
		if (strcmp(world.talks[i].call_id, id) == 0)
			return &world.talks[i];
	}
	return NULL;
}

static void send_text(const struct text *bytes, const struct flow *flow)
{
	fake_transport_receive(fake_transport(), text_view(bytes), flow);
}

/* ---- responses ----------------------------------------------------------- */

/** A response to a request, as of this method. */
struct answer {
	const struct parcel *request;
	int status;
	const char *method, *more, *body;
	const char *tag; /**< NULL: there */
};

static void answer_send(const struct answer *it)
{
	const char *request = it->request->bytes;
	const char *to = look_header(request, "To");
	const char *tag = it->tag ? it->tag : "there";
	bool is_tagged = strstr(to, ";tag=") || it->status == 100;
	struct text bytes;

	text_init(&bytes, world.arena);
	text_printf(&bytes,
		    "SIP/2.0 %d x\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\n"
		    "Call-ID: %s\r\nCSeq: %lu %s\r\n",
		    it->status, look_header(request, "Via"),
		    look_header(request, "From"), to,
		    is_tagged ? "" : ";tag=", is_tagged ? "" : tag,
		    look_header(request, "Call-ID"),
		    strtoul(look_header(request, "CSeq"), NULL, 10),
		    it->method);
	lines_hearsay(&bytes);
	text_printf(&bytes, "%sContent-Length: %zu\r\n\r\n%s", it->more,
		    strlen(it->body), it->body);
	send_text(&bytes, &it->request->flow);
}

static const char *contact_of(const struct parcel *invite)
{
	const struct flow *flow = &invite->flow;
	struct ask *ask = look_ask(invite->bytes);
	char host[64];

	address_format(&flow->peer.address, host);
	return arena_printf(world.arena, "sip:c%u-%u@%s;transport=%s",
			    ask ? ask->number : 0, world.n_talks, host,
			    protocol_name(flow->peer.protocol));
}

static const char *uri_in(const char *value)
{
	const char *open = strchr(value, '<');

	if (!open)
		return value;
	return arena_printf(world.arena, "%.*s", (int)strcspn(open + 1, ">"),
			    open + 1);
}

static struct talk *talk_new(const char *message, const struct flow *flow)
{
	struct talk *talk = &world.talks[world.n_talks];
	const char *contact = look_header(message, "Contact");

	if (world.n_talks == TALKS || !contact)
		return NULL;
	world.n_talks++;
	*talk = (struct talk){.cseq = 100, .flow = *flow};
	snprintf(talk->target, sizeof(talk->target), "%s", uri_in(contact));
	snprintf(talk->call_id, sizeof(talk->call_id), "%s",
		 look_header(message, "Call-ID"));
	return talk;
}

static void accept_as(const struct parcel *invite, const char *contact,
		      const char *tag)
{
	const char *more = arena_printf(
		world.arena,
		"Contact: <%s>\r\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE, "
		"INFO, OPTIONS\r\n" SDP_TYPE,
		contact);

	answer_send(&(struct answer){invite, 200, "INVITE", more, SDP, tag});
}

static void accept_call(const struct parcel *invite)
{
	const char *contact = contact_of(invite);
	struct talk *talk = talk_of(invite->bytes);

	if (!talk)
		talk = talk_new(invite->bytes, &invite->flow);
	if (!talk)
		return;
	if (!*talk->contact) {
		snprintf(talk->contact, sizeof(talk->contact), "%s", contact);
		snprintf(talk->remote, sizeof(talk->remote), "%s",
			 look_header(invite->bytes, "From"));
		snprintf(talk->local, sizeof(talk->local), "%s;tag=there",
			 look_header(invite->bytes, "To"));
	}
	accept_as(invite, talk->contact, NULL);
	if (prng_once_in(dice(), 8)) /* another phone, too */
		accept_as(invite, talk->contact, "elsewhere");
}

/* Too late, or not heard. */
static void cancelled(const struct parcel *cancel)
{
	answer_send(&(struct answer){cancel, 200, "CANCEL", "", "", NULL});
	if (prng_once_in(dice(), 2))
		accept_as(cancel, contact_of(cancel), NULL);
	else
		answer_send(
			&(struct answer){cancel, 487, "INVITE", "", "", NULL});
}

static void invited(const struct parcel *invite)
{
	static const int refusals[] = {302, 404, 480, 486, 503, 503, 603};

	if (strstr(look_header(invite->bytes, "To"), ";tag=")) {
		accept_call(invite);
		return;
	}
	if (prng_once_in(dice(), 3))
		answer_send(&(struct answer){
			invite, prng_once_in(dice(), 2) ? 180 : 183, "INVITE",
			"", "", NULL});
	switch (prng_below(dice(), 8)) {
	case 0:
		break; /* it rings on */
	case 1:
	case 2:
		answer_send(&(struct answer){invite,
					     refusals[prng_below(dice(), 7)],
					     "INVITE", "", "", NULL});
		break;
	default:
		accept_call(invite);
		break;
	}
}

static void messaged(const struct parcel *message)
{
	static const int statuses[] = {200, 200, 200, 202, 404,
				       415, 480, 503, 503, 0};
	int status = statuses[prng_below(dice(), 10)];
	const char *grant = strstr(message->bytes, "sip:g-");
	const char *trigger = look_header(message->bytes, "Trigger-Consent");

	if (grant)
		snprintf(world.grant_uri, sizeof(world.grant_uri), "%.*s",
			 (int)strcspn(grant, "\"<> \r"), grant);
	if (grant)
		snprintf(world.recipient, sizeof(world.recipient), "%.*s",
			 (int)strcspn(message->bytes + 8, "; "),
			 message->bytes + 8);
	if (trigger)
		snprintf(world.trigger_uri, sizeof(world.trigger_uri), "%.*s",
			 (int)strcspn(trigger, " ;"), trigger);
	if (status)
		answer_send(&(struct answer){message, status, "MESSAGE", "", "",
					     NULL});
}

static void asked(const struct parcel *request)
{
	char method[16];
	struct talk *talk = talk_of(request->bytes);

	snprintf(method, sizeof(method), "%.*s",
		 (int)strcspn(request->bytes, " "), request->bytes);
	if (strcmp(method, "INVITE") == 0) {
		invited(request);
	} else if (strcmp(method, "MESSAGE") == 0) {
		messaged(request);
	} else if (strcmp(method, "ACK") == 0) {
		if (talk)
			talk->is_on = true;
	} else if (strcmp(method, "CANCEL") == 0) {
		cancelled(request);
	} else {
		if (talk && strcmp(method, "BYE") == 0)
			talk->is_on = false;
		answer_send(
			&(struct answer){request, 200, method, "", "", NULL});
	}
}

/* ---- requests in calls --------------------------------------------------- */

static void talk_send(struct talk *talk, const char *method, unsigned cseq,
		      const char *body)
{
	struct text bytes;
	char host[64];

	address_format(&talk->flow.peer.address, host);
	text_init(&bytes, world.arena);
	text_printf(&bytes,
		    "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;rport;"
		    "branch=z9hG4bKt%u.%u.%s\r\nMax-Forwards: 70\r\n"
		    "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n",
		    method, talk->target,
		    protocol_name(talk->flow.peer.protocol), host,
		    (unsigned)(talk - world.talks), cseq, method, talk->local,
		    talk->remote, talk->call_id, cseq, method);
	if (strcmp(method, "INVITE") == 0 || strcmp(method, "UPDATE") == 0)
		text_printf(&bytes, "Contact: <%s>\r\n", talk->contact);
	lines_hearsay(&bytes);
	text_printf(&bytes, "%sContent-Length: %zu\r\n\r\n%s",
		    *body ? SDP_TYPE : "", strlen(body), body);
	send_text(&bytes, &talk->flow);
}

void phones_talk(void)
{
	static const char *const methods[] = {"INVITE",	 "UPDATE",  "UPDATE",
					      "INFO",	 "OPTIONS", "BYE",
					      "MESSAGE", "INVITE"};
	struct talk *talk;
	const char *method = methods[prng_below(dice(), 8)];
	bool has_body =
		strcmp(method, "INVITE") == 0 ||
		(strcmp(method, "UPDATE") == 0 && prng_once_in(dice(), 2));

	if (!world.n_talks)
		return;
	talk = &world.talks[prng_below(dice(), world.n_talks)];
	if (!talk->is_on)
		return;
	if (strcmp(method, "BYE") == 0)
		talk->is_on = false;
	talk_send(talk, method, ++talk->cseq, has_body ? SDP : "");
}

/* ---- what comes back ----------------------------------------------------- */

/* The creator's call. */
static void begin_talk(const struct ask *ask, const struct parcel *response)
{
	struct talk *talk = talk_new(response->bytes, &response->flow);
	char host[64];

	if (!talk)
		return;
	address_format(&talk->flow.peer.address, host);
	snprintf(talk->contact, sizeof(talk->contact), "sip:o%u-@%s",
		 ask->number, host);
	snprintf(talk->local, sizeof(talk->local), "%s",
		 look_header(response->bytes, "From"));
	snprintf(talk->remote, sizeof(talk->remote), "%s",
		 look_header(response->bytes, "To"));
	talk->is_on = true;
	world.n_calls++;
}

static void acknowledge(const struct parcel *response, unsigned cseq)
{
	struct ask *ask = look_ask(response->bytes);
	struct talk *talk = talk_of(response->bytes);

	if (!talk && ask)
		begin_talk(ask, response);
	talk = talk_of(response->bytes);
	if (talk)
		talk_send(talk, "ACK", cseq, "");
}

/* RFC 3261 section 17.1.1.3. */
static void acknowledge_refusal(const struct ask *ask,
				const struct parcel *response, unsigned cseq)
{
	struct text bytes;

	text_init(&bytes, world.arena);
	text_printf(&bytes,
		    "ACK %s SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\n"
		    "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u ACK\r\n",
		    ask->target, look_header(response->bytes, "Via"),
		    look_header(response->bytes, "From"),
		    look_header(response->bytes, "To"),
		    look_header(response->bytes, "Call-ID"), cseq);
	lines_hearsay(&bytes);
	text_add(&bytes, "Content-Length: 0\r\n\r\n");
	send_text(&bytes, &response->flow);
}

static void answered(const struct parcel *response)
{
	int status = (int)strtol(response->bytes + 8, NULL, 10);
	const char *line = look_header(response->bytes, "CSeq");
	unsigned cseq = (unsigned)strtoul(line, NULL, 10);
	bool is_invite = strstr(line, " INVITE") != NULL;
	struct ask *ask = look_ask(response->bytes);

	if (is_invite && status >= 200 && status < 300) {
		acknowledge(response, cseq);
		return;
	}
	if (!ask || cseq != ask->cseq || status < 300)
		return;
	if (is_invite)
		acknowledge_refusal(ask, response, cseq);
	if (status == 407 || status == 401)
		ask_again(ask, response->bytes);
}

int phones_turn(void)
{
	struct parcel *parcel = world.parcels;

	if (!parcel)
		return 0;
	world.parcels = parcel->next;
	if (!world.parcels)
		world.parcels_end = &world.parcels;
	if (strncmp(parcel->bytes, "SIP/2.0 ", 8) == 0)
		answered(parcel);
	else
		asked(parcel);
	return 1;
}
