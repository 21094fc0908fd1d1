#include "tests/unit/api_help.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/permissions.h"
#include "server/base/log.h"

static const char *const services[] = {"lists"};

static void on_wake(void *arg)
{
	struct host *host = arg;

	host->wakes++;
}

static const char *on_not_ready(void *arg)
{
	struct host *host = arg;

	return host->not_ready;
}

static void token_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, TOKEN "\n", sizeof(TOKEN)), sizeof(TOKEN));
	close(fd);
}

void host_init(struct host *host)
{
	memset(host, 0, sizeof(*host));
	log_set_level(LOG_ERROR);
	place_init(&host->place);
	desk_open(&host->desk, host->place.path);
	snprintf(host->token_file, sizeof(host->token_file), "%s/token",
		 host->place.folder);
	token_write(host->token_file);
}

struct api_settings host_settings(struct host *host)
{
	return (struct api_settings){.listen = "127.0.0.1:0",
				     .admin_token_file = host->token_file,
				     .store_path = host->place.path,
				     .domain = "relay.example.com",
				     .ours = {.domain = "relay.example.com",
					      .services = services,
					      .n_services = 1},
				     .writer = host->desk.writer,
				     .index = host->desk.index,
				     .accounts = host->desk.accounts,
				     .counters = &host->desk.counters,
				     .loop = host->desk.loop,
				     .wake = on_wake,
				     .not_ready = on_not_ready,
				     .arg = host};
}

void host_start(struct host *host, const struct api_settings *settings)
{
	struct api_problem problem = {.text = "none"};
	enum err err = api_new(settings, &host->api, &problem);

	ck_assert_msg(!err, "%s", problem.text);
}

void host_open(struct host *host)
{
	host_init(host);
	struct api_settings settings = host_settings(host);

	host_start(host, &settings);
}

void host_forget(struct host *host)
{
	free(host->raw);
	json_decref(host->json);
	host->raw = host->body = NULL;
	host->json = NULL;
	host->status = 0;
}

void host_close(struct host *host)
{
	host_forget(host);
	api_free(host->api);
	desk_close(&host->desk);
	place_free(&host->place);
}

static int host_connect(const struct host *host)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)api_port(host->api)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const void *)&address, sizeof(address)),
			 0);
	return fd;
}

/** All that comes until the other side closes. */
static void answer_read(struct host *host, int fd)
{
	struct text text;
	char piece[4096];
	ssize_t len;

	text_init(&text, NULL);
	while ((len = read(fd, piece, sizeof(piece))) > 0)
		text_add_bytes(&text, piece, (size_t)len);
	host->raw = text.at;
	if (!host->raw || strncmp(host->raw, "HTTP/1.1 ", 9) != 0)
		return;
	host->status = (int)strtol(host->raw + 9, NULL, 10);
	host->body = strstr(host->raw, "\r\n\r\n");
	if (host->body)
		host->body += 4;
	host->json = json_loads(host->body ? host->body : "", 0, NULL);
	if (host->json) /* for a person who reads it with curl */
		ck_assert_str_eq(host->body + strlen(host->body) - 2, "}\n");
}

int host_send(struct host *host, const char *bytes, size_t len)
{
	int fd = host_connect(host);

	host_forget(host);
	/* An early refusal may close before all is written. */
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		bytes += n;
		len -= (size_t)n;
	}
	answer_read(host, fd);
	close(fd);
	return host->status;
}

int host_ask(struct host *host, const char *method, const char *path,
	     const char *headers, const char *body)
{
	struct text text;

	text_init(&text, NULL);
	text_printf(&text,
		    "%s %s HTTP/1.1\r\nHost: localhost\r\n"
		    "Connection: close\r\n%s",
		    method, path, headers);
	if (body)
		text_printf(&text, "Content-Length: %zu\r\n", strlen(body));
	text_printf(&text, "\r\n%s", body ? body : "");
	int status = host_send(host, text.at, text.len);

	text_release(&text);
	return status;
}

int host_get(struct host *host, const char *path)
{
	return host_ask(host, "GET", path, BEARER, NULL);
}

int host_post(struct host *host, const char *path, const char *body)
{
	return host_ask(host, "POST", path, BEARER JSON_BODY, body);
}

int host_patch(struct host *host, const char *path, const char *body)
{
	return host_ask(host, "PATCH", path, BEARER JSON_BODY, body);
}

int host_delete(struct host *host, const char *path)
{
	return host_ask(host, "DELETE", path, BEARER, NULL);
}

const char *host_header(const struct host *host, const char *name)
{
	static _Thread_local char value[512];
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "\r\n%s: ", name);
	at = host->raw ? strstr(host->raw, line) : NULL;
	if (!at || at > host->body)
		return "";
	at += strlen(line);
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r\n"), at);
	return value;
}

const char *host_text(const struct host *host, const char *member)
{
	const char *text =
		json_string_value(json_object_get(host->json, member));

	return text ? text : "";
}

long long host_number(const struct host *host, const char *member)
{
	return json_integer_value(json_object_get(host->json, member));
}

enum err host_say(struct host *host, enum permission_event event,
		  const char *recipient)
{
	struct permission_change change =
		say(event, ORIGIN_RECIPIENT, recipient);

	change.recipient_uri = recipient;
	return desk_change(&host->desk, change);
}
