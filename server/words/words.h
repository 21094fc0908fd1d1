/*
 * words -- what the relay says to people, in their languages.
 *
 * One table a language, with the same ids: for permission requests and notices
 * now, for a page or a chat that says the same things too.  Languages but
 * English are not yet reviewed by native speakers; an operator switches them
 * on.  Constant data: any thread.
 */
#ifndef VOLENS_SERVER_WORDS_WORDS_H
#define VOLENS_SERVER_WORDS_WORDS_H

#include "server/words/text_template.h"

/** The forms are first: an operator may have them in words of their own. */
enum word_id {
	WORD_QUESTION, /**< asks for a permission */
	WORD_RENEWAL,  /**< asks to renew one that ends */
	WORD_NOTICE,   /**< tells of a grant that others recorded */
	WORD_DENIED,   /**< tells of a no that others recorded */
	WORD_FORMS,    /**< how many forms; not a word */

	/* Who asks. */
	WORD_WHO_DOMAIN = WORD_FORMS,
	WORD_WHO_LIST, /**< whoever may write to a stored list */
	WORD_WHO_KNOWN,
	WORD_WHO_ANYBODY,

	/* What for. */
	WORD_KIND_MESSAGE,
	WORD_KIND_CALL,
	WORD_KIND_REFER,
	WORD_KIND_RECORDING,
	WORD_KIND_LEAVE_MEDIA,
	WORD_KIND_PRESENCE,
	WORD_KIND_DIALOG,
	WORD_KIND_EVENT,  /**< any other event package */
	WORD_KIND_METHOD, /**< any other method */
	WORD_KIND_ALL,	  /**< of a no: to every kind */
	WORD_COMMA,
	WORD_AND, /**< before the last of several */

	/* Through what. */
	WORD_THROUGH_LIST,
	WORD_THROUGH_ANY,

	/* How long a yes lives. */
	WORD_UNTIL_DAY, /**< for one day */
	WORD_UNTIL_DAYS,
	WORD_UNTIL_NO, /**< without an end */
	WORD_ON_DAY,   /**< the same for a renewal */
	WORD_ON_DAYS,
	WORD_ON_NO,

	/* What is to be known of the answers. */
	WORD_STOP, /**< a line of its own: a no to all */
	WORD_NOTE_CALL,
	WORD_NOTE_MESSAGE, /**< nothing is sent without a yes */
	WORD_NOTE_OTHER,   /**< the same, of all else */
	WORD_NOTE_LATER,   /**< a no is possible at any time */
	WORD_NOTE_STOP,	   /**< the same where there is WORD_STOP */

	/* The page of a question. */
	WORD_PAGE_LANGUAGE, /**< its own name */
	WORD_PAGE_TITLE,    /**< heading of a question */
	WORD_PAGE_ASKS,
	WORD_PAGE_KNOWN,
	WORD_PAGE_NOTHING,
	WORD_PAGE_HOW_YES, /**< where the page cannot take one */
	WORD_PAGE_NO,
	WORD_PAGE_YES,
	WORD_PAGE_YES_AGAIN,
	WORD_PAGE_GRANTED,
	WORD_PAGE_GRANTED_BY_OTHERS,
	WORD_PAGE_STOP_THIS,
	WORD_PAGE_DENIED,
	WORD_PAGE_AGAIN,
	WORD_PAGE_AGAIN_NOTE,
	WORD_PAGE_DENIED_BY_OTHERS,
	WORD_PAGE_EXPIRED,
	WORD_PAGE_WIDER,
	WORD_PAGE_STOPPED,
	WORD_PAGE_LIFT, /**< takes that back */
	WORD_PAGE_LIFT_NOTE,
	WORD_PAGE_NO_LIFT,	 /**< this page cannot; then who can: */
	WORD_PAGE_LIFT_BY_PHONE, /**< a word that is typed */
	WORD_PAGE_LIFT_BY_PAGE,	 /**< another page of a question */
	WORD_PAGE_STOP_ALL,	 /**< a no to everything from the domain */
	WORD_PAGE_GONE,
	WORD_PAGE_GONE_NOTE,
	WORD_PAGE_UNKNOWN, /**< the token is none */
	WORD_PAGE_UNKNOWN_NOTE,
	WORD_PAGE_UNREAD, /**< the store cannot be read */
	WORD_PAGE_DONE_NO,
	WORD_PAGE_DONE_YES,
	WORD_PAGE_DONE_AGAIN,
	WORD_PAGE_UNSAVED,
	WORD_PAGE_RETRY,
	WORD_PAGE_FAILED,
	WORD_PAGE_NOT_YET, /**< nobody knows yet what becomes of it */
	WORD_PAGE_WAIT,
	WORD_PAGE_STALE,
	WORD_PAGE_BAD,
	WORD_PAGE_LINE, /**< of a question: where its page is */

