# Stored lists: who may use one, who gets it, what its legs say.

scenario "plain text goes to who granted the list, the others are left out"
# RFC 5360 section 4.1, RFC 4453 REQ 11: the client knows no lists
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org sip:pia@example.net sip:quin@example.org
answer all 200
expect sent 3
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
permission sip:nora@example.com sip:hikers@relay.example -> sip:pia@example.net denied
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "Meet at the mill."
expect respond 202
expect sent sip:omar@example.org
expect has "\r\nContent-Type: text/plain\r\n"
expect has "To: <sip:omar@example.org>\r\n"
expect has "From: <sip:nora@example.com>;tag="
expect lacks "Reply-To"
expect lacks "recipient-list-history"
expect body "Meet at the mill."
expect trigger sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org
expect nothing sent

scenario "who is added is asked, one by one, and gets it once they granted it"
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org
expect sent sip:omar@example.org
expect has "sip:nora@example.com asks to send you messages through the list sip:hikers@relay.example."
keep
answer sip:omar@example.org 200
expect state sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org waiting
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "too early"
expect respond 480
publish grant from sip:omar@example.org by digest
expect respond 200
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "now"
expect respond 202
expect sent sip:omar@example.org
expect body "now"

scenario "to others than its owner a list without anybody is like any other"
# RFC 4453 REQ 13: 202 whether somebody gets it or not, also after a crash
stored empty sip:nora@example.com use anyone
stored pending sip:nora@example.com use anyone
entries pending sip:pia@example.net
stored denied sip:nora@example.com use anyone
entries denied sip:quin@example.com
stored full sip:nora@example.com use anyone
entries full sip:omar@example.org
answer all 200
expect sent 3
permission any sip:denied@relay.example -> sip:quin@example.com denied
permission any sip:full@relay.example -> sip:omar@example.org granted
recv MESSAGE sip:empty@relay.example from sip:mallory@example.com by digest
	body text/plain "hello"
expect respond 202
recv MESSAGE sip:pending@relay.example from sip:mallory@example.com by digest
	body text/plain "hello"
expect respond 202
recv MESSAGE sip:denied@relay.example from sip:mallory@example.com by digest
	body text/plain "hello"
expect respond 202
expect nothing sent
expect journal 0
recv MESSAGE sip:full@relay.example from sip:mallory@example.com by digest
	body text/plain "hello"
expect respond 202
expect sent sip:omar@example.org
answer sip:omar@example.org 200
recv MESSAGE sip:empty@relay.example from sip:mallory@example.com by digest
	max-breadth 0
	body text/plain "hello"
expect respond 440
recv MESSAGE sip:full@relay.example from sip:mallory@example.com by digest
	max-breadth 0
	body text/plain "hello"
expect respond 440
commit hold
recv MESSAGE sip:empty@relay.example from sip:mallory@example.com by digest
	body text/plain "again"
expect no respond
crash after commit
start
expect journal 0
expect idle

scenario "its owner hears that nobody gets it: 480, whoever is in it"
stored empty sip:nora@example.com
stored full sip:nora@example.com
entries full sip:omar@example.org
answer all 200
stored self sip:nora@example.com
entries self sip:nora@example.com
answer all 200
permission sip:nora@example.com sip:self@relay.example -> sip:nora@example.com granted
expect sent 2
recv MESSAGE sip:empty@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 480 without omar
recv MESSAGE sip:full@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 480 without omar
recv MESSAGE sip:self@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 480
expect nothing sent

scenario "the owner alone may use it, unless it says otherwise"
# RFC 5363 section 5.1; the same answer for all who may not
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org
answer all 200
permission any sip:hikers@relay.example -> sip:omar@example.org granted
expect sent 1
recv MESSAGE sip:hikers@relay.example from sip:mallory@example.com by digest
	body text/plain "hello"
expect respond 404
recv MESSAGE sip:hikers@relay.example from sip:omar@example.org by digest
	body text/plain "hello"
expect respond 404
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by nobody
	body text/plain "hello"
expect respond 404
stored hikers sip:nora@example.com use anyone
recv MESSAGE sip:hikers@relay.example from sip:mallory@example.com by digest
	body text/plain "hello"
expect respond 202
expect sent sip:omar@example.org

