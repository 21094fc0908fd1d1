/*
 * No spelling and no depth hides a permission document or a recipient list.
 *
 * A part is put into as many multiparts and messages as the random numbers say,
 * and its header fields are written as oddly as some reader would still take
 * them.
 */
#include <check.h>

#include "server/base/text.h"
#include "server/list/body_part.h"
#include "tests/props/prng.h"

#define SEQUENCES 4000
#define SEQUENCES_ALL 10000
#define DEPTH_MOST 6

static uint64_t seed;

/** A part being built, and its prng. */
struct nest {
	struct prng prng;
	struct arena *arena;
	const char *eol;
	struct text headers, body;
	bool is_mail; /**< message/rfc822: a digest need not say so */
};

static bool toss(struct nest *nest)
{
	return prng_below(&nest->prng, 2);
}

/* Blanks, a fold or a comment where they may stand. */
static void add_gap(struct nest *nest, struct text *text)
{
	switch (prng_below(&nest->prng, 8)) {
	case 0:
		text_add(text, " ");
		break;
	case 1:
		text_add(text, nest->eol);
		text_add(text, "\t");
		break;
	case 2:
		text_add(text, "(a (comment))");
		break;
	default:
		break;
	}
}

/* Letters in either case, some of them as escapes. */
static void add_oddly(struct nest *nest, struct text *text, const char *word)
{
	bool has_escapes = prng_once_in(&nest->prng, 3);

	for (; *word; word++) {
		char c = *word;

		if (c >= 'a' && c <= 'z' && toss(nest))
			c = (char)(c - 'a' + 'A');
		if (has_escapes && prng_once_in(&nest->prng, 4) &&
		    !strchr(";=/", c))
			text_printf(text, "%%%02x", (unsigned char)c);
		else
			text_add_bytes(text, &c, 1);
	}
}

static void add_field(struct nest *nest, struct text *text, const char *name,
		      const char *value)
{
	bool is_quoted = !strchr(value, '/') && prng_once_in(&nest->prng, 6);

	for (; *name; name++) {
		char c = *name;

		if (c >= 'a' && c <= 'z' && toss(nest))
			c = (char)(c - 'a' + 'A');
		text_add_bytes(text, &c, 1);
	}
	text_add(text, toss(nest) ? ":" : " : ");
	add_gap(nest, text);
	text_add(text, is_quoted ? "\"" : "");
	add_oddly(nest, text, value);
	text_add(text, is_quoted ? "\"" : "");
	add_gap(nest, text);
	text_add(text, prng_once_in(&nest->prng, 4) ? ";x=y" : "");
	text_add(text, nest->eol);
}

static const char *type_name(struct nest *nest)
{
	return prng_once_in(&nest->prng, 3) ? "c" : "content-type";
}

/* The innermost part. */
static void begin(struct nest *nest, enum body_part_ban ban)
{
	struct text *headers = &nest->headers;

	text_init(headers, nest->arena);
	text_init(&nest->body, nest->arena);
	text_add(&nest->body, "<x/>");
	if (ban == BODY_PART_PERMISSION) {
		add_field(nest, headers, type_name(nest),
			  "application/auth-policy+xml");
	} else if (ban == BODY_PART_LIST && toss(nest)) {
		add_field(nest, headers, type_name(nest),
			  "application/resource-lists+xml");
	} else if (ban == BODY_PART_LIST) {
		add_field(nest, headers, "content-disposition",
			  "recipient-list");
		add_field(nest, headers, type_name(nest), "text/xml");
	} else {
		add_field(nest, headers, type_name(nest), "text/plain");
		add_field(nest, headers, "content-disposition",
			  "recipient-list-history");
	}
}

static void add_part(struct nest *nest, struct text *text, unsigned depth)
{
	text_printf(text, "--cut%u%s", depth, nest->eol);
	text_add_view(text, text_view(&nest->headers));
	text_add(text, nest->eol);
	text_add_view(text, text_view(&nest->body));
	text_add(text, nest->eol);
}

static void add_text_part(struct nest *nest, struct text *text, unsigned depth)
{
	text_printf(text, "--cut%u%sContent-Type: text/plain%s%shello%s", depth,
		    nest->eol, nest->eol, nest->eol, nest->eol);
}

static void wrap_in_multipart(struct nest *nest, unsigned depth)
{
	static const char *const kinds[] = {"mixed", "alternative", "related",
					    "signed", "digest"};
	unsigned kind = prng_below(&nest->prng, 5);
	struct text headers, body;

	text_init(&headers, nest->arena);
	text_init(&body, nest->arena);
	text_printf(&headers, "%s: Multipart/%s; boundary=\"cut%u\"%s",
		    type_name(nest), kinds[kind], depth, nest->eol);
	if (nest->is_mail && kind == 4 && toss(nest))
		text_clear(&nest->headers);
	if (toss(nest))
		add_text_part(nest, &body, depth);
	add_part(nest, &body, depth);
	if (toss(nest))
		add_text_part(nest, &body, depth);
	text_printf(&body, "--cut%u--%s", depth, nest->eol);
	nest->is_mail = false;
	nest->headers = headers;
	nest->body = body;
}

static void wrap_in_message(struct nest *nest)
{
	bool is_cpim = toss(nest);
	struct text headers, body;

	text_init(&headers, nest->arena);
	text_init(&body, nest->arena);
	text_printf(&headers, "%s: message/%s%s", type_name(nest),
		    is_cpim ? "CPIM" : "rfc822", nest->eol);
	if (is_cpim)
		text_printf(&body, "From: <sip:a@example.com>%s%s", nest->eol,
			    nest->eol);
	text_add_view(&body, text_view(&nest->headers));
	text_add(&body, nest->eol);
	text_add_view(&body, text_view(&nest->body));
	nest->is_mail = !is_cpim;
	nest->headers = headers;
	nest->body = body;
}

static enum body_part_ban look(struct nest *nest)
{
	struct mime_part part = {text_view(&nest->headers),
				 text_view(&nest->body)};
	struct body_part body_part;

	must(&nest->prng, body_part_read(&part, &body_part),
	     "each field is there once");
	return body_part_check(nest->arena, &body_part);
}

static void run_sequence(unsigned sequence)
{
	static const enum body_part_ban bans[] = {
		BODY_PART_FINE, BODY_PART_PERMISSION, BODY_PART_LIST};
	struct nest nest = {.prng = prng_of(seed, sequence),
			    .arena = arena_new(0)};
	enum body_part_ban ban = bans[prng_below(&nest.prng, 3)];
	unsigned depth = 1 + prng_below(&nest.prng, DEPTH_MOST);

	nest.eol = toss(&nest) ? "\r\n" : "\n";
	begin(&nest, ban);
	for (unsigned i = 0; i < depth; i++) {
		if (toss(&nest))
			wrap_in_multipart(&nest, i);
		else
			wrap_in_message(&nest);
	}
	must(&nest.prng, look(&nest) == ban,
	     "what is banned is found, and nothing else is");
	arena_free(nest.arena);
}

START_TEST(no_spelling_and_no_depth_hides_a_ban)
{
	unsigned n = prng_sequences_or_all(SEQUENCES, SEQUENCES_ALL);

	for (unsigned i = 0; i < n; i++)
		run_sequence(i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parts");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("parts_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 300);
	tcase_add_test(cases, no_spelling_and_no_depth_hides_a_ban);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
