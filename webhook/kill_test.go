package webhook

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hatif/store"
)

// childDir makes this test binary the process that is killed: it writes messages into the database there, says which
// ones are acknowledged, and tells the receiver of childURL of them.
const (
	childDir  = "HATIF_WEBHOOK_CHILD"
	childURL  = "HATIF_WEBHOOK_URL"
	childName = "HATIF_WEBHOOK_RUN"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := tellUntilKilled(dir, os.Getenv(childURL), os.Getenv(childName)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func tellUntilKilled(dir, url, run string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	sender := New(Options{Store: db})
	sender.Apply(map[string]Config{"crm": {URL: url, Secret: secret}})
	var all sync.WaitGroup
	all.Go(func() { fmt.Fprintln(os.Stderr, db.Run(ctx)) })
	all.Go(func() { fmt.Fprintln(os.Stderr, sender.Run(ctx)) })
	for _, known, _ := db.Webhook(ctx, "crm"); !known; _, known, _ = db.Webhook(ctx, "crm") { // it hears of what happens from now on
		time.Sleep(time.Millisecond)
	}
	for i := 0; ; i++ {
		m := store.Message{ID: fmt.Sprintf("%s-%d", run, i), Mailbox: "600", Folder: "new", Received: time.Now()}
		if err := db.AddMessage(ctx, m); err != nil {
			return err
		}
		fmt.Println(m.ID)
	}
}

// What was acknowledged is told, in its order, though hatif is killed again and again; what is told twice has one name.
func TestAKillLosesNoEvent(t *testing.T) {
	var mu sync.Mutex
	var heard []string // the messages in the order of their first hearing; guarded by mu
	names := make(map[string]string)
	twice := 0
	enough := make(chan struct{}, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct{ Data struct{ ID string } }
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		name, known := names[e.Data.ID]
		switch {
		case !known:
			names[e.Data.ID] = r.Header.Get("webhook-id")
			heard = append(heard, e.Data.ID)
		case name != r.Header.Get("webhook-id"):
			t.Errorf("%s has the names %s and %s", e.Data.ID, name, r.Header.Get("webhook-id"))
		default:
			twice++
		}
		select {
		case enough <- struct{}{}:
		default:
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	var acknowledged []string
	for run := range 4 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+server.URL, fmt.Sprintf("%s=%d", childName, run))
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			for range 40 {
				<-enough
			}
			if err := child.Process.Kill(); err != nil { // SIGKILL
				t.Error(err)
			}
		}()
		for lines := bufio.NewScanner(out); lines.Scan(); {
			acknowledged = append(acknowledged, lines.Text())
		}
		if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the child ended with %v", err)
		}
	}
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, stop := context.WithCancel(t.Context())
	sender := New(Options{Store: db})
	sender.Apply(map[string]Config{"crm": {URL: server.URL, Secret: secret}})
	var running sync.WaitGroup
	running.Go(func() {
		if err := sender.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	deadline := time.Now().Add(30 * time.Second)
	for {
		all, err := sender.States(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 1 && all[0].Cursor > 0 && all[0].Behind == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is still behind: %+v", all)
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	running.Wait()
	mu.Lock()
	defer mu.Unlock()
	t.Logf("%d acknowledged, %d heard, %d of them twice", len(acknowledged), len(heard), twice)
	at := -1
	for _, id := range acknowledged {
		next := slices.Index(heard, id)
		if next <= at {
			t.Fatalf("%s is heard at place %d, after the one at %d", id, next, at)
		}
		at = next
	}
}