scenario "members write to the others, once they have granted it themselves"
stored hikers sip:nora@example.com use members
entries hikers sip:omar@example.org sip:pia@example.net sip:quin@example.org
expect sent sip:omar@example.org
expect has "Any member of this list (and whoever else may write to it) asks to send you messages through the list sip:hikers@relay.example."
expect has "<cp:identity><cp:many/></cp:identity>"
answer all 200
expect sent 2
permission any sip:hikers@relay.example -> sip:omar@example.org granted
permission any sip:hikers@relay.example -> sip:pia@example.net granted
recv MESSAGE sip:hikers@relay.example from sip:omar@example.org by digest
	body text/plain "I bring tea"
expect respond 202
expect sent sip:pia@example.net
expect body "I bring tea"
expect nothing sent
recv MESSAGE sip:hikers@relay.example from sip:quin@example.org by digest
	body text/plain "and I"
expect respond 404

scenario "a yes to the owner is no yes to the members"
# rules of RFC 5361 section 3.1.2: widening asks anew
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org sip:pia@example.net
answer all 200
expect sent 2
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
permission sip:nora@example.com sip:hikers@relay.example -> sip:pia@example.net granted
stored hikers sip:nora@example.com replies list
expect sent 2
answer all 200
recv MESSAGE sip:hikers@relay.example from sip:omar@example.org by digest
	body text/plain "to all"
expect respond 202
expect nothing sent
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "from the owner"
expect respond 202
expect sent 2
answer all 200
permission any sip:hikers@relay.example -> sip:pia@example.net granted
recv MESSAGE sip:hikers@relay.example from sip:omar@example.org by digest
	body text/plain "to all"
expect respond 202
expect sent sip:pia@example.net
expect nothing sent

scenario "replies go where the list says, and the sender's own wish is not heard"
stored talk sip:nora@example.com replies list
entries talk sip:omar@example.org
answer all 200
permission any sip:talk@relay.example -> sip:omar@example.org granted
stored news sip:nora@example.com replies sender
entries news sip:omar@example.org
answer all 200
expect sent 2
permission sip:nora@example.com sip:news@relay.example -> sip:omar@example.org granted
stored mute sip:nora@example.com
permission sip:nora@example.com sip:mute@relay.example -> sip:omar@example.org granted
entries mute sip:omar@example.org
recv MESSAGE sip:talk@relay.example from sip:nora@example.com by digest
	header Reply-To <sip:elsewhere@example.com>
	body text/plain "talk"
expect sent sip:omar@example.org
expect has "Reply-To: <sip:talk@relay.example>\r\n"
expect lacks "elsewhere"
answer all 200
recv MESSAGE sip:news@relay.example from sip:nora@example.com by digest
	header Reply-To <sip:elsewhere@example.com>
	body text/plain "news"
expect sent sip:omar@example.org
expect has "Reply-To: <sip:nora@example.com>\r\n"
expect lacks "elsewhere"
answer all 200
recv MESSAGE sip:mute@relay.example from sip:nora@example.com by digest
	header Reply-To <sip:elsewhere@example.com>
	body text/plain "mute"
expect sent sip:omar@example.org
expect lacks "Reply-To"
expect lacks "elsewhere"

scenario "nothing of an anonymous sender is in Reply-To"
# RFC 3323 section 4.1; the list itself may be named
stored news sip:nora@example.com replies sender
entries news sip:omar@example.org
answer all 200
expect sent 1
permission sip:nora@example.com sip:news@relay.example -> sip:omar@example.org granted
recv MESSAGE sip:news@relay.example from sip:nora@example.com by digest
	header Privacy id
	body text/plain "who am I"
expect respond 202
expect sent sip:omar@example.org
expect lacks "Reply-To"
answer all 200
stored news sip:nora@example.com replies list
expect sent 1
answer all 200
recv MESSAGE sip:news@relay.example from sip:nora@example.com by digest
	header Privacy user;id
	body text/plain "who am I"
expect respond 202
expect sent sip:omar@example.org
expect has "Reply-To: <sip:news@relay.example>\r\n"
expect lacks "nora"

