/*
 * config_blocks -- `domain` in a configuration file is a setting, and a block
 * with a title: told apart before the file is parsed, which knows one of a
 * name.
 */
#ifndef VOLENS_SERVER_CONFIG_BLOCKS_H
#define VOLENS_SERVER_CONFIG_BLOCKS_H

#include "server/base/text.h"
#include "server/config.h"

/** What the block is called for the parser. */
#define DOMAIN_BLOCK "Domain"

/** Read a file, with DOMAIN_BLOCK in place of each `domain` that begins a
 * block. ERR_IO: it was told. */
enum err config_read(const char *path, struct text *ret) MUST_CHECK;

/** What is wrong with a block `domain`; NULL: nothing. */
const char *config_domain_problem(const struct config *config,
				  const struct domain_config *domain);
/** Are all of these domains of ours? */
bool config_has_domains(const struct config *config,
			const struct strings *names);

#endif
