package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/store"
)

// threads is a stand-in of HubSpot's API: a thread a day, two a page, in the order of their
// latest messages. It fails once it has answered so many requests.
type threads struct {
	n     int
	last  time.Time // of the last thread's message
	calls atomic.Int64
	fails atomic.Int64 // at which call; 0 never
	asked atomic.Value // the last time since which threads were asked for
}

func (v *threads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := v.calls.Add(1); n == v.fails.Load() {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	at := func(i int) time.Time { return v.last.AddDate(0, 0, i-v.n+1) }
	rest := strings.TrimPrefix(r.URL.Path, "/conversations/conversations/2026-09/threads")
	if rest != "" {
		var i int
		fmt.Sscanf(rest, "/%d/messages", &i)
		json.NewEncoder(w).Encode(map[string]any{"results": []any{
			map[string]any{"id": fmt.Sprint("b", i), "type": "MESSAGE", "createdAt": at(i).Add(-time.Minute), "createdBy": "V-1", "text": "Where is it?"},
			map[string]any{"id": fmt.Sprint("a", i), "type": "MESSAGE", "createdAt": at(i), "createdBy": "L-1", "text": "On its way."},
		}})
		return
	}
	since, _ := time.Parse(time.RFC3339, r.URL.Query().Get("latestMessageTimestampAfter"))
	v.asked.Store(since)
	page := map[string]any{}
	results := []any{}
	for i := range v.n {
		if !at(i).After(since) || r.URL.Query().Get("after") != "" && fmt.Sprintf("%04d", i) < r.URL.Query().Get("after") {
			continue
		}
		if len(results) == 2 {
			page["paging"] = map[string]any{"next": map[string]any{"after": fmt.Sprintf("%04d", i)}}
			break
		}
		results = append(results, map[string]any{"id": fmt.Sprint(i), "createdAt": at(i).Add(-time.Minute), "latestMessageTimestamp": at(i), "originalChannelId": "1000"})
	}
	page["results"] = results
	json.NewEncoder(w).Encode(page)
}

// TestBackfill holds that the past is read whole, also by a second run where the first one
// was interrupted, and that a server goes on from there.
func TestBackfill(t *testing.T) {
	vendor := &threads{n: 9, last: time.Now().UTC().Truncate(time.Second).Add(-time.Hour)}
	web := httptest.NewServer(vendor)
	t.Cleanup(web.Close)
	dir := t.TempDir()
	first := reports.DayOf(vendor.last, time.UTC).Add(-20)
	backfill := func(args ...string) result {
		return ar(t, dir, append([]string{"backfill", "hubspot", "--since", string(first)}, args...)...)
	}
	if r := backfill().must(t, exitFailed); !strings.Contains(r.err, "SOURCE_HUBSPOT_TOKEN is not set") {
		t.Errorf("without a token: %s", r.err)
	}
	t.Setenv("SOURCE_HUBSPOT_TOKEN", "token")
	t.Setenv("SOURCE_HUBSPOT_URL", web.URL)
	vendor.fails.Store(8) // within the third page
	if r := backfill().must(t, exitFailed); !strings.Contains(r.err, "lacks a scope") || !strings.Contains(r.err, "what was read is stored") || !strings.Contains(r.out, "4 conversations read: 12 events accepted") {
		t.Errorf("interrupted: %s%s", r.out, r.err)
	}
	if r := backfill().must(t, exitOK); !strings.Contains(r.err, "going on from") || !strings.Contains(r.out, "5 conversations read: 15 events accepted, 0 duplicates") {
		t.Errorf("the rest: %s%s", r.out, r.err)
	}
	if r := backfill("--again").must(t, exitOK); !strings.Contains(r.out, "9 conversations read: 0 events accepted, 27 duplicates") {
		t.Errorf("again: %s%s", r.out, r.err)
	}
	ar(t, dir, "verify").must(t, exitOK)
	if r := ar(t, dir, "backfill", "rasa", "--since", string(first)).must(t, exitFailed); !strings.Contains(r.err, "import a file") {
		t.Errorf("a source without an API: %s", r.err)
	}
	if r := ar(t, dir, "backfill", "hubspot", "--since", "May").must(t, exitUsage); !strings.Contains(r.err, `"May" is not a day`) {
		t.Errorf("a wrong day: %s", r.err)
	}

	// A server reads what is new since its last reading, and what was open once a day.
	a := &app{ctx: t.Context(), cfg: &Config{Data: dir, Zone: "UTC", Window: "72h", Definition: "standard"}, terminal: terminal{err: t.Output()}}
	err := a.with(func(s *store.Store, _ reports.Definition) error {
		c, err := a.source("hubspot")
		if err != nil {
			return err
		}
		now := time.Now().UTC()
		for _, step := range []struct {
			at   time.Time
			back time.Duration // from when it reads
		}{
			{now, 96 * time.Hour}, // the window and a day
			{now.Add(5 * time.Minute), 20 * time.Minute},
			{now.Add(25 * time.Hour), 96 * time.Hour},
		} {
			if err := a.reconcile(t.Context(), s, c, step.at, func(string, []reports.Event, reports.Recorded) {}); err != nil {
				return err
			}
			if got := step.at.Sub(vendor.asked.Load().(time.Time)); got < step.back || got > step.back+2*time.Second {
				t.Errorf("at %s it reads %s back; want %s", step.at, got, step.back)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
