/*
 * login -- what we answer a challenge with (RFC 8760, RFC 7616 section 3.4):
 * credentials of a realm that is configured, and the nonces that hops gave us.
 *
 * One memory of nonces a thread, in fixed room; a count of a nonce is used by
 * one request of it, once.
 */
#ifndef VOLENS_SERVER_SIP_LOGIN_H
#define VOLENS_SERVER_SIP_LOGIN_H

#include "server/base/digest.h"
#include "server/base/siphash.h"
#include "server/net/address.h"
#include "server/sip/sip.h"

struct login_memory;
struct message;

struct login_memory *login_memory_new(void);
void login_memory_free(struct login_memory *memory);

/** Who asks, and for what request. */
struct login_place {
	const struct peer *hop;
	const char *request_uri;
};

/** Credentials of one request, as one attempt of it sends them. */
struct logins;
void logins_free(struct logins *logins);

/** What was answered in one transaction: each challenge once, and once more
 *  where only the nonce was too old. */
struct login_history {
	uint64_t answered, stale; /**< a bit for each credential and field */
};

/**
 * A 401 or 407 came: keep the nonces of what we can answer.
 *
 * @return true where there is something new to say: the request is to be sent
 *         once more, with what logins_take() gives
 */
bool login_challenged(struct login_memory *memory,
		      const struct sip_credentials *credentials,
		      const struct login_place *place,
		      const struct message *response,
		      struct login_history *history);
/** What is known for this place, with counts of their own; NULL: nothing. */
struct logins *logins_take(struct login_memory *memory,
			   const struct sip_credentials *credentials,
			   const struct login_place *place);

/** What a response may cover. */
struct login_request {
	struct view method, uri;
	struct view body[2];
};
/** Append whole header lines. */
void logins_write(const struct logins *logins,
		  const struct sip_credentials *credentials,
		  const struct login_request *request, struct text *ret);

#endif
