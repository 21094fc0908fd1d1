#include "server/base/nonce.h"

#include "server/base/random.h"
#include "server/base/sha256.h"

#define MAC_LEN 16
#define STAMP_LEN 16 /**< the time, and as many random bytes */
#define NONCE_LEN (STAMP_LEN + MAC_LEN)
#define NOBODY UINT32_MAX

/** A nonce that was used. */
struct used {
	int64_t made_at;
	uint64_t random;
	uint32_t nc;	    /**< highest so far */
	uint32_t next_hash; /**< index of the next in its hash chain, or NOBODY
			     */
	uint32_t next_same; /**< and of the next made in the same second */
};

struct nonce_book {
	uint8_t key[HASH_LEN];
	int64_t lifetime_s;
	uint32_t most, n;
	struct used *rows;
	uint32_t free;	   /**< first free row, linked by next_same */
	uint32_t *chains;  /**< by hash of the random bytes */
	uint32_t n_chains; /**< a power of two */
	/* The rows by the second they were made in: lifetime_s + 1 lists. */
	uint32_t *seconds;
	int64_t oldest;	 /**< no row was made before this second */
	int64_t horizon; /**< what was made up to here and has no row is stale
			  */
};

static uint32_t *indices_new(size_t n)
{
	uint32_t *indices = mem_alloc(n * sizeof(*indices));
	size_t i;

	for (i = 0; i < n; i++)
		indices[i] = NOBODY;
	return indices;
}

struct nonce_book *nonce_book_new(int lifetime_s, size_t most)
{
	struct nonce_book *book = mem_alloc(sizeof(*book));
	uint32_t i;

	random_bytes(book->key, sizeof(book->key));
	book->lifetime_s = lifetime_s > 0 ? lifetime_s : 1;
	book->most = most < 1 ? 1 : most > 1U << 24 ? 1U << 24 : (uint32_t)most;
	book->rows = mem_alloc(book->most * sizeof(*book->rows));
	for (i = 0; i < book->most; i++)
		book->rows[i].next_same = i + 1 < book->most ? i + 1 : NOBODY;
	for (book->n_chains = 1; book->n_chains < book->most;)
		book->n_chains *= 2;
	book->chains = indices_new(book->n_chains);
	book->seconds = indices_new((size_t)book->lifetime_s + 1);
	book->oldest = INT64_MIN;
	book->horizon = INT64_MIN;
	return book;
}

void nonce_book_free(struct nonce_book *book)
{
	if (!book)
		return;
	free(book->rows);
	free(book->chains);
	free(book->seconds);
	memset(book->key, 0, sizeof(book->key));
	free(book);
}

