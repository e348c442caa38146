package reports

// All is every figure of every week in a range, exact, for another program to
// check. Its JSON is that of metrics.md, "For another program to check".
type All struct {
	Zone       string           `json:"zone"`
	Definition string           `json:"definition"`
	Channel    string           `json:"channel,omitzero"`
	From       Day              `json:"from,omitzero"`
	To         Day              `json:"to,omitzero"`
	Weeks      map[Week]Figures `json:"weeks"`
}

// Figures are the exact figures of one week.
type Figures struct {
	Conversations   int64            `json:"conversations"`
	Handled         int64            `json:"handled"`
	Resolved        int64            `json:"resolved"`
	Deflected       int64            `json:"deflected"`
	HandedOff       int64            `json:"handed_off"`
	Unresolved      int64            `json:"unresolved"`
	Open            int64            `json:"open"`
	ByChannel       map[string]int64 `json:"by_channel"`
	Reasons         map[string]int64 `json:"reasons"`
	Feedback        map[string]int64 `json:"feedback"`
	Team            map[string]int64 `json:"team"`
	Unanswered      int64            `json:"unanswered"`
	VisitorMessages int64            `json:"visitor_messages"`
	Resolution      SumJSON          `json:"resolution_ms"`
	HandoffToClose  SumJSON          `json:"handoff_to_close_ms"`
}

// SumJSON is a count and a sum of milliseconds.
type SumJSON struct {
	Count int64 `json:"count"`
	Sum   int64 `json:"sum"`
}

// FiguresOf are the figures of the days in a range under a definition.
func FiguresOf(days []DayTally, r Range, channel string, d Definition) Figures {
	t := Total(days, r, channel)
	o := &t.Outcomes[d]
	return Figures{
		Conversations: t.Conversations, Handled: t.Handled, HandedOff: t.HandedOff,
		Resolved: o.Resolved, Deflected: o.Deflected, Unresolved: o.Unresolved, Open: o.Open,
		ByChannel: HandledByChannel(days, r, channel).Map(), Reasons: t.Reasons.Map(), Feedback: t.Feedback.Map(), Team: Team(&t, d).Map(),
		Unanswered: t.Unanswered, VisitorMessages: t.VisitorMessages,
		Resolution:     SumJSON{o.Resolution.Count, o.Resolution.Sum},
		HandoffToClose: SumJSON{t.HandoffClose.Count, t.HandoffClose.Sum},
	}
}

// IsZero reports whether no figure has a value.
func (f *Figures) IsZero() bool {
	return f.Conversations == 0 && f.Unanswered == 0 && f.VisitorMessages == 0 && len(f.Feedback) == 0 && len(f.Team) == 0
}

// Team is who resolved conversations: the agent and each teammate.
func Team(t *Tally, d Definition) Counts {
	var c Counts
	c.Merge(t.Members)
	c.Add(AgentName, t.Outcomes[d].ByAgent)
	return c
}

// HandledByChannel counts the handled conversations of each channel.
func HandledByChannel(days []DayTally, r Range, channel string) Counts {
	var c Counts
	for i := range days {
		if !r.Contains(days[i].Day) {
			continue
		}
		for j := range days[i].Channels {
			if ch := &days[i].Channels[j]; channel == "" || ch.Channel == channel {
				c.Add(ch.Channel, ch.Handled)
			}
		}
	}
	return c
}

// Map is the counts by name, those of zero left out.
func (c Counts) Map() map[string]int64 {
	m := make(map[string]int64, len(c))
	for _, x := range c {
		if x.N != 0 {
			m[x.Name] = x.N
		}
	}
	return m
}

// AllFigures computes every figure of every week that has any.
func AllFigures(days []DayTally, q Query) All {
	a := All{Zone: q.Rules.Zone.String(), Definition: q.Definition.String(), Channel: q.Channel, Weeks: map[Week]Figures{}}
	byWeek := map[Week][]DayTally{}
	for _, t := range days {
		if q.Range.Contains(t.Day) {
			byWeek[t.Day.Week()] = append(byWeek[t.Day.Week()], t)
		}
	}
	for w, tallies := range byWeek {
		if f := FiguresOf(tallies, q.Range, q.Channel, q.Definition); !f.IsZero() {
			a.Weeks[w] = f
		}
	}
	return a
}
