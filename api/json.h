/*
 * json -- rows as the JSON that the API shows.
 *
 * Nothing secret is in it: no digest, no token.  Text that is not UTF-8
 * (evidence from the wire) is shown with U+FFFD in place of what is broken.
 */
#ifndef VOLENS_API_JSON_H
#define VOLENS_API_JSON_H

#include "api/exchange.h"
#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "db/questions.h"
#include "db/accounts.h"

/* Every json_t * that a function returns is a new reference, never NULL. */

/** As it is at @p now: a row whose time is over is "expired". */
json_t *json_permission(const struct permission *row,
			const struct open_question *open, int64_t now);
/** How far the question of a permission got; null: nobody waits for an answer.
 */
json_t *json_question(const struct permission *row,
		      const struct open_question *open, int64_t now);
/** What the limits say of the next one; null: there is none to come. */
json_t *json_limits(const struct permission *row,
		    const struct question_look *look, int64_t now);
json_t *json_past(const struct past_decision *past);
/** @p realm: as it is told. */
json_t *json_user(const struct account *user, const char *realm);
json_t *json_delivery(const struct delivery *delivery);
json_t *json_journal(const struct journal_entry *entry);

struct request_record;
struct recipient_record;
/** @p recipients: all @p n of them. */
json_t *json_request(const struct request_record *record,
		     const struct recipient_record *recipients, size_t n);
json_t *json_recipient(const struct request_record *record,
		       const struct recipient_record *it);

/** A string, or null for NULL. */
json_t *json_text(const char *text);
/** RFC 3339, or null for 0. */
json_t *json_time(int64_t at);
/** Their names. */
json_t *json_kinds(struct kinds kinds);
/** null for 0: there is none. */
json_t *json_number(int64_t number);
/** How a try was written: the name of an enum body_variant. */
json_t *json_content(unsigned content);
/** Put @p value (reference taken) under @p name. */
void json_put(json_t *object, const char *name, json_t *value);

/** What a delivery's ETag is made of: it changes with every try. */
const char *delivery_etag(struct arena *arena, const struct delivery *delivery);

/** A page of a list: `{"items": [...], "next": cursor or null}`. */
struct listing {
	json_t *items;
	size_t limit;  /**< rows asked for by the client */
	int64_t after; /**< cursor of the client */
	int64_t last;  /**< id of the last row shown */
	bool has_more;
};
/** limit and after of the query; refuses what is wrong. */
bool listing_open(struct exchange *exchange, struct listing *ret);
/** Respond with it. */
void listing_close(struct listing *listing, struct exchange *exchange);
/** What to ask the store for: one row more than is shown. */
struct page listing_page(const struct listing *listing);
/** Add a row; takes the reference.  Rows beyond the limit are dropped. */
void listing_add(struct listing *listing, int64_t id, json_t *row);
/** Reads the rows that @p filter wants, and adds them. */
typedef enum err listing_fill_fn(struct exchange *exchange, struct store *store,
				 const void *filter, struct listing *listing);
/** Respond with the page of the query, or refuse. */
void respond_listing(struct exchange *exchange, listing_fill_fn *fill,
		     const void *filter, const char *noun);

#endif
