package reports

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// Shift is a part of a week that its own weeks before do not explain: "WhatsApp
// conversations went to a person three times as often as usual". Nothing else is said
// about causes.
type Shift struct {
	By     ShiftBy
	Name   string // of the channel, the topic or the reason
	Figure string // of a channel: what moved
	Topic  int    // the number of a topic
	N      int64  // conversations that count
	Of     int64  // of so many; 0 where that says nothing
	Usual  float64
	// Contribution is its part of the change of the rate from the usual weeks to this one.
	Contribution Contribution
}

// ShiftBy is what a rate is split over.
type ShiftBy string

// What a rate is split over.
const (
	ByChannel ShiftBy = "channel" // a rate of the channel's conversations
	ByShare   ShiftBy = "share"   // the channel's share of the conversations
	ByTopic   ShiftBy = "topic"   // what could not be answered
	ByReason  ShiftBy = "reason"  // why conversations were handed off
)

// When a shift is told. The chance that chance alone gives any shift at all is kept
// under shiftChance in a week, however many parts there are.
const (
	maxShifts   = 2
	shiftFrom   = 5 // conversations, there or usual
	shiftChance = 0.045
	shiftPoints = 0.05 // by which a channel's rate must differ,
	shiftTimes  = 1.5  // or so many times; a count always
)

// shiftShare is how much of the chance each kind has, and within it each part has as much
// as it has conversations: of a few, nothing can be sure anyway.
var shiftShare = map[ShiftBy]float64{ByChannel: 0.75, ByShare: 0.05, ByTopic: 0.15, ByReason: 0.05}

// tested is a shift that may be told.
type tested struct {
	Shift
	h    history
	rate bool
	up   bool // only a rise is told
}

// chance is how likely chance alone gives it.
func (t *tested) chance(dispersion float64) float64 {
	switch {
	case !t.up:
		return min(1, 2*t.h.chance(t.rate, dispersion))
	case t.h.n > t.h.usual():
		return t.h.chance(t.rate, dispersion)
	}
	return 1
}

// isLarge reports whether a lead would care.
func (t *tested) isLarge() bool {
	usual := t.h.usual()
	if max(t.h.n, usual) < shiftFrom {
		return false
	}
	if t.h.n >= shiftTimes*usual || usual >= shiftTimes*t.h.n {
		return true
	}
	return t.rate && math.Abs(t.h.n-usual) >= shiftPoints*t.h.of
}

// shifts are those of a week that stand out, the heaviest first.
func shifts(in *DigestInput, q Query) ([]Shift, error) {
	var list []tested
	if in.Filter == "" {
		byChannel, err := channelShifts(in, q)
		if err != nil {
			return nil, err
		}
		list = byChannel
	}
	list = append(list, reasonShifts(in, q)...)
	list = append(list, topicShifts(in, q)...)
	total := map[ShiftBy]float64{}
	type kind struct {
		by     ShiftBy
		figure string
	}
	chi, free := map[kind]float64{}, map[kind]float64{}
	for i := range list {
		t := &list[i]
		total[t.By] += t.h.of
		c, f := t.h.wander(t.rate)
		chi[kind{t.By, t.Figure}] += c
		free[kind{t.By, t.Figure}] += f
	}
	var told []tested
	for i := range list {
		t := &list[i]
		k := kind{t.By, t.Figure}
		dispersion := max(1, chi[k]/max(1, free[k]))
		if t.isLarge() && t.chance(dispersion) < shiftChance*shiftShare[t.By]*t.h.of/total[t.By] {
			told = append(told, *t)
		}
	}
	weight := func(t *tested) float64 { return math.Abs(t.h.n - t.h.usual()) }
	slices.SortStableFunc(told, func(a, b tested) int { return cmp.Compare(weight(&b), weight(&a)) })
	var out []Shift
	for i := range told {
		t := &told[i]
		if len(out) == maxShifts || slices.ContainsFunc(out, func(s Shift) bool { return s.Name == t.Name }) {
			continue // one line for a channel
		}
		t.N, t.Of, t.Usual = int64(t.h.n), int64(t.h.of), t.h.usual()
		out = append(out, t.Shift)
	}
	return out, nil
}

// shiftFigures are the rates of which a channel's shift is told, the plainest first. What
// moves the deflection rate moves one of them.
var shiftFigures = []struct {
	name   string
	counts Counter
}{{FigureHandoffRate, CountHandedOff}, {FigureResolutionRate, CountResolved}}

