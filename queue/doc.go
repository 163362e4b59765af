// Package queue is the heart of the call centre: lines of callers, and the agents who serve them.
//
// It is built in layers, each of which can be read and tested alone:
//
//   - a Strategy chooses agents; it is pure: no clock, no lock, no I/O, no chance but the one it is handed;
//   - the engine decides everything else: who stands where, who is free, who is rung for whom. Callers of a
//     queue who want the same agents share a lane. It is told the time, so that every decision can be replayed;
//   - the Floor guards one engine with one mutex and gives it a clock. An agent may serve several queues
//     and must never be booked twice, so all queues of a process stand on one Floor. The mutex is never
//     held over I/O, a channel wait or someone else's code;
//   - Serve is the script of one caller, on the caller's goroutine: music, the wait, the ringing phones,
//     the conversation.
//
// The package does not know SIP, audio files or the configuration file: phones are rung by a call.Dialer,
// music is a media.Source, registrations and busy phones are reported to it (SetRegistered, SetBusy). It
// stores nothing: an observer may, from the events; package history does. A Trial lets an engine live through days in
// virtual time, which package foresight asks about the number of agents.
package queue
