package web

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hatif/store"
)

// tokenPrefix lets people and programs that look for secrets recognise one of ours.
const tokenPrefix = "hatif_"

// newToken is 256 bits of chance, which nobody guesses: so the store needs no more than their SHA-256. A slow hash, as
// passwords have, is against trying words that people choose, and would cost its time at every request.
func newToken() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails (crypto/rand)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// tokenAccount is the name under which a token is in the audit log: no account can have it.
func tokenAccount(name string) string { return "token:" + name }

// caller is who makes a request to the API: a token's, or else a browser's. CrossOriginProtection has seen to it that a
// browser's cookie was not sent by a page from elsewhere.
func (s *Server) caller(w http.ResponseWriter, r *http.Request) (*visitor, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		v, err := s.visitor(r)
		if err == nil && v == nil {
			err = troubleLogOn.with("send Authorization: Bearer and a token, which an administrator makes at the console")
		}
		return v, err
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, troubleLogOn.with("the scheme of the Authorization header must be Bearer")
	}
	v, err := s.bearer(r, strings.TrimSpace(token))
	if v == nil && err == nil {
		err = s.failToken(w, r)
	}
	return v, err
}

// bearer is who holds a token; nil: it is not good.
func (s *Server) bearer(r *http.Request, token string) (*visitor, error) {
	t, err := s.store.Token(r.Context(), hashToken(token))
	now := s.now()
	switch {
	case errors.Is(err, store.ErrNoToken):
		return nil, nil
	case err != nil:
		return nil, err
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return nil, nil
	}
	if now.Sub(t.Used) > seenEvery {
		if err := s.store.UseToken(r.Context(), t.Hash, now); err != nil {
			return nil, err
		}
	}
	account := store.ConsoleAccount{Name: tokenAccount(t.Name), Role: t.Role, Person: t.Person}
	return &visitor{account: account, role: Role(t.Role)}, nil
}

// failToken counts a token that is not good against the address that it came from, and is what is answered. The address's
// good tokens are let in all the same, and so are its browsers: a program that was forgotten locks nobody out.
func (s *Server) failToken(w http.ResponseWriter, r *http.Request) error {
	by := attempt{"a token from " + s.remote(r): freeFailures}
	if wait := s.failed.begin(s.now(), by); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return troubleAttempts.with("try again later")
	}
	s.log.Warn("a token that is not good", "from", s.remote(r))
	if err := s.note(r, "token", "fail", "", ""); err != nil {
		return err
	}
	return troubleToken.with("it is unknown, revoked or expired")
}

// TokenData is a token as it is shown.
type tokenData struct {
	Name      string    `json:"name"`
	Role      Role      `json:"role" enum:"administrator,manager,quality,agent"`
	Person    string    `json:"person,omitempty" doc:"The user of the file for whom it works."`
	Creator   string    `json:"creator" doc:"The account that made it."`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"Left out: never."`
	UsedAt    time.Time `json:"used_at,omitzero" doc:"Last, to a minute. Left out: never."`
}

func tokenOf(t store.Token) tokenData {
	return tokenData{
		Name: t.Name, Role: Role(t.Role), Person: t.Person, Creator: t.Creator, CreatedAt: t.Created.UTC(), ExpiresAt: t.Expires.UTC(),
		UsedAt: t.Used.UTC(),
	}
}

type tokenList struct {
	Tokens []tokenData `json:"tokens"`
}

type tokenOrder struct {
	Name      string    `json:"name"`
	Role      Role      `json:"role" enum:"administrator,manager,quality,agent"`
	Person    string    `json:"person,omitempty" doc:"The user of the file for whom it works; the role agent needs one."`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"Left out: never."`
}

type freshToken struct {
	tokenData
	Token string `json:"token" doc:"What the program sends. It is shown this once."`
}

func (s *Server) tokensAPI() []endpoint {
	return []endpoint{
		get("/tokens", "Tokens, without what programs send", s.apiTokens, admit),
		post("/tokens", "Make a token", s.apiAddToken, admit).created(),
		takes(http.MethodDelete, "/tokens/{name}", "Revoke a token: it is good for nothing from now on", s.apiDropToken, admit),
	}
}

func (s *Server) apiTokens(x *exchange) (tokenList, error) {
	list := tokenList{Tokens: []tokenData{}}
	all, err := s.store.Tokens(x.r.Context())
	for _, t := range all {
		list.Tokens = append(list.Tokens, tokenOf(t))
	}
	return list, err
}

func (s *Server) apiAddToken(x *exchange, o tokenOrder) (freshToken, error) {
	t, token, err := s.makeToken(x.r, x.v, o)
	return freshToken{tokenOf(t), token}, err
}

func (s *Server) apiDropToken(x *exchange, _ nothing) (nothing, error) {
	return nothing{}, s.dropToken(x.r, x.v, x.r.PathValue("name"))
}

// makeToken makes a token of what is asked for. Its errors are troubles with the field.
func (s *Server) makeToken(r *http.Request, v *visitor, o tokenOrder) (store.Token, string, error) {
	now := s.now()
	switch {
	case goodName(o.Name) != nil:
		return store.Token{}, "", troubleField.of("name", "%v", errName)
	case !o.Role.known():
		return store.Token{}, "", troubleField.of("role", "%q is no role", o.Role)
	case s.personFault(o.Role, o.Person) != "":
		return store.Token{}, "", troubleField.of("person", "the file has no user of this number, or the role needs one")
	case !o.ExpiresAt.IsZero() && !o.ExpiresAt.After(now):
		return store.Token{}, "", troubleField.of("expires_at", "that is past")
	}
	token := newToken()
	t := store.Token{
		Hash: hashToken(token), Name: o.Name, Role: string(o.Role), Person: o.Person, Creator: v.account.Name, Created: now, Expires: o.ExpiresAt,
	}
	err := s.store.AddToken(r.Context(), t)
	switch {
	case errors.Is(err, store.ErrTokenTaken):
		return t, "", troubleTaken.of("name", "there is a token of this name")
	case err != nil:
		return t, "", err
	}
	return t, token, s.note(r, v.account.Name, "add token", tokenAccount(t.Name), strings.TrimSpace(t.Role+" "+t.Person))
}

func (s *Server) dropToken(r *http.Request, v *visitor, name string) error {
	err := s.store.DropToken(r.Context(), name)
	switch {
	case errors.Is(err, store.ErrNoToken):
		return errNotFound
	case err != nil:
		return err
	}
	return s.note(r, v.account.Name, "revoke token", tokenAccount(name), "")
}
