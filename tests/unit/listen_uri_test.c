/* Where the relay listens, as the settings write it. */
#include "server/base/listen_uri.h"

#include <check.h>
#include <stdlib.h>

struct listen_case {
	const char *text, *host, *transport;
	int port;
};

static const struct listen_case right[] = {
	/* clang-format off */
	{"sip:127.0.0.1",                       "127.0.0.1", "udp", 5060},
	{"sip:127.0.0.1:5070;transport=udp",    "127.0.0.1", "udp", 5070},
	{"sip:[::1];transport=tcp",             "[::1]",     "tcp", 5060},
	{"sip:127.0.0.1;transport=tls",         "127.0.0.1", "tls", 5061},
	{"sip:127.0.0.1:5060;transport=TLS",    "127.0.0.1", "tls", 5060},
	{"sips:127.0.0.1",                      "127.0.0.1", "tls", 5061},
	{"sips:[::1]:5062",                     "[::1]",     "tls", 5062},
	{"sips:127.0.0.1;transport=tcp",        "127.0.0.1", "tls", 5061},
	{"sips:127.0.0.1;transport=tls",        "127.0.0.1", "tls", 5061},
	/* clang-format on */
};

START_TEST(both_spellings_of_tls_mean_the_same)
{
	const struct listen_case *c = &right[_i];
	struct listen_uri uri;

	ck_assert_int_eq(listen_uri_read(c->text, &uri, NULL), ERR_OK);
	ck_assert(view_equal(uri.host, view_of(c->host)));
	ck_assert(view_equal_nocase(uri.transport, view_of(c->transport)));
	ck_assert_int_eq(uri.port, c->port);
}
END_TEST

static const struct {
	const char *text;
	enum err err;
} wrong[] = {
	{"", ERR_SYNTAX},
	{"127.0.0.1:5060", ERR_SYNTAX},
	{"tel:5060", ERR_SYNTAX},
	{"sip:a@127.0.0.1", ERR_SYNTAX},
	{"sip:127.0.0.1;transport=sctp", ERR_UNSUPPORTED},
	{"sips:127.0.0.1;transport=udp", ERR_UNSUPPORTED},
};

START_TEST(what_is_wrong_is_said)
{
	struct listen_uri uri;
	const char *problem = NULL;

	ck_assert_int_eq(listen_uri_read(wrong[_i].text, &uri, &problem),
			 wrong[_i].err);
	ck_assert_ptr_nonnull(problem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("listen_uri_test");
	TCase *tcase = tcase_create("listen_uri");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, both_spellings_of_tls_mean_the_same, 0,
			    sizeof(right) / sizeof(right[0]));
	tcase_add_loop_test(tcase, what_is_wrong_is_said, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
