package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"hatif/store"
)

type mailboxList struct {
	Mailboxes []mailboxData `json:"mailboxes" doc:"Those that may be opened."`
}

type mailboxData struct {
	Number  string         `json:"number"`
	Name    string         `json:"name"`
	Folders map[string]int `json:"folders" doc:"How many messages each holds."`
}

type messageList struct {
	Messages []store.MessageData `json:"messages" doc:"Urgent ones first, then the oldest first."`
}

type messageMove struct {
	Folder string `json:"folder"`
}

func (s *Server) voicemailAPI() []endpoint {
	return []endpoint{
		get("/mailboxes", "Mailboxes and what they hold", s.apiMailboxes, openBoxes),
		get("/mailboxes/{box}/messages", "The messages in a mailbox", s.apiMessages, openBoxes).
			asking(parameter{name: "folder", words: s.Folders, doc: "Of all folders when it is left out."},
				parameter{name: "deleted", words: []string{"yes"}, doc: "Those that somebody has deleted and that are still on the disk, of all folders."}),
		get("/messages/{id}", "One message", s.apiMessage, openBoxes),
		raw("/messages/{id}/audio", "What was said; a new message that was listened to is an old one", mediaSound, func(x *exchange) error { return s.message(x.w, x.r, x.v) }, openBoxes).
			asking(parameter{name: "download", doc: "Anything: it is noted as a download, and a browser saves it."}),
		post("/messages/{id}/heard", "Say that a message was heard: a new one is an old one", s.apiHeard, openBoxes),
		post("/messages/{id}/move", "Put a message into another folder", s.apiMove, openBoxes),
		post("/messages/{id}/undelete", "Bring back a message that is still on the disk", s.apiUndelete, openBoxes),
		takes(http.MethodDelete, "/messages/{id}", "Delete a message", s.apiDelete, openBoxes),
	}
}

func (s *Server) boxesOf(v *visitor) []Mailbox {
	return s.Mailboxes(v.account.Person, v.role.may(seeCalls))
}

func (s *Server) apiMailboxes(x *exchange) (mailboxList, error) {
	all := mailboxList{Mailboxes: []mailboxData{}}
	for _, box := range s.boxesOf(x.v) {
		counts, err := s.store.CountMessages(x.r.Context(), box.Number)
		if err != nil {
			return all, err
		}
		all.Mailboxes = append(all.Mailboxes, mailboxData{box.Number, box.Name, counts})
	}
	return all, nil
}

func (s *Server) apiMessages(x *exchange) (messageList, error) {
	number, all := x.r.PathValue("box"), messageList{Messages: []store.MessageData{}}
	if !slices.ContainsFunc(s.boxesOf(x.v), func(b Mailbox) bool { return b.Number == number }) {
		return all, errNotFound
	}
	var messages []store.Message
	var err error
	if x.query["deleted"] != "" {
		messages, err = s.store.DeletedIn(x.r.Context(), number)
	} else {
		messages, err = s.store.Messages(x.r.Context(), number, x.query["folder"])
	}
	for _, m := range messages {
		all.Messages = append(all.Messages, m.Data())
	}
	return all, err
}

func (s *Server) apiMessage(x *exchange) (store.MessageData, error) {
	m, err := s.letter(x.r, x.v, false)
	return m.Data(), err
}

func (s *Server) apiHeard(x *exchange, _ nothing) (store.MessageData, error) {
	return s.apiSort(x, "mark message heard", "", func(m store.Message) error { return s.Voicemail.Heard(x.r.Context(), m) })
}

func (s *Server) apiMove(x *exchange, to messageMove) (store.MessageData, error) {
	if err := oneOf("folder", to.Folder, s.Folders); err != nil {
		return store.MessageData{}, err
	}
	return s.apiSort(x, "move message", to.Folder, func(m store.Message) error { return s.Voicemail.Move(x.r.Context(), m, to.Folder) })
}

func (s *Server) apiDelete(x *exchange, _ nothing) (nothing, error) {
	m, err := s.letter(x.r, x.v, false)
	if err != nil {
		return nothing{}, err
	}
	if err := s.Voicemail.Delete(x.r.Context(), m); errors.Is(err, store.ErrNoMessage) {
		return nothing{}, errNotFound
	} else if err != nil {
		return nothing{}, err
	}
	return nothing{}, s.note(x.r, x.v.account.Name, "delete message", "message "+m.ID+" in mailbox "+m.Mailbox, "")
}

func (s *Server) apiUndelete(x *exchange, _ nothing) (store.MessageData, error) {
	m, err := s.letter(x.r, x.v, true)
	if err != nil {
		return store.MessageData{}, err
	}
	if err := s.Voicemail.Undelete(x.r.Context(), m); errors.Is(err, store.ErrNoMessage) {
		return store.MessageData{}, errNotFound
	} else if err != nil {
		return store.MessageData{}, err
	}
	if err := s.note(x.r, x.v.account.Name, "undelete message", "message "+m.ID+" in mailbox "+m.Mailbox, ""); err != nil {
		return store.MessageData{}, err
	}
	return s.apiMessage(x)
}

// apiSort does something to a message and answers with what has become of it.
func (s *Server) apiSort(x *exchange, deed, detail string, do func(store.Message) error) (store.MessageData, error) {
	m, err := s.letter(x.r, x.v, false)
	if err != nil {
		return store.MessageData{}, err
	}
	switch err := do(m); {
	case errors.Is(err, store.ErrNoMessage):
		return store.MessageData{}, errNotFound
	case err != nil:
		return store.MessageData{}, err
	}
	if err := s.note(x.r, x.v.account.Name, deed, "message "+m.ID+" in mailbox "+m.Mailbox, detail); err != nil {
		return store.MessageData{}, err
	}
	return s.apiMessage(x)
}

// oneOf is the trouble of a field that is none of the words.
func oneOf(field, value string, words []string) error {
	if !slices.Contains(words, value) {
		return troubleField.of(field, "%q is none of %s", value, strings.Join(words, ", "))
	}
	return nil
}
