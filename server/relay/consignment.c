#include "server/relay/fanout.h"

#define OTHER_BYTES 1024 /**< what else lies in a consignment's arena */

struct consignment *consignment_new(const char *id, size_t bytes)
{
	struct arena *arena = arena_new(bytes + OTHER_BYTES);
	struct consignment *it = arena_alloc(arena, sizeof(*it));

	it->arena = arena;
	snprintf(it->id, sizeof(it->id), "%s", id);
	return it;
}

enum err consignment_read(struct consignment *it)
{
	enum err err, worst;

	worst = recipients_unpack(it->entry.recipients, it->arena, &it->sendees,
				  &it->n);
	err = envelope_unpack(it->entry.message, &it->envelope);
	return worst ? worst : err;
}

static struct view copy_view(struct arena *arena, struct view v)
{
	return (struct view){arena_copy(arena, v.at, v.len), v.len};
}

enum err consignment_open(const struct journal_entry *entry, const char *id,
			  struct consignment **ret)
{
	struct consignment *it = consignment_new(
		id, entry->message.len + 2 * entry->recipients.len);
	struct arena *arena = it->arena;

	it->entry = *entry;
	it->entry.sender = arena_strdup(arena, entry->sender);
	it->entry.target = arena_strdup(arena, entry->target);
	it->entry.method = arena_strdup(arena, entry->method);
	it->entry.call_id = arena_strdup(arena, entry->call_id);
	it->entry.source = arena_strdup(arena, entry->source);
	if (entry->left_out.len)
		it->entry.left_out = copy_view(arena, entry->left_out);
	it->entry.message = copy_view(arena, entry->message);
	it->entry.recipients = copy_view(arena, entry->recipients);
	*ret = it;
	return consignment_read(it);
}

void consignment_free(struct consignment *consignment)
{
	if (consignment)
		arena_free(consignment->arena);
}
