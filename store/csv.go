package store

import (
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// callHeader names the columns of WriteCallsCSV.
var callHeader = []string{
	"id", "date", "time", "answered", "connected", "ended", "duration", "talk", "caller", "caller name", "account",
	"called", "context", "language", "queue", "agent", "result", "cause", "cause text", "path", "recordings",
}

// WriteCallsCSV writes calls as CSV (RFC 4180) with a line of column names, in UTF-8 without a byte order mark.
// Times are those of zone; durations are whole seconds. Cells that a spreadsheet would take for a formula begin
// with an apostrophe, since callers choose what stands in some of them. It stops at the first error.
func WriteCallsCSV(w io.Writer, zone *time.Location, calls iter.Seq2[Call, error]) error {
	return WriteCSV(w, callHeader, calls, func(c *Call) []string { return callRecord(c, zone) })
}

// WriteCSV writes the header, and a line for each row, as WriteCallsCSV does.
func WriteCSV[T any](w io.Writer, header []string, rows iter.Seq2[T, error], record func(*T) []string) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(header); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		cells := record(&row)
		for i := range cells {
			cells[i] = harmless(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// moment is a time in a cell; empty for never.
func moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateTime)
}

func callRecord(c *Call, zone *time.Location) []string {
	at := func(t time.Time) string { return moment(t, zone) }
	seconds := func(d time.Duration) string { return strconv.FormatInt(int64(d.Round(time.Second)/time.Second), 10) }
	path := make([]string, 0, len(c.Path))
	for _, n := range c.Path {
		path = append(path, n.Text)
	}
	return []string{
		c.ID, c.Began.In(zone).Format(time.DateOnly), c.Began.In(zone).Format(time.TimeOnly),
		at(c.Answered), at(c.Connected), at(c.Ended), seconds(c.Duration()), seconds(c.Talk()),
		c.Number, c.Name, c.User, c.Called, c.Context, c.Language, c.Queue, c.Agent,
		c.Result, c.Cause.Name, c.Cause.Text, strings.Join(path, "; "), strings.Join(c.Recordings, "; "),
	}
}

// harmless marks a cell as text when a spreadsheet would read it as a formula.
func harmless(cell string) string {
	if cell != "" && strings.IndexByte("=+-@\t\r\n", cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}
