package lang

import (
	"slices"
	"strings"

	"agentreport/reports"
)

// Title is a report's title.
func (p *Printer) Title(r *reports.Report) string { return p.T(messageID("report_", r.Name)) }

// Help is one sentence on what a report shows.
func (p *Printer) Help(r *reports.Report) string { return p.T(messageID("help_", r.Name)) }

// Outcome is what became of a session under a definition, and why.
func (p *Printer) Outcome(l *reports.Listed, d reports.Definition) (outcome, because string) {
	switch {
	case l.Unengaged:
		return p.T("outcome_unengaged"), p.T("because_unengaged")
	case !l.Handled():
		return p.T("outcome_unhandled"), p.T("because_unhandled")
	}
	return p.T("outcome_" + string(l.Outcome(d))), p.T("verdict_" + l.Verdict(d).Row)
}

// Masked is a text whose personal data is masked, with what stands in its place in
// the reader's language.
func (p *Printer) Masked(s string) string {
	for _, as := range reports.Masked {
		if strings.Contains(s, as) {
			s = strings.ReplaceAll(s, as, p.T(messageID("masked_", strings.ToLower(strings.ReplaceAll(strings.Trim(as, "[]"), " ", "_")))))
		}
	}
	return s
}

// Note is what to know when a report is read beside others; empty where there is
// nothing.
func (p *Printer) Note(r *reports.Report) string {
	if id := messageID("note_", r.Name); p.Has(id) {
		return p.T(id)
	}
	return ""
}

// CommandHelp is one sentence on what a command of the bot does; a report is
// such a command.
func (p *Printer) CommandHelp(name string) string { return p.T(messageID("help_", name)) }

func messageID(prefix, name string) string { return prefix + strings.ReplaceAll(name, "-", "_") }

// Column is a column's title: ours, or a name from outside.
func (p *Printer) Column(c reports.Column) string {
	if id := messageID("column_", c.Name); c.Value != nil && p.Has(id) {
		return p.T(id)
	}
	return p.Name(c.Name)
}

// Name is a channel, reason or teammate as people see it: cleaned, and
// translated where no source sent it.
func (p *Printer) Name(name string) string {
	if id := messageID("name_", name); p.Has(id) {
		return p.T(id)
	}
	return reports.Clean(name)
}

// Facts names facts, with commas.
func (p *Printer) Facts(facts []reports.Fact) string {
	names := make([]string, len(facts))
	for i, f := range facts {
		names[i] = p.T("fact_" + string(f))
	}
	return strings.Join(names, ", ")
}

// Lacking says what a source does not tell.
func (p *Printer) Lacking(l reports.Lacking) string {
	return p.T("report_lacks", Args{"Source": l.Source, "Facts": p.Facts(l.Facts)})
}

// Scope is what a query covers: which channels.
func (p *Printer) Scope(q reports.Query) string {
	if q.Channel == "" {
		return p.T("chart_all_channels")
	}
	return p.T("chart_channel", Args{"Channel": p.Name(q.Channel)})
}

// Subtitle says for what a report holds: period, zone, channel and, where it is
// not the default, the definition.
func (p *Printer) Subtitle(t *reports.Table) string {
	parts := []string{p.Period(t.Query.Range), t.Query.Rules.Zone.String(), p.Scope(t.Query)}
	if t.Query.Definition != reports.Standard {
		parts = append(parts, p.T("definition_"+t.Query.Definition.String()))
	}
	return strings.Join(parts, " · ")
}

// Alt says in words what a report's picture shows: what stands out in it.
func (p *Printer) Alt(t *reports.Table) string {
	args := Args{"Title": p.Title(t.Report), "Period": p.Period(t.Query.Range)}
	if t.IsEmpty() {
		return p.T("alt_empty", args)
	}
	if t.Report.Shape == reports.Bars {
		args["Name"], args["Value"], args["Total"] = p.Name(t.Rows[0].Name), p.Value(t.Rows[0].Values[0]), p.Value(t.Total[0])
		return p.T("alt_bars", args)
	}
	var series []string
	for _, i := range t.Drawn() {
		series = append(series, p.altSeries(t, i))
	}
	args["Series"] = strings.Join(series, "; ")
	alt := p.T("alt_series", args)
	if t.Open > 0 {
		alt += p.Count("alt_open", t.Open)
	}
	for _, a := range t.Annotations {
		alt += p.T("alt_note", Args{"At": p.Date(reports.DayOf(a.At, t.Query.Rules.Zone)), "Text": reports.Clean(a.Text)})
	}
	return alt
}

// isNothing reports whether a row has nothing to draw.
func isNothing(t *reports.Table, r *reports.Row) bool {
	return !slices.ContainsFunc(t.Drawn(), func(i int) bool { return r.Values[i].N > 0 })
}

func (p *Printer) altSeries(t *reports.Table, column int) string {
	name := p.Column(t.Columns[column])
	if !t.OverTime() {
		return p.T("alt_series_one", Args{"Name": name, "Last": p.Value(t.Total[column])})
	}
	rows := t.Rows
	for len(rows) > 0 && isNothing(t, &rows[0]) { // from before there was any data
		rows = rows[1:]
	}
	var have []reports.Value
	high, last := reports.Value{}, ""
	for i := range rows {
		v := rows[i].Values[column]
		if !v.Says() {
			continue
		}
		have, last = append(have, v), p.Value(v)
		if x, ok := rows[i].Estimates[t.Columns[column].Name]; ok && v.Unit == reports.Rate {
			last = p.T("impact_about", Args{"Value": p.Percent(points(x.Value))})
		} else if ok {
			last = p.T("impact_about", Args{"Value": p.Number(int64(x.Value))})
		}
		if len(have) == 1 || v.Float() > high.Float() {
			high = v
		}
	}
	switch len(have) {
	case 0:
		return p.T("alt_series_none", Args{"Name": name})
	case 1:
		return p.T("alt_series_one", Args{"Name": name, "Last": last})
	}
	id := "alt_series_change"
	if !t.Query.Range.IsWeeks() {
		id = "alt_series_change_days"
	}
	return p.T(id, Args{"Name": name, "First": p.Value(have[0]), "Last": last, "High": p.Value(high)})
}
