#include "server/consent/permission_text.h"

#include "server/words/phrases.h"

/** What the answers mean, in sentences. */
static void add_notes(struct text *text, const struct language *language,
		      const struct permission_rule *rule)
{
	struct kinds kinds = kinds_or_message(rule->kinds);
	enum word_id notes[3];
	size_t n = 0;

	if (kinds.set & KIND_CALL)
		notes[n++] = WORD_NOTE_CALL;
	if (!rule->ends_at)
		notes[n++] = kinds.set == KIND_MESSAGE ? WORD_NOTE_MESSAGE
						       : WORD_NOTE_OTHER;
	notes[n++] = rule->stop_uri ? WORD_NOTE_STOP : WORD_NOTE_LATER;
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_add(text, " ");
		word_add(text, language, notes[i], NULL);
	}
}

static void add_stop(struct text *text, const struct language *language,
		     const char *uri)
{
	struct fact_values values = {{NULL}};

	values.at[FACT_ADDRESS] = uri;
	if (uri)
		word_add(text, language, WORD_STOP, &values);
}

/** A line of its own; the operator's own words need not have it. */
static void add_page(struct text *text, const struct language *language,
		     const char *url)
{
	struct fact_values values = {{[FACT_ADDRESS] = url}};

	if (!url)
		return;
	word_add(text, language, WORD_PAGE_LINE, &values);
	text_add(text, "\r\n");
}

static void add_part(struct text *text, const struct wording_part *part,
		     const struct permission_rule *rule)
{
	const struct language *language = part->language;
	struct text who, kinds, through, until, ends, notes, stop;
	struct text *const texts[] = {&who,  &kinds, &through, &until,
				      &ends, &notes, &stop};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		text_init(texts[i], text->arena);
	phrase_who(&who, language, rule->sender, rule->is_list);
	phrase_kinds(&kinds, language, rule->kinds);
	phrase_through(&through, language, rule->target, rule->domain);
	if (rule->ends_at) {
		phrase_on(&until, language, rule->yes_s);
		word_add_date(&ends, language, rule->ends_at);
	} else {
		phrase_until(&until, language, rule->yes_s);
	}
	add_notes(&notes, language, rule);
	add_stop(&stop, language, rule->stop_uri);
	text_template_write(
		text,
		wording_form(part,
			     rule->ends_at ? WORD_RENEWAL : WORD_QUESTION),
		&(struct fact_values){{[FACT_WHO] = who.at,
				       [FACT_KINDS] = kinds.at,
				       [FACT_THROUGH] = through.at,
				       [FACT_RECIPIENT] = rule->recipient,
				       [FACT_UNTIL] = until.at,
				       [FACT_ENDS] = ends.at,
				       [FACT_NOTES] = notes.at,
				       [FACT_YES] = rule->grant_uri,
				       [FACT_NO] = rule->deny_uri,
				       [FACT_STOP] = stop.at}});
	add_page(text, language, rule->page_url);
}

void permission_text_add(struct text *text, const struct permission_rule *rule)
{
	const struct wording *wording =
		wording_for(rule->wording, rule->target);

	for (size_t i = 0; i < wording->n; i++) {
		if (i)
			text_add(text, WORDING_RULER);
		add_part(text, &wording->parts[i], rule);
	}
}
