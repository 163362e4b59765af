package store

import (
	"errors"
	"testing"
	"time"
)

func TestAccountsAndTokensGoWithTheirPerson(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		for name, role := range map[string]string{"amal": "agent", "boss": "manager", "other": "agent"} {
			person := "2001"
			if name == "other" {
				person = "2002"
			}
			if err := db.AddConsoleAccount(ctx, ConsoleAccount{Name: name, Role: role, Person: person}); err != nil {
				t.Fatal(err)
			}
			if err := db.BeginConsoleSession(ctx, ConsoleSession{Token: name, Account: name, Began: noon, Seen: noon}, noon.Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
			if err := db.AddToken(ctx, Token{Hash: "h" + name, Name: name, Role: role, Person: person, Created: noon}); err != nil {
				t.Fatal(err)
			}
		}
		is := func(name, person string, there bool) {
			t.Helper()
			a, err := db.ConsoleAccount(ctx, name)
			if there && (err != nil || a.Person != person) || !there && !errors.Is(err, ErrNoAccount) {
				t.Errorf("account %s: %+v %v", name, a, err)
			}
			if _, _, err := db.ConsoleSession(ctx, name); (err == nil) != there {
				t.Errorf("session of %s: %v", name, err)
			}
			if token, err := db.Token(ctx, "h"+name); (err == nil) != there || there && token.Person != person {
				t.Errorf("token %s: %+v %v", name, token, err)
			}
		}
		if err := db.MovePerson(ctx, "2001", "2011"); err != nil {
			t.Fatal(err)
		}
		is("amal", "2011", true)
		is("boss", "2011", true)
		is("other", "2002", true)
		if err := db.ForgetPerson(ctx, "2011", "agent"); err != nil {
			t.Fatal(err)
		}
		is("amal", "", false)
		is("boss", "", true)
		is("other", "2002", true)
	})
}
