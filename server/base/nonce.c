#include "server/base/nonce.h"

#include "server/base/random.h"
#include "server/base/sha256.h"

/* 4 bytes time, 5 random, 4 and 3 of whom it is for, 8 of their HMAC: in all 32
 * digits of base64, which leave no bit over.  Each challenge of a datagram has
 * one, and challenges must not be much longer than what they answer. */
#define TIME_LEN 4
#define RANDOM_LEN 5
#define HOST_LEN 4
#define FLOW_LEN 3
#define STAMP_LEN (TIME_LEN + RANDOM_LEN + HOST_LEN + FLOW_LEN)
#define MAC_LEN 8
#define NONCE_LEN (STAMP_LEN + MAC_LEN)
#define NONCE_DIGITS (NONCE_LEN / 3 * 4)
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

static void put_number(uint8_t *at, int len, uint64_t value)
{
	int i;

	for (i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
}

static uint64_t get_number(const uint8_t *at, int len)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < len; i++)
		value = value << 8 | at[i];
	return value;
}

/* RFC 4648 section 5. */
static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void base64_encode(const uint8_t bytes[NONCE_LEN],
			  char ret[NONCE_DIGITS + 1])
{
	int i, j;

	for (i = 0; i < NONCE_LEN / 3; i++) {
		uint64_t three = get_number(bytes + 3 * i, 3);

		for (j = 0; j < 4; j++)
			ret[4 * i + j] = digits[three >> (18 - 6 * j) & 63];
	}
	ret[NONCE_DIGITS] = '\0';
}

static bool base64_decode(struct view text, uint8_t ret[NONCE_LEN])
{
	int i, j;

	if (text.len != NONCE_DIGITS)
		return false;
	for (i = 0; i < NONCE_LEN / 3; i++) {
		uint64_t three = 0;

		for (j = 0; j < 4; j++) {
			char c = text.at[4 * i + j];
			const char *digit = c ? strchr(digits, c) : NULL;

			if (!digit)
				return false;
			three = three << 6 | (uint64_t)(digit - digits);
		}
		put_number(ret + 3 * i, 3, three);
	}
	return true;
}

void nonce_new(struct nonce_book *book, int64_t now_s,
	       const struct nonce_owner *owner, struct text *ret)
{
	uint8_t bytes[STAMP_LEN + HASH_LEN], *at = bytes + TIME_LEN;
	char text[NONCE_DIGITS + 1];

	put_number(bytes, TIME_LEN, (uint64_t)now_s);
	random_bytes(at, RANDOM_LEN);
	put_number(at + RANDOM_LEN, HOST_LEN, owner->host);
	put_number(at + RANDOM_LEN + HOST_LEN, FLOW_LEN, owner->flow);
	hmac_sha256(book->key, bytes, STAMP_LEN, bytes + STAMP_LEN);
	base64_encode(bytes, text);
	text_add(ret, text);
}

/* True when @p nonce is one of ours; fills its stamp. */
static bool nonce_read(const struct nonce_book *book, struct view nonce,
		       struct used *ret, struct nonce_owner *ret_owner)
{
	uint8_t bytes[NONCE_LEN], mac[HASH_LEN], *at = bytes + TIME_LEN;

	if (!base64_decode(nonce, bytes))
		return false;
	hmac_sha256(book->key, bytes, STAMP_LEN, mac);
	if (!bytes_equal(mac, bytes + STAMP_LEN, MAC_LEN))
		return false;
	*ret = (struct used){.made_at = (int64_t)get_number(bytes, TIME_LEN),
			     .random = get_number(at, RANDOM_LEN)};
	at += RANDOM_LEN;
	*ret_owner = (struct nonce_owner){
		(uint32_t)get_number(at, HOST_LEN),
		(uint32_t)get_number(at + HOST_LEN, FLOW_LEN)};
	return true;
}

bool nonce_is_ours(const struct nonce_book *book, struct view nonce,
		   struct nonce_owner *ret)
{
	struct used used;

	return nonce_read(book, nonce, &used, ret);
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
	struct nonce_owner owner;
	struct used read;

	if (!nonce_read(book, nonce, &read, &owner))
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
	struct nonce_owner owner;
	uint32_t *chain, *second;

	if (!nonce_read(book, nonce, &read, &owner))
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
