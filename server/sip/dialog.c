#include "server/sip/dialog_private.h"

#include "server/base/uri.h"
#include "server/sip/cseq.h"

/* What stands in both heads of a dialog, from their side. */
static enum err read_ends(const struct message *invite, struct dialog *dialog)
{
	struct view call_id, tag;

	if (dialog_call_id(invite, &call_id) != ERR_OK ||
	    dialog_tag(invite, FIELD_FROM, &tag) != ERR_OK ||
	    dialog_name(invite, FIELD_TO, &dialog->local) != ERR_OK ||
	    dialog_name(invite, FIELD_FROM, &dialog->remote) != ERR_OK)
		return ERR_SYNTAX;
	dialog->call_id = dialog_copy(call_id);
	dialog->remote_tag = dialog_copy(tag);
	return ERR_OK;
}

static void see_request(struct dialog *dialog, const struct cseq *cseq)
{
	struct view method = view_head(cseq->method, DIALOG_METHOD_MAX);

	dialog->has_remote_cseq = true;
	dialog->remote_cseq = cseq->number;
	memset(dialog->remote_method, 0, sizeof(dialog->remote_method));
	memcpy(dialog->remote_method, method.at, method.len);
	if (view_equal(cseq->method, VIEW("INVITE"))) {
		dialog->former_invite_cseq = dialog->remote_invite_cseq;
		dialog->remote_invite_cseq = cseq->number;
		dialog->is_acknowledged = false;
	}
}

void dialog_invite_refused(struct dialog *dialog)
{
	dialog->remote_invite_cseq = dialog->former_invite_cseq;
}

/* RFC 3261 section 8.1.1.8: exactly one Contact. */
static bool has_one_contact(const struct message *message)
{
	struct items items = {0};
	struct view item;

	return message_next_item(message, FIELD_CONTACT, &items, &item) &&
	       !message_next_item(message, FIELD_CONTACT, &items, &item);
}

static enum err read_invite(const struct message *invite, struct dialog *dialog)
{
	struct dialog_reach reach;
	struct cseq cseq;
	enum err err;

	if (!has_one_contact(invite) ||
	    cseq_parse(message_value(invite, FIELD_CSEQ), &cseq) != ERR_OK ||
	    read_ends(invite, dialog) != ERR_OK)
		return ERR_SYNTAX;
	err = dialog_reach_read(invite, DIALOG_ORDER_KEPT, dialog->is_secure,
				&reach);
	if (err)
		return err;
	dialog_reach_take(dialog, &reach);
	if (!dialog->target)
		return ERR_SYNTAX;
	see_request(dialog, &cseq);
	return ERR_OK;
}

enum err dialog_accept(const struct message *invite,
		       const struct dialog_ours *ours, struct dialog **ret)
{
	struct dialog *dialog;
	struct view to_tag;
	enum err err;

	if (invite->fault || invite->status ||
	    dialog_tag(invite, FIELD_TO, &to_tag) != ERR_OK)
		return ERR_SYNTAX;
	if (to_tag.len)
		return ERR_EXISTS;
	dialog = mem_alloc(sizeof(*dialog));
	dialog->side = DIALOG_SIDE_THEIRS;
	dialog->n_usages = 1;
	dialog->first_cseq = ours->first_cseq;
	dialog->local_tag = dialog_copy(ours->tag);
	dialog->is_secure =
		protocol_is_secure(ours->channel) && uri_is_sips(invite->uri);
	err = read_invite(invite, dialog);
	if (err) {
		dialog_free(dialog);
		return err;
	}
	*ret = dialog;
	return ERR_OK;
}

void dialog_free(struct dialog *dialog)
{
	if (!dialog)
		return;
	for (size_t i = 0; i < dialog->n_routes; i++)
		free(dialog->routes[i]);
	free(dialog->routes);
	free(dialog->target);
	free(dialog->remote);
	free(dialog->local);
	free(dialog->remote_tag);
	free(dialog->local_tag);
	free(dialog->call_id);
	free(dialog);
}

void dialog_confirm(struct dialog *dialog)
{
	dialog->state = DIALOG_CONFIRMED;
	dialog->was_confirmed = true;
}

void dialog_terminate(struct dialog *dialog)
{
	dialog->state = DIALOG_TERMINATED;
	dialog->n_usages = 0;
}

void dialog_add_usage(struct dialog *dialog)
{
	dialog->n_usages++;
}

void dialog_end_usage(struct dialog *dialog)
{
	if (dialog->n_usages && !--dialog->n_usages)
		dialog_terminate(dialog);
}

/* It has the number of its INVITE, whatever came since (section 13.2.2.4). */
static enum dialog_verdict receive_ack(struct dialog *dialog, uint32_t number)
{
	if (dialog->state != DIALOG_CONFIRMED || !dialog->remote_invite_cseq ||
	    number != dialog->remote_invite_cseq)
		return DIALOG_VERDICT_IGNORED;
	dialog->is_acknowledged = true;
	return DIALOG_VERDICT_TAKEN;
}

