package lang

import (
	"math"
	"strings"
	"time"

	"agentreport/reports"
)

// ImpactWords are one figure of an impact as people read it.
type ImpactWords struct {
	Figure string // its name in the catalogue: column_…
	Value  string
	Change string // on the week before; empty where nothing can be said
	More   string // beside it, in small print
}

// impactFigures are the figures of an impact in the order in which they are said, each with
// the one whose change is said of it.
var impactFigures = []struct{ column, figure, changes string }{
	{"handled", reports.FigureHandled, reports.FigureHandled},
	{"resolved", reports.FigureResolved, reports.FigureResolutionRate},
	{"deflection_rate", reports.FigureDeflectionRate, reports.FigureDeflectionRate},
	{"handoff_rate", reports.FigureHandoffRate, reports.FigureHandoffRate},
	{"resolution_time", reports.FigureResolution, reports.FigureResolution},
	{"helpful", reports.FigureHelpful, reports.FigureHelpful},
}

// Impact says each figure of a week. Up and down are the ids of the words for a change.
func (p *Printer) Impact(m *reports.Impact, up, down string) []ImpactWords {
	out := make([]ImpactWords, len(impactFigures))
	for i, x := range impactFigures {
		out[i] = ImpactWords{Figure: x.column}
		w, f := &out[i], m.Figures[x.figure]
		few := m.Handled < reports.FewConversations
		switch x.column {
		case "handled":
			w.Value = p.impactCount(f)
			few = f.Before != nil && *f.Before < reports.FewConversations
		case "resolved":
			w.Value, w.More = p.resolved(m, f)
		case "resolution_time":
			w.Value, w.More = p.resolutionTime(m, f)
			few = isFew(m.Figures[reports.FigureResolved])
		case "helpful":
			few = m.Ratings < reports.FewConversations
			if w.Value = p.impactRate(f, m.Ratings); f.SoFar != nil && !few {
				w.More = p.Count("digest_ratings", m.Ratings)
			}
		default:
			w.Value = p.impactRate(f, m.Handled)
		}
		if !few {
			w.Change = p.impactChange(m.Figures[x.changes], x.changes, up, down)
		}
	}
	return out
}

// isFew reports whether a count is one of which a rate or a mean says nothing.
func isFew(f reports.ImpactFigure) bool {
	return f.SoFar != nil && *f.SoFar < reports.FewConversations
}

// isEstimate reports whether a figure can still change, and what it will be is estimated.
func isEstimate(f reports.ImpactFigure) bool {
	return f.Estimate != nil && f.Low != nil && *f.Low != *f.High
}

func points(x float64) int64 { return int64(math.Round(100 * x)) }

// about is a number with the sign of an estimate where it is one.
func (p *Printer) about(f reports.ImpactFigure, number string) string {
	if isEstimate(f) {
		return p.T("impact_about", Args{"Value": number})
	}
	return number
}

func (p *Printer) impactCount(f reports.ImpactFigure) string {
	switch {
	case f.SoFar == nil:
		return p.T("digest_no_data")
	case f.Estimate != nil:
		return p.about(f, p.Number(int64(*f.Estimate)))
	case f.Low != nil && *f.Low != *f.High:
		return p.Number(int64(*f.Low)) + "–" + p.Number(int64(*f.High))
	}
	return p.Number(int64(*f.SoFar))
}

// impactRate is a rate of so many.
func (p *Printer) impactRate(f reports.ImpactFigure, of int64) string {
	switch {
	case f.SoFar == nil:
		return p.T("digest_no_data")
	case of < reports.FewConversations:
		return p.T("digest_too_few", Args{"N": p.Number(int64(math.Round(*f.SoFar * float64(of)))), "D": p.Number(of)})
	case f.Estimate != nil:
		return p.about(f, p.Percent(points(*f.Estimate)))
	}
	return p.rateRange(f)
}

func (p *Printer) rateRange(f reports.ImpactFigure) string {
	low, high := points(*f.Low), points(*f.High)
	if low == high {
		return p.Percent(low)
	}
	return p.Number(low) + "–" + p.Percent(high)
}

// resolved is how many were resolved and the share that is, and beside it what that is so
// far and can still be.
func (p *Printer) resolved(m *reports.Impact, f reports.ImpactFigure) (value, more string) {
	rate := m.Figures[reports.FigureResolutionRate]
	value = p.impactCount(f)
	if f.SoFar == nil || rate.SoFar == nil || m.Handled < reports.FewConversations {
		return value, ""
	}
	value += ", " + p.impactRate(rate, m.Handled)
	if isEstimate(f) {
		more = p.T("impact_so_far", Args{"N": p.Number(int64(*f.SoFar)), "Range": p.rateRange(rate)})
	}
	return value, more
}

