#include "db/pending_denies.h"

#include "db/index.h"

struct pending_deny {
	struct pending_deny *next;
	char *sender, *target, *recipient;
	/** Of the row that ends it; "": none so far.  Rolled back or not, what
	 *  counts is whether the disk has a row of this tag. */
	char etag[ETAG_LEN + 1];
};

static struct pending_deny **find(struct store *store,
				  const struct permission *row)
{
	struct pending_deny **at = &store->pending_denies;

	while (*at && (strcmp((*at)->recipient, row->recipient) != 0 ||
		       strcmp((*at)->sender, row->sender) != 0 ||
		       strcmp((*at)->target, row->target) != 0))
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

void pending_deny_add(struct store *store, const struct permission *row)
{
	struct pending_deny *deny;

	if (!store->index || *find(store, row))
		return;
	deny = mem_alloc(sizeof(*deny));
	*deny = (struct pending_deny){
		.next = store->pending_denies,
		.sender = mem_strdup(row->sender),
		.target = mem_strdup(row->target),
		.recipient = mem_strdup(row->recipient),
	};
	store->pending_denies = deny;
	index_pending_deny_add(
		store->index, &(struct permission){.sender = deny->sender,
						   .target = deny->target,
						   .recipient = deny->recipient,
						   .all_kinds = true});
}

bool pending_deny_expect(struct store *store, const struct permission *row)
{
	struct pending_deny *deny = *find(store, row);

	if (deny)
		snprintf(deny->etag, sizeof(deny->etag), "%s", row->etag);
	return deny != NULL;
}

void pending_deny_remove(struct store *store, const struct permission *row)
{
	struct pending_deny **at = find(store, row), *deny = *at;

	if (!deny || strcmp(deny->etag, row->etag) != 0)
		return;
	*at = deny->next;
	index_pending_deny_remove(
		store->index, &(struct permission){.sender = deny->sender,
						   .target = deny->target,
						   .recipient = deny->recipient,
						   .all_kinds = true});
	pending_deny_free(deny);
}

void pending_denies_free(struct store *store)
{
	struct pending_deny *next;

	for (struct pending_deny *deny = store->pending_denies; deny;
	     deny = next) {
		next = deny->next;
		pending_deny_free(deny);
	}
	store->pending_denies = NULL;
}
