#include "api/terms.h"

#include <string.h>

#define DAY_S 86400
#define DAYS_LEAST (RENEWAL_LEAST_S / DAY_S)
#define DAYS_MOST 3650

const char *term_text(int64_t term_s, char room[TERM_TEXT_ROOM])
{
	if (term_s == TERM_DEFAULT)
		return "default";
	if (term_s < 0)
		return "permanent";
	snprintf(room, TERM_TEXT_ROOM, "%lldd", (long long)(term_s / DAY_S));
	return room;
}

enum err term_parse(const char *word, int64_t *ret)
{
	struct view text = view_of(word);
	uint64_t days;

	if (strcmp(word, "default") == 0) {
		*ret = TERM_DEFAULT;
		return ERR_OK;
	}
	if (strcmp(word, "permanent") == 0) {
		*ret = TERM_PERMANENT;
		return ERR_OK;
	}
	if (text.len < 2 || text.at[text.len - 1] != 'd' ||
	    view_to_u64(view_head(text, text.len - 1), DAYS_MOST, &days) ||
	    days < DAYS_LEAST)
		return ERR_SYNTAX;
	*ret = (int64_t)days * DAY_S;
	return ERR_OK;
}

enum err term_word_read(const char *word, int64_t *ret,
			struct problem *ret_problem)
{
	if (term_parse(word, ret))
		return field_problem(ret_problem, "term",
				     "This must be " TERM_WORDS ".");
	return ERR_OK;
}

enum err term_and_end(struct problem *ret)
{
	return field_problem(ret, "term",
			     "There is expires_at as well: only one of them "
			     "can be.");
}

enum err term_read(const char *word, const struct body_rules *rules,
		   struct permission_body *body, struct problem *ret)
{
	enum err err;

	if (!word)
		return ERR_OK;
	err = term_word_read(word, &body->term_s, ret);
	if (err)
		return err;
	if (body->state == PERMISSION_DENIED)
		return field_problem(ret, "term", "A deny has no term.");
	if (body->expires_at >= 0)
		return term_and_end(ret);
	body->has_term = true;
	if (body->state == PERMISSION_GRANTED)
		body->expires_at =
			term_end(body->term_s, rules->refresh_s, rules->now);
	return ERR_OK;
}
