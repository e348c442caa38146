package sources

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProgramLimits holds that a program that does not end, or gives or needs too much, is
// ended, and is told of.
func TestProgramLimits(t *testing.T) {
	was := programLimits
	defer func() { programLimits = was }()
	programLimits = limits{3 * time.Second, 16 << 20, 1000}
	for program, want := range map[string]string{
		"def f: f; f":   "takes more than 3s",
		"[range(1e12)]": "16 MB",
		`reduce range(60) as $i ("xxxxxxxx"; . + .)`:                              "16 MB",
		`range(2000) | {id: ., conversation: 1, type: "started", at: 1788883200}`: "more than 1000 events",
		`range(900) | {id: ., conversation: 1, type: "started", at: 1788883200}`:  "",
		`error("as it says")`: "as it says",
		`input`:               "not allowed",
		`import "a" as a; .`:  "cannot load module",
	} {
		file := filepath.Join(t.TempDir(), "ours.jq")
		if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Program("ours", file)
		if err == nil {
			var b Batch
			b, err = (&Config{Source: s}).Decode(t.Context(), []byte(`{}`))
			if want == "" && len(b.Events) != 900 {
				t.Errorf("%s: %d events", program, len(b.Events))
			}
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v; want %q", program, err, want)
		}
	}
}

// FuzzDecode looks for a payload that ends in a panic.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, s := range All {
			c := &Config{Source: s, Names: s.Defaults}
			b, err := c.Decode(t.Context(), raw)
			if err == nil && len(b.Events) > 0 && !s.namesSources && b.Events[0].Source != s.Name {
				t.Errorf("%s gives %+v", s.Name, b.Events[0])
			}
		}
	})
}
