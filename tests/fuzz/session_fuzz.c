/*
 * What comes to a call of ours and to one of theirs: an RS (0x1e) parts one
 * step from the next, and the first byte says what it is.
 *
 *   r183LINES  a response to our last INVITE, with more header lines and a body
 *   sLINES     200 to our last request
 *   qBYE LINES a request in the dialog of our call
 *   pBYE LINES the same in the dialog of theirs
 *   iLINES     an INVITE of theirs
 *   t          the next timer fires
 *   e          we end both
 */
#include "server/sip/message.h"
#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_sip.h"

#include "tests/fuzz/fuzz.h"

#define STEPS_MOST 48

/** The calls of one input. */
struct calls {
	struct loop *loop;
	struct sip *sip;
	struct sessions *sessions;
	struct text invite, last; /**< of ours that left */
	unsigned cseq;		  /**< of their requests */
};
/** One of them. */
struct owned {
	struct session *session;
	struct request *request;
	char call_id[256], local[256], local_tag[128];
	int n_begun, n_ended;
};
static struct owned ours, theirs;
static struct message message;

static void know(struct owned *owned, const struct session_record *record)
{
	snprintf(owned->call_id, sizeof(owned->call_id), "%s", record->call_id);
	snprintf(owned->local, sizeof(owned->local), "%s", record->local);
	snprintf(owned->local_tag, sizeof(owned->local_tag), "%s",
		 record->local_tag);
}

static void leaving(void *arg, const struct session_record *record)
{
	struct owned *owned = arg;

	know(owned, record);
	session_go(owned->session);
}

static void answered(void *arg, const struct session_record *record)
{
	struct owned *owned = arg;

	know(owned, record);
	session_confirm(owned->session);
}

static void media(void *arg, const struct media_stream *stream)
{
	(void)arg;
	FUZZ_CLAIM(!stream->is_on || stream->codec != CODEC_NONE);
}

static void key(void *arg, char which)
{
	(void)arg;
	FUZZ_CLAIM(strchr("0123456789*#ABCD", which) && which);
}

static void ended(void *arg, const struct session_end *end)
{
	struct owned *owned = arg;

	FUZZ_CLAIM(end->text);
	owned->n_ended++;
	owned->session = NULL;
	if (owned->request)
		request_free(owned->request);
	owned->request = NULL;
}

static const struct session_user user = {.leaving = leaving,
					 .answered = answered,
					 .media = media,
					 .key = key,
					 .ended = ended};

static const struct media_end local = {
	.host = {.kind = SDP_HOST_IP4,
		 .text = {"192.0.2.1", 9},
		 .octets = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}},
	.port = 20000,
	.direction = SDP_SENDRECV};

static void invited(void *arg, struct request *request)
{
	struct calls *calls = arg;
	const struct acceptance acceptance = {
		.request = request, .user = "c-1", .local = local};
	struct session *session = NULL;

	if (!theirs.session)
		session = session_accept(calls->sessions, &acceptance, &user,
					 &theirs);
	if (!session) {
		request_free(request);
		return;
	}
	theirs.session = session;
	theirs.request = request;
	theirs.n_begun++;
}

/* ---- steps --------------------------------------------------------------- */

static void run(struct calls *calls)
{
	const char *sent;

	while (fake_loop_turn(calls->loop) + fake_sip_turn(calls->sip) > 0)
		;
	while ((sent = fake_sip_take(calls->sip))) {
		struct text *keep = strncmp(sent, "INVITE ", 7) == 0
					    ? &calls->invite
					    : &calls->last;

		message_read(&message, view_of(sent));
		FUZZ_CLAIM(!message.fault);
		if (message.status)
			continue;
		text_clear(keep);
		text_add(keep, sent);
		text_clear(&calls->last);
		text_add(&calls->last, sent);
	}
}

static void deliver(struct calls *calls, const struct text *text)
{
	/* What cannot be read does not get to a session. */
	message_read(&message, view_of(text->at));
	if (!message.fault && message.whole.len)
		fake_sip_deliver(calls->sip, text->at);
	run(calls);
}

static void add_field(struct text *text, const char *name, enum field field)
{
	text_printf(text, "%s: %.*s\r\n", name,
		    (int)message_value(&message, field).len,
		    message_value(&message, field).at);
}

static void respond(struct calls *calls, const struct text *request, int status,
		    struct view lines)
{
	struct text text;

	if (!request->len)
		return;
	message_read(&message, text_view(request));
	text_init(&text, NULL);
	text_printf(&text, "SIP/2.0 %d X\r\n", status);
	add_field(&text, "Via", FIELD_VIA);
	add_field(&text, "From", FIELD_FROM);
	text_printf(&text, "To: %.*s%s\r\n",
		    (int)message_value(&message, FIELD_TO).len,
		    message_value(&message, FIELD_TO).at,
		    request == &calls->invite ? ";tag=bob" : "");
	add_field(&text, "Call-ID", FIELD_CALL_ID);
	add_field(&text, "CSeq", FIELD_CSEQ);
	text_add_view(&text, lines);
	deliver(calls, &text);
	text_release(&text);
}

static void request(struct calls *calls, const struct owned *owned,
		    struct view step)
{
	size_t end = view_find(step, ' ', 0);
	struct view method = view_head(step, end == SIZE_MAX ? 0 : end);
	struct text text;

