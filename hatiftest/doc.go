// Package hatiftest is the whole PBX inside a Go test: hatif on ephemeral loopback ports with a data folder of its
// own, and phones that log on, dial, press keys and hear.
//
// Everything goes over real SIP and RTP. What a caller heard is known by name: ExpectPrompt recognises the frames of
// the prompts that the PBX holds, ExpectAudioFrom the voice of another call's phone. Every Expect waits as long as
// Patience and fails the test, saying what was heard instead. When the test ends the PBX is stopped, and the test
// fails if a call, a leg or a port was left behind.
//
// It is for tests of integrations with hatif and for hatif's own system tests. It is not for load: see
// cmd/hatif-load.
package hatiftest
