#include "server/base/consent_uri.h"

struct view consent_scheme(enum uri_scheme scheme)
{
	return scheme == URI_SIPS ? VIEW("sips:") : VIEW("sip:");
}

struct consent_base consent_base_of(const struct consent_places *places,
				    const char *first, const char *target,
				    enum uri_scheme scheme)
{
	static const struct consent_hosts usual;
	const char *domain = domains_of(&places->domains, target);

	return (struct consent_base){domain ? &usual : &places->hosts,
				     domain ? domain : first, scheme};
}

static const char *host_of(const struct consent_base *base)
{
	const char *host = base->scheme == URI_SIPS ? base->hosts->secure
						    : base->hosts->plain;

	return host ? host : base->domain;
}

static void user_add(const struct consent_base *base, enum token_kind kind,
		     const struct token *token, struct text *ret)
{
	char user[2 + TOKEN_HEX + 1];

	token_format(kind, token, user);
	text_add_view(ret, consent_scheme(base->scheme));
	text_add(ret, user);
}

char *consent_uri(struct arena *arena, const struct consent_base *base,
		  enum token_kind kind, const struct token *token)
{
	struct text text;

	text_init(&text, arena);
	user_add(base, kind, token, &text);
	text_printf(&text, "@%s", host_of(base));
	return text.at;
}

/* The space before the parameter is of RFC 5360's grammar: the URI has no
 * parameters of its own. */
void trigger_consent_end(const struct consent_base *base, const char *target,
			 struct text *ret)
{
	text_printf(ret, "@%s ;target-uri=\"%s\"", host_of(base), target);
}

char *trigger_consent(struct arena *arena, const struct consent_base *base,
		      const struct token *token, const char *target)
{
	struct text text;

	text_init(&text, arena);
	user_add(base, TOKEN_TRIGGER, token, &text);
	trigger_consent_end(base, target, &text);
	return text.at;
}
