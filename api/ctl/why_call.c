/* volensctl why: the story of one who was to be called. */
#include "api/ctl/why.h"

#include "api/ctl/commands.h"
#include "api/ctl/print.h"
#include "api/ctl/records.h"

/* clang-format off */
static const struct telling tellings[] = {
	{"answered", 0, 0, "was answered by", "", NULL, NULL},
	{"busy", 0, 0, "found", " busy", NULL, "They, or their phone, say that they are in another call. The sender may call again later."},
	{"declined", 0, 0, "was declined by", "", NULL, "They, or their phone, said that they do not want it."},
	{"no-answer", 480, 480, "was not answered by", "", NULL, "The phone is not registered at its server, or its owner is away or lets nothing ring."},
	{"no-answer", 0, 0, "was not answered by", "", NULL,
	 "It rang until the time for that was over (conference { ring }), or there was no response at all: is the phone, or the server before it, up and reachable from here?"},
	{"failed", 404, 404, "did not reach", "", NULL, "The next server does not know them at present: the phone is off, or the address is wrong."},
	{"failed", 401, 407, "did not reach", "", NULL, "The next server wants credentials that the relay does not have, or lets no such call through."},
	{"failed", 488, 488, "did not reach", "", NULL, "No audio could be agreed upon: a codec, or an address that media may go to."},
	{"failed", 503, 503, "did not reach", "", NULL, "There was no connection to the phone or its server, it is overloaded, or the relay had no port for media. See the log (party-left)."},
	{"failed", 0, 0, "did not reach", "", NULL, "The response is final. Look up the SIP status at the server that gave it; then the sender may call anew."},
	{"removed", 0, 0, "was ended for", "", NULL, "An operator sent them away (volensctl conference remove)."},
	{"cancelled", 0, 0, "was not answered by", " before the end", NULL, "The conference ended before they answered."},
	{"not-called", 0, 0, "was never made to", "", NULL, "The conference ended before it was their turn; nothing was sent to them."},
	{"left-out", 0, 0, "was not made to", "", NULL, NULL},
	{"missing", 0, 0, "was not made to", "", NULL, NULL},
	{"refused", 0, 0, "was not made to", "", NULL, "The whole request was refused, so nobody was called."},
	{"withdrawn", 0, 0, "was not made to", "", NULL, NULL},
	{"withdrawn-ringing", 0, 0, "was given up for", ": the permission is gone", NULL, NULL},
	{"withdrawn-talking", 0, 0, "was ended for", ": the permission is gone", NULL, NULL},
};
/* clang-format on */

static const char *outcome_of(const json_t *recipient)
{
	const char *outcome = member_string(recipient, "outcome");

	if (strcmp(outcome, "withdrawn") != 0)
		return outcome;
	if (*member_string(recipient, "answered_at"))
		return "withdrawn-talking";
	return *member_string(recipient, "called_at") ? "withdrawn-ringing"
						      : outcome;
}

/** "busy, SIP status 486" */
static const char *outcome_text(struct arena *arena, const json_t *call)
{
	const char *outcome = member_text(arena, call, "outcome", "?");
	const char *status = print_status(arena, call, "sip_status", NULL);

	return status ? arena_printf(arena, "%s, SIP status %s", outcome,
				     status)
		      : outcome;
}

static void earlier_print(struct arena *arena, const struct story *story)
{
	const json_t *call;
	size_t i;

	json_array_foreach(story->earlier, i, call) print_prose(
		clock_text(arena, member_text(arena, call, "at", NULL)),
		arena_printf(arena, "another call to them: %s",
			     outcome_text(arena, call)));
}

static void step_print(struct arena *arena, const json_t *call,
		       const char *member, const char *text)
{
	const char *at = member_text(arena, call, member, NULL);

	if (at)
		print_fact(clock_text(arena, at), text);
}

static void steps_print(struct arena *arena, const json_t *call)
{
	const char *at = member_text(arena, call, "at", NULL);
	bool was_answered = *member_string(call, "answered_at");

	step_print(arena, call, "called_at", "called");
	step_print(arena, call, "answered_at", "answered");
	if (was_answered && !strcmp(member_string(call, "outcome"), "answered"))
		print_fact(clock_text(arena, at), "the call was over");
	else
		print_prose(clock_text(arena, at), outcome_text(arena, call));
}

/** What shows more. */
static void commands_print(struct arena *arena, const struct story *story)
{
	const char *outcome = member_string(story->recipient, "outcome");
	const char *conference =
		member_text(arena, story->request, "conference", NULL);

	if (conference &&
	    (!strcmp(outcome, "not-called") || !strcmp(outcome, "cancelled")))
		printf("    volensctl conference show %s\n", conference);
	if (member_number(story->request, "status") == 470)
		printf("    volensctl request show %lld\n",
		       member_number(story->request, "id"));
}

void call_story_print(struct arena *arena, const struct story *story)
{
	const struct telling *telling =
		telling_find(tellings, sizeof(tellings) / sizeof(tellings[0]),
			     outcome_of(story->recipient), story->recipient);

	head_print(arena, story, telling);
	taken_print(arena, story);
	earlier_print(arena, story);
	permission_line(arena, story);
	steps_print(arena, story->recipient);
	if (story->explanation)
		explain_print(arena, story);
	else if (telling && telling->so)
		print_prose("so", so_text(story->recipient, telling->so));
	commands_print(arena, story);
}
