package sip

import (
	"bytes"
	"time"

	"github.com/klauspost/compress/s2"
)

// People talk for minutes in which no message comes: the texts of their call are packed meanwhile, to a quarter or less.
const (
	packAfter = 5 * time.Second // of silence
	packLeast = 6               // messages: fewer are not worth it
)

// A tracePack is the texts of messages that follow one another, as a block of S2.
type tracePack struct {
	lengths []int
	data    []byte
}

func packTexts(texts [][]byte) (p tracePack) {
	for _, text := range texts {
		p.lengths = append(p.lengths, len(text))
	}
	p.data = bytes.Clone(s2.EncodeBetter(nil, bytes.Join(texts, nil))) // without the room that was made for the worst
	return p
}

// unpack is the texts again; fewer when the pack is not whole, which it is.
func (p *tracePack) unpack() (texts [][]byte) {
	all, err := s2.Decode(nil, p.data)
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
		ts.replace(q, packTexts(q.texts))
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
