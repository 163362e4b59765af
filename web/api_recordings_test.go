package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestRecordingsAreFoundHeldAndDeletedByTheAPI(t *testing.T) {
	d := open(t)
	for _, id := range []string{"c1", "c2", "c4"} {
		d.call(id, "0"+id[1:]+"00", "200"+id[1:])
	}
	unrecorded := d.call("c3", "0300", "2002")
	unrecorded.Recordings = nil
	if err := d.db.SaveCall(t.Context(), unrecorded); err != nil {
		t.Fatal(err)
	}
	p := d.token("crm", Manager, "")
	names := func(l recordedList) (names []string) {
		for _, c := range l.Calls {
			for _, f := range c.Files {
				names = append(names, f.Name)
			}
		}
		return names
	}
	whole := names(read[recordedList](t, p.get("/recordings"), http.StatusOK))
	var pieces []string
	for cursor := ""; ; {
		l := read[recordedList](t, p.get("/recordings?limit=2&cursor="+url.QueryEscape(cursor)), http.StatusOK)
		pieces = append(pieces, names(l)...)
		if cursor = l.Next; cursor == "" {
			break
		}
	}
	if len(whole) != 3 || !slices.Equal(whole, pieces) {
		t.Errorf("page by page %q, at once %q", pieces, whole)
	}
	if got := names(read[recordedList](t, p.get("/recordings?agent=2001&number=0100&queue=arabic&since=2026-11-23T00:00:00Z"), http.StatusOK)); !slices.Equal(got, []string{"2026-11-23/c1.wav"}) {
		t.Errorf("found %q", got)
	}
	p.get("/recordings?cursor=x").troubled(t, troubleCursor, "cursor")

	const one = "/calls/c1/recordings/1"
	if got := read[recordingData](t, p.post(one+"/hold", ""), http.StatusOK); !got.HeldAt.Equal(d.now) || got.HeldBy != "token:crm" {
		t.Errorf("held: %+v", got)
	}
	p.send(http.MethodDelete, one, "").troubled(t, troubleState, "")
	if got := read[recordingData](t, p.post(one+"/release", ""), http.StatusOK); !got.HeldAt.IsZero() || got.HeldBy != "" {
		t.Errorf("released: %+v", got)
	}
	if got := read[recordingData](t, p.send(http.MethodDelete, one, ""), http.StatusOK); !got.GoneAt.Equal(d.now) || got.GoneBy != "token:crm" {
		t.Errorf("deleted: %+v", got)
	}
	if _, err := os.Stat(filepath.Join(d.folder, "2026-11-23", "c1.wav")); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	p.post(one+"/hold", "").troubled(t, troubleState, "")
	p.get("/recordings/2026-11-23/c1.wav").troubled(t, troubleNotFound, "")
	for _, path := range []string{"/calls/c1/recordings/2/hold", "/calls/c1/recordings/0/hold", "/calls/c1/recordings/x/hold", "/calls/c9/recordings/1/hold"} {
		p.post(path, "").troubled(t, troubleNotFound, "")
	}
	d.did(
		"delete recording recording 2026-11-23/c1.wav by token:crm", "release recording recording 2026-11-23/c1.wav by token:crm",
		"hold recording recording 2026-11-23/c1.wav by token:crm",
	)
}

func TestWhoMayDecideOfRecordingsByTheAPI(t *testing.T) {
	const ok, no = http.StatusOK, http.StatusForbidden
	rightsBy(t, func(*desk) {}, []rightsCase{
		{"GET", "/recordings", "", [4]int{ok, ok, ok, no}},
		{"POST", "/calls/c1/recordings/1/hold", "", [4]int{ok, ok, no, no}},
		{"POST", "/calls/c1/recordings/1/release", "", [4]int{ok, ok, no, no}},
		{"DELETE", "/calls/c1/recordings/1", "", [4]int{ok, ok, no, no}},
	})
}
