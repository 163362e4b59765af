package app

import (
	"cmp"
	"errors"
	"math"
	"time"

	"hatif/queue"
	"hatif/transfer"
	"hatif/web"
)

// inForce is the file as it is in force, or as it will be: the parts are made before it is.
func (a *App) inForce() *settings {
	if s := a.settings.Load(); s != nil {
		return s
	}
	return &settings{cfg: a.made}
}

// zone is where the days of the file begin.
func (a *App) zone() *time.Location { return a.inForce().cfg.Location }

// serviceLevel is how long a caller of a queue may wait at most to be served in time.
func (a *App) serviceLevel(name string) time.Duration {
	return cmp.Or(a.inForce().cfg.Queues[name].ServiceLevel, queue.DefaultServiceLevel)
}

// figuresToday are those of each queue, for the console.
func (a *App) figuresToday() map[string]web.Day {
	all := make(map[string]web.Day)
	for name, f := range a.today.Figures(time.Now()) {
		if math.IsNaN(f.ServiceLevel) {
			f.ServiceLevel = 0
		}
		all[name] = web.Day{
			Offered: f.Offered, Answered: f.Answered, Abandoned: f.Abandoned, Otherwise: f.Otherwise,
			ServiceLevel: f.ServiceLevel, Longest: f.Longest,
		}
	}
	return all
}

// recordOne begins or ends the recording of a conversation in progress for an administrator.
func (a *App) recordOne(conversation string, on bool, by string) error {
	err := a.talks.Record(conversation, on, by)
	for theirs, ours := range map[error]error{
		transfer.ErrNoTalk: web.ErrNobodyTalks, transfer.ErrNotNow: web.ErrNotNow, transfer.ErrNotRecorded: web.ErrNoRecording,
	} {
		if errors.Is(err, theirs) {
			return ours
		}
	}
	return err
}