static void put_u64(uint8_t *at, uint64_t value)
{
	int i;

	for (i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

void nonce_new(struct nonce_book *book, int64_t now_s, struct text *ret)
{
	uint8_t bytes[STAMP_LEN + HASH_LEN];
	char hex[2 * NONCE_LEN + 1];

	put_u64(bytes, (uint64_t)now_s);
	random_bytes(bytes + 8, STAMP_LEN - 8);
	hmac_sha256(book->key, bytes, STAMP_LEN, bytes + STAMP_LEN);
	hex_encode(bytes, NONCE_LEN, hex);
	text_add(ret, hex);
}

/* True when @p nonce is one of ours; fills its stamp. */
static bool nonce_read(const struct nonce_book *book, struct view nonce,
		       struct used *ret)
{
	uint8_t bytes[NONCE_LEN], mac[HASH_LEN];

	if (hex_decode(nonce, bytes, NONCE_LEN))
		return false;
	hmac_sha256(book->key, bytes, STAMP_LEN, mac);
	if (!bytes_equal(mac, bytes + STAMP_LEN, MAC_LEN))
		return false;
	*ret = (struct used){.made_at = (int64_t)get_u64(bytes),
			     .random = get_u64(bytes + 8)};
	return true;
}

static uint32_t *chain_of(const struct nonce_book *book, uint64_t random)
{
	return &book->chains[random & (book->n_chains - 1)];
}

static uint32_t *second_of(const struct nonce_book *book, int64_t made_at)
{
	uint64_t lists = (uint64_t)book->lifetime_s + 1;

	return &book->seconds[(uint64_t)made_at % lists];
}

static struct used *row_find(const struct nonce_book *book,
			     const struct used *nonce)
{
	uint32_t i = *chain_of(book, nonce->random);

	for (; i != NOBODY; i = book->rows[i].next_hash)
		if (book->rows[i].random == nonce->random &&
		    book->rows[i].made_at == nonce->made_at)
			return &book->rows[i];
	return NULL;
}

/* Take the first row of a second's list out of the book. */
static void row_drop(struct nonce_book *book, uint32_t *second)
{
	uint32_t row = *second;
	uint32_t *link = chain_of(book, book->rows[row].random);

	while (*link != row)
		link = &book->rows[*link].next_hash;
	*link = book->rows[row].next_hash;
	*second = book->rows[row].next_same;
	book->rows[row].next_same = book->free;
	book->free = row;
	book->n--;
}

/* Drop what is too old to be fresh; then `oldest` and now_s are at most
 * lifetime_s apart, so that each second has a list to itself. */
static void book_expire(struct nonce_book *book, int64_t now_s)
{
	int64_t first = now_s - book->lifetime_s;
	int64_t steps = book->lifetime_s + 1;

	if (first <= book->oldest)
		return;
	/* After a long silence each list is looked at once. */
	if (book->oldest < first - steps)
		book->oldest = first - steps;
	for (; book->oldest < first; book->oldest++) {
		uint32_t *second = second_of(book, book->oldest);

		while (*second != NOBODY)
			row_drop(book, second);
	}
}

/* The book is full: the oldest row goes, and with it every nonce of its second
 * and before that has no row, for it cannot be told from those any more. */
static void book_evict(struct nonce_book *book)
{
	while (*second_of(book, book->oldest) == NOBODY)
		book->oldest++;
	if (book->horizon < book->oldest)
		book->horizon = book->oldest;
	row_drop(book, second_of(book, book->oldest));
}

static bool is_in_time(const struct nonce_book *book, const struct used *nonce,
		       int64_t now_s)
{
	return nonce->made_at <= now_s &&
	       now_s - nonce->made_at <= book->lifetime_s;
}

enum nonce_verdict nonce_check(struct nonce_book *book, struct view nonce,
			       uint32_t nc, int64_t now_s)
{
	const struct used *row;
	struct used read;

	if (!nonce_read(book, nonce, &read))
		return NONCE_FOREIGN;
	if (!nc || !is_in_time(book, &read, now_s))
		return NONCE_STALE;
	row = row_find(book, &read);
	if (row)
		return nc > row->nc ? NONCE_FRESH : NONCE_STALE;
	return read.made_at > book->horizon ? NONCE_FRESH : NONCE_STALE;
}

void nonce_used(struct nonce_book *book, struct view nonce, uint32_t nc,
		int64_t now_s)
{
	struct used read, *row;
	uint32_t *chain, *second;

	if (!nonce_read(book, nonce, &read))
		return;
	book_expire(book, now_s);
	if (!is_in_time(book, &read, now_s))
		return;
	row = row_find(book, &read);
	if (row) {
		if (nc > row->nc)
			row->nc = nc;
		return;
	}
	if (read.made_at <= book->horizon)
		return;
	if (book->n == book->most)
		book_evict(book);
	/* Evicting may have reached this nonce's own second. */
	if (read.made_at <= book->horizon)
		return;
	row = &book->rows[book->free];
	chain = chain_of(book, read.random);
	second = second_of(book, read.made_at);
	book->free = row->next_same;
	*row = read;
	row->nc = nc;
	row->next_hash = *chain;
	row->next_same = *second;
	*chain = (uint32_t)(row - book->rows);
	*second = *chain;
	book->n++;
}
