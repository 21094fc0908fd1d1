/*
 * domains.h -- two domains of a relay, what happens at each and what is noted
 * of it
 *
 * For domains_prop alone: all its state is domains_world.
 */
#ifndef TESTS_PROPS_DOMAINS_H
#define TESTS_PROPS_DOMAINS_H

#include "db/lists.h"
#include "tests/props/prng.h"
#include "tests/scenario/fixture.h"

#define SIDES 2
#define OWNERS 3
#define PEOPLE 3
#define DAY_S 86400
#define ROWS_MOST 200
#define KEPT_MOST 500

extern const char *const domains_names[SIDES];
extern const char *const domains_owners[OWNERS];
extern const char *const domains_people[PEOPLE];

/** What was sent, answered or read, without what is random in it. */
struct note {
	int64_t at_ms;
	const char *text;
};

/** A consent URI that somebody got. */
struct kept {
	struct note note; /**< what it stood in */
	const char *who;
	enum token_kind kind;
	struct token token;
};

/** A domain, and who uses it. */
struct side {
	unsigned number;
	const char *domain, *filter, *any, *list;
	const struct service *service;
	struct prng prng;
	unsigned n_requests;
	uint64_t mood; /**< how people answer in this step */
	struct kept kept[KEPT_MOST];
	size_t n_kept;
};

struct world {
	struct prng prng; /**< of what happens to both */
	struct fixture fixture;
	struct arena *arena; /**< of the notes: both runs */
	struct side sides[SIDES];
	unsigned looked_at; /**< the side whose notes are taken */
	struct note *notes;
	size_t n_notes, room;
	unsigned long n_all, n_questions, n_others;
};

extern struct world domains_world;

/** @return the store as the writer has it */
struct store *world_store(void);

/** Everything that is due now happens, and who was asked answers. */
void world_settle(void);

/** Let time pass, with all that becomes due. */
void world_pass(int64_t ms);

/** Note it if this side is looked at.  @p text lives as long as the notes. */
void side_note(const struct side *side, const char *text);

/** The one answer to the request that this side sent. */
void side_see_answer(struct side *side, const char *who);

/** @return a number below @p n, of the side's own */
unsigned side_dice(struct side *side, unsigned n);

void side_make_list(struct side *side);

/** @return the entries of its list, and the list, if there is one */
struct list_entries side_entries(const struct side *side,
				 struct stored_list *list);

/** One random act of a client. */
void side_act(struct side *side);

/** For qsort(). */
int note_compare(const void *a, const void *b);

#endif
