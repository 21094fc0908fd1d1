# INVITE: a conference of those who said yes.

scenario "all are called after the ACK of who made it"
# RFC 5366; RFC 4579 section 5.4
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com,to sip:c@example.com,cc
expect respond 200
expect call 200 sip:conf@relay.example
expect quiet
expect conference waiting
expect rows 3
acknowledge
expect conference live
expect call INVITE sip:b@example.com
expect call INVITE sip:c@example.com
expect quiet
expect media 1
ring sip:b@example.com
expect party sip:b@example.com alerting
answer sip:b@example.com 200
expect call ACK sip:b@example.com
expect party sip:b@example.com connected
expect media 2
expect party sip:c@example.com dialing
answer sip:c@example.com 486
expect party sip:c@example.com disconnected busy
expect rows 2
bye sip:b@example.com
expect party sip:b@example.com disconnected departed
caller leaves
expect quiet
expect conference live
advance 5 s
expect rows 0
expect conference ended creator

scenario "a yes to messages lets no call through, nor a yes to calls a message"
# RFC 4453 REQ 8
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted
permission any sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 470 with Permission-Missing: <sip:b@example.com>
expect conference none
recv MESSAGE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 470 with Permission-Missing: <sip:c@example.com>
expect quiet

scenario "a no to calls alone ends the call"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
expect calls 1
ring sip:b@example.com
permission any sip:conf@relay.example -> sip:b@example.com denied calls
expect call CANCEL sip:b@example.com SIP;cause=470;text="Consent withdrawn"

scenario "one who has not said yes: 470, and nothing exists"
# RFC 5360 section 5.9.1
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 470 with Permission-Missing: <sip:c@example.com>
expect conference none
expect rows 0
expect quiet

scenario "a service that omits calls those who have"
service conf omits
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 200
acknowledge
expect calls 1
expect party sip:b@example.com dialing

scenario "no list: a conference of one, that ends when nobody comes"
service conf
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
expect respond 200
expect rows 1
acknowledge
expect conference live
advance 119 s
expect conference live
advance 1 s
expect conference ended alone
expect call BYE sip:conf@relay.example -
expect rows 0

scenario "the extension is required and there is no list: 400"
service conf
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	require
expect respond 400 with Recipient List Missing
expect conference none

scenario "media that cannot be served: nobody is called"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
refuse 488
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 488
expect conference none
expect rows 0
expect media 0

scenario "what a call says"
# conference URI, trigger, no header of the creator's, no blind copies
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
permission any sip:conf@relay.example -> sip:d@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com,to sip:c@example.com,bcc sip:d@example.com,cc,anonymous
	header Subject "Mill"
	header Priority urgent
	header Reply-To "<sip:x@example.com>"
	max-forwards 10
	max-breadth 6
	header Privacy "session;id;header"
	asserted "<sip:a@example.com>"
expect respond 200
acknowledge
expect invitation sip:b@example.com has "display=Mill user=c- params=;isfocus trigger=sip:t-"
expect invitation sip:b@example.com has "target-uri=\"sip:conf@relay.example\""
expect invitation sip:b@example.com has "forwards=9 breadth=2"
expect invitation sip:b@example.com has "Subject: Mill\r\n"
expect invitation sip:b@example.com has "Priority: urgent\r\n"
expect invitation sip:b@example.com lacks "Reply-To"
expect invitation sip:b@example.com has "P-Asserted-Identity: <sip:a@example.com>"
expect invitation sip:b@example.com has "Privacy: id\r\n"
expect invitation sip:b@example.com has "uri=\"sip:b@example.com\""
expect invitation sip:b@example.com lacks "sip:c@example.com"
expect invitation sip:b@example.com lacks "sip:d@example.com"

scenario "who made it, and somebody twice"
service conf
permission any sip:conf@relay.example -> sip:a@example.com granted calls
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:a@example.com sip:b@example.com sip:b@EXAMPLE.com
expect respond 200
acknowledge
expect call INVITE sip:b@example.com
expect call 200 sip:conf@relay.example
expect quiet

scenario "a conference cannot be called by another"
service conf
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:c-0123456789abcdef@relay.example
expect respond 403
expect conference none

scenario "CANCEL before the 200: nothing is left, nobody was called"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
commit hold
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect no respond
expect conference none
caller cancels
commit release
expect conference none
expect rows 0
expect media 0
expect quiet

scenario "no ACK: nobody was called"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200
expect call 200 sip:conf@relay.example
caller lost
expect conference ended abandoned
expect party sip:b@example.com disconnected departed
expect quiet
expect rows 0

scenario "the disk does not take it: 503, and nothing exists"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
commit broken
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 503
expect conference none
expect call refused sip:conf@relay.example
expect quiet
commit well
expect rows 0

scenario "no INVITE leaves that is not on disk"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect call 200 sip:conf@relay.example
commit hold
acknowledge
expect quiet
commit release
expect call INVITE sip:b@example.com

scenario "a disk that fails calls nobody"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect call 200 sip:conf@relay.example
commit broken
acknowledge
expect quiet
expect party sip:b@example.com disconnected failed

scenario "an ACK waits for the disk, but not for long"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
expect calls 1
commit hold
answer sip:b@example.com 200
expect quiet
advance 1 s
expect quiet
advance 1 s
expect call ACK sip:b@example.com
expect call BYE sip:b@example.com -
expect party sip:b@example.com disconnected failed
expect media 1
commit release
expect quiet

scenario "who has answered gets ACK before others are called"
service conf
setting ringing-per-conference 20
permission any sip:conf@relay.example -> sip:u%d@example.com*30 granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list-of 30 sip:u%d@example.com
acknowledge
expect calls 20
advance 1 s
commit hold
answer sip:u%d@example.com*17 200
answer sip:u18@example.com 486
expect quiet
expect party sip:u20@example.com queued
commit release
expect call ACK sip:u0@example.com
expect party sip:u20@example.com dialing

scenario "a no while somebody waits to be called"
service conf
setting ringing-per-conference 1
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
acknowledge
expect calls 1
expect party sip:c@example.com queued
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com denied calls
expect party sip:c@example.com disconnected departed revoked
answer sip:b@example.com 486
expect quiet

scenario "a no while it rings: CANCEL"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
expect calls 1
ring sip:b@example.com
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com denied calls
expect call CANCEL sip:b@example.com SIP;cause=470;text="Consent withdrawn"
expect party sip:b@example.com disconnected departed revoked
expect media 1
expect rows 1

scenario "a no between their 200 and our ACK: no audio ever"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
expect calls 1
commit hold
answer sip:b@example.com 200
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com denied calls
expect call ACK+BYE sip:b@example.com SIP;cause=470;text="Consent withdrawn"
commit release
expect quiet
expect media 1
expect rows 1

scenario "a no in the call: silent, then BYE"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
acknowledge
answer sip:b@example.com 200
answer sip:c@example.com 200
expect media 3
expect calls 2
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com denied calls
expect call BYE sip:b@example.com SIP;cause=470;text="Consent withdrawn"
expect quiet
expect media 2
expect party sip:b@example.com disconnected departed revoked
expect party sip:c@example.com connected
expect conference live

scenario "somebody else has the call, and has said no: it ends"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com denied calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
identified sip:b@example.com sip:d@example.com
expect quiet
identified sip:b@example.com sip:c@example.com
expect call BYE sip:b@example.com SIP;cause=470;text="Consent withdrawn"
expect party sip:b@example.com disconnected departed revoked

scenario "somebody else has the call, and says no now: it ends"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
identified sip:b@example.com sip:c@example.com
permission sip:a@example.com sip:conf@relay.example -> sip:d@example.com denied calls
expect quiet
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com denied calls
expect call BYE sip:b@example.com SIP;cause=470;text="Consent withdrawn"

scenario "another phone rings, of somebody who has said no: CANCEL"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com denied calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
ring sip:b@example.com
expect calls 1
identified sip:b@example.com sip:c@example.com
expect call CANCEL sip:b@example.com SIP;cause=470;text="Consent withdrawn"
expect party sip:b@example.com disconnected departed revoked

scenario "whose phone rang is not who answers"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
ring sip:b@example.com
identified sip:b@example.com sip:c@example.com
answer sip:b@example.com 200
identified sip:b@example.com
expect calls 1
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com denied calls
expect quiet
expect party sip:b@example.com connected

