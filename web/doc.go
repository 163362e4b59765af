// Package web is the console: pages for the people who run the call centre, in a browser, and the same as JSON for
// programs (the files api_*.go).
//
// Pages are made here, by html/template, and kept up to date by server-sent events; a browser needs nothing but what
// the binary brings. Every page and every deed asks for a role first (role.go), every change and every recording
// listened to is in the audit log, and no page has a script or a style written into it (guard.go).
//
// The API is a list of endpoints (api_serve.go), each with what it takes and what it gives as Go types. From the list it is
// served, and from the list its OpenAPI document is made; an area adds its endpoints in a file of its own.
//
// The package reads the store, the floor and the calls in progress, and changes things only by methods of the parts
// that own them. It knows no SIP and no RTP.
package web
