/*
 * why -- what why.c and why_call.c share to tell the story of one recipient.
 */
#ifndef VOLENS_API_CTL_WHY_H
#define VOLENS_API_CTL_WHY_H

#include <string.h>

#include "api/ctl/client.h"

/** All that the story is told from. */
struct story {
	json_t *request, *recipient;
	json_t *earlier;     /**< other calls to them, of this conference */
	json_t *permission;  /**< that it rested on; NULL: none, or gone */
	json_t *explanation; /**< how it would be decided now; NULL: not asked
			      */
};

/** A string, "" where there is none; not safe to print. */
static inline const char *member_string(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/** What an outcome means, what comes next, and what can be done. */
struct telling {
	const char *outcome;
	int status_from, status_to; /**< 0, 0: any */
	const char *head;	    /**< after "The message ...", before them */
	const char *tail;	    /**< after them */
	const char *next, *so;	    /**< NULL: left out */
};
/** The first that says this @p outcome with the status of @p recipient, or
 *  NULL. */
const struct telling *telling_find(const struct telling *all, size_t n,
				   const char *outcome,
				   const json_t *recipient);
/** Who to whom, and what became of it; @p telling may be NULL. */
void head_print(struct arena *arena, const struct story *story,
		const struct telling *telling);
/** The lines of the request and of its response. */
void taken_print(struct arena *arena, const struct story *story);
void permission_line(struct arena *arena, const struct story *story);
/** What can be done: @p so, or if the certificate of the next hop was in the
 *  way, what about that. */
const char *so_text(const json_t *recipient, const char *so);
/** What is to be done where permission is missing: what explain says. */
void explain_print(struct arena *arena, const struct story *story);

/** The whole story of a call. */
void call_story_print(struct arena *arena, const struct story *story);

#endif
