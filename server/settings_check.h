/*
 * settings_check -- what must hold of the value of a setting, beside its type
 * and range (settings.h).
 *
 * Each takes one value, of a list one item, and returns NULL or what is wrong
 * with it: a constant text that follows the value.  For settings.c alone.
 */
#ifndef VOLENS_SERVER_SETTINGS_CHECK_H
#define VOLENS_SERVER_SETTINGS_CHECK_H

#include <stdbool.h>

const char *setting_check_domain(const char *value);
/** The title of a block `domain`: a name, no address. */
const char *setting_check_domain_title(const char *value);
/** Is it an address to listen on that stands for all? */
bool setting_listens_everywhere(const char *listen);
const char *setting_check_listen(const char *value);
const char *setting_check_advertise(const char *value);
const char *setting_check_proxy(const char *value);
const char *setting_check_nameserver(const char *value);
/** Of a telephone. */
const char *setting_check_keys(const char *value);
const char *setting_check_http_listen(const char *value);
/** The same, or empty. */
const char *setting_check_page_listen(const char *value);
const char *setting_check_host(const char *value);
const char *setting_check_url(const char *value);
const char *setting_check_language(const char *value);
const char *setting_check_refresh(const char *value);
const char *setting_check_method(const char *value);
const char *setting_check_aor(const char *value);
const char *setting_check_media_address(const char *value);
const char *setting_check_ports(const char *value);
const char *setting_check_codec(const char *value);
const char *setting_check_status(const char *value);
const char *setting_check_peer(const char *value);
const char *setting_check_home(const char *value);
const char *setting_check_users(const char *value);

/** What stands in quotes in SIP as it is. */
const char *setting_check_quotable(const char *value);

#endif
