#include "tests/unit/page_help.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/permission_requests.h"
#include "server/base/secret.h"

#define TURN_MS 20
#define PATIENCE_S 15 /* of a test that hangs */

static bool hold(void *arg, const struct consent_reply *reply,
		 reply_done_fn done, void *done_arg)
{
	struct page_host *it = arg;

	ck_assert_uint_lt(it->n_held, PAGE_HELD);
	it->held[it->n_held++] = (struct page_held){done, done_arg, *reply};
	return true;
}

static void open_at(struct page_host *it, const char *store_path)
{
	struct api_settings settings;

	memset(it, 0, sizeof(*it));
	host_init(&it->host);
	it->arena = arena_new(0);
	ck_ok(secret_load(
		arena_printf(it->arena, "%s/secret", it->host.place.folder),
		&it->secret));
	settings = host_settings(&it->host);
	settings.secret = it->secret;
	if (store_path)
		settings.store_path = store_path;
	settings.page = (struct page_settings){
		.listen = "127.0.0.1:0", .decide = hold, .arg = it};
	host_start(&it->host, &settings);
}

void page_host_open(struct page_host *it)
{
	open_at(it, NULL);
}

void page_host_open_blind(struct page_host *it)
{
	open_at(it, "/nowhere/volens.db");
}

void page_host_close(struct page_host *it)
{
	static const struct reply_result gone = {.err = ERR_SHUTDOWN};

	api_free(it->host.api);
	it->host.api = NULL;
	page_tell(it, &gone);
	loop_finish(it->host.desk.loop);
	host_close(&it->host);
	secret_free(it->secret);
	arena_free(it->arena);
}

struct ask_job {
	struct write_job job; /**< first */
	struct permission_request_record record;
};

static enum err ask_run(struct store *store, struct write_job *job)
{
	return store_permission_request_record(
		store, &((struct ask_job *)(void *)job)->record);
}

static const char *add_token(struct page_host *it, enum token_kind kind,
			     uint8_t ret[HASH_LEN])
{
	struct token token = token_random();
	char name[2 + TOKEN_HEX + 1];

	token_hash(kind, &token, ret);
	token_format(kind, &token, name);
	return arena_strdup(it->arena, name);
}

const char *page_ask(struct page_host *it, const char *recipient)
{
	struct permission_change change =
		say(EVENT_ADDED, ORIGIN_ADMIN, recipient);
	struct change_job row = {
		.job.run = change_run, .arena = it->arena, .change = change};
	struct ask_job ask = {.job.run = ask_run};
	const char *page;

	ck_ok(writer_call(it->host.desk.writer, &row.job));
	ask.record = (struct permission_request_record){
		.permission = row.row.id,
		.kind = PERMISSION_REQUEST_ADDED,
		.now = wall_now_s()};
	it->grant = add_token(it, TOKEN_GRANT, ask.record.grant_hash);
	it->deny = add_token(it, TOKEN_DENY, ask.record.deny_hash);
	it->chat = add_token(it, TOKEN_CHAT, ask.record.chat_hash);
	page = add_token(it, TOKEN_PAGE, ask.record.page_hash);
	ck_ok(writer_call(it->host.desk.writer, &ask.job));
	return arena_printf(it->arena, "/c/%s", page);
}

int page_send(struct page_host *it, unsigned source, const char *method,
	      const char *path, const char *body)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_addr.s_addr =
					   htonl(INADDR_LOOPBACK - 1 + source)};
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)api_page_port(it->host.api)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	const char *text = arena_printf(
		it->arena,
		"%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		method, path, strlen(body), body);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				    sizeof(patience)),
			 0);
	ck_assert_int_eq(bind(fd, (const void *)&from, sizeof(from)), 0);
	ck_assert_int_eq(connect(fd, (const void *)&to, sizeof(to)), 0);
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 (ssize_t)strlen(text));
	return fd;
}

int page_read(struct page_host *it, int fd)
{
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(it->text) - 1 &&
	       (n = read(fd, it->text + len, sizeof(it->text) - 1 - len)) > 0)
		len += (size_t)n;
	it->text[len] = '\0';
	close(fd);
	it->status = strncmp(it->text, "HTTP/1.1 ", 9) == 0
			     ? (int)strtol(it->text + 9, NULL, 10)
			     : 0;
	return it->status;
}

int page_read_first(struct page_host *it, int *fds, size_t n)
{
	struct pollfd ready[PAGE_HELD];

	ck_assert_uint_le(n, PAGE_HELD);
	for (size_t i = 0; i < n; i++)
		ready[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	ck_assert_int_eq(poll(ready, n, PATIENCE_S * 1000), 1);
	for (size_t i = 0; i < n; i++) {
		if (!ready[i].revents)
			continue;
		(void)page_read(it, fds[i]);
		fds[i] = -1;
	}
	return it->status;
}

int page_get(struct page_host *it, const char *path)
{
	return page_read(it, page_send(it, 1, "GET", path, ""));
}

const char *page_body(struct page_host *it, const char *path,
		      const char *answer)
{
	static const char mark[] = "name=\"form\" value=\"";
	const char *at;

	ck_assert_int_eq(page_get(it, path), 200);
	at = strstr(it->text, mark);
	ck_assert_ptr_nonnull(at);
	at += sizeof(mark) - 1;
	return arena_printf(it->arena, "answer=%s&form=%.*s", answer,
			    (int)strcspn(at, "\""), at);
}

void page_until(struct page_host *it, size_t n)
{
	int64_t end_ms = monotonic_now_ms() + PATIENCE_S * 1000;

	while (it->n_held < n) {
		ck_assert_int_lt(monotonic_now_ms(), end_ms);
		loop_step(it->host.desk.loop, TURN_MS);
	}
}

void page_tell(struct page_host *it, const struct reply_result *result)
{
	while (it->n_decided < it->n_held) {
		const struct page_held *held = &it->held[it->n_decided++];

		held->done(held->arg, result);
	}
}
