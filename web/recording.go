package web

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// recording plays a recording in the browser, or hands it over when ?download is asked for. Whoever listens is in the
// audit log; the pieces that a browser asks for on the way are not noted again.
func (s *Server) recording(w http.ResponseWriter, r *http.Request, v *visitor) (err error) {
	name := r.PathValue("day") + "/" + r.PathValue("file")
	if !fs.ValidPath(name) || !strings.HasSuffix(name, ".wav") || strings.Contains(name, `\`) {
		return errNotFound
	}
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
	action := "listen"
	if r.URL.Query().Has("download") {
		action = "download"
		w.Header().Set("Content-Disposition", `attachment; filename="`+filepath.Base(name)+`"`)
	}
	if first := r.Header.Get("Range"); first == "" || strings.HasPrefix(first, "bytes=0-") {
		if err := s.note(r, v.account.Name, action, "recording "+name, ""); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", info.ModTime(), f)
	return nil
}
