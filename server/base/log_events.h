/*
 * log_events -- every event that the log may have.  One table, for all rooms
 * and for volensd(8), whose list of events is made from it:
 *
 *     server/settings-doc events
 *
 * LOG_LIMITED: at most 100 lines a second.  LOG_UNLIMITED is for changes of
 * somebody's consent that are on disk: every one is written, and the writer's
 * commits bound how many come in a second.
 */
#ifndef VOLENS_BASE_LOG_EVENTS_H
#define VOLENS_BASE_LOG_EVENTS_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_limit { LOG_LIMITED, LOG_UNLIMITED };

/* clang-format off */
/*      id, level, limit, event, fields, sentence */
#define LOG_EVENTS(X) \
	X(LOG_EVENT_STARTED,                       LOG_INFO,    LOG_LIMITED,   "started",                       "version domain store permissions accounts", "The relay serves requests from now on.") \
	X(LOG_EVENT_LISTENING,                     LOG_INFO,    LOG_LIMITED,   "listening",                     "sip | http port", "An address that is listened on.") \
	X(LOG_EVENT_ANY_TRANSPORT,                 LOG_WARNING, LOG_LIMITED,   "any-transport",                 "note", "The setting `return-routability` lets anybody who reads a permission request grant it.") \
	X(LOG_EVENT_NOT_REVIEWED,                  LOG_WARNING, LOG_LIMITED,   "not-reviewed",                  "language", "People are asked in this language, whose words no native speaker has reviewed yet.") \
	X(LOG_EVENT_RELOAD_IGNORED,                LOG_WARNING, LOG_LIMITED,   "reload-ignored",                "reason", "SIGHUP came, and there are no files of TLS to read again; settings are read at start only.") \
	X(LOG_EVENT_TLS_REFUSED,                   LOG_WARNING, LOG_LIMITED,   "tls-refused",                   "peer name reason", "A connection that the relay opened failed in its handshake, or its certificate does not prove name; reason has the names that it proves instead. Nothing was sent.") \
	X(LOG_EVENT_TLS_FAILED,                    LOG_DEBUG,   LOG_LIMITED,   "tls-failed",                    "peer reason", "Somebody connected by TLS, and the handshake failed.") \
	X(LOG_EVENT_TLS_UNPROVED,                  LOG_INFO,    LOG_LIMITED,   "tls-unproved",                  "peer reason", "A client showed a certificate that is not good here, or has no name: it is served as one without, and is nobody to a trust-domain that has names.") \
	X(LOG_EVENT_TLS_DISTRUSTED,                LOG_WARNING, LOG_LIMITED,   "tls-distrusted",                "peer reason", "After SIGHUP the certificate of a peer is not good any more; what is written goes out, and its connection is closed.") \
	X(LOG_EVENT_TLS_RELOADED,                  LOG_INFO,    LOG_LIMITED,   "tls-reloaded",                  "file ends", "SIGHUP: the files of TLS were read again; file ends first.") \
	X(LOG_EVENT_TLS_NOT_RELOADED,              LOG_ERROR,   LOG_LIMITED,   "tls-not-reloaded",              "reason", "SIGHUP: a file of TLS cannot be used; what was read before stays in use.") \
	X(LOG_EVENT_TLS_EXPIRES,                   LOG_WARNING, LOG_LIMITED,   "tls-expires",                   "file ends", "A certificate of TLS ends within 30 days, or has ended; said once a day.") \
	X(LOG_EVENT_TLS_OCSP_ENDS,                 LOG_WARNING, LOG_LIMITED,   "tls-ocsp-ends",                 "file ends", "Three quarters of the time of an OCSP response are over, or all of it: it is not sent then; said when it is so, and once a day.") \
	X(LOG_EVENT_TLS_CRL_ENDS,                  LOG_WARNING, LOG_LIMITED,   "tls-crl-ends",                  "file ends", "Three quarters of the time of a revocation list are over, or all of it: nobody of its issuer proves anything then; said when it is so, and once a day.") \
	X(LOG_EVENT_TLS_WRONG_NAME,                LOG_WARNING, LOG_LIMITED,   "tls-wrong-name",                "name found note", "There is a listener of TLS, and no certificate has name, which is the domain of the relay or what it is advertised as; found are the names that they have, up to eight. Peers that check it do not connect. Said at the start, at SIGHUP and once a day.") \
	X(LOG_EVENT_TRUST_UNPROVABLE,              LOG_WARNING, LOG_LIMITED,   "trust-unprovable",              "domain note", "A trust-domain has names that no client can prove with these settings: as clients its members are strangers.") \
	X(LOG_EVENT_HTTPS_RELOADED,                LOG_INFO,    LOG_LIMITED,   "https-reloaded",                "certificates", "SIGHUP: the files of https were read again; connections that are open go on with what they had.") \
	X(LOG_EVENT_HTTPS_NOT_RELOADED,            LOG_ERROR,   LOG_LIMITED,   "https-not-reloaded",            "reason", "SIGHUP: a file of https cannot be used; what was read before stays in use.") \
	X(LOG_EVENT_HTTP_STRANGER,                 LOG_WARNING, LOG_LIMITED,   "http-stranger",                 "from", "Somebody who is no named proxy connected to HTTP without TLS, on an address that is not on loopback; the connection was closed.") \
	X(LOG_EVENT_DRAINING,                      LOG_INFO,    LOG_LIMITED,   "draining",                      "", "A signal stops the relay: new requests get 503.") \
	X(LOG_EVENT_DRAIN_TIMEOUT,                 LOG_WARNING, LOG_LIMITED,   "drain-timeout",                 "note", "What was in flight did not end in 10 seconds; it is taken up at the next start.") \
	X(LOG_EVENT_STOPPED,                       LOG_INFO,    LOG_LIMITED,   "stopped",                       "", "The last line of a stop.") \
	X(LOG_EVENT_START_FAILED,                  LOG_ERROR,   LOG_LIMITED,   "start-failed",                  "what name reason", "The relay cannot start.") \
	X(LOG_EVENT_CHECK_FAILED,                  LOG_ERROR,   LOG_LIMITED,   "check-failed",                  "what name reason", "`volensd -t` found what would keep the relay from starting.") \
	X(LOG_EVENT_RECEIVED,                      LOG_INFO,    LOG_LIMITED,   "received",                      "method target sender bytes call-id from", "A request came in; from is the address that sent it.") \
	X(LOG_EVENT_STEP,                          LOG_DEBUG,   LOG_LIMITED,   "step",                          "next", "The request enters its next step.") \
	X(LOG_EVENT_REJECTED,                      LOG_DEBUG,   LOG_LIMITED,   "rejected",                      "status method target call-id from", "A request was answered before it reached the relay: its syntax, its sender or its Request-URI is at fault.") \
	X(LOG_EVENT_REFUSED,                       LOG_INFO,    LOG_LIMITED,   "refused",                       "status reason call-id target", "A request was refused.") \
	X(LOG_EVENT_PERMISSION_MISSING,            LOG_INFO,    LOG_LIMITED,   "permission-missing",            "missing of recipients call-id target", "Permissions are missing, so the whole request is refused with 470.") \
	X(LOG_EVENT_RECIPIENTS_LEFT_OUT,           LOG_INFO,    LOG_LIMITED,   "recipients-left-out",           "missing of recipients call-id target", "Permissions are missing, and these recipients are left out.") \
	X(LOG_EVENT_RECIPIENT_WITHOUT_PERMISSION,  LOG_DEBUG,   LOG_LIMITED,   "recipient-without-permission",  "recipient", "One of those recipients.") \
	X(LOG_EVENT_SENDER_LIMITED,                LOG_WARNING, LOG_LIMITED,   "sender-limited",                "limit retry_after", "A sender is over a limit; the request is refused.") \
	X(LOG_EVENT_ACCEPTED,                      LOG_INFO,    LOG_LIMITED,   "accepted",                      "status recipients journal call-id", "A request is on disk, and gets 202.") \
	X(LOG_EVENT_DUPLICATE,                     LOG_INFO,    LOG_LIMITED,   "duplicate",                     "status call-id", "A request that was accepted before came again; it gets 202 and is not sent again.") \
	X(LOG_EVENT_STORE_REJECTED,                LOG_ERROR,   LOG_LIMITED,   "store-rejected",                "err", "A request could not be written to the store; it gets 503.") \
	X(LOG_EVENT_RESPONDED,                     LOG_INFO,    LOG_LIMITED,   "responded",                     "method status", "The final response to a request was sent.") \
	X(LOG_EVENT_LEG_DELIVERED,                 LOG_DEBUG,   LOG_LIMITED,   "leg-delivered",                 "recipient status attempts journal call-id", "A recipient has the message; call-id is that of the leg.") \
	X(LOG_EVENT_LEG_DEFERRED,                  LOG_INFO,    LOG_LIMITED,   "leg-deferred",                  "recipient status attempts journal call-id", "A recipient could not be reached; the message is kept and sent again.") \
	X(LOG_EVENT_LEG_FAILED,                    LOG_INFO,    LOG_LIMITED,   "leg-failed",                    "recipient status attempts journal call-id", "A recipient will not get the message: the response is final.") \
	X(LOG_EVENT_LEG_EXPIRED,                   LOG_INFO,    LOG_LIMITED,   "leg-expired",                   "recipient status attempts journal call-id", "A recipient did not get the message before it expired.") \
	X(LOG_EVENT_LEG_WITHDRAWN,                 LOG_INFO,    LOG_LIMITED,   "leg-withdrawn",                 "recipient status attempts journal call-id", "The permission of a recipient ended before the message was sent; it is not sent.") \
	X(LOG_EVENT_FINISHED,                      LOG_INFO,    LOG_LIMITED,   "finished",                      "journal ok retry failed expired withdrawn put_off crowded silent untold simpler large call-id", "Every recipient of a request has it, or it is kept for a later try, or it failed; with how many of each.") \
	X(LOG_EVENT_RETRIED,                       LOG_INFO,    LOG_LIMITED,   "retried",                       "deliveries", "Messages that were kept are sent again.") \
	X(LOG_EVENT_RECOVERED,                     LOG_INFO,    LOG_LIMITED,   "recovered",                     "recipients", "A request that was accepted before a restart is taken up again.") \
	X(LOG_EVENT_RECOVERY_FAILED,               LOG_ERROR,   LOG_LIMITED,   "recovery-failed",               "err", "Accepted requests could not be read after a restart; it is tried again.") \
	X(LOG_EVENT_RETRY_SCAN_FAILED,             LOG_ERROR,   LOG_LIMITED,   "retry-scan-failed",             "err", "Messages that are due for another try could not be read; it is tried again.") \
	X(LOG_EVENT_OUTCOME_NOT_WRITTEN,           LOG_ERROR,   LOG_LIMITED,   "outcome-not-written",           "journal | delivery err", "What became of a message could not be written; it is tried again.") \
	X(LOG_EVENT_REFUSALS_NOT_WRITTEN,          LOG_WARNING, LOG_LIMITED,   "refusals-not-written",          "err", "The records of refused requests could not be written; they are dropped.") \
	X(LOG_EVENT_JOURNAL_CORRUPT,               LOG_ERROR,   LOG_LIMITED,   "journal-corrupt",               "journal err", "A message in the store cannot be read; its recipients do not get it.") \
	X(LOG_EVENT_CREDENTIALS_WANTED,            LOG_WARNING, LOG_LIMITED,   "credentials-wanted",            "recipient status", "A next hop answered 401 or 407: what is for it waits, and /readyz has a warning.") \
	X(LOG_EVENT_ASKED,                         LOG_INFO,    LOG_LIMITED,   "asked",                         "permission recipient kinds status", "A permission request was delivered.") \
	X(LOG_EVENT_ASK_FAILED,                    LOG_INFO,    LOG_LIMITED,   "ask-failed",                    "permission recipient kinds status", "A permission request was not delivered.") \
	X(LOG_EVENT_ASK_NOT_WRITTEN,               LOG_ERROR,   LOG_LIMITED,   "ask-not-written",               "permission reason", "What became of a permission request could not be written.") \
	X(LOG_EVENT_TOLD,                          LOG_INFO,    LOG_UNLIMITED, "told",                          "permission recipient about kinds status", "A recipient was told of a grant, or a deny in their name, that others recorded.") \
	X(LOG_EVENT_TELL_FAILED,                   LOG_INFO,    LOG_LIMITED,   "tell-failed",                   "permission recipient about kinds status", "A recipient could not be told of it; where they may be there later it is tried again.") \
	X(LOG_EVENT_NOTICE_NOT_WRITTEN,            LOG_ERROR,   LOG_LIMITED,   "notice-not-written",            "permission reason", "What became of a notice could not be written; it is tried again.") \
	X(LOG_EVENT_NOTICES_OFF,                   LOG_WARNING, LOG_LIMITED,   "notices-off",                   "note", "The setting `notice-on-import` is off: nobody is told of what others granted for them.") \
	X(LOG_EVENT_REQUESTS_RATE_LIMITED,         LOG_INFO,    LOG_LIMITED,   "requests-rate-limited",         "n", "Permission requests wait: their recipients had as many as the limits allow.") \
	X(LOG_EVENT_GRANTED,                       LOG_INFO,    LOG_UNLIMITED, "granted",                       "permission recipient sender target kinds by status call-id from", "A recipient granted permission.") \
	X(LOG_EVENT_DENIED,                        LOG_INFO,    LOG_UNLIMITED, "denied",                        "permission recipient sender target kinds by status call-id from", "A recipient denied permission.") \
	X(LOG_EVENT_EXPIRED,                       LOG_INFO,    LOG_UNLIMITED, "expired",                       "permission recipient sender target", "A permission expired.") \
	X(LOG_EVENT_ASKED_AGAIN,                   LOG_INFO,    LOG_UNLIMITED, "asked-again",                   "permissions limited refused", "REST had recipients asked once more who did not answer.  Some wait for a limit; of some a no stands against it.") \
	X(LOG_EVENT_PERMISSION_CHANGED,            LOG_INFO,    LOG_UNLIMITED, "permission-changed",            "by permission state recipient sender target kinds recorded-by evidence", "A permission was changed or removed by REST; recorded-by and evidence: a deny that the recipient told an operator.") \
	X(LOG_EVENT_PERMISSION_UNCHANGED,          LOG_DEBUG,   LOG_LIMITED,   "permission-unchanged",          "permission", "A change by REST left a permission as it was.") \
	X(LOG_EVENT_STOP_LIFTED,                   LOG_INFO,    LOG_UNLIMITED, "stop-lifted",                   "permission recipient by status call-id from", "A recipient took back their no to everything from a domain of the relay.") \
	X(LOG_EVENT_EMPTY_GRANT,                   LOG_INFO,    LOG_LIMITED,   "empty-grant",                   "permission recipient by status call-id from", "A recipient published a grant with Expires: 0; nothing was changed.") \
	X(LOG_EVENT_TRIGGERED,                     LOG_INFO,    LOG_LIMITED,   "triggered",                     "permission recipient by status call-id from", "A recipient asked for a new permission request.") \
	X(LOG_EVENT_TRIGGER_RATE_LIMITED,          LOG_INFO,    LOG_LIMITED,   "trigger-rate-limited",          "permission recipient by status call-id from", "A recipient asked for too many of these; none is sent.") \
	X(LOG_EVENT_CONSENT_REPLY_REFUSED,         LOG_INFO,    LOG_LIMITED,   "consent-reply-refused",         "permission recipient by status reason call-id from", "A reply to a permission request was refused; nothing was changed.") \
	X(LOG_EVENT_CHAT_REFUSED,                  LOG_INFO,    LOG_LIMITED,   "chat-refused",                  "status reason word target claimed call-id from", "A word such as STOP came without a proof of who typed it, or in the name of another; nothing was changed.") \
	X(LOG_EVENT_CONSENT_REPLY_FAILED,          LOG_ERROR,   LOG_LIMITED,   "consent-reply-failed",          "reason", "A reply to a permission request could not be written; it gets 503.") \
	X(LOG_EVENT_CONSENT_REPLY_INSECURE,        LOG_WARNING, LOG_LIMITED,   "consent-reply-insecure",        "from", "A reply to a sips URI came without TLS; it was refused.") \
	X(LOG_EVENT_DENY_OVERRIDE_REFUSED,         LOG_INFO,    LOG_LIMITED,   "deny-override-refused",         "permission recipient", "Somebody else tried to change a recipient's own deny.") \
	X(LOG_EVENT_SWEEP_FAILED,                  LOG_ERROR,   LOG_LIMITED,   "sweep-failed",                  "what err", "What has expired (permissions, deliveries or records) could not be removed; it is tried again.") \
	X(LOG_EVENT_CONFERENCE_CREATED,            LOG_INFO,    LOG_LIMITED,   "conference-created",            "conference service sender parties by call-id", "A conference was made: by=invite, or by=rest without a call-id.") \
	X(LOG_EVENT_CONFERENCE_LIVE,               LOG_INFO,    LOG_LIMITED,   "conference-live",               "conference parties", "A conference has begun: its parties are called from now on.") \
	X(LOG_EVENT_CONFERENCE_ENDED,              LOG_INFO,    LOG_LIMITED,   "conference-ended",              "conference by parties", "A conference is over; all its calls have ended.") \
	X(LOG_EVENT_CONFERENCE_NOT_WRITTEN,        LOG_ERROR,   LOG_LIMITED,   "conference-not-written",        "conference err", "A change of a conference or of one of its calls could not be written: a call that needed it is ended.") \
	X(LOG_EVENT_PARTY_JOINED,                  LOG_INFO,    LOG_LIMITED,   "party-joined",                  "conference party uri call-id", "A party of a conference is connected.") \
	X(LOG_EVENT_PARTY_LEFT,                    LOG_INFO,    LOG_LIMITED,   "party-left",                    "conference party uri left revoked status call-id", "A party of a conference is there no more, or was not reached; revoked=1: they took their permission back.  call-id is that of their call; who was never called has none.") \
	X(LOG_EVENT_STORE_FAILING,                 LOG_ERROR,   LOG_LIMITED,   "store-failing",                 "problem note", "The store cannot be written: new requests get 503.  /readyz and `volensctl status` say the same.  A full disk is used again once it has room; after a failed sync or a damaged file the relay has to be started again.") \
	X(LOG_EVENT_STORE_RECOVERED,               LOG_WARNING, LOG_LIMITED,   "store-recovered",               "note", "The store can be written again.") \
	X(LOG_EVENT_STORE_OLDER,                   LOG_WARNING, LOG_LIMITED,   "store-older",                   "denies note", "The database lacked denies that its record of revocations has; they were written to it.  It is an older copy, see RESTORE, or the relay died while it committed them.") \
	X(LOG_EVENT_DENIES_WITHOUT_ROW,            LOG_WARNING, LOG_LIMITED,   "denies-without-row",            "denies note", "The record of revocations has denies that the database has no permission for; they are in force.  See RESTORE.") \
	X(LOG_EVENT_REVOCATIONS_RECREATED,         LOG_WARNING, LOG_LIMITED,   "revocations-recreated",         "note", "The record of revocations was missing; a new one was made from the database.  See RESTORE.") \
	X(LOG_EVENT_REVOCATIONS_REPAIRED,          LOG_WARNING, LOG_LIMITED,   "revocations-repaired",          "entries note", "Incomplete entries at the end of the record of revocations were dropped.  See RESTORE.") \
	X(LOG_EVENT_SECRET_CREATED,                LOG_WARNING, LOG_LIMITED,   "secret-created",                "file note", "The secret of the database was missing; a new one was made.  See FILES.") \
	X(LOG_EVENT_CLOCK_STEPPED,                 LOG_WARNING, LOG_LIMITED,   "clock-stepped",                 "by_ms", "The wall clock was set.") \
	X(LOG_EVENT_CLOCK_BEHIND,                  LOG_WARNING, LOG_LIMITED,   "clock-behind",                  "by_s note", "The wall clock is behind the latest time that the store has seen.  See CLOCK.") \
	X(LOG_EVENT_CLOCK_NOT_SAVED,               LOG_WARNING, LOG_LIMITED,   "clock-not-saved",               "reason", "The time of a stop could not be written to the store.") \
	X(LOG_EVENT_SIGN_IN_REFUSED,               LOG_INFO,    LOG_LIMITED,   "sign-in-refused",               "status user realm from", "Somebody signed in to /mine with a wrong password, or to an account that is not there; status is 429 where there were too many.") \
	X(LOG_EVENT_PAGE_REQUEST,                  LOG_DEBUG,   LOG_LIMITED,   "page-request",                  "method page status", "A request to the page of a question was answered; page is the beginning of a hash of its token.") \
	X(LOG_EVENT_API_REQUEST,                   LOG_DEBUG,   LOG_LIMITED,   "api-request",                   "method path status", "A request to the REST API was answered.") \
	X(LOG_EVENT_API_UNAUTHORIZED,              LOG_WARNING, LOG_LIMITED,   "api-unauthorized",              "method path status", "A request to the REST API had no token, or a wrong one.") \
	X(LOG_EVENT_API_UNAVAILABLE,               LOG_WARNING, LOG_LIMITED,   "api-unavailable",               "method path reason", "A request to the REST API got 503: the store is busy, full or failing.") \
	X(LOG_EVENT_API_ANSWER_NOT_KEPT,           LOG_WARNING, LOG_LIMITED,   "api-answer-not-kept",           "method path err", "The answer to a request with an Idempotency-Key could not be written: if the client repeats it, it gets 409.") \
	X(LOG_EVENT_API_READER_DROPPED,            LOG_WARNING, LOG_LIMITED,   "api-reader-dropped",            "unread", "A reader of events was disconnected: it did not take what came.") \
	X(LOG_EVENT_API_HEADER_FAILED,             LOG_ERROR,   LOG_LIMITED,   "api-header-failed",             "header", "A header could not be added to a response of the REST API.") \
	X(LOG_EVENT_HTTP_LIBRARY,                  LOG_DEBUG,   LOG_LIMITED,   "http-library",                  "text", "What the HTTP library says.") \
	X(LOG_EVENT_USER_CHANGED,                  LOG_INFO,    LOG_LIMITED,   "user-changed",                  "user change aor may", "An account was added, changed or removed.") \
	X(LOG_EVENT_LIST_CHANGED,                  LOG_INFO,    LOG_LIMITED,   "list-changed",                  "list change owner use replies entries entry size", "A stored list, or its entries, were added, changed or removed.") \
	X(LOG_EVENT_IMPORTED,                      LOG_INFO,    LOG_UNLIMITED, "imported",                      "import mode target recipients skipped asked granted renewed stopped unchanged", "Many recipients were imported: so many will be asked, or are granted by evidence, or nothing goes to them any more.") \
	X(LOG_EVENT_IMPORT_TAKEN_BACK,             LOG_INFO,    LOG_UNLIMITED, "import-taken-back",             "import", "What an import granted or asked was taken back.") \
	X(LOG_EVENT_DELIVERY_CHANGED,              LOG_INFO,    LOG_LIMITED,   "delivery-changed",              "delivery change", "An operator retried or dropped a delivery.")
/* clang-format on */

#define LOG_EVENTS_ID(id, level, limit, event, fields, doc) id,
enum log_event { LOG_EVENT_NONE, LOG_EVENTS(LOG_EVENTS_ID) LOG_EVENT_COUNT };
#undef LOG_EVENTS_ID

#define LOG_EVENTS_LEVEL(id, level, limit, event, fields, doc)                 \
	case id:                                                               \
		return level;
static inline enum log_level log_event_level(enum log_event event)
{
	switch (event) {
		LOG_EVENTS(LOG_EVENTS_LEVEL)
	case LOG_EVENT_NONE:
	case LOG_EVENT_COUNT:
		break;
	}
	return LOG_ERROR;
}
#undef LOG_EVENTS_LEVEL

#endif
