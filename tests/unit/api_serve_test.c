/* The API as a service: health, metrics, many clients, its start. */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/routes.h"
#include "tests/unit/api_help.h"

#define GET(path, headers)                                                     \
	"GET " path                                                            \
	" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" headers "\r\n"
#define SEND(host, bytes) host_send(host, bytes, sizeof(bytes) - 1)

static struct host host;

static void setup(void)
{
	host_open(&host);
}

static void teardown(void)
{
	host_close(&host);
}

START_TEST(health_needs_no_token)
{
	ck_assert_int_eq(SEND(&host, GET("/healthz", "")), 200);
	ck_assert_str_eq(host_text(&host, "status"), "alive");
	ck_assert_int_eq(SEND(&host, GET("/readyz", "")), 200);
	ck_assert_str_eq(host_text(&host, "status"), "ready");
	ck_assert_int_eq(SEND(&host, GET("/openapi.yaml", "")), 200);
	ck_assert_int_eq(strncmp(host.body, "openapi: 3.0.3\n", 15), 0);
}
END_TEST

START_TEST(not_ready_says_why)
{
	host.not_ready = "draining";
	ck_assert_int_eq(SEND(&host, GET("/readyz", "")), 503);
	ck_assert_str_eq(host_text(&host, "detail"), "draining");
	ck_assert_str_ne(host_header(&host, "Retry-After"), "");
	ck_assert_int_eq(SEND(&host, GET("/healthz", "")), 200);
	host.not_ready = NULL;
	ck_assert_int_eq(SEND(&host, GET("/readyz", "")), 200);
}
END_TEST

/** The samples of a histogram have its name and an end of their own. */
static void metric_name(const char *text, const char *line, char ret[128])
{
	static const char *const ends[] = {"_bucket", "_sum", "_count"};
	char type[192];

	snprintf(ret, 128, "%.*s", (int)strcspn(line, "{ "), line);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char *end = strstr(ret, ends[i]);

		if (!end || end[strlen(ends[i])])
			continue;
		snprintf(type, sizeof(type), "# TYPE %.*s histogram\n",
			 (int)(end - ret), ret);
		if (strstr(text, type))
			*end = '\0';
	}
}

/** Is there a HELP and a TYPE, once each, above the first sample of a name? */
static void metric_lint(const char *text, const char *line)
{
	char name[128], help[160], type[160];

	metric_name(text, line, name);
	snprintf(help, sizeof(help), "# HELP %s ", name);
	snprintf(type, sizeof(type), "# TYPE %s ", name);
	const char *at_help = strstr(text, help), *at_type = strstr(text, type);

	ck_assert_msg(at_help && at_help < at_type && at_type < line, "%s",
		      name);
	ck_assert_msg(!strstr(at_help + 1, help), "%s twice", name);
	ck_assert_msg(!strstr(at_type + 1, type), "%s twice", name);
	bool is_total = strstr(name, "_total") != NULL;

	ck_assert_msg(is_total ==
			      !strncmp(at_type + strlen(type), "counter", 7),
		      "%s", name);
}

START_TEST(a_histogram_counts_up_to_each_bound)
{
	histogram_note(&host.desk.counters, HISTOGRAM_TICK, 400);
	histogram_note(&host.desk.counters, HISTOGRAM_TICK, 500);
	histogram_note(&host.desk.counters, HISTOGRAM_TICK, 501);
	histogram_note(&host.desk.counters, HISTOGRAM_TICK, 5000000);
	ck_assert_int_eq(host_get(&host, "/metrics"), 200);
	ck_assert_ptr_nonnull(
		strstr(host.body,
		       "volensd_media_tick_seconds_bucket{le=\"0.0005\"} 2"));
	ck_assert_ptr_nonnull(
		strstr(host.body,
		       "volensd_media_tick_seconds_bucket{le=\"0.001\"} 3"));
	ck_assert_ptr_nonnull(strstr(
		host.body, "volensd_media_tick_seconds_bucket{le=\"1\"} 3"));
	ck_assert_ptr_nonnull(strstr(
		host.body, "volensd_media_tick_seconds_bucket{le=\"+Inf\"} 4"));
	ck_assert_ptr_nonnull(
		strstr(host.body, "volensd_media_tick_seconds_sum 5.001401"));
	ck_assert_ptr_nonnull(
		strstr(host.body, "volensd_media_tick_seconds_count 4"));
}
END_TEST

START_TEST(a_histogram_may_have_a_label)
{
	histogram_note(&host.desk.counters, HISTOGRAM_DENY_REST, 1500);
	ck_assert_int_eq(host_get(&host, "/metrics"), 200);
	ck_assert_ptr_nonnull(strstr(host.body,
				     "volensd_revocation_seconds_bucket{"
				     "door=\"rest\",le=\"0.001\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(host.body,
				     "volensd_revocation_seconds_bucket{"
				     "door=\"rest\",le=\"+Inf\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(host.body,
				     "volensd_revocation_seconds_sum{"
				     "door=\"rest\"} 0.001500\n"));
	ck_assert_ptr_nonnull(strstr(host.body,
				     "volensd_revocation_seconds_count{"
				     "door=\"publish\"} 0\n"));
}
END_TEST

