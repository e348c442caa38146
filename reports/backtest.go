package reports

import (
	"math"
	"slices"
	"time"
)

// Backtested is what would have been said of a figure of a week at a past moment, and
// what it settled at.
type Backtested struct {
	Week    Week      `json:"week"`
	At      time.Time `json:"at"`
	Figure  string    `json:"figure"`
	SoFar   float64   `json:"so_far"`
	High    float64   `json:"high"` // with SoFar the range that it could still take
	Said    float64   `json:"estimate"`
	Low90   float64   `json:"low"`
	High90  float64   `json:"high_90"`
	Settled float64   `json:"settled"`
	// Change is what would have been said of the change on the week before: -1, 0 or 1;
	// 0 is about the same. Was is the change that it settled at.
	Change int     `json:"change"`
	Was    float64 `json:"was"`
	// Compared says that there was a week before to compare with.
	Compared bool `json:"compared"`
}

// IsRate reports whether the figure is a share of what was handled.
func (b *Backtested) IsRate() bool {
	i := slices.IndexFunc(estimated, func(f estimatedFigure) bool { return f.Name == b.Figure })
	return i >= 0 && estimated[i].rate
}

// Held reports whether the interval held what it settled at. Half a conversation is no
// miss of a count.
func (b *Backtested) Held() bool {
	return b.Settled >= b.Low90-1e-9 && b.Settled <= b.High90+1e-9
}

// Backtest goes back to the moment after the end of each of the last weeks at which a
// digest is made, and compares what would have been said then, by what was known then,
// with what the week settled at. Weeks that have not settled by now, or of which nothing
// could have been estimated, are left out.
func (e *Estimator) Backtest(weeks int, after time.Duration, now time.Time) []Backtested {
	var list []Week
	for w := range e.weeks {
		if hasSettled(e.standings(w, e.age(w, now))) && e.age(w, now) >= 0 {
			list = append(list, w)
		}
	}
	slices.Sort(list)
	var out []Backtested
	for _, w := range list[max(0, len(list)-weeks):] {
		at := w.End(e.rules.Zone).Add(after)
		then, before := e.Week(w, at), e.Week(w.Add(-1), at)
		for _, f := range estimated {
			x, ok := then.Estimates[f.Name]
			is, ok2 := f.ended(e.standings(w, e.age(w, now)))
			if !ok || !ok2 {
				continue
			}
			b := Backtested{
				Week: w, At: at, Figure: f.Name, SoFar: then.SoFar[f.Name], High: then.Highest[f.Name],
				Said: x.Value, Low90: x.Low, High90: x.High, Settled: is,
			}
			y, ok := before.Estimates[f.Name]
			was, ok2 := f.ended(e.standings(w.Add(-1), e.age(w.Add(-1), now)))
			if ok && ok2 && sessionsOf(e.standings(w.Add(-1), e.age(w.Add(-1), at))) > 0 {
				b.Compared = true
				b.Was = is - was
				few := f.rate && min(then.SoFar[FigureHandled], before.SoFar[FigureHandled]) < FewConversations || !f.rate && y.Value < FewConversations
				if !few && Sure(f.rate, y, x) {
					b.Change = 1
					if x.Value < y.Value {
						b.Change = -1
					}
				}
			}
			out = append(out, b)
		}
	}
	return out
}

// sessionsOf is how many sessions of a week count anywhere.
func sessionsOf(m [Standings]float64) (n float64) {
	for s := range Standings {
		if s != NotCounted {
			n += m[s]
		}
	}
	return n
}

// ended is the figure of a week where what is open ends as it stands.
func (f *estimatedFigure) ended(m [Standings]float64) (float64, bool) {
	var ends [Standings]float64
	for s := range Standings {
		ends[s.Ends()] += m[s]
	}
	value, _, ok := f.bounds(ends)
	return value, ok
}

// Score is how good estimates of a figure were.
type Score struct {
	Figure string
	Weeks  int
	// Error is the mean error, and MidRange that of the middle of the range: in points of
	// a rate, or per cent of a count.
	Error, MidRange float64
	Held            float64 // share of the intervals that held
	Shown, Right    int     // changes that were shown, and of those the right ones
}

// ScoreOf sums what was backtested, a figure each in their order.
func ScoreOf(list []Backtested) []Score {
	var out []Score
	for _, f := range estimated {
		s := Score{Figure: f.Name}
		for i := range list {
			b := &list[i]
			if b.Figure != f.Name {
				continue
			}
			s.Weeks++
			unit := 100.0
			if !f.rate {
				unit = 100 / max(1, b.Settled)
			}
			s.Error += math.Abs(b.Said-b.Settled) * unit
			s.MidRange += math.Abs((b.SoFar+b.High)/2-b.Settled) * unit
			if b.Held() {
				s.Held++
			}
			if b.Change != 0 {
				s.Shown++
				if float64(b.Change)*b.Was > 0 {
					s.Right++
				}
			}
		}
		if s.Weeks == 0 {
			continue
		}
		n := float64(s.Weeks)
		s.Error, s.MidRange, s.Held = s.Error/n, s.MidRange/n, s.Held/n
		out = append(out, s)
	}
	return out
}
