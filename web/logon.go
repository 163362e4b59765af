package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"hatif/store"
)

// firstAccount is who can log on to a new hatif.
const firstAccount = "admin"

// FirstPassword makes the first account when there is none yet, and returns its name and the password that it can log
// on with once; both are "" when there are accounts.
func FirstPassword(ctx context.Context, db *store.DB) (account, password string, err error) {
	all, err := db.ConsoleAccounts(ctx)
	if err != nil || len(all) > 0 {
		return "", "", err
	}
	password, err = NewPassword(ctx, db, firstAccount, true)
	return firstAccount, password, err
}

// NewPassword gives an account a password that is good for one log-on, and returns it. With create, an account that does
// not exist is made, an administrator's; otherwise the error is store.ErrNoAccount.
func NewPassword(ctx context.Context, db *store.DB, account string, create bool) (string, error) {
	password := newPassword()
	a, err := db.ConsoleAccount(ctx, account)
	switch {
	case errors.Is(err, store.ErrNoAccount) && create:
		if err := goodName(account); err != nil {
			return "", err
		}
		a = store.ConsoleAccount{Name: account, Role: string(Administrator)}
		a.Created = time.Now()
		a.Changed, a.Password, a.Once = a.Created, HashPassword(password), true
		return password, db.AddConsoleAccount(ctx, a)
	case err != nil:
		return "", err
	}
	a.Password, a.Once, a.Changed = HashPassword(password), true, time.Now()
	return password, db.SaveConsoleAccount(ctx, a, "")
}

type logonForm struct {
	Name  string
	Error string // a text
	Wait  int    // seconds
	Next  string
}

func (s *Server) logonPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if v != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	return s.show(w, r, nil, http.StatusOK, "logon", "logon.title", logonForm{})
}

// logon looks at a name and a password. What is wrong with them is not told apart, nor does it take another time.
func (s *Server) logon(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	form := logonForm{Name: r.PostFormValue("name")}
	if wait := s.tooMany(w, form.Name, r); wait > 0 {
		form.Error, form.Wait = "logon.wait", wait
		return s.show(w, r, nil, http.StatusTooManyRequests, "logon", "logon.title", form)
	}
	account, good, err := s.check(r, form.Name, r.PostFormValue("password"))
	if err != nil {
		return err
	}
	if !good {
		form.Error = "logon.wrong"
		return s.show(w, r, nil, http.StatusUnauthorized, "logon", "logon.title", form)
	}
	if err := s.note(r, account.Name, "log on", "", ""); err != nil {
		return err
	}
	if err := s.begin(r.Context(), w, account.Name); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// tooMany is how many seconds somebody has to wait before they may try a password again; 0: they may now.
func (s *Server) tooMany(w http.ResponseWriter, account string, r *http.Request) int {
	wait := s.failed.begin(s.now(), attemptOf(account, s.remote(r)))
	if wait <= 0 {
		return 0
	}
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return seconds
}

// check reports whether the password is the account's, after tooMany has let it be tried. What is wrong takes the same
// time whatever it is. A failure is logged and noted.
func (s *Server) check(r *http.Request, name, password string) (store.ConsoleAccount, bool, error) {
	account, good, err := s.compare(r.Context(), name, password)
	switch {
	case err != nil:
		return account, false, err
	case good:
		s.failed.succeed(attemptOf(name, s.remote(r)))
		return account, true, nil
	}
	s.log.Warn("a wrong name or password at the console", "account", name, "from", s.remote(r))
	return account, false, s.note(r, name, "fail", "", "")
}

func (s *Server) compare(ctx context.Context, name, password string) (store.ConsoleAccount, bool, error) {
	account, err := s.store.ConsoleAccount(ctx, name)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNoAccount) {
		return account, false, err
	}
	if !known {
		account.Password = nobodysHash
	}
	if len(password) > 4*mostPassword {
		return account, false, nil
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return account, false, context.Cause(ctx)
	}
	same, err := matches(account.Password, password)
	if err != nil {
		return account, false, fmt.Errorf("console account %s: %w", name, err)
	}
	return account, known && same, nil
}

// nobodysHash is compared with when there is no account: the work is the same.
var nobodysHash = formatHash(make([]byte, saltLength), make([]byte, keyLength))

func (s *Server) logoff(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if err := s.end(r.Context(), w, v); err != nil {
		return err
	}
	http.Redirect(w, r, "/logon", http.StatusSeeOther)
	return nil
}

// home is the first page that the role may see.
func (s *Server) home(w http.ResponseWriter, r *http.Request, v *visitor) error {
	to := "/calls"
	if v.role.may(seeBoard) {
		to = "/board"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

type passwordForm struct {
	Once  bool
	Error string // a text
	Wait  int    // seconds
}

func (s *Server) passwordPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.show(w, r, v, http.StatusOK, "password", "password.title", passwordForm{Once: v.account.Once})
}

// changePassword asks for the old password unless it was good for this log-on alone. Other browsers are logged off.
func (s *Server) changePassword(w http.ResponseWriter, r *http.Request, v *visitor) error {
	form := passwordForm{Once: v.account.Once}
	again := func(text string) error {
		form.Error = text
		return s.show(w, r, v, http.StatusUnprocessableEntity, "password", "password.title", form)
	}
	if !v.account.Once {
		if wait := s.tooMany(w, v.account.Name, r); wait > 0 {
			form.Wait = wait
			form.Error = "logon.wait"
			return s.show(w, r, v, http.StatusTooManyRequests, "password", "password.title", form)
		}
		_, good, err := s.check(r, v.account.Name, r.PostFormValue("old"))
		if err != nil {
			return err
		}
		if !good {
			return again("password.wrong")
		}
	}
	fresh := r.PostFormValue("new")
	if goodPassword(fresh) != nil {
		return again("password.bad")
	}
	if fresh != r.PostFormValue("again") {
		return again("password.differs")
	}
	a := v.account
	a.Password, a.Once, a.Changed = HashPassword(fresh), false, s.now()
	if err := s.store.SaveConsoleAccount(r.Context(), a, v.session.Token); err != nil {
		return err
	}
	if err := s.note(r, a.Name, "change password", a.Name, ""); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