// resolutionTime is the mean, and beside it what is typical: a few slow ones make a mean.
func (p *Printer) resolutionTime(m *reports.Impact, f reports.ImpactFigure) (value, more string) {
	if f.SoFar == nil {
		return p.T("digest_no_data"), ""
	}
	value = p.Milliseconds(*f.SoFar)
	if m.Open > 0 {
		value = p.T("impact_time_so_far", Args{"Time": value})
	}
	if m.ResolutionMedianMS != nil {
		more = p.T("impact_typically", Args{"Time": p.Milliseconds(float64(*m.ResolutionMedianMS))})
	}
	return value, more
}

// impactChange says a change that is sure, or that it is about the same.
func (p *Printer) impactChange(f reports.ImpactFigure, name, up, down string) string {
	if f.Change == nil {
		return ""
	}
	rate := name != reports.FigureHandled && name != reports.FigureResolution
	n := f.Percents(rate)
	by := p.Percent(max(n, -n))
	if rate {
		by = p.Count("digest_points", max(n, -n))
	}
	switch {
	case n > 0:
		return p.T(up, Args{"By": by})
	case n < 0:
		return p.T(down, Args{"By": by})
	}
	return p.T("digest_same")
}

// ImpactSentence says a week in one sentence: what the agent resolved, and how that
// compares.
func (p *Printer) ImpactSentence(m *reports.Impact) string {
	rate := m.Figures[reports.FigureResolutionRate]
	switch {
	case m.Handled == 0:
		return p.T("sentence_none")
	case m.Handled < reports.FewConversations:
		id := "sentence_few"
		if m.Open > 0 {
			id += "_open"
		}
		return p.Count(id, m.Handled, Args{"Resolved": p.Number(int64(*m.Figures[reports.FigureResolved].SoFar))})
	case rate.Estimate == nil:
		return p.Count("sentence_range", m.Handled, Args{
			"Resolved": p.Number(int64(*m.Figures[reports.FigureResolved].SoFar)), "Range": p.rateRange(rate), "Open": p.Number(m.Open),
		})
	}
	args := Args{"Rate": p.Percent(points(*rate.Estimate)), "Count": p.impactCount(m.Figures[reports.FigureHandled])}
	id := "sentence_exact"
	if isEstimate(rate) {
		id = "sentence_about"
	}
	n := rate.Percents(true)
	args["By"] = p.Count("digest_points", max(n, -n))
	switch {
	case rate.Change == nil:
	case n > 0:
		id += "_up"
	case n < 0:
		id += "_down"
	default:
		id += "_same"
	}
	return p.T(id, args)
}

// Headline is a week in a sentence, and what in it its own weeks do not explain, a line
// each.
func (p *Printer) Headline(m *reports.Impact) []string {
	lines := []string{p.ImpactSentence(m)}
	for i := range m.Shifts {
		lines = append(lines, reports.Clean(p.Shift(&m.Shifts[i])))
	}
	return lines
}

// Silences are the sources whose conversations are missing from a week, a line each.
func (p *Printer) Silences(m *reports.Impact, zone *time.Location) []string {
	var lines []string
	for _, s := range m.Silences {
		lines = append(lines, p.T("digest_silence", Args{"Source": s.Source, "Since": p.MomentNear(s.Since, m.Now, zone)}))
	}
	return lines
}

// Settling says how much of a week is still open, what the agent saved in it, and what
// became of what was said of the week before.
func (p *Printer) Settling(m *reports.Impact, zone *time.Location) string {
	var notes []string
	if m.Open > 0 {
		notes = append(notes, p.Provisional(m.Open, m.SettlesAt, m.Now, zone))
	}
	if hours := m.SavedHours(); hours >= 1 {
		notes = append(notes, p.Count("digest_saved", int64(math.Round(hours)), Args{"Minutes": p.Decimal(m.Minutes)}))
	}
	if restated := p.impactRestated(m); restated != "" {
		notes = append(notes, restated)
	}
	return strings.Join(notes, " ")
}

// Provisional says how many conversations are still open, and until when.
func (p *Printer) Provisional(open int64, settles, now time.Time, zone *time.Location) string {
	return p.Count("digest_provisional", open, Args{"At": p.MomentNear(settles, now, zone)})
}

// impactRestated says what was said of the week before and what it settled at; empty where
// there is nothing to say.
func (p *Printer) impactRestated(m *reports.Impact) string {
	for _, r := range m.Restated {
		if r.Figure != reports.FigureResolutionRate {
			continue
		}
		said := p.Percent(points(r.Said))
		if len(r.Interval) == 2 && r.Interval[0] != r.Interval[1] {
			said = p.T("impact_about", Args{"Value": said})
		}
		return p.T("impact_restated", Args{"Said": said, "Settled": p.Percent(points(r.Settled))})
	}
	return ""
}
