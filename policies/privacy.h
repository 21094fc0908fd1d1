/*
 * privacy -- the Privacy header (RFC 3323 sections 4 and 5, RFC 3325
 * section 9.3).
 */
#ifndef VOLENS_POLICIES_PRIVACY_H
#define VOLENS_POLICIES_PRIVACY_H

#include "policies/trust.h"
#include "server/base/view.h"

/** Read a Privacy value list (";" separated; "," tolerated) into bits.
 *  ERR_SYNTAX when `none` stands beside another value or it is not a token. */
enum err privacy_parse(struct view value, unsigned *ret) MUST_CHECK;

/** True when From must be shown as anonymous on a leg. */
bool privacy_hides_from(unsigned privacy);
/** True when this header must not be copied to a leg (Subject, Call-Info,
 *  Organization, Reply-To, In-Reply-To, User-Agent under `user`; RFC 3323
 *  section 4.1). */
bool privacy_drops_header(unsigned privacy, struct view header_name);
/** A critical request that cannot be honoured: the name of the first value we
 *  cannot do (RFC 3323 section 5: refuse with 500); NULL when all is well. */
const char *privacy_unserved(unsigned privacy);

#endif
