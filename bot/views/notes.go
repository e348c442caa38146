package views

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// NoteRemove takes a note off the time line; its value is the note's id.
const NoteRemove = "note_remove"

// maxNotes is how many notes a message lists, the latest.
const maxNotes = 40

// Notes lists what is noted on the time line, the latest first.
func Notes(list []reports.Annotation, done string, editor bool, zone *time.Location, p *lang.Printer) Message {
	blocks := []slack.Block{slack.NewHeaderBlock(plain(p.T("notes_title"), maxHeader))}
	text := []string{p.T("notes_title")}
	if done != "" {
		blocks = append(blocks, section("✓ "+escape(done)))
		text = append(text, done)
	}
	if len(list) == 0 {
		blocks = append(blocks, section(p.T("notes_none")))
	}
	shown := list[max(0, len(list)-maxNotes):]
	for i := len(shown) - 1; i >= 0; i-- {
		a := shown[i]
		line := p.Date(reports.DayOf(a.At, zone)) + ": " + a.Text
		text = append(text, line)
		block := slack.NewSectionBlock(mrkdwn("*"+p.Date(reports.DayOf(a.At, zone))+"* "+escape(a.Text)+"\n"+byWhom(a.By, p)), nil, nil)
		if editor {
			remove := slack.NewButtonBlockElement(NoteRemove, a.ID, plain(p.T("note_remove"), 75))
			remove.Confirm = slack.NewConfirmationBlockObject(plain(p.T("note_remove_title"), 90), plain(p.T("note_remove_sure"), 280), plain(p.T("note_remove"), 28), plain(p.T("close"), 28))
			block.Accessory = slack.NewAccessory(remove)
		}
		blocks = append(blocks, block)
	}
	if hidden := len(list) - len(shown); hidden > 0 {
		blocks = append(blocks, contextLine(p.Count("notes_more", int64(hidden))))
	}
	blocks = append(blocks, contextLine(p.T("notes_hint")))
	return Message{Text: escapeLines(text), Blocks: blocks}
}

// byWhom mentions a Slack user, or says what else it was.
func byWhom(by string, p *lang.Printer) string {
	switch {
	case by == reports.CommandLine:
		return p.T("by_command_line")
	case by == reports.Environment:
		return p.T("by_environment")
	case strings.HasPrefix(by, "U") || strings.HasPrefix(by, "W"):
		return Mention(by)
	}
	return escape(by)
}
