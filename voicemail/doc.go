// Package voicemail keeps mailboxes: it takes messages from callers and hands them out to whoever knows the
// PIN, by a menu whose keys are those of Asterisk's VoiceMailMain.
//
// An Office is all mailboxes of one hatif. Its two scripts, Leave and Listen, run on the call's own goroutine:
// the package starts none. A message is a WAV file and a row. While it is recorded it lies in the folder
// "incoming" beside a note of whose it is; it is complete when it has been brought to the disk, renamed into
// "messages" and entered in the store, in this order, so that a crash at any moment loses nothing that can be
// understood: New finishes what it finds. Greetings are files, replaced whole.
//
// Two people may be at one box at a time: everything goes by the messages' ids, and what the one has deleted
// the other is told of.
//
// The package does not decide who may dial it, knows no SIP (the lamp on the phone is lit by whoever Watches),
// and sends no mail.
package voicemail
