/* Requests of senders: who they are, where they come from, what they want. */
#include "server/base/digest.h"
#include "server/base/sha256.h"
#include "tests/props/asserted.h"

#define LISTS "sip:lists@" ASSERTED_DOMAIN
#define SDP                                                                    \
	"v=0\r\no=- 7 1 IN IP4 10.9.9.9\r\ns=-\r\nc=IN IP4 10.9.9.9\r\n"       \
	"t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
#define ANONYMOUS "\"Anonymous\" <sip:anonymous@anonymous.invalid>"

static struct prng *dice(void)
{
	return &world.prng;
}

static void roll_peer(struct flow *ret)
{
	const struct place *place = &world.places[prng_below(dice(), PLACES)];

	*ret = (struct flow){
		.peer = {.protocol = (enum protocol)prng_below(dice(), 3),
			 .address = place->address}};
	ret->listener = (place->is_v4 ? 0 : 3) + (int)ret->peer.protocol;
	if (ret->peer.protocol == PROTOCOL_TLS && prng_below(dice(), 4))
		ret->peer.names = place->names;
}

/* Half of them come by somebody who is believed, if there is one. */
static void roll_flow(struct flow *ret, const char *method)
{
	int tries = prng_once_in(dice(), 2) ? 1 : 8;

	do
		roll_peer(ret);
	while (--tries && !model_believes(model_block(&ret->peer), method,
					  ret->peer.protocol == PROTOCOL_TLS));
	if (ret->peer.protocol != PROTOCOL_UDP)
		ret->connection =
			fake_transport_accept(fake_transport(), &ret->peer);
}

static void roll_who(struct ask *ask)
{
	static const char *const accounts[] = {"alice", "bob", "alice", "bob",
					       NULL};

	ask->account = accounts[prng_below(dice(), 5)];
	ask->is_wrong_password = prng_once_in(dice(), 8);
	if (prng_once_in(dice(), 6))
		snprintf(ask->from, sizeof(ask->from), ANONYMOUS);
	else if (ask->account && prng_below(dice(), 8))
		snprintf(ask->from, sizeof(ask->from),
			 "<sip:%s@" ASSERTED_DOMAIN ">", ask->account);
	else
		snprintf(ask->from, sizeof(ask->from),
			 "\"Teller-%u-\" <sip:teller-%u-@in.example>",
			 ask->number, ask->number);
}

/* ---- its list ------------------------------------------------------------ */

static void roll_recipient(const struct ask *ask, unsigned i, struct text *ret)
{
	const struct place *place = &world.places[prng_below(dice(), PLACES)];
	const char *name = world_names[prng_below(dice(), NAMES)];

	text_clear(ret);
	switch (prng_below(dice(), 6)) {
	case 0:
		text_printf(ret, "sip:r%u-%u@%s", ask->number, i, place->text);
		break;
	case 1:
		text_printf(ret, "sip:r%u-%u@%s;transport=tcp", ask->number, i,
			    place->text);
		break;
	case 2:
		text_printf(ret, "sip:r%u-%u@%s", ask->number, i, name);
		break;
	case 3:
		text_printf(ret, "sip:r%u-%u@%s;transport=tls", ask->number, i,
			    name);
		break;
	case 4:
		text_printf(ret, "sips:r%u-%u@%s", ask->number, i, name);
		break;
	default:
		text_printf(ret, "sip:r%u-%u@%s;transport=udp", ask->number, i,
			    name);
		break;
	}
}

static void add_recipient(const struct ask *ask, unsigned i, struct text *ret)
{
	roll_recipient(ask, i, ret);
	relay_permit(ret->at,
		     prng_once_in(dice(), 6) ? EVENT_ADDED : EVENT_GRANT);
}

static void add_list(const struct ask *ask, struct text *body)
{
	static const char *const options[] = {
		"", " c:copyControl=\"to\"",
		" c:copyControl=\"to\" c:anonymize=\"true\""};
	unsigned n = 1 + prng_below(dice(), CALLEES);
	struct text uri;

	text_init(&uri, world.arena);
	text_add(body, "--b\r\nContent-Type: application/resource-lists+xml\r\n"
		       "Content-Disposition: recipient-list\r\n\r\n"
		       "<resource-lists "
		       "xmlns=\"urn:ietf:params:xml:ns:resource-lists\" "
		       "xmlns:c=\"urn:ietf:params:xml:ns:copycontrol\"><list>");
	for (unsigned i = 0; i < n; i++) {
		add_recipient(ask, i, &uri);
		text_printf(body, "<entry uri=\"%s%s\"%s/>", uri.at,
			    prng_once_in(dice(), 40)
				    ? "?P-Asserted-Identity=%3Csip:stay-@x%3E"
				    : "",
			    options[prng_below(dice(), 3)]);
	}
	text_add(body, "</list></resource-lists>\r\n");
}

static const char *add_body(const struct ask *ask, struct text *ret)
{
	if (!ask->has_list) {
		if (strcmp(ask->method, "INVITE") != 0)
			return "";
		text_add(ret, SDP);
		return "Content-Type: application/sdp\r\n";
	}
	add_list(ask, ret);
	if (strcmp(ask->method, "INVITE") == 0) {
		text_add(ret, "--b\r\nContent-Type: application/sdp\r\n\r\n" SDP
			      "\r\n--b--\r\n");
		return "Require: recipient-list-invite\r\n"
		       "Content-Type: multipart/mixed;boundary=b\r\n";
	}
	text_printf(ret,
		    "--b\r\nContent-Type: text/plain\r\n\r\nbody\r\n\r\n"
		    "P-Asserted-Identity: <sip:body-%u@in.example>\r\n\r\n"
		    "--b--\r\n",
		    ask->number);
	return "Require: recipient-list-message\r\n"
	       "Content-Type: multipart/mixed;boundary=b\r\n";
}

