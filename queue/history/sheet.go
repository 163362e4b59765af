package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"hatif/store"
)

// A Sheet is figures in rows and columns, to be written for people or for programs.
type Sheet struct {
	columns []column
	rows    [][]any // ratio, reasons, time.Duration, time.Time, int or string
}

// A column has a name for programs, and a title for people if they are shown it.
type column struct{ name, title string }

// reasons are times by what they were for.
type reasons map[string]time.Duration

// A ratio is a part of a whole; NaN where there is no whole.
type ratio float64

// Table writes what people are shown, with times by the clock of zone.
func (s *Sheet) Table(w io.Writer, zone *time.Location) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var titles []string
	for _, c := range s.columns {
		if c.title != "" {
			titles = append(titles, c.title)
		}
	}
	fmt.Fprintln(t, strings.Join(titles, "\t"))
	for _, row := range s.rows {
		var cells []string
		for i, c := range s.columns {
			if c.title != "" {
				cells = append(cells, forPeople(row[i], zone))
			}
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

// CSV writes all columns as store.WriteCSV does: seconds with one decimal, parts of 1, nothing where there is nothing.
func (s *Sheet) CSV(w io.Writer, zone *time.Location) error {
	var header []string
	for _, c := range s.columns {
		header = append(header, c.name)
	}
	rows := func(yield func([]any, error) bool) {
		for _, row := range s.rows {
			if !yield(row, nil) {
				return
			}
		}
	}
	return store.WriteCSV(w, header, iter.Seq2[[]any, error](rows), func(row *[]any) []string {
		var cells []string
		for _, v := range *row {
			cells = append(cells, forPrograms(v, zone))
		}
		return cells
	})
}

// JSON writes an object a line, with the columns' names: seconds, parts of 1, null where there is nothing.
func (s *Sheet) JSON(w io.Writer, zone *time.Location) error {
	out := json.NewEncoder(w)
	var errs []error
	for _, row := range s.rows {
		object := make(map[string]any)
		for i, c := range s.columns {
			object[c.name] = row[i]
			switch v := row[i].(type) {
			case time.Duration:
				object[c.name] = v.Seconds()
			case reasons:
				each := make(map[string]float64)
				for why, d := range v {
					each[why] = d.Seconds()
				}
				object[c.name] = each
			case time.Time:
				object[c.name] = v.In(zone).Format(time.RFC3339)
			case ratio:
				if object[c.name] = any(float64(v)); math.IsNaN(float64(v)) {
					object[c.name] = nil
				}
			}
		}
		errs = append(errs, out.Encode(object))
	}
	return errors.Join(errs...)
}

func forPeople(v any, zone *time.Location) string {
	switch v := v.(type) {
	case time.Time:
		return v.In(zone).Format("2006-01-02 15:04")
	case time.Duration:
		return clock(v)
	case ratio:
		if math.IsNaN(float64(v)) {
			return "-"
		}
		return fmt.Sprintf("%.0f%%", 100*float64(v))
	default:
		return fmt.Sprint(v)
	}
}

func forPrograms(v any, zone *time.Location) string {
	switch v := v.(type) {
	case time.Time:
		return v.In(zone).Format(time.DateTime)
	case time.Duration:
		return tenths(v)
	case reasons:
		var each []string
		for _, why := range slices.Sorted(maps.Keys(v)) {
			each = append(each, why+" "+tenths(v[why]))
		}
		return strings.Join(each, "; ")
	case ratio:
		if math.IsNaN(float64(v)) {
			return ""
		}
		return strconv.FormatFloat(float64(v), 'f', 4, 64)
	default:
		return fmt.Sprint(v)
	}
}

func tenths(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) }

// clock writes a time as a stop watch does: 0:07, 12:30, 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
