package reports

import (
	"strings"
	"time"
)

// Query is what a report is asked for.
type Query struct {
	Range      Range
	Channel    string // only this channel; empty for all
	Definition Definition
	Now        time.Time // decides what has settled
	Rules      Rules
}

// DefaultWeeks is how many complete weeks a report covers when not told.
const DefaultWeeks = 12

// Unit is what a value counts.
type Unit int

// The units.
const (
	Number   Unit = iota // conversations, messages, questions
	Rate                 // a share of something
	Duration             // a time span
)

// Shape is how a report is drawn.
type Shape int

// The shapes. Tiles and Bars stand for one period, the others run over weeks.
const (
	Tiles   Shape = iota // one large number a column
	Columns              // vertical bars, a group a week
	Stacked              // vertical bars, one upon the other
	Lines                // a line a column
	Bars                 // horizontal bars, one a name, the largest first
)

// Column is one figure of a report.
type Column struct {
	Name  string
	Unit  Unit
	Value func(*Tally, Definition) Value
	// Raw columns are in the table but not in the picture.
	Raw bool
	// Optional columns are left out where there is nothing to count.
	Optional bool
}

// Report is one of the reports of docs/figures.md: a row of the table below.
type Report struct {
	Name    string
	Shape   Shape
	Columns []Column
	// Split divides a report's only column by name: into further columns where
	// the report runs over weeks, into rows where it stands for one period.
	Split func(days []DayTally, r Range, channel string, d Definition) Counts
}

// Value is one number of a report, exact: a count N; a rate N of D; or a duration
// whose sum is N milliseconds over D. Open are the conversations that can still
// change it: a count or a rate can rise to N+Open.
type Value struct {
	Unit Unit  `json:"-"`
	N    int64 `json:"n"`
	D    int64 `json:"of,omitzero"`
	Open int64 `json:"open,omitzero"`
}

// OK reports whether there is a value: a rate of nothing is no data, not zero.
func (v Value) OK() bool { return v.Unit == Number || v.D > 0 }

// Float is the count, the rate from 0 to 1, or the milliseconds.
func (v Value) Float() float64 {
	if v.Unit == Number {
		return float64(v.N)
	}
	if v.D == 0 {
		return 0
	}
	return float64(v.N) / float64(v.D)
}

// High is the highest value that the figure can still take.
func (v Value) High() float64 {
	if v.Unit != Duration {
		v.N += v.Open
	}
	return v.Float()
}

// FewConversations is the number under which a rate is too few to say.
const FewConversations = 10

// TooFew reports a rate of so few that it says nothing.
func (v Value) TooFew() bool { return v.Unit == Rate && v.D > 0 && v.D < FewConversations }

// Says reports whether there is a value, and not a rate of so few that it says nothing.
func (v Value) Says() bool { return v.OK() && !v.TooFew() }

func count(n int64) Value         { return Value{Unit: Number, N: n} }
func rate(n, d, open int64) Value { return Value{Unit: Rate, N: n, D: d, Open: open} }
func span(sum, n int64) Value     { return Value{Unit: Duration, N: sum, D: n} }
func percentile(p float64) func(*Tally, Definition) Value {
	return func(t *Tally, d Definition) Value {
		x, ok := t.Time(ResolutionTime, d).Percentile(p)
		if !ok {
			return span(0, 0)
		}
		return span(x.Milliseconds(), 1)
	}
}

// counted is a column that shows a counter.
func counted(name string, c Counter) Column {
	return Column{Name: name, Unit: Number, Value: func(t *Tally, d Definition) Value { return count(t.Count(c, d)) }}
}

// settling is a column that shows a counter to which those that are open may
// still be added.
func settling(name string, c Counter) Column {
	return Column{Name: name, Unit: Number, Value: func(t *Tally, d Definition) Value {
		return Value{Unit: Number, N: t.Count(c, d), Open: t.Count(CountOpen, d)}
	}}
}

// shareOf is a column that shows one counter as a share of another.
func shareOf(name string, part, whole Counter) Column {
	return Column{Name: name, Unit: Rate, Value: func(t *Tally, d Definition) Value { return rate(t.Count(part, d), t.Count(whole, d), 0) }}
}

// settlingShare is a share of the handled that can still rise.
func settlingShare(name string, part Counter) Column {
	return Column{Name: name, Unit: Rate, Value: func(t *Tally, d Definition) Value {
		return rate(t.Count(part, d), t.Count(CountHandled, d), t.Count(CountOpen, d))
	}}
}

// mean is a column that shows the mean of a timing.
func mean(name string, x Timing) Column {
	return Column{Name: name, Unit: Duration, Value: func(t *Tally, d Definition) Value { return span(t.Time(x, d).Sum, t.Time(x, d).Count) }}
}

