/* TLS of SIP: from the config to net/tls, again at SIGHUP, and its end told. */
#include "server/base/listen_uri.h"
#include "server/base/log.h"
#include "server/daemon_private.h"

#define EXPIRY_WARNING_S (30 * INT64_C(86400))
#define EXPIRY_AGAIN_S INT64_C(86400) /**< it is said once a day */

static struct tls_settings setup_tls(const struct config *config,
				     struct arena *arena)
{
	size_t n = config->n_certificates + 1;
	struct tls_files *files = arena_array(arena, n, sizeof(*files));

	files[0] = (struct tls_files){config->tls_certificate, config->tls_key,
				      config->tls_ocsp};
	for (size_t i = 1; i < n; i++) {
		const struct certificate_config *from =
			&config->certificates[i - 1];

		files[i] = (struct tls_files){from->certificate, from->key,
					      from->ocsp};
	}
	return (struct tls_settings){
		.files = files,
		.n_files = n,
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
			       ? "certificate is missing: TLS needs one, with "
				 "its key"
			       : NULL;
	if (!*config->tls_key)
		return "key is missing";
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
	struct tls_problem problem;
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

void certificates_reload(struct daemon *daemon)
{
	struct tls_problem problem;
	const char *file;
	int64_t ends_at;

	if (net_tls_reload(daemon->tls, &problem)) {
		log_event(LOG_EVENT_TLS_NOT_RELOADED, NULL, "reason=%s",
			  log_text(problem.text));
		return;
	}
	ends_at = net_tls_ends_at(daemon->tls, &file);
	log_event(LOG_EVENT_TLS_RELOADED, NULL, "file=%s ends=%lld",
		  log_text(file), (long long)ends_at);
	daemon->expiry_said_at = 0;
	certificates_look(daemon);
}

void certificates_look(struct daemon *daemon)
{
	int64_t now = wall_now_s(), ends_at;
	const char *file;

	if (!daemon->tls)
		return;
	ends_at = net_tls_ends_at(daemon->tls, &file);
	gauge_set(daemon->counters, GAUGE_TLS_ENDS, ends_at);
	if (ends_at - now > EXPIRY_WARNING_S ||
	    (daemon->expiry_said_at &&
	     now - daemon->expiry_said_at < EXPIRY_AGAIN_S &&
	     now >= daemon->expiry_said_at))
		return;
	daemon->expiry_said_at = now;
	log_event(LOG_EVENT_TLS_EXPIRES, NULL, "file=%s ends=%lld",
		  log_text(file), (long long)ends_at);
}
