package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/reports"
	"agentreport/reports/chart"
	"agentreport/reports/lang"
)

func (a *app) printJSON(v any) error {
	if err := json.MarshalWrite(a.out, v, json.Deterministic(true), jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.out)
	return err
}

var english = lang.For("en")

func thousands(n int) string { return english.Number(int64(n)) }

func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(n) + " " + thing
}

// table prints rows in columns.
func (a *app) table(rows [][]string) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(w, strings.TrimRight(strings.Join(r, "\t"), "\t"))
	}
	return w.Flush()
}

func (c *reportCmd) print(a *app, t reports.Table, lacking []reports.Lacking, language string) error {
	p, err := lang.New(language)
	if err != nil {
		return usageError{err}
	}
	if c.PNG != "" {
		b, err := chart.PNG(&t, p, chart.Titled)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.PNG, b, 0o644); err != nil {
			return err
		}
	}
	switch {
	case c.JSON:
		return a.printJSON(exactTable(&t))
	case c.CSV:
		return t.WriteCSV(a.out)
	}
	fmt.Fprintf(a.out, "%s\n%s\n\n", p.Title(t.Report), p.Subtitle(&t))
	defer func() {
		for _, l := range lacking {
			fmt.Fprintf(a.out, "\n%s\n", p.Lacking(l))
		}
	}()
	if t.IsEmpty() {
		fmt.Fprintln(a.out, p.T("chart_no_data"))
		return nil
	}
	if m := t.Impact; m != nil {
		for _, line := range append(p.Headline(m), p.Silences(m, t.Query.Rules.Zone)...) {
			fmt.Fprintln(a.out, line)
		}
		fmt.Fprintln(a.out)
	}
	if err := a.table(readable(&t, p)); err != nil {
		return err
	}
	if note := p.Note(t.Report); note != "" {
		fmt.Fprintf(a.out, "\n%s\n", note)
	}
	zone := t.Query.Rules.Zone
	switch {
	case t.Impact != nil:
		if note := p.Settling(t.Impact, zone); note != "" {
			fmt.Fprintf(a.out, "\n%s\n", note)
		}
	case t.Open > 0:
		fmt.Fprintf(a.out, "\n%s\n", p.Provisional(t.Open, t.SettlesAt, t.Query.Now, zone))
	}
	return nil
}

// readable is the table as people read it: a line a week or name, or a line a
// figure where there is one period only.
func readable(t *reports.Table, p *lang.Printer) [][]string {
	var rows [][]string
	if t.Report.Shape == reports.Tiles {
		for i, c := range t.Columns {
			if t.Impact == nil || c.Name != reports.FigureResolutionRate { // stands beside those resolved
				rows = append(rows, []string{p.Column(c), p.Figure(t, i)})
			}
		}
		return rows
	}
	head := []string{p.T("column_name")}
	if t.OverTime() {
		head = period(nil, p)
		if len(t.Rows) > 0 && t.Rows[0].Week == "" {
			head = []string{p.T("column_day")}
		}
	}
	for _, c := range t.Columns {
		head = append(head, p.Column(c))
	}
	rows = append(rows, head)
	line := func(first []string, values []reports.Value) {
		for _, v := range values {
			first = append(first, p.Value(v))
		}
		rows = append(rows, first)
	}
	for _, r := range t.Rows {
		if t.OverTime() {
			line(period(&r, p), r.Values)
		} else {
			line([]string{p.Name(r.Name)}, r.Values)
		}
	}
	total := make([]string, len(rows[0])-len(t.Columns))
	total[0] = p.T("column_total")
	line(total, t.Total)
	return rows
}

// period names a row's week or day; of no row, the columns in which it does.
func period(r *reports.Row, p *lang.Printer) []string {
	switch {
	case r == nil:
		return []string{p.T("column_week"), ""}
	case r.Week == "":
		return []string{p.Date(r.Day)}
	}
	return []string{string(r.Week), p.Period(r.Week.Range())}
}

// exactRow is a row of a report in JSON.
type exactRow struct {
	Week   reports.Week             `json:"week,omitzero"`
	Day    reports.Day              `json:"day,omitzero"`
	Name   string                   `json:"name,omitzero"`
	Values map[string]reports.Value `json:"values"`
}

type exact struct {
	Report     string      `json:"report"`
	Zone       string      `json:"zone"`
	Definition string      `json:"definition"`
	Channel    string      `json:"channel,omitzero"`
	From       reports.Day `json:"from"`
	To         reports.Day `json:"to"`
	Now        time.Time   `json:"now"`
	Open       int64       `json:"open"`
	SettlesAt  time.Time   `json:"settles_at,omitzero"`
	Rows       []exactRow  `json:"rows"`
	Total      exactRow    `json:"total"`
	// Before is the total of the week before, where there was something, and Change
	// the exact difference: of rates as a fraction, of times in milliseconds.
	Before *exactRow          `json:"before,omitzero"`
	Change map[string]float64 `json:"change,omitzero"`
	// Impact is what a whole week will settle at, as in digest.json.
	Impact *reports.Impact `json:"impact,omitzero"`
}

func exactTable(t *reports.Table) exact {
	row := func(r reports.Row) exactRow {
		x := exactRow{r.Week, r.Day, r.Name, map[string]reports.Value{}}
		for i, c := range t.Columns {
			x.Values[c.Name] = r.Values[i]
		}
		return x
	}
	e := exact{
		Report: t.Report.Name, Zone: t.Query.Rules.Zone.String(), Definition: t.Query.Definition.String(), Channel: t.Query.Channel,
		From: t.Query.Range.From, To: t.Query.Range.To, Now: t.Query.Now.UTC(), Open: t.Open, SettlesAt: t.SettlesAt,
		Rows: []exactRow{}, Total: row(reports.Row{Values: t.Total}), Impact: t.Impact,
	}
	for _, r := range t.Rows {
		e.Rows = append(e.Rows, row(r))
	}
	if t.Before != nil {
		before := row(reports.Row{Values: t.Before})
		e.Before, e.Change = &before, map[string]float64{}
		for i, c := range t.Columns {
			if d, ok := t.Total[i].Since(t.Before[i]); ok {
				e.Change[c.Name] = d.Exact
			}
		}
	}
	return e
}
