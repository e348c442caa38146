package reports

import (
	"math"
	"slices"
	"time"
)

// How much an estimate is learnt from.
const (
	// LearnWeeks is how many of the last settled weeks it is learnt from at most, and
	// learnLeast how many there must be.
	LearnWeeks = 8
	learnLeast = 3
)

// Figures that an estimate is made of.
const (
	FigureHandled        = "handled"
	FigureResolved       = "resolved"
	FigureResolutionRate = "resolution_rate"
	FigureDeflected      = "deflected"
	FigureDeflectionRate = "deflection_rate"
	FigureHandedOff      = "handed_off"
	FigureHandoffRate    = "handoff_rate"
)

// estimatedFigure is a count, or the share of what was handled.
type estimatedFigure struct {
	Name   string
	counts Counter
	rate   bool
	// settles says that what is open is all that can still add to it. More may be handled,
	// and handed off, of what a teammate began.
	settles bool
}

// estimated are the figures that are estimated.
var estimated = []estimatedFigure{
	{FigureHandled, CountHandled, false, false},
	{FigureResolved, CountResolved, false, true},
	{FigureResolutionRate, CountResolved, true, true},
	{FigureDeflected, CountDeflected, false, true},
	{FigureDeflectionRate, CountDeflected, true, true},
	{FigureHandedOff, CountHandedOff, false, false},
	{FigureHandoffRate, CountHandedOff, true, false},
}

// Estimate is what a figure of a week will settle at, with a 90 % interval: a count, or a
// rate as a fraction. Of a week that has settled it is what it settled at, and the interval
// is that value alone.
type Estimate struct {
	Value, Low, High float64
	// spread is the standard deviation of what is not known, and free how many settled
	// weeks beyond the first it was learnt from; 0 where nothing is open.
	spread float64
	free   int
}

// WeekEstimate is what is known of a week at a moment, and what is thought of it.
type WeekEstimate struct {
	Week    Week
	Settled bool // the passing of time alone changes nothing any more
	// Learnt is how many settled weeks it was learnt from.
	Learnt int
	// SoFar is what each figure counts to so far, and Estimates are those of the figures
	// for which there is one. A rate of nothing is in neither.
	SoFar, Highest map[string]float64
	Estimates      map[string]Estimate
}

// ends is how sessions of a week that stood alike at one age stand at a later one.
type ends [Standings][Standings]float64

// cohort is one whose course is read.
type cohort struct {
	at func(hour int) Standing
	n  float64
}

// Estimator knows how the weeks of a channel, or of all, went under a definition.
type Estimator struct {
	rules Rules
	weeks map[Week][]cohort
}

// NewEstimator reads the cohorts of some weeks. A channel that is empty is every one.
func NewEstimator(days []DayCohorts, channel string, d Definition, r Rules) (*Estimator, error) {
	e := &Estimator{rules: r, weeks: map[Week][]cohort{}}
	for _, day := range days {
		w := WeekOf(day.Day.Date(), time.UTC)
		for _, c := range day.Cohorts {
			if c.Definition != d.String() || channel != "" && c.Channel != channel {
				continue
			}
			at, err := parseCourse(c.Course)
			if err != nil {
				return nil, err
			}
			e.weeks[w] = append(e.weeks[w], cohort{at, float64(c.N)})
		}
	}
	return e, nil
}

// age is how many whole hours a week's end is ago.
func (e *Estimator) age(w Week, now time.Time) int {
	return int(math.Floor(now.Sub(w.End(e.rules.Zone)).Hours()))
}

// standings are how many sessions of a week stood how at an age.
func (e *Estimator) standings(w Week, age int) (m [Standings]float64) {
	for _, c := range e.weeks[w] {
		m[c.at(age)] += c.n
	}
	return m
}

func openOf(m [Standings]float64) (open, all float64) {
	for s := range Standings {
		all += m[s]
		if s.IsOpen() {
			open += m[s]
		}
	}
	return open, all
}

