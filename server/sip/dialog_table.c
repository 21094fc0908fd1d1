#include "server/sip/dialog_table.h"

#include "server/base/text.h"
#include "server/sip/dialog_private.h"

struct dialog_table {
	struct hash_table table;
	struct hash_key key;
};

struct dialog_table *dialog_table_new(const struct hash_key *key)
{
	struct dialog_table *table = mem_alloc(sizeof(*table));

	table->key = *key;
	hash_table_init(&table->table);
	return table;
}

void dialog_table_free(struct dialog_table *table)
{
	if (!table)
		return;
	hash_table_release(&table->table);
	free(table);
}

static struct dialog_id id_of(const struct dialog *dialog)
{
	return (struct dialog_id){view_of(dialog->call_id),
				  view_of(dialog->local_tag),
				  view_of(dialog->remote_tag)};
}

/* None of them holds a line end. */
static struct hash128 hash_of(const struct dialog_table *table,
			      const struct dialog_id *id)
{
	struct hash128 hash;
	struct text text;

	text_init(&text, NULL);
	text_add_view(&text, id->call_id);
	text_add(&text, "\n");
	text_add_view(&text, id->local_tag);
	text_add(&text, "\n");
	text_add_view(&text, id->remote_tag);
	hash = hash_128(&table->key, text.at, text.len);
	text_release(&text);
	return hash;
}

void dialog_table_add(struct dialog_table *table, struct dialog *dialog)
{
	struct dialog_id id = id_of(dialog);

	dialog->entry.key = hash_of(table, &id);
	hash_table_add(&table->table, &dialog->entry);
}

void dialog_table_remove(struct dialog_table *table, struct dialog *dialog)
{
	hash_table_remove(&table->table, &dialog->entry);
}

/* As they stand from our side: To is us. */
static bool id_read(const struct message *request, struct dialog_id *ret)
{
	return dialog_call_id(request, &ret->call_id) == ERR_OK &&
	       dialog_tag(request, FIELD_TO, &ret->local_tag) == ERR_OK &&
	       dialog_tag(request, FIELD_FROM, &ret->remote_tag) == ERR_OK &&
	       ret->local_tag.len;
}

static bool id_equal(const struct dialog_id *a, const struct dialog_id *b)
{
	return view_equal(a->call_id, b->call_id) &&
	       view_equal(a->local_tag, b->local_tag) &&
	       view_equal(a->remote_tag, b->remote_tag);
}

struct dialog *dialog_table_get(const struct dialog_table *table,
				const struct dialog_id *asked)
{
	struct hash_entry *entry =
		hash_table_find(&table->table, hash_of(table, asked));
	struct dialog *dialog;
	struct dialog_id found;

	if (!entry)
		return NULL;
	dialog = (struct dialog *)((char *)entry -
				   offsetof(struct dialog, entry));
	found = id_of(dialog);
	return id_equal(asked, &found) ? dialog : NULL;
}

bool dialog_table_has(const struct dialog_table *table,
		      const struct dialog_id *id)
{
	return dialog_table_get(table, id) != NULL;
}

struct dialog *dialog_table_find(const struct dialog_table *table,
				 const struct message *request)
{
	struct dialog_id asked;

	if (request->status || !id_read(request, &asked))
		return NULL;
	return dialog_table_get(table, &asked);
}