// The columns, each defined once.
var (
	handled        = counted("handled", CountHandled)
	resolved       = settling("resolved", CountResolved)
	resolutionRate = settlingShare("resolution_rate", CountResolved)
	// Of those that are open, the slow ones are still missing.
	resolutionTime = Column{Name: "resolution_time", Unit: Duration, Value: func(t *Tally, d Definition) Value {
		v := mean("", ResolutionTime).Value(t, d)
		v.Open = t.Count(CountOpen, d)
		return v
	}}
	resolutionMedian = Column{Name: "resolution_median", Unit: Duration, Value: percentile(0.5), Raw: true}
	resolutionP90    = Column{Name: "resolution_p90", Unit: Duration, Value: percentile(0.9), Raw: true}
	deflections      = settling("deflected", CountDeflected)
	deflectionRate   = settlingShare("deflection_rate", CountDeflected)
	helpful          = Column{Name: "helpful", Unit: Rate, Value: func(t *Tally, _ Definition) Value {
		good, bad := t.Names[FeedbackByRating].Of(string(Positive)), t.Names[FeedbackByRating].Of(string(Negative))
		return rate(good, good+bad, 0)
	}}
	conversations   = raw(counted("conversations", CountConversations))
	unengaged       = Column{Name: "unengaged", Unit: Number, Value: counted("", CountUnengaged).Value, Raw: true, Optional: true}
	handleRate      = shareOf("handle_rate", CountHandled, CountConversations)
	handedOff       = counted("handed_off", CountHandedOff)
	handoffRate     = shareOf("handoff_rate", CountHandedOff, CountHandled)
	handoffClose    = mean("handoff_to_close", HandoffToClose)
	visitorMessages = counted("visitor_messages", CountVisitorMessages)
	unanswered      = counted("unanswered", CountUnanswered)
	resolvedBy      = Column{Name: "resolved_by", Unit: Number, Value: func(t *Tally, d Definition) Value { return count(Team(t, d).Total()) }}
)

func feedbackColumn(r Rating) Column {
	return Column{Name: string(r), Unit: Number, Value: func(t *Tally, _ Definition) Value { return count(t.Names[FeedbackByRating].Of(string(r))) }}
}

func raw(c Column) Column {
	c.Raw = true
	return c
}

// Reports is every report, in the order in which they are offered.
var Reports = []Report{
	{Name: "impact", Shape: Tiles, Columns: []Column{handled, resolved, raw(resolutionRate), resolutionTime, resolutionMedian, resolutionP90, deflectionRate, handoffRate, helpful, unengaged}},
	{Name: "activity", Shape: Columns, Columns: []Column{handled, resolved}},
	{Name: "rates", Shape: Lines, Columns: []Column{resolutionRate, deflectionRate, handoffRate}},
	{Name: "handled", Shape: Columns, Columns: []Column{handled, unengaged}},
	{Name: "channels", Shape: Bars, Columns: []Column{handled}, Split: splitChannels},
	{Name: "feedback", Shape: Stacked, Columns: []Column{feedbackColumn(Positive), feedbackColumn(Neutral), feedbackColumn(Negative)}},
	{Name: "handle-rate", Shape: Lines, Columns: []Column{handleRate, raw(handled), conversations}},
	{Name: "resolution-rate", Shape: Lines, Columns: []Column{resolutionRate, raw(resolved), raw(handled)}},
	{Name: "resolved", Shape: Columns, Columns: []Column{resolved}},
	{Name: "deflection-rate", Shape: Lines, Columns: []Column{deflectionRate, raw(deflections), raw(handled)}},
	{Name: "deflections", Shape: Columns, Columns: []Column{deflections}},
	{Name: "team", Shape: Bars, Columns: []Column{resolvedBy}, Split: splitTeam},
	{Name: "handoff-rate", Shape: Lines, Columns: []Column{handoffRate, raw(handedOff), raw(handled)}},
	{Name: "handoffs", Shape: Stacked, Columns: []Column{handedOff}, Split: splitReasons},
	{Name: "handoff", Shape: Lines, Columns: []Column{handoffRate, handoffClose}},
	{Name: "workload", Shape: Lines, Columns: []Column{handled, visitorMessages}},
	{Name: "unanswered", Shape: Columns, Columns: []Column{unanswered}},
}

// AllReport is the name under which every figure is printed at once.
const AllReport = "all"

// ConversationsReport is the name under which the sessions behind the figures are
// listed.
const ConversationsReport = "conversations"

// ReportNames lists the names of every report.
func ReportNames() []string {
	names := make([]string, len(Reports))
	for i, r := range Reports {
		names[i] = r.Name
	}
	return names
}

// FindReport is the report of a name, in which case does not matter and blanks
// and underscores are hyphens.
func FindReport(name string) (*Report, bool) {
	name = strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(name)))
	for i := range Reports {
		if Reports[i].Name == name {
			return &Reports[i], true
		}
	}
	return nil, false
}

func splitChannels(days []DayTally, r Range, channel string, _ Definition) Counts {
	return HandledByChannel(days, r, channel)
}

func splitTeam(days []DayTally, r Range, channel string, d Definition) Counts {
	t := Total(days, r, channel)
	return Team(&t, d)
}

func splitReasons(days []DayTally, r Range, channel string, _ Definition) Counts {
	return Total(days, r, channel).Names[Reasons]
}
