package web

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

type fileData struct {
	Text string `json:"text" doc:"Everybody's secrets are in it."`
	Sum  string `json:"sum" doc:"Of the text; it is the ETag, too."`
	fileVerdict
}

// fileVerdict is what is to be said of a text.
type fileVerdict struct {
	Mistakes []Mistake `json:"mistakes" doc:"With any of them the text cannot be put in force."`
	Warnings []string  `json:"warnings" doc:"What is no mistake and yet hardly meant."`
}

type fileText struct {
	Text string `json:"text"`
}

type checkedFile struct {
	fileVerdict
	Sum        string       `json:"sum" doc:"Of the file as it is, for putting the text in force."`
	Difference []fileChange `json:"difference" doc:"From the file as it is: lines that come and go, with some around them."`
}

type fileChange struct {
	Kind string `json:"kind" enum:"added,removed,same,left_out"`
	Old  int    `json:"old_line,omitempty"`
	New  int    `json:"new_line,omitempty"`
	Text string `json:"text"`
}

type appliedFile struct {
	Sum     string   `json:"sum" doc:"Of the file as it is now."`
	Restart []string `json:"restart_needed" doc:"Keys that have changed and take effect at the next start only."`
}

type versionList struct {
	Versions []versionData `json:"versions" doc:"The newest first."`
}

type versionData struct {
	ID  string    `json:"id"`
	At  time.Time `json:"at"`
	By  string    `json:"by,omitempty" doc:"An account. Left out: somebody changed the file on the disk."`
	Now bool      `json:"is_now" doc:"It is what the file holds."`
}

type versionText struct {
	ID         string       `json:"id"`
	Text       string       `json:"text" doc:"Everybody's secrets are in it."`
	Difference []fileChange `json:"difference" doc:"What going back to it would change."`
}

type explained struct {
	Path string `json:"path" doc:"As hatif explain tells it, a line for each thing that happens."`
}

func (s *Server) fileAPI() []endpoint {
	sum := parameter{name: "sum", doc: "Of the file as it was read: when it is another by now, nothing is changed. The header If-Match with the ETag does as well; one of them must be there."}
	put := takes(http.MethodPut, "/file", "Put another text in force, and keep the one before as a version", s.apiPutFile, changeFile).asking(sum)
	check := post("/file/check", "What a text would mean; nothing is changed", s.apiCheckFile, changeFile)
	put.most, check.most = mostFile, mostFile
	return []endpoint{
		get("/file", "The configuration file", s.apiFile, changeFile), put, check,
		get("/file/versions", "The texts that the file has had", s.apiVersions, changeFile),
		get("/file/versions/{id}", "One of them", s.apiVersion, changeFile),
		post("/file/versions/{id}/restore", "Go back to it", s.apiRestore, changeFile).asking(sum),
		get("/explain", "The way that a call would take, by the file as it is", s.apiExplain, changeFile).asking(
			parameter{name: "from", doc: "Who calls: an account."}, parameter{name: "to", doc: "What they dial."},
			parameter{name: "keys", doc: "What they press, one key for each menu."}),
	}
}

// verdictOf is what is to be said of a text.
func (s *Server) verdictOf(text []byte) (fileVerdict, error) {
	v, err := s.judge(text)
	return fileVerdict{append([]Mistake{}, v.Mistakes...), list(v.Warnings)}, err
}

// apiFile hands the file over, secrets included, which is noted as the editor is.
func (s *Server) apiFile(x *exchange) (fileData, error) {
	if s.File == nil {
		return fileData{}, errNotFound
	}
	text, sum, err := s.File.Open()
	if err != nil {
		return fileData{}, err
	}
	if !utf8.Valid(text) { // JSON would say something else
		return fileData{}, troubleState.with("the file is not written in UTF-8: mend it on the disk")
	}
	said, err := s.verdictOf(text)
	if err != nil {
		return fileData{}, err
	}
	if err := s.note(x.r, x.v.account.Name, "open file", "", ""); err != nil {
		return fileData{}, err
	}
	x.w.Header().Set("ETag", `"`+sum+`"`)
	return fileData{string(text), sum, said}, nil
}

// changes are the lines of a difference, from the file as it is.
func (s *Server) fileChanges(before, after []byte) []fileChange {
	all := []fileChange{}
	for _, l := range s.File.Diff(before, after, nil) {
		kind := map[byte]string{'+': "added", '-': "removed", '@': "left_out"}[l.Kind]
		if kind == "" {
			kind = "same"
		}
		all = append(all, fileChange{kind, l.Old, l.New, l.Text})
	}
	return all
}

