#include "server/sip/grammar.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>

/* clang-format off */
static const struct {
	const char *name, *reason;
} needed[] = {
	{ "Accept",              "Bad Accept" },
	{ "Call-ID",             "Bad Call-ID" },
	{ "Contact",             "Bad Contact" },
	{ "Content-Disposition", "Bad Content-Disposition" },
	{ "Content-Encoding",    "Bad Content-Encoding" },
	{ "Content-Length",      "Bad Content-Length" },
	{ "Content-Type",        "Bad Content-Type" },
	{ "CSeq",                "Bad CSeq" },
	{ "From",                "Bad From" },
	{ "Max-Forwards",        "Bad Max-Forwards" },
	{ "Proxy-Require",       "Bad Proxy-Require" },
	{ "Record-Route",        "Bad Record-Route" },
	{ "Require",             "Bad Require" },
	{ "Route",               "Bad Route" },
	{ "To",                  "Bad To" },
	{ "Via",                 "Bad Via" },
};
/* clang-format on */

static const char *fault_of(const char *name)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (strcasecmp(name, needed[i].name) == 0)
			return needed[i].reason;
	return NULL;
}

/* The list holds headers that could not be read, and second ones of a kind
 * that may be there once: those keep a class of their own. */
static const char *error_name(const sip_header_t *header)
{
	if (header->sh_class == sip_error_class)
		return header->sh_error->er_name;
	return header->sh_class->hc_name;
}

static const char *first_fault(const sip_t *sip)
{
	const sip_header_t *header = (const sip_header_t *)sip->sip_error;

	for (; header; header = header->sh_next) {
		const char *name = error_name(header);
		const char *fault = name ? fault_of(name) : NULL;

		if (fault)
			return fault;
	}
	return NULL;
}

/* The parser copies what it is given, and sees no body: Content-Length is then
 * more than there is, which it does not mind. */
const char *grammar_fault(struct view head)
{
	msg_t *msg =
		msg_make(sip_default_mclass(), 0, head.at, (ssize_t)head.len);
	const sip_t *sip = msg ? sip_object(msg) : NULL;
	const char *fault = sip ? first_fault(sip) : "Bad Request";

	if (msg)
		msg_destroy(msg);
	return fault;
}
