/*
 * print -- what a person reads: tables, facts, times.
 *
 * Everything that comes from the relay is shown so that it cannot steer the
 * terminal: control bytes, C1 controls and bidirectional overrides come out as
 * escapes.
 */
#ifndef VOLENS_API_CTL_PRINT_H
#define VOLENS_API_CTL_PRINT_H

#include <jansson.h>

#include "server/base/view.h"

#define TABLE_COLUMNS_MAX 8

/** A copy of @p string that is safe for a terminal. */
const char *print_safe(struct arena *arena, const char *string);

/** "2026-01-02 03:04:05Z (5 min ago)" of an RFC 3339 string; @p none for NULL.
 */
const char *print_time(struct arena *arena, const char *time, const char *none);
/** Only "5 min ago". */
const char *print_age(struct arena *arena, const char *time, const char *none);

/** A member that is a string, safe; @p none when it is not there. */
const char *member_text(struct arena *arena, const json_t *object,
			const char *name, const char *none);
/** A member that is an array of words, safe, with @p separator between two;
 *  @p none when there is no word. */
const char *member_words(struct arena *arena, const json_t *object,
			 const char *name, const char *separator,
			 const char *none);
/** "503 certificate": the SIP status in @p name, and the reason beside it. */
const char *print_status(struct arena *arena, const json_t *object,
			 const char *name, const char *none);
/** A member that is a number; 0 when it is not there. */
long long member_number(const json_t *object, const char *name);

/** Rows under headings, in columns as wide as needed. */
struct print_table;
/** @p headings ends with NULL. */
struct print_table *table_new(struct arena *arena, const char *const *headings);
/** One cell for each heading; strings must be safe and live on. */
void table_row(struct print_table *table, const char *const *cells);
/** Where the columns are wider than a terminal each row takes several lines. */
void table_print(const struct print_table *table);
/** Adds the row of one element. */
typedef void table_row_fn(struct print_table *table, struct arena *arena,
			  const json_t *element);
/** A table of all elements of an array. */
void table_print_rows(struct arena *arena, const char *const *headings,
		      const json_t *array, table_row_fn *row);
/** "2 permissions." under a table; what --limit left out is said. */
void print_total(size_t n, const char *noun, bool has_more);

/** One line `  name  value` with names padded to one width. */
void print_fact(const char *name, const char *value);
/** The same with a sentence, broken into lines. */
void print_prose(const char *name, const char *value);
/** A safe word as a shell takes it. */
const char *print_word(struct arena *arena, const char *word);
/** Text of several lines: each is made safe. */
void print_lines(struct arena *arena, struct view text);
/** JSON as it came, readable, in ASCII. */
/** What somebody at the terminal says to a yes-or-no question, also where the
 *  file is standard input. */
enum typed_answer { ANSWER_NO, ANSWER_YES, ANSWER_NONE /**< no terminal */ };
enum typed_answer print_ask(const char *question);
void print_json(const json_t *json);
/** "volensctl: ..." on standard error. */
void print_problem(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/** What a person saw before they answered, where that is known. */
void print_shown(struct arena *arena, const json_t *shown);

#endif
