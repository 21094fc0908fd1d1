/*
 * mixer -- what a participant of a conference costs, in CPU time of 20 ms.
 *
 *   mixer engine|bare N GROUP TICKS
 *       Lock-step: a crowd sends, the system ticks, the crowd listens, and so
 *       on, so that no lateness and no load of the machine counts.  `engine`
 *       is the mixer's; `bare` has the same sockets and system calls and
 *       nothing else: each packet is read, and one is sent.
 *   mixer live N GROUP
 *       The mixer with its threads, in real time.  Reads a line with the ports
 *       of a crowd at 127.0.3.2, writes a line with those of the participants
 *       at 127.0.3.1, and runs until its standard input ends.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/media/engine.h"
#include "server/media/mixer.h"
#include "server/media/ports.h"
#include "tests/bench/crowd.h"

#define HOST "127.0.3.1"
#define CROWD_HOST "127.0.3.2"
#define WARM_UP 100 /* ticks: all is learned, all buffers are in use */
#define PORT_FIRST 20000
#define PORT_LAST 31999 /* below those that the system hands out */

struct bench {
	unsigned n, group, ticks;
	struct crowd *crowd;
	int *fds; /* of the system */
	struct sockaddr_in *ports;
	struct engine *engine; /* NULL: bare */
};

static void fail(const char *what)
{
	fprintf(stderr, "mixer: %s\n", what);
	exit(2);
}

/* The load on the second core, the system on the first (tests/bench/README). */
static void pin(int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		fprintf(stderr, "mixer: not pinned\n");
}

static void more_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static union address host_address(const char *host, unsigned port)
{
	union address address;

	if (address_parse(view_of(host), (int)port, &address) != ERR_OK)
		fail("an address");
	return address;
}

static struct mixer_session session_to(unsigned port)
{
	return (struct mixer_session){
		.remote = host_address(CROWD_HOST, port),
		.formats = {{0, MEDIA_CODEC_PCMU}, {101, MEDIA_CODEC_EVENT}},
		.n_formats = 2,
		.ptime_ms = MEDIA_TICK_MS};
}

static unsigned port_of(const struct crowd *crowd, unsigned i)
{
	return ntohs(crowd_address(crowd, i)->sin_port);
}

/* ---- lock-step ---------------------------------------------------------- */

static void open_ports(struct bench *bench)
{
	union address host = host_address(HOST, 0);
	struct ports ports;

	if (ports_init(&ports, &host, PORT_FIRST, PORT_LAST) != ERR_OK)
		fail("a range of ports");
	bench->fds = calloc(bench->n, sizeof(*bench->fds));
	bench->ports = calloc(bench->n, sizeof(*bench->ports));
	if (!bench->fds || !bench->ports)
		abort();
	for (unsigned i = 0; i < bench->n; i++) {
		unsigned port;

		if (ports_open(&ports, &bench->fds[i], &port) != ERR_OK)
			fail("no port is free");
		bench->ports[i].sin_family = AF_INET;
		bench->ports[i].sin_port = htons((uint16_t)port);
		inet_pton(AF_INET, HOST, &bench->ports[i].sin_addr);
	}
	ports_release(&ports);
}

static void ignore(void *arg, const struct media_event *event)
{
	(void)arg;
	(void)event;
}

static void open_engine(struct bench *bench)
{
	const struct engine_settings settings = {.participants_max = bench->n,
						 .conferences_max = bench->n,
						 .talkers_max = 8,
						 .threshold_dbm0 = -50,
						 .timeout_s = 30,
						 .report = ignore};

	bench->engine = engine_new(&settings);
	for (unsigned i = 0; i < bench->n; i++) {
		struct mixer_session session =
			session_to(port_of(bench->crowd, i));

		engine_open(bench->engine, i / bench->group, i, bench->fds[i]);
		engine_connect(bench->engine, i, &session);
	}
}

/* The limit: as many system calls of the same kind, and no audio. */
static void bare_open(const struct bench *bench)
{
	for (unsigned i = 0; i < bench->n; i++)
		if (connect(bench->fds[i],
			    (const struct sockaddr *)crowd_address(bench->crowd,
								   i),
			    sizeof(struct sockaddr_in)) != 0)
			fail("connect");
}

static void bare_tick(const struct bench *bench)
{
	static uint8_t packet[CROWD_PACKET] = {0x80};
	static uint16_t seq;
	uint8_t bytes[1500];

	seq++;
	packet[2] = (uint8_t)(seq >> 8);
	packet[3] = (uint8_t)seq;
	for (unsigned i = 0; i < bench->n; i++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);

		for (int k = 0; k < 4; k++)
			if (recvfrom(bench->fds[i], bytes, sizeof(bytes),
				     MSG_DONTWAIT | MSG_TRUNC,
				     (struct sockaddr *)&from, &len) < 0)
				break;
	}
	for (unsigned i = 0; i < bench->n; i++)
		if (sendto(bench->fds[i], packet, sizeof(packet),
			   MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) < 0)
			perror("mixer: send");
}

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The other process; each writes a byte when it has done its part. */
static void serve_crowd(struct bench *bench, int line)
{
	struct crowd_counts counts;
	char byte;

	pin(1);
	for (unsigned i = 0; i < bench->n; i++)
		crowd_connect(bench->crowd, i, &bench->ports[i]);
	for (unsigned t = 0; t < WARM_UP + bench->ticks; t++) {
		crowd_talk(bench->crowd);
		if (write(line, "t", 1) != 1 || read(line, &byte, 1) != 1)
			exit(2);
		crowd_listen(bench->crowd);
	}
	counts = crowd_counts(bench->crowd);
	if (write(line, &counts, sizeof(counts)) != sizeof(counts))
		exit(2);
	exit(0);
}

