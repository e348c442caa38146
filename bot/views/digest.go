package views

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// Message is a Slack message: its blocks, and the text that a notification and
// a screen reader say instead of them.
type Message struct {
	Text   string
	Blocks []slack.Block
	// Unfurl has Slack show what its links lead to: files of ours.
	Unfurl bool
}

// DigestEvent is the type of the metadata by which a digest is found again.
const DigestEvent = "agent_report_digest"

// Image is a chart.
type Image struct {
	Name   string // of its report
	FileID string // where it is uploaded
	Title  string
	Alt    string
}

// block shows an image without a title: that is not in the picture either.
func (i *Image) block() *slack.ImageBlock {
	return slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: i.FileID}, reports.Shorten(i.Alt, maxAlt), "", nil)
}

// titled shows an image under its title.
func (i *Image) titled() slack.Block {
	b := i.block()
	b.Title = plain(i.Title, maxTitle)
	return b
}

// The ids of what can be pressed in a digest.
const (
	DigestTopic  = "digest_topic"  // the page of a topic
	DigestReport = "digest_report" // a report, beside the digest
)

// DigestInput is what the weekly message is made of.
type DigestInput struct {
	*reports.Digest
	Images []Image // none: without charts
	Note   string  // on charts that are not there
	// Interactive says that people can press something.
	Interactive bool
}

// Digest is the weekly message.
func Digest(in DigestInput, p *lang.Printer) Message {
	d, images := in.Digest, in.Images
	v := digestView{d, p}
	blocks := []slack.Block{slack.NewHeaderBlock(plain(v.title(), maxHeader))}
	if d.Silent {
		blocks = append(blocks, section(v.silent()))
	} else {
		blocks = append(blocks, section(escaper.Replace(v.headline())))
	}
	for _, line := range v.silences() {
		blocks = append(blocks, contextLine("⚠ "+escape(line)))
	}
	if !d.Silent {
		blocks = append(blocks, v.figures())
	}
	if note := v.settling(); note != "" {
		blocks = append(blocks, contextLine(escape(note)))
	}
	if len(d.Gaps) > 0 {
		blocks = append(blocks, v.gaps(in.Interactive)...)
	}
	if len(d.Effects) > 0 || d.Answers.N > 1 {
		blocks = append(blocks, section(v.effects()))
	}
	for i := range images {
		blocks = append(blocks, images[i].titled())
	}
	if in.Note != "" {
		blocks = append(blocks, Remark(in.Note))
	}
	blocks = append(blocks, contextLine(v.context()))
	if in.Interactive && !d.Silent {
		blocks = append(blocks, v.actions())
	}
	return Message{Text: v.text(), Blocks: blocks}
}

// headline is the week in a sentence, and what in it its own weeks do not explain, a line
// each.
func (v digestView) headline() string {
	lines := []string{v.p.ImpactSentence(&v.Impact)}
	for i := range v.Shifts {
		lines = append(lines, reports.Clean(v.p.Shift(&v.Shifts[i])))
	}
	return strings.Join(lines, "\n")
}

