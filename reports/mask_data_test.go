package reports_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentreport/reports"
)

// maskingList checks a list of texts with the part that must be hidden or stay.
func maskingList(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) != 3 || f[0] == "should" {
			continue
		}
		n++
		got := reports.Mask(f[2])
		if strings.Contains(got, f[1]) != (f[0] == "keep") {
			t.Errorf("%s %q in %q: %q", f[0], f[1], f[2], got)
		}
	}
	if n < 40 {
		t.Errorf("%d texts; want more", n)
	}
}

func TestMaskingList(t *testing.T) { maskingList(t, filepath.Join("testdata", "masking.tsv")) }

func TestSharedMaskingList(t *testing.T) {
	dir := os.Getenv("AGENT_REPORT_TEST_DATA")
	if dir == "" {
		t.Skip("AGENT_REPORT_TEST_DATA names no folder with a list of texts")
	}
	maskingList(t, filepath.Join(dir, "masking.tsv"))
}

// FuzzMask looks for a text that ends in a panic, or of which more is hidden when it
// is masked again than a word in brackets.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"call +34 612 345 678", "mi dni es 12.345.678-Z", "kim@example.com", "password: x1!", "٠١٢٣٤٥٦٧٨٩", "1 000 000 €", "https://a:b@c/?token=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := reports.Mask(s); len(got) > 40*(len(s)+1) {
			t.Errorf("%q became %q", s, got)
		}
	})
}
