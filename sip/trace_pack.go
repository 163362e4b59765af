package sip

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
	"time"
)

// People talk for minutes in which no message comes: the texts of their call are packed meanwhile, to a quarter or less.
const (
	packAfter = 5 * time.Second // of silence
	packLeast = 6               // messages: fewer are not worth it
)

// A tracePack is the texts of messages that follow one another, deflated.
type tracePack struct {
	lengths []int
	data    []byte
}

// tracePackers are worth keeping: each is half a megabyte.
var tracePackers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one of flate's
	}
	return w
}}

func packTexts(texts [][]byte) (tracePack, error) {
	var p tracePack
	var out bytes.Buffer
	w := tracePackers.Get().(*flate.Writer)
	defer tracePackers.Put(w)
	w.Reset(&out)
	for _, text := range texts {
		p.lengths = append(p.lengths, len(text))
		if _, err := w.Write(text); err != nil {
			return p, err
		}
	}
	err := w.Close()
	p.data = bytes.Clone(out.Bytes()) // without the room that the buffer has left
	return p, err
}

// unpack is the texts again; fewer when the pack is not whole, which it is.
func (p *tracePack) unpack() (texts [][]byte) {
	all, err := io.ReadAll(flate.NewReader(bytes.NewReader(p.data)))
	for _, n := range p.lengths {
		if err != nil || n > len(all) {
			return texts
		}
		texts, all = append(texts, all[:n:n]), all[n:]
	}
	return texts
}

// appendTo appends the messages with their texts. traces.mu is held.
func (t *trace) appendTo(all []Message) []Message {
	first := len(all)
	all = append(all, t.messages...)
	for i := range t.packs {
		for _, text := range t.packs[i].unpack() {
			all[first].Text = text
			first++
		}
	}
	return all
}

// PackTraces makes the traces of calls in which nothing has been said for a while small. It is called now and then.
func (ua *UA) PackTraces() {
	ts := ua.traces
	if ts == nil {
		return
	}
	for _, q := range ts.quiet(time.Now().Add(-packAfter)) {
		p, err := packTexts(q.texts)
		if err != nil {
			ua.log.Debug("a trace is not packed", "error", err)
			continue
		}
		ts.replace(q, p)
	}
}

// A quietTrace is one whose messages from from on are to be packed.
type quietTrace struct {
	t     *trace
	from  int
	texts [][]byte
}

// quiet are the traces that have enough texts, and none since a moment.
func (ts *traces) quiet(since time.Time) (all []quietTrace) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for id, t := range ts.byCall {
		n := len(t.messages)
		if t.open == 0 || n-t.packed < packLeast || t.messages[n-1].At.After(since) || id != t.ids[0] { // once, by its first name
			continue
		}
		q := quietTrace{t: t, from: t.packed}
		for _, m := range t.messages[t.packed:] {
			q.texts = append(q.texts, m.Text)
		}
		all = append(all, q)
	}
	return all
}

// replace puts a pack in the place of the texts that are in it.
func (ts *traces) replace(q quietTrace, p tracePack) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := q.t
	if t.gone || t.packed != q.from {
		return
	}
	saved := -len(p.data) - 8*len(p.lengths)
	for i := range q.texts {
		m := &t.messages[q.from+i]
		saved += cap(m.Text)
		m.Text = nil
	}
	t.packs, t.packed = append(t.packs, p), q.from+len(q.texts)
	t.bytes -= saved
	ts.bytes -= saved
}
