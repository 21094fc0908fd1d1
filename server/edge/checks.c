#include "server/edge/checks.h"

#include "server/base/log.h"
#include "server/base/mime.h"
#include "server/edge/typed.h"
#include "server/sip/sofia_check.h"

/* A status, and one more header field. */
static void reply_with(struct reply *reply, int status, const char *name,
		       const char *value)
{
	reply->status = status;
	response_add_header(&reply->lines, view_of(name), view_of(value));
}

static void reply_allow(const struct intake *intake, int status,
			struct reply *reply)
{
	reply->status = status;
	text_add(&reply->lines, "Allow: ");
	target_add_allow(&intake->target, &intake->edge->modules,
			 &reply->lines);
	text_add(&reply->lines, "\r\n");
}

/* Who takes it there; else the first who takes its method. */
static const struct method_module *row_of(const struct intake *intake)
{
	const struct registered *module = intake->module;

	if (!module)
		module = modules_of_method(&intake->edge->modules,
					   intake->received->method);
	return module ? module->row : NULL;
}

static void check_version(struct intake *intake, struct reply *reply)
{
	if (received_is_other_version(intake->received))
		reply->status = 505;
}

/* An unknown method is left to its 501: who invents methods may invent header
 * fields (RFC 4475 section 3.1.1.2). */
static void check_syntax(struct intake *intake, struct reply *reply)
{
	reply->reason = received_syntax_fault(intake->received);
	if (!reply->reason && intake->received->method != METHOD_UNKNOWN)
		reply->reason = sofia_check_fault(intake->received->message);
	if (!reply->reason)
		return;
	reply->status = 400;
	count(intake->edge->counters, COUNT_PARSE_ERRORS);
}

/* A CANCEL of a deny is looked for by its token, too. */
enum intake_progress intake_target(struct intake *intake)
{
	struct target *target = &intake->target;

	targets_find(intake->edge, &intake->received->uri, target);
	if (target->kind == TARGET_TOKEN && target->token_kind == TOKEN_DENY)
		intake->received->identity = (struct view){
			(const char *)target->token.bytes, TOKEN_LEN};
	return INTAKE_NEXT;
}

/* To withdraw a grant is a deny (RFC 3903 section 4.5: Expires: 0 with the tag
 * of what was published). */
bool checks_pass_stop(struct intake *intake)
{
	uint64_t seconds;

	if (typed_is_no(intake))
		return true;
	return intake->target.kind == TARGET_TOKEN &&
	       intake->received->method == METHOD_PUBLISH &&
	       intake->received->message->count[FIELD_SIP_IF_MATCH] &&
	       view_to_u64(
		       message_value(intake->received->message, FIELD_EXPIRES),
		       0, &seconds) == ERR_OK;
}

/* The one place where a stop refuses requests.  A deny does not come here
 * (deny.c). */
static void check_draining(struct intake *intake, struct reply *reply)
{
	(void)reply;
	if (intake->edge->is_draining && !checks_pass_stop(intake))
		intake_refuse_busy(intake, OVERLOAD_STOPPING);
}

/* RFC 5630 section 5.1.2. */
static void refuse_sips(const struct intake *intake, struct reply *reply)
{
	const char *domain = intake->target.domain;

	text_printf(&reply->lines, "Warning: 380 %s \"SIPS Not Allowed\"\r\n",
		    domain ? domain : intake->edge->settings.domain);
	reply->status = 480;
}

/* What a sips URI promises was not kept on the last hop (RFC 5630 section 4): a
 * token that stood in such a URI is not to be used by others.  A deny does not
 * come here. */
