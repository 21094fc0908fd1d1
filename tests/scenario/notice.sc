# Whom others grant for is told first: what is sent to them waits until that has left.

scenario "a message waits until the notice has left"
# decided: who is granted for by others is told before anything else comes
setting notices 1
service lists
edge hold
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 1]"
	list sip:b@example.net
expect respond 202
expect nothing sent
advance 5 s
expect nothing sent
edge release
expect sent sip:b@example.net
expect has "sip:a@example.com may send you messages through the list sip:lists@relay.example."
expect has "The reason on record: \"a scenario\"."
expect has "No: sip:d-"
expect lacks "sip:g-"
expect has "From: <sip:lists@relay.example>;tag="
expect nothing sent
advance 2 s
expect sent sip:b@example.net
expect has "[mill 1]"
answer all 200
expect idle

scenario "it waits for no answer, and the notice is tried again within its lifetime"
setting notices 1
setting request-lifetime 7200
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
expect sent sip:b@example.net
expect has "recorded this on"
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 2]"
	list sip:b@example.net
expect respond 202
expect sent sip:b@example.net
expect has "[mill 2]"
answer all 480
advance 61 s
expect order sip:b@example.net sip:b@example.net
answer all 200
advance 7 d
expect nothing sent

scenario "a phone that is off is told later, and is tried no longer than a question"
setting notices 1
setting request-lifetime 7200
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
expect sent sip:b@example.net
answer all 480
advance 59 s
expect nothing sent
advance 2 s
expect sent sip:b@example.net
answer all 480
advance 10 m
expect sent sip:b@example.net
answer all 480
advance 1 h
expect sent sip:b@example.net
answer all 480
advance 7 d
expect nothing sent

scenario "a no that comes before it has left stops the notice"
setting notices 1
service lists
edge hold
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net denied
edge release
expect nothing sent
advance 7 d
expect nothing sent

scenario "after a crash the notice comes first, and a try that the crash cut off again"
setting notices 1
service lists
edge hold
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 3]"
	list sip:b@example.net
expect respond 202
crash
edge release
start
advance 59 s
expect nothing sent
advance 3 s
expect sent sip:b@example.net
expect has "recorded this on"
answer all 200
advance 20 s
expect sent sip:b@example.net
expect has "[mill 3]"
answer all 200
crash
start
advance 7 d
expect nothing sent

scenario "others of a list do not wait"
setting notices 1
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:c@example.net granted
edge hold
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 4]"
	list sip:b@example.net sip:c@example.net
expect respond 202
edge release
expect order sip:b@example.net sip:c@example.net
answer all 200
advance 2 s
expect sent sip:b@example.net
expect has "[mill 4]"

scenario "where the address cannot be told, messages go on"
setting notices 1
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
expect sent sip:b@example.net
answer all 404
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 5]"
	list sip:b@example.net
expect respond 202
expect sent sip:b@example.net
expect has "[mill 5]"
advance 7 d
expect nothing sent

scenario "where it cannot even leave, nothing goes: it is tried until it does"
# decided: that nobody could be told is no yes
setting notices 1
setting request-lifetime 7200
service lists
unfound sip:b@example.net 604
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 7]"
	list sip:b@example.net
expect respond 202
expect nothing sent
advance 90 m
unfound sip:b@example.net 503
advance 1 d
expect nothing sent
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 8]"
	list sip:b@example.net
expect respond 202
crash
start
advance 9 h
expect nothing sent
found
advance 9 h
expect sent sip:b@example.net
expect has "recorded this on"
answer all 404
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 9]"
	list sip:b@example.net
expect respond 202
answer all 200
advance 9 h
expect sent 3
answer all 200
advance 7 d
expect nothing sent

scenario "a no that cannot leave is told no longer than a question lives"
setting request-lifetime 7200
service lists
unfound sip:b@example.net 503
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net told
advance 12 h
found
advance 7 d
expect nothing sent

