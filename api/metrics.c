#include "config.h"

#include "api/handlers.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PREFIX "volensd_"
#define TYPE "text/plain; version=0.0.4; charset=utf-8"

/** A row of the tables in counters.h. */
struct metric {
	const char *name, *labels, *help;
};

#define METRIC(id, metric, labels, help) [id] = {metric, labels, help},
static const struct metric counter_rows[] = {COUNTERS(METRIC)};
static const struct metric gauge_rows[] = {GAUGES(METRIC)};
static const struct metric histogram_rows[] = {HISTOGRAMS(METRIC)};
#undef METRIC

static void head_add(struct text *text, const char *name, const char *type,
		     const char *help)
{
	text_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		    type);
}

/** HELP and TYPE stand once, above the first sample of their name: rows of one
 *  name follow each other in the table. */
static void row_add(struct text *text, const struct metric *row,
		    const struct metric *before, const char *type)
{
	if (!before || strcmp(row->name, before->name))
		head_add(text,
			 arena_printf(text->arena, PREFIX "%s", row->name),
			 type, row->help);
	text_printf(text, PREFIX "%s", row->name);
	if (row->labels[0])
		text_printf(text, "{%s}", row->labels);
}

static void counters_add(struct text *text, struct counters *counters)
{
	for (size_t i = 0; i < COUNTER_COUNT; i++) {
		row_add(text, &counter_rows[i], i ? &counter_rows[i - 1] : NULL,
			"counter");
		text_printf(
			text, " %llu\n",
			(unsigned long long)atomic_load_explicit(
				&counters->counts[i], memory_order_relaxed));
	}
	for (size_t i = 0; i < GAUGE_COUNT; i++) {
		row_add(text, &gauge_rows[i], i ? &gauge_rows[i - 1] : NULL,
			"gauge");
		text_printf(
			text, " %lld\n",
			(long long)atomic_load_explicit(&counters->gauges[i],
							memory_order_relaxed));
	}
}

/** "{door=\"chat\"", and more of the same follows; or "{". */
static const char *labels_open(const struct metric *row, struct arena *arena)
{
	return row->labels[0] ? arena_printf(arena, "{%s,", row->labels) : "{";
}

static void buckets_add(struct text *text, const struct metric *row,
			const struct histogram_counts *counts,
			unsigned long long *ret_n)
{
	static const int64_t bounds[] = HISTOGRAM_BOUNDS;
	const char *open = labels_open(row, text->arena);
	unsigned long long n = 0;

	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		n += atomic_load_explicit(&counts->buckets[i],
					  memory_order_relaxed);
		if (i < HISTOGRAM_BUCKETS - 1)
			text_printf(text, PREFIX "%s_bucket%sle=\"%g\"} %llu\n",
				    row->name, open, (double)bounds[i] / 1e6,
				    n);
	}
	text_printf(text, PREFIX "%s_bucket%sle=\"+Inf\"} %llu\n", row->name,
		    open, n);
	*ret_n = n;
}

static void histogram_add(struct text *text, const struct metric *row,
			  const struct histogram_counts *counts)
{
	const char *labels =
		row->labels[0] ? arena_printf(text->arena, "{%s}", row->labels)
			       : "";
	unsigned long long n;

	buckets_add(text, row, counts, &n);
	text_printf(text, PREFIX "%s_sum%s %.6f\n" PREFIX "%s_count%s %llu\n",
		    row->name, labels,
		    (double)atomic_load_explicit(&counts->sum_us,
						 memory_order_relaxed) /
			    1e6,
		    row->name, labels, n);
}

static void histograms_add(struct text *text, const struct counters *counters)
{
	for (size_t i = 0; i < HISTOGRAM_COUNT; i++) {
		const struct metric *row = &histogram_rows[i];

		if (i == 0 || strcmp(row->name, histogram_rows[i - 1].name))
			head_add(text,
				 arena_printf(text->arena, PREFIX "%s",
					      row->name),
				 "histogram", row->help);
		histogram_add(text, row, &counters->histograms[i]);
	}
}

/** One sample without labels. */
static void number_add(struct text *text, const struct metric *metric,
		       const char *type, double value)
{
	head_add(text, metric->name, type, metric->help);
	text_printf(text, "%s %.15g\n", metric->name, value);
}

static void gauge_number(struct text *text, const char *name, const char *help,
			 double value)
{
	const struct metric metric = {name, "", help};

	number_add(text, &metric, "gauge", value);
}

