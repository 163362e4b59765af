package store

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestWhatPeopleHaveSaidIsForgottenInItsTimeAndWhatIsToBeDoneIsNot(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		const old = pruneBatch + 3
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		var kept []string
		for i := range old + 2 {
			at := noon.Add(-time.Duration(old-i) * time.Minute) // the last two at noon and after it
			check(db.SaveRating(t.Context(), Rating{GivenIn: fmt.Sprint("g", i), Call: "c", Created: at, Answered: true, Rating: 3}))
			check(db.AddDeed(t.Context(), Deed{ID: fmt.Sprintf("d%04d", i), At: at, Account: "admin", Action: "logon"}))
		}
		for _, r := range []struct {
			id, state        string
			created, changed time.Duration
			stays            bool
		}{
			{"open", RequestOpen, -time.Hour, -time.Hour, true}, {"taken", RequestTaken, -time.Hour, -time.Hour, true},
			{"called", RequestCalledBack, -time.Hour, -time.Minute, false}, {"unreachable", RequestUnreachable, -time.Hour, -time.Minute, false},
			{"just called", RequestCalledBack, -time.Hour, time.Minute, true}, {"new", RequestCalledBack, time.Minute, time.Minute, true},
		} {
			check(db.AddRequest(t.Context(), Request{ID: r.id, Created: noon.Add(r.created), Number: "1234", State: r.state, Changed: noon.Add(r.changed)}))
			if r.stays {
				kept = append(kept, r.id)
			}
		}
		for what, prune := range map[string]func() (int, error){
			"ratings": func() (int, error) { return db.PruneRatings(t.Context(), noon) },
			"deeds":   func() (int, error) { return db.PruneAudit(t.Context(), noon) },
		} {
			if n, err := prune(); err != nil || n != old {
				t.Errorf("%s: removed %d, %v; want %d", what, n, err, old)
			}
			if n, err := prune(); err != nil || n != 0 {
				t.Errorf("%s: removed %d more, %v", what, n, err)
			}
		}
		if n, err := db.PruneRequests(t.Context(), noon); err != nil || n != 2 {
			t.Errorf("requests: removed %d, %v", n, err)
		}
		var left []string
		for r, err := range db.Requests(t.Context(), "", time.Time{}) {
			check(err)
			left = append(left, r.ID)
		}
		slices.Sort(left)
		slices.Sort(kept)
		if !slices.Equal(left, kept) {
			t.Errorf("requests left: %q, want %q", left, kept)
		}
	})
}
