/* The body of an answer on a page: whoever does not have the form of the page
 * says no yes, and a no stays one.  In the input @ stands for that form. */
#include "api/page_private.h"
#include "server/base/secret.h"

#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define NOW 1700000000

static struct secret *secret_once(void)
{
	static struct secret *secret;
	char folder[] = "/tmp/volens-fuzz-XXXXXX", path[64];

	if (secret)
		return secret;
	FUZZ_CLAIM(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/secret", folder);
	FUZZ_CLAIM(!secret_load(path, &secret));
	(void)unlink(path);
	(void)rmdir(folder);
	return secret;
}

/** Up to what says that it is still so. */
static size_t kept_part(const char *form)
{
	return (size_t)(strrchr(form, '.') - form);
}

static void claim_form(struct exchange *exchange, const char *given,
		       const char *right)
{
	struct page_look look = {.language = language_at(0),
				 .state = PAGE_ASKED};
	struct page_form form = {NULL, NULL, true};
	size_t len = kept_part(right) + 1;

	if (page_form_read(exchange, &look, given, &form))
		return;
	FUZZ_CLAIM(!strncmp(given, right, len));
	FUZZ_CLAIM(!strncmp(given, form.language, strlen(form.language)));
	FUZZ_CLAIM(strstr(given, form.shown) != NULL);
	FUZZ_CLAIM(form.is_now == !strcmp(given, right));
	/* It is of this question, and of this time. */
	look.state = PAGE_GRANTED;
	FUZZ_CLAIM(!page_form_read(exchange, &look, given, &form));
	FUZZ_CLAIM(!form.is_now);
	look.hash[0] = 1;
	FUZZ_CLAIM(page_form_read(exchange, &look, given, &form) == ERR_SYNTAX);
}

static const char *with(struct arena *arena, const char *before,
			struct view body, const char *after)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, before);
	text_add_view(&text, body);
	text_add(&text, after);
	return text.at;
}

/** Whatever comes with it. */
static void claim_no(struct arena *arena, struct view body)
{
	if (!page_says_no(body)) {
		FUZZ_CLAIM(!view_equal(body, VIEW("answer=no")));
		return;
	}
	FUZZ_CLAIM(page_says_no(
		view_of(with(arena, "form=%zz&", body, "&form=a&form=b"))));
	FUZZ_CLAIM(
		!page_says_no(view_of(with(arena, "", body, "&answer=yes"))));
	FUZZ_CLAIM(!page_says_no(view_of(with(arena, "answer=&", body, ""))));
	FUZZ_CLAIM(view_find_view(body, VIEW("answer=no"), 0) != SIZE_MAX);
}

/** The input, with the form of the page at each @. */
static struct view body_of(struct arena *arena, struct view input,
			   const char *form)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "");
	for (size_t i = 0; i < input.len && text.len < PAGE_BODY_MAX; i++) {
		if (input.at[i] == '@')
			text_add(&text, form);
		else
			text_add_bytes(&text, input.at + i, 1);
	}
	return view_head(text_view(&text), PAGE_BODY_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct api api = {.settings.secret = secret_once()};
	struct exchange exchange = {
		.api = &api, .arena = arena_new(0), .now = NOW};
	const struct page_look look = {.language = language_at(0),
				       .state = PAGE_ASKED};
	char right[PAGE_FORM_ROOM];
	struct params params;
	const char *path, *given;
	struct view body;

	page_form_write(&exchange, &look, "5a", right);
	body = body_of(exchange.arena, (struct view){(const char *)at, len},
		       right);
	if (!params_read(exchange.arena, with(exchange.arena, "/?", body, ""),
			 &path, &params) &&
	    (given = params_value(&params, "form")))
		claim_form(&exchange, given, right);
	if (memchr(body.at, '\0', body.len) == NULL)
		claim_no(exchange.arena, body);
	arena_free(exchange.arena);
	return 0;
}
