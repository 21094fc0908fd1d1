/* Denies that the disk could not keep, kept in memory until it can. */
#include "server/base/arena.h"
#include "server/consent/consents_private.h"

struct pending_deny {
	struct pending_deny *next;
	int64_t permission;
	char *sender, *target, *recipient;
};

static struct pending_deny **pending_deny_find(struct consents *consents,
					       int64_t permission)
{
	struct pending_deny **at = &consents->pending_denies;

	while (*at && (*at)->permission != permission)
		at = &(*at)->next;
	return at;
}

static void pending_deny_free(struct pending_deny *deny)
{
	free(deny->sender);
	free(deny->target);
	free(deny->recipient);
	free(deny);
}

void pending_denies_keep(struct consents *consents,
			 const struct permission *row)
{
	struct pending_deny *deny;

	if (*pending_deny_find(consents, row->id)) {
		index_pending_deny_remove(consents->settings.index, row->sender,
					  row->target, row->recipient);
		return;
	}
	deny = mem_alloc(sizeof(*deny));
	*deny = (struct pending_deny){
		.next = consents->pending_denies,
		.permission = row->id,
		.sender = mem_strdup(row->sender),
		.target = mem_strdup(row->target),
		.recipient = mem_strdup(row->recipient),
	};
	consents->pending_denies = deny;
}

void pending_denies_release(struct consents *consents, int64_t permission)
{
	struct pending_deny **at = pending_deny_find(consents, permission),
			    *deny = *at;

	if (!deny)
		return;
	*at = deny->next;
	index_pending_deny_remove(consents->settings.index, deny->sender,
				  deny->target, deny->recipient);
	pending_deny_free(deny);
}

void pending_denies_free(struct consents *consents)
{
	struct pending_deny *next;

	for (struct pending_deny *deny = consents->pending_denies; deny;
	     deny = next) {
		next = deny->next;
		pending_deny_free(deny);
	}
	consents->pending_denies = NULL;
}
