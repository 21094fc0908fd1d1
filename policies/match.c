#include "policies/match.h"

#include <string.h>

#include "server/base/text.h"
#include "server/base/uri.h"

#define DOMAIN_SCOPE VIEW("*@")

static bool is_domain_scope(struct view scope)
{
	struct view domain;

	if (!view_starts_nocase(scope, DOMAIN_SCOPE))
		return false;
	domain = view_from(scope, DOMAIN_SCOPE.len);
	return domain.len > 0 && view_find(domain, '*', 0) == SIZE_MAX &&
	       view_find(domain, '@', 0) == SIZE_MAX;
}

enum scope_kind scope_kind(const char *sender)
{
	struct view scope = view_of(sender);

	if (view_equal(scope, VIEW("*")))
		return SCOPE_MANY;
	if (view_equal(scope, VIEW("anonymous")))
		return SCOPE_ANYBODY;
	if (is_domain_scope(scope))
		return SCOPE_DOMAIN;
	/* Keys have one of these two schemes, in lower case. */
	if (scope.len > 4 && (strncmp(sender, "sip:", 4) == 0 ||
			      strncmp(sender, "tel:", 4) == 0))
		return SCOPE_ONE;
	return SCOPE_INVALID;
}

static bool is_in_domain(const char *scope, const char *aor)
{
	struct view domain = view_from(view_of(scope), DOMAIN_SCOPE.len);

	return view_equal_nocase(domain, uri_key_domain(aor));
}

static bool matches_aor(enum scope_kind kind, const char *scope,
			const char *aor)
{
	if (!aor)
		return false;
	if (kind == SCOPE_ONE)
		return strcmp(scope, aor) == 0;
	return kind == SCOPE_MANY || is_in_domain(scope, aor);
}

static bool is_authenticated(const struct identity *sender)
{
	return sender && (sender->method == IDENTITY_DIGEST ||
			  sender->method == IDENTITY_ASSERTED);
}

/*
 * RFC 5361 section 3.1.2: <identity> is compared with the authenticated sender;
 * <many/> is every authenticated one.  No <identity> at all ("anonymous") is
 * everybody.  A sender with a SIP and a tel URI matches by either.
 */
bool match_sender(const char *scope, const struct identity *sender)
{
	enum scope_kind kind = scope_kind(scope);

	if (kind == SCOPE_INVALID)
		return false;
	if (kind == SCOPE_ANYBODY)
		return true;
	if (!is_authenticated(sender))
		return false;
	return matches_aor(kind, scope, sender->aor[0]) ||
	       matches_aor(kind, scope, sender->aor[1]);
}

bool match_target(const char *scope, const char *target)
{
	if (!scope)
		return false;
	if (strcmp(scope, "*") == 0)
		return true;
	return target && strcmp(scope, target) == 0;
}

/* The recipient is never a wildcard: RFC 5360 section 5.4. */
static bool match_recipient(const char *scope, const char *recipient)
{
	return scope && recipient && strcmp(scope, recipient) == 0;
}

bool match_permission(const struct permission *row, const struct facts *facts)
{
	return match_recipient(row->recipient, facts->recipient) &&
	       match_target(row->target, facts->target) &&
	       match_sender(row->sender, facts->sender);
}
