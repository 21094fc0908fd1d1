/*
 * settings_doc -- the table of settings as a file and as a manual.
 */
#ifndef VOLENS_SERVER_SETTINGS_DOC_H
#define VOLENS_SERVER_SETTINGS_DOC_H

#include "server/base/text.h"

/** All of volens.conf.example: every setting with its default and meaning. */
void settings_write_example(struct text *ret);
/** The part of volens.conf(5) between its two marks, in man(7). */
void settings_write_manual(struct text *ret);

#define MANUAL_BEGIN                                                           \
	".\\\" settings begin: from the table in server/settings.c\n"
#define MANUAL_END ".\\\" settings end\n"

#endif
