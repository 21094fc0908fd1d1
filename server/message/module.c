/* The row of MESSAGE to a list service. */
#include "db/users.h"
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
	.identity = IDENTITY_REQUIRED,
	.right = USER_SEND,
	.is_relayed = true,
	.receive = receive,
	.is_full = is_full,
	.drain = drain,
	.is_idle = is_idle,
};
