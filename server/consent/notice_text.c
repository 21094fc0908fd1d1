#include "server/consent/notice_text.h"

#include "server/words/phrases.h"

/** "sip:nora@example.com may send you messages through the list ...". */
static void add_facts(struct text *text, const struct notice_words *words)
{
	const struct language *english = language_at(0);

	phrase_who(text, english, words->sender, words->is_list);
	text_add(text, " may ");
	phrase_kinds(text, english, kinds_or_message(words->kinds));
	text_add(text, " through ");
	phrase_through(text, english, words->target, words->domain);
}

/** By lines: "Everybody may not" could be read in two ways. */
static void add_denied(struct text *text, const struct notice_words *words)
{
	const struct language *english = language_at(0);

	text_add(text, "Who: ");
	phrase_who(text, english, words->sender, words->is_list);
	text_add(text, "\r\nMay not: ");
	if (words->all_kinds)
		text_add(text, "send you messages, call you or anything else");
	else
		phrase_kinds(text, english, kinds_or_message(words->kinds));
	text_add(text, "\r\nThrough: ");
	phrase_through(text, english, words->target, words->domain);
}

/** No character is cut in two. */
static struct view first_bytes(const char *string, size_t most)
{
	size_t len = strlen(string);

	if (len > most) {
		len = most;
		while (len > 0 && ((unsigned char)string[len] & 0xc0) == 0x80)
			len--;
	}
	return (struct view){string, len};
}

/** Who said so, when, and what they have to show for it. */
static void add_record(struct text *text, const struct notice_words *words)
{
	text_printf(text, "\r\n\r\nThe operator of %s ", words->domain);
	if (words->recorded_by)
		text_printf(text, "(signed in as \"%s\") ", words->recorded_by);
	text_add(text, "recorded this on ");
	word_add_date(text, language_at(0), words->recorded_at);
	if (words->is_import)
		text_add(text, ", with others");
	if (words->kind == NOTICE_DENY)
		text_add(text, ", and says that you told them");
	if (words->evidence && *words->evidence) {
		text_add(text, ". The reason on record: \"");
		text_add_view(text, first_bytes(words->evidence,
						NOTICE_EVIDENCE_MAX));
		text_add(text, strlen(words->evidence) > NOTICE_EVIDENCE_MAX
				       ? " ...\"."
				       : "\".");
	} else {
		text_add(text, ". No reason is on record.");
	}
	text_add(text, "\r\n\r\n");
}

static void add_grant(struct text *text, const struct notice_words *words)
{
	add_facts(text, words);
	if (words->ends_at) {
		text_add(text, ", until ");
		word_add_date(text, language_at(0), words->ends_at);
	}
	text_add(text, ".");
	add_record(text, words);
	text_printf(text, "No: %s\r\n", words->deny_uri);
	if (words->stop_uri)
		text_printf(text, "Stop everything: %s\r\n", words->stop_uri);
	text_add(text, words->stop_uri
			       ? "\r\nThere is nothing to do if this is "
				 "right. No ends this and leaves what else was "
				 "allowed; the last address ends that, too. "
			       : "\r\nThere is nothing to do if this is "
				 "right. With a no it ends at once. ");
	text_add(text, "You can say no now or at any later time, and nobody "
		       "but you can take that back.\r\n");
}

static void add_deny(struct text *text, const struct notice_words *words)
{
	text_add(text, "A no was recorded in your name.\r\n\r\n");
	add_denied(text, words);
	add_record(text, words);
	text_add(text,
		 "There is nothing to do if this is right. Nobody but you can "
		 "take it back: send PUBLISH to the address below, from your "
		 "own phone and signed in as yourself, and you are asked if "
		 "you allow it. The address alone allows nothing.\r\n\r\n"
		 "Ask me again: ");
	text_add(text, words->lift_uri);
	text_add(text, "\r\n");
}

void notice_text(const struct notice_words *words, struct text *ret)
{
	if (words->kind == NOTICE_GRANT)
		add_grant(ret, words);
	else
		add_deny(ret, words);
}
