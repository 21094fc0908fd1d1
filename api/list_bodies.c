#include "api/list_bodies.h"

#include "api/terms.h"
#include "server/base/uri.h"

#define WORD_MAX 32
#define FIELDS(fields) (fields), sizeof(fields) / sizeof((fields)[0])

/* ---- a list ----------------------------------------------------------- */

/** The words of a body that become enums. */
struct list_words {
	const char *use, *replies, *kinds;
};

static enum err words_read(const struct list_words *words, struct arena *arena,
			   struct list_body *body, struct problem *ret)
{
	enum list_replies replies;
	enum list_use use;

	body->use = body->replies = -1;
	if (words->use && !list_use_from(words->use, &use))
		return field_problem(ret, "use",
				     "This must be owner, members or anyone.");
	if (words->use)
		body->use = (int)use;
	if (words->replies && !list_replies_from(words->replies, &replies))
		return field_problem(ret, "replies",
				     "This must be none, list or sender.");
	if (words->replies)
		body->replies = (int)replies;
	return kinds_words_read(words->kinds, arena, &body->kinds, ret);
}

static enum err owner_read(struct arena *arena, struct list_body *body,
			   struct problem *ret)
{
	if (body->owner && aor_read(arena, body->owner, &body->owner))
		return field_problem(ret, "owner",
				     "This must be an address such as "
				     "sip:name@example.com.");
	return ERR_OK;
}

static enum err body_read(struct view body, struct arena *arena,
			  struct list_body *ret, struct problem *ret_problem)
{
	struct list_body read = {0};
	struct list_words words = {0};
	const struct body_field fields[] = {
		{"name", FIELD_STRING, URI_MAX_LEN, &read.name, NULL, NULL},
		{"owner", FIELD_STRING, URI_MAX_LEN, &read.owner, NULL, NULL},
		{"display_name", FIELD_STRING, LIST_TITLE_MAX, &read.title,
		 NULL, NULL},
		{"use", FIELD_STRING, WORD_MAX, &words.use, NULL, NULL},
		{"replies", FIELD_STRING, WORD_MAX, &words.replies, NULL, NULL},
		{"kinds", FIELD_WORDS, KINDS_TEXT_ROOM, &words.kinds, NULL,
		 NULL},
	};
	enum err err = fields_read(body, arena, FIELDS(fields), ret_problem);

	if (!err)
		err = owner_read(arena, &read, ret_problem);
	if (!err)
		err = words_read(&words, arena, &read, ret_problem);
	if (err)
		return err;
	read.is_title_said = read.title != NULL;
	if (read.title && !read.title[0])
		read.title = NULL;
	*ret = read;
	return ERR_OK;
}

enum err list_body_read(struct view body, struct arena *arena,
			struct list_body *ret, struct problem *ret_problem)
{
	enum err err = body_read(body, arena, ret, ret_problem);

	if (!err && !ret->name)
		err = field_problem(ret_problem, "name", "This is missing.");
	if (!err && !list_at_is_fine(ret->name))
		err = field_problem(ret_problem, "name",
				    "A name has 1 to 64 lower-case letters, "
				    "digits, hyphens, underscores and dots, "
				    "and is not . or ..; @ and a domain may "
				    "follow.");
	if (!err && !ret->owner)
		err = field_problem(ret_problem, "owner", "This is missing.");
	return err;
}

enum err list_patch_read(struct view body, struct arena *arena,
			 struct list_body *ret, struct problem *ret_problem)
{
	enum err err = body_read(body, arena, ret, ret_problem);

	if (!err && ret->name)
		err = field_problem(ret_problem, "name",
				    "A list keeps its name: members granted "
				    "this one.");
	return err;
}

/* ---- entries ---------------------------------------------------------- */

/** An entry as it stands in a body. */
struct entry_words {
	const char *uri, *display_name, *copy_control, *name, *list, *external,
		*term;
	int64_t is_anonymous, parent;
};

static size_t entry_fields(void *item, struct body_field *ret)
{
	struct entry_words *it = item;
	const struct body_field fields[] = {
		{"uri", FIELD_STRING, URI_MAX_LEN, &it->uri, NULL, NULL},
		{"display_name", FIELD_STRING, LIST_TITLE_MAX,
		 &it->display_name, NULL, NULL},
		{"copy_control", FIELD_STRING, WORD_MAX, &it->copy_control,
		 NULL, NULL},
		{"anonymize", FIELD_FLAG, 0, NULL, &it->is_anonymous, NULL},
		{"parent", FIELD_NUMBER, INT64_MAX, NULL, &it->parent, NULL},
		{"name", FIELD_STRING, LIST_TITLE_MAX, &it->name, NULL, NULL},
		{"list", FIELD_STRING, LIST_AT_MAX, &it->list, NULL, NULL},
		{"external", FIELD_STRING, URI_MAX_LEN, &it->external, NULL,
		 NULL},
		{"term", FIELD_STRING, WORD_MAX, &it->term, NULL, NULL},
	};

	_Static_assert(sizeof(fields) <= BODY_ITEM_FIELDS * sizeof(*ret),
		       "an entry has too many fields");
	memcpy(ret, fields, sizeof(fields));
	return sizeof(fields) / sizeof(fields[0]);
}

