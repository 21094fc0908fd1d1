/* From the config to sessions, mixer and focus: what calls need. */
#include "server/daemon_private.h"
#include "server/settings.h"

/** Session-Expires of our calls, and the least that others may ask for (RFC
 *  4028). */
#define SESSION_EXPIRES_S 1800
#define SESSION_MIN_S 90
/** Speech is louder. */
#define THRESHOLD_DBM0 (-50)
/** Somebody who comes back is there twice for a moment. */
#define PARTIES_SPARE 16

bool setup_has_calls(const struct config *config)
{
	for (size_t i = 0; i < config->n_services; i++) {
		const struct strings *methods = &config->services[i].methods;

		for (size_t j = 0; j < methods->n; j++) {
			if (strcmp(methods->at[j], "INVITE") == 0)
				return true;
		}
	}
	return false;
}

/* ---- media --------------------------------------------------------------- */

struct port_range {
	int first, last;
};

static struct port_range setup_ports(const struct config *config)
{
	struct view v = view_of(config->media_ports);
	size_t dash = view_find(v, '-', 0);
	uint64_t first, last;

	if (view_to_u64(view_head(v, dash), 65535, &first) ||
	    view_to_u64(view_from(v, dash + 1), 65535, &last))
		err_fatal("a range of ports was not checked");
	return (struct port_range){(int)first, (int)last};
}

static enum err setup_media_address(const struct config *config,
				    union address *ret)
{
	if (*config->media_address)
		return address_parse(view_of(config->media_address), 0, ret);
	return setup_listener(config->sip_listen.at[0], &(enum protocol){0},
			      ret);
}

static enum codec codec_named(const char *name)
{
	return strcmp(name, "PCMA") == 0 ? CODEC_PCMA : CODEC_PCMU;
}

static const enum codec *setup_codecs(struct daemon *daemon, size_t *ret_n)
{
	const struct strings *names = &daemon->config->media_codecs;
	enum codec *codecs =
		arena_array(daemon->arena, names->n + 1, sizeof(*codecs));

	for (size_t i = 0; i < names->n; i++)
		codecs[i] = codec_named(names->at[i]);
	codecs[names->n] = CODEC_EVENT;
	*ret_n = names->n + 1;
	return codecs;
}

/** Where others reach a listener, if that is said by number. */
static size_t add_advertised(const struct config *config,
			     enum protocol protocol,
			     const union address *listener,
			     struct media_range *ret)
{
	struct advertised it;
	union address address;

	if (!setup_advertised(config, protocol, listener, &it) ||
	    address_parse(it.host, it.port ? it.port : address_port(listener),
			  &address))
		return 0;
	ret->first = ret->last = address_port(&address);
	address_bytes(&address, ret->address);
	return 1;
}

/* Media to these would come back to us. */
static const struct media_range *
setup_own_ranges(struct daemon *daemon, const struct mixer_settings *mixer,
		 size_t *ret_n)
{
	const struct config *config = daemon->config;
	const struct strings *listen = &config->sip_listen;
	struct media_range *own =
		arena_array(daemon->arena, 2 * listen->n + 2, sizeof(*own));
	size_t n = 0;

	own[n] = (struct media_range){.first = (int)mixer->port_first,
				      .last = (int)mixer->port_last + 1};
	address_bytes(&mixer->address, own[n++].address);
	if (mixer->advertised.any.sa_family) {
		own[n] = own[0];
		address_bytes(&mixer->advertised, own[n++].address);
	}
	for (size_t i = 0; i < listen->n; i++) {
		enum protocol protocol;
		union address address;

		if (setup_listener(listen->at[i], &protocol, &address))
			continue;
		own[n].first = own[n].last = address_port(&address);
		address_bytes(&address, own[n++].address);
		n += add_advertised(config, protocol, &address, &own[n]);
	}
	*ret_n = n;
	return own;
}

static void setup_media_rules(struct daemon *daemon,
			      const struct mixer_settings *mixer)
{
	const struct config *config = daemon->config;
	struct media_rules *rules = &daemon->media_rules;

	rules->codecs = setup_codecs(daemon, &rules->n_codecs);
	rules->order = (enum media_order)config->media_prefer;
	rules->allow_private = config->allow_private_addresses != 0;
	rules->latches = config->media_nat != 0;
	rules->own = setup_own_ranges(daemon, mixer, &rules->n_own);
}

