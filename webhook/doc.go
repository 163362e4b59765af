// Package webhook tells other programs what has happened, by HTTP requests to them: each event in the store that they
// want, in order, at least once, signed as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com).
//
// How far each receiver has come is kept in the store, and so are the events: a receiver that is away costs no memory,
// however long, and is told everything when it is back. The package writes no events and knows nothing of what is in
// them.
package webhook
