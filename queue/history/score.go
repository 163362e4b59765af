package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hatif/store"
)

// Poor is the rating below which a caller was not content.
const Poor = 5

// A Score is what callers thought of an agent's conversations for a queue in an interval, by when they were asked.
type Score struct {
	Began        time.Time // of the interval; zero: there is only one
	Queue, Agent string
	Asked        int
	Answered     int // of Asked
	Sum          int // of the ratings given
	Poor         int // of Answered
}

// Mean is the mean of the ratings given; 0 when there are none.
func (s *Score) Mean() float64 {
	if s.Answered == 0 {
		return 0
	}
	return float64(s.Sum) / float64(s.Answered)
}

// scoreKey is one row of scores.
type scoreKey struct {
	began        int64 // UnixNano
	queue, agent string
}

// FoldScores adds scores up that as gives the same interval, queue and agent.
func FoldScores(scores []*Score, as func(*Score) (began time.Time, queue, agent string)) []*Score {
	sums := make(map[scoreKey]*Score)
	for _, s := range scores {
		began, queue, agent := as(s)
		k := scoreKey{began.UnixNano(), queue, agent}
		sum := sums[k]
		if sum == nil {
			sum = &Score{Began: began, Queue: queue, Agent: agent}
			sums[k] = sum
		}
		sum.Asked += s.Asked
		sum.Answered += s.Answered
		sum.Sum += s.Sum
		sum.Poor += s.Poor
	}
	return slices.SortedFunc(maps.Values(sums), byBeginQueueAndAgent)
}

func byBeginQueueAndAgent(a, b *Score) int {
	return cmp.Or(a.Began.Compare(b.Began), strings.Compare(a.Queue, b.Queue), strings.Compare(a.Agent, b.Agent))
}

// Scores are the ratings from one moment until before another, by hour.
func Scores(ctx context.Context, db *store.DB, since, until time.Time, zone *time.Location) ([]*Score, error) {
	var all []*Score
	for r, err := range db.RatingsWithin(ctx, since, until) {
		if err != nil {
			return nil, err
		}
		s := &Score{Began: Hour.begin(r.Created, zone), Queue: r.Queue, Agent: r.Agent, Asked: 1}
		if r.Answered {
			s.Answered, s.Sum = 1, r.Rating
			if r.Rating < Poor {
				s.Poor = 1
			}
		}
		all = append(all, s)
	}
	return FoldScores(all, func(s *Score) (time.Time, string, string) { return s.Began, s.Queue, s.Agent }), nil
}

func encodeScores(began time.Time, scores []*Score) []byte {
	p := newPacker()
	p.number(int64(len(scores)))
	for _, s := range scores {
		p.number(int64(s.Began.Sub(began)))
		p.name(s.Queue)
		p.name(s.Agent)
		for _, n := range []int{s.Asked, s.Answered, s.Sum, s.Poor} {
			p.number(int64(n))
		}
	}
	return p.to
}

func decodeScores(began time.Time, zone *time.Location, from []byte) ([]*Score, error) {
	u := newUnpacker(from)
	began = began.In(zone)
	all := make([]*Score, 0, u.count())
	for range cap(all) {
		s := &Score{Began: began.Add(time.Duration(u.number())), Queue: u.name(), Agent: u.name()}
		for _, n := range []*int{&s.Asked, &s.Answered, &s.Sum, &s.Poor} {
			*n = int(u.number())
		}
		all = append(all, s)
	}
	if u.bad || len(u.from) > 0 {
		return nil, fmt.Errorf("ratings of the day of %s: %w", began.Format(time.DateOnly), errEncoding)
	}
	return all, nil
}