static void hear(void *arg, const struct media_event *event)
{
	struct daemon *daemon = arg;

	if (daemon->conferences)
		conferences_hear(daemon->conferences, event);
}

static struct mixer_settings setup_mixer(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	struct port_range ports = setup_ports(config);

	return (struct mixer_settings){
		.loop = daemon->loop,
		.port_first = (unsigned)ports.first,
		.port_last = (unsigned)ports.last,
		.threads = config->media_threads == SETTING_AUTO
				   ? 0
				   : (unsigned)config->media_threads,
		.participants_max =
			(unsigned)(ports.last - ports.first) / 2 + 1,
		.conferences_max =
			(unsigned)config->conferences + PARTIES_SPARE,
		.participants_per_conference =
			(unsigned)config->parties + PARTIES_SPARE,
		.talkers_max = (unsigned)config->talkers,
		.threshold_dbm0 = THRESHOLD_DBM0,
		.timeout_s = (unsigned)config->media_timeout_s,
		.counters = daemon->counters,
		.event = hear,
		.arg = daemon};
}

static const char *media_problem(struct daemon *daemon, enum err err)
{
	const char *ports = daemon->config->media_ports;

	if (err == ERR_BUSY)
		return arena_printf(daemon->arena,
				    "no port of %s is free (media ports)",
				    ports);
	if (err == ERR_IO)
		return "the address is none of this host (media address)";
	if (err == ERR_SYNTAX)
		return "the address is a wildcard: name one (media address)";
	return err_text(err);
}

static enum err open_mixer(struct daemon *daemon, const char **ret_problem)
{
	const struct config *config = daemon->config;
	struct mixer_settings it = setup_mixer(daemon);
	enum err err = setup_media_address(config, &it.address);

	if (!err && *config->media_advertise)
		err = address_parse(view_of(config->media_advertise), 0,
				    &it.advertised);
	if (!err)
		err = mixer_new(&it, &daemon->mixer);
	if (err)
		*ret_problem = media_problem(daemon, err);
	else
		setup_media_rules(daemon, &it);
	return err;
}

/* ---- conferences --------------------------------------------------------- */

static const char *const *setup_rest_senders(struct daemon *daemon)
{
	const struct strings *senders = &daemon->config->rest_senders;
	const char **keys =
		arena_array(daemon->arena, senders->n + 1, sizeof(*keys));

	for (size_t i = 0; i < senders->n; i++) {
		if (uri_key(daemon->arena, view_of(senders->at[i]), &keys[i]))
			err_fatal("a sender was not checked");
	}
	return keys;
}

static struct dialout_limits setup_dialout(const struct config *config)
{
	return (struct dialout_limits){
		.rate = (int)config->dialout_rate,
		.burst = (int)config->dialout_burst,
		.ringing = (int)config->dialout_ringing,
		.ringing_per_conference = (int)config->ringing_per_conference,
		.destination_rate = (int)config->destination_rate,
		.destination_ringing = (int)config->destination_ringing};
}

static void setup_limits(const struct config *config,
			 struct conferences_settings *to)
{
	to->breadth_max = (int)config->max_breadth;
	to->dialout = setup_dialout(config);
	to->conferences_max = (size_t)config->conferences;
	to->parties_max = (size_t)config->parties;
	to->per_sender = (size_t)config->conferences_per_sender;
	to->calls_per_sender = (size_t)config->calls_per_sender;
	to->minutes_per_day = config->minutes_per_day;
	to->ring_s = (int)config->ring_s;
	to->duration_s = (int)config->duration_s;
	to->alone_s = (int)config->alone_s;
	to->end_when = config->end_when_last
			       ? CONFERENCE_END_WHEN_LAST_LEAVES
			       : CONFERENCE_END_WHEN_CREATOR_LEAVES;
	to->deny_keys = config->dtmf_deny;
	to->keep_done_s = config->keep_done_s;
	to->expiry_ends_calls = config->expiry_ends_calls != 0;
	to->media_timeout_s = (int)config->media_timeout_s;
	to->is_nat = config->media_nat != 0;
}

