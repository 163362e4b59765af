package web

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"hatif/store"
)

type accountsView struct {
	Accounts []store.ConsoleAccount
	Self     string
	New      accountForm
	Fresh    freshPassword
	Zone     *time.Location
}

// An accountForm is the form that adds an account, as it was filled in.
type accountForm struct{ Name, Role, Person, Error string }

// A freshPassword is shown once, to be handed on.
type freshPassword struct{ Name, Password string }

const mostName = 40 // letters of an account's name

var errName = errors.New("the name of an account is letters, digits, dots, dashes and underscores")

// goodName is the mistake of an account's name.
func goodName(name string) error {
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}
	if name == "" || len(name) > mostName || strings.ContainsFunc(name, bad) {
		return errName
	}
	return nil
}

func (s *Server) accounts(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showAccounts(w, r, v, http.StatusOK, accountForm{Role: string(Agent)}, freshPassword{})
}

func (s *Server) showAccounts(w http.ResponseWriter, r *http.Request, v *visitor, status int, form accountForm, fresh freshPassword) error {
	all, err := s.store.ConsoleAccounts(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, v, status, "accounts", "menu.accounts",
		accountsView{Accounts: all, Self: v.account.Name, New: form, Fresh: fresh, Zone: s.Location()})
}

func (s *Server) addAccount(w http.ResponseWriter, r *http.Request, v *visitor) error {
	form := accountForm{
		Name: strings.TrimSpace(r.PostFormValue("name")), Role: r.PostFormValue("role"), Person: strings.TrimSpace(r.PostFormValue("person")),
	}
	again := func(text string) error {
		form.Error = text
		return s.showAccounts(w, r, v, http.StatusUnprocessableEntity, form, freshPassword{})
	}
	switch {
	case goodName(form.Name) != nil:
		return again("accounts.badName")
	case !Role(form.Role).known():
		return errBadInput
	}
	if text := s.personFault(Role(form.Role), form.Person); text != "" {
		return again(text)
	}
	password, now := newPassword(), s.now()
	err := s.store.AddConsoleAccount(r.Context(), store.ConsoleAccount{
		Name: form.Name, Role: form.Role, Person: form.Person, Password: HashPassword(password), Once: true, Created: now, Changed: now,
	})
	if errors.Is(err, store.ErrAccountTaken) {
		return again("accounts.taken")
	}
	if err != nil {
		return err
	}
	if err := s.note(r, v.account.Name, "add account", form.Name, form.Role); err != nil {
		return err
	}
	return s.showAccounts(w, r, v, http.StatusOK, accountForm{Role: string(Agent)}, freshPassword{form.Name, password})
}

// personFault is what is wrong with an account's extension, a text; "": nothing.
func (s *Server) personFault(role Role, person string) string {
	switch {
	case person != "" && !s.Person(person):
		return "accounts.badPerson"
	case role == Agent && person == "":
		return "accounts.needsPerson"
	}
	return ""
}

// changeRole gives an account another role and extension. Nobody changes their own role: there is always an
// administrator.
func (s *Server) changeRole(w http.ResponseWriter, r *http.Request, v *visitor) error {
	role, person := Role(r.PostFormValue("role")), strings.TrimSpace(r.PostFormValue("person"))
	a, err := s.another(r, v)
	if err != nil {
		return err
	}
	if !role.known() {
		return errBadInput
	}
	if text := s.personFault(role, person); text != "" {
		return s.showAccounts(w, r, v, http.StatusUnprocessableEntity, accountForm{Role: string(Agent), Error: text}, freshPassword{})
	}
	a.Role, a.Person, a.Changed = string(role), person, s.now()
	if err := s.store.SaveConsoleAccount(r.Context(), a, ""); err != nil {
		return err
	}
	if err := s.note(r, v.account.Name, "change role", a.Name, strings.TrimSpace(string(role)+" "+person)); err != nil {
		return err
	}
	http.Redirect(w, r, "/accounts", http.StatusSeeOther)
	return nil
}

// resetPassword gives an account a password for one log-on and logs it off everywhere.
func (s *Server) resetPassword(w http.ResponseWriter, r *http.Request, v *visitor) error {
	a, err := s.another(r, v)
	if err != nil {
		return err
	}
	password := newPassword()
	a.Password, a.Once, a.Changed = HashPassword(password), true, s.now()
	if err := s.store.SaveConsoleAccount(r.Context(), a, ""); err != nil {
		return err
	}
	if err := s.note(r, v.account.Name, "reset password", a.Name, ""); err != nil {
		return err
	}
	return s.showAccounts(w, r, v, http.StatusOK, accountForm{Role: string(Agent)}, freshPassword{a.Name, password})
}

func (s *Server) removeAccount(w http.ResponseWriter, r *http.Request, v *visitor) error {
	a, err := s.another(r, v)
	if err != nil {
		return err
	}
	if err := s.store.DropConsoleAccount(r.Context(), a.Name); err != nil {
		return err
	}
	if err := s.note(r, v.account.Name, "remove account", a.Name, ""); err != nil {
		return err
	}
	http.Redirect(w, r, "/accounts", http.StatusSeeOther)
	return nil
}

// another is the account that the address names, which is not the visitor's own.
func (s *Server) another(r *http.Request, v *visitor) (store.ConsoleAccount, error) {
	name := r.PathValue("name")
	if name == v.account.Name {
		return store.ConsoleAccount{}, errBadInput
	}
	a, err := s.store.ConsoleAccount(r.Context(), name)
	if errors.Is(err, store.ErrNoAccount) {
		return a, errNotFound
	}
	return a, err
}
