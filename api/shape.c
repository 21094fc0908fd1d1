#include "api/shape.h"

#include "api/when.h"
#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "db/users.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000 /* of the store, too: see db/store.h */

void shape_put(json_t *object, const char *name, json_t *value)
{
	/* Without memory there is no answer; exchange.c looks at the whole. */
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

static json_t *shape_repaired(const char *text)
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

json_t *shape_text(const char *text)
{
	char *blotted;
	json_t *string;

	if (!text)
		return json_null();
	blotted = mem_strdup(text);
	token_blot(blotted);
	string = view_is_utf8(view_of(blotted)) ? json_string(blotted)
						: shape_repaired(blotted);
	free(blotted);
	return string;
}

json_t *shape_time(int64_t at)
{
	char text[WHEN_LEN];

	if (!at)
		return json_null();
	when_format(at, text);
	return json_string(text);
}

json_t *shape_number(int64_t number)
{
	return number ? json_integer(number) : json_null();
}

json_t *shape_past(const struct past_decision *past)
{
	json_t *object = json_object();

	shape_put(object, "state",
		  shape_text(permission_state_name(past->state)));
	shape_put(object, "origin",
		  shape_text(permission_origin_name(past->origin)));
	shape_put(object, "evidence", shape_text(past->evidence));
	shape_put(object, "since", shape_time(past->since));
	shape_put(object, "ended_at", shape_time(past->ended_at));
	shape_put(object, "expires_at", shape_time(past->expires_at));
	return object;
}

json_t *shape_permission(const struct permission *row, int64_t now)
{
	bool is_over = permission_is_expired(row, now);
	json_t *object = json_object();

	shape_put(object, "id", json_integer(row->id));
	shape_put(object, "sender", shape_text(row->sender));
	shape_put(object, "target", shape_text(row->target));
	shape_put(object, "recipient", shape_text(row->recipient));
	shape_put(object, "recipient_uri", shape_text(row->recipient_uri));
	shape_put(object, "state",
		  shape_text(is_over ? "expired"
				     : permission_state_name(row->state)));
	shape_put(object, "origin",
		  shape_text(permission_origin_name(row->origin)));
	shape_put(object, "evidence", shape_text(row->evidence));
	shape_put(object, "created_at", shape_time(row->created_at));
	shape_put(object, "changed_at", shape_time(row->changed_at));
	shape_put(object, "expires_at", shape_time(row->expires_at));
	shape_put(object, "asked_at", shape_time(row->asked_at));
	shape_put(object, "last_status", shape_number(row->last_status));
	shape_put(object, "reason", shape_text(row->reason));
	return object;
}

static json_t *shape_rights(unsigned may)
{
	json_t *rights = json_array();

	if (may & USER_SEND)
		json_array_append_new(rights, json_string("send"));
	if (may & USER_ANSWER)
		json_array_append_new(rights, json_string("answer"));
	return rights;
}

json_t *shape_user(const struct user *user)
{
	json_t *object = json_object();

	shape_put(object, "id", json_integer(user->id));
	shape_put(object, "aor", shape_text(user->aor));
	shape_put(object, "username", shape_text(user->username));
	shape_put(object, "may", shape_rights(user->may));
	shape_put(object, "created_at", shape_time(user->created_at));
	shape_put(object, "changed_at", shape_time(user->changed_at));
	return object;
}

json_t *shape_content(unsigned content)
{
	static const char *const names[] = {"whole", "without-history", "text"};

	if (content >= sizeof(names) / sizeof(names[0]))
		return json_null();
	return json_string(names[content]);
}

json_t *shape_delivery(const struct delivery *delivery)
{
	json_t *object = json_object();

	shape_put(object, "id", json_integer(delivery->id));
	shape_put(object, "request", shape_number(delivery->journal));
	shape_put(object, "sender", shape_text(delivery->sender));
	shape_put(object, "target", shape_text(delivery->target));
	shape_put(object, "recipient", shape_text(delivery->recipient));
	shape_put(object, "method", shape_text(delivery->method));
	shape_put(object, "state",
		  shape_text(delivery_state_name(delivery->state)));
	shape_put(object, "attempts", json_integer(delivery->attempts));
	shape_put(object, "last_status", shape_number(delivery->last_status));
	shape_put(object, "since", shape_time(delivery->since));
	shape_put(object, "next_at", shape_time(delivery->next_at));
	shape_put(object, "expires_at", shape_time(delivery->expires_at));
	shape_put(object, "content", shape_content(delivery->content));
	shape_put(object, "over_udp_limit", json_boolean(delivery->is_large));
	return object;
}

json_t *shape_journal(const struct journal_entry *entry)
{
	json_t *object = json_object();

	shape_put(object, "id", json_null());
	shape_put(object, "request", json_integer(entry->id));
	shape_put(object, "sender", shape_text(entry->sender));
	shape_put(object, "target", shape_text(entry->target));
	shape_put(object, "recipient", json_null());
	shape_put(object, "method", shape_text(entry->method));
	shape_put(object, "state", json_string("sending"));
	shape_put(object, "attempts", json_integer(0));
	shape_put(object, "last_status", json_null());
	shape_put(object, "since", shape_time(entry->accepted_at));
	shape_put(object, "next_at", json_null());
	shape_put(object, "expires_at", shape_time(entry->expires_at));
	shape_put(object, "content", json_null());
	shape_put(object, "over_udp_limit", json_false());
	return object;
}

const char *delivery_etag(struct arena *arena, const struct delivery *delivery)
{
	return arena_printf(arena, "%d-%u-%d-%lld", (int)delivery->state,
			    delivery->attempts, delivery->last_status,
			    (long long)delivery->next_at);
}

/** A number of the query, 1 to @p max; true when absent or good. */
static bool query_number(struct exchange *exchange, const char *name,
			 uint64_t max, uint64_t *ret)
{
	const char *value = params_value(&exchange->params, name);
	uint64_t number;

	if (!value)
		return true;
	if (view_to_u64(view_of(value), max, &number) || !number) {
		respond_refusal(exchange, 400,
				arena_printf(exchange->arena,
					     "The value of %s must be a number "
					     "from 1 to %llu.",
					     name, (unsigned long long)max));
		return false;
	}
	*ret = number;
	return true;
}

/** limit and after of the query. */
static bool listing_open(struct exchange *exchange, struct listing *ret)
{
	uint64_t limit = LIMIT_DEFAULT, after = 0;

	if (!query_number(exchange, "limit", LIMIT_MAX, &limit) ||
	    !query_number(exchange, "after", INT64_MAX, &after))
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

static void listing_close(struct listing *listing, struct exchange *exchange)
{
	json_t *answer = json_object();
	char cursor[24];

	snprintf(cursor, sizeof(cursor), "%lld", (long long)listing->last);
	shape_put(answer, "items", listing->items);
	shape_put(answer, "next",
		  listing->has_more ? json_string(cursor) : json_null());
	respond_json(exchange, 200, answer);
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

void listing_answer(struct exchange *exchange, listing_fill_fn *fill,
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
