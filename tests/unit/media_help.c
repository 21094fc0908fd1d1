#include "tests/unit/media_help.h"

#include <check.h>
#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/media/g711.h"

static uint32_t next_ssrc = 0x1000;

void phone_open(struct phone *phone, double hertz)
{
	socklen_t len = sizeof(phone->local);
	int buffer = 1 << 20;

	g711_open();
	*phone = (struct phone){.hertz = hertz,
				.amplitude = PHONE_TONE,
				.ms = 20,
				.rtp = {.ssrc = next_ssrc++,
					.seq = 65530, /* wraps soon */
					.timestamp = 0xffffff00}};
	phone->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	setsockopt(phone->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	ck_assert_int_eq(address_parse(VIEW("127.0.0.1"), 0, &phone->local), 0);
	ck_assert_int_eq(
		bind(phone->fd, &phone->local.any, address_len(&phone->local)),
		0);
	getsockname(phone->fd, &phone->local.any, &len);
}

void phone_close(struct phone *phone)
{
	close(phone->fd);
}

size_t phone_packet(struct phone *phone, uint8_t ret[RTP_PACKET_MAX])
{
	size_t n = phone->ms * 8;
	int16_t samples[1200];

	for (size_t i = 0; i < n; i++) {
		samples[i] = (int16_t)lrint(
			phone->hertz > 0 ? phone->amplitude * sin(phone->phase)
					 : 0);
		phone->phase += 2 * M_PI * phone->hertz / 8000;
	}
	phone->rtp.payload_type = phone->is_a_law ? 8 : 0;
	rtp_write(&phone->rtp, ret);
	g711_encode(phone->is_a_law ? G711_A_LAW : G711_MU_LAW, samples, n,
		    ret + RTP_HEADER_LEN);
	phone->rtp.seq++;
	phone->rtp.timestamp += (uint32_t)n;
	return RTP_HEADER_LEN + n;
}

void phone_send_bytes(struct phone *phone, const void *at, size_t len)
{
	sendto(phone->fd, at, len, 0, &phone->mixer.any,
	       address_len(&phone->mixer));
}

void phone_send(struct phone *phone)
{
	uint8_t packet[RTP_PACKET_MAX];
	size_t len = phone_packet(phone, packet);

	phone_send_bytes(phone, packet, len);
}

static void hear(struct phone *phone, const struct rtp *rtp)
{
	ck_assert_uint_eq(rtp->payload_type, phone->is_a_law ? 8 : 0);
	if (phone->n_packets > 0) {
		ck_assert_uint_eq(rtp->ssrc, phone->last.ssrc);
		phone->n_gaps += rtp->seq != (uint16_t)(phone->last.seq + 1);
	}
	phone->last = *rtp;
	phone->n_packets++;
	phone->n_marked += rtp->is_marked;
	if (phone->n_heard + rtp->payload_len > PHONE_HEARD)
		return;
	g711_decode(phone->is_a_law ? G711_A_LAW : G711_MU_LAW, rtp->payload,
		    rtp->payload_len, phone->heard + phone->n_heard);
	phone->n_heard += rtp->payload_len;
}

void phone_listen(struct phone *phone)
{
	uint8_t bytes[RTP_PACKET_MAX];
	ssize_t len;

	while ((len = recv(phone->fd, bytes, sizeof(bytes), 0)) >= 0) {
		struct rtp rtp;

		if (rtcp_is_it(bytes, (size_t)len)) {
			ck_assert_int_eq(rtcp_read(bytes, (size_t)len,
						   phone->rtp.ssrc,
						   &phone->report),
					 ERR_OK);
			phone->n_reports++;
			continue;
		}
		ck_assert_int_eq(rtp_read(bytes, (size_t)len, &rtp), ERR_OK);
		hear(phone, &rtp);
	}
}

void phone_forget(struct phone *phone)
{
	phone->n_heard = 0;
	phone->n_packets = phone->n_marked = phone->n_gaps = 0;
}

struct mixer_session phone_session(const struct phone *phone)
{
	return (struct mixer_session){
		.remote = phone->local,
		.formats = {{phone->is_a_law ? 8 : 0,
			     phone->is_a_law ? MEDIA_CODEC_PCMA
					     : MEDIA_CODEC_PCMU},
			    {101, MEDIA_CODEC_EVENT}},
		.n_formats = 2,
		.ptime_ms = 20};
}

/* Goertzel's filter, for one frequency, behind a window of Hann: other tones do
 * not leak into it. */
double tone_in(const struct phone *phone, double hertz, size_t skip)
{
	double w = 2 * M_PI * hertz / 8000, c = 2 * cos(w), a = 0, b = 0;
	size_t n = phone->n_heard > skip ? phone->n_heard - skip : 0;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		double window = 1 - cos(2 * M_PI * (double)i / (double)n);
		double next = window * phone->heard[skip + i] + c * a - b;

		b = a;
		a = next;
	}
	return 2 * sqrt(fabs(a * a + b * b - c * a * b)) / (double)n;
}

