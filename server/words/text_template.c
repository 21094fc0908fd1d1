#include "server/words/text_template.h"

static const char *const names[FACTS] = {
	[FACT_WHO] = "who",	    [FACT_KINDS] = "kinds",
	[FACT_THROUGH] = "through", [FACT_RECIPIENT] = "recipient",
	[FACT_UNTIL] = "until",	    [FACT_ENDS] = "ends",
	[FACT_NOTES] = "notes",	    [FACT_YES] = "yes",
	[FACT_NO] = "no",	    [FACT_STOP] = "stop",
	[FACT_RECORD] = "record",   [FACT_REASON] = "reason",
	[FACT_LIFT] = "lift",	    [FACT_TARGET] = "target",
	[FACT_DOMAIN] = "domain",   [FACT_NAME] = "name",
	[FACT_ADDRESS] = "address", [FACT_DAYS] = "days",
	[FACT_DAY] = "day",	    [FACT_MONTH] = "month",
	[FACT_YEAR] = "year",	    [FACT_TIME] = "time",
	[FACT_DATE] = "date",	    [FACT_EVIDENCE] = "evidence",
};

const char *fact_name(enum word_fact fact)
{
	return names[fact];
}

/** FACTS: it is none. */
static enum word_fact fact_find(struct view name)
{
	size_t i = 0;

	while (i < FACTS && !view_equal(name, view_of(names[i])))
		i++;
	return (enum word_fact)i;
}

/* ---- what is wrong ------------------------------------------------------ */

/** One look at a template. */
struct template_look {
	struct view template;
	unsigned wanted, found; /**< sets of facts */
	struct arena *arena;
	struct text_template_problem *problem;
};

static enum err fail(const struct template_look *look, size_t at,
		     const char *what)
{
	*look->problem = (struct text_template_problem){at, what};
	return ERR_SYNTAX;
}

bool character_is_hidden(struct view character)
{
	const unsigned char *at = (const unsigned char *)character.at;

	if (character.len == 1)
		return at[0] < 0x20 || at[0] == 0x7f;
	if (character.len == 2)
		return (at[0] == 0xd8 && at[1] == 0x9c) || /* U+061C */
		       (at[0] == 0xc2 && (at[1] < 0xa0 || at[1] == 0xad));
	if (character.len != 3)
		return false;
	return (at[0] == 0xe2 && at[1] == 0x80 &&
		((at[2] >= 0x8b && at[2] <= 0x8f) ||   /* U+200B to 200F */
		 (at[2] >= 0xa8 && at[2] <= 0xae))) || /* 2028 to 202E */
	       (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa0 &&
		at[2] <= 0xaf) || /* U+2060 to 206F */
	       (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf); /* FEFF */
}

static enum err check_characters(const struct template_look *look)
{
	struct view all = look->template;
	size_t len;

	for (size_t at = 0; at < all.len; at += len) {
		len = view_utf8_length(view_from(all, at));
		if (len == 0)
			return fail(look, at, "is not UTF-8");
		if (all.at[at] != '\n' &&
		    character_is_hidden((struct view){all.at + at, len}))
			return fail(look, at, "has a control character");
	}
	return ERR_OK;
}

/** From the brace at @p at to the one at @p end. */
static bool is_whole_line(struct view all, size_t at, size_t end)
{
	return (at == 0 || all.at[at - 1] == '\n') &&
	       (end + 1 == all.len || all.at[end + 1] == '\n');
}

/** @p at: of a brace; moved to that which ends it. */
static enum err check_fact(struct template_look *look, size_t *at)
{
	struct view all = look->template, name;
	size_t end = view_find(all, '}', *at);
	enum word_fact fact;
	const char *problem = NULL;

	if (all.at[*at] == '}')
		return fail(look, *at, "has a } without its {");
	if (end == SIZE_MAX)
		return fail(look, *at, "has a { without its }");
	name = (struct view){all.at + *at + 1, end - *at - 1};
	fact = fact_find(name);
	if (fact == FACTS || !(look->wanted & FACT_BIT(fact)))
		problem = ", which is no fact of it";
	else if (look->found & FACT_BIT(fact))
		problem = " twice";
	/* Else the rest of the line would stand there without it. */
	else if (fact == FACT_STOP && !is_whole_line(all, *at, end))
		problem = " beside other text: it needs a line of its own";
	if (problem)
		return fail(look, *at,
			    arena_printf(look->arena, "has {%.*s}%s",
					 (int)view_head(name, 40).len, name.at,
					 problem));
	look->found |= FACT_BIT(fact);
	*at = end;
	return ERR_OK;
}

enum err text_template_check(struct view template, unsigned wanted,
			     struct arena *arena,
			     struct text_template_problem *ret)
{
	struct template_look look = {template, wanted, 0, arena, ret};
	enum err err = check_characters(&look);

	for (size_t at = 0; at < template.len && !err; at++)
		if (template.at[at] == '{' || template.at[at] == '}')
			err = check_fact(&look, &at);
	for (size_t i = 0; i < FACTS && !err; i++)
		if ((wanted & ~look.found) & FACT_BIT(i))
			err = fail(&look, SIZE_MAX,
				   arena_printf(arena, "lacks {%s}", names[i]));
	return err;
}

/* ---- writing ------------------------------------------------------------ */

/** @return false: it had facts, and nothing came of them. */
static bool write_line(struct text *text, struct view line,
		       const struct fact_values *values)
{
	bool has_fact = false, has_text = false;

	while (line.len) {
		size_t open = view_find(line, '{', 0);
		size_t end = view_find(line, '}', 0);
		struct view before = view_head(line, open);
		const char *value;

		text_add_view(text, before);
		has_text |= view_trim(before).len > 0;
		if (open == SIZE_MAX || end == SIZE_MAX)
			break;
		has_fact = true;
		value = values->at[fact_find(
			(struct view){line.at + open + 1, end - open - 1})];
		if (value && *value) {
			text_add(text, value);
			has_text = true;
		}
		line = view_from(line, end + 1);
	}
	return has_text || !has_fact;
}

void text_template_write(struct text *text, struct view template,
			 const struct fact_values *values)
{
	while (template.len) {
		size_t end = view_find(template, '\n', 0);
		size_t before = text->len;

		if (write_line(text, view_head(template, end), values)) {
			if (end != SIZE_MAX)
				text_add(text, "\r\n");
		} else {
			text->len = before;
		}
		if (end == SIZE_MAX)
			break;
		template = view_from(template, end + 1);
	}
}
