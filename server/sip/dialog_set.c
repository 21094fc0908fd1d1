#include "server/sip/dialog_set.h"

#include "server/base/uri.h"
#include "server/sip/cseq.h"
#include "server/sip/dialog_private.h"

static enum err read_ours(const struct message *invite, struct dialog *ours)
{
	struct view call_id, tag;
	struct cseq cseq;

	if (dialog_call_id(invite, &call_id) != ERR_OK ||
	    dialog_tag(invite, FIELD_FROM, &tag) != ERR_OK || !tag.len ||
	    cseq_parse(message_value(invite, FIELD_CSEQ), &cseq) != ERR_OK ||
	    dialog_name(invite, FIELD_FROM, &ours->local) != ERR_OK ||
	    dialog_name(invite, FIELD_TO, &ours->remote) != ERR_OK)
		return ERR_SYNTAX;
	ours->call_id = dialog_copy(call_id);
	ours->local_tag = dialog_copy(tag);
	ours->target = dialog_copy(invite->uri);
	ours->local_cseq = ours->invite_cseq = cseq.number;
	return ERR_OK;
}

enum err dialog_set_new(const struct message *invite, enum protocol channel,
			struct dialog_set **ret)
{
	struct dialog_set *set;

	if (invite->fault || invite->status)
		return ERR_SYNTAX;
	set = mem_alloc(sizeof(*set));
	set->ours = mem_alloc(sizeof(*set->ours));
	set->ours->is_secure =
		protocol_is_secure(channel) && uri_is_sips(invite->uri);
	if (read_ours(invite, set->ours) != ERR_OK) {
		dialog_set_free(set);
		return ERR_SYNTAX;
	}
	*ret = set;
	return ERR_OK;
}

void dialog_set_free(struct dialog_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->n; i++)
		dialog_free(set->dialogs[i]);
	dialog_free(set->ours);
	free(set);
}

/* Call-ID, our tag and the number of our INVITE.  Who has sent a 2xx waits for
 * ACK, whatever else is wrong in it. */
static bool is_of(const struct dialog_set *set, const struct message *response)
{
	const struct dialog *ours = set->ours;
	struct view tag;
	struct cseq cseq;

	return response->status &&
	       (!response->fault || response->status / 100 == 2) &&
	       view_equal(message_value(response, FIELD_CALL_ID),
			  view_of(ours->call_id)) &&
	       dialog_tag(response, FIELD_FROM, &tag) == ERR_OK &&
	       view_equal(tag, view_of(ours->local_tag)) &&
	       cseq_parse(message_value(response, FIELD_CSEQ), &cseq) ==
		       ERR_OK &&
	       cseq.number == ours->invite_cseq &&
	       view_equal(cseq.method, VIEW("INVITE"));
}

static struct dialog *find(const struct dialog_set *set, struct view tag)
{
	for (size_t i = 0; i < set->n; i++)
		if (view_equal(view_of(set->dialogs[i]->remote_tag), tag))
			return set->dialogs[i];
	return NULL;
}

static struct dialog *add(struct dialog_set *set, struct view tag)
{
	const struct dialog *ours = set->ours;
	struct dialog *dialog = mem_alloc(sizeof(*dialog));

	*dialog = (struct dialog){
		.side = DIALOG_SIDE_OURS,
		.is_secure = ours->is_secure,
		.call_id = mem_strdup(ours->call_id),
		.local_tag = mem_strdup(ours->local_tag),
		.remote_tag = dialog_copy(tag),
		.local = mem_strdup(ours->local),
		.remote = mem_strdup(ours->remote),
		.target = mem_strdup(ours->target),
		.local_cseq = ours->local_cseq,
		.invite_cseq = ours->invite_cseq,
		.n_usages = 1,
	};
	set->dialogs[set->n++] = dialog;
	return dialog;
}

static enum err read_reach(const struct dialog_set *set,
			   const struct message *response,
			   struct dialog_reach *ret)
{
	return dialog_reach_read(response, DIALOG_ORDER_REVERSED,
				 set->ours->is_secure, ret);
}

/* Too many, or a broken one, are no dialogs: a 1xx needs none. */
static enum dialog_news provisional(struct dialog_set *set, struct view tag,
				    const struct message *response,
				    struct dialog **ret)
{
	struct dialog *dialog = find(set, tag);
	struct dialog_reach reach;

	if (dialog && dialog->state != DIALOG_EARLY)
		return DIALOG_NEWS_NONE;
	if (dialog) {
		*ret = dialog;
		return DIALOG_NEWS_PROGRESS;
	}
	if (!tag.len || set->has_failed || set->is_closed ||
	    set->n == DIALOG_SET_MAX ||
	    dialog_set_count(set, DIALOG_EARLY) == DIALOG_SET_EARLY_MAX ||
	    read_reach(set, response, &reach) != ERR_OK)
		return DIALOG_NEWS_NONE;
	*ret = add(set, tag);
	dialog_reach_take(*ret, &reach);
	return DIALOG_NEWS_EARLY;
}

/* The route set is computed again (RFC 3261 section 13.2.2.4); where it cannot
 * be, ACK and BYE go the way of what came before.  A dialog that
 * ended while it was early was answered all the same: there is somebody who has
 * to hear a BYE. */
static enum dialog_news success(struct dialog_set *set, struct view tag,
				const struct message *response,
				struct dialog **ret)
{
	struct dialog *dialog = find(set, tag);
	struct dialog_reach reach;
	bool is_readable;

	if (dialog && dialog->was_confirmed) {
		*ret = dialog;
		return DIALOG_NEWS_REPEATED;
	}
	if (!dialog && set->is_closed)
		return DIALOG_NEWS_NONE;
	if (!dialog && set->n == DIALOG_SET_MAX)
		return DIALOG_NEWS_UNUSABLE;
	is_readable =
		!response->fault && read_reach(set, response, &reach) == ERR_OK;
	if (!dialog)
		dialog = add(set, tag);
	if (!dialog->n_usages)
		dialog->n_usages = 1;
	if (is_readable)
		dialog_reach_take(dialog, &reach);
	else
		dialog->lacks_reach = true;
	dialog_confirm(dialog);
	*ret = dialog;
	return DIALOG_NEWS_CONFIRMED;
}

static void end_early(struct dialog_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->dialogs[i]->state == DIALOG_EARLY)
			dialog_terminate(set->dialogs[i]);
}

enum dialog_news dialog_set_receive(struct dialog_set *set,
				    const struct message *response,
				    struct dialog **ret)
{
	struct view tag;

	*ret = NULL;
	if (!is_of(set, response) || response->status == 100)
		return DIALOG_NEWS_NONE;
	if (dialog_tag(response, FIELD_TO, &tag) != ERR_OK)
		return response->status / 100 == 2 ? DIALOG_NEWS_UNUSABLE
						   : DIALOG_NEWS_NONE;
	if (response->status < 200)
		return provisional(set, tag, response, ret);
	if (response->status < 300)
		return success(set, tag, response, ret);
	set->has_failed = true;
	end_early(set);
	return DIALOG_NEWS_FAILED;
}

void dialog_set_close(struct dialog_set *set)
{
	set->is_closed = true;
	end_early(set);
}

size_t dialog_set_count(const struct dialog_set *set, enum dialog_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->dialogs[i]->state == state;
	return n;
}
