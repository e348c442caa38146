package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// The ids of the list of schedules and of the form for one.
const (
	SchedulesView = "schedules"
	SchedulesShow = "schedules_show"
	SchedulesNew  = "schedules_new"
	SchedulesMore = "schedules_more"
	SchedulesPage = "schedules_page"

	// ScheduleConfirm asks whether a person is sure.
	ScheduleConfirm = "schedule_confirm"

	ScheduleForm       = "schedule"
	ScheduleChannel    = "schedule_channel"
	ScheduleDay        = "schedule_day"
	ScheduleTime       = "schedule_time"
	ScheduleZone       = "schedule_zone"
	ScheduleLanguage   = "schedule_language"
	ScheduleFilter     = "schedule_filter"
	ScheduleDefinition = "schedule_definition"
	ScheduleSections   = "schedule_sections"
	ScheduleAlert      = "schedule_alert"

	// What the menu of a schedule offers; the id of the schedule follows a colon.
	ScheduleEdit    = "edit"
	SchedulePause   = "pause"
	ScheduleResume  = "resume"
	ScheduleSendMe  = "send_me"
	ScheduleSend    = "send"
	ScheduleRemove  = "remove"
	maxScheduleNote = 300
)

// ScheduleRow is a schedule as it stands in the list.
type ScheduleRow struct {
	reports.Subscription
	Day  time.Weekday
	At   string            // such as 09:00; empty where the schedule is not of this form
	Next time.Time         // when it is due; zero while it is paused
	Last *reports.Delivery // nil where nothing was delivered yet
}

// SchedulesInput is what the list is made of.
type SchedulesInput struct {
	Page   int
	Rows   []ScheduleRow // of the page
	Total  int
	Editor bool
	Done   string // what the person has just done
	Zone   *time.Location
}

// Schedules lists which channel gets a digest, and when.
func Schedules(in SchedulesInput, p *lang.Printer) slack.ModalViewRequest {
	var blocks []slack.Block
	if in.Done != "" {
		blocks = append(blocks, contextLine("✓ "+escape(in.Done)))
	}
	if len(in.Rows) == 0 {
		blocks = append(blocks, section(p.T("schedules_none")))
	}
	if in.Total > PageSize {
		blocks = append(blocks, contextLine(pageOf(in.Page, len(in.Rows), in.Total, p)))
	}
	for _, r := range in.Rows {
		block := slack.NewSectionBlock(mrkdwn(scheduleLines(&r, in.Zone, p)), nil, nil)
		if in.Editor {
			block.Accessory = slack.NewAccessory(scheduleMenu(&r, p))
		}
		blocks = append(blocks, block)
	}
	if pager := pager(SchedulesPage, in.Page, in.Total, p); pager != nil {
		blocks = append(blocks, pager)
	}
	if in.Editor {
		blocks = append(blocks, slack.NewActionBlock(SchedulesNew,
			slack.NewButtonBlockElement(SchedulesNew, "new", plain(p.T("schedules_new"), 75)).WithStyle(slack.StylePrimary)))
	}
	return modal(SchedulesView, p.T("schedules_title"), nil, blocks, p)
}

// Confirm asks whether a person is sure to do what a schedule's menu offers.
func Confirm(what string, s ScheduleState, r *ScheduleRow, p *lang.Printer) slack.ModalViewRequest {
	s.What = what
	v := modal(ScheduleConfirm, p.T("schedule_sure"), s, []slack.Block{
		section(p.T("schedule_sure_"+what, lang.Args{"Channel": Mention(r.Channel)})),
	}, p)
	v.Submit = plain(p.T("schedule_do_"+what), 24)
	return v
}

func scheduleMenu(r *ScheduleRow, p *lang.Printer) *slack.OverflowBlockElement {
	var options []*slack.OptionBlockObject
	add := func(what string) { options = append(options, option(what+":"+r.ID, p.T("schedule_menu_"+what))) }
	if !r.Managed {
		add(ScheduleEdit)
	}
	if r.Paused {
		add(ScheduleResume)
	} else {
		add(SchedulePause)
	}
	add(ScheduleSendMe)
	add(ScheduleSend)
	if !r.Managed {
		add(ScheduleRemove)
	}
	return slack.NewOverflowBlockElement(SchedulesMore, options...)
}

