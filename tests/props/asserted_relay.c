/* The relay in the world: edge, SIP, lists, messages, calls, policies and store
 * are real; sockets, DNS, mixer, disk and clock are the property's. */
#include <dirent.h>
#include <unistd.h>

#include "db/permissions.h"
#include "server/base/digest.h"
#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_mixer.h"
#include "tests/fake/fake_writer.h"
#include "tests/props/asserted.h"

#define SERVICE "sip:lists@" ASSERTED_DOMAIN
#define TURNS_MAX 100000

struct world world;

static void add_account(const char *name, int64_t id)
{
	char sha256[DIGEST_HEX_MAX + 1], aor[64];
	struct account user = {.id = id,
			       .aor = aor,
			       .username = name,
			       .etag = "1",
			       .ha1 = {sha256, NULL},
			       .may = ACCOUNT_ALL};

	snprintf(aor, sizeof(aor), "sip:%s@" ASSERTED_DOMAIN, name);
	digest_ha1(DIGEST_SHA256, view_of(name), VIEW(ASSERTED_DOMAIN),
		   VIEW("secret"), sha256);
	accounts_put(world.accounts, &user);
}

static void start_store(void)
{
	struct writer_settings settings = {.path = world.path,
					   .counters = &world.counters,
					   .queue_max = 1000};

	world.loop = loop_new();
	world.index = index_new();
	world.accounts = accounts_new(NULL);
	settings.loop = world.loop;
	settings.index = world.index;
	settings.accounts = world.accounts;
	if (writer_new(&settings, &world.writer))
		err_fatal("the store cannot be opened");
	add_account("alice", 1);
	add_account("bob", 2);
}

static const char *const listen_at[] = {
	"sip:192.0.2.1:5060;transport=udp",
	"sip:192.0.2.1:5060;transport=tcp",
	"sip:192.0.2.1:5061;transport=tls",
	"sip:[2001:db8:ffff::1]:5060;transport=udp",
	"sip:[2001:db8:ffff::1]:5060;transport=tcp",
	"sip:[2001:db8:ffff::1]:5061;transport=tls"};
static const struct uri_rules rules = {
	.allow_private = true, .allow_low_port = true, .has_tls = true};
static const char *const methods[] = {"MESSAGE", "INVITE"};
static const struct service service = {.name = "lists",
				       .uri = SERVICE,
				       .key = SERVICE,
				       .methods = methods,
				       .n_methods = 2,
				       .allow = "MESSAGE, INVITE, OPTIONS",
				       .missing = MISSING_OMITS};

static void start_sip(void)
{
	struct sip_settings settings = {.loop = world.loop,
					.counters = &world.counters,
					.domain = ASSERTED_DOMAIN,
					.listen = listen_at,
					.n_listen = sizeof(listen_at) /
						    sizeof(listen_at[0]),
					.uri_rules = rules,
					.message_max = 65536,
					.connections_max = 100,
					.connections_per_source = 50,
					.idle_s = 60,
					.message_timeout_s = 5,
					.transactions_max = 10000,
					.unanswered_max = 1000,
					.identity_for = peer_identity_for,
					.identity_for_arg = &world.trust,
					.outbound_proxy = world.proxy};
	struct edge_settings edge = {.loop = world.loop,
				     .counters = &world.counters,
				     .accounts = world.accounts,
				     .domain = ASSERTED_DOMAIN,
				     .services = &service,
				     .n_services = 1,
				     .trust_domains = &world.trust,
				     .nonce_lifetime_s = 600,
				     .message_max = 65536};
	struct sip_problem problem;

	if (sip_new(&settings, &world.sip, &problem))
		err_fatal("the listeners cannot be opened");
	edge.sip = world.sip;
	world.edge = edge_new(&edge);
}

static const char *const names_of_services[] = {"lists"};
static const struct ours ours = {.domain = ASSERTED_DOMAIN,
				 .services = names_of_services,
				 .n_services = 1};

