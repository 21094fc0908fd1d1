/*
 * stream_help -- a transport with connections, and peers that open them.
 */
#ifndef VOLENS_TESTS_UNIT_STREAM_HELP_H
#define VOLENS_TESTS_UNIT_STREAM_HELP_H

#include "server/base/text.h"
#include "tests/unit/transport_help.h"

#include <check.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define TCP 1

extern struct net net;
extern struct text hello; /* a good message */
void set_up(void);
void tear_down(void);

#endif
