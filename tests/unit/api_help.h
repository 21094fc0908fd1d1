/*
 * api_help -- a real API on a free port over a real store in a folder of its
 * own, and a client that says exactly what it is told to.
 */
#ifndef VOLENS_TESTS_UNIT_API_HELP_H
#define VOLENS_TESTS_UNIT_API_HELP_H

#include <jansson.h>

#include "api/api.h"
#include "tests/unit/db_help.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define BEARER "Authorization: Bearer " TOKEN "\r\n"
#define JSON_BODY "Content-Type: application/json\r\n"

struct host {
	struct place place;
	struct desk desk;
	struct api *api;
	char token_file[96];
	_Atomic int wakes;
	const char *_Atomic not_ready; /**< what the API is told */
	/* the last answer */
	int status;
	char *raw;  /**< all of it, or NULL */
	char *body; /**< in raw */
	json_t *json;
};

/** Settings of the host's API, to be changed before host_start(). */
struct api_settings host_settings(struct host *host);
void host_init(struct host *host);
void host_start(struct host *host, const struct api_settings *settings);
/** host_init() and host_start() with plain settings. */
void host_open(struct host *host);
void host_close(struct host *host);

/** Drop the last answer. */
void host_forget(struct host *host);

/** Send bytes as they are and read until the end; the status, or 0 for none. */
int host_send(struct host *host, const char *bytes, size_t len);
/** A request with the token; @p body NULL for none.  @p headers as lines. */
int host_ask(struct host *host, const char *method, const char *path,
	     const char *headers, const char *body);
/** Plain requests. */
int host_get(struct host *host, const char *path);
int host_post(struct host *host, const char *path, const char *body);
int host_patch(struct host *host, const char *path, const char *body);
int host_delete(struct host *host, const char *path);

/** A header of the last answer, or "". */
const char *host_header(const struct host *host, const char *name);
/** A string member of the last answer, or "". */
const char *host_text(const struct host *host, const char *member);
long long host_number(const struct host *host, const char *member);
/** What the recipient says of SENDER, TARGET, @p recipient, past the API. */
enum err host_say(struct host *host, enum permission_event event,
		  const char *recipient);

#endif
