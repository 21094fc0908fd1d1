/*
 * g711 -- both laws of ITU-T G.711, by tables.
 *
 * Samples are 16 bits, 8,000 a second; a code is one byte.  The tables are
 * filled once, by whoever comes first, and only read afterwards.
 */
#ifndef VOLENS_SERVER_MEDIA_G711_H
#define VOLENS_SERVER_MEDIA_G711_H

#include <stddef.h>
#include <stdint.h>

enum g711_law { G711_MU_LAW, G711_A_LAW, G711_LAWS };

/** Fill the tables; any thread, as often as one likes, before the next two. */
void g711_open(void);
void g711_decode(enum g711_law law, const uint8_t *codes, size_t n,
		 int16_t *ret);
void g711_encode(enum g711_law law, const int16_t *samples, size_t n,
		 uint8_t *ret);

#endif
