package web

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrFileChanged is that the file on the disk is not any more what a change was made from.
var ErrFileChanged = errors.New("the file has changed meanwhile")

// A File is the configuration file as the console reads and changes it. Errors about what stands in it are Mistakes.
type File interface {
	// Open returns the text on the disk, which Seen still knows by its sum for some time.
	Open() (text []byte, sum string, err error)
	Seen(sum string) (text []byte, ok bool)

	// Read says what a text would mean, or which mistakes it has, as a start of hatif would. It touches nothing.
	Read(text []byte) (*Reading, error)
	// Edit changes one person in a text and leaves every other byte as it is.
	Edit(text []byte, e PersonEdit) ([]byte, error)
	// EditQueue does that with one queue.
	EditQueue(text []byte, e QueueEdit) ([]byte, error)
	// Mentions are the places of a text that name a number outside of its own entry: where, and no Text.
	Mentions(text []byte, number string) (Mistakes, error)
	// Typed is what a browser sent as the text, with line ends as the text before had them.
	Typed(before []byte, typed string) []byte
	// Diff compares line by line. Secrets that are not among shown are masked; nil masks none.
	Diff(before, after []byte, shown []string) []DiffLine
	// Explain tells what would happen to a call.
	Explain(text []byte, from, to, keys string) (string, error)

	// Apply writes the text, keeps the one before it as a version, and puts it in force at once: all of it or nothing. The
	// error is ErrFileChanged when the file has another sum by now. It returns the keys that need a restart.
	Apply(by, sum string, text []byte) (restart []string, err error)
	Versions() ([]Version, error) // the newest first
	Version(id string) ([]byte, error)
	// Fresh makes a secret for a phone and a PIN for a mailbox.
	Fresh() (secret, pin string, err error)
	// Addresses are where phones log on, the first the one to be told: "udp://192.0.2.1:5060". realm is whose password
	// phones are asked for.
	Addresses() (all []string, realm string)
	// Phones counts those that have logged on as somebody.
	Phones(number string) int
}

// A Reading is what a text of the file means.
type Reading struct {
	People   []Person // in the order of the file
	Contexts []string
	Queues   []string
	// Said is what the file says of each queue, as it is written there: text, []any of lists, map[string]any of keys and
	// values, nil where nothing stands behind a key.
	Said      map[string]map[string]any
	Languages []string
	Codecs    []string
	Taken     []string // numbers that are dialled and are nobody's
	Warnings  []string
}

// A Person is a user as their entry is written, and complete with the defaults.
type Person struct {
	Number            string
	Written, Complete Entry
}

// An Entry is what stands of a person in the file. What is empty is not written.
type Entry struct {
	Name, Secret, Type, Context, Language, Host, PIN string
	Queues, Codecs                                   []string
	Phones                                           int
	Mailbox                                          bool

	Music  string
	Skills map[string]int   // with their levels
	Terms  map[string]Terms // of those queues that they serve on terms of their own
}

// Terms are those on which somebody serves a queue.
type Terms struct {
	Penalty   int
	WrapUp    string // a time; "": the queue's
	LoggedOff bool   // until they log on
}

// A PersonEdit adds, changes or removes one person. In a change an empty Secret or PIN stays what it is.
type PersonEdit struct {
	Number      string
	To          string // the number that they have from now on; "": as before
	Add, Remove bool
	Entry       Entry
}

// A QueueEdit adds, changes or removes one queue.
type QueueEdit struct {
	Name        string
	Add, Remove bool
	Set         []QueueValue
}

// A QueueValue is what is to stand behind a key of a queue: text, an int, a bool, a list of text or of QueueValues,
// QueueValues of the keys below, or nil: the key goes.
type QueueValue struct {
	Key   string
	Value any
}

// A DiffLine is one line of a difference: '+' came, '-' went, ' ' stays, '@' is where lines are left out.
type DiffLine struct {
	Kind     byte
	Old, New int // its numbers; 0: it is not there
	Text     string
}

// Class is how the line is shown.
func (l DiffLine) Class() string {
	return map[byte]string{'+': "came", '-': "went", '@': "gap"}[l.Kind]
}

// Sign is what stands before the line.
func (l DiffLine) Sign() string { return strings.Trim(string(l.Kind), "@") }

// A Version is a text that the file has had.
type Version struct {
	ID  string
	At  time.Time
	By  string // an account; "": somebody changed the file on the disk
	Now bool   // it is what the file holds
}

// A Mistake is one in the file.
type Mistake struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty" doc:"From 1. Left out: the file as a whole."`
	Column int    `json:"column,omitempty"`
	Key    string `json:"key,omitempty" doc:"Such as users.2001.context."`
	Text   string `json:"text"`
	Source string `json:"source,omitempty" doc:"The line, without secrets."`
}

// Mistakes are all of a text, in its order.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		place := one.File
		if one.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", one.File, one.Line, one.Column)
		}
		if one.Key != "" {
			place += ": " + one.Key
		}
		lines[i] = strings.TrimPrefix(place+": "+one.Text, ": ")
	}
	return strings.Join(lines, "\n")
}

// person finds somebody by number; nil: there is nobody.
func (r *Reading) person(number string) *Person {
	if i := slices.IndexFunc(r.People, func(p Person) bool { return p.Number == number }); i >= 0 {
		return &r.People[i]
	}
	return nil
}

// free proposes a number for somebody new: the first after those who have the same context and serve the same queue; where
// there is nobody, after those of the context; else after all. "": no number is near.
func (r *Reading) free(context string, queues []string) string {
	serves := func(p Person) bool {
		return slices.ContainsFunc(p.Complete.Queues, func(q string) bool { return slices.Contains(queues, q) })
	}
	for _, like := range []func(Person) bool{
		func(p Person) bool { return p.Complete.Context == context && len(queues) > 0 && serves(p) },
		func(p Person) bool { return p.Complete.Context == context },
		func(Person) bool { return true },
	} {
		last := ""
		for _, p := range r.People {
			if number := strings.Trim(p.Number, "0123456789") == ""; number && like(p) && (len(p.Number) > len(last) || len(p.Number) == len(last) && p.Number > last) {
				last = p.Number
			}
		}
		if next := r.after(last); next != "" {
			return next
		}
	}
	return ""
}

const mostTries = 1000

// after is the first number after another, of as many digits, that nobody and nothing has.
func (r *Reading) after(number string) string {
	for range mostTries {
		digits := []byte(number)
		i := len(digits) - 1
		for ; i >= 0 && digits[i] == '9'; i-- {
			digits[i] = '0'
		}
		if i < 0 {
			return ""
		}
		digits[i]++
		if number = string(digits); r.person(number) == nil && !slices.Contains(r.Taken, number) {
			return number
		}
	}
	return ""
}
