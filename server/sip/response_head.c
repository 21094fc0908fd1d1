#include "server/sip/response_head.h"

#include "server/sip/cseq.h"
#include "server/sip/via.h"

#define RETRY_AFTER_MAX 86400 /**< seconds; nobody waits for longer */

enum seen { SEEN_VIA = 1, SEEN_CSEQ = 2 };

/* SIP/2.0 SP 3DIGIT SP reason; the reason may be empty (RFC 4475 3.1.1.13). */
static bool read_status(struct view line, struct response_head *head)
{
	uint64_t status;

	if (line.len < 11 || !view_starts_nocase(line, VIEW("SIP/2.0 ")) ||
	    (line.len > 11 && line.at[11] != ' ') ||
	    view_to_u64(view_head(view_from(line, 8), 3), 699, &status) !=
		    ERR_OK ||
	    status < 100)
		return false;
	head->status = (int)status;
	return true;
}

static bool read_via(struct view value, struct response_head *head)
{
	struct view rest = value, item, more;
	struct via via;

	if (via_plain_branch(value, &head->branch))
		return true;
	if (!view_next_item(&rest, &item) || view_next_item(&rest, &more) ||
	    via_parse(item, &via) != ERR_OK)
		return false;
	head->branch = via.branch;
	return true;
}

static bool read_cseq(struct view value, struct response_head *head)
{
	struct cseq cseq;

	if (cseq_parse(value, &cseq) != ERR_OK)
		return false;
	head->cseq = cseq.number;
	head->method = cseq.method;
	return true;
}

/* delta-seconds, then maybe a comment and parameters. */
static void read_retry_after(struct view value, struct response_head *head)
{
	size_t end = 0;
	uint64_t seconds;

	while (end < value.len && value.at[end] >= '0' && value.at[end] <= '9')
		end++;
	if (view_to_u64(view_head(value, end), RETRY_AFTER_MAX, &seconds) ==
	    ERR_OK)
		head->retry_after_s = (int)seconds;
}

/* @return false where the response cannot be believed. */
static bool read_field(struct view name, struct view value,
		       struct response_head *head, unsigned *seen)
{
	unsigned before = *seen;

	if (view_equal_nocase(name, VIEW("Via")) ||
	    view_equal_nocase(name, VIEW("v"))) {
		*seen |= SEEN_VIA;
		return !(before & SEEN_VIA) && read_via(value, head);
	}
	if (view_equal_nocase(name, VIEW("CSeq"))) {
		*seen |= SEEN_CSEQ;
		return !(before & SEEN_CSEQ) && read_cseq(value, head);
	}
	if (view_equal_nocase(name, VIEW("Retry-After")))
		read_retry_after(value, head);
	return true;
}

/* May it be one of the fields that are read?  Most lines end here. */
static bool is_of_use(struct view line)
{
	switch (line.at[0] | 0x20) {
	case 'v':
		return true;
	case 'c':
		return line.len > 1 && (line.at[1] | 0x20) == 's';
	case 'r':
		return line.len > 2 && (line.at[2] | 0x20) == 't';
	default:
		return false;
	}
}

static bool read_line(struct view line, struct response_head *head,
		      unsigned *seen)
{
	size_t colon;

	if (!is_of_use(line))
		return true;
	colon = view_find(line, ':', 0);
	if (colon == SIZE_MAX)
		return true;
	return read_field(view_trim(view_head(line, colon)),
			  view_trim(view_from(line, colon + 1)), head, seen);
}

/* The line at the beginning with its folds, without its end; @p rest is moved
 * past it. */
static struct view take_line(struct view *rest)
{
	size_t end = view_find(*rest, '\n', 0);
	struct view line;

	while (end != SIZE_MAX && end + 1 < rest->len &&
	       (rest->at[end + 1] == ' ' || rest->at[end + 1] == '\t'))
		end = view_find(*rest, '\n', end + 1);
	line = view_head(*rest, end);
	*rest = view_from(*rest, end == SIZE_MAX ? rest->len : end + 1);
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

enum err response_head_read(struct view message, struct response_head *ret)
{
	struct response_head head = {.status = 0};
	struct view rest = message;
	unsigned seen = 0;

	if (!read_status(take_line(&rest), &head))
		return ERR_SYNTAX;
	while (rest.len) {
		struct view line = take_line(&rest);

		if (!line.len)
			break;
		if (!read_line(line, &head, &seen))
			return ERR_SYNTAX;
	}
	if (seen != (SEEN_VIA | SEEN_CSEQ))
		return ERR_SYNTAX;
	*ret = head;
	return ERR_OK;
}
