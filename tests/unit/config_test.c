/*
 * The configuration: every setting of the table at the edges of its range, and
 * what is wrong in a file is told with file, line and reason.
 */
#include "server/config.h"

#include <check.h>
#include <unistd.h>

#include "server/settings.h"
#include "server/events_doc.h"
#include "server/settings_doc.h"

static char path[] = "/tmp/volens-config-test-XXXXXX";
static struct arena *arena;

static void setup(void)
{
	int fd = mkstemp(path);

	ck_assert(fd >= 0);
	close(fd);
	arena = arena_new(0);
}

static void teardown(void)
{
	unlink(path);
	arena_free(arena);
}

/** Load a file with this content; @p ret_said is what went to stderr. */
static enum err load(const char *content, struct config **ret,
		     const char **ret_said)
{
	FILE *file = fopen(path, "w"), *stderr_before = stderr;
	char *said = NULL;
	size_t len;
	enum err err;

	fputs(content, file);
	fclose(file);
	stderr = open_memstream(&said, &len);
	err = config_load(path, ret);
	fclose(stderr);
	stderr = stderr_before;
	*ret_said = arena_strdup(arena, said);
	free(said);
	return err;
}

static void refuse(const char *content, const char *reason)
{
	struct config *config;
	const char *said;
	enum err err = load(content, &config, &said);

	ck_assert_msg(err != ERR_OK, "taken: %s", content);
	ck_assert_msg(
		strncmp(said, path, strlen(path)) == 0 && strstr(said, reason),
		"%s\nis told as: %s\ninstead of: %s", content, said, reason);
}

static void take(const char *content)
{
	struct config *config;
	const char *said;

	ck_assert_msg(load(content, &config, &said) == ERR_OK, "%s\n%s",
		      content, said);
	config_free(config);
}

static const char *setting_line(const struct setting *setting,
				const char *value)
{
	const char *line =
		arena_printf(arena, "%s = %s\n", setting->name, value);
	bool is_titled = strcmp(setting->section, "service") == 0 ||
			 strcmp(setting->section, "domain") == 0 ||
			 strcmp(setting->section, "credential") == 0 ||
			 strcmp(setting->section, "trust-domain") == 0;

	if (*setting->section == '\0')
		return line;
	/* A trust domain needs somebody in it. */
	if (strcmp(setting->section, "trust-domain") == 0)
		line = arena_printf(
			arena, "%s = { \"192.0.2.1\" }\n%s",
			strcmp(setting->name, "peers") == 0 ? "names" : "peers",
			line);
	return arena_printf(arena, "%s %s {\n%s}\n", setting->section,
			    is_titled ? "\"x\"" : "", line);
}

static bool is_number(const struct setting *setting)
{
	return setting->type == SETTING_NUMBER ||
	       setting->type == SETTING_SECONDS ||
	       setting->type == SETTING_BYTES ||
	       setting->type == SETTING_PAUSES;
}

static const char *number_line(const struct setting *setting, int64_t n)
{
	const char *value = arena_printf(
		arena, setting->type == SETTING_PAUSES ? "{ %lld }" : "%lld",
		(long long)n);

	return setting_line(setting, value);
}

START_TEST(takes_its_range_and_no_more)
{
	const struct setting *setting = &settings[_i];

	if (!is_number(setting))
		return;
	refuse(number_line(setting, setting->min - 1),
	       setting->min ? "is out of range" : "is not a");
	take(number_line(setting, setting->min));
	take(number_line(setting, setting->max));
	refuse(number_line(setting, setting->max + 1), "is out of range");
	refuse(setting_line(setting, setting->type == SETTING_PAUSES ? "{ 10x }"
								     : "10x"),
	       "is not a");
}
END_TEST

START_TEST(takes_its_words_and_no_others)
{
	const struct setting *setting = &settings[_i];

	if (setting->type == SETTING_YESNO) {
		take(setting_line(setting, "yes"));
		take(setting_line(setting, "no"));
		refuse(setting_line(setting, "perhaps"), "is neither yes nor");
	}
	if (setting->type != SETTING_WORD)
		return;
	for (size_t i = 0; setting->words[i]; i++)
		take(setting_line(setting, setting->words[i]));
	refuse(setting_line(setting, "otherwise"), "is none of");
}
END_TEST

