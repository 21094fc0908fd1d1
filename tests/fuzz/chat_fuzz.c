/* Typed texts: what is a word stays one with blanks and a mark around it, and
 * is none with anything else. */
#include "server/words/chat_words.h"

#include "tests/fuzz/fuzz.h"

static struct chat_typed read_text(struct view text,
				   const struct wording *wording)
{
	struct chat_typed typed;

	chat_words_read(text, wording, &typed);
	FUZZ_CLAIM(typed.command < CHAT_COMMANDS);
	FUZZ_CLAIM((typed.name.len > 0) == (typed.command == CHAT_STOP_ONE));
	FUZZ_CLAIM(typed.name.len <= CHAT_NAME_MAX);
	return typed;
}

/* Behind one mark another one is too much. */
static void claim_around(struct arena *arena, struct view text,
			 enum chat_command command)
{
	struct view bare = view_trim(text);
	enum chat_command again;
	struct text more;

	text_init(&more, arena);
	text_add(&more, "\r\n ");
	text_add_view(&more, bare);
	text_add(&more, "\t");
	if (more.len <= CHAT_TEXT_MAX)
		FUZZ_CLAIM(read_text(text_view(&more), NULL).command ==
			   command);
	text_add(&more, "..?");
	again = read_text(text_view(&more), NULL).command;
	FUZZ_CLAIM(again == CHAT_TEXT || again == CHAT_NEAR_STOP ||
		   again == CHAT_STOP_ONE); /* what a name is, others know */
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	struct wording all = {.n = 0};
	struct arena *arena = arena_new(0);
	enum chat_command english, any;

	for (; language_at(all.n); all.n++)
		all.parts[all.n].language = language_at(all.n);
	english = read_text(text, NULL).command;
	any = read_text(text, &all).command;
	FUZZ_CLAIM(english == any || (english == CHAT_TEXT && len));
	FUZZ_CLAIM(chat_denies(english) == chat_denies(any));
	if (len > CHAT_TEXT_MAX || !view_is_utf8(text))
		FUZZ_CLAIM(any == CHAT_TEXT);
	claim_around(arena, text, english);
	arena_free(arena);
	return 0;
}