/* ---- its bytes ----------------------------------------------------------- */

static void add_head(const struct ask *ask, struct text *ret)
{
	char host[64];

	address_format(&ask->flow.peer.address, host);
	text_printf(ret,
		    "%s %s SIP/2.0\r\n"
		    "Via: SIP/2.0/%s %s;rport;branch=z9hG4bK%u.%u\r\n"
		    "Max-Forwards: 70\r\nFrom: %s;tag=t%u\r\nTo: <%s>\r\n"
		    "Call-ID: k%u@example.org\r\nCSeq: %u %s\r\n"
		    "Contact: <sip:o%u-@%s;transport=%s>\r\n",
		    ask->method, ask->target,
		    protocol_name(ask->flow.peer.protocol), host, ask->number,
		    ask->cseq, ask->from, ask->number, ask->target, ask->number,
		    ask->cseq, ask->method, ask->number, host,
		    protocol_name(ask->flow.peer.protocol));
	for (unsigned i = 0; i < ask->n_lines; i++)
		text_printf(ret, "%s\r\n", ask->lines[i].text);
}

static void send_it(struct ask *ask, const char *credentials)
{
	struct text bytes;

	model_identify(ask);
	text_init(&bytes, world.arena);
	add_head(ask, &bytes);
	text_add(&bytes, credentials);
	text_add(&bytes, ask->content);
	text_printf(&bytes, "Content-Length: %zu\r\n\r\n%s",
		    ask->body ? strlen(ask->body) : 0,
		    ask->body ? ask->body : "");
	fake_transport_receive(fake_transport(), text_view(&bytes), &ask->flow);
}

static struct ask *ask_begin(const char *method)
{
	struct ask *ask = &world.asks[world.n_asks];

	memset(ask, 0, sizeof(*ask));
	ask->number = world.n_asks++;
	ask->method = method;
	ask->cseq = 1;
	return ask;
}

void ask_by_rest(void)
{
	const char *recipients[CALLEES];
	unsigned n = 1 + prng_below(dice(), CALLEES);
	struct text uri;
	struct ask *ask;

	if (world.n_asks == ASKS)
		return;
	ask = ask_begin("INVITE");
	ask->n_may = 1;
	snprintf(ask->may[0].uri, sizeof(ask->may[0].uri),
		 "sip:alice@" ASSERTED_DOMAIN);
	for (unsigned i = 0; i < n; i++) {
		text_init(&uri, world.arena);
		add_recipient(ask, i, &uri);
		recipients[i] = uri.at;
	}
	relay_call(ask->may[0].uri, recipients, n);
}

void ask_new(const char *method, const char *target)
{
	struct ask *ask;
	struct text body;

	if (world.n_asks == ASKS)
		return;
	ask = ask_begin(method);
	ask->has_list =
		strcmp(target, LISTS) == 0 && (strcmp(method, "INVITE") == 0 ||
					       strcmp(method, "MESSAGE") == 0);
	snprintf(ask->target, sizeof(ask->target), "%s", target);
	snprintf(ask->granter, sizeof(ask->granter), "%s", world.recipient);
	roll_flow(&ask->flow, method);
	roll_who(ask);
	lines_roll(ask);
	text_init(&body, world.arena);
	ask->content = add_body(ask, &body);
	ask->body = body.at;
	send_it(ask, "");
}

/* ---- credentials --------------------------------------------------------- */

static void hash_hex(const char *text, char ret[65])
{
	uint8_t hash[HASH_LEN];

	sha256(text, strlen(text), hash);
	hex_encode(hash, HASH_LEN, ret);
}

static const char *credentials(const struct ask *ask, const char *challenge)
{
	const char *nonce = strstr(challenge, "nonce=\"");
	char ha1[DIGEST_HEX_MAX + 1], ha2[65], response[65];
	struct arena *arena = world.arena;
	int len;

	if (!nonce)
		return "";
	nonce += 7;
	len = (int)strcspn(nonce, "\"");
	digest_ha1(DIGEST_SHA256, view_of(ask->account), VIEW(ASSERTED_DOMAIN),
		   ask->is_wrong_password ? VIEW("wrong") : VIEW("secret"),
		   ha1);
	hash_hex(arena_printf(arena, "%s:%s", ask->method, ask->target), ha2);
	hash_hex(arena_printf(arena, "%s:%.*s:00000001:c:auth:%s", ha1, len,
			      nonce, ha2),
		 response);
	return arena_printf(arena,
			    "Proxy-Authorization: Digest username=\"%s\", "
			    "realm=\"" ASSERTED_DOMAIN "\", nonce=\"%.*s\", "
			    "uri=\"%s\", qop=auth, nc=00000001, cnonce=\"c\", "
			    "algorithm=SHA-256, response=\"%s\"\r\n",
			    ask->account, len, nonce, ask->target, response);
}

void ask_again(struct ask *ask, const char *challenge)
{
	if (!ask->account || ask->is_repeated)
		return;
	ask->is_repeated = true;
	ask->cseq++;
	send_it(ask, credentials(ask, challenge));
}
