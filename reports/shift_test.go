package reports_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/reports/sample"
)

// TestSplit holds that the parts of a rate's change sum to it, whatever they are.
func TestSplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	segments := func() (list []reports.Segment, rate float64) {
		n, of := 0.0, 0.0
		for i := range 1 + rng.IntN(8) {
			if rng.IntN(4) == 0 && i > 0 {
				continue
			}
			s := reports.Segment{Name: fmt.Sprint(i), Of: float64(rng.IntN(50))}
			if i == 0 {
				s.Of++
			}
			s.N = math.Floor(s.Of * rng.Float64())
			n, of = n+s.N, of+s.Of
			list = append(list, s)
		}
		return list, n / of
	}
	for range 2000 {
		before, rate0 := segments()
		after, rate1 := segments()
		sum := 0.0
		for _, c := range reports.Split(before, after) {
			sum += c.Points()
		}
		if math.Abs(sum-(rate1-rate0)) > 1e-9 {
			t.Fatalf("%v to %v: the parts sum to %v; want %v", before, after, sum, rate1-rate0)
		}
	}
	for name, tt := range map[string]struct {
		before, after []reports.Segment
		mix, own      float64 // of the first
	}{
		"its own rate": {[]reports.Segment{{"a", 10, 50}, {"b", 10, 50}}, []reports.Segment{{"a", 20, 50}, {"b", 10, 50}}, 0, .1},
		"more of it":   {[]reports.Segment{{"a", 40, 50}, {"b", 10, 50}}, []reports.Segment{{"a", 64, 80}, {"b", 4, 20}}, .3 * (.8 - (.5+.68)/2), 0},
		"new":          {[]reports.Segment{{"b", 10, 50}}, []reports.Segment{{"a", 50, 50}, {"b", 10, 50}}, .5 * (1 - (.2+.6)/2), 0},
	} {
		got := reports.Split(tt.before, tt.after)
		at := slices.IndexFunc(got, func(c reports.Contribution) bool { return c.Name == "a" })
		if math.Abs(got[at].Mix-tt.mix) > 1e-9 || math.Abs(got[at].Own-tt.own) > 1e-9 {
			t.Errorf("%s: %+v; want %v and %v", name, got[at], tt.mix, tt.own)
		}
	}
	if got := reports.Split(nil, []reports.Segment{{"a", 1, 2}}); got != nil {
		t.Errorf("from nothing: %v", got)
	}
}

// thread is a conversation that can be put into any week.
type thread []reports.Event

func (c thread) in(w reports.Week) thread {
	by := w.Start(time.UTC).Sub(reports.WeekOf(c[0].At, time.UTC).Start(time.UTC))
	out := slices.Clone(c)
	for i := range out {
		out[i].At = out[i].At.Add(by)
	}
	return out
}

func threads(events []reports.Event) []thread {
	by := map[string]thread{}
	var keys []string
	for _, e := range events {
		if by[e.Conversation] == nil {
			keys = append(keys, e.Conversation)
		}
		by[e.Conversation] = append(by[e.Conversation], e)
	}
	list := make([]thread, len(keys))
	for i, k := range keys {
		list[i] = by[k]
	}
	return list
}

const shiftWeek = reports.Week("2025-W38")

// weekOf is what a week's conversations come to.
type weekOf struct {
	days    []reports.DayTally
	cohorts []reports.DayCohorts
	asked   map[string][]reports.Ask // by question
}

func read(list []thread, w reports.Week) weekOf {
	out := weekOf{asked: map[string][]reports.Ask{}}
	var all []reports.Event
	byDay := map[reports.Day][]reports.SessionCourse{}
	for i, c := range list {
		c = c.in(w)
		for k := range c {
			c[k].Conversation = fmt.Sprintf("%s-%d", w, i)
		}
		all = append(all, c...)
		for _, s := range rules.Courses(c) {
			d := reports.DayOf(s.StartedAt, time.UTC)
			byDay[d] = append(byDay[d], s)
		}
		for _, e := range c {
			if e.Type == reports.Unanswered {
				out.asked[e.Question] = append(out.asked[e.Question], reports.Ask{At: e.At, Conversation: e.ConversationKey()})
			}
		}
	}
	out.days = dayTallies(all, shiftWeek.End(time.UTC).Add(9*time.Hour))
	for d, list := range byDay {
		out.cohorts = append(out.cohorts, rules.Cohorts(d, list))
	}
	return out
}

