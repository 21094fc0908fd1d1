#include "policies/list.h"

#include <string.h>

struct list_tally list_tally(const enum verdict *verdicts, size_t n)
{
	struct list_tally tally = {0, 0, 0};

	for (size_t i = 0; i < n; i++) {
		if (verdicts[i] == VERDICT_GRANTED)
			tally.granted++;
		else if (verdicts[i] == VERDICT_DENIED)
			tally.denied++;
		else
			tally.missing++;
	}
	return tally;
}

/*
 * RFC 5360 section 5.9.1 and RFC 5363 section 5.2: with a request-contained
 * list one missing permission stops every request.  RFC 5360 section 4.1: with
 * a stored list those without permission are left out.
 */
enum list_outcome list_decide(enum missing_rule rule, struct list_tally tally)
{
	size_t lacking = tally.missing + tally.denied;

	if (tally.granted + lacking == 0)
		return LIST_NOBODY;
	if (rule == MISSING_OMITS)
		return tally.granted > 0 ? LIST_RELAY : LIST_NOBODY;
	return lacking == 0 ? LIST_RELAY : LIST_REFUSE;
}

/* RFC 5363 section 5.1: who may invoke a service is authorized. */
bool list_may_use(enum list_use use, enum list_replies replies,
		  enum list_role role)
{
	if (role == LIST_ROLE_OWNER || use == LIST_USE_ANYONE)
		return true;
	return role == LIST_ROLE_MEMBER &&
	       (use == LIST_USE_MEMBERS || replies == LIST_REPLIES_LIST);
}

bool list_asks_for_many(enum list_use use, enum list_replies replies)
{
	return use != LIST_USE_OWNER || replies == LIST_REPLIES_LIST;
}

bool list_name_is_fine(const char *name)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t len = strlen(name);

	/* Clients take the segments "." and ".." out of the path of a URL (RFC
	 * 3986 section 5.2.4): such a list could not be named again. */
	return len > 0 && len <= LIST_NAME_MAX && strspn(name, fine) == len &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool list_at_is_fine(const char *name)
{
	const char *at = strchr(name, '@');
	char user[LIST_NAME_MAX + 1];
	size_t len = at ? (size_t)(at - name) : 0;

	if (!at)
		return list_name_is_fine(name);
	if (len > LIST_NAME_MAX || !at[1] || strchr(at + 1, '@'))
		return false;
	memcpy(user, name, len);
	user[len] = '\0';
	return list_name_is_fine(user);
}

bool list_name_is_reserved(const char *name)
{
	return name[0] && strchr("cdgqt", name[0]) && name[1] == '-';
}

/* ---- words ------------------------------------------------------------- */

static const char *const uses[LIST_USES] = {
	[LIST_USE_OWNER] = "owner",
	[LIST_USE_MEMBERS] = "members",
	[LIST_USE_ANYONE] = "anyone",
};

static const char *const ways[LIST_REPLIES_WAYS] = {
	[LIST_REPLIES_NONE] = "none",
	[LIST_REPLIES_LIST] = "list",
	[LIST_REPLIES_SENDER] = "sender",
};

static const char *const roles[] = {
	[COPY_BCC] = "bcc",
	[COPY_CC] = "cc",
	[COPY_TO] = "to",
};

static bool find(const char *const *words, size_t n, const char *name,
		 size_t *ret)
{
	for (size_t i = 0; name && i < n; i++) {
		if (strcmp(name, words[i]) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

const char *list_use_name(enum list_use use)
{
	return use < LIST_USES ? uses[use] : "unknown";
}

bool list_use_from(const char *name, enum list_use *ret)
{
	size_t i;

	if (!find(uses, LIST_USES, name, &i))
		return false;
	*ret = (enum list_use)i;
	return true;
}

const char *list_replies_name(enum list_replies replies)
{
	return replies < LIST_REPLIES_WAYS ? ways[replies] : "unknown";
}

bool list_replies_from(const char *name, enum list_replies *ret)
{
	size_t i;

	if (!find(ways, LIST_REPLIES_WAYS, name, &i))
		return false;
	*ret = (enum list_replies)i;
	return true;
}

const char *copy_control_name(enum copy_control copy)
{
	return copy <= COPY_TO ? roles[copy] : "unknown";
}

bool copy_control_from(const char *name, enum copy_control *ret)
{
	size_t i;

	if (!find(roles, COPY_TO + 1, name, &i))
		return false;
	*ret = (enum copy_control)i;
	return true;
}
