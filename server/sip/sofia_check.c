#include "server/sip/sofia_check.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>

#include "server/sip/common_syntax.h"

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

static const char *fault_of(struct view name)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (view_equal_nocase(name, view_of(needed[i].name)))
			return needed[i].reason;
	return NULL;
}

static bool is_needed(const struct field_line *line)
{
	switch ((int)line->field) {
	case FIELD_ACCEPT:
	case FIELD_CALL_ID:
	case FIELD_CONTACT:
	case FIELD_CONTENT_DISPOSITION:
	case FIELD_CONTENT_ENCODING:
	case FIELD_CONTENT_LENGTH:
	case FIELD_CONTENT_TYPE:
	case FIELD_CSEQ:
	case FIELD_FROM:
	case FIELD_MAX_FORWARDS:
	case FIELD_PROXY_REQUIRE:
	case FIELD_RECORD_ROUTE:
	case FIELD_REQUIRE:
	case FIELD_ROUTE:
	case FIELD_TO:
	case FIELD_VIA:
		return true;
	default:
		return false;
	}
}

/** Start line and the fields that are needed. */
struct excerpt {
	/* Each line may get a blank and a CR that it did not have. */
	char at[MESSAGE_HEAD_MAX + 3 * MESSAGE_LINES_MAX];
	size_t len;
};

static void excerpt_add(struct excerpt *excerpt, struct view v)
{
	if (v.len > sizeof(excerpt->at) - excerpt->len)
		v.len = sizeof(excerpt->at) - excerpt->len;
	if (v.len)
		memcpy(excerpt->at + excerpt->len, v.at, v.len);
	excerpt->len += v.len;
}

static void excerpt_make(const struct message *message, struct excerpt *ret)
{
	ret->len = 0;
	excerpt_add(ret, message->start);
	excerpt_add(ret, VIEW("\r\n"));
	for (size_t i = 0; i < message->n_lines; i++) {
		if (!is_needed(&message->lines[i]))
			continue;
		excerpt_add(ret, message->lines[i].name);
		excerpt_add(ret, VIEW(": "));
		excerpt_add(ret, message->lines[i].value);
		excerpt_add(ret, VIEW("\r\n"));
	}
	excerpt_add(ret, VIEW("\r\n"));
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
		const char *fault = name ? fault_of(view_of(name)) : NULL;

		if (fault)
			return fault;
	}
	return NULL;
}

/* Is there anything that is not of the everyday kind? */
static bool is_doubtful(const struct message *message)
{
	if (!uri_has_common_syntax(message->uri) ||
	    !view_equal(message->version, VIEW("SIP/2.0")))
		return true;
	for (size_t i = 0; i < message->n_lines; i++) {
		const struct field_line *line = &message->lines[i];

		if (!value_has_common_syntax(line->field, line->value) &&
		    is_needed(line))
			return true;
	}
	return false;
}

/* The parser copies what it is given, and sees no body: Content-Length is then
 * more than there is, which it does not mind. */
const char *sofia_check_fault(const struct message *message)
{
	struct excerpt excerpt;
	const char *fault = "Bad Request";
	const sip_t *sip;
	msg_t *msg;

	if (!is_doubtful(message))
		return NULL;
	excerpt_make(message, &excerpt);
	msg = msg_make(sip_default_mclass(), 0, excerpt.at,
		       (ssize_t)excerpt.len);
	sip = msg ? sip_object(msg) : NULL;
	if (sip)
		fault = first_fault(sip);
	if (msg)
		msg_destroy(msg);
	return fault;
}
