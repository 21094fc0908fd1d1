/* Requests to stored lists: who may send them, and to whom they go. */
#include "server/base/loop.h"
#include "server/list/list_request.h"

/* Has a member granted that the owner writes to them through it? */
static bool has_granted(const struct list_request *list,
			const struct list_member *member)
{
	const struct lists_settings *settings = &list->lists->settings;
	const struct identity owner = {IDENTITY_DIGEST,
				       {list->stored->owner, NULL}};
	char room[KIND_NAME_MAX + 1];
	struct permission row;
	struct index_query *query = index_query_new(
		settings->index, list->arena, &owner, list->stored->uri,
		kinds_of_method(list->request->method, NULL, room));

	return index_decide(settings->index, query, member->key,
			    loop_wall_s(settings->loop), &row)
		       .verdict == VERDICT_GRANTED;
}

/* A right is for one key, as a grant is: other spellings have none. */
static enum list_role role_of(const struct list_request *list, const char *aor)
{
	const struct list_image *stored = list->stored;

	if (strcmp(aor, stored->owner) == 0)
		return LIST_ROLE_OWNER;
	for (size_t i = 0; i < stored->n; i++) {
		if (strcmp(stored->members[i].key, aor) == 0)
			return has_granted(list, &stored->members[i])
				       ? LIST_ROLE_MEMBER
				       : LIST_ROLE_STRANGER;
	}
	return LIST_ROLE_STRANGER;
}

static bool may_use(const struct list_request *list)
{
	const struct identity *sender = &list->request->sender;
	enum list_role role = LIST_ROLE_STRANGER;

	if (sender->method == IDENTITY_NONE)
		return false;
	for (size_t i = 0; i < 2 && sender->aor[i]; i++) {
		enum list_role other = role_of(list, sender->aor[i]);

		if (other > role)
			role = other;
	}
	return list_may_use(list->stored->use, list->stored->replies, role);
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
