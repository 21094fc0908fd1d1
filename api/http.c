#include "api/http.h"

#include <microhttpd.h>
#include <netinet/in.h>

#include "api/negotiate.h"
#include "server/base/log.h"

/* Of libmicrohttpd, each thread a quarter: api/connections keeps their number
 * far below it.  Everybody on loopback has one address. */
#define HTTP_CONNECTIONS_MAX (8 * CONNECTIONS_MAX)
#define CONNECTION_MEMORY ((size_t)32 * 1024)
#define IDLE_S 10u
#define DISCARD_MAX ((size_t)1024 * 1024) /* of a body that is too large */

static struct call *call_new(struct api *api)
{
	struct call *call = mem_alloc(sizeof(*call));

	memset(call, 0, sizeof(*call));
	call->api = api;
	call->arena = arena_new(0);
	call->now = wall_now_s();
	text_init(&call->headers.accept, call->arena);
	text_init(&call->headers.if_match, call->arena);
	text_init(&call->body, NULL);
	return call;
}

static void call_free(struct call *call)
{
	if (call->body.at)
		explicit_bzero(call->body.at, call->body.size);
	text_release(&call->body);
	arena_free(call->arena);
	free(call);
}

/** The request line was read: the URI as it came, before any decoding. */
static void *on_uri(void *arg, const char *target,
		    struct MHD_Connection *connection)
{
	struct call *call = call_new(arg);

	(void)connection;
	call->target_end = (uintptr_t)target + strlen(target);
	if (params_read(call->arena, target, &call->path, &call->params))
		call->path = NULL;
	return call;
}

/**
 * True when a raw NUL cuts the Request-URI short.  The version follows it in
 * the same buffer, one byte on; where there is more between the two, we saw
 * only the head.  (A version that lies elsewhere tells nothing.)
 */
static bool is_cut(const struct call *call, const char *version)
{
	uintptr_t at = (uintptr_t)version;

	return at > call->target_end + 1 &&
	       at < call->target_end + CONNECTION_MEMORY;
}

/** libmicrohttpd is not to decode anything: see api/params.h. */
static size_t on_unescape(void *arg, struct MHD_Connection *connection,
			  char *text)
{
	(void)arg;
	(void)connection;
	return strlen(text);
}

static void line_join(struct text *text, struct view value)
{
	if (text->len)
		text_add(text, ", ");
	text_add_view(text, value);
}

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind,
				 const char *name, size_t name_len,
				 const char *value, size_t value_len)
{
	struct call_headers *headers = arg;
	struct view key = {name, name_len}, is = {value, value_len};

	(void)kind;
	if (view_equal_nocase(key, VIEW("Authorization"))) {
		headers->n_authorization++;
		headers->authorization = is;
	} else if (view_equal_nocase(key, VIEW("Content-Length"))) {
		headers->n_length++;
		headers->length = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("Transfer-Encoding"))) {
		headers->n_coding++;
		if (!view_equal_nocase(view_trim(is), VIEW("chunked")))
			headers->is_broken = true;
	} else if (view_equal_nocase(key, VIEW("Host"))) {
		headers->n_host++;
	} else if (view_equal_nocase(key, VIEW("Content-Type"))) {
		headers->content_type = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("Content-Encoding"))) {
		headers->content_encoding = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("Accept"))) {
		line_join(&headers->accept, is);
	} else if (view_equal_nocase(key, VIEW("If-Match"))) {
		line_join(&headers->if_match, is);
	}
	return MHD_YES;
}

/** Two lengths, or a length and a coding, are how requests are smuggled (RFC
 *  9112 section 6.3); libmicrohttpd lets them through. */
static bool headers_are_sound(const struct call_headers *headers)
{
	return !headers->is_broken && headers->n_length <= 1 &&
	       headers->n_coding <= 1 && headers->n_host <= 1 &&
	       headers->n_authorization <= 1 &&
	       !(headers->n_length && headers->n_coding);
}

