/* The rows of INVITE: to a service, and to a conference URI. */
#include "db/accounts.h"
#include "server/focus/focus.h"

static void receive(void *module, struct request *request)
{
	conferences_receive(module, request);
}

static void receive_dial_in(void *module, struct request *request)
{
	conferences_receive_dial_in(module, request);
}

static const char *domain_of(const void *module, const char *user)
{
	return conferences_domain_of(module, user);
}

static void drain(void *module)
{
	conferences_drain(module);
}

static bool is_idle(const void *module)
{
	return conferences_idle(module);
}

static const char *const accepts[] = {"application/sdp",
				      "application/resource-lists+xml",
				      "multipart/mixed", NULL};
static const char *const accepts_sdp[] = {"application/sdp", NULL};
/* RFC 4028; and RFC 3262, which binds us to nothing: the only provisional
 * response of ours is 100.  Who may come back by another call may say so. */
static const char *const tags[] = {"100rel", "timer", NULL};
static const char *const tags_dial_in[] = {"100rel", "timer", "replaces", NULL};
static const enum method in_dialog[] = {
	METHOD_ACK,   METHOD_BYE,    METHOD_CANCEL, METHOD_INFO,
	METHOD_PRACK, METHOD_UPDATE, METHOD_UNKNOWN};

const struct method_module conference_module = {
	.method = METHOD_INVITE,
	.purpose = PURPOSE_LIST,
	.option_tag = "recipient-list-invite", /* RFC 5366 section 4 */
	.option_tags = tags,
	.accepts = accepts,
	.takes_accepted_only = true,
	.shed = SHED_FIRST,
	.identity = IDENTITY_REQUIRED,
	.right = ACCOUNT_SEND,
	.is_relayed = true,
	.makes_dialog = true,
	.dialog_methods = in_dialog,
	.receive = receive,
	.drain = drain,
	.is_idle = is_idle,
};

/* RFC 5366 section 5.1: no list to a conference that is there. */
const struct method_module conference_dial_in_module = {
	.method = METHOD_INVITE,
	.purpose = PURPOSE_CONFERENCE,
	.option_tags = tags_dial_in,
	.accepts = accepts_sdp,
	.takes_accepted_only = true,
	.shed = SHED_FIRST,
	.identity = IDENTITY_REQUIRED,
	.right = ACCOUNT_ALL, /* who may be called may come by themselves */
	.makes_dialog = true,
	.dialog_methods = in_dialog,
	.receive = receive_dial_in,
	.domain_of = domain_of,
};
