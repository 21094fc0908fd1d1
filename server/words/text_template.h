/*
 * text_template -- text with {facts} in it.
 *
 * A fact stands in braces; there is no other syntax, and a brace has no other
 * use.  Pure.
 */
#ifndef VOLENS_SERVER_WORDS_TEXT_TEMPLATE_H
#define VOLENS_SERVER_WORDS_TEXT_TEMPLATE_H

#include "server/base/text.h"

enum word_fact {
	FACT_WHO,	/**< who asks, as authenticated */
	FACT_KINDS,	/**< what for */
	FACT_THROUGH,	/**< through what */
	FACT_RECIPIENT, /**< which address is asked */
	FACT_UNTIL,	/**< how long a yes lives */
	FACT_ENDS,	/**< when what was granted ends */
	FACT_NOTES,	/**< what the answers mean */
	FACT_YES,	/**< the address to say yes */
	FACT_NO,	/**< the address to say no */
	FACT_STOP,	/**< a line of its own, or nothing: a no to all */
	FACT_RECORD,	/**< of a notice: who recorded it, and when */
	FACT_REASON,	/**< of a notice: the evidence that they gave */
	FACT_LIFT,	/**< the address that asks for a new question */
	/* Inside of those: */
	FACT_TARGET,
	FACT_DOMAIN,
	FACT_NAME,
	FACT_ADDRESS,
	FACT_DAYS,
	FACT_DAY,
	FACT_MONTH,
	FACT_YEAR,
	FACT_TIME,
	FACT_DATE,
	FACT_EVIDENCE,
	FACTS
};
#define FACT_BIT(fact) (1u << (fact))

/** By enum word_fact; NULL: there is none. */
struct fact_values {
	const char *at[FACTS];
};

const char *fact_name(enum word_fact fact);

/** Is it, one character of UTF-8, nothing that people see?  C0 and C1 controls,
 *  ends of lines, marks, embeddings, overrides and isolates of Unicode's
 *  bidirectional algorithm, and what has no width: an address could be shown as
 *  another. */
bool character_is_hidden(struct view character);

/** What is wrong with a template. */
struct text_template_problem {
	size_t at;	  /**< byte of the template where it is; SIZE_MAX:
			   *   nowhere, a fact is not there */
	const char *what; /**< in the arena */
};

/**
 * Each of the facts @p wanted must stand in it, once, and nothing else in
 * braces; UTF-8, and no control character but LF, nor one that turns the
 * direction of text.  ERR_SYNTAX, and what is wrong.
 */
enum err text_template_check(struct view template, unsigned wanted,
			     struct arena *arena,
			     struct text_template_problem *ret) MUST_CHECK;

/**
 * Write a template that text_template_check() took.  LF becomes CRLF.  A line
 * that has facts in it, and nothing of them or else but white space, is left
 * out.
 */
void text_template_write(struct text *text, struct view template,
			 const struct fact_values *values);

#endif