START_TEST(metrics_are_as_prometheus_reads_them)
{
	ck_assert_int_eq(host_get(&host, "/metrics"), 200);
	ck_assert_str_eq(host_header(&host, "Content-Type"),
			 "text/plain; version=0.0.4; charset=utf-8");
	const char *line = host.body;

	while (*line) {
		const char *end = strchr(line, '\n');

		ck_assert_ptr_nonnull(end);
		if (*line != '#')
			metric_lint(host.body, line);
		line = end + 1;
	}
	ck_assert_ptr_nonnull(strstr(host.body, "\nvolensd_denies_total 0\n"));
	ck_assert_ptr_nonnull(strstr(host.body, "volensd_build_info{version="));
	ck_assert_ptr_nonnull(strstr(host.body, "\nvolensd_loop_lag_seconds "));
	ck_assert_ptr_nonnull(
		strstr(host.body, "\nprocess_resident_memory_bytes "));
	ck_assert_ptr_nonnull(strstr(host.body, "\nprocess_open_fds "));
}
END_TEST

/** The method of a line like "    get:", in capitals; NULL when it is none. */
static const char *method_of(const char *line)
{
	static const char *const methods[][2] = {{"    get:", "GET"},
						 {"    post:", "POST"},
						 {"    put:", "PUT"},
						 {"    patch:", "PATCH"},
						 {"    delete:", "DELETE"}};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i][0]);

		if (!strncmp(line, methods[i][0], len) && line[len] == '\n')
			return methods[i][1];
	}
	return NULL;
}

static bool is_route(const char *method, const char *path)
{
	for (size_t i = 0; i < n_routes; i++) {
		if (!strcmp(routes[i].method, method) &&
		    !strcmp(routes[i].path, path))
			return true;
	}
	return false;
}

START_TEST(the_description_names_every_route_and_no_other)
{
	char path[64] = "";
	size_t n = 0;

	ck_assert_int_eq(host_get(&host, "/openapi.yaml"), 200);
	const char *line = strstr(host.body, "\npaths:\n");
	const char *end = strstr(host.body, "\ncomponents:\n");

	ck_assert(line && end);
	for (line++; line < end; line = strchr(line, '\n') + 1) {
		const char *method = method_of(line);

		if (!strncmp(line, "  /", 3))
			snprintf(path, sizeof(path), "%.*s",
				 (int)strcspn(line + 2, ":"), line + 2);
		if (!method)
			continue;
		ck_assert_msg(is_route(method, path), "%s %s", method, path);
		n++;
	}
	ck_assert_uint_eq(n, n_routes);
}
END_TEST

#define CLIENTS 8
#define ROUNDS 40

/** One of several clients at a time: writes, reads, fails. */
static void *client_run(void *arg)
{
	struct host own = {.api = host.api};
	char body[256];

	for (int i = 0; i < ROUNDS; i++) {
		snprintf(body, sizeof(body),
			 "{\"sender\":\"*\",\"target\":\"*\",\"recipient\":"
			 "\"sip:r%d-%d@example.net\",\"state\":\"denied\"}",
			 (int)(intptr_t)arg, i);
		ck_assert_int_eq(host_post(&own, "/v1/permissions", body), 201);
		ck_assert_int_eq(host_get(&own, "/v1/permissions?limit=1000"),
				 200);
		ck_assert_int_eq(host_get(&own, "/metrics"), 200);
		ck_assert_int_eq(host_get(&own, "/v1/permissions/0"), 404);
	}
	host_forget(&own);
	return NULL;
}

START_TEST(the_public_url_is_what_urls_begin_with)
{
	struct api_settings settings = host_settings(&host);

	ck_assert_int_eq(host_get(&host, "/openapi.yaml"), 200);
	ck_assert_ptr_nonnull(strstr(host.body, "\n  - url: /\n"));
	api_free(host.api);
	settings.public_url = "https://relay.example.com/volens/";
	host_start(&host, &settings);
	ck_assert_int_eq(host_get(&host, "/openapi.yaml"), 200);
	ck_assert_ptr_nonnull(strstr(host.body,
				     "\nservers:\n  - url: "
				     "\"https://relay.example.com/volens\"\n"));
	ck_assert_ptr_nonnull(strstr(host.body, "\ncomponents:\n"));
	ck_assert_int_eq(host_post(&host, "/v1/users",
				   "{\"aor\":\"sip:nora@relay.example.com\","
				   "\"username\":\"nora\","
				   "\"password\":\"mill-Bridge-9\"}"),
			 201);
	ck_assert_str_eq(host_header(&host, "Location"),
			 "https://relay.example.com/volens/v1/users/1");
}
END_TEST

START_TEST(clients_do_not_wait_for_each_other)
{
	pthread_t threads[CLIENTS];

	for (intptr_t i = 0; i < CLIENTS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, client_run,
						(void *)i),
				 0);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(index_count(host.desk.index), CLIENTS * ROUNDS);
}
END_TEST

