#include "policies/match.h"

#include <string.h>

#include "server/base/domains.h"
#include "server/base/view.h"
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

/*
 * How near a name must come to a scope.  A grant covers what was asked and no
 * more; a deny every name of the person.
 */
enum nearness {
	NEAR_KEY,   /**< the same key */
	NEAR_PERSON /**< a key of the same person (server/base/uri.h) */
};

static enum nearness nearness_of(const struct permission *row)
{
	return row->state == PERMISSION_DENIED ? NEAR_PERSON : NEAR_KEY;
}

static bool is_same(const char *a, const char *b, enum nearness near)
{
	return strcmp(a, b) == 0 ||
	       (near == NEAR_PERSON && uri_keys_name_one(a, b));
}

/* The sip and the tel URI of one telephone number. */
static bool is_number_of(const char *a, const char *b)
{
	char number[URI_KEY_ROOM];

	return uri_key_number(a, number) && strcmp(number, b) == 0;
}

/* A host with a port of its own is another place (RFC 3261 section 19.1.4): a
 * grant for the domain says nothing of it. */
static bool is_in_domain(const char *scope, const char *aor, enum nearness near)
{
	struct view domain = view_from(view_of(scope), DOMAIN_SCOPE.len);

	return view_equal_nocase(domain, uri_key_domain(aor)) &&
	       (near == NEAR_PERSON || !uri_key_has_port(aor));
}

static bool matches_aor(enum scope_kind kind, const char *scope,
			const char *aor, enum nearness near)
{
	if (!aor)
		return false;
	if (kind == SCOPE_MANY)
		return true;
	if (kind == SCOPE_DOMAIN)
		return is_in_domain(scope, aor, near);
	return is_same(scope, aor, near) ||
	       (near == NEAR_PERSON &&
		(is_number_of(scope, aor) || is_number_of(aor, scope)));
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
static bool covers_sender(const char *scope, const struct identity *sender,
			  enum nearness near)
{
	enum scope_kind kind = scope_kind(scope);

	if (kind == SCOPE_INVALID)
		return false;
	if (kind == SCOPE_ANYBODY)
		return true;
	if (!is_authenticated(sender))
		return false;
	return matches_aor(kind, scope, sender->aor[0], near) ||
	       matches_aor(kind, scope, sender->aor[1], near);
}

bool match_sender(const char *scope, const struct identity *sender)
{
	return covers_sender(scope, sender, NEAR_KEY);
}

static bool covers_target(const char *scope, const char *target,
			  enum nearness near)
{
	if (!scope)
		return false;
	if (strcmp(scope, "*") == 0)
		return true;
	if (target_is_any(scope)) /* "*@domain" */
		return target && strchr(target, '@') &&
		       strcmp(strchr(target, '@'), scope + 1) == 0;
	return target && is_same(scope, target, near);
}

bool match_target(const char *scope, const char *target)
{
	return covers_target(scope, target, NEAR_KEY);
}

/* The recipient is never a wildcard: RFC 5360 section 5.4. */
static bool covers_recipient(const char *scope, const char *recipient,
			     enum nearness near)
{
	return scope && recipient && is_same(scope, recipient, near);
}

bool match_kind(const struct permission *row, struct kinds kind)
{
	if (row->state == PERMISSION_DENIED && row->all_kinds)
		return true;
	return kinds_cover(kinds_or_message(row->kinds), kind);
}

bool match_permission(const struct permission *row, const struct facts *facts)
{
	enum nearness near = nearness_of(row);

	return match_kind(row, facts->kind) &&
	       covers_recipient(row->recipient, facts->recipient, near) &&
	       covers_target(row->target, facts->target, near) &&
	       covers_sender(row->sender, facts->sender, near);
}

/* As an identity, where that says all that the scope does. */
static bool sender_within(const char *wide, const char *narrow)
{
	enum scope_kind kind = scope_kind(narrow);
	struct identity one = {IDENTITY_DIGEST, {narrow, NULL}};

	switch (kind) {
	case SCOPE_ONE:
		return covers_sender(wide, &one, NEAR_PERSON);
	case SCOPE_DOMAIN:
		return scope_kind(wide) == SCOPE_MANY ||
		       scope_kind(wide) == SCOPE_ANYBODY ||
		       view_equal_nocase(view_of(wide), view_of(narrow));
	case SCOPE_MANY:
	case SCOPE_ANYBODY:
		return scope_kind(wide) == SCOPE_ANYBODY ||
		       kind == scope_kind(wide);
	case SCOPE_INVALID:
		break;
	}
	return false;
}

bool match_within(const struct permission *wide,
		  const struct permission *narrow)
{
	return covers_recipient(wide->recipient, narrow->recipient,
				NEAR_PERSON) &&
	       covers_target(wide->target, narrow->target, NEAR_PERSON) &&
	       sender_within(wide->sender, narrow->sender);
}

bool match_is_respelled(const struct permission *row, const struct facts *facts)
{
	struct permission exact = *row;

	exact.state = PERMISSION_GRANTED;
	exact.kinds = facts->kind;
	return match_permission(row, facts) && !match_permission(&exact, facts);
}
