/*
 * client_private -- the inside of client.h, for client.c and stream.c.
 */
#ifndef VOLENS_API_CTL_CLIENT_PRIVATE_H
#define VOLENS_API_CTL_CLIENT_PRIVATE_H

#include <curl/curl.h>

#include "api/ctl/client.h"

struct client {
	const struct options *options;
	CURL *curl;
	char *token;	/**< NULL until it is needed */
	long timeout_s; /**< for one response */
	char error[CURL_ERROR_SIZE];
};

/** Another one for the same relay, in the arena; its handle is the caller's. */
struct client *client_twin(const struct client *client);
/** Read the token file once; says what is wrong with it. */
bool client_authorize(struct client *client);
/** Begin a request to @p path. */
void client_prepare(struct client *client, const char *path);
/** Its headers; NULL when memory is short. */
struct curl_slist *client_headers(const struct client *client,
				  const char *accept);
/** Say that the relay cannot be reached. */
void client_unreachable(const struct client *client, CURLcode code);
/** Say why the relay refused, and what can be done. */
void client_refused(const struct client *client,
		    const struct http_reply *reply);

#endif
