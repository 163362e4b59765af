package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConsoleAccountsAreKeptAndTheirSessionsEndWithThem(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		want := ConsoleAccount{Name: "أمل", Role: "agent", Person: "2001", Password: "$argon2id$", Once: true, Language: "ar", Created: noon, Changed: noon}
		if err := db.AddConsoleAccount(ctx, want); err != nil {
			t.Fatal(err)
		}
		if err := db.AddConsoleAccount(ctx, ConsoleAccount{Name: "أمل"}); !errors.Is(err, ErrAccountTaken) {
			t.Errorf("a second account of the name: %v", err)
		}
		if err := db.AddConsoleAccount(ctx, ConsoleAccount{Name: "boss", Role: "manager"}); err != nil {
			t.Fatal(err)
		}
		got, err := db.ConsoleAccount(ctx, "أمل")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		for _, token := range []string{"a", "b"} {
			if err := db.BeginConsoleSession(ctx, ConsoleSession{Token: token, Account: "أمل", Began: noon, Seen: noon}, noon.Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		lasting := func(tokens string) {
			t.Helper()
			var have string
			for _, token := range []string{"a", "b", "c"} {
				s, a, err := db.ConsoleSession(ctx, token)
				switch {
				case errors.Is(err, ErrNoAccount):
				case err != nil || s.Account != a.Name || s.Token != token:
					t.Errorf("session %s: %+v of %+v, %v", token, s, a, err)
				default:
					have += token
				}
			}
			if have != tokens {
				t.Errorf("the sessions %q last, want %q", have, tokens)
			}
		}
		lasting("ab")
		want.Language, want.Changed = "fr", noon.Add(time.Minute)
		if err := db.SaveConsoleAccount(ctx, want, "a"); err != nil {
			t.Fatal(err)
		}
		lasting("ab") // neither the password nor the role is another
		want.Password, want.Once = "$argon2id$other", false
		if err := db.SaveConsoleAccount(ctx, want, "a"); err != nil {
			t.Fatal(err)
		}
		lasting("a")
		if err := db.SeeConsoleSession(ctx, "a", noon.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := db.BeginConsoleSession(ctx, ConsoleSession{Token: "c", Account: "boss", Began: noon, Seen: noon}, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		lasting("ac")
		if err := db.EndConsoleSession(ctx, "c"); err != nil {
			t.Fatal(err)
		}
		if err := db.EndConsoleSession(ctx, "c"); err != nil {
			t.Errorf("the end of a session that is over: %v", err)
		}
		if err := db.DropConsoleAccount(ctx, "أمل"); err != nil {
			t.Fatal(err)
		}
		lasting("")
		for what, err := range map[string]error{
			"drop": db.DropConsoleAccount(ctx, "أمل"), "save": db.SaveConsoleAccount(ctx, want, ""),
		} {
			if !errors.Is(err, ErrNoAccount) {
				t.Errorf("%s an account that is gone: %v", what, err)
			}
		}
		if all, err := db.ConsoleAccounts(ctx); err != nil || len(all) != 1 || all[0].Name != "boss" {
			t.Errorf("left are %+v, %v", all, err)
		}
	})
}

func TestTheAuditLogIsReadBackwards(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, ctx := mustOpen(t, o), t.Context()
		for i := range 5 { // three of them in the same moment
			d := Deed{ID: fmt.Sprintf("d%d", i), At: noon.Add(time.Duration(i/3) * time.Second), Account: "boss", Remote: "127.0.0.1", Action: "listen", Subject: "c1", Detail: "x"}
			if err := db.AddDeed(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		var got string
		for last := (Deed{}); ; {
			page, err := db.Deeds(ctx, last, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, d := range page {
				got += d.ID + " "
			}
			last = page[len(page)-1]
		}
		if got != "d4 d3 d2 d1 d0 " {
			t.Errorf("read %q", got)
		}
	})
}
