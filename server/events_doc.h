/*
 * events_doc -- the table of log events (server/base/log_events.h) as a manual.
 */
#ifndef VOLENS_SERVER_EVENTS_DOC_H
#define VOLENS_SERVER_EVENTS_DOC_H

#include "server/base/text.h"

/** The part of volensd(8) between its two marks, in man(7). */
void events_write_manual(struct text *ret);

#endif
