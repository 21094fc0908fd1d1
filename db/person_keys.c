#include "db/person_keys.h"

#include "server/base/uri.h"

static void add(struct person_keys *to, const char *plain, const char *aor)
{
	to->at[to->n++] = (struct person_key){aor, plain, false};
}

/** A number at any host. */
static void add_at_hosts(struct person_keys *to, const char *scheme,
			 const char *tel, struct arena *arena)
{
	to->at[to->n++] = (struct person_key){
		tel, arena_printf(arena, "%s%s", scheme, tel + 4), true};
}

static void add_address(struct person_keys *to, const char *aor,
			struct arena *arena)
{
	char room[URI_KEY_ROOM];
	const char *plain =
		arena_strdup(arena, uri_key_person(aor, room) ? room : aor);

	add(to, plain, aor);
	if (strncmp(plain, "sip:", 4) == 0)
		add(to, arena_printf(arena, "sips:%s", plain + 4), aor);
	if (uri_key_number(aor, room)) {
		const char *number = arena_strdup(arena, room);

		add(to, number, number);
	} else if (strncmp(plain, "tel:+", 5) == 0) {
		add_at_hosts(to, "sip:", plain, arena);
		add_at_hosts(to, "sips:", plain, arena);
	}
}

void person_keys_find(const char *const aor[2], struct arena *arena,
		      struct person_keys *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < 2; i++)
		if (aor[i])
			add_address(ret, aor[i], arena);
}

void person_key_bind(struct query *query, const struct person_key *key)
{
	query_text(query, key->plain);
	query_text(query, key->aor);
}

bool person_names(const char *aor, const char *recipient)
{
	char number[URI_KEY_ROOM];

	return uri_keys_name_one(recipient, aor) ||
	       (uri_key_number(recipient, number) && strcmp(number, aor) == 0);
}