// shiftsOf are the shifts of the last of some weeks.
func shiftsOf(t *testing.T, weeks []weekOf) []reports.Shift {
	t.Helper()
	in := reports.DigestInput{Week: shiftWeek, Now: shiftWeek.End(time.UTC).Add(9 * time.Hour), Rules: rules}
	asked := map[string][]reports.Ask{}
	for _, w := range weeks {
		in.Days, in.Cohorts = append(in.Days, w.days...), append(in.Cohorts, w.cohorts...)
		for q, asks := range w.asked {
			asked[q] = append(asked[q], asks...)
		}
	}
	slices.SortFunc(in.Days, func(a, b reports.DayTally) int { return cmp.Compare(a.Day, b.Day) })
	for i, q := range slices.Sorted(maps.Keys(weeks[len(weeks)-1].asked)) {
		for _, a := range weeks[len(weeks)-1].asked[q] {
			in.Questions = append(in.Questions, reports.Note{Conversation: a.Conversation, Topic: reports.NoteTopic{Number: i + 1, Name: q, Asked: asked[q]}, At: a.At})
		}
	}
	d, err := reports.Weekly(in)
	if err != nil {
		t.Fatal(err)
	}
	return d.Impact.Shifts
}

// shuffled are so many weeks of conversations, each in a week by chance.
func shuffled(list []thread, weeks int, rng *rand.Rand) [][]thread {
	out := make([][]thread, weeks)
	for _, i := range rng.Perm(len(list)) {
		w := rng.IntN(weeks)
		out[w] = append(out[w], list[i])
	}
	return out
}

// handsOff hands off a part of a channel's conversations, of those that were not.
func handsOff(list []thread, channel string, part float64, rng *rand.Rand) []thread {
	is := func(c thread, holds func(reports.Event) bool) bool { return slices.ContainsFunc(c, holds) }
	of := func(c thread) bool { return is(c, func(e reports.Event) bool { return e.Channel == channel }) }
	out := slices.Clone(list)
	left := 0.0
	for _, c := range out {
		if of(c) {
			left += part
		}
	}
	for _, i := range rng.Perm(len(out)) {
		c := out[i]
		if left < 1 || !of(c) || is(c, func(e reports.Event) bool { return e.Type == reports.Handoff }) {
			continue
		}
		last := c[len(c)-1]
		last.ID, last.Type, last.Actor, last.Reason = "planted", reports.Handoff, "", "policy"
		last.At = last.At.Add(time.Second)
		out[i] = append(slices.Clone(c), last)
		left--
	}
	return out
}

// TestShifts holds, of weeks that differ by chance alone, that something is told in one of
// twenty at most, and that a shift which was planted is told in nineteen.
func TestShifts(t *testing.T) {
	const runs, weeks = 20, 9
	source := threads(slices.Collect(sample.Events(sample.Options{Seed: 7, Weeks: weeks + 3, Conversations: 1000, Until: shiftWeek.End(time.UTC)})))
	rng := rand.New(rand.NewPCG(3, 8))
	silent, rate, topic, size := 0, 0, 0, 0
	for range runs {
		list := shuffled(source, weeks, rng)
		var all []weekOf
		for i := range list {
			all = append(all, read(list[i], shiftWeek.Add(i-weeks+1)))
		}
		if len(shiftsOf(t, all)) == 0 {
			silent++
		}
		last := list[weeks-1]
		all[weeks-1] = read(handsOff(last, "chat", .10, rng), shiftWeek)
		names := func(by reports.ShiftBy, name string) bool {
			return slices.ContainsFunc(shiftsOf(t, all), func(s reports.Shift) bool { return s.By == by && s.Name == name })
		}
		if names(reports.ByChannel, "chat") {
			rate++
		}
		asks := map[string][]thread{}
		for _, c := range slices.Concat(list[:weeks-1]...) {
			for _, e := range c {
				if e.Type == reports.Unanswered {
					asks[e.Question] = append(asks[e.Question], c)
				}
			}
		}
		most := slices.MaxFunc(slices.Sorted(maps.Keys(asks)), func(a, b string) int { return cmp.Compare(len(asks[a]), len(asks[b])) })
		each := len(asks[most]) / (weeks - 1)
		all[weeks-1] = read(slices.Concat(last, asks[most][:2*each]), shiftWeek)
		if names(reports.ByTopic, most) {
			topic++
		}
		size = each
	}
	t.Logf("of %d: silent %d; named a channel's rate %d, a topic of %d a week %d", runs, silent, rate, size, topic)
	if silent < runs*19/20 || rate < runs*19/20 || topic < runs*19/20 {
		t.Errorf("of %d: silent %d, a channel's rate %d, a topic %d; want 19 of 20 each", runs, silent, rate, topic)
	}
}
