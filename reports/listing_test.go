package reports_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
)

// manyConversations are conversations of random events, folded.
func manyConversations(rng *rand.Rand, n int) []reports.Conversation {
	var list []reports.Conversation
	for i := range n {
		events := randomEvents(rng)
		for j := range events {
			events[j].Conversation = fmt.Sprint("c", i)
		}
		list = append(list, rules.Fold(events))
	}
	return list
}

func talliesOf(list []reports.Conversation, now time.Time) []reports.DayTally {
	byDay := map[reports.Day]*reports.DayTally{}
	for i := range list {
		for _, d := range rules.Days(&list[i]) {
			if byDay[d] == nil {
				byDay[d] = &reports.DayTally{Day: d}
			}
			rules.AddShare(byDay[d], &list[i], now)
		}
	}
	var days []reports.DayTally
	for _, t := range byDay {
		days = append(days, *t)
	}
	slices.SortFunc(days, func(a, b reports.DayTally) int { return strings.Compare(string(a.Day), string(b.Day)) })
	return days
}

// TestListingSums holds that every column of a list of conversations sums to the
// figure of the same name, over any span and in each of its weeks.
func TestListingSums(t *testing.T) {
	for seed := range 60 {
		rng := rand.New(rand.NewPCG(uint64(seed), 4))
		list := manyConversations(rng, 40)
		q := reports.Query{
			Range:      reports.Range{From: "2025-10-25", To: reports.Day("2025-10-25").Add(1 + rng.IntN(80))},
			Channel:    []string{"", "", "chat"}[rng.IntN(3)],
			Definition: reports.Definitions[rng.IntN(3)],
			Now:        time.Date(2025, 10, 26+rng.IntN(100), 0, 0, 0, 0, time.UTC),
			Rules:      rules,
		}
		days := talliesOf(list, q.Now)
		sums := map[string]map[string]int64{} // by week and column
		err := reports.WriteListedCSV(&bytes.Buffer{}, func(func(*reports.Listed) error) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		err = reports.WriteListedCSV(&file, func(yield func(*reports.Listed) error) error {
			for i := range list {
				for _, l := range rules.List(&list[i], q) {
					if err := yield(&l); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		column := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
		for _, row := range rows[1:] {
			week := sums[row[0]]
			if week == nil {
				week = map[string]int64{}
				sums[row[0]] = week
			}
			for i, name := range rows[0] {
				if n, err := strconv.ParseInt(row[i], 10, 64); err == nil && i > slices.Index(rows[0], "decided_by_durable") {
					week[name] += n
				}
			}
			for figure, by := range map[string][2]string{"by_channel": {"handled", "channel"}, "reasons": {"handed_off", "reason"}, "team": {"team_member", "member"}} {
				if column(row, by[0]) == "1" {
					week[figure+" "+column(row, by[1])]++
				}
			}
			if column(row, "team_agent") == "1" {
				week["team agent"]++
			}
		}
		all := reports.AllFigures(days, q)
		if len(all.Weeks) != len(sums) {
			t.Fatalf("seed %d: %d weeks in the list, %d in the report", seed, len(sums), len(all.Weeks))
		}
		for w, figures := range all.Weeks {
			got, want := sums[string(w)], map[string]int64{}
			for name, v := range figures {
				switch v := v.(type) {
				case int64:
					want[name] = v
				case reports.SumJSON:
					want[name+"_count"], want[name+"_sum"] = v.Count, v.Sum
				case map[string]int64:
					for key, n := range v {
						if name == "feedback" || name == "feedback_unhandled" {
							want[name+"_"+key] = n
						} else {
							want[name+" "+key] = n
						}
					}
				}
			}
			for name, n := range want {
				if got[name] != n {
					t.Fatalf("seed %d, %s, %+v: %s sums to %d; want %d", seed, w, q, name, got[name], n)
				}
			}
			for name, n := range got {
				if n != 0 && want[name] != n && name != "team_agent" && name != "team_member" && name != "reasons" {
					t.Fatalf("seed %d, %s: the list has %s %d; the report %d", seed, w, name, n, want[name])
				}
			}
		}
	}
}

// TestListedFigures holds that the JSON of a session has the report's own form.
func TestListedFigures(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 5))
	list := manyConversations(rng, 30)
	q := reports.Query{Range: reports.Range{From: "2025-01-01", To: "2027-01-01"}, Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Rules: rules}
	for i := range list {
		listed := rules.List(&list[i], q)
		if list[i].Test != (len(listed) == 0) && len(list[i].Sessions) > 0 {
			t.Errorf("test %t: %d sessions are listed", list[i].Test, len(listed))
		}
		days := talliesOf(list[i:i+1], q.Now)
		got := map[reports.Week]reports.Figures{}
		for _, l := range listed {
			for j := range l.Weeks {
				if len(listed) == 1 {
					got[l.Weeks[j].Week] = l.Figures(&l.Weeks[j])
				}
				x := l.Exact(&l.Weeks[j])
				if x["week"] != l.Weeks[j].Week {
					t.Error("a row without its week")
				}
				if id, started := l.ID, l.StartedAt; x["id"] != id || x["started_at"] == nil || started.IsZero() || (l.Reason != "") != (x["reason"] != nil) {
					t.Errorf("%s says of itself %v", id, x)
				}
				if outcomes := x["outcomes"].(map[string]any); l.Handled() != (len(outcomes) == 3) {
					t.Errorf("handled %t: outcomes %v", l.Handled(), outcomes)
				}
				for _, d := range reports.Definitions {
					if got := l.Outcome(d); l.Handled() != (got != "") || l.Handled() && got != l.Session.Verdict(d, rules.Window).At(q.Now) {
						t.Errorf("handled %t: outcome %q", l.Handled(), got)
					}
				}
			}
		}
		if len(listed) == 1 {
			if d := cmp.Diff(reports.AllFigures(days, q).Weeks, got); d != "" {
				t.Errorf("figures of %s (-report +listed):\n%s", list[i].ID, d)
			}
		}
	}
}

// TestBehindAReport holds which sessions are listed under a report: those of its
// figures, no others.
func TestBehindAReport(t *testing.T) {
	at := time.Date(2025, 9, 22, 10, 0, 0, 0, time.UTC)
	list := func(events ...reports.Event) reports.Listed {
		for i := range events {
			events[i].ID, events[i].Conversation, events[i].At = fmt.Sprint(i), "c", at.Add(time.Duration(i)*time.Minute)
		}
		c := rules.Fold(events)
		q := reports.Query{Range: reports.Range{From: "2025-09-22", To: "2025-09-29"}, Now: at.AddDate(0, 0, 30), Rules: rules}
		return rules.List(&c, q)[0]
	}
	visitor, agent := reports.Event{Type: reports.Message, Actor: reports.Visitor}, reports.Event{Type: reports.Message, Actor: reports.Agent}
	for _, tt := range []struct {
		name   string
		listed reports.Listed
		in     []string
	}{
		{"answered", list(visitor, agent), []string{"impact", "handled", "channels", "resolved", "deflections", "resolution-rate", "team", "workload"}},
		{"handed off", list(visitor, agent, reports.Event{Type: reports.Handoff}), []string{"impact", "handled", "handoffs", "handoff-rate", "handoff", "resolution-rate"}},
		{"without the agent", list(visitor), []string{"handle-rate"}},
		{"a greeting", list(agent), nil},
		{"rated", list(visitor, agent, reports.Event{Type: reports.Feedback, Rating: reports.Neutral}), []string{"feedback", "handled"}},
		{"asked", list(visitor, reports.Event{Type: reports.Unanswered, Question: "?"}), []string{"unanswered", "handled"}},
	} {
		for _, name := range tt.in {
			r, ok := reports.FindReport(name)
			if !ok {
				t.Fatalf("no report %s", name)
			}
			if !tt.listed.CountsIn(r) {
				t.Errorf("%s is not listed under %s", tt.name, name)
			}
		}
		for _, name := range []string{"resolved", "deflections", "handoffs", "unanswered", "feedback", "handled"} {
			r, _ := reports.FindReport(name)
			if slices.Contains([]string{"answered", "rated"}, tt.name) && (name == "resolved" || name == "deflections") {
				continue
			}
			if !slices.Contains(tt.in, name) && tt.listed.CountsIn(r) {
				t.Errorf("%s is listed under %s", tt.name, name)
			}
		}
	}
}
