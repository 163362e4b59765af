package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"hatif/queue"
)

// encoding is the first byte of what is encoded here. Another one is an older or newer hatif's: its days are added up anew.
const encoding = 1

var errEncoding = errors.New("figures in no form that is known here")

// A packer writes numbers and names, each name once.
type packer struct {
	to    []byte
	names map[string]uint64
}

func newPacker() *packer { return &packer{to: []byte{encoding}, names: make(map[string]uint64)} }

func (p *packer) number(n int64) { p.to = binary.AppendVarint(p.to, n) }

// name writes a name's place among the names, and the name itself where it is new.
func (p *packer) name(s string) {
	if i, known := p.names[s]; known {
		p.to = binary.AppendUvarint(p.to, i)
		return
	}
	i := uint64(len(p.names))
	p.names[s] = i
	p.to = binary.AppendUvarint(p.to, i)
	p.to = binary.AppendUvarint(p.to, uint64(len(s)))
	p.to = append(p.to, s...)
}

// times writes durations in order, each by what it is more than the one before.
func (p *packer) times(all []time.Duration) {
	p.number(int64(len(all)))
	last := time.Duration(0)
	for _, d := range all {
		p.number(int64(d - last))
		last = d
	}
}

func packMap[K ~string, V ~int | ~int64](p *packer, m map[K]V) {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	p.number(int64(len(m)))
	for _, k := range keys {
		p.name(string(k))
		p.number(int64(m[k]))
	}
}

// encodeFigures writes the figures of a day that began at a moment. InTime is left out: what is in time may be decided
// anew.
func encodeFigures(began time.Time, queues []*QueueFigures, agents []*AgentFigures) []byte {
	p := newPacker()
	p.number(int64(len(queues)))
	for _, f := range queues {
		p.number(int64(f.Began.Sub(began)))
		p.name(f.Queue)
		for _, n := range []int{f.Offered, f.Answered, f.Completed, f.Transferred, f.Rung, f.Missed, f.Declined, f.Unreachable} {
			p.number(int64(n))
		}
		p.number(int64(f.Talk))
		p.number(int64(f.WrapUp))
		packMap(p, f.Left)
		p.times(f.Waits)
		p.times(f.GaveUp)
	}
	p.number(int64(len(agents)))
	for _, f := range agents {
		p.number(int64(f.Began.Sub(began)))
		p.name(f.Agent)
		for _, n := range []int{f.Rung, f.Answered, f.Missed, f.Declined, f.Unreachable, f.Released, f.Completed, f.Transferred} {
			p.number(int64(n))
		}
		p.number(int64(f.Talk))
		packMap(p, f.In)
		packMap(p, f.Pauses)
	}
	return p.to
}

// An unpacker reads what a packer wrote. After a mistake all that it reads is nothing, and bad is set.
type unpacker struct {
	from  []byte
	names []string
	bad   bool
}

func newUnpacker(from []byte) *unpacker {
	if len(from) == 0 || from[0] != encoding {
		return &unpacker{bad: true}
	}
	return &unpacker{from: from[1:]}
}

func (u *unpacker) number() int64 {
	n, size := binary.Varint(u.from)
	if size <= 0 {
		u.bad, u.from = true, nil
		return 0
	}
	u.from = u.from[size:]
	return n
}

// count is a number of things of which each takes a byte at least.
func (u *unpacker) count() int {
	n := u.number()
	if n < 0 || n > int64(len(u.from)) {
		u.bad, u.from = true, nil
		return 0
	}
	return int(n)
}

func (u *unpacker) place() uint64 {
	n, size := binary.Uvarint(u.from)
	if size <= 0 {
		u.bad, u.from = true, nil
		return 0
	}
	u.from = u.from[size:]
	return n
}

func (u *unpacker) name() string {
	i := u.place()
	switch {
	case u.bad || i > uint64(len(u.names)):
		u.bad, u.from = true, nil
		return ""
	case i < uint64(len(u.names)):
		return u.names[i]
	}
	size := u.place()
	if size > uint64(len(u.from)) {
		u.bad, u.from = true, nil
		return ""
	}
	name := string(u.from[:size])
	u.from = u.from[size:]
	u.names = append(u.names, name)
	return name
}

func (u *unpacker) times() []time.Duration {
	n := u.count()
	if n == 0 {
		return nil
	}
	all := make([]time.Duration, n)
	last := time.Duration(0)
	for i := range all {
		last += time.Duration(u.number())
		all[i] = last
	}
	return all
}

func unpackMap[K ~string, V ~int | ~int64](u *unpacker) map[K]V {
	n := u.count()
	m := make(map[K]V, n)
	for range n {
		k := K(u.name())
		m[k] = V(u.number())
	}
	return m
}

// decodeFigures reads what encodeFigures wrote, with times by the clock of zone.
func decodeFigures(began time.Time, zone *time.Location, from []byte) ([]*QueueFigures, []*AgentFigures, error) {
	u := newUnpacker(from)
	began = began.In(zone)
	queues := make([]*QueueFigures, 0, u.count())
	for range cap(queues) {
		f := &QueueFigures{Began: began.Add(time.Duration(u.number())), Queue: u.name()}
		for _, n := range []*int{&f.Offered, &f.Answered, &f.Completed, &f.Transferred, &f.Rung, &f.Missed, &f.Declined, &f.Unreachable} {
			*n = int(u.number())
		}
		f.Talk, f.WrapUp = time.Duration(u.number()), time.Duration(u.number())
		f.Left = unpackMap[queue.Result, int](u)
		f.Waits, f.GaveUp = u.times(), u.times()
		queues = append(queues, f)
	}
	agents := make([]*AgentFigures, 0, u.count())
	for range cap(agents) {
		f := &AgentFigures{Began: began.Add(time.Duration(u.number())), Agent: u.name()}
		for _, n := range []*int{&f.Rung, &f.Answered, &f.Missed, &f.Declined, &f.Unreachable, &f.Released, &f.Completed, &f.Transferred} {
			*n = int(u.number())
		}
		f.Talk = time.Duration(u.number())
		f.In, f.Pauses = unpackMap[queue.State, time.Duration](u), unpackMap[string, time.Duration](u)
		agents = append(agents, f)
	}
	if u.bad || len(u.from) > 0 {
		return nil, nil, fmt.Errorf("figures of the day of %s: %w", began.Format(time.DateOnly), errEncoding)
	}
	return queues, agents, nil
}
