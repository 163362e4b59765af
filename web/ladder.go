package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hatif/store"
)

// A ladder is the SIP messages of a call as they are drawn: hatif and each phone is a line from top to bottom, and each
// message an arrow between two of them.
type ladder struct {
	Width int
	Parts []ladderPart
	Rungs []rung
	PCAP  string // the address of the download
}

// A ladderPart is hatif, or an address that it spoke with.
type ladderPart struct {
	Name string
	X    int
	At   netip.AddrPort // the zero one is hatif
}

// A rung is one message.
type rung struct {
	After        time.Duration
	From, To     string
	X1, X2, Tip  int // where the arrow begins, ends, and where its head is open
	Middle       int
	Label        string
	Text         string
	Transport    string
	Refused, Ask bool // a final response that is no success; a request
}

const (
	ladderColumn = 190 // between two lines
	ladderMargin = 95
	ladderTip    = 8
	mostLines    = 12 // phones with a line of their own; more share the last
)

// ladderOf draws messages, which are in order; nil when there are none.
func ladderOf(messages []store.Signal, call string) *ladder {
	if len(messages) == 0 {
		return nil
	}
	var phones []netip.AddrPort
	for _, m := range messages {
		if !slices.Contains(phones, m.Remote) && len(phones) < mostLines {
			phones = append(phones, m.Remote)
		}
	}
	l := &ladder{PCAP: "/calls/" + call + "/sip.pcap"}
	x := ladderMargin
	add := func(name string, at netip.AddrPort) { // the caller, hatif, and then whom hatif has called
		l.Parts = append(l.Parts, ladderPart{name, x, at})
		x += ladderColumn
	}
	add(phones[0].String(), phones[0])
	add("hatif", netip.AddrPort{})
	for _, at := range phones[1:] {
		add(at.String(), at)
	}
	l.Width = x - ladderColumn + ladderMargin
	for _, m := range messages {
		l.Rungs = append(l.Rungs, l.rung(m, messages[0].At))
	}
	return l
}

func (l *ladder) rung(m store.Signal, began time.Time) rung {
	hatif := l.Parts[1]
	phone := l.Parts[len(l.Parts)-1]
	for _, p := range l.Parts {
		if p.At == m.Remote {
			phone = p
		}
	}
	r := rung{After: m.At.Sub(began), Text: string(m.Text), Transport: m.Network, From: hatif.Name, To: m.Remote.String(), X1: hatif.X, X2: phone.X}
	if m.Received {
		r.From, r.To, r.X1, r.X2 = r.To, r.From, r.X2, r.X1
	}
	r.Tip = r.X2 - ladderTip
	if r.X2 < r.X1 {
		r.Tip = r.X2 + ladderTip
	}
	r.Middle = (r.X1 + r.X2) / 2
	r.Label, r.Ask = summary(m.Text)
	r.Refused = !r.Ask && r.Label >= "3"
	return r
}

// summary is a message in few words: "INVITE", "180 Ringing", with a mark where there is a session description.
func summary(text []byte) (label string, request bool) {
	first, _, _ := bytes.Cut(text, []byte("\r\n"))
	head, rest, _ := strings.Cut(string(first), " ")
	label, request = head, true
	if strings.HasPrefix(head, "SIP/") {
		label, request = rest, false
	}
	_, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	if bytes.HasPrefix(body, []byte("v=0")) {
		label += " (SDP)"
	}
	return label, request
}

// ladderFor is the ladder of a call for a visitor who may see it; nil when they may not, or when there is none.
func (s *Server) ladderFor(r *http.Request, v *visitor, c store.Call) (*ladder, error) {
	if !v.role.may(seeSignalling) {
		return nil, nil
	}
	messages, err := s.Signalling(r.Context(), c)
	if err != nil {
		return nil, err
	}
	return ladderOf(messages, c.ID), nil
}

// pcap hands over the SIP messages of a call for a program that reads captures.
func (s *Server) pcap(w http.ResponseWriter, r *http.Request, v *visitor) error {
	c, _, err := s.callOf(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	messages, err := s.Signalling(r.Context(), c)
	if err != nil {
		return err
	}
	if len(messages) == 0 {
		return errNotFound
	}
	if err := s.note(r, v.account.Name, "download", "signalling of call "+c.ID, ""); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", mediaCapture)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.pcap"`, c.ID))
	_, err = w.Write(capture(messages))
	return err
}
