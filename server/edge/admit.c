/* May this sender use the module of the request?  Identity and rights. */
#include "server/edge/intake.h"
#include "server/edge/request_read.h"

/** A rate of the unproved is one a minute: source_rate.h counts by seconds. */
#define MINUTE_S 60
#define ROOM 4096 /**< bytes of an arena, beside a body that is read */

static enum intake_progress challenge(struct intake *intake)
{
	const char *domain = intake->target.domain;
	const struct challenge it = {
		.status = 407,
		.realm = domain ? domain : intake->edge->settings.domain,
		.is_stale = intake->proof.is_stale,
		.to = &intake->received->from->peer.address};

	identify_challenge(intake->edge, &it, &intake->reply.lines);
	return intake_refuse(intake, 407, NULL);
}

/* Other credentials could help, these never will: 403 (RFC 3261 21.4.4). */
static enum intake_progress refuse_account(struct intake *intake)
{
	count(intake->edge->counters, COUNT_REFUSED_ACCOUNT);
	return intake_refuse(intake, 403, "This Account May Not Send");
}

/* The password is not looked at, and another one would not be. */
static enum intake_progress refuse_locked(struct intake *intake)
{
	count(intake->edge->counters, COUNT_LOGINS_LOCKED);
	return intake_refuse(intake, 403, "Too Many Failed Attempts");
}

/* What request_read.c copies. */
static size_t room_for(const struct method_module *row,
		       const struct message *message)
{
	size_t len = row->makes_dialog ? message->whole.len : 0;

	if (row->is_relayed || row->makes_dialog)
		len += message->body.len + ROOM;
	return len;
}

/* Who writes in the name of one of ours can sign in, and is challenged: else
 * somebody whose client waits for that would be hidden from whom they write to.
 */
static bool is_from_elsewhere(const struct intake *intake)
{
	const struct parsed_name *from = &intake->received->from_name;

	return from->is_read && !targets_host_is_ours(intake->edge, &from->uri);
}

/* Over their rate they have to prove who they are like everybody else.  Peers
 * of a trust domain carry the traffic of many. */
static bool is_in_time(const struct intake *intake)
{
	const struct edge *edge = intake->edge;

	return intake->trust ||
	       !source_rate_take_peer(edge->unproved,
				      &intake->received->from->peer,
				      loop_now_ms(edge->loop) / MINUTE_S,
				      edge->settings.unproved_per_minute,
				      edge->settings.unproved_per_minute);
}

/* RFC 4453 REQ 12.  What could prove somebody and does not is no reason to take
 * them for nobody. */
static bool is_let_in(const struct intake *intake)
{
	const struct service *service = intake->target.service;

	return intake->module->row->identity == IDENTITY_BY_SERVICE &&
	       service && service->takes_unauthenticated &&
	       is_from_elsewhere(intake) && is_in_time(intake);
}

enum intake_progress intake_identify(struct intake *intake)
{
	const struct method_module *row = intake->module->row;
	bool is_possible = identify_is_possible(intake);

	if (!intake->is_claimed && identify_is_spoilt(intake))
		return intake_refuse(intake, 400, "Bad P-Asserted-Identity");
	intake->is_unproved = !is_possible && is_let_in(intake);
	if (!is_possible && row->identity != IDENTITY_OPTIONAL &&
	    !intake->is_unproved)
		return challenge(intake);
	intake->arena = arena_new(room_for(row, intake->received->message));
	request_find_key(intake);
	if (is_possible)
		identify_sender(intake, intake->arena, &intake->proof);
	return INTAKE_NEXT;
}

/* A deny needs no proof; for a grant this account is nobody. */
enum intake_progress intake_admit(struct intake *intake)
{
	const struct method_module *row = intake->module->row;
	struct proof *proof = &intake->proof;

	if (intake->is_unproved)
		return INTAKE_NEXT;
	if (row->identity != IDENTITY_OPTIONAL) {
		if (proof->sender.method == IDENTITY_NONE)
			return proof->is_locked ? refuse_locked(intake)
						: challenge(intake);
		if (!(proof->may & row->right))
			return refuse_account(intake);
	} else if (intake->is_too_fast &&
		   proof->sender.method == IDENTITY_NONE) {
		/* The credentials that let it through were none. */
		return intake_refuse_rate(intake);
	} else if (!(proof->may & row->right)) {
		*proof = (struct proof){.is_stale = proof->is_stale};
	}
	return INTAKE_NEXT;
}
