#include "db/pending_denies.h"

#include "db/index.h"

struct pending_deny {
	struct pending_deny *next;
	char *sender, *target, *recipient;
	struct kinds kinds;
	char *name; /**< of kinds */
	bool all_kinds;
	/** Of the row that ends it; "": none so far.  Rolled back or not, what
	 *  counts is whether the disk has a row of this tag. */
	char etag[ETAG_LEN + 1];
};

static bool is_of_triple(const struct pending_deny *deny,
			 const struct permission *row)
{
	return strcmp(deny->recipient, row->recipient) == 0 &&
	       strcmp(deny->sender, row->sender) == 0 &&
	       strcmp(deny->target, row->target) == 0;
}

static bool is_for_kinds(const struct pending_deny *deny,
			 const struct permission *row)
{
	return !deny->all_kinds &&
	       kinds_equal(deny->kinds, kinds_or_message(row->kinds));
}

static void pending_deny_free(struct pending_deny *deny)
{
	free(deny->sender);
	free(deny->target);
	free(deny->recipient);
	free(deny->name);
	free(deny);
}

/** As the index takes it. */
static struct permission row_of_deny(const struct pending_deny *deny)
{
	return (struct permission){.sender = deny->sender,
				   .target = deny->target,
				   .recipient = deny->recipient,
				   .kinds = deny->kinds,
				   .all_kinds = deny->all_kinds};
}

void pending_deny_add(struct store *store, const struct permission *row)
{
	struct pending_deny *deny;
	struct permission held;

	for (deny = store->pending_denies; deny; deny = deny->next)
		if (is_of_triple(deny, row) &&
		    (row->all_kinds ? deny->all_kinds
				    : is_for_kinds(deny, row)))
			return;
	if (!store->index)
		return;
	deny = mem_alloc(sizeof(*deny));
	*deny = (struct pending_deny){
		.next = store->pending_denies,
		.sender = mem_strdup(row->sender),
		.target = mem_strdup(row->target),
		.recipient = mem_strdup(row->recipient),
		.kinds = kinds_or_message(row->kinds),
		.all_kinds = row->all_kinds,
	};
	if (deny->kinds.set == KIND_NAMED)
		deny->kinds.name = deny->name = mem_strdup(deny->kinds.name);
	store->pending_denies = deny;
	held = row_of_deny(deny);
	index_pending_deny_add(store->index, &held);
}

bool pending_deny_is_wide(struct store *store, const struct permission *row)
{
	const struct pending_deny *deny = store->pending_denies;

	while (deny && !(deny->all_kinds && is_of_triple(deny, row)))
		deny = deny->next;
	return deny != NULL;
}

/** A word for these kinds, or the one to all that it comes after. */
bool pending_deny_expect(struct store *store, const struct permission *row)
{
	bool is_expected = false;

	for (struct pending_deny *deny = store->pending_denies; deny;
	     deny = deny->next) {
		bool is_over =
			is_for_kinds(deny, row) ||
			(deny->all_kinds &&
			 (row->all_kinds || row->state == PERMISSION_GRANTED));

		if (!is_of_triple(deny, row) || !is_over)
			continue;
		snprintf(deny->etag, sizeof(deny->etag), "%s", row->etag);
		is_expected = true;
	}
	return is_expected;
}

void pending_deny_remove(struct store *store, const struct permission *row)
{
	struct pending_deny **at = &store->pending_denies, *deny;
	struct permission held;

	while ((deny = *at)) {
		if (!is_of_triple(deny, row) ||
		    strcmp(deny->etag, row->etag) != 0) {
			at = &deny->next;
			continue;
		}
		*at = deny->next;
		held = row_of_deny(deny);
		index_pending_deny_remove(store->index, &held);
		pending_deny_free(deny);
	}
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
