#include "server/daemon.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "db/quiesce.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/daemon_private.h"

/** How long a stop waits for what is in flight. */
#define DRAIN_MS 10000
#define DRAIN_LOOK_MS 50
#define STORE_QUEUE_MAX 10000

/* ---- signals and the end
 * ------------------------------------------------------ */

static void drain_look(void *arg)
{
	struct daemon *daemon = arg;
	bool late = loop_now_ms(daemon->loop) >= daemon->drain_until_ms;

	if (late)
		log_event(LOG_EVENT_DRAIN_TIMEOUT, NULL, "note=%s",
			  log_text("what is in flight is taken up at the next "
				   "start"));
	if (late || edge_is_idle(daemon->edge))
		loop_stop(daemon->loop);
	else
		loop_timer_set(daemon->loop, &daemon->drain, DRAIN_LOOK_MS);
}

static void drain(struct daemon *daemon)
{
	log_event(LOG_EVENT_DRAINING, NULL, NULL);
	edge_drain(daemon->edge);
	api_drain(daemon->api);
	daemon->drain_until_ms = loop_now_ms(daemon->loop) + DRAIN_MS;
	loop_timer_set(daemon->loop, &daemon->drain, 0);
}

static void signal_ready(void *arg, uint32_t events)
{
	struct daemon *daemon = arg;
	struct signalfd_siginfo info;

	(void)events;
	if (read(daemon->signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP && daemon->tls) {
		certificates_reload(daemon);
		https_reload_files(daemon);
		return;
	}
	if (info.ssi_signo == SIGHUP) {
		/* A habit of operators must not end the relay. */
		log_event(LOG_EVENT_RELOAD_IGNORED, NULL,
			  "reason=\"settings are read at start only\"");
		return;
	}
	if (atomic_exchange(&daemon->draining, true))
		loop_stop(daemon->loop); /* the second one: now */
	else
		drain(daemon);
}

/** Before any other thread starts: they inherit what is blocked. */
static enum err signals_watch(struct daemon *daemon)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return ERR_IO;
	daemon->signals.fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (daemon->signals.fd < 0)
		return ERR_IO;
	daemon->signals.events = EPOLLIN;
	daemon->signals.ready = signal_ready;
	daemon->signals.arg = daemon;
	return loop_watch_add(daemon->loop, &daemon->signals);
}

/* ---- putting it together --------------------------------------------- */

static enum err fail(enum err err, const char *what, const char *name,
		     const char *why)
{
	log_event(LOG_EVENT_START_FAILED, NULL, "what=%s name=%s reason=%s",
		  what, log_text(name), log_text(why));
	return err;
}

/** The trigger tokens that are out there were made with it. */
static enum err open_secret(struct daemon *daemon, bool had_store)
{
	const char *store = daemon->config->store_path;
	const char *path = arena_printf(daemon->arena, "%s.secret", store);
	bool is_lost = had_store && access(path, F_OK) != 0;
	enum err err;

	errno = 0;
	err = secret_load(path, &daemon->secret);
	if (err)
		return fail(err, "secret", path, secret_problem(err, errno));
	if (is_lost)
		log_event(LOG_EVENT_SECRET_CREATED, NULL, "file=%s note=%s",
			  log_text(path),
			  log_text("the database was here without its secret: "
				   "Trigger-Consent addresses in messages that "
				   "were sent lead nowhere now; if there is a "
				   "copy of the old secret, stop and put it "
				   "back"));
	return ERR_OK;
}

static void log_denies(enum log_event event, size_t n, const char *note)
{
	if (n > 0)
		log_event(event, NULL, "denies=%zu note=%s", n, log_text(note));
}

