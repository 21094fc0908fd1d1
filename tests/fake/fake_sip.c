#include "tests/fake/fake_sip_private.h"

#include <stdio.h>

#include "server/sip/dialog_table.h"
#include "server/sip/response_writer.h"

const struct flow fake_flow = {.peer.protocol = PROTOCOL_UDP};

void fake_sip_stray_from(struct sip *sip, const char *host)
{
	sip->stray_from = fake_flow;
	if (address_parse(view_of(host), 5060, &sip->stray_from.peer.address))
		err_fatal("no address");
}

void fake_sip_tell(struct sip *sip, bool tells)
{
	sip->tells_whose = tells;
}

struct sip *fake_sip_new(struct loop *loop, const char *host)
{
	struct sip *sip = mem_alloc(sizeof(*sip));
	static const struct hash_key key = {{1}};

	sip->loop = loop;
	sip->edge.sip = sip;
	fake_sip_stray_from(sip, "192.0.2.99");
	snprintf(sip->host, sizeof(sip->host), "%s:5060", host);
	sip->dialogs = dialog_table_new(&key);
	TAILQ_INIT(&sip->out);
	TAILQ_INIT(&sip->clients);
	TAILQ_INIT(&sip->servers);
	TAILQ_INIT(&sip->seen);
	return sip;
}

struct edge *fake_sip_edge(struct sip *sip)
{
	return &sip->edge;
}

void fake_sip_listen(struct sip *sip,
		     void (*invite)(void *arg, struct request *request),
		     void *arg)
{
	sip->invite = invite;
	sip->invite_arg = arg;
}

struct dialog_table *sip_dialogs(struct sip *sip)
{
	return sip->dialogs;
}

void sip_listen_strays(struct sip *sip,
		       void (*stray)(void *arg, const struct message *response,
				     const struct flow *from),
		       void *arg)
{
	sip->stray = stray;
	sip->stray_arg = arg;
}

/* ---- what leaves --------------------------------------------------------- */

struct text *fake_put(struct sip *sip)
{
	struct fake_parcel *parcel = mem_alloc(sizeof(*parcel));

	text_init(&parcel->bytes, NULL);
	TAILQ_INSERT_TAIL(&sip->out, parcel, link);
	return &parcel->bytes;
}

static void parcel_free(struct fake_parcel *parcel)
{
	if (!parcel)
		return;
	text_release(&parcel->bytes);
	free(parcel);
}

const char *fake_sip_take(struct sip *sip)
{
	struct fake_parcel *parcel = TAILQ_FIRST(&sip->out);

	parcel_free(sip->taken);
	sip->taken = parcel;
	if (!parcel)
		return NULL;
	TAILQ_REMOVE(&sip->out, parcel, link);
	return parcel->bytes.at;
}

/* ---- what comes ---------------------------------------------------------- */

void fake_sip_deliver(struct sip *sip, const char *bytes)
{
	char *copy = mem_strdup(bytes);

	message_read(&sip->in, view_of(copy));
	if (sip->in.fault && sip->in.status / 100 != 2)
		err_fatal("the test wrote what cannot be read");
	if (sip->in.status)
		fake_take_response(sip, &sip->in);
	else
		fake_take_request(sip, &sip->in);
	free(copy);
}

void fake_sip_free(struct sip *sip)
{
	struct fake_client *client;
	struct server_txn *txn;
	struct fake_parcel *parcel;
	struct fake_seen *seen;

	while ((client = TAILQ_FIRST(&sip->clients)))
		fake_client_free(client);
	while ((txn = TAILQ_FIRST(&sip->servers)))
		fake_server_gone(txn);
	while ((parcel = TAILQ_FIRST(&sip->out))) {
		TAILQ_REMOVE(&sip->out, parcel, link);
		parcel_free(parcel);
	}
	while ((seen = TAILQ_FIRST(&sip->seen))) {
		TAILQ_REMOVE(&sip->seen, seen, link);
		free(seen->key);
		free(seen);
	}
	parcel_free(sip->taken);
	dialog_table_free(sip->dialogs);
	free(sip);
}

/* ---- for tests ----------------------------------------------------------- */

const char *fake_sip_reply(const char *request, int status, const char *tag,
			   const char *lines, const char *body)
{
	static struct message message;
	static char reply[8192];
	struct text text;

	message_read(&message, view_of(request));
	text_init(&text, NULL);
	text_printf(&text, "SIP/2.0 %d %s\r\n", status,
		    response_phrase(status));
	fake_add_lines(&message, tag, &text);
	text_add(&text, lines ? lines : "");
	text_printf(&text, "Content-Length: %zu\r\n\r\n%s",
		    body ? strlen(body) : 0, body ? body : "");
	snprintf(reply, sizeof(reply), "%s", text.at);
	text_release(&text);
	return reply;
}

const char *fake_sip_header(const char *message, const char *name)
{
	static char value[1024];
	struct view all = view_of(message);
	size_t end = view_find_view(all, VIEW("\r\n\r\n"), 0), at = 0;
	char line[128];

	snprintf(line, sizeof(line), "\r\n%s: ", name);
	all = view_head(all, end == SIZE_MAX ? all.len : end + 2);
	at = view_find_view(all, view_of(line), 0);
	if (at == SIZE_MAX)
		return NULL;
	all = view_from(all, at + strlen(line));
	all = view_head(all, view_find_view(all, VIEW("\r\n"), 0));
	snprintf(value, sizeof(value), "%.*s", (int)all.len, all.at);
	return value;
}
