/* Requests to stored lists: who may send them, and to whom they go. */
#include "server/base/loop.h"
#include "server/list/list_request.h"

static enum list_role role_in(const struct list_request *list,
			      const struct list_image *image)
{
	const struct lists_settings *settings = &list->lists->settings;
	char room[KIND_NAME_MAX + 1];

	return list_image_role(
		image, settings->index, &list->request->sender,
		kinds_of_method(list->request->method, NULL, room),
		loop_wall_s(settings->loop));
}

/* Where there is none the same is looked up: the time tells nobody which. */
static bool may_use(struct list_request *list)
{
	const struct list_image none = {.uri = list->request->target_key,
					.owner = "sip:anonymous.invalid"};
	const struct list_image *stored = list->stored;
	enum list_role role;

	if (list->request->sender.method == IDENTITY_NONE)
		return false;
	role = role_in(list, stored ? stored : &none);
	list->is_owners = role == LIST_ROLE_OWNER;
	return stored && list_may_use(stored->use, stored->replies, role);
}

enum progress list_open(struct list_request *list)
{
	const struct list_table *table = list->lists->settings.stored;

	if (table)
		list->stored = list_table_get(table, list->request->target_key);
	return may_use(list) ? PROGRESS_NEXT : list_refuse(list, 404, NULL);
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