	/* All answers of a person. */
	WORD_MINE_TITLE,
	WORD_MINE_SIGNED_IN,
	WORD_MINE_ALL, /**< how many: links */
	WORD_MINE_YES,
	WORD_MINE_NO,
	WORD_MINE_NEWEST,
	WORD_MINE_OLDER,
	WORD_MINE_ROW, /**< who may do what, or may not */
	WORD_MINE_DONE_LIFT,
	WORD_MINE_SIGN_IN,
	WORD_MINE_SIGN_IN_NOTE,
	WORD_MINE_WAIT,

	/* A notice. */
	WORD_ENDS,	    /**< when what was granted ends */
	WORD_ENDS_NO,	    /**< it has no end */
	WORD_RECORD,	    /**< by whom, and when */
	WORD_RECORD_MANY,   /**< the same, with others */
	WORD_RECORD_DENIED, /**< of a no: by which name of theirs, too */
	WORD_REASON,
	WORD_REASON_NO, /**< there is none */
	WORD_LIFT,	/**< a line of its own: asks for a new question */
	WORD_NOTE_GRANTED,
	WORD_NOTE_GRANTED_STOP, /**< the same where there is WORD_STOP */
	WORD_NOTE_DENIED,	/**< how to use WORD_LIFT */

	/* Answers to what was typed. */
	WORD_CHAT_YES,	    /**< a yes is recorded */
	WORD_CHAT_NO,	    /**< a no is */
	WORD_CHAT_STOPPED,  /**< everything through something is ended */
	WORD_CHAT_LIFTED,   /**< and that is taken back */
	WORD_CHAT_UNPROVED, /**< a yes did not count */
	WORD_CHAT_HELP,	    /**< of a question */
	WORD_CHAT_HELP_AT,  /**< of a list or service */
	WORD_CHAT_WHICH,    /**< a no could answer several questions */
	WORD_CHAT_FORGED,   /**< a STOP that nobody proved */
	WORD_CHAT_LIST,	    /**< what somebody said: the first line */
	WORD_CHAT_LIST_YES,
	WORD_CHAT_LIST_NO,
	WORD_CHAT_LIST_MORE, /**< there are more lines */
	WORD_CHAT_LIST_NONE,

	WORD_DATE,
	WORD_JANUARY, /**< the other months follow */
	WORD_DECEMBER = WORD_JANUARY + 11,
	WORDS
};

struct language {
	const char *tag;	  /**< RFC 5646, lower case: "en" */
	bool is_reviewed;	  /**< by a native speaker */
	bool is_rtl;		  /**< written from right to left */
	const char *const *words; /**< by enum word_id; lines end in LF */
};

/** The language number @p i, from 0: English; NULL: there are no more. */
const struct language *language_at(size_t i);
/** By its tag, in any case; NULL: there is none. */
const struct language *language_find(struct view tag);
/** The tags of all, with commas between them: for messages to operators. */
const char *language_tags(struct arena *arena);

/** What a word has to have in it, in every language: a set of facts, each of
 *  them once. */
unsigned word_facts(enum word_id word);
/** "question", ... of a form; NULL: no such form. */
const char *word_form_name(enum word_id form);

/** Write a word; facts that it has not are not looked at. */
void word_add(struct text *text, const struct language *language,
	      enum word_id word, const struct fact_values *values);
/** "30 November 2026, 08:15 UTC"; @p at: seconds since the epoch. */
void word_add_date(struct text *text, const struct language *language,
		   int64_t at);

#endif
