/* Both laws against the tables of ITU-T G.711. */
#include "server/media/g711.h"

#include <check.h>
#include <math.h>

static int16_t decode(enum g711_law law, uint8_t byte)
{
	int16_t sample;

	g711_decode(law, &byte, 1, &sample);
	return sample;
}

static uint8_t encode(enum g711_law law, int sample)
{
	int16_t one = (int16_t)sample;
	uint8_t byte;

	g711_encode(law, &one, 1, &byte);
	return byte;
}

/* Values of tables 1a, 1b, 2a and 2b, scaled to 16 bits: 8 for one of 4,096
 * (A-law), 4 for one of 8,159 (mu-law). */
static const struct {
	enum g711_law law;
	uint8_t code;
	int value;
} values[] = {
	{G711_A_LAW, 0xd5, 8},	       {G711_A_LAW, 0x55, -8},
	{G711_A_LAW, 0xd4, 24},	       {G711_A_LAW, 0xc5, 33 * 8},
	{G711_A_LAW, 0xf5, 66 * 8},    {G711_A_LAW, 0xe5, 132 * 8},
	{G711_A_LAW, 0x95, 264 * 8},   {G711_A_LAW, 0x85, 528 * 8},
	{G711_A_LAW, 0xb5, 1056 * 8},  {G711_A_LAW, 0xa5, 2112 * 8},
	{G711_A_LAW, 0xaa, 4032 * 8},  {G711_A_LAW, 0x2a, -4032 * 8},
	{G711_MU_LAW, 0xff, 0},	       {G711_MU_LAW, 0x7f, 0},
	{G711_MU_LAW, 0xfe, 2 * 4},    {G711_MU_LAW, 0xef, 33 * 4},
	{G711_MU_LAW, 0xdf, 99 * 4},   {G711_MU_LAW, 0xcf, 231 * 4},
	{G711_MU_LAW, 0xbf, 495 * 4},  {G711_MU_LAW, 0xaf, 1023 * 4},
	{G711_MU_LAW, 0x9f, 2079 * 4}, {G711_MU_LAW, 0x8f, 4191 * 4},
	{G711_MU_LAW, 0x80, 8031 * 4}, {G711_MU_LAW, 0x00, -8031 * 4},
};

START_TEST(values_of_the_tables)
{
	ck_assert_int_eq(decode(values[_i].law, values[_i].code),
			 values[_i].value);
}
END_TEST

/* The value of a code is in the middle between its decision values: columns 6
 * and 8 of the tables.  Nought of mu-law and what is overloaded differ. */
START_TEST(values_are_in_the_middle)
{
	enum g711_law law = (enum g711_law)_i;
	int from = -32768, n = 0;

	for (int sample = -32767; sample < 32768; sample++) {
		int code = encode(law, sample - 1);
		int value = decode(law, (uint8_t)code);

		if (code == encode(law, sample))
			continue;
		if (from > -32768 && value != 0)
			ck_assert_msg(abs(from + sample - 2 * value) <= 1, "%d",
				      value);
		ck_assert_int_le(value, decode(law, encode(law, sample)));
		from = sample;
		n++;
	}
	ck_assert_int_eq(n, 255);
}
END_TEST

START_TEST(codes_survive)
{
	enum g711_law law = (enum g711_law)_i;

	for (int code = 0; code < 256; code++)
		if (law == G711_A_LAW || code != 0x7f) /* minus nought */
			ck_assert_int_eq(
				encode(law, decode(law, (uint8_t)code)), code);
	ck_assert_int_eq(encode(G711_MU_LAW, 32767), 0x80);
	ck_assert_int_eq(encode(G711_MU_LAW, -32768), 0x00);
	ck_assert_int_eq(encode(G711_A_LAW, 32767), 0xaa);
	ck_assert_int_eq(encode(G711_A_LAW, -32768), 0x2a);
}
END_TEST

/* Tables 5 and 6: 1 kHz at 0 dBm0, whose peak is 3.14 or 3.17 dB below that of
 * the largest tone. */
START_TEST(digital_milliwatt)
{
	static const uint8_t periods[G711_LAWS][8] = {
		[G711_MU_LAW] = {0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b,
				 0x9e},
		[G711_A_LAW] = {0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1,
				0xb4}};
	int16_t samples[8];
	double square = 0;

	g711_decode((enum g711_law)_i, periods[_i], 8, samples);
	for (int i = 0; i < 8; i++)
		square += (double)samples[i] * samples[i] / 8;
	ck_assert_double_eq_tol(20 * log10(sqrt(2 * square) / 32767), -3.14,
				0.2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media_g711");
	TCase *tcase = tcase_create("g711");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_unchecked_fixture(tcase, g711_open, NULL);
	tcase_add_loop_test(tcase, values_of_the_tables, 0,
			    (int)(sizeof(values) / sizeof(values[0])));
	tcase_add_loop_test(tcase, values_are_in_the_middle, 0, G711_LAWS);
	tcase_add_loop_test(tcase, codes_survive, 0, G711_LAWS);
	tcase_add_loop_test(tcase, digital_milliwatt, 0, G711_LAWS);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