static void api_add(struct text *text, struct api *api)
{
	head_add(text, PREFIX "build_info", "gauge", "The version that runs");
	text_printf(text, PREFIX "build_info{version=\"%s\"} 1\n",
		    PACKAGE_VERSION);
	head_add(text, PREFIX "http_responses_total", "counter",
		 "Responses of the admin API");
	for (int i = 2; i < API_CLASSES; i++)
		text_printf(text,
			    PREFIX "http_responses_total{code_class=\"%dxx\"} "
				   "%llu\n",
			    i,
			    (unsigned long long)atomic_load_explicit(
				    &api->responses[i], memory_order_relaxed));
	const struct metric unauthorized = {
		PREFIX "http_unauthorized_total", "",
		"Requests to the admin API without the right token"};

	number_add(text, &unauthorized, "counter",
		   (double)atomic_load_explicit(&api->unauthorized,
						memory_order_relaxed));
	gauge_number(text, PREFIX "event_readers",
		     "Streams of events that are open",
		     (double)events_readers(api->events));
}

static void store_add(struct text *text, struct arena *arena,
		      const struct api_settings *settings)
{
	const char *wal = arena_printf(arena, "%s-wal", settings->store_path);
	struct statvfs room;
	struct stat status;

	gauge_number(text, PREFIX "store_healthy",
		     "1 while the last commit went well",
		     writer_is_healthy(settings->writer) ? 1 : 0);
	if (!stat(settings->store_path, &status))
		gauge_number(text, PREFIX "store_bytes", "Size of the store",
			     (double)status.st_size);
	gauge_number(text, PREFIX "store_wal_bytes",
		     "Size of the write-ahead log",
		     stat(wal, &status) ? 0 : (double)status.st_size);
	if (!statvfs(settings->store_path, &room))
		gauge_number(text, PREFIX "store_free_bytes",
			     "Free space on the disk of the store",
			     (double)room.f_bavail * (double)room.f_frsize);
	gauge_number(text, PREFIX "index_bytes", "Memory of the decision index",
		     (double)index_size(settings->index));
	if (settings->loop)
		gauge_number(text, PREFIX "loop_lag_seconds",
			     "Longest turn of the event loop in the last "
			     "second",
			     (double)loop_lag_ms(settings->loop) / 1000);
}

/** How many descriptors are open; -1 when it cannot be told. */
static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -3; /* ".", ".." and the one that opendir() made */

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/** Resident bytes, from /proc/self/statm. */
static double resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long size = 0, resident = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/** A word of a line in /proc: the 22nd of stat, counted after the name. */
static double start_ticks(void)
{
	char line[1024];
	FILE *file = fopen("/proc/self/stat", "re");
	unsigned long long ticks = 0;

	if (!file)
		return 0;
	size_t len = fread(line, 1, sizeof(line) - 1, file);

	fclose(file);
	line[len] = '\0';
	char *at = strrchr(line, ')');

	for (int word = 2; at && word < 22; word++)
		at = strchr(at + 1, ' ');
	if (at)
		ticks = strtoull(at, NULL, 10);
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/** Instant of the boot, from /proc/stat. */
static double boot_at(void)
{
	char line[512];
	FILE *file = fopen("/proc/stat", "re");
	double at = 0;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "btime ", 6))
			at = strtod(line + 6, NULL);
	}
	fclose(file);
	return at;
}

/** The names that every Prometheus client uses. */
static void process_add(struct text *text)
{
	struct rlimit limit;
	struct rusage usage;

	gauge_number(text, "process_resident_memory_bytes",
		     "Resident memory size in bytes", resident_bytes());
	gauge_number(text, "process_open_fds",
		     "Number of open file descriptors", open_fds());
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		gauge_number(text, "process_max_fds",
			     "Maximum number of open file descriptors",
			     (double)limit.rlim_cur);
	gauge_number(text, "process_start_time_seconds",
		     "Start time of the process since the epoch in seconds",
		     boot_at() + start_ticks());
	if (!getrusage(RUSAGE_SELF, &usage)) {
		const struct metric cpu = {
			"process_cpu_seconds_total", "",
			"Total user and system CPU time spent in seconds"};

		number_add(text, &cpu, "counter",
			   (double)(usage.ru_utime.tv_sec +
				    usage.ru_stime.tv_sec) +
				   (double)(usage.ru_utime.tv_usec +
					    usage.ru_stime.tv_usec) /
					   1e6);
	}
}

void metrics_get(struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;
	struct text text;

	gauge_set(settings->counters, GAUGE_PERMISSIONS,
		  (int64_t)index_count(settings->index));
	gauge_set(settings->counters, GAUGE_ACCOUNTS,
		  (int64_t)accounts_count(settings->accounts));
	text_init(&text, exchange->arena);
	api_add(&text, exchange->api);
	counters_add(&text, settings->counters);
	histograms_add(&text, settings->counters);
	store_add(&text, exchange->arena, settings);
	process_add(&text);
	respond_content(exchange, TYPE, text_view(&text));
}
