/*
 * chat_private -- what the files of typed words share.
 *
 *   chat.c           takes one, and says which way it goes
 *   chat_question.c  at the address of a question: the token is what counts
 *   chat_target.c    at a list or a service: who proves who they are
 *   chat_store.c     what the store has to do for those
 *   chat_tell.c      has the person told, once and within budgets
 *   chat_out.c       the MESSAGE that tells them, and its tries
 *   chat_text.c      in their words
 *
 * A no is in force before its 200 (db/writer.h).  What tells of it goes to the
 * recorded address alone, never to where a request came from.
 */
#ifndef VOLENS_SERVER_CONSENT_CHAT_PRIVATE_H
#define VOLENS_SERVER_CONSENT_CHAT_PRIVATE_H

#include "policies/chat.h"
#include "server/consent/consents_private.h"

/** A typed word that waits for its outcome; in the request's arena. */
struct chat {
	struct store_job job; /**< of chat_target.c */
	struct consents *consents;
	struct request *request;
	struct chat_typed typed;
	const char *target; /**< that a no is about: key, "*" or "*@domain" */
	int64_t now;
	/* filled on the writer's thread */
	struct permission row;	     /**< that a question is about */
	struct permission denied[2]; /**< of each address that was proved */
	size_t n_denied;
	struct permission *lines; /**< CHAT_LIST */
	size_t n_lines, n_rows;	  /**< rows that were found; of these shown */
};

/** Respond, and be done with the request. */
void chat_respond(struct chat *chat, int status);
void chat_respond_busy(struct chat *chat);

/** The key of the target that was named behind STOP, of the domain of
 *  @p target, in @p arena; NULL: there is none. */
const char *chat_named_target(const struct consents *consents,
			      const char *target, struct view name,
			      struct arena *arena);

void chat_at_question(struct chat *chat);
void chat_at_target(struct chat *chat);

/* chat_store.c, on the writer's thread. */

/** What @p chat says, of who proved who they are. */
enum err chat_run(struct store *store, struct write_job *job) MUST_CHECK;

/** Something to tell a person. */
struct chat_answer {
	enum word_id word;
	/** What it is about, and to whom: id (0: none), scopes, kinds,
	 *  recipient_uri.  WORD_CHAT_FORGED: target and recipient, as somebody
	 *  said; who is not recorded there is not told. */
	const struct permission *row;
	const struct permission *lines; /**< WORD_CHAT_LIST */
	size_t n_lines, n_more;
	/** It was typed to that address, and the answer comes from there; NULL:
	 *  from the target. */
	const struct token *question;
	/** WORD_CHAT_FORGED: the address that it came from (struct request). */
	const uint8_t *source;
};
/** Copies what it needs.  What was told today, or is over a budget, is not. */
void chat_tell(struct consents *consents, const struct chat_answer *answer);
/** What waits for another try is given up. */
void chats_drain(struct consents *consents);
/** All legs are dropped; freed with chats_free(). */
void chats_stop(struct consents *consents);
void chats_free(struct consents *consents);

/* chat_out.c */

/** Most that are on their way, ask for a budget or wait for another try. */
#define CHATS_MOST 500

/** Which counts of the day it is in; n of them. */
struct chat_counts {
	struct ttl_cache *of[2];
	struct hash128 key[2];
	uint32_t most[2];
	size_t n;
};
/** A MESSAGE that tells somebody. */
struct chat_out {
	struct store_job job;	      /**< that asks for its budget */
	struct chat_out *next, *prev; /**< of consents->chats */
	struct consents *consents;
	struct arena *arena;
	struct chat_answer answer;
	struct permission row;
	struct token question, no;
	struct chat_counts counts;
	bool may_go;
	int64_t now;
	int tries;
	struct loop_timer again;
	bool is_waiting; /**< for another try */
	struct leg_template template;
	struct leg leg;
};
/** Copies what it needs; it is in consents->chats. */
struct chat_out *chat_out_new(struct consents *consents,
			      const struct chat_answer *answer);
void chat_out_end(struct chat_out *out);
/** @return false: it cannot be sent, and is not there any more. */
bool chat_out_send(struct chat_out *out);
/** What a person did themselves, and proved, or what their no has done. */
bool chat_is_confirmation(enum word_id word);

/** What is told, in words. */
struct chat_words_told {
	const struct consents_settings *settings;
	const struct chat_answer *answer;
	const char *domain;   /**< of the target */
	const char *no_uri;   /**< WORD_CHAT_FORGED */
	const char *lift_uri; /**< WORD_CHAT_STOPPED; NULL: none */
};
/** Languages one under the other; UTF-8, lines end in CRLF. */
void chat_text(const struct chat_words_told *told, struct text *ret);

#endif
