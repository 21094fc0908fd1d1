#include "api/json.h"

#include "api/time_format.h"
#include "db/deliveries.h"
#include "db/journal.h"
#include "api/terms.h"
#include "db/permissions.h"
#include "db/accounts.h"
#include "policies/kept_status.h"
#include "policies/notice.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000 /* of the store, too: see db/store.h */

void json_put(json_t *object, const char *name, json_t *value)
{
	/* Without memory there is no document; exchange.c checks the whole. */
	if (json_object_set_new(object, name, value))
		json_object_clear(object);
}

/** How many bytes of well-formed UTF-8 stand at the head; 0 when none do. */
static size_t utf8_head(struct view v)
{
	for (size_t len = 1; len <= 4 && len <= v.len; len++) {
		if (view_is_utf8(view_head(v, len)))
			return len;
	}
	return 0;
}

static json_t *json_repaired(const char *text)
{
	struct view rest = view_of(text);
	struct text repaired;

	text_init(&repaired, NULL);
	while (rest.len) {
		size_t len = utf8_head(rest);

		if (len)
			text_add_view(&repaired, view_head(rest, len));
		else
			text_add(&repaired, "\xef\xbf\xbd");
		rest = view_from(rest, len ? len : 1);
	}
	json_t *string = json_stringn(repaired.at, repaired.len);

	text_release(&repaired);
	return string;
}

json_t *json_text(const char *text)
{
	char *blotted;
	json_t *string;

	if (!text)
		return json_null();
	blotted = mem_strdup(text);
	token_blot(blotted);
	string = view_is_utf8(view_of(blotted)) ? json_string(blotted)
						: json_repaired(blotted);
	free(blotted);
	return string;
}

json_t *json_time(int64_t at)
{
	char text[TIME_LEN];

	if (!at)
		return json_null();
	time_format(at, text);
	return json_string(text);
}

json_t *json_number(int64_t number)
{
	return number ? json_integer(number) : json_null();
}

/** Why a question that was put off could not be asked; or NULL. */
static const char *asking_reason(const struct permission *row)
{
	if (row->state == PERMISSION_PENDING &&
	    row->last_status == STATUS_UNVERIFIED)
		return UNVERIFIED_TEXT;
	return row->reason;
}

json_t *json_kinds(struct kinds kinds)
{
	json_t *names = json_array();
	const char *name;

	for (size_t at = 0; (name = kinds_each(kinds, &at));)
		json_array_append_new(names, json_text(name));
	return names;
}

/** What the recipient saw; null: it is not known. */
static json_t *json_shown(const struct consent_shown *shown)
{
	json_t *object;

	if (!shown->hash)
		return json_null();
	object = json_object();
	json_put(object, "version", json_text(shown->version));
	json_put(object, "language", json_text(shown->language));
	json_put(object, "sha256", json_text(shown->hash));
	return object;
}

json_t *json_past(const struct past_decision *past)
{
	json_t *object = json_object();

	json_put(object, "state",
		 json_text(permission_state_name(past->state)));
	json_put(object, "origin",
		 json_text(permission_origin_name(past->origin)));
	json_put(object, "evidence", json_text(past->evidence));
	json_put(object, "recorded_by", json_text(past->recorded_by));
	json_put(object, "shown", json_shown(&past->shown));
	json_put(object, "since", json_time(past->since));
	json_put(object, "ended_at", json_time(past->ended_at));
	json_put(object, "expires_at", json_time(past->expires_at));
	json_put(object, "kinds", json_kinds(past->kinds));
	json_put(object, "all_kinds", json_boolean(past->all_kinds));
	return object;
}

static json_t *json_term(int64_t term_s)
{
	char text[TERM_TEXT_ROOM];

	return json_string(term_text(term_s, text));
}

