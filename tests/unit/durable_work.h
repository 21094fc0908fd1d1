/*
 * durable_work -- a process that writes as fast as it can and says what it was
 * promised, so that another may cut it short and look.
 */
#ifndef VOLENS_TESTS_UNIT_DURABLE_WORK_H
#define VOLENS_TESTS_UNIT_DURABLE_WORK_H

#include <stdint.h>

#define N_WORDS 32 /**< permissions that change their word all the time */

enum note_phase { NOTE_SUBMITTED, NOTE_KEPT };
enum note_act {
	ACT_WORD,   /**< word number n of permission `key`: odd is yes */
	ACT_ACCEPT, /**< journal entry number n */
	ACT_SETTLE  /**< it is settled; every third waits for a retry */
};

/** What the worker tells; 16 bytes, whole or not at all. */
struct note {
	uint8_t phase, act;
	uint16_t key;
	uint32_t number;
	int64_t id;
};

/** Write to the store at @p path, tell on @p fd; never returns. */
void work_on(const char *path, int fd) __attribute__((noreturn));

/** Syncs fail: see that the writer never again says that it kept something.
 *  Exit status for main(). */
int work_without_syncs(const char *path);

/** Recipient number @p key. */
const char *word_name(unsigned key, char ret[32]);
/** Bytes of message number @p n. */
unsigned message_len(uint32_t number);

#endif
