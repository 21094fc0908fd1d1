#include "api/api.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/hop_searches.h"
#include "api/http.h"
#include "api/page_private.h"
#include "api/sign_in.h"

#define BACKLOG 128
#define ADDRESS_MAX 64

/** "127.0.0.1:8080" or "[::1]:8080", numbers only. */
static bool listen_parse(const char *listen_at,
			 struct sockaddr_storage *ret_address,
			 socklen_t *ret_len)
{
	struct view whole = view_of(listen_at);
	const char *colon = listen_at ? strrchr(listen_at, ':') : NULL;
	char host[ADDRESS_MAX];
	uint64_t port;

	if (!colon || view_to_u64(view_of(colon + 1), 65535, &port))
		return false;
	struct view name = view_head(whole, (size_t)(colon - listen_at));
	bool is_ipv6 = name.len > 2 && name.at[0] == '[' &&
		       name.at[name.len - 1] == ']';

	if (is_ipv6)
		name = view_head(view_from(name, 1), name.len - 2);
	if (!name.len || name.len >= sizeof(host))
		return false;
	memcpy(host, name.at, name.len);
	host[name.len] = '\0';

	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port)};

	memset(ret_address, 0, sizeof(*ret_address));
	if (is_ipv6) {
		*ret_len = sizeof(in6);
		if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
			return false;
		memcpy(ret_address, &in6, sizeof(in6));
		return true;
	}
	*ret_len = sizeof(in);
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		return false;
	memcpy(ret_address, &in, sizeof(in));
	return true;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
	const void *any = address;

	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = any;

		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	const struct sockaddr_in6 *in6 = any;

	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static int port_of(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	void *any = &address;

	if (getsockname(fd, any, &len))
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)any)->sin_port);
	return ntohs(((struct sockaddr_in6 *)any)->sin6_port);
}

static enum err listen_open(const struct sockaddr_storage *address,
			    socklen_t len, int *ret_fd,
			    const char **ret_problem)
{
	const void *any = address;
	int on = 1;
	int fd = socket(address->ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*ret_problem = "no socket could be made for HTTP";
	if (fd < 0)
		return ERR_IO;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, any, len) && !listen(fd, BACKLOG)) {
		*ret_fd = fd;
		return ERR_OK;
	}
	*ret_problem = "the address of HTTP cannot be listened on";
	if (errno == EADDRINUSE)
		*ret_problem = "the address of HTTP is in use already";
	else if (errno == EADDRNOTAVAIL)
		*ret_problem = "the address of HTTP is not of this host";
	close(fd);
	return ERR_IO;
}

/** Where one listens, and who may come. */
struct door {
	const char *listen;
	struct https *https;
	struct origin_rules origin;
	bool is_page;
};

static struct door rest_door(const struct api_settings *settings)
{
	return (struct door){settings->listen, settings->https,
			     settings->origin, false};
}

static struct door page_door(const struct page_settings *settings)
{
	return (struct door){settings->listen, settings->https,
			     settings->origin, true};
}

static struct api_problem problem_of(const struct door *door)
{
	return (struct api_problem){door->is_page ? "page" : "http",
				    door->listen, NULL};
}

static bool has_page(const struct api_settings *settings)
{
	return settings->page.listen && *settings->page.listen;
}

/** Is it to be reached from other hosts, and without TLS? */
static bool is_for_proxies(const struct door *door,
			   const struct sockaddr_storage *address)
{
	return !door->https && !is_loopback(address);
}

static enum err listen_read(const struct door *door,
			    struct sockaddr_storage *ret_address,
			    socklen_t *ret_len, const char **ret_problem)
{
	if (!listen_parse(door->listen, ret_address, ret_len)) {
		*ret_problem = "the address to listen on must be numeric, such "
			       "as 127.0.0.1:8080 or [::1]:8080";
		return ERR_SYNTAX;
	}
	if (is_for_proxies(door, ret_address) && !door->origin.n_proxies) {
		*ret_problem = "listen is not on loopback: that needs "
			       "tls = yes, or the addresses of the proxies "
			       "that may connect, in proxies";
		return ERR_FORBIDDEN;
	}
	return ERR_OK;
}