START_TEST(is_set_once)
{
	const struct setting *setting = &settings[_i];
	const char *line = setting_line(setting, "{ 1 }"), *values[2];
	struct text text;

	if (*setting->fallback == '\0')
		return;
	text_init(&text, arena);
	text_add(&text, setting_is_list(setting) ? "{ " : "");
	text_printf(&text, strchr(setting->fallback, ' ') ? "%.*s" : "\"%.*s\"",
		    (int)strcspn(setting->fallback, ","), setting->fallback);
	text_add(&text, setting_is_list(setting) ? " }" : "");
	values[0] = text.at;
	values[1] = arena_printf(arena, "%s %s = %s", text.at, setting->name,
				 text.at);
	if (setting->type == SETTING_TEXTS)
		return; /* see below */
	line = setting_line(setting, values[0]);
	take(line);
	refuse(setting_line(setting, values[1]), "is set twice");
}
END_TEST

static const struct {
	const char *content, *reason;
} wrong[] = {
	{"domain = \"a\"\ndomaine = \"b\"\n",
	 ":2: unknown setting \"domaine\"; did you mean domain?"},
	{"sip {\n\n  udp-bufer = 1\n}\n",
	 ":3: unknown setting \"udp-bufer\" in sip; did you mean udp-buffer?"},
	{"konsent { }\n", "did you mean consent?"},
	{"conference { dtmf-deny = \"*\" }\n", "is not of two or more keys"},
	{"conference { dtmf-deny = \"*E\" }\n", "is not of two or more keys"},
	{"conference { dtmf-deny = \"*********\" }\n", ":1: "},
	{"domain = \"a\"\ndomain = \"b\"\n", ":2: domain is set twice"},
	{"sip { idle-timeout = 10 }\nsip { idle-timeout = 20 }\n",
	 ":2: idle-timeout is set twice"},
	{"sip { listen = { \"sip:127.0.0.1\" }\n"
	 "listen = { \"sip:127.0.0.2\" } }\n",
	 ":2: listen is set twice"},
	{"domain = \"a\nb\"\n", "control character"},
	{"domain = \"Example.com\"\n", "not a domain name in lower case"},
	{"domain = \"\"\n", "has 0 bytes"},
	{"domain = \"example.com:5060\"\n", "is not a domain name"},
	{"domain = \"[::1\"\n", "is not a domain name"},
	{"domain = \"a b\"\n", "is not a domain name"},
	{"domain \"a\"\n", ":1: missing equal sign"},
	{"} domain = \"a\"\n", ":1: unexpected closing brace"},
	{"sip { listen = { \"sip:relay.example.com\" } }\n",
	 "must have a numeric address"},
	{"sip { listen = { \"sip:127.0.0.1;transport=sctp\" } }\n",
	 "must have transport udp, tcp or tls"},
	{"sip { listen = { \"sips:127.0.0.1;transport=udp\" } }\n",
	 "has scheme sips, whose transport is tls"},
	{"sip { listen = { \"sips:a@127.0.0.1\" } }\n", "is not of the form"},
	{"tls { min-version = \"1.1\" }\n", "1.2"},
	{"sip { listen = { \"127.0.0.1:5060\" } }\n", "is not of the form"},
	{"sip { listen = { } }\n", "listen has 0 items"},
	{"sip { advertise = { \"relay.example.com\" } }\n",
	 "is not of the form sip:HOST"},
	{"sip { advertise = { \"sip:x@relay.example.com\" } }\n",
	 "is not of the form sip:HOST"},
	{"sip { advertise = { \"sip:0.0.0.0\" } }\n",
	 "is not an address that others can send to"},
	{"sip { advertise = { \"sip:a.example;transport=sctp\" } }\n",
	 "must have transport"},
	{"http { listen = \"8080\" }\n", "is not of the form ADDRESS:PORT"},
	{"http { listen = \"::1:8080\" }\n", "is not of the form"},
	{"http { public-url = \"ftp://a\" }\n", "is not an http:"},
	{"http { public-url = \"https:///a\" }\n", "names no host"},
	{"http { public-url = \"https://:8080/a\" }\n", "names no host"},
	{"http { public-url = \"https://[::1/a\" }\n", "names no host"},
	{"http { public-url = \"https://a/b c\" }\n", "a URL without a query"},
	{"http { public-url = \"https://a/?b\" }\n", "a URL without a query"},
	{"sip { outbound-proxy = \"mailto:a@b\" }\n",
	 "is not a sip: or sips: URI"},
	{"sip { outbound-proxy = \"sip:a.example;transport=sctp\" }\n",
	 "must have transport"},
	{"sip { outbound-proxy = \"sips:a.example;transport=udp\" }\n",
	 "never sent over udp"},
	{"sip { outbound-proxy = \"sip:a.example;maddr=192.0.2.1\" }\n",
	 "must not have maddr"},
	{"sip { nameserver = \"dns\" }\n", "is not a numeric address"},
	{"consent { refresh = 6d }\n", "must be 0 (never) or at least 7d"},
	{"deliveries { retry-pauses = { 20, 10 } }\n", "must not fall"},
	{"deliveries { retry-pauses = { } }\n", "needs 1 to 16 items"},
	{"\nservice \"g-x\" { }\n",
	 ":2: service \"g-x\" has a title that is not of"},
	{"service \"A B\" { }\n", "has a title that is not of"},
	{"domain = \"a\"\nsip { idle-timeout = 10\n", "ends inside a section"},
	{"service \"a\" { # }", "ends inside a section"},
	{"service \"a\" { }\nservice \"a\" { }\n", ":2: found duplicate title"},
	{"service { }\n", ":1: "},
	{"\ndomain \"192.0.2.1\" { }\n",
	 ":2: domain \"192.0.2.1\" is an address"},
	{"domain = \"a.example\"\ndomain \"a.example\" { }\n",
	 ":2: domain \"a.example\" is `domain` already"},
	{"domain \"b.example\" { }\ndomain 'b.example' { }\n",
	 ":2: found duplicate title"},
	{"domain \"B.example\" { }\n", "is not a domain name in lower case"},
	{"domain \"b.example\" { key = \"x\" }\n", "without its key"},
	{"domain \"b.example\" { keys = \"x\" }\n",
	 ":1: unknown setting \"keys\" in domain; did you mean key?"},
	{"sip { listen = { \"sip:0.0.0.0\" } }\ndomain b.example { }\n",
	 "needs sip { advertise }"},
	{"service \"a\" { domains = { \"c.example\" } }\n",
	 "neither `domain` nor a block"},
	{"domain = \"a\"\ndomain = \"b\"\n", ":2: domain is set twice"},
	{"http { listen = \"localhost:8080\" }\n", "of the form ADDRESS:PORT"},
	{"http { hosts = { \"relay.test:8443\" } }\n", "without a port"},
	{"http { proxies = { \"proxy\" } }\n",
	 "is not an address or a network"},
	{"service \"a\" { methods = { \"REGISTER\" } }\n", "is not supported"},
	{"media { ports = \"20000\" }\n", "FIRST-LAST"},
	{"media { ports = \"80-90\" }\n", "from 1024"},
	{"media { ports = \"3000-2000\" }\n", "from 1024"},
	{"media { codecs = { \"opus\" } }\n", "PCMU and PCMA are"},
	{"media { address = \"host.example\" }\n", "numeric address"},
	{"conference { rest-senders = { \"nora\" } }\n", "sip:USER@DOMAIN"},
	{"trust-domain \"a\" { peers = { \"192.0.2.0/33\" } }\n",
	 "is not an address or a network"},
	{"trust-domain \"a\" { names = { \"*.example.com\" } }\n",
	 "is not a domain name in lower case"},
	{"trust-domain \"a\" { names = { \"Core.example.com\" } }\n",
	 "is not a domain name in lower case"},
	{"trust-domain \"a\" { users = { \"alice@example.com\" } }\n",
	 "is not a domain name in lower case"},
	{"trust-domain \"a\" { users = { \"tel:+1-2\" } }\n",
	 "is not the beginning of a number"},
	{"trust-domain \"a\" { users = { \"example.com\" } }\n",
	 "neither peers nor names"},
	{"trust-domain \"a\" { plain-transports = udp }\n",
	 "is none of: no, yes, tcp"},
	{"trust-domain \"a\" { tell = maybe }\n",
	 "is none of: no, yes, preferred"},
	{"trust-domain \"a\" { spec = \"rfc9999\" }\n",
	 "is none of: rfc5876, draft-06, rfc3325, none"},
	{"sip { message-max = 99999999999999999999GiB }\n",
	 "is out of range: 4KiB to 64MiB"},
	{"sip { message-max = 20000000000GiB }\n", "is out of range"},
	{"sip { idle-timeout = 1.5 }\n", "is not a time"},
	{"sip { workers = many }\n", "is not a number, nor auto"},
	{"sip { idle-timeout = auto }\n", "is not a time"},
};

