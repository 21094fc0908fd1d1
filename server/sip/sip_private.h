/*
 * sip_private -- what the files of this room share: nobody else includes it.
 */
#ifndef VOLENS_SERVER_SIP_SIP_PRIVATE_H
#define VOLENS_SERVER_SIP_SIP_PRIVATE_H

#include "server/sip/message.h"
#include "server/sip/sender.h"
#include "server/sip/sip.h"

struct worker_pool;
struct server_txns;
struct dialog_table;

struct sip {
	struct sip_settings settings;
	struct loop *loop;
	struct counters *counters;
	const struct sip_listener *listener; /**< NULL: nobody listens */
	struct transport *transport;
	struct sender sender; /**< of the loop thread */
	struct stray_listener strays;
	struct worker_pool *pool; /**< the other threads; NULL: none */
	struct server_txns *server_txns;
	struct dialog_table *dialogs;
	struct hash_key key; /**< of To tags, transactions and memories */
	struct own_addresses own_addresses;
	/** Begins the branch of each Via of ours, after the cookie. */
	char instance_id[INSTANCE_ID_LEN + 1];
	const char **sent_by; /**< all that stand in Vias of ours */
	size_t n_sent_by;
	/** A message being written; lines of it; what is hashed.  Reused. */
	struct shared_text out, lines, scratch;
	struct message message; /**< the request being looked at; reused */
};

#endif
