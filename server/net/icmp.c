#include "server/net/icmp.h"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#define ERRORS_MAX 64

struct icmp_error {
	bool is_final;
	union address to; /* where the datagram was to go */
	struct view quoted;
	char bytes[1500];
};

#define ROOM_OF_ERROR                                                          \
	CMSG_SPACE(sizeof(struct sock_extended_err) +                          \
		   sizeof(struct sockaddr_in6))

enum err icmp_open(int fd, int family)
{
	bool is_v6 = family == AF_INET6;
	int one = 1;

	return setsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			  is_v6 ? IPV6_RECVERR : IP_RECVERR, &one, sizeof(one))
		       ? ERR_IO
		       : ERR_OK;
}

/* RFC 3261 section 18.4 names unreachable and parameter problem; a datagram
 * that is too big for its path is sent in parts the next time. */
static bool is_final(const struct sock_extended_err *error)
{
	if (error->ee_origin == SO_EE_ORIGIN_ICMP)
		return (error->ee_type == ICMP_DEST_UNREACH &&
			error->ee_code != ICMP_FRAG_NEEDED) ||
		       error->ee_type == ICMP_PARAMETERPROB;
	if (error->ee_origin == SO_EE_ORIGIN_ICMP6)
		return error->ee_type == ICMP6_DST_UNREACH ||
		       error->ee_type == ICMP6_PARAM_PROB;
	return false;
}

static bool has_error(const struct cmsghdr *control)
{
	return (control->cmsg_level == IPPROTO_IP &&
		control->cmsg_type == IP_RECVERR) ||
	       (control->cmsg_level == IPPROTO_IPV6 &&
		control->cmsg_type == IPV6_RECVERR);
}

/* The oldest one; false when there is none. */
static bool icmp_read(int fd, struct icmp_error *ret)
{
	_Alignas(struct cmsghdr) char control[ROOM_OF_ERROR + 256];
	struct iovec piece = {.iov_base = ret->bytes,
			      .iov_len = sizeof(ret->bytes)};
	struct msghdr header = {.msg_name = &ret->to,
				.msg_namelen = sizeof(ret->to),
				.msg_iov = &piece,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control)};
	ssize_t n;

	memset(&ret->to, 0, sizeof(ret->to));
	ret->is_final = false;
	n = recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (n < 0)
		return false;
	ret->quoted = (struct view){ret->bytes, (size_t)n};
	for (struct cmsghdr *at = CMSG_FIRSTHDR(&header); at;
	     at = CMSG_NXTHDR(&header, at)) {
		struct sock_extended_err error;

		if (!has_error(at) || at->cmsg_len < CMSG_LEN(sizeof(error)))
			continue;
		memcpy(&error, CMSG_DATA(at), sizeof(error));
		ret->is_final = is_final(&error);
	}
	return true;
}

void icmp_take(int fd, const struct transport_settings *settings)
{
	struct icmp_error error;

	for (int i = 0; i < ERRORS_MAX && icmp_read(fd, &error); i++)
		if (error.is_final && settings->undelivered)
			settings->undelivered(settings->arg, &error.to,
					      error.quoted);
}