// channelShifts compares each channel with its own weeks at the same age, as it would end
// if nothing more happened.
func channelShifts(in *DigestInput, q Query) ([]tested, error) {
	channels := map[string]*Estimator{}
	for _, day := range in.Cohorts {
		for _, c := range day.Cohorts {
			channels[c.Channel] = nil
		}
	}
	names := slices.Sorted(maps.Keys(channels))
	for _, name := range names {
		var err error
		if channels[name], err = NewEstimator(in.Cohorts, name, q.Definition, q.Rules); err != nil {
			return nil, err
		}
	}
	weeks := 0
	counts := func(e *Estimator, w Week, age int, c Counter) (n, of float64) {
		m := e.standings(w, age)
		for s := range Standings {
			if s.Ends().Adds(c) {
				n += m[s]
			}
			if s.Ends().Adds(CountHandled) {
				of += m[s]
			}
		}
		return n, of
	}
	var of [1 + LearnWeeks]float64 // all that were handled, of this week and those before
	byChannel := map[string]*[1 + LearnWeeks]float64{}
	age := -1
	for _, name := range names {
		e := channels[name]
		age = e.age(in.Week, q.Now)
		byChannel[name] = &[1 + LearnWeeks]float64{}
		for i := range of {
			_, n := counts(e, in.Week.Add(-i), age, CountHandled)
			of[i] += n
			byChannel[name][i] = n
		}
	}
	for i := 1; i < len(of); i++ {
		if of[i] > 0 {
			weeks = i
		}
	}
	if weeks < learnLeast || of[0] == 0 {
		return nil, nil
	}
	var list []tested
	for _, f := range shiftFigures {
		var before, after []Segment
		at := len(list)
		for _, name := range names {
			var h history
			h.n, h.of = counts(channels[name], in.Week, age, f.counts)
			for i := 1; i <= weeks; i++ {
				n, of := counts(channels[name], in.Week.Add(-i), age, f.counts)
				h.before, h.outOf = append(h.before, n), append(h.outOf, of)
			}
			before, after = append(before, Segment{name, h.n0(), h.of0()}), append(after, Segment{name, h.n, h.of})
			if len(names) > 1 && h.of >= shiftFrom && h.of0() >= shiftFrom {
				list = append(list, tested{Shift{By: ByChannel, Name: name, Figure: f.name}, h, true, false})
			}
		}
		contribute(list[at:], Split(before, after))
	}
	if len(names) > 1 {
		for _, name := range names {
			h := history{n: byChannel[name][0], of: of[0], before: byChannel[name][1 : weeks+1], outOf: of[1 : weeks+1]}
			list = append(list, tested{Shift{By: ByShare, Name: name}, h, true, false})
		}
	}
	return list, nil
}

// contribute notes how much each shift is of the change.
func contribute(list []tested, all []Contribution) {
	for i := range list {
		if at := slices.IndexFunc(all, func(c Contribution) bool { return c.Name == list[i].Name }); at >= 0 {
			list[i].Contribution = all[at]
		}
	}
}

// handledBefore are the weeks before one, the latest first, of which something was handled,
// and how much that was.
func handledBefore(in *DigestInput, q Query) (weeks []Week, handled []float64) {
	for i := 1; i <= LearnWeeks; i++ {
		sum := Total(in.Days, in.Week.Add(-i).Range(), q.Channel)
		if n := sum.Count(CountHandled, q.Definition); n > 0 {
			weeks, handled = append(weeks, in.Week.Add(-i)), append(handled, float64(n))
		}
	}
	return weeks, handled
}

// reasonShifts compares how often each reason led to a handoff. The rest of the
// conversations is the part without a name.
func reasonShifts(in *DigestInput, q Query) []tested {
	weeks, handled := handledBefore(in, q)
	if len(weeks) < learnLeast {
		return nil
	}
	sum := Total(in.Days, q.Range, q.Channel)
	all := float64(sum.Count(CountHandled, q.Definition))
	counts := make([]Counts, len(weeks))
	for i, w := range weeks {
		before := Total(in.Days, w.Range(), q.Channel)
		counts[i] = before.Names[Reasons]
	}
	var list []tested
	rest0, rest1 := sumOf(handled), all
	var before, after []Segment
	for _, c := range sum.Names[Reasons] {
		h := history{n: float64(c.N), of: all, outOf: handled}
		for i := range weeks {
			h.before = append(h.before, float64(counts[i].Of(c.Name)))
		}
		before, after = append(before, Segment{c.Name, h.n0(), h.n0()}), append(after, Segment{c.Name, h.n, h.n})
		rest0, rest1 = rest0-h.n0(), rest1-h.n
		if max(h.n, h.usual()) >= shiftFrom { // of what is handed off later less is known
			list = append(list, tested{Shift{By: ByReason, Name: c.Name, Figure: FigureHandoffRate}, h, true, true})
		}
	}
	gone := 0.0 // reasons that did not occur this week
	for _, c := range counts {
		gone += float64(c.Total())
	}
	for _, p := range before {
		gone -= p.N
	}
	before = append(before, Segment{"", gone, rest0})
	after = append(after, Segment{"", 0, rest1})
	contribute(list, Split(before, after))
	return list
}

// topicShifts compares how many conversations asked what could not be answered.
func topicShifts(in *DigestInput, q Query) []tested {
	weeks, handled := handledBefore(in, q)
	if len(weeks) < learnLeast {
		return nil
	}
	sum := Total(in.Days, q.Range, q.Channel)
	all := float64(sum.Count(CountHandled, q.Definition))
	var list []tested
	seen := map[int]bool{}
	for i := range in.Questions {
		t := &in.Questions[i].Topic
		if t.Number == 0 || seen[t.Number] {
			continue
		}
		seen[t.Number] = true
		h := history{n: float64(t.in(in.Week, q.Rules.Zone, false)), of: all, outOf: handled}
		for _, w := range weeks {
			h.before = append(h.before, float64(t.in(w, q.Rules.Zone, false)))
		}
		if max(h.n, h.usual()) >= shiftFrom {
			s := Shift{By: ByTopic, Name: Mask(Clean(t.Name)), Topic: t.Number}
			s.Contribution = Contribution{Name: s.Name, Own: h.n/h.of - h.n0()/h.of0()}
			list = append(list, tested{s, h, false, true})
		}
	}
	return list
}

// in is how many conversations asked it in a week, those of which that is inferred or the
// others.
func (t *NoteTopic) in(w Week, zone *time.Location, inferred bool) int {
	start, end := w.Start(zone), w.End(zone)
	asked := map[string]bool{}
	for _, a := range t.Asked {
		if a.Inferred == inferred && !a.At.Before(start) && a.At.Before(end) {
			asked[a.Conversation] = true
		}
	}
	return len(asked)
}