scenario "who called is somebody else now: nobody said yes to them"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by asserted
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
caller is sip:a@example.com
caller is sips:a@example.com
expect quiet
expect media 2
caller is sip:x@example.com
expect call BYE sip:conf@relay.example SIP;cause=403;text="Another caller"
expect party sip:a@example.com disconnected failed
expect media 1
advance 5 s
expect call BYE sip:b@example.com -
expect conference ended creator

scenario "who dialled in is somebody else now, though they are called there too"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
acknowledge
answer sip:b@example.com 200
answer sip:c@example.com 200
bye sip:b@example.com
recv INVITE sip:CONFERENCE@relay.example from sip:b@example.com by asserted
expect respond 200
acknowledge
expect calls 2
caller is sip:c@example.com
expect party sip:b@example.com disconnected failed
expect party sip:c@example.com connected
expect conference live

scenario "a no to somebody else, or to another target, ends nothing"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
permission sip:x@example.com sip:conf@relay.example -> sip:b@example.com denied calls
permission sip:a@example.com sip:other@relay.example -> sip:b@example.com denied calls
expect quiet
expect media 2

scenario "a yes that runs out lets the call be, and forbids the next"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls for 60
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
advance 61 s
permission sip:x@example.com sip:conf@relay.example -> sip:y@example.com denied calls
expect quiet
expect party sip:b@example.com connected
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com denied calls
expect call BYE sip:b@example.com SIP;cause=470;text="Consent withdrawn"

scenario "a yes that runs out ends the call, where it is set so"
service conf
setting expiry-ends-calls 1
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls for 60
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
advance 59 s
expect quiet
advance 2 s
expect call BYE sip:b@example.com SIP;cause=470;text="Consent withdrawn"

scenario "a yes that runs out before they are called"
service conf
setting ringing-per-conference 1
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
permission sip:a@example.com sip:conf@relay.example -> sip:c@example.com granted calls for 10
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
acknowledge
expect calls 1
advance 11 s
answer sip:b@example.com 200
expect calls 0
expect party sip:c@example.com disconnected departed revoked

scenario "who may dial in"
# RFC 4579 section 5.1: strangers 403, an unknown conference 404
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 486
expect respond 200
recv INVITE sip:c-0123456789abcdef@relay.example from sip:b@example.com by digest
expect respond 404
recv INVITE sip:CONFERENCE@relay.example from sip:x@example.com by digest
expect respond 403
recv INVITE sip:CONFERENCE@relay.example from sip:b@example.com by digest
expect respond 200
acknowledge
expect media 2
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com denied calls
expect media 2
caller leaves
recv INVITE sip:CONFERENCE@relay.example from sip:b@example.com by digest
expect respond 403

scenario "who dials in while they ring takes that call's place"
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
expect calls 1
recv INVITE sip:CONFERENCE@relay.example from sip:b@example.com by digest
expect call 200 sip:CONFERENCE@relay.example
expect quiet
acknowledge
expect call CANCEL sip:b@example.com -
expect media 2

scenario "a creator who comes back in time"
# RFC 4579 section 5.12
service conf
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
caller leaves
advance 4 s
recv INVITE sip:CONFERENCE@relay.example from sip:a@example.com by digest
acknowledge
advance 60 s
expect conference live
expect media 2
caller leaves
advance 5 s
expect conference ended creator
expect media 0
expect rows 0

scenario "the last one leaves"
service conf
setting last-leaves 1
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
caller leaves
advance 60 s
expect conference live
bye sip:b@example.com
expect conference ended last

scenario "the longest time"
service conf
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
permission sip:a@example.com sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
advance 4 h
expect conference ended duration
expect call BYE sip:b@example.com -

scenario "limits of a sender"
service conf
setting conferences-per-sender 1
setting parties 3
permission any sip:conf@relay.example -> sip:b@example.com granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
permission any sip:conf@relay.example -> sip:d@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com sip:d@example.com
expect respond 413
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:c@example.com
expect respond 486 with Retry-After
recv INVITE sip:conf@relay.example from sip:x@example.com by digest
	list sip:d@example.com
expect respond 200

scenario "calls of a sender, conferences in all"
service conf
setting calls-per-sender 1
setting conferences 1
permission any sip:conf@relay.example -> sip:b@example.com granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 486 with Retry-After
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200
recv INVITE sip:conf@relay.example from sip:x@example.com by digest
	list sip:c@example.com
expect respond 503 with Retry-After

scenario "talk time of a day"
service conf
setting minutes-per-day 1
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
advance 40 s
caller leaves
advance 5 s
expect conference ended
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200
expect respond 486 with Retry-After
advance 1 d
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200

scenario "who hangs up at once, again and again, is over a limit of their own"
# RFC 3261 section 21.5.4: 503 would speak of the whole relay
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
caller leaves
advance 5 s
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200
expect respond 200
expect respond 200
expect respond 200
expect respond 200
expect respond 200
expect respond 200
expect respond 200
expect respond 200
expect respond 200
expect respond 486 with Retry-After
recv INVITE sip:conf@relay.example from sip:x@example.com by digest
	list sip:b@example.com
expect respond 200

scenario "never more than so many phones ring, each conference in its turn"
service conf
setting dialout-rate 10
setting ringing-per-conference 100
permission any sip:conf@relay.example -> sip:u%d@example.com*100 granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list-of 100 sip:u%d@example.com
acknowledge
expect calls 10
recv INVITE sip:conf@relay.example from sip:x@example.com by digest
	list sip:c@example.com
acknowledge
advance 1 s
expect party sip:c@example.com dialing
expect calls 10
advance 1 s
expect calls 10

scenario "behind one gateway there are all who are heard, and 64 others"
service conf
setting dialout-rate 1000
setting ringing-per-conference 200
permission any sip:conf@relay.example -> sip:u%d@example.com*65 granted calls
permission any sip:conf@relay.example -> sip:v%d@example.com*60 granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list-of 65 sip:u%d@example.com
acknowledge
media 1 heard
advance 10 s
answer sip:u%d@example.com*64 200
expect media 65
answer sip:u64@example.com 200
expect party sip:u64@example.com disconnected failed
media all heard
recv INVITE sip:conf@relay.example from sip:x@example.com by digest
	list-of 60 sip:v%d@example.com
acknowledge
advance 10 s
answer sip:v%d@example.com*60 200
expect party sip:v59@example.com connected
expect media 126

scenario "Max-Breadth bounds the calls at a time"
# RFC 5393 section 5.3.3
service conf
permission any sip:conf@relay.example -> sip:u%d@example.com*10 granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list-of 10 sip:u%d@example.com
	max-breadth 3
acknowledge
expect calls 3
answer sip:u0@example.com 200
answer sip:u1@example.com 486
expect calls 2

scenario "one phone rings for one conference at a time"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
expect calls 1
recv INVITE sip:conf@relay.example from sip:x@example.com by digest
	list sip:b@example.com
acknowledge
expect call 200 sip:conf@relay.example
expect quiet
expect party sip:b@example.com queued
answer sip:b@example.com 486
expect call INVITE sip:b@example.com

scenario "never a valid packet: BYE"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
media 2 silent
advance 10 s
expect call BYE sip:b@example.com SIP;cause=408;text="Media timeout"
expect party sip:b@example.com disconnected failed
expect media 1

scenario "who was heard before is asked, and stays"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect calls 1
media 2 heard
media 2 silent
advance 10 s
expect call OPTIONS sip:b@example.com
advance 30 s
expect call OPTIONS sip:b@example.com
media 2 talking
advance 60 s
expect quiet
expect media 2

scenario "on hold: nothing is heard, nothing is sent"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
expect media 2 held 0
hold sip:b@example.com on
expect media 2 held 1
hold sip:b@example.com off
expect media 2 held 0

scenario "a call by REST says for whom it is, by the same rules"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
rest sip:a@example.com conf sip:b@example.com
expect call INVITE sip:b@example.com
expect invitation sip:b@example.com has "P-Asserted-Identity: <sip:a@example.com>\r\n"
expect invitation sip:b@example.com lacks Privacy

