/* What is remembered of the way to a numeric address. */
#include "server/sip/hop_cache.h"

#include <check.h>

static struct hop_cache cache;

static struct hop hop_to(const char *text)
{
	struct hop hop = {.protocol = PROTOCOL_UDP};

	ck_assert_int_eq(address_parse(view_of(text), 5060, &hop.address),
			 ERR_OK);
	return hop;
}

static void put(const char *uri, const char *where)
{
	struct hop hop = hop_to(where);

	hop_cache_put(&cache, uri, &hop);
}

static bool leads_to(const char *uri, const char *where)
{
	struct hop hop, wanted = hop_to(where);

	return hop_cache_get(&cache, uri, &hop) &&
	       hop.protocol == wanted.protocol &&
	       address_equal(&hop.address, &wanted.address);
}

static bool is_known(const char *uri)
{
	struct hop hop;

	return hop_cache_get(&cache, uri, &hop);
}

static void setup(void)
{
	memset(&cache, 0, sizeof(cache));
}

START_TEST(another_user_goes_the_same_way)
{
	ck_assert(!is_known("sip:omar@192.0.2.1"));
	put("sip:omar@192.0.2.1", "192.0.2.1:5060");
	put("sip:omar@192.0.2.1:5070", "192.0.2.1:5070");
	ck_assert(leads_to("sip:nora-1_b.C@192.0.2.1", "192.0.2.1:5060"));
	ck_assert(leads_to("sip:nora@192.0.2.1:5070", "192.0.2.1:5070"));
	ck_assert(!is_known("sip:nora@192.0.2.2"));
	ck_assert(!is_known("sip:nora@192.0.2.1:507"));
	ck_assert(!is_known("sip:nora@192.0.2.10"));
}
END_TEST

START_TEST(all_else_is_read)
{
	static const char *const uris[] = {
		"sip:192.0.2.1",
		"sip:@192.0.2.1",
		"sips:nora@192.0.2.1",
		"SIP:nora@192.0.2.1",
		"sip:nora:word@192.0.2.1",
		"sip:no%72a@192.0.2.1",
		"sip:nora;x@192.0.2.1",
		"sip:nora@192.0.2.1;transport=tcp",
		"sip:nora@192.0.2.1;maddr=192.0.2.9",
		"sip:nora@192.0.2.1?subject=x",
		"sip:nora@192.0.2.1 ",
		"sip:nora@a@192.0.2.1",
		"sip:nora@[2001:db8::1]",
		"sip:nora@example.com",
		"sip:nora@",
		"sip:",
		"",
	};

	put("sip:omar@192.0.2.1", "192.0.2.1:5060");
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		ck_assert_msg(!is_known(uris[i]), "%s", uris[i]);
		put(uris[i], "192.0.2.1:5060");
		ck_assert_msg(!is_known(uris[i]), "%s", uris[i]);
	}
}
END_TEST

/* The resolver may find something for it, but not for always. */
START_TEST(what_is_no_address_is_not_kept)
{
	static const char *const uris[] = {
		"sip:nora@1.2.3",	    "sip:nora@1.2.3.4.5",
		"sip:nora@:5060",	    "sip:nora@192.0.2.1:",
		"sip:nora@192.0.2.1:70000", "sip:nora@255.255.255.255:655350",
	};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		put(uris[i], "192.0.2.1:5060");
		ck_assert_msg(!is_known(uris[i]), "%s", uris[i]);
	}
}
END_TEST

/* More than there is room for: each is found or not, and never leads astray. */
START_TEST(a_newer_one_takes_the_place)
{
	char uri[64], where[32];

	for (int i = 0; i < 4 * HOPS_CACHED; i++) {
		snprintf(uri, sizeof(uri), "sip:u@10.0.%d.%d:5061", i / 100,
			 i % 100);
		put(uri, uri + 6);
		ck_assert(leads_to(uri, uri + 6));
	}
	for (int i = 0; i < 4 * HOPS_CACHED; i++) {
		snprintf(where, sizeof(where), "10.0.%d.%d:5061", i / 100,
			 i % 100);
		snprintf(uri, sizeof(uri), "sip:v@%s", where);
		ck_assert(!is_known(uri) || leads_to(uri, where));
	}
	put("sip:u@255.255.255.255:65535", "255.255.255.255:65535");
	ck_assert(leads_to("sip:v@255.255.255.255:65535",
			   "255.255.255.255:65535"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hop_cache");
	TCase *tcase = tcase_create("hop_cache");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, another_user_goes_the_same_way);
	tcase_add_test(tcase, all_else_is_read);
	tcase_add_test(tcase, what_is_no_address_is_not_kept);
	tcase_add_test(tcase, a_newer_one_takes_the_place);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
