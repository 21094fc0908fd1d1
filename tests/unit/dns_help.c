#include "tests/unit/dns_help.h"

#include <arpa/inet.h>
#include <check.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TTL_S 60

static size_t put_16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return 2;
}

static size_t put_32(uint8_t *at, uint32_t value)
{
	put_16(at, value >> 16);
	put_16(at + 2, value & 0xffff);
	return 4;
}

/* "a.b" as labels; "." and "" are the root. */
static size_t put_name(uint8_t *at, const char *name)
{
	size_t n = 0;

	while (*name && strcmp(name, ".") != 0) {
		size_t len = strcspn(name, ".");

		at[n++] = (uint8_t)len;
		memcpy(at + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	at[n++] = 0;
	return n;
}

static size_t put_string(uint8_t *at, const char *string)
{
	size_t len = strlen(string);

	at[0] = (uint8_t)len;
	memcpy(at + 1, string, len);
	return len + 1;
}

static struct dns_record *record_new(struct dns *dns, const char *name,
				     enum dns_type type)
{
	struct dns_record *record = &dns->records[dns->n_records++];

	ck_assert_uint_le(dns->n_records,
			  sizeof(dns->records) / sizeof(*dns->records));
	*record = (struct dns_record){.type = type, .ttl_s = TTL_S};
	snprintf(record->name, sizeof(record->name), "%s", name);
	return record;
}

void dns_clear(struct dns *dns)
{
	dns->n_records = 0;
}

void dns_a(struct dns *dns, const char *name, const char *address,
	   uint32_t ttl_s)
{
	struct dns_record *record = record_new(dns, name, DNS_A);

	ck_assert_int_eq(inet_pton(AF_INET, address, record->data), 1);
	record->len = 4;
	record->ttl_s = ttl_s;
}

void dns_aaaa(struct dns *dns, const char *name, const char *address)
{
	struct dns_record *record = record_new(dns, name, DNS_AAAA);

	ck_assert_int_eq(inet_pton(AF_INET6, address, record->data), 1);
	record->len = 16;
}

void dns_cname(struct dns *dns, const char *name, const char *target)
{
	struct dns_record *record = record_new(dns, name, DNS_CNAME);

	record->len = put_name(record->data, target);
}

void dns_srv(struct dns *dns, const char *name, const char *value)
{
	struct dns_record *record = record_new(dns, name, DNS_SRV);
	unsigned priority, weight, port;
	char target[128];

	ck_assert_int_eq(sscanf(value, "%u %u %u %127s", &priority, &weight,
				&port, target),
			 4);
	record->len = put_16(record->data, priority);
	record->len += put_16(record->data + record->len, weight);
	record->len += put_16(record->data + record->len, port);
	record->len += put_name(record->data + record->len, target);
}

void dns_naptr(struct dns *dns, const char *name, const char *value)
{
	struct dns_record *record = record_new(dns, name, DNS_NAPTR);
	char flags[8], service[32], replacement[128];
	unsigned order, preference;

	ck_assert_int_eq(sscanf(value, "%u %u %7s %31s %127s", &order,
				&preference, flags, service, replacement),
			 5);
	record->len = put_16(record->data, order);
	record->len += put_16(record->data + record->len, preference);
	record->len += put_string(record->data + record->len, flags);
	record->len += put_string(record->data + record->len, service);
	record->len += put_string(record->data + record->len, "");
	record->len += put_name(record->data + record->len, replacement);
}

struct question {
	char name[256];
	unsigned type;
	size_t end; /* offset behind it */
};

static struct question question_read(const uint8_t *query, size_t len)
{
	struct question question = {.end = 12};
	size_t n = 0;

	while (question.end < len && query[question.end]) {
		size_t label = query[question.end++];

		ck_assert_uint_le(question.end + label, len);
		ck_assert_uint_lt(n + label + 1, sizeof(question.name));
		if (n > 0)
			question.name[n++] = '.';
		memcpy(question.name + n, query + question.end, label);
		n += label;
		question.end += label;
	}
	question.name[n] = '\0';
	question.end += 5;
	ck_assert_uint_le(question.end, len);
	question.type = (unsigned)query[question.end - 4] << 8 |
			query[question.end - 3];
	return question;
}

static size_t put_records(const struct dns *dns, const char *name,
			  unsigned type, uint8_t *answer, size_t at)
{
	for (size_t i = 0; i < dns->n_records; i++) {
		const struct dns_record *record = &dns->records[i];

		if (strcasecmp(record->name, name) != 0 ||
		    (record->type != type && record->type != DNS_CNAME))
			continue;
		at += put_name(answer + at, record->name);
		at += put_16(answer + at, record->type);
		at += put_16(answer + at, 1);
		at += put_32(answer + at, record->ttl_s);
		at += put_16(answer + at, (unsigned)record->len);
		memcpy(answer + at, record->data, record->len);
		at += record->len;
		answer[7]++;
		if (record->type == DNS_CNAME) {
			char target[256] = "";
			size_t from = 0, n = 0;

			while (record->data[from]) {
				memcpy(target + n, record->data + from + 1,
				       record->data[from]);
				n += record->data[from];
				target[n++] = '.';
				from += record->data[from] + 1u;
			}
			target[n ? n - 1 : 0] = '\0';
			at = put_records(dns, target, type, answer, at);
		}
	}
	return at;
}

static bool name_exists(const struct dns *dns, const char *name)
{
	for (size_t i = 0; i < dns->n_records; i++)
		if (strcasecmp(dns->records[i].name, name) == 0)
			return true;
	return false;
}

static size_t answer_make(struct dns *dns, const uint8_t *query, size_t len,
			  uint8_t *answer)
{
	struct question question = question_read(query, len);
	size_t at = question.end;

	memcpy(answer, query, question.end);
	answer[2] = 0x81; /* a response; recursion as desired */
	answer[3] = 0x80;
	memset(answer + 6, 0, 6);
	switch (dns->mode) {
	case DNS_GARBAGE:
		memset(answer, 0xa5, 100);
		return 100;
	case DNS_BROKEN:
		answer[7] = 200;
		memset(answer + at, 0xc0, 60);
		return at + 60;
	case DNS_SERVFAIL:
		answer[3] |= 2;
		return at;
	case DNS_REFUSED:
		answer[3] |= 5;
		return at;
	case DNS_TRUNCATED:
		answer[2] |= 2;
		return at;
	case DNS_EMPTY:
		return at;
	case DNS_SILENT:
		return 0;
	case DNS_ANSWER:
		break;
	}
	if (!name_exists(dns, question.name))
		answer[3] |= 3; /* no such name */
	return put_records(dns, question.name, question.type, answer, at);
}

static void dns_ready(void *arg, uint32_t events)
{
	struct dns *dns = arg;
	uint8_t query[1500], answer[8192];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(dns->watch.fd, query, sizeof(query), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_len);
	size_t len;

	(void)events;
	if (n < 12)
		return;
	dns->n_questions++;
	len = answer_make(dns, query, (size_t)n, answer);
	if (len > 0)
		sendto(dns->watch.fd, answer, len, 0, (struct sockaddr *)&from,
		       from_len);
}

void dns_open_fake(struct dns *dns, struct loop *loop)
{
	struct sockaddr_in here = {.sin_family = AF_INET};
	socklen_t len = sizeof(here);

	*dns = (struct dns){.loop = loop};
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	dns->watch = (struct loop_watch){.fd = socket(AF_INET, SOCK_DGRAM, 0),
					 .events = EPOLLIN,
					 .ready = dns_ready,
					 .arg = dns};
	ck_assert_int_eq(bind(dns->watch.fd, (struct sockaddr *)&here, len), 0);
	ck_assert_int_eq(
		getsockname(dns->watch.fd, (struct sockaddr *)&here, &len), 0);
	snprintf(dns->server, sizeof(dns->server), "127.0.0.1:%d",
		 ntohs(here.sin_port));
	ck_assert_int_eq(loop_watch_add(loop, &dns->watch), ERR_OK);
}

void dns_close_fake(struct dns *dns)
{
	loop_watch_remove(dns->loop, &dns->watch);
	close(dns->watch.fd);
}
