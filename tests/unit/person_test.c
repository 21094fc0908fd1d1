/* Who a key names, and where a URI leads: server/base/uri.h. */
#include "server/base/uri.h"

#include <check.h>

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
}

static void assert_view(struct view v, const char *wanted)
{
	ck_assert_str_eq(view_copy(arena, v), wanted);
}

struct key_case {
	const char *text;
	const char *key;
};

/* clang-format off */
/** Keys, and the one that stands for all of that person. */
static const struct key_case persons[] = {
	{"sip:alice@example.com", "sip:alice@example.com"},
	{"sip:Alice@example.com", "sip:Alice@example.com"},
	{"sip:example.com;user=phone", "sip:example.com"},
	{"sip:alice@example.com;user=phone", "sip:alice@example.com"},
	{"sip:alice@example.com;received=x", "sip:alice@example.com"},
	{"sips:alice@example.com:5060", "sip:alice@example.com"},
	{"sip:alice@example.com:5061", "sip:alice@example.com"},
	{"sip:alice@example.com:5070", "sip:alice@example.com:5070"},
	{"sip:alice@example.com:50600", "sip:alice@example.com:50600"},
	{"sip:a-b.c@example.com", "sip:a-b.c@example.com"},
	{"sip:a%3Bb@example.com", "sip:a;b@example.com"},
	{"sip:a%40b%00@example.com", "sip:a%40b%00@example.com"},
	{"sip:a;b@example.com", "sip:a;b@example.com"},
	{"sip:+1-555(12).34@gw", "sip:+15551234@gw"},
	{"sip:%2B1555@gw;user=phone", "sip:+1555@gw"},
	{"sip:10-01@gw", "sip:1001@gw"},
	{"sip:1.5x@gw", "sip:1.5x@gw"},
	{"sip:+1555;npdi;rn=+1;cic=0222@gw", "sip:+1555@gw"},
	{"sip:+1555;isub=X;ext=4-2@gw", "sip:+1555;ext=42;isub=x@gw"},
	{"sip:1001;phone-context=+1-5@gw", "sip:1001;phone-context=+15@gw"},
	{"sip:1001;phone-context@gw", "sip:1001@gw"},
	{"sip:a@[::ffff:192.0.2.1]:5070", "sip:a@192.0.2.1:5070"},
	{"sip:a@[2001:db8::1];user=x", "sip:a@[2001:db8::1]"},
	{"tel:+1555", "tel:+1555"},
	{"*", "*"},
	{"anonymous", "anonymous"},
};

static const struct key_case recipients[] = {
	{"sip:a@b.c;transport=tcp;lr;gr=x;ob", "sip:a@b.c"},
	{"sip:a@b.c;%6Dethod=INVITE;USER=Phone", "sip:a@b.c;user=phone"},
	{"sip:a@b.c;Received=sip:x;alias=%79", "sip:a@b.c;alias=y;received=sip:x"},
	{"sip:a@b.c;fs_path=sip%3aD;user=phone",
	 "sip:a@b.c;user=phone;fs_path=sip%3AD"},
	{"sip:a@b.c;x", "sip:a@b.c;x"},
	{"tel:+1;x=y", "tel:+1"},
};

struct reachable_case {
	const char *text;
	enum err err, with_tls;
};

static const struct reachable_case reachables[] = {
	{"sip:a@b.c", ERR_OK, ERR_OK},
	{"sip:a@b.c;transport=UDP", ERR_OK, ERR_OK},
	{"sip:a@b.c;transport=t%63p", ERR_OK, ERR_OK},
	{"sip:a@b.c;transport=tls", ERR_UNSUPPORTED, ERR_OK},
	{"sip:a@b.c;Transport=SCTP", ERR_UNSUPPORTED, ERR_UNSUPPORTED},
	{"sip:a@b.c;transport=ws", ERR_UNSUPPORTED, ERR_UNSUPPORTED},
	{"sip:a@b.c;transport=wss", ERR_UNSUPPORTED, ERR_UNSUPPORTED},
	{"sip:a@b.c;transport", ERR_UNSUPPORTED, ERR_UNSUPPORTED},
	{"sips:a@b.c", ERR_SCHEME, ERR_OK},
	{"sips:a@b.c:5061;transport=tcp", ERR_SCHEME, ERR_OK},
	{"sips:a@b.c;transport=tls", ERR_SCHEME, ERR_OK},
	{"sips:a@b.c;transport=udp", ERR_SCHEME, ERR_UNSUPPORTED},
	{"tel:+1", ERR_SCHEME, ERR_SCHEME},
};
/* clang-format on */

