// Package views turns data into what Slack shows, and what Slack sends back
// into data. Its functions are pure.
package views

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"agentreport/reports"
)

// Limits of Slack's blocks, in characters, with room to spare for what counts
// differently there.
const (
	maxHeader  = 140
	maxSection = 2900
	maxField   = 1900
	maxAlt     = 1900
	maxTitle   = 190
	maxURL     = 2900
)

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape makes a text from outside harmless in mrkdwn: no mention, no link and
// no channel-wide notification comes of it, and no formatting is lost or made.
func escape(s string) string { return escaper.Replace(reports.Clean(s)) }

// Escape makes a sentence with words from outside harmless as the text of a
// message.
func Escape(s string) string { return escape(s) }

// link is a link with a label of ours, or nothing where the address is not one
// of the web.
func link(address, label string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(address) > maxURL {
		return ""
	}
	safe := strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", "&", "&amp;").Replace(u.String())
	return "<" + safe + "|" + label + ">"
}

// escapeTo is escape of a text that is shortened until what comes of it, escapes
// and all, has at most so many characters.
func escapeTo(s string, most int) string {
	s = reports.Clean(s)
	for n := most; n > 0; n -= max(1, n/8) {
		if safe := escaper.Replace(reports.Shorten(s, n)); utf8.RuneCountInString(safe) <= most {
			return safe
		}
	}
	return ""
}

// before is a text from outside and what stands behind it, of which nothing is
// lost: the text is shortened so that both fit into a section.
func before(text string, most int, rest string) string {
	return escapeTo(text, min(most, maxSection-utf8.RuneCountInString(rest))) + rest
}

// mrkdwn is formatted text. Verbatim: what looks like an address or a channel in
// a visitor's words does not become a link. What is too long all the same ends
// before the link, mention or escape that does not fit whole.
func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, shortenMarkup(s, maxSection), false, true)
}

// markup is what must not be cut in two.
var markup = regexp.MustCompile(`<[^<>]*>|&(?:amp|lt|gt);`)

func shortenMarkup(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	end := len(string([]rune(s)[:most-1]))
	for _, m := range markup.FindAllStringIndex(s, -1) {
		if m[0] < end && end < m[1] {
			end = m[0]
		}
	}
	return strings.TrimRight(s[:end], " \t\n·") + "…"
}

func plain(s string, most int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, reports.Shorten(reports.Clean(s), most), true, false)
}

func section(s string) slack.Block { return slack.NewSectionBlock(mrkdwn(s), nil, nil) }

// Mention names a channel in a message, or the person to whom a digest goes directly.
func Mention(id string) string {
	if strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W") {
		return "<@" + escape(id) + ">"
	}
	return "<#" + escape(id) + ">"
}

// Remark is a line in small print under a message.
func Remark(sentence string) slack.Block { return contextLine(escape(sentence)) }

func contextLine(s string) slack.Block { return slack.NewContextBlock("", mrkdwn(s)) }
