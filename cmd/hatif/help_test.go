package main

import (
	"strings"
	"time"
)

func onLoopback(text string) string {
	text = strings.ReplaceAll(text, "0.0.0.0:5060", "127.0.0.1:0")
	text = strings.ReplaceAll(text, "127.0.0.1:8080", "127.0.0.1:0")
	return strings.ReplaceAll(text, "10000-20000", "31000-31999")
}

// tick lets a little real time pass: another process is at work, and only its traces can be looked at.
func tick() { time.Sleep(20 * time.Millisecond) }
