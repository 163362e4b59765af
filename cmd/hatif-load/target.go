package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A target is the process whose cost is measured, by Linux's /proc. A zero pid measures nothing.
type target struct{ pid int }

// usage is what the process had used at a moment.
type usage struct {
	cpu time.Duration // user and system time since its start
	rss int64         // bytes in memory
}

// clockTick is the unit of /proc/<pid>/stat: Linux shows hundredths to every program.
const clockTick = 10 * time.Millisecond

func (t target) read() (usage, error) {
	if t.pid == 0 {
		return usage{}, nil
	}
	dir := filepath.Join("/proc", strconv.Itoa(t.pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return usage{}, fmt.Errorf("target: %w", err)
	}
	cpu, err := parseStat(stat)
	if err != nil {
		return usage{}, fmt.Errorf("target %d: %w", t.pid, err)
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return usage{}, fmt.Errorf("target: %w", err)
	}
	rss, err := parseStatus(status)
	if err != nil {
		return usage{}, fmt.Errorf("target %d: %w", t.pid, err)
	}
	return usage{cpu: cpu, rss: rss}, nil
}

// parseStat reads user and system time, fields 14 and 15; the second is the name, which may hold anything (proc(5)).
func parseStat(b []byte) (time.Duration, error) {
	_, rest, found := bytes.Cut(b, []byte(") "))
	for found { // the last parenthesis ends the name
		var more []byte
		if _, more, found = bytes.Cut(rest, []byte(") ")); found {
			rest = more
		}
	}
	fields := strings.Fields(string(rest))
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat has %d fields", len(fields))
	}
	var ticks uint64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseUint(f, 10, 40)
		if err != nil {
			return 0, fmt.Errorf("stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

func parseStatus(b []byte) (int64, error) {
	for line := range strings.SplitSeq(string(b), "\n") {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 50)
			if err != nil {
				return 0, fmt.Errorf("status: %w", err)
			}
			return n << 10, nil
		}
	}
	return 0, fmt.Errorf("status has no VmRSS: the process has ended")
}
