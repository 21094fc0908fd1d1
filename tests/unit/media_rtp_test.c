/* Headers, whose packets they are, and keys: all that judges one packet. */
#include "server/media/rtp.h"

#include <check.h>

#include "server/media/latch.h"
#include "server/media/media.h"
#include "server/media/source.h"
#include "server/media/telephone_event.h"

/* ---- headers ------------------------------------------------------------ */

#define HEAD "\0\1\0\0\0\2\0\0\0\3"

static const struct {
	const char *name;
	struct view bytes;
	enum err err;
	size_t payload_len;
} packets[] = {
	{"empty", {"", 0}, ERR_SYNTAX, 0},
	{"eleven bytes", VIEW("\x80\0\0\1\0\0\0\2\0\0\0"), ERR_SYNTAX, 0},
	{"no payload", VIEW("\x80\0" HEAD), ERR_OK, 0},
	{"payload", VIEW("\x80\0" HEAD "abc"), ERR_OK, 3},
	{"version 1", VIEW("\x40\0" HEAD "abc"), ERR_SYNTAX, 0},
	{"version 3", VIEW("\xc0\0" HEAD "abc"), ERR_SYNTAX, 0},
	{"a CSRC", VIEW("\x81\0" HEAD "CSRCabc"), ERR_OK, 3},
	{"a CSRC is cut", VIEW("\x81\0" HEAD "CSR"), ERR_SYNTAX, 0},
	{"15 CSRC", VIEW("\x8f\0" HEAD "CSRC"), ERR_SYNTAX, 0},
	{"extension", VIEW("\x90\0" HEAD "\xbe\xde\0\1wordabc"), ERR_OK, 3},
	{"extension of none", VIEW("\x90\0" HEAD "\xbe\xde\0\0abc"), ERR_OK, 3},
	{"extension is cut", VIEW("\x90\0" HEAD "\xbe\xde\0\2word"), ERR_SYNTAX,
	 0},
	{"no extension", VIEW("\x90\0" HEAD "\xbe\xde"), ERR_SYNTAX, 0},
	{"long extension", VIEW("\x90\0" HEAD "\xbe\xde\xff\xff"), ERR_SYNTAX,
	 0},
	{"padding", VIEW("\xa0\0" HEAD "abc\0\0\3"), ERR_OK, 3},
	{"padding only", VIEW("\xa0\0" HEAD "\1"), ERR_OK, 0},
	{"padding of none", VIEW("\xa0\0" HEAD "abc\0"), ERR_SYNTAX, 0},
	{"too much padding", VIEW("\xa0\0" HEAD "abc\5"), ERR_SYNTAX, 0},
	{"padding and no byte", VIEW("\xa0\0" HEAD), ERR_SYNTAX, 0},
};

static enum err read_view(struct view bytes, struct rtp *ret)
{
	return rtp_read((const uint8_t *)bytes.at, bytes.len, ret);
}

START_TEST(headers)
{
	struct rtp rtp;
	enum err err = read_view(packets[_i].bytes, &rtp);

	ck_assert_msg(err == packets[_i].err, "%s", packets[_i].name);
	if (err)
		return;
	ck_assert_uint_eq(rtp.payload_len, packets[_i].payload_len);
	if (rtp.payload_len)
		ck_assert_int_eq(memcmp(rtp.payload, "abc", 3), 0);
	ck_assert_uint_eq(rtp.seq, 1);
	ck_assert_uint_eq(rtp.timestamp, 2);
	ck_assert_uint_eq(rtp.ssrc, 3);
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
	const struct rtp written = {.is_marked = true,
				    .payload_type = 127,
				    .seq = 0xfedc,
				    .timestamp = 0xfedcba98,
				    .ssrc = 0x87654321};
	uint8_t bytes[RTP_HEADER_LEN];
	struct rtp rtp;

	rtp_write(&written, bytes);
	ck_assert_int_eq(rtp_read(bytes, sizeof(bytes), &rtp), ERR_OK);
	ck_assert(rtp.is_marked);
	ck_assert_uint_eq(rtp.payload_type, 127);
	ck_assert_uint_eq(rtp.seq, 0xfedc);
	ck_assert_uint_eq(rtp.timestamp, 0xfedcba98);
	ck_assert_uint_eq(rtp.ssrc, 0x87654321);
}
END_TEST

