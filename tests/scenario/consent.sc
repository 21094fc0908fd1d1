# The whole story: asked, yes, relayed, no.

scenario "a stranger is refused, the recipient is asked, says yes, then no"
# RFC 5360 sections 4.3, 5.3, 5.6, 5.8
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
expect respond 470 with Permission-Missing: <sip:b@example.com>
expect nothing sent
ask any sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
expect has "application/auth-policy+xml"
keep
answer sip:b@example.com 200
expect state any sip:list@relay.example -> sip:b@example.com waiting
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
publish grant from sip:b@example.com by digest
expect respond 200 with SIP-ETag
expect state any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect body "hello"
answer sip:b@example.com 200
publish deny from sip:b@example.com by nobody
expect respond 200
expect state any sip:list@relay.example -> sip:b@example.com denied
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
expect nothing sent
expect idle

scenario "a yes by somebody else is no yes"
# RFC 5360 section 5.6.1
service list
ask any sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:evil@example.com by digest
expect respond 401
publish grant from sip:b@example.com by nobody
expect respond 401
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
expect nothing sent

scenario "the answer to a question is on disk before its 200"
service list
ask any sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
commit hold
publish grant from sip:b@example.com by digest
expect no respond
crash
start
expect state any sip:list@relay.example -> sip:b@example.com waiting
publish grant from sip:b@example.com by digest
expect respond 200
crash
start
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com

scenario "a no stops queued legs while its commit is on its way"
# the index knows before the disk does
service list
permission any sip:list@relay.example -> sip:c@example.com granted
ask any sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
expect respond 200
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-breadth 1
	list sip:c@example.com sip:b@example.com
expect respond 202
expect sent sip:c@example.com
publish deny from sip:b@example.com by digest
expect respond 200
answer sip:c@example.com 200
expect nothing sent
expect deliveries 1 withdrawn

scenario "a no whose disk is full is answered 503 and in force all the same"
service list
ask any sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
expect respond 200
commit full
publish deny from sip:b@example.com by digest
expect respond 503
commit well
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
expect nothing sent

scenario "who lost the address finds it in the next message"
# RFC 5360 section 5.1.2, 5.11.1
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish trigger from sip:b@example.com by nobody
expect respond 200
expect sent sip:b@example.com
expect has "application/auth-policy+xml"
keep
answer sip:b@example.com 200
expect state any sip:list@relay.example -> sip:b@example.com granted
publish trigger from sip:x@example.com by nobody
expect respond 200
expect nothing sent
publish deny from sip:b@example.com by nobody
expect respond 200
expect state any sip:list@relay.example -> sip:b@example.com denied

scenario "a deny survives every restart, and the old yes is no yes any more"
service list
ask any sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
expect respond 200
publish deny from sip:b@example.com by digest
expect respond 200
crash
start
publish grant from sip:b@example.com by digest
expect respond 404
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
expect nothing sent
