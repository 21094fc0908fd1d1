/*
 * daemon -- all parts of the relay, put together, run, and taken apart.
 *
 *   loop, counters, index, accounts, allowances
 *     -> writer (opens the store, fills index and accounts) -> secret
 *       -> sip (binds) -> edge -> consents, lists, messages -> api (binds)
 *
 * daemon_run() then starts recovery and permission requests.
 *
 * Nothing is a global: every part gets what it needs in its settings.
 */
#ifndef VOLENS_SERVER_DAEMON_H
#define VOLENS_SERVER_DAEMON_H

#include "server/config.h"

struct daemon;

/** Look at the files that the configuration names, and change nothing; what
 *  would keep it from starting goes to the log. */
enum err daemon_check(const struct config *config) MUST_CHECK;
/** Build and bind everything; what fails goes to the log.  The config must
 *  live as long as the daemon. */
enum err daemon_new(const struct config *config,
		    struct daemon **ret) MUST_CHECK;
/**
 * Serve until SIGTERM or SIGINT; then refuse what is new, finish what is in
 * flight within a bound, and return.  A second signal ends it at once.
 */
void daemon_run(struct daemon *daemon);
void daemon_free(struct daemon *daemon);

#endif
