/* TLS of SIP: from the config to net/tls, again at SIGHUP, and its end told. */
#include "api/time_format.h"
#include "server/base/listen_uri.h"
#include "server/base/log.h"
#include "server/daemon_private.h"

#define AGAIN_S INT64_C(86400) /**< warnings, while nothing changes */

static const struct {
	enum gauge gauge;
	enum log_event ends;
} dated[TLS_DATED_KINDS] = {
	[TLS_DATED_CERTIFICATE] = {GAUGE_TLS_ENDS, LOG_EVENT_TLS_EXPIRES},
	[TLS_DATED_OCSP] = {GAUGE_TLS_OCSP_ENDS, LOG_EVENT_TLS_OCSP_ENDS},
	[TLS_DATED_CRL] = {GAUGE_TLS_CRL_ENDS, LOG_EVENT_TLS_CRL_ENDS},
};

const struct certificate_files *setup_certificates(const struct config *config,
						   struct arena *arena,
						   size_t *ret_n)
{
	size_t n = config->n_certificates + 1, n_all = n + config->n_domains;
	struct certificate_files *files =
		arena_array(arena, n_all, sizeof(*files));

	files[0] = (struct certificate_files){
		config->tls_certificate, config->tls_key, config->tls_ocsp};
	for (size_t i = 1; i < n; i++) {
		const struct certificate_config *from =
			&config->certificates[i - 1];

		files[i] = (struct certificate_files){from->certificate,
						      from->key, from->ocsp};
	}
	for (size_t i = 0; i < config->n_domains; i++) {
		const struct domain_config *from = &config->domains[i];

		if (*from->certificate)
			files[n++] = (struct certificate_files){
				from->certificate, from->key, from->ocsp};
	}
	*ret_n = n;
	return files;
}

static struct tls_settings setup_tls(const struct config *config,
				     struct arena *arena)
{
	size_t n;
	const struct certificate_files *files =
		setup_certificates(config, arena, &n);

	return (struct tls_settings){
		.files = files,
		.n_files = n,
		.ca = config->tls_ca,
		.crl = config->tls_crl,
		.clients = (enum tls_clients)config->tls_clients,
		.oldest = (enum tls_oldest)config->tls_version,
		.handshake_s = (int)config->tls_handshake_s,
		.half_open_max = (size_t)config->tls_half_open,
	};
}

/** A listener of TLS; NULL: there is none. */
static const char *tls_listener(const struct config *config)
{
	for (size_t i = 0; i < config->sip_listen.n; i++) {
		struct listen_uri uri;

		if (!listen_uri_read(config->sip_listen.at[i], &uri, NULL) &&
		    view_equal_nocase(uri.transport, VIEW("tls")))
			return config->sip_listen.at[i];
	}
	return NULL;
}

static bool has_domain_certificate(const struct config *config)
{
	for (size_t i = 0; i < config->n_domains; i++)
		if (*config->domains[i].certificate)
			return true;
	return false;
}

/** What is missing, before a file is looked at; NULL: nothing. */
static const char *tls_missing(const struct config *config)
{
	if (!*config->tls_certificate)
		return config->n_certificates || *config->tls_key ||
				       has_domain_certificate(config) ||
				       tls_listener(config)
			       ? "tls { certificate } is missing: TLS needs a "
				 "certificate and its key"
			       : NULL;
	if (!*config->tls_key)
		return "tls { key } is missing: the key of tls { certificate }";
	for (size_t i = 0; i < config->n_certificates; i++)
		if (!*config->certificates[i].certificate ||
		    !*config->certificates[i].key)
			return "a tls-certificate has no certificate or no key";
	return NULL;
}

enum err certificates_load(const struct config *config, struct arena *arena,
			   struct tls **ret, const char **ret_problem)
{
	struct tls_settings settings = setup_tls(config, arena);
	struct certificate_problem problem;
	enum err err;

