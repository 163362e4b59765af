package store

import (
	"context"
	"database/sql"
	"testing"
)

// BenchmarkEvent is what one event costs as part of a transaction that is written anyway.
func BenchmarkEvent(b *testing.B) {
	db := mustOpen(b, Options{Dir: b.TempDir()})
	c := sampleCall("20261123-090000-abcdef01", 0)
	for b.Loop() {
		b.StopTimer() // the transaction is another's
		err := db.transact(b.Context(), func(ctx context.Context, tx *sql.Tx) error {
			b.StartTimer()
			for range 100 {
				if err := db.tell(ctx, tx, CallEnded, c.Data()); err != nil {
					return err
				}
			}
			b.StopTimer()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(100*b.N), "µs/event")
}
