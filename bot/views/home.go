package views

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// The ids of the App Home's buttons.
const (
	HomeTopic   = "home_topic"
	AnswersShow = "answers_show"
)

// HomeInput is what the App Home is made of.
type HomeInput struct {
	Week       reports.Table // the impact of the week so far
	Sources    []reports.Source
	Topics     []topics.Summary
	OpenTopics int
	Answers    []reports.Answer // the latest
	Effects    []reports.Effect // of each
	Schedules  []ScheduleRow
	Now        time.Time
	// ClosedGroups are the user groups of EDITORS that cannot be read, each with
	// Slack's word for why.
	ClosedGroups map[string]string
	Zone         *time.Location
	Admin        bool
}

// Home is the App Home: what a person sees who opens the app itself.
func Home(in HomeInput, p *lang.Printer) slack.HomeTabViewRequest {
	var blocks []slack.Block
	if in.Admin {
		if wrong := homeProblems(in, p); len(wrong) > 0 {
			blocks = append(blocks, slack.NewHeaderBlock(plain(p.T("home_wrong"), maxHeader)))
			for _, w := range wrong {
				blocks = append(blocks, section("⚠ "+w))
			}
			blocks = append(blocks, slack.NewDividerBlock())
		}
	}
	blocks = append(blocks, slack.NewHeaderBlock(plain(p.T("home_week"), maxHeader)), contextLine(escape(p.Subtitle(&in.Week))))
	switch {
	case in.Week.IsEmpty():
		blocks = append(blocks, section(p.T("home_week_empty")))
	case in.Week.Impact != nil:
		blocks = append(blocks, weekBlocks(in.Week.Impact, in.Week.Query.Rules.Zone, p)...)
	}
	last := lastEvents(in, p)
	blocks = append(blocks, contextLine(last), slack.NewDividerBlock(), slack.NewHeaderBlock(plain(p.T("gaps_title"), maxHeader)))
	if len(in.Topics) == 0 {
		blocks = append(blocks, section(p.T("gaps_none_open")))
	}
	for _, t := range in.Topics {
		open := slack.NewButtonBlockElement(HomeTopic, strconv.Itoa(t.Topic), plain(p.T("gaps_open"), 75))
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(gapsRow(&t, in.Zone, p)), nil, slack.NewAccessory(open)))
	}
	blocks = append(blocks, slack.NewActionBlock(GapsShow,
		slack.NewButtonBlockElement(GapsShow, "open", plain(p.Count("home_all_gaps", int64(in.OpenTopics)), 75))),
		slack.NewDividerBlock(), slack.NewHeaderBlock(plain(p.T("answers_title"), maxHeader)))
	if len(in.Answers) == 0 {
		blocks = append(blocks, section(p.T("answers_none")))
	}
	for i, a := range in.Answers {
		blocks = append(blocks, section("*"+escape(reports.Shorten(a.Question, 200))+"*"), contextLine(answerFacts(&a, in.Effects[i], in.Zone, p)))
	}
	blocks = append(blocks, slack.NewActionBlock(AnswersShow, slack.NewButtonBlockElement(AnswersShow, "open", plain(p.T("home_all_answers"), 75))),
		slack.NewDividerBlock(), slack.NewHeaderBlock(plain(p.T("schedules_title"), maxHeader)))
	if len(in.Schedules) == 0 {
		blocks = append(blocks, section(p.T("schedules_none")))
	}
	const most = 10
	for _, r := range in.Schedules[:min(len(in.Schedules), most)] {
		blocks = append(blocks, section(scheduleLines(&r, in.Zone, p)))
	}
	if more := len(in.Schedules) - most; more > 0 {
		blocks = append(blocks, contextLine(p.Count("schedules_more", int64(more))))
	}
	blocks = append(blocks, slack.NewActionBlock(SchedulesShow, slack.NewButtonBlockElement(SchedulesShow, "open", plain(p.T("home_schedules"), 75))))
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, CallbackID: "home", Blocks: slack.Blocks{BlockSet: blocks}}
}

// HomeRefused is the home of somebody who may not look.
func HomeRefused(sentence string) slack.HomeTabViewRequest {
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, CallbackID: "home", Blocks: slack.Blocks{BlockSet: []slack.Block{section(escape(sentence))}}}
}

// lastEvents say when each source last sent something, the latest first.
func lastEvents(in HomeInput, p *lang.Printer) string {
	const most = 5
	list := slices.Clone(in.Sources)
	list = slices.DeleteFunc(list, func(s reports.Source) bool { return s.LastAt.IsZero() })
	slices.SortFunc(list, func(a, b reports.Source) int { return b.LastAt.Compare(a.LastAt) })
	switch len(list) {
	case 0:
		return p.T("health_no_events")
	case 1:
		return p.T("home_last_event", lang.Args{"At": p.MomentNear(list[0].LastAt, in.Now, in.Zone)})
	}
	var lines []string
	for _, s := range list[:min(len(list), most)] {
		lines = append(lines, p.T("health_source", lang.Args{"Source": escapeTo(s.Name, 60), "At": p.MomentNear(s.LastAt, in.Now, in.Zone)}))
	}
	return strings.Join(lines, "\n")
}

// homeProblems are what an admin can mend, and how.
func homeProblems(in HomeInput, p *lang.Printer) []string {
	var wrong []string
	if len(in.Sources) == 0 {
		wrong = append(wrong, p.T("home_no_events"))
	}
	for _, s := range in.Sources {
		if s.Silent(in.Now) {
			wrong = append(wrong, p.T("home_silent", lang.Args{"Source": escape(s.Name), "At": p.MomentNear(s.LastAt, in.Now, in.Zone)}))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(in.ClosedGroups)) {
		wrong = append(wrong, p.T("home_closed_group", lang.Args{"Group": escape(id), "Word": escape(in.ClosedGroups[id])}))
	}
	if len(in.Schedules) == 0 {
		wrong = append(wrong, p.T("home_no_schedule"))
	}
	for _, r := range in.Schedules {
		if d := r.Last; d != nil && (d.State == reports.Failed || d.State == reports.Missed) {
			wrong = append(wrong, p.T("home_"+string(d.State), lang.Args{"Channel": Mention(r.Channel)})+" "+lastDelivery(d, in.Zone, p))
		}
	}
	const most = 10
	return wrong[:min(len(wrong), most)]
}
