// Package transfer is what two people who talk can do with each other by keys and by the buttons of their phones:
// record the conversation, give the other party to somebody else with or without asking first, speak as three, park;
// and what others can do with their calls: fetch one that is parked, pick up a phone that rings, go on with their own at
// another phone.
//
// Converse is the whole of a conversation, one script on the goroutine of its call. A Switchboard knows which
// conversations there are, so that one of them can be joined with another (REFER with Replaces). The package does
// not know the dialplan: whom a number reaches, and who may do what, a House tells it; a blind transfer ends
// Converse, and the dialplan goes on.
package transfer
