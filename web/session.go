package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"hatif/store"
)

// How long a log-on lasts: idle, and in all.
const (
	sessionIdle = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour
	seenEvery   = time.Minute // a session in use is noted so often
)

// cookieName is the session's cookie. Over https the prefix has the browser refuse it from anybody else (RFC 6265bis).
func (s *Server) cookieName() string {
	if s.secure {
		return "__Host-hatif"
	}
	return "hatif"
}

// A visitor is who makes a request: somebody who has logged on.
type visitor struct {
	session store.ConsoleSession
	account store.ConsoleAccount
	role    Role
}

// begin logs an account on: the browser is given a token, the store its hash.
func (s *Server) begin(ctx context.Context, w http.ResponseWriter, account string) error {
	token := rand.Text()
	now := s.now()
	err := s.store.BeginConsoleSession(ctx, store.ConsoleSession{Token: hashToken(token), Account: account, Began: now, Seen: now}, now.Add(-sessionIdle))
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", MaxAge: int(sessionLife / time.Second),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode,
	})
	return nil
}

// end logs the visitor off.
func (s *Server) end(ctx context.Context, w http.ResponseWriter, v *visitor) error {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode,
	})
	return s.store.EndConsoleSession(ctx, v.session.Token)
}

// visitor is who makes the request; nil when nobody has logged on, or too long ago.
func (s *Server) visitor(r *http.Request) (*visitor, error) {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return nil, nil
	}
	session, account, err := s.store.ConsoleSession(r.Context(), hashToken(cookie.Value))
	switch {
	case errors.Is(err, store.ErrNoAccount):
		return nil, nil
	case err != nil:
		return nil, err
	}
	now := s.now()
	if now.Sub(session.Seen) > sessionIdle || now.Sub(session.Began) > sessionLife {
		return nil, s.store.EndConsoleSession(r.Context(), session.Token)
	}
	if now.Sub(session.Seen) > seenEvery {
		if err := s.store.SeeConsoleSession(r.Context(), session.Token, now); err != nil {
			return nil, err
		}
	}
	return &visitor{session: session, account: account, role: Role(account.Role)}, nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
