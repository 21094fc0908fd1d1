#include "api/conference_bodies.h"

#include "api/bodies.h"
#include "server/base/uri.h"

#define WORD_MAX 64
#define NAME_MAX 128
#define VOLUME_MIN (-40)
#define VOLUME_MAX 20
#define FIELDS(fields) (fields), sizeof(fields) / sizeof((fields)[0])

/** An entry as it stands in a body. */
struct entry_body {
	const char *uri, *display_name, *copy_control;
	int64_t is_anonymous, is_muted;
};

static size_t entry_fields(void *item, struct body_field *ret)
{
	struct entry_body *entry = item;
	const struct body_field fields[] = {
		{"uri", FIELD_STRING, URI_MAX_LEN, &entry->uri, NULL, NULL},
		{"display_name", FIELD_STRING, NAME_MAX, &entry->display_name,
		 NULL, NULL},
		{"copy_control", FIELD_STRING, WORD_MAX, &entry->copy_control,
		 NULL, NULL},
		{"anonymize", FIELD_FLAG, 0, NULL, &entry->is_anonymous, NULL},
		{"muted", FIELD_FLAG, 0, NULL, &entry->is_muted, NULL},
	};

	_Static_assert(sizeof(fields) <= BODY_ITEM_FIELDS * sizeof(*ret),
		       "an entry has too many fields");
	memcpy(ret, fields, sizeof(fields));
	return sizeof(fields) / sizeof(fields[0]);
}

#define ENTRIES(array)                                                         \
	(struct body_array)                                                    \
	{                                                                      \
		.size = sizeof(struct entry_body),                             \
		.max = CONFERENCE_ENTRIES_MAX, .fields = entry_fields          \
	}

/** RFC 5364 section 3. */
static bool copy_read(const char *word, enum copy_control *ret)
{
	static const char *const words[] = {
		[COPY_BCC] = "bcc", [COPY_CC] = "cc", [COPY_TO] = "to"};

	*ret = COPY_TO;
	if (!word)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*ret = (enum copy_control)i;
		if (!strcmp(word, words[i]))
			return true;
	}
	return false;
}

static enum err entry_problem(struct problem *ret, struct arena *arena,
			      size_t i, const char *detail)
{
	enum err err = field_problem(
		ret, arena_printf(arena, "parties[%zu]", i), detail);

	ret->entry = (int)i + 1;
	return err;
}

static enum err entries_make(const struct body_array *array,
			     struct arena *arena,
			     const struct conference_entry **ret,
			     struct problem *ret_problem)
{
	const struct entry_body *from = array->items;
	struct conference_entry *entries =
		arena_array(arena, array->n + 1, sizeof(*entries));

	if (!array->n)
		return field_problem(ret_problem, "parties",
				     "This must name somebody to call.");
	for (size_t i = 0; i < array->n; i++) {
		entries[i] = (struct conference_entry){
			.uri = from[i].uri,
			.display_name = from[i].display_name,
			.is_anonymous = from[i].is_anonymous != 0,
			.is_muted = from[i].is_muted != 0};
		if (!from[i].uri || !from[i].uri[0])
			return entry_problem(ret_problem, arena, i,
					     "This has no uri.");
		if (!copy_read(from[i].copy_control, &entries[i].copy))
			return entry_problem(
				ret_problem, arena, i,
				"Its copy_control must be to, cc or bcc.");
	}
	*ret = entries;
	return ERR_OK;
}

static enum err missing_read(const char *word, enum conference_missing *ret,
			     struct problem *ret_problem)
{
	*ret = CONFERENCE_MISSING_DEFAULT;
	if (word && !strcmp(word, "refuse"))
		*ret = CONFERENCE_MISSING_REFUSES;
	else if (word && !strcmp(word, "skip"))
		*ret = CONFERENCE_MISSING_OMITS;
	else if (word)
		return field_problem(ret_problem, "missing",
				     "This must be refuse or skip.");
	return ERR_OK;
}

static enum err end_when_read(const char *word, enum conference_end_when *ret,
			      struct problem *ret_problem)
{
	*ret = CONFERENCE_END_WHEN_DEFAULT;
	if (word && !strcmp(word, "creator-leaves"))
		*ret = CONFERENCE_END_WHEN_CREATOR_LEAVES;
	else if (word && !strcmp(word, "last-leaves"))
		*ret = CONFERENCE_END_WHEN_LAST_LEAVES;
	else if (word)
		return field_problem(ret_problem, "end_when",
				     "This must be creator-leaves or "
				     "last-leaves.");
	return ERR_OK;
}

/** 0: it was not said. */
static enum err seconds_check(const char *name, int64_t seconds, int *ret,
			      struct problem *ret_problem)
{
	if (seconds < 0)
		return field_problem(ret_problem, name,
				     "This must be a number of seconds.");
	*ret = (int)seconds;
	return ERR_OK;
}

/** The words and numbers of a body that become parts of an order. */
struct order_words {
	const char *missing, *end_when;
	int64_t ring_s, duration_s, is_locked;
};

static enum err order_finish(const struct order_words *words,
			     struct conference_order *order,
			     struct arena *arena, struct problem *ret)
{
	enum err err = ERR_OK;

