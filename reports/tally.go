package reports

import (
	"slices"
	"strings"
	"time"
)

// Tally is what the sessions of one channel add to one day, or a sum of such
// tallies: every figure of the tables Counters, Breakdowns and Timings. Every
// report is a function of tallies.
type Tally struct {
	Counts    [counters][definitions]int64
	Names     [breakdowns]Counts
	Times     [timings][definitions]Durations
	OpenUntil [definitions]time.Time // when the last of the open ones settles
}

// Count is a counter's sum under a definition.
func (t *Tally) Count(c Counter, d Definition) int64 { return t.Counts[c][Counters[c].under(d)] }

// Time is a timing's sum under a definition.
func (t *Tally) Time(x Timing, d Definition) *Durations { return &t.Times[x][Timings[x].under(d)] }

// Merge adds another tally.
func (t *Tally) Merge(o *Tally) {
	for c := range t.Counts {
		for d := range t.Counts[c] {
			t.Counts[c][d] += o.Counts[c][d]
		}
	}
	for b := range t.Names {
		t.Names[b].Merge(o.Names[b])
	}
	for x := range t.Times {
		for d := range t.Times[x] {
			t.Times[x][d].Merge(&o.Times[x][d])
		}
	}
	for d := range t.OpenUntil {
		if o.OpenUntil[d].After(t.OpenUntil[d]) {
			t.OpenUntil[d] = o.OpenUntil[d]
		}
	}
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

// IsZero reports whether nothing happened.
func (t *Tally) IsZero() bool {
	for c := range t.Counts {
		if t.Counts[c] != [definitions]int64{} {
			return false
		}
	}
	for b := range t.Names {
		if len(t.Names[b]) > 0 {
			return false
		}
	}
	return true
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
