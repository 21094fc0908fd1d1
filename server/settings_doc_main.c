/*
 * settings-doc -- write volens.conf.example, the settings of volens.conf(5), or
 * the log events of volensd(8), from their tables.  Not installed.
 */
#include "server/events_doc.h"
#include "server/settings_doc.h"

int main(int argc, char **argv)
{
	struct text text;

	text_init(&text, NULL);
	if (argc == 2 && strcmp(argv[1], "example") == 0)
		settings_write_example(&text);
	else if (argc == 2 && strcmp(argv[1], "manual") == 0)
		settings_write_manual(&text);
	else if (argc == 2 && strcmp(argv[1], "events") == 0)
		events_write_manual(&text);
	else
		return 2;
	fputs(text.at, stdout);
	text_release(&text);
	return 0;
}
