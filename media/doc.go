// Package media is the sound of hatif: RTP ports, what each of them hears, and the clock that drives them.
//
// Everything heard is a Source, and what a party hears is a state: Port.Hear replaces it. A few loops
// own shards of ports; a loop forwards bridged packets when they arrive and pulls the other sources every
// twenty milliseconds. The package knows RTP, RTCP, DTMF, G.711 and SDP for audio. It knows nothing of
// SIP, of calls or of who is talking.
package media
