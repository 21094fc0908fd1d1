#include "server/relay/fanout.h"

static struct view copy_view(struct arena *arena, struct view v)
{
	return (struct view){arena_copy(arena, v.at, v.len), v.len};
}

enum err consignment_open(const struct journal_entry *entry, const char *id,
			  struct consignment **ret)
{
	struct arena *arena = arena_new(0);
	struct consignment *it = arena_alloc(arena, sizeof(*it));
	enum err err, worst;

	it->arena = arena;
	it->entry = *entry;
	it->entry.sender = arena_strdup(arena, entry->sender);
	it->entry.target = arena_strdup(arena, entry->target);
	it->entry.method = arena_strdup(arena, entry->method);
	it->entry.message = copy_view(arena, entry->message);
	it->entry.recipients = copy_view(arena, entry->recipients);
	snprintf(it->id, sizeof(it->id), "%s", id);
	worst = recipients_unpack(it->entry.recipients, arena, &it->sendees,
				  &it->n);
	err = envelope_unpack(it->entry.message, &it->envelope);
	*ret = it;
	return worst ? worst : err;
}

void consignment_free(struct consignment *consignment)
{
	if (consignment)
		arena_free(consignment->arena);
}