/** Nothing is renewed after its end. */
static json_t *json_renewal(const struct permission *row, bool is_over)
{
	json_t *object;

	if (row->state != PERMISSION_GRANTED || is_over ||
	    row->renewal == RENEWAL_NONE)
		return json_null();
	object = json_object();
	json_put(object, "state", json_string(renewal_name(row->renewal)));
	json_put(object, "due_at", json_time(row->ask_due_at));
	return object;
}

/** The recipient is told of what others granted; of nothing else. */
static json_t *json_notice(const struct permission *row)
{
	json_t *object;

	if (row->notice == NOTICE_NONE)
		return json_null();
	object = json_object();
	json_put(object, "state", json_string(notice_state_name(row->notice)));
	json_put(object, "at", json_time(row->notice_at));
	return object;
}

json_t *json_permission(const struct permission *row,
			const struct open_question *open, int64_t now)
{
	bool is_over = permission_is_expired(row, now);
	json_t *object = json_object();

	json_put(object, "id", json_integer(row->id));
	json_put(object, "sender", json_text(row->sender));
	json_put(object, "target", json_text(row->target));
	json_put(object, "recipient", json_text(row->recipient));
	json_put(object, "recipient_uri", json_text(row->recipient_uri));
	json_put(object, "kinds", json_kinds(kinds_or_message(row->kinds)));
	json_put(object, "all_kinds", json_boolean(row->all_kinds));
	json_put(object, "state",
		 json_text(is_over ? "expired"
				   : permission_state_name(row->state)));
	json_put(object, "origin",
		 json_text(permission_origin_name(row->origin)));
	json_put(object, "evidence", json_text(row->evidence));
	json_put(object, "recorded_by", json_text(row->recorded_by));
	json_put(object, "shown", json_shown(&row->shown));
	json_put(object, "created_at", json_time(row->created_at));
	json_put(object, "changed_at", json_time(row->changed_at));
	json_put(object, "expires_at", json_time(row->expires_at));
	json_put(object, "term", json_term(row->term_s));
	json_put(object, "renewal", json_renewal(row, is_over));
	json_put(object, "notice", json_notice(row));
	json_put(object, "asked_at", json_time(row->asked_at));
	json_put(object, "question", json_question(row, open, now));
	json_put(object, "last_status",
		 json_number(status_shown(row->last_status)));
	json_put(object, "reason", json_text(asking_reason(row)));
	return object;
}

static json_t *json_rights(unsigned may)
{
	json_t *rights = json_array();

	if (may & ACCOUNT_SEND)
		json_array_append_new(rights, json_string("send"));
	if (may & ACCOUNT_ANSWER)
		json_array_append_new(rights, json_string("answer"));
	return rights;
}

static json_t *json_algorithms(unsigned digests)
{
	json_t *names = json_array();

	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		if (digests & 1U << i)
			json_array_append_new(
				names, json_string(digest_name(
					       (enum digest_algorithm)i)));
	return names;
}

json_t *json_user(const struct account *user, const char *realm)
{
	json_t *object = json_object();

	json_put(object, "id", json_integer(user->id));
	json_put(object, "aor", json_text(user->aor));
	json_put(object, "username", json_text(user->username));
	json_put(object, "realm", json_text(realm));
	json_put(object, "may", json_rights(user->may));
	json_put(object, "algorithms", json_algorithms(user->has_ha1));
	json_put(object, "created_at", json_time(user->created_at));
	json_put(object, "changed_at", json_time(user->changed_at));
	return object;
}

json_t *json_content(unsigned content)
{
	static const char *const names[] = {"whole", "without-history", "text"};

	if (content >= sizeof(names) / sizeof(names[0]))
		return json_null();
	return json_string(names[content]);
}

