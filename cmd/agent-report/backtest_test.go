package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
