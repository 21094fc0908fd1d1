#include "db/journal.h"
#include "db/permissions.h"
#include "tests/unit/db_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

void place_init(struct place *place)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(place->folder, sizeof(place->folder), "%.40s/volens-XXXXXX",
		 tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/volens.db",
		 place->folder);
}

void place_free(const struct place *place)
{
	DIR *folder = opendir(place->folder);
	struct dirent *entry;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	rmdir(place->folder);
}

struct permission_change say(enum permission_event event,
			     enum permission_origin actor,
			     const char *recipient)
{
	return (struct permission_change){
		.sender = SENDER,
		.target = TARGET,
		.recipient = recipient,
		.event = event,
		.actor = actor,
		.expires_at = -1,
		.now = NOW,
	};
}

enum verdict verdict_between(const struct index *index,
			     const struct identity *sender,
			     const char *recipient)
{
	struct arena *arena = arena_new(0);
	struct index_query *query = index_query_new(
		index, arena, sender, TARGET, kinds_only(KIND_MESSAGE));
	struct permission row;
	enum verdict verdict =
		index_decide(index, query, recipient, NOW, &row).verdict;

	arena_free(arena);
	return verdict;
}

enum verdict verdict_of(const struct index *index, const char *recipient)
{
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};

	return verdict_between(index, &sender, recipient);
}

enum err desk_try(struct desk *desk, const char *path, int accept_new,
		  char problem[STORE_PROBLEM_MAX])
{
	struct writer_settings settings;
	enum err err;

	memset(desk, 0, sizeof(*desk));
	desk->loop = loop_new();
	desk->index = index_new();
	desk->accounts = accounts_new(NULL);
	desk->lists = list_table_new();
	settings = (struct writer_settings){.path = path,
					    .problem = problem,
					    .accept_new = accept_new,
					    .loop = desk->loop,
					    .index = desk->index,
					    .accounts = desk->accounts,
					    .lists = desk->lists,
					    .counters = &desk->counters,
					    .queue_max = 1000};
	err = writer_new(&settings, &desk->writer);
	if (err != ERR_OK)
		desk_close(desk);
	return err;
}

void desk_open(struct desk *desk, const char *path)
{
	char problem[STORE_PROBLEM_MAX] = "";

	/* Also outside of a test: no assertion. */
	if (desk_try(desk, path, 0, problem) == ERR_OK)
		return;
	fprintf(stderr, "%s: %s\n", path, problem);
	abort();
}

void desk_close(struct desk *desk)
{
	writer_free(desk->writer);
	accounts_free(desk->accounts);
	list_table_free(desk->lists);
	index_free(desk->index);
	loop_free(desk->loop);
}

enum err change_run(struct store *store, struct write_job *job)
{
	struct change_job *self = (struct change_job *)job;
	struct arena *arena = self->arena ? self->arena : arena_new(0);
	enum err err = store_permission_change(store, &self->change, arena,
					       &self->row);

	if (!self->arena)
		arena_free(arena);
	return err == ERR_OK ? self->verdict : err;
}

enum err desk_change(struct desk *desk, struct permission_change change)
{
	struct change_job job = {.job.run = change_run, .change = change};

	return writer_call(desk->writer, &job.job);
}

struct journal_entry entry_of(struct arena *arena, unsigned n, size_t len)
{
	char *message = arena_alloc(arena, len + 1);
	struct journal_entry entry = {.sender = SENDER,
				      .target = TARGET,
				      .method = "MESSAGE",
				      .accepted_at = NOW,
				      .expires_at = NOW + 600,
				      .recipients = VIEW("\0\1packed\377")};

	for (size_t i = 0; i < len; i++)
		message[i] = (char)(n + i * 7);
	entry.message = (struct view){message, len};
	sha256(&n, sizeof(n), entry.key);
	return entry;
}
