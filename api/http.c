#include "api/http.h"

#include <microhttpd.h>
#include <netinet/in.h>

#include "api/headers.h"
#include "api/http_private.h"
#include "api/negotiate.h"
#include "api/page.h"
#include "server/base/ip_bytes.h"
#include "server/base/log.h"

#define STREAM_BLOCK ((size_t)4096) /* asked of a stream at once */
/* RFC 6797: a year; names below ours are not ours to speak for. */
#define HSTS "max-age=31536000"
#define DISCARD_MAX ((size_t)1024 * 1024) /* of a body that is too large */

static struct exchange *exchange_new(const struct http_listener *listener)
{
	struct exchange *exchange = mem_alloc(sizeof(*exchange));

	memset(exchange, 0, sizeof(*exchange));
	exchange->api = listener->settings.api;
	exchange->listener = listener;
	exchange->arena = arena_new(0);
	exchange->now = wall_now_s();
	text_init(&exchange->headers.accept, exchange->arena);
	text_init(&exchange->headers.languages, exchange->arena);
	text_init(&exchange->headers.if_match, exchange->arena);
	text_init(&exchange->headers.forwarded, exchange->arena);
	text_init(&exchange->headers.x_for, exchange->arena);
	text_init(&exchange->headers.x_host, exchange->arena);
	text_init(&exchange->body, NULL);
	return exchange;
}

static void exchange_free(struct exchange *exchange)
{
	if (exchange->body.at)
		explicit_bzero(exchange->body.at, exchange->body.size);
	text_release(&exchange->body);
	arena_free(exchange->answer);
	arena_free(exchange->arena);
	free(exchange);
}

void *http_on_uri(void *arg, const char *target,
		  struct MHD_Connection *connection)
{
	struct exchange *exchange = exchange_new(arg);

	(void)connection;
	exchange->target_end = (uintptr_t)target + strlen(target);
	if (exchange->listener->settings.is_page)
		exchange->target = arena_strdup(exchange->arena, target);
	if (params_read(exchange->arena, target, &exchange->path,
			&exchange->params))
		exchange->path = NULL;
	return exchange;
}

/**
 * True when a raw NUL cuts the Request-URI short.  The version follows it in
 * the same buffer, one byte on; where there is more between the two, we saw
 * only the head.  (A version that lies elsewhere tells nothing.)
 */
static bool is_cut(const struct exchange *exchange, const char *version)
{
	uintptr_t at = (uintptr_t)version;

	return at > exchange->target_end + 1 &&
	       at < exchange->target_end + CONNECTION_MEMORY;
}

size_t http_on_unescape(void *arg, struct MHD_Connection *connection,
			char *text)
{
	(void)arg;
	(void)connection;
	return strlen(text);
}

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind,
				 const char *name, size_t name_len,
				 const char *value, size_t value_len)
{
	(void)kind;
	headers_take(arg, (struct view){name, name_len},
		     (struct view){value, value_len});
	return MHD_YES;
}

/** Was it us who was called?  Else the response is 400 or 421.  A page in a
 *  browser on this host may have a name that was made to lead here. */
static bool host_judge(struct exchange *exchange)
{
	struct origin_said said = headers_origin(&exchange->headers);

	if (!exchange->headers.n_host)
		return true; /* HTTP/1.0; libmicrohttpd refuses 1.1 */
	switch (origin_host(&exchange->listener->settings.origin,
			    exchange->arena, exchange->local,
			    exchange->is_by_proxy, &said)) {
	case HOST_IS_OURS:
		return true;
	case HOST_IS_OTHER:
		respond_refusal(exchange, 421,
				"The Host of this request is none of the "
				"relay's; `hosts` and `public-url` of its "
				"section name them.");
		return false;
	case HOST_IS_BROKEN:
		break;
	}
	respond_refusal(exchange, 400, "Host cannot be read.");
	return false;
}

