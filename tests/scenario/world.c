#include "tests/scenario/world.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "db/accounts.h"
#include "server/base/secret.h"

/** Turns without an end are a loop in the code under test. */
#define TURNS_MAX 100000

static void make_folder(struct world *world)
{
	const char *tmp = getenv("TMPDIR");
	struct text path;

	/* Thousands of commits: where memory is a disk, they are quick. */
	if (!tmp)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(world->folder, sizeof(world->folder), "%.40s/volens-XXXXXX",
		 tmp);
	if (!mkdtemp(world->folder))
		err_fatal("no folder for the store");
	snprintf(world->path, sizeof(world->path), "%s/volens.db",
		 world->folder);
	text_init(&path, world->arena);
	text_printf(&path, "%s/secret", world->folder);
	if (secret_load(path.at, &world->secret))
		err_fatal("no secret");
}

static void remove_folder(const struct world *world)
{
	DIR *folder = opendir(world->folder);
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	rmdir(world->folder);
}

static const int away_statuses[] = {404, 430};

void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->arena = arena_new(0);
	fake_clock_reset();
	make_folder(world);
	fake_edge_init(&world->edge, WORLD_DOMAIN);
	world->retry_pauses_s[0] = 30;
	world->retry_pauses_s[1] = 120;
	world->retry_pauses_s[2] = 600;
	world->queue_max = 1000;
	world->settings = (struct relays_settings){
		.edge = &world->edge,
		.counters = &world->counters,
		.secret = world->secret,
		.domain = WORLD_DOMAIN,
		.list_length = 1000,
		.list_bytes = 262144,
		.body_bytes = 262144,
		.requests_max = 100,
		.legs_window = 200,
		.breadth_max = 60,
		.retry_pauses_s = world->retry_pauses_s,
		.n_retry_pauses = 3,
		.away = {away_statuses, 2, WORLD_DOMAIN, 0},
		.lifetime_s = 7 * 86400,
		.keep_failed_s = 86400,
		.keep_done_s = 86400,
	};
	world->asking = (struct consents_settings){
		.edge = &world->edge,
		.counters = &world->counters,
		.secret = world->secret,
		.domain = WORLD_DOMAIN,
		.routability = ROUTABILITY_SECURE_TRANSPORT,
		.ask_limits = {2, 600, 5},
		.trigger_limits = {1, 600, 3},
		.refresh_s = 86400 * 30,
		.question_s = 86400,
		.asks_window = 8,
	};
}

void world_release(struct world *world)
{
	if (world->loop)
		world_stop(world);
	fake_edge_release(&world->edge);
	secret_free(world->secret);
	remove_folder(world);
	arena_free(world->arena);
}

static const char *const *world_services(struct world *world)
{
	const char **names = arena_array(world->arena, world->n_services + 1,
					 sizeof(*names));

	for (size_t i = 0; i < world->n_services; i++)
		names[i] = world->services[i].name;
	return names;
}

void world_start(struct world *world)
{
	struct writer_settings settings = {.path = world->path,
					   .counters = &world->counters,
					   .queue_max = world->queue_max};

	world->loop = loop_new();
	world->index = index_new();
	world->accounts = accounts_new();
	settings.loop = world->loop;
	settings.index = world->index;
	settings.accounts = world->accounts;
	if (writer_new(&settings, &world->writer))
		err_fatal("the store cannot be opened");
	world->settings.ours = (struct ours){
		WORLD_DOMAIN, world_services(world), world->n_services};
	world->settings.loop = world->loop;
	world->settings.index = world->index;
	world->settings.writer = world->writer;
	world->asking.loop = world->loop;
	world->asking.index = world->index;
	world->asking.writer = world->writer;
	world->relays = relays_new(&world->settings);
	world->consents = consents_new(&world->asking);
	relays_recover(world->relays);
	consents_start(world->consents);
}

static void free_process(struct world *world)
{
	index_free(world->index);
	accounts_free(world->accounts);
	loop_free(world->loop);
	world->loop = NULL;
	world->index = NULL;
	world->accounts = NULL;
	world->writer = NULL;
	world->relays = NULL;
	world->consents = NULL;
}

void world_stop(struct world *world)
{
	relays_free(world->relays);
	consents_free(world->consents);
	writer_free(world->writer);
	fake_loop_turn(world->loop); /* the last done()s */
	free_process(world);
}

void world_crash(struct world *world, enum last_words words)
{
	relays_free(world->relays);
	consents_free(world->consents);
	fake_writer_kill(world->writer, words);
	fake_loop_turn(world->loop); /* done()s that were posted before */
	free_process(world);
}

void world_settle(struct world *world)
{
	int n_turns = 0, moved = 1;

	while (world->loop && moved) {
		moved = fake_loop_turn(world->loop);
		moved += fake_writer_turn(world->writer);
		moved += fake_edge_turn(&world->edge);
		if (++n_turns > TURNS_MAX)
			err_fatal("the world does not come to rest");
	}
}

void world_advance(struct world *world, int64_t ms)
{
	int64_t until_ms = monotonic_now_ms() + ms;

	world_settle(world);
	while (world->loop) {
		int64_t next_ms = fake_loop_next_ms(world->loop);

		if (next_ms < 0 || next_ms > until_ms)
			break;
		fake_loop_move(world->loop, next_ms);
		world_settle(world);
	}
	fake_loop_move(world->loop, until_ms);
	world_settle(world);
}
