/*
 * banned -- calls that never appear here; included in every file by the build
 * (-include).  The reasons are the usual ones: no bound, hidden state, or time
 * that is not the loop's.
 *
 * It comes before all else, so it also brings config.h: the system's headers
 * must see _GNU_SOURCE when they are first read.
 */
#ifndef VOLENS_BASE_BANNED_H
#define VOLENS_BASE_BANNED_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Macros of glibc, some with clang and _FORTIFY_SOURCE only. */
#undef alloca
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf
#pragma GCC poison strtok gets atoi atol gmtime localtime ctime alloca

/* Headers of others use the word as the name of a parameter. */
#define rand() banned_rand()

#endif
