#include "server/session/session_private.h"

#include "server/sip/cseq.h"

#define LATE_OF(entry)                                                         \
	((struct session_late *)(void *)((char *)(entry)-offsetof(             \
		struct session_late, by_call)))

/* What a response has to have.  Who has only seen the INVITE, or a part of it,
 * could name a host that ACK and BYE go to: the hop that was asked answers, by
 * whatever port, and brings the branch back. */
struct late_key {
	struct view call_id, tag, branch;
	uint32_t cseq;
	uint8_t hop[16];
};

static struct hash128 key_of(const struct sessions *sessions,
			     const struct late_key *of)
{
	struct hash128 key;
	struct text text;

	text_init(&text, NULL);
	text_add_view(&text, of->call_id);
	text_add_bytes(&text, "", 1);
	text_add_view(&text, of->tag);
	text_printf(&text, " %u ", of->cseq);
	text_add_view(&text, of->branch);
	text_add_bytes(&text, "", 1);
	text_add_bytes(&text, (const char *)of->hop, sizeof(of->hop));
	key = hash_128(&sessions->key, text.at, text.len);
	text_release(&text);
	return key;
}

/* Zeros: none answers. */
static void hop_read(const char *hop, uint8_t ret[16])
{
	union address address;
	struct uri uri;

	memset(ret, 0, 16);
	if (hop && uri_parse(view_of(hop), &uri) == ERR_OK &&
	    address_parse(uri.host, 0, &address) == ERR_OK)
		address_bytes(&address, ret);
}

/* ---- from the beginning to the end --------------------------------------- */

/* They go on without it. */
static void let_requests_go(struct session_late *late)
{
	for (size_t i = 0; i < DIALOG_SET_MAX; i++)
		if (late->byes[i])
			late->byes[i]->late = NULL;
	if (late->cancel)
		late->cancel->late = NULL;
}

static void late_free(struct session_late *late)
{
	struct sessions *sessions = late->sessions;

	for (size_t i = 0; i < DIALOG_SET_MAX; i++)
		session_request_drop(late->acks[i]);
	session_request_drop(late->refusal_ack);
	let_requests_go(late);
	loop_timer_clear(sessions->settings.loop, &late->timer);
	hash_table_remove(&sessions->late_by_call, &late->by_call);
	TAILQ_REMOVE(&sessions->lates, late, link);
	sessions->n_lates -= !late->done;
	dialog_set_free(late->set);
	arena_free(late->arena);
}

static void is_over(void *arg)
{
	struct session_late *late = arg;
	void (*done)(void *arg) = late->done;
	void *done_arg = late->arg;

	late_free(late);
	if (done)
		done(done_arg);
}

void late_free_all(struct sessions *sessions)
{
	struct session_late *late;

	while ((late = TAILQ_FIRST(&sessions->lates)))
		late_free(late);
}

static void copy_strings(struct session_late *late)
{
	const char **const strings[] = {
		&late->call_id, &late->local_tag,   &late->local,
		&late->remote,	&late->request_uri, &late->reason,
		&late->branch,	&late->hop,	    &late->routes};

	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		*strings[i] = arena_strdup(late->arena, *strings[i]);
	late->assertion = assertion_copy(late->arena, &late->assertion);
}

/* One that has a row stays: the row goes only with it. */
static void make_room(struct sessions *sessions)
{
	struct session_late *late;

	if (sessions->n_lates < LATES_MOST)
		return;
	TAILQ_FOREACH(late, &sessions->lates, link)
	{
		if (late->done)
			continue;
		late_free(late);
		return;
	}
}

/* The next process need not know of it: nobody rings or talks any more.  This
 * one still acknowledges copies. */
static void settle(struct session_late *late)
{
	struct sessions *sessions = late->sessions;
	void (*done)(void *arg) = late->done;

	if (!done)
		return;
	make_room(sessions);
	sessions->n_lates++;
	late->done = late->not_found = NULL;
	done(late->arg);
}

static bool has_byes(const struct session_late *late)
{
	for (size_t i = 0; i < DIALOG_SET_MAX; i++)
		if (late->byes[i])
			return true;
	return false;
}

