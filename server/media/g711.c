#include "server/media/g711.h"

#include <pthread.h>

#define MU_LAW_BIAS 132	 /* 33 of 14 bits */
#define MU_LAW_MAX 32635 /* the last decision value, 8159 of 14 bits */

static int16_t linear[G711_LAWS][256];
static uint8_t code[G711_LAWS][65536]; /* by the sample as uint16_t */

/* The number of the segment whose upper end is the first above @p value. */
static int segment(int value)
{
	int n = 0;

	while (n < 7 && value >= 256 << n)
		n++;
	return n;
}

static int16_t mu_law_decode(uint8_t byte)
{
	int bits = ~byte & 0xff;
	int value = (((bits & 0x0f) << 3) + MU_LAW_BIAS) << (bits >> 4 & 7);

	return (int16_t)(bits & 0x80 ? MU_LAW_BIAS - value
				     : value - MU_LAW_BIAS);
}

static int16_t a_law_decode(uint8_t byte)
{
	int bits = byte ^ 0x55, exponent = bits >> 4 & 7;
	int value = ((bits & 0x0f) << 4) + 8;

	if (exponent > 0)
		value = (value + 256) << (exponent - 1);
	return (int16_t)(bits & 0x80 ? value : -value);
}

static uint8_t mu_law_encode(int sample)
{
	int value = sample < 0 ? ~sample : sample, exponent;

	value = (value < MU_LAW_MAX ? value : MU_LAW_MAX) + MU_LAW_BIAS;
	exponent = segment(value);
	return (uint8_t) ~((sample < 0 ? 0x80 : 0) | exponent << 4 |
			   (value >> (exponent + 3) & 0x0f));
}

static uint8_t a_law_encode(int sample)
{
	int value = sample < 0 ? ~sample : sample, exponent = segment(value);
	int shift = exponent > 0 ? exponent + 3 : 4;

	return (uint8_t)(((sample < 0 ? 0 : 0x80) | exponent << 4 |
			  (value >> shift & 0x0f)) ^
			 0x55);
}

static void fill(void)
{
	for (int i = 0; i < 256; i++) {
		linear[G711_MU_LAW][i] = mu_law_decode((uint8_t)i);
		linear[G711_A_LAW][i] = a_law_decode((uint8_t)i);
	}
	for (int i = -32768; i < 32768; i++) {
		code[G711_MU_LAW][(uint16_t)i] = mu_law_encode(i);
		code[G711_A_LAW][(uint16_t)i] = a_law_encode(i);
	}
}

void g711_open(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fill);
}

void g711_decode(enum g711_law law, const uint8_t *codes, size_t n,
		 int16_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = linear[law][codes[i]];
}

void g711_encode(enum g711_law law, const int16_t *samples, size_t n,
		 uint8_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = code[law][(uint16_t)samples[i]];
}
