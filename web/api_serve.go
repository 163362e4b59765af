package web

import (
	"cmp"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// mostBody bounds the body of a request to the API that is JSON.
const mostBody = 64 << 10

// endpoints are all that the API has.
func (s *Server) endpoints() []endpoint {
	return slices.Concat(
		s.boardAPI(), s.callsAPI(), s.requestsAPI(), s.ratingsAPI(), s.voicemailAPI(), s.owedAPI(), s.figuresAPI(),
		s.eventsAPI(), s.accountsAPI(), s.tokensAPI(), s.systemAPI(),
		s.deedsAPI(), s.queuesAPI(), s.recordingsAPI(), s.peopleAPI(),
		s.healthAPI(), s.repairAPI(), s.promptsAPI(), s.reportsAPI(),
		s.fileAPI(), s.queueAPI(), s.planAPI(), s.logAPI(),
	)
}

// api serves the endpoints. Whoever comes has a token, or has logged on in a browser.
func (s *Server) api() http.Handler {
	all := s.endpoints()
	byPath := make(map[string]map[string]endpoint)
	for _, e := range all {
		if byPath[e.path] == nil {
			byPath[e.path] = make(map[string]endpoint)
		}
		byPath[e.path][e.method] = e
	}
	mux := http.NewServeMux()
	for path, methods := range byPath {
		mux.HandleFunc(apiRoot+path, func(w http.ResponseWriter, r *http.Request) { s.dispatch(w, r, methods) })
	}
	document := s.document(all)
	mux.HandleFunc(apiRoot+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			s.problem(w, r, troubleMethod.with("%s is not for this address", r.Method))
			return
		}
		w.Header().Set("Content-Type", mediaJSON)
		if _, err := w.Write(document); err != nil {
			s.log.Debug("the API's document was not taken", "error", err)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.problem(w, r, troubleNotFound.with("the API has no %s", r.URL.Path))
	})
	return mux
}

// dispatch serves a request by its method.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, methods map[string]endpoint) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	e, has := methods[method]
	if !has {
		var allowed []string
		for m := range methods {
			if allowed = append(allowed, m); m == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
		slices.Sort(allowed)
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.problem(w, r, troubleMethod.with("%s is not for this address", r.Method))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(e.most, mostBody))
	if err := s.exchange(w, r, &e); err != nil {
		s.problem(w, r, err)
	}
}

func (s *Server) exchange(w http.ResponseWriter, r *http.Request, e *endpoint) error {
	v, err := s.caller(w, r)
	switch {
	case err != nil:
		return err
	case v.account.Once:
		return troublePassword.with("choose a password at the console first")
	case !slices.ContainsFunc(e.needs, v.role.may):
		return troubleForbidden.with("the role %s may not do this", v.role)
	case !accepts(r, e.media) && !(e.streams && accepts(r, mediaEvents)):
		return troubleAccept.with("the answer is %s", e.media)
	}
	asked, err := e.asked(r)
	if err != nil {
		return err
	}
	return e.serve(&exchange{w: w, r: r, v: v, query: asked})
}

// crossOrigin answers what a page from elsewhere has a browser do.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, apiRoot+"/") {
		s.problem(w, r, troubleOrigin.with("a browser says that a page of another origin asks"))
		return
	}
	http.Error(w, "cross-origin request", http.StatusForbidden)
}

func queryOf(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, troubleRequest.with("the address's query cannot be read")
	}
	return values, nil
}

// accepts reports whether whoever asks takes an answer of the media type (RFC 9110, 12.5.1).
func accepts(r *http.Request, media string) bool {
	given := r.Header.Values("Accept")
	if len(given) == 0 {
		return true
	}
	kind, _, _ := strings.Cut(media, "/")
	for _, line := range given {
		for one := range strings.SplitSeq(line, ",") {
			name, params, err := mime.ParseMediaType(strings.TrimSpace(one))
			if err != nil || strings.Trim(params["q"], "0.") == "" && params["q"] != "" {
				continue
			}
			if name == "*/*" || name == kind+"/*" || name == media {
				return true
			}
		}
	}
	return false
}

// problem answers with an error, as RFC 9457 wants it. What is a failure of ours is logged, and not told.
func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	var told *trouble
	var page *refusal
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &told):
	case errors.As(err, &page):
		told = pageTrouble(page)
	case errors.As(err, &large):
		told = troubleLarge.with("a body has %d bytes at most", large.Limit)
	case r.Context().Err() != nil:
		return // whoever asked has gone
	default:
		s.log.Error("a request to the API failed", "path", r.URL.Path, "error", err)
		told = troubleOurs.with("the log of hatif says why")
	}
	told.send(w, s.log)
}