static struct conferences_settings
setup_conferences(struct daemon *daemon, const struct service *services)
{
	const struct config *config = daemon->config;
	struct conferences_settings it = {
		.loop = daemon->loop,
		.edge = daemon->edge,
		.lists = daemon->lists,
		.sessions = daemon->sessions,
		.mixer = daemon->mixer,
		.writer = daemon->writer,
		.index = daemon->index,
		.accounts = daemon->accounts,
		.counters = daemon->counters,
		.secret = daemon->secret,
		.domain = config->domain,
		.places = setup_places(daemon),
		.services = services,
		.ours = setup_ours(daemon),
		.uri_rules = setup_rules(config),
		.untold = setup_untold,
		.untold_arg = daemon,
		.rest_senders = setup_rest_senders(daemon),
		.n_rest_senders = config->rest_senders.n};

	setup_limits(config, &it);
	return it;
}

static struct sessions_settings setup_sessions(struct daemon *daemon)
{
	const struct config *config = daemon->config;

	return (struct sessions_settings){.loop = daemon->loop,
					  .counters = daemon->counters,
					  .sip = daemon->sip,
					  .edge = daemon->edge,
					  .domain = config->domain,
					  .media = &daemon->media_rules,
					  .timers = {SESSION_EXPIRES_S,
						     SESSION_MIN_S,
						     (int)config->ring_s},
					  .supported = ", replaces"};
}

enum err calls_open(struct daemon *daemon, const char **ret_problem)
{
	struct conferences_settings conferences;
	struct sessions_settings sessions;
	const struct service *services;
	size_t n_services;
	enum err err = setup_services(daemon, &services, &n_services);

	if (!err)
		err = open_mixer(daemon, ret_problem);
	if (err)
		return err;
	sessions = setup_sessions(daemon);
	daemon->sessions = sessions_new(&sessions);
	conferences = setup_conferences(daemon, services);
	conferences.n_services = n_services;
	daemon->conferences = conferences_new(&conferences);
	daemon->conference_listener = setup_conference_listener(daemon);
	conferences_listen(daemon->conferences, &daemon->conference_listener);
	edge_register(daemon->edge, &conference_module, daemon->conferences);
	edge_register(daemon->edge, &conference_dial_in_module,
		      daemon->conferences);
	return ERR_OK;
}

static void show_media(struct counters *counters,
		       const struct mixer_gauges *gauges)
{
	const struct media_stats *totals = &gauges->totals;

	gauge_set(counters, GAUGE_MEDIA_PORTS, gauges->n_ports);
	gauge_set(counters, GAUGE_MEDIA_THREADS, gauges->n_threads);
	count_set(counters, COUNT_LATE_TICKS, gauges->n_late_ticks);
	count_set(counters, COUNT_MEDIA_EVENTS_LOST, gauges->n_lost_events);
	count_set(counters, COUNT_RTP_IN, totals->n_received);
	count_set(counters, COUNT_RTP_OUT, totals->n_sent);
	count_set(counters, COUNT_RTP_UNSENT, totals->n_send_failed);
	count_set(counters, COUNT_CONCEALED, totals->n_concealed);
	/* Both are in the order of enum media_drop. */
	for (int i = 0; i < MEDIA_DROPS; i++)
		count_set(counters,
			  (enum counter)(COUNT_RTP_DROPPED_MALFORMED + i),
			  totals->n_dropped[i]);
}

void calls_show(struct daemon *daemon)
{
	struct counters *counters = daemon->counters;
	struct conference_gauges gauges;
	struct mixer_gauges media;

	if (!daemon->conferences)
		return;
	conferences_gauges(daemon->conferences, &gauges);
	gauge_set(counters, GAUGE_CONFERENCES, (int64_t)gauges.n_conferences);
	gauge_set(counters, GAUGE_DIALOUT, (int64_t)gauges.n_waiting);
	/* Both are in the order of enum party_state. */
	for (int i = 0; i < PARTY_STATES; i++)
		gauge_set(counters, (enum gauge)(GAUGE_PARTIES_QUEUED + i),
			  (int64_t)gauges.n_parties[i]);
	mixer_measure_all(daemon->mixer, &media);
	show_media(counters, &media);
}

void calls_close(struct daemon *daemon)
{
	sessions_free(daemon->sessions);
	conferences_free(daemon->conferences);
	mixer_free(daemon->mixer);
	/* What its threads have told before, the end of the loop brings. */
	daemon->sessions = NULL;
	daemon->conferences = NULL;
	daemon->mixer = NULL;
}
