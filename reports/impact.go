package reports

import (
	"math"
	"time"
)

// Impact is "Impact this week" as data: what each figure of a week is so far, what it will
// settle at, and how it compares with the week before. It is what digest.json holds.
type Impact struct {
	Week       Week      `json:"week"`
	Now        time.Time `json:"now"`
	Zone       string    `json:"zone"`
	Definition string    `json:"definition"`
	Filter     string    `json:"filter"` // a channel; empty for all

	Handled   int64 `json:"handled"`
	Open      int64 `json:"open"`
	Unengaged int64 `json:"unengaged"`
	Ratings   int64 `json:"ratings"` // positive and negative
	// ResolutionMedianMS is null where nothing is resolved.
	ResolutionMedianMS *int64 `json:"resolution_median_ms"`

	Figures  map[string]ImpactFigure `json:"figures"`
	Restated []RestatedFigure        `json:"restated"`

	Shifts   []Shift   `json:"shifts,omitzero"` // the heaviest first
	Silences []Silence `json:"silences,omitzero"`
	// SettlesAt is when the last of the open conversations does.
	SettlesAt time.Time `json:"settles_at,omitzero"`
	// Minutes is what a person spends on a conversation; 0 where nobody said.
	Minutes float64 `json:"minutes_per_conversation,omitzero"`
}

// Silence is a source from which nothing came.
type Silence struct {
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
}

// ImpactFigure is one figure: a count, a rate as a fraction, or milliseconds. What does not
// exist is null.
type ImpactFigure struct {
	SoFar *float64 `json:"so_far"`
	Low   *float64 `json:"low"` // with High what it can still be as time passes
	High  *float64 `json:"high"`
	// Estimate is what it will settle at, and Interval holds that nine times of ten.
	Estimate *float64  `json:"estimate"`
	Interval []float64 `json:"interval"`
	// Before is the week before: what it settled at, or itself an estimate.
	Before        *float64 `json:"before"`
	BeforeSettled bool     `json:"before_settled"`
	// Change is the newer less the older, and Sure says whether it may be said.
	Change *float64 `json:"change"`
	Sure   bool     `json:"sure"`
}

// RestatedFigure is what was said of a figure of the week before, and what it settled at.
type RestatedFigure struct {
	Week     Week      `json:"week"`
	Figure   string    `json:"figure"`
	Said     float64   `json:"said"`
	Interval []float64 `json:"interval"`
	Settled  float64   `json:"settled"`
}

// The other figures of an impact.
const (
	FigureHelpful    = "helpful"
	FigureResolution = "resolution_ms"
)

// impactColumns are the figures of an impact, as reports show them.
var impactColumns = map[string]Column{
	FigureHandled: handled, FigureResolved: resolved, FigureResolutionRate: resolutionRate, FigureDeflected: deflections, FigureDeflectionRate: deflectionRate,
	FigureHandedOff: handedOff, FigureHandoffRate: handoffRate, FigureHelpful: helpful, FigureResolution: resolutionTime,
}

// slowOpen is the share of the handled up to which open conversations leave the mean
// resolution time alone: the slow ones are still among them.
const slowOpen = 0.05

// Impact is the impact of the input's week. Without cohorts nothing is estimated. Its error
// says that what it is made of is damaged.
func (in *DigestInput) Impact() (Impact, error) {
	q, w, days := in.query(), in.Week, in.Days
	sum, before := Total(days, w.Range(), q.Channel), Total(days, w.Add(-1).Range(), q.Channel)
	e, err := NewEstimator(in.Cohorts, q.Channel, q.Definition, q.Rules)
	if err != nil {
		return Impact{}, err
	}
	thought, thoughtBefore := e.Week(w, q.Now), e.Week(w.Add(-1), q.Now)
	ratings := helpful.Value(&sum, q.Definition)
	m := Impact{
		Week: w, Now: q.Now.UTC(), Zone: q.Rules.Zone.String(), Definition: q.Definition.String(), Filter: q.Channel,
		Handled: sum.Count(CountHandled, q.Definition), Open: sum.Count(CountOpen, q.Definition), Unengaged: sum.Count(CountUnengaged, q.Definition), Ratings: ratings.D,
		SettlesAt: sum.OpenUntil[q.Definition], Minutes: in.Minutes,
		Figures: map[string]ImpactFigure{}, Restated: []RestatedFigure{},
	}
	if v := resolutionMedian.Value(&sum, q.Definition); v.OK() {
		m.ResolutionMedianMS = &v.N
	}
	for name, column := range impactColumns {
		now := knownOf(column.Value(&sum, q.Definition), sum.Count(CountOpen, q.Definition), thought, name)
		was := knownOf(column.Value(&before, q.Definition), before.Count(CountOpen, q.Definition), thoughtBefore, name)
		if before.IsZero() { // there is no week before
			was = known{value: Value{Unit: Rate}}
		}
		if name == FigureResolution {
			now.provisional = float64(m.Open) > slowOpen*float64(m.Handled)
			was.provisional = float64(before.Count(CountOpen, q.Definition)) > slowOpen*float64(before.Count(CountHandled, q.Definition))
		}
		m.Figures[name] = now.since(was)
	}
	if in.Before != nil {
		m.restate(in.Before.Impact, days, q)
	}
	for _, s := range in.Sources {
		if s.Silent(w.End(q.Rules.Zone)) {
			m.Silences = append(m.Silences, Silence{s.Name, s.LastAt})
		}
	}
	m.Shifts, err = shifts(in, q)
	return m, err
}