START_TEST(tells_what_is_wrong)
{
	refuse(wrong[_i].content, wrong[_i].reason);
}
END_TEST

static const char *const right[] = {
	"",
	"# only a comment\n",
	"domain = relay.example.com\n",
	"domain = \"[2001:db8::1]\"\n",
	"/* domain \"x y\" { */ domain = 'a' // domain \"x y\" {\n"
	"domain \"b.example\" { } domain\n\tc.example\n{ }\n"
	"service \"domain\" { domains = { \"a\", \"c.example\" } }\n",
	"sip { idle-timeout = 10 }\nsip { message-timeout = 2s }\n",
	"sip { workers = auto }\n",
	("sip { listen = { \"sip:[::1]:5060;transport=tcp\", \"sip:0.0.0.0\" } "
	 "}"),
	"sip { advertise = { \"sip:a.example:6060\", "
	"\"sip:[::1];transport=tcp\" "
	"} }\n",
	"sip { listen = { \"sip:127.0.0.1;transport=TLS\", \"sips:[::1]:7\" } "
	"}\n",
	"tls { certificate = \"a.pem\" key = \"a.key\" min-version = \"1.3\" "
	"}\n",
	"tls-certificate \"b\" { certificate = \"b.pem\" key = \"b.key\" }\n",
	"sip { nameserver = \"127.0.0.1:5353\" }\n",
	"sip { outbound-proxy = \"sips:a.example;transport=TLS;lr\" }\n",
	"sip { outbound-proxy = \"sips:a.example:5061;transport=tcp\" }\n",
	"http { listen = \"[::1]:8080\" }\n",
	"http { public-url = \"https://[2001:db8::1]:8443/a\" }\n",
	"http { public-url = \"http://relay.example.com:80\" }\n",
	"consent { refresh = 7d }\n",
	"conference { dtmf-deny = \"*9\" }\n",
	"conference { dtmf-deny = \"\" }\n",
	"consent { refresh = 0 }\n",
	"consent { allow-private-addresses = true }\n",
	"service \"a\" { }\nservice \"b\" { missing-permission = omit }\n",
	"trust-domain \"a\" { peers = { \"192.0.2.0/24\", \"::1\" } }\n",
	"trust-domain \"a\" { names = { \"core.example.com\" } users = "
	"{ \"example.com\", \"tel:\", \"tel:+1212\" } }\n",
};

