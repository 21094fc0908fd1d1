/*
 * mine_private -- what the files of a person's answers share.
 *
 *   mine.c        requests and their responses
 *   mine_done.c   what was just done
 *   mine_write.c  HTML
 */
#ifndef VOLENS_API_MINE_PRIVATE_H
#define VOLENS_API_MINE_PRIVATE_H

#include "api/page_private.h"
#include "api/sign_in.h"
#include "db/answers.h"

/** One look at them. */
struct mine {
	struct exchange *exchange;
	struct sign_in_claim who;
	const char *aor[2];   /**< theirs, and NULL */
	struct page_look all; /**< language, wording, domain; of no row */
	/* Of the query: */
	enum answers_of of;
	int64_t before;
	const char *language; /**< the one that was wanted; NULL: none */
	int64_t row;	      /**< that an answer is to; 0: none */
	/* Shown: */
	struct answers answers;
	enum word_id told;		  /**< above it; WORDS: nothing */
	bool is_done;			  /**< it was done, and is no failure */
	const struct permission *done_to; /**< what it was about; NULL: none */
};

/** A key of this account.  It changes with the password: no form of before is
 *  good then. */
void mine_key(const struct mine *mine, const char *what, int64_t number,
	      uint8_t ret[HASH_LEN]);
/** ERR_UNKNOWN: it is none of theirs. */
enum err mine_read_row(struct mine *mine, int64_t id,
		       struct permission *ret) MUST_CHECK;

/** Of "done" in the query: sets told, is_done, done_to. */
void mine_done_read(struct mine *mine);
/** Its value; in the arena. */
const char *mine_done_write(const struct mine *mine, enum reply_outcome outcome,
			    int64_t id);

/** As a page of a question, with its form tied to account and row.  @p row
 *  NULL: none, for CONSENT_STOP. */
void mine_look(struct mine *mine, const struct permission *row,
	       struct page_look *ret);
/** "only=yes&before=7&lang=de", what is not NULL or 0 of it; in the arena. */
struct mine_place {
	enum answers_of of;
	int64_t before;
	const char *language;
};
const char *mine_query(const struct mine *mine, const struct mine_place *place);

/** What can be pressed.  CONSENT_NONE: nothing. */
enum consent_answer mine_answer(const struct mine *mine,
				const struct page_look *look);

void mine_write(struct mine *mine, int status);
/** 401 or 429: nobody signed in; 503: nothing can be read. */
void mine_write_without(struct mine *mine, int status);

#endif
