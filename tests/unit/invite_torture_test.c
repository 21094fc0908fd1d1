/* The INVITEs of RFC 4475 at a relay that takes calls for whom they name. */
#include "tests/unit/invite_help.h"

struct torture_case {
	const char *name, *domain, *user;
	int port;   /* that sent-by has */
	int status; /* of the first answer; 100: the module has it */
	const char *header;
};

/* clang-format off */
static const struct torture_case cases[] = {
	/* 3.1.1: valid */
	/* Its To has a tag, of a dialog that never was. */
	{"wsinv",   "chair-dnrc.example.com", "vivekg", 5060, 481, NULL},
	{"esc01",   "example.net", "sips:user@example.com", 5060, 100, NULL},
	{"longreq", "example.com", "user", 5060, 100, NULL},
	/* 3.1.2: invalid */
	{"badinv01", "example.com", "user", 5060, 400, NULL},
	{"clerr",    "example.com", "user", 5060, 400, NULL},
	{"ncl",      "example.com", "user", 5060, 400, NULL},
	{"quotbal",  "example.com", "user", 5050, 400, NULL},
	{"ltgtruri", "example.com", "user", 5060, 400, NULL},
	{"lwsruri",  "example.com", "user", 5060, 400, NULL},
	{"lwsstart", "example.com", "user", 5060, 400, NULL},
	{"escruri",  "example.com", "user", 5060, 400, NULL},
	/* The Date is of no use to us. */
	{"baddate",  "example.com", "user", 5060, 100, NULL},
	/* 3.3: what an element cannot do */
	{"insuf",    "example.com", "user", 5060, 400, NULL},
	{"invut",    "example.com", "user", 5060, 415, "Accept"},
	{"multi01",  "company.com", "user", 5060, 400, NULL},
	{"sdp01",    "example.com", "user", 5060, 406, "Warning"},
	/* 3.4: it has no Contact, so that no request could follow it */
	{"inv2543",  "example.com", "UserB", 5060, 400, NULL},
};
/* clang-format on */

static size_t read_case(const char *name, char *ret, size_t size)
{
	const char *srcdir = getenv("srcdir");
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/tests/data/rfc4475/%s.dat",
		 srcdir ? srcdir : ".", name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	n = fread(ret, 1, size, file);
	fclose(file);
	return n;
}

START_TEST(each_has_its_status)
{
	const struct torture_case *c = &cases[_i];
	char bytes[8192], key[128];
	size_t len = read_case(c->name, bytes, sizeof(bytes));
	const char *answered;
	int caller;

	sip_init(&sip);
	snprintf(key, sizeof(key), "sip:%s@%s", c->user, c->domain);
	sip.settings.domain = sip.edge_settings.domain = c->domain;
	sip.service.name = c->user;
	sip.service.uri = sip.service.key = key;
	sip_open(&sip);
	invite_row->identity = IDENTITY_OPTIONAL;
	invite_rows();
	caller = sip_peer(&sip, 2, c->port);
	ck_assert_int_eq(send(caller, bytes, len, 0), (ssize_t)len);
	answered = sip_await(&sip, caller, SIP_SOON);
	ck_assert_msg(sip_status(answered) == c->status, "%s: %s", c->name,
		      answered);
	ck_assert_msg(!c->header || sip_header(answered, c->header), "%s: %s",
		      c->name, answered);
	ck_assert_uint_eq(sip.n_requests, c->status == 100);
	close(caller);
	close(peer);
	sip_close(&sip);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("invite_torture_test");
	TCase *tcase = tcase_create("rfc4475");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, each_has_its_status, 0, N(cases));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
