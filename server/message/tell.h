/*
 * tell -- tells a listener what happens to requests (server/message_event.h).
 * Private to message/.
 */
#ifndef VOLENS_SERVER_MESSAGE_TELL_H
#define VOLENS_SERVER_MESSAGE_TELL_H

#include "server/message/fanout_private.h"

/** It is on disk and gets 202. */
void tell_accepted(const struct messages_settings *settings,
		   const struct journal_entry *entry, size_t n_recipients);
/** An attempt is over; @p row: as it was made, NULL: it needs none. */
void tell_attempt(const struct attempt *attempt, enum attempt_outcome outcome,
		  const struct leg *leg, const struct delivery *row);

#endif