/* ---- RTCP ---------------------------------------------------------------- */

#define EMPTY_RR "\x80\xc9\0\1AAAA"
#define BLOCK "OURS\x40\0\0\7\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0\0"
#define OURS 0x4f555253

static const struct {
	const char *name;
	struct view bytes;
	enum err err;
	bool is_bye, has_report;
} compounds[] = {
	{"RR", VIEW(EMPTY_RR), ERR_OK, false, false},
	{"RR with our block", VIEW("\x81\xc9\0\7AAAA" BLOCK), ERR_OK, false,
	 true},
	{"RR with too few blocks", VIEW("\x82\xc9\0\7AAAA" BLOCK), ERR_SYNTAX,
	 false, false},
	{"SR", VIEW("\x80\xc8\0\6AAAA" HEAD HEAD), ERR_OK, false, false},
	{"SR is short", VIEW("\x80\xc8\0\1AAAA"), ERR_SYNTAX, false, false},
	{"RR and SDES", VIEW(EMPTY_RR "\x81\xca\0\2AAAA\1\0\0\0"), ERR_OK,
	 false, false},
	{"RR and BYE", VIEW(EMPTY_RR "\x81\xcb\0\1AAAA"), ERR_OK, true, false},
	{"BYE of another", VIEW(EMPTY_RR "\x81\xcb\0\1BBBB"), ERR_OK, false,
	 false},
	{"BYE names more than it has", VIEW(EMPTY_RR "\x82\xcb\0\1AAAA"),
	 ERR_SYNTAX, false, false},
	{"BYE of nobody", VIEW(EMPTY_RR "\x80\xcb\0\0"), ERR_OK, false, false},
	{"BYE alone", VIEW("\x81\xcb\0\1AAAA"), ERR_SYNTAX, false, false},
	{"longer than the packet", VIEW("\x80\xc9\0\2AAAA"), ERR_SYNTAX, false,
	 false},
	{"bytes behind it", VIEW(EMPTY_RR "abc"), ERR_SYNTAX, false, false},
	{"version", VIEW(EMPTY_RR "\x41\xcb\0\1AAAA"), ERR_SYNTAX, false,
	 false},
	{"padding within", VIEW("\xa0\xc9\0\1AAAA" EMPTY_RR), ERR_SYNTAX, false,
	 false},
	{"padding at the end", VIEW(EMPTY_RR "\xa0\xcb\0\1\0\0\0\4"), ERR_OK,
	 false, false},
};

START_TEST(reports)
{
	struct view bytes = compounds[_i].bytes;
	struct rtcp rtcp;
	enum err err =
		rtcp_read((const uint8_t *)bytes.at, bytes.len, OURS, &rtcp);

	ck_assert_msg(err == compounds[_i].err, "%s", compounds[_i].name);
	if (err)
		return;
	ck_assert_msg(rtcp.is_bye == compounds[_i].is_bye &&
			      rtcp.has_report == compounds[_i].has_report,
		      "%s", compounds[_i].name);
	if (rtcp.has_report) {
		ck_assert_uint_eq(rtcp.fraction, 0x40);
		ck_assert_uint_eq(rtcp.n_lost, 7);
		ck_assert_uint_eq(rtcp.jitter, 0x50);
	}
}
END_TEST

START_TEST(one_port_for_both)
{
	for (int type = 0; type < 256; type++) {
		const uint8_t bytes[] = {0x80, (uint8_t)type, 0, 0};

		ck_assert(rtcp_is_it(bytes, 4) == (type >= 192 && type < 224));
		ck_assert(!rtcp_is_it(bytes, 3));
	}
}
END_TEST

