package views

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// weekBlocks are a week in the order in which people ask: its sentence and why, what is
// missing from its figures, the figures, and how much of them is still open.
func weekBlocks(m *reports.Impact, zone *time.Location, p *lang.Printer) []slack.Block {
	blocks := []slack.Block{section(escaper.Replace(strings.Join(p.Headline(m), "\n")))}
	for _, line := range p.Silences(m, zone) {
		blocks = append(blocks, contextLine("⚠ "+escape(line)))
	}
	blocks = append(blocks, slack.NewSectionBlock(nil, impactFields(m, p), nil))
	if note := p.Settling(m, zone); note != "" {
		blocks = append(blocks, contextLine(escape(note)))
	}
	return blocks
}

// weekText is a week in sentences.
func weekText(m *reports.Impact, zone *time.Location, p *lang.Printer) []string {
	lines := append(p.Headline(m), p.Silences(m, zone)...)
	for _, w := range p.Impact(m, "say_up", "say_down") {
		args := lang.Args{"Name": p.T("column_" + w.Figure), "Value": w.Value, "Change": w.Change}
		id := "say_figure"
		if w.Change != "" {
			id = "say_figure_change"
		}
		lines = append(lines, p.T(id, args)+".")
	}
	if note := p.Settling(m, zone); note != "" {
		lines = append(lines, note)
	}
	return lines
}

// impactFields are two columns of three: the number first and bold, then how it changed,
// and under it what it is.
func impactFields(m *reports.Impact, p *lang.Printer) []*slack.TextBlockObject {
	var fields []*slack.TextBlockObject
	for _, w := range p.Impact(m, "digest_up", "digest_down") {
		text := "*" + w.Value + "*"
		if w.Change != "" {
			text += "  " + w.Change
		}
		text += "\n" + p.T("column_"+w.Figure)
		if w.More != "" {
			text += " · " + w.More
		}
		fields = append(fields, slack.NewTextBlockObject(slack.MarkdownType, reports.Shorten(text, maxField), false, true))
	}
	return fields
}
