#include "server/media/ports.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/arena.h"

#define TRIES 64	     /* ports that others may have, in one call */
#define RECEIVE_BUFFER 32768 /* bytes: about 1 s of packets */

enum err ports_init(struct ports *ports, const union address *address,
		    unsigned first, unsigned last)
{
	first += first % 2;
	if (first < 1024 || last > 65535 || last < first)
		return ERR_SYNTAX;
	*ports = (struct ports){.address = *address,
				.first = first,
				.n = (last - first) / 2 + 1};
	ports->is_used = mem_alloc(ports->n * sizeof(*ports->is_used));
	return ERR_OK;
}

void ports_release(struct ports *ports)
{
	free(ports->is_used);
	*ports = (struct ports){0};
}

static enum err open_socket(const union address *address, int *ret_fd)
{
	int buffer = RECEIVE_BUFFER, one = 1, family = address->any.sa_family;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	enum err err = ERR_OK;

	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? ERR_FULL : ERR_IO;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)))
		err = ERR_IO;
	else if (bind(fd, &address->any, address_len(address)))
		err = errno == EADDRINUSE ? ERR_EXISTS : ERR_IO;
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

static enum err open_at(struct ports *ports, unsigned at, int *ret_fd)
{
	union address address = ports->address;

	if (ports->is_used[at])
		return ERR_EXISTS;
	address_set_port(&address, (int)(ports->first + 2 * at));
	return open_socket(&address, ret_fd);
}

enum err ports_open(struct ports *ports, int *ret_fd, unsigned *ret_port)
{
	unsigned n_refused = 0;

	for (unsigned i = 0; i < ports->n && n_refused < TRIES; i++) {
		unsigned at = ports->cursor;
		enum err err = open_at(ports, at, ret_fd);

		ports->cursor = (at + 1) % ports->n;
		if (err == ERR_EXISTS) {
			n_refused += !ports->is_used[at];
			continue;
		}
		if (err)
			return err;
		ports->is_used[at] = true;
		ports->n_used++;
		*ret_port = ports->first + 2 * at;
		return ERR_OK;
	}
	return ERR_BUSY;
}

void ports_give_back(struct ports *ports, unsigned port)
{
	unsigned at = (port - ports->first) / 2;

	if (port < ports->first || at >= ports->n || !ports->is_used[at])
		return;
	ports->is_used[at] = false;
	ports->n_used--;
}

bool ports_have(const struct ports *ports, const union address *host,
		const union address *address)
{
	unsigned port = (unsigned)address_port(address);
	union address there = *host;

	address_set_port(&there, address_port(address));
	return port >= ports->first && port < ports->first + 2 * ports->n &&
	       address_equal(&there, address);
}
