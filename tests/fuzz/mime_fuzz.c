/* Multipart bodies.  The first line of an input is the Content-Type. */
#include "server/base/mime.h"

#include "tests/fuzz/fuzz.h"

static void claim_within(struct view part, struct view body)
{
	FUZZ_CLAIM(!part.len || (part.at >= body.at &&
				 part.at + part.len <= body.at + body.len));
}

/* Parts are octets of the body, and survive being written anew. */
static void claim_parts(struct arena *arena, struct view body,
			const struct mime_part *parts, size_t n)
{
	struct mime_part *back;
	struct view value, joined;
	const char *type;
	size_t n_back, i;

	FUZZ_CLAIM(n > 0 && n <= MIME_PARTS_MAX);
	for (i = 0; i < n; i++) {
		claim_within(parts[i].headers, body);
		claim_within(parts[i].body, body);
		if (mime_header(parts[i].headers, "Content-Type", &value))
			claim_within(value, parts[i].headers);
	}
	mime_join(arena, parts, n, &type, &joined);
	if (mime_split(arena, view_of(type), joined, &back, &n_back)) {
		/* CRLFs for LFs made the headers too long. */
		FUZZ_CLAIM(view_find(body, '\n', 0) != SIZE_MAX);
		return;
	}
	FUZZ_CLAIM(n_back == n);
	for (i = 0; i < n; i++)
		FUZZ_CLAIM(view_equal(back[i].body, parts[i].body));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	struct arena *arena = arena_new(0);
	size_t end = view_find(text, '\n', 0);
	struct view body = VIEW_NONE;
	struct mime_part *parts;
	size_t n;

	if (end != SIZE_MAX)
		body = view_from(text, end + 1);
	if (!mime_split(arena, view_head(text, end), body, &parts, &n))
		claim_parts(arena, body, parts, n);
	arena_free(arena);
	return 0;
}
