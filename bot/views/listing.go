package views

import (
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// The ids of the list of conversations behind a report.
const (
	ListingView = "listing"
	ListingShow = "listing_show"
	ListingPage = "listing_page"
)

// ListingState is where a person is in the list.
type ListingState struct {
	Asked string `json:"asked"` // the report, as a person would type it
	Page  int    `json:"page,omitempty"`
}

// ListingIn reads the state of the list.
func ListingIn(v slack.View) ListingState {
	s := decode[ListingState](v)
	s.Page = max(0, s.Page)
	return s
}

// ListingInput is a page of the conversations that are behind a report.
type ListingInput struct {
	State      ListingState
	Title      string // of the report, with its span
	Listed     []reports.Listed
	More       bool
	Definition reports.Definition
	Zone       *time.Location
}

// Listing shows what became of each conversation that a report counts, and why.
func Listing(in ListingInput, p *lang.Printer) slack.ModalViewRequest {
	blocks := []slack.Block{contextLine(escape(in.Title))}
	if len(in.Listed) == 0 {
		blocks = append(blocks, section(p.T("listing_none")))
	}
	for i := range in.Listed {
		blocks = append(blocks, section(listedLines(&in.Listed[i], in.Definition, in.Zone, p)))
	}
	if pager := pagerTo(ListingPage, pageBefore(in.State.Page), pageAfter(in.State.Page, in.More), p); pager != nil {
		blocks = append(blocks, pager)
	}
	return modal(ListingView, p.T("listing_title"), in.State, blocks, p)
}

func listedLines(l *reports.Listed, d reports.Definition, zone *time.Location, p *lang.Printer) string {
	line := "*" + escape(reports.Shorten(reports.Clean(l.ID), 80)) + "* · " + escape(p.Name(l.Channel)) + " · " + p.Moment(l.StartedAt, zone)
	if a := link(l.URL, p.T("gaps_ticket")); a != "" {
		line += " · " + a
	}
	outcome, because := p.Outcome(l, d)
	line += "\n" + outcome + " — " + because
	if l.HandedOff() {
		line += " (" + escape(p.Name(l.Reason)) + ")"
	}
	if l.Rating != "" {
		line += " · " + p.T("fact_rating") + ": " + p.T("column_"+string(l.Rating))
	}
	return line
}
