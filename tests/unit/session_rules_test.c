/* The rules of calls that need neither clock nor network. */
#include "server/session/body.h"
#include "server/session/keys.h"
#include "server/session/life.h"
#include "server/session/refresh.h"
#include "server/session/retry.h"

#include <check.h>
#include <stdlib.h>

#include "server/base/text.h"

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))
#define S(state) LIFE_##state

/* ---- life ---------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *sentence;
	enum life_state state;
	enum life_event event;
	enum life_state next;
	unsigned actions;
} lives[] = {
	{"the first 2xx", S(CALLING), S(GOT_SUCCESS), S(ANSWERED), S(TELL_ANSWERED)},
	{"a refusal", S(CALLING), S(GOT_FAILURE), S(OVER), S(TELL_ENDED)},
	{"it rings too long", S(CALLING), S(RANG_OUT), S(CANCELLING), S(CANCEL)},
	{"the owner ends what rings", S(CALLING), S(END), S(CANCELLING), S(CANCEL)},
	{"a 2xx wins against CANCEL", S(CANCELLING), S(GOT_SUCCESS), S(LEAVING), S(SEND_ACK) | S(SEND_BYE)},
	{"CANCEL had its effect", S(CANCELLING), S(GOT_FAILURE), S(OVER), S(TELL_ENDED)},
	{"the row is on disk", S(ANSWERED), S(CONFIRM), S(CONFIRMED), S(SEND_ACK) | S(TELL_MEDIA)},
	{"ended between 2xx and ACK", S(ANSWERED), S(END), S(LEAVING), S(SEND_ACK) | S(SEND_BYE)},
	{"a slow disk", S(ANSWERED), S(SLOW), S(LEAVING), S(SEND_ACK) | S(SEND_BYE)},
	{"no second 2xx is the first", S(ANSWERED), S(GOT_SUCCESS), S(ANSWERED), 0},
	{"their INVITE", S(OFFERED), S(TURN), S(HELD), S(TELL_ANSWERED)},
	{"our 200", S(HELD), S(CONFIRM), S(ACCEPTED), S(SEND_SUCCESS)},
	{"their CANCEL", S(HELD), S(GOT_CANCEL), S(OVER), S(REFUSE) | S(TELL_ENDED)},
	{"CANCEL is late", S(ACCEPTED), S(GOT_CANCEL), S(ACCEPTED), 0},
	{"their ACK", S(ACCEPTED), S(GOT_ACK), S(CONFIRMED), S(TELL_MEDIA)},
	{"no ACK", S(ACCEPTED), S(NO_ACK), S(LEAVING), S(SEND_BYE)},
	{"BYE waits for ACK", S(ACCEPTED), S(END), S(CLOSING), 0},
	{"and follows it", S(CLOSING), S(GOT_ACK), S(LEAVING), S(SEND_BYE)},
	{"or the lack of it", S(CLOSING), S(NO_ACK), S(LEAVING), S(SEND_BYE)},
	{"their BYE", S(CONFIRMED), S(GOT_BYE), S(OVER), S(TELL_ENDED)},
	{"our BYE", S(CONFIRMED), S(END), S(LEAVING), S(SEND_BYE)},
	{"not refreshed", S(CONFIRMED), S(LOST), S(LEAVING), S(SEND_BYE)},
	{"BYE is answered", S(LEAVING), S(BYE_IS_OVER), S(OVER), S(TELL_ENDED)},
	{"both send BYE", S(LEAVING), S(GOT_BYE), S(OVER), S(TELL_ENDED)},
};
/* clang-format on */

START_TEST(what_happens_to_a_call)
{
	enum life_state next;
	unsigned actions = life_step(lives[_i].state, lives[_i].event, &next);

	ck_assert_msg(next == lives[_i].next && actions == lives[_i].actions,
		      "%s: %d, %x", lives[_i].sentence, next, actions);
}
END_TEST

