/*
 * digest_params -- the parameters of a digest value: `Digest name=value, ...`,
 * of challenges and of credentials (RFC 7616 sections 3.3 and 3.4).
 */
#ifndef VOLENS_BASE_DIGEST_PARAMS_H
#define VOLENS_BASE_DIGEST_PARAMS_H

#include "server/base/text.h"

enum digest_param {
	DIGEST_PARAM_USERNAME,
	DIGEST_PARAM_REALM,
	DIGEST_PARAM_NONCE,
	DIGEST_PARAM_URI,
	DIGEST_PARAM_RESPONSE,
	DIGEST_PARAM_ALGORITHM,
	DIGEST_PARAM_CNONCE,
	DIGEST_PARAM_NC,
	DIGEST_PARAM_QOP,
	DIGEST_PARAM_OPAQUE,
	DIGEST_PARAM_STALE,
	DIGEST_PARAM_USERHASH,
	DIGEST_PARAMS
};

/** Values without their quotes; backslashes stay. */
struct digest_params {
	struct view values[DIGEST_PARAMS];
	bool there[DIGEST_PARAMS];
};

/** Unknown parameters are passed over.  ERR_UNSUPPORTED: another scheme;
 *  ERR_SYNTAX: malformed, over 4 KiB, or a parameter twice. */
enum err digest_params_read(struct view value,
			    struct digest_params *ret) MUST_CHECK;
/** Is it there, with this value in any case? */
bool digest_param_is(const struct digest_params *params,
		     enum digest_param param, const char *value);

#endif