enum err api_check_listen(const struct api_settings *settings,
			  struct api_problem *ret_problem)
{
	const struct door doors[] = {rest_door(settings),
				     page_door(&settings->page)};
	struct sockaddr_storage address;
	socklen_t len;
	enum err err = ERR_OK;

	for (size_t i = 0; i < (has_page(settings) ? 2 : 1) && !err; i++) {
		*ret_problem = problem_of(&doors[i]);
		err = listen_read(&doors[i], &address, &len,
				  &ret_problem->text);
	}
	return err;
}

/** Bind and start. */
static enum err door_open(struct api *api, const struct door *door,
			  struct http_listener **ret, int *ret_port,
			  struct api_problem *ret_problem)
{
	struct http_settings http = {.api = api,
				     .https = door->https,
				     .origin = door->origin,
				     .is_page = door->is_page};
	struct sockaddr_storage address;
	socklen_t len;
	int fd;
	enum err err;

	*ret_problem = problem_of(door);
	err = listen_read(door, &address, &len, &ret_problem->text);

	if (!err)
		err = listen_open(&address, len, &fd, &ret_problem->text);
	if (err)
		return err;
	*ret_port = port_of(fd);
	http.is_for_proxies = is_for_proxies(door, &address);
	err = http_start(&http, fd, ret);
	if (err)
		ret_problem->text = "the HTTP server could not be started";
	return err;
}

static enum err api_start(struct api *api, struct api_problem *ret_problem)
{
	const struct door rest = rest_door(&api->settings);
	const struct door page = page_door(&api->settings.page);
	enum err err = ERR_OK;

	/* Who finds the relay ready finds the page as well. */
	if (has_page(&api->settings))
		err = door_open(api, &page, &api->page, &api->page_port,
				ret_problem);
	if (err)
		return err;
	return door_open(api, &rest, &api->rest, &api->port, ret_problem);
}

enum err api_new(const struct api_settings *settings, struct api **ret,
		 struct api_problem *ret_problem)
{
	const struct door rest = rest_door(settings);
	struct api *api = mem_alloc(sizeof(*api));

	memset(api, 0, sizeof(*api));
	api->settings = *settings;
	*ret_problem = problem_of(&rest);
	enum err err = admin_token_new(settings->admin_token_file, &api->admin,
				       &ret_problem->text);

	if (err)
		goto fail;
	api->store_pool =
		store_pool_new(settings->store_path,
			       HTTP_THREADS * (has_page(settings) ? 2 : 1));
	api->page_limits = page_limits_new();
	api->page_decisions = page_decisions_new(&api->settings);
	api->sign_ins = sign_ins_new();
	api->idempotency = idempotency_new();
	api->loop_calls = loop_calls_new(settings->loop);
	api->hop_searches = hop_searches_new(&api->settings);
	err = events_new(
		&(struct event_bus_settings){.store_pool = api->store_pool,
					     .writer = settings->writer},
		&api->events);
	if (err) {
		ret_problem->text = "a thread could not be started";
		goto fail;
	}
	err = api_start(api, ret_problem);
	if (err)
		goto fail;
	*ret = api;
	return ERR_OK;
fail:
	api_free(api);
	return err;
}

int api_port(const struct api *api)
{
	return api->port;
}

int api_page_port(const struct api *api)
{
	return api->page_port;
}

void api_drain(struct api *api)
{
	hop_searches_stop(api->hop_searches);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	if (api->events)
		events_stop(api->events);
	if (api->loop_calls)
		loop_calls_stop(api->loop_calls);
	if (api->page_decisions)
		page_decisions_stop(api->page_decisions);
	http_stop(api->page);
	http_stop(api->rest);
	events_free(api->events);
	hop_searches_free(api->hop_searches);
	loop_calls_free(api->loop_calls);
	page_decisions_free(api->page_decisions);
	page_limits_free(api->page_limits);
	sign_ins_free(api->sign_ins);
	idempotency_free(api->idempotency);
	store_pool_free(api->store_pool);
	admin_token_free(api->admin);
	free(api);
}
