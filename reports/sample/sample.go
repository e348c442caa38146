// Package sample makes believable events of an online shop's customer agent:
// two languages, four channels, weekends, a trend, a bad week, and gaps that
// appear as the shop changes.
package sample

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"agentreport/reports"
)

// Options say what to make.
type Options struct {
	Seed          uint64
	Weeks         int
	Conversations int       // in a usual week
	Until         time.Time // the first moment after the events
}

// Source is the source of the events.
const Source = "sample"

// channels and how often each is used.
var channels = []struct {
	name   string
	weight float64
}{{"chat", 5}, {"whatsapp", 3}, {"email", 2}, {"messenger", 0.7}}

var members = []reports.Member{{ID: "ana", Name: "Ana Ruiz"}, {ID: "tom", Name: "Tom Becker"}, {ID: "mei", Name: "Mei Tanaka"}}

// Events yields the events in the order of time, each conversation's beginning
// deciding: the same options always give the same events.
func Events(o Options) iter.Seq[reports.Event] {
	return func(yield func(reports.Event) bool) {
		start := o.Until.Add(-time.Duration(o.Weeks) * 7 * 24 * time.Hour)
		hours := int(o.Until.Sub(start).Hours())
		rng := rand.New(rand.NewPCG(o.Seed, 0x5eed))
		bad := max(0, o.Weeks-max(3, o.Weeks/4)) // the week in which something breaks
		var waiting []reports.Event              // of conversations that have begun
		n := 0
		for h := range hours {
			hour := start.Add(time.Duration(h) * time.Hour)
			share := float64(h) / float64(hours)
			rate := float64(o.Conversations) / 168 * weekly(hour) * daily(hour) * (0.75 + 0.5*share)
			isBad := h/168 == bad
			if isBad {
				rate *= 1.35
			}
			for range poisson(rng, rate) {
				n++
				at := hour.Add(time.Duration(rng.IntN(3_600_000)) * time.Millisecond)
				for _, e := range conversation(rng, n, at, share, isBad) {
					if e.At.Before(o.Until) {
						waiting = append(waiting, e)
					}
				}
			}
			// What lies before the next hour can no longer be overtaken.
			slices.SortStableFunc(waiting, reports.ByOrder)
			next := hour.Add(time.Hour)
			i := 0
			for ; i < len(waiting) && (waiting[i].At.Before(next) || h == hours-1); i++ {
				if !yield(waiting[i]) {
					return
				}
			}
			waiting = slices.Delete(waiting, 0, i)
		}
	}
}

// weekly and daily are how busy a day and an hour are, on average 1.
func weekly(t time.Time) float64 {
	return [7]float64{0.55, 1.3, 1.2, 1.15, 1.1, 1.05, 0.65}[t.Weekday()]
}

func daily(t time.Time) float64 {
	x := float64(t.Hour())
	return 0.15 + 1.7*math.Exp(-math.Pow(x-11.5, 2)/18) + 1.2*math.Exp(-math.Pow(x-19, 2)/8)
}

func poisson(rng *rand.Rand, mean float64) int {
	n, p, limit := 0, rng.Float64(), math.Exp(-mean)
	for p > limit {
		n++
		p *= rng.Float64()
	}
	return n
}

// pick chooses by weight.
func pick[T any](rng *rand.Rand, list []T, weight func(T) float64) T {
	sum := 0.0
	for _, x := range list {
		sum += weight(x)
	}
	at := rng.Float64() * sum
	for _, x := range list {
		if at -= weight(x); at < 0 {
			return x
		}
	}
	return list[len(list)-1]
}

func one(rng *rand.Rand, list []string) string { return list[rng.IntN(len(list))] }

// script writes one conversation.
type script struct {
	rng    *rand.Rand
	id     string
	at     time.Time
	list   []reports.Event
	common reports.Event // what its first event carries
}

func (s *script) add(after time.Duration, t reports.EventType, actor reports.Actor, set func(*reports.Event)) {
	s.at = s.at.Add(after + time.Duration(s.rng.Int64N(int64(after)/2+1)))
	e := reports.Event{}
	if len(s.list) == 0 {
		e = s.common
	}
	e.ID, e.Source, e.Conversation = fmt.Sprintf("%s-%02d", s.id, len(s.list)), Source, s.id
	e.Type, e.Actor, e.At = t, actor, s.at.UTC().Truncate(time.Millisecond)
	if set != nil {
		set(&e)
	}
	s.list = append(s.list, e)
}

func (s *script) says(after time.Duration, actor reports.Actor, text string, m reports.Member) {
	s.add(after, reports.Message, actor, func(e *reports.Event) { e.Text, e.Member = text, m })
}

