#include "policies/kinds.h"

#include <stdio.h>
#include <string.h>

static const struct known {
	const char *name;
	enum permission_kind kind;
} known[] = {
	{"message", KIND_MESSAGE},
	{"call", KIND_CALL},
	{"refer", KIND_REFER},
	{"recording", KIND_RECORDING},
	{"leave-media", KIND_LEAVE_MEDIA},
	{"event:presence", KIND_PRESENCE},
	{"event:dialog", KIND_DIALOG},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

const char *kinds_name(size_t number, enum permission_kind *ret)
{
	if (number >= KNOWN)
		return NULL;
	*ret = known[number].kind;
	return known[number].name;
}

static const struct known *find_known(struct view name)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (view_equal(name, view_of(known[i].name)))
			return &known[i];
	}
	return NULL;
}

/** Letters, digits and what else is in the names of methods and packages. */
static bool is_plain(struct view name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && !(c && strchr("-._+", c)))
			return false;
	}
	return name.len > 0;
}

/** "method:" or "event:" and a name. */
static bool is_own_name(struct view name)
{
	size_t colon = view_find(name, ':', 0);
	struct view head = view_head(name, colon);

	return name.len <= KIND_NAME_MAX && colon != SIZE_MAX &&
	       (view_equal(head, VIEW("method")) ||
		view_equal(head, VIEW("event"))) &&
	       is_plain(view_from(name, colon + 1));
}

struct kinds kinds_of_method(const char *method, const char *package,
			     char room[KIND_NAME_MAX + 1])
{
	const struct known *found;

	if (strcmp(method, "MESSAGE") == 0)
		return kinds_only(KIND_MESSAGE);
	if (strcmp(method, "INVITE") == 0)
		return kinds_only(KIND_CALL);
	if (strcmp(method, "REFER") == 0)
		return kinds_only(KIND_REFER);
	if (snprintf(room, KIND_NAME_MAX + 1, "%s:%s",
		     package ? "event" : "method",
		     package ? package : method) > KIND_NAME_MAX)
		return (struct kinds){0, NULL}; /* nothing covers it */
	found = find_known(view_of(room));
	if (found)
		return kinds_only(found->kind);
	return is_own_name(view_of(room)) ? (struct kinds){KIND_NAMED, room}
					  : (struct kinds){0, NULL};
}

/** A name that has its NUL at its end: of the whole text. */
static bool read_own_name(const char *text, struct kinds *ret)
{
	if (!is_own_name(view_of(text)))
		return false;
	/* These have names that are not their methods'. */
	if (strcmp(text, "method:MESSAGE") == 0 ||
	    strcmp(text, "method:INVITE") == 0 ||
	    strcmp(text, "method:REFER") == 0)
		return false;
	*ret = (struct kinds){KIND_NAMED, text};
	return true;
}

/** "!message!call" */
static bool read_rest(struct view rest, struct kinds *ret)
{
	struct kinds kinds = {KINDS_ALL, NULL};

	while (rest.len) {
		const struct known *found;
		size_t end = view_find(rest, '!', 1);

		found = find_known(view_from(view_head(rest, end), 1));
		if (!found)
			return false;
		kinds.set &= (uint16_t)~found->kind;
		rest = end == SIZE_MAX ? VIEW_NONE : view_from(rest, end);
	}
	*ret = kinds;
	return true;
}

bool kinds_read(const char *text, struct kinds *ret)
{
	struct view rest = view_of(text);
	struct kinds kinds = {0, NULL};

	if (strcmp(text, "*") == 0) {
		*ret = (struct kinds){KINDS_ALL, NULL};
		return true;
	}
	if (strncmp(text, "*!", 2) == 0)
		return read_rest(view_from(rest, 1), ret);
	if (!find_known(rest) && read_own_name(text, ret))
		return true;
	for (size_t comma = 0; comma != SIZE_MAX;) {
		const struct known *found;

		comma = view_find(rest, ',', 0);
		found = find_known(view_trim(view_head(rest, comma)));
		if (!found)
			return false;
		kinds.set |= (uint16_t)found->kind;
		rest = comma == SIZE_MAX ? rest : view_from(rest, comma + 1);
	}
	*ret = kinds;
	return true;
}

/** All kinds but those that are not in the set. */
static const char *rest_text(struct kinds kinds, char room[KINDS_TEXT_ROOM])
{
	size_t len = (size_t)snprintf(room, KINDS_TEXT_ROOM, "*");

	for (size_t i = 0; i < KNOWN; i++) {
		if (!(kinds.set & known[i].kind))
			len += (size_t)snprintf(room + len,
						KINDS_TEXT_ROOM - len, "!%s",
						known[i].name);
	}
	return room;
}

const char *kinds_text(struct kinds kinds, char room[KINDS_TEXT_ROOM])
{
	size_t len = 0;

	room[0] = '\0';
	if (kinds.set == KINDS_ALL)
		return "*";
	if (kinds.set == KIND_NAMED)
		return kinds.name;
	if (kinds_is_rest(kinds))
		return rest_text(kinds, room);
	for (size_t i = 0; i < KNOWN; i++) {
		if (kinds.set & known[i].kind)
			len += (size_t)snprintf(room + len,
						KINDS_TEXT_ROOM - len, "%s%s",
						len ? "," : "", known[i].name);
	}
	return room;
}

const char *kinds_each(struct kinds kinds, size_t *at)
{
	if (kinds.set == KIND_NAMED)
		return (*at)++ ? NULL : kinds.name;
	while (*at < KNOWN) {
		const struct known *next = &known[(*at)++];

		if (kinds.set & next->kind)
			return next->name;
	}
	return (kinds.set & KIND_NAMED) && (*at)++ == KNOWN ? KINDS_OTHER_NAME
							    : NULL;
}

bool kinds_equal(struct kinds a, struct kinds b)
{
	return a.set == b.set &&
	       (a.set != KIND_NAMED || strcmp(a.name, b.name) == 0);
}

bool kinds_cover(struct kinds have, struct kinds wanted)
{
	if (!wanted.set || (wanted.set & ~have.set))
		return false;
	return wanted.set != KIND_NAMED || have.set != KIND_NAMED ||
	       kinds_equal(have, wanted);
}

bool kinds_overlap(struct kinds a, struct kinds b)
{
	if (a.set == KIND_NAMED && b.set == KIND_NAMED)
		return kinds_equal(a, b);
	return (a.set & b.set) != 0;
}

struct kinds kinds_without(struct kinds from, struct kinds less)
{
	if (from.set == KIND_NAMED)
		return kinds_cover(less, from) ? (struct kinds){0, NULL} : from;
	return (struct kinds){(uint16_t)(from.set & ~less.set), NULL};
}
