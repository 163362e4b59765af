// Package sipleg is the real leg: one SIP dialog and one media port, inbound, outbound or forked to all the
// phones of a user. It is the only place where sip and media meet.
//
// A leg costs no goroutine while it is up; the few of Dial are joined before it returns. The package decides
// nothing about calls: who may dial whom, and what is heard, are the scripts' affair.
package sipleg