func conversation(rng *rand.Rand, n int, at time.Time, share float64, bad bool) []reports.Event {
	channel := pick(rng, channels, func(c struct {
		name   string
		weight float64
	},
	) float64 {
		return c.weight
	}).name
	language := "en"
	if rng.Float64() < 0.4 {
		language = "es"
	}
	id := fmt.Sprintf("S%06d", n)
	s := &script{rng: rng, id: id, at: at, common: reports.Event{
		Channel: channel, Language: language, Visitor: fmt.Sprintf("customer-%d", rng.IntN(4000)),
		URL: "https://help.shop.example/conversations/" + id, Test: rng.Float64() < 0.004,
	}}
	s.add(0, reports.Started, "", nil)
	if rng.Float64() < 0.04 { // straight to a person
		m := members[rng.IntN(len(members))]
		s.add(2*time.Minute, reports.Assigned, reports.Human, func(e *reports.Event) { e.Member = m })
		s.says(5*time.Minute, reports.Human, "", m)
		s.add(20*time.Minute, reports.Closed, reports.Human, func(e *reports.Event) { e.Member = m })
		return s.list
	}
	s.add(time.Second, reports.Assigned, reports.Agent, nil)

	sub := pick(rng, subjects, func(x subject) float64 {
		if share < x.from {
			return 0
		}
		return x.weight
	})
	question := one(rng, sub.questions[language])
	knows := sub.known
	if sub.topic != "wholesale" {
		knows += 0.06 * share // the agent gets better
	}
	if bad && sub.topic == "order status" {
		knows = 0.35 // the tracking service was down
	}
	s.says(5*time.Second, reports.Visitor, one(rng, greetings[language])+question, reports.Member{})
	switch {
	case rng.Float64() < knows:
		s.answered(sub, language, share)
	case rng.Float64() < 0.12:
		s.abandoned(language)
	default:
		s.unknown(sub, question, language, bad)
	}
	return s.list
}

func (s *script) answered(sub subject, language string, share float64) {
	s.says(4*time.Second, reports.Agent, sub.answer[language], reports.Member{})
	if s.rng.Float64() < 0.35 {
		s.says(40*time.Second, reports.Visitor, one(s.rng, sub.questions[language]), reports.Member{})
		s.says(4*time.Second, reports.Agent, sub.answer[language], reports.Member{})
	}
	switch x := s.rng.Float64(); {
	case x < 0.25:
		s.add(30*time.Second, reports.Resolved, reports.Agent, nil)
	case x < 0.33:
		s.handoff("visitor_request", language)
		return
	}
	if s.rng.Float64() < 0.3 {
		s.feedback(language, 0.12-0.06*share)
	}
	if s.rng.Float64() < 0.05 {
		s.add(26*time.Hour, reports.Reopened, reports.Visitor, nil)
		s.says(time.Minute, reports.Visitor, one(s.rng, sub.questions[language]), reports.Member{})
		s.says(4*time.Second, reports.Agent, sub.answer[language], reports.Member{})
	}
	if s.rng.Float64() < 0.6 {
		s.add(36*time.Hour, reports.Closed, reports.System, nil)
	}
}

// abandoned is a visitor who leaves without an answer.
func (s *script) abandoned(language string) {
	if s.rng.Float64() < 0.5 {
		s.feedback(language, 0.85)
	}
}

func (s *script) unknown(sub subject, question, language string, bad bool) {
	s.add(3*time.Second, reports.Unanswered, "", func(e *reports.Event) { e.Question, e.Language = question, language })
	reason := "missing_knowledge"
	switch {
	case bad && sub.topic == "order status":
		reason = "tool_failure"
	case s.rng.Float64() < 0.1:
		reason = "policy"
	}
	if s.rng.Float64() < 0.9 {
		s.handoff(reason, language)
		return
	}
	s.abandoned(language)
}

func (s *script) handoff(reason, language string) {
	m := members[s.rng.IntN(len(members))]
	s.says(2*time.Second, reports.Agent, handoffNote[language], reports.Member{})
	s.add(time.Second, reports.Handoff, "", func(e *reports.Event) { e.Reason, e.Member = reason, m })
	s.says(25*time.Minute, reports.Human, "", m)
	s.says(10*time.Minute, reports.Visitor, "", reports.Member{})
	s.add(40*time.Minute, reports.Resolved, reports.Human, func(e *reports.Event) { e.Member = m })
	if s.rng.Float64() < 0.25 {
		s.feedback(language, 0.3)
	}
}

func (s *script) feedback(language string, unhappy float64) {
	s.add(2*time.Minute, reports.Feedback, reports.Visitor, func(e *reports.Event) {
		switch x := s.rng.Float64(); {
		case x < unhappy:
			e.Score = 1 + s.rng.IntN(2)
			if s.rng.Float64() < 0.6 {
				e.Comment = one(s.rng, complaints[language])
			}
		case x < unhappy+0.08:
			e.Score = 3
		default:
			e.Score = 4 + s.rng.IntN(2)
			e.Comment = one(s.rng, praises[language])
		}
	})
}