double tone_over_noise_db(const struct phone *phone, double hertz, size_t skip)
{
	const size_t piece = 800;
	double tone = 0, all = 0;

	for (; skip + piece <= phone->n_heard; skip += piece) {
		double in = 0, out = 0;

		for (size_t i = 0; i < piece; i++) {
			double x = phone->heard[skip + i];

			in += x * sin(2 * M_PI * hertz * (double)i / 8000);
			out += x * cos(2 * M_PI * hertz * (double)i / 8000);
			all += x * x;
		}
		tone += (in * in + out * out) * 2 / (double)piece;
	}
	return 10 * log10(tone / (all - tone));
}

double tone_db(const struct phone *phone, double hertz, size_t skip)
{
	return 20 * log10(tone_in(phone, hertz, skip) / PHONE_TONE + 1e-9);
}

static void studio_event(void *arg, const struct media_event *event)
{
	struct studio *studio = arg;

	if (studio->n_events < 64)
		studio->events[studio->n_events++] = *event;
}

void studio_open(struct studio *studio)
{
	union address address;
	const struct engine_settings settings = {.participants_max = 1024,
						 .conferences_max = 64,
						 .talkers_max = 8,
						 .threshold_dbm0 = -50,
						 .timeout_s = 30,
						 .report = studio_event,
						 .arg = studio};

	*studio = (struct studio){.next_id = UINT64_C(1) << 32};
	ck_assert_int_eq(address_parse(VIEW("127.0.0.1"), 0, &address), 0);
	ck_assert_int_eq(ports_init(&studio->ports, &address, 20000, 31999), 0);
	studio->ports.cursor = (unsigned)getpid() % studio->ports.n;
	studio->engine = engine_new(&settings);
}

void studio_close(struct studio *studio)
{
	engine_free(studio->engine);
	ports_release(&studio->ports);
}

uint64_t studio_add(struct studio *studio, unsigned conference,
		    struct phone *phone)
{
	uint64_t id = studio->next_id++;
	unsigned port;
	int fd;

	ck_assert_int_eq(ports_open(&studio->ports, &fd, &port), ERR_OK);
	phone->mixer = studio->ports.address;
	address_set_port(&phone->mixer, (int)port);
	engine_open(studio->engine, conference, id, fd);
	return id;
}

uint64_t studio_join(struct studio *studio, unsigned conference,
		     struct phone *phone)
{
	const struct mixer_session session = phone_session(phone);
	uint64_t id = studio_add(studio, conference, phone);

	engine_connect(studio->engine, id, &session);
	return id;
}

void studio_run(struct studio *studio, struct phone **phones, unsigned n,
		unsigned ticks)
{
	for (unsigned t = 0; t < ticks; t++) {
		for (unsigned i = 0; i < n; i++)
			if (t % (phones[i]->ms / 20 ? phones[i]->ms / 20 : 1) ==
			    0)
				phone_send(phones[i]);
		engine_tick(studio->engine, 1);
		for (unsigned i = 0; i < n; i++)
			phone_listen(phones[i]);
	}
}

unsigned studio_count(const struct studio *studio, enum media_event_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < studio->n_events; i++)
		n += studio->events[i].kind == kind;
	return n;
}
