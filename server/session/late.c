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

static void late_free(struct session_late *late)
{
	struct sessions *sessions = late->sessions;

	for (size_t i = 0; i < DIALOG_SET_MAX; i++)
		session_request_drop(late->acks[i]);
	session_request_drop(late->refusal_ack);
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
}

/* That of an orphan stays: its row goes only with it. */
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

static struct session_request **ack_of(struct session_late *late,
				       const struct dialog *dialog)
{
	size_t i = 0;

	while (late->set->dialogs[i] != dialog)
		i++;
	return &late->acks[i];
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

static void send_bye(struct session_late *late, struct dialog *dialog)
{
	struct session_request_parts parts = {.method = "BYE"};
	struct session_request *bye;
	struct text lines;

	text_init(&lines, NULL);
	session_supported(late->sessions, VIEW_NONE, &lines);
	session_reason(late->reason, &lines);
	parts.lines = text_view(&lines);
	bye = session_request_new(late->sessions, dialog, &parts);
	text_release(&lines);
	if (bye)
		session_request_send(bye);
}

static void end_dialog(struct session_late *late, struct dialog *dialog)
{
	static const struct session_request_parts parts = {.method = "ACK"};
	struct session_request *ack =
		session_request_new(late->sessions, dialog, &parts);

	if (ack) {
		ack->late = late;
		ack->over = ack_failed;
		*ack_of(late, dialog) = ack;
		session_request_send(ack);
	}
	send_bye(late, dialog);
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
	news = dialog_set_receive(late->set, response, &dialog);
	if (news == DIALOG_NEWS_CONFIRMED)
		end_dialog(late, dialog);
	ack = news == DIALOG_NEWS_REPEATED ? *ack_of(late, dialog) : NULL;
	if (ack)
		sip_repeat(late->sessions->settings.sip, &ack->leg);
}

/* Of an INVITE that another process has sent; ours has a transaction that
 * acknowledges refusals. */
static void refusal(struct session_late *late, const struct message *response)
{
	struct session_request *ack = late->refusal_ack;

	if (!late->done)
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
