package views

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// The ids of the table of gaps. A view's callback id says which view it is.
const (
	GapsView    = "gaps"
	GapsStatus  = "gaps_status"
	GapsOrder   = "gaps_order"
	GapsChannel = "gaps_channel"
	GapsOpen    = "gaps_open"
	GapsPage    = "gaps_page"
	// GapsShow opens the table from a message.
	GapsShow = "gaps_show"
)

// AnyChannel stands for every channel in the menu.
const AnyChannel = "*"

// PageSize is how many rows a page of a modal has.
const PageSize = 10

// GapsState is what a person has chosen in the table. It travels with the view,
// through the person's client, so nothing of it is trusted.
type GapsState struct {
	Status  topics.Status `json:"status,omitempty"`
	Channel string        `json:"channel,omitempty"`
	Search  string        `json:"search,omitempty"`
	ByDate  bool          `json:"by_date,omitempty"`
	Page    int           `json:"page,omitempty"` // from 0
}

// Filter is what the store is asked for.
func (s GapsState) Filter() topics.Filter {
	f := topics.Filter{Status: s.Status, Channel: s.Channel, Search: s.Search, Offset: s.Page * PageSize, Limit: PageSize}
	if s.ByDate {
		f.Order = topics.ByDate
	}
	return f
}

// GapsIn reads the state of a table; one that is damaged is that of a new
// table.
func GapsIn(v slack.View) GapsState {
	s := decode[GapsState](v)
	if s.Page < 0 {
		return GapsState{}
	}
	return s
}

// GapsChosen reads one choice that a person made in the table: the table's state with it.
func GapsChosen(i slack.InteractionCallback, value string) GapsState {
	s := GapsIn(i.View)
	id := BaseAction(i.ActionCallback.BlockActions[0].ActionID)
	if id != GapsPage {
		s.Page = 0
	}
	switch id {
	case GapsStatus:
		s.Status = topics.Status(value)
		if !slices.Contains(topics.Statuses, s.Status) {
			s.Status = ""
		}
	case GapsOrder:
		s.ByDate = value == "date"
	case GapsChannel:
		s.Channel = value
		if value == AnyChannel {
			s.Channel = ""
		}
	case GapsPage:
		s.Page = Number(value)
	}
	return s
}

// GapsInput is what the table is made of.
type GapsInput struct {
	State    GapsState
	Topics   []topics.Summary // the page
	Total    int
	Channels []string // that can be chosen
	Zone     *time.Location
}

// Gaps is the table of what the agent could not answer.
func Gaps(in GapsInput, p *lang.Printer) slack.ModalViewRequest {
	status := in.State.Status
	if status == "" {
		status = topics.StatusOpen
	}
	blocks := []slack.Block{gapsControls(in, status, p)}
	if len(in.Topics) == 0 {
		id := "gaps_none_" + string(status)
		if in.State.Channel != "" || in.State.Search != "" || in.State.Page > 0 {
			id = "gaps_none_found"
		}
		blocks = append(blocks, section(p.T(id)))
	} else {
		blocks = append(blocks, contextLine(pageOf(in.State.Page, len(in.Topics), in.Total, p)))
	}
	for _, t := range in.Topics {
		open := slack.NewButtonBlockElement(GapsOpen, strconv.Itoa(t.Topic), plain(p.T("gaps_open"), 75))
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(gapsRow(&t, in.Zone, p)), nil, slack.NewAccessory(open)))
	}
	if pager := pager(GapsPage, in.State.Page, in.Total, p); pager != nil {
		blocks = append(blocks, pager)
	}
	return modal(GapsView, p.T("gaps_title"), in.State, blocks, p)
}

// gapsRow is a topic in the table: its name, how many conversations, the last.
func gapsRow(t *topics.Summary, zone *time.Location, p *lang.Printer) string {
	row := "*\n" + p.Count("gaps_conversations", int64(t.Conversations)) + " · " +
		p.T("gaps_last", lang.Args{"At": p.Date(reports.DayOf(t.Last, zone))})
	if link := link(t.URL, p.T("gaps_ticket")); link != "" {
		row += " · " + link
	}
	if t.Returned {
		row += " · ↩ " + p.T("gaps_returned")
	}
	if t.Status == topics.StatusSnoozed {
		row += " · " + p.T("gaps_until", lang.Args{"At": p.Date(reports.DayOf(t.Until, zone))})
	}
	return "*" + before(p.Masked(t.Name), 400, row)
}

