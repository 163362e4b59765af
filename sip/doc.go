// Package sip is the user agent: listeners, transactions, dialogs, the registrar and digest authentication.
//
// It reads and writes messages with sipgo's parser, and knows calls only as signalling: a Dialog carries session
// descriptions as bytes. It does not know SDP, RTP, dialplans or queues; call/sipleg joins a Dialog to a media port.
// It is no proxy: a request is answered here or not at all.
//
// A UA owns its sockets and every goroutine of the package; all of them end before Run returns. Messages of one
// socket are taken in the order in which they arrived; timers, retransmissions and late answers of the other side
// are handled by callbacks, so that a call in progress costs no goroutine.
package sip
