/* Words that people type (policies/chat.h): which way each goes. */
#include "server/consent/chat_private.h"
#include "server/words/chat_words.h"

#include "db/accounts.h"

/** Bytes of a body at the address of a question. */
#define BODY_MAX 4096

/* ---- what it is -----------------------------------------------------------
 */

static bool is_service(const struct consents *consents, const char *key)
{
	const struct consents_settings *settings = &consents->settings;

	for (size_t i = 0; i < settings->n_services; i++)
		if (strcmp(settings->services[i].key, key) == 0)
			return true;
	return false;
}

static enum chat_place place_of(const struct consents *consents,
				const char *target)
{
	const struct list_image *image;
	enum chat_place place = CHAT_AT_TALKING_LIST;

	if (!target)
		return CHAT_AT_QUESTION;
	if (is_service(consents, target))
		return CHAT_AT_SERVICE;
	image = consents->settings.lists
			? list_table_get(consents->settings.lists, target)
			: NULL;
	if (image && image->replies != LIST_REPLIES_LIST)
		place = CHAT_AT_QUIET_LIST;
	list_image_release(image);
	return place;
}

/** A name, of the domain of @p target, or a whole URI. */
static const char *named_key(const char *target, struct view name,
			     struct arena *arena)
{
	const char *key = NULL;
	const char *host = strchr(target, '@');

	if (view_starts_nocase(name, VIEW("sip:")) ||
	    view_starts_nocase(name, VIEW("sips:")))
		return uri_key(arena, name, &key) ? NULL : key;
	if (!host || view_find(name, '@', 0) != SIZE_MAX)
		return NULL;
	return arena_printf(arena, "sip:%s%s", view_copy(arena, name), host);
}

const char *chat_named_target(const struct consents *consents,
			      const char *target, struct view name,
			      struct arena *arena)
{
	const struct list_table *lists = consents->settings.lists;
	const char *key = named_key(target, name, arena);

	if (key && (is_service(consents, key) ||
		    (lists && list_table_has(lists, key))))
		return key;
	return NULL;
}

/** STOP and what is no name is a text that begins with STOP. */
static void look_up_name(const struct consents *consents, const char *target,
			 struct chat_typed *typed)
{
	struct arena *arena;

	if (typed->command != CHAT_STOP_ONE)
		return;
	arena = arena_new(0);
	if (!chat_named_target(consents, target, typed->name, arena))
		typed->command = CHAT_NEAR_STOP;
	arena_free(arena);
}

/** @p place: key of the list or service; NULL: a question's own address, of
 *  the domain of @p about. */
static struct chat_typed read_text(const struct consents *consents,
				   struct view text, const char *place,
				   const char *about)
{
	struct chat_typed typed;

	chat_words_read(text, wording_for(consents->settings.wording, about),
			&typed);
	look_up_name(consents, about, &typed);
	typed.command = chat_at(place_of(consents, place), typed.command);
	return typed;
}

static enum typed_verdict hears(const void *module, const struct typed *typed)
{
	const struct consents *consents = module;
	const struct consents_settings *settings = &consents->settings;
	const char *about = typed->target_key;
	struct chat_typed read;

	if (about ? !settings->has_stop_words : !settings->has_chat)
		return TYPED_TEXT;
	read = read_text(consents, typed->text, about, about ? about : "*");
	if (read.command == CHAT_TEXT)
		return TYPED_TEXT;
	/* Of a name the sender has to be known. */
	if (!about && read.command == CHAT_STOP_ONE)
		return TYPED_WORD;
	return chat_denies(read.command) ? TYPED_NO : TYPED_WORD;
}

/* ---- one of them ----------------------------------------------------------
 */

void chat_respond(struct chat *chat, int status)
{
	const struct response response = {.status = status};

	edge_respond(chat->consents->settings.edge, chat->request, &response);
	request_free(chat->request);
}

void chat_respond_busy(struct chat *chat)
{
	const char *seconds =
		arena_printf(chat->request->arena, "%d",
			     limits_retry_after_s(OVERLOAD_WRITER));
	const struct header retry = {VIEW("Retry-After"), view_of(seconds)};
	const struct response response = {
		.status = 503, .headers = &retry, .n_headers = 1};

	edge_respond(chat->consents->settings.edge, chat->request, &response);
	request_free(chat->request);
}

/** What a word is about: a URI, or anything of that domain. */
static const char *target_of(const struct chat *chat)
{
	const struct consents *consents = chat->consents;
	const struct request *request = chat->request;
	const char *key = request->target_key;
	const char *domain =
		domains_of(&consents->settings.places.domains, key);

	if (chat->typed.command == CHAT_STOP_ONE)
		return chat_named_target(consents, key, chat->typed.name,
					 request->arena);
	if (chat->typed.command == CHAT_STOP_ALL || request->has_token)
		return domain ? arena_printf(request->arena, "*@%s", domain)
			      : "*";
	return key;
}

/** At the address of a question: of a list of answers, and of another target
 *  than the question's, the token says nothing. */
static bool is_of_the_token(const struct chat *chat)
{
	return chat->request->has_token && chat->typed.command != CHAT_LIST &&
	       chat->typed.command != CHAT_STOP_ONE;
}

static void receive(void *module, struct request *request)
{
	struct chat *chat = arena_alloc(request->arena, sizeof(*chat));

	*chat = (struct chat){.consents = module, .request = request};
	chat->typed = read_text(module, request->typed,
				request->has_token ? NULL : request->target_key,
				request->target_key);
	chat->target = target_of(chat);
	if (!chat->target) { /* its list was removed just now */
		chat->typed.command = CHAT_NEAR_STOP;
		chat->target = request->target_key;
	}
	if (is_of_the_token(chat))
		chat_at_question(chat);
	else
		chat_at_target(chat);
}

static bool knows(const void *module, const struct token *token)
{
	const struct consents *consents = module;
	uint8_t hash[HASH_LEN];

	token_hash(TOKEN_CHAT, token, hash);
	return index_deny_known(consents->settings.index, hash);
}

static const char *const accepts[] = {"text/plain", NULL};

const struct method_module chat_module = {
	.method = METHOD_MESSAGE,
	.purpose = PURPOSE_CHAT,
	.option_tag = "recipient-list-message", /* it changes nothing here */
	.accepts = accepts,
	.takes_accepted_only = true,
	.body_max = BODY_MAX,
	.shed = SHED_NEVER,
	.identity = IDENTITY_OPTIONAL,
	.right = ACCOUNT_ANSWER,
	.receive = receive,
	.knows = knows,
	.hears = hears,
};
