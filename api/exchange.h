/*
 * exchange -- one request to the API and its response.
 *
 * It begins when the request line is read, collects headers and body, runs one
 * handler (api/handlers.h) and carries that handler's response back to
 * libmicrohttpd.  It belongs to the one thread that serves its connection; its
 * arena goes with it.  A handler responds exactly once.
 */
#ifndef VOLENS_API_EXCHANGE_H
#define VOLENS_API_EXCHANGE_H

#include <jansson.h>

#include "api/api.h"
#include "api/connections.h"
#include "api/events.h"
#include "api/admin_token.h"
#include "api/idempotency.h"
#include "api/loop_call.h"
#include "api/origin.h"
#include "api/params.h"
#include "api/problem.h"
#include "api/store_pool.h"
#include "api/routes.h"
#include "server/base/digest.h"

#define API_BODY_MAX ((size_t)64 * 1024) /**< bytes of a request body */
#define IMPORT_BODY_MAX ((size_t)4 * 1024 * 1024) /**< of one with rows */
#define API_CLASSES 6 /**< of status codes, by hundreds */

struct body_rules;
struct hop_searches;
struct http_listener;

struct api {
	struct api_settings settings;
	struct http_listener *rest, *page; /**< NULL: there is no page */
	struct page_limits *page_limits;
	struct page_decisions *page_decisions;
	struct sign_ins *sign_ins;
	struct admin_token *admin;
	struct store_pool *store_pool;
	struct idempotency *idempotency;
	struct event_bus *events;
	struct loop_calls *loop_calls;
	struct hop_searches *hop_searches;
	int port, page_port;
	_Atomic uint64_t
		responses[API_CLASSES]; /**< how many of 1xx, 2xx ... */
	_Atomic uint64_t unauthorized;	/**< requests without the right token */
};

/** The request headers that mean something here, gathered in one pass. */
struct request_headers {
	struct view authorization, content_type, content_encoding, length, host;
	struct view key;	/**< Idempotency-Key */
	struct view last_event; /**< Last-Event-ID */
	struct view fetch_site; /**< Sec-Fetch-Site */
	struct view origin;
	/** Several lines joined by commas. */
	struct text languages, accept, if_match, forwarded, x_for, x_host;
	unsigned n_authorization, n_length, n_host, n_coding, n_key;
	size_t bytes;	/**< of all lines */
	bool is_broken; /**< an unknown transfer coding, or a space in a name */
};

struct exchange {
	struct api *api;
	struct arena *arena;
	const char *method;
	const char *target;   /**< as it came; NULL where nobody asks */
	const char *path;     /**< decoded; NULL when it cannot be read */
	uintptr_t target_end; /**< where the Request-URI ended in memory */
	struct params params;
	struct request_headers headers;
	void *connection; /**< its handle in api->connections */
	struct MHD_Connection *http;
	const struct http_listener *listener;
	/** The address that it came to, and its client's: who a named proxy
	 *  speaks for, else the peer. */
	uint8_t local[ORIGIN_ADDRESS], client[ORIGIN_ADDRESS];
	bool is_by_proxy;   /**< of those that are named */
	struct view source; /**< whom limits count: bytes of client */
	const struct route *route;
	int64_t id;		/**< of {id} in the path */
	const char *conference; /**< of {conference} */
	const char *name;	/**< of {name} */
	int64_t now;		/**< seconds since the epoch */
	struct text body;	/**< on the heap: may hold a password */
	bool is_seen;		/**< headers were judged */
	bool is_sent;		/**< the response was handed to libmicrohttpd */
	bool is_too_large;	/**< the body has more than it may */
	size_t discarded;	/**< bytes thrown away since */
	/** Its connection sleeps; this goes on when it is woken.  NULL: it does
	 *  not. */
	void (*resumed)(struct exchange *exchange);
	void *wait; /**< api/page_decide.c's; NULL: it never did */

