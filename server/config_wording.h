/*
 * config_wording -- the languages and words of permission requests, as the
 * settings and the file that they name say.
 */
#ifndef VOLENS_SERVER_CONFIG_WORDING_H
#define VOLENS_SERVER_CONFIG_WORDING_H

#include "server/config.h"

/** Fill config->wording.  What is wrong goes to standard error as
 *  `file:line: reason`; @p path: of the configuration. */
enum err config_load_wording(const char *path,
			     struct config *config) MUST_CHECK;

#endif
