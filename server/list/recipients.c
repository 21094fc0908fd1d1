#include "server/list/recipients.h"

#include "server/base/random.h"

void recipients_init(struct recipients *set)
{
	random_bytes(&set->hash_key, sizeof(set->hash_key));
	set->at = NULL;
	set->n = set->room = 0;
	set->table = NULL;
	set->table_size = 0;
	set->problem = NULL;
	set->left_out = NULL;
	set->n_left_out = 0;
}

static enum err refuse(struct recipients *set, enum err err,
		       const char *problem)
{
	set->problem = problem;
	return err;
}

static bool is_same(const struct recipient *a, const struct recipient *b)
{
	return a->hash == b->hash && strcmp(a->key, b->key) == 0;
}

/* Where @p wanted is, or the free slot for them. */
static uint32_t *find_slot(const struct recipients *set,
			   const struct recipient *wanted)
{
	size_t mask = set->table_size - 1;
	size_t slot = wanted->hash & mask;

	while (set->table[slot] &&
	       !is_same(&set->at[set->table[slot] - 1], wanted))
		slot = (slot + 1) & mask;
	return &set->table[slot];
}

static void grow(struct recipients *set)
{
	struct recipient *old = set->at;

	set->room = set->room ? set->room * 2 : 16;
	set->at = arena_array(set->arena, set->room, sizeof(*set->at));
	if (set->n)
		memcpy(set->at, old, set->n * sizeof(*set->at));
	set->table_size = set->room * 2;
	set->table =
		arena_array(set->arena, set->table_size, sizeof(*set->table));
	for (size_t i = 0; i < set->n; i++)
		*find_slot(set, &set->at[i]) = (uint32_t)i + 1;
}

/* Which rule a hostile URI breaks, for the sender to read. */
static const char *hostile_problem(const struct uri *uri)
{
	struct view value;

	if (uri_param(uri, "maddr", &value))
		return "maddr Not Allowed In Recipient List";
	if (uri_param(uri, "ttl", &value))
		return "ttl Not Allowed In Recipient List";
	if (uri->port && uri->port < 1024 && uri->port != 5060)
		return "Port Not Allowed In Recipient List";
	return "Address Not Allowed In Recipient List";
}

/* A way to get there is not demanded here: another entry may have one for the
 * same recipient. */
static enum err check_where(struct recipients *set, const struct uri *uri,
			    struct recipient *ret)
{
	enum err err = uri_check_sendable(uri, set->rules);

	if (err == ERR_HOSTILE)
		return refuse(set, err, hostile_problem(uri));
	if (err)
		return refuse(set, err, "Bad URI In Recipient List");
	if (ours_has(set->ours, uri))
		return refuse(set, ERR_HOSTILE,
			      "Recipient List Names This Relay");
	/* RFC 5363 section 5: a list in a list would come back to us.  Nobody
	 * is told that it is one. */
	ret->is_list = set->lists && ours_is_host(set->ours, uri) &&
		       list_table_names(set->lists, ret->key);
	ret->unreachable = ERR_OK;
	if (uri->scheme != URI_SIP || uri->params.len) /* most are plain */
		ret->unreachable = uri_check_reachable(uri, set->rules);
	return ERR_OK;
}

/*
 * RFC 3261 section 19.1.5 and RFC 4453 REQ 14.  Of the header components of a
 * list URI none is honoured, and RFC 5365 section 7.2 has the method parameter
 * ignored: both are gone from the Request-URI before it is looked at.
 */
static enum err check(struct recipients *set, struct view text,
		      struct recipient *ret)
{
	struct uri uri;
	enum err err = uri_parse(text, &uri);

	if (err)
		return refuse(set, err, "Bad URI In Recipient List");
	if (uri.scheme != URI_SIP && uri.scheme != URI_SIPS)
		return refuse(set, ERR_SCHEME,
			      "Unsupported URI Scheme In Recipient List");
	ret->uri = uri_request(set->arena, &uri, text);
	if (uri.params.len || uri.headers.len) {
		text = view_of(ret->uri);
		err = uri_parse(text, &uri);
	}
	ret->key = ret->uri;
	if (!err && !uri_is_key(&uri, text))
		err = uri_recipient_key(set->arena, &uri, &ret->key);
	if (err)
		return refuse(set, err, "Bad URI In Recipient List");
	if (strcmp(ret->key, ret->uri) == 0)
		ret->key = ret->uri;
	err = check_where(set, &uri, ret);
	if (err)
		return err;
	ret->name = uri.password.len ? ret->key : ret->uri;
	return ERR_OK;
}

enum err recipients_add(struct recipients *set,
			const struct resource_list_entry *entry)
{
	struct recipient new = {.copy = entry->copy,
				.is_anonymous = entry->is_anonymous};
	struct recipient *known;
	uint32_t *slot;
	enum err err = check(set, entry->uri, &new);

	if (err)
		return err;
	if (set->n == set->room)
		grow(set);
	new.hash = hash_64(&set->hash_key, new.key, strlen(new.key));
	slot = find_slot(set, &new);
	if (!*slot) {
		if (set->n == set->most)
			return refuse(set, ERR_TOO_LARGE,
				      "Too Many Recipients");
		set->at[set->n++] = new;
		*slot = (uint32_t)set->n;
		return ERR_OK;
	}
	known = &set->at[*slot - 1];
	if (known->unreachable && !new.unreachable) {
		known->uri = new.uri;
		known->key = new.key;
		known->name = new.name;
		known->unreachable = ERR_OK;
	}
	if (new.copy > known->copy)
		known->copy = new.copy;
	known->is_anonymous |= new.is_anonymous;
	return ERR_OK;
}

enum err recipients_check(struct recipients *set)
{
	for (size_t i = 0; i < set->n; i++) {
		enum err err = set->at[i].unreachable;

		if (err == ERR_SCHEME)
			return refuse(set, err,
				      "sips Not Served In Recipient List");
		if (err)
			return refuse(set, ERR_HOSTILE,
				      "Transport Not Served In Recipient List");
	}
	return ERR_OK;
}

void recipients_keep_granted(struct recipients *set,
			     const enum verdict *verdicts)
{
	size_t n = 0;

	set->left_out = arena_array(set->arena, set->n, sizeof(*set->at));
	for (size_t i = 0; i < set->n; i++) {
		if (verdicts[i] == VERDICT_GRANTED)
			set->at[n++] = set->at[i];
		else
			set->left_out[set->n_left_out++] = set->at[i];
	}
	set->n = n;
	set->table = NULL; /* nothing can be found any more */
	set->table_size = set->room = 0;
}
