// Package call is the vocabulary of hatif: a Leg, what happens on it (Event), who makes one (Dialer),
// the Call that a script works on, its Record, and the few things every script does: Play, Ask, Collect, Bridge.
//
// A call is a program: one goroutine, straight lines, one context. Nothing here knows SIP or RTP;
// call/sipleg is the real leg and call/calltest the fake one, and both pass the same conformance kit.
package call