// SavedHours is what people would have spent on the conversations that the agent resolved,
// or will have; 0 where nobody said how long one takes.
func (m *Impact) SavedHours() float64 {
	f := m.Figures[FigureResolved]
	switch {
	case f.Estimate != nil:
		return *f.Estimate * m.Minutes / 60
	case f.SoFar != nil:
		return *f.SoFar * m.Minutes / 60
	}
	return 0
}

// known is what is known of one figure of a week.
type known struct {
	value    Value
	high     float64
	estimate *Estimate
	settled  bool
	// provisional says that the figure is not to be compared.
	provisional bool
}

func knownOf(v Value, open int64, thought WeekEstimate, name string) known {
	switch name {
	case FigureHandled: // who has not answered yet may
		v.Open = int64(thought.Highest[name] - thought.SoFar[name])
	default:
		v = MayStill(name, v, open)
	}
	k := known{value: v, high: v.High()}
	if !v.OK() {
		return k
	}
	if k.settled = k.high == v.Float(); k.settled {
		k.estimate = &Estimate{Value: v.Float(), Low: v.Float(), High: v.Float()}
	} else if x, ok := thought.Estimates[name]; ok && !thought.Settled {
		k.estimate = &x
	}
	return k
}

// MayStill is a figure with all that can change it, of which so many conversations are
// open: any of them may still be handed off.
func MayStill(name string, v Value, open int64) Value {
	if name == FigureHandedOff || name == FigureHandoffRate {
		v.Open = open
	}
	return v
}

// since is the figure beside that of the week before.
func (k known) since(before known) ImpactFigure {
	var f ImpactFigure
	if !k.value.OK() {
		return f
	}
	soFar := k.value.Float()
	f.SoFar = &soFar
	if k.provisional { // a mean that leaves out the slow ones
		return f
	}
	f.Low, f.High = &soFar, &k.high
	if k.estimate == nil {
		return f
	}
	f.Estimate, f.Interval = &k.estimate.Value, []float64{k.estimate.Low, k.estimate.High}
	if !before.value.OK() || before.estimate == nil || before.provisional {
		return f
	}
	change := k.estimate.Value - before.estimate.Value
	f.Before, f.BeforeSettled, f.Change = &before.estimate.Value, before.settled, &change
	rate := k.value.Unit == Rate
	f.Sure = Sure(rate, *before.estimate, *k.estimate)
	switch { // of so few a change says nothing
	case rate:
		f.Sure = f.Sure && !k.value.TooFew() && !before.value.TooFew()
	case k.value.Unit == Duration:
		f.Sure = f.Sure && min(k.value.D, before.value.D) >= FewConversations
	default:
		f.Sure = f.Sure && before.estimate.Value >= FewConversations
	}
	return f
}

// restatedFigures are those of which it is told what they settled at.
var restatedFigures = []string{FigureResolutionRate, FigureDeflectionRate}

// restate tells what was said of the week before and what it settled at, once it has.
func (m *Impact) restate(said *Impact, days []DayTally, q Query) {
	if said == nil || said.Week != m.Week.Add(-1) || said.Definition != m.Definition || said.Filter != m.Filter || said.Zone != m.Zone {
		return
	}
	sum := Total(days, said.Week.Range(), q.Channel)
	if sum.Count(CountOpen, q.Definition) > 0 {
		return
	}
	for _, name := range restatedFigures {
		was, v := said.Figures[name], impactColumns[name].Value(&sum, q.Definition)
		if was.Estimate == nil || len(was.Interval) != 2 || !v.Says() {
			continue
		}
		m.Restated = append(m.Restated, RestatedFigure{said.Week, name, *was.Estimate, was.Interval, v.Float()})
	}
}

// Percents is a change in whole points of a rate, or in per cent of anything else; 0 where
// it is about the same.
func (f *ImpactFigure) Percents(rate bool) int64 {
	switch {
	case f.Change == nil || !f.Sure:
		return 0
	case rate: // between what is printed, so that the reader can check it
		return int64(math.Round(100**f.Estimate)) - int64(math.Round(100**f.Before))
	case *f.Before == 0:
		return 0
	}
	return int64(math.Round(100 * *f.Change / *f.Before))
}

// ImpactRange is the days that an impact of a week is made of, but for its figures: those
// of the weeks from which an estimate is learnt.
func ImpactRange(w Week) Range {
	return Range{w.Monday().Add(-7 * (3*LearnWeeks - 4)), w.Monday().Add(7)}
}
