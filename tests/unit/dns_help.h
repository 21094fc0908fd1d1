/*
 * dns_help -- a name server of our own on 127.0.0.1, served by the test's loop.
 *
 * It answers from a small zone, or misbehaves as a whole.  CNAMEs are not
 * followed by it: the answer holds all records of the name asked, and a CNAME's
 * target's if they are in the zone.
 */
#ifndef VOLENS_TESTS_UNIT_DNS_HELP_H
#define VOLENS_TESTS_UNIT_DNS_HELP_H

#include "server/base/loop.h"
#include "server/base/view.h"

enum dns_mode {
	DNS_ANSWER,
	DNS_SILENT,  /**< no answer at all */
	DNS_GARBAGE, /**< bytes that are no answer */
	DNS_BROKEN,  /**< the right id, then garbage where records should be */
	DNS_SERVFAIL,
	DNS_REFUSED,
	DNS_EMPTY,     /**< no error, no records */
	DNS_TRUNCATED, /**< "ask by TCP", where nobody is */
};

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_NAPTR = 35
};

struct dns_record {
	char name[128];
	enum dns_type type;
	uint32_t ttl_s;
	uint8_t data[300];
	size_t len;
};

struct dns {
	struct loop *loop;
	struct loop_watch watch;
	char server[32]; /**< "127.0.0.1:12345" */
	enum dns_mode mode;
	size_t n_questions;
	struct dns_record records[64];
	size_t n_records;
};

void dns_open_fake(struct dns *dns, struct loop *loop);
void dns_close_fake(struct dns *dns);
/** Forget all records. */
void dns_clear(struct dns *dns);
void dns_a(struct dns *dns, const char *name, const char *address,
	   uint32_t ttl_s);
void dns_aaaa(struct dns *dns, const char *name, const char *address);
void dns_cname(struct dns *dns, const char *name, const char *target);
/** @p value  "priority weight port target" */
void dns_srv(struct dns *dns, const char *name, const char *value);
/** @p value  "order preference flags service replacement" */
void dns_naptr(struct dns *dns, const char *name, const char *value);

#endif
