package reports

import (
	"slices"
	"strings"
	"time"
)

// Table is a report's answer to a query: exact numbers, ready to print or draw.
type Table struct {
	Report  *Report
	Query   Query
	Columns []Column // the report's, then those that it was split into
	Rows    []Row    // one a week, a day or a name; none for a report of one period
	Total   []Value  // over the whole range, one a column
	Before  []Value  // likewise over the week before; nil where the range is not a week, or that week was empty

	// Impact says of a whole week that has ended what it will settle at; nil otherwise.
	Impact *Impact

	Annotations []Annotation // that stand in its time, in order of time

	Open      int64     // conversations still open
	SettlesAt time.Time // when the last of them settles
	handled   int64
}

// Row is one week, one day or one name.
type Row struct {
	Week   Week // where the range is whole weeks
	Day    Day  // else
	Name   string
	Values []Value // one a column
	Open   int64   // conversations of that time still open: its figures are provisional
	// Estimates are what the figures of a week that has ended, and is still open, will
	// settle at, by name; none where they are not known.
	Estimates map[string]Estimate
}

// Start is the first day of the row.
func (r *Row) Start() Day {
	if r.Week != "" {
		return r.Week.Monday()
	}
	return r.Day
}

// OtherName gathers the names beyond the most frequent ones.
const OtherName = "other"

// maxSplits is how many names a split over time shows beside OtherName.
const maxSplits = 4

// Learns is the days whose cohorts the table is estimated from; false where nothing is.
func (t *Table) Learns() (Range, bool) {
	if !t.OverTime() || t.Open == 0 || !t.Query.Range.IsWeeks() {
		return Range{}, false
	}
	return ImpactRange(t.Query.Range.To.Add(-7).Week()), true
}

// Learn adds what the weeks will settle at, from the cohorts of the days that the table
// learns from.
func (t *Table) Learn(cohorts []DayCohorts) error {
	e, err := NewEstimator(cohorts, t.Query.Channel, t.Query.Definition, t.Query.Rules)
	if err != nil {
		return err
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Open > 0 && r.Week != "" && !t.Query.Now.Before(r.Week.End(t.Query.Rules.Zone)) {
			r.Estimates = e.Week(r.Week, t.Query.Now).Estimates
		}
	}
	return nil
}

// Run answers a query from the tallies of its days; of a week that is compared, from those
// of the week before too.
func (r *Report) Run(days []DayTally, q Query) Table {
	sum := Total(days, q.Range, q.Channel)
	columns := make([]Column, 0, len(r.Columns))
	for _, c := range r.Columns {
		if !c.Optional || c.Value(&sum, q.Definition).N > 0 {
			columns = append(columns, c)
		}
	}
	t := Table{
		Report: r, Query: q, Columns: columns, Total: values(columns, &sum, q.Definition),
		Open: sum.Count(CountOpen, q.Definition), SettlesAt: sum.OpenUntil[q.Definition], handled: sum.Count(CountHandled, q.Definition),
	}
	switch {
	case r.Shape == Tiles:
		if r.isImpact(q) {
			before := Total(days, Range{q.Range.From.Add(-7), q.Range.From}, q.Channel)
			if before.Count(CountConversations, q.Definition) > 0 {
				t.Before = values(columns, &before, q.Definition)
			}
		}
	case r.Shape == Bars:
		for _, c := range r.Split(days, q.Range, q.Channel, q.Definition).Largest() {
			t.Rows = append(t.Rows, Row{Name: c.Name, Values: []Value{count(c.N)}})
		}
		if len(t.Rows) == 0 && t.handled > 0 {
			t.Rows = []Row{{Name: AgentName, Values: []Value{count(0)}}}
		}
	default:
		t.overTime(days)
	}
	return t
}