/* 481: it came too early, or too late; others: nobody was there. */
static void cancel_over(struct session_request *request)
{
	struct session_late *late = request->late;
	void (*not_found)(void *arg) = late ? late->not_found : NULL;

	if (!late)
		return;
	late->cancel = NULL;
	if (request->leg.status / 100 == 2 || !not_found)
		return;
	late->not_found = NULL;
	not_found(late->arg);
}

void late_cancelled(struct session_late *late, struct session_request *cancel)
{
	cancel->late = late;
	cancel->over = cancel_over;
	late->cancel = cancel;
}

/* The INVITE has its answer: CANCEL is not sent again. */
static void stop_cancel(struct session_late *late)
{
	session_request_drop(late->cancel);
	late->cancel = NULL;
}

struct session_late *late_add(struct sessions *sessions,
			      const struct session_late *of, int64_t for_ms)
{
	struct arena *arena = arena_new_tight(1024);
	struct session_late *late = arena_alloc(arena, sizeof(*late));
	struct late_key key;

	if (!of->done) {
		make_room(sessions);
		sessions->n_lates++;
	}
	*late = *of;
	late->sessions = sessions;
	late->arena = arena;
	late->set = NULL;
	late->cancel = NULL;
	late->was_left = of->done != NULL;
	copy_strings(late);
	loop_timer_init(&late->timer, is_over, late);
	late->timer.slot = 0;
	loop_timer_set(sessions->settings.loop, &late->timer, for_ms);
	key = (struct late_key){.call_id = view_of(late->call_id),
				.tag = view_of(late->local_tag),
				.cseq = late->cseq};
	if (late->branch)
		key.branch = view_of(late->branch);
	hop_read(late->hop, key.hop);
	late->by_call.key = key_of(sessions, &key);
	hash_table_add(&sessions->late_by_call, &late->by_call);
	TAILQ_INSERT_TAIL(&sessions->lates, late, link);
	return late;
}

void late_add_session(struct session *session)
{
	const struct session_late of = {
		.hop = session->hop,
		.branch = session->branch,
		.call_id = session->call_id,
		.local_tag = session->local_tag,
		.local = session->set ? session->set->ours->local : NULL,
		.remote = session->set ? session->set->ours->remote : NULL,
		.request_uri = session->invitation.request_uri,
		.reason = session->reason,
		.assertion = session->invitation.assertion,
		.cseq = session->cseq};

	if (session->set)
		late_add(session->sessions, &of,
			 session->was_heard ? LATE_FOR_MS
					    : LATE_UNCANCELLED_MS);
}

/* ---- what is answered ---------------------------------------------------- */

/* A head is enough to make dialogs from. */
static void make_set(struct session_late *late)
{
	struct message *invite = &late->sessions->scratch;
	struct text text;

	text_init(&text, NULL);
	text_printf(&text,
		    "INVITE %s SIP/2.0\r\nFrom: %s;tag=%s\r\nTo: %s\r\n"
		    "Call-ID: %s\r\nCSeq: %u INVITE\r\n"
		    "Content-Length: 0\r\n\r\n",
		    late->request_uri, late->local, late->local_tag,
		    late->remote, late->call_id, late->cseq);
	message_read(invite, text_view(&text));
	if (dialog_set_new(invite, PROTOCOL_UDP, &late->set) != ERR_OK)
		late->set = NULL;
	text_release(&text);
}

static size_t index_of(const struct session_late *late,
		       const struct dialog *dialog)
{
	size_t i = 0;

	while (late->set->dialogs[i] != dialog)
		i++;
	return i;
}

static void ack_failed(struct session_request *request)
{
	struct session_late *late = request->late;

	for (size_t i = 0; i < DIALOG_SET_MAX; i++)
		if (late->acks[i] == request)
			late->acks[i] = NULL;
	if (late->refusal_ack == request)
		late->refusal_ack = NULL;
}

static void send_ack(struct session_late *late, size_t i)
{
	static const struct session_request_parts parts = {.method = "ACK"};
	struct session_request *ack = session_request_new(
		late->sessions, late->set->dialogs[i], &parts);

	if (!ack)
		return;
	ack->late = late;
	ack->over = ack_failed;
	session_request_identify(ack, &late->assertion);
	late->acks[i] = ack;
	session_request_send(ack);
}

static void bye_over(struct session_request *request)
{
	struct session_late *late = request->late;
	size_t i = 0;

	if (!late)
		return;
	while (late->byes[i] != request)
		i++;
	late->byes[i] = NULL;
	send_ack(late, i);
	if (!has_byes(late))
		settle(late);
}