/** True when the call may go on; else it is answered 401 or 429. */
static bool token_judge(struct call *call)
{
	struct fault fault = {.status = 401, .reason = "token"};
	int wait_s = 0;
	enum err err =
		guard_check(call->api->guard, call->headers.authorization,
			    call->source, call->now, &wait_s);

	if (!err) {
		connections_trust(call->api->connections, call->connection);
		return true;
	}
	atomic_fetch_add_explicit(&call->api->strangers, 1,
				  memory_order_relaxed);
	if (err == ERR_BUSY) {
		fault.status = 429;
		fault.retry_after_s = wait_s;
		fault.detail = "Too many requests without the right token came "
			       "from this address.";
	} else if (call->headers.n_authorization) {
		call->challenge = "Bearer realm=\"volens\", "
				  "error=\"invalid_token\"";
		fault.detail = "This is not the admin token.";
	} else {
		call->challenge = "Bearer realm=\"volens\"";
		fault.detail = "This needs the admin token: send "
			       "\"Authorization: Bearer <token>\".";
	}
	log_event(LOG_EVENT_API_UNAUTHORIZED, NULL,
		  "method=%s path=%s status=%d", log_text(call->method),
		  log_text(call->path), fault.status);
	answer_fault(call, &fault);
	return false;
}

/** May this body come?  True, or the call is answered 400, 413 or 415. */
static bool body_judge(struct call *call)
{
	const struct call_headers *headers = &call->headers;
	uint64_t length = 0;

	if (headers->n_length &&
	    view_to_u64(headers->length, UINT64_MAX, &length)) {
		answer_refusal(call, 400, "Content-Length is not a number.");
		return false;
	}
	if (!length && !headers->n_coding)
		return true;
	if (call->route->body == BODY_NONE) {
		answer_refusal(call, 400, "This request takes no body.");
		return false;
	}
	if (!type_is_json(headers->content_type)) {
		answer_refusal(call, 415,
			       "The body must be sent as application/json, in "
			       "UTF-8.");
		return false;
	}
	if (headers->content_encoding.len &&
	    !view_equal_nocase(headers->content_encoding, VIEW("identity"))) {
		answer_refusal(call, 415, "The body must not be compressed.");
		return false;
	}
	if (length > API_BODY_MAX) {
		answer_refusal(call, 413, "The body is longer than 64 KiB.");
		return false;
	}
	return true;
}

/** Judge all that can be judged before the body; answers when it is no. */
static void call_judge(struct call *call)
{
	char allow[ROUTE_ALLOW_MAX] = "";
	enum route_match match;

	if (!call->path) {
		answer_refusal(call, 400, "The address cannot be read.");
		return;
	}
	if (!headers_are_sound(&call->headers)) {
		answer_refusal(call, 400,
			       "A header is broken, or is there twice.");
		return;
	}
	match = route_find(call->method, call->path, &call->route, &call->id,
			   allow);
	if (match == ROUTE_NO_PATH || call->route->access == ACCESS_TOKEN) {
		if (!token_judge(call))
			return;
	}
	if (match == ROUTE_NO_PATH) {
		answer_refusal(call, 404, "There is nothing at this address.");
	} else if (match == ROUTE_NO_METHOD) {
		call->allow = arena_strdup(call->arena, allow);
		answer_refusal(call, 405,
			       arena_printf(call->arena,
					    "This address answers to %s only.",
					    allow));
	} else if (!accept_allows(text_view(&call->headers.accept),
				  call->route->type)) {
		answer_refusal(call, 406,
			       arena_printf(call->arena,
					    "What is here can be had as %s "
					    "only.",
					    call->route->type));
	} else {
		(void)body_judge(call);
	}
}

static void header_add(struct MHD_Response *response, const char *name,
		       const char *value)
{
	if (value && MHD_add_response_header(response, name, value) != MHD_YES)
		log_event(LOG_EVENT_API_HEADER_FAILED, NULL, "header=%s", name);
}

static void headers_add(const struct call *call, struct MHD_Response *response)
{
	header_add(response, "Content-Type", call->content_type);
	header_add(response, "Cache-Control", "no-store");
	header_add(response, "X-Content-Type-Options", "nosniff");
	if (call->location)
		header_add(response, "Location",
			   arena_printf(call->arena, "%s%s", call_base(call),
					call->location));
	header_add(response, "Allow", call->allow);
	header_add(response, "WWW-Authenticate", call->challenge);
	if (call->etag)
		header_add(response, "ETag",
			   arena_printf(call->arena, "\"%s\"", call->etag));
	if (call->retry_after_s)
		header_add(
			response, "Retry-After",
			arena_printf(call->arena, "%d", call->retry_after_s));
}

