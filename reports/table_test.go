package reports_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agentreport/reports"
)

// dayTallies are the tallies of some events.
func dayTallies(list []reports.Event, now time.Time) []reports.DayTally {
	grouped := map[string][]reports.Event{}
	for _, e := range list {
		grouped[e.ConversationKey()] = append(grouped[e.ConversationKey()], e)
	}
	var folded []reports.Conversation
	for _, events := range grouped {
		folded = append(folded, rules.Fold(events))
	}
	return talliesOf(folded, now)
}

func run(t *testing.T, name string, list []reports.Event, r reports.Range, now time.Time) reports.Table {
	t.Helper()
	report, ok := reports.FindReport(name)
	if !ok {
		t.Fatalf("no report %q", name)
	}
	q := reports.Query{Range: r, Now: now, Rules: rules}
	table := report.Run(dayTallies(list, now), q)
	for _, row := range table.Rows {
		if len(row.Values) != len(table.Columns) {
			t.Fatalf("%s: a row of %d values in %d columns", name, len(row.Values), len(table.Columns))
		}
	}
	if len(table.Total) != len(table.Columns) {
		t.Fatalf("%s: a total of %d values in %d columns", name, len(table.Total), len(table.Columns))
	}
	return table
}

// TestZeros holds that a figure of something handled is zero, and that only of
// nothing there is no data.
func TestZeros(t *testing.T) {
	t.Parallel()
	list := readEvents(t, filepath.Join("testdata", "cases", "zero_resolved.ndjson"))
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	week := reports.WeekOf(list[0].At, time.UTC).Range()
	for i := range reports.Reports {
		name := reports.Reports[i].Name
		if table := run(t, name, list, week, now); table.IsEmpty() || !slices.Contains([]string{"impact"}, name) && len(table.Rows) == 0 {
			t.Errorf("%s: no data of %d events of handled conversations", name, len(list))
		}
		if table := run(t, name, nil, week, now); !table.IsEmpty() {
			t.Errorf("%s of nothing is not empty", name)
		}
	}
	if v := run(t, "resolved", list, week, now).Total[0]; !v.OK() || v.N != 0 {
		t.Errorf("resolved: %+v; want 0", v)
	}
	if v := run(t, "feedback", list, week, now).Rows[0].Values[0]; !v.OK() || v.N != 0 {
		t.Errorf("feedback: %+v; want 0", v)
	}
	if rows := run(t, "team", list, week, now).Rows; len(rows) != 1 || rows[0].Name != reports.AgentName || rows[0].Values[0].N != 0 {
		t.Errorf("team: %+v; want the agent with 0", rows)
	}
}

// TestByDay holds that a span that is not whole weeks runs by day, each with its
// own figures.
func TestByDay(t *testing.T) {
	t.Parallel()
	var list []reports.Event
	for day := range 12 {
		for n := range day + 1 {
			at := time.Date(2025, 9, 20+day, 10, 0, n, 0, time.UTC)
			id := fmt.Sprint(day, "-", n)
			list = append(list,
				reports.Event{ID: id, Conversation: id, Type: reports.Message, Actor: reports.Visitor, At: at, Channel: "chat"},
				reports.Event{ID: id + "a", Conversation: id, Type: reports.Message, Actor: reports.Agent, At: at.Add(time.Second)})
			if n%2 == 1 {
				list = append(list, reports.Event{ID: id + "h", Conversation: id, Type: reports.Handoff, Reason: "policy", At: at.Add(2 * time.Second)})
			}
		}
	}
	now := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		from, to reports.Day
		want     string
	}{
		{"2025-09-22", "2025-09-25", "2025-09-22=3 2025-09-23=4 2025-09-24=5"},
		{"2025-09-19", "2025-09-22", "2025-09-19=0 2025-09-20=1 2025-09-21=2"},
		{"2025-09-21", "2025-09-29", "2025-09-21=2 2025-09-22=3 2025-09-23=4 2025-09-24=5 2025-09-25=6 2025-09-26=7 2025-09-27=8 2025-09-28=9"},
		{"2025-09-22", "2025-09-29", "2025-W39=42"},
		{"2025-09-15", "2025-10-06", "2025-W38=3 2025-W39=42 2025-W40=33"},
	} {
		table := run(t, "handled", list, reports.Range{From: tt.from, To: tt.to}, now)
		var got []string
		for _, r := range table.Rows {
			got = append(got, fmt.Sprintf("%s%s=%d", r.Week, r.Day, r.Values[0].N))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s to %s: %s; want %s", tt.from, tt.to, s, tt.want)
		}
		var csv bytes.Buffer
		if err := table.WriteCSV(&csv); err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(strings.Split(csv.String(), "\n")[1], ",")
		if want, _, _ := strings.Cut(tt.want, "="); first != want {
			t.Errorf("%s to %s: CSV begins with %s; want %s", tt.from, tt.to, first, want)
		}
	}
	split := run(t, "handoffs", list, reports.Range{From: "2025-09-22", To: "2025-09-24"}, now)
	if len(split.Columns) != 2 || split.Columns[1].Name != "policy" || split.Rows[1].Values[1].N != 2 {
		t.Errorf("handoffs by day: %+v", split.Rows)
	}
}

