#include "server/consent/notice_text.h"

#include "server/words/phrases.h"

/** What one language of a notice is written from. */
struct notice_part {
	const struct language *language;
	const struct notice_words *words;
	struct arena *arena;
};

/** A word by itself. */
static const char *word_of(const struct notice_part *part, enum word_id word,
			   const struct fact_values *values)
{
	struct text text;

	text_init(&text, part->arena);
	word_add(&text, part->language, word, values);
	return text.at;
}

static const char *date_of(const struct notice_part *part, int64_t at)
{
	struct text text;

	text_init(&text, part->arena);
	word_add_date(&text, part->language, at);
	return text.at;
}

static const char *until_of(const struct notice_part *part)
{
	struct fact_values values = {{NULL}};

	if (!part->words->ends_at)
		return word_of(part, WORD_ENDS_NO, NULL);
	values.at[FACT_DATE] = date_of(part, part->words->ends_at);
	return word_of(part, WORD_ENDS, &values);
}

/** What others wrote, on one line: a space stands for each character that is
 *  not seen. */
static const char *shown(const struct notice_part *part, struct view written)
{
	struct text text;
	size_t len;

	text_init(&text, part->arena);
	for (; written.len; written = view_from(written, len)) {
		len = view_utf8_length(written);
		if (len == 0 || character_is_hidden(view_head(written, len)))
			text_add(&text, " ");
		else
			text_add_view(&text, view_head(written, len));
		len += len == 0;
	}
	return text.at ? text.at : "";
}

/** Who said so, and when. */
static const char *record_of(const struct notice_part *part)
{
	const struct notice_words *words = part->words;
	struct fact_values values = {{NULL}};
	enum word_id word = words->is_import ? WORD_RECORD_MANY : WORD_RECORD;

	values.at[FACT_DOMAIN] = words->domain;
	values.at[FACT_NAME] = shown(
		part, view_of(words->recorded_by ? words->recorded_by : "?"));
	values.at[FACT_DATE] = date_of(part, words->recorded_at);
	return word_of(part,
		       words->kind == NOTICE_DENY ? WORD_RECORD_DENIED : word,
		       &values);
}

/** No character is cut in two. */
static size_t first_bytes(const char *string, size_t most)
{
	size_t len = strlen(string);

	if (len > most) {
		len = most;
		while (len > 0 && ((unsigned char)string[len] & 0xc0) == 0x80)
			len--;
	}
	return len;
}

/** What they have to show for it. */
static const char *reason_of(const struct notice_part *part)
{
	const char *evidence = part->words->evidence;
	struct fact_values values = {{NULL}};
	size_t len;

	if (!evidence || !*evidence)
		return word_of(part, WORD_REASON_NO, NULL);
	len = first_bytes(evidence, NOTICE_EVIDENCE_MAX);
	values.at[FACT_EVIDENCE] = arena_printf(
		part->arena, "%s%s", shown(part, (struct view){evidence, len}),
		evidence[len] ? " ..." : "");
	return word_of(part, WORD_REASON, &values);
}

/** A line of its own with an address. */
static const char *address_of(const struct notice_part *part, enum word_id word,
			      const char *uri)
{
	struct fact_values values = {{NULL}};

	values.at[FACT_ADDRESS] = uri;
	return uri ? word_of(part, word, &values) : NULL;
}

static const char *kinds_of(const struct notice_part *part)
{
	struct text text;

	if (part->words->kind == NOTICE_DENY && part->words->all_kinds)
		return word_of(part, WORD_KIND_ALL, NULL);
	text_init(&text, part->arena);
	phrase_kinds(&text, part->language, part->words->kinds);
	return text.at;
}

/** What the addresses do. */
static const char *notes_of(const struct notice_part *part)
{
	if (part->words->kind == NOTICE_DENY)
		return word_of(part, WORD_NOTE_DENIED, NULL);
	return word_of(part,
		       part->words->stop_uri ? WORD_NOTE_GRANTED_STOP
					     : WORD_NOTE_GRANTED,
		       NULL);
}

static void add_part(struct text *text, const struct wording_part *in,
		     const struct notice_words *words)
{
	const struct notice_part part = {in->language, words, text->arena};
	struct fact_values values = {{NULL}};
	struct text who, through;

	text_init(&who, text->arena);
	text_init(&through, text->arena);
	phrase_who(&who, in->language, words->sender, words->is_list);
	phrase_through(&through, in->language, words->target, words->domain);
	values.at[FACT_WHO] = who.at;
	values.at[FACT_KINDS] = kinds_of(&part);
	values.at[FACT_THROUGH] = through.at;
	values.at[FACT_RECORD] = record_of(&part);
	values.at[FACT_REASON] = reason_of(&part);
	values.at[FACT_NOTES] = notes_of(&part);
	values.at[FACT_UNTIL] = until_of(&part);
	values.at[FACT_NO] = words->deny_uri;
	values.at[FACT_STOP] = address_of(&part, WORD_STOP, words->stop_uri);
	values.at[FACT_LIFT] = address_of(&part, WORD_LIFT, words->lift_uri);
	text_template_write(text,
			    wording_form(in, words->kind == NOTICE_DENY
						     ? WORD_DENIED
						     : WORD_NOTICE),
			    &values);
}

void notice_text(const struct notice_words *words, struct text *ret)
{
	const struct wording *wording =
		wording_for(words->wording, words->target);

	for (size_t i = 0; i < wording->n; i++) {
		if (i)
			text_add(ret, WORDING_RULER);
		add_part(ret, &wording->parts[i], words);
	}
}
