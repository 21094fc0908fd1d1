/* Reliable provisional responses, as the one who called (RFC 3262). */
#include "server/session/session_private.h"

#include "server/sip/cseq.h"

/* RFC 3262 section 7.1: 1 to 2**32 - 1; 0: there is none that can be read. */
static uint32_t rseq_of(const struct message *response)
{
	uint64_t number;

	if (view_to_u64(message_value(response, FIELD_RSEQ), UINT32_MAX,
			&number) != ERR_OK)
		return 0;
	return (uint32_t)number;
}

/* RFC 3262 section 4: in order, one by one; the first may have any number.  The
 * next one may not leave before PRACK came (section 3), and is sent again: who
 * does not answer PRACK has one of ours at a time, not one for each response.
 */
static bool is_next(struct session_fork *fork, uint32_t rseq)
{
	if (!rseq || fork->prack || (fork->rseq && rseq != fork->rseq + 1))
		return false;
	fork->rseq = rseq;
	return true;
}

static void send_prack(struct session_fork *fork)
{
	struct session *session = fork->session;
	struct session_request_parts parts = {.method = "PRACK"};
	struct session_request *prack;
	struct text lines;

	text_init(&lines, NULL);
	text_printf(&lines, "RAck: %u %u INVITE\r\n", fork->rseq,
		    session->cseq);
	session_supported(session->sessions, VIEW_NONE, &lines);
	parts.lines = text_view(&lines);
	prack = session_request_new(session->sessions, fork->dialog, &parts);
	text_release(&lines);
	if (!prack)
		return;
	session_request_own(prack, session);
	prack->fork = fork;
	fork->prack = prack;
	session_request_send(prack);
}

#define PRACKS_MOST 32 /* requests of a call that are out, of any method */

bool early_receive(struct session_fork *fork, const struct message *response)
{
	/* It comes again. */
	if (fork->session->n_requests > PRACKS_MOST)
		return false;
	if (!is_next(fork, rseq_of(response)))
		return false;
	send_prack(fork);
	if (!invite_take_description(fork, OFFER_MESSAGE_RELIABLE, response))
		session_lose(fork->session, SESSION_UNUSABLE, 488,
			     "No usable answer");
	return true;
}
