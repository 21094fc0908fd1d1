#include "server/session/life.h"

#include <stddef.h>

struct life_row {
	enum life_state state;
	enum life_event event;
	enum life_state next;
	unsigned actions;
};

/* RFC 3261: a 2xx wins against CANCEL (9.1) and is acknowledged whatever became
 * of the call (13.2.2.4); who was called sends no BYE before the ACK came or is
 * not to be expected any more (15); a caller may send BYE at once (15.1). */
/* clang-format off */
#define S(state) LIFE_##state
static const struct life_row rows[] = {
	{S(CALLING),    S(GOT_SUCCESS), S(ANSWERED),   S(TELL_ANSWERED)},
	{S(CALLING),    S(GOT_FAILURE), S(OVER),       S(TELL_ENDED)},
	{S(CALLING),    S(RANG_OUT),    S(CANCELLING), S(CANCEL)},
	{S(CALLING),    S(END),         S(CANCELLING), S(CANCEL)},
	{S(CALLING),    S(LOST),        S(CANCELLING), S(CANCEL)},
	{S(CANCELLING), S(GOT_SUCCESS), S(LEAVING),    S(SEND_ACK) | S(SEND_BYE)},
	{S(CANCELLING), S(GOT_FAILURE), S(OVER),       S(TELL_ENDED)},
	{S(ANSWERED),   S(CONFIRM),     S(CONFIRMED),  S(SEND_ACK) | S(TELL_MEDIA)},
	{S(ANSWERED),   S(END),         S(LEAVING),    S(SEND_ACK) | S(SEND_BYE)},
	{S(ANSWERED),   S(SLOW),        S(LEAVING),    S(SEND_ACK) | S(SEND_BYE)},
	{S(ANSWERED),   S(LOST),        S(LEAVING),    S(SEND_ACK) | S(SEND_BYE)},
	{S(ANSWERED),   S(GOT_BYE),     S(OVER),       S(SEND_ACK) | S(TELL_ENDED)},
	{S(OFFERED),    S(TURN),        S(HELD),       S(TELL_ANSWERED)},
	{S(OFFERED),    S(END),         S(OVER),       S(REFUSE) | S(TELL_ENDED)},
	{S(OFFERED),    S(GOT_CANCEL),  S(OVER),       S(REFUSE) | S(TELL_ENDED)},
	{S(OFFERED),    S(GOT_BYE),     S(OVER),       S(REFUSE) | S(TELL_ENDED)},
	{S(HELD),       S(CONFIRM),     S(ACCEPTED),   S(SEND_SUCCESS)},
	{S(HELD),       S(END),         S(OVER),       S(REFUSE) | S(TELL_ENDED)},
	{S(HELD),       S(GOT_CANCEL),  S(OVER),       S(REFUSE) | S(TELL_ENDED)},
	{S(HELD),       S(GOT_BYE),     S(OVER),       S(REFUSE) | S(TELL_ENDED)},
	{S(ACCEPTED),   S(GOT_ACK),     S(CONFIRMED),  S(TELL_MEDIA)},
	{S(ACCEPTED),   S(NO_ACK),      S(LEAVING),    S(SEND_BYE)},
	{S(ACCEPTED),   S(END),         S(CLOSING),    0},
	{S(ACCEPTED),   S(LOST),        S(CLOSING),    0},
	{S(ACCEPTED),   S(GOT_BYE),     S(OVER),       S(TELL_ENDED)},
	{S(CLOSING),    S(GOT_ACK),     S(LEAVING),    S(SEND_BYE)},
	{S(CLOSING),    S(NO_ACK),      S(LEAVING),    S(SEND_BYE)},
	{S(CLOSING),    S(GOT_BYE),     S(OVER),       S(TELL_ENDED)},
	{S(CONFIRMED),  S(END),         S(LEAVING),    S(SEND_BYE)},
	{S(CONFIRMED),  S(LOST),        S(LEAVING),    S(SEND_BYE)},
	{S(CONFIRMED),  S(NO_ACK),      S(LEAVING),    S(SEND_BYE)},
	{S(CONFIRMED),  S(GOT_BYE),     S(OVER),       S(TELL_ENDED)},
	{S(LEAVING),    S(BYE_IS_OVER), S(OVER),       S(TELL_ENDED)},
	{S(LEAVING),    S(GOT_BYE),     S(OVER),       S(TELL_ENDED)},
};
#undef S
/* clang-format on */

unsigned life_step(enum life_state state, enum life_event event,
		   enum life_state *ret_next)
{
	*ret_next = state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].state != state || rows[i].event != event)
			continue;
		*ret_next = rows[i].next;
		return rows[i].actions;
	}
	return 0;
}
