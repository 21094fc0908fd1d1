/* What a word at a list or a service does, on the writer's thread: its sender
 * proved who they are. */
#include "db/answers.h"
#include "db/chat.h"
#include "db/permissions.h"
#include "server/consent/chat_private.h"

/** Answers that are told; the rest is counted. */
#define LINES_MOST 20

static const char *evidence_of(const struct chat *chat)
{
	const struct request *request = chat->request;

	return arena_printf(request->arena, "recipient: %s typed to %s (%s)",
			    chat_command_name(chat->typed.command),
			    request->has_token ? "a question"
					       : request->target_key,
			    request->sender.method == IDENTITY_DIGEST
				    ? "digest"
				    : "P-Asserted-Identity of a trusted peer");
}

/** Whoever sends through it, to all addresses that they proved. */
static enum err stop(struct store *store, struct chat *chat)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < 2 && !err; i++) {
		const char *aor = chat->request->sender.aor[i];
		const struct permission_change change = {
			.sender = "anonymous",
			.target = chat->target,
			.recipient = aor,
			.recipient_uri = aor,
			.event = EVENT_DENY,
			.actor = ORIGIN_RECIPIENT,
			.evidence = evidence_of(chat),
			.expires_at = -1,
			.now = chat->now,
		};

		if (!aor)
			continue;
		err = store_permission_deny(store, &change,
					    chat->request->arena,
					    &chat->denied[chat->n_denied]);
		chat->n_denied += !err;
	}
	return err;
}

static enum err deny_row(struct store *store, struct chat *chat,
			 const struct permission *row)
{
	const struct permission_change change = {
		.id = row->id,
		.row = row,
		.sender = row->sender,
		.target = row->target,
		.recipient = row->recipient,
		.recipient_uri = row->recipient_uri,
		.kinds = row->kinds,
		.event = EVENT_DENY,
		.actor = ORIGIN_RECIPIENT,
		.evidence = evidence_of(chat),
		.expires_at = -1,
		.now = chat->now,
	};

	chat->n_denied = 1;
	return store_permission_deny(store, &change, chat->request->arena,
				     &chat->denied[0]);
}

/** A no to the one question that is open there; to several it would be to
 *  which? */
static enum err no(struct store *store, struct chat *chat)
{
	const struct chat_rows_query open = {
		.aor = chat->request->sender.aor,
		.target = chat->target,
		.is_open = true,
		.most = 2,
	};
	struct permission *rows;
	enum err err = store_chat_rows(store, &open, chat->request->arena,
				       &rows, &chat->n_rows);

	return !err && chat->n_rows == 1 ? deny_row(store, chat, &rows[0])
					 : err;
}

/** Newest first, and how many more there are. */
static enum err list(struct store *store, struct chat *chat)
{
	const char *const *aor = chat->request->sender.aor;
	const struct answers_query of = {
		.aor = {aor[0], aor[1]}, .now = chat->now, .most = LINES_MOST};
	struct answers answers;
	enum err err =
		store_answers(store, &of, chat->request->arena, &answers);

	if (err)
		return err;
	chat->lines = answers.rows;
	chat->n_lines = answers.n;
	chat->n_rows = answers.n + answers.n_more;
	return ERR_OK;
}

enum err chat_run(struct store *store, struct write_job *job)
{
	struct chat *chat = (struct chat *)(void *)job;

	chat->n_denied = chat->n_rows = chat->n_lines = 0; /* run anew */
	switch (chat->typed.command) {
	case CHAT_STOP:
	case CHAT_END:
	case CHAT_STOP_ALL:
	case CHAT_STOP_ONE:
		return stop(store, chat);
	case CHAT_NO:
		return no(store, chat);
	case CHAT_LIST:
		return list(store, chat);
	case CHAT_TEXT:
	case CHAT_YES:
	case CHAT_START_ALL:
	case CHAT_HELP:
	case CHAT_NEAR_STOP:
	case CHAT_COMMANDS:
		break;
	}
	return ERR_OK;
}