// scheduleLines say what a schedule does, when it is next due, and how it went
// the last time.
func scheduleLines(r *ScheduleRow, zone *time.Location, p *lang.Printer) string {
	when := "`" + escape(r.Schedule) + "`"
	if r.At != "" {
		when = p.T("schedule_every", lang.Args{"Day": p.T(fmt.Sprintf("day_%d", r.Day)), "At": r.At})
	}
	line := "*" + Mention(r.Channel) + "* · " + when + " (" + escape(r.Zone) + ")\n" +
		p.T("language_"+lang.For(r.Language).Language) + " · " + p.T("definition_"+or(r.Definition, reports.Standard.String()))
	if r.Filter != "" {
		line += " · " + p.T("chart_channel", lang.Args{"Channel": escape(p.Name(r.Filter))})
	}
	if len(r.Sections) > 0 {
		names := make([]string, len(r.Sections))
		for i, s := range r.Sections {
			names[i] = p.T("section_" + string(s))
		}
		line += " · " + strings.Join(names, ", ")
	}
	switch {
	case r.Paused:
		line += "\n⏸ " + p.T("schedule_paused")
	case !r.Next.IsZero():
		line += "\n" + p.T("schedule_next", lang.Args{"At": p.Moment(r.Next, zone)})
	}
	if r.Managed {
		line += " · " + p.T("schedule_managed")
	} else if r.CreatedBy != "" {
		line += " · " + p.T("schedule_by", lang.Args{"Who": byWhom(r.CreatedBy, p)})
	}
	if r.Alert != "" {
		line += " · " + p.T("schedule_alerts", lang.Args{"Channel": Mention(r.Alert)})
	}
	return line + "\n" + lastDelivery(r.Last, zone, p)
}

// lastDelivery says how the last delivery went.
func lastDelivery(d *reports.Delivery, zone *time.Location, p *lang.Printer) string {
	if d == nil {
		return "○ " + p.T("schedule_never")
	}
	mark := "●"
	if d.State == reports.Failed || d.State == reports.Missed {
		mark = "⚠"
	}
	line := mark + " " + p.T("health_digest", lang.Args{"Week": string(d.Week), "State": p.T("delivery_" + string(d.State)), "At": p.Moment(d.Due, zone)})
	if d.State == reports.Failed {
		line += ": " + Reason(d, p)
	}
	return line
}

// Reason is why a delivery failed, in a sentence with what to do.
func Reason(d *reports.Delivery, p *lang.Printer) string {
	if d.State == reports.Missed {
		return p.T("error_missed")
	}
	return p.T("error_"+or(d.Refusal, "other"), lang.Args{"Detail": escape(reports.Shorten(d.Detail, maxScheduleNote))})
}

// ScheduleState is what the form is about.
type ScheduleState struct {
	ID   string `json:"id,omitempty"`   // of the schedule that is changed
	List string `json:"list"`           // the id of the view under it
	What string `json:"what,omitempty"` // to be confirmed
	// Asked is what the form asked about what stands in it: sent again as it is, it holds.
	Asked string `json:"asked,omitempty"`
}

// ScheduleWritten is what stands in the form.
type ScheduleWritten struct {
	Channel, Zone, Language, Filter, Definition string
	Day                                         time.Weekday
	At                                          string
	Sections                                    []reports.Section // empty for all
	Alert                                       string            // a channel that is told of failures too
	// Question is about what stands in it, to be read before it is sent again.
	Question string
}

