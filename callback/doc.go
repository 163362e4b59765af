// Package callback keeps what a call leaves to be done: calls that we have promised to make (owed calls), numbers that
// callers have left to be called back by a person (requests), and what callers thought of a conversation (ratings).
//
// A Book owns the owed calls. Each is a row of the store from the moment when it is promised; Run makes those that
// are due, a limited number at a time, within the hours allowed, and again by policy when nobody answered. A call
// that was answered is never made again, however hatif ends: see Book.Run for what is written when.
//
// The package does not know what an owed call is about: whoever makes the Book says what is run on the answered leg.
// Requests are only kept: calling back is for people.
package callback