/** True when it may go on; else the response is 401 or 429. */
static bool token_judge(struct exchange *exchange)
{
	struct problem problem = {.status = 401, .reason = "token"};
	int wait_s = 0;
	enum err err = admin_token_check(
		exchange->api->admin, exchange->headers.authorization,
		exchange->source, exchange->now, &wait_s);

	if (!err) {
		connections_trust(exchange->listener->connections,
				  exchange->connection);
		return true;
	}
	atomic_fetch_add_explicit(&exchange->api->unauthorized, 1,
				  memory_order_relaxed);
	if (err == ERR_BUSY) {
		problem.status = 429;
		problem.retry_after_s = wait_s;
		problem.detail =
			"Too many requests without the right token came "
			"from this address.";
	} else if (exchange->headers.n_authorization) {
		exchange->challenges[0] = "Bearer realm=\"volens\", "
					  "error=\"invalid_token\"";
		problem.detail = "This is not the admin token.";
	} else {
		exchange->challenges[0] = "Bearer realm=\"volens\"";
		problem.detail = "This needs the admin token: send "
				 "\"Authorization: Bearer <token>\".";
	}
	log_event(LOG_EVENT_API_UNAUTHORIZED, NULL,
		  "method=%s path=%s status=%d", log_text(exchange->method),
		  log_text(exchange->path), problem.status);
	respond_problem(exchange, &problem);
	return false;
}

static bool is_page(const struct exchange *exchange)
{
	return exchange->listener->settings.is_page;
}

static bool takes_rows(const struct exchange *exchange)
{
	return exchange->route->body == BODY_ROWS;
}

/** Most bytes of a body. */
static size_t body_most(const struct exchange *exchange)
{
	if (is_page(exchange))
		return PAGE_BODY_MAX;
	return takes_rows(exchange) ? IMPORT_BODY_MAX : API_BODY_MAX;
}

static void respond_too_large(struct exchange *exchange)
{
	respond_refusal(exchange, 413,
			takes_rows(exchange)
				? "The body is longer than 4 MiB."
				: "The body is longer than 64 KiB.");
}

static bool type_judge(struct exchange *exchange)
{
	struct view type = exchange->headers.content_type;

	if (type_is(type, "application/json") ||
	    (takes_rows(exchange) && type_is(type, "text/csv")))
		return true;
	respond_refusal(exchange, 415,
			takes_rows(exchange)
				? "The body must be sent as application/json "
				  "or text/csv, in UTF-8."
				: "The body must be sent as application/json, "
				  "in UTF-8.");
	return false;
}

/** May this body come?  Else the response is 400, 413 or 415. */
static bool body_judge(struct exchange *exchange)
{
	const struct request_headers *headers = &exchange->headers;
	uint64_t length = 0;

	if (headers->n_length &&
	    view_to_u64(headers->length, UINT64_MAX, &length)) {
		respond_refusal(exchange, 400,
				"Content-Length is not a number.");
		return false;
	}
	if (!length && !headers->n_coding)
		return true;
	if (exchange->route->body == BODY_NONE) {
		respond_refusal(exchange, 400, "This request takes no body.");
		return false;
	}
	if (!type_judge(exchange))
		return false;
	if (headers->content_encoding.len &&
	    !view_equal_nocase(headers->content_encoding, VIEW("identity"))) {
		respond_refusal(exchange, 415,
				"The body must not be compressed.");
		return false;
	}
	if (length > body_most(exchange)) {
		respond_too_large(exchange);
		return false;
	}
	return true;
}

/** A relay without conferences has no address for them. */
static bool is_served(const struct exchange *exchange)
{
	return exchange->api->settings.conferences ||
	       strncmp(exchange->route->path, ROUTE_CONFERENCES,
		       sizeof(ROUTE_CONFERENCES) - 1);
}

static bool route_accepts(const struct exchange *exchange)
{
	struct view accept = text_view(&exchange->headers.accept);
	const struct route *route = exchange->route;

	return accept_allows(accept, route->type) ||
	       (route->also && accept_allows(accept, route->also));
}

