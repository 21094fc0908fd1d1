# What a missing permission does.

scenario "one missing permission refuses a request-contained list whole"
# RFC 5360 section 5.9.1
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com sip:c@example.com
expect respond 470 with Permission-Missing: <sip:c@example.com>
expect nothing sent
expect journal 0
expect idle

scenario "all that are missing are named, as they were written"
# RFC 5360 section 5.9.3
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:B@Example.com;transport=tcp sip:c:secret@example.com?Subject=x
expect respond 470 with Permission-Missing: <sip:B@Example.com;transport=tcp>, <sip:c@example.com>
expect nothing sent

scenario "a deny by the recipient refuses as a missing permission does"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
permission sip:a@example.com sip:list@relay.example -> sip:c@example.com denied
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 470 with <sip:c@example.com>
expect nothing sent

scenario "a thousand missing permissions do not make an endless answer"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list-of 1000 sip:user%d@example.com
expect respond 470 without <sip:user100@example.com>
again
expect respond 470 with <sip:user99@example.com>
expect nothing sent

scenario "a service that skips sends to those who said yes"
# RFC 5360 section 4.1
service list omits
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com,to sip:c@example.com,to
expect respond 202
expect sent sip:b@example.com
expect lacks "sip:c@example.com"
expect nothing sent

scenario "a service that skips and has nobody left answers 480"
service list omits
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 480
expect nothing sent

scenario "a permission for one sender is none for another"
service list
permission sip:a@example.com sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:x@example.com by digest
	text "hello"
	list sip:b@example.com
expect respond 470
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com

scenario "nobody in particular needs a permission for anonymous"
# RFC 4745: no <identity> at all
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by nobody
	list sip:b@example.com
expect respond 407 without Permission-Missing
permission anonymous sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by nobody
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com

scenario "nobody in particular is refused by what they asked for, and by nothing else"
# RFC 5079: 433 is for who asked not to be named
service list
service some omits
permission any sip:list@relay.example -> sip:b@example.com granted
permission anonymous sip:list@relay.example -> sip:c@example.com denied
permission anonymous sip:list@relay.example -> sip:d@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by nobody
	list sip:b@example.com sip:d@example.com
expect respond 407 without Permission-Missing
recv MESSAGE sip:list@relay.example from sip:anonymous@anonymous.invalid by nobody
	list sip:b@example.com
expect respond 433 without Permission-Missing
recv MESSAGE sip:list@relay.example from sip:x@anonymous.invalid by nobody
	list sip:c@example.com
expect respond 433 without Permission-Missing
recv MESSAGE sip:list@relay.example from "\"anonymous\" <sip:a@example.com>" by nobody
	list sip:unknown@example.com
expect respond 433 without Permission-Missing
recv MESSAGE sip:list@relay.example from sip:a@example.com by nobody
	header Privacy id
	list sip:c@example.com sip:d@example.com
expect respond 433 without Permission-Missing
recv MESSAGE sip:list@relay.example from sip:a@example.com by nobody
	header Privacy none
	list sip:c@example.com
expect respond 407 without Permission-Missing
recv MESSAGE sip:some@relay.example from sip:anonymous@anonymous.invalid by nobody
	list sip:b@example.com
expect respond 433
recv MESSAGE sip:some@relay.example from sip:a@example.com by nobody
	list sip:b@example.com
expect respond 407
expect nothing sent

scenario "who hides and is known is no nobody"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	header Privacy id
	list sip:c@example.com
expect respond 470 with Permission-Missing
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	header Privacy id
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com

scenario "what nobody proved is not passed on"
service list
permission anonymous sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from "\"The Boss\" <sip:boss@example.com>" by nobody
	header Subject "from the boss"
	header Reply-To <sip:boss@example.com>
	header Privacy none
	text "hello"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="
expect has "\r\nPrivacy: id\r\n"
expect lacks "oss"
expect lacks "Reply-To"
expect lacks "P-Asserted-Identity"
expect body "hello"
expect trigger anonymous sip:list@relay.example -> sip:b@example.com
answer sip:b@example.com 408
advance 1 h
expect sent sip:b@example.com
expect has "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="
answer sip:b@example.com 408
permission anonymous sip:list@relay.example -> sip:b@example.com denied
advance 8 h
expect nothing sent
expect deliveries 0 waiting

scenario "what waits for nobody in particular needs the permission still after a crash"
service list
permission anonymous sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by nobody
	text "hello"
	list sip:b@example.com
expect respond 202
crash
start
permission anonymous sip:list@relay.example -> sip:b@example.com denied
permission any sip:list@relay.example -> sip:b@example.com granted
edge release
expect nothing sent

scenario "nobody in particular has nobody asked"
# RFC 4453 REQ 2: what nobody proved sends nothing to who has not agreed
service list
recv MESSAGE sip:list@relay.example from sip:anonymous@anonymous.invalid by nobody
	list sip:b@example.com sip:c@example.com
expect respond 433
advance 8 d
expect nothing sent
expect state anonymous sip:list@relay.example -> sip:b@example.com gone

scenario "a permission for one target is none for another"
service list
service other
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:other@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
expect nothing sent

scenario "a permission that has expired is none"
service list
permission any sip:list@relay.example -> sip:b@example.com granted for 60
advance 61 s
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
expect nothing sent

scenario "the permission is for the URI in any spelling"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:%62@EXAMPLE.com:5060
expect respond 202
expect sent sip:%62@EXAMPLE.com:5060

scenario "another port is another recipient"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com:5070
expect respond 470
expect nothing sent
