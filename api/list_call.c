#include "api/list_call.h"

#include "api/json.h"
#include "api/terms.h"
#include "server/base/uri.h"

/** A domain is ours. */
static bool is_ours(const struct api_settings *settings, const char *domain)
{
	return strcmp(domain, settings->domain) == 0 ||
	       domains_find(&settings->domains, view_of(domain)) != NULL;
}

const char *list_uri_of(const struct exchange *exchange, const char *name)
{
	const struct api_settings *settings = &exchange->api->settings;
	const char *at = strchr(name, '@'), *key;
	const char *uri = at ? arena_printf(exchange->arena, "sip:%s", name)
			     : arena_printf(exchange->arena, "sip:%s@%s", name,
					    settings->domain);

	if (at && !is_ours(settings, at + 1))
		return NULL;
	return uri_key(exchange->arena, view_of(uri), &key) ? NULL : key;
}

const char *list_at_of(const struct exchange *exchange,
		       const struct stored_list *list)
{
	const char *domain =
		domains_of(&exchange->api->settings.domains, list->uri);

	return domain ? arena_printf(exchange->arena, "%s@%s", list->name,
				     domain)
		      : list->name;
}

struct list_target list_target_of(const struct exchange *exchange)
{
	const char *uri = list_uri_of(exchange, exchange->name);

	return (struct list_target){.uri = uri ? uri : "",
				    .if_match = exchange_tags(exchange),
				    .now = exchange->now};
}

json_t *json_list(const struct stored_list *list)
{
	json_t *object = json_object();

	json_put(object, "name", json_text(list->name));
	json_put(object, "uri", json_text(list->uri));
	json_put(object, "owner", json_text(list->owner));
	json_put(object, "display_name", json_text(list->title));
	json_put(object, "use", json_text(list_use_name(list->use)));
	json_put(object, "replies",
		 json_text(list_replies_name(list->replies)));
	json_put(object, "kinds", json_kinds(list->kinds));
	json_put(object, "size", json_integer(list->n_entries));
	json_put(object, "created_at", json_time(list->created_at));
	json_put(object, "changed_at", json_time(list->changed_at));
	return object;
}

/** Where there is no row: something wider may decide, as it does for a request.
 */
static const char *state_without_row(struct exchange *exchange,
				     const struct stored_list *list,
				     const struct list_entry *entry)
{
	const struct identity owner = {IDENTITY_DIGEST, {list->owner, NULL}};
	struct index *index = exchange->api->settings.index;
	struct index_query *query =
		index_query_new(index, exchange->arena, &owner, list->uri,
				kinds_or_message(list->kinds));
	struct permission row;

	switch (index_decide(index, query, entry->key, exchange->now, &row)
			.verdict) {
	case VERDICT_GRANTED:
	case VERDICT_UNTOLD:
		return "granted";
	case VERDICT_DENIED:
		return "denied";
	case VERDICT_MISSING:
		break;
	}
	return "none";
}

static const char *state_of(struct exchange *exchange,
			    const struct stored_list *list,
			    const struct list_entry *entry)
{
	const struct permission *row = &entry->permission;

	if (!entry->key)
		return NULL;
	if (!row->id)
		return state_without_row(exchange, list, entry);
	return permission_is_expired(row, exchange->now)
		       ? "expired"
		       : permission_state_name(row->state);
}

json_t *json_list_entry(struct exchange *exchange,
			const struct stored_list *list,
			const struct list_entry *entry,
			const struct open_question *open)
{
	json_t *object = json_object();
	char room[TERM_TEXT_ROOM];

	json_put(object, "id", json_integer(entry->id));
	json_put(object, "kind", json_text(list_entry_kind_name(entry->kind)));
	json_put(object, "parent", json_number(entry->parent));
	json_put(object, "uri", json_text(entry->uri));
	json_put(object, "name", json_text(entry->name));
	json_put(object, "list", json_text(entry->ref_name));
	json_put(object, "display_name", json_text(entry->title));
	json_put(object, "copy_control",
		 json_text(copy_control_name(entry->copy)));
	json_put(object, "anonymize", json_boolean(entry->is_anonymous));
	json_put(object, "state", json_text(state_of(exchange, list, entry)));
	json_put(object, "permission", json_number(entry->permission.id));
	json_put(object, "term",
		 entry->permission.id
			 ? json_text(term_text(entry->permission.term_s, room))
			 : json_null());
	json_put(object, "question",
		 entry->permission.id ? json_question(&entry->permission, open,
						      exchange->now)
				      : json_null());
	return object;
}

/** Is it done?  Else respond, or leave it to the caller. */
static bool tell(struct exchange *exchange, enum err err, const char *noun,
		 enum err *ret)
{
	*ret = ERR_OK;
	switch ((int)err) {
	case ERR_OK:
		return true;
	case ERR_TIMEOUT:
		respond_not_in_force(exchange, "");
		return false;
	case ERR_EXISTS:
	case ERR_CONFLICT:
	case ERR_TOO_LARGE:
	case ERR_HOSTILE:
	case ERR_FORBIDDEN:
	case ERR_SYNTAX:
		*ret = err;
		return false;
	default:
		respond_err(exchange, err, noun);
		return false;
	}
}

bool list_call(struct exchange *exchange, struct write_job *job,
	       const char *noun, enum err *ret)
{
	return tell(exchange, exchange_write(exchange, job), noun, ret);
}

bool list_call_pieces(struct exchange *exchange, struct pieces *pieces,
		      const char *noun, enum err *ret)
{
	return tell(exchange, exchange_write_pieces(exchange, pieces), noun,
		    ret);
}

void list_wake(const struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;

	if (settings->wake)
		settings->wake(settings->arg);
}
