/*
 * Calls that come in: any messages in any order, an RS (0x1e) between two of
 * them, at transactions, dialogs and an owner who answers by the number in
 * CSeq.  The first byte of the input says which transport they come by.
 */
#include "server/sip/dialog_table.h"
#include "server/sip/receive.h"
#include "server/sip/respond.h"
#include "server/sip/server_txn.h"
#include "server/sip/sip_private.h"

#include "tests/fuzz/fuzz_transport.h"

#define CALLS_MAX 8

/** One INVITE outside of dialogs, and its dialog. */
struct call {
	struct server_txn *txn;
	struct arena *arena;
	struct dialog *dialog;
	bool is_cancelled;
};

/** Everything of one input. */
struct fuzz_calls {
	struct sip *sip;
	struct flow from;
	struct call calls[CALLS_MAX];
	size_t n;
	struct arena *arena; /**< of what comes in dialogs */
	struct server_txn *in_dialog[CALLS_MAX];
	size_t n_in_dialog;
	bool is_ack; /**< what is being received */
};

static struct fuzz_calls *current;

void fuzz_sent(const struct flow *flow, struct view message)
{
	uint8_t asker[16], told[16];

	FUZZ_CLAIM(!current->is_ack);
	address_bytes(&current->from.peer.address, asker);
	address_bytes(&flow->peer.address, told);
	FUZZ_CLAIM(bytes_equal(asker, told, sizeof(asker)));
	FUZZ_CLAIM(view_starts_nocase(message, VIEW("SIP/2.0 ")));
	fuzz_claim_head(message);
}

static void on_cancel(void *arg)
{
	struct call *call = arg;
	const struct response_parts terminated = {.status = 487};

	FUZZ_CLAIM(!call->is_cancelled && call->txn);
	call->is_cancelled = true;
	server_txn_respond(call->txn, &terminated);
	FUZZ_CLAIM(!call->txn);
}

static int status_of(uint32_t cseq)
{
	static const int statuses[] = {200, 180, 486, 0, 200, 404, 183};

	return statuses[cseq % (sizeof(statuses) / sizeof(statuses[0]))];
}

static void respond(struct server_txn **txn, int status)
{
	const struct response_parts parts = {
		.status = status,
		.contact = "c-0123456789abcdef",
		.contact_params = ";isfocus",
		.more = VIEW("Content-Type: application/sdp\r\n"),
		.body = VIEW("v=0\r\n")};

	if (*txn && status)
		server_txn_respond(*txn, &parts);
	if (*txn && status == 200)
		server_txn_repeat(*txn);
}

/* The owner of all dialogs. */
static void came(void *arg, struct dialog *dialog, struct received *received)
{
	struct server_txn **slot = &current->in_dialog[current->n_in_dialog];

	(void)arg;
	FUZZ_CLAIM(dialog->state != DIALOG_TERMINATED);
	FUZZ_CLAIM(received->is_in_dialog);
	FUZZ_CLAIM(received->method != METHOD_CANCEL);
	if (received->method == METHOD_ACK) {
		FUZZ_CLAIM(dialog->is_acknowledged);
		return;
	}
	if (received->method == METHOD_BYE)
		dialog_terminate(dialog);
	if (current->n_in_dialog == CALLS_MAX ||
	    server_txn_keep(received, current->arena, slot) != ERR_OK)
		return;
	current->n_in_dialog++;
	respond(slot, status_of(received->cseq));
}

static const struct dialog_usage_owner owner = {came, NULL};

/* A tag that an input can know. */
static void accept_call(struct call *call, const struct received *received)
{
	const struct dialog_ours ours = {.tag = VIEW("us"),
					 .first_cseq = 1,
					 .channel =
						 received->from->peer.protocol};
	const struct dialog_id id = {received->call_id, ours.tag,
				     received->from_tag};

	if (dialog_table_has(sip_dialogs(current->sip), &id) ||
	    dialog_accept(received->message, &ours, &call->dialog) != ERR_OK)
		return;
	call->dialog->owner = &owner;
	dialog_table_add(sip_dialogs(current->sip), call->dialog);
	dialog_confirm(call->dialog);
}

