package reports

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Listed is a session that adds to the figures of a span of time.
type Listed struct {
	*Session
	ID     string // as people see it
	Source string
	Day    Day // the last one in the span on which it adds something
	// Weeks are what it adds in each week of the span, in order.
	Weeks []ListedWeek
	query Query
}

// ListedWeek is what a session adds in a week.
type ListedWeek struct {
	Week Week
	Tally
}

// List are the sessions of a conversation that add to the figures of a query's
// span: each figure by its own day.
func (r Rules) List(c *Conversation, q Query) []Listed {
	var list []Listed
	for i := range c.Sessions {
		s := &c.Sessions[i]
		if c.Test || q.Channel != "" && s.Channel != q.Channel {
			continue
		}
		l := Listed{Session: s, ID: c.SessionID(s), Source: c.Source, query: q}
		x := r.share(s, q.Now)
		var days []Day
		x.each(func(d Day, to slot, _ string, _ int64) {
			if q.Range.Contains(d) && to.d == to.measure.under(q.Definition) && !slices.Contains(days, d) {
				days = append(days, d)
			}
		})
		if len(days) == 0 {
			continue
		}
		slices.Sort(days)
		l.Day = days[len(days)-1]
		for _, d := range days {
			if w := d.Week(); len(l.Weeks) == 0 || l.Weeks[len(l.Weeks)-1].Week != w {
				l.Weeks = append(l.Weeks, ListedWeek{Week: w})
			}
			t := DayTally{Day: d}
			x.addTo(&t, func(on Day) bool { return on == d })
			l.Weeks[len(l.Weeks)-1].Merge(&t.Channels[0].Tally)
		}
		list = append(list, l)
	}
	return list
}

// Figures are what the session adds in one of its weeks, by the names of the
// report of all figures.
func (l *Listed) Figures(w *ListedWeek) Figures {
	day := DayTally{Day: w.Week.Monday(), Channels: []ChannelTally{{l.Channel, w.Tally}}}
	return FiguresOf([]DayTally{day}, w.Week.Range(), "", l.query.Definition)
}

// CountsIn reports whether the session is behind a figure of a report that is
// drawn: in a count, or in a rate or a mean of it.
func (l *Listed) CountsIn(r *Report) bool {
	var sum Tally
	for i := range l.Weeks {
		sum.Merge(&l.Weeks[i].Tally)
	}
	return slices.ContainsFunc(r.Columns, func(c Column) bool {
		v := c.Value(&sum, l.query.Definition)
		return !c.Raw && (v.N > 0 || v.D > 0)
	})
}

// Verdict is the session's under a definition.
func (l *Listed) Verdict(d Definition) Verdict { return l.Session.Verdict(d, l.query.Rules.Window) }

// Outcome is what became of the session by the query's moment, under a
// definition; empty where the agent did not handle it.
func (l *Listed) Outcome(d Definition) Outcome {
	if !l.Handled() {
		return ""
	}
	return l.Verdict(d).At(l.query.Now)
}

// counts are the session's additions in one of its weeks as one number a
// figure, each under the name that ListedColumns gives it.
func (l *Listed) counts(w *ListedWeek) []int64 {
	d := l.query.Definition
	var list []int64
	for c := range Counters {
		list = append(list, w.Count(Counter(c), d))
	}
	for b, m := range Breakdowns {
		if m.Names == nil {
			list = append(list, w.Names[b].Total())
		}
		for _, name := range m.Names {
			list = append(list, w.Names[b].Of(name))
		}
	}
	for x := range Timings {
		sum := w.Time(Timing(x), d)
		list = append(list, sum.Count, sum.Sum)
	}
	return list
}

