/* The outcome of each recipient: packed in the record, and later rows of its
 * own. */
#include "db/records.h"

#include <endian.h>

#include "db/deliveries.h"
#include "db/journal.h"
#include "db/transaction.h"
#include "server/base/pack.h"

static const char *const outcome_names[RECIPIENT_OUTCOMES] = {
	[RECIPIENT_SENDING] = "sending",
	[RECIPIENT_DELIVERED] = "delivered",
	[RECIPIENT_DEFERRED] = "deferred",
	[RECIPIENT_FAILED] = "failed",
	[RECIPIENT_EXPIRED] = "expired",
	[RECIPIENT_WITHDRAWN] = "withdrawn",
	[RECIPIENT_REMOVED] = "removed",
	[RECIPIENT_LEFT_OUT] = "left-out",
	[RECIPIENT_MISSING] = "missing",
	[RECIPIENT_REFUSED] = "refused",
	[RECIPIENT_ANSWERED] = "answered",
	[RECIPIENT_BUSY] = "busy",
	[RECIPIENT_DECLINED] = "declined",
	[RECIPIENT_NO_ANSWER] = "no-answer",
	[RECIPIENT_CANCELLED] = "cancelled",
	[RECIPIENT_NOT_CALLED] = "not-called",
};

const char *recipient_outcome_name(enum recipient_outcome outcome)
{
	return outcome < RECIPIENT_OUTCOMES ? outcome_names[outcome]
					    : "unknown";
}

bool recipient_outcome_from(const char *name, enum recipient_outcome *ret)
{
	for (size_t i = 0; name && i < RECIPIENT_OUTCOMES; i++) {
		if (strcmp(name, outcome_names[i]) == 0) {
			*ret = (enum recipient_outcome)i;
			return true;
		}
	}
	return false;
}

/* ---- packed ------------------------------------------------------------ */

#define FLAGS_CONTENT 3 /**< enum body_variant */
#define FLAG_LARGE 4
#define FLAG_CALL 8 /**< struct call_times follows the NUL */

/** What stands before a recipient's key, big endian; a NUL follows the key. */
struct head {
	uint8_t outcome, flags;
	uint16_t status;
	uint32_t at_ms;
	uint64_t permission;
	uint16_t attempts, key_len;
} __attribute__((packed));

/** Of a call: big endian. */
struct call_times {
	uint32_t called_ms, answered_ms;
} __attribute__((packed));

size_t recipient_packed_len(size_t recipient_len)
{
	return sizeof(struct head) + recipient_len + 1;
}

static uint8_t flags_of(unsigned content, bool is_large)
{
	return (uint8_t)((content & FLAGS_CONTENT) |
			 (is_large ? FLAG_LARGE : 0));
}

static void pack_times(struct text *bytes, const struct recipient_record *it)
{
	const struct call_times times = {htobe32(it->called_ms),
					 htobe32(it->answered_ms)};

	memcpy(text_extend(bytes, sizeof(times)), &times, sizeof(times));
}

/** The key without tokens, in @p ret. */
static __attribute__((noinline)) struct view blot_key(struct view key,
						      struct text *ret)
{
	text_init(ret, NULL);
	text_add_view(ret, key);
	ret->len = token_blot_bytes(ret->at, ret->len);
	return text_view(ret);
}

void recipient_pack(struct text *bytes, const struct recipient_record *it)
{
	struct view key = view_of(it->recipient);
	bool may_hide = token_may_be_in(key);
	unsigned attempts =
		it->attempts < UINT16_MAX ? it->attempts : UINT16_MAX;
	struct text blotted;
	struct head head;
	char *to;

	if (may_hide) /* most have no token */
		key = blot_key(key, &blotted);
	key = view_head(key, UINT16_MAX); /* no key is longer: uri.h */
	head = (struct head){
		.outcome = (uint8_t)it->outcome,
		.flags = (uint8_t)(flags_of(it->content, it->is_large) |
				   (it->is_call ? FLAG_CALL : 0)),
		.status = htobe16((uint16_t)it->status),
		.at_ms = htobe32(it->at_ms),
		.permission = htobe64((uint64_t)it->permission),
		.attempts = htobe16((uint16_t)attempts),
		.key_len = htobe16((uint16_t)key.len)};
	to = text_extend(bytes, sizeof(head) + key.len + 1);
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), key.at, key.len);
	to[sizeof(head) + key.len] = '\0';
	if (it->is_call)
		pack_times(bytes, it);
	if (may_hide)
		text_release(&blotted);
}