/* ---- sources --------------------------------------------------------------
 */

static enum source_verdict judge(struct rtp_source *source, uint32_t ssrc,
				 unsigned seq)
{
	const struct rtp rtp = {.ssrc = ssrc, .seq = (uint16_t)seq};

	return source_judge(source, &rtp);
}

START_TEST(a_source_proves_itself)
{
	struct rtp_source source;

	source_init(&source);
	ck_assert_int_eq(judge(&source, 1, 65534), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 1, 9), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 10), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 11), SOURCE_BEGUN);
	ck_assert_int_eq(judge(&source, 2, 12), SOURCE_SAME);
	ck_assert_int_eq(judge(&source, 2, 12), SOURCE_SAME);
	ck_assert_int_eq(judge(&source, 2, 3000), SOURCE_SAME);
	ck_assert_int_eq(judge(&source, 2, 2990), SOURCE_SAME);
	/* A jump. */
	ck_assert_int_eq(judge(&source, 2, 40000), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 40002), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 3001), SOURCE_SAME);
	ck_assert_int_eq(judge(&source, 2, 40003), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 40004), SOURCE_BEGUN);
}
END_TEST

START_TEST(a_source_wraps)
{
	struct rtp_source source;

	source_init(&source);
	for (unsigned seq = 65000; seq < 67000; seq++)
		ck_assert_int_eq(judge(&source, 1, seq),
				 seq == 65000	? SOURCE_DOUBT
				 : seq == 65001 ? SOURCE_BEGUN
						: SOURCE_SAME);
}
END_TEST

START_TEST(another_source_needs_three_in_a_row)
{
	struct rtp_source source;

	source_init(&source);
	judge(&source, 1, 1);
	judge(&source, 1, 2);
	ck_assert_int_eq(judge(&source, 2, 7), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 8), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 1, 3), SOURCE_SAME);
	ck_assert_int_eq(judge(&source, 2, 9), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 10), SOURCE_DOUBT);
	ck_assert_int_eq(judge(&source, 2, 11), SOURCE_BEGUN);
	ck_assert_int_eq(judge(&source, 1, 4), SOURCE_DOUBT);
}
END_TEST

/* ---- addresses ------------------------------------------------------------
 */

static union address address(const char *text)
{
	union address ret;

	ck_assert_int_eq(address_parse(view_of(text), 4000, &ret), ERR_OK);
	return ret;
}

static const struct {
	const char *name, *sdp, *from;
	bool is_nat;
	int tick;
	bool is_learned;
} latches[] = {
	{"no NAT", "192.0.2.1:4000", "192.0.2.1:4002", false, 1, false},
	{"another port", "192.0.2.1:4000", "192.0.2.1:4002", true, 1, true},
	{"another host", "192.0.2.1:4000", "192.0.2.2:4000", true, 1, false},
	{"a private one", "10.0.0.1:4000", "192.0.2.2:9999", true, 1, true},
	{"a private one, no NAT", "10.0.0.1:4000", "192.0.2.2:9999", false, 1,
	 false},
	{"too late", "192.0.2.1:4000", "192.0.2.1:4002", true,
	 LATCH_LEARN_TICKS, false},
	{"just in time", "192.0.2.1:4000", "192.0.2.1:4002", true,
	 LATCH_LEARN_TICKS - 1, true},
	{"another family", "10.0.0.1:4000", "[2001:db8::1]:4000", true, 1,
	 true},
};

