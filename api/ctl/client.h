/*
 * client -- ask the relay over HTTP, and say in a sentence what went wrong.
 */
#ifndef VOLENS_API_CTL_CLIENT_H
#define VOLENS_API_CTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "api/ctl/options.h"
#include "server/base/text.h"

struct client;

struct client *client_new(const struct options *options);
void client_free(struct client *client);

/** What came back; clear with reply_clear(). */
struct http_reply {
	long status;
	json_t *json;	  /**< NULL when it was not JSON */
	struct text text; /**< as it came */
};
void reply_clear(struct http_reply *reply);

/**
 * Send a request and wait for the response.
 *
 * @param path  with its query; "/v1/permissions"
 * @param body  a JSON object, reference taken; NULL for none
 * @param ret   filled for 2xx only
 * @return true for 2xx; else the reason stands on standard error
 */
bool client_call(struct client *client, const char *method, const char *path,
		 json_t *body, struct http_reply *ret);
/** The same for a call that asks people: with bytes that pay for a question
 *  outside of the relay's home-domains. */
bool client_ask(struct client *client, const char *method, const char *path,
		json_t *body, struct http_reply *ret);
/** As above for a GET without token whose response may be a refusal: true when
 *  there was any response. */
bool client_look(struct client *client, const char *path,
		 struct http_reply *ret);
/** A body that is no JSON object of ours. */
struct client_upload {
	struct view body;
	const char *type; /**< of its content */
	const char *key;  /**< the Idempotency-Key; NULL: none */
	bool asks;	  /**< people, as client_ask() does */
};
/** As client_call() by POST; true also for 422 with `errors`: what is wrong
 *  with each line of the body is the caller's to say. */
bool client_upload(struct client *client, const char *path,
		   const struct client_upload *upload, struct http_reply *ret);
/** From now on wait for a response as long as much work may take. */
void client_be_patient(struct client *client);
/**
 * The pages of a list as one array (new reference), or NULL.  What a server
 * sends is bounded: in rows by --limit, in pages and bytes always.
 *
 * @param ret_has_more  the relay has more rows than --limit allows; may be NULL
 */
json_t *client_list(struct client *client, const char *path,
		    bool *ret_has_more);

/** One event of a stream.  @return false: no more are wanted */
typedef bool client_event_fn(void *arg, const json_t *event);
/** Read a stream of events until it ends.  It may call the client from within
 *  @p event.  @return false: it never began, and the reason stands on standard
 *  error */
bool client_stream(struct client *client, const char *path,
		   client_event_fn *event, void *arg);
const struct options *client_options(const struct client *client);

/** Add `/word`, escaped. */
void path_word(struct client *client, struct text *path, const char *word);
/** Add `?name=value` or `&name=value`, escaped; nothing for a NULL value. */
void path_param(struct client *client, struct text *path, const char *name,
		const char *value);

#endif
