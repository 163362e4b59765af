package dialplan

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/callback"
	"hatif/media"
	"hatif/queue"
	"hatif/voicemail"
)

// library is prompts by name; each exists in the languages listed, and lasts a second.
type library map[string][]string

func (l library) Has(language, name string) bool { return slices.Contains(l[name], language) }

func (l library) Names() []string {
	var names []string
	for name := range l {
		names = append(names, name)
	}
	return names
}

func (l library) Sound(language, name string) (*media.Sound, bool) {
	if !l.Has(language, name) {
		language = "en"
	}
	if !l.Has(language, name) {
		return nil, false
	}
	return media.NewSound("prompt "+language+"/"+name, make([]int16, media.SampleRate)), true
}

func (l library) Music(class string) (media.Source, bool) {
	return calltest.Sound("music "+class, 0), slices.Contains([]string{"default", "jazz", "oud"}, class)
}

func everywhere(names ...string) library {
	l := make(library)
	for _, name := range names {
		l[name] = []string{"ar", "en", "fr"}
	}
	return l
}

// counter is a queue that ends each visit as a test says.
type counter func(ctx context.Context, c *call.Call, name string) (queue.Outcome, error)

func (f counter) Serve(ctx context.Context, c *call.Call, name string, _ queue.ServeOptions) (queue.Outcome, error) {
	return f(ctx, c, name)
}

// house is the company of most tests.
func house() Services {
	return Services{
		Sounds: everywhere(append([]string{"welcome", "not-valid", "recorded-for-quality", "no-agent-available", "goodbye", "sorry",
			"enter-your-number", "enter-another-number", "you-entered", "press-1-to-confirm-2-to-repeat", "number-too-short",
			"an-agent-will-call", "feedback-hello", "rate-us", "leave-a-message", "thank-you",
			"digits/0", "digits/1", "digits/2", "digits/3", "digits/4", "digits/5", "digits/6", "digits/7", "digits/8", "digits/9"},
			append(agentPrompts, voicemail.ListenPrompts...)...)...),
		CallBack: "call-back",
		Users: map[string]User{
			"1001": {Context: "incoming", Name: "Outside caller", Callable: true},
			"2001": {Context: "agents", Name: "Amal Haddad", Language: "ar", Callable: true},
			"2002": {Context: "agents", Name: "Karim Nasser", Language: "ar", Callable: true},
			"2900": {Context: "agents", Name: "A door phone"},
			"3001": {Context: "managers", Name: "Omar Said", Callable: true},
			"4001": {Context: "ceo", Name: "Nadia Farouk", Callable: true},
			"5001": {Context: "complaints", Name: "Quality", Callable: true},
		},
		Queues:    map[string]queue.Config{"arabic": {}, "english": {}, "french": {}, "recalls": {CallBack: &queue.CallBack{}}},
		Languages: []string{"en", "ar", "fr"},
		Mailboxes: map[string]voicemail.Box{"2001": {Number: "2001", Person: true, Config: voicemail.Config{Name: "Amal Haddad", MaxLength: 3 * time.Minute}}, "600": {Number: "600"}},
		Voicemail: new(postroom),
		Callbacks: new(notebook),
		Agents:    attended(),

		PauseReasons: []string{"break", "lunch", "meeting", "training"},
	}
}

// agentPrompts are what agents hear of themselves, with digits of which house knows.
var agentPrompts = []string{
	promptLoggedOn, promptLoggedOff, promptPaused, promptNotPaused, promptWrapUpOver, promptWrapUpLonger, promptMissedPaused,
	promptMissedOff, promptNotAllowed, promptNoReasonGiven, "pause/break", "pause/lunch", "pause/meeting", "pause/training",
}

// attended is a floor on which 2001 and 2002 serve a queue.
func attended() *queue.Floor {
	f := queue.New(queue.Options{})
	f.Apply(map[string]queue.Config{"arabic": {WrapUp: time.Minute}, "english": {}, "french": {}},
		[]queue.Member{{User: "2001", Queue: "arabic"}, {User: "2002", Queue: "arabic"}})
	return f
}

