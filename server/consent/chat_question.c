/* A word typed to the address of a question: its token says which. */
#include "db/permissions.h"
#include "server/consent/chat_private.h"
#include "server/consent/reply_outcome.h"

static void tell(const struct chat *chat, enum word_id word,
		 const struct permission *row)
{
	chat_tell(chat->consents,
		  &(struct chat_answer){.word = word,
					.row = row,
					.question = &chat->request->token});
}

/** Of an answer that counts, or could have. */
static void tell_outcome(const struct chat *chat,
			 const struct reply_result *result)
{
	bool is_all = chat->typed.command == CHAT_STOP_ALL;

	switch (result->outcome) {
	case REPLY_GRANTED:
		tell(chat, WORD_CHAT_YES, result->row);
		break;
	case REPLY_DENIED:
		tell(chat, is_all ? WORD_CHAT_STOPPED : WORD_CHAT_NO,
		     result->row);
		break;
	case REPLY_LIFTED:
		tell(chat, WORD_CHAT_LIFTED, result->row);
		break;
	case REPLY_UNPROVED:
		tell(chat, WORD_CHAT_UNPROVED, result->row);
		break;
	case REPLY_ASKED: /* not by a word */
	case REPLY_RATE_LIMITED:
	case REPLY_UNKNOWN:
	case REPLY_FORGED:
	case REPLY_PRECONDITION:
	case REPLY_OPPOSED:
	case REPLY_REMOVED_AT_ONCE:
		break;
	}
}

static void decided(void *arg, const struct reply_result *result)
{
	struct chat *chat = arg;

	if (result->err == ERR_SHUTDOWN) {
		request_free(chat->request);
		return;
	}
	if (result->err) {
		chat_respond_busy(chat);
		return;
	}
	tell_outcome(chat, result);
	chat_respond(chat, reply_outcome_status(result->outcome));
}

static enum consent_answer answer_of(enum chat_command command)
{
	if (command == CHAT_YES)
		return CONSENT_YES;
	if (command == CHAT_START_ALL)
		return CONSENT_LIFT;
	return command == CHAT_STOP_ALL ? CONSENT_STOP : CONSENT_NO;
}

/** By the door of every answer. */
static void decide(struct chat *chat)
{
	const struct request *request = chat->request;
	enum chat_command command = chat->typed.command;
	struct consent_reply reply = {
		.kind = TOKEN_CHAT,
		.token = request->token,
		.answer = answer_of(command),
		/* NO leaves what was granted before, STOP ends it, too. */
		.is_for_all_kinds = command == CHAT_STOP || command == CHAT_END,
		.door = DENY_BY_CHAT,
		.bytes = request->bytes.len,
		.sender = &request->sender,
		.vouched = request->vouched,
		.over_tls = request->is_secure,
		.expires_s = -1,
		.domain = request->domain,
		.id = request->id,
		.call_id = request->call_id,
		.source = request->source,
	};

	memcpy(reply.address, request->address, sizeof(reply.address));
	if (!consents_decide(chat->consents, &reply, decided, chat))
		chat_respond_busy(chat);
}

/* ---- no answer ------------------------------------------------------------
 */

static enum err find_run(struct store *store, struct write_job *job)
{
	struct chat *chat = (struct chat *)(void *)job;
	uint8_t hash[HASH_LEN];
	struct token_row token;
	enum err err;

	token_hash(TOKEN_CHAT, &chat->request->token, hash);
	err = store_token_find(store, TOKEN_CHAT, hash, &token);
	if (!err)
		err = store_permission_get(store, token.permission,
					   chat->request->arena, &chat->row);
	chat->n_rows = err == ERR_OK;
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

static void found(struct store_job *job)
{
	struct chat *chat = (struct chat *)(void *)job;

	if (job->write.err) {
		chat_respond_busy(chat);
		return;
	}
	if (chat->n_rows)
		tell(chat, WORD_CHAT_HELP, &chat->row);
	else
		count(chat->consents->settings.counters,
		      COUNT_UNKNOWN_CONSENT_URIS);
	chat_respond(chat, chat->n_rows ? 200 : 404);
}

/** Any other text: what may be answered. */
static void explain(struct chat *chat)
{
	chat->job.write.run = find_run;
	chat->job.over = found;
	if (job_group_submit(&chat->consents->jobs, &chat->job,
			     STORE_JOB_USUAL))
		chat_respond_busy(chat);
}

void chat_at_question(struct chat *chat)
{
	enum chat_command command = chat->typed.command;

	if (command == CHAT_YES || command == CHAT_START_ALL ||
	    chat_denies(command))
		decide(chat);
	else
		explain(chat);
}
