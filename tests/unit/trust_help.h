/*
 * trust_help -- the peers of the trust tests, one for each kind of member.
 */
#ifndef VOLENS_TESTS_UNIT_TRUST_HELP_H
#define VOLENS_TESTS_UNIT_TRUST_HELP_H

#include "policies/trust.h"

/** Who is at the other end. */
enum trust_side {
	OUTSIDE,
	INSIDE,	   /**< a member that keeps RFC 5876 */
	DRAFT,	   /**< one that keeps the draft */
	OLD,	   /**< one that knows RFC 3325 only */
	LISTENER,  /**< it is told, and not believed */
	SPEAKER,   /**< it is believed, and not told */
	UPSTREAM,  /**< we trust it, it does not count us in */
	BYSTANDER, /**< it is known, and asserts nothing */
	TRUST_SIDES
};

/** NULL for OUTSIDE; @p is_in_responses for all others. */
static inline const struct trust_domain *trust_side(enum trust_side side,
						    bool is_in_responses)
{
	static const struct trust_domain sides[2][TRUST_SIDES] = {
#define SIDES(responses)                                                       \
	{                                                                      \
		[INSIDE] = {.tell = TRUST_TELL_YES,                            \
			    .is_believed = true,                               \
			    .is_in_responses = responses},                     \
		[DRAFT] = {.spec = TRUST_DRAFT_06,                             \
			   .tell = TRUST_TELL_YES,                             \
			   .is_believed = true,                                \
			   .is_in_responses = responses},                      \
		[OLD] = {.spec = TRUST_RFC3325,                                \
			 .tell = TRUST_TELL_YES,                               \
			 .is_believed = true,                                  \
			 .is_in_responses = responses},                        \
		[LISTENER] = {.tell = TRUST_TELL_YES,                          \
			      .is_in_responses = responses},                   \
		[SPEAKER] = {.is_believed = true,                              \
			     .is_in_responses = responses},                    \
		[UPSTREAM] = {.tell = TRUST_TELL_PREFERRED,                    \
			      .is_believed = true,                             \
			      .is_in_responses = responses},                   \
		[BYSTANDER] = {                                                \
			.spec = TRUST_NONE,                                    \
			.tell = TRUST_TELL_YES,                                \
			.is_believed = true,                                   \
			.is_in_responses = responses                           \
		}                                                              \
	}
		SIDES(false), SIDES(true)};
#undef SIDES

	return side == OUTSIDE ? NULL : &sides[is_in_responses][side];
}

#endif