// ScheduleIn reads the form, or what is to be confirmed: what it is about, and what
// stands in it.
func ScheduleIn(v slack.View) (ScheduleState, ScheduleWritten) {
	w := ScheduleWritten{
		Channel: typed(v, ScheduleChannel), Zone: typed(v, ScheduleZone), Language: typed(v, ScheduleLanguage),
		Filter: typed(v, ScheduleFilter), Definition: typed(v, ScheduleDefinition), At: typed(v, ScheduleTime),
		Alert: typed(v, ScheduleAlert),
	}
	if w.Filter == AnyChannel {
		w.Filter = ""
	}
	if d, err := strconv.Atoi(typed(v, ScheduleDay)); err == nil && d >= 0 && d < 7 {
		w.Day = time.Weekday(d)
	}
	boxes := ticked(v, ScheduleSections)
	for _, s := range reports.Sections {
		for _, t := range boxes {
			if t == string(s) {
				w.Sections = append(w.Sections, s)
			}
		}
	}
	if len(w.Sections) == len(reports.Sections) {
		w.Sections = nil
	}
	return decode[ScheduleState](v), w
}

// Schedule is the form for one schedule.
func Schedule(s ScheduleState, w ScheduleWritten, p *lang.Printer) slack.ModalViewRequest {
	input := func(id string, element slack.BlockElement) *slack.InputBlock {
		return slack.NewInputBlock(id, plain(p.T(id), 200), nil, element)
	}
	channel := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, plain(p.T("schedule_channel_hint"), 75), ScheduleChannel)
	channel.InitialConversation = w.Channel
	inside := &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeExternalSharedChannels: true, ExcludeBotUsers: true}
	channel.Filter = inside
	alert := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, plain(p.T("schedule_channel_hint"), 75), ScheduleAlert)
	alert.InitialConversation, alert.Filter = w.Alert, inside
	also := input(ScheduleAlert, alert)
	also.Optional = true
	also.Hint = plain(p.T("schedule_alert_hint"), 200)
	var days, languages, definitions, sections, ticked []*slack.OptionBlockObject
	for n := range 7 {
		d := (n + 1) % 7 // Monday first
		days = append(days, option(strconv.Itoa(d), p.T(fmt.Sprintf("day_%d", d))))
	}
	at := slack.NewTimePickerBlockElement(ScheduleTime)
	at.InitialTime = w.At
	zone := searchMenu(ScheduleZone, p)
	zone.InitialOption = option(w.Zone, w.Zone)
	for _, l := range lang.Languages {
		languages = append(languages, option(l, p.T("language_"+l)))
	}
	filter := searchMenu(ScheduleFilter, p)
	filter.InitialOption = option(AnyChannel, p.T("gaps_any_channel"))
	if w.Filter != "" {
		filter.InitialOption = option(w.Filter, p.Name(w.Filter))
	}
	for _, d := range reports.Definitions {
		definitions = append(definitions, option(d.String(), p.T("definition_"+d.String())))
	}
	has := reports.Subscription{Sections: w.Sections}
	for _, x := range reports.Sections {
		o := option(string(x), p.T("section_"+string(x)))
		sections = append(sections, o)
		if has.Has(x) {
			ticked = append(ticked, o)
		}
	}
	boxes := slack.NewCheckboxGroupsBlockElement(ScheduleSections, sections...)
	boxes.InitialOptions = ticked
	parts := input(ScheduleSections, boxes)
	parts.Optional = true
	parts.Hint = plain(p.T("schedule_sections_hint"), 200)
	title, submit := "schedule_new_title", "schedule_create"
	if s.ID != "" {
		title, submit = "schedule_edit_title", "answer_save"
	}
	var blocks []slack.Block
	if w.Question != "" {
		blocks = append(blocks, section("*"+escape(w.Question)+"*"))
	}
	blocks = append(blocks,
		input(ScheduleChannel, channel),
		input(ScheduleDay, chosen(ScheduleDay, p.T(ScheduleDay), days, strconv.Itoa(int(w.Day)))),
		input(ScheduleTime, at),
		input(ScheduleZone, zone),
		input(ScheduleLanguage, chosen(ScheduleLanguage, p.T(ScheduleLanguage), languages, w.Language)),
		input(ScheduleFilter, filter),
		input(ScheduleDefinition, chosen(ScheduleDefinition, p.T(ScheduleDefinition), definitions, w.Definition)),
		parts, also,
	)
	v := modal(ScheduleForm, p.T(title), s, blocks, p)
	v.Submit = plain(p.T(submit), 24)
	return v
}
