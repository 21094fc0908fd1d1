/* The rows of MESSAGE: to a list service, and to a stored list. */
#include "db/accounts.h"
#include "server/message/messages.h"

static void receive(void *module, struct request *request)
{
	messages_receive(module, request);
}

static bool is_full(const void *module)
{
	return messages_are_full(module);
}

static void drain(void *module)
{
	messages_drain(module);
}

static bool is_idle(const void *module)
{
	return messages_idle(module);
}

static const char *const accepts[] = {"application/resource-lists+xml",
				      "multipart/mixed", NULL};

const struct method_module message_module = {
	.method = METHOD_MESSAGE,
	.purpose = PURPOSE_LIST,
	.option_tag = "recipient-list-message", /* RFC 5365 section 4 */
	.accepts = accepts,
	.shed = SHED_FIRST,
	.identity = IDENTITY_BY_SERVICE,
	.right = ACCOUNT_SEND,
	.is_relayed = true,
	.receive = receive,
	.is_full = is_full,
	.drain = drain,
	.is_idle = is_idle,
};

/* Nothing is said of an extension: a list in a request to a stored list would
 * be another list (420, RFC 3261 section 8.2.2.3). */
const struct method_module message_list_module = {
	.method = METHOD_MESSAGE,
	.purpose = PURPOSE_STORED_LIST,
	.shed = SHED_FIRST,
	.identity = IDENTITY_REQUIRED,
	.right = ACCOUNT_SEND,
	.is_relayed = true,
	.receive = receive,
	.is_full = is_full,
};
