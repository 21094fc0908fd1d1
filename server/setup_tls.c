/* TLS of SIP: from the config to net/tls, again at SIGHUP, and its end told. */
#include "api/time_format.h"
#include "server/base/listen_uri.h"
#include "server/base/log.h"
#include "server/daemon_private.h"

#define EXPIRY_WARNING_S (30 * INT64_C(86400))
#define EXPIRY_AGAIN_S INT64_C(86400) /**< warnings, while nothing changes */

const struct certificate_files *setup_certificates(const struct config *config,
						   struct arena *arena)
{
	size_t n = config->n_certificates + 1;
	struct certificate_files *files = arena_array(arena, n, sizeof(*files));

	files[0] = (struct certificate_files){
		config->tls_certificate, config->tls_key, config->tls_ocsp};
	for (size_t i = 1; i < n; i++) {
		const struct certificate_config *from =
			&config->certificates[i - 1];

		files[i] = (struct certificate_files){from->certificate,
						      from->key, from->ocsp};
	}
	return files;
}

static struct tls_settings setup_tls(const struct config *config,
				     struct arena *arena)
{
	return (struct tls_settings){
		.files = setup_certificates(config, arena),
		.n_files = config->n_certificates + 1,
		.ca = config->tls_ca,
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

/** What is missing, before a file is looked at; NULL: nothing. */
static const char *tls_missing(const struct config *config)
{
	if (!*config->tls_certificate)
		return config->n_certificates || *config->tls_key ||
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

/** Which certificate ends first, and when. */
static void end_log(enum log_event event, struct tls *tls)
{
	char ends[TIME_LEN];
	const char *file;

	time_format(net_tls_ends_at(tls, &file), ends);
	log_event(event, NULL, "file=%s ends=%s", log_text(file), ends);
}

static bool ends_soon(struct tls *tls)
{
	const char *file;

	return net_tls_ends_at(tls, &file) - wall_now_s() <= EXPIRY_WARNING_S;
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
	names_look(config, tls);
	if (ends_soon(tls))
		end_log(LOG_EVENT_TLS_EXPIRES, tls);
}

void certificates_reload(struct daemon *daemon)
{
	struct certificate_problem problem;

	if (net_tls_reload(daemon->tls, &problem)) {
		log_event(LOG_EVENT_TLS_NOT_RELOADED, NULL, "reason=%s",
			  log_text(problem.text));
		return;
	}
	end_log(LOG_EVENT_TLS_RELOADED, daemon->tls);
	daemon->expiry_said_at = 0;
	certificates_look(daemon);
}

void certificates_look(struct daemon *daemon)
{
	int64_t now = wall_now_s();
	const char *file;

	if (!daemon->tls)
		return;
	gauge_set(daemon->counters, GAUGE_TLS_ENDS,
		  net_tls_ends_at(daemon->tls, &file));
	if (daemon->expiry_said_at &&
	    now - daemon->expiry_said_at < EXPIRY_AGAIN_S &&
	    now >= daemon->expiry_said_at)
		return;
	daemon->expiry_said_at = now;
	certificates_warn(daemon->config, daemon->tls);
}