/* From every state the owner's end and the answers that follow lead to the end,
 * it is told once, and nothing of the kind of an INVITE is done after it. */
START_TEST(every_call_can_be_ended)
{
	static const enum life_event rest[] = {S(TURN), S(GOT_FAILURE),
					       S(NO_ACK), S(BYE_IS_OVER)};

	for (int state = 0; state < LIFE_OVER; state++) {
		enum life_state at;
		unsigned all = life_step((enum life_state)state, S(END), &at);

		for (int i = 0; i < 4 && at != LIFE_OVER; i++)
			all |= life_step(at, rest[i], &at);
		ck_assert_msg(at == LIFE_OVER, "state %d stays", state);
		ck_assert(all & LIFE_TELL_ENDED);
		ck_assert(!(all & (LIFE_TELL_ANSWERED | LIFE_TELL_MEDIA |
				   LIFE_SEND_SUCCESS)));
	}
}
END_TEST

START_TEST(nothing_happens_after_the_end)
{
	for (int event = 0; event < LIFE_EVENTS; event++) {
		enum life_state next;

		ck_assert_uint_eq(
			life_step(LIFE_OVER, (enum life_event)event, &next), 0);
		ck_assert_int_eq(next, LIFE_OVER);
	}
}
END_TEST

/* ---- refresh ------------------------------------------------------------- */

static struct refresh_head head_of(const char *lines)
{
	struct message *message = mem_alloc(sizeof(*message));
	struct refresh_head head;
	struct text text;

	text_init(&text, NULL);
	text_add(&text, "SIP/2.0 200 OK\r\n");
	text_add(&text, lines);
	text_add(&text, "\r\n");
	message_read(message, text_view(&text));
	refresh_head_read(message, &head);
	text_release(&text);
	free(message);
	return head;
}

/* clang-format off */
static const struct {
	const char *lines;
	int expires_s, role, min_se_s;
	bool is_timer_known;
} heads[] = {
	{"Session-Expires: 1800;refresher=uas\r\nSupported: 100rel, timer\r\n", 1800, REFRESH_ROLE_UAS, 0, true},
	{"x: 1800 ; refresher = UAC\r\nRequire: timer\r\n", 1800, REFRESH_ROLE_UAC, 0, true},
	{"Session-Expires: 1800;refresher=me\r\nMin-SE: 120;a=b\r\n", 1800, REFRESH_ROLE_NONE, 120, false},
	{"Session-Expires: soon\r\nMin-SE: -1\r\nk: timers\r\n", 0, REFRESH_ROLE_NONE, 0, false},
	{"Session-Expires: 99999999999999999999\r\n", INT32_MAX, REFRESH_ROLE_NONE, 0, false},
	{"", 0, REFRESH_ROLE_NONE, 0, false},
};
/* clang-format on */

START_TEST(what_a_head_says_of_the_timer)
{
	struct refresh_head head = head_of(heads[_i].lines);

	ck_assert_int_eq(head.expires_s, heads[_i].expires_s);
	ck_assert_int_eq((int)head.role, heads[_i].role);
	ck_assert_int_eq(head.min_se_s, heads[_i].min_se_s);
	ck_assert_int_eq(head.is_timer_known, heads[_i].is_timer_known);
}
END_TEST

