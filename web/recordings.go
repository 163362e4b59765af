package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hatif/store"
)

// Peaks are the shape of a recording: for each channel and column of the picture the loudest moment, from 0 to 255.
type Peaks struct {
	Lasts    time.Duration
	Channels [][]byte
}

type recordingsView struct {
	Query   callQuery
	Rows    []recordedCall
	Next    string // the address of the next page; ""
	Decides bool   // the visitor may hold and delete
	Zone    *time.Location
}

// A recordedCall is one conversation with its recordings.
type recordedCall struct {
	store.Call
	Files []recordingView
}

// A recordingView is one recording of a conversation.
type recordingView struct {
	N    int // its place among those of the conversation
	Name string
	Mark store.RecordingMark
}

// Held and Gone are what the mark says.
func (r recordingView) Held() bool { return !r.Mark.Held.IsZero() }
func (r recordingView) Gone() bool { return !r.Mark.Gone.IsZero() }

// recordings is the conversations that were recorded, the newest first.
func (s *Server) recordings(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q, f, _, err := s.filterFor(r, v)
	if err != nil {
		return err
	}
	f.Limit, f.Recorded = callsPage+1, true
	calls, err := s.store.Calls(r.Context(), f)
	if errors.Is(err, store.ErrCursor) {
		return errBadInput
	}
	if err != nil {
		return err
	}
	view := recordingsView{Query: q, Decides: v.role.may(keepRecordings), Zone: s.Location()}
	if len(calls) > callsPage {
		calls = calls[:callsPage]
		view.Next = "/recordings?" + q.values(calls[callsPage-1].Cursor()).Encode()
	}
	var names []string
	for _, c := range calls {
		names = append(names, c.Recordings...)
	}
	marks, err := s.store.RecordingMarks(r.Context(), names)
	if err != nil {
		return err
	}
	for _, c := range calls {
		view.Rows = append(view.Rows, recordedCall{c, filesOf(c, marks)})
	}
	return s.show(w, r, v, http.StatusOK, "recordings", "menu.recordings", view)
}

func filesOf(c store.Call, marks map[string]store.RecordingMark) []recordingView {
	var files []recordingView
	for i, name := range c.Recordings {
		files = append(files, recordingView{i + 1, name, marks[name]})
	}
	return files
}

type playerView struct {
	Call    store.Call
	File    recordingView
	Others  []recordingView
	Stereo  bool
	There   bool // the file is
	Pauses  []pausedStretch
	Decides bool
	Wrong   string // a text: why what was wanted is not done
	Speeds  []string
	Zone    *time.Location
}

// A pausedStretch is a time of a conversation that somebody kept out of its recordings.
type pausedStretch struct {
	From, To time.Time
	By       string
}

// Lasts is how long it was.
func (p pausedStretch) Lasts() time.Duration { return p.To.Sub(p.From) }

const (
	stoppedBy = "recording stopped by " // as package transfer notes it in a call's path
	startedBy = "recording started by "
)

// stretches are the times of a call that somebody has kept out of the recordings.
func stretches(c store.Call) []pausedStretch {
	var all []pausedStretch
	open := false
	for _, n := range c.Path {
		if by, stopped := strings.CutPrefix(n.Text, stoppedBy); stopped && !open {
			all, open = append(all, pausedStretch{n.At, c.Ended, by}), true
		} else if strings.HasPrefix(n.Text, startedBy) && open {
			all[len(all)-1].To, open = n.At, false
		}
	}
	return all
}