static bool times_next(struct view *rest, struct recipient_record *ret)
{
	struct call_times times;

	if (rest->len < sizeof(times))
		return false;
	memcpy(&times, rest->at, sizeof(times));
	ret->called_ms = be32toh(times.called_ms);
	ret->answered_ms = be32toh(times.answered_ms);
	*rest = view_from(*rest, sizeof(times));
	return true;
}

/** False at the end, and where the bytes make no sense. */
static bool recipient_next(struct view *rest, struct recipient_record *ret)
{
	struct head head;
	size_t len;

	if (rest->len < sizeof(head) + 1)
		return false;
	memcpy(&head, rest->at, sizeof(head));
	len = be16toh(head.key_len);
	if (len + 1 > rest->len - sizeof(head) ||
	    head.outcome >= RECIPIENT_OUTCOMES)
		return false;
	*ret = (struct recipient_record){
		.recipient = rest->at + sizeof(head),
		.outcome = (enum recipient_outcome)head.outcome,
		.content = head.flags & FLAGS_CONTENT,
		.is_large = (head.flags & FLAG_LARGE) != 0,
		.is_call = (head.flags & FLAG_CALL) != 0,
		.status = be16toh(head.status),
		.at_ms = be32toh(head.at_ms),
		.attempts = be16toh(head.attempts),
		.permission = (int64_t)be64toh(head.permission)};
	if (ret->recipient[len] != '\0')
		return false;
	*rest = view_from(*rest, sizeof(head) + len + 1);
	return !ret->is_call || times_next(rest, ret);
}

/** An array that grows in an arena. */
struct rows {
	struct arena *arena;
	struct recipient_record *at;
	size_t n, room;
};

static void rows_add(struct rows *rows, const struct recipient_record *it)
{
	struct recipient_record *old = rows->at;

	if (rows->n == rows->room) {
		rows->room = rows->room ? 2 * rows->room : 16;
		rows->at =
			arena_array(rows->arena, rows->room, sizeof(*rows->at));
		if (rows->n)
			memcpy(rows->at, old, rows->n * sizeof(*rows->at));
	}
	rows->at[rows->n++] = *it;
}

static void unpack(struct rows *rows, struct view bytes)
{
	struct recipient_record it;

	while (recipient_next(&bytes, &it))
		rows_add(rows, &it);
}

/* ---- rows of their own ------------------------------------------------- */

static enum err outcome_insert(struct store *store,
			       const struct delivery *delivery,
			       enum recipient_outcome outcome)
{
	struct query query = query_begin(
		store, "INSERT INTO outcome (request, place, "
		       "outcome, flags, status, at_ms, permission, attempts) "
		       "SELECT id, $1, $2, $3, $4, $5, $6, $7 FROM request "
		       "WHERE id = $8 ON CONFLICT DO NOTHING");
	enum err err;

	query_int(&query, delivery->place);
	query_int(&query, outcome);
	query_int(&query, flags_of(delivery->content, delivery->is_large != 0));
	query_int(&query, delivery->last_status);
	query_int(&query, delivery->at_ms);
	query_int(&query, delivery->permission);
	query_int(&query, delivery->attempts);
	query_int(&query, delivery->journal);
	err = query_run(&query);
	if (err == ERR_OK && query_changes(store) > 0)
		records_add_outcome(store);
	return err;
}

enum err store_record_outcome(struct store *store,
			      const struct delivery *delivery,
			      enum recipient_outcome outcome)
{
	struct query query;
	enum err err;

	if (!store->records.room)
		return ERR_OK;
	err = outcome_insert(store, delivery, outcome);
	if (err != ERR_OK)
		return err;
	query = query_begin(store,
			    "UPDATE request SET over_at = accepted_at + $1 "
			    "WHERE id = $2 AND NOT EXISTS "
			    "(SELECT 1 FROM journal WHERE id = $2)");
	query_int(&query, delivery->at_ms / 1000);
	query_int(&query, delivery->journal);
	return query_run(&query);
}

