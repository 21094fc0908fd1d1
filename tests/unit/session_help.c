#include "tests/unit/session_help.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/sip/server_txn.h"

struct session_fixture fix;

/* ---- what an owner hears ------------------------------------------------- */

static void keep(const char *from, char *to, size_t room)
{
	snprintf(to, room, "%s", from);
}

static void keep_record(const struct session_record *record)
{
	fix.record = *record;
	keep(record->branch, fix.branch, sizeof(fix.branch));
	keep(record->target, fix.target, sizeof(fix.target));
	keep(record->routes, fix.routes, sizeof(fix.routes));
	keep(record->hop, fix.hop, sizeof(fix.hop));
	keep(record->remote_tag, fix.remote_tag, sizeof(fix.remote_tag));
	keep(record->call_id, fix.call_id, sizeof(fix.call_id));
	keep(record->local_tag, fix.local_tag, sizeof(fix.local_tag));
	keep(record->request_uri, fix.request_uri, sizeof(fix.request_uri));
	keep(record->local, fix.local, sizeof(fix.local));
	keep(record->remote, fix.remote, sizeof(fix.remote));
	fix.record.branch = fix.branch;
	fix.record.target = fix.target;
	fix.record.routes = fix.routes;
	fix.record.hop = fix.hop;
	fix.record.remote_tag = fix.remote_tag;
	fix.record.call_id = fix.call_id;
	fix.record.local_tag = fix.local_tag;
	fix.record.request_uri = fix.request_uri;
	fix.record.local = fix.local;
	fix.record.remote = fix.remote;
}

static void leaving(void *arg, const struct session_record *record)
{
	(void)arg;
	keep_record(record);
	text_add(&fix.heard, "leaving\n");
	if (!fix.holds_go)
		session_go(fix.session);
}

static void ringing(void *arg, int status)
{
	(void)arg;
	text_printf(&fix.heard, "ringing %d\n", status);
}

static void answered(void *arg, const struct session_record *record)
{
	(void)arg;
	keep_record(record);
	text_add(&fix.heard, "answered\n");
	if (!fix.holds_confirm)
		session_confirm(fix.session);
}

static void media(void *arg, const struct media_stream *stream)
{
	(void)arg;
	fix.stream = *stream;
	text_printf(&fix.heard, "media%s%s\n", stream->is_on ? "" : " off",
		    stream->is_on_hold ? " held" : "");
}

static void key(void *arg, char which)
{
	(void)arg;
	text_printf(&fix.heard, "key %c\n", which);
}

static void identified(void *arg, const struct identity *who)
{
	(void)arg;
	text_printf(&fix.heard, "is %s\n", who ? who->aor[0] : "nobody");
	if (fix.ends_identified)
		session_end(fix.session, 403, NULL);
}

static bool other(void *arg, struct dialog *dialog, struct received *received)
{
	(void)arg;
	(void)dialog;
	(void)received;
	text_add(&fix.heard, "other\n");
	return fix.takes_other;
}

static void ended(void *arg, const struct session_end *end)
{
	static const char *const causes[] = {
		[SESSION_REFUSED] = "refused",
		[SESSION_SILENT] = "silent",
		[SESSION_UNREACHABLE] = "unreachable",
		[SESSION_UNVERIFIED] = "unverified",
		[SESSION_WITHDRAWN] = "withdrawn",
		[SESSION_CANCELLED] = "cancelled",
		[SESSION_LEFT] = "left",
		[SESSION_ENDED] = "ended",
		[SESSION_LOST] = "lost",
		[SESSION_UNUSABLE] = "unusable"};

	(void)arg;
	fix.end = *end;
	text_printf(&fix.heard, "ended: %s %d\n", causes[end->cause],
		    end->status);
	fix.session = NULL;
	if (fix.request) {
		request_free(fix.request);
		fix.request = NULL;
	}
}

static const struct session_user user = {.leaving = leaving,
					 .ringing = ringing,
					 .answered = answered,
					 .media = media,
					 .key = key,
					 .identified = identified,
					 .other = other,
					 .ended = ended};

