// Package softphone is a SIP phone for tests and for load: it registers, calls, answers, holds, transfers,
// presses keys and speaks as a good phone does, writes down everything it sent, received and heard, and
// misbehaves when it is told to (lost messages, lost RTP, wrong secrets, strangers' packets).
//
// A Phone has a socket of its own for SIP, and one for each call's sound. Thousands of phones share a few
// sockets and goroutines in a Fleet. The package knows nothing of hatif: it speaks to whatever answers on
// the wire, and what it says can only be judged by what comes back. It is no product: it has no sound card,
// no address book, no video and no encryption.
package softphone
