#include "policies/chat.h"

#include <string.h>

/* ---- characters ------------------------------------------------------------
 */

/** A text as it is compared: characters of Unicode, small and composed. */
struct folded {
	uint32_t at[CHAT_TEXT_MAX];
	size_t n;
};

/* One well-formed character (view_utf8_length()). */
static uint32_t decode(const char *at, size_t len)
{
	static const uint8_t first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (uint8_t)at[0] & first[len];

	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((uint8_t)at[i] & 0x3f);
	return c;
}

/* The letters that the languages of server/words have. */
static uint32_t lower(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7))
		return c + 0x20;
	if (c == 0x152) /* OE */
		return 0x153;
	if (c == 0x178) /* Y with two dots */
		return 0xff;
	return c == 0x1e9e ? 0xdf : c; /* sharp s */
}

/* A letter and the mark that was typed behind it are one (NFC): 0 where these
 * two are not. */
static uint32_t compose(uint32_t letter, uint32_t mark)
{
	static const struct {
		uint32_t mark;
		const char *letters;
		uint32_t whole[6];
	} marks[] = {
		{0x300, "aeiou", {0xe0, 0xe8, 0xec, 0xf2, 0xf9}},
		{0x301, "aeiouy", {0xe1, 0xe9, 0xed, 0xf3, 0xfa, 0xfd}},
		{0x302, "aeiou", {0xe2, 0xea, 0xee, 0xf4, 0xfb}},
		{0x303, "ano", {0xe3, 0xf1, 0xf5}},
		{0x308, "aeiouy", {0xe4, 0xeb, 0xef, 0xf6, 0xfc, 0xff}},
		{0x327, "c", {0xe7}},
	};

	if (letter == 0x627) /* alef, with madda or hamza */
		return mark >= 0x653 && mark <= 0x655
			       ? (uint32_t[]){0x622, 0x623, 0x625}[mark - 0x653]
			       : 0;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *found =
			letter < 0x80 && letter > 0
				? strchr(marks[i].letters, (int)letter)
				: NULL;

		if (mark == marks[i].mark && found)
			return marks[i].whole[found - marks[i].letters];
	}
	return 0;
}

/* @return false: it is no text. */
static bool fold(struct view text, struct folded *ret)
{
	ret->n = 0;
	while (text.len) {
		size_t len = view_utf8_length(text);
		uint32_t c, whole = 0;

		if (!len || ret->n == CHAT_TEXT_MAX)
			return false;
		c = lower(decode(text.at, len));
		if (ret->n)
			whole = compose(ret->at[ret->n - 1], c);
		if (whole)
			ret->at[ret->n - 1] = whole;
		else
			ret->at[ret->n++] = c;
		text = view_from(text, len);
	}
	return true;
}

/* ---- words -----------------------------------------------------------------
 */

static bool is_word(const struct folded *text, const char *word)
{
	struct view rest = view_of(word);
	size_t i = 0;

	while (rest.len && i < text->n) {
		size_t len = view_utf8_length(rest);

		if (!len || decode(rest.at, len) != text->at[i++])
			return false;
		rest = view_from(rest, len);
	}
	return !rest.len && i == text->n;
}

static bool counts(const struct chat_words *language, enum chat_command command)
{
	return language->is_spoken || chat_denies(command);
}

static enum chat_command find(const struct folded *text,
			      const struct chat_words *languages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct chat_word *word = languages[i].at;

		for (; word->command != CHAT_TEXT; word++)
			if (counts(&languages[i], word->command) &&
			    is_word(text, word->text))
				return word->command;
	}
	return CHAT_TEXT;
}

/* The first of several words: what is no letter ends it. */
static struct folded first_word(const struct folded *text)
{
	struct folded first = *text;
	size_t n = 0;

	while (n < text->n && (text->at[n] >= 0x80 ||
			       (text->at[n] >= 'a' && text->at[n] <= 'z')))
		n++;
	first.n = n;
	return first;
}

/* Blanks, and one closing mark. */
static struct view bare(struct view text)
{
	text = view_trim(text);
	if (text.len &&
	    (text.at[text.len - 1] == '.' || text.at[text.len - 1] == '!'))
		text.len--;
	return text;
}