// apiCheckFile reads a text and touches nothing.
func (s *Server) apiCheckFile(_ *exchange, t fileText) (checkedFile, error) {
	if s.File == nil {
		return checkedFile{}, errNotFound
	}
	text, sum, err := s.File.Open()
	if err != nil {
		return checkedFile{}, err
	}
	said, err := s.verdictOf([]byte(t.Text))
	return checkedFile{said, sum, s.fileChanges(text, []byte(t.Text))}, err
}

// replaceFile puts a text in force in the place of the one that the program has read.
func (s *Server) replaceFile(x *exchange, after []byte, deed, subject string) (appliedFile, error) {
	text, sum, err := s.File.Open()
	if err != nil {
		return appliedFile{}, err
	}
	seen := x.query["sum"]
	if match := x.r.Header.Get("If-Match"); seen == "" {
		seen = strings.Trim(match, `"`)
	}
	switch {
	case seen == "":
		return appliedFile{}, troubleParameter.of("sum", "say which text yours was made from: the sum that was told with it, here or as If-Match")
	case seen != sum:
		return appliedFile{}, fileTrouble(ErrFileChanged)
	case bytes.Equal(text, after):
		return appliedFile{sum, []string{}}, nil
	}
	restart, err := s.File.Apply(x.v.account.Name, sum, after)
	if err != nil {
		return appliedFile{}, fileTrouble(err)
	}
	if err := s.note(x.r, x.v.account.Name, deed, subject, ""); err != nil {
		return appliedFile{}, err
	}
	_, sum, err = s.File.Open()
	return appliedFile{sum, list(restart)}, err
}

func (s *Server) apiPutFile(x *exchange, t fileText) (appliedFile, error) {
	switch {
	case s.File == nil:
		return appliedFile{}, errNotFound
	case strings.TrimSpace(t.Text) == "":
		return appliedFile{}, troubleField.of("text", "it is empty")
	}
	return s.replaceFile(x, []byte(t.Text), "change file", "")
}

func (s *Server) apiVersions(*exchange) (versionList, error) {
	if s.File == nil {
		return versionList{}, errNotFound
	}
	all, err := s.File.Versions()
	told := versionList{Versions: []versionData{}}
	for _, v := range all {
		told.Versions = append(told.Versions, versionData{v.ID, v.At.UTC(), v.By, v.Now})
	}
	return told, err
}

// version is the text of the one that the address names.
func (s *Server) version(x *exchange) (string, []byte, error) {
	if s.File == nil {
		return "", nil, errNotFound
	}
	id := x.r.PathValue("id")
	text, err := s.File.Version(id)
	if errors.Is(err, fs.ErrNotExist) {
		err = errNotFound
	}
	return id, text, err
}

func (s *Server) apiVersion(x *exchange) (versionText, error) {
	id, kept, err := s.version(x)
	if err != nil {
		return versionText{}, err
	}
	if !utf8.Valid(kept) {
		return versionText{}, troubleState.with("this version is not written in UTF-8")
	}
	text, _, err := s.File.Open()
	if err != nil {
		return versionText{}, err
	}
	if err := s.note(x.r, x.v.account.Name, "open file", id, ""); err != nil {
		return versionText{}, err
	}
	return versionText{id, string(kept), s.fileChanges(text, kept)}, nil
}

func (s *Server) apiRestore(x *exchange, _ nothing) (appliedFile, error) {
	id, kept, err := s.version(x)
	if err != nil {
		return appliedFile{}, err
	}
	return s.replaceFile(x, kept, "restore file", id)
}

func (s *Server) apiExplain(x *exchange) (explained, error) {
	if s.File == nil {
		return explained{}, errNotFound
	}
	for _, name := range []string{"from", "to"} {
		if strings.TrimSpace(x.query[name]) == "" {
			return explained{}, troubleParameter.of(name, "it is missing")
		}
	}
	text, _, err := s.File.Open()
	if err != nil {
		return explained{}, err
	}
	path, err := s.File.Explain(text, x.query["from"], x.query["to"], x.query["keys"])
	var wrong Mistakes
	switch {
	case errors.As(err, &wrong):
		return explained{}, fileTrouble(wrong)
	case err != nil:
		return explained{}, troubleParameter.with("%s", err.Error())
	}
	return explained{path}, nil
}
