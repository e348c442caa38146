package reports

import (
	"slices"
	"strings"
	"time"
)

// Tally is what the conversations of one channel add to one day, or a sum of
// such tallies. Every report is a function of tallies.
type Tally struct {
	Conversations int64
	Handled       int64
	HandedOff     int64
	Reasons       Counts // handed off, by reason
	HandoffClose  Sum    // from the agent's first act to the close, of the handed-off ones that are closed

	Feedback        Counts // submissions by rating, on the day of the feedback
	Members         Counts // closed by a teammate, on the day of the close
	Unanswered      int64  // questions, on the day they were asked
	VisitorMessages int64  // in handled conversations, on the day of the message

	Outcomes [definitions]Outcomes
}

// Outcomes is the part of a tally that depends on the definition and on now.
type Outcomes struct {
	Resolved   int64
	Unresolved int64
	Open       int64
	Deflected  int64
	OpenUntil  time.Time // when the last of the open ones settles
	Resolution Durations // from the agent's first act to the resolution moment
	ByAgent    int64     // resolved by the agent, on the day of the resolution moment
}

// Sum adds up durations of which only the mean is asked.
type Sum struct {
	Count int64
	Sum   int64 // milliseconds
}

// Counts counts by name. It is a list, sorted by name: names come from outside.
type Counts []Count

// Count is how often one name occurred.
type Count struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// Add counts a name n times.
func (c *Counts) Add(name string, n int64) {
	if n == 0 {
		return
	}
	i, found := slices.BinarySearchFunc(*c, name, func(have Count, name string) int { return strings.Compare(have.Name, name) })
	if found {
		(*c)[i].N += n
		return
	}
	*c = slices.Insert(*c, i, Count{name, n})
}

// Merge counts all names of another list.
func (c *Counts) Merge(o Counts) {
	for _, x := range o {
		c.Add(x.Name, x.N)
	}
}

// Of is the count of one name.
func (c Counts) Of(name string) int64 {
	for _, x := range c {
		if x.Name == name {
			return x.N
		}
	}
	return 0
}

// Total is the sum of all counts.
func (c Counts) Total() int64 {
	var n int64
	for _, x := range c {
		n += x.N
	}
	return n
}

// Largest is the same counts, the largest first, ties by name.
func (c Counts) Largest() Counts {
	s := slices.Clone(c)
	slices.SortStableFunc(s, func(a, b Count) int { return int(b.N - a.N) })
	return s
}

// Merge adds another tally.
func (t *Tally) Merge(o *Tally) {
	t.Conversations += o.Conversations
	t.Handled += o.Handled
	t.HandedOff += o.HandedOff
	t.Reasons.Merge(o.Reasons)
	t.HandoffClose.Count += o.HandoffClose.Count
	t.HandoffClose.Sum += o.HandoffClose.Sum
	t.Feedback.Merge(o.Feedback)
	t.Members.Merge(o.Members)
	t.Unanswered += o.Unanswered
	t.VisitorMessages += o.VisitorMessages
	for d := range t.Outcomes {
		t.Outcomes[d].merge(&o.Outcomes[d])
	}
}

func (o *Outcomes) merge(x *Outcomes) {
	o.Resolved += x.Resolved
	o.Unresolved += x.Unresolved
	o.Open += x.Open
	o.Deflected += x.Deflected
	o.Resolution.Merge(&x.Resolution)
	o.ByAgent += x.ByAgent
	if x.OpenUntil.After(o.OpenUntil) {
		o.OpenUntil = x.OpenUntil
	}
}

// ChannelTally is a tally and the channel it is of.
type ChannelTally struct {
	Channel string
	Tally
}

// DayTally is the sum of all conversations' shares of one day, by channel, and
// the interval [From, Until) of now for which it holds. A zero From or Until
// is no bound.
type DayTally struct {
	Day         Day
	Channels    []ChannelTally // sorted by channel
	From, Until time.Time
}

// Holds reports whether the sum is the one at a moment.
func (t *DayTally) Holds(now time.Time) bool {
	return !now.Before(t.From) && (t.Until.IsZero() || now.Before(t.Until))
}

// channel is the tally of a channel, made where there is none.
func (t *DayTally) channel(name string) *Tally {
	i, found := slices.BinarySearchFunc(t.Channels, name, func(have ChannelTally, name string) int { return strings.Compare(have.Channel, name) })
	if !found {
		t.Channels = slices.Insert(t.Channels, i, ChannelTally{Channel: name})
	}
	return &t.Channels[i].Tally
}

