//go:build unix

package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// BenchmarkCall is what one call costs the database: a note when it begins, its row and two legs when it ends.
// "alone" is a call at a time; "busy" is what many calls at once cost each, with Run.
func BenchmarkCall(b *testing.B) {
	b.Run("alone", func(b *testing.B) {
		db := mustOpen(b, Options{Dir: b.TempDir()})
		n := 0
		measureCPU(b, func() {
			for b.Loop() {
				n++
				callOnce(b, db, n)
			}
		})
	})
	b.Run("busy", func(b *testing.B) {
		db := mustOpen(b, Options{Dir: b.TempDir()})
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		var done sync.WaitGroup
		done.Go(func() {
			if err := db.Run(ctx); err != nil {
				b.Error(err)
			}
		})
		measureCPU(b, func() { paced(b, db) })
		stop()
		done.Wait()
	})
}

// paced begins b.N calls at 100 a second.
func paced(b *testing.B, db *DB) {
	var calls sync.WaitGroup
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range b.N {
		<-tick.C
		calls.Go(func() { callOnce(b, db, i) })
	}
	calls.Wait()
}

func callOnce(b *testing.B, db *DB, n int) {
	c := sampleCall(fmt.Sprintf("01JQ%022d", n), n)
	begun := Call{ID: c.ID, Began: c.Began, Number: c.Number, Name: c.Name, User: c.User, Called: c.Called, Context: c.Context}
	if err := db.BeginCall(b.Context(), begun); err != nil {
		b.Error(err)
	}
	if err := db.SaveCall(b.Context(), c); err != nil {
		b.Error(err)
	}
}