/** Those that are over put in place. */
static enum err read_outcomes(struct store *store, int64_t id,
			      const struct rows *rows)
{
	struct query query = query_begin(
		store, "SELECT place, outcome, flags, status, at_ms, "
		       "permission, attempts FROM outcome WHERE request = $1");

	query_int(&query, id);
	while (query_next(&query)) {
		size_t place = (size_t)query_get_int(&query);
		uint64_t outcome = (uint64_t)query_get_int(&query);
		struct recipient_record *it;
		int64_t flags;

		if (place >= rows->n || outcome >= RECIPIENT_OUTCOMES)
			continue;
		it = &rows->at[place];
		it->outcome = (enum recipient_outcome)outcome;
		flags = query_get_int(&query);
		it->content = flags & FLAGS_CONTENT;
		it->is_large = flags & FLAG_LARGE;
		it->status = (int)query_get_int(&query);
		it->at_ms = (uint32_t)query_get_int(&query);
		it->permission = query_get_int(&query);
		it->attempts = (unsigned)query_get_int(&query);
	}
	return query_end(&query);
}

/** Those that wait as they are now. */
static enum err read_waiting(struct store *store, int64_t id,
			     const struct rows *rows)
{
	struct query query =
		query_begin(store, "SELECT id, place, attempts, last_status, "
				   "next_at, content, large FROM delivery "
				   "WHERE journal = $1");

	query_int(&query, id);
	while (query_next(&query)) {
		int64_t delivery = query_get_int(&query);
		size_t place = (size_t)query_get_int(&query);
		struct recipient_record *it;

		if (place >= rows->n)
			continue;
		it = &rows->at[place];
		it->outcome = RECIPIENT_DEFERRED;
		it->delivery = delivery;
		it->attempts = (unsigned)query_get_int(&query);
		it->status = (int)query_get_int(&query);
		it->next_at = query_get_int(&query);
		it->content = (unsigned)query_get_int(&query);
		it->is_large = query_get_int(&query) != 0;
	}
	return query_end(&query);
}

/* ---- what is on its first try ------------------------------------------ */

#define JOURNAL_VERSION 1 /* of message/stored_recipients.c */

/** Of an accepted request the journal has the recipients; another version of
 *  it shows none. */
static void unpack_sending(struct rows *rows, struct view bytes)
{
	struct unpacker from = {.rest = bytes};
	uint32_t n;

	if (unpack_u8(&from) != JOURNAL_VERSION)
		return;
	n = unpack_u32(&from);
	for (uint32_t i = 0; i < n && !from.is_bad; i++) {
		const char *uri = unpack_string(&from);
		const char *key = unpack_string(&from);
		char *shown;

		key = key ? key : uri;
		if (from.is_bad || !key)
			break;
		shown = arena_strdup(rows->arena, key);
		token_blot(shown);
		rows_add(rows, &(struct recipient_record){
				       .recipient = shown,
				       .outcome = RECIPIENT_SENDING});
	}
}

static enum err read_sending(struct store *store, int64_t id, struct rows *rows)
{
	struct journal_entry entry;
	enum err err = store_journal_get(store, id, rows->arena, &entry);

	if (err == ERR_UNKNOWN) /* settled meanwhile */
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	unpack_sending(rows, entry.recipients);
	unpack(rows, entry.left_out);
	return ERR_OK;
}

enum err store_record_recipients(struct store *store,
				 const struct request_record *record,
				 struct arena *arena,
				 struct recipient_record **ret, size_t *ret_n)
{
	struct rows rows = {.arena = arena};
	enum err err = ERR_OK;

	if (record->is_sending) {
		err = read_sending(store, record->id, &rows);
	} else {
		unpack(&rows, record->recipients);
		err = read_outcomes(store, record->id, &rows);
		if (err == ERR_OK && !record->over_at)
			err = read_waiting(store, record->id, &rows);
	}
	if (err != ERR_OK)
		return err;
	*ret = rows.at;
	*ret_n = rows.n;
	return ERR_OK;
}