scenario "after a crash each call is ended, none goes on"
service conf
setting ringing-per-conference 3
permission any sip:conf@relay.example -> sip:u%d@example.com*5 granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list-of 5 sip:u%d@example.com
acknowledge
answer sip:u0@example.com 200
ring sip:u1@example.com
expect rows 6
crash
start
expect call orphan BYE invite-1@example.com
expect call orphan BYE 00000002@relay.example.com
expect call orphan CANCEL 00000003@relay.example.com
expect call orphan CANCEL 00000004@relay.example.com
expect call orphan CANCEL 00000005@relay.example.com
expect quiet
expect rows 0
expect conference ended restart

scenario "who dies again has less to end"
# A 2xx to INVITE is waited for once, and nothing is sent twice.
service conf
setting ringing-per-conference 3
permission any sip:conf@relay.example -> sip:u%d@example.com*3 granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list-of 3 sip:u%d@example.com
acknowledge
ring sip:u1@example.com
expect rows 4
orphans silent
crash
start
expect call orphan BYE invite-1@example.com
expect call orphan CANCEL 00000002@relay.example.com
expect call orphan CANCEL 00000003@relay.example.com
expect call orphan CANCEL 00000004@relay.example.com
expect rows 3
orphans unknown
crash
start
expect call orphan CANCEL 00000002@relay.example.com
expect call orphan CANCEL 00000003@relay.example.com
expect call orphan CANCEL 00000004@relay.example.com
expect quiet
expect rows 3
crash
start
expect call orphan WAIT 00000002@relay.example.com
expect call orphan WAIT 00000003@relay.example.com
expect call orphan WAIT 00000004@relay.example.com
expect quiet
expect rows 3
orphans end
crash
start
expect call orphan WAIT 00000002@relay.example.com
expect call orphan WAIT 00000003@relay.example.com
expect call orphan WAIT 00000004@relay.example.com
expect rows 0

scenario "what was left is known before anything else is done"
# Else rows of new conferences were taken for old ones.
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
acknowledge
answer sip:b@example.com 200
crash
start held
expect conference ended restart
expect call orphan BYE invite-1@example.com
expect call orphan BYE 00000002@relay.example.com
commit release
expect quiet
expect rows 0

scenario "a crash between the commit and the 200"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
commit hold
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
crash after commit
start
expect call orphan BYE invite-1@example.com
expect quiet
expect rows 0
expect conference ended restart

scenario "a stop ends them all, and refuses what comes"
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
acknowledge
answer sip:b@example.com 200
expect calls 2
drain
expect call BYE sip:b@example.com SIP;cause=503;text="Stopping"
expect call CANCEL sip:c@example.com SIP;cause=503;text="Stopping"
expect call BYE sip:conf@relay.example SIP;cause=503;text="Stopping"
expect quiet
expect rows 0
expect conference ended stop
expect idle
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200
expect respond 503

scenario "a process that goes in the middle of it leaks nothing"
service conf
setting ringing-per-conference 2
permission any sip:conf@relay.example -> sip:u%d@example.com*5 granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list-of 5 sip:u%d@example.com
acknowledge
answer sip:u0@example.com 200
commit hold
answer sip:u1@example.com 200
stop

scenario "Replaces moves one's own call, and nobody else's"
# RFC 3891 section 3; RFC 4579 section 5.9
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted calls
permission any sip:conf@relay.example -> sip:c@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
acknowledge
answer sip:b@example.com 200
answer sip:c@example.com 200
expect respond 200
expect calls 2
replaces sip:c@example.com
recv INVITE sip:CONFERENCE@relay.example from sip:b@example.com by digest
expect respond 403
replaces 481
recv INVITE sip:CONFERENCE@relay.example from sip:b@example.com by digest
expect respond 481
replaces sip:b@example.com
recv INVITE sip:CONFERENCE@relay.example from sip:b@example.com by digest
expect respond 200
acknowledge
expect call BYE sip:b@example.com -
expect media 3

scenario "a yes to messages is none to calls"
# RFC 4453 REQ 8
service conf
permission any sip:conf@relay.example -> sip:b@example.com granted
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470 with Permission-Missing: <sip:b@example.com>
expect conference none
permission any sip:conf@relay.example -> sip:b@example.com granted calls
recv INVITE sip:conf@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 200