	if (!view_is_token(method) || !owned->call_id[0])
		return;
	text_init(&text, NULL);
	text_printf(&text, "%.*s sip:c-1@192.0.2.1 SIP/2.0\r\n",
		    (int)method.len, method.at);
	text_printf(&text, "Via: SIP/2.0/UDP p;branch=z9hG4bK%u\r\n",
		    ++calls->cseq);
	text_printf(&text, "From: %s\r\n",
		    owned == &ours ? "<sip:bob@example.org>;tag=bob"
				   : "<sip:ann@example.org>;tag=ann");
	text_printf(&text, "To: %s;tag=%s\r\nCall-ID: %s\r\n", owned->local,
		    owned->local_tag, owned->call_id);
	text_printf(&text, "CSeq: %u %.*s\r\n",
		    view_equal(method, VIEW("ACK")) ? calls->cseq - 1
						    : calls->cseq,
		    (int)method.len, method.at);
	text_add_view(&text, view_from(step, end + 1));
	deliver(calls, &text);
	text_release(&text);
}

static void invite(struct calls *calls, struct view lines)
{
	struct text text;

	text_init(&text, NULL);
	text_printf(&text,
		    "INVITE sip:confs@relay.example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP a;branch=z9hG4bKi%u\r\n"
		    "From: <sip:ann@example.org>;tag=ann\r\n"
		    "To: <sip:confs@relay.example.com>\r\n"
		    "Call-ID: call%u@a\r\nCSeq: %u INVITE\r\n",
		    calls->cseq, calls->cseq, calls->cseq + 1);
	calls->cseq++;
	text_add_view(&text, lines);
	deliver(calls, &text);
	text_release(&text);
}

static void tick(struct calls *calls)
{
	int64_t next = fake_loop_next_ms(calls->loop);

	if (next >= 0)
		fake_loop_move(calls->loop, next);
	run(calls);
}

static void end(struct calls *calls)
{
	if (ours.session)
		session_end(ours.session, 0, "SIP;cause=470");
	if (theirs.session)
		session_end(theirs.session, 486, NULL);
	run(calls);
}

static void take(struct calls *calls, struct view step)
{
	struct view rest = view_from(step, 1);
	uint64_t status;

	switch (step.len ? step.at[0] : 0) {
	case 'r':
		if (view_to_u64(view_head(rest, 3), 699, &status) == ERR_OK &&
		    status >= 100)
			respond(calls, &calls->invite, (int)status,
				view_from(rest, 3));
		break;
	case 's':
		respond(calls, &calls->last, 200, rest);
		break;
	case 'q':
		request(calls, &ours, rest);
		break;
	case 'p':
		request(calls, &theirs, rest);
		break;
	case 'i':
		invite(calls, rest);
		break;
	case 't':
		tick(calls);
		break;
	case 'e':
		end(calls);
		break;
	default:
		break;
	}
}

/* ---- one input ----------------------------------------------------------- */

static void steps(struct calls *calls, struct view all)
{
	for (int i = 0; i < STEPS_MOST && all.len; i++) {
		size_t at = view_find(all, '\x1e', 0);

		take(calls, at == SIZE_MAX ? all : view_head(all, at));
		all = at == SIZE_MAX ? VIEW_NONE : view_from(all, at + 1);
	}
}

static void check_over(struct calls *calls)
{
	for (int i = 0; i < 1000 && fake_loop_next_ms(calls->loop) >= 0; i++)
		tick(calls);
	FUZZ_CLAIM(ours.n_ended == ours.n_begun);
	FUZZ_CLAIM(theirs.n_ended == theirs.n_begun);
	FUZZ_CLAIM(sessions_count(calls->sessions) == 0);
	FUZZ_CLAIM(fake_sip_legs(calls->sip) == 0);
	FUZZ_CLAIM(fake_loop_next_ms(calls->loop) < 0);
}

static void call(struct calls *calls)
{
	const struct mime_part list = {{"A: b\r\n", 6}, {"<x/>", 4}};
	const struct invitation invitation = {.request_uri =
						      "sip:bob@example.org",
					      .user = "c-1",
					      .max_forwards = 70,
					      .list = mime_tail_new(&list),
					      .local = local};

	ours.n_begun++;
	ours.session =
		session_invite(calls->sessions, &invitation, &user, &ours);
	mime_tail_drop(invitation.list);
	run(calls);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const enum codec codecs[] = {CODEC_PCMU, CODEC_PCMA,
					    CODEC_EVENT};
	static const struct media_rules rules = {.codecs = codecs,
						 .n_codecs = 3};
	static struct counters counters;
	struct calls calls = {.cseq = 1};
	struct sessions_settings settings = {
		.counters = &counters,
		.domain = "relay.example.com",
		.media = &rules,
		.timers = {.expires_s = 1800, .min_se_s = 90, .ring_s = 60},
		.supported = "replaces"};

	if (memchr(at, 0, len))
		return 0;
	fake_clock_reset();
	memset(&ours, 0, sizeof(ours));
	memset(&theirs, 0, sizeof(theirs));
	settings.loop = calls.loop = loop_new();
	settings.sip = calls.sip = fake_sip_new(calls.loop, "192.0.2.1");
	settings.edge = fake_sip_edge(calls.sip);
	calls.sessions = sessions_new(&settings);
	fake_sip_listen(calls.sip, invited, &calls);
	text_init(&calls.invite, NULL);
	text_init(&calls.last, NULL);
	call(&calls);
	steps(&calls, (struct view){(const char *)at, len});
	end(&calls);
	check_over(&calls);
	text_release(&calls.invite);
	text_release(&calls.last);
	sessions_free(calls.sessions);
	fake_sip_free(calls.sip);
	loop_free(calls.loop);
	return 0;
}
