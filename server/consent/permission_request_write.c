/* The MESSAGE that asks for a permission: its documents, and its leg. */
#include "server/consent/consent_leg.h"
#include "server/consent/permission_request_private.h"

static bool is_list(const struct permission_request *request,
		    const char *target)
{
	const struct list_table *lists = request->consents->settings.lists;

	return lists && list_table_has(lists, target);
}

static const char *page_url(const struct permission_request *request,
			    const struct token *token)
{
	const char *base = request->consents->settings.page_url;
	char name[2 + TOKEN_HEX + 1];

	if (!base)
		return NULL;
	token_format(TOKEN_PAGE, token, name);
	return arena_printf(request->arena, "%s/c/%s", base, name);
}

static void write_body(struct permission_request *request,
		       const struct consent_leg *leg,
		       const struct permission_request_tokens *tokens)
{
	const struct permission *row = leg->row;
	struct permission_rule rule = {
		.sender = row->sender,
		.target = row->target,
		.recipient = row->recipient,
		.kinds = row->kinds,
		.is_list = is_list(request, row->target),
		.domain = consent_leg_domain(leg),
		.grant_uri = consent_leg_answer_uri(leg, TOKEN_GRANT,
						    &tokens->grant),
		.deny_uri =
			consent_leg_answer_uri(leg, TOKEN_DENY, &tokens->deny),
		.stop_uri = tokens->has_stop
				    ? consent_leg_answer_uri(leg, TOKEN_DENY,
							     &tokens->stop)
				    : NULL,
		.page_url = page_url(request, &tokens->page),
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

enum err
permission_request_write(struct permission_request *request,
			 const struct permission *row,
			 const struct permission_request_tokens *tokens)
{
	const struct consent_leg leg = {.settings =
						&request->consents->settings,
					.arena = request->arena,
					.row = row,
					.chat = &tokens->chat};

	write_body(request, &leg, tokens);
	return consent_leg_write(
		&leg,
		&(struct consent_content){request->whole.content,
					  request->whole.body},
		&request->template, &request->leg);
}
