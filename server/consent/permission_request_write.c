/* The MESSAGE that asks for a permission: its documents, headers and leg. */
#include "server/base/date.h"
#include "server/base/random.h"
#include "server/consent/permission_request_private.h"

#define MAX_FORWARDS 70

/* As the request that it stands in: who was asked by sips can answer by it, and
 * nothing else may stand there (RFC 5360 section 5.6.1.3); a phone without TLS
 * has to be able to say no. */
static const char *answer_uri(struct permission_request *request,
			      enum token_kind kind, const struct token *token)
{
	const struct consents_settings *settings = &request->consents->settings;
	const struct consent_base base = consent_base_of(
		&settings->places, settings->domain, request->target,
		request->is_secure ? URI_SIPS : URI_SIP);

	return consent_uri(request->arena, &base, kind, token);
}

/** What is asked is of the target's domain, and names no other. */
static const char *domain_of(const struct permission_request *request,
			     const char *target)
{
	const struct consents_settings *settings = &request->consents->settings;

	return domains_name(&settings->places.domains, settings->domain,
			    target);
}

static bool is_list(const struct permission_request *request,
		    const char *target)
{
	const struct list_table *lists = request->consents->settings.lists;

	return lists && list_table_has(lists, target);
}

static void write_body(struct permission_request *request,
		       const struct permission *row,
		       const struct permission_request_tokens *tokens)
{
	struct permission_rule rule = {
		.sender = row->sender,
		.target = row->target,
		.recipient = row->recipient,
		.kinds = row->kinds,
		.is_list = is_list(request, row->target),
		.domain = domain_of(request, row->target),
		.grant_uri = answer_uri(request, TOKEN_GRANT, &tokens->grant),
		.deny_uri = answer_uri(request, TOKEN_DENY, &tokens->deny),
		.stop_uri = tokens->has_stop ? answer_uri(request, TOKEN_DENY,
							  &tokens->stop)
					     : NULL,
		.ends_at = request->kind == PERMISSION_REQUEST_RENEWAL
				   ? row->expires_at
				   : 0,
		.yes_s = term_end(row->term_s,
				  request->consents->settings.refresh_s, 0),
		.wording = request->consents->settings.wording,
	};

	permission_document_write(request->arena, &rule, &request->whole);
	permission_document_write_text(request->arena, &rule, &request->text);
}

static const char *random_hex(struct arena *arena)
{
	uint8_t bytes[16];
	char hex[2 * sizeof(bytes) + 1];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	return arena_strdup(arena, hex);
}

/** Date and Expires (RFC 3428 section 5); nothing in Require and no Contact,
 *  so that every phone can take it. */
static struct view headers_of(const struct permission_request *request)
{
	const struct consents_settings *settings = &request->consents->settings;
	struct text text;

	text_init(&text, request->arena);
	text_add(&text, "Date: ");
	date_add(&text, loop_wall_s(settings->loop));
	text_printf(&text, "\r\nExpires: %lld\r\n",
		    (long long)settings->request_lifetime_s);
	return text_view(&text);
}

/** From is who asks: the translation itself, never the sender. */
static void write_leg(struct permission_request *request, const char *target,
		      const char *request_uri)
{
	const char *domain = domain_of(request, target);

	request->template = (struct leg_template){
		.method = "MESSAGE",
		.from = target_is_any(target)
				? arena_printf(request->arena, "<sip:%s>",
					       domain)
				: arena_printf(request->arena, "<%s>", target),
		.from_tag = random_hex(request->arena),
		.max_forwards = MAX_FORWARDS,
		.headers = headers_of(request),
		.content = request->whole.content,
		.body = request->whole.body,
	};
	request->leg = (struct leg){
		.template = &request->template,
		.request_uri = request_uri,
		.call_id = arena_printf(request->arena, "%s@%s",
					random_hex(request->arena), domain),
		.cseq = 1,
	};
}

/** Where the request goes: the recorded URI, if it may be sent to at all. */
static enum err find_request_uri(struct permission_request *request,
				 const char *recipient_uri, const char **ret)
{
	struct view text = view_of(recipient_uri);
	struct uri uri;
	enum err err = uri_parse(text, &uri);

	if (!err)
		err = uri_check_sendable(
			&uri, &request->consents->settings.uri_rules);
	if (!err)
		*ret = uri_request(request->arena, &uri, text);
	return err;
}

enum err
permission_request_write(struct permission_request *request,
			 const struct permission *row,
			 const struct permission_request_tokens *tokens)
{
	const char *request_uri;
	enum err err =
		find_request_uri(request, row->recipient_uri, &request_uri);

	if (err)
		return err;
	request->is_secure = permission_request_is_secure(row);
	write_body(request, row, tokens);
	write_leg(request, row->target, request_uri);
	return ERR_OK;
}
