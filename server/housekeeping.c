#include "server/daemon_private.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>

#include "db/idempotency.h"
#include "db/permissions.h"
#include "server/base/log.h"

#define HOUSEKEEPING_MS 1000
/** A wall clock that moved by more than this against the monotonic one was set;
 *  NTP moves it by half a millisecond a second at most. */
#define CLOCK_STEP_MS 1000
/** Two looks at clocks take no longer, or they mean nothing. */
#define CLOCK_LOOK_MS 100
/** A clock set back before a start can bring back no more than what ended in
 *  that time before a crash; after a stop, nothing. */
#define CLOCK_NOTE_MS 60000
/** A clock behind what the store has seen is worth a word from here on. */
#define CLOCK_BEHIND_S 120
#define TRIM_MS 30000
/** Two arenas of malloc are enough for the loop and the writer; one for each
 *  thread of REST would keep memory for nothing. */
#define MALLOC_ARENAS 2
#define MALLOC_TRIM_BYTES (16 << 20)
#define MALLOC_MMAP_BYTES (256 << 10)

/** A library that was preloaded may listen to it. */
static void ignore_signal(int number)
{
	struct sigaction now;

	if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		(void)signal(number, SIG_IGN);
}

/** Signals that mean nothing here, and would end the process without a word. */
static void ignore_signals(void)
{
	static const int ignored[] = {SIGPIPE,	 SIGUSR1, SIGUSR2,
				      SIGALRM,	 SIGPROF, SIGVTALRM,
				      SIGSTKFLT, SIGIO,	  SIGPWR};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		ignore_signal(ignored[i]);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		ignore_signal(number);
}

void housekeeping_prepare(void)
{
	struct rlimit files;

	ignore_signals();
	mallopt(M_ARENA_MAX, MALLOC_ARENAS);
	mallopt(M_TRIM_THRESHOLD, MALLOC_TRIM_BYTES);
	mallopt(M_MMAP_THRESHOLD, MALLOC_MMAP_BYTES);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/** ERR_TIMEOUT when the process was not let run between the two looks. */
static enum err clock_offset(int64_t *ret_ms)
{
	int64_t before_ms = monotonic_now_ms(), wall_ms = wall_now_ms();

	if (monotonic_now_ms() - before_ms > CLOCK_LOOK_MS)
		return ERR_TIMEOUT;
	*ret_ms = wall_ms - before_ms;
	return ERR_OK;
}

/** Before each sleep of the loop.  Durations do not care for the wall clock
 *  (base/loop), but expiries do, and so does an operator. */
static void look_at_clock(void *arg)
{
	struct daemon *daemon = arg;
	int64_t offset_ms, step_ms;

	if (clock_offset(&offset_ms))
		return;
	step_ms = offset_ms - daemon->clock_offset_ms;
	daemon->clock_offset_ms = offset_ms;
	if (step_ms < CLOCK_STEP_MS && step_ms > -CLOCK_STEP_MS)
		return;
	count(daemon->counters, COUNT_CLOCK_STEPS);
	log_event(LOG_EVENT_CLOCK_STEPPED, NULL, "by_ms=%lld",
		  (long long)step_ms);
	/* What is due by the wall clock may be due now. */
	consents_wake(daemon->consents);
	messages_wake(daemon->messages);
}

/* ---- what the store knows of the time -------------------------------------
 */

static enum err note_run(struct store *store, struct write_job *job)
{
	struct clock_note *note = (struct clock_note *)(void *)job;

	enum err err = store_clock_note(store, &note->now);

	return err ? err : store_idempotency_sweep(store, note->now);
}

static void note_clock(struct daemon *daemon)
{
	struct clock_note *note = &daemon->clock_note;
	int64_t now_ms = loop_now_ms(daemon->loop);

	if (now_ms < note->due_ms || note->job.is_out)
		return;
	note->now = loop_wall_s(daemon->loop);
	note->job.write.run = note_run;
	if (!job_group_submit(&daemon->jobs, &note->job, STORE_JOB_USUAL))
		note->due_ms = now_ms + CLOCK_NOTE_MS;
}

static enum err catch_up_run(struct store *store, struct write_job *job)
{
	struct clock_note *note = (struct clock_note *)(void *)job;
	enum err err = store_clock(store, &note->newest);

	return err ? err : store_permission_sweep(store, note->now);
}

void housekeeping_catch_up(struct daemon *daemon)
{
	struct clock_note note = {.job.write.run = catch_up_run,
				  .now = wall_now_s()};
	enum err err = writer_call(daemon->writer, &note.job.write);

	if (err)
		log_event(LOG_EVENT_SWEEP_FAILED, NULL,
			  "what=permissions err=%s", log_text(err_text(err)));
	if (note.newest - note.now < CLOCK_BEHIND_S)
		return;
	log_event(LOG_EVENT_CLOCK_BEHIND, NULL, "by_s=%lld note=%s",
		  (long long)(note.newest - note.now),
		  log_text("the store has seen a later time: permissions end "
			   "by that one; see CLOCK in volensd(8)"));
}

/** The last word, so that a stop leaves nothing to bring back. */
static void note_stop(struct daemon *daemon)
{
	struct clock_note note = {.job.write.run = note_run,
				  .now = wall_now_s()};
	enum err err = writer_call(daemon->writer, &note.job.write);

	if (err)
		log_event(LOG_EVENT_CLOCK_NOT_SAVED, NULL, "reason=%s",
			  log_text(err_text(err)));
}

/* ---- once a second --------------------------------------------------------
 */

static void give_memory_back(struct daemon *daemon)
{
	int64_t now_ms = loop_now_ms(daemon->loop);

	if (now_ms < daemon->trim_at_ms || !messages_idle(daemon->messages))
		return;
	daemon->trim_at_ms = now_ms + TRIM_MS;
	malloc_trim(0);
}

static void look_at_store(struct daemon *daemon)
{
	bool is_failing = !writer_is_healthy(daemon->writer);
	struct arena *arena;

	if (is_failing == daemon->is_store_failing)
		return;
	daemon->is_store_failing = is_failing;
	if (!is_failing) {
		log_event(LOG_EVENT_STORE_RECOVERED, NULL, "note=%s",
			  log_text("requests are accepted again"));
		return;
	}
	arena = arena_new(0);
	log_event(LOG_EVENT_STORE_FAILING, NULL, "problem=%s note=%s",
		  log_text(writer_problem(daemon->writer, arena)),
		  log_text("new requests get 503; what was accepted is kept"));
	arena_free(arena);
}

static void housekeeping(void *arg)
{
	struct daemon *daemon = arg;

	look_at_store(daemon);
	calls_show(daemon);
	give_memory_back(daemon);
	note_clock(daemon);
	certificates_look(daemon);
	loop_timer_set(daemon->loop, &daemon->housekeeping, HOUSEKEEPING_MS);
}

void housekeeping_start(struct daemon *daemon)
{
	while (clock_offset(&daemon->clock_offset_ms))
		; /* at once, all but always */
	daemon->clock_look.run = look_at_clock;
	daemon->clock_look.arg = daemon;
	loop_hook_add(daemon->loop, &daemon->clock_look);
	daemon->jobs.writer = daemon->writer;
	loop_timer_init(&daemon->housekeeping, housekeeping, daemon);
	loop_timer_set(daemon->loop, &daemon->housekeeping, HOUSEKEEPING_MS);
}

void housekeeping_stop(struct daemon *daemon)
{
	loop_hook_remove(daemon->loop, &daemon->clock_look);
	loop_timer_clear(daemon->loop, &daemon->housekeeping);
	note_stop(daemon);
}