static void check_secure(struct intake *intake, struct reply *reply)
{
	const struct received *received = intake->received;
	char source[64];

	if (received->uri.scheme != URI_SIPS ||
	    protocol_is_secure(received->from->peer.protocol) ||
	    intake->target.kind == TARGET_ELSEWHERE ||
	    received->method == METHOD_CANCEL)
		return;
	if (intake->target.kind != TARGET_TOKEN &&
	    !sip_listens_securely(intake->edge->sip)) {
		refuse_sips(intake, reply);
		return;
	}
	reply->status = 403;
	reply->reason = "TLS Needed";
	if (intake->target.kind != TARGET_TOKEN)
		return;
	address_format(&received->from->peer.address, source);
	log_event(LOG_EVENT_CONSENT_REPLY_INSECURE, NULL, "from=\"%s\"",
		  source);
}

static void check_scheme(struct intake *intake, struct reply *reply)
{
	if (intake->received->uri.scheme != URI_SIP &&
	    intake->received->uri.scheme != URI_SIPS)
		reply->status = 416;
}

/* RFC 7332: a B2BUA obeys it like a proxy. */
static void check_hops(struct intake *intake, struct reply *reply)
{
	if (!intake->received->max_forwards)
		reply->status = 483;
}

/* May it be required here? */
static bool takes_tag(const struct intake *intake, struct view tag)
{
	if (intake->module)
		return module_takes_tag(intake->module->row, tag);
	return modules_take_tag(&intake->edge->modules,
				intake->received->method, tag);
}

/* Append the option tags of a field that are not served here. */
static size_t unsupported(const struct intake *intake, enum field field,
			  struct text *tags)
{
	struct items items = {0};
	struct view tag;
	size_t n = 0;

	while (message_next_item(intake->received->message, field, &items,
				 &tag)) {
		if (!view_is_token(tag) || takes_tag(intake, tag))
			continue;
		if (field == FIELD_PROXY_REQUIRE &&
		    view_equal_nocase(tag, VIEW("privacy")))
			continue;
		text_add(tags, n++ ? ", " : "Unsupported: ");
		text_add_view(tags, tag);
	}
	if (n)
		text_add(tags, "\r\n");
	return n;
}

/* RFC 3261 section 8.2.2.3.  Proxy-Require speaks to us as well, since we stand
 * where a proxy would; Require is named first. */
static void check_require(struct intake *intake, struct reply *reply)
{
	if (intake->received->method == METHOD_CANCEL || typed_is_no(intake))
		return;
	if (unsupported(intake, FIELD_REQUIRE, &reply->lines) ||
	    unsupported(intake, FIELD_PROXY_REQUIRE, &reply->lines))
		reply->status = 420;
}

static void check_loop(struct intake *intake, struct reply *reply)
{
	if (received_is_looped(intake->received))
		reply->status = 482;
}

/* What comes in a dialog of ours, and a CANCEL of an INVITE, are known before
 * (server/sip/receive.c); a CANCEL of what is no INVITE changes nothing (RFC
 * 3261 section 9.2).  We subscribe to nothing, so a NOTIFY belongs to nothing
 * (RFC 6665 section 4.1.3). */
static void check_dialog(struct intake *intake, struct reply *reply)
{
	if (intake->received->method == METHOD_CANCEL)
		reply->status =
			server_txn_is_cancelled(intake->received) ? 200 : 481;
	else if (intake->received->to_tag.len ||
		 intake->received->method == METHOD_NOTIFY)
		reply->status = 481;
}

/* We are nobody's registrar, so the host is not asked for REGISTER. */
static void check_method(struct intake *intake, struct reply *reply)
{
	if (intake->received->method == METHOD_UNKNOWN)
		reply_with(reply, 501, "Allow", intake->edge->modules.allow.at);
	else if (intake->received->method == METHOD_REGISTER)
		reply_with(reply, 405, "Allow", intake->edge->modules.allow.at);
}

/* Bodies that a session, a query or an event may have, where no module has the
 * method. */