void list_entry_blame(struct problem *problem, struct arena *arena, size_t i,
		      const char *field)
{
	problem->entry = (int)i + 1;
	problem->field = arena_printf(arena, "entries[%zu]%s%s", i,
				      field ? "." : "", field ? field : "");
}

static enum err refuse_external(struct problem *ret)
{
	*ret = (struct problem){
		.status = 422,
		.reason = "external",
		.detail = "Entries of other servers are not fetched: whoever "
			  "runs them could add recipients here. Add these, or "
			  "refer to another list of this owner by list and "
			  "uri."};
	return ERR_HOSTILE;
}

/** Which fields may stand together. */
static enum err kind_read(const struct entry_words *from,
			  struct list_entry *entry, struct problem *ret)
{
	if (from->external)
		return refuse_external(ret);
	if (!from->uri && !from->name)
		return field_problem(ret, "uri", "This is missing.");
	if (from->uri && from->name)
		return field_problem(ret, "name",
				     "Only a list inside has a name; who is in "
				     "one has a display_name.");
	if (from->name && from->list)
		return field_problem(ret, "list",
				     "A reference names one entry of another "
				     "list, by its uri.");
	if (from->name && !from->name[0])
		return field_problem(ret, "name", "This is empty.");
	entry->kind = from->name   ? LIST_NESTED
		      : from->list ? LIST_REF
				   : LIST_ENTRY;
	return ERR_OK;
}

static enum err entry_term_read(const struct entry_words *from,
				struct list_entry *entry, struct problem *ret)
{
	if (!from->uri)
		return field_problem(ret, "term",
				     "Only who is asked has a term, not a list "
				     "inside.");
	entry->has_term = true;
	return term_word_read(from->term, &entry->term_s, ret);
}

static enum err entry_read(const struct entry_words *from,
			   const struct body_rules *rules, struct arena *arena,
			   struct list_entry *entry, struct problem *ret)
{
	struct leg_uri uri = {NULL, NULL};
	enum err err = kind_read(from, entry, ret);

	if (err)
		return err;
	entry->name = from->name;
	entry->title = from->display_name && from->display_name[0]
			       ? from->display_name
			       : NULL;
	entry->ref_name = from->list;
	entry->parent = from->parent;
	entry->is_anonymous = from->is_anonymous != 0;
	if (from->parent < 0)
		return field_problem(ret, "parent",
				     "This is the id of a list inside.");
	if (from->list && !list_at_is_fine(from->list))
		return field_problem(ret, "list",
				     "There is no list with such a name.");
	if (from->copy_control &&
	    !copy_control_from(from->copy_control, &entry->copy))
		return field_problem(ret, "copy_control",
				     "This must be to, cc or bcc.");
	if (from->term)
		err = entry_term_read(from, entry, ret);
	if (!err && from->uri)
		err = leg_uri_read(from->uri, rules, arena, &uri, ret);
	entry->key = uri.key;
	entry->uri = uri.uri;
	return err;
}

/** Of leg_uri_read() the field has another name here. */
static const char *field_of(const struct problem *problem)
{
	if (problem->reason && strcmp(problem->reason, "external") == 0)
		return "external";
	return problem->field && strcmp(problem->field, "recipient") == 0
		       ? "uri"
		       : problem->field;
}

enum err list_entries_read(struct view body, const struct body_rules *rules,
			   struct arena *arena, struct list_entries *ret,
			   struct problem *ret_problem)
{
	struct body_array array = {.size = sizeof(struct entry_words),
				   .max = LIST_ENTRIES_AT_ONCE,
				   .fields = entry_fields};
	const struct body_field fields[] = {
		{"entries", FIELD_OBJECTS, 0, NULL, NULL, &array}};
	struct list_entries read = {NULL, 0};
	enum err err = fields_read(body, arena, FIELDS(fields), ret_problem);

	if (!err && array.n == 0)
		err = field_problem(ret_problem, "entries",
				    "This must name somebody to add.");
	if (err)
		return err;
	read.at = arena_array(arena, array.n, sizeof(*read.at));
	for (; read.n < array.n; read.n++) {
		const struct entry_words *words = array.items;

		err = entry_read(&words[read.n], rules, arena, &read.at[read.n],
				 ret_problem);
		if (err) {
			list_entry_blame(ret_problem, arena, read.n,
					 field_of(ret_problem));
			return err;
		}
	}
	*ret = read;
	return ERR_OK;
}