scenario "the history list names who granted it, by their roles"
# RFC 5365 section 7.2, RFC 5364 section 5
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org,to sip:pia@example.net,to,anonymous sip:quin@example.org,cc sip:rita@example.net sip:sam@example.org,to
answer all 200
expect sent 5
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
permission sip:nora@example.com sip:hikers@relay.example -> sip:pia@example.net granted
permission sip:nora@example.com sip:hikers@relay.example -> sip:quin@example.org granted
permission sip:nora@example.com sip:hikers@relay.example -> sip:rita@example.net granted
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "Meet at the mill."
expect respond 202
expect sent sip:omar@example.org
expect has "Content-Disposition: recipient-list-history;handling=optional\r\n"
expect has "<entry uri=\"sip:omar@example.org\""
expect has "<entry uri=\"sip:quin@example.org\""
expect has "sip:anonymous@anonymous.invalid"
expect lacks "uri=\"sip:pia@example.net\""
expect lacks "rita"
expect lacks "sam"

scenario "parts stay together, a list among them is not taken"
# RFC 5621 section 8.2: what must be handled and cannot be is 415
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org
answer all 200
expect sent 1
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	text "one"
	part "Content-Type: text/html\r\n" "<b>two</b>"
expect respond 202
expect sent sip:omar@example.org
expect has "Content-Type: multipart/mixed;boundary="
expect has "<b>two</b>"
answer all 200
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	text "one"
	list sip:stranger@example.com
expect respond 415 with Recipient List Not Taken Here
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	content Content-Disposition recipient-list
	body application/resource-lists+xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
<list><entry uri="sip:stranger@example.com"/></list></resource-lists>
>>
expect respond 415 with Recipient List Not Taken Here
expect nothing sent
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	text "one"
	part "Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list;handling=optional\r\n" "<blind/>"
expect respond 202
expect sent sip:omar@example.org
expect lacks "<blind/>"
expect body "one"

scenario "a permission document is not sent to a list"
# or every member would get the tokens of one
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org
answer all 200
expect sent 1
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body application/auth-policy+xml "<x/>"
expect respond 403 with Permission Document Not Relayed
expect nothing sent

scenario "an empty message is one"
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org
answer all 200
expect sent 1
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
expect respond 202
expect sent sip:omar@example.org
expect has "Content-Length: 0\r\n"

scenario "a removed entry gets nothing, also what waits for it"
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org sip:pia@example.net
answer all 200
expect sent 2
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
permission sip:nora@example.com sip:hikers@relay.example -> sip:pia@example.net granted
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect sent 2
answer sip:omar@example.org 480
answer sip:pia@example.net 200
expect deliveries 1 waiting
remove hikers sip:omar@example.org
expect deliveries 0 waiting
advance 1 h
expect nothing sent
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "again"
expect respond 202
expect sent sip:pia@example.net
expect nothing sent

scenario "a list that is gone takes all with it"
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org
answer all 200
expect sent 1
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 202
expect sent 1
answer sip:omar@example.org 480
remove hikers
expect deliveries 0 waiting
advance 1 h
expect nothing sent
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org
expect sent 1
answer all 200
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 480

scenario "an account that is removed takes its lists with it, noes stay"
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org sip:pia@example.net sip:quin@example.org
answer all 200
expect sent 3
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
permission sip:nora@example.com sip:hikers@relay.example -> sip:pia@example.net denied
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 202
expect sent sip:omar@example.org
answer sip:omar@example.org 480
leave sip:nora@example.com
expect deliveries 0 waiting
advance 1 h
expect nothing sent
expect state sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org gone
expect state sip:nora@example.com sip:hikers@relay.example -> sip:quin@example.org gone
expect state sip:nora@example.com sip:hikers@relay.example -> sip:pia@example.net denied
# Who has the name later has no list and no yes.
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org sip:pia@example.net
expect sent sip:omar@example.org
expect nothing sent

scenario "a list that is made narrower asks for no more than it wants"
stored hikers sip:nora@example.com use anyone
stored guides sip:nora@example.com use anyone
stored cooks sip:nora@example.com use anyone
entries guides sip:omar@example.org
answer all 200
entries cooks sip:omar@example.org
answer all 200
expect sent 2
entries hikers sip:omar@example.org sip:pia@example.net
expect sent sip:pia@example.net
answer all 200
permission any sip:hikers@relay.example -> sip:pia@example.net granted
expect nothing sent
stored hikers sip:nora@example.com use owner
expect state any sip:hikers@relay.example -> sip:omar@example.org gone
expect state any sip:hikers@relay.example -> sip:pia@example.net granted
advance 11 m
expect sent sip:omar@example.org
expect has "sip:nora@example.com asks to send you messages through the list sip:hikers@relay.example."
expect lacks "Any member of this list"
expect nothing sent
# What was granted stays, and lets only the owner through.
recv MESSAGE sip:hikers@relay.example from sip:pia@example.net by digest
	body text/plain "to all"
