#include "tests/unit/sip_help.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/accounts.h"
#include "server/base/digest.h"

static struct sip_fixture *current; /* who gets what the edge hands on */

/* A block of 256 loopback addresses for each process, so that tests may run
 * side by side on port 5060. */
const char *sip_host(const struct sip_fixture *sip, int last)
{
	static char host[4][16];
	static int next;
	char *ret = host[next++ % 4];

	(void)sip;
	snprintf(ret, 16, "127.%d.%d.%d", 32 + getpid() / 251 % 32,
		 getpid() % 251, last);
	return ret;
}

void sip_init(struct sip_fixture *sip)
{
	static char udp[64], tcp[64];
	static const char *listen[] = {udp, tcp};

	static const char *const methods[] = {"MESSAGE"};

	memset(sip, 0, sizeof(*sip));
	snprintf(sip->host, sizeof(sip->host), "%s", sip_host(sip, 1));
	snprintf(udp, sizeof(udp), "sip:%s:5060;transport=udp", sip->host);
	snprintf(tcp, sizeof(tcp), "sip:%s:5060;transport=tcp", sip->host);
	sip->loop = loop_new();
	sip->accounts = accounts_new(SIP_DOMAIN);
	sip->lists = list_table_new();
	list_table_put(sip->lists, &(const struct list_image){
					   .id = 1,
					   .uri = "sip:hikers@" SIP_DOMAIN,
					   .name = "hikers",
					   .owner = "sip:nora@" SIP_DOMAIN});
	sip->service = (struct service){.methods = methods,
					.n_methods = 1,
					.allow = "MESSAGE, OPTIONS",
					.name = "lists",
					.uri = "sip:lists@" SIP_DOMAIN,
					.key = "sip:lists@" SIP_DOMAIN};
	ck_assert(trust_network_parse(sip_host(sip, 200), &sip->peer));
	sip->trust = (struct trust_domain){.name = "core",
					   .peers = &sip->peer,
					   .n_peers = 1,
					   .plain = TRUST_PLAIN_YES,
					   .tell = TRUST_TELL_YES,
					   .is_believed = true};
	sip->trust_domains = (struct trust_domains){&sip->trust, 1, 0};
	sip->settings = (struct sip_settings){
		.loop = sip->loop,
		.counters = &sip->counters,
		.domain = SIP_DOMAIN,
		.listen = listen,
		.n_listen = 2,
		.uri_rules = {.allow_private = true, .allow_low_port = true},
		.message_max = 256 << 10,
		.connections_max = 100,
		.connections_per_source = 50,
		.idle_s = 60,
		.message_timeout_s = 5,
		.transactions_max = 100,
		.unanswered_max = 100,
		.identity_for = peer_identity_for,
		.identity_for_arg = &sip->trust_domains,
	};
	sip->edge_settings = (struct edge_settings){
		.loop = sip->loop,
		.counters = &sip->counters,
		.accounts = sip->accounts,
		.lists = sip->lists,
		.domain = SIP_DOMAIN,
		.services = &sip->service,
		.n_services = 1,
		.trust_domains = &sip->trust_domains,
		.nonce_lifetime_s = 60,
		.message_max = 256 << 10,
	};
}

void sip_open(struct sip_fixture *sip)
{
	struct sip_problem problem;

	current = sip;
	ck_assert_msg(!sip_new(&sip->settings, &sip->sip, &problem), "%s",
		      problem.what);
	sip->edge_settings.sip = sip->sip;
	sip->edge = edge_new(&sip->edge_settings);
	edge_register(sip->edge, &consent_module, NULL);
	edge_register(sip->edge, &message_module, NULL);
	edge_register(sip->edge, &message_list_module, NULL);
}

void sip_close(struct sip_fixture *sip)
{
	for (size_t i = 0; i < sip->n_requests && i < SIP_KEPT; i++)
		request_free(sip->requests[i]);
	edge_free(sip->edge);
	sip_free(sip->sip);
	ck_assert_int_eq(sip_gauge(sip, GAUGE_SERVER_TXN), 0);
	ck_assert_int_eq(sip_gauge(sip, GAUGE_CLIENT_TXN), 0);
	accounts_free(sip->accounts);
	list_table_free(sip->lists);
	loop_free(sip->loop);
	current = NULL;
}

static void received(struct request *request)
{
	struct sip_fixture *sip = current;

	ck_assert_uint_lt(sip->n_requests, SIP_KEPT);
	sip->requests[sip->n_requests++] = request;
	if (sip->act)
		sip->act(sip, request);
}