// TestOptional holds that unengaged conversations are told of where there are some.
func TestOptional(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	list := readEvents(t, filepath.Join("testdata", "cases", "never-answered.ndjson"))
	week := reports.Week("2026-W47")
	has := func(table reports.Table) int64 {
		i := slices.IndexFunc(table.Columns, func(c reports.Column) bool { return c.Name == "unengaged" })
		if i < 0 {
			return -1
		}
		return table.Total[i].N
	}
	for _, name := range []string{"impact", "handled"} {
		if got := has(run(t, name, list, week.Range(), now)); got != 2 {
			t.Errorf("%s: %d unengaged; want 2", name, got)
		}
		if got := has(run(t, name, list[6:], week.Range(), now)); got != -1 {
			t.Errorf("%s of engaged ones: %d unengaged; want no column", name, got)
		}
	}
	in := reports.DigestInput{Week: week, Now: now, Rules: rules, Days: dayTallies(list, now)}
	if d, err := reports.Weekly(in); err != nil || d.Impact.Unengaged != 2 || d.Record.Values["unengaged"].N != 2 {
		t.Errorf("the digest's data: %+v, %v; want 2 unengaged", d.Record, err)
	}
	in.Days = dayTallies(list[6:], now)
	if d, err := reports.Weekly(in); err != nil || d.Impact.Unengaged != 0 {
		t.Error("the digest's data tell of unengaged conversations where there are none")
	}
}

// TestBefore holds with which week one is compared.
func TestBefore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	list := readEvents(t, filepath.Join("testdata", "cases", "long_lived_conversation.ndjson"))
	second := reports.WeekOf(list[0].At, time.UTC).Add(1)
	if table := run(t, "impact", list, second.Range(), second.End(time.UTC).Add(-time.Second)); table.Before != nil {
		t.Errorf("before a week that goes on: %+v; want nothing", table.Before)
	}
	if table := run(t, "impact", list, reports.Range{From: second.Monday(), To: second.Monday().Add(14)}, now); table.Before != nil {
		t.Errorf("before two weeks: %+v; want nothing", table.Before)
	}
	table := run(t, "impact", list, second.Range(), now)
	if table.Before == nil || table.Before[0].N != 20 {
		t.Errorf("before: %+v; want 20 handled", table.Before)
	}
	if table := run(t, "impact", list, second.Add(-1).Range(), now); table.Before != nil {
		t.Errorf("before the first week: %+v; want nothing", table.Before)
	}
}

// TestNotHandled holds what is shown of conversations that the agent was not in.
func TestNotHandled(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 9, 22, 10, 0, 0, 0, time.UTC)
	list := []reports.Event{{ID: "1", Conversation: "c", Type: reports.Message, Actor: reports.Visitor, At: at}}
	for name, empty := range map[string]bool{"handle-rate": false, "resolved": true, "impact": true, "handled": true, "channels": true, "team": true} {
		table := run(t, name, list, reports.Week("2025-W39").Range(), at)
		if got := table.IsEmpty(); got != empty {
			t.Errorf("%s: empty %t; want %t", name, got, empty)
		}
	}
}

// TestTeam holds that the team's bars are those who resolved something.
func TestTeam(t *testing.T) {
	t.Parallel()
	list := readEvents(t, filepath.Join("testdata", "cases", "long_lived_conversation.ndjson"))
	table := run(t, "team", list, everything, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	if len(table.Rows) != 1 || table.Rows[0].Name != reports.AgentName || table.Rows[0].Values[0].N < 200 {
		t.Errorf("rows %+v; want all of the agent", table.Rows)
	}
	week := reports.Week("2026-W27").Range()
	handled, impact := run(t, "handled", list, week, week.To.Date()), run(t, "impact", list, week, week.To.Date())
	if table.OverTime() || !handled.OverTime() || impact.OverTime() {
		t.Error("which reports run over time")
	}
}

// TestOther holds that reasons beyond the most frequent ones are counted together, and none is lost.
func TestOther(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	var list []reports.Event
	for i := range 12 { // reason 0 once, reason 1 twice and so on
		for j := range i + 1 {
			id, at := fmt.Sprintf("c%d-%d", i, j), monday.Add(time.Duration(j)*time.Minute)
			list = append(list,
				reports.Event{ID: id + "a", Type: reports.Message, Conversation: id, At: at, Actor: reports.Visitor},
				reports.Event{ID: id + "b", Type: reports.Message, Conversation: id, At: at.Add(time.Second), Actor: reports.Agent},
				reports.Event{ID: id + "c", Type: reports.Handoff, Conversation: id, At: at.Add(2 * time.Second), Actor: reports.Agent, Reason: fmt.Sprint("reason ", i)})
		}
	}
	table := run(t, "handoffs", list, reports.Week("2026-W23").Range(), monday.AddDate(0, 1, 0))
	last := len(table.Columns) - 1
	if table.Columns[last].Name != reports.OtherName {
		t.Fatalf("columns %+v; want the last to be %s", table.Columns, reports.OtherName)
	}
	var total, parts, other int64
	for _, row := range table.Rows {
		total += row.Values[0].N
		other += row.Values[last].N
		for _, v := range row.Values[1:] {
			parts += v.N
		}
	}
	if total != 12*13/2 || parts != total || other != 8*9/2 {
		t.Errorf("%d handoffs, %d with a reason, %d of them under %s; want 78, all of them, and the 36 of the eight rarest", total, parts, other, reports.OtherName)
	}
}
