/* Who guesses passwords waits; nobody else does. */
#include "server/edge/lockout.h"

#include "policies/limits.h"

#include <check.h>

static struct lockout *lockout;
static int64_t now_ms;

static struct nonce_owner at(const char *text)
{
	union address address;

	ck_assert_int_eq(address_parse(view_of(text), 5060, &address), ERR_OK);
	return lockout_owner(lockout, &address);
}

static struct lockout_try try_from(const char *given, const char *from,
				   const char *username)
{
	return (struct lockout_try){.given = at(given),
				    .from = at(from),
				    .realm = "",
				    .username = view_of(username),
				    .now_ms = now_ms};
}

static bool is_held(const char *from, const char *username)
{
	const struct lockout_try attempt = try_from(from, from, username);

	return lockout_holds(lockout, &attempt);
}

static void guess(const char *given, const char *from, const char *username,
		  int times)
{
	const struct lockout_try attempt = try_from(given, from, username);

	for (int i = 0; i < times; i++)
		lockout_failed(lockout, &attempt);
}

static void setup(void)
{
	lockout = lockout_new();
	now_ms = 1000000;
}

static void teardown(void)
{
	lockout_free(lockout);
}

#define HERE "192.0.2.1:5060"
#define THERE "192.0.2.2:5060"

START_TEST(pauses_grow)
{
	guess(HERE, HERE, "nora", 4);
	ck_assert(!is_held(HERE, "nora"));
	for (int64_t pause_s = 1; pause_s <= 256; pause_s *= 2) {
		guess(HERE, HERE, "nora", 1);
		now_ms += 1000 * pause_s - 1;
		ck_assert(is_held(HERE, "nora"));
		now_ms += 1;
		ck_assert(!is_held(HERE, "nora"));
	}
	guess(HERE, HERE, "nora", 20);
	now_ms += 299999;
	ck_assert(is_held(HERE, "nora"));
	now_ms += 1;
	ck_assert(!is_held(HERE, "nora"));
	/* And after a quarter of an hour all begins anew. */
	now_ms += 15 * 60 * 1000;
	guess(HERE, HERE, "nora", 4);
	ck_assert(!is_held(HERE, "nora"));
}
END_TEST

START_TEST(nobody_locks_an_account_for_others)
{
	guess(HERE, HERE, "nora", 40);
	ck_assert(is_held(HERE, "nora"));
	ck_assert(!is_held(HERE, "omar"));
	ck_assert(!is_held(THERE, "nora"));
	/* Nor with a forged address: the nonce tells. */
	guess(HERE, THERE, "nora", 40);
	ck_assert(!is_held(THERE, "nora"));
}
END_TEST

/* Behind one NAT. */
START_TEST(a_flow_that_proved_itself_is_not_its_neighbour)
{
	struct lockout_try good = try_from(HERE, HERE, "nora"), forged;

	lockout_proved(lockout, &good);
	guess("192.0.2.1:6000", "192.0.2.1:6000", "nora", 40);
	ck_assert(is_held("192.0.2.1:6000", "nora"));
	ck_assert(!is_held(HERE, "nora"));
	/* It is not known by its address alone. */
	forged = try_from("192.0.2.1:6000", HERE, "nora");
	ck_assert(lockout_holds(lockout, &forged));
	/* It can fail, too. */
	guess(HERE, HERE, "nora", 5);
	ck_assert(is_held(HERE, "nora"));
}
END_TEST

START_TEST(a_right_password_ends_the_count)
{
	struct lockout_try good = try_from(HERE, HERE, "nora");

	guess(HERE, HERE, "nora", 4);
	lockout_proved(lockout, &good);
	guess(HERE, HERE, "nora", 4);
	ck_assert(!is_held(HERE, "nora"));
}
END_TEST

START_TEST(one_guess_at_each_account_is_counted_together)
{
	char name[16];

	for (int i = 0; i < 50; i++) {
		ck_assert(!is_held(HERE, "nora"));
		snprintf(name, sizeof(name), "user%d", i);
		guess(HERE, HERE, name, 1);
	}
	ck_assert(is_held(HERE, "nora"));
	ck_assert(!is_held(THERE, "nora"));
}
END_TEST

START_TEST(pauses_have_an_end)
{
	ck_assert_int_eq(limits_login_pause(0), 0);
	ck_assert_int_eq(limits_login_pause(5), 1);
	ck_assert_int_eq(limits_login_pause(UINT32_MAX), 300);
	ck_assert_int_eq(limits_source_pause(49), 0);
	ck_assert_int_eq(limits_source_pause(50), 1);
	ck_assert_int_eq(limits_source_pause(UINT32_MAX), 300);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lockout_test");
	TCase *cases = tcase_create("lockout");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, pauses_grow);
	tcase_add_test(cases, nobody_locks_an_account_for_others);
	tcase_add_test(cases, a_flow_that_proved_itself_is_not_its_neighbour);
	tcase_add_test(cases, a_right_password_ends_the_count);
	tcase_add_test(cases, one_guess_at_each_account_is_counted_together);
	tcase_add_test(cases, pauses_have_an_end);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