/* clang-format off */
static const struct {
	const char *sentence;
	struct refresh_head asked;
	int status;
	enum refresh_by by;
	int interval_s;
	const char *lines;
} replies[] = {
	{"they know it: they refresh", {0, 0, 0, true}, 0, REFRESH_BY_THEM, 1800,
	 "Session-Expires: 1800;refresher=uac\r\nRequire: timer\r\n"},
	{"theirs is shorter", {600, 0, 0, true}, 0, REFRESH_BY_THEM, 600,
	 "Session-Expires: 600;refresher=uac\r\nRequire: timer\r\n"},
	{"theirs is lowered", {7200, 0, 0, true}, 0, REFRESH_BY_THEM, 1800,
	 "Session-Expires: 1800;refresher=uac\r\nRequire: timer\r\n"},
	{"not below their Min-SE", {7200, 0, 3600, true}, 0, REFRESH_BY_THEM, 3600,
	 "Session-Expires: 3600;refresher=uac\r\nRequire: timer\r\n"},
	{"they want us to", {600, REFRESH_ROLE_UAS, 0, true}, 0, REFRESH_BY_US, 600,
	 "Session-Expires: 600;refresher=uas\r\nRequire: timer\r\n"},
	{"too short", {89, 0, 0, true}, 422, REFRESH_BY_NOBODY, 0, ""},
	{"a proxy asked: only we can", {600, 0, 0, false}, 0, REFRESH_BY_US, 600,
	 "Session-Expires: 600;refresher=uas\r\n"},
	{"a proxy asked for too little: no 422 to who knows it not", {60, 0, 0, false}, 0, REFRESH_BY_NOBODY, 0, ""},
	{"nobody asked", {0, 0, 0, false}, 0, REFRESH_BY_NOBODY, 0, ""},
};
/* clang-format on */

START_TEST(what_we_answer_of_the_timer)
{
	static const struct refresh_wish wish = {1800, 90};
	struct refresh_reply reply;

	refresh_answer(&replies[_i].asked, &wish, &reply);
	ck_assert_msg(reply.status == replies[_i].status &&
			      reply.agreed.by == replies[_i].by &&
			      reply.agreed.interval_s ==
				      replies[_i].interval_s &&
			      strcmp(reply.lines, replies[_i].lines) == 0,
		      "%s: %d %d %d %s", replies[_i].sentence, reply.status,
		      reply.agreed.by, reply.agreed.interval_s, reply.lines);
	if (reply.status)
		ck_assert_int_eq(reply.min_se_s, 90);
}
END_TEST

START_TEST(a_2xx_to_us_decides)
{
	const struct refresh_head off = {0, 0, 0, true},
				  us = {600, REFRESH_ROLE_UAC, 0, true},
				  them = {600, REFRESH_ROLE_UAS, 0, true},
				  nobody = {600, REFRESH_ROLE_NONE, 0, true},
				  tiny = {1, REFRESH_ROLE_UAC, 0, true},
				  huge = {INT32_MAX, REFRESH_ROLE_UAC, 0, true};

	ck_assert_int_eq(refresh_agreed(&off).by, REFRESH_BY_NOBODY);
	ck_assert_int_eq(refresh_agreed(&us).by, REFRESH_BY_US);
	ck_assert_int_eq(refresh_agreed(&them).by, REFRESH_BY_THEM);
	ck_assert_int_eq(refresh_agreed(&nobody).by, REFRESH_BY_US);
	ck_assert_int_eq(refresh_agreed(&tiny).interval_s, 90);
	ck_assert_int_eq(refresh_agreed(&huge).interval_s, 86400);
}
END_TEST

START_TEST(when_a_refresh_is_due)
{
	const struct refresh us = {REFRESH_BY_US, 1800},
			     them = {REFRESH_BY_THEM, 90},
			     nobody = {REFRESH_BY_NOBODY, 0};

	for (uint32_t random = 0; random < 5000; random++) {
		int64_t ms = refresh_after_ms(&us, random);

		ck_assert(ms >= 810000 && ms <= 990000);
	}
	ck_assert_int_ne(refresh_after_ms(&us, 1), refresh_after_ms(&us, 900));
	ck_assert_int_eq(refresh_after_ms(&them, 1), -1);
	ck_assert_int_eq(refresh_after_ms(&nobody, 1), -1);
	/* A third of it, or 32 s, before the end. */
	ck_assert_int_eq(refresh_lost_after_ms(&them), 60000);
	ck_assert_int_eq(refresh_lost_after_ms(&us), 1768000);
	ck_assert_int_eq(refresh_lost_after_ms(&nobody), -1);
}
END_TEST

