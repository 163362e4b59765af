package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sampleBinding(id string) Binding {
	return Binding{ID: id, User: "2001", URI: "sip:2001@127.0.0.1:5070;ob", Transport: "UDP", Target: "127.0.0.1:5070",
		Source: "127.0.0.1:5070", Instance: "<urn:uuid:1>", UserAgent: "baresip", CallID: "x@y", CSeq: math.MaxUint32,
		Since: noon, Expires: noon.Add(time.Hour)}
}

func TestBindingsAreSavedChangedAndDropped(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		expect := func(want ...Binding) {
			t.Helper()
			got, err := db.LoadBindings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(got, func(a, b Binding) int { return strings.Compare(a.ID, b.ID) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-saved +loaded:\n%s", diff)
			}
		}
		expect()
		a, b := sampleBinding("a"), sampleBinding("b")
		if err := db.SaveBindings(t.Context(), []Binding{a, b}, nil); err != nil {
			t.Fatal(err)
		}
		expect(a, b)
		a.Expires, a.Target, a.CSeq = a.Expires.Add(time.Minute), "127.0.0.1:5999", 7
		if err := db.SaveBindings(t.Context(), []Binding{a}, []Binding{b, sampleBinding("never there")}); err != nil {
			t.Fatal(err)
		}
		expect(a)
	})
}

func BenchmarkSaveBindings(b *testing.B) {
	db := mustOpen(b, Options{Dir: b.TempDir()})
	batch := make([]Binding, 100)
	for i := range batch {
		batch[i] = sampleBinding(fmt.Sprint(i))
	}
	for b.Loop() {
		if err := db.SaveBindings(b.Context(), batch, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(batch)), "µs/binding")
}
