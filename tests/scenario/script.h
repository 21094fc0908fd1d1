/*
 * script -- a scenario file: its lines, the words they are made of, and where
 * its execution stands.
 *
 * A line is words with spaces between; "quoted words" may hold spaces and
 * \r \n \t \0 \xHH \" \\.  A line that ends in << takes the lines up to one
 * with >> as its last word, joined by CRLF.  What is indented belongs to the
 * line before.  # begins a comment.  README in this folder lists the words.
 */
#ifndef VOLENS_TESTS_SCENARIO_SCRIPT_H
#define VOLENS_TESTS_SCENARIO_SCRIPT_H

#include "tests/scenario/fixture.h"

#define ARGS_MAX 64

struct line {
	int number;
	bool is_indented;
	struct view args[ARGS_MAX]; /**< each with a NUL after it */
	size_t n;
};

struct script {
	struct fixture fixture;
	const char *file;
	const struct line *line;  /**< the one that runs */
	const struct line *block; /**< the indented lines after it */
	size_t n_block;
	bool is_started;
	bool has_failed;

	unsigned n_requests;
	const struct line *last_recv; /**< for `again` */
	const struct line *last_block;
	size_t n_last_block;
	struct sent *current; /**< the leg that was last looked at */
	struct text remembered;
	struct token tokens[TOKEN_KINDS]; /**< that `keep` found */
};

/** Say what is wrong; the scenario is over. */
void script_fail(struct script *script, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Word @p i of the line as a string; "" when there is none. */
const char *script_arg(const struct script *script, size_t i);
bool script_arg_is(const struct script *script, size_t i, const char *word);
/** Word @p i as a number; 0 and a failure when it is none. */
int64_t script_number(struct script *script, size_t i);

/** A word that begins a line, and what runs it. */
struct word {
	const char *name;
	void (*run)(struct script *script);
};
/** Each ends with a NULL name. */
extern const struct word script_commands[];	 /* commands.c: what happens */
extern const struct word script_call_commands[]; /* call_commands.c: INVITE */
extern const struct word
	script_consent_commands[]; /* consent_commands.c: asking, answering */
extern const struct word
	script_list_commands[]; /* list_commands.c: stored lists */
extern const struct word
	script_expectations[]; /* expectations.c: what is expected */

/** `expect call|party|...` (call_commands.c); false: it is none of them. */
bool script_expect_call(struct script *script);
/** Is it to a stored list? */
bool script_is_list(struct script *script, struct request *request);
/** Is it to a conference URI?  CONFERENCE in it stands for the newest one. */
bool script_is_conference(struct script *script, struct request *request);
void script_receive_invite(struct script *script, struct request *request);
/** `answer URI STATUS`: of a call, if there is one. */
bool script_answer_call(struct script *script, const char *uri, int status);
/** `setting NAME NUMBER` of conferences; false: it is none of theirs. */
/** Of consents: false when there is no such setting. */
bool script_set_asking(struct script *script);
bool script_set_conference(struct script *script);
/** Make the request of a `recv` line and its block, and hand it over. */
void script_receive(struct script *script); /* recv.c */

#endif
