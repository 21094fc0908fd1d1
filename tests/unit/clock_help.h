/*
 * clock_help -- a monotonic clock that stands still until the test moves it, so
 * that a timer of 32 s takes no time and fires when it should.
 *
 * It takes the place of clock_gettime() in the test's program.  A turn of the
 * loop still sleeps in real time, for as long as it is told.
 */
#ifndef VOLENS_TESTS_UNIT_CLOCK_HELP_H
#define VOLENS_TESTS_UNIT_CLOCK_HELP_H

/** From now on it shows the same time, and moves when it is told. */
void clock_stop(void);
void clock_move(int ms);

#endif
