package web

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"hatif/store"
)

// A Mailbox is one that somebody may open.
type Mailbox struct{ Number, Name string }

type voicemailView struct {
	Boxes    []boxTab
	Box      string // which is open; "": none may be opened
	Folder   string
	Folders  []string
	Deleted  bool // the messages are those that were deleted and are still on the disk
	Messages []store.Message
	Zone     *time.Location
}

// deletedFolder is what the page calls the messages that are deleted and not yet off the disk.
const deletedFolder = "deleted"

// A boxTab is a mailbox with what is new in it.
type boxTab struct {
	Mailbox
	New int
}

func (s *Server) voicemail(w http.ResponseWriter, r *http.Request, v *visitor) error {
	view := voicemailView{Folder: s.Folders[0], Folders: s.Folders, Zone: s.Location()}
	query := r.URL.Query()
	switch folder := query.Get("folder"); folder {
	case "":
	case deletedFolder:
		view.Deleted = true
	default:
		view.Folder = folder
	}
	if !slices.Contains(s.Folders, view.Folder) {
		return errBadInput
	}
	for _, box := range s.Mailboxes(v.account.Person, v.role.may(seeCalls)) {
		counts, err := s.store.CountMessages(r.Context(), box.Number)
		if err != nil {
			return err
		}
		view.Boxes = append(view.Boxes, boxTab{box, counts[s.Folders[0]]})
	}
	if len(view.Boxes) > 0 {
		view.Box = view.Boxes[0].Number
	}
	if wanted := query.Get("box"); wanted != "" {
		if !slices.ContainsFunc(view.Boxes, func(b boxTab) bool { return b.Number == wanted }) {
			return errNotFound
		}
		view.Box = wanted
	}
	if view.Box != "" {
		var err error
		if view.Deleted {
			view.Messages, err = s.store.DeletedIn(r.Context(), view.Box)
		} else {
			view.Messages, err = s.store.Messages(r.Context(), view.Box, view.Folder)
		}
		if err != nil {
			return err
		}
	}
	return s.show(w, r, v, http.StatusOK, "voicemail", "menu.voicemail", view)
}

// letter is the message that the address names, if the visitor may open its mailbox and it is deleted or not as wanted.
func (s *Server) letter(r *http.Request, v *visitor, deleted bool) (store.Message, error) {
	m, err := s.store.Message(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, store.ErrNoMessage):
		return m, errNotFound
	case err != nil:
		return m, err
	}
	mayOpen := slices.ContainsFunc(s.Mailboxes(v.account.Person, v.role.may(seeCalls)), func(b Mailbox) bool { return b.Number == m.Mailbox })
	if !mayOpen || m.Deleted.IsZero() == deleted {
		return m, errNotFound
	}
	return m, nil
}

// message plays a message, or hands it over when ?download is asked for. A new one that was played is old.
func (s *Server) message(w http.ResponseWriter, r *http.Request, v *visitor) (err error) {
	m, err := s.letter(r, v, false)
	if err != nil {
		return err
	}
	f, err := s.Voicemail.Open(m)
	if errors.Is(err, fs.ErrNotExist) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return s.serveSound(w, r, v, f, "message "+m.ID+" in mailbox "+m.Mailbox, "message-"+m.ID+".wav", func() error { return s.Voicemail.Heard(r.Context(), m) })
}

// moveMessage puts a message into the folder that the form names.
func (s *Server) moveMessage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	folder := r.PostFormValue("folder")
	if !slices.Contains(s.Folders, folder) {
		return errBadInput
	}
	return s.sortMessage(w, r, v, "move message", folder, false, func(m store.Message) error { return s.Voicemail.Move(r.Context(), m, folder) })
}

func (s *Server) deleteMessage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.sortMessage(w, r, v, "delete message", "", false, func(m store.Message) error { return s.Voicemail.Delete(r.Context(), m) })
}

// undeleteMessage brings a message back that has not left the disk.
func (s *Server) undeleteMessage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.sortMessage(w, r, v, "undelete message", "", true, func(m store.Message) error { return s.Voicemail.Undelete(r.Context(), m) })
}

func (s *Server) sortMessage(w http.ResponseWriter, r *http.Request, v *visitor, action, detail string, deleted bool, do func(store.Message) error) error {
	m, err := s.letter(r, v, deleted)
	if err != nil {
		return err
	}
	switch err := do(m); {
	case errors.Is(err, store.ErrNoMessage):
		return errNotFound
	case err != nil:
		return err
	}
	if err := s.note(r, v.account.Name, action, "message "+m.ID+" in mailbox "+m.Mailbox, detail); err != nil {
		return err
	}
	http.Redirect(w, r, "/voicemail?box="+m.Mailbox+"&folder="+m.Folder, http.StatusSeeOther)
	return nil
}
