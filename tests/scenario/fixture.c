#include "tests/scenario/fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "db/account_table.h"
#include "server/base/secret.h"

/** Turns without an end are a loop in the code under test. */
#define TURNS_MAX 100000

static void make_folder(struct fixture *fixture)
{
	const char *tmp = getenv("TMPDIR");
	struct text path;

	/* Thousands of commits: where memory is a disk, they are quick. */
	if (!tmp)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(fixture->folder, sizeof(fixture->folder),
		 "%.40s/volens-XXXXXX", tmp);
	if (!mkdtemp(fixture->folder))
		err_fatal("no folder for the store");
	snprintf(fixture->path, sizeof(fixture->path), "%s/volens.db",
		 fixture->folder);
	text_init(&path, fixture->arena);
	text_printf(&path, "%s/secret", fixture->folder);
	if (secret_load(path.at, &fixture->secret))
		err_fatal("no secret");
}

static void remove_folder(const struct fixture *fixture)
{
	DIR *folder = opendir(fixture->folder);
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	rmdir(fixture->folder);
}

static const int away_statuses[] = {404, 430};
static const struct trust_network everywhere = {.prefix = 0};
static const char *const rest_senders[] = {"sip:a@example.com"};

static void untold(void *arg, int64_t permission)
{
	const struct fixture *fixture = arg;

	if (fixture->consents)
		consents_hurry_notice(fixture->consents, permission);
}

void fixture_init(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->arena = arena_new(0);
	fake_clock_reset();
	make_folder(fixture);
	fake_edge_init(&fixture->edge, FIXTURE_DOMAIN);
	fixture->retry_pauses_s[0] = 30;
	fixture->retry_pauses_s[1] = 120;
	fixture->retry_pauses_s[2] = 600;
	fixture->queue_max = 1000;
	fixture->listing = (struct lists_settings){
		.edge = &fixture->edge,
		.counters = &fixture->counters,
		.list_length = 1000,
		.list_bytes = 262144,
		.body_bytes = 262144,
		.breadth_max = 60,
	};
	fixture->settings = (struct messages_settings){
		.edge = &fixture->edge,
		.counters = &fixture->counters,
		.secret = fixture->secret,
		.domain = FIXTURE_DOMAIN,
		.requests_max = 100,
		.legs_window = 200,
		.retry_pauses_s = fixture->retry_pauses_s,
		.n_retry_pauses = 3,
		.away = {.statuses = away_statuses,
			 .n = 2,
			 .domain = FIXTURE_DOMAIN},
		.lifetime_s = 7 * 86400,
		.keep_failed_s = 86400,
		.keep_done_s = 86400,
		.untold = untold,
		.untold_arg = fixture,
	};
	fixture->conferring = (struct conferences_settings){
		.edge = &fixture->edge,
		.counters = &fixture->counters,
		.secret = fixture->secret,
		.domain = FIXTURE_DOMAIN,
		.services = fixture->services,
		.breadth_max = 60,
		.dialout = {.rate = 20,
			    .burst = 20,
			    .ringing = 300,
			    .ringing_per_conference = 30,
			    .destination_rate = 0,
			    .destination_ringing = 300},
		.conferences_max = 10,
		.parties_max = 200,
		.per_sender = 3,
		.calls_per_sender = 300,
		.minutes_per_day = 2000,
		.ring_s = 60,
		.duration_s = 14400,
		.alone_s = 120,
		.end_when = CONFERENCE_END_WHEN_CREATOR_LEAVES,
		.media_timeout_s = 30,
		.untold = untold,
		.untold_arg = fixture,
		.rest_senders = rest_senders,
		.n_rest_senders = 1};
	fixture->asking = (struct consents_settings){
		.edge = &fixture->edge,
		.counters = &fixture->counters,
		.secret = fixture->secret,
		.domain = FIXTURE_DOMAIN,
		.any_transport = &everywhere,
		.asking.all = {2, 600, 5},
		.trigger_limits = {1, 600, 3},
		.refresh_s = 86400 * 30,
		.request_lifetime_s = 86400,
		.requests_in_flight = 8,
		.hop_addresses = fake_edge_addresses,
	};
}

void fixture_release(struct fixture *fixture)
{
	if (fixture->loop)
		fixture_stop(fixture);
	fake_edge_release(&fixture->edge);
	secret_free(fixture->secret);
	remove_folder(fixture);
	arena_free(fixture->arena);
}

static const char *const *fixture_services(struct fixture *fixture)
{
	const char **names = arena_array(
		fixture->arena, fixture->n_services + 1, sizeof(*names));

	for (size_t i = 0; i < fixture->n_services; i++)
		names[i] = fixture->services[i].name;
	return names;
}

static const char *const *fixture_service_domains(struct fixture *fixture)
{
	const char **names = arena_array(
		fixture->arena, fixture->n_services + 1, sizeof(*names));

	for (size_t i = 0; i < fixture->n_services; i++)
		names[i] = fixture->services[i].domain;
	return names;
}

static void on_media(void *arg, const struct media_event *event)
{
	struct fixture *fixture = arg;

	conferences_hear(fixture->conferences, event);
}

static void reconsider(void *arg)
{
	struct fixture *fixture = arg;

	conferences_reconsider(fixture->conferences);
}

