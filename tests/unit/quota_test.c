/* Who holds how much of the room for streams. */
#include "server/net/quota.h"

#include <check.h>

#include "server/net/source_rate.h"
#include "server/net/transport.h"

static struct quotas quotas;

static void set_up(void)
{
	quotas_init(&quotas, 100, 64 << 20, 2 << 20);
}

static void tear_down(void)
{
	for (int i = 0; i < QUOTA_KINDS; i++)
		ck_assert_uint_eq(quotas.bytes[i], 0);
	for (size_t i = 0; i <= quotas.mask; i++)
		ck_assert(LIST_EMPTY(&quotas.chains[i]));
	quotas_release(&quotas);
}

static struct quota *take(const char *host)
{
	union address address;
	uint8_t bytes[16], source[16];

	ck_assert_int_eq(address_parse(view_of(host), 5060, &address), ERR_OK);
	address_bytes(&address, bytes);
	source_of(bytes, source);
	return quota_take(&quotas, source);
}

struct pair {
	const char *a, *b;
	bool is_source, is_network; /* the same? */
};

static const struct pair pairs[] = {
	{"192.0.2.1", "192.0.2.1", true, true},
	{"192.0.2.1", "192.0.2.254", false, true},
	{"192.0.2.0", "192.0.2.1", false, true},
	{"192.0.2.1", "192.0.3.1", false, false},
	{"2001:db8:1:2::1", "2001:db8:1:2:ffff::1", true, true},
	{"2001:db8:1:2::1", "2001:db8:1:3::1", false, true},
	{"2001:db8:1::", "2001:db8:1:1::", false, true},
	{"2001:db8:1:2::1", "2001:db8:2:2::1", false, false},
	{"::ffff:192.0.2.1", "192.0.2.1", true, true},
};

START_TEST(sources_and_their_networks)
{
	const struct pair *pair = &pairs[_i];
	struct quota *a = take(pair->a), *b = take(pair->b);

	ck_assert_msg((a == b) == pair->is_source, "%s %s", pair->a, pair->b);
	ck_assert_msg((a->network == b->network) == pair->is_network, "%s %s",
		      pair->a, pair->b);
	ck_assert_ptr_ne(a, a->network);
	ck_assert_ptr_null(a->network->network);
	quota_give_back(a);
	quota_give_back(b);
}
END_TEST

START_TEST(connections_are_counted_for_both)
{
	struct quota *a = take("192.0.2.1"), *b = take("192.0.2.2");

	quota_count_accepted(a, 1);
	quota_count_accepted(a, 1);
	quota_count_accepted(b, 1);
	quota_count_opened(b, 1);
	ck_assert_uint_eq(a->n_accepted, 2);
	ck_assert_uint_eq(b->n_accepted, 1);
	ck_assert_uint_eq(a->network->n_accepted, 3);
	ck_assert_uint_eq(a->network->n_opened, 1);
	quota_count_accepted(a, -1);
	ck_assert_uint_eq(a->n_accepted, 1);
	ck_assert_uint_eq(a->network->n_accepted, 2);
	quota_give_back(a);
	quota_give_back(b);
}
END_TEST

START_TEST(bytes_have_three_bounds)
{
	struct quota *a = take("192.0.2.1"), *b = take("192.0.2.2");
	struct quota *far[32];
	size_t one = quotas.most[QUOTA_LEVEL_SOURCE][QUOTA_UNIDENTIFIED];

	/* One message of the largest kind, and twice that for a network. */
	ck_assert_uint_eq(one, 2 << 20);
	ck_assert_uint_eq(quotas.most[QUOTA_LEVEL_NETWORK][QUOTA_UNIDENTIFIED],
			  2 * one);
	ck_assert_uint_eq(quotas.most[QUOTA_LEVEL_ALL][QUOTA_UNIDENTIFIED],
			  32 << 20);
	ck_assert_int_eq(quota_limit(&quotas, a, QUOTA_UNIDENTIFIED, one),
			 QUOTA_LEVELS);
	quota_charge(&quotas, a, QUOTA_UNIDENTIFIED, one);
	ck_assert_int_eq(quota_limit(&quotas, a, QUOTA_UNIDENTIFIED, 1),
			 QUOTA_LEVEL_SOURCE);
	quota_charge(&quotas, b, QUOTA_UNIDENTIFIED, one);
	quota_refund(&quotas, a, QUOTA_UNIDENTIFIED, one / 2);
	quota_charge(&quotas, b, QUOTA_UNIDENTIFIED, 0);
	ck_assert_int_eq(quota_limit(&quotas, a, QUOTA_UNIDENTIFIED, one / 2),
			 QUOTA_LEVELS);
	ck_assert_int_eq(quota_limit(&quotas, b, QUOTA_UNIDENTIFIED, 1),
			 QUOTA_LEVEL_SOURCE);
	quota_refund(&quotas, a, QUOTA_UNIDENTIFIED, one / 2);
	for (int i = 0; i < 15; i++) {
		char host[32];

		snprintf(host, sizeof(host), "198.51.%d.1", i);
		far[i] = take(host);
		quota_charge(&quotas, far[i], QUOTA_UNIDENTIFIED, one);
	}
	ck_assert_int_eq(quota_limit(&quotas, a, QUOTA_UNIDENTIFIED, 1),
			 QUOTA_LEVEL_ALL);
	/* Another kind is another matter. */
	for (int kind = QUOTA_IN; kind < QUOTA_KINDS; kind++)
		ck_assert_int_eq(
			quota_limit(&quotas, a, (enum quota_kind)kind, 8 << 20),
			QUOTA_LEVELS);
	for (int i = 0; i < 15; i++) {
		quota_refund(&quotas, far[i], QUOTA_UNIDENTIFIED, one);
		quota_give_back(far[i]);
	}
	quota_refund(&quotas, b, QUOTA_UNIDENTIFIED, one);
	quota_give_back(a);
	quota_give_back(b);
}
END_TEST

START_TEST(a_message_always_fits)
{
	struct quotas few;
	uint8_t source[16] = {1};
	struct quota *quota;

	quotas_init(&few, 1, 0, 64 << 20);
	quota = quota_take(&few, source);
	for (int kind = 0; kind < QUOTA_KINDS; kind++)
		ck_assert_int_eq(quota_limit(&few, quota, (enum quota_kind)kind,
					     64 << 20),
				 QUOTA_LEVELS);
	/* What goes out has lines of ours, and a buffer that was doubled. */
	ck_assert_int_eq(quota_limit(&few, quota, QUOTA_OPENED_OUT, 128 << 20),
			 QUOTA_LEVELS);
	quota_give_back(quota);
	quotas_release(&few);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quota");
	TCase *tcase = tcase_create("quotas");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, sources_and_their_networks, 0,
			    (int)(sizeof(pairs) / sizeof(pairs[0])));
	tcase_add_test(tcase, connections_are_counted_for_both);
	tcase_add_test(tcase, bytes_have_three_bounds);
	tcase_add_test(tcase, a_message_always_fits);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
