/*
 * fake_loop -- a loop whose time is the test's (implements server/base/loop.h).
 *
 * Nothing waits: what is due runs when the test says so, and the clock moves
 * when the test moves it.  There is one clock, for all loops, so that the code
 * under test and its log agree.
 */
#ifndef VOLENS_TESTS_FAKE_LOOP_H
#define VOLENS_TESTS_FAKE_LOOP_H

#include "server/base/loop.h"

/** The first instant of a test: 2023-11-14 22:13:20 UTC. */
#define FAKE_EPOCH_S 1700000000

/** Put the clock back to the first instant. */
void fake_clock_reset(void);
/** Step the wall clock, as NTP or an operator does. */
void fake_clock_step(int64_t by_s);

/** Run the posts, the timers that are due now and the tasks, one turn.
 *  @return how many ran */
int fake_loop_turn(struct loop *loop);
/** When the next timer is due, on the monotonic clock; -1: none is set. */
int64_t fake_loop_next_ms(const struct loop *loop);
/** Move the clock to that instant (never back). */
void fake_loop_move(struct loop *loop, int64_t to_ms);

#endif
