package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"hatif/internal/fault"
)

// A kind of trouble is one of the errors that the API answers with: programs tell them apart by code, which never changes.
type kindOfTrouble struct {
	status      int
	code, title string
}

// All kinds of trouble, in the order of their status.
var (
	troubleRequest          = &kindOfTrouble{http.StatusBadRequest, "bad-request", "The request cannot be understood"}
	troubleBody             = &kindOfTrouble{http.StatusBadRequest, "bad-body", "The body cannot be understood"}
	troubleUnknownField     = &kindOfTrouble{http.StatusBadRequest, "unknown-field", "The body has a field that is unknown"}
	troubleParameter        = &kindOfTrouble{http.StatusBadRequest, "bad-parameter", "A parameter is wrong"}
	troubleUnknownParameter = &kindOfTrouble{http.StatusBadRequest, "unknown-parameter", "A parameter is unknown"}
	troubleCursor           = &kindOfTrouble{http.StatusBadRequest, "bad-cursor", "The cursor is none of ours"}
	troubleLogOn            = &kindOfTrouble{http.StatusUnauthorized, "unauthorized", "A token is needed"}
	troubleToken            = &kindOfTrouble{http.StatusUnauthorized, "bad-token", "The token is not good, or not any more"}
	troubleForbidden        = &kindOfTrouble{http.StatusForbidden, "forbidden", "The role does not allow this"}
	troublePassword         = &kindOfTrouble{http.StatusForbidden, "password-to-choose", "The account has to choose a password first"}
	troubleOrigin           = &kindOfTrouble{http.StatusForbidden, "cross-origin", "A page from elsewhere asks"}
	troubleNotFound         = &kindOfTrouble{http.StatusNotFound, "not-found", "There is no such thing"}
	troubleMethod           = &kindOfTrouble{http.StatusMethodNotAllowed, "method-not-allowed", "The address has other methods"}
	troubleAccept           = &kindOfTrouble{http.StatusNotAcceptable, "not-acceptable", "The answer is of another kind"}
	troubleTaken            = &kindOfTrouble{http.StatusConflict, "taken", "Somebody else was there before"}
	troubleLate             = &kindOfTrouble{http.StatusConflict, "too-late", "It is too late for that"}
	troubleState            = &kindOfTrouble{http.StatusConflict, "wrong-state", "That cannot be done as things stand"}
	troubleGone             = &kindOfTrouble{http.StatusGone, "cursor-gone", "What follows the cursor is not kept any more"}
	troubleLarge            = &kindOfTrouble{http.StatusRequestEntityTooLarge, "too-large", "The body is too large"}
	troubleMedia            = &kindOfTrouble{http.StatusUnsupportedMediaType, "unsupported-media-type", "The body is of another kind"}
	troubleField            = &kindOfTrouble{http.StatusUnprocessableEntity, "bad-field", "A field is wrong"}
	troubleFile             = &kindOfTrouble{http.StatusUnprocessableEntity, "bad-file", "The file has mistakes: nothing has changed"}
	troubleSound            = &kindOfTrouble{http.StatusUnprocessableEntity, "bad-sound", "The recording cannot be used: nothing has changed"}
	troubleAttempts         = &kindOfTrouble{http.StatusTooManyRequests, "too-many-attempts", "Too many tokens that are not good"}
	troubleOurs             = &kindOfTrouble{http.StatusInternalServerError, "failure", "Something went wrong in hatif"}
	troubleStreams          = &kindOfTrouble{http.StatusServiceUnavailable, "too-many-streams", "Too many others follow the events"}
)

// allTroubles are the kinds, for the document.
var allTroubles = []*kindOfTrouble{
	troubleRequest, troubleBody, troubleUnknownField, troubleParameter, troubleUnknownParameter, troubleCursor, troubleLogOn, troubleToken,
	troubleForbidden, troublePassword, troubleOrigin, troubleNotFound, troubleMethod, troubleAccept, troubleTaken, troubleLate, troubleState,
	troubleGone, troubleLarge, troubleMedia, troubleField, troubleFile, troubleSound, troubleAttempts, troubleOurs, troubleStreams,
}

// A trouble is an error as it is told: a problem of RFC 9457.
type trouble struct {
	Type     string    `json:"type" doc:"urn:hatif:problem: and the code."`
	Title    string    `json:"title"`
	Status   int       `json:"status"`
	Code     string    `json:"code" doc:"What kind it is, in a word that never changes."`
	Detail   string    `json:"detail,omitempty" doc:"What is wrong, for people."`
	Field    string    `json:"field,omitempty" doc:"The field or parameter that is wrong."`
	Mistakes []Mistake `json:"mistakes,omitempty" doc:"Of the file."`
}

func (t *trouble) Error() string { return t.Code + ": " + t.Detail }

// with is the trouble with what is wrong.
func (k *kindOfTrouble) with(format string, args ...any) *trouble {
	return &trouble{Type: "urn:hatif:problem:" + k.code, Title: k.title, Status: k.status, Code: k.code, Detail: fmt.Sprintf(format, args...)}
}

// of is with, where one field or parameter is wrong.
func (k *kindOfTrouble) of(field, format string, args ...any) *trouble {
	t := k.with(format, args...)
	t.Field = field
	return t
}

// pageTrouble is a page's refusal as the API tells it.
func pageTrouble(r *refusal) *trouble {
	switch r {
	case errForbidden:
		return troubleForbidden.with("not with this role")
	case errNotFound:
		return troubleNotFound.with("there is none, or not for this role")
	}
	return troubleRequest.with("what is asked for cannot be")
}

// fieldTrouble turns a fault of something that was sent into trouble with the field; other errors stay.
func fieldTrouble(err error) error {
	if found := fault.All(err); len(found) > 0 && len(found[0].Path) > 0 {
		return troubleField.of(found[0].Path[0], "%s", found[0].Msg)
	}
	return err
}

// send answers with it.
func (t *trouble) send(w http.ResponseWriter, log *slog.Logger) {
	text, err := json.Marshal(t)
	if err == nil {
		w.Header().Set("Content-Type", mediaProblem)
		w.Header().Del("Content-Disposition")
		if t.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="hatif"`) // RFC 6750, 3
		}
		w.WriteHeader(t.Status)
		_, err = w.Write(append(text, '\n'))
	}
	if err != nil {
		log.Debug("an error could not be told", "error", err)
	}
}
