#include "server/message/accepted_request.h"

#define OTHER_BYTES 1024 /**< what else lies in its arena */

struct accepted_request *accepted_request_new(const char *id, size_t bytes)
{
	struct arena *arena = arena_new(bytes + OTHER_BYTES);
	struct accepted_request *it = arena_alloc(arena, sizeof(*it));

	it->arena = arena;
	memcpy(it->id, id, strnlen(id, sizeof(it->id) - 1)); /* was zeroed */
	return it;
}

static enum err accepted_request_read(struct accepted_request *it)
{
	enum err err, worst;

	worst = stored_recipients_unpack(it->entry.recipients, it->arena,
					 &it->stored, &it->n);
	err = envelope_unpack(it->entry.message, &it->envelope);
	return worst ? worst : err;
}

static struct view copy_view(struct arena *arena, struct view v)
{
	return (struct view){arena_copy(arena, v.at, v.len), v.len};
}

enum err accepted_request_open(const struct journal_entry *entry,
			       const char *id, struct accepted_request **ret)
{
	struct accepted_request *it = accepted_request_new(
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
	return accepted_request_read(it);
}

void accepted_request_free(struct accepted_request *accepted)
{
	if (!accepted)
		return;
	list_image_release(accepted->image);
	arena_free(accepted->query_arena);
	arena_free(accepted->arena);
}

size_t accepted_request_size(const struct accepted_request *accepted)
{
	size_t size = arena_size(accepted->arena);

	if (accepted->query_arena)
		size += arena_size(accepted->query_arena);
	return size;
}
