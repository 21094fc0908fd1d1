/*
 * config_titled -- the sections of the configuration that have a title; a part
 * of config.c, which reads the others.
 */
#ifndef VOLENS_SERVER_CONFIG_TITLED_H
#define VOLENS_SERVER_CONFIG_TITLED_H

#include <confuse.h>

#include "server/config.h"

/** Domains, services, certificates, trust domains and credentials; NULL: the
 *  defaults.  What is wrong is told, with ERR_SYNTAX. */
enum err config_titled_store(const char *path, cfg_t *cfg,
			     struct config *config) MUST_CHECK;

/* config.c */
/** All settings of one section into @p base; @p cfg NULL: the defaults. */
enum err config_section_store(const char *path, const char *section, cfg_t *cfg,
			      struct arena *arena, void *base) MUST_CHECK;
/** On standard error; ERR_SYNTAX. */
enum err config_complain(const char *path, const char *setting,
			 const char *problem);

#endif
