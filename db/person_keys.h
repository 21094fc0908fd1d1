/*
 * person_keys -- under which keys the rows of a person are.
 *
 * Private to db/.  For queries of PERMISSIONS_OF_PERSON (db/transaction.h),
 * which find more than a person's rows: uri_keys_name_one() of
 * server/base/uri.h decides.
 */
#ifndef VOLENS_DB_PERSON_KEYS_H
#define VOLENS_DB_PERSON_KEYS_H

#include "db/transaction.h"

/** Whose a row is: @p aor, and what it is looked for by. */
struct person_key {
	const char *aor;
	const char *plain; /**< $1 of the query; $2 is aor */
	bool is_number;	   /**< the query is PERMISSIONS_OF_NUMBER */
};
#define PERSON_KEYS_MAX 8

/** $1 is "sip:" or "sips:" and a number, at any host. */
#define PERMISSIONS_OF_NUMBER                                                  \
	"SELECT " PERMISSION_COLUMNS " FROM permission "                       \
	"WHERE recipient > $1 || '@' AND recipient < $1 || 'A' "               \
	"AND recipient <> $2"

struct person_keys {
	struct person_key at[PERSON_KEYS_MAX];
	size_t n;
};

/** Of two addresses that they proved; NULL: none. */
void person_keys_find(const char *const aor[2], struct arena *arena,
		      struct person_keys *ret);
/** Does @p recipient name whom @p aor does?  A number is the same with and
 *  without a host. */
bool person_names(const char *aor, const char *recipient);
/** Bind $1 and $2. */
void person_key_bind(struct query *query, const struct person_key *key);

#endif
