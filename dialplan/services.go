package dialplan

import (
	"context"
	"slices"
	"time"

	"hatif/call"
	"hatif/callback"
	"hatif/media"
	"hatif/queue"
	"hatif/transfer"
	"hatif/voicemail"
)

// Services are what a plan's steps work with. Compile looks up names in them; Line, Agents, Dialer, Voicemail and
// Recorder are used only by calls, so that a check of the file may leave them out.
type Services struct {
	Sounds    Sounds
	Users     map[string]User          // every account of the file by its number
	Guests    string                   // the context of callers without an account; "": there are none
	Queues    map[string]queue.Config  // every queue of the file
	Members   []queue.Member           // who serves them
	Mailboxes map[string]voicemail.Box // every mailbox of the file by its number
	Languages []string                 // those a call may be in; the first is where a caller without one begins

	Zone     *time.Location  // of times said and of the hours in which calls are owed; nil: UTC
	Feedback callback.Config // how calls are owed where the step does not say it

	Country string // whose tones are heard, "eg"; "": those of ITU-T E.180

	Features transfer.Config       // what people may key in while they talk
	Talks    *transfer.Switchboard // where conversations find each other; nil: the plan has one of its own

	CallBack string // the context that is run on the phone of who calls a request back from the console; "": none

	PauseReasons []string // why agents may pause, in the order of the keys by which they say it

	Line      Line
	Agents    Agents
	Dialer    call.Dialer
	Switches  Switches
	Voicemail Voicemail
	Callbacks Callbacks
	Recorder  call.Recorder // nil: the record step notes that nothing is recorded, and the call goes on
}

// Sounds are the prompts and the music; *prompts.Library is one.
type Sounds interface {
	// Has reports whether the prompt is heard in that language, and not in another for want of it.
	Has(language, name string) bool
	// Names lists every prompt that exists in some language.
	Names() []string
	// Sound is the prompt in the language, or in the nearest language that has it.
	Sound(language, name string) (*media.Sound, bool)
	// Music is the class's music, without end.
	Music(class string) (media.Source, bool)
}

// A User is what the dialplan knows of an account.
type User struct {
	Context  string // where its calls enter, and the group it belongs to
	Name     string // for displays
	Language string // "": the first of Services.Languages
	Callable bool   // may be dialled: a friend or a peer, not one who only calls
	Skills   queue.Skills
	Music    string // the class that those hear whom the user puts on hold; "": that of the queue, or the default
}

func (s *Services) language(user string) string {
	if l := s.Users[user].Language; l != "" {
		return l
	}
	if len(s.Languages) > 0 {
		return s.Languages[0]
	}
	return ""
}

// people lists the users who can be dialled, sorted.
func (s *Services) people() []string {
	var found []string
	for number, u := range s.Users {
		if u.Callable {
			found = append(found, number)
		}
	}
	slices.Sort(found)
	return found
}

// groups lists the users of each context who can be dialled, sorted.
func (s *Services) groups() map[string][]string {
	all := make(map[string][]string)
	for number, u := range s.Users {
		if u.Callable && u.Context != "" {
			all[u.Context] = append(all[u.Context], number)
		}
	}
	for _, group := range all {
		slices.Sort(group)
	}
	return all
}

// Voicemail takes messages and hands them out; *voicemail.Office is one.
type Voicemail interface {
	Leave(ctx context.Context, c *call.Call, mailbox string, o voicemail.LeaveOptions) (voicemail.Left, error)
	Listen(ctx context.Context, c *call.Call, o voicemail.ListenOptions) (number string, err error)
}

// Callbacks keeps what a call leaves to be done; *callback.Book is one.
type Callbacks interface {
	Owe(ctx context.Context, p callback.Promise) (callback.Owed, error)
	Request(ctx context.Context, r callback.Request) error
	Rate(ctx context.Context, r callback.Rating) error
}

// Switches open and close queues by hand.
type Switches interface {
	Switched(queue string) queue.Switch
	// SetOpen turns the switch of a queue. by is the account that does it.
	SetOpen(ctx context.Context, queue string, to queue.Switch, by string) error
}

// A Line takes callers through queues; *queue.Floor is one.
type Line interface {
	Serve(ctx context.Context, c *call.Call, queue string, o queue.ServeOptions) (queue.Outcome, error)
}
