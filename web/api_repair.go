package web

import "time"

type registrationList struct {
	Registrations []registrationData `json:"registrations"`
}

// registrationData is where a phone is.
type registrationData struct {
	User      string    `json:"user"`
	Name      string    `json:"name"`
	URI       string    `json:"uri" doc:"What names it among those of the user."`
	Address   string    `json:"address"`
	Transport string    `json:"transport"`
	Device    string    `json:"device" doc:"What the phone says that it is."`
	Since     time.Time `json:"since,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	Fixed     bool      `json:"fixed" doc:"By the file: there is nothing to remove."`
}

type registrationOrder struct {
	User string `json:"user"`
	URI  string `json:"uri"`
}

type banList struct {
	Bans []banData `json:"bans" doc:"The one that lasts longest first."`
}

// banData is a source that is refused.
type banData struct {
	Source   string    `json:"source" doc:"An address, or a prefix of them."`
	Account  string    `json:"account,omitempty" doc:"Left out: whatever account it uses."`
	Failures int       `json:"failures" doc:"That have led to it."`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
	Console  bool      `json:"console" doc:"The console makes its next log-on wait; else phones are refused."`
}

type banOrder struct {
	Source  string `json:"source"`
	Account string `json:"account,omitempty"`
	Console bool   `json:"console,omitempty"`
}

func (s *Server) repairAPI() []endpoint {
	return []endpoint{
		get("/registrations", "Where phones have logged on", s.apiRegistrations, seeSystem),
		post("/registrations/remove", "Take a registration away: the phone has to log on again", s.apiRemoveRegistration, repair),
		get("/bans", "Who is refused for wrong secrets and passwords", s.apiBans, seeSystem),
		post("/bans/lift", "Let one in again, named as in the list", s.apiLiftBan, repair),
	}
}

func (s *Server) apiRegistrations(*exchange) (registrationList, error) {
	all := registrationList{Registrations: []registrationData{}}
	for _, r := range s.System.Registrations() {
		all.Registrations = append(all.Registrations, registrationData{r.User, r.Name, r.URI, r.Address, r.Transport, r.Device, r.Since.UTC(), r.Expires.UTC(), r.Fixed})
	}
	return all, nil
}

func (s *Server) apiRemoveRegistration(x *exchange, o registrationOrder) (nothing, error) {
	if o.User == "" || o.URI == "" || !s.System.Remove(o.User, o.URI) {
		return nothing{}, errNotFound
	}
	return nothing{}, s.note(x.r, x.v.account.Name, "remove registration", "user "+o.User, o.URI)
}

func (s *Server) apiBans(*exchange) (banList, error) {
	all := banList{Bans: []banData{}}
	for _, b := range s.bans() {
		all.Bans = append(all.Bans, banData{b.Source, b.Account, b.Failures, b.Since.UTC(), b.Until.UTC(), b.Console})
	}
	return all, nil
}

func (s *Server) apiLiftBan(x *exchange, o banOrder) (nothing, error) {
	lift := s.System.Lift
	if o.Console {
		lift = s.failed.forgive
	}
	if !lift(o.Source, o.Account) {
		return nothing{}, errNotFound
	}
	return nothing{}, s.note(x.r, x.v.account.Name, "lift ban", o.Source, o.Account)
}
