package dialplan

import (
	"context"
	"maps"
	"slices"

	"hatif/call"
	"hatif/voicemail"
)

// voicemailMenu lets people listen to their messages: `voicemail_menu: {}` asks for the mailbox and its PIN. With
// {mailbox: own} the mailbox of the phone is known, and only the PIN asked for; {mailbox: own, pin: false} asks for
// neither. {mailbox: "600"} is one mailbox for all, which asks for its PIN. A phone without a mailbox of its own
// is asked. Whoever is called back from the menu is called with the rights of the phone, when the menu is left.
type voicemailMenu struct {
	aloud
	plan    *Plan
	own     bool
	mailbox string // known; "": asked for
	skipPIN bool
}

const ownMailbox = "own"

func compileVoicemailMenu(c *compiler, v *value, s spot) Step {
	step := &voicemailMenu{aloud: aloud{s.next}, plan: c.plan}
	if v.kind == empty {
		return step
	}
	if !c.options(v, "voicemail_menu", "mailbox", "pin") {
		return c.broken(v, s)
	}
	if f := v.field("mailbox"); f != nil {
		step.mailbox = c.fixed(f)
		if step.mailbox == ownMailbox {
			step.own, step.mailbox = true, ""
		} else {
			known := append(slices.Sorted(maps.Keys(c.plan.services.Mailboxes)), ownMailbox)
			c.oneOf(f, "mailbox %q is not defined", text{raw: step.mailbox}, known)
		}
	}
	if f := v.field("pin"); f != nil {
		step.skipPIN = !c.truth(f, true)
		if step.skipPIN && !step.own {
			c.faultf(f, "only one's own mailbox can be opened without a PIN: write mailbox: own")
		}
	}
	return step
}

func (s *voicemailMenu) Do(ctx context.Context, c *call.Call) (Step, error) {
	mailbox, home := s.mailbox, c.Leg.Info().Context
	if s.own {
		mailbox = c.Leg.Info().User
	}
	number, err := s.plan.services.Voicemail.Listen(ctx, c, voicemail.ListenOptions{
		Mailbox: mailbox, SkipPIN: s.skipPIN,
		Reach: func(number string) bool {
			n := s.plan.contexts[home]
			if n == nil {
				return false
			}
			_, v := n.find(number, s.plan.services.Users)
			return v == found
		},
	})
	if err != nil || number == "" {
		return s.next, err
	}
	c.Note("calls " + number + " from the mailbox")
	return s.plan.enter(c, home, number)
}

func (s *voicemailMenu) String() string {
	switch {
	case s.own:
		return "voicemail_menu " + ownMailbox
	case s.mailbox != "":
		return "voicemail_menu " + s.mailbox
	}
	return "voicemail_menu"
}

// prompts are said in the call's language until the mailbox is known, and then in the mailbox's.
func (s *voicemailMenu) prompts() []prompt {
	all := spokenBy(s, s.plan, voicemail.ListenPrompts)
	languages := make(map[string]bool)
	for _, box := range s.plan.services.Mailboxes {
		if l := box.Language; l != "" && !languages[l] {
			languages[l] = true
			for _, p := range spokenBy(s, s.plan, voicemail.ListenPrompts) {
				p.language = l
				all = append(all, p)
			}
		}
	}
	return all
}

func (s *voicemailMenu) explain(x *explanation) []Exit {
	x.say("lets the caller listen to their messages, by PIN")
	return s.Exits()
}
