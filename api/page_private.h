/*
 * page_private -- what the files of the page share.
 *
 *   page.c        requests and their responses
 *   page_decide.c answers, while they are decided
 *   page_parts.c  what pages are made of (page_parts.h)
 *   mine.c        what a person answered, after they signed in (mine.h)
 *   page_look.c   how a question stands
 *   page_form.c   what ties an answer to what was shown
 *   page_limit.c  how often
 *   page_write.c  HTML
 */
#ifndef VOLENS_API_PAGE_PRIVATE_H
#define VOLENS_API_PAGE_PRIVATE_H

#include "api/exchange.h"
#include "api/page.h"
#include "db/permissions.h"
#include "server/words/phrases.h"

enum page_state {
	PAGE_UNKNOWN, /**< no such token, whatever the reason */
	PAGE_UNREAD,  /**< the store cannot be read: a no can be tried */
	PAGE_GONE,    /**< its permission was removed: a no counts still */
	PAGE_ASKED,
	PAGE_GRANTED,
	PAGE_DENIED,
	PAGE_DENIED_BY_OTHERS,
	PAGE_EXPIRED,
	PAGE_WIDER,   /**< another no of theirs covers this */
	PAGE_STOPPED, /**< so does that to everything from this domain */
	PAGE_UNSAVED, /**< a no that is in force, and not on disk */
	PAGE_STATES
};

/** How a question stands; strings are in the exchange's arena. */
struct page_look {
	struct token token;
	uint8_t hash[HASH_LEN]; /**< of the token */
	enum page_state state;
	/** But PAGE_UNKNOWN and PAGE_UNREAD; id 0: it was removed. */
	struct permission row;
	int64_t since;	    /**< of what stands */
	bool may_say_yes;   /**< the token proves who answers */
	const char *domain; /**< that asks */
	const struct language *language;
	const struct wording *wording;
};

/** Read a path "/c/..."; a token of any wrong kind is PAGE_UNKNOWN, after as
 *  much work. */
void page_look(struct exchange *exchange, struct view name,
	       struct page_look *ret);

/** How its row stands by itself, whatever else was denied. */
enum page_state page_state_alone(const struct permission *row, int64_t now);
/** How it stands: row, domain and since are set. */
void page_find_state(struct exchange *exchange, struct page_look *look);

/** The way to us is secured: https of our own, or of a named proxy. */
bool page_is_secure(const struct exchange *exchange);

/** What a button sends back. */
struct page_form {
	const char *language, *shown; /**< tag; SHA-256 in hex */
	bool is_now; /**< nothing has changed since it was shown */
};
#define PAGE_FORM_ROOM 160
/** The next part of what is divided by points, moved past. */
const char *page_take_part(struct arena *arena, struct view *rest);
void page_form_write(const struct exchange *exchange,
		     const struct page_look *look, const char *shown,
		     char ret[PAGE_FORM_ROOM]);
/** ERR_SYNTAX: it is none of ours for this token. */
enum err page_form_read(const struct exchange *exchange,
			const struct page_look *look, const char *value,
			struct page_form *ret) MUST_CHECK;

void page_choose_language(const struct exchange *exchange,
			  struct page_look *look);
/** What a button says; false: none of them. */
bool page_read_answer(const char *name, enum consent_answer *ret);
bool page_is_no(enum consent_answer answer);
/** The values of a form; errors of params_read(). */
enum err page_read_body(struct exchange *exchange,
			struct params *ret) MUST_CHECK;
/** What became of an answer. */
struct page_outcome {
	enum err err;
	enum reply_outcome outcome;
};
/** Responds; @p arg is as it was given, and outlives the wait. */
typedef void page_decided_fn(struct exchange *exchange, void *arg,
			     struct page_outcome outcome);
#define PAGE_WAIT_S 20	    /**< seconds that an answer waits at most */
#define PAGE_WAITS 64	    /**< answers that wait */
#define PAGE_WAITS_SOURCE 8 /**< the same, of one source */
struct page_decisions;
struct page_decisions *page_decisions_new(const struct api_settings *settings);
/** All who wait are told ERR_SHUTDOWN, and so is everybody who comes. */
void page_decisions_stop(struct page_decisions *all);
/** After all threads of libmicrohttpd have ended; what is not decided yet may
 *  be later. */
void page_decisions_free(struct page_decisions *all);
/** Have it decided on the loop.  decided() is called once: by this, or later
 *  by the exchange's own thread.  ERR_TIMEOUT: what becomes of it is not known;
 *  ERR_BUSY: nothing, there are too many.  A no is never too much. */
void page_decide(struct exchange *exchange, const struct consent_reply *reply,
		 page_decided_fn *decided, void *arg);
bool page_is_reading(const struct exchange *exchange);
/** May this body come?  Else it has responded. */
bool page_judge_body(struct exchange *exchange);
void page_refuse_method(struct exchange *exchange, const char *allow);

/** A body says no, and no other answer, whatever else is in it. */
bool page_says_no(struct view body);

struct page_limits;
struct page_limits *page_limits_new(void);
void page_limits_free(struct page_limits *limits);
/** Of a minute. */
enum page_limit {
	PAGE_LIMIT_TOKEN,	  /**< answers of one question or row */
	PAGE_LIMIT_SOURCE,	  /**< guessed addresses, from one source */
	PAGE_LIMIT_WRONG_SOURCE,  /**< wrong passwords, from one source */
	PAGE_LIMIT_WRONG_PAIR,	  /**< the same, for one account */
	PAGE_LIMIT_WRONG_ACCOUNT, /**< the same, from anywhere */
	PAGE_LIMITS
};
/** Count one; false: it is one too many in this minute. */
bool page_limit_take(struct page_limits *limits, enum page_limit which,
		     struct view of, int64_t now);
/** It does not count after all. */
void page_limit_give(struct page_limits *limits, enum page_limit which,
		     struct view of, int64_t now);
/** None was counted yet in this minute. */
bool page_limit_is_first(struct page_limits *limits, enum page_limit which,
			 struct view of, int64_t now);

/** Respond with the page.  @param told  a word above it; WORDS: none */
void page_respond(struct exchange *exchange, const struct page_look *look,
		  int status, enum word_id told);

#endif
