package reports

import "time"

// A tally holds three kinds of figures, each a table below: counts, counts by
// name, and durations. A row says what one session adds to its figure and when;
// the figure is then summed, stored, printed and listed without another word of
// code. What the store has summed depends on the rows and their order: raise its
// fold version with any change.

// Counter is a figure that counts.
type Counter int

// The counters.
const (
	CountConversations Counter = iota
	CountUnengaged
	CountHandled
	CountResolved
	CountDeflected
	CountHandedOff
	CountUnresolved
	CountOpen
	CountUnanswered
	CountVisitorMessages
	CountByAgent
	counters
)

// Breakdown is a figure that counts by name.
type Breakdown int

// The breakdowns.
const (
	Reasons           Breakdown = iota // of handoffs
	FeedbackByRating                   // of what the agent handled
	FeedbackUnhandled                  // where it took no part, by rating
	ClosedByMember
	breakdowns
)

// Timing is a figure of durations.
type Timing int

// The timings.
const (
	ResolutionTime Timing = iota // from the agent's first act to the resolution moment
	HandoffToClose               // from the agent's first act to the close, where it was handed off
	timings
)

// Measure is a row of the tables: one figure.
type Measure struct {
	Name string // in `report all`
	// PerDefinition figures depend on the definition of resolved, and on now.
	PerDefinition bool
	// Part figures are printed within another: in the team.
	Part bool
	// Names are those that a breakdown can have; nil where they come from outside.
	Names []string
	// of calls add for all that a session adds, now or later. A counter's name is
	// empty, a timing's n is in milliseconds.
	of func(x *share, d Definition, add adding)
}

// adding counts something on the day on which a time falls.
type adding func(at time.Time, name string, n int64)

// onStart counts a session once, on the day on which it started, where a fact holds.
func onStart(holds func(*share, Definition) bool) func(*share, Definition, adding) {
	return func(x *share, d Definition, add adding) {
		if holds(x, d) {
			add(x.StartedAt, "", 1)
		}
	}
}

func withOutcome(o Outcome) func(*share, Definition, adding) {
	return onStart(func(x *share, d Definition) bool { return x.outcomes[d] == o })
}

// Counters are the rows of the counters.
var Counters = [counters]Measure{
	CountConversations: {Name: "conversations", of: onStart(func(x *share, _ Definition) bool { return !x.Unengaged })},
	CountUnengaged:     {Name: "unengaged", of: onStart(func(x *share, _ Definition) bool { return x.Unengaged })},
	CountHandled:       {Name: "handled", of: onStart(func(x *share, _ Definition) bool { return x.Handled() })},
	CountHandedOff:     {Name: "handed_off", of: onStart(func(x *share, _ Definition) bool { return x.HandedOff() })},
	CountResolved:      {Name: "resolved", PerDefinition: true, of: withOutcome(OutcomeResolved)},
	CountUnresolved:    {Name: "unresolved", PerDefinition: true, of: withOutcome(OutcomeUnresolved)},
	CountOpen:          {Name: "open", PerDefinition: true, of: withOutcome(OutcomeOpen)},
	CountDeflected: {Name: "deflected", PerDefinition: true, of: onStart(func(x *share, d Definition) bool {
		return x.Deflected() && x.outcomes[d] != OutcomeOpen
	})},
	CountUnanswered: {Name: "unanswered", of: func(x *share, _ Definition, add adding) {
		for _, at := range x.UnansweredAt {
			add(at.Time(), "", 1)
		}
	}},
	CountVisitorMessages: {Name: "visitor_messages", of: func(x *share, _ Definition, add adding) {
		if x.Handled() {
			for _, at := range x.VisitorAt {
				add(at.Time(), "", 1)
			}
		}
	}},
	CountByAgent: {Name: "team_agent", PerDefinition: true, Part: true, of: func(x *share, d Definition, add adding) {
		if x.outcomes[d] == OutcomeResolved {
			add(x.ResolutionMoment(), "", 1)
		}
	}},
}

// Breakdowns are the rows of the breakdowns.
var Breakdowns = [breakdowns]Measure{
	Reasons: {Name: "reasons", of: func(x *share, _ Definition, add adding) {
		if x.HandedOff() {
			add(x.StartedAt, x.Reason, 1)
		}
	}},
	FeedbackByRating:  {Name: "feedback", Names: ratingNames, of: feedbackWhere(true)},
	FeedbackUnhandled: {Name: "feedback_unhandled", Names: ratingNames, of: feedbackWhere(false)},
	ClosedByMember: {Name: "team_member", Part: true, of: func(x *share, _ Definition, add adding) {
		if x.Closer == Human && !x.Unengaged {
			add(x.ClosedAt, memberName(x.CloserMember), 1)
		}
	}},
}

