# What a leg takes over from the request (RFC 5365 section 7.2).

scenario "a leg has what is the sender's and what is ours"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from "\"Alice\" <sip:a@example.com>" by digest
	header Subject Lunch
	header Priority urgent
	header Reply-To <sip:a2@example.com>
	header In-Reply-To 1@x
	header Accept-Contact *;mobility=mobile
	text "hello"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "From: \"Alice\" <sip:a@example.com>;tag="
expect has "To: <sip:b@example.com>\r\n"
expect has "CSeq: 1 MESSAGE\r\n"
expect has "@relay.example\r\nCSeq"
expect has "Subject: Lunch\r\n"
expect has "Priority: urgent\r\n"
expect has "Reply-To: <sip:a2@example.com>\r\n"
expect has "In-Reply-To: 1@x\r\n"
expect has "Accept-Contact: *;mobility=mobile\r\n"
expect lacks "Contact: <"
expect lacks "Require"
expect lacks "Date"

scenario "a header that would break the line is not copied"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	header Subject "x\r\nTrigger-Consent: sip:evil@example.com"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect lacks "evil"

scenario "every leg has a Call-ID of its own, and the trigger of its permission"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission sip:a@example.com sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect respond 202
expect sent sip:b@example.com
expect trigger any sip:list@relay.example -> sip:b@example.com
remember
expect sent sip:c@example.com
expect trigger sip:a@example.com sip:list@relay.example -> sip:c@example.com
expect other Call-ID
expect same From
expect same CSeq

scenario "Max-Forwards is copied and decremented"
# RFC 7332 section 5
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-forwards 1
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Max-Forwards: 0\r\n"

scenario "Max-Breadth is shared out"
# RFC 5393 section 5.3.3
service list
permission any sip:list@relay.example -> sip:u%d@example.com*4 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-breadth 10
	list-of 4 sip:u%d@example.com
expect respond 202
expect sent sip:u0@example.com
expect has "Max-Breadth: 2\r\n"
expect in-flight 4

scenario "Max-Breadth over ours is lowered to ours"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-breadth 1000
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Max-Breadth: 60\r\n"

scenario "Max-Breadth 0 is 440"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-breadth 0
	list sip:b@example.com
expect respond 440
expect nothing sent

scenario "Privacy: user hides who sends, and the permission still counts"
# RFC 3323 section 5.3
service list
permission sip:a@example.com sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from "\"Alice\" <sip:a@example.com>" by digest
	header Privacy user;id
	header Subject "from alice"
	header Reply-To <sip:a@example.com>
	header Priority urgent
	text "hello"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="
expect has "Privacy: id\r\n"
expect has "Priority: urgent\r\n"
expect lacks "sip:a@"
expect lacks "alice"

scenario "Privacy: none is never touched"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	header Privacy none
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Privacy: none\r\n"
expect has "From: <sip:a@example.com>"

scenario "a Privacy that was done all goes, critical with it"
# RFC 3323 section 5
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	header Privacy header;critical
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect lacks "Privacy"

scenario "the asserted identity is in the edge's hand"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by asserted
	asserted <sip:a@example.com>
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "P-Asserted-Identity: <sip:a@example.com>\r\n"

scenario "Expires goes on, with the Date it counts from"
# RFC 3428 section 4
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	expires 300
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Expires: 300\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"

scenario "a Date that is there stays"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	expires 300
	header Date "Tue, 14 Nov 2023 22:13:00 GMT"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Date: Tue, 14 Nov 2023 22:13:00 GMT\r\n"
expect lacks "22:13:20"

scenario "what of Privacy is for others to do stays"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	header Privacy "id; user ;session"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Privacy: id;session\r\n"
