/*
 * conferences -- what conference.c and watch.c share.
 */
#ifndef VOLENS_API_CTL_CONFERENCES_H
#define VOLENS_API_CTL_CONFERENCES_H

#include "api/ctl/client.h"

#define CONFERENCES_PATH "/v1/conferences"

/** The path of the conference that the first word names, and @p tail; NULL: it
 *  names none, and that was said. */
const char *conference_path(const struct options *options, const char *tail);
/** A conference with the table of its parties. */
void conference_print(struct arena *arena, const json_t *conference);
/** "busy (486 Busy Here)" of one who is gone; else "-". */
const char *party_reason(struct arena *arena, const json_t *party);
/** The table alone. */
void parties_print(struct arena *arena, const json_t *parties);

#endif
