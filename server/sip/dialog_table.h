/*
 * dialog_table -- the dialog of a request that came.
 *
 * Found by Call-ID, our tag and theirs, all three and byte for byte: who knows
 * two of them was not on the way of the call.  The dialogs stay their owner's.
 */
#ifndef VOLENS_SERVER_SIP_DIALOG_TABLE_H
#define VOLENS_SERVER_SIP_DIALOG_TABLE_H

#include "server/sip/dialog.h"

struct dialog_table;

/** What tells one dialog from another. */
struct dialog_id {
	struct view call_id, local_tag, remote_tag;
};

struct dialog_table *dialog_table_new(const struct hash_key *key);
void dialog_table_free(struct dialog_table *table);
/** Its owner takes it out before it goes. */
void dialog_table_add(struct dialog_table *table, struct dialog *dialog);
void dialog_table_remove(struct dialog_table *table, struct dialog *dialog);
bool dialog_table_has(const struct dialog_table *table,
		      const struct dialog_id *id);
/** NULL: there is none. */
struct dialog *dialog_table_get(const struct dialog_table *table,
				const struct dialog_id *id);
/** NULL: 481, but for ACK, which is dropped (RFC 3261 section 12.2.2); or the
 *  request has no To tag and belongs to no dialog. */
struct dialog *dialog_table_find(const struct dialog_table *table,
				 const struct message *request);

#endif