static bool is_same_method(const struct dialog *dialog, struct view method)
{
	size_t len = strnlen(dialog->remote_method, DIALOG_METHOD_MAX);

	return view_equal(view_head(method, DIALOG_METHOD_MAX),
			  (struct view){dialog->remote_method, len});
}

/* Gaps are legal; the same number is, by the letter, not lower, and there are
 * clients that end a call so. */
static enum dialog_verdict receive_in_order(struct dialog *dialog,
					    const struct cseq *cseq)
{
	if (dialog->has_remote_cseq && cseq->number < dialog->remote_cseq)
		return DIALOG_VERDICT_LATE;
	if (dialog->has_remote_cseq && cseq->number == dialog->remote_cseq &&
	    is_same_method(dialog, cseq->method))
		return DIALOG_VERDICT_MERGED;
	see_request(dialog, cseq);
	return DIALOG_VERDICT_TAKEN;
}

enum dialog_verdict dialog_receive(struct dialog *dialog,
				   const struct message *request)
{
	bool is_ack = view_equal(request->method, VIEW("ACK"));
	struct cseq cseq;

	if (cseq_parse(message_value(request, FIELD_CSEQ), &cseq) != ERR_OK ||
	    !view_equal(cseq.method, request->method))
		return is_ack ? DIALOG_VERDICT_IGNORED : DIALOG_VERDICT_LATE;
	if (is_ack)
		return receive_ack(dialog, cseq.number);
	if (dialog->state == DIALOG_TERMINATED)
		return DIALOG_VERDICT_GONE;
	/* It has the number of what it cancels, and is that transaction's. */
	if (view_equal(cseq.method, VIEW("CANCEL")))
		return DIALOG_VERDICT_TAKEN;
	return receive_in_order(dialog, &cseq);
}

bool dialog_is_refreshed_by(struct view method)
{
	static const struct view methods[] = {VIEW("INVITE"), VIEW("UPDATE"),
					      VIEW("SUBSCRIBE"), VIEW("NOTIFY"),
					      VIEW("REFER")};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (view_equal(method, methods[i]))
			return true;
	return false;
}

void dialog_refresh(struct dialog *dialog, const struct message *message)
{
	struct cseq cseq;
	char *target;

	if (message->fault || dialog->state == DIALOG_TERMINATED ||
	    cseq_parse(message_value(message, FIELD_CSEQ), &cseq) != ERR_OK ||
	    !dialog_is_refreshed_by(cseq.method))
		return;
	target = dialog_contact(message, dialog->is_secure);
	if (!target)
		return;
	free(dialog->target);
	dialog->target = target;
}

/* Sessions go by RFC 3261 sections 12.2.1.2 and 14.1; subscriptions by RFC 6665
 * section 4.2.2, which is stricter. */
/* clang-format off */
static const struct {
	int status;
	enum dialog_effect session, subscription;
} effects[] = {
	{ 404, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 405, DIALOG_EFFECT_NONE,   DIALOG_EFFECT_USAGE },
	{ 408, DIALOG_EFFECT_USAGE,  DIALOG_EFFECT_USAGE },
	{ 410, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 416, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 480, DIALOG_EFFECT_NONE,   DIALOG_EFFECT_USAGE },
	{ 481, DIALOG_EFFECT_USAGE,  DIALOG_EFFECT_USAGE },
	{ 482, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 483, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 484, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 485, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 489, DIALOG_EFFECT_NONE,   DIALOG_EFFECT_USAGE },
	{ 501, DIALOG_EFFECT_NONE,   DIALOG_EFFECT_USAGE },
	{ 502, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
	{ 604, DIALOG_EFFECT_DIALOG, DIALOG_EFFECT_DIALOG },
};
/* clang-format on */

static enum dialog_effect effect_of(struct view method, int status)
{
	bool is_event = view_equal(method, VIEW("NOTIFY")) ||
			view_equal(method, VIEW("SUBSCRIBE"));

	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		if (effects[i].status == status)
			return is_event ? effects[i].subscription
					: effects[i].session;
	return DIALOG_EFFECT_NONE;
}

enum dialog_effect dialog_effect(struct view method, int status)
{
	enum dialog_effect effect = effect_of(method, status);

	if (view_equal(method, VIEW("CANCEL")) ||
	    view_equal(method, VIEW("ACK")))
		return DIALOG_EFFECT_NONE;
	if (effect == DIALOG_EFFECT_DIALOG)
		return effect;
	/* The session is over with its BYE, whatever is answered. */
	if (view_equal(method, VIEW("BYE")))
		return status < 200 ? DIALOG_EFFECT_NONE : DIALOG_EFFECT_USAGE;
	/* A question belongs to no usage. */
	if (view_equal(method, VIEW("OPTIONS")))
		return DIALOG_EFFECT_NONE;
	return effect;
}
