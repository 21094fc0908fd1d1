/* A call whose first hop is silent or unavailable, and answers all the same
 * when the second one was called (RFC 3263 section 4.3). */
#include <check.h>
#include <sys/socket.h>

#include "server/session/sessions.h"
#include "tests/unit/call_help.h"

static struct media_rules rules;
static struct sessions *sessions;
static struct session *session;
static int n_leaving, n_answered, n_ended, ended_with;
static char first[8192], second[8192]; /* INVITEs */

static bool permitted(void *arg)
{
	(void)arg;
	return true;
}

static void leaving(void *arg, const struct session_record *record)
{
	(void)arg;
	(void)record;
	n_leaving++;
	session_go(session);
}

static void answered(void *arg, const struct session_record *record)
{
	(void)arg;
	(void)record;
	n_answered++;
	session_confirm(session);
}

static void media(void *arg, const struct media_stream *stream)
{
	(void)arg;
	(void)stream;
}

static void ended(void *arg, const struct session_end *end)
{
	(void)arg;
	n_ended++;
	ended_with = end->status;
	session = NULL;
}

static const struct session_user user = {.leaving = leaving,
					 .answered = answered,
					 .media = media,
					 .ended = ended};

static void open_sessions(void)
{
	static const enum codec codecs[] = {CODEC_PCMU, CODEC_EVENT};
	const struct sessions_settings settings = {
		.loop = call.sip.loop,
		.counters = &call.sip.counters,
		.sip = call.sip.sip,
		.edge = call.sip.edge,
		.domain = SIP_DOMAIN,
		.media = &rules,
		.timers = {.expires_s = 600, .min_se_s = 90, .ring_s = 600}};

	rules = (struct media_rules){
		.codecs = codecs, .n_codecs = 2, .allow_private = true};
	sip_listen_strays(call.sip.sip, NULL, NULL);
	sessions = sessions_new(&settings);
}

/* It goes to both phones, one after the other. */
static void set_up(void)
{
	struct invitation invitation = {
		.request_uri = "sip:omar@example.org",
		.user = "c-0123456789abcdef",
		.max_forwards = 69,
		.local = {.port = 20000, .direction = SDP_SENDRECV},
		.still_permitted = permitted};

	call_setup();
	open_sessions();
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	n_leaving = n_answered = n_ended = ended_with = 0;
	ck_assert_int_eq(sdp_host_parse(VIEW("IN IP4 127.0.0.1"),
					&invitation.local.host),
			 ERR_OK);
	invitation.local.host.text = VIEW("127.0.0.1");
	session = session_invite(sessions, &invitation, &user, NULL);
	snprintf(first, sizeof(first), "%s", call_await(call.phone));
}

static void tear_down(void)
{
	sessions_free(sessions);
	call_teardown();
}

/* The other phone has it then. */
static void leave_first(int is_unavailable)
{
	if (is_unavailable) {
		call_reply(call.phone, first, 503, "a", "");
	} else {
		call_wait(32000);
		call_wait(1);
	}
	while (call_read(call.phone))
		;
	snprintf(second, sizeof(second), "%s", call_await(call.other));
	ck_assert_str_eq(sip_header(second, "CSeq"), sip_header(first, "CSeq"));
	ck_assert_int_eq(n_leaving, 2);
}

/* With a description, from a phone that wants its requests itself. */
static void answers(int fd, const char *invite, const char *tag)
{
	char bytes[4096];
	union address to;
	static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
				  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				  "m=audio 30000 RTP/AVP 0 101\r\na=rtpmap:101 "
				  "telephone-event/8000\r\na=fmtp:101 0-15\r\n";

	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=%s\r\n"
		 "Call-ID: %s\r\nCSeq: %s\r\nContact: <sip:%s@127.0.0.1>\r\n"
		 "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n"
		 "%s",
		 sip_header(invite, "Via"), sip_header(invite, "From"),
		 sip_header(invite, "To"), tag, sip_header(invite, "Call-ID"),
		 sip_header(invite, "CSeq"), tag, strlen(sdp), sdp);
	ck_assert(!address_parse(view_of(call.sip.host), 5060, &to));
	sendto(fd, bytes, strlen(bytes), 0, &to.any, address_len(&to));
	call_turns(10);
}

/* The next request there begins so; @return it. */
static const char *expect(int fd, const char *start)
{
	const char *bytes = call_await(fd);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_msg(!strncmp(bytes, start, strlen(start)), "%s", bytes);
	return bytes;
}

START_TEST(who_answers_behind_the_first_hop_gets_a_bye)
{
	leave_first(_i);
	/* In dialogs the phones are asked themselves. */
	hops_reset();
	hops_add(&call.sip, PROTOCOL_UDP, 9, 5060);
	answers(call.phone, first, "a");
	expect(call.phone, "ACK sip:a@127.0.0.1 ");
	call_reply(call.phone, expect(call.phone, "BYE sip:a@127.0.0.1 "), 200,
		   "", "");
	ck_assert_int_eq(n_answered, 0);
	ck_assert_int_eq(n_ended, 0);
	/* And the call goes on where it rings. */
	hops_reset();
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	answers(call.other, second, "b");
	expect(call.other, "ACK sip:b@127.0.0.1 ");
	ck_assert_int_eq(n_answered, 1);
	ck_assert_int_eq(n_ended, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_hop");
	TCase *tcase = tcase_create("session_hop");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, who_answers_behind_the_first_hop_gets_a_bye,
			    0, 2);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