static void log_record(const struct record_look *look)
{
	if (look->is_lost)
		log_event(LOG_EVENT_REVOCATIONS_RECREATED, NULL, "note=%s",
			  log_text("the record of revocations was missing: a "
				   "new one was made from the database. Denies "
				   "that the database lacks are not in force; "
				   "if the record was only moved, stop and put "
				   "it back"));
	if (look->n_damaged > 0)
		log_event(LOG_EVENT_REVOCATIONS_REPAIRED, NULL,
			  "entries=%zu note=%s", look->n_damaged,
			  log_text("entries of the record of revocations were "
				   "not whole, as after a power cut"));
	log_denies(LOG_EVENT_STORE_OLDER, look->n_applied,
		   "the database lacked denies that its record of revocations "
		   "has, as an older copy does: they are in force again");
	log_denies(LOG_EVENT_DENIES_WITHOUT_ROW, look->n_rowless,
		   "the database does not have them, the record of revocations "
		   "does: they are in force");
}

static enum err open_store(struct daemon *daemon)
{
	const char *path = daemon->config->store_path;
	char problem[STORE_PROBLEM_MAX];
	struct writer_settings settings = {
		.path = path,
		.problem = problem,
		.key_file = daemon->config->key_file,
		.accept_new = daemon->config->accept_new,
		.loop = daemon->loop,
		.index = daemon->index,
		.accounts = daemon->accounts,
		.lists = daemon->list_table,
		.first_domain = daemon->config->domain,
		.domains = daemon->domains,
		.counters = daemon->counters,
		.queue_max = STORE_QUEUE_MAX,
		.min_free_bytes = (uint64_t)daemon->config->min_free,
		.sender_room_bytes = (uint64_t)daemon->config->queue_per_sender,
		.expired_keep_s = daemon->config->keep_expired_s,
		.renew_before_s = daemon->config->renew_before_s,
		.tells_imported = daemon->config->notice_on_import != 0,
		.record_room_bytes =
			daemon->config->keep_done_s
				? (uint64_t)daemon->config->keep_done_max
				: 0,
	};
	const char *leftover = store_leftover(path, daemon->arena);
	bool had_store = access(path, F_OK) == 0;
	enum err err;

	if (leftover && !daemon->config->accept_new)
		return fail(ERR_CONFLICT, "store", path,
			    store_missing(leftover, daemon->arena));
	err = writer_new(&settings, &daemon->writer);
	if (err)
		return fail(err, "store", path, problem);
	log_record(writer_record(daemon->writer));
	return open_secret(daemon, had_store);
}

static const char *sip_problem(struct daemon *daemon, const char *problem,
			       enum err err)
{
	int error = errno;

	if (!problem)
		problem = err_text(err);
	if (!error)
		return problem;
	return arena_printf(daemon->arena, "%s: %s", problem, strerror(error));
}

/* BYE and CANCEL leave before the answer, as all else that waits for the end of
 * the turn. */
static void quiesce(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->conferences)
		conferences_reconsider(daemon->conferences);
	edge_quiesce(daemon->edge);
}

/* Who talks need not wait for the disk. */
static void quiesce_calls(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->conferences)
		conferences_reconsider(daemon->conferences);
}

static enum err open_sip(struct daemon *daemon)
{
	struct sip_settings settings = setup_sip(daemon);
	struct sip_problem problem;
	const char *reason;
	enum err err = certificates_load(daemon->config, daemon->arena,
					 &daemon->tls, &reason);

	if (err)
		return fail(err, "tls", daemon->config->tls_certificate,
			    reason);
	settings.tls = daemon->tls;
	reason = setup_credentials(daemon->config, daemon->arena,
				   &settings.credentials);
	if (reason)
		return fail(ERR_IO, "credential", "password-file", reason);
	errno = 0;
	err = sip_new(&settings, &daemon->sip, &problem);
	if (err)
		return fail(err, "sip",
			    problem.listener ? problem.listener
					     : daemon->config->domain,
			    sip_problem(daemon, problem.what, err));
	return ERR_OK;
}

/* A list would be hidden, and its members be asked for what the service does.
 */