static void start_messages(void)
{
	static const int pauses[] = {30, 120};
	struct lists_settings lists = {.loop = world.loop,
				       .edge = world.edge,
				       .index = world.index,
				       .counters = &world.counters,
				       .ours = ours,
				       .uri_rules = rules,
				       .list_length = 100,
				       .list_bytes = 65536,
				       .body_bytes = 65536,
				       .breadth_max = 60};
	struct messages_settings messages = {.loop = world.loop,
					     .edge = world.edge,
					     .writer = world.writer,
					     .index = world.index,
					     .counters = &world.counters,
					     .secret = world.secret,
					     .domain = ASSERTED_DOMAIN,
					     .requests_max = 100,
					     .legs_window = 200,
					     .retry_pauses_s = pauses,
					     .n_retry_pauses = 2,
					     .lifetime_s = 3600,
					     .keep_failed_s = 3600};
	struct consents_settings consents = {.loop = world.loop,
					     .edge = world.edge,
					     .writer = world.writer,
					     .index = world.index,
					     .counters = &world.counters,
					     .secret = world.secret,
					     .domain = ASSERTED_DOMAIN,
					     .uri_rules = rules,
					     .asking.all = {5, 60, 50},
					     .trigger_limits = {5, 60, 50},
					     .refresh_s = 86400,
					     .request_lifetime_s = 3600,
					     .requests_in_flight = 8};

	world.lists = lists_new(&lists);
	messages.lists = world.lists;
	world.messages = messages_new(&messages);
	world.consents = consents_new(&consents);
}

static void on_media(void *arg, const struct media_event *event)
{
	(void)arg;
	conferences_hear(world.conferences, event);
}

static void start_calls(void)
{
	static const enum codec codecs[] = {CODEC_PCMU, CODEC_PCMA,
					    CODEC_EVENT};
	static const char *const senders[] = {"sip:alice@" ASSERTED_DOMAIN,
					      "sip:bob@" ASSERTED_DOMAIN};
	static const struct media_rules media = {
		.codecs = codecs, .n_codecs = 3, .allow_private = true};
	struct sessions_settings sessions = {.loop = world.loop,
					     .counters = &world.counters,
					     .sip = world.sip,
					     .edge = world.edge,
					     .domain = ASSERTED_DOMAIN,
					     .media = &media,
					     .timers = {600, 90, 60},
					     .supported = ", replaces"};
	struct conferences_settings it = {
		.loop = world.loop,
		.edge = world.edge,
		.lists = world.lists,
		.writer = world.writer,
		.index = world.index,
		.accounts = world.accounts,
		.counters = &world.counters,
		.secret = world.secret,
		.domain = ASSERTED_DOMAIN,
		.services = &service,
		.n_services = 1,
		.ours = ours,
		.uri_rules = rules,
		.breadth_max = 60,
		.dialout = {.ringing = 300,
			    .ringing_per_conference = 30,
			    .destination_ringing = 300},
		.conferences_max = 50,
		.parties_max = 50,
		.per_sender = 50,
		.calls_per_sender = 300,
		.ring_s = 60,
		.duration_s = 7200,
		.alone_s = 60,
		.end_when = CONFERENCE_END_WHEN_CREATOR_LEAVES,
		.rest_senders = senders,
		.n_rest_senders = 2};

	world.mixer = fake_mixer_new(world.loop, 400);
	fake_mixer_listen(world.mixer, on_media, NULL);
	world.sessions = sessions_new(&sessions);
	it.sessions = world.sessions;
	it.mixer = world.mixer;
	world.conferences = conferences_new(&it);
}

static void start(void)
{
	start_store();
	start_sip();
	start_messages();
	start_calls();
	edge_register(world.edge, &consent_module, world.consents);
	edge_register(world.edge, &message_module, world.messages);
	edge_register(world.edge, &conference_module, world.conferences);
	edge_register(world.edge, &conference_dial_in_module,
		      world.conferences);
	messages_recover(world.messages);
	conferences_recover(world.conferences);
	consents_start(world.consents);
}

void relay_open(void)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char path[128];

	snprintf(world.folder, sizeof(world.folder), "%s/volens-XXXXXX", tmp);
	if (!mkdtemp(world.folder))
		err_fatal("no folder for the store");
	snprintf(world.path, sizeof(world.path), "%s/volens.db", world.folder);
	snprintf(path, sizeof(path), "%s/secret", world.folder);
	if (secret_load(path, &world.secret))
		err_fatal("no secret");
}

static void remove_files(const char *but)
{
	DIR *folder = opendir(world.folder);
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (!but || strcmp(entry->d_name, but) != 0)
			unlinkat(dirfd(folder), entry->d_name, 0);
	}
	closedir(folder);
}

