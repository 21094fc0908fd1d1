#include "server/words/words.h"

#include "server/words/words_private.h"

const struct language languages[] = {
	{"en", true, false, words_en},	{"de", false, false, words_de},
	{"fr", false, false, words_fr}, {"es", false, false, words_es},
	{"ar", false, true, words_ar},
};
#define N_LANGUAGES (sizeof(languages) / sizeof(languages[0]))

const struct language *language_at(size_t i)
{
	return i < N_LANGUAGES ? &languages[i] : NULL;
}

const struct language *language_find(struct view tag)
{
	const struct language *language;
	size_t i = 0;

	while ((language = language_at(i++)))
		if (view_equal_nocase(tag, view_of(language->tag)))
			break;
	return language;
}

const char *language_tags(struct arena *arena)
{
	const struct language *language;
	struct text text;
	size_t i = 0;

	text_init(&text, arena);
	while ((language = language_at(i++)))
		text_printf(&text, "%s%s", i > 1 ? ", " : "", language->tag);
	return text.at;
}

#define OF_ALL                                                                 \
	(FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) | FACT_BIT(FACT_THROUGH) |  \
	 FACT_BIT(FACT_RECIPIENT) | FACT_BIT(FACT_UNTIL) |                     \
	 FACT_BIT(FACT_NOTES) | FACT_BIT(FACT_YES) | FACT_BIT(FACT_NO) |       \
	 FACT_BIT(FACT_STOP))

#define OF_NOTICES                                                             \
	(FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) | FACT_BIT(FACT_THROUGH) |  \
	 FACT_BIT(FACT_RECORD) | FACT_BIT(FACT_REASON) | FACT_BIT(FACT_NOTES))

