#include "policies/privacy.h"

#include <string.h>

struct privacy_value {
	struct view name;
	unsigned bit;
};

/* clang-format off */
static const struct privacy_value values[] = {
	{ VIEW("id"),       PRIVACY_ID },       /* RFC 3325 section 9.3 */
	{ VIEW("user"),     PRIVACY_USER },     /* RFC 3323 section 4.2 */
	{ VIEW("header"),   PRIVACY_HEADER },
	{ VIEW("session"),  PRIVACY_SESSION },
	{ VIEW("critical"), PRIVACY_CRITICAL },
	{ VIEW("none"),     PRIVACY_NONE },
	{ VIEW("history"),  PRIVACY_HISTORY },  /* RFC 7044 section 7.1 */
};
static const struct view dropped[] = {
	VIEW("Subject"), VIEW("s"), VIEW("Call-Info"), VIEW("Organization"),
	VIEW("Reply-To"), VIEW("In-Reply-To"), VIEW("User-Agent"),
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unsigned value_bit(struct view name)
{
	for (size_t i = 0; i < COUNT(values); i++) {
		if (view_equal_nocase(name, values[i].name))
			return values[i].bit;
	}
	return PRIVACY_OTHER;
}

static size_t separator(struct view v)
{
	size_t i = 0;

	while (i < v.len && v.at[i] != ';' && v.at[i] != ',')
		i++;
	return i;
}

enum err privacy_parse(struct view value, unsigned *ret)
{
	unsigned bits = 0;
	size_t from = 0;

	while (from <= value.len) {
		struct view rest = view_from(value, from);
		size_t end = separator(rest);
		struct view name = view_trim(view_head(rest, end));

		if (!view_is_token(name))
			return ERR_SYNTAX;
		bits |= value_bit(name);
		from += end + 1;
	}
	/* RFC 3323 section 4.2: none stands alone. */
	if ((bits & PRIVACY_NONE) && bits != PRIVACY_NONE)
		return ERR_SYNTAX;
	*ret = bits;
	return ERR_OK;
}

bool privacy_hides_from(unsigned privacy)
{
	return (privacy & PRIVACY_USER) != 0;
}

bool privacy_drops_header(unsigned privacy, struct view header_name)
{
	if (!(privacy & PRIVACY_USER))
		return false;
	for (size_t i = 0; i < COUNT(dropped); i++) {
		if (view_equal_nocase(header_name, dropped[i]))
			return true;
	}
	return false;
}

/*
 * `header` needs nothing more of us: a leg has our own Via and no Record-Route.
 * `history`: no History-Info is ever sent.  `session` would need a media relay.
 */
const char *privacy_unserved(unsigned privacy)
{
	if (!(privacy & PRIVACY_CRITICAL))
		return NULL;
	if (privacy & PRIVACY_SESSION)
		return "session";
	if (privacy & PRIVACY_OTHER)
		return "unknown";
	return NULL;
}
