//go:build !linux

package main

import "time"

// ownCPU is not measured here: neither is the target, which needs Linux's /proc.
func ownCPU() time.Duration { return 0 }
