package storetest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"agentreport/reports"
)

// Rules are the rules under which the tests open stores.
var Rules = reports.Rules{Zone: time.UTC, Window: 72 * time.Hour}

// Start is when the events of the tests begin: a Monday.
var Start = time.Date(2025, 9, 22, 8, 0, 0, 0, time.UTC)

// Now is a moment at which some of them have settled.
var Now = Start.Add(6 * 24 * time.Hour)

// Secret is in every text of the events, to look for after an erasure.
const Secret = "xylophone"

// Events makes n conversations of a few events each, within a week, in random
// order: every type, two sources, texts and visitors.
func Events(rng *rand.Rand, n int) []reports.Event {
	var list []reports.Event
	for c := range n {
		source := []string{"shop", "desk"}[rng.IntN(2)]
		at := Start.Add(time.Duration(rng.IntN(5*24*60)) * time.Minute)
		for i := range 2 + rng.IntN(6) {
			e := reports.Event{
				ID: fmt.Sprintf("c%d-%d", c, i), Source: source, Conversation: fmt.Sprintf("c%d", c),
				Type: reports.EventTypes[rng.IntN(len(reports.EventTypes))],
				At:   at, Channel: []string{"chat", "email", ""}[rng.IntN(3)], Visitor: fmt.Sprintf("visitor-%d", c%4),
				URL: "https://desk.example.com/" + Secret,
			}
			at = at.Add(time.Duration(rng.IntN(600)) * time.Minute)
			switch e.Type {
			case reports.Message, reports.Resolved, reports.Closed:
				e.Actor = reports.Actors[rng.IntN(len(reports.Actors))]
				e.Text = "the " + Secret + " is late"
			case reports.Assigned:
				e.Actor = []reports.Actor{reports.Agent, reports.Human}[rng.IntN(2)]
			case reports.Unanswered:
				e.Question = "where is my " + Secret + "?"
			case reports.Feedback:
				e.Score = 1 + rng.IntN(5)
				e.Comment = "no " + Secret
			}
			if e.Actor == reports.Human {
				e.Member = reports.Member{ID: "m1", Name: "Ana " + Secret}
			}
			list = append(list, e)
		}
	}
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// Tallies are the tallies that events give, computed without a store.
func Tallies(list []reports.Event, now time.Time) []reports.DayTally {
	return talliesUnder(Rules, list, now)
}

func talliesUnder(rules reports.Rules, list []reports.Event, now time.Time) []reports.DayTally {
	grouped := map[string][]reports.Event{}
	for _, e := range list {
		grouped[e.ConversationKey()] = append(grouped[e.ConversationKey()], e)
	}
	byDay := map[reports.Day]*reports.DayTally{}
	first, last := reports.Day("9999-12-31"), reports.Day("")
	for _, group := range grouped {
		c := rules.Fold(group)
		for _, d := range rules.Days(&c) {
			if byDay[d] == nil {
				byDay[d] = &reports.DayTally{Day: d}
			}
			rules.AddShare(byDay[d], &c, now)
			first, last = min(first, d), max(last, d)
		}
	}
	var days []reports.DayTally
	for d := first; d <= last; d = d.Add(1) {
		if t := byDay[d]; t != nil && len(t.Channels) > 0 {
			days = append(days, *t)
		}
	}
	return days
}
