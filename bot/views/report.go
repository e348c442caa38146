package views

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// The ids of what can be done with a report. Their values are what was asked,
// as a person would type it.
const (
	ReportRange = "report_range"
	ReportPost  = "report_post"
	ReportCSV   = "report_csv"
)

// Choice is one option of a menu: the id of its label in the catalogue, and
// what it stands for.
type Choice struct{ ID, Value string }

// Limits of options and buttons.
const (
	maxOptionValue = 150
	maxButtonValue = 2000
	maxTiles       = 10
	maxLacking     = 3 // sources
)

// ReportInput is what a report's message is made of.
type ReportInput struct {
	Table  *reports.Table
	Images []Image
	Ranges []Choice // the spans that can be chosen
	Asked  string   // what a person typed for it
	Public bool     // for everybody in the channel
	Note   string   // why there is no picture
	// Lacking are the sources that do not tell what the report is made of.
	Lacking []reports.Lacking
}

// Report is a report with its figures and its picture.
func Report(in ReportInput, p *lang.Printer) Message {
	t, zone := in.Table, in.Table.Query.Rules.Zone
	blocks := []slack.Block{
		slack.NewHeaderBlock(plain(p.Title(t.Report), maxHeader)),
		contextLine(escape(p.Subtitle(t))),
	}
	text := p.Title(t.Report) + " · " + p.Subtitle(t)
	switch {
	case t.IsEmpty():
		blocks = append(blocks, section(escape(p.T("report_empty"))))
		text += "\n" + p.T("report_empty")
	case t.Impact != nil:
		blocks = append(blocks, weekBlocks(t.Impact, zone, p)...)
		text += "\n" + strings.Join(weekText(t.Impact, zone, p), "\n")
		if n := t.Impact.Unengaged; n > 0 {
			blocks = append(blocks, contextLine(p.T("column_unengaged")+": "+p.Number(n)))
		}
	default:
		blocks = append(blocks, slack.NewSectionBlock(nil, tiles(t, p), nil))
		for i, c := range t.Columns {
			if !c.Raw {
				text += "\n" + p.Column(c) + ": " + p.Figure(t, i)
			}
		}
	}
	for i := range in.Images {
		blocks = append(blocks, in.Images[i].block())
	}
	if note := p.Note(t.Report); note != "" && !t.IsEmpty() {
		blocks = append(blocks, contextLine(escape(note)))
	}
	for _, l := range in.Lacking[:min(len(in.Lacking), maxLacking)] {
		blocks = append(blocks, contextLine(escape(p.Lacking(l))))
	}
	if in.Note != "" {
		blocks = append(blocks, contextLine("⚠ "+escape(in.Note)))
	}
	if t.Open > 0 && t.Impact == nil {
		blocks = append(blocks, contextLine(escape(p.Provisional(t.Open, t.SettlesAt, t.Query.Now, zone))))
	}
	if actions := reportActions(in, p); len(actions) > 0 {
		blocks = append(blocks, slack.NewActionBlock("", actions...))
	}
	return Message{Text: escapeLines(strings.Split(text, "\n")), Blocks: blocks}
}

// tiles are the figures over the whole range.
func tiles(t *reports.Table, p *lang.Printer) []*slack.TextBlockObject {
	var fields []*slack.TextBlockObject
	field := func(name, value string) {
		if len(fields) < maxTiles {
			fields = append(fields, slack.NewTextBlockObject(slack.MarkdownType, reports.Shorten("*"+escape(name)+"*\n"+escape(value), maxField), false, true))
		}
	}
	if t.Report.Shape == reports.Bars {
		for _, r := range t.Rows {
			field(p.Name(r.Name), p.Value(r.Values[0]))
		}
		return fields
	}
	for i, c := range t.Columns {
		field(p.Column(c), p.Figure(t, i))
	}
	return fields
}

func reportActions(in ReportInput, p *lang.Printer) []slack.BlockElement {
	if in.Public {
		return nil
	}
	var actions []slack.BlockElement
	var options []*slack.OptionBlockObject
	for _, r := range in.Ranges {
		if len([]rune(r.Value)) <= maxOptionValue {
			options = append(options, slack.NewOptionBlockObject(r.Value, plain(p.T(r.ID), 75), nil))
		}
	}
	if len(options) > 0 {
		actions = append(actions, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.T("report_range"), 75), ReportRange, options...))
	}
	if len([]rune(in.Asked)) <= maxButtonValue && !in.Table.IsEmpty() {
		actions = append(actions,
			slack.NewButtonBlockElement(ListingShow, in.Asked, plain(p.T("listing_title"), 75)),
			slack.NewButtonBlockElement(ReportPost, in.Asked, plain(p.T("report_post"), 75)),
			slack.NewButtonBlockElement(ReportCSV, in.Asked, plain(p.T("report_csv"), 75)))
	}
	return actions
}

// HelpRow is one command and what it does.
type HelpRow struct{ Command, Says string }

// Help is everything that can be typed.
func Help(rows []HelpRow, p *lang.Printer) Message {
	blocks := []slack.Block{slack.NewHeaderBlock(plain(p.T("help_title"), maxHeader))}
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			blocks = append(blocks, section(strings.TrimSuffix(b.String(), "\n")))
			b.Reset()
		}
	}
	for _, r := range rows {
		line := "`" + escape(r.Command) + "` — " + escape(r.Says) + "\n"
		if b.Len()+len(line) > maxSection {
			flush()
		}
		b.WriteString(line)
	}
	flush()
	blocks = append(blocks, slack.NewDividerBlock(), section(p.T("help_filters")))
	return Message{Text: escape(p.T("help_title")), Blocks: blocks}
}

// Health is when each source last sent something, and what became of the last
// digest.
func Health(sources []reports.Source, last []reports.Delivery, now time.Time, zone *time.Location, p *lang.Printer) Message {
	var lines []string
	if len(sources) == 0 {
		lines = append(lines, "⚠ "+p.T("health_no_events"))
	}
	for _, s := range sources {
		mark := "●"
		if s.LastAt.IsZero() || s.Silent(now) {
			mark = "⚠"
		}
		at := p.T("health_never")
		if !s.LastAt.IsZero() {
			at = p.MomentNear(s.LastAt, now, zone)
		}
		lines = append(lines, mark+" "+p.T("health_source", lang.Args{"Source": s.Name, "At": at}))
	}
	if len(last) == 0 {
		lines = append(lines, "○ "+p.T("health_no_digest"))
	}
	for _, d := range last {
		mark := "●"
		if d.State != reports.Posted {
			mark = "⚠"
		}
		lines = append(lines, mark+" "+p.T("health_digest", lang.Args{"Week": string(d.Week), "State": p.T("delivery_" + string(d.State)), "At": p.MomentNear(d.Due, now, zone)}))
	}
	return Message{Text: escapeLines(lines), Blocks: []slack.Block{slack.NewHeaderBlock(plain(p.T("health_title"), maxHeader)), section(escapeLines(lines))}}
}

func escapeLines(lines []string) string {
	safe := make([]string, len(lines))
	for i, l := range lines {
		safe[i] = escape(l)
	}
	return strings.Join(safe, "\n")
}
