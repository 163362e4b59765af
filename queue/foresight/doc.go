// Package foresight tells what a queue would be like with fewer agents or more: it lets the real engine live through many
// days in virtual time, and puts what Erlang's formulas say beside it.
//
// The callers come as given rates say, or as they came in a time of which the events are stored.
package foresight
