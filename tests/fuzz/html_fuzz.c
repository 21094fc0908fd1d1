/* Values in a page: whatever they are, they stay text, and what can be seen of
 * them stays what it was. */
#include "api/html.h"
#include "server/base/arena.h"
#include "server/words/text_template.h"

#include "tests/fuzz/fuzz.h"

#define REPLACED "\xef\xbf\xbd"
/* The longest that one byte becomes: "&quot;". */
#define GROWS 6

static const struct {
	char c;
	const char *reference;
} references[] = {
	{'&', "&amp;"},	 {'<', "&lt;"},	  {'>', "&gt;"},
	{'"', "&quot;"}, {'\'', "&#39;"},
};

static bool starts(struct view whole, struct view head)
{
	return view_equal(view_head(whole, head.len), head);
}

/* The reference of @p c, or NULL. */
static const char *reference_of(char c)
{
	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++)
		if (references[i].c == c)
			return references[i].reference;
	return NULL;
}

/* What one character, or one byte that is none, has to be in a page. */
static struct view expected(struct view character, size_t len)
{
	const char *reference = reference_of(character.at[0]);

	if (!len || character_is_hidden(character))
		return VIEW(REPLACED);
	return reference ? view_of(reference) : character;
}

static void claim_characters(const char *value, struct view html)
{
	struct view rest = view_of(value);

	while (rest.len) {
		size_t len = view_utf8_length(rest);
		struct view one = view_head(rest, len ? len : 1);
		struct view wanted = expected(one, len);

		FUZZ_CLAIM(starts(html, wanted));
		html = view_from(html, wanted.len);
		rest = view_from(rest, one.len);
	}
	FUZZ_CLAIM(!html.len);
}

/* Seen by itself: no value ends its element or its attribute. */
static void claim_no_markup(struct view html)
{
	FUZZ_CLAIM(view_is_utf8(html));
	FUZZ_CLAIM(!view_has_control(html));
	for (size_t i = 0; i < html.len; i++) {
		FUZZ_CLAIM(html.at[i] == '&' || !reference_of(html.at[i]));
		FUZZ_CLAIM(html.at[i] != '&' ||
			   view_find(html, ';', i) <= i + GROWS - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_new(0);
	const char *value =
		view_copy(arena, (struct view){(const char *)at, len});
	struct text text, attr;
	struct view html;

	text_init(&text, arena);
	text_init(&attr, arena);
	text_add(&text, "<p>");
	html_text(&text, value);
	html_attr(&attr, value);
	FUZZ_CLAIM(starts(text_view(&text), VIEW("<p>")));
	html = view_from(text_view(&text), 3);
	FUZZ_CLAIM(view_equal(html, text_view(&attr)));
	FUZZ_CLAIM(html.len <= len * GROWS);
	claim_no_markup(html);
	claim_characters(value, html);
	arena_free(arena);
	return 0;
}
