package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestALineOfTheLogSaysTheDay(t *testing.T) {
	var out bytes.Buffer
	r := slog.NewRecord(time.Date(2026, 11, 23, 10, 4, 31, 207e6, time.Local), slog.LevelInfo, "call begins", 0)
	r.Add("from", "1001")
	if err := newConsole(&out, slog.LevelInfo).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	const want = "2026-11-23 10:04:31.207 INFO  call begins               from=1001\n"
	if out.String() != want {
		t.Errorf("written: %q, not %q", out.String(), want)
	}
}

func TestALineOfTheLogStaysOneLineWhateverStrangersSay(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newConsole(&out, slog.LevelInfo))
	log.With("from", "a\n10:00:00.000 INFO  forged").Info("call begins", "to", "\x1b[2J0777", "name", "هاتف", "group", slog.GroupValue(slog.String("a", "b c")))
	text := out.String()
	if strings.Count(text, "\n") != 1 || strings.ContainsRune(text, '\x1b') {
		t.Errorf("written: %q", text)
	}
	for _, want := range []string{`from="a\n10:00:00.000 INFO  forged"`, `to="\x1b[2J0777"`, `name=هاتف`, `group.a="b c"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %q", want, text)
		}
	}
}

func TestAnErrorOfSeveralLinesIsShownBelowItsLineAsItIs(t *testing.T) {
	var out bytes.Buffer
	err := errors.New("hatif.yaml:3:5: unknown key\n    3 |   strategi: random\n      |   ^\x1b[2J")
	slog.New(newConsole(&out, slog.LevelInfo)).Error("not applied", "error", err, "why", "SIGHUP")
	_, text, _ := strings.Cut(out.String(), "ERROR ")
	want := "not applied               why=SIGHUP\n    hatif.yaml:3:5: unknown key\n        3 |   strategi: random\n          |   ^\ufffd[2J\n"
	if text != want {
		t.Errorf("written:\n%s\nnot:\n%s", text, want)
	}
}
