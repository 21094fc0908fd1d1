/*
 * kept_status -- the SIP status of a try, as it is kept on disk: it says also
 * why there was none.
 *
 * A last_status of deliveries and permissions, and the status of a recipient in
 * a record, are kept so.  People and programs are shown status_shown() and
 * status_reason().  Pure; any thread.
 */
#ifndef VOLENS_POLICIES_KEPT_STATUS_H
#define VOLENS_POLICIES_KEPT_STATUS_H

#include <stdbool.h>

/** 503, and nothing was sent: the certificate of the next hop does not prove
 *  its domain (RFC 5922 section 7.3). */
#define STATUS_UNVERIFIED 1503

/** The same in a sentence. */
#define UNVERIFIED_TEXT                                                        \
	"the certificate of the recipient's server does not prove its domain " \
	"(503)"

/** @p status is that of a leg, or 0. */
int status_kept(int status, bool is_unverified);

/** 0, 200..699. */
int status_shown(int kept);

/** A word for what the status alone does not say, "certificate"; or NULL. */
const char *status_reason(int kept);

#endif
