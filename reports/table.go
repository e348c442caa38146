package reports

import (
	"slices"
	"time"
)

// Table is a report's answer to a query: exact numbers, ready to print or draw.
type Table struct {
	Report  *Report
	Query   Query
	Columns []Column // the report's, then those that it was split into
	Rows    []Row    // one a week or one a name; none for a report of one period
	Total   []Value  // over the whole range, one a column

	Annotations []Annotation // that stand in its weeks, in order of time

	Open      int64     // conversations still open
	SettlesAt time.Time // when the last of them settles
}

// Row is one week or one name.
type Row struct {
	Week   Week
	Name   string
	Values []Value // one a column
	Open   int64   // conversations of that week still open: its figures are provisional
}

// OtherName gathers the names beyond the most frequent ones.
const OtherName = "other"

// maxSplits is how many names a split over weeks shows beside OtherName.
const maxSplits = 4

// Run answers a query from the tallies of its days.
func (r *Report) Run(days []DayTally, q Query) Table {
	sum := Total(days, q.Range, q.Channel)
	t := Table{Report: r, Query: q, Columns: r.Columns, Total: values(r.Columns, &sum, q.Definition)}
	t.Open, t.SettlesAt = sum.Outcomes[q.Definition].Open, sum.Outcomes[q.Definition].OpenUntil
	switch {
	case r.Shape == Tiles:
	case r.Shape == Bars:
		for _, c := range r.Split(days, q.Range, q.Channel, q.Definition).Largest() {
			t.Rows = append(t.Rows, Row{Name: c.Name, Values: []Value{count(c.N)}})
		}
	default:
		t.overWeeks(days)
	}
	return t
}

func (t *Table) overWeeks(days []DayTally) {
	q := t.Query
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
		t.Columns = []Column{raw(t.Columns[0])}
		for _, n := range names {
			t.Columns = append(t.Columns, Column{Name: n, Unit: Number})
		}
		t.Total = append(t.Total, byName(all, names)...)
	}
	byWeek := map[Week][]DayTally{}
	for _, d := range days {
		if q.Range.Contains(d.Day) {
			byWeek[d.Day.Week()] = append(byWeek[d.Day.Week()], d)
		}
	}
	for _, w := range q.Range.Weeks() {
		sum := Total(byWeek[w], q.Range, q.Channel)
		row := Row{Week: w, Values: values(t.Report.Columns, &sum, q.Definition), Open: sum.Outcomes[q.Definition].Open}
		if t.Report.Split != nil {
			row.Values = append(row.Values, byName(t.Report.Split(byWeek[w], q.Range, q.Channel, q.Definition), names)...)
		}
		t.Rows = append(t.Rows, row)
	}
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

// IsEmpty reports whether there is nothing to show.
func (t *Table) IsEmpty() bool {
	for _, v := range t.Total {
		if v.Unit == Number && v.N > 0 || v.Unit != Number && v.D > 0 {
			return false
		}
	}
	return true
}

// OverTime reports whether the table's rows are weeks.
func (t *Table) OverTime() bool { return t.Report.Shape != Tiles && t.Report.Shape != Bars }