void relay_close(void)
{
	secret_free(world.secret);
	remove_files(NULL);
	rmdir(world.folder);
}

void relay_begin(void)
{
	remove_files("secret");
	fake_clock_reset();
	world.arena = arena_new(0);
	world_roll();
	world.n_asks = world.n_talks = world.n_before = 0;
	world.recipient[0] = world.grant_uri[0] = world.trigger_uri[0] = '\0';
	start();
}

/* As the daemon does; or the process dies, perhaps right after a commit. */
static void stop(bool is_crash)
{
	messages_free(world.messages);
	consents_free(world.consents);
	sessions_free(world.sessions);
	conferences_free(world.conferences);
	fake_mixer_free(world.mixer);
	if (is_crash)
		fake_writer_kill(world.writer, prng_once_in(&world.prng, 2)
						       ? LAST_COMMIT
						       : LAST_NOTHING);
	else
		writer_free(world.writer);
	fake_loop_turn(world.loop);
	lists_free(world.lists);
	edge_free(world.edge);
	sip_free(world.sip);
	index_free(world.index);
	accounts_free(world.accounts);
	loop_free(world.loop);
}

void relay_end(void)
{
	stop(false);
	arena_free(world.arena);
}

/* Nobody's connection is left, and what was under way is gone. */
void relay_restart(void)
{
	stop(prng_once_in(&world.prng, 2));
	world.parcels = NULL;
	world.parcels_end = &world.parcels;
	world.n_before = world.n_asks;
	for (unsigned i = 0; i < world.n_talks; i++)
		world.talks[i].is_on = false;
	start();
}

static void ordered(void *arg, const struct conference_result *result)
{
	(void)arg;
	(void)result;
}

void relay_call(const char *sender, const char *const *recipients, unsigned n)
{
	struct conference_entry entries[CALLEES];
	const struct conference_order order = {.service = "lists",
					       .sender = sender,
					       .entries = entries,
					       .n_entries = n,
					       .missing =
						       CONFERENCE_MISSING_OMITS,
					       .token = "a"};

	memset(entries, 0, sizeof(entries));
	for (unsigned i = 0; i < n; i++)
		entries[i].uri = recipients[i];
	conferences_create(world.conferences, &order, ordered, NULL);
}

void relay_settle(void)
{
	int n_turns = 0, moved = 1;

	while (moved) {
		moved = fake_loop_turn(world.loop);
		moved += fake_writer_turn(world.writer);
		moved += fake_mixer_turn(world.mixer);
		moved += fake_transport_turn(fake_transport());
		moved += phones_turn();
		if (++n_turns > TURNS_MAX)
			err_fatal("the world does not come to rest");
	}
}

void relay_advance(int64_t ms)
{
	int64_t until_ms = monotonic_now_ms() + ms;

	relay_settle();
	while (true) {
		int64_t next_ms = fake_loop_next_ms(world.loop);

		if (next_ms < 0 || next_ms > until_ms)
			break;
		fake_loop_move(world.loop, next_ms);
		relay_settle();
	}
	fake_loop_move(world.loop, until_ms);
	relay_settle();
}

static const char *key_of(const char *recipient, struct arena *arena)
{
	const char *key = recipient;
	struct uri uri;

	must(&world.prng,
	     uri_parse(view_of(recipient), &uri) == ERR_OK &&
		     uri_recipient_key(arena, &uri, &key) == ERR_OK,
	     "a recipient is read");
	return key;
}

void relay_permit(const char *recipient, enum permission_event event)
{
	struct arena *arena = arena_new(0);
	struct permission_change change = {
		.sender = "*",
		.target = SERVICE,
		.recipient = key_of(recipient, arena),
		.recipient_uri = recipient,
		.event = event,
		.actor = event == EVENT_ADDED ? ORIGIN_ADMIN : ORIGIN_RECIPIENT,
		.kinds = {.set = KIND_MESSAGE | KIND_CALL},
		.expires_at = -1,
		.ask_due_at = wall_now_s(),
		.now = wall_now_s()};
	struct permission row;
	enum err err = store_permission_change(fake_writer_store(world.writer),
					       &change, arena, &row);

	must(&world.prng, err == ERR_OK || err == ERR_CONFLICT,
	     "a permission is changed");
	arena_free(arena);
	conferences_reconsider(world.conferences);
	edge_quiesce(world.edge);
	consents_wake(world.consents);
}
