#include "server/sip/branch_table.h"

#include "server/base/random.h"
#include "server/sip/client_txn_private.h"

/** A branch that another process has made. */
struct given_branch {
	struct hash_entry entry; /**< first: it stands for the whole */
	struct client_txn *txn;
};

void branch_table_init(struct branch_table *table, const char *instance_id)
{
	*table = (struct branch_table){.instance_id = instance_id};
	random_bytes(&table->key, sizeof(table->key));
	hash_table_init(&table->given);
}

void branch_table_release(struct branch_table *table)
{
	hash_table_release(&table->given);
	free(table->places);
}

/* Nobody who does not see our requests can name one. */
void branch_renew(struct branch_table *table, struct branch *branch)
{
	table->serial++;
	branch->nonce =
		hash_64(&table->key, &table->serial, sizeof(table->serial));
}

static void make_places(struct branch_table *table)
{
	uint32_t n = table->n_places ? 2 * table->n_places : 256;

	table->places = mem_resize(table->places, n * sizeof(*table->places));
	for (uint32_t i = table->n_places; i < n; i++)
		table->places[i] =
			(struct branch_place){NULL, i + 1 < n ? i + 2 : 0};
	table->first_free = table->n_places + 1;
	table->n_places = n;
}

static struct hash128 given_key(const struct branch_table *table,
				struct view text)
{
	return hash_128(&table->key, text.at, text.len);
}

static struct given_branch *give(struct branch_table *table,
				 struct client_txn *txn, struct view text)
{
	struct given_branch *given = mem_alloc(sizeof(*given));

	given->entry.key = given_key(table, text);
	given->txn = txn;
	hash_table_add(&table->given, &given->entry);
	return given;
}

void branch_take(struct branch_table *table, struct client_txn *txn,
		 const char *given, struct branch *ret)
{
	uint32_t i;

	if (!table->first_free)
		make_places(table);
	i = table->first_free - 1;
	table->first_free = table->places[i].next_free;
	table->places[i].txn = txn;
	ret->place = i;
	ret->given = given ? give(table, txn, view_of(given)) : NULL;
}

void branch_leave(struct branch_table *table, struct branch *branch)
{
	table->places[branch->place] =
		(struct branch_place){NULL, table->first_free};
	table->first_free = branch->place + 1;
	if (branch->given)
		hash_table_remove(&table->given, &branch->given->entry);
	free(branch->given);
	branch->given = NULL;
}

void branch_hand_over(struct branch_table *table, const struct branch *branch,
		      struct client_txn *txn)
{
	table->places[branch->place].txn = txn;
	if (branch->given)
		branch->given->txn = txn;
}

/* The place as it stands in a branch, where it must not tell a recipient how
 * many legs are out. */
static uint32_t obfuscated(const struct branch_table *table, uint32_t place,
			   uint64_t nonce)
{
	uint8_t bytes[sizeof(nonce) + 1] = {'s'};

	memcpy(bytes + 1, &nonce, sizeof(nonce));
	return place ^ (uint32_t)hash_64(&table->key, bytes, sizeof(bytes));
}

const char *branch_text(const struct branch_table *table,
			const struct branch *branch, char room[BRANCH_LEN + 1])
{
	uint64_t nonce = branch->nonce;
	uint32_t place = obfuscated(table, branch->place, nonce);
	uint8_t bytes[sizeof(place) + sizeof(nonce)];

	for (size_t i = 0; i < sizeof(place); i++)
		bytes[i] = (uint8_t)(place >> (24 - 8 * i));
	for (size_t i = 0; i < sizeof(nonce); i++)
		bytes[sizeof(place) + i] = (uint8_t)(nonce >> (56 - 8 * i));
	memcpy(room, BRANCH_COOKIE, 7);
	memcpy(room + 7, table->instance_id, INSTANCE_ID_LEN);
	hex_encode(bytes, sizeof(bytes), room + 7 + INSTANCE_ID_LEN);
	return room;
}

/* Of another process. */
static struct client_txn *find_given(const struct branch_table *table,
				     struct view text)
{
	struct hash_entry *entry = NULL;

	if (table->given.n)
		entry = hash_table_find(&table->given, given_key(table, text));
	if (!entry)
		return NULL;
	return ((struct given_branch *)(void *)entry)->txn;
}

static struct client_txn *find_ours(const struct branch_table *table,
				    struct view text)
{
	struct view tail = view_from(text, 7 + INSTANCE_ID_LEN);
	uint8_t place[4], nonce[8];
	struct client_txn *found;
	uint32_t i;
	uint64_t n = 0;

	if (text.len != BRANCH_LEN ||
	    !view_equal(view_head(view_from(text, 7), INSTANCE_ID_LEN),
			view_of(table->instance_id)) ||
	    hex_decode(view_head(tail, 8), place, sizeof(place)) != ERR_OK ||
	    hex_decode(view_from(tail, 8), nonce, sizeof(nonce)) != ERR_OK)
		return NULL;
	i = (uint32_t)place[0] << 24 | (uint32_t)place[1] << 16 |
	    (uint32_t)place[2] << 8 | place[3];
	for (size_t k = 0; k < sizeof(nonce); k++)
		n = n << 8 | nonce[k];
	i = obfuscated(table, i, n);
	if (i >= table->n_places)
		return NULL;
	found = table->places[i].txn;
	return found && found->branch.nonce == n && !found->branch.given ? found
									 : NULL;
}

struct client_txn *branch_find(const struct branch_table *table,
			       struct view text)
{
	struct client_txn *found = find_ours(table, text);

	return found ? found : find_given(table, text);
}

bool branch_is_held(const struct branch_table *table,
		    const struct branch *branch, const struct client_txn *txn)
{
	return table->places[branch->place].txn == txn &&
	       txn->branch.nonce == branch->nonce;
}

bool branch_is_of_volens(struct view text)
{
	return text.len == BRANCH_LEN &&
	       view_starts_nocase(text, VIEW(BRANCH_COOKIE "v"));
}
