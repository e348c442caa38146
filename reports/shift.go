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
	By     ShiftBy `json:"by"`
	Name   string  `json:"name"`            // of the channel, the topic or the reason
	Figure string  `json:"figure,omitzero"` // of a channel or a reason: what moved
	Topic  int     `json:"topic,omitzero"`  // the number of a topic
	N      int64   `json:"n"`               // conversations that count
	Of     int64   `json:"of"`              // of so many
	Usual  float64 `json:"usual"`           // of as many in its usual weeks
	// Contribution is its part of the change of the rate from the usual weeks to this one.
	Contribution Contribution `json:"contribution,omitzero"`
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
	if p, ok := pastOf(in, q); ok {
		list = slices.Concat(list, reasonShifts(&p), topicShifts(in.Questions, &p, in.Week, q.Rules.Zone))
	}
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
var shiftFigures = []estimatedFigure{
	{Name: FigureHandoffRate, counts: CountHandedOff},
	{Name: FigureResolutionRate, counts: CountResolved},
}

// endings is how many sessions of a week would end how, if nothing more happened to them
// after an age.
func (e *Estimator) endings(w Week, age int) (ended [Standings]float64) {
	for s, n := range e.standings(w, age) {
		ended[Standing(s).Ends()] += n
	}
	return ended
}

// channelShifts compares each channel with its own weeks at the same age, as it would end
// if nothing more happened.
func channelShifts(in *DigestInput, q Query) ([]tested, error) {
	// Each channel's endings of this week and of those before, the latest first.
	channels := map[string]*[1 + LearnWeeks][Standings]float64{}
	for _, day := range in.Cohorts {
		for _, c := range day.Cohorts {
			channels[c.Channel] = nil
		}
	}
	names := slices.Sorted(maps.Keys(channels))
	var handled [1 + LearnWeeks]float64 // of all channels
	for _, name := range names {
		e, err := NewEstimator(in.Cohorts, name, q.Definition, q.Rules)
		if err != nil {
			return nil, err
		}
		channels[name] = &[1 + LearnWeeks][Standings]float64{}
		for i := range handled {
			channels[name][i] = e.endings(in.Week.Add(-i), e.age(in.Week, q.Now))
			_, n := shiftFigures[0].sums(channels[name][i])
			handled[i] += n
		}
	}
	weeks := 0
	for i := 1; i < len(handled); i++ {
		if handled[i] > 0 {
			weeks = i
		}
	}
	if weeks < learnLeast || handled[0] == 0 {
		return nil, nil
	}
	var list []tested
	for _, f := range shiftFigures {
		var before, after []Segment
		at := len(list)
		for _, name := range names {
			var h history
			h.n, h.of = f.sums(channels[name][0])
			for _, week := range channels[name][1 : weeks+1] {
				n, of := f.sums(week)
				h.before, h.outOf = append(h.before, n), append(h.outOf, of)
			}
			before, after = append(before, Segment{name, h.n0(), h.of0()}), append(after, Segment{name, h.n, h.of})
			if len(names) > 1 && h.of >= shiftFrom && h.of0() >= shiftFrom {
				list = append(list, tested{Shift{By: ByChannel, Name: name, Figure: f.Name}, h, true, false})
			}
		}
		contribute(list[at:], Split(before, after))
	}
	for _, name := range names {
		if len(names) < 2 {
			break
		}
		h := history{of: handled[0], outOf: handled[1 : weeks+1]}
		_, h.n = shiftFigures[0].sums(channels[name][0])
		for _, week := range channels[name][1 : weeks+1] {
			_, n := shiftFigures[0].sums(week)
			h.before = append(h.before, n)
		}
		list = append(list, tested{Shift{By: ByShare, Name: name}, h, true, false})
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

// past is what happened in the week and in those before it of which something was handled,
// the latest first.
type past struct {
	week    Tally
	all     float64 // that were handled in the week
	weeks   []Week
	tallies []Tally
	handled []float64
}

// pastOf is the past of a query; false where it is too short.
func pastOf(in *DigestInput, q Query) (p past, ok bool) {
	p.week = Total(in.Days, q.Range, q.Channel)
	p.all = float64(p.week.Count(CountHandled, q.Definition))
	for i := 1; i <= LearnWeeks; i++ {
		w := in.Week.Add(-i)
		sum := Total(in.Days, w.Range(), q.Channel)
		if n := sum.Count(CountHandled, q.Definition); n > 0 {
			p.weeks, p.tallies, p.handled = append(p.weeks, w), append(p.tallies, sum), append(p.handled, float64(n))
		}
	}
	return p, len(p.weeks) >= learnLeast
}

// reasonShifts compares how often each reason led to a handoff. The rest of the
// conversations is the part without a name.
func reasonShifts(p *past) []tested {
	var list []tested
	gone, rest0, rest1 := 0.0, sumOf(p.handled), p.all // gone are reasons that did not occur this week
	for i := range p.tallies {
		gone += float64(p.tallies[i].Names[Reasons].Total())
	}
	var before, after []Segment
	for _, c := range p.week.Names[Reasons] {
		h := history{n: float64(c.N), of: p.all, outOf: p.handled}
		for i := range p.tallies {
			h.before = append(h.before, float64(p.tallies[i].Names[Reasons].Of(c.Name)))
		}
		before, after = append(before, Segment{c.Name, h.n0(), h.n0()}), append(after, Segment{c.Name, h.n, h.n})
		gone, rest0, rest1 = gone-h.n0(), rest0-h.n0(), rest1-h.n
		if max(h.n, h.usual()) >= shiftFrom { // of what is handed off later less is known
			list = append(list, tested{Shift{By: ByReason, Name: c.Name, Figure: FigureHandoffRate}, h, true, true})
		}
	}
	contribute(list, Split(append(before, Segment{"", gone, rest0}), append(after, Segment{"", 0, rest1})))
	return list
}

// topicShifts compares how many conversations asked what could not be answered.
func topicShifts(questions []Note, p *past, w Week, zone *time.Location) []tested {
	var list []tested
	seen := map[int]bool{}
	for i := range questions {
		t := &questions[i].Topic
		if t.Number == 0 || seen[t.Number] {
			continue
		}
		seen[t.Number] = true
		h := history{n: float64(t.in(w, zone, false)), of: p.all, outOf: p.handled}
		for _, v := range p.weeks {
			h.before = append(h.before, float64(t.in(v, zone, false)))
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
