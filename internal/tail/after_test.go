package tail

import (
	"log/slog"
	"strings"
	"testing"
)

func TestWhatFollowsARecordIsFoundOnce(t *testing.T) {
	var r Ring
	if first, last := r.Span(); first != 1 || last != 0 {
		t.Errorf("an empty ring is from %d to %d", first, last)
	}
	add := func(level slog.Level, texts string) {
		for _, text := range strings.Fields(texts) {
			r.add(Record{Level: level, Message: text})
		}
	}
	add(slog.LevelInfo, "a b c d e")
	add(slog.LevelDebug, "f g")
	var heard []string
	var at uint64
	for range 4 {
		found, last, first := r.After(at, 2, slog.LevelInfo, "")
		for _, rec := range found {
			heard = append(heard, rec.Message)
		}
		if at = last; first != 1 {
			t.Errorf("the oldest is %d", first)
		}
	}
	if _, last := r.Span(); strings.Join(heard, " ") != "a b c d e" || at != last {
		t.Errorf("heard %q, up to %d of %d", heard, at, last)
	}
	if found, last, _ := r.After(0, 9, slog.LevelDebug, "F"); len(found) != 1 || found[0].Message != "f" || last != at {
		t.Errorf("with a text: %v up to %d", found, last)
	}
	for range mostRecords {
		add(slog.LevelInfo, "x")
	}
	if _, _, first := r.After(at, 1, slog.LevelInfo, ""); first != at+1 {
		t.Errorf("the oldest that is kept is %d, want %d", first, at+1)
	}
}