START_TEST(what_our_requests_say_of_the_timer)
{
	static const struct refresh_wish wish = {1800, 90};
	const struct refresh nobody = {REFRESH_BY_NOBODY, 0},
			     us = {REFRESH_BY_US, 600},
			     them = {REFRESH_BY_THEM, 600};
	char lines[96];

	refresh_lines(&wish, &nobody, 0, lines);
	ck_assert_str_eq(lines, "Session-Expires: 1800\r\nMin-SE: 90\r\n");
	refresh_lines(&wish, &us, 0, lines);
	ck_assert_str_eq(
		lines, "Session-Expires: 600;refresher=uac\r\nMin-SE: 90\r\n");
	refresh_lines(&wish, &them, 0, lines);
	ck_assert_str_eq(
		lines, "Session-Expires: 600;refresher=uas\r\nMin-SE: 90\r\n");
	refresh_lines(&wish, &nobody, 3600, lines);
	ck_assert_str_eq(lines, "Session-Expires: 3600\r\nMin-SE: 3600\r\n");
}
END_TEST

/* ---- retry --------------------------------------------------------------- */

START_TEST(each_way_to_try_again_is_taken_once)
{
	static const struct retry_refusal refusals[] = {
		{.status = 415, .has_list = true},
		{.status = 420, .unsupported = "timer"},
		{.status = 422, .min_se_s = 3600},
		{.status = 488, .has_rich = true},
		{.status = 606, .has_rich = true}};
	const struct retry_refusal *refusal = &refusals[_i];
	struct retry retry = {.n_invites = 1};

	ck_assert(retry_step(&retry, refusal, 3));
	ck_assert(!retry_step(&retry, refusal, 3));
	retry = (struct retry){.n_invites = 3};
	ck_assert(!retry_step(&retry, refusal, 3));
}
END_TEST

START_TEST(nothing_to_leave_out)
{
	static const struct retry_refusal refusals[] = {
		{.status = 415},
		{.status = 420},
		{.status = 422},
		{.status = 422, .min_se_s = 7201},
		{.status = 488},
		{.status = 491, .has_list = true, .has_rich = true},
		{.status = 401, .has_list = true, .has_rich = true}};
	struct retry retry = {.n_invites = 1};

	ck_assert(!retry_step(&retry, &refusals[_i], 3));
}
END_TEST

/* ---- body ---------------------------------------------------------------- */

#define PART(type, more, body)                                                 \
	"--b\r\nContent-Type: " type "\r\n" more "\r\n" body "\r\n"
#define MIXED(parts)                                                           \
	"Content-Type: multipart/mixed;boundary=b\r\n", parts "--b--\r\n"

