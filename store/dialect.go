package store

import (
	"context"
	"database/sql"
	stdriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	driver "modernc.org/sqlite"        // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is which database it is. All statements are written for both, with ? for arguments.
type dialect uint8

const (
	sqlite dialect = iota
	postgres
)

// bind writes the arguments of a statement as the database wants them: PostgreSQL numbers them.
// No statement of ours has a question mark in a string.
func (d dialect) bind(query string) string {
	if d == sqlite {
		return query
	}
	var b strings.Builder
	n := 0
	for i := range len(query) {
		if query[i] != '?' {
			b.WriteByte(query[i])
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// statements are those that every call needs, prepared once.
type statements struct {
	note, unnote                        *sql.Stmt
	insertCall, dropCall                *sql.Stmt
	insertLeg, insertLegs, dropLegs     *sql.Stmt
	putBinding, dropBinding             *sql.Stmt
	insertQueueEvent, insertQueueEvents *sql.Stmt
	putAgent, dropAgent                 *sql.Stmt
	putAgentQueue, dropAgentQueues      *sql.Stmt
	insertEvent                         *sql.Stmt
	putSignalling                       *sql.Stmt
}

func (s *statements) prepare(ctx context.Context, db *DB) error {
	for _, one := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&s.note, `INSERT INTO running (id, node, call) VALUES (?,?,?) ON CONFLICT (id) DO UPDATE SET call=excluded.call`},
		{&s.unnote, `DELETE FROM running WHERE id = ?`},
		{&s.insertCall, insertCall},
		{&s.dropCall, `DELETE FROM calls WHERE id = ?`},
		{&s.dropLegs, `DELETE FROM legs WHERE call = ?`},
		{&s.insertLeg, insertLegs(1)},
		{&s.insertLegs, insertLegs(legsAtOnce)},
		{&s.putBinding, putBinding},
		{&s.dropBinding, dropBinding},
		{&s.insertQueueEvent, insertQueueEvents(1)},
		{&s.insertQueueEvents, insertQueueEvents(eventsAtOnce)},
		{&s.putAgent, putAgent},
		{&s.dropAgent, `DELETE FROM agents WHERE account = ?`},
		{&s.putAgentQueue, `INSERT INTO agent_queues (account, queue, logged_on, via, since) VALUES (?,?,?,?,?)`},
		{&s.dropAgentQueues, `DELETE FROM agent_queues WHERE account = ?`},
		{&s.insertEvent, insertEvent},
		{&s.putSignalling, putSignalling},
	} {
		stmt, err := db.write.PrepareContext(ctx, db.dialect.bind(one.query)) //nolint:sqlclosecheck // lives as long as the database
		if err != nil {
			return err
		}
		*one.to = stmt // closed with the connection
	}
	return nil
}

// execute does s as part of a transaction.
func execute(ctx context.Context, tx *sql.Tx, s *sql.Stmt, args ...any) (sql.Result, error) {
	return tx.StmtContext(ctx, s).ExecContext(ctx, args...) //nolint:sqlclosecheck // closed with the transaction
}

// outage reports whether err means that the server is not there, or that the database cannot be written for the moment:
// what is written then is worth being tried again.
func (d dialect) outage(err error) bool {
	if err == nil {
		return false
	}
	if d == sqlite {
		var lite *driver.Error
		if !errors.As(err, &lite) {
			return false
		}
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
			sqlite3.SQLITE_CANTOPEN:
			return true
		}
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) { // the server spoke: PostgreSQL's appendix A, "Error Codes"
		connection, operator := strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P")
		return connection || operator || strings.HasPrefix(pg.Code, "53") // the disk is full, too many connections
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return pgconn.SafeToRetry(err) || errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, stdriver.ErrBadConn) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// fail says which database failed at what, and in words what an administrator can do about the common cases.
func (db *DB) fail(doing string, err error) error {
	return fmt.Errorf("store: database %s: %s: %s%w", db.name, doing, advice(err), err)
}

func advice(err error) string {
	var lite *driver.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &lite):
		switch lite.Code() & 0xff { // the primary code of an extended one
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return "the file is damaged or no database; restore a backup, or move it away to begin anew: "
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return "another program keeps it locked: "
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return "the file or its directory cannot be written: "
		case sqlite3.SQLITE_FULL:
			return "the disk is full: "
		}
	case errors.As(err, &pg) && (pg.Code == "28P01" || pg.Code == "28000"):
		return "user or password is wrong: "
	case errors.As(err, &connect):
		return "the server cannot be reached: "
	}
	return ""
}
