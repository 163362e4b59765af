//go:build !linux

package media

// kernel is the network of the real world.
func kernel() network { return portable{} }