// recordingOf is the recording that the address names, of a call that the visitor may see.
func (s *Server) recordingOf(r *http.Request) (c store.Call, file recordingView, all []recordingView, err error) {
	c, err = s.store.Call(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return c, file, nil, errNotFound
	}
	if err != nil {
		return c, file, nil, err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(c.Recordings) {
		return c, file, nil, errNotFound
	}
	marks, err := s.store.RecordingMarks(r.Context(), c.Recordings)
	if err != nil {
		return c, file, nil, err
	}
	all = filesOf(c, marks)
	return c, all[n-1], all, nil
}

// player is one recording, to be heard.
func (s *Server) player(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showPlayer(w, r, v, http.StatusOK, "")
}

func (s *Server) showPlayer(w http.ResponseWriter, r *http.Request, v *visitor, status int, wrong string) error {
	c, file, all, err := s.recordingOf(r)
	if err != nil {
		return err
	}
	view := playerView{
		Call: c, File: file, Others: all, Pauses: stretches(c), Decides: v.role.may(keepRecordings), Wrong: wrong,
		Speeds: []string{"0.75", "1", "1.25", "1.5", "2"}, Zone: s.Location(),
	}
	if !file.Gone() {
		err := s.withRecording(file.Name, func(f *os.File, info fs.FileInfo) error {
			view.There = true
			peaks, err := s.Peaks(f, info.Size())
			view.Stereo = err == nil && len(peaks.Channels) == 2
			return nil // one that cannot be read is played by the browser, or not
		})
		if err != nil && !errors.Is(err, errNotFound) {
			return err
		}
	}
	return s.show(w, r, v, status, "player", "recordings.title", view)
}

// peaks is the shape of a recording, for the picture of it. Nothing is heard by it.
func (s *Server) peaks(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	_, file, _, err := s.recordingOf(r)
	if err != nil {
		return err
	}
	if file.Gone() {
		return errNotFound
	}
	return s.withRecording(file.Name, func(f *os.File, info fs.FileInfo) error {
		peaks, err := s.Peaks(f, info.Size())
		if err != nil {
			return errNotFound // no sound that can be drawn
		}
		return writePeaks(w, peaks)
	})
}

// writePeaks writes the shape as JSON, with numbers where encoding/json would write bytes as text.
func writePeaks(w http.ResponseWriter, p Peaks) error {
	w.Header().Set("Content-Type", "application/json")
	b := []byte(`{"seconds":` + strconv.FormatFloat(p.Lasts.Seconds(), 'f', 3, 64) + `,"channels":[`)
	for i, channel := range p.Channels {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for k, loud := range channel {
			if k > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(loud), 10)
		}
		b = append(b, ']')
	}
	_, err := w.Write(append(b, `]}`...))
	return err
}

// withRecording opens a recording for do. The error is errNotFound when it is not there.
func (s *Server) withRecording(name string, do func(f *os.File, info fs.FileInfo) error) (err error) {
	root, err := os.OpenRoot(s.Recordings) // no name leads out of it, nor a link
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	f, err := root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, errNotFound)
	}
	return do(f, info)
}

// holdRecording keeps a recording from being deleted, by anybody or by retention.
func (s *Server) holdRecording(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.decide(w, r, v, "hold recording", func(c store.Call, name string) error {
		return s.store.HoldRecording(r.Context(), name, c.ID, v.account.Name, s.now())
	})
}

// releaseRecording ends that.
func (s *Server) releaseRecording(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.decide(w, r, v, "release recording", func(_ store.Call, name string) error {
		return s.store.ReleaseRecording(r.Context(), name)
	})
}

// deleteRecording deletes a recording. Whoever asks for it has said that they are sure.
func (s *Server) deleteRecording(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if r.PostFormValue("sure") != "yes" {
		return errBadInput
	}
	return s.decide(w, r, v, "delete recording", func(c store.Call, name string) error {
		return s.DeleteRecording(r.Context(), name, c.ID, v.account.Name)
	})
}

func (s *Server) decide(w http.ResponseWriter, r *http.Request, v *visitor, action string, do func(c store.Call, name string) error) error {
	c, file, _, err := s.recordingOf(r)
	if err != nil {
		return err
	}
	switch err := do(c, file.Name); {
	case errors.Is(err, store.ErrHeld):
		return s.showPlayer(w, r, v, http.StatusConflict, "recordings.isHeld")
	case errors.Is(err, store.ErrGone):
		return s.showPlayer(w, r, v, http.StatusConflict, "recordings.isGone")
	case err != nil:
		return err
	}
	if err := s.note(r, v.account.Name, action, "recording "+file.Name, "call "+c.ID); err != nil {
		return err
	}
	http.Redirect(w, r, "/calls/"+url.PathEscape(c.ID)+"/recordings/"+strconv.Itoa(file.N), http.StatusSeeOther)
	return nil
}

// gone reports whether a recording was decided to be deleted, though its file may still be there.
func (s *Server) gone(ctx context.Context, name string) (bool, error) {
	marks, err := s.store.RecordingMarks(ctx, []string{name})
	return err == nil && !marks[name].Gone.IsZero(), err
}