static bool type_is_known(struct view type)
{
	static const struct view heads[] = {
		VIEW("application/sdp"), VIEW("application/resource-lists+xml"),
		VIEW("multipart/"),	 VIEW("message/"),
		VIEW("text/"),
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (view_starts_nocase(type, heads[i]))
			return true;
	return false;
}

static bool is_accepted(const struct method_module *row, struct view type)
{
	for (size_t i = 0; row->accepts && row->accepts[i]; i++)
		if (mime_type_is(type, row->accepts[i]))
			return true;
	return false;
}

static void refuse_type(const struct method_module *row, struct reply *reply)
{
	reply->status = 415;
	for (size_t i = 0; row->accepts && row->accepts[i]; i++) {
		text_add(&reply->lines, i ? ", " : "Accept: ");
		text_add(&reply->lines, row->accepts[i]);
	}
	text_add(&reply->lines, reply->lines.len ? "\r\n" : "");
}

/* Another host may take other types. */
static void check_type(struct intake *intake, struct view type,
		       struct reply *reply)
{
	const struct modules *modules = &intake->edge->modules;
	const struct method_module *row = row_of(intake);

	if (row && row->only_type && !mime_type_is(type, row->only_type))
		reply_with(reply, 415, "Accept", row->only_type);
	else if (row && intake->module && row->takes_accepted_only &&
		 !is_accepted(row, type))
		refuse_type(row, reply);
	else if (!row && !type_is_known(type))
		reply_with(reply, 415, "Accept", modules->accept.at);
}

/* RFC 3261 section 8.2.3. */
static void check_content(struct intake *intake, struct reply *reply)
{
	const struct message *message = intake->received->message;
	struct view type = message_value(message, FIELD_CONTENT_TYPE);
	struct view encoding = message_value(message, FIELD_CONTENT_ENCODING);
	struct view disposition, handling = VIEW_NONE;

	disposition = message_value(message, FIELD_CONTENT_DISPOSITION);
	if (view_param(disposition, "handling", &handling) &&
	    view_equal_nocase(handling, VIEW("optional")))
		return;
	if (message->body.len && encoding.len &&
	    !view_equal_nocase(encoding, VIEW("identity")))
		reply_with(reply, 415, "Accept-Encoding", "identity");
	else if (message->body.len)
		check_type(intake, type, reply);
}

/* Exactly one entity tag (RFC 3903 section 6, step 3). */
static void check_tag(struct intake *intake, struct reply *reply)
{
	struct view tag =
		message_value(intake->received->message, FIELD_SIP_IF_MATCH);

	if (intake->received->method != METHOD_PUBLISH ||
	    !intake->received->message->count[FIELD_SIP_IF_MATCH] ||
	    view_is_token(tag))
		return;
	reply->status = 400;
	reply->reason = "Bad SIP-If-Match";
}

/* Only an INVITE would be answered with a body: a session description. */
static void check_accept(struct intake *intake, struct reply *reply)
{
	const struct message *message = intake->received->message;
	struct items items = {0};
	struct view range;

	if (intake->received->method != METHOD_INVITE ||
	    !message->count[FIELD_ACCEPT])
		return;
	while (message_next_item(message, FIELD_ACCEPT, &items, &range))
		if (mime_type_is(range, "application/sdp") ||
		    mime_type_is(range, "application/*") ||
		    mime_type_is(range, "*/*"))
			return;
	reply_with(reply, 406, "Warning",
		   "399 volens \"No acceptable type of answer\"");
}

/* Nobody hears whether there is a list that they may not use: what could be the
 * name of one is answered as a list is, up to the 404. */
static void take_for_list(struct intake *intake)
{
	struct target *target = &intake->target;

	if (target->kind != TARGET_USER || !target->list[0])
		return;
	intake->module =
		modules_find(&intake->edge->modules, intake->received->method,
			     PURPOSE_STORED_LIST);
	if (intake->module)
		target->kind = TARGET_LIST;
}

/*
 * Method and user before Require (RFC 3261 section 8.2.1, 8.2.2).  OPTIONS to
 * any user is taken like OPTIONS to the relay itself, so that it tells nobody
 * who is here; for all other methods there are no users at all.  Of a
 * conference only its module knows.
 */
static void check_target(struct intake *intake, struct reply *reply)
{
	bool is_question = intake->received->method == METHOD_OPTIONS;

	if (intake->target.kind == TARGET_ELSEWHERE ||
	    (is_question && intake->target.kind != TARGET_CONFERENCE))
		return;
	intake->module = typed_module(intake);
	if (!intake->module)
		intake->module =
			target_module(&intake->target, &intake->edge->modules,
				      intake->received->method);
	take_for_list(intake);
	if (intake->target.kind == TARGET_USER ||
	    (intake->target.kind == TARGET_LIST && !intake->module))
		reply->status = 404;
	else if (!intake->module && !is_question)
		reply_allow(intake, 405, reply);
}

/* RFC 3261 section 8.1.1.8: a request that may make a dialog has one. */
static void check_contact(struct intake *intake, struct reply *reply)
{
	struct items items = {0};
	struct view item;
	size_t n = 0;

	if (!intake->module || !intake->module->row->makes_dialog)
		return;
	while (message_next_item(intake->received->message, FIELD_CONTACT,
				 &items, &item))
		n++;
	if (n == 1)
		return;
	reply->status = 400;
	reply->reason = n ? "More Than One Contact" : "Missing Contact";
}

/* A host that is not ours: a proxy would judge the rest of the request first
 * (RFC 3261 section 16.3). */
static void check_host(struct intake *intake, struct reply *reply)
{
	if (intake->target.kind == TARGET_ELSEWHERE)
		reply->status = 404;
}

static void check_size(struct intake *intake, struct reply *reply)
{
	const struct method_module *row = row_of(intake);
	size_t most = row && row->body_max ? row->body_max
					   : intake->edge->settings.message_max;

	if (intake->received->message->body.len > most)
		reply->status = 413;
}

/* RFC 3261 section 11.2. */
static void answer_options(struct intake *intake, struct reply *reply)
{
	const struct modules *modules = &intake->edge->modules;
	bool is_token = intake->target.kind == TARGET_TOKEN;

	if (intake->received->method != METHOD_OPTIONS || intake->module)
		return;
	if (is_token)
		reply_allow(intake, 200, reply);
	else
		reply_with(reply, 200, "Allow", modules->allow.at);
	/* Where there is no room for all, the last are left out. */
	if (!is_token)
		response_add_header(&reply->lines, VIEW("Supported"),
				    text_view(&modules->supported));
	response_add_header(&reply->lines, VIEW("Allow-Events"),
			    text_view(&modules->events));
	if (!is_token)
		response_add_header(&reply->lines, VIEW("Accept"),
				    text_view(&modules->accept));
	response_add_header(&reply->lines, VIEW("Accept-Encoding"),
			    VIEW("identity"));
	response_add_header(&reply->lines, VIEW("Accept-Language"), VIEW("en"));
}

typedef void (*check_fn)(struct intake *intake, struct reply *reply);

static enum intake_progress run(struct intake *intake, const check_fn *checks,
				size_t n)
{
	for (size_t i = 0; i < n; i++) {
		checks[i](intake, &intake->reply);
		if (intake->reply.status)
			return INTAKE_ENDED;
	}
	return INTAKE_NEXT;
}

enum intake_progress intake_syntax(struct intake *intake)
{
	static const check_fn checks[] = {check_version, check_syntax};

	return run(intake, checks, sizeof(checks) / sizeof(checks[0]));
}

enum intake_progress intake_rules(struct intake *intake)
{
	static const check_fn checks[] = {
		check_draining, check_secure,  check_scheme,  check_hops,
		check_loop,	check_dialog,  check_method,  check_target,
		check_contact,	check_require, check_content, check_accept,
		check_host,	check_tag,     check_size,    answer_options,
	};

	return run(intake, checks, sizeof(checks) / sizeof(checks[0]));
}

void checks_run(struct intake *intake)
{
	if (intake_syntax(intake) == INTAKE_NEXT &&
	    intake_target(intake) == INTAKE_NEXT)
		intake_rules(intake);
}