START_TEST(addresses_are_learned_by_rule)
{
	union address sdp = address(latches[_i].sdp),
		      from = address(latches[_i].from);
	struct latch latch;

	latch_begin(&latch, &sdp, latches[_i].is_nat, 0);
	for (unsigned seq = 0; seq < 3; seq++) {
		const struct rtp rtp = {.ssrc = 1, .seq = (uint16_t)seq};
		enum latch_verdict verdict =
			latch_judge(&latch, &from, &rtp, latches[_i].tick);

		ck_assert_msg(verdict == (latches[_i].is_learned && seq == 2
						  ? LATCH_LEARNED
						  : LATCH_FOREIGN),
			      "%s", latches[_i].name);
	}
	ck_assert(address_equal(&latch.remote,
				latches[_i].is_learned ? &from : &sdp));
}
END_TEST

START_TEST(an_address_is_learned_once)
{
	union address sdp = address("192.0.2.1:4000");
	union address a = address("192.0.2.1:4002"),
		      b = address("192.0.2.1:4004");
	struct latch latch;
	struct rtp rtp = {.ssrc = 1};

	/* Two at once, or numbers that jump: nobody. */
	latch_begin(&latch, &sdp, true, 0);
	for (; rtp.seq < 20; rtp.seq++)
		ck_assert_int_eq(
			latch_judge(&latch, rtp.seq % 3 ? &a : &b, &rtp, 1),
			LATCH_FOREIGN);
	for (; rtp.seq < 40; rtp.seq += 2)
		ck_assert_int_eq(latch_judge(&latch, &a, &rtp, 1),
				 LATCH_FOREIGN);
	for (int i = 0; i < 3; i++, rtp.seq++)
		latch_judge(&latch, &a, &rtp, 1);
	ck_assert(address_equal(&latch.remote, &a));
	for (int i = 0; i < 9; i++, rtp.seq++)
		ck_assert_int_eq(latch_judge(&latch, &b, &rtp, 2),
				 LATCH_FOREIGN);
	/* Who was heard at the address of the SDP stays. */
	latch_begin(&latch, &sdp, true, 0);
	for (int i = 0; i < 3; i++, rtp.seq++)
		latch_judge(&latch, &sdp, &rtp, 1);
	for (int i = 0; i < 9; i++, rtp.seq++)
		ck_assert_int_eq(latch_judge(&latch, &a, &rtp, 2),
				 LATCH_FOREIGN);
}
END_TEST

START_TEST(nobody_is_flooded)
{
	union address sdp = address("192.0.2.1:4000");
	union address private = address("10.0.0.1:4000");
	const struct rtp rtp = {.ssrc = 1};
	struct latch latch;

	for (unsigned in_tick = 1; in_tick <= 2; in_tick++) {
		unsigned n = 0;

		/* 10 s: of packets, and then one a second. */
		latch_begin(&latch, &sdp, false, 0);
		for (int i = 0; i < 500; i++)
			n += in_tick * latch_may_send(&latch, in_tick);
		ck_assert_uint_ge(n, 250);
		ck_assert_uint_le(n, 260);
		for (int i = 0; i < 1000; i++)
			n -= in_tick * latch_may_send(&latch, in_tick);
		ck_assert_uint_ge(n, 230);
	}
	latch_judge(&latch, &sdp, &rtp, 1);
	for (int i = 0; i < 500; i++)
		ck_assert(latch_may_send(&latch, 1));
	latch_begin(&latch, &private, true, 0);
	for (int i = 0; i < 500; i++)
		ck_assert(!latch_may_send(&latch, 1));
}
END_TEST

/* Who names another port of their victim with each offer sends no more there.
 */
