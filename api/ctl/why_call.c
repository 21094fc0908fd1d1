/* volensctl why: the story of one who was to be called. */
#include "api/ctl/why.h"

#include "api/ctl/commands.h"
#include "api/ctl/print.h"
#include "api/ctl/records.h"

/** What an outcome means, and what can be done. */
struct call_telling {
	const char *outcome;
	int status_from, status_to; /**< 0, 0: any */
	const char *head;	    /**< after "The call ...", before them */
	const char *tail;	    /**< after them */
	const char *so;		    /**< NULL: left out */
};

/* clang-format off */
static const struct call_telling tellings[] = {
	{"answered", 0, 0, "was answered by", "", NULL},
	{"busy", 0, 0, "found", " busy", "They, or their phone, say that they are in another call. The sender may call again later."},
	{"declined", 0, 0, "was declined by", "", "They, or their phone, said that they do not want it."},
	{"no-answer", 480, 480, "was not answered by", "", "The phone is not registered at its server, or its owner is away or lets nothing ring."},
	{"no-answer", 0, 0, "was not answered by", "",
	 "It rang until the time for that was over (conference { ring }), or there was no response at all: is the phone, or the server before it, up and reachable from here?"},
	{"failed", 404, 404, "did not reach", "", "The next server does not know them at present: the phone is off, or the address is wrong."},
	{"failed", 401, 407, "did not reach", "", "The next server wants credentials that the relay does not have, or lets no such call through."},
	{"failed", 488, 488, "did not reach", "", "No audio could be agreed upon: a codec, or an address that media may go to."},
	{"failed", 503, 503, "did not reach", "", "There was no connection to the phone or its server, it is overloaded, or the relay had no port for media. See the log (party-left)."},
	{"failed", 0, 0, "did not reach", "", "The response is final. Look up the SIP status at the server that gave it; then the sender may call anew."},
	{"removed", 0, 0, "was ended for", "", "An operator sent them away (volensctl conference remove)."},
	{"cancelled", 0, 0, "was not answered by", " before the end", "The conference ended before they answered."},
	{"not-called", 0, 0, "was never made to", "", "The conference ended before it was their turn; nothing was sent to them."},
	{"left-out", 0, 0, "was not made to", "", NULL},
	{"missing", 0, 0, "was not made to", "", NULL},
	{"refused", 0, 0, "was not made to", "", "The whole request was refused, so nobody was called."},
	{"withdrawn", 0, 0, "was not made to", "", NULL},
	{"withdrawn-ringing", 0, 0, "was given up for", ": the permission is gone", NULL},
	{"withdrawn-talking", 0, 0, "was ended for", ": the permission is gone", NULL},
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

static const struct call_telling *telling_find(const json_t *recipient)
{
	const char *outcome = outcome_of(recipient);
	long long status = member_number(recipient, "sip_status");

	for (size_t i = 0; i < sizeof(tellings) / sizeof(tellings[0]); i++) {
		const struct call_telling *it = &tellings[i];

		if (strcmp(it->outcome, outcome) == 0 &&
		    (!it->status_to ||
		     (status >= it->status_from && status <= it->status_to)))
			return it;
	}
	return NULL;
}

static void head_print(struct arena *arena, const struct story *story,
		       const struct call_telling *telling)
{
	const char *at = json_string_value(
		json_object_get(story->request, "accepted_at"));

	printf("The call of %s\nfrom %s to %s\n%s %s%s.\n\n",
	       print_time(arena, at, "?"),
	       short_uri(arena, story->request, "sender"),
	       short_uri(arena, story->request, "target"),
	       telling ? telling->head : "may not have reached",
	       short_uri(arena, story->recipient, "recipient"),
	       telling ? telling->tail : "");
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
	const struct call_telling *telling = telling_find(story->recipient);

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
