package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// console is a slog.Handler for people: `2026-11-23 10:04:31.207 INFO  call began  call=… from=1001`.
type console struct {
	level slog.Level
	group string
	attrs string // written already
	below string // written already: errors of several lines

	mu *sync.Mutex // one line at a time
	w  io.Writer   // guarded by mu
}

func newConsole(w io.Writer, level slog.Level) *console {
	return &console{level: level, mu: new(sync.Mutex), w: w}
}

func (c *console) Enabled(_ context.Context, l slog.Level) bool { return l >= c.level }

// lines are buffers for one line each.
var lines = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (c *console) Handle(_ context.Context, r slog.Record) error {
	b := lines.Get().(*bytes.Buffer)
	defer lines.Put(b)
	b.Reset()
	b.Write(r.Time.AppendFormat(b.AvailableBuffer(), "2006-01-02 15:04:05.000 "))
	level := r.Level.String()
	b.WriteString(level)
	b.WriteString("      "[:max(1, 6-len(level))])
	b.WriteString(r.Message)
	if pad := 55 - b.Len(); pad > 0 && (c.attrs != "" || r.NumAttrs() > 0) {
		b.WriteString(strings.Repeat(" ", pad))
	}
	b.WriteString(c.attrs)
	var below bytes.Buffer
	r.Attrs(func(a slog.Attr) bool {
		c.attr(b, &below, c.group, a)
		return true
	})
	b.WriteByte('\n')
	b.WriteString(c.below)
	b.Write(below.Bytes())
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.w.Write(b.Bytes())
	return err
}

// attr writes a to the line b, or, an error of several lines such as one that shows a place in the file, below it.
func (c *console) attr(b, below *bytes.Buffer, group string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		for _, inner := range v.Group() {
			c.attr(b, below, group+a.Key+".", inner)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	text := v.String()
	if v.Kind() == slog.KindDuration {
		text = v.Duration().Round(time.Millisecond).String()
	}
	if err, is := errorIn(v); is && strings.Contains(err.Error(), "\n") {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintf(below, "    %s\n", strings.Map(printable, line))
		}
		return
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r == ' ' || r == '"' || r == '=' || !unicode.IsPrint(r) }) {
		text = strconv.Quote(text) // what strangers say must not move the cursor or begin a line
	}
	b.WriteByte(' ')
	b.WriteString(group)
	b.WriteString(a.Key)
	b.WriteByte('=')
	b.WriteString(text)
}

// errorIn is the error that v is, if it is one.
func errorIn(v slog.Value) (error, bool) {
	if v.Kind() != slog.KindAny {
		return nil, false
	}
	err, is := v.Any().(error)
	return err, is
}

// printable replaces what a terminal would obey.
func printable(r rune) rune {
	if !unicode.IsPrint(r) {
		return '\ufffd'
	}
	return r
}

func (c *console) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b, below bytes.Buffer
	for _, a := range attrs {
		c.attr(&b, &below, c.group, a)
	}
	d := *c
	d.attrs += b.String()
	d.below += below.String()
	return &d
}

func (c *console) WithGroup(name string) slog.Handler {
	if name == "" {
		return c
	}
	d := *c
	d.group += name + "."
	return &d
}
