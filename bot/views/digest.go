package views

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// Message is a Slack message: its blocks, and the text that a notification and
// a screen reader say instead of them.
type Message struct {
	Text   string
	Blocks []slack.Block
}

// DigestEvent is the type of the metadata by which a digest is found again.
const DigestEvent = "agent_report_digest"

// Image is an uploaded chart.
type Image struct {
	FileID string
	Title  string
	Alt    string
}

// Digest is the weekly message. Without images it leaves the charts out.
func Digest(d *reports.Digest, images []Image, p *lang.Printer) Message {
	v := digestView{d, p}
	blocks := []slack.Block{slack.NewHeaderBlock(plain(v.title(), maxHeader))}
	if d.Silent {
		blocks = append(blocks, section(v.silent()))
	} else {
		blocks = append(blocks, v.figures())
	}
	var notes []string
	if d.Open > 0 {
		notes = append(notes, "◌ "+p.Count("digest_provisional", d.Open, lang.Args{"At": p.MomentNear(d.SettlesAt, d.Query.Now, v.zone())}))
	}
	for _, line := range v.restated() {
		notes = append(notes, "↻ "+line)
	}
	for _, line := range v.silences() {
		notes = append(notes, "⚠ "+escape(line))
	}
	for _, n := range notes {
		blocks = append(blocks, contextLine(n))
	}
	for _, img := range images {
		blocks = append(blocks, slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: img.FileID},
			reports.Shorten(img.Alt, maxAlt), "", plain(img.Title, maxTitle)))
	}
	if len(d.Gaps) > 0 {
		blocks = append(blocks, slack.NewDividerBlock(), section(v.gaps()))
	}
	if len(d.Effects) > 0 {
		blocks = append(blocks, section(v.effects()))
	}
	if len(d.Remarks) > 0 {
		blocks = append(blocks, slack.NewDividerBlock(), section(v.remarks()))
	}
	blocks = append(blocks, contextLine(v.context()))
	return Message{Text: v.text(), Blocks: blocks}
}

// effects say what came of answers.
func (v digestView) effects() string {
	lines := make([]string, len(v.Effects))
	for i, a := range v.Effects {
		weeks := int64(a.WholeWeeks(v.Week.End(v.zone())))
		lines[i] = "✓ " + v.p.Count("digest_effect", weeks, lang.Args{
			"Topic": "*" + escapeTo(a.Name, 200) + "*", "Before": v.p.Decimal(a.Before), "Since": v.p.Decimal(a.Since),
		})
	}
	return strings.Join(lines, "\n")
}

type digestView struct {
	*reports.Digest
	p *lang.Printer
}

func (v digestView) title() string {
	return v.p.T("digest_title", lang.Args{"Period": v.p.Period(v.Week.Range())})
}

func (v digestView) silent() string {
	if len(v.Silences) == 0 {
		return v.p.T("digest_silent_never")
	}
	since := v.Silences[0].Since
	for _, s := range v.Silences {
		if s.Since.After(since) {
			since = s.Since
		}
	}
	return v.p.T("digest_silent", lang.Args{"Since": v.p.MomentNear(since, v.Query.Now, v.zone())})
}

// silences are the sources that fell silent beside others that did not.
func (v digestView) silences() []string {
	if v.Silent {
		return nil
	}
	var lines []string
	for _, s := range v.Silences {
		lines = append(lines, v.p.T("digest_silence", lang.Args{"Source": s.Source, "Since": v.p.MomentNear(s.Since, v.Query.Now, v.zone())}))
	}
	return lines
}

func (v digestView) figures() slack.Block {
	var fields []*slack.TextBlockObject
	for _, f := range v.Figures {
		text := "*" + v.p.T("column_"+f.Name) + "*\n" + v.value(f)
		if change := v.change(f, "digest_up", "digest_down"); change != "" {
			text += "  " + change
		}
		if more := v.more(f); more != "" {
			text += "\n" + more
		}
		fields = append(fields, slack.NewTextBlockObject(slack.MarkdownType, reports.Shorten(text, maxField), false, false))
	}
	return slack.NewSectionBlock(nil, fields, nil)
}

func (v digestView) zone() *time.Location { return v.Query.Rules.Zone }

func (v digestView) value(f reports.Figure) string { return v.p.Value(f.Value) }

// more is the second line of a figure.
func (v digestView) more(f reports.Figure) string {
	switch f.Name {
	case "resolved":
		if rate, ok := v.Record.Values["resolution_rate"]; ok && rate.D > 0 && !rate.TooFew() {
			return v.p.T("digest_of_handled", lang.Args{"Rate": v.p.Value(rate)})
		}
	case "resolution_time":
		if f.Median.OK() && f.Value.D >= reports.FewConversations {
			return v.p.T("digest_percentiles", lang.Args{"Median": v.p.Value(f.Median), "P90": v.p.Value(f.P90)})
		}
	case "helpful":
		if f.Value.D > 0 && !f.Value.TooFew() {
			return v.p.Count("digest_ratings", f.Value.D)
		}
	}
	return ""
}

