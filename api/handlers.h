/*
 * handlers -- what each route does; one file per resource.
 */
#ifndef VOLENS_API_HANDLERS_H
#define VOLENS_API_HANDLERS_H

#include "api/exchange.h"

void permissions_list(struct exchange *exchange);
void permissions_post(struct exchange *exchange);
void permission_get(struct exchange *exchange);
void permission_patch(struct exchange *exchange);
void permission_history(struct exchange *exchange);
void permission_ask(struct exchange *exchange);
void permissions_ask(struct exchange *exchange);
void permission_delete(struct exchange *exchange);

void users_list(struct exchange *exchange);
void users_post(struct exchange *exchange);
void user_get(struct exchange *exchange);
void user_patch(struct exchange *exchange);
void user_delete(struct exchange *exchange);

void lists_list(struct exchange *exchange);
void lists_post(struct exchange *exchange);
void list_get(struct exchange *exchange);
void list_patch(struct exchange *exchange);
void list_delete(struct exchange *exchange);

void list_entries_get(struct exchange *exchange);
void list_entries_post(struct exchange *exchange);
void list_entry_get(struct exchange *exchange);
void list_entry_delete(struct exchange *exchange);

void deliveries_list(struct exchange *exchange);
void delivery_get(struct exchange *exchange);
void delivery_retry(struct exchange *exchange);
void delivery_delete(struct exchange *exchange);

void requests_list(struct exchange *exchange);
void request_get(struct exchange *exchange);
void request_recipients(struct exchange *exchange);

void conferences_list_get(struct exchange *exchange);
void conferences_post(struct exchange *exchange);
void conference_get(struct exchange *exchange);
void conference_patch(struct exchange *exchange);
void conference_delete(struct exchange *exchange);
void conference_events(struct exchange *exchange);

void parties_list(struct exchange *exchange);
void parties_post(struct exchange *exchange);
void party_get(struct exchange *exchange);
void party_patch(struct exchange *exchange);
void party_delete(struct exchange *exchange);
void party_redial_post(struct exchange *exchange);

void imports_list(struct exchange *exchange);
void imports_post(struct exchange *exchange);
void import_get(struct exchange *exchange);
void import_delete(struct exchange *exchange);

void events_get(struct exchange *exchange);

void explain_post(struct exchange *exchange);

void trust_domains_get(struct exchange *exchange);

void healthz_get(struct exchange *exchange);
void readyz_get(struct exchange *exchange);
void metrics_get(struct exchange *exchange);
void openapi_get(struct exchange *exchange);

#endif
