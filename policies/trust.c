#include "policies/trust.h"

#include <string.h>

static bool is_method(const char *method, const char *name)
{
	return strcmp(method, name) == 0;
}

/* ---- what came in ------------------------------------------------------- */

/* RFC 5876 section 4: in any request but ACK and CANCEL.  The draft has no
 * exceptions; and what it says of REGISTER it says of secure transports. */
static bool may_hold_it(const struct trust_domain *from, const char *method,
			int is_secure)
{
	if (from->spec == TRUST_DRAFT_06)
		return is_secure || !is_method(method, "REGISTER");
	return !is_method(method, "ACK") && !is_method(method, "CANCEL");
}

static bool is_believed(const struct trust_domain *from)
{
	return from && from->spec != TRUST_NONE && from->is_believed;
}

/* RFC 3325 section 5: whom we authenticated is asserted by an identity that we
 * choose; what they prefer is a hint. */
static enum identity_in own_identity(const struct trust_arrival *arrival)
{
	if (!arrival->is_authenticated)
		return IDENTITY_IN_NOBODY;
	return arrival->prefers_own ? IDENTITY_IN_PREFERRED : IDENTITY_IN_OWN;
}

enum identity_in trust_request_in(const struct trust_arrival *request)
{
	if (request->is_asserted && request->method &&
	    is_believed(request->from) &&
	    may_hold_it(request->from, request->method, request->is_secure))
		return IDENTITY_IN_ASSERTED;
	return own_identity(request);
}

/* RFC 5876 does not say what they mean in a response; the draft does, its
 * section "UAC Behaviour". */
enum identity_in trust_response_in(const struct trust_arrival *response)
{
	if (response->is_asserted && is_believed(response->from) &&
	    response->from->is_in_responses)
		return IDENTITY_IN_ASSERTED;
	return own_identity(response);
}

/* One sip or sips URI, and one tel URI (RFC 3325 section 9.1). */
bool trust_value_counts(struct trust_values *before, enum uri_scheme scheme)
{
	bool *has = scheme == URI_TEL ? &before->has_tel : &before->has_sip;

	if (scheme == URI_OTHER || *has)
		return false;
	*has = true;
	return true;
}

/* ---- what goes out ------------------------------------------------------ */

/* RFC 3325 section 9.1. */
static bool is_method_of_3325(const char *method)
{
	static const char *const methods[] = {"BYE",	   "INVITE", "OPTIONS",
					      "SUBSCRIBE", "NOTIFY", "REFER"};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (is_method(method, methods[i]))
			return true;
	}
	return false;
}

static bool may_write_it(const struct trust_domain *to, const char *method)
{
	if (is_method(method, "CANCEL"))
		return false;
	return !is_method(method, "ACK") || (to && to->spec == TRUST_DRAFT_06);
}

/* RFC 5876 section 4.5: a member that knows RFC 3325 only does not look for
 * them in other methods, and would let them leave the trust domain. */
static bool is_kept_by(const struct trust_domain *to,
		       const struct trust_departure *request)
{
	unsigned hidden = PRIVACY_ID | PRIVACY_USER;

	return to->spec != TRUST_RFC3325 || !(request->privacy & hidden) ||
	       is_method_of_3325(request->method);
}

static enum identity_out told_inside(const struct trust_domain *to)
{
	if (!to || to->spec == TRUST_NONE)
		return IDENTITY_OUT_WITHHELD;
	switch (to->tell) {
	case TRUST_TELL_YES:
		return IDENTITY_OUT_ASSERTED;
	case TRUST_TELL_PREFERRED:
		return IDENTITY_OUT_PREFERRED;
	case TRUST_TELL_NO:
		break;
	}
	return IDENTITY_OUT_WITHHELD;
}

/* RFC 3325 section 7; any wish but `none` is one for privacy, as for a MESSAGE
 * list (RFC 5365 section 7.2). */
static bool is_told_outside(unsigned privacy, int tells_outside)
{
	return privacy == PRIVACY_NONE || (privacy == 0 && tells_outside);
}

enum identity_out trust_request_out(const struct trust_departure *request)
{
	enum identity_out inside = told_inside(request->to);

	if (!request->method || !may_write_it(request->to, request->method))
		return IDENTITY_OUT_WITHHELD;
	if (inside != IDENTITY_OUT_WITHHELD)
		return is_kept_by(request->to, request) ? inside
							: IDENTITY_OUT_WITHHELD;
	return is_told_outside(request->privacy, request->tells_outside)
		       ? IDENTITY_OUT_ASSERTED
		       : IDENTITY_OUT_WITHHELD;
}

static enum identity_out told_in_responses(const struct trust_domain *to)
{
	return to && to->is_in_responses ? told_inside(to)
					 : IDENTITY_OUT_WITHHELD;
}

enum identity_out trust_response_out(const struct trust_departure *response)
{
	enum identity_out inside = told_in_responses(response->to);

	return inside != IDENTITY_OUT_WITHHELD &&
			       is_kept_by(response->to, response)
		       ? inside
		       : IDENTITY_OUT_WITHHELD;
}

/* The draft's section "Proxy Behaviour": a response cannot be challenged. */
bool trust_response_passes(const struct trust_passage *response)
{
	const struct trust_arrival arrival = {
		.from = response->from,
		.is_asserted = 1,
		.is_authenticated = response->is_authenticated};

	if (trust_response_in(&arrival) == IDENTITY_IN_NOBODY)
		return false;
	return told_in_responses(response->to) == IDENTITY_OUT_ASSERTED ||
	       is_told_outside(response->privacy, response->tells_outside);
}