func gapsControls(in GapsInput, status topics.Status, p *lang.Printer) slack.Block {
	var statuses []*slack.OptionBlockObject
	for _, s := range topics.Statuses {
		statuses = append(statuses, option(string(s), p.T("gaps_status_"+string(s))))
	}
	orders := []*slack.OptionBlockObject{option("conversations", p.T("gaps_by_conversations")), option("date", p.T("gaps_by_date"))}
	order := orders[0]
	if in.State.ByDate {
		order = orders[1]
	}
	elements := []slack.BlockElement{
		chosen(GapsStatus, p.T("gaps_status"), statuses, string(status)),
		slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.T("gaps_order"), 75), GapsOrder, orders...).WithInitialOption(order),
	}
	channels := []*slack.OptionBlockObject{option(AnyChannel, p.T("gaps_any_channel"))}
	for _, c := range in.Channels {
		if c != "" {
			channels = append(channels, option(c, p.Name(c)))
		}
	}
	switch {
	case len(channels) > maxOptions:
		menu := searchMenu(GapsChannel, p)
		for _, o := range channels {
			if o.Value == or(in.State.Channel, AnyChannel) {
				menu.InitialOption = o
			}
		}
		elements = append(elements, menu)
	case len(channels) > 2:
		elements = append(elements, chosen(GapsChannel, p.T("gaps_channel"), channels, or(in.State.Channel, AnyChannel)))
	}
	return slack.NewActionBlock("gaps_controls", append(elements, searchButtons(in.State.Search, p)...)...)
}

// maxOptions is how many options a menu takes.
const maxOptions = 100

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func option(value, label string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(value, plain(or(reports.Clean(label), value), 70), nil)
}

// chosen is a menu with the option of a value as it stands.
func chosen(id, label string, options []*slack.OptionBlockObject, value string) *slack.SelectBlockElement {
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(label, 75), id, options...)
	for _, o := range options {
		if o.Value == value {
			menu = menu.WithInitialOption(o)
		}
	}
	return menu
}

// pager is the buttons to the page before and the page after, or nil where
// there is one page only. A button's value is the page.
func pager(id string, page, total int, p *lang.Printer) slack.Block {
	return pagerTo(id, pageBefore(page), pageAfter(page, (page+1)*PageSize < total), p)
}

// pageBefore and pageAfter are the values of a pager's buttons, empty where there
// is no such page.
func pageBefore(page int) string {
	if page == 0 {
		return ""
	}
	return strconv.Itoa(page - 1)
}

func pageAfter(page int, more bool) string {
	if !more {
		return ""
	}
	return strconv.Itoa(page + 1)
}

// pagerTo is a pager whose buttons have values of their own; one that is empty
// is left out.
func pagerTo(id, before, after string, p *lang.Printer) slack.Block {
	var buttons []slack.BlockElement
	if before != "" {
		buttons = append(buttons, slack.NewButtonBlockElement(id, before, plain("‹ "+p.T("page_before"), 75)))
	}
	if after != "" {
		buttons = append(buttons, slack.NewButtonBlockElement(id+nextSuffix, after, plain(p.T("page_after")+" ›", 75)))
	}
	if len(buttons) == 0 {
		return nil
	}
	return slack.NewActionBlock(id, buttons...)
}

// nextSuffix tells the two buttons of a pager apart: ids are unique in a block.
const nextSuffix = "_next"

// BaseAction is the id of an action without what tells the buttons of a pager
// apart.
func BaseAction(id string) string { return strings.TrimSuffix(id, nextSuffix) }

// modal is a view with a state.
func modal(callback, title string, state any, blocks []slack.Block, p *lang.Printer) slack.ModalViewRequest {
	metadata, err := json.Marshal(state)
	if err != nil {
		panic(err) // a state of ours
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callback, PrivateMetadata: string(metadata),
		Title: plain(title, 24), Close: plain(p.T("close"), 24), Blocks: slack.Blocks{BlockSet: blocks},
	}
}

// decode reads the state of a view, which comes through a person's client; one
// that is damaged is that of a new view.
func decode[T any](v slack.View) T {
	var s, none T
	if json.Unmarshal([]byte(v.PrivateMetadata), &s) != nil {
		return none
	}
	return s
}

// Loading is what a modal shows until it is filled. Nobody knows yet who looks,
// so it has no words but the name.
func Loading() slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "loading", Title: plain(appName, 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{section("⏳ …")}},
	}
}

// appName stands over a view that is not known yet.
const appName = "Agent Report"

// Refused is a modal that says why there is nothing to see, or what went wrong.
func Refused(sentence string, p *lang.Printer) slack.ModalViewRequest {
	return modal("refused", appName, nil, []slack.Block{section(escape(sentence))}, p)
}
