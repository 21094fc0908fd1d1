/*
 * mine -- the page on which a person sees all that they said yes and no to,
 * after they signed in (api/sign_in.h).
 *
 *   GET, HEAD /mine          of the first domain; ?only=yes|no, ?before=ID
 *   GET, HEAD /mine/DOMAIN   of another
 *   POST                     answer=no|again|lift|stop, row=ID and form=...
 *
 * By https alone.  A browser sends who somebody is by itself, wherever a form
 * came from: so each button has what ties it to the account and the row, and a
 * form of another site is refused.
 */
#ifndef VOLENS_API_MINE_H
#define VOLENS_API_MINE_H

#include "api/exchange.h"

/** The domain whose page it is; NULL: there is none at this address. */
const char *mine_realm(const struct exchange *exchange);
/** As page_judge(), page_run(): there is one. */
void mine_judge(struct exchange *exchange);
void mine_run(struct exchange *exchange);

#endif