// change says how a figure differs from a week before: counts and times in
// percent, rates in points. Of too few it says nothing.
func (v digestView) change(f reports.Figure, up, down string) string {
	if f.Before == nil {
		return ""
	}
	return v.p.Change(f.Value, *f.Before, up, down)
}

func (v digestView) restated() []string {
	var lines []string
	for _, r := range v.Restated {
		id := "digest_restated_now"
		if r.Settled {
			id = "digest_restated_settled"
		}
		lines = append(lines, v.p.T(id, lang.Args{
			"Period": v.p.Period(r.Week.Range()), "Name": strings.ToLower(v.p.T("column_" + r.Name)),
			"Said": v.p.Value(r.Said), "Now": v.p.Value(r.Now),
		}))
	}
	return lines
}

// gaps are the rows that fit into a section: links go first, from the end, then
// rows, and what is left out is counted.
func (v digestView) gaps() string {
	title := "*" + v.p.T("digest_gaps") + "*"
	rows, links := make([]string, len(v.Gaps)), make([]string, len(v.Gaps))
	for i, g := range v.Gaps {
		rows[i] = "\n• " + escapeTo(v.p.Masked(g.Name), 300) + " — " +
			v.p.Count("digest_gap", int64(g.Conversations), lang.Args{"At": v.p.ShortDate(reports.DayOf(g.LastAsked, v.zone()))})
		if l := link(g.URL, v.p.T("digest_open_link")); l != "" {
			links[i] = " · " + l
		}
	}
	for n, linked := len(rows), len(rows); ; {
		more := ""
		if hidden := v.MoreGaps + len(rows) - n; hidden > 0 {
			more = "\n" + v.p.Count("digest_more_gaps", int64(hidden))
		}
		text := title
		for i := range n {
			text += rows[i]
			if i < linked {
				text += links[i]
			}
		}
		text += more
		switch {
		case utf8.RuneCountInString(text) <= maxSection || n == 0:
			return text
		case linked > 0:
			linked--
		default:
			n--
		}
	}
}

// remarks are what unhappy visitors wrote, each with its link as long as there is
// room for it.
func (v digestView) remarks() string {
	said := make([]string, len(v.Remarks))
	room := maxSection
	for i, r := range v.Remarks {
		said[i] = "\n>" + escapeTo(v.p.Masked(r.Text), 600) + "\n" + escapeTo(v.p.Name(r.Channel), 100) + ", " + v.p.ShortDate(reports.DayOf(r.At, v.zone()))
		room -= utf8.RuneCountInString(said[i])
	}
	title := "*" + v.p.T("digest_remarks") + "*"
	room -= utf8.RuneCountInString(title)
	for i, r := range v.Remarks {
		l := link(r.URL, v.p.T("digest_open_link"))
		if n := utf8.RuneCountInString(l) + 3; l != "" && n <= room {
			said[i] += " · " + l
			room -= n
		}
	}
	return title + strings.Join(said, "")
}

func (v digestView) context() string {
	line := v.p.T("digest_context", lang.Args{
		"Week": string(v.Week), "Period": v.p.Period(v.Week.Range()), "Zone": escape(v.Query.Rules.Zone.String()),
		"Definition": v.p.T("definition_" + v.Query.Definition.String()), "Channel": escape(v.p.Scope(v.Query)),
	})
	if v.First && !v.Silent {
		line += "\n" + v.p.T("digest_first")
	}
	return line
}

// text is the digest in sentences.
func (v digestView) text() string {
	lines := []string{v.title()}
	if v.Silent {
		lines = append(lines, strings.ReplaceAll(v.silent(), "*", ""))
	} else {
		for _, f := range v.Figures {
			args := lang.Args{"Name": v.p.T("column_" + f.Name), "Value": v.value(f), "Change": v.change(f, "say_up", "say_down")}
			id := "say_figure"
			if args["Change"] != "" {
				id = "say_figure_change"
			}
			lines = append(lines, v.p.T(id, args)+".")
		}
	}
	if v.Open > 0 {
		lines = append(lines, v.p.Count("digest_provisional", v.Open, lang.Args{"At": v.p.MomentNear(v.SettlesAt, v.Query.Now, v.zone())}))
	}
	lines = append(lines, v.restated()...)
	lines = append(lines, v.silences()...)
	if len(v.Gaps) > 0 {
		g := v.Gaps[0]
		lines = append(lines, v.p.T("say_gap", lang.Args{"Topic": reports.Shorten(g.Name, 200)})+" — "+
			v.p.Count("digest_gap", int64(g.Conversations), lang.Args{"At": v.p.ShortDate(reports.DayOf(g.LastAsked, v.zone()))})+".")
	}
	// The text is mrkdwn too, where it is shown at all.
	return escaper.Replace(strings.Join(lines, "\n"))
}
