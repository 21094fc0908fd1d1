/*
 * chat -- what a person typed: a word that is an answer or an order, or text.
 *
 * A word counts only where it is all that was typed: in any case, with blanks
 * around it and one full stop or exclamation mark behind it.  All else is text,
 * which decides nothing.  Which words count depends on where they go: a yes
 * only to the address of one question, and where people talk to each other only
 * the words that nobody says to others.  Pure: no allocation.
 */
#ifndef VOLENS_POLICIES_CHAT_H
#define VOLENS_POLICIES_CHAT_H

#include <stdbool.h>

#include "server/base/view.h"

/** Longer texts are no words, in bytes with the blanks around them. */
#define CHAT_TEXT_MAX 256
/** Most characters of a word of a table. */
#define CHAT_WORD_MAX 24
/** Most bytes of the name behind STOP. */
#define CHAT_NAME_MAX 128

enum chat_command {
	CHAT_TEXT, /**< none: ordinary text */
	CHAT_YES,
	CHAT_NO,
	CHAT_STOP,	/**< STOP, UNSUBSCRIBE: nobody says them to others */
	CHAT_END,	/**< QUIT, CANCEL, ...: as STOP, but others may be meant
			 */
	CHAT_STOP_ALL,	/**< everything from this relay */
	CHAT_START_ALL, /**< takes that back */
	CHAT_STOP_ONE,	/**< STOP and the name of a list or service */
	CHAT_HELP,
	CHAT_LIST,	/**< what they said yes and no to */
	CHAT_NEAR_STOP, /**< begins like STOP, and says more: no order */
	CHAT_COMMANDS
};

/** Where it was sent to. */
enum chat_place {
	CHAT_AT_QUESTION,    /**< the address of one question */
	CHAT_AT_SERVICE,     /**< a list service: takes no text by itself */
	CHAT_AT_QUIET_LIST,  /**< a stored list whose replies do not go to it */
	CHAT_AT_TALKING_LIST /**< one whose replies go to it */
};

/** A word of a language, in UTF-8, composed (Unicode NFC), small letters. */
struct chat_word {
	const char *text;
	enum chat_command command; /**< neither one with a name nor a near one
				    */
};

/** The words of one language; CHAT_TEXT ends them. */
struct chat_words {
	const struct chat_word *at;
	/** A yes of it counts, and so do HELP and LIST.  What denies counts in
	 *  every language. */
	bool is_spoken;
};

struct chat_typed {
	enum chat_command command;
	struct view name; /**< CHAT_STOP_ONE; in the text that was read */
};

/** Read it, whole. */
void chat_read(struct view text, const struct chat_words *languages, size_t n,
	       struct chat_typed *ret);
/** What it is there: CHAT_TEXT where it is nothing but text. */
enum chat_command chat_at(enum chat_place place, enum chat_command command);
/** Does it take something back, or forbid it? */
bool chat_denies(enum chat_command command);
/** "yes", "stop-one", ...: for the log. */
const char *chat_command_name(enum chat_command command);

#endif