	/* the response */
	int status;		  /**< 0: none yet */
	const char *content_type; /**< NULL: no content */
	struct view content;	  /**< in the arena, or constant */
	const char *etag;	  /**< without quotes; NULL: none */
	const char *location;
	const char *allow;
	/** WWW-Authenticate, in the order of these; NULL: none. */
	const char *challenges[DIGEST_ALGORITHMS];
	int retry_after_s;
	bool is_credited;	     /**< a job of it has its bytes */
	bool is_unsure;		     /**< nobody knows if it was done */
	struct arena *answer;	     /**< of a loop_call(); NULL: none */
	struct event_stream *stream; /**< in place of content; NULL: none */
};

/** Its connection was woken: go on. */
void exchange_resume(struct exchange *exchange);

/* Parameters of the query: true when absent or good, else it is refused. */
/** Run @p job on the writer's thread, with the bytes that the client sent: the
 *  credit of questions that it causes.  They are for one job of those that the
 *  exchange is cut into, the first that asks. */
enum err exchange_write(struct exchange *exchange,
			struct write_job *job) MUST_CHECK;
/** A change that is written in pieces, so that no deny waits for all of it. */
struct pieces {
	struct write_job job; /**< of each of them; first, its run() gets it */
	bool has_more;	      /**< run() says: it was not the last one */
	/** A piece is on disk, and what it found is true; NULL: nothing to do.
	 */
	void (*written)(struct pieces *pieces);
};
/** exchange_write() of a piece after the other, until the last or a failure.
 *  What a stop of the relay cuts short the same request goes on with. */
enum err exchange_write_pieces(struct exchange *exchange,
			       struct pieces *pieces) MUST_CHECK;
/** None but @p known (NULL at its end). */
bool exchange_knows(struct exchange *exchange, const char *const *known);
/** A number from 1 to @p max. */
bool exchange_number(struct exchange *exchange, const char *name, uint64_t max,
		     uint64_t *ret);
/** A time, after 1970. */
bool exchange_time(struct exchange *exchange, const char *name, int64_t *ret);
/** Canonical as the rows are (api/bodies.h). */
bool exchange_aor(struct exchange *exchange, const char *name,
		  const char **ret);
bool exchange_scope(struct exchange *exchange, const char *name,
		    const char **ret);
/** The parameter "domain": one of ours, "" for the first; NULL: it is not
 * there.
 */
bool exchange_domain(struct exchange *exchange, const char **ret);
/** As exchange_aor(), or "*". */
bool exchange_target(struct exchange *exchange, const char *name,
		     const char **ret);
bool exchange_recipient(struct exchange *exchange, const char *name,
			const char **ret);
/** What URLs of this API begin with, without a slash at its end; or "". */
const char *exchange_base(const struct exchange *exchange);

/** What readers of a body must know (api/bodies.h). */
struct body_rules exchange_body_rules(const struct exchange *exchange);

/** Make @p json the content; takes the reference.  False without memory. */
bool exchange_write_json(struct exchange *exchange, json_t *json) MUST_CHECK;
/** Respond with JSON; takes the reference to @p json, which may be NULL when it
 *  could not be made (then with 500). */
void respond_json(struct exchange *exchange, int status, json_t *json);
/** Respond with content that outlives the exchange or lies in its arena. */
void respond_content(struct exchange *exchange, const char *type,
		     struct view content);
/** 204. */
void respond_no_content(struct exchange *exchange);

/** Reads what is wanted into @p ret. */
typedef enum err exchange_read_fn(struct exchange *exchange,
				  struct store *store, void *ret);
/** Run @p look on a read handle; responds (respond_err) when it fails. */
bool exchange_read(struct exchange *exchange, exchange_read_fn *look, void *ret,
		   const char *noun);

/** True when an If-Match header is absent or names @p etag (RFC 9110 section
 *  13.1.1: strong comparison, "*" is any). */
bool exchange_if_match(const struct exchange *exchange, const char *etag);
/** Its tags, as etags_read(). */
const char *const *exchange_tags(const struct exchange *exchange);

#endif
