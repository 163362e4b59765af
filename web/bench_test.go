//go:build unix

package web

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"hatif/queue/history"
	"hatif/store"
)

// The pages' server time with a long log behind them: HATIF_CALLS is how many calls, 1,000,000 of them take some minutes to
// make; HATIF_LOG is a folder in which they stay for the next time.
func BenchmarkPages(b *testing.B) {
	calls := 20_000
	if text := os.Getenv("HATIF_CALLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		calls = n
	}
	dir := os.Getenv("HATIF_LOG")
	if dir == "" {
		dir = b.TempDir()
	}
	now := time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)
	name := filepath.Join(dir, store.FileName)
	_, err := os.Stat(name)
	made := err == nil
	db, err := store.Open(b.Context(), store.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	if !made {
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		generate(b, name, now, calls)
		if db, err = store.Open(b.Context(), store.Options{Dir: dir}); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	ledger := history.NewLedger(history.LedgerOptions{DB: db, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return now }})
	began := time.Now()
	for more := true; more; {
		if more, err = ledger.Round(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("adding up what was not yet: %v", time.Since(began).Round(time.Millisecond))
	d := openOn(b, db)
	d.now, d.s.Figures = now, ledger
	if _, err := db.ConsoleAccount(b.Context(), "root"); err != nil {
		d.account("root", Administrator, "")
	}
	in := d.as("root")
	day := func(back int) string { return now.AddDate(0, 0, -back).Format(time.DateOnly) }
	for _, page := range []struct{ name, path string }{
		{"board", "/board"},
		{"calls", "/calls"},
		{"calls by number", "/calls?number=01000777"},
		{"calls by agent and result", "/calls?agent=2001&result=abandoned"},
		{"calls in the middle", "/calls?from=" + day(100) + "&to=" + day(100)},
		{"recordings", "/recordings"},
		{"recordings by agent", "/recordings?agent=2007"},
		{"recordings by queue and day", "/recordings?queue=english&from=" + day(50) + "&to=" + day(50)},
		{"requests", "/requests"},
		{"requests called back", "/requests?state=called+back"},
		{"ratings 30 days", "/ratings"},
		{"ratings 365 days", "/ratings?days=365"},
		{"complaints 365 days", "/ratings?days=365&complaints=on"},
		{"complaints of an agent", "/ratings?days=365&complaints=on&agent=2003&queue=english"},
		{"owed to come", "/owed"},
		{"owed done", "/owed?state=done"},
		{"owed cancelled", "/owed?state=cancelled"},
		{"audit", "/audit"},
		{"reports 7 days", "/reports"},
		{"reports 14 days by hour", "/reports?by=hour&from=" + day(13) + "&to=" + day(0)},
		{"reports 30 days of a queue", "/reports?queue=arabic&from=" + day(29) + "&to=" + day(0)},
		{"reports 30 days of an agent", "/reports?agent=2003&from=" + day(29) + "&to=" + day(0)},
		{"reports 186 days by day", "/reports?from=" + day(185) + "&to=" + day(0)},
		{"reports 186 days by week", "/reports?by=week&from=" + day(185) + "&to=" + day(0)},
	} {
		b.Run(page.name, func(b *testing.B) {
			d.t = b
			in.get(page.path) // the cache is warm
			before, n := spentCPU(b), 0
			for b.Loop() {
				if p := in.get(page.path); p.status != http.StatusOK {
					b.Fatalf("%s: %d", page.path, p.status)
				}
				n++
			}
			b.ReportMetric(float64((spentCPU(b)-before).Microseconds())/1000/float64(n), "cpu-ms/op")
		})
	}
}

// spentCPU is the processor time of this process, of browser and garbage collector as well as of the server.
func spentCPU(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// generate writes calls with their events, and ratings, owed calls, requests and deeds in proportion: 4,000 a day, of 60
// agents and three queues.
func generate(b *testing.B, name string, now time.Time, calls int) {
	b.Helper()
	began := time.Now()
	const aDay, agents = 4000, 60
	db, err := sql.Open("sqlite", name+"?_pragma=synchronous(0)&_pragma=journal_mode(WAL)&_pragma=cache_size(-200000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	random := rand.New(rand.NewPCG(1, 2))
	var tx *sql.Tx
	statements := make(map[string]*sql.Stmt)
	insert := func(table string, values ...any) {
		key := fmt.Sprint(table, len(values))
		if statements[key] == nil {
			query := "INSERT INTO " + table + " VALUES (?"
			for range values[1:] {
				query += ",?"
			}
			s, err := tx.PrepareContext(b.Context(), query+")") //nolint:sqlclosecheck // by commit
			if err != nil {
				b.Fatal(err)
			}
			statements[key] = s
		}
		if _, err := statements[key].ExecContext(b.Context(), values...); err != nil {
			b.Fatal(err)
		}
	}
	commit := func() {
		for _, s := range statements {
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
		clear(statements)
		if tx != nil {
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
		}
		if tx, err = db.BeginTx(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
	commit()
	number := 0
	event := func(at time.Time, kind, queue, call, agent, detail string) {
		number++
		insert("queue_events", "", number, at.UnixMicro(), kind, queue, call, agent, detail)
	}
	days := (calls + aDay - 1) / aDay
	first := time.Date(now.Year(), now.Month(), now.Day()-days+1, 8, 0, 0, 0, time.UTC)
	n := 0
	for day := range days {
		at := first.AddDate(0, 0, day)
		event(at, "opened", "", "", "", "{}")
		for i := range agents {
			event(at, "changed", "", "", fmt.Sprint(2000+i), `{"to":"available"}`)
		}
		for range min(aDay, calls-n) {
			n++
			id := fmt.Sprintf("c%07d", n)
			at = at.Add(time.Duration(random.Int64N(int64(2 * 6200 * time.Millisecond)))) // on average within seven hours
			agent, queue := fmt.Sprint(2000+random.IntN(agents)), []string{"arabic", "english", "french"}[random.IntN(3)]
			waited, talked := time.Duration(random.Int64N(int64(90*time.Second))), time.Duration(random.Int64N(int64(5*time.Second)))
			result, recordings := "answered", `["`+at.Format(time.DateOnly)+`/`+id+`.wav"]`
			event(at, "joined", queue, id, "", `{"caller":"01000"}`)
			if n%8 == 0 {
				result, agent, recordings = "abandoned", "", "null"
				event(at, "left", queue, id, "", fmt.Sprintf(`{"result":"abandoned","waited":%d}`, waited))
			} else {
				event(at, "rung", queue, id, agent, "{}")
				event(at, "changed", "", "", agent, `{"from":"available","to":"ringing"}`)
				event(at, "connected", queue, id, agent, fmt.Sprintf(`{"waited":%d}`, waited))
				event(at, "changed", "", "", agent, `{"from":"ringing","to":"talking"}`)
				end := at.Add(talked)
				event(end, "parted", queue, id, agent, fmt.Sprintf(`{"talked":%d,"by":"caller"}`, talked))
				event(end, "changed", "", "", agent, `{"from":"talking","to":"wrap_up"}`)
				event(end, "changed", "", "", agent, []string{`{"from":"wrap_up","to":"available"}`, `{"from":"wrap_up","to":"paused","reason":"lunch"}`}[min(1, random.IntN(20)/19)])
			}
			us, end := at.UnixMicro(), at.Add(waited+time.Minute).UnixMicro()
			insert("calls", id, "", us, us, us, end, fmt.Sprintf("0%07d", 1000000+random.IntN(200000)), "Somebody", "1001", "0777", "incoming", "ar", queue, agent, result,
				"normal", 16, 200, "", `[{"at":"2026-01-01T00:00:00Z","text":"menu welcome"},{"at":"2026-01-01T00:00:03Z","text":"digit 1"},{"at":"2026-01-01T00:00:04Z","text":"queue `+queue+`"}]`, recordings)
			if result == "answered" {
				insert("ratings", id+"-f", id, us, "01000", "Somebody", agent, queue, "ar", n%3 > 0, random.IntN(11))
				state := []string{"done", "done", "done", "failed", "cancelled"}[random.IntN(5)]
				if n > calls-500 {
					state = "waiting"
				}
				insert("owed_calls", id+"-o", "1001", "feedback", "ar", "", "{}", "", "UTC", 3, 0, 0, id, agent, queue, us, us, state, 1, "", 0, "", "", 0, us, "")
			}
			if n%10 == 0 {
				state := "called back"
				if n > calls-2000 {
					state = "open"
				}
				insert("callback_requests", id+"-r", us, "01000", "Somebody", "1234", "", "ar", queue, id, state, "2001", us)
			}
			insert("audit", id+"-d", us, "ear", "127.0.0.1", "listen", "recording "+id, "")
		}
		event(time.Date(at.Year(), at.Month(), at.Day(), 23, 0, 0, 0, time.UTC), "closed", "", "", "", "{}")
		commit()
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d calls and %d events made in %v", n, number, time.Since(began).Round(time.Second))
}
