#include "server/message/record.h"

#include "db/deliveries.h"
#include "db/journal.h"
#include "policies/kept_status.h"
#include "server/message/message_private.h"

static uint32_t age_ms(const struct attempt *attempt)
{
	const struct fanout *fanout = attempt->fanout;
	int64_t ms = fanout->age_ms - fanout->began_ms +
		     loop_now_ms(fanout->fanouts->settings.messages->loop);

	return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static enum recipient_outcome outcome_of(const struct delivery *row)
{
	if (!row)
		return RECIPIENT_DELIVERED;
	switch (row->state) {
	case DELIVERY_WAITING:
		return RECIPIENT_DEFERRED;
	case DELIVERY_EXPIRED:
		return RECIPIENT_EXPIRED;
	case DELIVERY_WITHDRAWN:
		return RECIPIENT_WITHDRAWN;
	case DELIVERY_FAILED:
	case DELIVERY_STATES:
		break;
	}
	return RECIPIENT_FAILED;
}

void record_first(struct attempt *attempt, const struct delivery *row,
		  const struct leg *leg)
{
	attempt->outcome = (uint8_t)outcome_of(row);
	attempt->status =
		leg ? (uint16_t)status_kept(leg->status, leg->is_unverified)
		    : 0;
	attempt->at_ms = age_ms(attempt);
}

void record_delivery(const struct attempt *attempt, struct delivery *row)
{
	const struct accepted_request *accepted = attempt->fanout->accepted;

	row->at_ms = age_ms(attempt);
	if (attempt->place < accepted->n)
		row->permission = accepted->stored[attempt->place].cached.row;
}

/** Of an entry that could not be read there are no tries. */
static void add_recipient(const struct fanout *fanout, size_t place,
			  struct text *bytes)
{
	static const struct attempt none = {.outcome = RECIPIENT_FAILED};
	const struct attempt *attempt =
		place < fanout->n ? &fanout->attempts[place] : &none;
	const struct stored_recipient *stored_recipient =
		&fanout->accepted->stored[place];

	recipient_pack(bytes,
		       &(struct recipient_record){
			       .recipient = stored_recipient->key,
			       .outcome = attempt->outcome,
			       .content = attempt->content,
			       .is_large = attempt->is_large,
			       .status = attempt->status,
			       .at_ms = attempt->at_ms,
			       .attempts = attempt->n_made,
			       .permission = stored_recipient->cached.row});
}

/* A key is no longer than what is stored of its recipient. */
static size_t len_max(size_t packed_len, size_t n)
{
	return packed_len + n * recipient_packed_len(0);
}

static struct view pack(struct fanout *fanout)
{
	const struct accepted_request *accepted = fanout->accepted;
	struct text bytes;

	text_init(&bytes, accepted->arena);
	text_reserve(&bytes, accepted->entry.left_out.len +
				     len_max(accepted->entry.recipients.len,
					     accepted->n));
	for (size_t i = 0; i < accepted->n; i++)
		add_recipient(fanout, i, &bytes);
	text_add_view(&bytes, accepted->entry.left_out);
	return text_view(&bytes);
}

size_t record_len(const struct list_request *list, size_t packed_len)
{
	const struct messages *messages = list->module;

	return messages->settings.keep_done_s
		       ? len_max(packed_len, list->recipients.n)
		       : 0;
}

static bool is_over(const struct outcome_job *outcome_job)
{
	for (size_t i = 0; i < outcome_job->n; i++)
		if (outcome_job->rows[i].state == DELIVERY_WAITING)
			return false;
	return true;
}

void record_make(struct fanout *fanout, struct request_record *ret)
{
	const struct messages_settings *messages =
		fanout->fanouts->settings.messages;
	const struct journal_entry *entry = &fanout->accepted->entry;

	if (!messages->keep_done_s)
		return;
	*ret = (struct request_record){
		.id = entry->id,
		.call_id = entry->call_id ? entry->call_id : "",
		.sender = entry->sender,
		.target = entry->target,
		.source = entry->source ? entry->source : "",
		.method = entry->method,
		.accepted_at = entry->accepted_at,
		.status = 202,
		.recipients = pack(fanout)};
	if (is_over(&fanout->outcome_job))
		ret->over_at = loop_wall_s(messages->loop);
}

struct view record_left_out(const struct list_request *list,
			    struct arena *arena)
{
	const struct messages *messages = list->module;
	const struct recipients *set = &list->recipients;
	struct text bytes;

	if (!messages->settings.keep_done_s || !set->n_left_out)
		return VIEW_NONE;
	text_init(&bytes, arena);
	for (size_t i = 0; i < set->n_left_out; i++)
		recipient_pack(
			&bytes,
			&(struct recipient_record){
				.recipient = set->left_out[i].key,
				.outcome = RECIPIENT_LEFT_OUT,
				.permission = set->left_out[i].cached.row});
	return text_view(&bytes);
}
