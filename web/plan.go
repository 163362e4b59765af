package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/dialplan"
)

// A planView is the dialplan as a picture.
type planView struct {
	At       time.Time // the moment that is shown
	Chosen   bool      // it is not simply now
	Zone     string    // of At
	Weeks    []queueWeek
	Contexts []contextView
	Numbers  []numberView    // that somebody can dial, of all contexts
	Closed   map[string]bool // queues that are closed then
	Open     map[string]bool // queues that are open then
	l        *language
	speaks   []string // the languages of the file
}

type contextView struct {
	dialplan.ContextOutline
	Extensions []extensionView
}

// An extensionView is what happens at a number.
type extensionView struct {
	dialplan.ExtensionOutline
	Anchor string
	Steps  []stepView
}

// A numberView leads to the picture of a number.
type numberView struct {
	Name, Anchor string
	From         []string
}

// A stepView is a step as it is drawn; see dialplan.Node.
type stepView struct {
	dialplan.Node
	Anchor, Back string // of this step, and of the one that Again names
	Verb, Rest   string // the words of Text
	Heard        []heardView
	Queues       []queueNow
	Ways         []wayView
	To           []placeView
}

// A queueNow is a queue that a step leads into, as it is then.
type queueNow struct {
	Name        string
	Known, Open bool
	Said        string // "open now"
}

// A heardView is a prompt that a step plays.
type heardView struct {
	Text   string   // as the file has it, "fr/welcome"
	Sounds []string // what can be listened to, "fr/welcome"
}

type wayView struct {
	On    []string
	Now   string // "taken", "shut": this way is the one that callers go then, or is not; "" that does not depend on hours
	Said  string // "taken now"
	Steps []stepView
}

type placeView struct{ Text, Anchor string }

// anchor is the name of an extension's place on the page: letters and digits of the URL alone.
func anchor(context, extension string) string {
	return "x-" + strings.ReplaceAll(url.QueryEscape(context+"/"+extension), "%", "_")
}

// plan draws the dialplan as it is in force, and what happens at a moment.
func (s *Server) plan(w http.ResponseWriter, r *http.Request, v *visitor) error {
	at, chosen, err := s.momentOf(r)
	if err != nil {
		return err
	}
	view := &planView{
		At: at, Chosen: chosen, Zone: at.Location().String(),
		Closed: make(map[string]bool), Open: make(map[string]bool), speaks: s.Prompts.Languages(), l: s.speaks(r, v),
	}
	for _, q := range s.Floor.Snapshot().Queues {
		open := openAt(q, at)
		view.Open[q.Name], view.Closed[q.Name] = open, !open
		if week, limited := weekOf(q, at); limited {
			week.Said = view.state(week.Now)
			view.Weeks = append(view.Weeks, week)
		}
	}
	for _, c := range inOrder(s.Outline().Contexts) {
		drawn := contextView{ContextOutline: c}
		for _, e := range c.Extensions {
			x := extensionView{ExtensionOutline: e, Anchor: anchor(c.Name, e.Name)}
			x.Steps = view.steps(x.Anchor, e.Steps)
			drawn.Extensions = append(drawn.Extensions, x)
			if len(e.DialledFrom) > 0 && !e.People {
				view.Numbers = append(view.Numbers, numberView{e.Name, x.Anchor, e.DialledFrom})
			}
		}
		view.Contexts = append(view.Contexts, drawn)
	}
	return s.show(w, r, v, http.StatusOK, "plan", "menu.plan", view)
}

func (p *planView) steps(within string, nodes []dialplan.Node) []stepView {
	var all []stepView
	for _, n := range nodes {
		d := stepView{Node: n, Anchor: within + "-" + strconv.Itoa(n.ID)}
		if n.Again > 0 {
			d.Back = within + "-" + strconv.Itoa(n.Again)
		}
		d.Verb, d.Rest, _ = strings.Cut(n.Text, " ")
		for _, q := range n.Queues {
			d.Queues = append(d.Queues, queueNow{q, p.Open[q] || p.Closed[q], p.Open[q], p.state(p.Open[q])})
		}
		for _, said := range n.Prompts {
			d.Heard = append(d.Heard, p.heard(said))
		}
		for _, way := range n.Ways {
			d.Ways = append(d.Ways, p.way(n.Queues, way, within))
		}
		for _, to := range n.To {
			text := to.Context
			if to.Extension != "start" {
				text += ", " + to.Extension
			}
			d.To = append(d.To, placeView{text, anchor(to.Context, to.Extension)})
		}
		all = append(all, d)
	}
	return all
}

func (p *planView) way(queues []string, w dialplan.Way, within string) wayView {
	d := wayView{On: p.words(w.On), Now: p.now(queues, w.On), Steps: p.steps(within, w.Steps)}
	switch d.Now {
	case "taken":
		d.Said = p.said("plan.takenNow", "plan.takenThen")
	case "shut":
		d.Said = p.said("plan.shutNow", "plan.shutThen")
	}
	return d
}

// words are what leads to a way: a key, or what comes of the step.
func (p *planView) words(on []string) []string {
	all := make([]string, len(on))
	for i, o := range on {
		if key := strings.TrimPrefix(o, "digit "); len(key) == 1 && strings.Contains("0123456789*#ABCD", key) {
			all[i] = p.l.say("plan.key", key)
			continue
		}
		all[i] = p.l.word("way", o)
	}
	return all
}

// heard is a prompt in the languages in which it is heard.
func (p *planView) heard(said dialplan.Spoken) heardView {
	if first, _, cut := strings.Cut(said.Name, "/"); cut && slices.Contains(p.speaks, first) {
		return heardView{said.Name, []string{said.Name}} // it carries its own language
	}
	if said.Language != "" {
		return heardView{said.Language + "/" + said.Name, []string{said.Language + "/" + said.Name}}
	}
	h := heardView{Text: said.Name}
	for _, language := range p.speaks {
		h.Sounds = append(h.Sounds, language+"/"+said.Name)
	}
	return h
}

// state is "open now", or another moment's word for it.
func (p *planView) state(open bool) string {
	if open {
		return p.said("plan.openNow", "plan.openThen")
	}
	return p.said("plan.closedNow", "plan.closedThen")
}

// said is a text about now, or about another moment, whichever is shown.
func (p *planView) said(now, then string) string {
	if p.Chosen {
		return p.l.say(then)
	}
	return p.l.say(now)
}

// now is whether callers go this way out of a queue then, as far as that follows from its being closed.
func (p *planView) now(queues, on []string) string {
	closed := len(queues) > 0 && !slices.ContainsFunc(queues, func(q string) bool { return !p.Closed[q] })
	open := len(queues) > 0 && !slices.ContainsFunc(queues, func(q string) bool { return !p.Open[q] })
	switch {
	case closed && slices.Contains(on, "closed"):
		return "taken"
	case closed, open && slices.Equal(on, []string{"closed"}):
		return "shut"
	}
	return ""
}
