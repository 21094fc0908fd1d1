#include "policies/consent.h"

#include <string.h>

#include "policies/match.h"
#include "server/base/domains.h"

/** How much a row's state says; the heaviest decides. */
enum weight {
	WEIGHT_OPEN, /**< pending, waiting, error: neither yes nor no */
	WEIGHT_UNTOLD,
	WEIGHT_GRANTED,
	WEIGHT_DENIED /**< denied beats granted */
};

static enum weight weight_of(const struct permission *row)
{
	if (row->state == PERMISSION_DENIED)
		return WEIGHT_DENIED;
	if (row->state != PERMISSION_GRANTED)
		return WEIGHT_OPEN;
	return row->notice == NOTICE_DUE ? WEIGHT_UNTOLD : WEIGHT_GRANTED;
}

/** The lower the narrower: first by sender, then by target. */
static int width_of(const struct permission *row)
{
	return (int)scope_kind(row->sender) * 2 + target_is_any(row->target);
}

static const struct permission *heavier(const struct permission *a,
					const struct permission *b)
{
	if (!a)
		return b;
	if (weight_of(a) != weight_of(b))
		return weight_of(a) > weight_of(b) ? a : b;
	if (width_of(a) != width_of(b))
		return width_of(a) < width_of(b) ? a : b;
	return a->id <= b->id ? a : b;
}

static const char *deny_rule(const struct permission *row,
			     const struct facts *facts)
{
	bool is_respelled = match_is_respelled(row, facts);

	if (row->origin != ORIGIN_RECIPIENT)
		return is_respelled
			       ? "an operator denied it under another spelling "
				 "(RFC 5360 section 4.1)"
			       : "an operator denied it (RFC 5360 section 4.1)";
	return is_respelled ? "the recipient denied it under another spelling "
			      "(RFC 5360 section 5.8)"
			    : "the recipient denied it (RFC 5360 section 5.8)";
}

static const char *grant_rule(const struct permission *row)
{
	if (row->notice == NOTICE_DUE)
		return "permission is on record, and the recipient is yet to "
		       "be told (RFC 5360 section 4.1)";
	return row->origin == ORIGIN_RECIPIENT
		       ? "the recipient granted it (RFC 5360 section 4.1)"
		       : "permission is on record (RFC 5360 section 4.1)";
}

static struct decision decision_on(const struct permission *row,
				   const struct facts *facts)
{
	enum verdict verdict = VERDICT_MISSING;
	const char *rule = "no permission covers it (RFC 5363 section 5.2)";

	if (!row)
		return (struct decision){verdict, NULL, rule};
	switch (row->state) {
	case PERMISSION_GRANTED:
		verdict = row->notice == NOTICE_DUE ? VERDICT_UNTOLD
						    : VERDICT_GRANTED;
		rule = grant_rule(row);
		break;
	case PERMISSION_DENIED:
		verdict = VERDICT_DENIED;
		rule = deny_rule(row, facts);
		break;
	case PERMISSION_PENDING:
		rule = permission_is_asked(row)
			       ? "asked just now, the request is on its way "
				 "(RFC 5362 section 4)"
			       : "yet to be asked for (RFC 5362 section 4)";
		break;
	case PERMISSION_WAITING:
		rule = "asked, not answered yet (RFC 5362 section 4)";
		break;
	case PERMISSION_ERROR:
		rule = "the permission request was not delivered (RFC "
		       "5362 section 4)";
		break;
	case PERMISSION_STATES:
		break;
	}
	return (struct decision){verdict, row, rule};
}

struct decision consent_decide(const struct facts *facts,
			       const struct permission *rows, size_t n_rows)
{
	const struct permission *best = NULL;

	for (size_t i = 0; i < n_rows; i++) {
		if (match_permission(&rows[i], facts) &&
		    !permission_is_expired(&rows[i], facts->now))
			best = heavier(best, &rows[i]);
	}
	return decision_on(best, facts);
}

enum verdict verdict_when_told(enum verdict verdict)
{
	return verdict == VERDICT_UNTOLD ? VERDICT_GRANTED : verdict;
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_MISSING:
		return "missing";
	case VERDICT_DENIED:
		return "denied";
	case VERDICT_GRANTED:
		return "granted";
	case VERDICT_UNTOLD:
		return "untold";
	}
	return "unknown";
}
