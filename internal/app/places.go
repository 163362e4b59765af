package app

import (
	"encoding/json"
	"time"

	"hatif/callback"
	"hatif/queue"
	"hatif/store"
)

// restorePlaces puts callers back into their lines who have kept a place in an earlier process. What cannot be read
// is no place.
func (a *App) restorePlaces(rows []store.Owed) []callback.Place {
	kept, from := make([]queue.Kept, len(rows)), make([]time.Time, len(rows))
	for i, o := range rows {
		from[i] = o.Due
		if err := json.Unmarshal([]byte(o.Place), &kept[i]); err != nil {
			a.log.Error("a kept place cannot be read", "owed", o.ID, "error", err)
			kept[i] = queue.Kept{}
		}
	}
	places := make([]callback.Place, len(rows))
	for i, p := range a.floor.RestorePlaces(kept, from) {
		if p != nil {
			places[i] = p
		}
	}
	return places
}
