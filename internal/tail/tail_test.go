package tail

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
)

func TestTheHandlerBehindSeesWhatItWouldHaveSeen(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return new(Ring).Handler(slog.NewTextHandler(&out, nil))
	}, func(t *testing.T) map[string]any {
		found := make(map[string]any)
		for pair := range strings.SplitSeq(strings.TrimSpace(out.String()), " ") {
			key, value, _ := strings.Cut(pair, "=")
			at := found
			path := strings.Split(key, ".")
			for _, group := range path[:len(path)-1] {
				if at[group] == nil {
					at[group] = make(map[string]any)
				}
				at = at[group].(map[string]any)
			}
			at[path[len(path)-1]] = value
		}
		return found
	})
}

func TestRecordsAreFoundByLevelAndText(t *testing.T) {
	ring := new(Ring)
	log := slog.New(ring.Handler(slog.DiscardHandler))
	log.Info("nobody hears it")
	log = slog.New(ring.Handler(slog.NewTextHandler(new(bytes.Buffer), nil)))
	log.Debug("too low")
	log.With("call", "c1").WithGroup("sip").Info("call begins", "from", "1001", slog.Group("to", "user", "0777"))
	log.Warn("wrong credentials", "account", "1002")
	log.Error("the row is lost", "error", errors.New("disk full"))
	got := ring.Last(10, slog.LevelDebug, "")
	if len(got) != 3 || got[0].Message != "the row is lost" || got[0].Number != 3 || got[2].Attrs != "call=c1 sip.from=1001 sip.to.user=0777" {
		t.Errorf("the last records are %+v", got)
	}
	if got := ring.Last(10, slog.LevelWarn, "FULL"); len(got) != 1 || got[0].Attrs != "error=disk full" {
		t.Errorf("warnings with FULL are %+v", got)
	}
	if got := ring.Last(1, slog.LevelInfo, ""); len(got) != 1 || got[0].Level != slog.LevelError {
		t.Errorf("the last one is %+v", got)
	}
}

func TestTheRingIsBounded(t *testing.T) {
	ring := new(Ring)
	log := slog.New(ring.Handler(slog.NewTextHandler(new(bytes.Buffer), nil)))
	for i := range 3 * mostRecords {
		log.Info("short", "i", i)
	}
	if got := ring.Last(2*mostRecords, slog.LevelInfo, ""); len(got) != mostRecords || got[0].Attrs != fmt.Sprint("i=", 3*mostRecords-1) {
		t.Errorf("%d records, the last %+v", len(got), got[0])
	}
	for range mostRecords {
		log.Info(strings.Repeat("é", mostRecord), "long", strings.Repeat("x", 10*mostRecord))
	}
	if ring.bytes > mostBytes || len(ring.records) == 0 {
		t.Errorf("%d bytes in %d records", ring.bytes, len(ring.records))
	}
	for _, r := range ring.records {
		if r.size() > 2*mostRecord {
			t.Fatalf("a record has %d bytes", r.size())
		}
	}
}

func TestSecretsAreNotKept(t *testing.T) {
	ring := new(Ring)
	log := slog.New(ring.Handler(slog.NewTextHandler(new(bytes.Buffer), nil)))
	log.With("metrics_token", "tok").Info("settings", "secret", "s3", "pin", 4711, "Authorization", "Basic x", "pinned", "yes", slog.Group("user", "password", "pw"))
	got := ring.Last(1, slog.LevelInfo, "")[0].Attrs
	if want := "metrics_token=*** secret=*** pin=*** Authorization=*** pinned=yes user.password=***"; got != want {
		t.Errorf("kept: %s\nwant: %s", got, want)
	}
}
