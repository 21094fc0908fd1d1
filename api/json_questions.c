/* How far a question got, and what the limits say of the next. */
#include "api/json.h"

#include "policies/asking.h"

/** Does anybody wait for an answer, or will they? */
static bool is_asked_for(const struct permission *row, int64_t now)
{
	return !permission_is_expired(row, now) &&
	       row->state != PERMISSION_GRANTED &&
	       row->state != PERMISSION_DENIED;
}

json_t *json_question(const struct permission *row,
		      const struct open_question *open, int64_t now)
{
	bool is_pending = row->state == PERMISSION_PENDING;
	int64_t tried_at = open->tries == 0 && !is_pending ? row->asked_at
							   : open->tried_at;
	json_t *object;

	if (!is_asked_for(row, now))
		return json_null();
	object = json_object();
	json_put(object, "state",
		 json_text(is_pending && open->tries > 0
				   ? "not-reached"
				   : permission_state_name(row->state)));
	json_put(object, "tries", json_integer(open->tries));
	json_put(object, "tried_at", json_time(tried_at));
	json_put(object, "next_at",
		 is_pending ? json_time(row->ask_due_at) : json_null());
	return object;
}

json_t *json_limits(const struct permission *row,
		    const struct question_look *look, int64_t now)
{
	const struct asking_verdict *next = &look->next;
	bool is_renewed = permission_is_current(row, now) &&
			  row->renewal == RENEWAL_PLANNED;
	json_t *object;

	if (!is_asked_for(row, now) && !is_renewed)
		return json_null();
	object = json_object();
	json_put(object, "owner", json_text(look->owner));
	json_put(object, "limit", json_text(asking_limit_name(next->limit)));
	json_put(object, "used", json_integer(next->used));
	json_put(object, "allowed", json_number(next->allowed));
	json_put(object, "period_s", json_integer(next->period_s));
	json_put(object, "next_at", json_time(next->at > now ? next->at : now));
	return object;
}
