package web

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
)

// recording plays the recording that the address names, or hands it over.
func (s *Server) recording(w http.ResponseWriter, r *http.Request, v *visitor) error {
	name := r.PathValue("day") + "/" + r.PathValue("file")
	if !fs.ValidPath(name) || !strings.HasSuffix(name, ".wav") || strings.ContainsAny(name, "\\\x00") {
		return errNotFound
	}
	if gone, err := s.gone(r.Context(), name); err != nil {
		return err
	} else if gone {
		return errNotFound
	}
	return s.withRecording(name, func(f *os.File, _ fs.FileInfo) error {
		return s.serveSound(w, r, v, f, "recording "+name, path.Base(name), func() error { return nil })
	})
}

// serveSound plays a file in the browser, or hands it over when ?download is asked for. Whoever listens is in the audit
// log; the pieces that a browser asks for on the way are not noted again. first is done before the first of them.
func (s *Server) serveSound(w http.ResponseWriter, r *http.Request, v *visitor, f *os.File, subject, name string, first func() error) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, errNotFound)
	}
	action := "listen"
	if r.URL.Query().Has("download") {
		action = "download"
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	if piece := r.Header.Get("Range"); piece == "" || strings.HasPrefix(piece, "bytes=0-") {
		if err := s.note(r, v.account.Name, action, subject, ""); err != nil {
			return err
		}
		if err := first(); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", info.ModTime(), f)
	return nil
}
