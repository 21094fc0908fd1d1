/*
 * load -- sender and sink in one: MESSAGE lists in a closed loop with a window,
 * or offered at a rate.
 *
 * Sends lists, answers what arrives, and checks that every recipient got
 * exactly what it should.  One line of JSON at the end; a run with more than
 * 0.1 per cent of retransmissions or losses says so ("void": true).
 *
 *   load -t SUT -f FROM -s SINK [-l LENGTH] [-w WINDOW] [-d SECONDS]
 *        [-n LISTS]        at most so many, whatever the time
 *        [-p POPULATION]   recipients r0 to r<POPULATION - 1>, in turn
 *        [-o RATE]         open loop: lists a second
 *        [-x xml|lines] [-r REQUEST-URI] [-a ASSERTED] [-e STATUS]
 *        [-m]              the last entry of each list never said yes
 *        [-B MAX-BREADTH] [-q SECONDS-THE-SINK-IS-SILENT] [-T]  (TCP)
 *        [-S tcp|FILE]     the sink is one of streams: TCP, or TLS with the
 *                          certificate and key of FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/load.h"

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/** Milliseconds; lists that were never over count nothing. */
static double percentile(int64_t *values, long n, double part)
{
	long zeros = 0;

	qsort(values, (size_t)n, sizeof(*values), by_size);
	while (zeros < n && values[zeros] == 0)
		zeros++;
	values += zeros;
	n -= zeros;
	return n ? (double)values[(long)((double)(n - 1) * part)] / 1e6 : 0;
}

static double cpu_seconds(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int is_void(const struct load *load)
{
	const struct tally *tally = &load->tally;
	uint64_t all = (uint64_t)load->done * load->length;
	uint64_t bad =
		tally->repeats + tally->resent + tally->lost + tally->wrong;

	return load->done == 0 || bad * 1000 > all || load->done < load->next;
}

static void report(struct load *load)
{
	const struct tally *tally = &load->tally;
	double wall = (double)(load->over_ns - load->begin_ns) / 1e9;
	int ran_out = load->over_ns > load->end_ns;
	double timely = ran_out ? load->seconds : wall;

	printf("{\"lists\":%ld,\"done\":%ld,\"length\":%u,\"seconds\":%.4f,"
	       "\"recipients\":%llu,\"recipients_per_s\":%.1f,"
	       "\"lists_per_s\":%.1f,",
	       load->next, load->done, load->length, wall,
	       (unsigned long long)tally->delivered,
	       (double)(ran_out ? tally->in_time : tally->delivered) / timely,
	       (double)load->done / wall);
	printf("\"answer_ms_p50\":%.3f,\"answer_ms_p99\":%.3f,"
	       "\"last_ms_p50\":%.3f,\"last_ms_p99\":%.3f,\"cpu_s\":%.3f,",
	       percentile(load->answer_ns, load->next, 0.5),
	       percentile(load->answer_ns, load->next, 0.99),
	       percentile(load->last_ns, load->next, 0.5),
	       percentile(load->last_ns, load->next, 0.99), cpu_seconds());
	printf("\"repeats\":%llu,\"resent\":%llu,\"lost\":%llu,\"wrong\":%llu,"
	       "\"shed\":%llu,\"shed_barely\":%llu,\"held\":%llu,\"void\":%s}"
	       "\n",
	       (unsigned long long)tally->repeats,
	       (unsigned long long)tally->resent,
	       (unsigned long long)tally->lost,
	       (unsigned long long)tally->wrong,
	       (unsigned long long)tally->shed,
	       (unsigned long long)tally->shed_barely,
	       (unsigned long long)tally->held,
	       is_void(load) ? "true" : "false");
}

static unsigned number(const char *text, unsigned most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || value == 0 || value > most) {
		fprintf(stderr, "not a number from 1 to %u: %s\n", most, text);
		exit(2);
	}
	return (unsigned)value;
}

static double span(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (*end || value <= 0 || value > 1e7) {
		fprintf(stderr, "not a positive number: %s\n", text);
		exit(2);
	}
	return value;
}

static void option(struct load *load, int c)
{
	switch (c) {
	case 't':
		load->sut = address_of(optarg);
		break;
	case 'f':
		load->from = address_of(load->from_text = optarg);
		break;
	case 's':
		load->sink = address_of(load->sink_text = optarg);
		break;
	case 'n':
		load->lists = number(optarg, 100000000);
		break;
	case 'l':
		load->length = number(optarg, 100000);
		break;
	case 'w':
		load->window = number(optarg, WINDOW_MAX);
		break;
	case 'p':
		load->population = number(optarg, 100000000);
		break;
	case 'o':
		load->rate = span(optarg);
		break;
	case 'x':
		load->format =
			strcmp(optarg, "lines") == 0 ? LIST_LINES : LIST_XML;
		break;
	case 'r':
		load->uri = optarg;
		break;
	case 'a':
		load->asserted = optarg;
		break;
	case 'B':
		load->breadth = number(optarg, 100000);
		break;
	case 'q':
		load->silent_s = span(optarg);
		break;
	case 'm':
		load->has_stranger = 1;
		break;
	case 'T':
		load->is_tcp = 1;
		break;
	case 'S':
		load->has_streams = 1;
		load->certificate = strcmp(optarg, "tcp") ? optarg : NULL;
		break;
	case 'd':
		load->seconds = span(optarg);
		break;
	case 'e':
		load->expect = number(optarg, 699);
		break;
	default:
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct load load = {
		.lists = 4000000,
		.length = 1,
		.window = 64,
		.population = 1000000,
		.uri = "sip:lists@127.0.3.1",
		.asserted = "sip:load@127.0.3.1",
		.seconds = 2,
		.expect = 202,
	};
	int c;

	while ((c = getopt(argc, argv, "t:f:s:n:l:w:p:o:x:r:a:B:q:S:Tmd:e:")) !=
	       -1)
		option(&load, c);
	if (!load.from_text || !load.sink_text || !load.sut.sin_port ||
	    load.population < load.length) {
		fprintf(stderr,
			"load: -t, -f and -s are needed; -p at least -l\n");
		return 2;
	}
	load_open(&load);
	load_run(&load);
	report(&load);
	return 0;
}