scenario "its address says no, and that is in force"
setting notices 1
setting any-transport 1
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
expect sent sip:b@example.net
keep
answer all 200
publish deny from sip:nobody@example.net by nobody
expect respond 200
expect state sip:a@example.com sip:lists@relay.example -> sip:b@example.net denied
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 6]"
	list sip:b@example.net
expect respond 470

scenario "one who is told of several grants is told one at a time"
setting notices 1
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
permission sip:x@example.com sip:lists@relay.example -> sip:b@example.net imported
expect sent sip:b@example.net
expect nothing sent
answer all 200
advance 2 s
expect sent sip:b@example.net
answer all 200
advance 7 d
expect nothing sent

scenario "a call waits, too"
setting notices 1
service calls
edge hold
permission sip:a@example.com sip:calls@relay.example -> sip:b@example.net imported calls
recv INVITE sip:calls@relay.example from sip:a@example.com by digest
	list sip:b@example.net
expect respond 200
acknowledge
expect calls 0
advance 5 s
expect calls 0
edge release
expect sent sip:b@example.net
expect has "may call you through the list sip:calls@relay.example."
advance 1 s
expect call INVITE sip:b@example.net

scenario "a call waits for half a minute, no longer"
setting notices 1
service calls
edge hold
permission sip:a@example.com sip:calls@relay.example -> sip:b@example.net imported calls
recv INVITE sip:calls@relay.example from sip:a@example.com by digest
	list sip:b@example.net
expect respond 200
acknowledge
advance 31 s
expect calls 0
expect party sip:b@example.net disconnected failed
edge release
expect sent sip:b@example.net

scenario "what the recipient grants themselves is not told"
setting notices 1
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net granted
expect nothing sent
advance 7 d
expect nothing sent

scenario "a no that an operator was told of is told to its recipient once"
# decided: a no that others recorded is told with who recorded it, why, and how to take it back
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net told
expect sent sip:b@example.net
expect has "A no was recorded in your name."
expect has "Who: sip:a@example.com"
expect has "May not: send you messages, call you or anything else"
expect has "Through: the list sip:lists@relay.example"
expect has "(signed in as \"desk\") recorded this on "
expect has "The reason on record: \"a scenario\"."
expect lacks "sip:g-"
expect lacks "sip:d-"
answer all 200
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net told
expect nothing sent
advance 7 d
expect nothing sent

scenario "what an operator recorded is not told where they said it themselves meanwhile"
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net told
expect sent sip:b@example.net
answer all 480
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net denied
advance 7 d
expect nothing sent

scenario "only they take it back, by the address in the notice and a proof"
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net told
expect sent sip:b@example.net
keep
answer all 200
publish trigger from sip:b@example.net by nobody
expect respond 401
publish trigger from sip:x@example.net by digest
expect respond 401
expect nothing sent
publish trigger from sip:b@example.net by digest
expect respond 200
expect sent sip:b@example.net
expect has "application/auth-policy+xml"
keep
answer all 200
publish grant from sip:b@example.net by nobody
expect respond 401
publish grant from sip:b@example.net by digest
expect respond 200
expect state sip:a@example.com sip:lists@relay.example -> sip:b@example.net granted
# Recorded once more it is another no.
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net told
expect sent sip:b@example.net
expect has "A no was recorded in your name."
answer all 200

scenario "who is there in two spellings is told once"
setting notices 1
service lists
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net imported
permission sip:a@example.com sip:lists@relay.example -> sip:b@example.net;user=phone imported
expect sent sip:b@example.net
expect has "may send you messages"
expect nothing sent
answer all 200
advance 1 d
expect nothing sent
recv MESSAGE sip:lists@relay.example from sip:a@example.com by digest
	text "[mill 1]"
	list sip:b@example.net;user=phone
expect respond 202
expect sent sip:b@example.net;user=phone
expect has "[mill 1]"
answer all 200
expect idle
