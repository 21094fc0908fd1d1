/*
 * admin_token -- the bearer token of the admin side, and a limit for those who
 * fail to show it.
 *
 * Only the SHA-256 of the token is kept; it is compared in constant time, and
 * sources that fail are counted: 20 failures a minute get 401,
 * more with "later".  The right token is never refused, so that a broken script
 * on the same host cannot lock the operator out; guessing 32 characters at any
 * rate is hopeless.  Any thread.
 */
#ifndef VOLENS_API_ADMIN_TOKEN_H
#define VOLENS_API_ADMIN_TOKEN_H

#include "server/base/view.h"

/** There is one token; its file may be changed. */
#define ADMIN_TOKEN_NAME "admin"
#define ADMIN_TOKEN_MIN 32 /**< characters of a token */
#define ADMIN_TOKEN_FAILURES_PER_MINUTE 20

struct admin_token;

/** Read the token file.  ERR_IO, ERR_FORBIDDEN (others can read it),
 *  ERR_SYNTAX (too short, or not printable ASCII); @p ret_problem says why. */
enum err admin_token_new(const char *token_file, struct admin_token **ret,
			 const char **ret_problem) MUST_CHECK;
void admin_token_free(struct admin_token *admin);

/** ERR_OK: an Authorization value with the right token. ERR_AUTHENTICATE: none,
 *  or a wrong one; ERR_BUSY: too many of those from @p source, try again in
 *  @p ret_wait_s.  @p now_s on any clock (a step back starts a new minute). */
enum err admin_token_check(struct admin_token *admin, struct view authorization,
			   struct view source, int64_t now_s,
			   int *ret_wait_s) MUST_CHECK;

#endif
