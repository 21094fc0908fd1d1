#include "server/base/view.h"

#include "server/base/chars.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool view_is_among(struct view v, const char *const *strings)
{
	for (; strings && *strings; strings++) {
		if (view_equal_nocase(v, view_of(*strings)))
			return true;
	}
	return false;
}

bool view_starts_nocase(struct view whole, struct view head)
{
	size_t i;

	if (whole.len < head.len)
		return false;
	/* Mostly they are spelled alike. */
	for (i = 0; i < head.len; i++)
		if (whole.at[i] != head.at[i] &&
		    lower(whole.at[i]) != lower(head.at[i]))
			return false;
	return true;
}

bool view_equal_nocase(struct view a, struct view b)
{
	return view_equal(a, b) || (a.len == b.len && view_starts_nocase(a, b));
}

struct view view_trim(struct view v)
{
	while (v.len && is_lws(v.at[0]))
		v = view_from(v, 1);
	while (v.len && is_lws(v.at[v.len - 1]))
		v.len--;
	return v;
}

size_t view_find_view(struct view v, struct view needle, size_t from)
{
	const char *hit;

	if (from > v.len || v.len - from < needle.len)
		return SIZE_MAX;
	if (!needle.len)
		return from;
	hit = memmem(v.at + from, v.len - from, needle.at, needle.len);
	return hit ? (size_t)(hit - v.at) : SIZE_MAX;
}

char *view_copy(struct arena *arena, struct view v)
{
	return arena_copy(arena, v.at, v.len);
}

enum err view_to_u64(struct view v, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i;

	if (!v.len)
		return ERR_SYNTAX;
	for (i = 0; i < v.len; i++)
		if (v.at[i] < '0' || v.at[i] > '9')
			return ERR_SYNTAX;
	for (i = 0; i < v.len; i++) {
		uint64_t digit = (uint64_t)(v.at[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return ERR_TOO_LARGE;
		value = value * 10 + digit;
	}
	if (value > max)
		return ERR_TOO_LARGE;
	*ret = value;
	return ERR_OK;
}

/* RFC 3629 section 4: the second byte's range tells overlong forms, surrogates
 * and what lies beyond U+10FFFF; the others are plain tails. */
size_t view_utf8_length(struct view v)
{
	const uint8_t *at = (const uint8_t *)v.at;
	uint8_t low = 0x80, high = 0xbf;
	size_t len, i;

	if (!v.len)
		return 0;
	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	len = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (v.len < len)
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	return len;
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH_BITS EACH_BYTE(0x80)

static uint64_t word_at(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* ASCII is the rule: eight bytes at a time. */
static struct view skip_ascii(struct view v)
{
	while (v.len >= 8 && !(word_at(v.at) & HIGH_BITS))
		v = (struct view){v.at + 8, v.len - 8};
	return v;
}

bool view_is_utf8(struct view v)
{
	for (;;) {
		size_t len;

		v = skip_ascii(v);
		if (!v.len)
			return true;
		len = view_utf8_length(v);

		if (!len)
			return false;
		v = view_from(v, len);
	}
}

/* May a byte of these eight be a control?  A borrow from the byte below can
 * make a harmless one look so, never the other way: whoever is told yes looks
 * at them one by one. */
static bool may_have_control(uint64_t word)
{
	uint64_t low = (word - EACH_BYTE(0x20)) & ~word;
	uint64_t del = word ^ EACH_BYTE(0x7f);

	return ((low | ((del - EACH_BYTE(1)) & ~del)) & HIGH_BITS) != 0;
}

static bool is_control(char c)
{
	uint8_t byte = (uint8_t)c;

	return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* The last eight bytes overlap those before. */
static bool is_surely_clean(struct view v)
{
	size_t i;

	for (i = 0; i + 8 <= v.len; i += 8)
		if (may_have_control(word_at(v.at + i)))
			return false;
	return v.len >= 8 && !may_have_control(word_at(v.at + v.len - 8));
}

bool view_has_control(struct view v)
{
	size_t i;

	if (is_surely_clean(v))
		return false;
	for (i = 0; i < v.len; i++)
		if (is_control(v.at[i]))
			return true;
	return false;
}

/* Both at once where all of it is ASCII, as nearly always. */
static bool is_surely_text(struct view v)
{
	uint64_t word;

	if (v.len < 8)
		return false;
	for (size_t i = 0; i + 8 <= v.len; i += 8) {
		word = word_at(v.at + i);
		if ((word & HIGH_BITS) || may_have_control(word))
			return false;
	}
	word = word_at(v.at + v.len - 8);
	return !(word & HIGH_BITS) && !may_have_control(word);
}

bool view_is_text(struct view v)
{
	return is_surely_text(v) || (!view_has_control(v) && view_is_utf8(v));
}

/* Index after the quoted string that begins at @p from; SIZE_MAX when open. */
static size_t skip_quoted(struct view v, size_t from)
{
	size_t i;

	for (i = from + 1; i < v.len; i++) {
		if (v.at[i] == '\\')
			i++;
		else if (v.at[i] == '"')
			return i + 1;
	}
	return SIZE_MAX;
}

/* Index of the first @p end or @p other outside of quotes and <>, or v.len. */
static size_t find_outside(struct view v, char end, char other, size_t from)
{
	size_t i = from;

	while (i < v.len) {
		char c = v.at[i];

		if (c == end || c == other)
			return i;
		if (c == '"')
			i = skip_quoted(v, i);
		else if (c == '<')
			i = view_find(v, '>', i);
		else
			i++;
	}
	return v.len;
}

bool view_next_item(struct view *rest, struct view *ret_item)
{
	while (rest->len) {
		size_t end = rest->len;
		struct view item;

		if (memchr(rest->at, ',', rest->len)) /* most have none */
			end = find_outside(*rest, ',', ',', 0);
		item = view_trim(view_head(*rest, end));
		*rest = view_from(*rest, end + 1);
		if (item.len) {
			*ret_item = item;
			return true;
		}
	}
	return false;
}

/* The value in `=value...`; false where a quote stays open. */
static bool param_value(struct view text, struct view *ret_value)
{
	size_t end;

	text = view_trim(text);
	if (!text.len || text.at[0] != '"') {
		for (end = 0; end < text.len && !is_lws(text.at[end]);)
			end++;
		*ret_value = view_head(text, end);
		return true;
	}
	end = skip_quoted(text, 0);
	if (end == SIZE_MAX)
		return false;
	*ret_value = view_from(view_head(text, end - 1), 1);
	return true;
}

bool view_param(struct view header, const char *name, struct view *ret_value)
{
	struct view wanted = view_of(name);
	size_t at = find_outside(header, ';', ',', 0);

	while (at < header.len && header.at[at] == ';') {
		size_t end = find_outside(header, ';', ',', at + 1);
		struct view param = view_from(view_head(header, end), at + 1);
		size_t equals = view_find(param, '=', 0);
		struct view found = view_trim(view_head(param, equals));

		if (view_equal_nocase(found, wanted)) {
			*ret_value = VIEW_NONE;
			if (equals == SIZE_MAX)
				return true;
			return param_value(view_from(param, equals + 1),
					   ret_value);
		}
		at = end;
	}
	return false;
}

bool view_is_token(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!char_is(v.at[i], CHAR_TOKEN))
			return false;
	return v.len > 0;
}