static const unsigned facts[WORDS] = {
	[WORD_QUESTION] = OF_ALL,
	[WORD_RENEWAL] = OF_ALL | FACT_BIT(FACT_ENDS),
	[WORD_NOTICE] = OF_NOTICES | FACT_BIT(FACT_UNTIL) | FACT_BIT(FACT_NO) |
			FACT_BIT(FACT_STOP),
	[WORD_DENIED] = OF_NOTICES | FACT_BIT(FACT_LIFT),
	[WORD_WHO_DOMAIN] = FACT_BIT(FACT_DOMAIN),
	[WORD_KIND_EVENT] = FACT_BIT(FACT_NAME),
	[WORD_KIND_METHOD] = FACT_BIT(FACT_NAME),
	[WORD_THROUGH_LIST] = FACT_BIT(FACT_TARGET),
	[WORD_THROUGH_ANY] = FACT_BIT(FACT_DOMAIN),
	[WORD_UNTIL_DAYS] = FACT_BIT(FACT_DAYS),
	[WORD_ON_DAYS] = FACT_BIT(FACT_DAYS),
	[WORD_STOP] = FACT_BIT(FACT_ADDRESS),
	[WORD_PAGE_ASKS] = FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			   FACT_BIT(FACT_THROUGH) | FACT_BIT(FACT_RECIPIENT),
	[WORD_PAGE_GRANTED] = FACT_BIT(FACT_DATE),
	[WORD_PAGE_GRANTED_BY_OTHERS] = FACT_BIT(FACT_DATE),
	[WORD_PAGE_DENIED] = FACT_BIT(FACT_DATE),
	[WORD_PAGE_EXPIRED] = FACT_BIT(FACT_DATE),
	[WORD_PAGE_STOPPED] = FACT_BIT(FACT_DOMAIN) | FACT_BIT(FACT_DATE),
	[WORD_PAGE_STOP_ALL] = FACT_BIT(FACT_DOMAIN),
	[WORD_PAGE_LINE] = FACT_BIT(FACT_ADDRESS),
	[WORD_ENDS] = FACT_BIT(FACT_DATE),
	[WORD_RECORD] = FACT_BIT(FACT_DOMAIN) | FACT_BIT(FACT_DATE),
	[WORD_RECORD_MANY] = FACT_BIT(FACT_DOMAIN) | FACT_BIT(FACT_DATE),
	[WORD_RECORD_DENIED] = FACT_BIT(FACT_DOMAIN) | FACT_BIT(FACT_NAME) |
			       FACT_BIT(FACT_DATE),
	[WORD_REASON] = FACT_BIT(FACT_EVIDENCE),
	[WORD_LIFT] = FACT_BIT(FACT_ADDRESS),
	[WORD_MINE_SIGNED_IN] = FACT_BIT(FACT_RECIPIENT),
	[WORD_MINE_ALL] = FACT_BIT(FACT_NAME),
	[WORD_MINE_YES] = FACT_BIT(FACT_NAME),
	[WORD_MINE_NO] = FACT_BIT(FACT_NAME),
	[WORD_MINE_OLDER] = FACT_BIT(FACT_NAME),
	[WORD_MINE_ROW] = FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			  FACT_BIT(FACT_THROUGH) | FACT_BIT(FACT_RECIPIENT),
	[WORD_MINE_SIGN_IN_NOTE] = FACT_BIT(FACT_DOMAIN),
	[WORD_CHAT_YES] = FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			  FACT_BIT(FACT_THROUGH) | FACT_BIT(FACT_UNTIL),
	[WORD_CHAT_NO] = FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			 FACT_BIT(FACT_THROUGH),
	[WORD_CHAT_STOPPED] = FACT_BIT(FACT_THROUGH) | FACT_BIT(FACT_LIFT),
	[WORD_CHAT_UNPROVED] = FACT_BIT(FACT_RECIPIENT),
	[WORD_CHAT_HELP] = FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			   FACT_BIT(FACT_THROUGH) | FACT_BIT(FACT_DOMAIN),
	[WORD_CHAT_HELP_AT] = FACT_BIT(FACT_THROUGH) | FACT_BIT(FACT_DOMAIN),
	[WORD_CHAT_WHICH] = FACT_BIT(FACT_THROUGH),
	[WORD_CHAT_FORGED] = FACT_BIT(FACT_THROUGH) | FACT_BIT(FACT_RECIPIENT) |
			     FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			     FACT_BIT(FACT_NO),
	[WORD_CHAT_LIST] = FACT_BIT(FACT_RECIPIENT),
	[WORD_CHAT_LIST_YES] = FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			       FACT_BIT(FACT_THROUGH),
	[WORD_CHAT_LIST_NO] = FACT_BIT(FACT_WHO) | FACT_BIT(FACT_KINDS) |
			      FACT_BIT(FACT_THROUGH),
	[WORD_CHAT_LIST_MORE] = FACT_BIT(FACT_NAME),
	[WORD_DATE] = FACT_BIT(FACT_DAY) | FACT_BIT(FACT_MONTH) |
		      FACT_BIT(FACT_YEAR) | FACT_BIT(FACT_TIME),
};

unsigned word_facts(enum word_id word)
{
	return facts[word];
}

const char *word_form_name(enum word_id form)
{
	static const char *const form_names[WORD_FORMS] = {
		[WORD_QUESTION] = "question",
		[WORD_RENEWAL] = "renewal",
		[WORD_NOTICE] = "notice",
		[WORD_DENIED] = "denied",
	};

	return form < WORD_FORMS ? form_names[form] : NULL;
}

void word_add(struct text *text, const struct language *language,
	      enum word_id word, const struct fact_values *values)
{
	static const struct fact_values none;

	text_template_write(text, view_of(language->words[word]),
			    values ? values : &none);
}

void word_add_date(struct text *text, const struct language *language,
		   int64_t at)
{
	time_t seconds = (time_t)at;
	struct fact_values values = {{NULL}};
	char day[12], year[12], clock[24];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return;
	snprintf(day, sizeof(day), "%d", tm.tm_mday);
	snprintf(year, sizeof(year), "%d", tm.tm_year + 1900);
	snprintf(clock, sizeof(clock), "%02d:%02d", tm.tm_hour, tm.tm_min);
	values.at[FACT_DAY] = day;
	values.at[FACT_MONTH] = language->words[WORD_JANUARY + tm.tm_mon];
	values.at[FACT_YEAR] = year;
	values.at[FACT_TIME] = clock;
	word_add(text, language, WORD_DATE, &values);
}
