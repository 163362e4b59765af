package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sampleMessage is a message with everything in it, received minutes after noon.
func sampleMessage(id string, minutes int) Message {
	return Message{
		ID: id, Mailbox: "2001", Folder: "new", Number: "1001", Name: "أمل \"A\"", Call: "c-" + id, ForwardedBy: "2002",
		Received: noon.Add(time.Duration(minutes) * time.Minute), Duration: 12*time.Second + 125*time.Microsecond, File: id + ".wav",
	}
}

func messageIDs(t *testing.T, db *DB, mailbox, folder string) []string {
	t.Helper()
	list, err := db.Messages(t.Context(), mailbox, folder)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range list {
		ids = append(ids, m.ID)
	}
	return ids
}

func addMessages(t *testing.T, db *DB, all ...Message) {
	t.Helper()
	for _, m := range all {
		if err := db.AddMessage(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAMessageComesBackAsItWasAndIsAddedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		m := sampleMessage("a", 0)
		m.Urgent = true
		addMessages(t, db, m)
		other := m
		other.Folder, other.Number = "old", "666"
		addMessages(t, db, other) // a second time: it stays as it is
		got, err := db.Message(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("-added +read:\n%s", diff)
		}
		if _, err := db.Message(t.Context(), "b"); !errors.Is(err, ErrNoMessage) {
			t.Errorf("a message that is not there: %v", err)
		}
	})
}

func TestMessagesAreListedUrgentFirstThenByTime(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		late, early, urgent, old, theirs := sampleMessage("late", 9), sampleMessage("early", 1), sampleMessage("urgent", 5), sampleMessage("old", 0), sampleMessage("theirs", 2)
		urgent.Urgent, old.Folder, theirs.Mailbox = true, "old", "2002"
		addMessages(t, db, late, early, urgent, old, theirs)
		for folder, want := range map[string][]string{"new": {"urgent", "early", "late"}, "old": {"old"}, "": {"urgent", "old", "early", "late"}, "work": nil} {
			if got := messageIDs(t, db, "2001", folder); !slices.Equal(got, want) {
				t.Errorf("folder %q holds %v, want %v", folder, got, want)
			}
		}
		counts, err := db.CountMessages(t.Context(), "2001")
		if diff := cmp.Diff(map[string]int{"new": 3, "old": 1}, counts); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func TestMovingAndSortingRespectWhatOthersHaveDone(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		addMessages(t, db, sampleMessage("a", 0), sampleMessage("b", 1), sampleMessage("c", 2), sampleMessage("d", 3))
		if err := db.MoveMessage(t.Context(), "b", "work"); err != nil {
			t.Fatal(err)
		}
		at := noon.Add(time.Hour)
		sort := Sorting{At: at, From: "new", To: "old", Heard: []string{"a", "b", "c"}, Deleted: []string{"c"}}
		if err := db.SortMessages(t.Context(), sort); err != nil {
			t.Fatal(err)
		}
		for folder, want := range map[string][]string{"new": {"d"}, "old": {"a"}, "work": {"b"}} {
			if got := messageIDs(t, db, "2001", folder); !slices.Equal(got, want) {
				t.Errorf("folder %q holds %v, want %v", folder, got, want)
			}
		}
		for id, wantHeard := range map[string]bool{"a": true, "b": true, "c": true, "d": false} {
			if m, err := db.Message(t.Context(), id); err != nil || m.Heard.Equal(at) != wantHeard || m.Deleted.Equal(at) != (id == "c") {
				t.Errorf("%s is %+v, %v", id, m, err)
			}
		}
		// Sorting again changes no times, and a deleted message cannot be moved.
		sort.At = at.Add(time.Hour)
		if err := db.SortMessages(t.Context(), sort); err != nil {
			t.Fatal(err)
		}
		if m, err := db.Message(t.Context(), "c"); err != nil || !m.Heard.Equal(at) || !m.Deleted.Equal(at) {
			t.Errorf("sorted again: %+v, %v", m, err)
		}
		if err := db.MoveMessage(t.Context(), "c", "work"); !errors.Is(err, ErrNoMessage) {
			t.Errorf("a deleted message was moved: %v", err)
		}
		if err := db.MoveMessage(t.Context(), "never", "work"); !errors.Is(err, ErrNoMessage) {
			t.Errorf("a message that never was is moved: %v", err)
		}
	})
}

func TestDeletedMessagesAreFoundAndDropped(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		addMessages(t, db, sampleMessage("a", 0), sampleMessage("b", 1), sampleMessage("c", 2))
		for i, id := range []string{"a", "b"} {
			if err := db.SortMessages(t.Context(), Sorting{At: noon.Add(time.Duration(i) * time.Hour), Deleted: []string{id}}); err != nil {
				t.Fatal(err)
			}
		}
		gone, err := db.DeletedMessages(t.Context(), noon.Add(time.Minute))
		if err != nil || len(gone) != 1 || gone[0].ID != "a" {
			t.Fatalf("deleted: %+v, %v", gone, err)
		}
		if err := db.DropMessage(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Message(t.Context(), "a"); !errors.Is(err, ErrNoMessage) {
			t.Errorf("dropped: %v", err)
		}
		if got := messageIDs(t, db, "2001", ""); !slices.Equal(got, []string{"c"}) {
			t.Errorf("left: %v", got)
		}
	})
}

func TestAPINIsKeptAndReplaced(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		if _, ok, err := db.PIN(t.Context(), "2001"); ok || err != nil {
			t.Errorf("a PIN that nobody set: %v, %v", ok, err)
		}
		for _, pin := range []PIN{{"h1", "f1", noon}, {"h2", "f2", noon.Add(time.Hour)}} {
			if err := db.SavePIN(t.Context(), "2001", pin); err != nil {
				t.Fatal(err)
			}
			got, ok, err := db.PIN(t.Context(), "2001")
			if diff := cmp.Diff(pin, got); !ok || err != nil || diff != "" {
				t.Errorf("%v, %v\n%s", ok, err, diff)
			}
		}
		if _, ok, err := db.PIN(t.Context(), "2002"); ok || err != nil {
			t.Errorf("another mailbox has the PIN: %v, %v", ok, err)
		}
	})
}

func TestADeletedMessageCanBeBroughtBack(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		ctx := t.Context()
		addMessages(t, db, sampleMessage("a", 0), sampleMessage("b", 1))
		if left, err := db.MessagesOf(ctx, "c-a"); err != nil || len(left) != 1 || left[0].ID != "a" {
			t.Errorf("left in the call: %+v, %v", left, err)
		}
		if err := db.SortMessages(ctx, Sorting{Deleted: []string{"a"}, At: noon.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if gone, err := db.DeletedIn(ctx, "2001"); err != nil || len(gone) != 1 || gone[0].ID != "a" {
			t.Errorf("deleted: %+v, %v", gone, err)
		}
		if left, err := db.MessagesOf(ctx, "c-a"); err != nil || len(left) != 0 {
			t.Errorf("left in the call, and deleted: %+v, %v", left, err)
		}
		if err := db.UndeleteMessage(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		if ids := messageIDs(t, db, "2001", "new"); !slices.Equal(ids, []string{"a", "b"}) {
			t.Errorf("in the box: %q", ids)
		}
		if err := db.UndeleteMessage(ctx, "b"); !errors.Is(err, ErrNoMessage) {
			t.Errorf("one that is not deleted: %v", err)
		}
	})
}
