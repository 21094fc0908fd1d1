/*
 * thread -- start a thread that no signal reaches.
 *
 * Signals are for the loop of the main thread; in another thread one would
 * interrupt a system call, such as an fsync.
 */
#ifndef VOLENS_SERVER_BASE_THREAD_H
#define VOLENS_SERVER_BASE_THREAD_H

#include <pthread.h>

#include "server/base/err.h"

/** ERR_IO: the system has no room for one more. */
enum err thread_start(pthread_t *ret, void *(*run)(void *arg),
		      void *arg) MUST_CHECK;

#endif
