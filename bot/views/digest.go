package views

import (
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
		if note := p.Settling(&d.Impact, v.zone()); note != "" {
			blocks = append(blocks, contextLine(escape(note)))
		}
	} else {
		blocks = append(blocks, weekBlocks(&d.Impact, v.zone(), p)...)
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
	if len(v.Impact.Silences) == 0 {
		return v.p.T("digest_silent_never")
	}
	since := v.Impact.Silences[0].Since
	for _, s := range v.Impact.Silences {
		if s.Since.After(since) {
			since = s.Since
		}
	}
	return v.p.T("digest_silent", lang.Args{"Since": v.p.MomentNear(since, v.Query.Now, v.zone())})
}

func (v digestView) zone() *time.Location { return v.Query.Rules.Zone }

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
	lines := []string{strings.ReplaceAll(v.silent(), "*", "")}
	if v.Silent {
		if note := v.p.Settling(&v.Impact, v.zone()); note != "" {
			lines = append(lines, note)
		}
	} else {
		lines = weekText(&v.Impact, v.zone(), v.p)
	}
	lines[0] = v.title() + ": " + lines[0]
	if len(v.Gaps) > 0 {
		g := v.Gaps[0]
		lines = append(lines, v.p.T("say_gap", lang.Args{"Topic": reports.Shorten(g.Name, 200)})+" — "+
			v.p.Count("digest_gap", int64(g.Conversations), lang.Args{"At": v.p.ShortDate(reports.DayOf(g.LastAsked, v.zone()))})+".")
	}
	// The text is mrkdwn too, where it is shown at all.
	return escaper.Replace(strings.Join(lines, "\n"))
}
