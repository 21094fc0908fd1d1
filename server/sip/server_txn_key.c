#include "server/sip/server_txn_private.h"

/*
 * A client that uses one branch for all its requests must not have a claimed
 * one taken for one of the others, so all that tells two requests apart is in
 * the key; of CSeq the number, so that a CANCEL finds it.
 */
static struct hash128 claimed_key(const struct received *received,
				  struct view method)
{
	struct view cseq = message_value(received->message, FIELD_CSEQ);
	const struct view fields[] = {
		received->via.branch,
		received->via.sent_by,
		method,
		received->call_id,
		received->from_tag,
		view_head(cseq, view_find(cseq, ' ', 0)),
		received->identity,
	};

	return received_hash(received, fields, 7);
}

/*
 * RFC 3261 section 17.2.3; requests without the cookie by what RFC 2543 had.
 * There, too, ACK and CANCEL find their INVITE: they have its number, and an
 * ACK has a tag in To that the INVITE had not.
 */
struct hash128 server_txn_key(const struct received *received,
			      struct view method)
{
	const struct message *message = received->message;
	struct view cseq = message_value(message, FIELD_CSEQ);
	bool is_invite = view_equal(method, VIEW("INVITE"));
	const struct view with_branch[] = {received->via.branch,
					   received->via.sent_by, method};
	const struct view without[] = {
		message->uri,
		is_invite ? VIEW_NONE : received->to_tag,
		received->from_tag,
		received->call_id,
		method,
		is_invite ? view_head(cseq, view_find(cseq, ' ', 0)) : cseq,
		message_value(message, FIELD_VIA),
	};

	if (received->identity.len)
		return claimed_key(received, method);
	if (view_starts_nocase(received->via.branch, VIEW(BRANCH_COOKIE)))
		return received_hash(received, with_branch, 3);
	return received_hash(received, without, 7);
}

struct hash128 server_txn_merge(struct received *received)
{
	const struct view fields[] = {
		received->call_id, received->from_tag,
		message_value(received->message, FIELD_CSEQ)};

	if (!received->has_merge)
		received->merge = received_hash(received, fields, 3);
	received->has_merge = true;
	return received->merge;
}

/* RFC 3261 section 17.2.3 knows a retransmission by its branch alone; but who
 * uses one branch, Call-ID and CSeq for two things must not be told of the
 * second what became of the first. */
uint64_t server_txn_content(struct received *received)
{
	struct view body = received->message->body;
	struct view fields[] = {received->message->uri, body};

	if (received->identity.len) /* all that it says is in its key */
		return 0;
	/* A shorter one stands for itself. */
	if (body.len >= HASH_LEN)
		fields[1] = (struct view){
			(const char *)received_body_hash(received), HASH_LEN};
	return received_hash(received, fields, 2).a;
}

uint16_t server_txn_source(const struct received *received)
{
	uint8_t bytes[16];

	address_bytes(&received->from->peer.address, bytes);
	return (uint16_t)hash_64(&received->sip->key, bytes, sizeof(bytes));
}
