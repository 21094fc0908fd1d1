/*
 * dialog_private -- what dialogs are made of, for the dialog*.c of this room.
 */
#ifndef VOLENS_SERVER_SIP_DIALOG_PRIVATE_H
#define VOLENS_SERVER_SIP_DIALOG_PRIVATE_H

#include "server/sip/dialog.h"

/** The remote end as a head shows it. */
struct dialog_reach {
	char **routes;
	size_t n_routes;
	char *target; /**< NULL: no Contact that can be used */
};

/** In which order the route set is used (RFC 3261 sections 12.1.1, 12.1.2). */
enum dialog_order { DIALOG_ORDER_KEPT, DIALOG_ORDER_REVERSED };

/** The tag of From or To; empty where there is none; ERR_SYNTAX: no token. */
enum err dialog_tag(const struct message *message, enum field field,
		    struct view *ret) MUST_CHECK;
/** Heap copy of the name-addr of From or To, without its parameters. */
enum err dialog_name(const struct message *message, enum field field,
		     char **ret) MUST_CHECK;
/** Heap copy. */
char *dialog_copy(struct view v);
/** A Call-ID that may stand in a line; ERR_SYNTAX. */
enum err dialog_call_id(const struct message *message,
			struct view *ret) MUST_CHECK;
/** The URI of the first Contact as a Request-URI, on the heap; NULL. */
char *dialog_contact(const struct message *message, bool is_secure);
enum err dialog_reach_read(const struct message *message,
			   enum dialog_order order, bool is_secure,
			   struct dialog_reach *ret) MUST_CHECK;
/** @p dialog has it now; what it had is gone. */
void dialog_reach_take(struct dialog *dialog, struct dialog_reach *reach);

#endif