expect respond 404
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "to all"
expect respond 202
expect sent sip:pia@example.net

scenario "lists, what is granted and what is asked are there after a crash"
stored hikers sip:nora@example.com
entries hikers sip:omar@example.org sip:pia@example.net
answer all 200
expect sent 2
permission sip:nora@example.com sip:hikers@relay.example -> sip:omar@example.org granted
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "before"
expect respond 202
expect sent sip:omar@example.org
crash
start
expect sent sip:omar@example.org
expect body "before"
answer all 200
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "after"
expect respond 202
expect sent sip:omar@example.org
expect nothing sent

scenario "who granted it before is not asked, and Max-Breadth is obeyed"
stored crowd sip:nora@example.com
permission sip:nora@example.com sip:crowd@relay.example -> sip:u%d@example.com*3 granted
entries crowd sip:u0@example.com sip:u1@example.com sip:u2@example.com sip:u3@example.com
expect sent 1
answer all 200
recv MESSAGE sip:crowd@relay.example from sip:nora@example.com by digest
	max-breadth 2
	body text/plain "hello"
expect respond 202
expect sent 2
answer all 200
expect sent 1

scenario "who sends to a list does not learn who is in it, nor do its members"
# RFC 4453 REQ 13: they permit it to the list, whoever writes to it
stored hikers sip:nora@example.com use anyone
entries hikers sip:omar@example.org sip:pia@example.net
answer all 200
expect sent 2
permission any sip:hikers@relay.example -> sip:omar@example.org granted
permission any sip:hikers@relay.example -> sip:pia@example.net granted
recv MESSAGE sip:hikers@relay.example from sip:stranger@example.com by digest
	body text/plain "hello"
expect respond 202 without omar
expect sent sip:omar@example.org
expect lacks "pia"
answer all 200
expect sent sip:pia@example.net
expect lacks "omar"

scenario "a list in a list would come back to us"
# RFC 5363 section 5, RFC 5393 section 3
service list
stored hikers sip:nora@example.com use anyone
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:hikers@relay.example granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com sip:hikers@RELAY.example
expect respond 470 with Permission-Missing
recv MESSAGE sip:list@relay.example from sip:anonymous@anonymous.invalid by nobody
	list sip:hikers@relay.example
expect respond 433
expect nothing sent

scenario "who is taken out gets nothing more, also by a wider permission"
stored hikers sip:nora@example.com
permission any * -> sip:omar@example.org granted
permission any * -> sip:pia@example.net granted
entries hikers sip:omar@example.org sip:pia@example.net
answer all 200
expect sent 2
edge hold
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 202
remove hikers sip:omar@example.org
edge release
expect sent sip:pia@example.net
expect nothing sent
answer all 200
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "again"
expect respond 202
expect sent sip:pia@example.net
answer sip:pia@example.net 480
expect deliveries 1 waiting
remove hikers sip:pia@example.net
advance 1 h
expect nothing sent

scenario "what was accepted for a list is not sent after a crash once the list is removed"
stored hikers sip:nora@example.com
permission any * -> sip:omar@example.org granted
entries hikers sip:omar@example.org
answer all 200
expect sent 1
edge hold
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 202
remove hikers
crash
start
advance 1 h
expect nothing sent
expect journal 0

scenario "nor by another list of its name"
stored hikers sip:nora@example.com
permission any * -> sip:omar@example.org granted
entries hikers sip:omar@example.org
answer all 200
expect sent 1
edge hold
recv MESSAGE sip:hikers@relay.example from sip:nora@example.com by digest
	body text/plain "hello"
expect respond 202
remove hikers
permission sip:quin@example.org sip:hikers@relay.example -> sip:omar@example.org granted
stored hikers sip:quin@example.org
entries hikers sip:omar@example.org
crash
start
advance 1 h
expect nothing sent
expect journal 0