json_t *json_delivery(const struct delivery *delivery)
{
	json_t *object = json_object();

	json_put(object, "id", json_integer(delivery->id));
	json_put(object, "request", json_number(delivery->journal));
	json_put(object, "sender", json_text(delivery->sender));
	json_put(object, "target", json_text(delivery->target));
	json_put(object, "recipient", json_text(delivery->recipient));
	json_put(object, "method", json_text(delivery->method));
	json_put(object, "state",
		 json_text(delivery_state_name(delivery->state)));
	json_put(object, "attempts", json_integer(delivery->attempts));
	json_put(object, "last_status",
		 json_number(status_shown(delivery->last_status)));
	json_put(object, "reason",
		 json_text(status_reason(delivery->last_status)));
	json_put(object, "since", json_time(delivery->since));
	json_put(object, "next_at", json_time(delivery->next_at));
	json_put(object, "expires_at", json_time(delivery->expires_at));
	json_put(object, "content", json_content(delivery->content));
	json_put(object, "over_udp_limit", json_boolean(delivery->is_large));
	return object;
}

json_t *json_journal(const struct journal_entry *entry)
{
	json_t *object = json_object();

	json_put(object, "id", json_null());
	json_put(object, "request", json_integer(entry->id));
	json_put(object, "sender", json_text(entry->sender));
	json_put(object, "target", json_text(entry->target));
	json_put(object, "recipient", json_null());
	json_put(object, "method", json_text(entry->method));
	json_put(object, "state", json_string("sending"));
	json_put(object, "attempts", json_integer(0));
	json_put(object, "last_status", json_null());
	json_put(object, "reason", json_null());
	json_put(object, "since", json_time(entry->accepted_at));
	json_put(object, "next_at", json_null());
	json_put(object, "expires_at", json_time(entry->expires_at));
	json_put(object, "content", json_null());
	json_put(object, "over_udp_limit", json_false());
	return object;
}

const char *delivery_etag(struct arena *arena, const struct delivery *delivery)
{
	return arena_printf(arena, "%d-%u-%d-%lld", (int)delivery->state,
			    delivery->attempts, delivery->last_status,
			    (long long)delivery->next_at);
}

/** limit and after of the query. */
bool listing_open(struct exchange *exchange, struct listing *ret)
{
	uint64_t limit = LIMIT_DEFAULT, after = 0;

	if (!exchange_number(exchange, "limit", LIMIT_MAX, &limit) ||
	    !exchange_number(exchange, "after", INT64_MAX, &after))
		return false;
	*ret = (struct listing){.items = json_array(),
				.limit = (size_t)limit,
				.after = (int64_t)after,
				.last = (int64_t)after};
	return true;
}

struct page listing_page(const struct listing *listing)
{
	size_t limit = listing->limit + 1;

	return (struct page){.after = listing->after,
			     .limit = limit > LIMIT_MAX ? LIMIT_MAX : limit};
}

void listing_add(struct listing *listing, int64_t id, json_t *row)
{
	if (json_array_size(listing->items) == listing->limit) {
		listing->has_more = true;
		json_decref(row);
		return;
	}
	listing->last = id;
	json_array_append_new(listing->items, row);
	/* A page as long as the store gives: what follows is not known. */
	if (json_array_size(listing->items) == LIMIT_MAX)
		listing->has_more = true;
}

void listing_close(struct listing *listing, struct exchange *exchange)
{
	json_t *document = json_object();
	char cursor[24];

	snprintf(cursor, sizeof(cursor), "%lld", (long long)listing->last);
	json_put(document, "items", listing->items);
	json_put(document, "next",
		 listing->has_more ? json_string(cursor) : json_null());
	respond_json(exchange, 200, document);
}

struct listing_look {
	listing_fill_fn *fill;
	const void *filter;
	struct listing listing;
};

static enum err listing_look(struct exchange *exchange, struct store *store,
			     void *ret)
{
	struct listing_look *look = ret;

	return look->fill(exchange, store, look->filter, &look->listing);
}

void respond_listing(struct exchange *exchange, listing_fill_fn *fill,
		     const void *filter, const char *noun)
{
	struct listing_look look = {.fill = fill, .filter = filter};

	if (!listing_open(exchange, &look.listing))
		return;
	if (exchange_read(exchange, listing_look, &look, noun))
		listing_close(&look.listing, exchange);
	else
		json_decref(look.listing.items);
}
