package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hatif/config"
	"hatif/internal/fault"
	"hatif/web"
)

// What programs ask for by the API is checked against the file that is in force.
func TestProgramsReloadTheFileAndHavePeopleCalled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hatif.yaml")
	const text = `
sip: {listen: ["udp://127.0.0.1:0"]}
rtp: {ports: 41020-41030}
users: {"1001": {secret: verysecret, context: incoming}, "1002": {secret: verysecret, context: incoming, type: user}}
contexts: {incoming: {"0777": echo}, ask: {start: [answer, {say: {digits: "1"}}]}}
`
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	write(strings.Replace(text, "rtp:", "rtq:", 1))
	var mistakes web.Mistakes
	if _, err := a.reloadForProgram(); !errors.As(err, &mistakes) || len(mistakes) != 1 || mistakes[0].Line != 3 || mistakes[0].Key != "rtq" || mistakes[0].File != file {
		t.Errorf("a broken file: %v", err)
	}
	write(text)
	if restart, err := a.reloadForProgram(); err != nil || len(restart) != 0 {
		t.Errorf("a good file: %v, %v", restart, err)
	}

	half, tries := 0.5, 0
	for field, order := range map[string]web.OwedOrder{
		"to":            {To: "1002", Run: "ask"},
		"run":           {To: "1001", Run: "nothing"},
		"at":            {To: "1001", Run: "ask", At: "yesterday"},
		"tries":         {To: "1001", Run: "ask", Tries: &tries},
		"ring_seconds":  {To: "1001", Run: "ask", Ring: &half},
		"every_seconds": {To: "1001", Run: "ask", Every: &half},
		"as":            {To: "1001", Run: "ask", As: "<x"},
		"language":      {To: "1001", Run: "ask", Language: "de"},
		"variables":     {To: "1001", Run: "ask", Variables: map[string]string{"A b": "c"}},
		"hours":         {To: "1001", Run: "ask", Hours: "never"},
	} {
		_, err := a.owe(t.Context(), order)
		if wrong := fault.All(err); len(wrong) != 1 || wrong[0].Path[0] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	row, err := a.owe(t.Context(), web.OwedOrder{To: "1001", Run: "ask", At: "5m"})
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := a.store.Owed(t.Context(), row.ID); err != nil || kept.Account != "1001" || kept.Shown != "hatif" || kept.Due.Sub(kept.Created).Minutes() < 4.9 {
		t.Errorf("kept is %+v, %v", kept, err)
	}
}
