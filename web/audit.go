package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hatif/store"
)

const auditPage = 100

type auditView struct {
	Deeds []store.Deed
	Next  string // the address of the next page; ""
	Zone  *time.Location
}

// audit is who did what at the console, the newest first.
func (s *Server) audit(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var before store.Deed
	if text := r.URL.Query().Get("before"); text != "" {
		at, id, _ := strings.Cut(text, ".")
		us, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return errBadInput
		}
		before = store.Deed{At: time.UnixMicro(us), ID: id}
	}
	deeds, err := s.store.Deeds(r.Context(), before, auditPage+1)
	if err != nil {
		return err
	}
	view := auditView{Deeds: deeds, Zone: s.Location()}
	if len(deeds) > auditPage {
		view.Deeds = deeds[:auditPage]
		last := deeds[auditPage-1]
		view.Next = fmt.Sprintf("/audit?before=%d.%s", last.At.UnixMicro(), last.ID)
	}
	return s.show(w, r, v, http.StatusOK, "audit", "menu.audit", view)
}
