package views

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// ThreadInput is what the thread of the weekly message is made of.
type ThreadInput struct {
	*reports.Digest
	Images []Image // of its charts; what a missing one shows is said in words
	Links  []Link  // to pictures that Slack does not show
	Note   string  // on charts that are not there
}

// Link is a name that leads somewhere.
type Link struct{ Title, URL string }

// Thread is what is told under the weekly message; without text where that is nothing.
func Thread(in ThreadInput, p *lang.Printer) Message {
	v := digestView{in.Digest, p}
	var blocks []slack.Block
	var lines []string
	say := func(text string) {
		blocks = append(blocks, section(text))
		lines = append(lines, text)
	}
	for i := range in.ThreadCharts {
		t := &in.ThreadCharts[i]
		at := slices.IndexFunc(in.Images, func(img Image) bool { return img.Name == t.Report.Name })
		if at < 0 {
			say("*" + escape(p.Title(t.Report)) + "*\n" + escapeTo(p.Alt(t), maxSection/2))
			continue
		}
		blocks = append(blocks, in.Images[at].titled())
		lines = append(lines, escape(in.Images[at].Alt))
	}
	if len(in.Remarks) > 0 {
		say(v.remarks())
	}
	var links []string
	for _, l := range in.Links {
		links = append(links, link(l.URL, l.Title))
	}
	if len(links) > 0 {
		say(strings.Join(links, "\n"))
	}
	if in.Note != "" && len(blocks) > 0 {
		blocks = append(blocks, Remark(in.Note))
	}
	return Message{Text: strings.Join(lines, "\n"), Blocks: blocks, Unfurl: len(links) > 0}
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
