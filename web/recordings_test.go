package web

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/media"
	"hatif/store"
)

// sound writes a recording of two voices, a second long: the first is loud in its first half, the second softer in the other.
func (d *desk) sound(name string) {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.folder, name))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	w, err := media.NewWAVWriter(f, media.SampleRate, 2)
	if err != nil {
		d.t.Fatal(err)
	}
	var samples []int16
	for i := range media.SampleRate {
		if i < media.SampleRate/2 {
			samples = append(samples, 20000, 0)
		} else {
			samples = append(samples, 0, -10000)
		}
	}
	if err := w.Write(samples); err != nil {
		d.t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		d.t.Fatal(err)
	}
}

func TestRecordingsAreFoundDrawnHeldAndDeleted(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.account("ear", Quality, "")
	d.call("c1", "0100", "2001")
	d.call("c2", "0200", "2002")
	unrecorded := d.call("c3", "0300", "2002")
	unrecorded.Recordings = nil
	if err := d.db.SaveCall(t.Context(), unrecorded); err != nil {
		t.Fatal(err)
	}
	d.sound("2026-11-23/c1.wav")
	b, ear := d.as("boss"), d.as("ear")
	p := b.get("/recordings").wants(t, http.StatusOK, "/calls/c1/recordings/1", "/calls/c2/recordings/1")
	if strings.Contains(p.text, "0300") {
		t.Error("a call that was not recorded is among the recordings")
	}
	if p := b.get("/recordings?agent=2001&number=0100&queue=arabic&from=2026-11-23&to=2026-11-23").wants(t, http.StatusOK, "c1.wav"); strings.Contains(p.text, "c2.wav") {
		t.Error("another's recording is found")
	}
	b.get("/calls/c1").wants(t, http.StatusOK, `href="/calls/c1/recordings/1"`)
	b.get("/calls/c1/recordings/1").wants(t, http.StatusOK, "The caller", "The agent", `src="/recordings/2026-11-23/c1.wav"`, "1.25×", "/hold")
	if p := ear.get("/calls/c1/recordings/1").wants(t, http.StatusOK, "1.25×"); strings.Contains(p.text, "/hold") || strings.Contains(p.text, "/delete") {
		t.Error("somebody who may only listen is offered more")
	}
	peaks := ear.get("/calls/c1/recordings/1/peaks").wants(t, http.StatusOK, `{"seconds":1.000,"channels":[[156,156,`, `,0,0],[0,0,`, `,78,78]]}`)
	if peaks.header.Get("Content-Type") != "application/json" {
		t.Error("the shape is no JSON")
	}
	if slices.ContainsFunc(d.deeds(), func(s string) bool { return strings.HasPrefix(s, "listen") }) {
		t.Error("who sees the shape is taken to have listened")
	}

	b.post("/calls/c1/recordings/1/hold").wants(t, http.StatusSeeOther)
	b.get("/calls/c1/recordings/1").wants(t, http.StatusOK, "Held since 2026-11-23 09:00:00 by boss", "/release")
	b.get("/recordings").wants(t, http.StatusOK, `<strong class="held">held</strong>`)
	b.post("/calls/c1/recordings/1/delete", "sure", "yes").wants(t, http.StatusConflict, "The recording is held")
	b.get("/recordings/2026-11-23/c1.wav").wants(t, http.StatusOK)
	b.post("/calls/c1/recordings/1/release").wants(t, http.StatusSeeOther)
	b.post("/calls/c1/recordings/1/delete").wants(t, http.StatusBadRequest)
	b.post("/calls/c1/recordings/1/delete", "sure", "yes").wants(t, http.StatusSeeOther)
	b.get("/calls/c1/recordings/1").wants(t, http.StatusOK, "Deleted on 2026-11-23 09:00:00 by boss")
	b.get("/calls/c1").wants(t, http.StatusOK, "deleted")
	b.get("/recordings").wants(t, http.StatusOK, "<s><bdi>c1.wav</bdi></s>")
	b.post("/calls/c1/recordings/1/hold").wants(t, http.StatusConflict, "The recording is deleted")
	b.get("/calls/c1/recordings/1/peaks").wants(t, http.StatusNotFound)
	for _, deed := range []string{"hold", "release", "delete"} {
		if want := deed + " recording recording 2026-11-23/c1.wav by boss"; !slices.Contains(d.deeds(), want) {
			t.Errorf("the audit log has no %q: %q", want, d.deeds())
		}
	}
	// Killed before the file was removed: nobody hears it.
	if _, err := d.db.CondemnRecordings(t.Context(), []string{"2026-11-23/c2.wav"}, "c2", "boss", d.now); err != nil {
		t.Fatal(err)
	}
	b.get("/recordings/2026-11-23/c2.wav").wants(t, http.StatusNotFound)
}

func TestWhatSomebodyKeptOutOfTheRecordingIsShown(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	c := d.call("c1", "0100", "2001")
	at := func(s int) time.Time { return d.now.Add(time.Duration(s) * time.Second) }
	c.Path = append(c.Path, store.Note{At: at(20), Text: "recording stopped by 2001"}, store.Note{At: at(32), Text: "recording started by 2001"},
		store.Note{At: at(50), Text: "recording stopped by 1001"})
	c.Recordings = append(c.Recordings, "2026-11-23/c1-2.wav")
	if err := d.db.SaveCall(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	b := d.as("boss")
	b.get("/calls/c1/recordings/1").wants(t, http.StatusOK, "2026-11-23 09:00:20", "2026-11-23 09:00:32", "(0:12)", "2026-11-23 09:00:50", "(0:15)", "/calls/c1/recordings/2")
	b.get("/calls/c1/recordings/2").wants(t, http.StatusOK, "The file is not there any more")
	b.get("/calls/c1").wants(t, http.StatusOK, "From 2026-11-23 09:00:20 on, 0:12 were not recorded")
}
