#include "server/session/refresh.h"

#include <stdio.h>

#define LEAST_SPARE_S 32 /* RFC 4028 section 10 */

/* delta-seconds, with parameters after it; 0: none. */
static int read_seconds(const struct message *message, enum field field)
{
	struct view value = message_value(message, field);
	size_t end = view_find(value, ';', 0);
	uint64_t seconds;
	enum err err;

	if (end != SIZE_MAX)
		value = view_head(value, end);
	err = view_to_u64(view_trim(value), INT32_MAX, &seconds);
	if (err == ERR_TOO_LARGE)
		return INT32_MAX;
	return err ? 0 : (int)seconds;
}

bool refresh_names_tag(const struct message *message, enum field field,
		       struct view tag)
{
	struct items items = {0};
	struct view item;

	while (message_next_item(message, field, &items, &item))
		if (view_equal_nocase(item, tag))
			return true;
	return false;
}

void refresh_head_read(const struct message *message, struct refresh_head *ret)
{
	struct view role;

	*ret = (struct refresh_head){
		.expires_s = read_seconds(message, FIELD_SESSION_EXPIRES),
		.min_se_s = read_seconds(message, FIELD_MIN_SE)};
	ret->is_timer_known =
		refresh_names_tag(message, FIELD_SUPPORTED, VIEW("timer")) ||
		refresh_names_tag(message, FIELD_REQUIRE, VIEW("timer"));
	if (!ret->expires_s ||
	    !view_param(message_value(message, FIELD_SESSION_EXPIRES),
			"refresher", &role))
		return;
	if (view_equal_nocase(role, VIEW("uac")))
		ret->role = REFRESH_ROLE_UAC;
	else if (view_equal_nocase(role, VIEW("uas")))
		ret->role = REFRESH_ROLE_UAS;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

/* Theirs may be lowered, down to their Min-SE; it is never raised. */
static int interval_of(const struct refresh_head *asked,
		       const struct refresh_wish *wish)
{
	int floor = larger(asked->min_se_s, REFRESH_MIN_SE);
	int wanted = larger(wish->expires_s, floor);

	return smaller(asked->expires_s ? smaller(asked->expires_s, wanted)
					: wanted,
		       REFRESH_MOST_S);
}

/* Where they know nothing of it we are the only one who can refresh. */
static enum refresh_by chosen_by(const struct refresh_head *asked)
{
	if (!asked->is_timer_known || asked->role == REFRESH_ROLE_UAS)
		return REFRESH_BY_US;
	return REFRESH_BY_THEM;
}

static void write_reply(const struct refresh_head *asked,
			struct refresh_reply *ret)
{
	bool is_uac = ret->agreed.by == REFRESH_BY_THEM;

	snprintf(ret->lines, sizeof(ret->lines),
		 "Session-Expires: %d;refresher=%s\r\n%s",
		 ret->agreed.interval_s, is_uac ? "uac" : "uas",
		 asked->is_timer_known ? "Require: timer\r\n" : "");
}

void refresh_answer(const struct refresh_head *asked,
		    const struct refresh_wish *wish, struct refresh_reply *ret)
{
	bool is_short =
		asked->expires_s &&
		asked->expires_s < larger(wish->min_se_s, REFRESH_MIN_SE);

	*ret = (struct refresh_reply){.status = 0};
	if (is_short && asked->is_timer_known) {
		ret->status = 422;
		ret->min_se_s = larger(wish->min_se_s, REFRESH_MIN_SE);
		return;
	}
	/* Nobody asked, or who asked cannot be told that it is too short. */
	if (asked->expires_s < REFRESH_MIN_SE && !asked->is_timer_known)
		return;
	ret->agreed.by = chosen_by(asked);
	ret->agreed.interval_s = interval_of(asked, wish);
	write_reply(asked, ret);
}

struct refresh refresh_agreed(const struct refresh_head *answer)
{
	struct refresh agreed = {.by = REFRESH_BY_NOBODY};

	if (!answer->expires_s)
		return agreed;
	agreed.by = answer->role == REFRESH_ROLE_UAS ? REFRESH_BY_THEM
						     : REFRESH_BY_US;
	agreed.interval_s = smaller(larger(answer->expires_s, REFRESH_MIN_SE),
				    REFRESH_MOST_S);
	return agreed;
}

void refresh_lines(const struct refresh_wish *wish, const struct refresh *now,
		   int min_se_s, char ret[96])
{
	static const char *const roles[] = {[REFRESH_BY_NOBODY] = "",
					    [REFRESH_BY_US] = ";refresher=uac",
					    [REFRESH_BY_THEM] =
						    ";refresher=uas"};
	int least = larger(min_se_s, REFRESH_MIN_SE);
	int expires = now->by ? now->interval_s : wish->expires_s;

	if (min_se_s)
		expires = min_se_s;
	snprintf(ret, 96, "Session-Expires: %d%s\r\nMin-SE: %d\r\n",
		 larger(expires, least), roles[now->by], least);
}

int64_t refresh_after_ms(const struct refresh *refresh, uint32_t random)
{
	int64_t half = (int64_t)refresh->interval_s * 500;

	if (refresh->by != REFRESH_BY_US)
		return -1;
	return half - half / 10 + (int64_t)(random % 1001) * half / 5000;
}

int64_t refresh_lost_after_ms(const struct refresh *refresh)
{
	int64_t whole = (int64_t)refresh->interval_s * 1000;
	int64_t spare = whole / 3;

	if (refresh->by == REFRESH_BY_NOBODY)
		return -1;
	if (spare > LEAST_SPARE_S * 1000)
		spare = LEAST_SPARE_S * 1000;
	return whole - spare;
}