static void start_conferences(struct fixture *fixture)
{
	struct conferences_settings *settings = &fixture->conferring;

	fixture->sessions = fake_sessions_new(&fixture->edge);
	fake_sessions_let_orphans(fixture->sessions, fixture->orphans);
	fixture->mixer = fake_mixer_new(fixture->loop, 400);
	fake_mixer_listen(fixture->mixer, on_media, fixture);
	settings->loop = fixture->loop;
	settings->index = fixture->index;
	settings->writer = fixture->writer;
	settings->lists = fixture->lists;
	settings->sessions = fixture->sessions;
	settings->mixer = fixture->mixer;
	settings->n_services = fixture->n_services;
	settings->ours = fixture->listing.ours;
	settings->uri_rules = fixture->listing.uri_rules;
	fixture->conferences = conferences_new(settings);
	conferences_recover(fixture->conferences);
	fake_writer_on_quiesce(fixture->writer, reconsider, fixture);
}

static void set_domains(struct fixture *fixture)
{
	const struct consent_places places = {.domains = fixture->domains};

	if (fixture->domains.n)
		fixture->listing.ours.service_domains =
			fixture_service_domains(fixture);
	fixture->settings.places = places;
	fixture->settings.away.domains = fixture->domains;
	fixture->asking.places = places;
	fixture->asking.away.domains = fixture->domains;
	fixture->conferring.places = places;
}

void fixture_start(struct fixture *fixture)
{
	struct writer_settings settings = {
		.path = fixture->path,
		.counters = &fixture->counters,
		.renew_before_s = fixture->renew_before_s,
		.tells_imported = fixture->tells_imported,
		.domains = fixture->domains,
		.queue_max = fixture->queue_max};

	fixture->loop = loop_new();
	fixture->index = index_new();
	index_set_domains(fixture->index, &fixture->domains);
	fixture->accounts = accounts_new(NULL);
	fixture->list_table = list_table_new();
	settings.loop = fixture->loop;
	settings.index = fixture->index;
	settings.accounts = fixture->accounts;
	settings.lists = fixture->list_table;
	if (writer_new(&settings, &fixture->writer))
		err_fatal("the store cannot be opened");
	fixture->listing.ours =
		(struct ours){.domain = FIXTURE_DOMAIN,
			      .services = fixture_services(fixture),
			      .n_services = fixture->n_services,
			      .domains = fixture->domains};
	set_domains(fixture);
	fixture->listing.loop = fixture->loop;
	fixture->listing.index = fixture->index;
	fixture->listing.stored = fixture->list_table;
	fixture->settings.loop = fixture->loop;
	fixture->settings.index = fixture->index;
	fixture->settings.stored = fixture->list_table;
	fixture->settings.writer = fixture->writer;
	fixture->asking.loop = fixture->loop;
	fixture->asking.index = fixture->index;
	fixture->asking.lists = fixture->list_table;
	fixture->asking.writer = fixture->writer;
	fixture->lists = lists_new(&fixture->listing);
	start_conferences(fixture);
	fixture->settings.lists = fixture->lists;
	fixture->messages = messages_new(&fixture->settings);
	fixture->consents = consents_new(&fixture->asking);
	messages_recover(fixture->messages);
	consents_start(fixture->consents);
}

static void free_process(struct fixture *fixture)
{
	lists_free(fixture->lists);
	fake_sessions_free(fixture->sessions);
	fake_mixer_free(fixture->mixer);
	index_free(fixture->index);
	accounts_free(fixture->accounts);
	list_table_free(fixture->list_table);
	loop_free(fixture->loop);
	fixture->loop = NULL;
	fixture->index = NULL;
	fixture->accounts = NULL;
	fixture->list_table = NULL;
	fixture->writer = NULL;
	fixture->lists = NULL;
	fixture->messages = NULL;
	fixture->consents = NULL;
}

void fixture_stop(struct fixture *fixture)
{
	conferences_free(fixture->conferences);
	messages_free(fixture->messages);
	consents_free(fixture->consents);
	writer_free(fixture->writer);
	fake_loop_turn(fixture->loop); /* the last done()s */
	free_process(fixture);
}

void fixture_crash(struct fixture *fixture, enum last_words words)
{
	conferences_free(fixture->conferences);
	messages_free(fixture->messages);
	consents_free(fixture->consents);
	fake_writer_kill(fixture->writer, words);
	fake_loop_turn(fixture->loop); /* done()s that were posted before */
	free_process(fixture);
}

void fixture_settle(struct fixture *fixture)
{
	int n_turns = 0, moved = 1;

	while (fixture->loop && moved) {
		moved = fake_loop_turn(fixture->loop);
		moved += fake_writer_turn(fixture->writer);
		moved += fake_edge_turn(&fixture->edge);
		moved += fake_sessions_turn(fixture->sessions);
		moved += fake_mixer_turn(fixture->mixer);
		if (++n_turns > TURNS_MAX)
			err_fatal("the world does not come to rest");
	}
}

void fixture_advance(struct fixture *fixture, int64_t ms)
{
	int64_t until_ms = monotonic_now_ms() + ms;

	fixture_settle(fixture);
	while (fixture->loop) {
		int64_t next_ms = fake_loop_next_ms(fixture->loop);

		if (next_ms < 0 || next_ms > until_ms)
			break;
		fake_loop_move(fixture->loop, next_ms);
		fixture_settle(fixture);
	}
	fake_loop_move(fixture->loop, until_ms);
	fixture_settle(fixture);
}
