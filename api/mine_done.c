/* Where a browser is sent after an answer says which it was, and to what. */
#include "api/mine_private.h"

#define MINUTE_S 60
#define MAC_HEX 32

/** Of "WORD.ROW.MAC": nobody else makes the page say that it was done. */
static const char *done_mac(const struct mine *mine, const char *word,
			    int64_t id, int64_t minute)
{
	uint8_t bytes[HASH_LEN];

	mine_key(mine,
		 arena_printf(mine->exchange->arena, "done %s %lld", word,
			      (long long)minute),
		 id, bytes);
	return hex_copy(mine->exchange->arena, bytes, MAC_HEX / 2);
}

static const struct {
	const char *name;
	enum reply_outcome outcome;
	enum word_id word;
} dones[] = {
	{"no", REPLY_DENIED, WORD_PAGE_DONE_NO},
	{"again", REPLY_ASKED, WORD_PAGE_DONE_AGAIN},
	{"lift", REPLY_LIFTED, WORD_MINE_DONE_LIFT},
};
#define DONES (sizeof(dones) / sizeof(dones[0]))

static bool is_mac(const struct mine *mine, const char *word, int64_t id,
		   struct view mac)
{
	int64_t minute = mine->exchange->now / MINUTE_S;

	return mac.len == MAC_HEX &&
	       (bytes_equal(mac.at, done_mac(mine, word, id, minute),
			    MAC_HEX) ||
		bytes_equal(mac.at, done_mac(mine, word, id, minute - 1),
			    MAC_HEX));
}

void mine_done_read(struct mine *mine)
{
	const char *given = params_value(&mine->exchange->params, "done");
	struct view rest = view_of(given ? given : "");
	struct arena *arena = mine->exchange->arena;
	const char *word = page_take_part(arena, &rest);
	struct permission *row = arena_alloc(arena, sizeof(*row));
	uint64_t id;

	if (view_to_u64(view_of(page_take_part(arena, &rest)), INT64_MAX, &id))
		return;
	for (size_t i = 0; i < DONES; i++)
		if (strcmp(word, dones[i].name) == 0 &&
		    is_mac(mine, word, (int64_t)id, rest))
			mine->told = dones[i].word;
	mine->is_done = mine->told != WORDS;
	if (mine->is_done && id && !mine_read_row(mine, (int64_t)id, row))
		mine->done_to = row;
}

const char *mine_done_write(const struct mine *mine, enum reply_outcome outcome,
			    int64_t id)
{
	const char *word = "";

	for (size_t i = 0; i < DONES; i++)
		if (dones[i].outcome == outcome)
			word = dones[i].name;
	return arena_printf(
		mine->exchange->arena, "%s.%lld.%s", word, (long long)id,
		done_mac(mine, word, id, mine->exchange->now / MINUTE_S));
}