static double step(struct bench *bench, int line)
{
	double spent = 0;
	char byte;

	for (unsigned t = 0; t < WARM_UP + bench->ticks; t++) {
		double begin;

		if (read(line, &byte, 1) != 1)
			fail("the crowd ended");
		begin = cpu_us();
		if (bench->engine)
			engine_tick(bench->engine, 1);
		else
			bare_tick(bench);
		if (t >= WARM_UP)
			spent += cpu_us() - begin;
		if (write(line, "t", 1) != 1)
			fail("the crowd ended");
	}
	return spent;
}

static void tell(const struct bench *bench, double spent, int line)
{
	uint64_t wanted = (uint64_t)bench->n * (WARM_UP + bench->ticks);
	struct crowd_counts counts;

	if (read(line, &counts, sizeof(counts)) != sizeof(counts))
		fail("the crowd ended");
	printf("{\"us_each\": %.3f, \"n\": %u, \"group\": %u, \"sent\": %llu,"
	       " \"received\": %llu, \"lost\": %llu, \"void\": %s}\n",
	       spent / bench->n / bench->ticks, bench->n, bench->group,
	       (unsigned long long)counts.n_sent,
	       (unsigned long long)counts.n_received,
	       (unsigned long long)counts.n_lost,
	       counts.n_sent == wanted && counts.n_lost == 0 &&
			       counts.n_received + bench->n * 10 >= wanted
		       ? "false"
		       : "true");
}

static void lock_step(struct bench *bench, bool is_bare)
{
	int line[2];
	pid_t child;

	bench->crowd = crowd_new(CROWD_HOST, bench->n, bench->group);
	open_ports(bench);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
		fail("socketpair");
	child = fork();
	if (child == 0) {
		close(line[0]);
		serve_crowd(bench, line[1]);
	}
	close(line[1]);
	pin(0);
	if (is_bare)
		bare_open(bench);
	else
		open_engine(bench);
	tell(bench, step(bench, line[0]), line[0]);
	waitpid(child, NULL, 0);
}

/* ---- in real time ------------------------------------------------------- */

static void over(void *arg, uint32_t events)
{
	(void)events;
	loop_stop(arg);
}

static unsigned next_port(void)
{
	unsigned port;

	if (scanf("%u", &port) != 1)
		fail("the ports of the crowd");
	return port;
}

static void gather(const struct bench *bench, struct mixer *mixer)
{
	uint64_t conference = 0, id;

	for (unsigned i = 0; i < bench->n; i++) {
		struct mixer_session session = session_to(next_port());
		union address local;

		if (i % bench->group == 0 &&
		    mixer_conference_open(mixer, &conference) != ERR_OK)
			fail("a conference");
		if (mixer_open(mixer, conference, &id, &local) != ERR_OK ||
		    mixer_connect(mixer, id, &session) != ERR_OK)
			fail("a participant");
		printf("%d ", address_port(&local));
	}
	while (getchar() != '\n')
		;
	printf("\n");
	fflush(stdout);
}

static void live(const struct bench *bench)
{
	struct loop *loop = loop_new();
	struct loop_watch input = {.fd = STDIN_FILENO,
				   .events = EPOLLIN,
				   .ready = over,
				   .arg = loop};
	const struct mixer_settings settings = {
		.loop = loop,
		.address = host_address(HOST, 0),
		.port_first = PORT_FIRST,
		.port_last = PORT_LAST,
		.participants_max = bench->n,
		.conferences_max = bench->n,
		.participants_per_conference = bench->group,
		.talkers_max = 8,
		.threshold_dbm0 = -50,
		.timeout_s = 30,
		.event = ignore};
	struct mixer_gauges gauges;
	struct mixer *mixer;

	pin(0);
	if (mixer_new(&settings, &mixer) != ERR_OK)
		fail("the mixer");
	gather(bench, mixer);
	if (loop_watch_add(loop, &input) != ERR_OK)
		fail("standard input is no pipe");
	loop_run(loop);
	mixer_measure_all(mixer, &gauges);
	printf("{\"late_ticks\": %llu, \"threads\": %u}\n",
	       (unsigned long long)gauges.n_late_ticks, gauges.n_threads);
	mixer_free(mixer);
	loop_finish(loop);
	loop_free(loop);
}

int main(int argc, char **argv)
{
	struct bench bench = {0};

	if (argc < 4)
		fail("engine|bare N GROUP TICKS, or live N GROUP");
	more_descriptors();
	bench.n = (unsigned)strtoul(argv[2], NULL, 10);
	bench.group = (unsigned)strtoul(argv[3], NULL, 10);
	bench.ticks = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 500;
	if (bench.n == 0 || bench.group == 0 || bench.ticks == 0)
		fail("a number is 0");
	if (strcmp(argv[1], "live") == 0)
		live(&bench);
	else
		lock_step(&bench, strcmp(argv[1], "bare") == 0);
	return 0;
}
