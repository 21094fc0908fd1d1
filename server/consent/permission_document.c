#include "server/consent/permission_document.h"

#include "policies/match.h"
#include "server/base/date.h"
#include "server/base/mime.h"
#include "server/base/xml.h"

#define DAY_S 86400
#define NS_COMMON_POLICY "urn:ietf:params:xml:ns:common-policy"
#define NS_CONSENT_RULES "urn:ietf:params:xml:ns:consent-rules"

static void add_escaped(struct text *text, const char *string)
{
	xml_add_escaped(text, view_of(string));
}

static void add_one(struct text *text, const char *uri)
{
	text_add(text, "<cp:one id=\"");
	add_escaped(text, uri);
	text_add(text, "\"/>");
}

/**
 * Whom the permission is for.  No identity element at all means anybody, also
 * who is not authenticated (RFC 4745 section 7.1, RFC 4453 REQ 12).
 */
static void add_identity(struct text *text, const char *scope)
{
	switch (scope_kind(scope)) {
	case SCOPE_ONE:
		text_add(text, "<cp:identity>");
		add_one(text, scope);
		text_add(text, "</cp:identity>\n");
		break;
	case SCOPE_DOMAIN:
		text_add(text, "<cp:identity><cp:many domain=\"");
		add_escaped(text, scope + 2); /* past "*@" */
		text_add(text, "\"/></cp:identity>\n");
		break;
	case SCOPE_MANY:
		text_add(text, "<cp:identity><cp:many/></cp:identity>\n");
		break;
	case SCOPE_ANYBODY:
	case SCOPE_INVALID: /* db/ keeps none */
		break;
	}
}

static void add_conditions(struct text *text,
			   const struct permission_rule *rule)
{
	text_add(text, "<cp:conditions>\n");
	add_identity(text, rule->sender);
	text_add(text, "<recipient>");
	add_one(text, rule->recipient); /* never wild: RFC 5360 s. 5.4 */
	text_add(text, "</recipient>\n<target>");
	if (strcmp(rule->target, "*") == 0)
		text_add(text, "<cp:many/>");
	else
		add_one(text, rule->target);
	text_add(text, "</target>\n</cp:conditions>\n");
}

/** No white space around the value: the schema's base is xs:string. */
static void add_handling(struct text *text, const char *uri, const char *value)
{
	text_add(text, "<trans-handling perm-uri=\"");
	add_escaped(text, uri);
	text_add(text, "\">");
	text_add(text, value);
	text_add(text, "</trans-handling>\n");
}

void permission_document_rules(const struct permission_rule *rule,
			       struct text *ret)
{
	text_add(ret, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<cp:ruleset xmlns:cp=\"" NS_COMMON_POLICY "\" "
		      "xmlns=\"" NS_CONSENT_RULES "\">\n"
		      "<cp:rule id=\"p1\">\n");
	add_conditions(ret, rule);
	text_add(ret, "<cp:actions>\n");
	add_handling(ret, rule->grant_uri, "grant");
	add_handling(ret, rule->deny_uri, "deny");
	text_add(ret, "</cp:actions>\n<cp:transformations/>\n"
		      "</cp:rule>\n</cp:ruleset>\n");
}

/** At a stored list the scope covers all who may write to it, now or later, and
 * the words say so. */
static void add_who(struct text *text, const struct permission_rule *rule)
{
	const char *scope = rule->sender;

	switch (scope_kind(scope)) {
	case SCOPE_ONE:
		text_add(text, scope);
		break;
	case SCOPE_DOMAIN:
		text_printf(text, "Everybody at %s", scope + 2);
		break;
	case SCOPE_MANY:
		text_add(text, rule->is_list
				       ? "Any member of this list, and whoever "
					 "else may write to it,"
				       : "Every sender known by name");
		break;
	case SCOPE_ANYBODY:
	case SCOPE_INVALID:
		text_add(text, "Everybody, known by name or not,");
		break;
	}
	/* Who may already was perhaps allowed by others than who reads it. */
	text_add(text, rule->ends_at ? " may" : " asks");
}

/** What is allowed by a kind with a name of its own. */
static void add_named(struct text *text, const char *name)
{
	if (strncmp(name, "event:", 6) == 0)
		text_printf(text, "be told of your \"%s\" events", name + 6);
	else
		text_printf(text, "send you %s requests",
			    strchr(name, ':') + 1);
}