var ratingNames = []string{string(Positive), string(Neutral), string(Negative)}

func feedbackWhere(handled bool) func(*share, Definition, adding) {
	return func(x *share, _ Definition, add adding) {
		if x.Handled() == handled {
			for _, f := range x.Feedback {
				add(f.At.Time(), string(f.Rating), 1)
			}
		}
	}
}

// Timings are the rows of the timings.
var Timings = [timings]Measure{
	ResolutionTime: {Name: "resolution_ms", PerDefinition: true, of: func(x *share, d Definition, add adding) {
		if x.outcomes[d] == OutcomeResolved {
			add(x.StartedAt, "", x.sinceAgent(x.ResolutionMoment()))
		}
	}},
	HandoffToClose: {Name: "handoff_to_close_ms", of: func(x *share, _ Definition, add adding) {
		if x.HandedOff() && !x.ClosedAt.IsZero() {
			add(x.StartedAt, "", x.sinceAgent(x.ClosedAt))
		}
	}},
}

// Definitions are those under which the figure is summed: all, or one that
// stands for all.
func (m *Measure) Definitions() []Definition {
	if m.PerDefinition {
		return Definitions[:]
	}
	return Definitions[:1]
}

// under is the place of a figure's sum under a definition.
func (m *Measure) under(d Definition) Definition {
	if m.PerDefinition {
		return d
	}
	return Standard
}

// AgentName is the agent among those who resolved conversations.
const AgentName = "agent"

// memberName is how a teammate is counted: a member called as the agent is
// keeps apart from it.
func memberName(id string) string {
	switch id {
	case "":
		return "unknown"
	case AgentName:
		return "member:" + AgentName
	}
	return id
}

// share is what a session adds to the figures at a moment.
type share struct {
	*Session
	verdicts [definitions]Verdict
	outcomes [definitions]Outcome
	zone     *time.Location
}

// share is the session's at a moment; at the zero time once it has settled.
func (r Rules) share(s *Session, now time.Time) *share {
	x := &share{Session: s, zone: r.Zone}
	for _, d := range Definitions {
		x.verdicts[d] = s.Verdict(d, r.Window)
		x.outcomes[d] = x.verdicts[d].Outcome
		if !now.IsZero() && x.outcomes[d] != "" {
			x.outcomes[d] = x.verdicts[d].At(now)
		}
	}
	return x
}

// slot is the place of one sum in a tally.
type slot struct {
	kind, row int
	d         Definition
	measure   *Measure
}

// The kinds of figures, as slots tell them apart.
const (
	isCounter = iota
	isBreakdown
	isTiming
)

// each calls add with everything that the session adds, and the day on which it
// does.
func (x *share) each(add func(day Day, to slot, name string, n int64)) {
	var last time.Time
	var day Day
	rows := func(kind int, table []Measure) {
		for i := range table {
			for _, d := range table[i].Definitions() {
				table[i].of(x, d, func(at time.Time, name string, n int64) {
					if day == "" || !at.Equal(last) { // most fall on the start
						last, day = at, DayOf(at, x.zone)
					}
					add(day, slot{kind, i, d, &table[i]}, name, n)
				})
			}
		}
	}
	rows(isCounter, Counters[:])
	rows(isBreakdown, Breakdowns[:])
	rows(isTiming, Timings[:])
}

// addTo adds what the session adds on some days to the tally of its channel, and
// reports whether it adds anything there, now or once it has settled.
func (x *share) addTo(t *DayTally, on func(Day) bool) bool {
	var c *Tally
	x.each(func(day Day, to slot, name string, n int64) {
		if !on(day) {
			return
		}
		if c == nil {
			c = t.channel(x.Channel)
		}
		switch to.kind {
		case isCounter:
			c.Counts[to.row][to.d] += n
		case isBreakdown:
			c.Names[to.row].Add(name, n)
		case isTiming:
			c.Times[to.row][to.d].Add(time.Duration(n) * time.Millisecond)
		}
		if to.kind == isCounter && Counter(to.row) == CountOpen {
			if v := x.verdicts[to.d]; v.SettlesAt.After(c.OpenUntil[to.d]) {
				c.OpenUntil[to.d] = v.SettlesAt
			}
		}
	})
	// What it adds to the day of its resolution it may add later.
	return c != nil || on(DayOf(x.ResolutionMoment(), x.zone))
}