static bool permitted(void *arg)
{
	(void)arg;
	return fix.is_permitted;
}

/* ---- what comes ---------------------------------------------------------- */

static const struct media_end local = {
	.host = {.kind = SDP_HOST_IP4,
		 .text = {"192.0.2.1", 9},
		 .octets = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}},
	.port = 20000,
	.direction = SDP_SENDRECV};

static void invited(void *arg, struct request *request)
{
	const struct acceptance acceptance = {
		.request = request,
		.user = "c-0123456789abcdef",
		.contact_params = ";isfocus",
		.headers = VIEW("Allow-Events: conference\r\n"),
		.local = local};

	(void)arg;
	fix.request = request;
	if (fix.is_cancelled)
		server_txn_drop(request->txn);
	fix.session = session_accept(fix.sessions, &acceptance, &user, NULL);
	if (!fix.session) {
		request_free(request);
		fix.request = NULL;
	}
}

/* ---- set up -------------------------------------------------------------- */

static const enum codec codecs[] = {CODEC_PCMU, CODEC_PCMA, CODEC_EVENT};

void session_set_up(void)
{
	memset(&fix, 0, sizeof(fix));
	fake_clock_reset();
	fix.loop = loop_new();
	fix.sip = fake_sip_new(fix.loop, "192.0.2.1");
	fix.rules = (struct media_rules){.codecs = codecs, .n_codecs = 3};
	fix.settings = (struct sessions_settings){
		.loop = fix.loop,
		.counters = &fix.counters,
		.sip = fix.sip,
		.edge = fake_sip_edge(fix.sip),
		.domain = "relay.example.com",
		.media = &fix.rules,
		.timers = {.expires_s = 1800, .min_se_s = 90, .ring_s = 60},
		.supported = "replaces, norefersub"};
	fix.sessions = sessions_new(&fix.settings);
	fake_sip_listen(fix.sip, invited, NULL);
	text_init(&fix.heard, NULL);
	text_add(&fix.heard, "");
	fix.is_permitted = true;
	fix.invitation = (struct invitation){
		.request_uri = BOB,
		.user = "c-0123456789abcdef",
		.display = "Mill",
		.contact_params = ";isfocus",
		.headers = VIEW("Accept: application/sdp\r\n"),
		.max_forwards = 69,
		.local = local,
		.still_permitted = permitted};
}

void session_tear_down(void)
{
	sessions_free(fix.sessions);
	if (fix.request)
		request_free(fix.request);
	fake_sip_free(fix.sip);
	loop_free(fix.loop);
	text_release(&fix.heard);
}

/* ---- the course of things ------------------------------------------------ */

void session_run(void)
{
	while (fake_loop_turn(fix.loop) + fake_sip_turn(fix.sip) > 0)
		;
}

void session_pass(int64_t ms)
{
	int64_t until = loop_now_ms(fix.loop) + ms, next;

	session_run();
	while ((next = fake_loop_next_ms(fix.loop)) >= 0 && next <= until) {
		fake_loop_move(fix.loop, next);
		session_run();
	}
	fake_loop_move(fix.loop, until);
	session_run();
}

const char *session_expect(const char *begin)
{
	static char kept[4][16384];
	static int at;
	const char *message = fake_sip_take(fix.sip);

	ck_assert_msg(message != NULL, "%s did not leave", begin);
	ck_assert_msg(strncmp(message, begin, strlen(begin)) == 0,
		      "not %s but %s", begin, message);
	at = (at + 1) % 4;
	snprintf(kept[at], sizeof(kept[at]), "%s", message);
	return kept[at];
}

void session_expect_none(void)
{
	const char *message = fake_sip_take(fix.sip);

	ck_assert_msg(!message, "it left: %s", message);
}

const char *session_heard(void)
{
	static char heard[4096];

	snprintf(heard, sizeof(heard), "%s", fix.heard.at);
	text_clear(&fix.heard);
	text_add(&fix.heard, "");
	return heard;
}

unsigned session_cseq(const char *message)
{
	return (unsigned)strtoul(fake_sip_header(message, "CSeq"), NULL, 10);
}

