// Package erlang is what mathematics says of a line of callers, for comparison with what happens: Erlang's model C, where
// callers wait for ever, and Palm's model A, where each has a patience of their own.
//
// Both are about a queue in balance: calls come independently of one another at a steady rate, what agents do with a
// call takes times of an exponential distribution, and so has the callers' patience. The package knows nothing of hatif.
package erlang
