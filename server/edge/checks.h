/*
 * checks -- the checks that a server makes before it processes a request, in
 * the order of RFC 3261 section 8.2, as tables.
 *
 * The steps of an intake: intake_syntax(), intake_target(), intake_rules().
 */
#ifndef VOLENS_SERVER_EDGE_CHECKS_H
#define VOLENS_SERVER_EDGE_CHECKS_H

#include "server/edge/intake.h"

/** All three, for what could not be framed. */
void checks_run(struct intake *intake);
/** Does a stop not refuse it? */
bool checks_pass_stop(struct intake *intake);

#endif