static const char *name_of_two(struct daemon *daemon,
			       const struct edge_settings *settings)
{
	for (size_t i = 0; i < settings->n_services; i++) {
		if (list_table_has(daemon->list_table,
				   settings->services[i].key))
			return settings->services[i].name;
	}
	return NULL;
}

static enum err open_edge(struct daemon *daemon)
{
	struct edge_settings settings;
	const char *name;
	enum err err = setup_edge(daemon, &settings);

	if (err)
		return fail(err, "sip", daemon->config->domain,
			    "the domain cannot stand in a URI");
	name = name_of_two(daemon, &settings);
	if (name)
		return fail(ERR_CONFLICT, "service", name,
			    "a stored list has this name: give the service "
			    "another one");
	daemon->edge = edge_new(&settings);
	quiesce_set(writer_quiesce(daemon->writer), quiesce, daemon);
	quiesce_set_early(writer_quiesce(daemon->writer), quiesce_calls);
	return ERR_OK;
}

/* Nothing is received before the loop runs. */
static void open_modules(struct daemon *daemon)
{
	struct consents_settings consents = setup_consents(daemon);
	struct lists_settings lists = setup_lists(daemon);
	struct messages_settings messages;

	daemon->consents = consents_new(&consents);
	daemon->lists = lists_new(&lists);
	messages = setup_messages(daemon);
	daemon->messages = messages_new(&messages);
	edge_register(daemon->edge, &consent_module, daemon->consents);
	edge_register(daemon->edge, &message_module, daemon->messages);
	edge_register(daemon->edge, &message_list_module, daemon->messages);
	edge_register(daemon->edge, &chat_module, daemon->consents);
}

static enum err open_calls(struct daemon *daemon)
{
	const char *problem = NULL;
	enum err err;

	if (!setup_has_calls(daemon->config))
		return ERR_OK;
	err = calls_open(daemon, &problem);
	return err ? fail(err, "media", daemon->config->media_ports,
			  problem ? problem : err_text(err))
		   : ERR_OK;
}

static enum err open_api(struct daemon *daemon)
{
	const char *token_file = daemon->config->admin_token_file;
	struct api_settings api;
	struct api_problem problem;
	enum err err = https_load(daemon->config, daemon->arena, &daemon->https,
				  &problem.text);

	if (err)
		return fail(err, "https", setup_https_listen(daemon->config),
			    problem.text);
	api = setup_api(daemon);
	if (access(token_file, F_OK) != 0)
		return fail(ERR_IO, "admin-token-file", token_file,
			    TOKEN_FILE_MISSING);
	err = api_new(&api, &daemon->api, &problem);
	if (err)
		return fail(err, problem.block,
			    arena_printf(daemon->arena, "%s, token in %s",
					 problem.listen, token_file),
			    problem.text ? problem.text : err_text(err));
	return ERR_OK;
}

static enum err daemon_open(struct daemon *daemon)
{
	enum err err = signals_watch(daemon);

	if (err)
		return fail(err, "signals", "signalfd", strerror(errno));
	err = open_store(daemon);
	if (!err) {
		housekeeping_catch_up(daemon);
		err = open_sip(daemon);
	}
	if (!err)
		err = open_edge(daemon);
	if (err)
		return err;
	open_modules(daemon);
	err = open_calls(daemon);
	return err ? err : open_api(daemon);
}

static void log_not_reviewed(const struct wording *wording)
{
	for (size_t i = 0; i < wording->n; i++) {
		const struct language *it = wording->parts[i].language;

		if (!it->is_reviewed)
			log_event(LOG_EVENT_NOT_REVIEWED, NULL, "language=%s",
				  it->tag);
	}
}