// settles narrows the interval: something in the day changes at a moment.
func (t *DayTally) settles(at, now time.Time) {
	switch {
	case at.IsZero():
	case !now.Before(at):
		if at.After(t.From) {
			t.From = at
		}
	case t.Until.IsZero() || at.Before(t.Until):
		t.Until = at
	}
}

// Rules are what turns facts into figures. They are one deployment's, and the
// store is bound to them.
type Rules struct {
	Zone   *time.Location // the reporting zone
	Window time.Duration  // how long a conversation stays open after its last message
}

// Days are the days to which a conversation adds something, in order.
func (r Rules) Days(c *Conversation) []Day {
	if c.Test {
		return nil
	}
	days := []Day{DayOf(c.StartedAt, r.Zone)}
	add := func(t time.Time) {
		d := DayOf(t, r.Zone)
		if i, found := slices.BinarySearch(days, d); !found {
			days = slices.Insert(days, i, d)
		}
	}
	for _, f := range c.Feedback {
		add(f.At.Time())
	}
	for _, m := range c.UnansweredAt {
		add(m.Time())
	}
	if c.Handled() {
		for _, m := range c.VisitorAt {
			add(m.Time())
		}
		for _, d := range Definitions {
			if c.Verdict(d, r.Window).Outcome == OutcomeResolved {
				add(c.ResolutionMoment())
				break
			}
		}
	}
	if c.Closer == Human {
		add(c.ClosedAt)
	}
	return days
}

// AddShare adds to a day's tally, at a moment, what a conversation adds to
// that day, and narrows the tally's interval accordingly.
func (r Rules) AddShare(t *DayTally, c *Conversation, now time.Time) {
	if c.Test {
		return
	}
	ch := t.channel(c.Channel)
	on := func(at time.Time) bool { return DayOf(at, r.Zone) == t.Day }

	for _, f := range c.Feedback {
		if on(f.At.Time()) {
			ch.Feedback.Add(string(f.Rating), 1)
		}
	}
	for _, m := range c.UnansweredAt {
		if on(m.Time()) {
			ch.Unanswered++
		}
	}
	if c.Closer == Human && on(c.ClosedAt) {
		ch.Members.Add(memberName(c.CloserMember), 1)
	}
	started := on(c.StartedAt)
	if started {
		ch.Conversations++
	}
	if !c.Handled() {
		return
	}
	for _, m := range c.VisitorAt {
		if on(m.Time()) {
			ch.VisitorMessages++
		}
	}
	if started {
		ch.Handled++
		if c.HandedOff() {
			ch.HandedOff++
			ch.Reasons.Add(c.Reason, 1)
			if !c.ClosedAt.IsZero() {
				ch.HandoffClose.Count++
				ch.HandoffClose.Sum += c.sinceAgent(c.ClosedAt).Milliseconds()
			}
		}
	}
	resolvedToday := on(c.ResolutionMoment())
	for _, d := range Definitions {
		v := c.Verdict(d, r.Window)
		byAgent := resolvedToday && v.Outcome == OutcomeResolved
		if started || byAgent {
			t.settles(v.SettlesAt, now)
		}
		out := &ch.Outcomes[d]
		outcome := v.At(now)
		if byAgent && outcome == OutcomeResolved {
			out.ByAgent++
		}
		if !started {
			continue
		}
		switch outcome {
		case OutcomeOpen:
			out.Open++
			if v.SettlesAt.After(out.OpenUntil) {
				out.OpenUntil = v.SettlesAt
			}
			continue
		case OutcomeResolved:
			out.Resolved++
			out.Resolution.Add(c.sinceAgent(c.ResolutionMoment()))
		case OutcomeUnresolved:
			out.Unresolved++
		}
		if c.Deflected() {
			out.Deflected++
		}
	}
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

// Total sums the channels of the days that lie in a range: all of them, or one.
func Total(days []DayTally, r Range, channel string) Tally {
	var sum Tally
	for i := range days {
		if !r.Contains(days[i].Day) {
			continue
		}
		for j := range days[i].Channels {
			if c := &days[i].Channels[j]; channel == "" || c.Channel == channel {
				sum.Merge(&c.Tally)
			}
		}
	}
	return sum
}
