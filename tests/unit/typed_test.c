/* A text to a service: one look says whether it is a word for the relay. */
#include "tests/unit/edge_help.h"

static int n_heard;

static enum typed_verdict hears(const void *module, const struct typed *typed)
{
	(void)module;
	n_heard++;
	if (view_equal(typed->text, VIEW("STOP")))
		return TYPED_NO;
	return view_equal(typed->text, VIEW("HELP")) ? TYPED_WORD : TYPED_TEXT;
}

static void receive(void *module, struct request *request)
{
	const struct response response = {.status = 299};

	(void)module;
	edge_respond(sip.edge, request, &response);
	request_free(request);
}

static const char *const accepts[] = {"text/plain", NULL};
static const struct method_module chat = {.method = METHOD_MESSAGE,
					  .purpose = PURPOSE_CHAT,
					  .accepts = accepts,
					  .body_max = 100,
					  .shed = SHED_NEVER,
					  .identity = IDENTITY_OPTIONAL,
					  .receive = receive,
					  .hears = hears};

static void setup_chat(void)
{
	setup();
	edge_register(sip.edge, &chat, NULL);
	n_heard = 0;
}

static const struct {
	const char *text, *type, *more;
	int status, n_heard;
} texts[] = {
	/* clang-format off */
	{"STOP", "text/plain", "", 299, 1},
	{"STOP", "text/plain", "Require: x\r\n", 299, 1},
	{"HELP", "text/plain", "", 299, 1},
	{"HELP", "text/plain", "Require: x\r\n", 420, 1},
	{"good morning", "text/plain", "Require: x\r\n", 420, 1},
	{"good morning", "text/plain", "", 407, 1},
	{"STOP", "text/html", "", 407, 0},
	{"", "text/plain", "", 407, 0},
	/* clang-format on */
};

START_TEST(a_text_is_read_once)
{
	char more[200];
	const struct ask ask = {.method = "MESSAGE",
				.uri = LISTS,
				.more = more,
				.body = texts[_i].text};

	snprintf(more, sizeof(more), "Content-Type: %s\r\n%s", texts[_i].type,
		 texts[_i].more);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), texts[_i].status);
	ck_assert_int_eq(n_heard, texts[_i].n_heard);
}
END_TEST

/** A no is heard while the relay stops, and another word is not. */
START_TEST(a_no_is_heard_to_the_end)
{
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = "Content-Type: text/plain\r\n",
			  .body = "HELP"};

	edge_drain(sip.edge);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 503);
	ask.body = "STOP";
	n_heard = 0;
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 299);
	ck_assert_int_eq(n_heard, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("typed");
	TCase *cases = tcase_create("typed");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, setup_chat, teardown);
	tcase_add_loop_test(cases, a_text_is_read_once, 0, N(texts));
	tcase_add_test(cases, a_no_is_heard_to_the_end);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