static struct session_request *make_bye(struct session_late *late, size_t i)
{
	struct session_request_parts parts = {.method = "BYE"};
	struct session_request *bye;
	struct text lines;

	text_init(&lines, NULL);
	session_supported(late->sessions, VIEW_NONE, &lines);
	session_reason(late->reason, &lines);
	parts.lines = text_view(&lines);
	bye = session_request_new(late->sessions, late->set->dialogs[i],
				  &parts);
	text_release(&lines);
	if (bye)
		session_request_identify(bye, &late->assertion);
	return bye;
}

/* What has a row is acknowledged when it has ended: a process that dies between
 * ACK and BYE would leave a call that no 2xx tells of any more. */
static void end_dialog(struct session_late *late, size_t i)
{
	struct session_request *bye = make_bye(late, i);

	if (!late->done || !bye) {
		send_ack(late, i);
	} else {
		bye->late = late;
		bye->over = bye_over;
		late->byes[i] = bye;
		loop_timer_set(late->sessions->settings.loop, &late->timer,
			       LATE_FOR_MS);
	}
	if (bye)
		session_request_send(bye);
}

static void success(struct session_late *late, const struct message *response)
{
	struct session_request *ack;
	struct dialog *dialog;
	enum dialog_news news;

	if (!late->set)
		make_set(late);
	if (!late->set)
		return;
	stop_cancel(late);
	news = dialog_set_receive(late->set, response, &dialog);
	if (news == DIALOG_NEWS_CONFIRMED)
		end_dialog(late, index_of(late, dialog));
	ack = news == DIALOG_NEWS_REPEATED ? late->acks[index_of(late, dialog)]
					   : NULL;
	if (ack)
		sip_repeat(late->sessions->settings.sip, &ack->leg);
}

/* Of an INVITE that another process has sent; ours has a transaction that
 * acknowledges refusals.  Such an ACK is of the transaction, and says no more
 * than RFC 3261 section 17.1.1.3 wants: no user sends it. */
static void refusal(struct session_late *late, const struct message *response)
{
	struct session_request *ack = late->refusal_ack;

	if (!late->was_left)
		return;
	if (ack) {
		sip_repeat(late->sessions->settings.sip, &ack->leg);
		return;
	}
	ack = session_request_empty(late->sessions, SESSION_REQUEST_ROOM);
	ack->late = late;
	ack->over = ack_failed;
	ack->template.method = "ACK";
	ack->template.from = late->local;
	ack->template.from_tag = late->local_tag;
	ack->dialog = (struct leg_dialog){
		.to = view_copy(ack->arena, message_value(response, FIELD_TO)),
		.routes = late->routes,
		.next_hop = late->hop};
	ack->leg.dialog = &ack->dialog;
	ack->leg.branch = late->branch;
	ack->leg.request_uri = late->request_uri;
	ack->leg.call_id = late->call_id;
	ack->leg.cseq = late->cseq;
	late->refusal_ack = ack;
	session_request_send(ack);
	stop_cancel(late);
	if (!has_byes(late))
		settle(late);
}

static struct session_late *find(const struct sessions *sessions,
				 const struct message *response,
				 const struct flow *from)
{
	struct late_key key = {.call_id =
				       message_value(response, FIELD_CALL_ID)};
	struct view vias = message_value(response, FIELD_VIA), top;
	struct hash_entry *entry;
	struct cseq cseq;

	view_param(message_value(response, FIELD_FROM), "tag", &key.tag);
	if (view_next_item(&vias, &top))
		view_param(top, "branch", &key.branch);
	if (cseq_parse(message_value(response, FIELD_CSEQ), &cseq) != ERR_OK ||
	    !view_equal(cseq.method, VIEW("INVITE")))
		return NULL;
	key.cseq = cseq.number;
	address_bytes(&from->peer.address, key.hop);
	entry = hash_table_find(&sessions->late_by_call,
				key_of(sessions, &key));
	return entry ? LATE_OF(entry) : NULL;
}

void late_stray(void *arg, const struct message *response,
		const struct flow *from)
{
	struct session_late *late = find(arg, response, from);

	if (!late)
		return;
	if (response->status / 100 == 2)
		success(late, response);
	else if (response->status >= 300 && !response->fault)
		refusal(late, response);
}
