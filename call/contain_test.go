package call_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"hatif/call"
)

func TestAPanicBecomesAFailureWithItsStackInTheLog(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, nil))
	err := call.Contain(log, "dialling 2001", func() error { panic("boom") })
	if !errors.Is(err, call.Failure) || !strings.Contains(err.Error(), "dialling 2001: panic: boom") {
		t.Errorf("the panic became %v", err)
	}
	if !strings.Contains(text.String(), "contain_test.go") {
		t.Errorf("the log has no stack: %s", text.String())
	}
	if err := call.Contain(log, "reading", func() error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("an error became %v", err)
	}
	if err := call.Contain(log, "reading", func() error { return nil }); err != nil {
		t.Errorf("nothing became %v", err)
	}
}
