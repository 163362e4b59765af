package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"hatif/store"
)

type accountList struct {
	Accounts []accountData `json:"accounts"`
}

type accountData struct {
	Name      string    `json:"name"`
	Role      Role      `json:"role" enum:"administrator,manager,quality,agent"`
	Person    string    `json:"person,omitempty" doc:"The user of the file whose account it is."`
	Once      bool      `json:"password_to_choose" doc:"The password is good for one log-on."`
	Language  string    `json:"language,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
}

type accountOrder struct {
	Name   string `json:"name"`
	Role   Role   `json:"role" enum:"administrator,manager,quality,agent"`
	Person string `json:"person,omitempty" doc:"The user of the file whose account it is; the role agent needs one."`
}

type accountChange struct {
	Role   Role   `json:"role" enum:"administrator,manager,quality,agent"`
	Person string `json:"person,omitempty"`
}

// A freshAccount has a password for one log-on.
type freshAccount struct {
	accountData
	Password string `json:"password" doc:"Good for one log-on. It is shown this once."`
}

func (s *Server) accountsAPI() []endpoint {
	return []endpoint{
		get("/accounts", "Who may log on to the console", s.apiAccounts, admit),
		post("/accounts", "Add an account", s.apiAddAccount, admit).created(),
		takes(http.MethodPut, "/accounts/{name}", "Change an account's role and person", s.apiChangeAccount, admit),
		post("/accounts/{name}/password", "Give an account a new password, and log it off everywhere", s.apiResetPassword, admit),
		takes(http.MethodDelete, "/accounts/{name}", "Remove an account, and log it off everywhere", s.apiDropAccount, admit),
		get("/audit", "Who did what, the newest first", s.apiAudit, seeAudit).asking(limitParameter, cursorParameter),
	}
}

func accountOf(a store.ConsoleAccount) accountData {
	return accountData{
		Name: a.Name, Role: Role(a.Role), Person: a.Person, Once: a.Once, Language: a.Language, CreatedAt: a.Created.UTC(), ChangedAt: a.Changed.UTC(),
	}
}

func (s *Server) apiAccounts(x *exchange) (accountList, error) {
	list := accountList{Accounts: []accountData{}}
	all, err := s.store.ConsoleAccounts(x.r.Context())
	for _, a := range all {
		list.Accounts = append(list.Accounts, accountOf(a))
	}
	return list, err
}

// checkRole is the trouble of a role and a person who do not go together.
func (s *Server) checkRole(role Role, person string) error {
	switch {
	case !role.known():
		return troubleField.of("role", "%q is no role", role)
	case s.personFault(role, person) != "":
		return troubleField.of("person", "the file has no user of this number, or the role needs one")
	}
	return nil
}

func (s *Server) apiAddAccount(x *exchange, o accountOrder) (freshAccount, error) {
	if goodName(o.Name) != nil {
		return freshAccount{}, troubleField.of("name", "%v", errName)
	}
	if err := s.checkRole(o.Role, o.Person); err != nil {
		return freshAccount{}, err
	}
	password, now := newPassword(), s.now()
	a := store.ConsoleAccount{Name: o.Name, Role: string(o.Role), Person: o.Person, Password: HashPassword(password), Once: true, Created: now, Changed: now}
	switch err := s.store.AddConsoleAccount(x.r.Context(), a); {
	case errors.Is(err, store.ErrAccountTaken):
		return freshAccount{}, troubleTaken.of("name", "there is an account of this name")
	case err != nil:
		return freshAccount{}, err
	}
	return freshAccount{accountOf(a), password}, s.note(x.r, x.v.account.Name, "add account", a.Name, a.Role)
}

// other is the account that the address names, which is not the visitor's own; with remains, there is an administrator
// without it: nobody can lock everybody out with a token.
func (s *Server) other(x *exchange, remains bool) (store.ConsoleAccount, error) {
	a, err := s.another(x.r, x.v)
	if errors.Is(err, errBadInput) {
		return a, troubleState.with("nobody changes or removes their own account")
	}
	if err != nil || !remains || Role(a.Role) != Administrator {
		return a, err
	}
	all, err := s.store.ConsoleAccounts(x.r.Context())
	for _, b := range all {
		if Role(b.Role) == Administrator && b.Name != a.Name {
			return a, nil
		}
	}
	if err == nil {
		err = troubleState.with("there would be no administrator")
	}
	return a, err
}

func (s *Server) apiChangeAccount(x *exchange, c accountChange) (accountData, error) {
	if err := s.checkRole(c.Role, c.Person); err != nil {
		return accountData{}, err
	}
	a, err := s.other(x, c.Role != Administrator)
	if err != nil {
		return accountData{}, err
	}
	a.Role, a.Person, a.Changed = string(c.Role), c.Person, s.now()
	if err := s.saveAccount(x, a); err != nil {
		return accountData{}, err
	}
	return accountOf(a), s.note(x.r, x.v.account.Name, "change role", a.Name, strings.TrimSpace(a.Role+" "+a.Person))
}

func (s *Server) apiResetPassword(x *exchange, _ nothing) (freshAccount, error) {
	a, err := s.other(x, false)
	if err != nil {
		return freshAccount{}, err
	}
	password := newPassword()
	a.Password, a.Once, a.Changed = HashPassword(password), true, s.now()
	if err := s.saveAccount(x, a); err != nil {
		return freshAccount{}, err
	}
	return freshAccount{accountOf(a), password}, s.note(x.r, x.v.account.Name, "reset password", a.Name, "")
}

func (s *Server) saveAccount(x *exchange, a store.ConsoleAccount) error {
	err := s.store.SaveConsoleAccount(x.r.Context(), a, "")
	if errors.Is(err, store.ErrNoAccount) {
		return errNotFound
	}
	return err
}

func (s *Server) apiDropAccount(x *exchange, _ nothing) (nothing, error) {
	a, err := s.other(x, true)
	if err != nil {
		return nothing{}, err
	}
	switch err := s.store.DropConsoleAccount(x.r.Context(), a.Name); {
	case errors.Is(err, store.ErrNoAccount):
		return nothing{}, errNotFound
	case err != nil:
		return nothing{}, err
	}
	return nothing{}, s.note(x.r, x.v.account.Name, "remove account", a.Name, "")
}

type auditList struct {
	Deeds []deedData `json:"deeds"`
	Next  string     `json:"next,omitempty" doc:"The cursor of the next page. Left out: this is the last."`
}

type deedData struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Account string    `json:"account" doc:"A token is written token:NAME."`
	Remote  string    `json:"remote" doc:"The address from where."`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail"`
}

func (s *Server) apiAudit(x *exchange) (auditList, error) {
	limit := x.number("limit", apiPage)
	from, err := x.from(1)
	if err != nil {
		return auditList{}, err
	}
	deeds, err := s.store.Deeds(x.r.Context(), store.Deed{At: from.at, ID: from.keys[0]}, limit)
	page := auditList{Deeds: []deedData{}}
	for _, d := range deeds {
		page.Deeds = append(page.Deeds, deedData{d.ID, d.At.UTC(), d.Account, d.Remote, d.Action, d.Subject, d.Detail})
	}
	if len(deeds) == limit {
		last := deeds[limit-1]
		page.Next = place{last.At, []string{last.ID}}.cursor()
	}
	return page, err
}
