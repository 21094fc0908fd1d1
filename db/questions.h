/*
 * questions -- what was asked of whom, and by whom, in the last half year: what
 * policies/asking.h counts.  Each domain has its own count (db/domains.h).
 *
 * A question is all tries of one permission request while the recipient is
 * away: it is open until the permission is asked for anew.  It outlives its
 * permission.  Recipients are persons: any spelling counts.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_QUESTIONS_H
#define VOLENS_DB_QUESTIONS_H

#include "db/store.h"
#include "policies/asking.h"
#include "policies/permission.h"
#include "server/base/domains.h"
#include "server/base/uri.h"

/** A pending permission that is due. */
struct due_question {
	struct permission row;
	const char *owner;
	int64_t owner_asked_at; /**< the owner's last question to this recipient
				     (any of the person's keys); 0: none */
};
/** What is due for a recipient, a key, at @p now in one domain. */
struct questions_due_query {
	const char *recipient;
	const char *target; /**< only questions of its domain are found */
	int64_t now;
	size_t limit; /**< most rows; what became due first comes first */
};
enum err store_questions_due(struct store *store,
			     const struct questions_due_query *of,
			     struct arena *arena, struct due_question **ret,
			     size_t *ret_n) MUST_CHECK;

/** In turns, so that no owner uses up the others' share: the question of the
 *  owner whose last one to this person is oldest.  @p n at least 1. */
struct due_question *question_next(struct due_question *questions, size_t n);
/** The owner of @p turn, none of @p questions, had their turn.  All are of one
 *  domain. */
void question_note_turn(struct due_question *questions, size_t n,
			const struct due_question *turn, int64_t now);

/** Of a recipient, as this owner sees it. */
struct questions_past_query {
	const char *recipient, *owner;
	const char *target; /**< only questions of its domain count */
	int64_t now;
};
/** The owner's questions of half a year and everybody's of a day, ascending. */
enum err store_questions_past(struct store *store,
			      const struct questions_past_query *of,
			      struct arena *arena, struct asking_past **ret,
			      size_t *ret_n) MUST_CHECK;

/** Whose question one about this permission is.  In the arena. */
enum err store_question_owner(struct store *store, const struct permission *row,
			      struct arena *arena, const char **ret) MUST_CHECK;
/** The question of a permission that is open, while the recipient is away. */
struct open_question {
	int64_t asked_at, tried_at; /**< the first and the last try */
	int tries;		    /**< 0: none is open */
};
enum err store_question_open(struct store *store, int64_t permission,
			     struct open_question *ret) MUST_CHECK;

/** A question to the same person that is about to leave. */
struct question_ahead {
	const char *owner;
	bool is_renewal;
};
/** One who wants to ask about a permission. */
struct question_turn {
	const struct permission *row;
	const char *owner;
	const struct asking_limits *limits;
	int64_t now;
	/** The /24 or /56 that it would go to; NULL: not known, and not looked
	 *  at. */
	const char *network;
	int64_t bytes; /**< of the question; 0: not known, any */
	int n_ahead;   /**< questions that are about to leave for the host */
	const struct question_ahead *ahead; /**< for the person */
	size_t n_person;
};
/** No question has less. */
#define QUESTION_BYTES_LEAST 750
/** When the next question about it may leave, and what says so.  Another try of
 *  a question that is open is no other question: it has its pause
 *  (ASKING_FREE, also where it is later than now), and of the limits only those
 *  of a second and of bytes. */
enum err store_question_when(struct store *store,
			     const struct question_turn *of,
			     struct arena *arena,
			     struct asking_verdict *ret) MUST_CHECK;
/** How far the question about a permission got, and when the next may leave. */
struct question_look {
	struct open_question open;
	const char *owner; /**< of the next one */
	struct asking_verdict next;
};
/** The owner of @p of is not read. */
enum err store_question_look(struct store *store,
			     const struct question_turn *of,
			     struct arena *arena,
			     struct question_look *ret) MUST_CHECK;

/** Whom to ask once more. */
struct questions_again {
	const char *sender, *target; /**< scope, key; NULL: any */
	int state; /**< PERMISSION_WAITING, PERMISSION_ERROR; -1: both */
	int64_t asked_before; /**< the last time; 0: at any */
	const struct asking_limits *limits;
	int64_t now;
	struct page page; /**< after and most of the ids that are looked at */
	/* Filled: */
	size_t n_asked;	  /**< pending from now on */
	size_t n_limited; /**< of these, whom a limit holds back now */
	size_t n_refused; /**< a no of theirs stands against it */
	int64_t last;	  /**< the next page is after this id */
	bool has_more;	  /**< there may be another page */
};
/** EVENT_AGAIN, by an operator, to those who were asked and did not answer: the
 *  whole page or nothing. */
enum err store_questions_again(struct store *store,
			       struct questions_again *again) MUST_CHECK;

/** For whom calls and what leaves are counted: the owner of questions, in the
 *  domain of the target. */
struct question_client {
	const char *owner; /**< NULL: nobody's */
	const char *target;
};
/** Of the last hour. */
enum err store_question_traffic(struct store *store,
				const struct question_client *client,
				int64_t now,
				struct asking_traffic *ret) MUST_CHECK;
/** Add to those of the minute of @p at; what was said too much is taken back
 *  with less than 0. */
enum err
store_question_traffic_add(struct store *store,
			   const struct question_client *client, int64_t at,
			   const struct asking_traffic *more) MUST_CHECK;
/** What a try had in bytes, once it is over: of the question, and where they
 *  are counted of its owner. */
struct question_sent {
	int64_t ask; /**< id of the question */
	struct question_client client;
	int64_t at;	     /**< when it left */
	int64_t reserved;    /**< counted then */
	const char *network; /**< where it is now; NULL: not looked at */
	int64_t placed;	     /**< of the reserved ones, counted there */
	int64_t before;	     /**< of those that left, at networks before */
	int64_t bytes;	     /**< that left; 0: it was no request */
};
enum err store_question_sent(struct store *store,
			     const struct question_sent *sent) MUST_CHECK;

/** A try that is recorded goes on to another network. */
struct question_move {
	const struct question_sent *from; /**< with the bytes that left */
	const char *network, *target;
	const struct asking_rate *rate;
	int64_t bytes; /**< that it needs at least */
	int64_t now;
};
/** @p ret_room  bytes that may leave there, of those that are reserved; 0: it
 *  has no room there, and nothing was changed. */
enum err store_question_move(struct store *store,
			     const struct question_move *move,
			     int64_t *ret_room) MUST_CHECK;
/** How many bytes may leave now by all budgets, once @p of may; INT64_MAX: any.
 */
enum err store_question_room(struct store *store,
			     const struct question_turn *of,
			     int64_t *ret) MUST_CHECK;

/** The host that a question to this key goes to; "": none.  In @p ret. */
const char *question_host(const char *recipient, char ret[URI_KEY_ROOM]);
/** Do the budgets of destinations and bytes not count for them? */
bool question_is_home(const struct asking_limits *limits,
		      const char *recipient);

/** A host, as questions of the target's domain see it. */
struct question_place {
	const char *host;
	const char *target;
	const struct asking_rate *rate;
	int64_t now;
};
/** What left for it. */
enum err store_question_host_use(struct store *store,
				 const struct question_place *of,
				 struct asking_destination *ret) MUST_CHECK;

#endif
