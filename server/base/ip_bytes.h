/*
 * ip_bytes -- an IP address as 16 bytes: IPv6, or IPv4 mapped (RFC 4291 section
 * 2.5.5.2), so that there is one kind to compare and to count by.
 */
#ifndef VOLENS_BASE_IP_BYTES_H
#define VOLENS_BASE_IP_BYTES_H

#include "server/base/view.h"

#define IP_BYTES 16
#define IPV4_AT 12 /**< where the four of an IPv4 address begin */

bool ip_bytes_are_v4(const uint8_t address[IP_BYTES]);
/** Of the four bytes of an IPv4 address. */
void ip_bytes_map(const void *four, uint8_t ret[IP_BYTES]);
/** Of a numeric address, without brackets, port and zone; else false, and
 *  nothing is written. */
bool ip_bytes_read(struct view text, uint8_t ret[IP_BYTES]);
#define IP_TEXT_ROOM 46 /**< bytes of an address as text, with its end */
/** As people write it: an IPv4 address with dots, without brackets. */
void ip_bytes_print(const uint8_t address[IP_BYTES], char ret[IP_TEXT_ROOM]);
/** Those by which a client is counted: an IPv4 address, or the first half of an
 *  IPv6 one, which is one client's. */
struct view ip_bytes_client(const uint8_t address[IP_BYTES]);

#endif
