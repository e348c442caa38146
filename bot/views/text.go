// Package views turns data into what Slack shows, and what Slack sends back
// into data. Its functions are pure.
package views

import (
	"net/url"
	"strings"

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

// mrkdwn is formatted text. Verbatim: what looks like an address or a channel in
// a visitor's words does not become a link.
func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, reports.Shorten(s, maxSection), false, true)
}

func plain(s string, most int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, reports.Shorten(reports.Clean(s), most), true, false)
}

func section(s string) slack.Block { return slack.NewSectionBlock(mrkdwn(s), nil, nil) }

func contextLine(s string) slack.Block { return slack.NewContextBlock("", mrkdwn(s)) }
