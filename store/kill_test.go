package store

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// childDir makes this test binary the process that is killed: it writes rows into the database there and says
// which ones are acknowledged.
const childDir = "HATIF_STORE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := writeUntilKilled(dir, os.Getenv(childDir+"_DSN")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func writeUntilKilled(dir, dsn string) error {
	ctx := context.Background()
	db, err := Open(ctx, Options{Dir: dir, DSN: dsn, Node: "here"})
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	all.Go(func() { fmt.Fprintln(os.Stderr, db.Run(ctx)) })
	var out sync.Mutex
	say := func(word, id string) {
		out.Lock()
		defer out.Unlock()
		fmt.Println(word, id)
	}
	for line := range 8 {
		all.Go(func() {
			for i := 0; ; i++ {
				c := sampleCall(fmt.Sprintf("%d-%d", line, i), i)
				if err := db.BeginCall(ctx, c); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				if i%2 == 0 {
					time.Sleep(5 * batchPause) // a call lasts: its note is long on the disk
					say("begun", c.ID)
				}
				if err := db.SaveCall(ctx, c); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				say("saved", c.ID)
			}
		})
	}
	all.Wait()
	return nil
}

func TestWhatWasAcknowledgedOutlivesAKill(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+cmp.Or(o.Dir, "."), childDir+"_DSN="+o.DSN)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var saved, begun []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			word, id, _ := strings.Cut(lines.Text(), " ")
			if word == "saved" {
				saved = append(saved, id)
			} else {
				begun = append(begun, id)
			}
			if len(saved) == 100 {
				if err := child.Process.Kill(); err != nil { // SIGKILL; what it said before that is still read
					t.Fatal(err)
				}
			}
		}
		if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the child ended with %v", err)
		}
		db := mustOpen(t, o)
		for _, id := range saved {
			c, err := db.Call(t.Context(), id)
			if err != nil || c.Result != "answered" || len(c.Legs) != 2 {
				t.Errorf("acknowledged call %s is %+v, %v", id, c, err)
			}
		}
		for _, id := range begun {
			if _, err := db.Call(t.Context(), id); err != nil {
				t.Errorf("a call in progress left no row: %v", err)
			}
		}
		interrupted, err := db.Calls(t.Context(), Filter{Result: ResultInterrupted})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d calls saved, %d noted in progress, %d found interrupted", len(saved), len(begun), len(interrupted))
	})
}