/** Check all that can be checked before the body; responds on refusal. */
static void exchange_judge(struct exchange *exchange)
{
	const char *nothing = "There is nothing at this address.";
	char allow[ROUTE_ALLOW_MAX] = "";
	enum route_match match;
	struct route_ids ids;

	if (!exchange->path && !is_page(exchange)) {
		respond_refusal(exchange, 400, "The address cannot be read.");
		return;
	}
	if (!headers_are_sound(&exchange->headers)) {
		respond_refusal(exchange, 400,
				"A header is malformed or repeated.");
		return;
	}
	if (!host_judge(exchange))
		return;
	if (is_page(exchange)) {
		page_judge(exchange);
		return;
	}
	match = route_find(exchange->method, exchange->path, &exchange->route,
			   &ids, allow);
	exchange->id = ids.id;
	exchange->conference = arena_strdup(exchange->arena, ids.conference);
	exchange->name = arena_strdup(exchange->arena, ids.name);
	if (match != ROUTE_NO_PATH && !is_served(exchange)) {
		match = ROUTE_NO_PATH;
		nothing = "No service of this relay takes calls: there is no "
			  "service { } with INVITE in its methods.";
	}
	if (match == ROUTE_NO_PATH || exchange->route->access == ACCESS_TOKEN) {
		if (!token_judge(exchange))
			return;
	}
	if (match == ROUTE_NO_PATH) {
		respond_refusal(exchange, 404, nothing);
	} else if (match == ROUTE_NO_METHOD) {
		exchange->allow = arena_strdup(exchange->arena, allow);
		respond_refusal(exchange, 405,
				arena_printf(exchange->arena,
					     "This address answers to %s only.",
					     allow));
	} else if (!route_accepts(exchange)) {
		respond_refusal(
			exchange, 406,
			arena_printf(exchange->arena,
				     "This resource is available as %s only.",
				     exchange->route->type));
	} else {
		(void)body_judge(exchange);
	}
}

static void header_add(struct MHD_Response *response, const char *name,
		       const char *value)
{
	if (value && MHD_add_response_header(response, name, value) != MHD_YES)
		log_event(LOG_EVENT_API_HEADER_FAILED, NULL, "header=%s", name);
}

/** Nothing of others is loaded, no script runs, and no address goes on. */
static void page_headers_add(const struct exchange *exchange,
			     struct MHD_Response *response)
{
	header_add(response, "Content-Security-Policy",
		   "default-src 'none'; style-src 'self'; form-action 'self'; "
		   "base-uri 'none'; frame-ancestors 'none'");
	header_add(response, "Referrer-Policy", "no-referrer");
	header_add(response, "X-Robots-Tag", "noindex");
	header_add(response, "Cross-Origin-Opener-Policy", "same-origin");
	header_add(response, "Cross-Origin-Resource-Policy", "same-origin");
	header_add(response, "Location", exchange->location);
}

static void headers_add(const struct exchange *exchange,
			struct MHD_Response *response)
{
	header_add(response, "Content-Type", exchange->content_type);
	header_add(response, "Cache-Control", "no-store");
	header_add(response, "X-Content-Type-Options", "nosniff");
	if (exchange->listener->settings.https)
		header_add(response, "Strict-Transport-Security", HSTS);
	if (is_page(exchange))
		page_headers_add(exchange, response);
	else if (exchange->location)
		header_add(response, "Location",
			   arena_printf(exchange->arena, "%s%s",
					exchange_base(exchange),
					exchange->location));
	header_add(response, "Allow", exchange->allow);
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		header_add(response, "WWW-Authenticate",
			   exchange->challenges[i]);
	if (exchange->etag)
		header_add(response, "ETag",
			   arena_printf(exchange->arena, "\"%s\"",
					exchange->etag));
	if (exchange->retry_after_s)
		header_add(response, "Retry-After",
			   arena_printf(exchange->arena, "%d",
					exchange->retry_after_s));
}

static ssize_t on_read(void *arg, uint64_t at, char *ret, size_t size)
{
	(void)at;
	return stream_read(arg, ret, size);
}

