package app

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"hatif/config"
)

func TestAStopRightAfterTheStartIsAnOrderlyOne(t *testing.T) {
	for range 10 {
		file := filepath.Join(t.TempDir(), "hatif.yaml")
		write(t, file, "sip: {listen: [\"udp://127.0.0.1:0\"]}\n"+small)
		cfg, err := config.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		a, err := New(t.Context(), cfg, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := a.Run(ctx); err != nil {
			t.Fatalf("Run: %v", err)
		}
		if text := strings.TrimSpace(log.String()); strings.Contains(text, "ERROR") || !strings.HasSuffix(text, "msg=stopped") {
			t.Fatalf("the log:\n%s", text)
		}
		if left := a.Leftovers(); left != "" {
			t.Fatalf("left over: %s", left)
		}
	}
}