START_TEST(a_silent_connection_does_not_hold_the_end_up)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)api_port(host.api)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fds[20];

	for (int i = 0; i < 20; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ck_assert_int_eq(connect(fds[i], (const void *)&address,
					 sizeof(address)),
				 0);
		if (i % 2)
			ck_assert_int_eq(write(fds[i], "GET /heal", 9), 9);
	}
	ck_assert_int_eq(SEND(&host, GET("/healthz", "")), 200);
	/* teardown() frees the API with these still open. */
	for (int i = 0; i < 10; i++)
		close(fds[i]);
}
END_TEST

static enum err start_fails_by(struct api_settings settings, const char *block,
			       const char *word)
{
	struct api *api = NULL;
	struct api_problem problem = {NULL, NULL, NULL};
	enum err err = api_new(&settings, &api, &problem);

	ck_assert_int_ne(err, ERR_OK);
	ck_assert_ptr_nonnull(problem.text);
	ck_assert_msg(strstr(problem.text, word), "%s", problem.text);
	ck_assert_str_eq(problem.block, block);
	ck_assert_str_eq(problem.listen, strcmp(block, "page") == 0
						 ? settings.page.listen
						 : settings.listen);
	return err;
}

static enum err start_fails(struct api_settings settings, const char *word)
{
	return start_fails_by(settings, "http", word);
}

START_TEST(a_fault_of_the_page_is_not_one_of_rest)
{
	struct api_settings settings = host_settings(&host);
	struct api_problem problem = {NULL, NULL, NULL};
	char in_use[32];

	settings.page.listen = "0.0.0.0:0";
	ck_err(start_fails_by(settings, "page", "proxies"), ERR_FORBIDDEN);
	ck_err(api_check_listen(&settings, &problem), ERR_FORBIDDEN);
	ck_assert_str_eq(problem.block, "page");
	ck_assert_str_eq(problem.listen, "0.0.0.0:0");
	snprintf(in_use, sizeof(in_use), "127.0.0.1:%d", api_port(host.api));
	settings.page.listen = in_use;
	ck_err(start_fails_by(settings, "page", "in use"), ERR_IO);
	settings.listen = "0.0.0.0:0";
	ck_err(api_check_listen(&settings, &problem), ERR_FORBIDDEN);
	ck_assert_str_eq(problem.block, "http");
}
END_TEST

START_TEST(it_does_not_start_on_a_weak_token_or_an_open_door)
{
	struct api_settings settings = host_settings(&host);
	char in_use[32];

	chmod(host.token_file, 0640);
	ck_err(start_fails(settings, "600"), ERR_FORBIDDEN);
	chmod(host.token_file, 0600);
	ck_assert_int_eq(truncate(host.token_file, 31), 0);
	ck_err(start_fails(settings, "32"), ERR_SYNTAX);
	settings.admin_token_file = "/nonexistent/token";
	ck_err(start_fails(settings, "opened"), ERR_IO);
	settings.admin_token_file = host.place.folder;
	ck_err(start_fails(settings, "plain file"), ERR_FORBIDDEN);

	int fd = open(host.token_file, O_WRONLY | O_TRUNC);

	ck_assert_int_eq(write(fd, "\n  " TOKEN "\r\n", 37), 37);
	close(fd);
	settings.admin_token_file = host.token_file;
	settings.listen = "0.0.0.0:0";
	ck_err(start_fails(settings, "loopback"), ERR_FORBIDDEN);
	settings.listen = "[::]:0";
	ck_err(start_fails(settings, "loopback"), ERR_FORBIDDEN);
	settings.listen = "localhost:0";
	ck_err(start_fails(settings, "numeric"), ERR_SYNTAX);
	settings.listen = "127.0.0.1";
	ck_err(start_fails(settings, "numeric"), ERR_SYNTAX);
	snprintf(in_use, sizeof(in_use), "127.0.0.1:%d", api_port(host.api));
	settings.listen = in_use;
	ck_err(start_fails(settings, "in use"), ERR_IO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api serve");
	TCase *tests = tcase_create("api serve");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, health_needs_no_token);
	tcase_add_test(tests, not_ready_says_why);
	tcase_add_test(tests, a_histogram_counts_up_to_each_bound);
	tcase_add_test(tests, a_histogram_may_have_a_label);
	tcase_add_test(tests, metrics_are_as_prometheus_reads_them);
	tcase_add_test(tests, the_description_names_every_route_and_no_other);
	tcase_add_test(tests, the_public_url_is_what_urls_begin_with);
	tcase_add_test(tests, clients_do_not_wait_for_each_other);
	tcase_add_test(tests, a_silent_connection_does_not_hold_the_end_up);
	tcase_add_test(tests, a_fault_of_the_page_is_not_one_of_rest);
	tcase_add_test(tests,
		       it_does_not_start_on_a_weak_token_or_an_open_door);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