static void log_start(const struct daemon *daemon)
{
	const struct config *config = daemon->config;

	for (size_t i = 0; i < config->sip_listen.n; i++)
		log_event(LOG_EVENT_LISTENING, NULL, "sip=%s",
			  log_text(config->sip_listen.at[i]));
	log_event(LOG_EVENT_LISTENING, NULL, "http=%s port=%d",
		  log_text(config->http_listen), api_port(daemon->api));
	if (api_page_port(daemon->api))
		log_event(LOG_EVENT_LISTENING, NULL, "page=%s port=%d",
			  log_text(config->page_listen),
			  api_page_port(daemon->api));
	log_event(LOG_EVENT_STARTED, NULL,
		  "version=" PACKAGE_VERSION
		  " domain=%s store=%s permissions=%zu accounts=%zu",
		  log_text(config->domain), log_text(config->store_path),
		  index_count(daemon->index), accounts_count(daemon->accounts));
	log_not_reviewed(&config->wording);
	for (size_t i = 0; i < config->wording.n_domains; i++)
		log_not_reviewed(&config->wording.domains[i]);
	if (!config->notice_on_import)
		log_event(LOG_EVENT_NOTICES_OFF, NULL, "note=%s",
			  log_text("nobody is told of what is granted for "
				   "them: see notice-on-import"));
	if (config->any_transport && !config->any_transport_networks.n)
		log_event(
			LOG_EVENT_ANY_TRANSPORT, NULL, "note=%s",
			log_text("everybody who can read a permission request "
				 "can grant it: name the closed networks in "
				 "any-transport"));
}

enum err daemon_new(const struct config *config, struct daemon **ret)
{
	struct arena *arena = arena_new(0);
	struct daemon *daemon = arena_alloc(arena, sizeof(*daemon));
	enum err err;

	daemon->arena = arena;
	daemon->config = config;
	daemon->signals.fd = -1;
	daemon->loop = loop_new();
	daemon->counters = arena_alloc(arena, sizeof(*daemon->counters));
	daemon->domains = setup_domains(config, arena);
	daemon->index = index_new();
	index_set_domains(daemon->index, &daemon->domains);
	daemon->accounts = accounts_new(config->domain);
	daemon->list_table = list_table_new();
	daemon->allowances = setup_allowances(config);
	loop_timer_init(&daemon->drain, drain_look, daemon);
	err = daemon_open(daemon);
	if (err) {
		daemon_free(daemon);
		return err;
	}
	*ret = daemon;
	return ERR_OK;
}

void daemon_run(struct daemon *daemon)
{
	log_start(daemon);
	certificates_look(daemon);
	trust_warn(daemon->config);
	messages_recover(daemon->messages);
	if (daemon->conferences)
		conferences_recover(daemon->conferences);
	consents_start(daemon->consents);
	housekeeping_start(daemon);
	loop_run(daemon->loop);
	housekeeping_stop(daemon);
	log_event(LOG_EVENT_STOPPED, NULL, NULL);
}

/** Nothing is sent any more, so that a deny by REST need not wait for a loop
 * that has ended.  REST first, so that nobody writes any more; then the flow
 * lets go of what is left, and the writer finishes what it has.  Sockets are
 * not read any more: nobody is there for what comes. */
void daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	if (daemon->sip) {
		sip_silence(daemon->sip);
		quiesce_end(writer_quiesce(daemon->writer));
	}
	api_free(daemon->api);
	daemon->api = NULL;
	https_free(daemon->https);
	if (daemon->messages)
		messages_free(daemon->messages);
	consents_free(daemon->consents);
	daemon->consents = NULL;
	calls_close(daemon);
	writer_free(daemon->writer);
	loop_finish(daemon->loop); /* the last done()s */
	lists_free(daemon->lists);
	edge_free(daemon->edge);
	sip_free(daemon->sip);
	net_tls_free(daemon->tls);
	secret_free(daemon->secret);
	index_free(daemon->index);
	accounts_free(daemon->accounts);
	list_table_free(daemon->list_table);
	allowances_free(daemon->allowances);
	loop_timer_clear(daemon->loop, &daemon->drain);
	if (daemon->signals.fd >= 0) {
		loop_watch_remove(daemon->loop, &daemon->signals);
		close(daemon->signals.fd);
	}
	loop_free(daemon->loop);
	arena_free(daemon->arena);
}
