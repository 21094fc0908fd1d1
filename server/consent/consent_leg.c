#include "server/consent/consent_leg.h"

#include "server/base/date.h"
#include "server/base/random.h"
#include "server/consent/consents_private.h"

#define MAX_FORWARDS 70

const char *consent_leg_domain(const struct consent_leg *it)
{
	return domains_name(&it->settings->places.domains, it->settings->domain,
			    it->row->target);
}

/* As the request that it stands in: who was asked by sips can answer by it, and
 * nothing else may stand there (RFC 5360 section 5.6.1.3); a phone without TLS
 * has to be able to say no. */
const char *consent_leg_answer_uri(const struct consent_leg *it,
				   enum token_kind kind,
				   const struct token *token)
{
	const struct consent_base base = consent_base_of(
		&it->settings->places, it->settings->domain, it->row->target,
		permission_request_is_secure(it->row) ? URI_SIPS : URI_SIP);

	return consent_uri(it->arena, &base, kind, token);
}

static const char *random_hex(struct arena *arena)
{
	uint8_t bytes[16];

	random_bytes(bytes, sizeof(bytes));
	return hex_copy(arena, bytes, sizeof(bytes));
}

/** Date and Expires (RFC 3428 section 5); nothing in Require and no Contact,
 *  so that every phone can take it. */
static struct view headers_of(const struct consent_leg *it)
{
	struct text text;

	text_init(&text, it->arena);
	text_add(&text, "Date: ");
	date_add(&text, loop_wall_s(it->settings->loop));
	text_printf(&text, "\r\nExpires: %lld\r\n",
		    (long long)it->settings->request_lifetime_s);
	return text_view(&text);
}

/** An address of its own, where a reply in words is taken; else the
 *  translation itself.  Never the sender. */
static const char *from_of(const struct consent_leg *it)
{
	const char *target = it->row->target;

	if (it->settings->has_chat && it->chat)
		return arena_printf(
			it->arena, "<%s>",
			consent_leg_answer_uri(it, TOKEN_CHAT, it->chat));
	return target_is_any(target) ? arena_printf(it->arena, "<sip:%s>",
						    consent_leg_domain(it))
				     : arena_printf(it->arena, "<%s>", target);
}

/** Where it goes: the recorded URI, if it may be sent to at all. */
static enum err find_request_uri(const struct consent_leg *it, const char **ret)
{
	struct view text = view_of(it->row->recipient_uri);
	struct uri uri;
	enum err err = uri_parse(text, &uri);

	if (!err)
		err = uri_check_sendable(&uri, &it->settings->uri_rules);
	if (!err)
		*ret = uri_request(it->arena, &uri, text);
	return err;
}

struct consent_content consent_leg_text(const struct consent_leg *it,
					struct view text)
{
	const struct wording *wording =
		wording_for(it->settings->wording, it->row->target);

	return (struct consent_content){
		view_of(arena_printf(
			it->arena,
			"Content-Type: text/plain;charset=utf-8\r\n"
			"Content-Language: %s\r\n",
			wording->languages)),
		text};
}

enum err consent_leg_write(const struct consent_leg *it,
			   const struct consent_content *content,
			   struct leg_template *ret_template,
			   struct leg *ret_leg)
{
	const char *request_uri;
	enum err err = find_request_uri(it, &request_uri);

	if (err)
		return err;
	*ret_template = (struct leg_template){
		.method = "MESSAGE",
		.from = from_of(it),
		.from_tag = random_hex(it->arena),
		.max_forwards = MAX_FORWARDS,
		.headers = headers_of(it),
		.content = content->content,
		.body = content->body,
	};
	*ret_leg = (struct leg){
		.template = ret_template,
		.request_uri = request_uri,
		.call_id =
			arena_printf(it->arena, "%s@%s", random_hex(it->arena),
				     consent_leg_domain(it)),
		.cseq = 1,
	};
	return ERR_OK;
}
