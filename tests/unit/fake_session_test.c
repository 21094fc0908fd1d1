/* The scripted calls: an owner hears of them what the real ones would say. */
#include "tests/fake/fake_session.h"

#include <check.h>

#include "tests/fake/fake_edge.h"

#define URI "sip:bob@example.org"

static struct sessions *sessions;
static struct edge edge;
static struct text heard;
static bool is_permitted;

static void leaving(void *arg, const struct session_record *record)
{
	text_printf(&heard, "%s leaving %s\n", (char *)arg,
		    record->request_uri);
}

static void ringing(void *arg, int status)
{
	text_printf(&heard, "%s %d\n", (char *)arg, status);
}

static void answered(void *arg, const struct session_record *record)
{
	text_printf(&heard, "%s answered %s\n", (char *)arg,
		    record->remote_tag);
}

static void media(void *arg, const struct media_stream *stream)
{
	text_printf(&heard, "%s media %d\n", (char *)arg, stream->is_on);
}

static void ended(void *arg, const struct session_end *end)
{
	text_printf(&heard, "%s ended %d %d\n", (char *)arg, end->cause,
		    end->status);
}

static const struct session_user user = {.leaving = leaving,
					 .ringing = ringing,
					 .answered = answered,
					 .media = media,
					 .ended = ended};

static bool permitted(void *arg)
{
	(void)arg;
	return is_permitted;
}

static void set_up(void)
{
	fake_edge_init(&edge, "relay.example.com");
	sessions = fake_sessions_new(&edge);
	text_init(&heard, NULL);
	is_permitted = true;
}

static void tear_down(void)
{
	fake_sessions_free(sessions);
	fake_edge_release(&edge);
	text_release(&heard);
}

static struct session *invite(void)
{
	static char name[] = "bob";
	const struct invitation invitation = {.request_uri = URI,
					      .user = "c-0123456789abcdef",
					      .still_permitted = permitted};

	return session_invite(sessions, &invitation, &user, name);
}

static struct session *confirmed(void)
{
	struct session *session = invite();

	fake_sessions_turn(sessions);
	session_go(session);
	fake_session_ring(session, 180);
	fake_session_answer(session);
	session_confirm(session);
	fake_sessions_turn(sessions);
	return session;
}

START_TEST(a_call_that_is_answered)
{
	struct session *session = confirmed();

	ck_assert_ptr_eq(fake_session_find(sessions, URI), session);
	fake_session_leave(session);
	ck_assert_str_eq(heard.at, "bob leaving " URI "\nbob 180\n"
				   "bob answered theirs\nbob media 1\n"
				   "bob ended 5 0\n");
	ck_assert_str_eq(fake_sessions_log(sessions),
			 "INVITE " URI "\nACK " URI "\n");
	ck_assert_uint_eq(sessions_count(sessions), 0);
}
END_TEST

START_TEST(a_call_that_its_owner_ends)
{
	struct session *session = confirmed();

	fake_sessions_clear(sessions);
	session_end(session, 0, "SIP;cause=470");
	session_end(session, 0, NULL);
	ck_assert_str_eq(fake_sessions_log(sessions),
			 "BYE " URI " SIP;cause=470\n");
	ck_assert_uint_eq(sessions_count(sessions), 1);
	fake_sessions_turn(sessions);
	ck_assert_uint_eq(sessions_count(sessions), 0);
}
END_TEST

START_TEST(a_call_that_is_not_permitted)
{
	is_permitted = false;
	invite();
	fake_sessions_turn(sessions);
	fake_sessions_turn(sessions);
	ck_assert_str_eq(heard.at, "bob ended 3 0\n");
	ck_assert_str_eq(fake_sessions_log(sessions), "");
}
END_TEST

START_TEST(a_call_of_theirs)
{
	static char name[] = "ann";
	struct request request = {.target = "sip:confs@relay.example.com",
				  .call_id = "1@192.0.2.9"};
	const struct acceptance acceptance = {.request = &request,
					      .user = "c-0123456789abcdef"};
	struct session *session;

	fake_edge_receive(&edge, &request);
	session = session_accept(sessions, &acceptance, &user, name);
	fake_sessions_turn(sessions);
	session_confirm(session);
	fake_session_acknowledge(session);
	ck_assert_str_eq(heard.at, "ann answered theirs\nann media 1\n");
	ck_assert_str_eq(fake_sessions_log(sessions),
			 "200 sip:confs@relay.example.com\n");
	ck_assert_int_eq(edge.answered->status, 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fake_session");
	TCase *tcase = tcase_create("fake_session");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_call_that_is_answered);
	tcase_add_test(tcase, a_call_that_its_owner_ends);
	tcase_add_test(tcase, a_call_that_is_not_permitted);
	tcase_add_test(tcase, a_call_of_theirs);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
