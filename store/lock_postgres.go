package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"time"
)

// lockNode makes sure that one hatif of a name at a time works with a PostgreSQL database: it finishes the
// calls that an earlier one of its name left. The lock lives as long as its connection, which is kept apart.
func lockNode(ctx context.Context, pool *sql.DB, node string) (io.Closer, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	if _, err := io.WriteString(h, "hatif node "+node); err != nil {
		return nil, err
	}
	// Locks are per database, but tests and careful people use schemas.
	const query = `SELECT pg_try_advisory_lock($1, hashtext(current_schema()))`
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for deadline := time.Now().Add(lockPatience); ; {
		var free bool
		if err := conn.QueryRowContext(ctx, query, int32(h.Sum64())).Scan(&free); err != nil {
			return nil, closing(conn, err)
		}
		if free {
			return conn, nil
		}
		if time.Now().After(deadline) {
			return nil, closing(conn, fmt.Errorf("another hatif named %q is using it; stop that one first, or give this one another name", node))
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return nil, closing(conn, context.Cause(ctx))
		}
	}
}

// lockPatience is how long the server may take to notice that an earlier hatif has gone: it gives a lock back
// when it sees the connection end, a moment after the process did.
const lockPatience = time.Second

func closing(c io.Closer, err error) error {
	return errors.Join(err, c.Close())
}
