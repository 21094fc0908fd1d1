/*
 * restart_private -- what a former process left (restart.c).  Part of
 * focus_private.h.
 */
#ifndef VOLENS_SERVER_FOCUS_RESTART_PRIVATE_H
#define VOLENS_SERVER_FOCUS_RESTART_PRIVATE_H

struct conferences;

void restart_stop(struct conferences *conferences);
void restart_free(struct conferences *conferences);

#endif
