/* The row of PUBLISH to a consent URI (RFC 5360 section 5.6). */
#include "db/accounts.h"
#include "server/consent/consent.h"

/** Bytes; a body means nothing here. */
#define BODY_MAX 4096

static void receive(void *module, struct request *request)
{
	consent_receive(module, request);
}

static bool knows(const void *module, const struct token *token)
{
	return consent_knows_deny(module, token);
}

static void drain(void *module)
{
	consents_drain(module);
}

static bool is_idle(const void *module)
{
	return consents_idle(module);
}

/* Whoever holds the token is heard; who it was that spoke is told as far as it
 * was proved.  A client that can only publish presence sends a presence
 * document, which is ignored; any other body may mean something else than a
 * grant. */
const struct method_module consent_module = {
	.method = METHOD_PUBLISH,
	.purpose = PURPOSE_CONSENT,
	.only_type = "application/pidf+xml",
	.body_max = BODY_MAX,
	.event = "consent-pending-additions", /* RFC 3903 section 5 */
	.shed = SHED_NEVER,
	.identity = IDENTITY_OPTIONAL,
	.right = ACCOUNT_ANSWER,
	.receive = receive,
	.knows = knows,
	.drain = drain,
	.is_idle = is_idle,
};
