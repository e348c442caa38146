package sources_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"agentreport/handlers/sources"
)

var update = flag.Bool("update", false, "write the events of testdata anew")

// now is a moment after everything in testdata.
func now() time.Time { return time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC) }

func config(t testing.TB, name string) *sources.Config {
	t.Helper()
	s, ok := sources.Find(name)
	if !ok {
		t.Fatalf("there is no source %s", name)
	}
	return &sources.Config{Source: s, Names: s.Defaults, Now: now}
}

// TestFiles holds which events the files in testdata give: NAME.… is read as NAME.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		seen[name] = true
		c := config(t, name)
		raw, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		f := c.File(t.Context(), raw)
		for {
			item, err := f.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				fmt.Fprintf(&got, "error: %v\n", err)
				break
			}
			if item.Err != nil {
				fmt.Fprintf(&got, "refused: %v\n", item.Err)
				continue
			}
			e, err := json.Marshal(item.Event)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%s\n", e)
		}
		raw.Close()
		fmt.Fprintf(&got, "ignored: %d\n", f.Ignored)
		golden := strings.TrimSuffix(file, ".json") + ".events"
		want, err := os.ReadFile(golden)
		if *update {
			if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if err != nil || string(want) != got.String() {
			t.Errorf("%s gives\n%s\nwant, by %s:\n%s", file, got.String(), golden, want)
		}
	}
	for _, s := range sources.All {
		if !seen[s.Name] {
			t.Errorf("no file shows what %s gives", s.Name)
		}
	}
}

// TestRecorded holds that every source has a recording, of which everything happens in the
// two hours after the moment that is asked for.
func TestRecorded(t *testing.T) {
	at := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, s := range sources.All {
		c := config(t, s.Name)
		c.Now = func() time.Time { return at.Add(2 * time.Hour) }
		f := c.File(t.Context(), bytes.NewReader(s.Recorded(at)))
		n := 0
		for {
			item, err := f.Next()
			if err == io.EOF {
				break
			}
			if err != nil || item.Err != nil {
				t.Fatalf("%s: %v, %v", s.Name, err, item.Err)
			}
			n++
			if e := item.Event; e.At.Before(at) || e.At.After(at.Add(2*time.Hour)) {
				t.Errorf("%s: %s at %s", s.Name, e.ID, e.At)
			}
		}
		if n < 3 {
			t.Errorf("%s: %d events", s.Name, n)
		}
	}
	if (&sources.Source{Name: "ours"}).Recorded(at) != nil {
		t.Error("a team's own program has a recording")
	}
}
