package store

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// postgresURL names a PostgreSQL that tests may make schemas in; without it they run on SQLite alone. It is read
// when asked for, so that go test knows what a cached result depends on.
func postgresURL() string { return os.Getenv("HATIF_TEST_POSTGRES") }

var schemas atomic.Int64

// onEach runs a test on every database there is, each time with options for an empty one.
func onEach(t *testing.T, f func(t *testing.T, o Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, Options{Dir: t.TempDir()}) })
	if postgresURL() != "" {
		t.Run("postgres", func(t *testing.T) { f(t, Options{DSN: postgresSchema(t), Node: "here"}) })
	}
}

// postgresSchema makes an empty schema that lasts as long as the test, and returns a URL that leads into it.
func postgresSchema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("hatif_test_%d_%d", os.Getpid(), schemas.Add(1))
	admin, err := sql.Open("pgx", postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Error(err)
		}
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// mustOpen opens a database that is closed with the test.
func mustOpen(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

// sampleCall is a call with everything in it, begun minutes after noon.
func sampleCall(id string, minutes int) Call {
	at := noon.Add(time.Duration(minutes) * time.Minute)
	return Call{
		ID: id, Began: at, Answered: at.Add(time.Second), Connected: at.Add(9 * time.Second), Ended: at.Add(time.Minute),
		Number: "1001", Name: "أمل \"A\"", User: "1001", Called: "0777", Context: "incoming", Language: "ar",
		Queue: "arabic", Agent: "2001", Result: "answered", Cause: Cause{"normal", 16, 200, "caller hung up"},
		Path:       []Note{{at, "context incoming"}, {at.Add(2 * time.Second), "digit 1"}},
		Recordings: []string{"2026/03/01/" + id + ".wav"},
		Legs: []Leg{
			{ID: id + "-a", User: "1001", Number: "1001", Inbound: true, CallID: "x@y", Remote: "127.0.0.1:5060",
				Device: "baresip", Began: at, Answered: at.Add(time.Second), Ended: at.Add(time.Minute),
				Cause: Cause{"normal", 16, 200, ""}, HungUpBy: "party",
				Quality: Quality{Codec: "PCMU", PacketsSent: 3000, PacketsReceived: 2999, PacketsLost: 1, PacketsRejected: 2,
					Jitter: 1500 * time.Microsecond, MaxJitter: 4 * time.Millisecond, RoundTrip: 20 * time.Millisecond, MOS: 4.375}},
			{ID: id + "-b", User: "2001", Number: "2001", Name: "Amal", Began: at.Add(5 * time.Second),
				Rang: at.Add(6 * time.Second), Answered: at.Add(9 * time.Second), Ended: at.Add(time.Minute),
				Cause: Cause{"normal", 16, 200, ""}, HungUpBy: "hatif", Quality: Quality{Codec: "PCMA"}},
		},
	}
}

// ids lists the calls' ids in order.
func ids(calls []Call) []string {
	var list []string
	for _, c := range calls {
		list = append(list, c.ID)
	}
	return list
}