// notebook is what calls leave to be done, for a test to look into.
type notebook struct {
	owed     []callback.Promise
	requests []callback.Request
	ratings  []callback.Rating
}

func (n *notebook) Owe(_ context.Context, p callback.Promise) (callback.Owed, error) {
	n.owed = append(n.owed, p)
	return callback.Owed{ID: fmt.Sprintf("o%d", len(n.owed)), Due: p.Hours.Next(p.At)}, nil
}

func (n *notebook) Request(_ context.Context, r callback.Request) error {
	n.requests = append(n.requests, r)
	return nil
}

func (n *notebook) Rate(_ context.Context, r callback.Rating) error {
	n.ratings = append(n.ratings, r)
	return nil
}

// postroom is voicemail that a test looks into: it answers and does what it is told.
type postroom struct {
	asked  []string // of Leave and Listen
	leave  func(box string) (voicemail.Left, error)
	listen func(o voicemail.ListenOptions) (string, error)
}

func (p *postroom) Leave(ctx context.Context, c *call.Call, mailbox string, o voicemail.LeaveOptions) (voicemail.Left, error) {
	numbers := append([]string{mailbox}, o.Also...)
	if !slices.Contains(numbers, "2001") && !slices.Contains(numbers, "600") {
		return "", voicemail.ErrNoBox
	}
	p.asked = append(p.asked, fmt.Sprintf("leave %s greeting=%s silent=%v operator=%v", strings.Join(numbers, " "), o.Greeting, o.NoInstructions, o.Operator))
	if err := c.Leg.Answer(ctx); err != nil {
		return "", err
	}
	if p.leave == nil {
		return voicemail.Saved, nil
	}
	left, err := p.leave(mailbox)
	if left == voicemail.Full {
		c.Note("mailbox " + mailbox + " is full")
	}
	return left, err
}

func (p *postroom) Listen(ctx context.Context, c *call.Call, o voicemail.ListenOptions) (string, error) {
	p.asked = append(p.asked, fmt.Sprintf("listen %q skip=%v", o.Mailbox, o.SkipPIN))
	if err := c.Leg.Answer(ctx); err != nil {
		return "", err
	}
	if p.listen != nil {
		return p.listen(o)
	}
	return "", nil
}

func read(t testing.TB, text string) Config {
	t.Helper()
	var file struct {
		Contexts Config `yaml:"contexts"`
	}
	if err := yaml.UnmarshalWithOptions([]byte(text), &file, yaml.Strict()); err != nil {
		t.Fatalf("the YAML of the test is broken: %v", err)
	}
	return file.Contexts
}

// compiled is the plan of the contexts; faults fail the test.
func compiled(t testing.TB, text string, s Services) *Plan {
	t.Helper()
	p, err := Compile(read(t, "contexts:\n"+text), s)
	if err != nil {
		t.Fatalf("compile:\n%v", err)
	}
	return p
}

// shipped is the contexts of the file that `hatif init` writes.
func shipped(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("../config/sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, contexts, found := strings.Cut(string(b), "\ncontexts:\n")
	if !found {
		t.Fatal("the shipped file has no contexts, or not at its end")
	}
	return contexts
}

// caller is the leg of user that dialled number, in the user's context.
func caller(s Services, user, number string) *calltest.Leg {
	return calltest.NewLeg(call.Info{
		User: user, Called: number, Inbound: true, Context: s.Users[user].Context,
		Caller: call.Identity{Number: user, Name: s.Users[user].Name},
	})
}

// begin makes a call of the leg.
func begin(s Services, l *calltest.Leg) *call.Call {
	return call.New("c1", l, s.language(l.Info().User), slog.New(slog.NewTextHandler(io.Discard, nil)))
}

// path is the record's path without its times.
func path(r call.Record) string {
	var lines []string
	for _, n := range r.Path {
		lines = append(lines, n.Text)
	}
	return strings.Join(lines, "\n")
}
