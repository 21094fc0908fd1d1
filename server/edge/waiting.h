/*
 * waiting -- intakes that wait, such as for a key that is fetched or for an
 * answer of another server.
 *
 * What was received lies in a buffer that the next datagram overwrites.  So one
 * that waits copies its bytes into its arena, and is read again when it goes
 * on: only those that wait pay for it.  It has its transaction meanwhile, so
 * that a retransmission is known as one.  How many wait is bounded, for each
 * source and in all.  A deny waits for nothing.
 */
#ifndef VOLENS_SERVER_EDGE_WAITING_H
#define VOLENS_SERVER_EDGE_WAITING_H

#include "server/edge/intake.h"

#define WAITING_MAX 256
#define WAITING_SOURCE_MAX 16 /**< of strangers */

/**
 * In a step: what it needs is not there yet.  It returns INTAKE_WAIT then, and
 * is called once more after waiting_resume(), with @p work in intake->work.
 *
 * @param drop  the intake has ended meanwhile: @p work is of no use any more
 * @return NULL: it may not wait; the step returns waiting_refused()
 */
struct waiting *waiting_begin(struct intake *intake, void (*drop)(void *work),
			      void *work) MUST_CHECK;
/** 503; but a deny goes on without what the step would have found. */
enum intake_progress waiting_refused(struct intake *intake);
/** The driver: the step has returned INTAKE_WAIT. */
void waiting_park(struct intake *intake);
/** It goes on.  Not from inside of the step. */
void waiting_resume(struct waiting *waiting);

/** A stop: those that it refuses are refused. */
void waitings_drain(struct edge *edge);
/** They end without an answer. */
void waitings_free(struct edge *edge);

#endif
