/* What people are told about what they typed. */
#include "server/consent/chat_private.h"
#include "server/words/phrases.h"

/** Bytes of a list of answers in one language: one datagram holds it. */
#define LINES_MAX_LEN 900

static bool is_list(const struct chat_words_told *told, const char *target)
{
	const struct list_table *lists = told->settings->lists;

	return lists && list_table_has(lists, target);
}

/* Who, what for, through what. */
static void add_facts(const struct chat_words_told *told,
		      const struct permission *row,
		      const struct language *language, struct arena *arena,
		      struct fact_values *values)
{
	struct text who, kinds, through;

	text_init(&who, arena);
	text_init(&kinds, arena);
	text_init(&through, arena);
	phrase_who(&who, language, row->sender, is_list(told, row->target));
	if (row->all_kinds)
		word_add(&kinds, language, WORD_KIND_ALL, NULL);
	else
		phrase_kinds(&kinds, language, row->kinds);
	phrase_through(&through, language, row->target, told->domain);
	values->at[FACT_WHO] = who.at;
	values->at[FACT_KINDS] = kinds.at;
	values->at[FACT_THROUGH] = through.at;
}

static const char *lift_line(const struct chat_words_told *told,
			     const struct language *language,
			     struct arena *arena)
{
	struct fact_values values = {{NULL}};
	struct text line;

	text_init(&line, arena);
	values.at[FACT_ADDRESS] = told->lift_uri;
	if (told->lift_uri)
		word_add(&line, language, WORD_LIFT, &values);
	return line.at;
}

static void add_line(const struct chat_words_told *told,
		     const struct permission *row,
		     const struct language *language, struct text *ret)
{
	struct fact_values values = {{NULL}};

	add_facts(told, row, language, ret->arena, &values);
	word_add(ret, language,
		 row->state == PERMISSION_GRANTED ? WORD_CHAT_LIST_YES
						  : WORD_CHAT_LIST_NO,
		 &values);
	text_add(ret, "\r\n");
}

static void add_lines(const struct chat_words_told *told,
		      const struct language *language, struct text *ret)
{
	const struct chat_answer *answer = told->answer;
	size_t begin = ret->len, i = 0, left;
	struct fact_values values = {{NULL}};

	for (; i < answer->n_lines && ret->len - begin < LINES_MAX_LEN; i++)
		add_line(told, &answer->lines[i], language, ret);
	left = answer->n_lines - i + answer->n_more;
	values.at[FACT_NAME] = arena_printf(ret->arena, "%zu", left);
	if (!answer->n_lines)
		word_add(ret, language, WORD_CHAT_LIST_NONE, NULL);
	else if (left)
		word_add(ret, language, WORD_CHAT_LIST_MORE, &values);
	if (!answer->n_lines || left)
		text_add(ret, "\r\n");
}

static void add_part(const struct chat_words_told *told,
		     const struct language *language, struct text *ret)
{
	const struct permission *row = told->answer->row;
	struct fact_values values = {{NULL}};
	struct text until;

	text_init(&until, ret->arena);
	phrase_until(&until, language,
		     term_end(row->term_s, told->settings->refresh_s, 0));
	add_facts(told, row, language, ret->arena, &values);
	values.at[FACT_UNTIL] = until.at;
	values.at[FACT_RECIPIENT] = row->recipient;
	values.at[FACT_DOMAIN] = told->domain;
	values.at[FACT_NO] = told->no_uri;
	values.at[FACT_LIFT] = lift_line(told, language, ret->arena);
	word_add(ret, language, told->answer->word, &values);
	if (told->answer->word == WORD_CHAT_LIST)
		add_lines(told, language, ret);
}

void chat_text(const struct chat_words_told *told, struct text *ret)
{
	const struct wording *wording =
		wording_for(told->settings->wording, told->answer->row->target);

	for (size_t i = 0; i < wording->n; i++) {
		if (i)
			text_add(ret, WORDING_RULER);
		add_part(told, wording->parts[i].language, ret);
	}
}
