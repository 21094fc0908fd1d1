/* Requests to stored lists: who may send them, and to whom they go. */
#include "server/base/loop.h"
#include "server/list/list_request.h"

static bool may_use(const struct list_request *list)
{
	const struct lists_settings *settings = &list->lists->settings;
	const struct list_image *stored = list->stored;
	const struct identity *sender = &list->request->sender;
	char room[KIND_NAME_MAX + 1];

	if (sender->method == IDENTITY_NONE)
		return false;
	return list_may_use(
		stored->use, stored->replies,
		list_image_role(
			stored, settings->index, sender,
			kinds_of_method(list->request->method, NULL, room),
			loop_wall_s(settings->loop)));
}

enum progress list_open(struct list_request *list)
{
	const struct list_table *table = list->lists->settings.stored;

	if (table)
		list->stored = list_table_get(table, list->request->target_key);
	if (!list->stored) /* it was removed meanwhile */
		return list_refuse(list, 404, NULL);
	return may_use(list)
		       ? PROGRESS_NEXT
		       : list_refuse(list, 403, "Not Allowed To Use This List");
}

/* Who sends does not send to themselves, however they are spelled. */
static bool is_sender(const char *const persons[2],
		      const struct list_member *member)
{
	return (persons[0] && strcmp(member->person, persons[0]) == 0) ||
	       (persons[1] && strcmp(member->person, persons[1]) == 0);
}

static const char *person_of(struct arena *arena, const char *key)
{
	char room[URI_KEY_ROOM];

	if (!key)
		return NULL;
	return uri_key_person(key, room) ? arena_strdup(arena, room) : key;
}

enum progress list_take_stored(struct list_request *list)
{
	const struct list_image *stored = list->stored;
	const struct identity *sender = &list->request->sender;
	struct recipients *set = &list->recipients;
	const char *persons[2] = {person_of(list->arena, sender->aor[0]),
				  person_of(list->arena, sender->aor[1])};

	set->at = arena_array(list->arena, stored->n + 1, sizeof(*set->at));
	for (size_t i = 0; i < stored->n; i++) {
		const struct list_member *it = &stored->members[i];

		if (is_sender(persons, it))
			continue;
		set->at[set->n++] =
			(struct recipient){.uri = it->uri,
					   .key = it->key,
					   .name = it->uri,
					   .copy = it->copy,
					   .is_anonymous = it->is_anonymous};
	}
	return PROGRESS_NEXT;
}
