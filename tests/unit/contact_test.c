/* Where we say that we are: RFC 3261 section 8.1.1.8, RFC 5630 section 5.1. */
#include "server/sip/contact.h"

#include <check.h>
#include <stdlib.h>

#include "server/sip/request_writer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct contact_case {
	const char *says;
	enum protocol protocol;
	int listener;
	bool is_sips;
	const char *line;
};

/* clang-format off */
static const struct contact_case contacts[] = {
	{ "by UDP nothing more is said", PROTOCOL_UDP, 0, false,
	  "Contact: <sip:c-1@h:5060>;isfocus\r\n" },
	{ "by TCP the transport is", PROTOCOL_TCP, 1, false,
	  "Contact: <sip:c-1@h:5060;transport=tcp>;isfocus\r\n" },
	{ "by TLS who asked for sip gets a sip URI", PROTOCOL_TLS, 2, false,
	  "Contact: <sip:c-1@h:5060;transport=tls>;isfocus\r\n" },
	{ "who asked for sips gets a sips URI", PROTOCOL_TLS, 2, true,
	  "Contact: <sips:c-1@h:5060>;isfocus\r\n" },
	{ "a stream without a listener names no transport", PROTOCOL_TCP, -1,
	  false, "Contact: <sip:c-1@h:5060>;isfocus\r\n" },
};
/* clang-format on */

START_TEST(it_has_the_scheme_that_was_asked_for)
{
	const struct contact_case *c = &contacts[_i];
	const struct flow flow = {.listener = c->listener,
				  .peer.protocol = c->protocol};
	struct text line;

	text_init(&line, NULL);
	contact_write(&(struct contact){.user = "c-1",
					.sent_by = "h:5060",
					.params = ";isfocus",
					.flow = &flow,
					.is_sips = c->is_sips},
		      &line);
	ck_assert_msg(strcmp(line.at, c->line) == 0, "%s: %s", c->says,
		      line.at);
	text_release(&line);
}
END_TEST

struct dialog_case {
	const char *says;
	const char *target, *next_hop; /**< of the dialog */
	const char *begin;	       /**< of the Contact */
};

/* clang-format off */
static const struct dialog_case dialogs[] = {
	{ "a dialog of sips", "sips:omar@b.example", "sips:omar@b.example",
	  "\r\nContact: <sips:c-1@" },
	{ "one whose first route is of sips", "sip:omar@b.example",
	  "sips:p.example;lr", "\r\nContact: <sips:c-1@" },
	{ "one of sip that goes by TLS", "sip:omar@b.example;transport=tls",
	  "sip:omar@b.example;transport=tls", "\r\nContact: <sip:c-1@" },
};
/* clang-format on */

START_TEST(so_has_each_request_of_a_dialog)
{
	const struct dialog_case *c = &dialogs[_i];
	const struct flow flow = {.peer.protocol = PROTOCOL_TLS};
	char host[] = "h:5061", *sent_by[] = {host};
	const struct sender sender = {.sent_by = sent_by, .n_sent_by = 1};
	struct leg_template template = {
		.method = "UPDATE", .from = "<sip:c-1@h>", .from_tag = "ours"};
	struct leg_dialog dialog = {.to = "<sip:omar@b.example>;tag=theirs",
				    .routes = "",
				    .next_hop = c->next_hop};
	const struct leg leg = {.template = &template,
				.request_uri = c->target,
				.call_id = "c1",
				.dialog = &dialog,
				.contact = "c-1"};
	struct text bytes;

	text_init(&bytes, NULL);
	request_write(&(struct request_writer){.sender = &sender,
					       .leg = &leg,
					       .flow = &flow,
					       .branch = "z9hG4bK1",
					       .cseq = 2},
		      &bytes);
	ck_assert_msg(strstr(bytes.at, c->begin) != NULL, "%s: %s", c->says,
		      bytes.at);
	text_release(&bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("contact");
	TCase *tcase = tcase_create("contact");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, it_has_the_scheme_that_was_asked_for, 0,
			    COUNT(contacts));
	tcase_add_loop_test(tcase, so_has_each_request_of_a_dialog, 0,
			    COUNT(dialogs));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