// listedFacts are the columns of a list of conversations that say what a session
// is; a row a session and week.
var listedFacts = []struct {
	name string
	of   func(*Listed) string
}{
	{"id", func(l *Listed) string { return l.ID }},
	{"source", func(l *Listed) string { return l.Source }},
	{"channel", func(l *Listed) string { return l.Channel }},
	{"began", func(l *Listed) string { return string(l.Began) }},
	{"started_at", func(l *Listed) string { return exactTime(l.StartedAt) }},
	{"agent_at", func(l *Listed) string { return exactTime(l.AgentAt) }},
	{"human_at", func(l *Listed) string { return exactTime(l.HumanAt) }},
	{"handoff_at", func(l *Listed) string { return exactTime(l.HandoffAt) }},
	{"reason", func(l *Listed) string { return l.Reason }},
	{"last_activity_at", func(l *Listed) string { return exactTime(l.LastActivityAt) }},
	{"resolved_at", func(l *Listed) string { return exactTime(l.ResolvedAt) }},
	{"resolver", func(l *Listed) string { return string(l.Resolver) }},
	{"closed_at", func(l *Listed) string { return exactTime(l.ClosedAt) }},
	{"closer", func(l *Listed) string { return string(l.Closer) }},
	{"member", func(l *Listed) string {
		if l.Closer != Human {
			return ""
		}
		return memberName(l.CloserMember)
	}},
	{"rating", func(l *Listed) string { return string(l.Rating) }},
	{"answered", func(l *Listed) string { return strconv.FormatBool(l.Answered) }},
	{"url", func(l *Listed) string { return l.URL }},
}

func exactTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// ListedColumns are the columns of a list of conversations: the week, what the
// session is, its outcome under each definition and the row that decided it, and
// what it adds to each figure in that week. The sum of a figure's column is that
// figure of the report of all figures over the same span. Figures by channel,
// reason and teammate are the sums of handled, handed_off and team_member by the
// columns channel, reason and member.
func ListedColumns() []string {
	list := []string{"week"}
	for _, f := range listedFacts {
		list = append(list, f.name)
	}
	for _, d := range Definitions {
		list = append(list, "outcome_"+d.String(), "decided_by_"+d.String())
	}
	for _, m := range Counters {
		list = append(list, m.Name)
	}
	for _, m := range Breakdowns {
		if m.Names == nil {
			list = append(list, m.Name)
		}
		for _, name := range m.Names {
			list = append(list, m.Name+"_"+name)
		}
	}
	for _, m := range Timings {
		list = append(list, m.Name+"_count", m.Name+"_sum")
	}
	return list
}

// Row is the session's line for one of its weeks, in the order of ListedColumns.
// Text from outside cannot be taken for a formula by a spreadsheet.
func (l *Listed) Row(w *ListedWeek) []string {
	row := []string{string(w.Week)}
	for _, f := range listedFacts {
		row = append(row, harmless(f.of(l)))
	}
	for _, d := range Definitions {
		row = append(row, string(l.Outcome(d)), l.Verdict(d).Row)
	}
	for _, n := range l.counts(w) {
		row = append(row, strconv.FormatInt(n, 10))
	}
	return row
}

// harmless puts a quote before what a spreadsheet would compute.
func harmless(s string) string {
	if strings.IndexAny(s, "=+-@\t\r") == 0 {
		return "'" + s
	}
	return s
}

// Exact is the session's line for one of its weeks as JSON: the columns by name,
// and its figures as they stand in the report of all figures.
func (l *Listed) Exact(w *ListedWeek) map[string]any {
	x := map[string]any{"week": w.Week, "figures": l.Figures(w)}
	for _, f := range listedFacts {
		if v := f.of(l); v != "" {
			x[f.name] = v
		}
	}
	x["answered"] = l.Answered
	outcomes := map[string]any{}
	for _, d := range Definitions {
		if l.Handled() {
			o := map[string]any{"outcome": l.Outcome(d), "decided_by": l.Verdict(d).Row}
			if at := l.Verdict(d).SettlesAt; !at.IsZero() {
				o["settles_at"] = exactTime(at)
			}
			outcomes[d.String()] = o
		}
	}
	x["outcomes"] = outcomes
	return x
}

// WriteListedCSV writes a list of conversations, a line a session and week.
func WriteListedCSV(out io.Writer, list func(yield func(*Listed) error) error) error {
	w := csv.NewWriter(out)
	if err := w.Write(ListedColumns()); err != nil {
		return err
	}
	err := list(func(l *Listed) error {
		for i := range l.Weeks {
			if err := w.Write(l.Row(&l.Weeks[i])); err != nil {
				return err
			}
		}
		return nil
	})
	w.Flush()
	if err != nil {
		return err
	}
	return w.Error()
}
