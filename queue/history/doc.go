// Package history is what has happened on the queues' Floor: a Keeper writes its events to the store while it happens,
// and whatever is asked later is computed from them alone: figures of queues and agents by quarter hour, hour or day,
// and the lines of Asterisk's queue_log. A Ledger has the figures of days that are over at hand, with what
// callers thought.
//
// It decides nothing about a call, and nobody on the Floor ever waits for it.
package history