struct session *session_call(void)
{
	fix.session =
		session_invite(fix.sessions, &fix.invitation, &user, NULL);
	session_run();
	return fix.session;
}

void session_receive(const char *bytes)
{
	fake_sip_deliver(fix.sip, bytes);
	session_run();
}

void session_reply(const char *request, int status, const char *tag,
		   const char *lines, const char *body)
{
	session_receive(fake_sip_reply(request, status, tag, lines, body));
}

const char *session_confirmed(const char *lines)
{
	static char invite[16384];
	char all[1024];

	session_call();
	snprintf(invite, sizeof(invite), "%s", session_expect("INVITE "));
	snprintf(all, sizeof(all), "%s%s%s", CONTACT SDP_TYPE, lines,
		 strstr(lines, "Allow:") ? "" : "Allow: INVITE, UPDATE\r\n");
	session_reply(invite, 200, "bob", all, SDP_PHONE);
	session_expect("ACK ");
	session_heard();
	return invite;
}

static const char *request_of(const char *head, const char *lines,
			      const char *body)
{
	static char request[16384];

	snprintf(request, sizeof(request),
		 "%s%sMax-Forwards: 70\r\nContent-Length: %zu\r\n\r\n%s", head,
		 lines ? lines : "", body ? strlen(body) : 0, body ? body : "");
	return request;
}

static unsigned n_branches;

const char *session_in_dialog(const char *method, unsigned cseq,
			      const char *lines, const char *body)
{
	char head[1024];

	snprintf(head, sizeof(head),
		 "%s sip:c-0123456789abcdef@192.0.2.1:5060 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKp%u\r\n"
		 "From: <" BOB ">;tag=bob\r\nTo: %s;tag=%s\r\n"
		 "Call-ID: %s\r\nCSeq: %u %s\r\n",
		 method, ++n_branches, fix.local, fix.local_tag, fix.call_id,
		 cseq, method);
	return request_of(head, lines, body);
}

#define ANN_HEAD(method, to)                                                   \
	method " sip:confs@relay.example.com SIP/2.0\r\n"                      \
	       "Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKa%u\r\n"              \
	       "From: <sip:ann@example.org>;tag=ann\r\n"                       \
	       "To: <sip:confs@relay.example.com>" to "\r\n"                   \
	       "Call-ID: call@192.0.2.8\r\n"

const char *session_invite_of(const char *lines, const char *body)
{
	char head[1024], all[1024];

	snprintf(head, sizeof(head),
		 ANN_HEAD("INVITE", "") "CSeq: 1 INVITE\r\n", ++n_branches);
	snprintf(all, sizeof(all), "%s%s%s",
		 lines && strstr(lines, "Contact")
			 ? ""
			 : "Contact: <sip:ann@192.0.2.8:5060>\r\n",
		 body ? SDP_TYPE : "", lines ? lines : "");
	return request_of(head, all, body);
}

const char *session_in_theirs(const char *method, unsigned cseq,
			      const char *lines, const char *body)
{
	char head[1024];

	snprintf(head, sizeof(head),
		 "%s sip:c-0123456789abcdef@192.0.2.1:5060 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKb%u\r\n"
		 "From: <sip:ann@example.org>;tag=ann\r\n"
		 "To: <sip:confs@relay.example.com>;tag=%s\r\n"
		 "Call-ID: call@192.0.2.8\r\nCSeq: %u %s\r\n",
		 method, ++n_branches, fix.local_tag, cseq, method);
	return request_of(head, lines, body);
}

void session_accepted(const char *lines)
{
	session_receive(session_invite_of(lines, SDP_PHONE));
	session_expect("SIP/2.0 200 ");
	session_receive(session_in_theirs("ACK", 1, NULL, NULL));
	session_expect_none();
	session_heard();
}

void session_expect_quiet(void)
{
	ck_assert_int_eq(fake_loop_next_ms(fix.loop), -1);
	ck_assert_uint_eq(fake_sip_legs(fix.sip), 0);
	ck_assert_uint_eq(sessions_count(fix.sessions), 0);
}
