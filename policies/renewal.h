/*
 * renewal -- when a granted permission is asked for once more, before it ends.
 *
 * A machine of its own beside the states of a permission: the row stays granted
 * meanwhile, and ends at its end when nobody answers.  Each term of a grant is
 * asked about at most once.  Pure: no clock, no I/O, no allocation.
 */
#ifndef VOLENS_POLICIES_RENEWAL_H
#define VOLENS_POLICIES_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

struct permission;

enum renewal {
	RENEWAL_NONE,	 /**< not to be asked: no end, or no grant */
	RENEWAL_PLANNED, /**< will be asked */
	RENEWAL_ASKED,	 /**< was asked; without an answer the grant ends */
	RENEWAL_FAILED,	 /**< the question cannot be delivered, or may not be
			  *   asked; the grant ends */
	RENEWALS	 /**< how many; not a state */
};

enum renewal_event {
	RENEWAL_TERM, /**< a grant with an end begins, or gets another end */
	RENEWAL_OVER, /**< it was denied, has ended, or has no end any more */
	RENEWAL_SEND, /**< the question is about to leave */
	RENEWAL_AWAY, /**< it did not get there: the same once more, later */
	RENEWAL_REFUSED, /**< it never will */
	RENEWAL_EVENTS
};

/** What an event does to a renewal.  What cannot be changes nothing; so a
 *  question that left once is never planned again but by RENEWAL_AWAY. */
enum renewal renewal_step(enum renewal renewal, enum renewal_event event);

/** A permission that lasts for less is temporary: nobody is asked to renew. */
#define RENEWAL_LEAST_S (7 * INT64_C(86400))

/**
 * When the renewal of a row is to be asked; 0: never.
 *
 * Within @p renew_before_s of the end, or within the second half of a short
 * term; those with one end are spread over the first half of that time, the
 * same row always to the same instant.
 *
 * @param renew_before_s  seconds; 0: nobody is asked
 */
int64_t renewal_at(const struct permission *row, int64_t renew_before_s);

const char *renewal_name(enum renewal renewal);
bool renewal_from(const char *name, enum renewal *ret);

/** How long a yes lives: struct permission.term_s.  Any other: seconds, after
 *  which it ends and nobody is asked to renew. */
#define TERM_DEFAULT 0	  /**< as the configuration says */
#define TERM_PERMANENT -1 /**< no end */
/** The end of a yes that is said at @p now; 0: none.
 *  @param default_s  seconds; 0: no end */
int64_t term_end(int64_t term_s, int64_t default_s, int64_t now);

#endif