START_TEST(a_move_brings_no_new_packets)
{
	union address ports[] = {address("192.0.2.1:4000"),
				 address("192.0.2.1:4002")};
	const struct rtp rtp = {.ssrc = 1};
	struct latch latch;
	unsigned n = 0;

	latch_begin(&latch, &ports[0], false, 0);
	for (int tick = 1; tick <= 6000; tick++) {
		if (tick % 100 == 0)
			latch_move(&latch, &ports[tick / 100 % 2], false, tick);
		n += latch_may_send(&latch, 1);
	}
	ck_assert_uint_ge(n, 250);
	ck_assert_uint_le(n, 250 + 6000 / 50);
	/* Who was heard for as long as it takes may move and be silent. */
	latch_judge(&latch, &ports[0], &rtp, 6000);
	for (int tick = 0; tick < 250 * 50; tick++)
		ck_assert(latch_may_send(&latch, 1));
	latch_move(&latch, &ports[1], false, 0);
	for (int tick = 0; tick < 250; tick++)
		ck_assert(latch_may_send(&latch, 1));
	ck_assert(!latch_may_send(&latch, 1));
}
END_TEST

/* ---- keys ------------------------------------------------------------------
 */

static bool key(struct telephone_event *last, const char *payload,
		uint32_t timestamp, unsigned *ret)
{
	const struct rtp rtp = {.ssrc = 1,
				.timestamp = timestamp,
				.payload = (const uint8_t *)payload,
				.payload_len = 4};

	return telephone_event_take(last, &rtp, ret);
}

START_TEST(a_key_is_told_once)
{
	struct telephone_event last = {0};
	unsigned which = 99;

	ck_assert(key(&last, "\5\x0a\0\xa0", 100, &which));
	ck_assert_uint_eq(which, 5);
	ck_assert(!key(&last, "\5\x0a\1\x40", 100, &which));
	for (int i = 0; i < 3; i++)
		ck_assert(!key(&last, "\5\x8a\1\xe0", 100, &which));
	ck_assert(key(&last, "\5\x0a\0\xa0", 2000, &which));
	ck_assert(!key(&last, "\5\x8a\1\xe0", 100, &which)); /* late */
	ck_assert(key(&last, "\x0b\x8a\0\xa0", 4000, &which));
	ck_assert_uint_eq(which, 11);
	ck_assert_int_eq(media_key_char(which), '#');
	ck_assert(!key(&last, "\x10\x0a\0\xa0", 9000, &which)); /* flash */
	ck_assert_int_eq(media_key_char(99), '?');
}
END_TEST

/* RFC 4733 section 2.5.1.3: held for 20 s. */
START_TEST(a_long_key_is_one)
{
	struct telephone_event last = {0};
	unsigned which, n = 0;

	for (uint32_t segment = 0; segment < 3; segment++) {
		uint32_t at = 70000 + segment * 0xffff;

		n += key(&last, "\1\x0a\x10\0", at, &which);
		n += key(&last, "\1\x0a\xff\xff", at, &which);
	}
	ck_assert_uint_eq(n, 1);
	/* After the end a new one may begin there. */
	n += key(&last, "\1\x8a\xff\xff", 70000 + 2 * 0xffff, &which);
	n += key(&last, "\1\x0a\x10\0", 70000 + 3 * 0xffff, &which);
	ck_assert_uint_eq(n, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media_rtp");
	TCase *tcase = tcase_create("packets");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, headers, 0,
			    (int)(sizeof(packets) / sizeof(packets[0])));
	tcase_add_test(tcase, what_is_written_can_be_read);
	tcase_add_loop_test(tcase, reports, 0,
			    (int)(sizeof(compounds) / sizeof(compounds[0])));
	tcase_add_test(tcase, one_port_for_both);
	tcase_add_test(tcase, a_source_proves_itself);
	tcase_add_test(tcase, a_source_wraps);
	tcase_add_test(tcase, another_source_needs_three_in_a_row);
	tcase_add_loop_test(tcase, addresses_are_learned_by_rule, 0,
			    (int)(sizeof(latches) / sizeof(latches[0])));
	tcase_add_test(tcase, an_address_is_learned_once);
	tcase_add_test(tcase, nobody_is_flooded);
	tcase_add_test(tcase, a_move_brings_no_new_packets);
	tcase_add_test(tcase, a_key_is_told_once);
	tcase_add_test(tcase, a_long_key_is_one);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
