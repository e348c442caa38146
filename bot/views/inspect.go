package views

import (
	"cmp"
	"regexp"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// ReportPage turns a page of a list in a message; its value is what was asked.
const ReportPage = "report_page"

// CommentsInput is what visitors wrote with their rating.
type CommentsInput struct {
	Notes         []reports.Note // the page
	Page, Total   int
	Before, After string // what to ask for the page before and after; empty where there is none
	Zone          *time.Location
}

// Comments are the blocks that follow the report on feedback.
func Comments(in CommentsInput, p *lang.Printer) []slack.Block {
	blocks := []slack.Block{slack.NewDividerBlock()}
	if len(in.Notes) == 0 {
		return append(blocks, section(p.T("comments_none")))
	}
	blocks = append(blocks, contextLine(pageOf(in.Page, len(in.Notes), in.Total, p)))
	for _, n := range in.Notes {
		line := "\n*" + p.T("column_"+string(n.Rating)) + "* · " + escape(p.Name(n.Channel)) + " · " + p.Moment(n.At, in.Zone)
		if l := link(n.URL, p.T("digest_open_link")); l != "" {
			line += " · " + l
		}
		blocks = append(blocks, section(">"+before(p.Masked(reports.Mask(reports.Clean(n.Text))), 600, line)))
	}
	if pager := pagerTo(ReportPage, in.Before, in.After, p); pager != nil {
		blocks = append(blocks, pager)
	}
	return blocks
}

// pageOf says which rows of how many a page shows.
func pageOf(page, rows, total int, p *lang.Printer) string {
	first := page*PageSize + 1
	return p.T("page_of", lang.Args{"First": p.Number(int64(first)), "Last": p.Number(int64(first + rows - 1)), "Total": p.Number(int64(total))})
}

// How much of what is known a message shows: of each conversation the last
// sessions, and of each session the first events.
const (
	maxExplained         = 3 // conversations of one id, each of another source
	maxExplainedSessions = 3
	maxExplainedEvents   = 20
)

// Explain is what is known of conversations, their sessions, and how the outcome
// of each came about.
func Explain(found []reports.Explained, rules reports.Rules, now time.Time, zone *time.Location, p *lang.Printer) Message {
	var blocks []slack.Block
	var text []string
	for i := range found {
		if i == maxExplained {
			blocks = append(blocks, contextLine(p.Count("explain_more_sources", int64(len(found)-i))))
			break
		}
		x := &found[i]
		c := &x.Conversation
		title := p.T("explain_title", lang.Args{"ID": c.ID, "Source": c.Source})
		text = append(text, title)
		blocks = append(blocks, slack.NewHeaderBlock(plain(title, maxHeader)))
		switch {
		case c.Test:
			blocks = append(blocks, section(p.T("explain_test")))
		case len(c.Sessions) == 0:
			blocks = append(blocks, section(p.T("explain_inferred")))
		}
		earlier := max(0, len(c.Sessions)-maxExplainedSessions)
		if earlier > 0 {
			blocks = append(blocks, contextLine(p.Count("explain_earlier", int64(earlier), lang.Args{"ID": escape(c.ID)})))
		}
		for j := range c.Sessions[earlier:] {
			blocks = append(blocks, explainSession(x, &c.Sessions[earlier+j], rules, now, zone, p)...)
		}
		if x.Erased {
			blocks = append(blocks, contextLine(p.T("explain_erased")))
		}
	}
	return Message{Text: escapeLines(text), Blocks: blocks}
}

func explainSession(x *reports.Explained, s *reports.Session, rules reports.Rules, now time.Time, zone *time.Location, p *lang.Printer) []slack.Block {
	c := &x.Conversation
	facts := explainFacts(s, zone, p)
	if len(c.Sessions) > 1 {
		facts = "*" + escape(reports.Shorten(p.T("session_title", lang.Args{"ID": c.SessionID(s), "Began": p.T("began_" + string(s.Began))}), 300)) + "*\n" + facts
	}
	blocks := []slack.Block{section(facts)}
	if !c.Test {
		blocks = append(blocks, section(explainOutcomes(s, rules, now, zone, p)))
	}
	if l := link(s.URL, p.T("gaps_ticket")); l != "" {
		blocks = append(blocks, section(l))
	}
	events := x.InSession(s)
	var lines []string
	for _, e := range events[:min(len(events), maxExplainedEvents)] {
		what := cmp.Or(e.Text+e.Question+e.Comment, e.Reason, string(e.Satisfaction()))
		who := string(e.Actor)
		if who != "" {
			who = " (" + p.T("actor_"+who) + ")"
		}
		kind := "event_" + string(e.Type)
		if e.IsInferred() {
			kind = "event_inferred"
		}
		lines = append(lines, p.Moment(e.At, zone)+" · "+p.T(kind)+who+" "+escapeTo(p.Masked(reports.Mask(reports.Clean(what))), 120))
	}
	blocks = append(blocks, section(strings.Join(lines, "\n")))
	if more := len(events) - maxExplainedEvents; more > 0 {
		blocks = append(blocks, contextLine(p.Count("explain_more", int64(more), lang.Args{"ID": escape(c.ID)})))
	}
	return blocks
}

func explainFacts(s *reports.Session, zone *time.Location, p *lang.Printer) string {
	var facts []string
	add := func(id, value string) {
		if value != "" {
			facts = append(facts, "*"+p.T("fact_"+id)+"* "+escape(value))
		}
	}
	at := func(id string, t time.Time) {
		if !t.IsZero() {
			add(id, p.Moment(t, zone))
		}
	}
	add("channel", p.Name(s.Channel))
	at("started", s.StartedAt)
	at("agent", s.AgentAt)
	at("human", s.HumanAt)
	at("handoff", s.HandoffAt)
	at("last", s.LastActivityAt)
	at("resolved", s.ResolvedAt)
	at("closed", s.ClosedAt)
	if s.Rating != "" {
		add("rating", p.T("column_"+string(s.Rating)))
	}
	if s.Handled() {
		add("answered", p.T(map[bool]string{true: "fact_answered_yes", false: "fact_answered_no"}[s.Answered]))
	}
	if s.Reopens > 0 {
		add("reopens", p.Number(int64(s.Reopens)))
	}
	at("returned", s.ReturnedAt)
	return strings.Join(facts, "\n")
}

func explainOutcomes(s *reports.Session, rules reports.Rules, now time.Time, zone *time.Location, p *lang.Printer) string {
	switch {
	case s.Unengaged:
		return p.T("explain_unengaged")
	case !s.Handled():
		return p.T("explain_unhandled")
	}
	var lines []string
	for _, d := range reports.Definitions {
		v := s.Verdict(d, rules.Window)
		line := "*" + p.T("definition_"+d.String()) + "*: " + p.T("outcome_"+string(v.At(now)))
		if now.Before(v.SettlesAt) {
			line += ", " + p.T("explain_until", lang.Args{"At": p.Moment(v.SettlesAt, zone), "Outcome": p.T("outcome_" + string(v.Outcome))})
		}
		lines = append(lines, line+" — "+p.T("verdict_"+v.Row))
	}
	return strings.Join(lines, "\n")
}

// The ids of the audit trail.
const (
	AuditView = "audit"
	AuditPage = "audit_page"
)

// AuditState is where a person is in the audit trail.
type AuditState struct {
	Topic int `json:"topic,omitempty"` // of which topic; 0 for everything
	Page  int `json:"page,omitempty"`
}

// AuditIn reads the state of the audit trail.
func AuditIn(v slack.View) AuditState {
	s := decode[AuditState](v)
	if s.Page < 0 {
		return AuditState{}
	}
	return s
}

// AuditInput is a page of the audit trail.
type AuditInput struct {
	State   AuditState
	Changes []reports.Change
	More    bool
	Zone    *time.Location
}

// Audit is who changed what, and when.
func Audit(in AuditInput, p *lang.Printer) slack.ModalViewRequest {
	var blocks []slack.Block
	if len(in.Changes) == 0 {
		blocks = append(blocks, section(p.T("audit_none")))
	}
	for _, c := range in.Changes {
		blocks = append(blocks, section(changeLine(&c, in.Zone, p)))
	}
	if pager := pagerTo(AuditPage, pageBefore(in.State.Page), pageAfter(in.State.Page, in.More), p); pager != nil {
		blocks = append(blocks, pager)
	}
	return modal(AuditView, p.T("audit_title"), in.State, blocks, p)
}

// slackID is the id of a channel or a person.
var slackID = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,20}$`)

// changeLine is a change in a few words, with what was before and is now.
func changeLine(c *reports.Change, zone *time.Location, p *lang.Printer) string {
	line := p.Moment(c.At, zone) + " · " + byWhom(c.By, p) + " · " + p.T("change_"+strings.ReplaceAll(string(c.What), ".", "_"))
	if c.Questions > 0 {
		line += " (" + p.Count("topic_questions", int64(c.Questions)) + ")"
	}
	short := func(s string) string { return escapeTo(strings.ReplaceAll(s, "\n", " / "), 900) }
	if strings.HasPrefix(string(c.What), "schedule.") {
		c.Name = "" // an id
		whole := short
		short = func(s string) string {
			channel, rest, _ := strings.Cut(s, " ")
			if !slackID.MatchString(channel) {
				return whole(s)
			}
			return "<#" + channel + "> " + whole(rest)
		}
	}
	if c.Name != "" {
		line += ": *" + escapeTo(c.Name, 300) + "*"
	}
	switch {
	case c.Before != "" && c.After != "":
		line += "\n" + short(c.Before) + " → " + short(c.After)
	case c.Before != "":
		line += "\n~" + short(c.Before) + "~"
	case c.After != "" && c.After != c.Name:
		line += "\n" + short(c.After)
	}
	return line
}