START_TEST(a_key_names_a_person)
{
	const struct key_case *c = &persons[_i];
	char person[URI_KEY_ROOM] = "";
	bool is_other = uri_key_person(c->text, person);

	ck_assert_int_eq(is_other, strcmp(c->text, c->key) != 0);
	if (is_other)
		ck_assert_str_eq(person, c->key);
	ck_assert(!uri_key_person(c->key, person));
	ck_assert(uri_keys_name_one(c->text, c->key));
	ck_assert(!uri_keys_name_one(c->text, "sip:mallory@example.com"));
}
END_TEST

START_TEST(a_number_is_a_tel_uri_too)
{
	char number[URI_KEY_ROOM] = "";

	ck_assert(uri_key_number("sip:+1-555@gw;user=phone", number));
	ck_assert_str_eq(number, "tel:+1555");
	ck_assert(uri_key_number("sip:%2B1555;ext=4@gw", number));
	ck_assert_str_eq(number, "tel:+1555;ext=4");
	ck_assert(!uri_key_number("sip:1555@gw", number));
	ck_assert(!uri_key_number("sip:+alice@gw", number));
	ck_assert(!uri_key_number("sip:%25@gw", number));
	ck_assert(!uri_key_number("sip:gw", number));
	ck_assert(!uri_key_number("tel:+1555", number));
}
END_TEST

START_TEST(what_may_steer_is_in_the_key_of_a_recipient)
{
	const struct key_case *c = &recipients[_i];
	const char *key = NULL;
	struct uri uri;

	ck_assert_int_eq(uri_parse(view_of(c->text), &uri), ERR_OK);
	ck_assert_int_eq(uri_recipient_key(arena, &uri, &key), ERR_OK);
	ck_assert_str_eq(key, c->key);
	ck_assert_int_eq(uri_parse(view_of(key), &uri), ERR_OK);
	ck_assert_int_eq(uri_recipient_key(arena, &uri, &key), ERR_OK);
	ck_assert_str_eq(key, c->key);
}
END_TEST

static const struct uri_rules without_tls = {.has_tls = false};
static const struct uri_rules with_tls = {.has_tls = true};

START_TEST(without_tls_some_cannot_be_reached)
{
	const struct reachable_case *c = &reachables[_i];
	struct uri uri;

	ck_assert_int_eq(uri_parse(view_of(c->text), &uri), ERR_OK);
	ck_assert_msg(uri_check_reachable(&uri, &without_tls) == c->err, "%s",
		      c->text);
	ck_assert_msg(uri_check_reachable(&uri, &with_tls) == c->with_tls, "%s",
		      c->text);
}
END_TEST

START_TEST(a_host_has_one_form_for_all_who_look)
{
	struct uri_rules closed = {false, false, NULL, false};
	struct uri uri;

	ck_assert_int_eq(uri_parse(VIEW("sip:a@relay.example.:5070;x"), &uri),
			 ERR_OK);
	assert_view(uri.host, "relay.example");
	ck_assert_int_eq(uri.port, 5070);
	assert_view(uri.params, ";x");
	ck_assert_str_eq(uri_request(arena, &uri, VIEW("sip:a@b.c.;x")),
			 "sip:a@b.c.;x");
	ck_assert_int_eq(uri_parse(VIEW("sip:a@127.0.0.1."), &uri), ERR_OK);
	assert_view(uri.host, "127.0.0.1");
	ck_assert_int_eq(uri_check_sendable(&uri, &closed), ERR_HOSTILE);
	ck_assert(
		uri_hosts_equal(VIEW("Relay.example"), VIEW("relay.EXAMPLE")));
	ck_assert(uri_hosts_equal(VIEW("[2001:DB8:0::1]"),
				  VIEW("[2001:db8::1]")));
	ck_assert(uri_hosts_equal(VIEW("[::ffff:7f00:1]"), VIEW("127.0.0.1")));
	ck_assert(!uri_hosts_equal(VIEW("[::1]"), VIEW("127.0.0.1")));
	ck_assert(!uri_hosts_equal(VIEW("relay.example"), VIEW("127.0.0.1")));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("person");
	TCase *cases = tcase_create("keys");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, a_key_names_a_person, 0, N_ROWS(persons));
	tcase_add_test(cases, a_number_is_a_tel_uri_too);
	tcase_add_loop_test(cases, what_may_steer_is_in_the_key_of_a_recipient,
			    0, N_ROWS(recipients));
	tcase_add_loop_test(cases, without_tls_some_cannot_be_reached, 0,
			    N_ROWS(reachables));
	tcase_add_test(cases, a_host_has_one_form_for_all_who_look);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