/* What follows "stop" and a blank: one name, of visible characters. */
static struct view name_behind_stop(struct view text)
{
	struct view name = view_trim(view_from(text, 4));

	if (!view_starts_nocase(text, VIEW("stop")) || text.len < 6 ||
	    (text.at[4] != ' ' && text.at[4] != '\t') ||
	    name.len > CHAT_NAME_MAX)
		return VIEW_NONE;
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= ' ' || name.at[i] > '~')
			return VIEW_NONE;
	return name;
}

/* "No" begins many texts. */
static bool is_stop(enum chat_command command)
{
	return command != CHAT_NO && chat_denies(command);
}

void chat_read(struct view text, const struct chat_words *languages, size_t n,
	       struct chat_typed *ret)
{
	struct folded folded, first;

	*ret = (struct chat_typed){CHAT_TEXT, VIEW_NONE};
	if (text.len > CHAT_TEXT_MAX)
		return;
	text = bare(text);
	if (!fold(text, &folded) || !folded.n)
		return;
	ret->command = find(&folded, languages, n);
	if (ret->command != CHAT_TEXT)
		return;
	ret->name = name_behind_stop(text);
	first = first_word(&folded);
	if (ret->name.len)
		ret->command = CHAT_STOP_ONE;
	else if (is_stop(find(&first, languages, n)))
		ret->command = CHAT_NEAR_STOP;
}

enum chat_command chat_at(enum chat_place place, enum chat_command command)
{
	static const bool is_one[][CHAT_COMMANDS] = {
		[CHAT_AT_QUESTION] = {[CHAT_YES] = true,
				      [CHAT_NO] = true,
				      [CHAT_STOP] = true,
				      [CHAT_END] = true,
				      [CHAT_STOP_ALL] = true,
				      [CHAT_START_ALL] = true,
				      [CHAT_STOP_ONE] = true,
				      [CHAT_HELP] = true,
				      [CHAT_LIST] = true,
				      [CHAT_NEAR_STOP] = true},
		[CHAT_AT_SERVICE] = {[CHAT_NO] = true,
				     [CHAT_STOP] = true,
				     [CHAT_END] = true,
				     [CHAT_STOP_ALL] = true,
				     [CHAT_STOP_ONE] = true,
				     [CHAT_HELP] = true,
				     [CHAT_LIST] = true,
				     [CHAT_NEAR_STOP] = true},
		[CHAT_AT_QUIET_LIST] = {[CHAT_STOP] = true,
					[CHAT_END] = true,
					[CHAT_STOP_ALL] = true,
					[CHAT_STOP_ONE] = true},
		[CHAT_AT_TALKING_LIST] = {[CHAT_STOP] = true,
					  [CHAT_STOP_ALL] = true,
					  [CHAT_STOP_ONE] = true},
	};

	if (command >= CHAT_COMMANDS || !is_one[place][command])
		return CHAT_TEXT;
	return command;
}

bool chat_denies(enum chat_command command)
{
	switch (command) {
	case CHAT_NO:
	case CHAT_STOP:
	case CHAT_END:
	case CHAT_STOP_ALL:
	case CHAT_STOP_ONE:
		return true;
	case CHAT_TEXT:
	case CHAT_YES:
	case CHAT_START_ALL:
	case CHAT_HELP:
	case CHAT_LIST:
	case CHAT_NEAR_STOP:
	case CHAT_COMMANDS:
		break;
	}
	return false;
}

const char *chat_command_name(enum chat_command command)
{
	static const char *const names[CHAT_COMMANDS] = {
		[CHAT_TEXT] = "text",
		[CHAT_YES] = "yes",
		[CHAT_NO] = "no",
		[CHAT_STOP] = "stop",
		[CHAT_END] = "end",
		[CHAT_STOP_ALL] = "stop-all",
		[CHAT_START_ALL] = "start-all",
		[CHAT_STOP_ONE] = "stop-one",
		[CHAT_HELP] = "help",
		[CHAT_LIST] = "list",
		[CHAT_NEAR_STOP] = "near-stop",
	};

	return command < CHAT_COMMANDS ? names[command] : "text";
}
