package reports_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
)

// readEvents reads a file of events as its source would have sent them.
func readEvents(t *testing.T, path string) []reports.Event {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	var list []reports.Event
	for dec := json.NewDecoder(bytes.NewReader(raw)); dec.More(); {
		var e reports.Event
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if err := e.Normalise("", e.At); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// figuresOf are every week's figures of some events, in whatever order they came.
func figuresOf(list []reports.Event, q reports.Query) map[reports.Week]reports.Figures {
	grouped := map[string][]reports.Event{}
	for _, e := range list {
		grouped[e.ConversationKey()] = append(grouped[e.ConversationKey()], e)
	}
	days := map[reports.Day]*reports.DayTally{}
	for _, events := range grouped {
		c := q.Rules.Fold(events)
		for _, d := range q.Rules.Days(&c) {
			if days[d] == nil {
				days[d] = &reports.DayTally{Day: d}
			}
			q.Rules.AddShare(days[d], &c, q.Now)
		}
	}
	var tallies []reports.DayTally
	for _, t := range days {
		tallies = append(tallies, *t)
	}
	return reports.AllFigures(tallies, q).Weeks
}

// asJSON is what another program reads of figures.
func asJSON(t *testing.T, weeks any) map[string]map[string]any {
	t.Helper()
	b, err := json.Marshal(weeks)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

var everything = reports.Range{From: "2000-01-01", To: "2100-01-01"}

// TestReferences compares every figure of two small files, which hold every corner
// of docs/figures.md, with what an independent program made of them: as they are,
// shuffled, and doubled.
func TestReferences(t *testing.T) {
	paths, err := filepath.Glob("testdata/reference/*.json")
	if err != nil || len(paths) < 19 {
		t.Fatalf("%d references, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			name := strings.Split(filepath.Base(path), ".") // FILE.ZONE.DEFINITION.NOW.json
			zone, err := time.LoadLocation(map[string]string{"utc": "UTC", "madrid": "Europe/Madrid"}[name[1]])
			if err != nil {
				t.Fatal(err)
			}
			definition, err := reports.ParseDefinition(name[2])
			if err != nil {
				t.Fatal(err)
			}
			now, err := time.Parse(time.DateOnly, name[3])
			if err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want struct{ Weeks map[string]map[string]any }
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			q := reports.Query{Range: everything, Definition: definition, Now: now, Rules: reports.Rules{Zone: zone, Window: reports.DefaultWindow}}
			list := readEvents(t, filepath.Join("testdata", name[0]+".ndjson.gz"))
			for run := range 4 {
				if d := cmp.Diff(want.Weeks, asJSON(t, figuresOf(list, q))); d != "" {
					t.Fatalf("run %d (-want +got):\n%s", run, d)
				}
				if run == 1 {
					list = append(list, list...)
				}
				rand.New(rand.NewPCG(uint64(run), 1)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			}
		})
	}
}

// TestCases holds small files that once gave wrong figures.
func TestCases(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	type week = map[string]any
	for _, tt := range []struct {
		file string
		now  time.Time
		want map[string]week // the figures that the case is about
	}{
		{"never-answered", day("2026-12-01"), map[string]week{"2026-W47": {
			"conversations": 2.0, "unengaged": 2.0, "handled": 2.0, "resolved": 2.0, "deflected": 2.0, "open": 0.0, "feedback": week{"positive": 1.0},
		}}},
		{"sorry_after_unanswered", day("2026-12-01"), map[string]week{"2026-W37": {
			"conversations": 4.0, "handled": 3.0, "resolved": 1.0, "unresolved": 2.0, "unanswered": 2.0, "deflected": 1.0,
			"feedback": week{}, "feedback_unhandled": week{"positive": 1.0},
		}}},
		{"sorry_after_unanswered", day("2026-09-09"), map[string]week{"2026-W37": {"resolved": 0.0, "unresolved": 0.0, "open": 3.0}}},
		{"resolved_at_once", time.Date(2026, 11, 25, 16, 31, 0, 0, time.UTC), map[string]week{"2026-W48": {
			"handled": 1.0, "resolved": 1.0, "open": 0.0, "resolution_ms": week{"count": 1.0, "sum": 30_000.0},
		}}},
		{"handoff_label", day("2026-12-01"), map[string]week{"2026-W47": {
			"handed_off": 1.0, "handoff_to_close_ms": week{"count": 1.0, "sum": 6.5 * 3600 * 1000}, "reasons": week{"policy": 1.0},
		}}},
		{"merged", day("2026-12-01"), map[string]week{"2026-W37": {"conversations": 0.0, "unengaged": 2.0, "handled": 0.0, "resolved": 0.0}}},
	} {
		q := reports.Query{Range: everything, Now: tt.now, Rules: rules}
		got := asJSON(t, figuresOf(readEvents(t, filepath.Join("testdata", "cases", tt.file+".ndjson")), q))
		if len(got) != len(tt.want) {
			t.Errorf("%s: %d weeks; want %d", tt.file, len(got), len(tt.want))
		}
		for w, want := range tt.want {
			for name, v := range want {
				if d := cmp.Diff(v, got[w][name]); d != "" {
					t.Errorf("%s, %s, %s (-want +got):\n%s", tt.file, w, name, d)
				}
			}
		}
	}
	q := reports.Query{Range: everything, Now: day("2027-01-01"), Rules: rules}
	threads := figuresOf(readEvents(t, "testdata/cases/long_lived_conversation.ndjson"), q)
	if len(threads) < 10 {
		t.Errorf("threads that never end: %d weeks", len(threads))
	}
	for w, f := range threads {
		if f["handled"] != int64(20) || f["resolved"] != int64(20) {
			t.Errorf("threads that never end, %s: %v handled, %v resolved; want 20 each week", w, f["handled"], f["resolved"])
		}
	}
}

// TestDuplicateLeftOut holds how a merged ticket is left out: any event of it that
// is a test.
func TestDuplicateLeftOut(t *testing.T) {
	t.Parallel()
	list := readEvents(t, "testdata/cases/merged.ndjson")
	for i := range list {
		list[i].Conversation = "orig" // two sessions would still be one conversation
		if list[i].Type == reports.Closed {
			list[i].Test, list[i].Reason, list[i].At = true, "merged", list[i].At.AddDate(0, 1, 0)
		}
	}
	if got := figuresOf(list, reports.Query{Range: everything, Now: list[0].At.AddDate(1, 0, 0), Rules: rules}); len(got) != 0 {
		t.Errorf("figures of a test: %v; want none", got)
	}
}

// TestInferredCountsNowhere holds that an inferred question changes no figure,
// whatever else it says.
func TestInferredCountsNowhere(t *testing.T) {
	t.Parallel()
	list := readEvents(t, "testdata/sessions.ndjson.gz")
	q := reports.Query{Range: everything, Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Rules: rules}
	want := figuresOf(list, q)
	var more []reports.Event
	for i, e := range list {
		e.ID, e.Type, e.Actor, e.Question, e.Inferred = e.ID+":asked", reports.Unanswered, "", "and now?", true
		e.Channel, e.Test, e.At = "elsewhere", i%2 == 0, e.At.Add(time.Duration(i-20)*time.Hour)
		more = append(more, e)
	}
	alone := more[0]
	alone.Conversation = "of nothing else"
	if d := cmp.Diff(want, figuresOf(append(append(more, alone), list...), q)); d != "" {
		t.Errorf("with inferred questions (-want +got):\n%s", d)
	}
	c := rules.Fold([]reports.Event{alone})
	if len(c.Sessions) != 0 || !c.AskedAt.Equal(alone.At) || c.Test {
		t.Errorf("a conversation of an inferred question alone: %+v; want no session, and when it was asked", c)
	}
}

// TestFiguresPage holds that the example of docs/figures.md is true.
func TestFiguresPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/figures.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string) string {
		_, rest, ok := strings.Cut(string(page), "```"+kind+"\n")
		body, _, end := strings.Cut(rest, "```")
		if !ok || !end {
			t.Fatalf("no block of %s", kind)
		}
		return body
	}
	file := filepath.Join(t.TempDir(), "events.ndjson")
	if err := os.WriteFile(file, []byte(block("ndjson")), 0o600); err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]any
	if err := json.Unmarshal([]byte(block("json")), &want); err != nil {
		t.Fatal(err)
	}
	q := reports.Query{Range: everything, Now: time.Date(2025, 10, 3, 0, 0, 0, 0, time.UTC), Rules: rules}
	if d := cmp.Diff(want, asJSON(t, figuresOf(readEvents(t, file), q))); d != "" {
		t.Errorf("the page (-page +program):\n%s", d)
	}
	for i := range reports.Reports {
		// Two reports are pairs of others that the digest draws.
		if name := reports.Reports[i].Name; name != "activity" && name != "rates" && !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("the page does not say what %s means", name)
		}
	}
}