	if (!order->service || !order->service[0])
		return field_problem(ret, "service", "This is missing.");
	if (!order->sender)
		return field_problem(ret, "sender", "This is missing.");
	if (aor_read(arena, order->sender, &order->sender))
		return field_problem(ret, "sender",
				     "This must be an address such as "
				     "sip:name@example.com.");
	err = missing_read(words->missing, &order->missing, ret);
	if (!err)
		err = end_when_read(words->end_when, &order->end_when, ret);
	if (!err)
		err = seconds_check("ring_s", words->ring_s, &order->ring_s,
				    ret);
	if (!err)
		err = seconds_check("duration_s", words->duration_s,
				    &order->duration_s, ret);
	order->is_locked = words->is_locked != 0;
	return err;
}

enum err conference_body_read(struct view body, struct arena *arena,
			      struct conference_order *ret,
			      struct problem *ret_problem)
{
	struct conference_order order = {0};
	struct order_words words = {0};
	struct body_array parties = ENTRIES(parties);
	const struct body_field fields[] = {
		{"service", FIELD_STRING, NAME_MAX, &order.service, NULL, NULL},
		{"sender", FIELD_STRING, URI_MAX_LEN, &order.sender, NULL,
		 NULL},
		{"subject", FIELD_STRING, CONFERENCE_SUBJECT_MAX,
		 &order.subject, NULL, NULL},
		{"parties", FIELD_OBJECTS, 0, NULL, NULL, &parties},
		{"missing", FIELD_STRING, WORD_MAX, &words.missing, NULL, NULL},
		{"end_when", FIELD_STRING, WORD_MAX, &words.end_when, NULL,
		 NULL},
		{"ring_s", FIELD_NUMBER, CONFERENCE_SECONDS_MAX, NULL,
		 &words.ring_s, NULL},
		{"duration_s", FIELD_NUMBER, CONFERENCE_SECONDS_MAX, NULL,
		 &words.duration_s, NULL},
		{"locked", FIELD_FLAG, 0, NULL, &words.is_locked, NULL},
	};
	enum err err = fields_read(body, arena, FIELDS(fields), ret_problem);

	if (!err)
		err = order_finish(&words, &order, arena, ret_problem);
	if (!err)
		err = entries_make(&parties, arena, &order.entries,
				   ret_problem);
	order.n_entries = parties.n;
	if (!err)
		*ret = order;
	return err;
}

enum err conference_patch_read(struct view body, struct arena *arena,
			       struct conference_patch *ret,
			       struct problem *ret_problem)
{
	struct conference_patch patch = {0};
	int64_t locked = -1, muted = -1;
	const struct body_field fields[] = {
		{"subject", FIELD_STRING, CONFERENCE_SUBJECT_MAX,
		 &patch.subject, NULL, NULL},
		{"locked", FIELD_FLAG, 0, NULL, &locked, NULL},
		{"muted", FIELD_FLAG, 0, NULL, &muted, NULL},
	};
	enum err err = fields_read(body, arena, FIELDS(fields), ret_problem);

	patch.locked = (int)locked;
	patch.muted = (int)muted;
	if (!err && !patch.subject && locked < 0 && muted < 0)
		err = field_problem(ret_problem, "subject",
				    "There must be a subject, locked or "
				    "muted.");
	if (!err)
		*ret = patch;
	return err;
}

enum err addition_body_read(struct view body, struct arena *arena,
			    struct conference_addition *ret,
			    struct problem *ret_problem)
{
	struct conference_addition addition = {.actor.is_operator = true};
	const char *missing = NULL;
	struct body_array parties = ENTRIES(parties);
	const struct body_field fields[] = {
		{"parties", FIELD_OBJECTS, 0, NULL, NULL, &parties},
		{"missing", FIELD_STRING, WORD_MAX, &missing, NULL, NULL},
	};
	enum err err = fields_read(body, arena, FIELDS(fields), ret_problem);

	if (!err)
		err = missing_read(missing, &addition.missing, ret_problem);
	if (!err)
		err = entries_make(&parties, arena, &addition.entries,
				   ret_problem);
	addition.n_entries = parties.n;
	if (!err)
		*ret = addition;
	return err;
}

enum err party_patch_read(struct view body, struct arena *arena,
			  struct party_patch *ret, struct problem *ret_problem)
{
	int64_t muted = -1, deaf = -1, volume = INT64_MIN;
	const struct body_field fields[] = {
		{"muted", FIELD_FLAG, 0, NULL, &muted, NULL},
		{"deaf", FIELD_FLAG, 0, NULL, &deaf, NULL},
		{"volume_db", FIELD_NUMBER, -VOLUME_MIN, NULL, &volume, NULL},
	};
	enum err err = fields_read(body, arena, FIELDS(fields), ret_problem);
	bool sets_volume = volume != INT64_MIN;

	if (!err && muted < 0 && deaf < 0 && !sets_volume)
		return field_problem(ret_problem, "muted",
				     "There must be muted, deaf or volume_db.");
	if (!err && sets_volume && volume > VOLUME_MAX)
		return field_problem(ret_problem, "volume_db",
				     "This must be from -40 to 20.");
	if (err)
		return err;
	*ret = (struct party_patch){.muted = (int)muted,
				    .deaf = (int)deaf,
				    .sets_volume = sets_volume,
				    .volume_db = sets_volume ? (int)volume : 0};
	return ERR_OK;
}
