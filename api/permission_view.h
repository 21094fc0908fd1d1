/*
 * permission_view -- a permission as the API shows one alone: with how far its
 * question got, and what the limits say of the next.
 */
#ifndef VOLENS_API_PERMISSION_VIEW_H
#define VOLENS_API_PERMISSION_VIEW_H

#include "api/exchange.h"
#include "db/permissions.h"
#include "db/questions.h"

#define PERMISSION_NOUN "permission"

struct permission_view {
	struct permission row;
	struct question_look look;
};

/** The question that is open; none of one that is decided. */
enum err permission_open_question(struct store *store,
				  const struct permission *row,
				  struct open_question *ret) MUST_CHECK;
/** Read the look of its row. */
enum err permission_view_fill(const struct exchange *exchange,
			      struct store *store,
			      struct permission_view *view) MUST_CHECK;
void respond_permission(struct exchange *exchange, int status,
			const struct permission_view *view);
/** 409 for a change that a deny, or its record, forbids. */
void respond_opposed(struct exchange *exchange,
		     const struct permission_result *result,
		     const char *recipient);

#endif
