package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apiRoot is where the API is. What is below it is a format: it is added to, never changed.
const apiRoot = "/api/v1"

// An endpoint is one thing that the API does. What is served and what the document says of it are made of the same
// values (api_document.go), so that they cannot differ.
type endpoint struct {
	method, path string // "GET", "/calls/{id}": below apiRoot
	summary      string
	needs        []right // any of them
	query        []parameter
	body, result reflect.Type // nothing's: none
	media        string       // what is answered
	sends        string       // the media type of a body that is no JSON; "": it is
	most         int64        // bytes of a body; 0: mostBody
	streams      bool         // as events, to who asks for them
	status       int
	serve        func(x *exchange) error
}

// nothing is the body of what needs none and the result of what has none.
type nothing struct{}

// An exchange is one request to an endpoint, by whom, and its answer.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	v     *visitor
	query map[string]string // each good by its parameter
}

const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
	mediaSound   = "audio/wav"
	mediaEvents  = "text/event-stream"
	mediaCapture = "application/vnd.tcpdump.pcap"
)

// takes is an endpoint that is sent a B and answers with a T.
func takes[B, T any](method, path, summary string, f func(*exchange, B) (T, error), needs ...right) endpoint {
	e := endpoint{
		method: method, path: path, summary: summary, needs: needs, media: mediaJSON, status: http.StatusOK,
		body: reflect.TypeFor[B](), result: reflect.TypeFor[T](),
	}
	if e.result == reflect.TypeFor[nothing]() {
		e.status = http.StatusNoContent
	}
	e.serve = func(x *exchange) error {
		var body B
		if err := x.read(&body); err != nil {
			return err
		}
		result, err := f(x, body)
		switch {
		case err != nil:
			return err
		case e.result == reflect.TypeFor[nothing]():
			x.w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return x.answer(result)
	}
	return e
}

// get is an endpoint that answers with a T.
func get[T any](path, summary string, f func(*exchange) (T, error), needs ...right) endpoint {
	return takes(http.MethodGet, path, summary, func(x *exchange, _ nothing) (T, error) { return f(x) }, needs...)
}

// post is one that does something.
func post[B, T any](path, summary string, f func(*exchange, B) (T, error), needs ...right) endpoint {
	return takes(http.MethodPost, path, summary, f, needs...)
}

// raw is one that writes its answer by itself.
func raw(path, summary, media string, f func(x *exchange) error, needs ...right) endpoint {
	return endpoint{
		method: http.MethodGet, path: path, summary: summary, needs: needs, media: media, status: http.StatusOK, serve: f,
		body: reflect.TypeFor[nothing](), result: reflect.TypeFor[nothing](),
	}
}

// putSound is one that is sent a WAV file and answers with a T. f reads the file from the request.
func putSound[T any](path, summary string, f func(*exchange) (T, error), needs ...right) endpoint {
	e := raw(path, summary, mediaJSON, func(x *exchange) error {
		if kind, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type")); err != nil || kind != mediaSound {
			return troubleMedia.with("the body's Content-Type must be %s", mediaSound)
		}
		result, err := f(x)
		if err != nil {
			return err
		}
		return x.answer(result)
	}, needs...)
	e.method, e.sends, e.most, e.result = http.MethodPut, mediaSound, mostUpload, reflect.TypeFor[T]()
	return e
}

// asking is e with the parameters that its address may have.
func (e endpoint) asking(p ...parameter) endpoint { e.query = append(e.query, p...); return e }

// created is e where it answers 201 to what it has made.
func (e endpoint) created() endpoint {
	e.status = http.StatusCreated
	serve := e.serve
	e.serve = func(x *exchange) error {
		x.w = &made{ResponseWriter: x.w}
		return serve(x)
	}
	return e
}

// made answers 201 in place of 200.
type made struct {
	http.ResponseWriter
	said bool
}

