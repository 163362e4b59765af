package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"hatif/store"
)

// Claims are what names somebody of the file outside of their own entry.
type claims struct {
	places   Mistakes // in the file, without a text
	nothing  []string // accounts of the console that are nothing without them
	others   []string // the other accounts
	void     []string // tokens that are nothing without them
	tokens   []string // the other tokens
	messages int      // in their mailbox
	owed     int      // calls to them that are still to be made
	phones   int      // that have logged on
}

const mostOwed = 10000

// claimsOn finds them.
func (s *Server) claimsOn(ctx context.Context, text []byte, number string) (c claims, err error) {
	if c.places, err = s.File.Mentions(text, number); err != nil {
		return c, err
	}
	accounts, err := s.store.ConsoleAccounts(ctx)
	if err != nil {
		return c, err
	}
	for _, a := range accounts {
		switch {
		case a.Person != number:
		case Role(a.Role) == Agent:
			c.nothing = append(c.nothing, a.Name)
		default:
			c.others = append(c.others, a.Name)
		}
	}
	tokens, err := s.store.Tokens(ctx)
	if err != nil {
		return c, err
	}
	for _, t := range tokens {
		switch {
		case t.Person != number:
		case Role(t.Role) == Agent:
			c.void = append(c.void, t.Name)
		default:
			c.tokens = append(c.tokens, t.Name)
		}
	}
	counts, err := s.store.CountMessages(ctx, number)
	if err != nil {
		return c, err
	}
	for _, n := range counts {
		c.messages += n
	}
	owed, err := s.store.OwedCalls(ctx, mostOwed, store.OwedWaiting, store.OwedInLine, store.OwedDialling)
	if err != nil {
		return c, err
	}
	for _, o := range owed {
		if o.Account == number {
			c.owed++
		}
	}
	c.phones = s.File.Phones(number)
	return c, nil
}

// hinder is why somebody cannot be given another number: what would then be about nobody, and cannot be taken along.
func (c claims) hinder(l *language, number string) (all Mistakes) {
	for _, m := range c.places {
		m.Text = l.say("people.named", number)
		all = append(all, m)
	}
	if c.messages > 0 {
		all = append(all, Mistake{Text: l.say("people.hasMessages", c.messages)})
	}
	if c.owed > 0 {
		all = append(all, Mistake{Text: l.say("people.isOwed", c.owed)})
	}
	return all
}

// moving is what happens beside the change of the file when the number becomes another.
func (c claims) moving(l *language, to string) (all []string) {
	all = c.told(l, "people.accountsMove", append(c.nothing, c.others...), all)
	all = c.told(l, "people.tokensMove", append(c.void, c.tokens...), all)
	if c.phones > 0 {
		all = append(all, l.say("people.phonesMove", c.phones, to))
	}
	return append(all, l.say("people.stateMoves"))
}

// leaving is the same when somebody is removed.
func (c claims) leaving(l *language, number string) (all []string) {
	all = c.told(l, "people.accountsGo", c.nothing, all)
	all = c.told(l, "people.accountsStay", c.others, all)
	all = c.told(l, "people.tokensGo", c.void, all)
	all = c.told(l, "people.tokensStay", c.tokens, all)
	for _, m := range c.places {
		all = append(all, l.say("people.namedAt", m.Line, m.Key))
	}
	if c.messages > 0 {
		all = append(all, l.say("people.messagesStay", c.messages, number))
	}
	if c.owed > 0 {
		all = append(all, l.say("people.owedStays", c.owed))
	}
	return all
}

func (c claims) told(l *language, key string, names, all []string) []string {
	if len(names) == 0 {
		return all
	}
	return append(all, l.say(key, strings.Join(names, ", ")))
}

// forget does that to accounts and tokens once the file is without them, and says so in the audit log.
func (s *Server) forget(r *http.Request, v *visitor, c claims, number string) error {
	if err := s.store.ForgetPerson(r.Context(), number, string(Agent)); err != nil {
		return err
	}
	err := s.note(r, v.account.Name, "remove person", number, "")
	for _, name := range c.nothing {
		err = errors.Join(err, s.note(r, v.account.Name, "remove account", name, number))
	}
	for _, name := range c.void {
		err = errors.Join(err, s.note(r, v.account.Name, "revoke token", tokenAccount(name), number))
	}
	return err
}

// renumber takes accounts and tokens along to another number.
func (s *Server) renumber(r *http.Request, v *visitor, from, to string) error {
	if err := s.store.MovePerson(r.Context(), from, to); err != nil {
		return err
	}
	return s.note(r, v.account.Name, "renumber person", from, to)
}