void messages_receive(struct messages *messages, struct request *request)
{
	(void)messages;
	received(request);
}

bool messages_are_full(const struct messages *messages)
{
	(void)messages;
	return current->is_full;
}

void messages_drain(struct messages *messages)
{
	(void)messages;
	current->n_drained++;
}

bool messages_idle(const struct messages *messages)
{
	(void)messages;
	return !current->is_busy;
}

void consents_drain(struct consents *consents)
{
	(void)consents;
	current->n_drained++;
}

bool consents_idle(const struct consents *consents)
{
	(void)consents;
	return true;
}

bool consent_knows_deny(const struct consents *consents,
			const struct token *token)
{
	(void)consents;
	(void)token;
	return !current->is_guess;
}

void consent_receive(struct consents *consents, struct request *request)
{
	(void)consents;
	received(request);
}

void sip_account(struct sip_fixture *sip, const char *name)
{
	char ha1[DIGEST_ALGORITHMS][DIGEST_HEX_MAX + 1], aor[64];
	struct account user = {.id = (int64_t)accounts_count(sip->accounts) + 1,
			       .aor = aor,
			       .username = name,
			       .etag = "1"};

	snprintf(aor, sizeof(aor), "sip:%s@" SIP_DOMAIN, name);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		digest_ha1((enum digest_algorithm)i, view_of(name),
			   VIEW(SIP_DOMAIN), VIEW("secret"), ha1[i]);
		user.ha1[i] = ha1[i];
	}
	user.may = ACCOUNT_ALL;
	accounts_put(sip->accounts, &user);
}

int sip_peer(const struct sip_fixture *sip, int last, int port)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	union address here, there;

	ck_assert_int_ge(fd, 0);
	ck_assert(!address_parse(view_of(sip_host(sip, last)), port, &here));
	ck_assert(!address_parse(view_of(sip->host), 5060, &there));
	ck_assert_int_eq(bind(fd, &here.any, sizeof(here.v4)), 0);
	ck_assert_int_eq(connect(fd, &there.any, sizeof(there.v4)), 0);
	return fd;
}

void sip_turn(struct sip_fixture *sip, int ms)
{
	int64_t end = monotonic_now_ms() + ms;

	do
		loop_step(sip->loop, 5);
	while (monotonic_now_ms() < end);
}

const char *sip_await(struct sip_fixture *sip, int fd, int most_ms)
{
	static char buffers[4][65536];
	static int next;
	char *buffer = buffers[next++ % 4];
	int64_t end = monotonic_now_ms() + most_ms;
	int turns = most_ms / 2;
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	do {
		ssize_t n;

		loop_step(sip->loop, 2);
		if (poll(&ready, 1, 0) <= 0)
			continue;
		n = recv(fd, buffer, sizeof(buffers[0]) - 1, 0);
		if (n <= 0)
			return NULL;
		buffer[n] = '\0';
		return buffer;
	} while (--turns > 0 || monotonic_now_ms() < end);
	return NULL;
}

const char *sip_ask(struct sip_fixture *sip, int fd, const char *bytes)
{
	ck_assert_int_eq(send(fd, bytes, strlen(bytes), 0),
			 (ssize_t)strlen(bytes));
	return sip_await(sip, fd, 100);
}

const char *sip_header(const char *message, const char *name)
{
	static char values[8][1024];
	static int next;
	char *value = values[next++ % 8];
	size_t len = strlen(name);
	const char *line = message;

	while (line && (line = strstr(line, "\r\n")) != NULL) {
		const char *end;

		line += 2;
		if (strncmp(line, "\r\n", 2) == 0)
			return NULL;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		end = strstr(line, "\r\n");
		snprintf(value, sizeof(values[0]), "%.*s",
			 (int)(end - line - (ptrdiff_t)len - 2),
			 line + len + 2);
		return value;
	}
	return NULL;
}

int sip_status(const char *message)
{
	if (!message || strncmp(message, "SIP/2.0 ", 8) != 0)
		return 0;
	return (int)strtol(message + 8, NULL, 10);
}

uint64_t sip_count(const struct sip_fixture *sip, enum counter counter)
{
	return atomic_load(&sip->counters.counts[counter]);
}

int64_t sip_gauge(const struct sip_fixture *sip, enum gauge gauge)
{
	return atomic_load(&sip->counters.gauges[gauge]);
}
