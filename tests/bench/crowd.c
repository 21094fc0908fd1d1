#include "tests/bench/crowd.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/media/g711.h"

#define HEADER 12
#define SAMPLES (CROWD_PACKET - HEADER)
#define LOOP 5	       /* packets in which all tones have whole periods */
#define AMPLITUDE 2266 /* -20 dBm0 */

struct voice {
	int fd;
	struct sockaddr_in address;
	uint8_t packet[CROWD_PACKET];
	uint8_t loop[LOOP][SAMPLES];
	uint16_t next; /* sequence number that is to come */
	bool has_heard;
};

struct crowd {
	unsigned n, place;
	struct crowd_counts counts;
	struct voice voices[];
};

/* Multiples of 10 Hz, each in a group another one. */
static void tune(struct voice *voice, unsigned i, unsigned group)
{
	double hertz = 400 + 70 * (i % group);
	double amplitude = i % group < CROWD_TALKERS ? AMPLITUDE : 0;
	int16_t samples[LOOP * SAMPLES];

	for (int s = 0; s < LOOP * SAMPLES; s++)
		samples[s] = (int16_t)lrint(amplitude *
					    sin(2 * M_PI * hertz * s / 8000));
	g711_encode(G711_MU_LAW, samples, LOOP * SAMPLES, voice->loop[0]);
	voice->packet[0] = 0x80;
	memcpy(voice->packet + 8, &i, sizeof(i)); /* SSRC */
}

static void open_socket(struct voice *voice, const char *host)
{
	socklen_t len = sizeof(voice->address);
	int size = 1 << 16;

	voice->address.sin_family = AF_INET;
	voice->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	setsockopt(voice->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (inet_pton(AF_INET, host, &voice->address.sin_addr) != 1 ||
	    bind(voice->fd, (struct sockaddr *)&voice->address, len) != 0 ||
	    getsockname(voice->fd, (struct sockaddr *)&voice->address, &len) !=
		    0) {
		perror("crowd: a socket");
		exit(2);
	}
}

struct crowd *crowd_new(const char *host, unsigned n, unsigned group)
{
	struct crowd *crowd =
		calloc(1, sizeof(*crowd) + n * sizeof(struct voice));

	if (!crowd)
		abort();
	g711_open();
	crowd->n = n;
	for (unsigned i = 0; i < n; i++) {
		open_socket(&crowd->voices[i], host);
		tune(&crowd->voices[i], i, group);
	}
	return crowd;
}

void crowd_free(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->n; i++)
		close(crowd->voices[i].fd);
	free(crowd);
}

const struct sockaddr_in *crowd_address(const struct crowd *crowd, unsigned i)
{
	return &crowd->voices[i].address;
}

void crowd_connect(struct crowd *crowd, unsigned i,
		   const struct sockaddr_in *to)
{
	if (connect(crowd->voices[i].fd, (const struct sockaddr *)to,
		    sizeof(*to)) != 0) {
		perror("crowd: connect");
		exit(2);
	}
}

static void put(uint8_t *at, uint64_t value, int bytes)
{
	while (bytes-- > 0)
		*at++ = (uint8_t)(value >> (8 * bytes));
}

void crowd_talk(struct crowd *crowd)
{
	unsigned place = crowd->place++;

	for (unsigned i = 0; i < crowd->n; i++) {
		struct voice *voice = &crowd->voices[i];

		put(voice->packet + 2, place, 2);
		put(voice->packet + 4, (uint64_t)place * SAMPLES, 4);
		memcpy(voice->packet + HEADER, voice->loop[place % LOOP],
		       SAMPLES);
		crowd->counts.n_sent += send(voice->fd, voice->packet,
					     CROWD_PACKET, 0) == CROWD_PACKET;
	}
}

/* RTCP is told by its second byte (RFC 5761 section 4). */
static void hear(struct crowd *crowd, struct voice *voice, const uint8_t *bytes)
{
	uint16_t seq = (uint16_t)(bytes[2] << 8 | bytes[3]);

	if (bytes[1] >= 192 && bytes[1] <= 223)
		return;
	if (voice->has_heard)
		crowd->counts.n_lost += (uint16_t)(seq - voice->next);
	voice->has_heard = true;
	voice->next = (uint16_t)(seq + 1);
	crowd->counts.n_received++;
}

void crowd_listen(struct crowd *crowd)
{
	uint8_t bytes[1500];

	for (unsigned i = 0; i < crowd->n; i++)
		while (recv(crowd->voices[i].fd, bytes, sizeof(bytes), 0) >=
		       HEADER)
			hear(crowd, &crowd->voices[i], bytes);
}

struct crowd_counts crowd_counts(const struct crowd *crowd)
{
	return crowd->counts;
}