START_TEST(takes_what_is_right)
{
	take(right[_i]);
}
END_TEST

START_TEST(reads_units)
{
	struct config *config;
	const char *said;

	ck_assert(load("sip { idle-timeout = 2h message-max = 8KiB }\n"
		       "deliveries { retry-pauses = { 1, 1m, 1d } }\n"
		       "service \"a\" { missing-permission = omit }\n",
		       &config, &said) == ERR_OK);
	ck_assert_int_eq(config->idle_s, 7200);
	ck_assert_int_eq(config->message_max, 8192);
	ck_assert_int_eq(config->retry_pauses_s.n, 3);
	ck_assert_int_eq(config->retry_pauses_s.at[1], 60);
	ck_assert_int_eq(config->retry_pauses_s.at[2], 86400);
	ck_assert_int_eq(config->n_services, 1);
	ck_assert_str_eq(config->services[0].name, "a");
	ck_assert_int_eq(config->services[0].missing_omits, 1);
	config_free(config);
}
END_TEST

START_TEST(has_a_file_to_read)
{
	struct config *config;
	FILE *stderr_before = stderr;

	stderr = fopen("/dev/null", "w");
	ck_assert(config_load("/nowhere/volens.conf", &config) == ERR_IO);
	ck_assert(config_load("/tmp", &config) == ERR_IO);
	/* It is opened, and cannot be read: nothing is not all of it. */
	ck_assert(config_load("/proc/self/mem", &config) == ERR_IO);
	fclose(stderr);
	stderr = stderr_before;
}
END_TEST

