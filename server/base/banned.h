/*
 * banned -- calls that never appear here; included in every file by the build
 * (-include).  The reasons are the usual ones: no bound, hidden state, or time
 * that is not the loop's.
 */
#ifndef VOLENS_BASE_BANNED_H
#define VOLENS_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets \
	atoi atol gmtime localtime ctime rand alloca

#endif
