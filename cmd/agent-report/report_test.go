package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// caseStore is a store with one of the small files of smallData/cases.
func caseStore(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	ar(t, dir, "import", filepath.Join(smallData, "cases", name+".ndjson")).must(t, exitOK)
	return dir
}

// TestReportsAsPrinted holds what a person reads, and what another program does.
func TestReportsAsPrinted(t *testing.T) {
	for _, tt := range []struct {
		file, args string
		want       []string
		not        []string
	}{
		{"zero_resolved", "report resolved --from 2026-06-29 --to 2026-07-20 --now 2026-12-01T00:00:00Z", []string{"2026-W27", "Total", "0"}, []string{"No data"}},
		{"zero_resolved", "report resolved --from 2026-06-30 --to 2026-07-02 --now 2026-12-01T00:00:00Z", []string{"No data"}, nil}, // a Tuesday and a Wednesday, of which nobody knows anything
		{"zero_resolved", "report team --from 2026-06-29 --to 2026-07-20 --now 2026-12-01T00:00:00Z", []string{"Customer agent", "By the day of the resolution"}, []string{"No data"}},
		{"zero_resolved", "report resolved --from 2026-06-29 --to 2026-07-20 --now 2026-12-01T00:00:00Z", []string{"By the day on which the conversation began"}, nil},
		{"handoff_label", "report handoff --from 2026-11-16 --to 2026-11-23 --now 2026-12-01T00:00:00Z", []string{"From assignment to close", "6 h 30 m"}, []string{"after a handoff"}},
		{"handoff_label", "report handoff --language es --from 2026-11-16 --to 2026-11-23 --now 2026-12-01T00:00:00Z", []string{"De la asignación al cierre"}, []string{"tras un traspaso"}},
		{"never-answered", "report impact --from 2026-11-16 --to 2026-11-23 --now 2026-12-01T00:00:00Z", []string{"Unengaged"}, nil},
		{"never-answered", "report handled --from 2026-11-16 --to 2026-11-23 --now 2026-12-01T00:00:00Z", []string{"Unengaged"}, nil},
		{"never-answered", "report handled --from 2026-11-16 --to 2026-11-18 --now 2026-12-01T00:00:00Z", []string{"Day", "16 Nov 2026", "17 Nov 2026"}, []string{"W47"}},
		{"never-answered", "report resolved --from 2026-11-16 --to 2026-11-23 --now 2026-11-17T00:00:00Z", []string{"Thu 19 Nov, 12:10"}, []string{"2026, 12:10"}},
		{"long_lived_conversation", "report impact --from 2026-07-06 --to 2026-07-13 --now 2026-12-01T00:00:00Z", []string{"20  about the same"}, nil},
		{"long_lived_conversation", "report impact --from 2026-06-29 --to 2026-07-06 --now 2026-12-01T00:00:00Z", []string{"20"}, []string{"about the same"}},
		{"never-answered", "report conversations --from 2026-11-16 --to 2026-11-23 --now 2026-12-01T00:00:00Z", []string{
			"CONVERSATION", "greeting-only", "unengaged", "the visitor gave no sign", "really-answered", "resolved", "answered; it counts once",
		}, nil},
		{"never-answered", "report conversations --channel whatsapp --from 2026-11-16 --to 2026-11-23 --now 2026-12-01T00:00:00Z", []string{"outreach"}, []string{"greeting-only"}},
		{"never-answered", "report conversations --from 2025-11-16 --to 2025-11-23 --now 2026-12-01T00:00:00Z", []string{"Nothing happened"}, nil},
		{"long_lived_conversation", "explain user0", []string{"sessions, each of which counts", "Session user0#2: the visitor wrote again after a long quiet"}, nil},
		{"never-answered", "explain greeting-only", []string{"the visitor gave no sign"}, []string{"BECAUSE"}},
		{"merged", "explain dup --json", []string{`"unengaged": true`, `"first_event": "3"`}, nil},
	} {
		got := ar(t, caseStore(t, tt.file), strings.Fields(tt.args)...).must(t, exitOK).out
		for _, want := range tt.want {
			if !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
				t.Errorf("%s of %s: %q is missing in\n%s", tt.args, tt.file, want, got)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(got, not) {
				t.Errorf("%s of %s: %q stands in\n%s", tt.args, tt.file, not, got)
			}
		}
	}
}

