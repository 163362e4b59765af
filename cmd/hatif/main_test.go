package main

import (
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hatif": main})
}

// TestTheCommandLine runs the scripts of testdata, each in a folder of its own, against the command as a user has it.
func TestTheCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// A port that is taken as long as the script runs.
			taken, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				return err
			}
			env.Defer(func() { taken.Close() })
			env.Setenv("TAKEN", strconv.Itoa(taken.LocalAddr().(*net.UDPAddr).Port))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"wait-for":        waitFor,
			"first-id":        firstID,
			"wait-for-output": waitForOutput,
			"loopback":        loopback,
		},
	})
}

// waitFor waits until a file exists: wait-for data/hatif.db
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: wait-for file")
	}
	for range 500 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		tick()
	}
	ts.Fatalf("%s did not come into being", args[0])
}

// loopback moves the file's sockets to free ports of 127.0.0.1: loopback hatif.yaml
func loopback(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: loopback file")
	}
	text := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(onLoopback(text)), 0o600))
}

// waitForOutput runs a command until its output matches: wait-for-output 'expression' hatif owed
func waitForOutput(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: wait-for-output expression command")
	}
	want := regexp.MustCompile(args[0])
	for range 500 {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		tick()
	}
	ts.Fatalf("the output never matched %q", args[0])
}

// firstID runs a command that lists something and keeps the first row's first word: first-id ID hatif owed
func firstID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: first-id variable command")
	}
	ts.Check(ts.Exec(args[1], args[2:]...))
	lines := strings.Split(ts.ReadFile("stdout"), "\n")
	if len(lines) < 2 || lines[1] == "" {
		ts.Fatalf("nothing is listed")
	}
	ts.Setenv(args[0], strings.Fields(lines[1])[0])
}