static struct MHD_Response *response_make(const struct exchange *exchange)
{
	if (exchange->stream)
		return MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read,
			exchange->stream, NULL);
	return MHD_create_response_from_buffer(
		exchange->content.len, (void *)(uintptr_t)exchange->content.at,
		MHD_RESPMEM_MUST_COPY);
}

/** Hand the response to libmicrohttpd. */
static enum MHD_Result exchange_send(struct exchange *exchange,
				     struct MHD_Connection *connection)
{
	struct MHD_Response *response = response_make(exchange);

	if (!response)
		return MHD_NO;
	headers_add(exchange, response);
	exchange->is_sent = true;
	atomic_fetch_add_explicit(
		&exchange->api->responses[exchange->status / 100], 1,
		memory_order_relaxed);
	enum MHD_Result result = MHD_queue_response(
		connection, (unsigned)exchange->status, response);

	MHD_destroy_response(response);
	return result;
}

/** The connection's handle in api->connections. */
static void *handle_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/** The head, and who sent it. */
static void origin_find(struct exchange *exchange,
			struct MHD_Connection *connection)
{
	const struct origin_rules *rules = &exchange->listener->settings.origin;
	struct origin_said said;
	uint8_t peer[ORIGIN_ADDRESS];

	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header,
				    &exchange->headers);
	said = headers_origin(&exchange->headers);
	http_addresses(connection, peer, exchange->local);
	exchange->is_by_proxy = origin_is_proxy(rules, peer);
	origin_client(rules, exchange->arena, peer, &said, exchange->client);
	exchange->source = ip_bytes_client(exchange->client);
}

/** Keep a piece of the body; MHD_NO closes on one who does not stop. */
static enum MHD_Result body_add(struct exchange *exchange, const char *data,
				size_t len)
{
	if (exchange->is_too_large ||
	    exchange->body.len + len > body_most(exchange)) {
		exchange->is_too_large = true;
		exchange->discarded += len;
		return exchange->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
	}
	text_add_bytes(&exchange->body, data, len);
	return MHD_YES;
}

static void exchange_run(struct exchange *exchange)
{
	if (is_page(exchange)) {
		if (exchange->is_too_large)
			page_too_large(exchange);
		else
			page_run(exchange);
		return;
	}
	if (exchange->is_too_large)
		respond_too_large(exchange);
	else
		idempotency_run(exchange);
	log_event(LOG_EVENT_API_REQUEST, NULL, "method=%s path=%s status=%d",
		  log_text(exchange->method), log_text(exchange->path),
		  exchange->status);
}

enum MHD_Result http_on_request(void *arg, struct MHD_Connection *connection,
				const char *url, const char *method,
				const char *version, const char *data,
				size_t *len, void **state)
{
	struct exchange *exchange = *state;

	(void)arg;
	(void)url;
	if (!exchange->is_seen) {
		exchange->is_seen = true;
		if (is_cut(exchange, version))
			exchange->path = NULL;
		exchange->method = arena_strdup(exchange->arena, method);
		origin_find(exchange, connection);
		exchange->connection = handle_of(connection);
		exchange->http = connection;
		exchange_judge(exchange);
		return exchange->status ? exchange_send(exchange, connection)
					: MHD_YES;
	}
	if (*len) {
		size_t taken = *len;

		*len = 0;
		return body_add(exchange, data, taken);
	}
	if (exchange->is_sent)
		return MHD_YES;
	if (exchange->resumed)
		exchange_resume(exchange);
	else
		exchange_run(exchange);
	return exchange->resumed ? MHD_YES
				 : exchange_send(exchange, connection);
}

void http_on_completed(void *arg, struct MHD_Connection *connection,
		       void **state, enum MHD_RequestTerminationCode why)
{
	const struct http_listener *listener = arg;

	(void)why;
	connections_rest(listener->connections, handle_of(connection));
	if (*state) {
		stream_close(((struct exchange *)*state)->stream);
		page_decide_told(*state);
		exchange_free(*state);
	}
	*state = NULL;
}
