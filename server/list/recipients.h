/*
 * recipients -- to whom a request goes: one entry a recipient, however often
 * the list names them.
 *
 * Two URIs are one recipient when their keys are equal (RFC 5363 section 4.1
 * wants comparison by the rules of the scheme; uri_recipient_key()).  Of
 * several roles the strongest counts: to, then cc, then bcc; anonymize counts
 * when one of them asks for it.  The Request-URI is that of the first entry
 * that can be reached.
 */
#ifndef VOLENS_SERVER_LIST_RECIPIENTS_H
#define VOLENS_SERVER_LIST_RECIPIENTS_H

#include "db/index.h"
#include "db/list_table.h"
#include "policies/ours.h"
#include "server/base/siphash.h"
#include "server/base/uri.h"
#include "server/list/resource_list.h"

struct recipient {
	const char *uri;  /**< Request-URI of the leg */
	const char *key;  /**< under which permissions are kept; often uri */
	const char *name; /**< as others may see it: no password, no headers */
	enum copy_control copy;
	bool is_anonymous;
	bool is_list;		    /**< a stored list: has permitted nobody */
	enum err unreachable;	    /**< why, where no entry so far can be */
	uint64_t hash;		    /**< the set's own */
	struct cached_grant cached; /**< found when the list was authorized */
};

struct recipients {
	struct arena *arena;
	const struct uri_rules *rules;
	const struct ours *ours;	/**< no recipient may be one of these */
	const struct list_table *lists; /**< of is_list; NULL: there are none */
	size_t most;			/**< recipients */
	struct hash_key hash_key;

	struct recipient *at; /**< may move while entries are added */
	size_t n;
	size_t room;
	uint32_t *table; /**< place + 1, by hash of the key; 0 free */
	size_t table_size;
	const char *problem; /**< after a failure: a constant reason phrase */
	struct recipient *left_out; /**< see recipients_keep_granted() */
	size_t n_left_out;
};

/** The first five members must be set. */
void recipients_init(struct recipients *set);
/**
 * Add an entry of a list.  ERR_SYNTAX, ERR_CHARSET, ERR_TOO_LARGE (too many),
 * ERR_SCHEME, ERR_HOSTILE; problem says which rule.
 */
enum err recipients_add(struct recipients *set,
			const struct resource_list_entry *entry) MUST_CHECK;
/**
 * Once all are added: can each be reached?  ERR_SCHEME (sips without TLS),
 * ERR_HOSTILE (a transport that is not served); problem says which.
 */
enum err recipients_check(struct recipients *set) MUST_CHECK;
/** Keep those who are granted, in order; the others are left out. */
void recipients_keep_granted(struct recipients *set,
			     const enum verdict *verdicts);

#endif
