package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// A place is where a page of a list ends, as its cursor says it: the last row's time and keys.
type place struct {
	at   time.Time
	keys []string
}

func (p place) cursor() string {
	text, err := json.Marshal(append([]string{fmt.Sprint(p.at.UnixMicro())}, p.keys...))
	if err != nil {
		panic(err) // strings
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// from is the place that the request's cursor says, with so many keys; at is zero where it begins at the first row.
func (x *exchange) from(keys int) (place, error) {
	given := x.query["cursor"]
	if given == "" {
		return place{keys: make([]string, keys)}, nil
	}
	bad := troubleCursor.of("cursor", "write the next of the page before")
	text, err := base64.RawURLEncoding.DecodeString(given)
	if err != nil {
		return place{}, bad
	}
	var parts []string
	var us int64
	if err := json.Unmarshal(text, &parts); err != nil || len(parts) != keys+1 {
		return place{}, bad
	}
	if _, err := fmt.Sscan(parts[0], &us); err != nil {
		return place{}, bad
	}
	return place{time.UnixMicro(us).UTC(), parts[1:]}, nil
}