static void take_invite(struct received *received)
{
	struct call *call = &current->calls[current->n];

	if (current->n == CALLS_MAX)
		return;
	call->arena = arena_new(0);
	if (server_txn_keep(received, call->arena, &call->txn) != ERR_OK) {
		arena_free(call->arena);
		return;
	}
	current->n++;
	if (received->cseq & 1)
		server_txn_identified(call->txn);
	server_txn_open(call->txn, received);
	server_txn_on_cancel(call->txn, on_cancel, call);
	if (status_of(received->cseq) == 200)
		accept_call(call, received);
	respond(&call->txn, status_of(received->cseq));
}

static bool request(void *arg, struct received *received)
{
	const struct reply refused = {.status = 481};

	(void)arg;
	FUZZ_CLAIM(received->method != METHOD_ACK);
	if (received->method == METHOD_INVITE && !received->to_tag.len &&
	    !received_syntax_fault(received))
		take_invite(received);
	else
		respond_reply(received, &refused);
	return true;
}

static void unframed(void *arg, struct received *received, enum err why)
{
	(void)arg;
	(void)received;
	(void)why;
}

static void open_calls(struct fuzz_calls *calls, enum protocol protocol)
{
	static struct counters counters;
	static const char *const listen[] = {"sip:192.0.2.1:5060"};
	static const struct sip_listener listener = {.request = request,
						     .unframed = unframed};
	static struct sip_settings settings = {.counters = &counters,
					       .domain = "relay.example.com",
					       .listen = listen,
					       .n_listen = 1,
					       .message_max = 65536,
					       .transactions_max = 16,
					       .unanswered_max = 4};
	static struct sip *sip; /* takes long to make */
	struct sip_problem problem;

	if (!settings.loop)
		settings.loop = loop_new();
	*calls = (struct fuzz_calls){.arena = arena_new(0)};
	calls->from = (struct flow){.peer.protocol = protocol, .connection = 7};
	FUZZ_CLAIM(!address_parse(VIEW("192.0.2.9"), 5070,
				  &calls->from.peer.address));
	if (!sip)
		FUZZ_CLAIM(!sip_new(&settings, &sip, &problem));
	sip_listen(sip, &listener);
	calls->sip = sip;
	current = calls;
}

static void close_calls(struct fuzz_calls *calls)
{
	for (size_t i = 0; i < calls->n; i++) {
		struct dialog *dialog = calls->calls[i].dialog;

		if (dialog)
			dialog_table_remove(sip_dialogs(calls->sip), dialog);
		dialog_free(dialog);
		if (i % 2 && calls->calls[i].txn)
			server_txn_drop(calls->calls[i].txn);
	}
	server_txns_free(calls->sip->server_txns);
	calls->sip->server_txns = server_txns_new(calls->sip);
	for (size_t i = 0; i < calls->n; i++) {
		FUZZ_CLAIM(!calls->calls[i].txn);
		arena_free(calls->calls[i].arena);
	}
	for (size_t i = 0; i < calls->n_in_dialog; i++)
		FUZZ_CLAIM(!calls->in_dialog[i]);
	arena_free(calls->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view rest = {(const char *)at, len};
	static struct fuzz_calls calls;

	if (!len)
		return 0;
	open_calls(&calls, at[0] & 1 ? PROTOCOL_TCP : PROTOCOL_UDP);
	rest = view_from(rest, 1);
	while (rest.len) {
		size_t cut = view_find(rest, 0x1e, 0);
		struct view bytes = view_head(rest, cut);

		calls.is_ack = view_equal(view_head(bytes, 4), VIEW("ACK "));
		sip_receive(calls.sip, bytes, &calls.from);
		rest = view_from(rest, cut == SIZE_MAX ? rest.len : cut + 1);
	}
	close_calls(&calls);
	return 0;
}
