/*
 * commands -- what volensctl can do; one function each.
 */
#ifndef VOLENS_API_CTL_COMMANDS_H
#define VOLENS_API_CTL_COMMANDS_H

#include "api/ctl/client.h"
#include "api/time_format.h"

typedef enum outcome command_fn(struct client *client,
				const struct options *options);

command_fn status_run;
command_fn metrics_run;
command_fn explain_run;

command_fn permission_list_run;
command_fn permission_show_run;
command_fn permission_ask_run;
command_fn permission_grant_run;
command_fn permission_deny_run;
command_fn permission_remove_run;

command_fn user_list_run;
command_fn user_add_run;
command_fn user_password_run;
command_fn user_may_run;
command_fn user_remove_run;

command_fn list_list_run;
command_fn list_show_run;
command_fn list_create_run;
command_fn list_set_run;
command_fn list_add_run;
command_fn list_nest_run;
command_fn list_remove_run;
command_fn list_delete_run;

command_fn import_run;
command_fn import_list_run;
command_fn import_show_run;
command_fn import_take_back_run;

command_fn delivery_list_run;
command_fn delivery_show_run;
command_fn delivery_retry_run;
command_fn delivery_remove_run;

command_fn conference_list_run;
command_fn conference_show_run;
command_fn conference_create_run;
command_fn conference_add_run;
command_fn conference_remove_run;
command_fn conference_redial_run;
command_fn conference_mute_run;
command_fn conference_unmute_run;
command_fn conference_lock_run;
command_fn conference_unlock_run;
command_fn conference_end_run;
command_fn conference_watch_run;

command_fn trust_list_run;
command_fn trust_check_run;

command_fn request_list_run;
command_fn request_show_run;
command_fn why_run;

/** A URI as people write it: `sip:` put before a bare name@host. */
const char *word_uri(const struct options *options, const char *word);
/** The words of "message,call" as an array; the relay judges them. */
json_t *words_json(const char *given);
/** What --expires says: 30d, 12h, an RFC 3339 time, or never (null).  @return
 *  false: it is none of these, and a sentence says so */
bool expires_json(const struct options *options, json_t **ret);
/** What --unanswered-for says: the time before which they were asked, in
 *  @p room; NULL without it.  @return false: it is no time, and a sentence says
 *  so */
bool unanswered_read(const struct options *options, char room[TIME_LEN],
		     const char **ret);
/** Whose word an origin is, in words. */
const char *word_origin(const char *origin);
/** True when the word is a number, as ids are. */
bool word_is_id(const char *word);
/** How many letters have to be put in, left out or changed; up to 20 of each
 *  word count. */
unsigned word_distance(const char *a, const char *b);
/** What a permission, or an earlier decision, is for. */
const char *kinds_words(struct arena *arena, const json_t *row);
/** " --kinds call", where the explained request needs another than messages. */
void kinds_option_print(struct arena *arena, const json_t *explanation);
/** Have a state by id (one word) or by its triple (three). */
enum outcome permission_state_run(struct client *client,
				  const struct options *options,
				  const char *state);
#define IMPORTS_PATH "/v1/imports"
/** Do the options of an import say what for, and how?  @return false: no, and a
 *  sentence says so */
bool import_options_fit(const struct options *options);
/** The path of its requests, with what holds for all lines, in the options'
 *  arena; NULL: as above. */
const char *import_path(struct client *client, const struct options *options);
/** With --json: print the object of a word, or an array of those of several;
 *  reference taken. */
void print_rows_json(const struct options *options, json_t *rows);
/** Print what a change led to, with a word on what happens next. */
void permission_change_print(const struct options *options, const json_t *row);
/** The state of a permission or list entry; "not reached" in place of pending,
 *  "-": it has none. */
const char *question_state(struct arena *arena, const json_t *row);
/** How often it was tried, and when the next may leave. */
void question_print(struct arena *arena, const json_t *row);
/** Does a limit hold the next question back? */
bool question_is_limited(const json_t *row);
/** Print the lines of one permission under a heading. */
void permission_print(const struct options *options, const json_t *row);

#endif
