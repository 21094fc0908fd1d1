#include "policies/privacy.h"

#include <string.h>

#include "server/base/uri.h"

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

bool privacy_next(struct view *rest, struct view *ret_name, unsigned *ret_bit)
{
	size_t end;

	if (!rest->at)
		return false;
	end = separator(*rest);
	*ret_name = view_trim(view_head(*rest, end));
	*ret_bit = value_bit(*ret_name);
	*rest = end < rest->len
			? (struct view){rest->at + end + 1, rest->len - end - 1}
			: VIEW_NONE;
	return true;
}

/* Those in front of @p n. */
static bool is_repeated(const struct view *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (view_equal_nocase(names[i], names[n]))
			return true;
	}
	return false;
}

/* RFC 3323 section 4.2: none stands alone, and critical comes last. */
static bool is_well_formed(unsigned bits, unsigned last)
{
	if (bits & PRIVACY_NONE)
		return bits == PRIVACY_NONE;
	if (bits & PRIVACY_CRITICAL)
		return bits != PRIVACY_CRITICAL && last == PRIVACY_CRITICAL;
	return true;
}

enum err privacy_parse(struct view value, unsigned *ret)
{
	struct view names[PRIVACY_VALUES_MAX];
	unsigned bits = 0, bit = 0;

	if (!value.len)
		return ERR_SYNTAX;
	for (size_t n = 0; value.at; n++) {
		if (n == PRIVACY_VALUES_MAX)
			return ERR_TOO_LARGE;
		privacy_next(&value, &names[n], &bit);
		if (!view_is_token(names[n]) || is_repeated(names, n))
			return ERR_SYNTAX;
		bits |= bit;
	}
	if (!is_well_formed(bits, bit))
		return ERR_SYNTAX;
	*ret = bits;
	return ERR_OK;
}

static bool is_nobody(const char *from_key, struct view display)
{
	return view_equal_nocase(uri_key_domain(from_key),
				 VIEW("anonymous.invalid")) ||
	       view_equal_nocase(display, VIEW("anonymous")) ||
	       view_equal_nocase(display, VIEW("\"anonymous\""));
}

bool privacy_is_asked(unsigned privacy, const char *from_key,
		      struct view display)
{
	return (privacy & (PRIVACY_ID | PRIVACY_USER)) != 0 ||
	       is_nobody(from_key, display);
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
 * `history`: no History-Info is ever sent.
 */
unsigned privacy_served(const char *method)
{
	unsigned served = PRIVACY_ID | PRIVACY_USER | PRIVACY_HEADER |
			  PRIVACY_HISTORY | PRIVACY_CRITICAL | PRIVACY_NONE;

	return strcmp(method, "INVITE") == 0 ? served | PRIVACY_SESSION
					     : served;
}

unsigned privacy_left(unsigned privacy, unsigned served)
{
	unsigned kept = PRIVACY_ID | PRIVACY_CRITICAL | PRIVACY_NONE;
	unsigned left = privacy & (~served | kept);

	if (privacy & PRIVACY_USER)
		left |= PRIVACY_ID;
	return left == PRIVACY_CRITICAL ? 0 : left;
}

int privacy_refusal(unsigned privacy, unsigned served, int is_required)
{
	if (!(privacy & ~served))
		return 0;
	if (privacy & PRIVACY_CRITICAL)
		return 500;
	return is_required ? 420 : 0;
}

struct view privacy_unserved(struct view value, unsigned served)
{
	struct view name;
	unsigned bit;

	while (privacy_next(&value, &name, &bit)) {
		if (bit & ~served)
			return name;
	}
	return VIEW_NONE;
}
