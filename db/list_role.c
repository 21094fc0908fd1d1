/* What a sender is to a stored list. */
#include "db/index.h"
#include "db/list_table.h"

static bool has_granted(const struct list_image *image,
			const struct index *index, const char *member,
			struct kinds kind, int64_t now)
{
	const struct identity owner = {IDENTITY_DIGEST, {image->owner, NULL}};
	struct arena *arena = arena_new(0);
	struct index_query *query =
		index_query_new(index, arena, &owner, image->uri, kind);
	struct permission row;
	enum verdict verdict =
		index_decide(index, query, member, now, &row).verdict;

	arena_free(arena);
	return verdict_when_told(verdict) == VERDICT_GRANTED;
}

bool list_image_has(const struct list_image *image, const char *key)
{
	for (size_t i = 0; i < image->n; i++) {
		if (strcmp(image->members[i].key, key) == 0)
			return true;
	}
	return false;
}

enum list_role list_image_role(const struct list_image *image,
			       const struct index *index,
			       const struct identity *sender, struct kinds kind,
			       int64_t now)
{
	enum list_role role = LIST_ROLE_STRANGER;

	for (size_t i = 0; i < 2 && sender->aor[i]; i++) {
		const char *aor = sender->aor[i];

		if (strcmp(aor, image->owner) == 0)
			return LIST_ROLE_OWNER;
		/* In this order who is in no list takes as long as who is in
		 * one and has not granted it. */
		if (has_granted(image, index, aor, kind, now) &&
		    list_image_has(image, aor))
			role = LIST_ROLE_MEMBER;
	}
	return role;
}
