#include "server/consent/permission_document.h"

#include "policies/match.h"
#include "server/base/domains.h"
#include "server/base/mime.h"
#include "server/base/xml.h"
#include "server/consent/permission_text.h"

#define TEXT_TYPE "Content-Type: text/plain;charset=utf-8\r\n"
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
	if (target_is_any(rule->target))
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

/** RFC 3261 section 20.13. */
static const char *languages_of(struct arena *arena,
				const struct permission_rule *rule)
{
	return arena_printf(
		arena, "Content-Language: %s\r\n",
		wording_for(rule->wording, rule->target)->languages);
}

void permission_document_write(struct arena *arena,
			       const struct permission_rule *rule,
			       struct permission_document *ret)
{
	struct text text, rules;
	const char *languages, *type;

	text_init(&text, arena);
	text_init(&rules, arena);
	permission_text_add(&text, rule);
	permission_document_rules(rule, &rules);

	languages = languages_of(arena, rule);
	/* Default handling is "required" (RFC 5621 section 8): without the
	 * disposition a phone that does not know the type must refuse all. */
	struct mime_part parts[] = {
		{view_of(arena_printf(arena, TEXT_TYPE "%s", languages)),
		 text_view(&text)},
		{VIEW("Content-Type: application/auth-policy+xml\r\n"
		      "Content-Disposition: render;handling=optional\r\n"),
		 text_view(&rules)},
	};

	mime_join(arena, parts, 2, &type, &ret->body);
	ret->content = view_of(arena_printf(
		arena, "MIME-Version: 1.0\r\nContent-Type: %s\r\n%s", type,
		languages));
}

void permission_document_write_text(struct arena *arena,
				    const struct permission_rule *rule,
				    struct permission_document *ret)
{
	struct text text;

	text_init(&text, arena);
	permission_text_add(&text, rule);
	ret->body = text_view(&text);
	ret->content = view_of(
		arena_printf(arena, TEXT_TYPE "%s", languages_of(arena, rule)));
}
