#include "server/settings_doc.h"

#include "server/roff.h"
#include "server/settings.h"

static const char *range_of(const struct setting *setting, struct arena *arena)
{
	struct text text;

	text_init(&text, arena);
	switch (setting->type) {
	case SETTING_WORD:
		for (size_t i = 0; setting->words[i]; i++)
			text_printf(&text, "%s%s", i ? " | " : "",
				    setting->words[i]);
		break;
	case SETTING_YESNO:
		text_add(&text, "yes | no");
		break;
	case SETTING_NUMBER:
	case SETTING_SECONDS:
	case SETTING_BYTES:
	case SETTING_PAUSES:
		text_printf(&text, "%s%s%s%s to %s",
			    setting->type == SETTING_PAUSES ? "each " : "",
			    setting->words[0] ? setting->words[0] : "",
			    setting->words[0] ? ", or " : "",
			    setting_format(setting, arena, setting->min),
			    setting_format(setting, arena, setting->max));
		break;
	case SETTING_TEXT:
	case SETTING_TEXTS:
		return NULL;
	}
	return text.at;
}

static bool is_quoted(const struct setting *setting)
{
	return setting->type == SETTING_TEXT ||
	       setting->type == SETTING_TEXTS || setting->type == SETTING_WORD;
}

static void write_items(struct text *text, const struct setting *setting)
{
	const char *quote = is_quoted(setting) ? "\"" : "";
	struct view rest = view_of(setting->fallback), item;
	const char *comma = "{ ";

	while (view_next_item(&rest, &item)) {
		text_printf(text, "%s%s", comma, quote);
		text_add_view(text, item);
		text_add(text, quote);
		comma = ", ";
	}
	text_add(text, comma[0] == '{' ? "{}" : " }");
}

static void write_value(struct text *text, const struct setting *setting)
{
	if (setting_is_list(setting))
		write_items(text, setting);
	else if (is_quoted(setting))
		text_printf(text, "\"%s\"", setting->fallback);
	else
		text_add(text, setting->fallback);
}

/* ---- volens.conf.example
 * ------------------------------------------------------ */

static void example_setting(struct text *text, struct arena *arena,
			    const struct setting *setting, const char *indent)
{
	const char *range = range_of(setting, arena);
	const char *comment = arena_printf(arena, "%s# ", indent);

	text_wrap(text, comment,
		  range ? arena_printf(arena, "%s  (%s)", setting->doc, range)
			: setting->doc);
	text_printf(text, "%s%s = ", indent, setting->name);
	write_value(text, setting);
	text_add(text, "\n");
}

static void example_settings(struct text *text, struct arena *arena,
			     const char *section, const char *indent)
{
	const char *gap = "";

	for (size_t i = 0; i < n_settings; i++) {
		if (strcmp(settings[i].section, section) != 0)
			continue;
		text_add(text, gap);
		example_setting(text, arena, &settings[i], indent);
		gap = "\n";
	}
}

/** A trust domain without peers would be nonsense: shown, not set. */
static void example_trust(struct text *text)
{
	text_add(text,
		 "# By the name in its certificate:\n"
		 "# trust-domain \"core\" {\n"
		 "#     names = { \"proxy.example.com\" }\n"
		 "#     users = { \"example.com\" }\n"
		 "# }\n"
		 "# By its address alone, where nobody else can send from it:\n"
		 "# trust-domain \"plain\" {\n"
		 "#     peers = { \"192.0.2.10\", \"2001:db8::/48\" }\n"
		 "#     plain-transports = yes\n"
		 "# }\n");
}

/** Nor would a certificate without a file. */
static void example_certificate(struct text *text)
{
	text_add(text, "# tls-certificate \"example.net\" {\n"
		       "#     certificate = \"/etc/volens/example.net.pem\"\n"
		       "#     key = \"/etc/volens/example.net.key\"\n"
		       "# }\n");
}

static void example_domain(struct text *text)
{
	text_add(text, "# domain \"example.org\" {\n"
		       "#     certificate = \"/etc/volens/example.org.pem\"\n"
		       "#     key = \"/etc/volens/example.org.key\"\n"
		       "# }\n");
}

/** Nor would credentials without a password. */
static void example_credential(struct text *text)
{
	text_add(text, "# credential \"pbx.example.com\" {\n"
		       "#     username = \"relay\"\n"
		       "#     password-file = \"/etc/volens/pbx.password\"\n"
		       "#     hops = { \"192.0.2.20\" }\n"
		       "# }\n");
}

static void example_section(struct text *text, struct arena *arena,
			    const struct section *section)
{
	text_add(text, "\n");
	text_wrap(text, "# ", section->doc);
	if (strcmp(section->name, "trust-domain") == 0) {
		example_trust(text);
		return;
	}
	if (strcmp(section->name, "domain") == 0) {
		example_domain(text);
		return;
	}
	if (strcmp(section->name, "tls-certificate") == 0) {
		example_certificate(text);
		return;
	}
	if (strcmp(section->name, "credential") == 0) {
		example_credential(text);
		return;
	}
	text_printf(text, "%s %s{\n", section->name,
		    section->is_titled ? "\"lists\" " : "");
	example_settings(text, arena, section->name, "    ");
	text_add(text, "}\n");
}

void settings_write_example(struct text *ret)
{
	struct arena *arena = arena_new(0);

	text_wrap(ret, "# ",
		  "volens.conf: every setting, with its default.  What is "
		  "left out has the value that stands here.  Times take s, "
		  "m, h, d; sizes KiB, MiB, GiB.  See volens.conf(5); "
		  "`volensd -c FILE -t` checks a file.");
	text_add(ret, "\n");
	example_settings(ret, arena, "", "");
	for (size_t i = 0; i < n_sections; i++)
		example_section(ret, arena, &sections[i]);
	arena_free(arena);
}

/* ---- volens.conf(5)
 * -------------------------------------------------------------- */

static void manual_setting(struct text *text, struct arena *arena,
			   const struct setting *setting)
{
	const char *range = range_of(setting, arena);
	struct text value;

	text_init(&value, arena);
	write_value(&value, setting);
	text_add(text, ".TP\n.BR \"");
	roff_add(text, setting->name);
	text_add(text, "\" \" = ");
	for (const char *c = value.at; *c; c++)
		text_add(text, *c == '"'   ? "\\(dq"
			       : *c == '-' ? "\\-"
					   : (char[2]){*c, '\0'});
	text_add(text, "\"\n");
	if (range)
		roff_wrap(text, arena, arena_printf(arena, "(%s)", range));
	roff_wrap(text, arena, setting->doc);
}

static void manual_settings(struct text *text, struct arena *arena,
			    const char *section)
{
	for (size_t i = 0; i < n_settings; i++) {
		if (strcmp(settings[i].section, section) == 0)
			manual_setting(text, arena, &settings[i]);
	}
}

void settings_write_manual(struct text *ret)
{
	struct arena *arena = arena_new(0);

	text_add(ret, MANUAL_BEGIN ".SS Top\n");
	manual_settings(ret, arena, "");
	for (size_t i = 0; i < n_sections; i++) {
		text_add(ret, ".SS ");
		roff_add(ret, sections[i].name);
		text_add(ret,
			 sections[i].is_titled ? " \\(dqTITLE\\(dq\n" : "\n");
		roff_wrap(ret, arena, sections[i].doc);
		manual_settings(ret, arena, sections[i].name);
	}
	text_add(ret, MANUAL_END);
	arena_free(arena);
}
