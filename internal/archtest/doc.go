// Package archtest holds the architecture: tests that fail when a package starts to import what it should
// not know, when a goroutine is started outside its owners, when a file outgrows a reader, or when a
// package does not say what it is. It contains nothing but tests.
package archtest