// overTime adds a row for each week or, where the range is not whole weeks, for
// each day.
func (t *Table) overTime(days []DayTally) {
	q := t.Query
	own := t.Columns
	var names []string
	if t.Report.Split != nil {
		all := t.Report.Split(days, q.Range, q.Channel, q.Definition).Largest()
		for i, c := range all {
			if i == maxSplits && len(all) > maxSplits+1 {
				names = append(names, OtherName)
				break
			}
			names = append(names, c.Name)
		}
		if len(names) > 0 {
			t.Columns = []Column{raw(t.Columns[0])}
		}
		for _, n := range names {
			t.Columns = append(t.Columns, Column{Name: n, Unit: Number})
		}
		t.Total = append(t.Total, byName(all, names)...)
	}
	t.Rows = q.Range.rows()
	for i := range t.Rows {
		row := &t.Rows[i]
		for len(days) > 0 && days[0].Day < row.Start() {
			days = days[1:]
		}
		until := q.Range.To
		if i+1 < len(t.Rows) {
			until = t.Rows[i+1].Start()
		}
		n, _ := slices.BinarySearchFunc(days, until, func(d DayTally, until Day) int { return strings.Compare(string(d.Day), string(until)) })
		sum := Total(days[:n], q.Range, q.Channel)
		row.Values, row.Open = values(own, &sum, q.Definition), sum.Count(CountOpen, q.Definition)
		if t.Report.Split != nil {
			row.Values = append(row.Values, byName(t.Report.Split(days[:n], q.Range, q.Channel, q.Definition), names)...)
		}
	}
}

// rows are the weeks of a range of whole weeks, else its days.
func (r Range) rows() []Row {
	var rows []Row
	if r.IsWeeks() {
		for _, w := range r.Weeks() {
			rows = append(rows, Row{Week: w})
		}
		return rows
	}
	for d := r.From; d < r.To; d = d.Add(1) {
		rows = append(rows, Row{Day: d})
	}
	return rows
}

func values(columns []Column, t *Tally, d Definition) []Value {
	vs := make([]Value, len(columns))
	for i, c := range columns {
		vs[i] = c.Value(t, d)
	}
	return vs
}

// byName is the count of each name, the rest under OtherName where that is asked.
func byName(counts Counts, names []string) []Value {
	vs := make([]Value, len(names))
	for i := range vs {
		vs[i].Unit = Number
	}
	for _, c := range counts {
		i := slices.Index(names, c.Name)
		if i < 0 {
			i = slices.Index(names, OtherName)
		}
		if i >= 0 {
			vs[i].N += c.N
		}
	}
	return vs
}

// Drawn are the positions of the columns that the picture shows.
func (t *Table) Drawn() []int {
	var drawn []int
	for i, c := range t.Columns {
		if !c.Raw {
			drawn = append(drawn, i)
		}
	}
	return drawn
}

// IsEmpty reports whether there is nothing to show: no figure, and nothing that
// the agent handled, of which a figure could be zero.
func (t *Table) IsEmpty() bool {
	if t.handled > 0 {
		return false
	}
	for _, v := range t.Total {
		if v.Unit == Number && v.N > 0 || v.Unit != Number && v.D > 0 {
			return false
		}
	}
	return true
}

// isZero reports whether every total is nothing.
func (t *Table) isZero() bool {
	return !slices.ContainsFunc(t.Total, func(v Value) bool { return v.N > 0 })
}

// hasLine reports whether two weeks in a row have a figure that can be drawn.
func (t *Table) hasLine() bool {
	before := false
	for i := range t.Rows {
		drawn := slices.ContainsFunc(t.Rows[i].Values, func(v Value) bool { return v.Unit != Number && v.Says() })
		if drawn && before {
			return true
		}
		before = drawn
	}
	return false
}

// Begin leaves out the weeks or days before there was anything.
func (t *Table) Begin() {
	if !t.OverTime() {
		return
	}
	for len(t.Rows) > 1 && !slices.ContainsFunc(t.Rows[0].Values, func(v Value) bool { return v.N > 0 }) {
		t.Rows = t.Rows[1:]
		t.Query.Range.From = t.Rows[0].Start()
	}
}

// OverTime reports whether the table's rows are weeks or days.
func (t *Table) OverTime() bool { return t.Report.Shape != Tiles && t.Report.Shape != Bars }
