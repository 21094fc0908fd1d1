/* Who holds how much of the room for streams. */
#include "server/sip/share.h"

#include <check.h>

#include "server/sip/source_rate.h"
#include "server/sip/transport.h"

static struct shares shares;

static void set_up(void)
{
	shares_init(&shares, 100, 64 << 20, 2 << 20);
}

static void tear_down(void)
{
	for (int i = 0; i < HOLDS; i++)
		ck_assert_uint_eq(shares.bytes[i], 0);
	for (size_t i = 0; i <= shares.mask; i++)
		ck_assert(LIST_EMPTY(&shares.chains[i]));
	shares_release(&shares);
}

static struct share *take(const char *host)
{
	union address address;
	uint8_t bytes[16], source[16];

	ck_assert_int_eq(address_parse(view_of(host), 5060, &address), ERR_OK);
	address_bytes(&address, bytes);
	source_of(bytes, source);
	return share_take(&shares, source);
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
	struct share *a = take(pair->a), *b = take(pair->b);

	ck_assert_msg((a == b) == pair->is_source, "%s %s", pair->a, pair->b);
	ck_assert_msg((a->network == b->network) == pair->is_network, "%s %s",
		      pair->a, pair->b);
	ck_assert_ptr_ne(a, a->network);
	ck_assert_ptr_null(a->network->network);
	share_give_back(a);
	share_give_back(b);
}
END_TEST

START_TEST(connections_are_counted_for_both)
{
	struct share *a = take("192.0.2.1"), *b = take("192.0.2.2");

	share_count_accepted(a, 1);
	share_count_accepted(a, 1);
	share_count_accepted(b, 1);
	share_count_opened(b, 1);
	ck_assert_uint_eq(a->n_accepted, 2);
	ck_assert_uint_eq(b->n_accepted, 1);
	ck_assert_uint_eq(a->network->n_accepted, 3);
	ck_assert_uint_eq(a->network->n_opened, 1);
	share_count_accepted(a, -1);
	ck_assert_uint_eq(a->n_accepted, 1);
	ck_assert_uint_eq(a->network->n_accepted, 2);
	share_give_back(a);
	share_give_back(b);
}
END_TEST

START_TEST(bytes_have_three_bounds)
{
	struct share *a = take("192.0.2.1"), *b = take("192.0.2.2");
	struct share *far[32];
	size_t one = shares.most[LEVEL_SOURCE][HOLD_STRANGER];

	/* One message of the largest kind, and twice that for a network. */
	ck_assert_uint_eq(one, 2 << 20);
	ck_assert_uint_eq(shares.most[LEVEL_NETWORK][HOLD_STRANGER], 2 * one);
	ck_assert_uint_eq(shares.most[LEVEL_ALL][HOLD_STRANGER], 32 << 20);
	ck_assert_int_eq(share_limit(&shares, a, HOLD_STRANGER, one), LEVELS);
	share_hold(&shares, a, HOLD_STRANGER, one);
	ck_assert_int_eq(share_limit(&shares, a, HOLD_STRANGER, 1),
			 LEVEL_SOURCE);
	share_hold(&shares, b, HOLD_STRANGER, one);
	share_let_go(&shares, a, HOLD_STRANGER, one / 2);
	share_hold(&shares, b, HOLD_STRANGER, 0);
	ck_assert_int_eq(share_limit(&shares, a, HOLD_STRANGER, one / 2),
			 LEVELS);
	ck_assert_int_eq(share_limit(&shares, b, HOLD_STRANGER, 1),
			 LEVEL_SOURCE);
	share_let_go(&shares, a, HOLD_STRANGER, one / 2);
	for (int i = 0; i < 15; i++) {
		char host[32];

		snprintf(host, sizeof(host), "198.51.%d.1", i);
		far[i] = take(host);
		share_hold(&shares, far[i], HOLD_STRANGER, one);
	}
	ck_assert_int_eq(share_limit(&shares, a, HOLD_STRANGER, 1), LEVEL_ALL);
	/* Another kind is another matter. */
	for (int hold = HOLD_IN; hold < HOLDS; hold++)
		ck_assert_int_eq(
			share_limit(&shares, a, (enum hold)hold, 8 << 20),
			LEVELS);
	for (int i = 0; i < 15; i++) {
		share_let_go(&shares, far[i], HOLD_STRANGER, one);
		share_give_back(far[i]);
	}
	share_let_go(&shares, b, HOLD_STRANGER, one);
	share_give_back(a);
	share_give_back(b);
}
END_TEST

START_TEST(a_message_always_fits)
{
	struct shares few;
	uint8_t source[16] = {1};
	struct share *share;

	shares_init(&few, 1, 0, 64 << 20);
	share = share_take(&few, source);
	for (int hold = 0; hold < HOLDS; hold++)
		ck_assert_int_eq(
			share_limit(&few, share, (enum hold)hold, 64 << 20),
			LEVELS);
	/* What goes out has lines of ours, and a buffer that was doubled. */
	ck_assert_int_eq(share_limit(&few, share, HOLD_OPENED_OUT, 128 << 20),
			 LEVELS);
	share_give_back(share);
	shares_release(&few);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share");
	TCase *tcase = tcase_create("shares");
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
