#include "server/sip/crew.h"

#include "server/sip/outgoing_parts.h"
#include "server/sip/worker.h"

#define RUN 64 /**< legs that are handed over together, at the most */

struct member {
	struct crew *crew;
	struct worker *worker;
	size_t n_legs; /**< out */
};

struct crew {
	struct client *client; /**< the loop's own */
	struct leg_batch run;  /**< of this turn */
	struct member *of_run; /**< who gets it */
	size_t n_legs;
	bool is_settled; /**< in this turn */
	bool is_silent;	 /**< for good */
	struct loop_hook turn_end;
	size_t n;
	struct member members[];
};

static void run_end(struct crew *crew)
{
	if (crew->of_run)
		worker_send(crew->of_run->worker, &crew->run);
	crew->of_run = NULL;
}

static struct member *least_busy(struct crew *crew)
{
	struct member *least = &crew->members[0];

	for (size_t i = 1; i < crew->n; i++)
		if (crew->members[i].n_legs < least->n_legs)
			least = &crew->members[i];
	return least;
}

void crew_send(struct crew *crew, struct outgoing *outgoing)
{
	if (!crew->of_run)
		crew->of_run = least_busy(crew);
	wire_look(outgoing->leg->form);
	outgoing->member = crew->of_run;
	outgoing->member->n_legs++;
	crew->n_legs++;
	leg_batch_add(&crew->run, outgoing);
	if (crew->run.n >= RUN)
		run_end(crew);
}

static void leave(struct crew *crew, struct outgoing *outgoing)
{
	outgoing->member->n_legs--;
	outgoing->member = NULL;
	crew->n_legs--;
}

/* An owner that is told may drop others, also of those that came with it. */
static void legs_returned(void *arg)
{
	struct member *member = arg;
	struct crew *crew = member->crew;
	struct outgoing *outgoing;
	struct leg_batch batch;

	leg_batch_init(&batch);
	worker_take(member->worker, &batch);
	while ((outgoing = leg_batch_take(&batch))) {
		if (!outgoing->leg) {
			free(outgoing);
			continue;
		}
		leave(crew, outgoing);
		if (outgoing->stage == STAGE_OVER)
			outgoing_tell(outgoing);
		else
			outgoing_carry(crew->client, outgoing);
	}
}

bool crew_may_have(const struct leg *leg)
{
	const struct leg_template *form = leg->form;

	return leg->any_thread &&
	       form->headers.len + form->content.len + form->body.len <=
		       UDP_GOOD;
}

bool crew_has(const struct outgoing *outgoing)
{
	return outgoing->member;
}

/*
 * Who is on the way between two threads is not looked for: it comes, and
 * whoever finds it finds it empty.
 */
void crew_drop(struct crew *crew, struct outgoing *outgoing)
{
	worker_halt(outgoing->member->worker);
	leave(crew, outgoing);
	if (outgoing_is_carried(outgoing)) {
		outgoing_free(outgoing);
		return;
	}
	gauge_add(crew->client->counters, GAUGE_CLIENT_TXN, -1);
	outgoing->leg->outgoing = NULL;
	outgoing->leg = NULL;
}

static void resume(struct crew *crew)
{
	if (crew->is_silent)
		return;
	for (size_t i = 0; i < crew->n; i++)
		worker_resume(crew->members[i].worker);
}

void crew_settle(struct crew *crew)
{
	if (crew->is_settled)
		return;
	crew->is_settled = true;
	for (size_t i = 0; i < crew->n; i++)
		if (worker_has_asked(crew->members[i].worker))
			worker_halt_soon(crew->members[i].worker);
	for (size_t i = 0; i < crew->n; i++)
		worker_settle(crew->members[i].worker);
	resume(crew);
}

void crew_silence(struct crew *crew)
{
	crew->is_silent = true;
	for (size_t i = 0; i < crew->n; i++)
		worker_halt_soon(crew->members[i].worker);
	for (size_t i = 0; i < crew->n; i++)
		worker_settle(crew->members[i].worker);
}

static void turn_ends(void *arg)
{
	struct crew *crew = arg;

	run_end(crew);
	resume(crew);
	crew->is_settled = false;
}

enum err crew_new(struct client *client, size_t n, struct crew **ret,
		  const char **ret_problem)
{
	struct crew *crew =
		mem_alloc(sizeof(*crew) + n * sizeof(crew->members[0]));
	struct worker_plan plan = {.settings = client->settings,
				   .transport = client->transport,
				   .ourselves = client->ourselves,
				   .mark = client->mark,
				   .returned = legs_returned};
	enum err err = ERR_OK;

	crew->client = client;
	leg_batch_init(&crew->run);
	crew->turn_end = (struct loop_hook){.run = turn_ends, .arg = crew};
	loop_hook_add(client->loop, &crew->turn_end);
	while (!err && crew->n < n) {
		struct member *member = &crew->members[crew->n];

		member->crew = crew;
		plan.arg = member;
		err = worker_new(&plan, &member->worker, ret_problem);
		crew->n += !err;
	}
	if (err)
		crew_free(crew);
	else
		*ret = crew;
	return err;
}

enum err crew_start(struct crew *crew)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < crew->n; i++)
		err = worker_start(crew->members[i].worker, (int)i + 1);
	return err;
}

size_t crew_size(const struct crew *crew)
{
	return crew->n;
}

const struct client *crew_client(const struct crew *crew, size_t i)
{
	return worker_client(crew->members[i].worker);
}

size_t crew_count(const struct crew *crew)
{
	return crew->n_legs;
}

void crew_free(struct crew *crew)
{
	if (!crew)
		return;
	loop_hook_remove(crew->client->loop, &crew->turn_end);
	for (size_t i = 0; i < crew->n; i++)
		worker_free(crew->members[i].worker);
	leg_batch_clear(&crew->run);
	free(crew);
}
