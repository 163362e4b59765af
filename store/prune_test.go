package store

import (
	"fmt"
	"testing"
	"time"
)

func TestOldCallsAreRemovedWithTheirLegsAndNewOnesAreNot(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		const old = pruneBatch + 3
		for i := range old + 2 {
			c := sampleCall(fmt.Sprintf("c%04d", i), 0)
			c.Began = noon.Add(-time.Duration(old-i) * time.Minute) // the last two at noon and after it
			c.Ended = c.Began.Add(time.Hour)
			if err := db.SaveCall(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.BeginCall(t.Context(), Call{ID: "running", Began: noon.Add(-24 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		n, err := db.PruneCalls(t.Context(), noon)
		if err != nil || n != old {
			t.Errorf("removed %d, %v; want %d", n, err, old)
		}
		left, err := db.Calls(t.Context(), Filter{})
		if err != nil || len(left) != 2 {
			t.Fatalf("%d calls are left, %v; want 2", len(left), err)
		}
		for _, c := range left {
			if whole, err := db.Call(t.Context(), c.ID); err != nil || len(whole.Legs) == 0 {
				t.Errorf("%s has %d legs, %v", c.ID, len(whole.Legs), err)
			}
		}
		count := func(table string) (n int) {
			t.Helper()
			if err := db.read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count("legs"); n != 2*len(sampleCall("c", 0).Legs) {
			t.Errorf("%d legs are left", n)
		}
		if n := count("running"); n != 1 {
			t.Errorf("%d calls in progress are left, want 1", n)
		}
	})
}
