package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
)

// TestMondayAsKnown holds that the digest of a past Monday is the one of a store that was
// never told what came later, and that backtest says of that Monday the same.
func TestMondayAsKnown(t *testing.T) {
	t.Parallel()
	const now = "2026-08-17T09:00:00Z"
	whole, part := t.TempDir(), t.TempDir()
	file := filepath.Join(whole, "events.ndjson")
	ar(t, whole, "generate", "--weeks", "20", "--conversations", "80", "--until", "2026-09-07", "--out", file).must(t, exitOK)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	var until bytes.Buffer
	for line := range bytes.Lines(raw) {
		var e struct{ At time.Time }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		if !e.At.After(at) {
			until.Write(line)
		}
	}
	if until.Len() == len(raw) {
		t.Fatal("nothing came later")
	}
	short := filepath.Join(part, "events.ndjson")
	if err := os.WriteFile(short, until.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ar(t, whole, "import", file).must(t, exitOK)
	ar(t, part, "import", short).must(t, exitOK)
	for _, args := range [][]string{{}, {"--definition", "durable"}, {"--definition", "confirmed", "--channel", "chat"}} {
		name := strings.Join(args, " ")
		digest := func(dir, of string) []byte {
			out := filepath.Join(dir, "out")
			ar(t, dir, append([]string{"digest", "--dry-run", "--out", out, "--now", now}, args...)...).must(t, exitOK)
			b, err := os.ReadFile(filepath.Join(out, of))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		figures := digest(whole, "digest.json")
		if other := digest(part, "digest.json"); !bytes.Equal(figures, other) {
			t.Errorf("%s: the figures of that Monday are\n%s\nin a store that was never told the rest\n%s", name, figures, other)
		}
		var impact reports.Impact
		if err := json.Unmarshal(figures, &impact); err != nil {
			t.Fatal(err)
		}
		if impact.Week != "2026-W33" || impact.Open == 0 || impact.Figures[reports.FigureResolved].Estimate == nil {
			t.Fatalf("%s: %s; want an estimate of what is open", name, figures)
		}
		var tested []reports.Backtested
		said := ar(t, whole, append([]string{"backtest", "--json", "--now", "2026-10-25T00:00:00Z"}, args...)...).must(t, exitOK)
		if err := json.Unmarshal([]byte(said.out), &tested); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, b := range tested {
			if b.Week != impact.Week {
				continue
			}
			seen++
			f := impact.Figures[b.Figure]
			if f.Estimate == nil || *f.Estimate != b.Said || *f.SoFar != b.SoFar || f.Interval[0] != b.Low90 || f.Interval[1] != b.High90 || f.Sure != (b.Change != 0) {
				t.Errorf("%s: %s: backtest says %+v; the digest said %v of %v, %v", name, b.Figure, b, *f.Estimate, *f.SoFar, f.Interval)
			}
		}
		if seen != 7 {
			t.Errorf("%s: backtest has %d figures of %s; want 7", name, seen, impact.Week)
		}
	}
	if out := ar(t, whole, "backtest", "--weeks", "5", "--now", "2026-10-25T00:00:00Z").must(t, exitOK).out; strings.Count(out, "resolution_rate") != 6 || !strings.Contains(out, "MEAN ERROR") {
		t.Errorf("five weeks in words:\n%s", out)
	}
	if out := ar(t, t.TempDir(), "backtest").must(t, exitOK).out; !strings.Contains(out, "nothing to go back to") {
		t.Errorf("an empty store: %s", out)
	}
	for _, wrong := range [][]string{{"--weeks", "0"}, {"--after", "200h"}, {"--definition", "best"}, {"--now", "Monday"}} {
		ar(t, whole, append([]string{"backtest"}, wrong...)...).must(t, exitUsage)
	}
}

// TestImpactIsTheDigests holds that the report says of a week what its digest says, word
// for word: the sentence, why, what is missing, the figures and what is open.
func TestImpactIsTheDigests(t *testing.T) {
	t.Setenv("AGENT_REPORT_MINUTES_PER_CONVERSATION", "6")
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	ar(t, dir, "generate", "--weeks", "12", "--conversations", "300", "--until", "2026-08-17", "--out", file).must(t, exitOK)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// In the last week the half of WhatsApp asks for a person, and a source falls silent.
	week := reports.Week("2026-W33")
	seen := map[string]bool{}
	for line := range bytes.Lines(raw) {
		var e struct {
			Source, Conversation, Channel string
			At                            time.Time
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		if at := reports.DayOf(e.At, time.UTC); at < week.Monday() || e.Channel != "whatsapp" || seen[e.Conversation] {
			continue
		}
		seen[e.Conversation] = true
		if len(seen)%2 == 0 {
			raw = fmt.Appendf(raw, `{"id":"planted-%d","source":%q,"conversation":%q,"type":"handoff","at":%q}`+"\n", len(seen), e.Source, e.Conversation, e.At.Add(time.Minute).Format(time.RFC3339))
		}
	}
	for day := range 40 {
		raw = fmt.Appendf(raw, `{"id":"old-%d","source":"old desk","conversation":"o%d","type":"message","actor":"agent","at":%q}`+"\n", day, day, week.Monday().Add(day-45).Start(time.UTC).Format(time.RFC3339))
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	ar(t, dir, "import", file).must(t, exitOK)
	const now = "2026-08-17T09:00:00Z"
	for _, args := range [][]string{{}, {"--definition", "durable"}, {"--channel", "whatsapp"}} {
		ar(t, dir, append([]string{"digest", "--dry-run", "--out", filepath.Join(dir, "out"), "--now", now}, args...)...).must(t, exitOK)
		digest, err := os.ReadFile(filepath.Join(dir, "out", "digest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Impact jsontext.Value }
		// What the sample says after that moment is known to a report.
		if err := json.Unmarshal([]byte(ar(t, dir, append([]string{"report", "impact", "--json", "--now", now}, args...)...).must(t, exitOK).out), &said); err != nil {
			t.Fatal(err)
		}
		var one, other any
		if err := errors.Join(json.Unmarshal(digest, &one), json.Unmarshal(said.Impact, &other)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one, other); diff != "" {
			t.Errorf("%s: the digest's figures and the report's: (-digest +report)\n%s", args, diff)
		}
		text, err := os.ReadFile(filepath.Join(dir, "out", "digest.txt"))
		if err != nil {
			t.Fatal(err)
		}
		out := ar(t, dir, append([]string{"report", "impact", "--now", now}, args...)...).must(t, exitOK).out
		lines := strings.Split(string(text), "\n")
		_, sentence, _ := strings.Cut(lines[0], ": ")
		for _, want := range []string{sentence, "No events from “old desk” since", "are still open; the last settles by", "At 6 minutes each"} {
			if !strings.Contains(out, want) || !strings.Contains(string(text), want) {
				t.Errorf("%s: the report\n%s\nor the digest\n%s\nlacks %q", args, out, text, want)
			}
		}
		if why := "WhatsApp conversations went to a person"; len(args) == 0 && (!strings.Contains(out, why) || !strings.Contains(string(text), why)) {
			t.Errorf("the report\n%s\nor the digest\n%s\nlacks %q", out, text, why)
		}
	}
}
