#include "server/base/ip_bytes.h"

#include <arpa/inet.h>

#define CLIENT 8 /* bytes of IPv6 */

static const uint8_t mapped[IPV4_AT] = {[10] = 0xff, [11] = 0xff};

bool ip_bytes_are_v4(const uint8_t address[IP_BYTES])
{
	return memcmp(address, mapped, IPV4_AT) == 0;
}

void ip_bytes_map(const void *four, uint8_t ret[IP_BYTES])
{
	memcpy(ret, mapped, IPV4_AT);
	memcpy(ret + IPV4_AT, four, IP_BYTES - IPV4_AT);
}

bool ip_bytes_read(struct view text, uint8_t ret[IP_BYTES])
{
	char copy[INET6_ADDRSTRLEN];
	uint8_t bytes[IP_BYTES];

	if (text.len >= sizeof(copy) || view_find(text, '\0', 0) != SIZE_MAX)
		return false;
	if (text.len)
		memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, bytes) == 1) {
		ip_bytes_map(bytes, ret);
		return true;
	}
	if (inet_pton(AF_INET6, copy, bytes) != 1)
		return false;
	memcpy(ret, bytes, IP_BYTES);
	return true;
}

struct view ip_bytes_client(const uint8_t address[IP_BYTES])
{
	struct view all = {(const char *)address, IP_BYTES};

	return ip_bytes_are_v4(address) ? view_from(all, IPV4_AT)
					: view_head(all, CLIENT);
}

void ip_bytes_print(const uint8_t address[IP_BYTES], char ret[IP_TEXT_ROOM])
{
	const char *text =
		ip_bytes_are_v4(address)
			? inet_ntop(AF_INET, address + IPV4_AT, ret,
				    IP_TEXT_ROOM)
			: inet_ntop(AF_INET6, address, ret, IP_TEXT_ROOM);

	if (!text)
		*ret = '\0';
}
