#include "policies/ours.h"

#include "server/base/token.h"
#include "server/base/uri_parts.h"

static bool is_our_host(const struct ours *ours, const struct uri *uri)
{
	return uri_hosts_equal(uri->host, view_of(ours->domain)) &&
	       (!uri->port || uri->port == 5060 || uri->port == 5061);
}

static bool is_token(struct view user)
{
	enum token_kind kind;
	struct token token;

	return token_parse(user, &kind, &token) == ERR_OK;
}

bool ours_has(const struct ours *ours, const struct uri *uri)
{
	if (!is_our_host(ours, uri))
		return false;
	if (!uri->user.len || is_token(uri->user))
		return true;
	for (size_t i = 0; i < ours->n_services; i++) {
		if (uri_text_is(uri->user, ours->services[i]))
			return true;
	}
	return false;
}
