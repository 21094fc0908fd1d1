/* XML documents, and the escaping of what is written into ours. */
#include "server/base/xml.h"

#include "tests/fuzz/fuzz.h"

struct seen {
	struct text text;
	size_t elements;
	int depth;
};

static const struct xml_limits limits = {
	.bytes = 65536, .elements = 100, .depth = 8};

static enum err on_start(void *arg, const char *name, const char **attributes)
{
	struct seen *seen = arg;

	FUZZ_CLAIM(view_is_utf8(view_of(name)));
	for (; *attributes; attributes++)
		FUZZ_CLAIM(view_is_utf8(view_of(*attributes)));
	FUZZ_CLAIM(++seen->elements <= limits.elements);
	FUZZ_CLAIM(++seen->depth <= limits.depth);
	return ERR_OK;
}

static enum err on_end(void *arg, const char *name)
{
	struct seen *seen = arg;

	FUZZ_CLAIM(*name && seen->depth-- > 0);
	return ERR_OK;
}

static enum err on_chars(void *arg, struct view text)
{
	struct seen *seen = arg;

	FUZZ_CLAIM(view_is_utf8(text));
	text_add_view(&seen->text, text);
	return ERR_OK;
}

static bool is_xml_text(struct view text)
{
	return view_is_utf8(text) && !view_has_control(text) &&
	       view_find_view(text, VIEW("\xef\xbf\xbe"), 0) == SIZE_MAX &&
	       view_find_view(text, VIEW("\xef\xbf\xbf"), 0) == SIZE_MAX;
}

/* Whatever is escaped can be read, and what XML can carry comes back. */
static void claim_escaped(struct arena *arena, struct view text)
{
	const struct xml_limits few = {65536, 1, 1};
	struct seen seen = {.elements = 0};
	const struct xml_handler handler = {on_start, on_end, on_chars, &seen};
	struct text document;
	enum err err;

	text_init(&seen.text, arena);
	text_init(&document, arena);
	text_add(&document, "<a>");
	xml_add_escaped(&document, text);
	text_add(&document, "</a>");
	err = xml_read(text_view(&document), &few, &handler);
	FUZZ_CLAIM(!err || err == ERR_TOO_LARGE);
	if (!err && is_xml_text(text))
		FUZZ_CLAIM(view_equal(text_view(&seen.text), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	struct arena *arena = arena_new(0);
	struct seen seen = {.elements = 0};
	const struct xml_handler handler = {on_start, on_end, on_chars, &seen};

	text_init(&seen.text, arena);
	if (!xml_read(text, &limits, &handler))
		FUZZ_CLAIM(!seen.depth && seen.elements);
	claim_escaped(arena, text);
	arena_free(arena);
	return 0;
}