	*ret = NULL;
	*ret_problem = tls_missing(config);
	if (*ret_problem)
		return ERR_SYNTAX;
	if (!*config->tls_certificate)
		return ERR_OK;
	err = net_tls_new(&settings, ret, &problem);
	if (err)
		*ret_problem = arena_strdup(arena, problem.text);
	return err;
}

static void end_log(enum log_event event, const struct tls_end *end)
{
	char ends[TIME_LEN];

	time_format(end->ends_at, ends);
	log_event(event, NULL, "file=%s ends=%s", log_text(end->file), ends);
}

/** Does a certificate have the name that peers look for? */
static void name_look(struct tls *tls, const char *name)
{
	struct text found;

	if (net_tls_is_for(tls, name))
		return;
	text_init(&found, NULL);
	net_tls_domains(tls, &found);
	log_event(LOG_EVENT_TLS_WRONG_NAME, NULL, "name=%s found=%s note=%s",
		  log_text(name), log_text(found.len ? found.at : NULL),
		  log_text("it has to be in subjectAltName, as URI:sip:NAME "
			   "or DNS:NAME"));
	text_release(&found);
}

/* The domain, and what URIs of ours have in its place (advertise). */
static void names_look(const struct config *config, struct tls *tls)
{
	const char *listener = tls_listener(config);
	struct advertised advertised;
	union address address;
	enum protocol protocol;
	char name[256];

	if (!listener)
		return;
	name_look(tls, config->domain);
	for (size_t i = 0; i < config->n_domains; i++)
		name_look(tls, config->domains[i].name);
	if (setup_listener(listener, &protocol, &address) ||
	    !setup_advertised(config, protocol, &address, &advertised) ||
	    uri_hosts_equal(advertised.host, view_of(config->domain)))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)advertised.host.len,
		 advertised.host.at);
	name_look(tls, name);
}

void certificates_warn(const struct config *config, struct tls *tls)
{
	struct tls_end end;

	names_look(config, tls);
	for (int i = 0; i < TLS_DATED_KINDS; i++)
		if (net_tls_ends(tls, (enum tls_dated)i, &end) &&
		    end.warn_at <= wall_now_s())
			end_log(dated[i].ends, &end);
}

void certificates_reload(struct daemon *daemon)
{
	struct certificate_problem problem;
	struct tls_end end;

	if (net_tls_reload(daemon->tls, &problem)) {
		log_event(LOG_EVENT_TLS_NOT_RELOADED, NULL, "reason=%s",
			  log_text(problem.text));
		return;
	}
	if (net_tls_ends(daemon->tls, TLS_DATED_CERTIFICATE, &end))
		end_log(LOG_EVENT_TLS_RELOADED, &end);
	for (int i = 0; i < TLS_DATED_KINDS; i++)
		daemon->ends_said_at[i] = 0;
	daemon->name_said_at = 0;
	certificates_look(daemon);
}

/** Is it time to say it (again)?  Then it is said. */
static bool is_due(int64_t *said_at, int64_t now)
{
	if (*said_at && now - *said_at < AGAIN_S && now >= *said_at)
		return false;
	*said_at = now;
	return true;
}

static void end_look(struct daemon *daemon, enum tls_dated kind, int64_t now)
{
	int64_t *said_at = &daemon->ends_said_at[kind];
	struct tls_end end;

	if (!net_tls_ends(daemon->tls, kind, &end))
		end = (struct tls_end){.file = NULL};
	gauge_set(daemon->counters, dated[kind].gauge, end.ends_at);
	if (!end.file || now < end.warn_at)
		return;
	if (*said_at < end.ends_at && end.ends_at <= now)
		*said_at = 0; /* that it is over is worse */
	if (is_due(said_at, now))
		end_log(dated[kind].ends, &end);
}

void certificates_look(struct daemon *daemon)
{
	int64_t now = wall_now_s();

	if (!daemon->tls)
		return;
	for (int i = 0; i < TLS_DATED_KINDS; i++)
		end_look(daemon, (enum tls_dated)i, now);
	if (is_due(&daemon->name_said_at, now))
		names_look(daemon->config, daemon->tls);
}
