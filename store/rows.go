package store

import (
	"context"
	"iter"
)

// rowsOf goes through the rows of a query, each as scan reads it. After an error it yields nothing more.
func rowsOf[T any](ctx context.Context, db *DB, doing, query string, args []any, scan func(scanner) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := db.read.QueryContext(ctx, db.dialect.bind(query), args...)
		if err != nil {
			yield(none, db.fail(doing, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			row, err := scan(rows)
			if err != nil {
				yield(none, db.fail(doing, err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, db.fail(doing, err))
		}
	}
}
