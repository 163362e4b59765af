// Package app is hatif put together: it builds the parts from the file, owns their lives, hands calls to the
// dialplan, stores their records, and applies a changed file. It decides nothing about a call: every rule is in the
// part that it belongs to.
//
// Two kinds of lifetime are kept apart. The parts (store, media engine, SIP, recorder, queues) are made once by New
// and run until Run returns. The settings (accounts, queues, plan, prompts) are swapped whole by Reload.
package app
