#include "tests/unit/stream_help.h"

struct net net;

struct text hello; /* a good message */

void set_up(void)
{
	net_init(&net);
	message_make(&hello, "hello");
}

void tear_down(void)
{
	text_release(&hello);
	net_close(&net);
}
