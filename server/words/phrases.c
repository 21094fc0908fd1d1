#include "server/words/phrases.h"

#include "policies/match.h"
#include "server/base/domains.h"

#define DAY_S 86400

void phrase_who(struct text *text, const struct language *language,
		const char *scope, bool is_list)
{
	struct fact_values values = {{NULL}};

	switch (scope_kind(scope)) {
	case SCOPE_ONE:
		text_add(text, scope);
		break;
	case SCOPE_DOMAIN:
		values.at[FACT_DOMAIN] = scope + 2; /* past "*@" */
		word_add(text, language, WORD_WHO_DOMAIN, &values);
		break;
	case SCOPE_MANY:
		word_add(text, language,
			 is_list ? WORD_WHO_LIST : WORD_WHO_KNOWN, NULL);
		break;
	case SCOPE_ANYBODY:
	case SCOPE_INVALID: /* db/ keeps none */
		word_add(text, language, WORD_WHO_ANYBODY, NULL);
		break;
	}
}

static void add_named(struct text *text, const struct language *language,
		      const char *name)
{
	struct fact_values values = {{NULL}};
	bool is_event = strncmp(name, "event:", 6) == 0;

	values.at[FACT_NAME] = strchr(name, ':') + 1;
	word_add(text, language, is_event ? WORD_KIND_EVENT : WORD_KIND_METHOD,
		 &values);
}

void phrase_kinds(struct text *text, const struct language *language,
		  struct kinds kinds)
{
	static const struct {
		enum permission_kind kind;
		enum word_id word;
	} known[] = {
		{KIND_MESSAGE, WORD_KIND_MESSAGE},
		{KIND_CALL, WORD_KIND_CALL},
		{KIND_REFER, WORD_KIND_REFER},
		{KIND_RECORDING, WORD_KIND_RECORDING},
		{KIND_LEAVE_MEDIA, WORD_KIND_LEAVE_MEDIA},
		{KIND_PRESENCE, WORD_KIND_PRESENCE},
		{KIND_DIALOG, WORD_KIND_DIALOG},
	};
	unsigned all, left;

	kinds = kinds_or_message(kinds);
	all = left = kinds.set;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		bool is_first = left == all;

		if (!(left & known[i].kind))
			continue;
		left &= ~(unsigned)known[i].kind;
		if (!is_first)
			word_add(text, language, left ? WORD_COMMA : WORD_AND,
				 NULL);
		word_add(text, language, known[i].word, NULL);
	}
	if (kinds.set == KIND_NAMED)
		add_named(text, language, kinds.name);
}

void phrase_through(struct text *text, const struct language *language,
		    const char *target, const char *domain)
{
	struct fact_values values = {{NULL}};

	values.at[FACT_TARGET] = target;
	values.at[FACT_DOMAIN] = domain;
	word_add(text, language,
		 target_is_any(target) ? WORD_THROUGH_ANY : WORD_THROUGH_LIST,
		 &values);
}

/** @p words: for a day, for days, for ever. */
static void add_time(struct text *text, const struct language *language,
		     int64_t seconds, const enum word_id words[3])
{
	int64_t days = (seconds + DAY_S / 2) / DAY_S;
	struct fact_values values = {{NULL}};
	char number[24];

	snprintf(number, sizeof(number), "%lld", (long long)days);
	values.at[FACT_DAYS] = number;
	word_add(text, language,
		 words[seconds == 0 ? 2
		       : days > 1   ? 1
				    : 0],
		 &values);
}

void phrase_until(struct text *text, const struct language *language,
		  int64_t seconds)
{
	static const enum word_id words[] = {WORD_UNTIL_DAY, WORD_UNTIL_DAYS,
					     WORD_UNTIL_NO};

	add_time(text, language, seconds, words);
}

void phrase_on(struct text *text, const struct language *language,
	       int64_t seconds)
{
	static const enum word_id words[] = {WORD_ON_DAY, WORD_ON_DAYS,
					     WORD_ON_NO};

	add_time(text, language, seconds, words);
}