/** Hand the answer to libmicrohttpd. */
static enum MHD_Result call_send(struct call *call,
				 struct MHD_Connection *connection)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		call->content.len, (void *)(uintptr_t)call->content.at,
		MHD_RESPMEM_MUST_COPY);

	if (!response)
		return MHD_NO;
	headers_add(call, response);
	call->is_answered = true;
	atomic_fetch_add_explicit(&call->api->answers[call->status / 100], 1,
				  memory_order_relaxed);
	enum MHD_Result result = MHD_queue_response(
		connection, (unsigned)call->status, response);

	MHD_destroy_response(response);
	return result;
}

/** The peer's address without its port. */
static struct view source_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (!info || !info->client_addr)
		return VIEW_NONE;
	const void *address = info->client_addr;

	if (info->client_addr->sa_family == AF_INET) {
		const struct sockaddr_in *in = address;

		return (struct view){(const char *)&in->sin_addr,
				     sizeof(in->sin_addr)};
	}
	const struct sockaddr_in6 *in6 = address;

	return (struct view){(const char *)&in6->sin6_addr,
			     sizeof(in6->sin6_addr)};
}

/** The connection's handle in api->connections. */
static void *handle_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/** Keep a piece of the body; MHD_NO closes on one who does not stop. */
static enum MHD_Result body_add(struct call *call, const char *data, size_t len)
{
	if (call->is_too_large || call->body.len + len > API_BODY_MAX) {
		call->is_too_large = true;
		call->discarded += len;
		return call->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
	}
	text_add_bytes(&call->body, data, len);
	return MHD_YES;
}

static void call_run(struct call *call)
{
	if (call->is_too_large)
		answer_refusal(call, 413, "The body is longer than 64 KiB.");
	else
		call->route->run(call);
	log_event(LOG_EVENT_API_REQUEST, NULL, "method=%s path=%s status=%d",
		  log_text(call->method), log_text(call->path), call->status);
}

/** Called once for the headers, then for each piece of the body, then once more
 *  without one. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *len, void **state)
{
	struct call *call = *state;

	(void)arg;
	(void)url;
	if (!call->is_seen) {
		call->is_seen = true;
		if (is_cut(call, version))
			call->path = NULL;
		call->method = arena_strdup(call->arena, method);
		call->source = source_of(connection);
		call->connection = handle_of(connection);
		MHD_get_connection_values_n(connection, MHD_HEADER_KIND,
					    on_header, &call->headers);
		call_judge(call);
		return call->status ? call_send(call, connection) : MHD_YES;
	}
	if (*len) {
		size_t taken = *len;

		*len = 0;
		return body_add(call, data, taken);
	}
	if (call->is_answered)
		return MHD_YES;
	call_run(call);
	return call_send(call, connection);
}

static void on_completed(void *arg, struct MHD_Connection *connection,
			 void **state, enum MHD_RequestTerminationCode why)
{
	struct api *api = arg;

	(void)why;
	connections_rest(api->connections, handle_of(connection));
	if (*state)
		call_free(*state);
	*state = NULL;
}

static void on_connection(void *arg, struct MHD_Connection *connection,
			  void **handle,
			  enum MHD_ConnectionNotificationCode what)
{
	struct api *api = arg;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		connections_drop(api->connections, *handle);
		*handle = NULL;
		return;
	}
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	*handle = info ? connections_add(api->connections, info->connect_fd)
		       : NULL;
}

static void on_log(void *arg, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));
static void on_log(void *arg, const char *format, va_list list)
{
	char line[256];

	(void)arg;
	vsnprintf(line, sizeof(line), format, list);
	log_event(LOG_EVENT_HTTP_LIBRARY, NULL, "text=%s",
		  log_view(view_trim(view_of(line))));
}

enum err http_start(struct api *api, int listen_fd)
{
	/* clang-format off */
	api->http = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, on_request, api,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, listen_fd,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
		MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, api,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, on_uri, api,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, api,
		MHD_OPTION_END);
	/* clang-format on */
	return api->http ? ERR_OK : ERR_IO;
}

void http_stop(struct api *api)
{
	if (api->http)
		MHD_stop_daemon(api->http);
	api->http = NULL;
}
