//go:build unix

package config_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatif/config"
)

const writerFolder = "HATIF_TEST_WRITER"

// writtenText is a text that shows whether it is whole.
func writtenText(n int) string {
	return fmt.Sprintf("%d\n%s%d\n", n, strings.Repeat("# filler\n", 20000), n)
}

func whole(text []byte) bool {
	var first, last int
	if _, err := fmt.Sscan(string(text), &first); err != nil {
		return false
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	_, err := fmt.Sscan(lines[len(lines)-1], &last)
	return err == nil && string(text) == writtenText(first) && first == last
}

// TestMain is, where the environment names a folder, the process that is killed.
func TestMain(m *testing.M) {
	if folder := os.Getenv(writerFolder); folder != "" {
		fmt.Fprintln(os.Stderr, writeOnAndOn(folder))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeOnAndOn writes one version after another, until it is killed or something fails.
func writeOnAndOn(folder string) error {
	path, h := filepath.Join(folder, "hatif.yaml"), config.History{Folder: filepath.Join(folder, "config"), Keep: 5}
	for n := 1; ; n++ {
		old, err := config.Read(path)
		if err != nil {
			return err
		}
		if err := h.Add(old, "", time.Now()); err != nil {
			return err
		}
		if err := config.Replace(path, config.Sum(old), []byte(writtenText(n))); err != nil {
			return err
		}
		fmt.Println("wrote")
	}
}

func TestAKillLeavesTheFileAndItsVersionsWhole(t *testing.T) {
	folder := t.TempDir()
	path, h := filepath.Join(folder, "hatif.yaml"), config.History{Folder: filepath.Join(folder, "config"), Keep: 5}
	if err := os.WriteFile(path, []byte(writtenText(0)), 0o600); err != nil {
		t.Fatal(err)
	}
	for round := range 5 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), writerFolder+"="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 3 + round { // it is in the midst of the next one then
			if !lines.Scan() {
				t.Fatal("the writer has stopped by itself")
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the writer was not killed")
		}
		text, err := config.Read(path)
		if err != nil || !whole(text) {
			t.Fatalf("the file is half written: %d bytes, %v", len(text), err)
		}
		versions, err := h.Versions()
		if err != nil || len(versions) == 0 {
			t.Fatalf("%d versions, %v", len(versions), err)
		}
		if err := h.Add([]byte(writtenText(-round-1)), "", time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := config.Replace(path, config.Sum(text), text); err != nil {
			t.Fatal(err)
		}
		for _, pattern := range []string{".*", "config/.*"} {
			if left, err := filepath.Glob(filepath.Join(folder, pattern)); err != nil || len(left) > 0 {
				t.Errorf("left behind: %q %v", left, err)
			}
		}
		if versions, err = h.Versions(); err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			if text, err := h.Text(v.ID); err != nil || !whole(text) || !strings.HasPrefix(config.Sum(text), v.Sum) {
				t.Errorf("version %s is half written: %d bytes, %v", v.ID, len(text), err)
			}
		}
	}
}
