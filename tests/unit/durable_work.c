#include "tests/unit/durable_work.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "tests/unit/db_help.h"

#define N_ENTRIES 8 /**< requests in work at a time */

/** One thing in work at a time, over and over. */
struct slot {
	struct write_job job; /**< first */
	struct note note;
};

static struct slot slots[N_WORDS + N_ENTRIES];
static struct writer *writer;
static uint32_t last_entry;
static int out;

const char *word_name(unsigned key, char ret[32])
{
	snprintf(ret, 32, "sip:key%u@example.net", key);
	return ret;
}

unsigned message_len(uint32_t number)
{
	return number * 2654435761u % 20000;
}

static void tell(struct note note, enum note_phase phase)
{
	note.phase = (uint8_t)phase;
	if (write(out, &note, sizeof(note)) != (ssize_t)sizeof(note))
		_exit(1);
}

static enum err speak(struct store *store, struct arena *arena,
		      const struct note *note)
{
	char name[32], evidence[16];
	struct permission_change change =
		say(note->number % 2 ? EVENT_GRANT : EVENT_DENY,
		    ORIGIN_RECIPIENT, word_name(note->key, name));
	struct permission row;

	snprintf(evidence, sizeof(evidence), "%u", note->number);
	change.evidence = evidence;
	return store_permission_change(store, &change, arena, &row);
}

static enum err settle(struct store *store, const struct note *note)
{
	struct delivery row = {.sender = SENDER,
			       .target = TARGET,
			       .recipient = RECIPIENT,
			       .method = "MESSAGE",
			       .state = DELIVERY_WAITING,
			       .since = NOW,
			       .next_at = NOW + 30,
			       .expires_at = NOW + 600};

	return store_journal_record_outcome(store, note->id, &row,
					    note->number % 3 == 0);
}

static enum err slot_run(struct store *store, struct write_job *job)
{
	struct note *note = &((struct slot *)job)->note;
	struct arena *arena = arena_new(0);
	struct journal_entry entry;
	enum err err;

	if (note->act == ACT_WORD) {
		err = speak(store, arena, note);
	} else if (note->act == ACT_SETTLE) {
		err = settle(store, note);
	} else {
		entry = entry_of(arena, note->number,
				 message_len(note->number));
		err = store_journal_add(store, &entry, &note->id);
	}
	arena_free(arena);
	return err;
}

static void slot_next(struct slot *slot)
{
	struct note *note = &slot->note;

	if (note->act == ACT_WORD)
		note->number++;
	else if (note->act == ACT_ACCEPT && note->number > 0)
		note->act = ACT_SETTLE;
	else
		*note = (struct note){.act = ACT_ACCEPT,
				      .number = ++last_entry};
	tell(*note, NOTE_SUBMITTED);
	if (writer_submit(writer, &slot->job) != ERR_OK)
		_exit(2);
}

static void slot_done(struct write_job *job)
{
	struct slot *slot = (struct slot *)job;

	if (job->err != ERR_OK)
		_exit(3);
	tell(slot->note, NOTE_KEPT);
	slot_next(slot);
}

void work_on(const char *path, int fd)
{
	static struct desk desk;

	out = fd;
	desk_open(&desk, path);
	writer = desk.writer;
	for (unsigned i = 0; i < N_WORDS + N_ENTRIES; i++) {
		slots[i].job.run = slot_run;
		slots[i].job.done = slot_done;
		slots[i].note.act = i < N_WORDS ? ACT_WORD : ACT_ACCEPT;
		slots[i].note.key = (uint16_t)i;
		slot_next(&slots[i]);
	}
	loop_run(desk.loop);
	_exit(4);
}

/* ---- syncs that fail ------------------------------------------------------
 */

#define must(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%d: %s\n", __LINE__, #condition);     \
			return 1;                                              \
		}                                                              \
	} while (0)

/** Turn the syncs of the simulator off or on, and wait until it is so. */
static void turn_syncs(const char *path, int expected)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	kill(getpid(), SIGUSR1);
	while (fsync(fd) != expected)
		sched_yield();
	close(fd);
}

int work_without_syncs(const char *path)
{
	char mark[256];
	struct desk desk;

	desk_open(&desk, path);
	/* A file of its own: closing the store's would drop SQLite's locks. */
	snprintf(mark, sizeof(mark), "%s.mark", path);
	close(open(mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	must(desk_change(&desk, say(EVENT_GRANT, ORIGIN_RECIPIENT,
				    RECIPIENT)) == ERR_OK);
	must(writer_is_healthy(desk.writer));
	turn_syncs(mark, -1);
	/* The no could not be kept, so it was not promised; but it stands. */
	must(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)) ==
	     ERR_IO);
	must(verdict_of(desk.index, RECIPIENT) == VERDICT_DENIED);
	must(!writer_is_healthy(desk.writer));
	/* What a failed sync left behind is unknown: no second try. */
	turn_syncs(mark, 0);
	must(desk_change(&desk, say(EVENT_GRANT, ORIGIN_RECIPIENT,
				    "sip:c@example.net")) == ERR_IO);
	must(verdict_of(desk.index, "sip:c@example.net") == VERDICT_MISSING);
	must(!writer_is_healthy(desk.writer));
	desk_close(&desk);
	/* A new start reads what the disk says, and goes on. */
	desk_open(&desk, path);
	must(writer_is_healthy(desk.writer));
	must(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)) ==
	     ERR_OK);
	desk_close(&desk);
	return 0;
}
