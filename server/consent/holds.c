/* Denies that the disk could not keep, kept in memory until it can. */
#include "server/base/arena.h"
#include "server/consent/consents.h"

struct hold {
	struct hold *next;
	int64_t permission;
	char *sender, *target, *recipient;
};

static struct hold **hold_find(struct consents *consents, int64_t permission)
{
	struct hold **at = &consents->holds;

	while (*at && (*at)->permission != permission)
		at = &(*at)->next;
	return at;
}

static void hold_free(struct hold *hold)
{
	free(hold->sender);
	free(hold->target);
	free(hold->recipient);
	free(hold);
}

void holds_keep(struct consents *consents, const struct permission *row)
{
	struct hold *hold;

	if (*hold_find(consents, row->id)) {
		index_release(consents->settings.index, row->sender,
			      row->target, row->recipient);
		return;
	}
	hold = mem_alloc(sizeof(*hold));
	*hold = (struct hold){
		.next = consents->holds,
		.permission = row->id,
		.sender = mem_strdup(row->sender),
		.target = mem_strdup(row->target),
		.recipient = mem_strdup(row->recipient),
	};
	consents->holds = hold;
}

void holds_release(struct consents *consents, int64_t permission)
{
	struct hold **at = hold_find(consents, permission), *hold = *at;

	if (!hold)
		return;
	*at = hold->next;
	index_release(consents->settings.index, hold->sender, hold->target,
		      hold->recipient);
	hold_free(hold);
}

void holds_free(struct consents *consents)
{
	struct hold *next;

	for (struct hold *hold = consents->holds; hold; hold = next) {
		next = hold->next;
		hold_free(hold);
	}
	consents->holds = NULL;
}
