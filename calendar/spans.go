package calendar

import (
	"slices"
	"time"
)

// A Span is a time in which something is open without a break. From is in it, To is not.
type Span struct{ From, To time.Time }

// Spans are the times in which it is open between two moments, in order.
func (o Opening) Spans(from, to time.Time) (all []Span) {
	if !from.Before(to) {
		return nil
	}
	if !o.limited {
		return []Span{{from, to}}
	}
	moments := o.changes(from, to)
	for i, at := range moments[:len(moments)-1] {
		switch next, n := moments[i+1], len(all); {
		case !o.Open(at):
		case n > 0 && all[n-1].To.Equal(at):
			all[n-1].To = next
		default:
			all = append(all, Span{at, next})
		}
	}
	return all
}

// changes are the two moments, and those between them at which it may open or close.
func (o Opening) changes(from, to time.Time) []time.Time {
	moments := []time.Time{from, to}
	add := func(at time.Time) {
		if at.After(from) && at.Before(to) {
			moments = append(moments, at)
		}
	}
	first := from.In(o.zone)
	for d := -1; ; d++ {
		noon := time.Date(first.Year(), first.Month(), first.Day()+d, 12, 0, 0, 0, o.zone)
		midnight := o.clock(noon, 0)
		if midnight.After(to) {
			break
		}
		add(midnight)
		jump, _ := noon.ZoneBounds()
		add(jump)
		for _, h := range o.of(noon) {
			for _, at := range []time.Time{o.clock(noon, h.from), o.clock(noon, h.to), o.clock(noon, 24*time.Hour+h.to)} {
				for _, shift := range []time.Duration{0, -time.Hour, time.Hour} { // the hour that comes twice, or not at all
					add(at.Add(shift))
				}
			}
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.CompactFunc(moments, time.Time.Equal)
}
