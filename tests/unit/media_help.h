/*
 * media_help -- phones on loopback sockets that play a tone and listen, and
 * how loud a tone is in what they hear.
 */
#ifndef VOLENS_TESTS_UNIT_MEDIA_HELP_H
#define VOLENS_TESTS_UNIT_MEDIA_HELP_H

#include "server/media/engine.h"
#include "server/media/mix.h"
#include "server/media/ports.h"
#include "server/media/rtp.h"

#define PHONE_HEARD 40000 /**< samples that are kept: 5 s */
#define PHONE_TONE 2317.0 /**< amplitude: -20 dB of full scale, -16.9 dBm0 */

struct phone {
	int fd;
	union address local; /**< of its socket */
	union address mixer; /**< where it sends to */
	struct rtp rtp;	     /**< header of its next packet */
	double hertz, amplitude, phase;
	bool is_a_law;
	unsigned ms; /**< of a packet it sends */
	int16_t heard[PHONE_HEARD];
	size_t n_heard;
	unsigned n_packets, n_marked, n_gaps; /**< that came; lost ones */
	unsigned n_reports;
	struct rtcp report; /**< the last */
	struct rtp last;
};

/** @p hertz 0: silence. */
void phone_open(struct phone *phone, double hertz);
void phone_close(struct phone *phone);
/** A packet of its tone; the phone's clock goes on. */
size_t phone_packet(struct phone *phone, uint8_t ret[RTP_PACKET_MAX]);
void phone_send(struct phone *phone);
/** Bytes as they are. */
void phone_send_bytes(struct phone *phone, const void *at, size_t len);
/** Take what has come. */
void phone_listen(struct phone *phone);
void phone_forget(struct phone *phone);
/** Offer and answer with this phone. */
struct mixer_session phone_session(const struct phone *phone);

/** Amplitude of a tone, over all that was heard but the first @p skip. */
double tone_in(const struct phone *phone, double hertz, size_t skip);
/** How much stronger the tone is than all else, in dB, by pieces of 100 ms:
 * whole periods of @p hertz; the phase may jump between two of them. */
double tone_over_noise_db(const struct phone *phone, double hertz, size_t skip);
/** In dB beside PHONE_TONE. */
double tone_db(const struct phone *phone, double hertz, size_t skip);

/* An engine without a thread: its ticks are the test's, so that nothing depends
 * on the load of the machine. */
struct studio {
	struct engine *engine;
	struct ports ports;
	struct media_event events[64];
	unsigned n_events;
	uint64_t next_id;
};
void studio_open(struct studio *studio);
void studio_close(struct studio *studio);
/** A participant with a port, to which @p phone will send. */
uint64_t studio_add(struct studio *studio, unsigned conference,
		    struct phone *phone);
/** As studio_add(), answered. */
uint64_t studio_join(struct studio *studio, unsigned conference,
		     struct phone *phone);
/** All phones send, one tick, all phones listen; so many times. */
void studio_run(struct studio *studio, struct phone **phones, unsigned n,
		unsigned ticks);
unsigned studio_count(const struct studio *studio, enum media_event_kind kind);

#endif
