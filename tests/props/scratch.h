/*
 * scratch -- a folder for the files of one test program, in memory where the
 * system has such a place; removed at the end.
 */
#ifndef VOLENS_TESTS_PROPS_SCRATCH_H
#define VOLENS_TESTS_PROPS_SCRATCH_H

/** Make the folder.  Call before the tests run, and scratch_remove() after. */
void scratch_make(void);
void scratch_remove(void);
/** Path of a file there; good until the next call. */
const char *scratch_path(const char *name);

#endif
