/* The edge as a whole: making it, draining it, and its side of server/edge.h.
 */
#include "server/edge/edge_private.h"

#include "server/base/log.h"
#include "server/edge/asserted.h"
#include "server/edge/deny.h"
#include "server/edge/identify.h"
#include "server/edge/ingress.h"
#include "server/edge/waiting.h"
#include "server/sip/server_txn.h"

#define SOURCES 65536 /**< places in the tables of sources */
#define NONCES 65536  /**< used nonces that are remembered */
#define LOOPS 16384   /**< requests that are remembered for a minute */

static const char *find_host_key(struct arena *arena, const char *domain)
{
	const char *key, *uri = arena_printf(arena, "sip:%s", domain);

	return uri_key(arena, view_of(uri), &key) ? domain
						  : key + strlen("sip:");
}

struct edge *edge_new(const struct edge_settings *settings)
{
	struct edge *edge = mem_alloc(sizeof(*edge));

	edge->settings = *settings;
	edge->loop = settings->loop;
	edge->counters = settings->counters;
	edge->sip = settings->sip;
	text_init(&edge->more, NULL);
	edge->sources = source_rates_new(SOURCES);
	edge->refusals = source_rates_new(SOURCES);
	edge->unproved = source_rates_new(SOURCES);
	edge->repeats = source_rates_new(SOURCES);
	edge->loops = ttl_cache_new(LOOPS);
	edge->nonces = nonce_book_new(settings->nonce_lifetime_s, NONCES);
	edge->lockout = lockout_new();
	edge->listener = (struct sip_listener){.claim = deny_claim,
					       .drop = ingress_drop,
					       .request = ingress_receive,
					       .unframed = ingress_unframed,
					       .arg = edge};
	modules_init(&edge->modules);
	edge->arena = arena_new(0);
	edge->host_key = find_host_key(edge->arena, settings->domain);
	TAILQ_INIT(&edge->waiting);
	sip_listen(edge->sip, &edge->listener);
	return edge;
}

void edge_drain(struct edge *edge)
{
	edge->is_draining = true;
	waitings_drain(edge);
	modules_drain(&edge->modules);
}

bool edge_is_idle(const struct edge *edge)
{
	return !edge->n_waiting && modules_are_idle(&edge->modules) &&
	       sip_idle(edge->sip);
}

void edge_free(struct edge *edge)
{
	if (!edge)
		return;
	sip_listen(edge->sip, NULL);
	waitings_free(edge);
	nonce_book_free(edge->nonces);
	lockout_free(edge->lockout);
	source_rates_free(edge->sources);
	source_rates_free(edge->refusals);
	source_rates_free(edge->unproved);
	source_rates_free(edge->repeats);
	ttl_cache_free(edge->loops);
	modules_release(&edge->modules);
	text_release(&edge->more);
	arena_free(edge->arena);
	free(edge);
}

void edge_send(struct edge *edge, struct leg *leg)
{
	sip_send(edge->sip, leg);
}

void edge_drop(struct edge *edge, struct leg *leg)
{
	sip_drop(edge->sip, leg);
}

void edge_quiesce(struct edge *edge)
{
	sip_quiesce(edge->sip);
}

/* Who answers: the service, or the conference.  A consent URI is nobody, and
 * is told to nobody. */
static void add_identity(struct edge *edge, const struct request *request)
{
	const struct trust_departure response = {.to = request->trust,
						 .method = request->method};
	const char *user = request->conference;
	struct assertion whose = {0};
	struct text line;

	if (request->purpose == PURPOSE_CONSENT || !request->trust)
		return;
	if (request->purpose == PURPOSE_LIST)
		user = request->service->name;
	if (request->purpose == PURPOSE_STORED_LIST)
		user = request->list;
	text_init(&line, request->arena);
	text_printf(&line, "P-Asserted-Identity: <sip:%s@%s>\r\n", user,
		    request->domain);
	whose.asserted = text_view(&line);
	assertion_write(&response, &whose, &edge->more);
}

/* Lines that only this response has. */
static void add_more(struct edge *edge, const struct request *request,
		     const struct response *response)
{
	union address from = {0};

	if (address_parse(view_of(request->source), 0, &from))
		memset(&from, 0, sizeof(from));
	text_clear(&edge->more);
	if (response->status == 401 || response->status == 407)
		identify_challenge(
			edge,
			&(struct challenge){response->status, request->domain,
					    request->is_stale, &from},
			&edge->more);
	for (size_t i = 0; i < response->n_headers; i++)
		response_add_header(&edge->more, response->headers[i].name,
				    response->headers[i].value);
	add_identity(edge, request);
	text_add_view(&edge->more, response->content.lines);
}

void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response)
{
	struct response_parts parts = {.status = response->status,
				       .reason = response->reason,
				       .body = response->content.body,
				       .contact = response->contact,
				       .contact_params =
					       response->contact_params};

	if (!request->txn || !server_txn_takes(request->txn, response->status))
		return;
	add_more(edge, request, response);
	parts.more = text_view(&edge->more);
	server_txn_respond(request->txn, &parts);
	log_event(LOG_EVENT_RESPONDED, request->id, "method=%s status=%d",
		  request->method, response->status);
}

void edge_repeat(struct edge *edge, struct request *request)
{
	(void)edge;
	if (request->txn)
		server_txn_repeat(request->txn);
}

void request_free(struct request *request)
{
	if (!request)
		return;
	if (request->txn)
		server_txn_drop(request->txn);
	arena_free(request->arena);
}