/** "to send you messages and to call you", or without "to". */
static void add_kinds(struct text *text, const struct permission_rule *rule)
{
	struct kinds kinds = kinds_or_message(rule->kinds);
	const char *to = rule->ends_at ? "" : "to ";

	static const struct {
		enum permission_kind kind;
		const char *words;
	} known[] = {
		{KIND_MESSAGE, "send you messages"},
		{KIND_CALL, "call you"},
		{KIND_REFER, "have you call others"},
		{KIND_RECORDING, "record calls with you"},
		{KIND_LEAVE_MEDIA, "leave recorded messages for you"},
		{KIND_PRESENCE, "see whether you are there"},
		{KIND_DIALOG, "see whether you are in a call"},
	};
	unsigned left = kinds.set;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!(left & known[i].kind))
			continue;
		left &= ~(unsigned)known[i].kind;
		text_printf(text, "%s %s%s",
			    left + known[i].kind == kinds.set ? ""
			    : left			      ? ","
							      : " and",
			    to, known[i].words);
	}
	if (kinds.set == KIND_NAMED) {
		text_printf(text, " %s", to);
		add_named(text, kinds.name);
	}
}

static void add_days(struct text *text, int64_t seconds)
{
	int64_t days = (seconds + DAY_S / 2) / DAY_S;

	text_printf(text, "%lld days", (long long)days);
}

/** When it ends, and what the answers mean. */
static void add_end(struct text *text, const struct permission_rule *rule)
{
	text_add(text, " This ends by itself on ");
	date_add(text, rule->ends_at);
	text_add(text, ". Yes: it goes on");
	if (rule->yes_s) {
		text_add(text, " for ");
		add_days(text, rule->yes_s);
		text_add(text, " from your answer");
	} else {
		text_add(text, " until you say no");
	}
	text_add(text, ". No: it ends at once. Without an answer it ends on "
		       "that day, and you are not asked again.");
}

/** What the answers are, and what each ends. */
static void add_replies(struct text *text, const struct permission_rule *rule)
{
	struct kinds kinds = kinds_or_message(rule->kinds);
	bool is_message = kinds.set == KIND_MESSAGE;

	if (kinds.set & KIND_CALL)
		text_add(text,
			 "\r\nA call is a conference: several people hear "
			 "you and speak, not the caller alone.");
	text_printf(text, "\r\n\r\nYes: %s\r\nNo: %s\r\n", rule->grant_uri,
		    rule->deny_uri);
	if (rule->stop_uri)
		text_printf(text, "Stop everything: %s\r\n", rule->stop_uri);
	text_add(text, "\r\n");
	if (!rule->ends_at && rule->yes_s) {
		text_add(text, "A yes ends by itself after ");
		add_days(text, rule->yes_s);
		text_add(text, ". ");
	}
	if (!rule->ends_at)
		text_printf(text, "Without your yes %s. ",
			    is_message ? "nothing is sent"
				       : "none of this is done");
	text_add(text, rule->stop_uri
			       ? "No leaves what you allowed before; the last "
				 "address ends that, too. You can use them at "
				 "any later time.\r\n"
			       : "You can say no at any later time with the "
				 "same address.\r\n");
}

void permission_document_text(const struct permission_rule *rule,
			      struct text *ret)
{
	add_who(ret, rule);
	add_kinds(ret, rule);
	if (strcmp(rule->target, "*") == 0)
		text_printf(ret, " through any list of %s.", rule->domain);
	else
		text_printf(ret, " through the list %s.", rule->target);
	if (rule->ends_at)
		add_end(ret, rule);
	add_replies(ret, rule);
}

void permission_document_write(struct arena *arena,
			       const struct permission_rule *rule,
			       struct permission_document *ret)
{
	struct text text, rules;
	const char *type;

	text_init(&text, arena);
	text_init(&rules, arena);
	permission_document_text(rule, &text);
	permission_document_rules(rule, &rules);

	/* Default handling is "required" (RFC 5621 section 8): without the
	 * disposition a phone that does not know the type must refuse all. */
	struct mime_part parts[] = {
		{VIEW("Content-Type: text/plain;charset=utf-8\r\n"),
		 text_view(&text)},
		{VIEW("Content-Type: application/auth-policy+xml\r\n"
		      "Content-Disposition: render;handling=optional\r\n"),
		 text_view(&rules)},
	};

	mime_join(arena, parts, 2, &type, &ret->body);
	ret->content = view_of(arena_printf(
		arena, "MIME-Version: 1.0\r\nContent-Type: %s\r\n", type));
}

void permission_document_write_text(struct arena *arena,
				    const struct permission_rule *rule,
				    struct permission_document *ret)
{
	struct text text;

	text_init(&text, arena);
	permission_document_text(rule, &text);
	ret->body = text_view(&text);
	ret->content = VIEW("Content-Type: text/plain;charset=utf-8\r\n");
}