// fewOpen is the share of a week's sessions that may still be open when others learn from
// it: a conversation that goes on for months would keep its week from ever settling.
const fewOpen = 0.01

func hasSettled(m [Standings]float64) bool {
	open, all := openOf(m)
	return open <= fewOpen*all
}

// learnFrom are the last weeks before one that had settled at a moment, the latest first.
func (e *Estimator) learnFrom(w Week, now time.Time) []Week {
	var list []Week
	for v := range e.weeks {
		if v < w && hasSettled(e.standings(v, e.age(v, now))) {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	slices.Reverse(list)
	return list[:min(len(list), LearnWeeks)]
}

// went is how a week's sessions went from an age to a moment.
func (e *Estimator) went(w Week, age int, now time.Time) (t ends) {
	known := e.age(w, now)
	for _, c := range e.weeks[w] {
		t[c.at(age)][c.at(known).Ends()] += c.n
	}
	return t
}

// Week estimates a week from what was known at a moment.
func (e *Estimator) Week(w Week, now time.Time) WeekEstimate {
	age := e.age(w, now)
	m := e.standings(w, age)
	open, _ := openOf(m)
	out := WeekEstimate{Week: w, Settled: open == 0, SoFar: map[string]float64{}, Highest: map[string]float64{}, Estimates: map[string]Estimate{}}
	for _, f := range estimated {
		low, high, ok := f.bounds(m)
		if !ok {
			continue
		}
		out.SoFar[f.Name], out.Highest[f.Name] = low, high
		if low == high { // nothing that could change it is open
			out.Estimates[f.Name] = Estimate{Value: low, Low: low, High: low}
		}
	}
	if out.Settled {
		return out
	}
	var learnt []ends
	for _, v := range e.learnFrom(w, now) {
		learnt = append(learnt, e.went(v, age, now))
	}
	out.Learnt = len(learnt)
	if len(learnt) < learnLeast {
		return out
	}
	all := pool(learnt)
	for _, f := range estimated {
		low, high, ok := f.bounds(m)
		if !ok || low == high {
			continue
		}
		value, own := f.predict(m, &all)
		w := f.weight(m)
		x := Estimate{spread: math.Sqrt(own + f.between(learnt)*w*w*(1+1/float64(len(learnt)))), free: len(learnt) - 1}
		half := student(x.free) * x.spread
		x.Value = max(value, low)
		if f.settles {
			x.Value = min(x.Value, high)
		}
		x.Low, x.High = max(0, min(value-half, x.Value)), max(value+half, x.Value)
		if f.rate {
			x.High = min(x.High, 1)
		}
		if !f.rate {
			x.Value, x.Low, x.High = math.Round(x.Value), math.Floor(x.Low), math.Ceil(x.High)
		}
		out.Estimates[f.Name] = x
	}
	return out
}

// sums are how many sessions count in the figure, and how many were handled.
func (f *estimatedFigure) sums(m [Standings]float64) (x, handled float64) {
	for s := range Standings {
		if s.Adds(f.counts) {
			x += m[s]
		}
		if s.Adds(CountHandled) {
			handled += m[s]
		}
	}
	return x, handled
}

// bounds are the figure so far and the range that it can still take as time passes; false
// where it is a rate of nothing.
func (f *estimatedFigure) bounds(m [Standings]float64) (soFar, high float64, ok bool) {
	x, handled := f.sums(m)
	open := 0.0
	for s := range Standings {
		if s.IsOpen() && (s == Waiting) == (f.counts == CountHandled) {
			open += m[s]
		}
	}
	if !f.rate {
		return x, x + open, true
	}
	if handled == 0 {
		return 0, 0, false
	}
	return x / handled, (x + open) / handled, true
}

// weight is what an error of the figure is measured against in a week: the sessions, or
// for a rate 1.
func (f *estimatedFigure) weight(m [Standings]float64) float64 {
	if f.rate {
		return 1
	}
	n := 0.0
	for s := range Standings {
		if s != NotCounted {
			n += m[s]
		}
	}
	return n
}

// pooled is how sessions that stood alike ended in several weeks together.
type pooled struct {
	share [Standings][Standings]float64
	of    [Standings]float64 // how many sessions that is
}

// A standing that is rare is taken to end as it would by itself, and a little otherwise.
const (
	byItself  = 2.0
	otherwise = 0.5
)

// fades is how much less a week counts than the one after it: what a team changes shows
// in its last weeks.
const fades = 0.65

func pool(weeks []ends) (p pooled) {
	for s := range Standings {
		n := byItself + otherwise
		p.share[s][s.Ends()] += byItself
		for to := NotCounted; to < OpenToResolved; to++ {
			if !to.IsOpen() {
				p.share[s][to] += otherwise / float64(settledStandings)
			}
		}
		weight := 1.0
		for _, w := range weeks {
			for to := range Standings {
				p.share[s][to] += weight * w[s][to]
				n += weight * w[s][to]
			}
			weight *= fades
		}
		for to := range Standings {
			p.share[s][to] /= n
		}
		p.of[s] = n
	}
	return p
}

// settledStandings is how many standings there are that time does not change.
const settledStandings = 6

// predict is what the figure of a week will be, and the variance of that by chance: how
// its own sessions fall, and how well the shares are known.
func (f *estimatedFigure) predict(m [Standings]float64, p *pooled) (value, variance float64) {
	var x, handled float64
	for s := range Standings {
		for to := range Standings {
			if to.Adds(f.counts) {
				x += m[s] * p.share[s][to]
			}
			if to.Adds(CountHandled) {
				handled += m[s] * p.share[s][to]
			}
		}
	}
	value, by := x, 0.0
	if f.rate {
		if handled == 0 {
			return 0, 0
		}
		value, by = x/handled, x/handled
	}
	for s := range Standings {
		if m[s] == 0 {
			continue
		}
		var mean, square float64
		for to := range Standings {
			z := 0.0
			if to.Adds(f.counts) {
				z++
			}
			if to.Adds(CountHandled) {
				z -= by
			}
			mean += p.share[s][to] * z
			square += p.share[s][to] * z * z
		}
		variance += m[s] * max(0, square-mean*mean) * (1 + m[s]/p.of[s])
	}
	if f.rate {
		variance /= handled * handled
	}
	return value, variance
}

// between is the variance of the figure, by its weight, beyond chance: how wrong an
// estimate of each of the weeks would have been that is made of the others.
func (f *estimatedFigure) between(weeks []ends) float64 {
	sum := 0.0
	for i := range weeks {
		others := slices.Delete(slices.Clone(weeks), i, i+1)
		p := pool(others)
		var m, ended [Standings]float64
		for s := range Standings {
			for to := range Standings {
				m[s] += weeks[i][s][to]
				ended[to] += weeks[i][s][to]
			}
		}
		said, chance := f.predict(m, &p)
		is, _, ok := f.bounds(ended)
		w := f.weight(m)
		if !ok || w == 0 {
			continue
		}
		sum += ((said-is)*(said-is) - chance) / (w * w)
	}
	return max(0, sum/float64(len(weeks)))
}

// student is how many standard deviations hold 90 % of the values, both ways, where the
// deviation itself was learnt from some weeks: Student's t.
func student(free int) float64 {
	table := []float64{6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860}
	return table[min(max(free, 1), len(table))-1]
}

// Sure reports whether a change from one estimate to another is not chance: the 90 %
// interval of the difference excludes nothing, and it is at least half a point of a rate,
// or 1 % of a count.
func Sure(rate bool, before, now Estimate) bool {
	change := math.Abs(now.Value - before.Value)
	least := 0.005
	if !rate {
		least = 0.01 * before.Value
	}
	if change < least || change == 0 {
		return false
	}
	free := now.free
	if free == 0 || before.free > 0 && before.free < free {
		free = before.free
	}
	spread := math.Hypot(now.spread, before.spread)
	return spread == 0 || change > student(free)*spread
}
