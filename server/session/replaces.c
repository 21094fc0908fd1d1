/* Which call does an INVITE replace (RFC 3891)? */
#include "server/session/session_private.h"

struct replaces {
	struct view call_id, to_tag, from_tag;
	bool is_early_only;
};

static bool replaces_read(struct view value, struct replaces *ret)
{
	size_t end = view_find(value, ';', 0);
	struct view flag;

	if (end == SIZE_MAX)
		return false;
	ret->call_id = view_trim(view_head(value, end));
	ret->is_early_only = view_param(value, "early-only", &flag);
	return ret->call_id.len && view_param(value, "to-tag", &ret->to_tag) &&
	       ret->to_tag.len && view_param(value, "from-tag", &ret->from_tag);
}

/* A dialog of a call, and not of something else. */
static struct session_fork *fork_of(const struct sessions *sessions,
				    const struct dialog_id *id)
{
	struct dialog *dialog =
		dialog_table_get(sip_dialogs(sessions->settings.sip), id);

	return dialog && dialog->owner &&
			       dialog->owner->request == in_dialog_request
		       ? session_fork_of(dialog->owner->arg, dialog)
		       : NULL;
}

/* A peer of RFC 2543 has no tag: it is named 0 (section 3). */
static struct session_fork *find(const struct sessions *sessions,
				 const struct replaces *replaces)
{
	struct dialog_id id = {replaces->call_id, replaces->to_tag,
			       replaces->from_tag};
	struct session_fork *fork = fork_of(sessions, &id);

	if (fork || !view_equal(id.remote_tag, VIEW("0")))
		return fork;
	id.remote_tag = VIEW_NONE;
	return fork_of(sessions, &id);
}

/* Section 3, in its order. */
static int judge(const struct session_fork *fork,
		 const struct replaces *replaces)
{
	switch (fork->is_over ? LIFE_OVER : fork->session->state) {
	case LIFE_OFFERED:
	case LIFE_HELD:
		return 481;
	case LIFE_CALLING:
		return 0;
	case LIFE_ANSWERED:
	case LIFE_ACCEPTED:
	case LIFE_CONFIRMED:
		return replaces->is_early_only ? 486 : 0;
	case LIFE_CANCELLING:
	case LIFE_CLOSING:
	case LIFE_LEAVING:
	case LIFE_OVER:
	case LIFE_STATES:
		break;
	}
	return 603;
}

int session_replaces(struct sessions *sessions, const struct request *request,
		     struct session **ret)
{
	struct message *invite = &sessions->scratch;
	struct replaces replaces;
	struct session_fork *fork;
	int status;

	*ret = NULL;
	message_read(invite, request->bytes);
	if (!invite->count[FIELD_REPLACES])
		return 0;
	if (invite->count[FIELD_REPLACES] > 1 ||
	    !replaces_read(message_value(invite, FIELD_REPLACES), &replaces))
		return 400;
	fork = find(sessions, &replaces);
	if (!fork)
		return 481;
	status = judge(fork, &replaces);
	if (!status)
		*ret = fork->session;
	return status;
}