// TestYearOfSettling holds that a time in another year names it.
func TestYearOfSettling(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	events := `{"id":"1","type":"message","conversation":"c","at":"2025-12-31T10:00:00Z","actor":"visitor","channel":"chat"}
{"id":"2","type":"message","conversation":"c","at":"2025-12-31T10:01:00Z","actor":"agent"}
`
	if err := os.WriteFile(file, []byte(events), 0o600); err != nil {
		t.Fatal(err)
	}
	ar(t, dir, "import", file).must(t, exitOK)
	report := func(now string) string {
		return ar(t, dir, "report", "resolved", "--from", "2025-12-29", "--to", "2026-01-05", "--now", now).must(t, exitOK).out
	}
	if got := report("2025-12-31T12:00:00Z"); !strings.Contains(got, "Sat 3 Jan 2026, 10:01") {
		t.Errorf("read in 2025, it settles at a time of another year:\n%s", got)
	}
	if got := report("2026-01-01T12:00:00Z"); !strings.Contains(got, "Sat 3 Jan, 10:01") {
		t.Errorf("read in 2026, it settles at a time of this year:\n%s", got)
	}
}

// TestExactValues holds that a figure of one conversation is exact wherever it is
// printed, and that JSON has the exact change.
func TestExactValues(t *testing.T) {
	dir := caseStore(t, "resolved_at_once") // one of 30 s
	span := []string{"--from", "2026-11-23", "--to", "2026-11-30", "--now", "2026-12-10T00:00:00Z"}
	if got := ar(t, dir, append([]string{"report", "impact"}, span...)...).out; strings.Count(got, "30 s") != 4 {
		t.Errorf("mean, what is typical, median and 90th percentile of one conversation of 30 s:\n%s", got)
	}
	var exact struct {
		Total struct {
			Values map[string]struct{ N, Of int64 }
		}
		Change map[string]float64
	}
	raw := ar(t, dir, append([]string{"report", "impact", "--json"}, span...)...).must(t, exitOK).out
	if err := json.Unmarshal([]byte(raw), &exact); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"resolution_time", "resolution_median", "resolution_p90"} {
		if v := exact.Total.Values[name]; v.N != 30_000*v.Of || v.Of != 1 {
			t.Errorf("%s: %+v; want 30,000 ms of 1", name, v)
		}
	}
	dir = caseStore(t, "long_lived_conversation")
	raw = ar(t, dir, "report", "impact", "--json", "--from", "2026-07-06", "--to", "2026-07-13", "--now", "2026-12-01T00:00:00Z").must(t, exitOK).out
	if err := json.Unmarshal([]byte(raw), &exact); err != nil {
		t.Fatal(err)
	}
	if d, ok := exact.Change["handled"]; !ok || d != 0 {
		t.Errorf("change %v; want handled 0", exact.Change)
	}
}

// TestExplainJSON holds that its names are of one style.
func TestExplainJSON(t *testing.T) {
	dir := caseStore(t, "sorry_after_unanswered")
	out := ar(t, dir, "explain", "sorry", "--json").must(t, exitOK).out
	var found []any
	if err := json.Unmarshal([]byte(out), &found); err != nil || len(found) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	style := regexp.MustCompile(`^[a-z][a-z_]*$`)
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inside := range v {
				if !style.MatchString(name) {
					t.Errorf("the name %q is of another style", name)
				}
				look(inside)
			}
		case []any:
			for _, inside := range v {
				look(inside)
			}
		}
	}
	look(found)
	x := found[0].(map[string]any)
	var names []string
	for name := range x {
		names = append(names, name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"conversation", "events"}) {
		t.Errorf("names %v", names)
	}
}
