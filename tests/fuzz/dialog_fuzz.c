/*
 * Responses to one INVITE of ours and requests of the other side, in any order;
 * an RS (0x1e) parts one message from the next.  What becomes of the dialogs,
 * and what we would say in them.
 */
#include "server/sip/dialog_request.h"
#include "server/sip/dialog_set.h"
#include "server/sip/dialog_table.h"
#include "server/sip/response_head.h"

#include "tests/fuzz/fuzz.h"

#define CALLED_MAX 4

static const struct view invite =
	VIEW("INVITE sip:omar@example.org SIP/2.0\r\n"
	     "Via: SIP/2.0/UDP relay;branch=z9hG4bKa\r\n"
	     "From: \"Mill\" <sip:c-1@relay.example.com>;tag=us\r\n"
	     "To: <sip:omar@example.org>\r\n"
	     "Call-ID: call@relay\r\nCSeq: 7 INVITE\r\n\r\n");

static const struct dialog_ours as_called = {
	.tag = VIEW("us"), .first_cseq = 500, .channel = PROTOCOL_UDP};

static struct message message;

/** The calls of one input. */
struct calls {
	struct arena *arena;
	struct dialog_table *table;
	struct dialog_set *set;
	struct dialog *called[CALLED_MAX];
	size_t n_called;
};

static void claim_line(const char *text)
{
	FUZZ_CLAIM(text && !view_has_control(view_of(text)));
}

static void claim_uri(const char *text)
{
	claim_line(text);
	FUZZ_CLAIM(*text && !strpbrk(text, " \t<>\""));
}

/* Whole Route lines and nothing else. */
static void claim_routes(struct view lines)
{
	while (lines.len) {
		size_t end = view_find(lines, '\r', 0);

		FUZZ_CLAIM(view_starts_nocase(lines, VIEW("Route: <")));
		FUZZ_CLAIM(end != SIZE_MAX && lines.at[end + 1] == '\n');
		FUZZ_CLAIM(lines.at[end - 1] == '>');
		FUZZ_CLAIM(!view_has_control(view_head(lines, end)));
		lines = view_from(lines, end + 2);
	}
}

static void claim_request(struct calls *calls, struct dialog *dialog,
			  const char *method)
{
	struct dialog_request request;
	uint32_t before = dialog->local_cseq;

	if (dialog_request_make(dialog, method, calls->arena, &request)) {
		FUZZ_CLAIM(dialog->local_cseq == before);
		return;
	}
	claim_uri(request.request_uri);
	claim_uri(request.next_hop);
	claim_line(request.from);
	claim_line(request.to);
	claim_line(request.call_id);
	claim_routes(view_of(request.routes));
	if (strcmp(method, "ACK") != 0)
		FUZZ_CLAIM(request.cseq > before);
}

static void claim_dialog(struct calls *calls, struct dialog *dialog)
{
	FUZZ_CLAIM(*dialog->local_tag && *dialog->call_id);
	FUZZ_CLAIM(dialog->n_routes <= DIALOG_ROUTES_MAX);
	FUZZ_CLAIM((dialog->state == DIALOG_TERMINATED) == !dialog->n_usages);
	for (size_t i = 0; i < dialog->n_routes; i++)
		claim_uri(dialog->routes[i]);
	claim_request(calls, dialog, "ACK");
	claim_request(calls, dialog, "INFO");
}

static void add_called(struct calls *calls)
{
	struct dialog *dialog;

	if (calls->n_called == CALLED_MAX ||
	    !view_equal(message.method, VIEW("INVITE")) ||
	    dialog_accept(&message, &as_called, &dialog))
		return;
	calls->called[calls->n_called++] = dialog;
	dialog_table_add(calls->table, dialog);
	claim_dialog(calls, dialog);
	dialog_confirm(dialog);
}

/* Never without the full id. */
static void claim_found(const struct dialog *dialog)
{
	struct view tag = VIEW_NONE;

	FUZZ_CLAIM(view_equal(message_value(&message, FIELD_CALL_ID),
			      view_of(dialog->call_id)));
	FUZZ_CLAIM(view_param(message_value(&message, FIELD_TO), "tag", &tag));
	FUZZ_CLAIM(view_equal(tag, view_of(dialog->local_tag)));
	tag = VIEW_NONE;
	view_param(message_value(&message, FIELD_FROM), "tag", &tag);
	FUZZ_CLAIM(view_equal(tag, view_of(dialog->remote_tag)));
}

static void take_request(struct calls *calls)
{
	struct dialog *dialog = dialog_table_find(calls->table, &message);
	uint32_t before;

	if (!dialog) {
		add_called(calls);
		return;
	}
	claim_found(dialog);
	before = dialog->remote_cseq;
	if (dialog_receive(dialog, &message) == DIALOG_VERDICT_TAKEN) {
		dialog_refresh(dialog, &message);
		if (view_equal(message.method, VIEW("BYE")))
			dialog_end_usage(dialog);
	}
	FUZZ_CLAIM(!dialog->has_remote_cseq || dialog->remote_cseq >= before);
	claim_dialog(calls, dialog);
}

static void take_response(struct calls *calls)
{
	struct dialog *dialog;
	size_t n = calls->set->n;
	enum dialog_news news =
		dialog_set_receive(calls->set, &message, &dialog);

	FUZZ_CLAIM((news == DIALOG_NEWS_NONE || news == DIALOG_NEWS_FAILED ||
		    news == DIALOG_NEWS_UNUSABLE) == !dialog);
	FUZZ_CLAIM(calls->set->n <= DIALOG_SET_MAX && calls->set->n >= n);
	FUZZ_CLAIM(dialog_set_count(calls->set, DIALOG_EARLY) <=
		   DIALOG_SET_EARLY_MAX);
	if (calls->set->n > n) {
		FUZZ_CLAIM(dialog == calls->set->dialogs[n]);
		dialog_table_add(calls->table, dialog);
	}
	if (dialog)
		claim_dialog(calls, dialog);
	if (news == DIALOG_NEWS_CONFIRMED)
		FUZZ_CLAIM(dialog->state == DIALOG_CONFIRMED);
}

/* The two readers of responses see the same. */
static void claim_readers_agree(struct view bytes)
{
	struct response_head head;

	if (!response_head_read(bytes, &head) && !message.fault)
		FUZZ_CLAIM(head.status == message.status);
	if (!message.fault)
		FUZZ_CLAIM((message.status != 0) == !message.method.len);
}

static void take(struct calls *calls, struct view bytes)
{
	message_read(&message, bytes);
	claim_readers_agree(bytes);
	if (message.fault)
		return;
	if (message.status)
		take_response(calls);
	else
		take_request(calls);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct hash_key key;
	struct view rest = {(const char *)at, len};
	struct calls calls = {.arena = arena_new(0),
			      .table = dialog_table_new(&key)};

	message_read(&message, invite);
	FUZZ_CLAIM(!dialog_set_new(&message, PROTOCOL_UDP, &calls.set));
	while (rest.len) {
		size_t cut = view_find(rest, 0x1e, 0);

		take(&calls, view_head(rest, cut));
		rest = view_from(rest, cut == SIZE_MAX ? rest.len : cut + 1);
	}
	dialog_table_free(calls.table);
	for (size_t i = 0; i < calls.n_called; i++)
		dialog_free(calls.called[i]);
	dialog_set_free(calls.set);
	arena_free(calls.arena);
	return 0;
}
