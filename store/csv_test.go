package store

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func list(calls ...Call) iter.Seq2[Call, error] {
	return func(yield func(Call, error) bool) {
		for _, c := range calls {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func TestTheCSVHasALineForEachCall(t *testing.T) {
	missed := Call{ID: "c2", Began: noon, Ended: noon.Add(1600 * time.Millisecond), Number: "1002", Result: "abandoned"}
	var out bytes.Buffer
	if err := WriteCallsCSV(&out, time.FixedZone("", 2*60*60), list(sampleCall("c1", 0), missed)); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"id,date,time,answered,connected,ended,duration,talk,caller,caller name,account,called,context,language,queue,agent,result,cause,cause text,path,recordings",
		`c1,2026-03-01,14:00:00,2026-03-01 14:00:01,2026-03-01 14:00:09,2026-03-01 14:01:00,60,51,1001,"أمل ""A""",1001,0777,incoming,ar,arabic,2001,answered,normal,caller hung up,context incoming; digit 1,2026/03/01/c1.wav`,
		`c2,2026-03-01,14:00:00,,,2026-03-01 14:00:01,2,0,1002,,,,,,,,abandoned,,,,`,
		"",
	}, "\r\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestCellsThatASpreadsheetWouldCalculateAreText(t *testing.T) {
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+33123": "'+33123", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"1001": "1001", "": "", "a=b": "a=b", "'=1": "'=1",
	} {
		if got := harmless(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
	c := sampleCall("c1", 0)
	c.Name, c.Number = `=HYPERLINK("http://x","y"),`, "@1"
	c.Path[0].Text = "=cmd\r\n|' /C calc'!A0"
	var out bytes.Buffer
	if err := WriteCallsCSV(&out, time.UTC, list(c)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range rows[1] {
		if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
			t.Errorf("a cell begins with a formula: %q", cell)
		}
	}
}

func TestACSVThatCannotBeFinishedIsAnError(t *testing.T) {
	broken := errors.New("database went away")
	err := WriteCallsCSV(io.Discard, time.UTC, func(yield func(Call, error) bool) { yield(Call{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := WriteCallsCSV(fullDisk{}, time.UTC, list(sampleCall("c1", 0))); err == nil {
		t.Error("a full disk was not noticed")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }
