package reports

// All is every figure of every week in a range, exact, for another program to
// check. Its JSON is that of docs/figures.md, "For another program".
type All struct {
	Zone       string           `json:"zone"`
	Definition string           `json:"definition"`
	Channel    string           `json:"channel,omitzero"`
	From       Day              `json:"from,omitzero"`
	To         Day              `json:"to,omitzero"`
	Weeks      map[Week]Figures `json:"weeks"`
}

// Figures are the exact figures of one week by name: a count, counts by name
// or a sum of durations.
type Figures map[string]any

// SumJSON is a count and a sum of milliseconds.
type SumJSON struct {
	Count int64 `json:"count"`
	Sum   int64 `json:"sum"`
}

// FiguresOf are the figures of the days in a range under a definition.
func FiguresOf(days []DayTally, r Range, channel string, d Definition) Figures {
	t := Total(days, r, channel)
	f := Figures{"by_channel": HandledByChannel(days, r, channel).Map(), "team": Team(&t, d).Map()}
	for c, m := range Counters {
		if !m.Part {
			f[m.Name] = t.Count(Counter(c), d)
		}
	}
	for b, m := range Breakdowns {
		if !m.Part {
			f[m.Name] = t.Names[b].Map()
		}
	}
	for x, m := range Timings {
		sum := t.Time(Timing(x), d)
		f[m.Name] = SumJSON{sum.Count, sum.Sum}
	}
	return f
}

// IsZero reports whether no figure has a value.
func (f Figures) IsZero() bool {
	for _, v := range f {
		switch v := v.(type) {
		case int64:
			if v != 0 {
				return false
			}
		case map[string]int64:
			if len(v) > 0 {
				return false
			}
		case SumJSON:
			if v.Count != 0 {
				return false
			}
		}
	}
	return true
}

// Team is who resolved conversations: the agent and each teammate.
func Team(t *Tally, d Definition) Counts {
	var c Counts
	c.Merge(t.Names[ClosedByMember])
	c.Add(AgentName, t.Count(CountByAgent, d))
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
				c.Add(ch.Channel, ch.Count(CountHandled, Standard))
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
