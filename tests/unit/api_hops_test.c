/* GET /v1/trust-domains?uri=: the hops of a URI, with a resolver that obeys. */
#include <pthread.h>
#include <stdatomic.h>

#include "api/hop_searches.h"
#include "server/base/loop.h"
#include "tests/unit/api_help.h"

#define PATH "/v1/trust-domains?uri="
#define WAITERS 3

static struct host host;
static struct host waiters[WAITERS]; /* of them only what a client needs */
static pthread_t threads[WAITERS], loop_thread;
static struct found_hops found;
static bool is_silent;
static char asked[256];
static atomic_int n_begun, n_forgotten, n_refused;

static void find(void *arg, struct hop_search *search)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "%s", search->uri);
	n_begun++;
	if (!is_silent)
		search->done(search, &found);
}

static void forget(void *arg, struct hop_search *search)
{
	(void)arg;
	ck_assert_ptr_nonnull(search->uri);
	n_forgotten++;
}

static void *loop_main(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void hop_add(const char *transport, const char *address, int port)
{
	struct found_hop *hop = &found.hops[found.n++];
	struct trust_network network;

	ck_assert(trust_network_parse(address, &network));
	memcpy(hop->peer.address, network.address, sizeof(network.address));
	hop->peer.is_secure = !strcmp(transport, "tls");
	hop->peer.is_stream = strcmp(transport, "udp") != 0;
	hop->transport = transport;
	hop->port = port;
	snprintf(hop->address, sizeof(hop->address), "%s", address);
}

static void setup(void)
{
	static const char *const names[] = {"core.example.com"};
	static const char *const texts[] = {"192.0.2.0/24"};
	static struct trust_network network;
	static struct trust_domain domains[2];
	struct api_settings settings;

	found = (struct found_hops){.name = "core.example.com"};
	is_silent = false;
	n_begun = n_forgotten = n_refused = 0;
	ck_assert(trust_network_parse(texts[0], &network));
	domains[0] = (struct trust_domain){.name = "core",
					   .names = names,
					   .n_names = 1,
					   .tell = TRUST_TELL_YES,
					   .is_believed = true};
	domains[1] = (struct trust_domain){.name = "near",
					   .peers = &network,
					   .n_peers = 1,
					   .peer_texts = texts,
					   .plain = TRUST_PLAIN_TCP};
	host_init(&host);
	settings = host_settings(&host);
	settings.trust = domains;
	settings.n_trust = 2;
	settings.find_hops = find;
	settings.forget_hops = forget;
	host_start(&host, &settings);
	pthread_create(&loop_thread, NULL, loop_main, host.desk.loop);
}

static void loop_end(void)
{
	loop_stop(host.desk.loop);
	pthread_join(loop_thread, NULL);
}

static const json_t *hop(size_t i)
{
	return json_array_get(
		json_object_get(json_object_get(host.json, "hops"), "items"),
		i);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static const char *domain_of(size_t i)
{
	return text_of(json_object_get(hop(i), "check"), "domain");
}

START_TEST(each_hop_is_judged)
{
	const json_t *standing;

	hop_add("tls", "198.51.100.7", 5071);
	hop_add("tcp", "192.0.2.7", 5060);
	hop_add("udp", "192.0.2.7", 5060);
	ck_assert_int_eq(host_get(&host, PATH "sip:omar@core.example.com"),
			 200);
	ck_assert_str_eq(asked, "sip:omar@core.example.com");
	ck_assert_str_eq(text_of(json_object_get(host.json, "hops"), "uri"),
			 asked);
	ck_assert_str_eq(text_of(hop(0), "must_prove"), "core.example.com");
	ck_assert_str_eq(text_of(hop(0), "address"), "198.51.100.7");
	ck_assert_int_eq(json_integer_value(json_object_get(hop(0), "port")),
			 5071);
	ck_assert_str_eq(domain_of(0), "core");
	ck_assert_str_eq(text_of(hop(1), "transport"), "tcp");
	ck_assert_str_eq(text_of(hop(1), "must_prove"), "");
	ck_assert_str_eq(domain_of(1), "near");
	ck_assert_str_eq(domain_of(2), "");
	standing =
		json_object_get(json_object_get(hop(2), "check"), "standing");
	ck_assert_str_eq(text_of(standing, "near"), "transport");
	ck_assert_str_eq(text_of(standing, "core"), "name");
}
END_TEST

START_TEST(the_proxy_and_the_lack_of_hops_are_told)
{
	const json_t *hops;

	found.proxy = "sip:proxy.example.com;lr";
	found.status = 604;
	ck_assert_int_eq(host_get(&host, PATH "sips:nobody.example"), 200);
	hops = json_object_get(host.json, "hops");
	ck_assert_str_eq(text_of(hops, "outbound_proxy"),
			 "sip:proxy.example.com;lr");
	ck_assert_int_eq(
		json_integer_value(json_object_get(hops, "sip_status")), 604);
	ck_assert_ptr_null(hop(0));
}
END_TEST

START_TEST(a_bad_uri_is_not_looked_for)
{
	static const char *const bad[] = {PATH,
					  PATH "core.example.com",
					  PATH "tel:+12125551212",
					  PATH "mailto:nora@example.com",
					  PATH "sip:a@b&address=192.0.2.7",
					  PATH "sip:a@b&transport=tls"};

	ck_assert_int_eq(host_get(&host, bad[_i]), 400);
	ck_assert_int_eq(n_begun, 0);
}
END_TEST

static void *wait_for_hops(void *arg)
{
	struct host *it = arg;

	host_get(it, PATH "sip:silent.example");
	if (it->status == 429)
		n_refused++;
	return NULL;
}

/* As many as may, each in a thread of the API by itself, and one more, which is
 * refused at once. */
static void all_wait(void)
{
	is_silent = true;
	for (int i = 0; i < WAITERS; i++) {
		waiters[i] = (struct host){.api = host.api};
		pthread_create(&threads[i], NULL, wait_for_hops, &waiters[i]);
		while (n_begun + n_refused <= i)
			sched_yield();
	}
	ck_assert_int_eq(n_begun, HOP_SEARCHES);
}

static int answered(int status)
{
	int n = 0;

	for (size_t i = 0; i < WAITERS; i++)
		n += waiters[i].status == status;
	return n;
}

static void waiters_join(void)
{
	for (size_t i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(answered(429), WAITERS - HOP_SEARCHES);
}

static void waiters_forget(void)
{
	for (size_t i = 0; i < WAITERS; i++)
		host_forget(&waiters[i]);
}

START_TEST(a_few_at_a_time_and_not_for_long)
{
	all_wait();
	waiters_join();
	ck_assert_int_eq(answered(504), HOP_SEARCHES);
	ck_assert_int_eq(n_forgotten, HOP_SEARCHES);
	waiters_forget();
	is_silent = false;
	ck_assert_int_eq(host_get(&host, PATH "sip:a.example"), 200);
}
END_TEST

struct drain {
	struct loop_post post; /**< first */
	atomic_bool is_done;
};

static void drain_run(struct loop_post *post)
{
	api_drain(host.api);
	((struct drain *)(void *)post)->is_done = true;
}

START_TEST(a_stop_ends_them)
{
	static struct drain drain = {.post.run = drain_run};

	all_wait();
	loop_post(host.desk.loop, &drain.post);
	waiters_join();
	while (!drain.is_done)
		sched_yield();
	ck_assert_int_eq(answered(503), HOP_SEARCHES);
	ck_assert_int_eq(n_forgotten, HOP_SEARCHES);
	waiters_forget();
	ck_assert_int_eq(host_get(&host, PATH "sip:a.example"), 503);
	ck_assert_int_eq(n_begun, HOP_SEARCHES);
}
END_TEST

static void teardown(void)
{
	loop_end();
	host_close(&host);
}

/* The loop has ended, and nobody has drained: the API ends all the same. */
START_TEST(the_end_of_the_api_ends_them)
{
	all_wait();
	loop_end();
	api_free(host.api);
	host.api = NULL;
	waiters_join();
	ck_assert_int_eq(n_forgotten, HOP_SEARCHES);
	waiters_forget();
	host_close(&host);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api_hops");
	TCase *tcase = tcase_create("hops"), *end = tcase_create("end");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, each_hop_is_judged);
	tcase_add_test(tcase, the_proxy_and_the_lack_of_hops_are_told);
	tcase_add_loop_test(tcase, a_bad_uri_is_not_looked_for, 0, 6);
	tcase_add_test(tcase, a_few_at_a_time_and_not_for_long);
	tcase_add_test(tcase, a_stop_ends_them);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(end, setup, NULL);
	tcase_set_timeout(end, 60);
	tcase_add_test(end, the_end_of_the_api_ends_them);
	suite_add_tcase(suite, end);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
