package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"time"

	"hatif/store"
)

type recordedList struct {
	Calls []recordedCallData `json:"calls" doc:"Those that were recorded, the newest first."`
	Next  string             `json:"next,omitempty" doc:"The cursor of the next page. Left out: this is the last."`
}

type recordedCallData struct {
	store.CallData
	Files []recordingData `json:"files" doc:"The call's recordings with what was decided of them."`
}

type recordingData struct {
	N      int       `json:"n" doc:"Its place among those of the call, from 1."`
	Name   string    `json:"name" doc:"What GET /recordings/{day}/{file} has it by."`
	HeldAt time.Time `json:"held_since,omitzero" doc:"Since when it is not to be deleted. Left out: it may be."`
	HeldBy string    `json:"held_by,omitempty"`
	GoneAt time.Time `json:"deleted_at,omitzero" doc:"Left out: it is there."`
	GoneBy string    `json:"deleted_by,omitempty" doc:"Left out where it is deleted: it was too old."`
}

// peaksData is the shape of a recording.
type peaksData struct {
	Seconds  float64 `json:"seconds"`
	Channels [][]int `json:"channels" doc:"Of each voice, how loud it is at most in each of stretches of equal length, from 0 to 255. Two where the file is stereo: the caller first."`
}

func (s *Server) apiPeaks(x *exchange) (peaksData, error) {
	_, file, _, err := s.recordingOf(x.r)
	if err == nil && file.Gone() {
		err = errNotFound
	}
	shape := peaksData{Channels: [][]int{}}
	if err != nil {
		return shape, err
	}
	err = s.withRecording(file.Name, func(f *os.File, info fs.FileInfo) error {
		peaks, err := s.Peaks(f, info.Size())
		if err != nil {
			return errNotFound // no sound that can be drawn
		}
		shape.Seconds = peaks.Lasts.Seconds()
		for _, channel := range peaks.Channels {
			loud := make([]int, len(channel))
			for i := range channel {
				loud[i] = int(channel[i])
			}
			shape.Channels = append(shape.Channels, loud)
		}
		return nil
	})
	return shape, err
}

func recordingOf(f recordingView) recordingData {
	m := f.Mark
	return recordingData{N: f.N, Name: f.Name, HeldAt: m.Held.UTC(), HeldBy: m.HeldBy, GoneAt: m.Gone.UTC(), GoneBy: m.GoneBy}
}

func (s *Server) recordingsAPI() []endpoint {
	hold := func(ctx context.Context, c store.Call, name, by string) error {
		return s.store.HoldRecording(ctx, name, c.ID, by, s.now())
	}
	release := func(ctx context.Context, _ store.Call, name, _ string) error {
		return s.store.ReleaseRecording(ctx, name)
	}
	erase := func(ctx context.Context, c store.Call, name, by string) error {
		return s.DeleteRecording(ctx, name, c.ID, by)
	}
	return []endpoint{
		get("/recordings", "Calls that were recorded", s.apiRecordings, listen).asking(
			parameter{name: "since", form: "time", doc: "Calls that began then or later."},
			parameter{name: "until", form: "time", doc: "Calls that began before then."},
			parameter{name: "number", doc: "The caller's, the one dialled, or the agent."},
			parameter{name: "agent"}, parameter{name: "queue"}, parameter{name: "result", words: callResults}, limitParameter, cursorParameter),
		get("/calls/{id}/recordings/{n}/peaks", "The shape of a recording, for a picture of it", s.apiPeaks, listen),
		post("/calls/{id}/recordings/{n}/hold", "Keep a recording from being deleted, by anybody or for its age", s.apiDecide("hold recording", hold), keepRecordings),
		post("/calls/{id}/recordings/{n}/release", "Let it be deleted again", s.apiDecide("release recording", release), keepRecordings),
		takes(http.MethodDelete, "/calls/{id}/recordings/{n}", "Delete a recording for good", s.apiDecide("delete recording", erase), keepRecordings),
	}
}

func (s *Server) apiRecordings(x *exchange) (recordedList, error) {
	page, limit := recordedList{Calls: []recordedCallData{}}, x.number("limit", apiPage)
	calls, err := s.store.Calls(x.r.Context(), store.Filter{
		Since: x.moment("since"), Until: x.moment("until"), Number: x.query["number"], Agent: x.query["agent"], Queue: x.query["queue"],
		Result: x.query["result"], After: x.query["cursor"], Limit: limit, Recorded: true,
	})
	if errors.Is(err, store.ErrCursor) {
		return page, troubleCursor.of("cursor", "write the next of the page before")
	}
	if err != nil {
		return page, err
	}
	var names []string
	for _, c := range calls {
		names = append(names, c.Recordings...)
	}
	marks, err := s.store.RecordingMarks(x.r.Context(), names)
	if err != nil {
		return page, err
	}
	for _, c := range calls {
		one := recordedCallData{CallData: c.Data(), Files: []recordingData{}}
		for _, f := range filesOf(c, marks) {
			one.Files = append(one.Files, recordingOf(f))
		}
		page.Calls = append(page.Calls, one)
	}
	if len(calls) == limit {
		page.Next = calls[limit-1].Cursor()
	}
	return page, nil
}

// apiDecide does with a recording what somebody decides of it, and answers with it as it is then.
func (s *Server) apiDecide(action string, do func(ctx context.Context, c store.Call, name, by string) error) func(*exchange, nothing) (recordingData, error) {
	return func(x *exchange, _ nothing) (recordingData, error) {
		c, file, _, err := s.recordingOf(x.r)
		if err != nil {
			return recordingData{}, err
		}
		switch err := do(x.r.Context(), c, file.Name, x.v.account.Name); {
		case errors.Is(err, store.ErrHeld):
			return recordingData{}, troubleState.with("%s is held", file.Name)
		case errors.Is(err, store.ErrGone):
			return recordingData{}, troubleState.with("%s is deleted", file.Name)
		case err != nil:
			return recordingData{}, err
		}
		if err := s.note(x.r, x.v.account.Name, action, "recording "+file.Name, "call "+c.ID); err != nil {
			return recordingData{}, err
		}
		_, file, _, err = s.recordingOf(x.r)
		return recordingOf(file), err
	}
}
