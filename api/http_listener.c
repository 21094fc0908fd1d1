/* Listeners of HTTP, and their connections. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "api/http_private.h"
#include "server/base/log.h"

/* Of libmicrohttpd, each thread a quarter: api/connections keeps their number
 * far below it.  Everybody on loopback has one address. */
#define HTTP_CONNECTIONS_MAX (8 * CONNECTIONS_MAX)
/* Without a byte; a handshake of TLS has to be over by then, too. */
#define IDLE_S 10u
#define PAGE_CONNECTIONS_MAX 16u /* of one address */

static bool address_take(const struct sockaddr *from,
			 uint8_t ret[ORIGIN_ADDRESS])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const void *any = from;

	memset(ret, 0, ORIGIN_ADDRESS);
	if (from->sa_family == AF_INET) {
		const struct sockaddr_in *in = any;

		memcpy(ret, mapped, sizeof(mapped));
		memcpy(ret + sizeof(mapped), &in->sin_addr,
		       sizeof(in->sin_addr));
		return true;
	}
	if (from->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = any;

		memcpy(ret, &in6->sin6_addr, sizeof(in6->sin6_addr));
		return true;
	}
	return false;
}

void http_addresses(struct MHD_Connection *connection,
		    uint8_t ret_peer[ORIGIN_ADDRESS],
		    uint8_t ret_local[ORIGIN_ADDRESS])
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_storage local = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(local);
	void *any = &local;

	memset(ret_peer, 0, ORIGIN_ADDRESS);
	if (info && info->client_addr)
		(void)address_take(info->client_addr, ret_peer);
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info)
		(void)getsockname(info->connect_fd, any, &len);
	(void)address_take(any, ret_local);
}

static void address_log(const uint8_t address[ORIGIN_ADDRESS])
{
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(AF_INET6, address, text, sizeof(text));
	log_event(LOG_EVENT_HTTP_STRANGER, NULL, "from=%s", log_text(text));
}

/** Without TLS a token can be read on its way, and is not even to be sent. */
static enum MHD_Result on_accept(void *arg, const struct sockaddr *from,
				 socklen_t len)
{
	const struct http_listener *listener = arg;
	uint8_t peer[ORIGIN_ADDRESS];

	(void)len;
	if (!listener->settings.is_for_proxies)
		return MHD_YES;
	if (address_take(from, peer) &&
	    origin_is_proxy(&listener->settings.origin, peer))
		return MHD_YES;
	address_log(peer);
	return MHD_NO;
}

/** Its handshake has to find the certificates. */
static void connection_begin(struct http_listener *listener,
			     struct MHD_Connection *connection, void *handle)
{
	const union MHD_ConnectionInfo *info;
	struct https_set *set;

	if (!listener->settings.https)
		return;
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (!info || !info->tls_session)
		return;
	set = handle ? https_take(listener->settings.https) : NULL;
	if (handle)
		*connections_own(handle) = set;
	https_begin(info->tls_session, set);
}

static void on_connection(void *arg, struct MHD_Connection *connection,
			  void **handle,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http_listener *listener = arg;
	struct connections *connections = listener->connections;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*handle)
			https_give_back(*connections_own(*handle));
		connections_drop(connections, *handle);
		*handle = NULL;
		return;
	}
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	*handle = info ? connections_add(connections, info->connect_fd) : NULL;
	connection_begin(listener, connection, *handle);
}

static void on_log(void *arg, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));
static void on_log(void *arg, const char *format, va_list list)
{
	char line[256];

	(void)arg;
	vsnprintf(line, sizeof(line), format, list);
	log_event(LOG_EVENT_HTTP_LIBRARY, NULL, "text=%s",
		  log_view(view_trim(view_of(line))));
}

/** The page is for strangers, each from an address of their own; behind a proxy
 *  all have one.  0: there is no limit. */
static unsigned per_address(const struct http_settings *settings)
{
	return settings->is_page && !settings->origin.n_proxies
		       ? PAGE_CONNECTIONS_MAX
		       : 0;
}

enum err http_start(const struct http_settings *settings, int listen_fd,
		    struct http_listener **ret)
{
	struct http_listener *listener = mem_alloc(sizeof(*listener));
	struct https *https = settings->https;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, NULL},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, NULL},
		{MHD_OPTION_END, 0, NULL}};

	memset(listener, 0, sizeof(*listener));
	listener->settings = *settings;
	listener->connections = connections_new();
	if (https) {
		tls[0].ptr_value = (void *)(uintptr_t)https_chooser();
		tls[1].ptr_value = (void *)(uintptr_t)https_priorities(https);
	} else {
		tls[0].option = MHD_OPTION_END;
	}
	/* clang-format off */
	listener->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG |
			MHD_ALLOW_SUSPEND_RESUME | (https ? MHD_USE_TLS : 0), 0,
		on_accept, listener, http_on_request, listener,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, listen_fd,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
		MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address(settings),
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_UNESCAPE_CALLBACK, http_on_unescape, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, http_on_uri, listener,
		MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, listener,
		MHD_OPTION_ARRAY, tls,
		MHD_OPTION_END);
	/* clang-format on */
	if (!listener->daemon) {
		connections_free(listener->connections);
		free(listener);
		return ERR_IO;
	}
	*ret = listener;
	return ERR_OK;
}

bool http_is_secure(const struct http_listener *listener)
{
	return listener->settings.https != NULL;
}

void http_stop(struct http_listener *listener)
{
	if (!listener)
		return;
	MHD_stop_daemon(listener->daemon);
	connections_free(listener->connections);
	free(listener);
}