/* clang-format off */
static const struct {
	const char *sentence, *lines, *body;
	enum body_place place;
	int status;
	const char *sdp;
} bodies[] = {
	{"no body", "", "", BODY_IN_DIALOG, 0, NULL},
	{"alone", "c: application/sdp\r\n", "v=0", BODY_IN_DIALOG, 0, "v=0"},
	{"in another case", "Content-Type: Application/SDP ;x=y\r\n", "v=0", BODY_IN_DIALOG, 0, "v=0"},
	{"something else", "Content-Type: text/plain\r\n", "v=0", BODY_IN_DIALOG, 415, NULL},
	{"something else that is optional", "Content-Type: text/plain\r\nContent-Disposition: render;handling=optional\r\n", "v=0", BODY_IN_DIALOG, 0, NULL},
	{"for an early session", "Content-Type: application/sdp\r\nContent-Disposition: early-session;handling=optional\r\n", "v=0", BODY_IN_DIALOG, 0, NULL},
	{"compressed", "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "v=0", BODY_IN_DIALOG, 415, NULL},
	{"not really compressed", "Content-Type: application/sdp\r\nContent-Encoding: identity\r\n", "v=0", BODY_IN_DIALOG, 0, "v=0"},
	{"a list alone", "Content-Type: application/resource-lists+xml\r\n", "<x/>", BODY_FIRST_INVITE, 0, NULL},
	{"a list in a dialog", "Content-Type: application/resource-lists+xml\r\n", "<x/>", BODY_IN_DIALOG, 415, NULL},
	{"beside a list", MIXED(PART("application/resource-lists+xml", "Content-Disposition: recipient-list\r\n", "<x/>") PART("application/sdp", "", "v=0")), BODY_FIRST_INVITE, 0, "v=0"},
	{"beside what is optional", MIXED(PART("image/jpeg", "Content-Disposition: icon;handling=optional\r\n", "x") PART("application/sdp", "", "v=0")), BODY_IN_DIALOG, 0, "v=0"},
	{"beside what is not", MIXED(PART("application/sdp", "", "v=0") PART("image/jpeg", "", "x")), BODY_IN_DIALOG, 415, "v=0"},
	{"parts that cannot be told apart", "Content-Type: multipart/mixed\r\n", "--b", BODY_IN_DIALOG, 400, NULL},
};
/* clang-format on */

START_TEST(where_the_description_is)
{
	struct message *message = mem_alloc(sizeof(*message));
	struct arena *arena = arena_new(0);
	struct body_found found;
	struct text text;

	text_init(&text, arena);
	text_printf(&text, "INVITE sip:a@b SIP/2.0\r\n%s\r\n%s",
		    bodies[_i].lines, bodies[_i].body);
	message_read(message, text_view(&text));
	body_find_sdp(arena, message, bodies[_i].place, &found);
	ck_assert_msg(found.status == bodies[_i].status &&
			      found.has_sdp == (bodies[_i].sdp != NULL) &&
			      view_equal(found.sdp, view_of(bodies[_i].sdp)),
		      "%s: %d %.*s", bodies[_i].sentence, found.status,
		      (int)found.sdp.len, found.sdp.at);
	arena_free(arena);
	free(message);
}
END_TEST

/* ---- keys ---------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *type, *body;
	char key;
} keys[] = {
	{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", '5'},
	{"application/dtmf-relay", "Duration=160\nsignal= * \n", '*'},
	{"application/dtmf-relay", "Signal=11", '#'},
	{"application/dtmf-relay", "Signal=d", 'D'},
	{"application/dtmf-relay", "Duration=160\r\n", 0},
	{"application/dtmf-relay", "Signal=55\r\n", 0},
	{"application/dtmf-relay", "Signal=\r\n", 0},
	{"application/dtmf", "7", '7'},
	{"application/dtmf;x=y", " 10\r\n", '*'},
	{"application/dtmf", "E", 0},
	{"application/dtmf", "", 0},
};
/* clang-format on */

START_TEST(which_key)
{
	ck_assert(keys_are_of(view_of(keys[_i].type)));
	ck_assert_int_eq(
		keys_read(view_of(keys[_i].type), view_of(keys[_i].body)),
		keys[_i].key);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_rules");
	TCase *tcase = tcase_create("session_rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, what_happens_to_a_call, 0, N(lives));
	tcase_add_test(tcase, every_call_can_be_ended);
	tcase_add_test(tcase, nothing_happens_after_the_end);
	tcase_add_loop_test(tcase, what_a_head_says_of_the_timer, 0, N(heads));
	tcase_add_loop_test(tcase, what_we_answer_of_the_timer, 0, N(replies));
	tcase_add_test(tcase, a_2xx_to_us_decides);
	tcase_add_test(tcase, when_a_refresh_is_due);
	tcase_add_test(tcase, what_our_requests_say_of_the_timer);
	tcase_add_loop_test(tcase, each_way_to_try_again_is_taken_once, 0, 5);
	tcase_add_loop_test(tcase, nothing_to_leave_out, 0, 7);
	tcase_add_loop_test(tcase, where_the_description_is, 0, N(bodies));
	tcase_add_loop_test(tcase, which_key, 0, N(keys));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
