/*
 * list_request -- one request on its way through the steps of its plan.
 *
 * For the modules of lists.h.  It lives in its request's arena and goes with it
 * once it has its response and its plan is over.
 *
 * One driver runs the steps in order, and is never re-entered.  A step may
 * wait: a callback (a store job that is over, a timer) changes one fact, calls
 * list_run(), and the step is called again.  The only jump leads from a refusal
 * to the step that responds; what follows it runs after refusals, too.
 */
#ifndef VOLENS_SERVER_LIST_LIST_REQUEST_H
#define VOLENS_SERVER_LIST_LIST_REQUEST_H

#include "db/list_table.h"
#include "policies/limits.h"
#include "server/base/log_events.h"
#include "server/base/mime.h"
#include "server/list/recipients.h"
#include "server/list/lists.h"

struct list_request;

enum progress {
	PROGRESS_NEXT,	 /**< done, take the next step now */
	PROGRESS_WAIT,	 /**< outstanding work; the step is called again */
	PROGRESS_REFUSE, /**< the response is set: jump to the step that sends
			    it */
	PROGRESS_OVER	 /**< it was answered elsewhere: no step follows */
};

struct step {
	const char *name; /**< for the log */
	enum progress (*run)(struct list_request *list);
};

/** The way of the requests of one method; constant. */
struct plan {
	const struct step *steps;
	size_t n;
	size_t respond; /**< the step that refusals go to */
	/** The request goes: let go of what `work` holds; NULL: of nothing. */
	void (*release)(struct list_request *list);
	/** A request without a list is fine: it has no recipients. */
	bool is_list_optional;
};

/** Where the driver is; it may be entered in the first two. */
enum list_state {
	LIST_NEW,     /**< no step has run */
	LIST_WAITING, /**< a step waits */
	LIST_RUNNING  /**< inside the driver */
};

/** The response as it is made. */
struct response_draft {
	int status;	    /**< 0: not known yet */
	const char *reason; /**< NULL: the usual phrase */
	struct header headers[16];
	size_t n_headers;
};

/** The list is out of the body, this is what is left of it. */
struct translation {
	bool has_list;
	struct mime_part *parts; /**< the parts that are not lists */
	size_t n_parts;
	struct view lines; /**< content headers of the whole, where there are
			    *   parts; without Content-Type */
};

struct list_request {
	struct lists *lists;
	struct list_request *next, *previous; /**< in lists->first */
	struct request *request;
	struct arena *arena; /**< the request's */
	const struct plan *plan;
	void *module; /**< whose plan it is */
	void *work;   /**< the module's own; NULL at first */
	size_t at;    /**< the step, of the plan's */
	enum list_state state;
	/** The request is the module's from now on, which frees it; the list
	 *  still goes when its plan is over. */
	bool is_request_kept;
	bool is_hiding; /**< the sender asked not to be named */
	bool is_owners; /**< `stored` is the sender's own */
	size_t bytes;	/**< the most memory that it may need */

	/** The stored list that it goes to, as it was when the request came;
	 *  NULL: it brings its own. */
	const struct list_image *stored;
	struct recipients recipients;
	struct arena *query_arena; /**< of the query; NULL: handed on */
	struct index_query *query; /**< the sender and the target */
	/** By recipient, while all of them are here; NULL before they are
	 *  authorized, and once only who is granted is left. */
	const enum verdict *verdicts;
	struct translation translation;
	struct breadth breadth;
	struct response_draft response;
};

struct lists {
	struct lists_settings settings;
	struct list_request *first;
	size_t n, bytes;
};

/** The driver: go on from where it stands. */
void list_run(struct list_request *list);

/* Steps for plans. */
/** Are the sender's requests of this second over their limit? */
enum progress list_limit_rate(struct list_request *list);
/** The stored list that the request goes to.  404: the sender may not use it,
 * or there is none, which is not for them to know (RFC 5363 section 5.1). */
enum progress list_open(struct list_request *list);
/** The recipients are those of the stored list, without the sender. */
enum progress list_take_stored(struct list_request *list);
/** The recipient-list parts become one list of recipients (RFC 5363 section 4,
 *  RFC 5364, RFC 5365 section 7.1). */
enum progress list_translate(struct list_request *list);
/** One decision a recipient; one missing permission refuses a request-contained
 *  list whole: 470 (RFC 5360 section 5.9.1). */
enum progress list_authorize(struct list_request *list);
/** Are the sender's recipients of this hour over their limit?  What is refused
 *  takes nothing. */
enum progress list_limit_recipients(struct list_request *list);
/** Give the response that is set. */
enum progress list_respond(struct list_request *list);

/** Make the response a refusal; reason is a constant or NULL. */
enum progress list_refuse(struct list_request *list, int status,
			  const char *reason);
/** Add a header field to the response. */
void list_response_header(struct list_request *list, struct view name,
			  struct view value);
/** 470 with Permission-Missing (RFC 5360 section 5.9.3), or what senders get
 *  who may not be told. */
enum progress list_refuse_missing(struct list_request *list);
/** 433 or 407 for a sender who did not prove who they are (RFC 5079); it names
 *  nobody. */
enum progress list_refuse_unproved(struct list_request *list);
/** Over an allowance: 486 with Retry-After, or 403 where waiting is of no use
 *  (@p wait_ms below 0). */
enum progress list_refuse_limited(struct list_request *list, int64_t wait_ms,
				  enum counter counter, const char *limit);
/** Whose allowances count; NULL: nobody's. */
const char *list_limited_sender(const struct list_request *list);
/** One line of who has no permission: names as many as fit; at debug a line for
 *  each. */
void list_log_missing(const struct list_request *list, enum log_event event);
/** 503 with Retry-After. */
enum progress list_refuse_busy(struct list_request *list,
			       enum overload overload, const char *reason);

#endif