static const char *read_source(const char *name)
{
	const char *srcdir = getenv("srcdir");
	FILE *file = fopen(
		arena_printf(arena, "%s/%s", srcdir ? srcdir : ".", name), "r");
	struct text text;
	char buffer[4096];
	size_t n;

	ck_assert_msg(file != NULL, "%s cannot be read", name);
	text_init(&text, arena);
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		text_add_bytes(&text, buffer, n);
	fclose(file);
	return text.at;
}

START_TEST(documents_every_setting)
{
	struct text example, manual;

	text_init(&example, arena);
	text_init(&manual, arena);
	settings_write_example(&example);
	settings_write_manual(&manual);
	ck_assert_msg(strcmp(example.at, read_source("volens.conf.example")) ==
			      0,
		      "volens.conf.example: write it anew with settings-doc");
	ck_assert_msg(strstr(read_source("server/volens.conf.5"), manual.at) !=
			      NULL,
		      "volens.conf.5: write its middle anew with settings-doc");
}
END_TEST

START_TEST(documents_every_log_event)
{
	struct text events;

	text_init(&events, arena);
	events_write_manual(&events);
	ck_assert_msg(strstr(read_source("server/volensd.8"), events.at) !=
			      NULL,
		      "volensd.8: write its events anew with settings-doc");
}
END_TEST

/** Is the setting the same in both? */
static bool is_same(const struct setting *setting, const void *a, const void *b)
{
	const char *at_a = (const char *)a + setting->offset;
	const char *at_b = (const char *)b + setting->offset;

	if (setting->type == SETTING_TEXT)
		return strcmp(*(const char *const *)(const void *)at_a,
			      *(const char *const *)(const void *)at_b) == 0;
	if (setting->type == SETTING_TEXTS || setting->type == SETTING_PAUSES)
		return ((const struct strings *)(const void *)at_a)->n ==
		       ((const struct strings *)(const void *)at_b)->n;
	return memcmp(at_a, at_b, sizeof(int64_t)) == 0;
}

START_TEST(example_is_the_default)
{
	struct config *plain, *example;
	const char *said;

	ck_assert(config_load(NULL, &plain) == ERR_OK);
	ck_assert_msg(load(read_source("volens.conf.example"), &example,
			   &said) == ERR_OK,
		      "%s", said);
	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *setting = &settings[i];

		if (strcmp(setting->section, "trust-domain") == 0 ||
		    strcmp(setting->section, "credential") == 0 ||
		    strcmp(setting->section, "tls-certificate") == 0 ||
		    strcmp(setting->section, "domain") == 0)
			continue;
		if (strcmp(setting->section, "service") == 0)
			ck_assert(is_same(setting, &plain->services[0],
					  &example->services[0]));
		else
			ck_assert_msg(is_same(setting, plain, example), "%s",
				      setting->name);
	}
	ck_assert_str_eq(plain->services[0].name, example->services[0].name);
	config_free(plain);
	config_free(example);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, takes_its_range_and_no_more, 0,
			    (int)n_settings);
	tcase_add_loop_test(tcase, takes_its_words_and_no_others, 0,
			    (int)n_settings);
	tcase_add_loop_test(tcase, is_set_once, 0, (int)n_settings);
	tcase_add_loop_test(tcase, tells_what_is_wrong, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_loop_test(tcase, takes_what_is_right, 0,
			    sizeof(right) / sizeof(right[0]));
	tcase_add_test(tcase, reads_units);
	tcase_add_test(tcase, has_a_file_to_read);
	tcase_add_test(tcase, documents_every_setting);
	tcase_add_test(tcase, documents_every_log_event);
	tcase_add_test(tcase, example_is_the_default);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
