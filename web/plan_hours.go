package web

import (
	"math"
	"net/http"
	"strings"
	"time"

	"hatif/calendar"
	"hatif/queue"
)

// planMoment is how a browser writes a moment (WHATWG HTML, "local date and time").
const planMoment = "2006-01-02T15:04"

// momentOf is the moment at which the plan is to be shown, of ?at=; now without it.
func (s *Server) momentOf(r *http.Request) (at time.Time, chosen bool, err error) {
	zone := s.Location()
	text := r.URL.Query().Get("at")
	if text == "" {
		return s.now().In(zone), false, nil
	}
	if at, err = time.ParseInLocation(planMoment, text, zone); err != nil {
		return at, false, errBadInput
	}
	return at, true, nil
}

// openAt reports whether a queue lets callers in at a moment, as things are set today.
func openAt(q queue.QueueSnapshot, at time.Time) bool {
	switch q.Switch {
	case queue.Open:
		return true
	case queue.Shut:
		return false
	}
	return q.Config.Hours.Opening().Open(at)
}

// A queueWeek is when a queue is open in the seven days that begin with a moment's.
type queueWeek struct {
	Name   string
	Zone   string // in whose time it is written
	ByHand string // "open", "shut": what somebody has said, whatever the hours; "" nothing
	Now    bool   // open at the moment
	Said   string // "open now"
	At     int    // the moment, in minutes from the week's beginning
	Days   []dayHours
	Bars   []hoursBar
}

type dayHours struct {
	Date  string
	Day   string // "mon": for its name
	Spans []string
}

// An hoursBar is a span as it is drawn: minutes from the week's beginning, and how many.
type hoursBar struct{ From, Length int }

// weekOf is the week of a queue that has hours; false: it is always open.
func weekOf(q queue.QueueSnapshot, at time.Time) (w queueWeek, limited bool) {
	hours := q.Config.Hours
	if len(hours.Open)+len(hours.Except) == 0 && q.Switch == queue.ByHours {
		return w, false
	}
	zone, err := time.LoadLocation(hours.Timezone)
	if err != nil {
		zone = at.Location()
	}
	w = queueWeek{Name: q.Name, Zone: zone.String(), Now: openAt(q, at)}
	if q.Switch != queue.ByHours {
		w.ByHand = string(q.Switch)
	}
	// The days are the same for all queues, each in its own time: there the moment may be on the day before or after.
	first := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
	there := at.In(zone)
	noon := time.Date(there.Year(), there.Month(), there.Day(), 12, 0, 0, 0, zone)
	w.At = int(math.Floor(noon.Sub(first).Hours()/24))*dayMinutes + minuteOf(there)
	opening := hours.Opening()
	for d := range 7 {
		from, to := first.AddDate(0, 0, d), first.AddDate(0, 0, d+1)
		day := dayHours{Date: from.Format(time.DateOnly), Day: strings.ToLower(from.Weekday().String()[:3])}
		for _, s := range opening.Spans(from, to) {
			day.Spans = append(day.Spans, spanText(s, zone, to))
			begin, end := minuteOf(s.From.In(zone)), dayMinutes
			if s.To.Before(to) {
				end = minuteOf(s.To.In(zone))
			}
			w.Bars = append(w.Bars, hoursBar{d*dayMinutes + begin, max(0, end-begin)})
		}
		w.Days = append(w.Days, day)
	}
	return w, true
}

const dayMinutes = 24 * 60 // as it is drawn, also where the clocks are set

// minuteOf is what the clock on the wall shows.
func minuteOf(t time.Time) int { return 60*t.Hour() + t.Minute() }

// spanText is "09:00–17:00"; the end of the day is 24:00.
func spanText(s calendar.Span, zone *time.Location, midnight time.Time) string {
	to := s.To.In(zone).Format("15:04")
	if s.To.Equal(midnight) {
		to = "24:00"
	}
	return s.From.In(zone).Format("15:04") + "–" + to
}
