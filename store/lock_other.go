//go:build !unix || solaris || aix

package store

import "io"

// lockFile does nothing where files cannot be locked in the way of Unix: there, that only one hatif works with
// a database is up to the administrator.
func lockFile(string) (io.Closer, error) { return nil, nil }