func (m *made) WriteHeader(status int) {
	if m.said = true; status == http.StatusOK {
		status = http.StatusCreated
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *made) Write(b []byte) (int, error) {
	if !m.said {
		m.WriteHeader(http.StatusOK)
	}
	return m.ResponseWriter.Write(b)
}

// answer writes a result; it is made whole before anything is sent.
func (x *exchange) answer(result any) error {
	text, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("api %s: %w", x.r.URL.Path, err)
	}
	x.w.Header().Set("Content-Type", mediaJSON)
	_, err = x.w.Write(append(text, '\n'))
	return err
}

// read takes the body apart: no field that is unknown, none that is written otherwise, nothing behind it.
func (x *exchange) read(to any) error {
	text, err := io.ReadAll(x.r.Body)
	if err != nil {
		return err // too large, or broken off
	}
	shape := reflect.TypeOf(to).Elem()
	if len(strings.TrimSpace(string(text))) == 0 {
		for _, f := range fieldsOf(shape) {
			if !f.optional {
				return troubleBody.with("a body is missing: JSON with %s", f.name)
			}
		}
		return nil
	}
	if kind, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type")); err != nil || kind != mediaJSON {
		return troubleMedia.with("the body's Content-Type must be %s", mediaJSON)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return troubleBody.with("the body is no JSON object: %v", err)
	}
	fields := fieldsOf(shape)
	for name := range given {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			return troubleUnknownField.of(name, "the body has no field of this name%s", among(fields))
		}
	}
	for _, f := range fields {
		if raw, is := given[f.name]; !f.optional && (!is || string(raw) == "null") {
			return troubleField.of(f.name, "this field is missing")
		}
	}
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(text, to); errors.As(err, &wrong) {
		return troubleField.of(wrong.Field, "a %s cannot stand here", wrong.Value)
	} else if err != nil {
		return troubleBody.with("the body cannot be read: %v", err)
	}
	return nil
}

func among(fields []field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	if len(names) == 0 {
		return ": it is empty"
	}
	return ": there are " + strings.Join(names, ", ")
}

// A parameter is one of those of an address's query.
type parameter struct {
	name, doc   string
	form        string   // "", "time", "number"
	words       []string // the only ones that there are; nil: any
	least, most int      // of a number
}

// check is the mistake of a value.
func (p parameter) check(value string) error {
	switch p.form {
	case "time":
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return troubleParameter.of(p.name, "%q is no time: write it as RFC 3339 does, 2026-11-23T09:00:00Z", value)
		}
	case "number":
		if n, err := strconv.Atoi(value); err != nil || n < p.least || n > p.most {
			return troubleParameter.of(p.name, "%q is no whole number from %d to %d", value, p.least, p.most)
		}
	}
	if p.words != nil && !slices.Contains(p.words, value) {
		return troubleParameter.of(p.name, "%q is none of %s", value, strings.Join(p.words, ", "))
	}
	return nil
}

// asked reads the address's query by the endpoint's parameters.
func (e *endpoint) asked(r *http.Request) (map[string]string, error) {
	values, err := queryOf(r)
	if err != nil {
		return nil, err
	}
	asked := make(map[string]string)
	for name, given := range values {
		i := slices.IndexFunc(e.query, func(p parameter) bool { return p.name == name })
		switch {
		case i < 0:
			return nil, troubleUnknownParameter.of(name, "%s %s has no parameter of this name", e.method, apiRoot+e.path)
		case len(given) > 1:
			return nil, troubleParameter.of(name, "it is given %d times", len(given))
		}
		if err := e.query[i].check(given[0]); err != nil {
			return nil, err
		}
		asked[name] = given[0]
	}
	return asked, nil
}

// moment is a parameter that is a time; zero: it is not given.
func (x *exchange) moment(name string) time.Time {
	t, err := time.Parse(time.RFC3339, x.query[name])
	if err != nil {
		return time.Time{}
	}
	return t
}

// number is a parameter that is one; otherwise where it is not given.
func (x *exchange) number(name string, otherwise int) int {
	n, err := strconv.Atoi(x.query[name])
	if err != nil {
		return otherwise
	}
	return n
}
