package store

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestADatabaseThatIsRemovedOrReplacedIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		deed func(path string) error
		want string
	}{
		"nothing":  {func(string) error { return nil }, ""},
		"removed":  {os.Remove, "no such file"},
		"replaced": {replace, "another file"},
	} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			db := mustOpen(t, Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&said, nil))})
			db.place.pause = 10 * time.Millisecond
			if err := c.deed(db.name); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			var done sync.WaitGroup
			done.Go(func() {
				if err := db.Run(ctx); err != nil {
					t.Error(err)
				}
			})
			done.Wait()
			log := said.String()
			if c.want == "" && log != "" || !strings.Contains(log, c.want) || c.want != "" && !strings.Contains(log, "level=ERROR") {
				t.Errorf("the log says %q", log)
			}
		})
	}
}

// replace puts a copy in the place of a file.
func replace(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".copy", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".copy", path)
}
