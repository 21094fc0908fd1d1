/* How a socket for datagrams is made. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/icmp.h"
#include "server/net/transport_private.h"

static enum err udp_bind(int fd, const union address *address, int buffer)
{
	int one = 1;

	if (buffer > 0) {
		/* FORCE needs CAP_NET_ADMIN; else the system's limit holds. */
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer,
			       sizeof(buffer)))
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer,
				   sizeof(buffer));
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer,
			       sizeof(buffer)))
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer,
				   sizeof(buffer));
	}
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	if (address->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)))
		return ERR_IO;
	if (bind(fd, &address->any, address_len(address)))
		return errno == EADDRINUSE ? ERR_EXISTS : ERR_IO;
	return ERR_OK;
}

enum err udp_socket(const union address *address, int buffer, int *ret_fd)
{
	int family = address->any.sa_family;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	enum err err;

	if (fd < 0)
		return ERR_IO;
	err = udp_bind(fd, address, buffer);
	if (!err)
		err = icmp_open(fd, family);
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}
