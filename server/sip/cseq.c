#include "server/sip/cseq.h"

#include "server/base/chars.h"

enum err cseq_parse(struct view value, struct cseq *ret)
{
	size_t end = 0;
	uint64_t number;

	while (end < value.len && is_digit(value.at[end]))
		end++;
	if (end == value.len ||
	    view_to_u64(view_head(value, end), CSEQ_MAX, &number) != ERR_OK)
		return ERR_SYNTAX;
	ret->number = (uint32_t)number;
	ret->method = view_trim(view_from(value, end));
	return ERR_OK;
}
