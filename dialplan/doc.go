// Package dialplan says what happens to a call: contexts, extensions, steps. Compile turns the file's
// contexts into a Plan, or into the list of everything that is wrong with them; a Plan walks calls through.
//
// A context is a set of extensions and rights, an extension a list of steps, a step one thing done to a call
// that names the next one. Every step has its own file, step_<name>.go, and one line in the table of steps.go.
//
// The package starts no goroutine, reads no file and keeps nothing between calls. It knows no SIP and no RTP:
// a call is a call.Leg, what is heard a media.Source. Who waits for whom is queue's business, what is
// recorded recorder's.
package dialplan
