/* What became of each who was to be called, for the records of requests. */
#include "server/focus/focus_private.h"

#include "db/records.h"
#include "policies/kept_status.h"

#define METHOD_NAME "INVITE"

bool records_are_kept(const struct conferences *conferences)
{
	return conferences->settings.keep_done_s > 0;
}

/* ---- outcomes ------------------------------------------------------------ */

/* Of who was called and did not come: what their phone, or the way to it, said.
 */
static enum recipient_outcome outcome_of_status(int status)
{
	switch (status) {
	case 486:
	case 600:
		return RECIPIENT_BUSY;
	case 603:
	case 607: /* RFC 8197 */
	case 608: /* RFC 8688 */
		return RECIPIENT_DECLINED;
	case 408:
	case 480:
		return RECIPIENT_NO_ANSWER;
	default:
		return RECIPIENT_FAILED;
	}
}

static enum recipient_outcome outcome_of(const struct conference_party *party)
{
	if (party->is_revoked)
		return RECIPIENT_WITHDRAWN;
	if (party->left == PARTY_LEFT_BOOTED)
		return RECIPIENT_REMOVED;
	if (party->answered_at)
		return RECIPIENT_ANSWERED;
	if (party->left != PARTY_LEFT_DEPARTED)
		return outcome_of_status(party->sip_status);
	return party->called_ms ? RECIPIENT_CANCELLED : RECIPIENT_NOT_CALLED;
}

static uint32_t since(int64_t from_s, int64_t at_ms)
{
	int64_t ms = at_ms - from_s * 1000;

	return ms < 0		    ? 0
	       : ms >= RECORD_NEVER ? RECORD_NEVER - 1
				    : (uint32_t)ms;
}

static uint32_t since_or_never(int64_t from_s, int64_t at_ms)
{
	return at_ms ? since(from_s, at_ms) : RECORD_NEVER;
}

/* A status that stands for an end of ours is none of theirs. */
static void add_party(const struct conference_party *party, struct text *bytes)
{
	int64_t from = party->room->created_at;
	int64_t over_ms = party->over_ms ? party->over_ms : wall_now_ms();
	bool is_ours = party->left == PARTY_LEFT_DEPARTED;

	recipient_pack(
		bytes,
		&(struct recipient_record){
			.recipient = party->key,
			.outcome = outcome_of(party),
			.status = is_ours ? 0
					  : status_kept(party->sip_status,
							party->is_unverified),
			.at_ms = since(from, over_ms),
			.attempts = party->called_ms ? 1 : 0,
			.permission = party->cached.row,
			.is_call = true,
			.called_ms = since_or_never(from, party->called_ms),
			.answered_ms =
				since_or_never(from, party->answered_ms)});
}

void room_note_left_out(struct conference_room *room, const char *key,
			int64_t permission)
{
	if (!records_are_kept(room->conferences) ||
	    room->n_left_out == LEFT_OUT_MAX)
		return;
	if (room->n_left_out++ == 0)
		text_init(&room->left_out, room->arena);
	recipient_pack(&room->left_out,
		       &(struct recipient_record){
			       .recipient = key,
			       .outcome = RECIPIENT_LEFT_OUT,
			       .at_ms = since(room->created_at, wall_now_ms()),
			       .permission = permission,
			       .is_call = true,
			       .called_ms = RECORD_NEVER,
			       .answered_ms = RECORD_NEVER});
}

/* What REST orders and nobody permits: an order that makes no sense is its
 * client's affair. */
void room_note_refused(const struct conference_room *room,
		       const struct callees *callees)
{
	struct conferences *conferences = room->conferences;
	const struct refused refused = {
		.call_id = room->call_id,
		.sender = room->sender,
		.target = room->service->key,
		.source = room->source,
		.method = METHOD_NAME,
		.at = loop_wall_s(conferences->settings.loop),
		.status = callees->refusal.sip_status,
		.conference = room->is_known ? room->id : NULL,
		.recipients = &callees->recipients,
		.verdicts = callees->verdicts};

	if (callees->refusal.n_missing)
		refusals_take(conferences->refusals, &refused);
}

/* ---- a conference that is over ------------------------------------------- */

void room_record(const struct conference_room *room, struct arena *arena,
		 struct request_record *ret)
{
	const struct conference_party *party;
	struct text bytes;

	text_init(&bytes, arena);
	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party->is_dialled_out)
			add_party(party, &bytes);
	}
	if (room->n_left_out)
		text_add_view(&bytes, text_view(&room->left_out));
	*ret = (struct request_record){.call_id = room->call_id,
				       .sender = room->sender,
				       .target = room->service->key,
				       .source = room->source,
				       .method = METHOD_NAME,
				       .accepted_at = room->created_at,
				       .over_at = room->ended_at,
				       .status = 200,
				       .conference = room->id,
				       .recipients = text_view(&bytes)};
}

/* ---- one that a former process left -------------------------------------- */

/* How long it was answered, or whether it was, the rows do not say of who is
 * gone; of the others, no more than what was on disk. */
static void add_row(const struct conference_row *conference,
		    const struct call_row *row, int64_t now, struct text *bytes)
{
	static const enum recipient_outcome outcomes[CALL_STATES] = {
		[CALL_QUEUED] = RECIPIENT_NOT_CALLED,
		[CALL_INVITING] = RECIPIENT_CANCELLED,
		[CALL_CONFIRMED] = RECIPIENT_ANSWERED,
	};
	bool was_called = row->state != CALL_QUEUED;
	const char *key = row->party_uri;

	if (uri_key(bytes->arena, view_of(row->party_uri), &key))
		key = row->party_uri;

	recipient_pack(
		bytes,
		&(struct recipient_record){
			.recipient = key,
			.outcome = outcomes[row->state],
			.at_ms = since(conference->created_at, now * 1000),
			.attempts = was_called ? 1 : 0,
			.is_call = true,
			.called_ms = was_called ? since(conference->created_at,
							row->since * 1000)
						: RECORD_NEVER,
			.answered_ms = RECORD_NEVER});
}

static const char *target_of(const struct conferences *conferences,
			     const char *name, struct arena *arena)
{
	const struct conferences_settings *settings = &conferences->settings;

	for (size_t i = 0; i < settings->n_services; i++) {
		if (service_is(&settings->services[i], name))
			return settings->services[i].key;
	}
	return strchr(name, '@') ? arena_printf(arena, "sip:%s", name)
				 : arena_printf(arena, "sip:%s@%s", name,
						settings->domain);
}

void left_record(const struct conferences *conferences,
		 const struct conferences_left *left,
		 const struct conference_row *row, struct arena *arena,
		 struct request_record *ret)
{
	int64_t now = loop_wall_s(conferences->settings.loop);
	struct text bytes;

	text_init(&bytes, arena);
	for (size_t i = 0; i < left->n_calls; i++) {
		const struct call_row *call = &left->calls[i];

		if (!call->is_theirs && strcmp(call->conference, row->id) == 0)
			add_row(row, call, now, &bytes);
	}
	*ret = (struct request_record){
		.call_id = row->call_id,
		.sender = row->sender,
		.target = target_of(conferences, row->service, arena),
		.source = row->source,
		.method = METHOD_NAME,
		.accepted_at = row->created_at,
		.over_at = now,
		.status = 200,
		.conference = row->id,
		.recipients = text_view(&bytes)};
}
