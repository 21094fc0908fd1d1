/*
 * import_request -- POST /v1/imports as its query has it: what for, how, and
 * what holds for all lines of the body.
 */
#ifndef VOLENS_API_IMPORT_REQUEST_H
#define VOLENS_API_IMPORT_REQUEST_H

#include "api/exchange.h"
#include "api/import_body.h"
#include "db/imports.h"

struct import_request {
	struct import_rules rules;
	struct import_order order; /**< without its lines */
};
/** @p ret is zeroed before.  @return false: it has responded */
bool import_request_read(struct exchange *exchange, struct import_request *ret);

#endif