// effects say what came of answers.
func (v digestView) effects() string {
	var lines []string
	for _, a := range v.Effects {
		weeks := int64(a.WholeWeeks(v.Week.End(v.zone())))
		lines = append(lines, "✓ "+v.p.Count("digest_effect", weeks, lang.Args{
			"Topic": "*" + escapeTo(a.Name, 200) + "*", "Before": v.p.Decimal(a.Before), "Since": v.p.Decimal(a.Since),
		}))
	}
	if all := v.Answers; all.N > 1 {
		lines = append(lines, "✓ "+v.p.Count("digest_answers", int64(all.N), lang.Args{"Before": v.p.Decimal(all.Before), "Since": v.p.Decimal(all.Since)}))
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
	return slack.NewSectionBlock(nil, impactFields(&v.Impact, v.p), nil)
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

func (v digestView) zone() *time.Location { return v.Query.Rules.Zone }

// settling says how much is still open, and what became of what was said last time.
func (v digestView) settling() string {
	var notes []string
	if v.Open > 0 {
		notes = append(notes, v.p.Count("digest_provisional", v.Open, lang.Args{"At": v.p.MomentNear(v.SettlesAt, v.Query.Now, v.zone())}))
	}
	if hours := v.SavedHours(); hours >= 1 {
		notes = append(notes, v.p.Count("digest_saved", int64(math.Round(hours)), lang.Args{"Minutes": v.p.Decimal(v.Minutes)}))
	}
	if restated := v.p.ImpactRestated(&v.Impact); restated != "" {
		notes = append(notes, restated)
	}
	return strings.Join(notes, " ")
}

// gaps are a row each: what the agent could not answer, how that stands to the weeks
// before, and a button that opens it. What is not among them is counted.
func (v digestView) gaps(interactive bool) []slack.Block {
	title := "*" + v.p.T("digest_gaps") + "*"
	all := len(v.Gaps) + v.MoreGaps
	if v.MoreGaps > 0 {
		title += "  " + v.p.Count("digest_more_gaps", int64(v.MoreGaps))
	}
	head := slack.NewSectionBlock(mrkdwn(title), nil, nil)
	if interactive {
		head.Accessory = slack.NewAccessory(slack.NewButtonBlockElement(GapsShow, "open", plain(v.p.T("digest_all_gaps", lang.Args{"N": v.p.Number(int64(all))}), 75)))
	}
	blocks := []slack.Block{slack.NewDividerBlock(), head}
	for i := range v.Gaps {
		g := &v.Gaps[i]
		if g.Inferred && (i == 0 || !v.Gaps[i-1].Inferred) {
			blocks = append(blocks, contextLine("*"+v.p.T("digest_inferred")+"*"))
		}
		row := slack.NewSectionBlock(mrkdwn(v.gap(g)), nil, nil)
		if interactive {
			label := "digest_answer"
			if g.Answered {
				label = "digest_edit_answer"
			}
			button := slack.NewButtonBlockElement(DigestTopic, strconv.Itoa(g.Topic), plain(v.p.T(label), 75))
			if i == 0 && !g.Answered {
				button.Style = slack.StylePrimary
			}
			row.Accessory = slack.NewAccessory(button)
		}
		blocks = append(blocks, row)
	}
	return blocks
}

// gap is one row, the numbers right after the name.
func (v digestView) gap(g *reports.Gap) string {
	row := "*" + escapeTo(v.p.Masked(g.Name), 300) + "*\n"
	switch g.Trend {
	case reports.GapNew:
		row += v.p.T("gap_new") + " · "
	case reports.GapGrows:
		row += "▲ "
	}
	row += v.p.Count("gaps_conversations", int64(g.Conversations))
	switch {
	case g.Trend == reports.GapGrows:
		row += " " + v.p.T("gap_usual", lang.Args{"N": v.p.Decimal(g.Usual)})
	case g.Trend == reports.GapBack && g.Answered:
		row += " · " + v.p.T("gap_back_answered", lang.Args{"At": v.p.ShortDate(reports.DayOf(g.SettledAt, v.zone()))})
	case g.Trend == reports.GapBack:
		row += " · " + v.p.T("gap_back_dismissed", lang.Args{"At": v.p.ShortDate(reports.DayOf(g.SettledAt, v.zone()))})
	}
	if g.HandedOff > 0 {
		row += " · " + v.p.Count("gap_handed_off", int64(g.HandedOff))
	}
	return row
}

// actions are what else can be done from the message.
func (v digestView) actions() slack.Block {
	asked := func(report string, r reports.Range) string {
		words := []string{report, string(r.From) + ".." + string(r.To.Add(-1)), "definition:" + v.Query.Definition.String()}
		if c := v.Query.Channel; c != "" && !strings.ContainsAny(c, " \"") {
			words = append(words, "channel:"+c)
		}
		return strings.Join(words, " ")
	}
	return slack.NewActionBlock("digest_actions",
		slack.NewButtonBlockElement(DigestReport, asked("rates", reports.DigestRange(v.Week)), plain(v.p.T("digest_charts"), 75)),
		slack.NewButtonBlockElement(ListingShow, asked("handled", v.Week.Range()), plain(v.p.T("digest_details"), 75)),
		slack.NewButtonBlockElement(SchedulesShow, "open", plain(v.p.T("digest_schedule"), 75)),
	)
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

// text is the digest in sentences: the notification, and what a screen reader says.
func (v digestView) text() string {
	lines := []string{v.title()}
	if v.Silent {
		lines[0] += ": " + strings.ReplaceAll(v.silent(), "*", "")
	} else {
		lines[0] += ": " + v.headline()
	}
	lines = append(lines, v.silences()...)
	if !v.Silent {
		for _, w := range v.p.Impact(&v.Impact, "say_up", "say_down") {
			args := lang.Args{"Name": v.p.T("column_" + w.Figure), "Value": w.Value, "Change": w.Change}
			id := "say_figure"
			if w.Change != "" {
				id = "say_figure_change"
			}
			lines = append(lines, v.p.T(id, args)+".")
		}
	}
	if note := v.settling(); note != "" {
		lines = append(lines, note)
	}
	if len(v.Gaps) > 0 {
		g := v.Gaps[0]
		lines = append(lines, v.p.T("say_gap", lang.Args{"Topic": reports.Shorten(g.Name, 200)})+" — "+
			v.p.Count("digest_gap", int64(g.Conversations), lang.Args{"At": v.p.ShortDate(reports.DayOf(g.LastAsked, v.zone()))})+".")
	}
	// The text is mrkdwn too, where it is shown at all.
	return escaper.Replace(strings.Join(lines, "\n"))
}
