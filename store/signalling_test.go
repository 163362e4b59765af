package store

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// signals are a call's, with addresses of every kind.
func signals(at time.Time) []Signal {
	ours, phone := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("[2001:db8::7]:5070")
	head := "\r\nVia: SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK1;rport\r\nFrom: <sip:1001@h>;tag=a\r\nTo: <sip:0777@h>\r\nCall-ID: c\r\n\r\n"
	return []Signal{
		{At: at, Received: true, Network: "UDP", Local: ours, Remote: phone, Text: []byte("INVITE sip:0777@h SIP/2.0" + head)},
		{At: at.Add(time.Millisecond), Network: "TCP", Local: ours, Remote: phone, Text: []byte("SIP/2.0 100 Trying" + head)},
		{At: at.Add(time.Hour), Received: true, Network: "UDP", Local: ours, Remote: phone, Text: []byte{}},
	}
}

func TestMessagesComeBackAsTheyWere(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		at := time.Date(2026, 11, 23, 9, 0, 0, 123000, time.UTC)
		want := signals(at)
		if err := db.SaveSignalling(t.Context(), "c1", want[:1]); err != nil {
			t.Fatal(err)
		}
		if err := db.SaveSignalling(t.Context(), "c1", want); err != nil { // once more, whole
			t.Fatal(err)
		}
		got, err := db.Signalling(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
		if none, err := db.Signalling(t.Context(), "c2"); err != nil || none != nil {
			t.Errorf("another call has %d messages, %v", len(none), err)
		}
		if err := db.SaveSignalling(t.Context(), "c3", nil); err == nil {
			t.Error("a call without messages was kept")
		}
	})
}

func TestMessagesAreForgottenByTheirAge(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		for name, began := range map[string]time.Time{"old": at.Add(-time.Second), "new": at} {
			if err := db.SaveSignalling(t.Context(), name, signals(began)); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := db.PruneSignalling(t.Context(), at); err != nil || n != 1 {
			t.Errorf("%d removed, %v; want the old one", n, err)
		}
		for name, want := range map[string]int{"old": 0, "new": 3} {
			if got, err := db.Signalling(t.Context(), name); err != nil || len(got) != want {
				t.Errorf("%s: %d messages, %v; want %d", name, len(got), err, want)
			}
		}
	})
}

func TestMessagesThatAnEarlierHatifHasDeflatedAreRead(t *testing.T) {
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	packed, err := pack(signals(at))
	if err != nil {
		t.Fatal(err)
	}
	b, err := plain(packed)
	if err != nil {
		t.Fatal(err)
	}
	old := bytes.NewBuffer([]byte{1})
	w, err := flate.NewWriter(old, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := unpack(old.Bytes())
	if err != nil || len(got) != 3 || string(got[0].Text) != string(signals(at)[0].Text) || !got[2].At.Equal(at.Add(time.Hour)) {
		t.Errorf("read %+v, %v", got, err)
	}
	old.Bytes()[0] = 3
	if _, err := unpack(old.Bytes()); !errors.Is(err, errPacked) {
		t.Errorf("of another version: %v", err)
	}
}

func TestMessagesShareATransactionWithTheCalls(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- db.Run(ctx) }()
		for !db.queue.isRunning() {
			time.Sleep(time.Millisecond)
		}
		if err := db.SaveCall(t.Context(), Call{ID: "first", Began: time.Now()}); err != nil { // then Run pauses
			t.Fatal(err)
		}
		before := db.Stats().Transactions
		if err := db.SaveSignalling(t.Context(), "c1", signals(time.Now())); err != nil {
			t.Fatal(err)
		}
		if err := db.SaveCall(t.Context(), Call{ID: "c1", Began: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if n := db.Stats().Transactions - before; n != 1 {
			t.Errorf("%d transactions for the call and its messages, want one", n)
		}
		if got, err := db.Signalling(t.Context(), "c1"); err != nil || len(got) != 3 {
			t.Errorf("%d messages, %v", len(got), err)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func (q *queue) isRunning() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running
}

func TestTheDatabaseSaysWhichItIs(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		if v, err := db.Version(t.Context()); err != nil || !strings.HasPrefix(v, "SQLite 3.") && !strings.HasPrefix(v, "PostgreSQL ") {
			t.Errorf("%q, %v", v, err)
		}
		if err := db.Check(t.Context()); err != nil {
			t.Error(err)
		}
		db.queue.setAway(true)
		if err := db.Check(t.Context()); !errors.Is(err, ErrWaiting) {
			t.Errorf("a database that is away: %v", err)
		}
	})
}

// FuzzUnpack: no row, whatever is in it, may do harm; what can be read is packed again as it was.
func FuzzUnpack(f *testing.F) {
	packed, err := pack(signals(time.UnixMicro(1)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{packVersion})
	f.Add(packed[:len(packed)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		messages, err := unpack(b)
		if err != nil {
			return
		}
		again, err := pack(messages)
		if err != nil {
			t.Fatal(err)
		}
		same, err := unpack(again)
		if err != nil || len(same) != len(messages) {
			t.Fatalf("%d messages have become %d: %v", len(messages), len(same), err)
		}
		for i := range same {
			if !bytes.Equal(same[i].Text, messages[i].Text) || same[i].Local != messages[i].Local || same[i].Network != messages[i].Network {
				t.Fatalf("message %d has changed", i)
			}
		}
	})
}

// BenchmarkPack is what the messages of one call of twenty cost.
func BenchmarkPack(b *testing.B) {
	var all []Signal
	for i := range 20 {
		s := signals(time.Now())[0]
		s.Text = append(bytes.Clone(s.Text), bytes.Repeat([]byte("a=rtpmap:0 PCMU/8000\r\nX: "+string(rune('a'+i))), 20)...)
		all = append(all, s)
	}
	b.ReportAllocs()
	var size int
	for b.Loop() {
		packed, err := pack(all)
		if err != nil {
			b.Fatal(err)
		}
		size = len(packed)
	}
	b.ReportMetric(float64(size), "B/call")
}
