package reports

import (
	"slices"
	"time"
)

// Rules are what the figures of a deployment depend on beside the events. A
// store is bound to them.
type Rules struct {
	Zone   *time.Location // the reporting zone
	Window time.Duration  // how long a session stays open after its last message
}

// Days are the days to which a conversation adds something, now or once it has
// settled, in order.
func (r Rules) Days(c *Conversation) []Day {
	var days []Day
	if c.Test {
		return days
	}
	for i := range c.Sessions {
		r.share(&c.Sessions[i], time.Time{}).each(func(d Day, _ slot, _ string, _ int64) {
			if at, found := slices.BinarySearch(days, d); !found {
				days = slices.Insert(days, at, d)
			}
		})
	}
	return days
}

// AddShare adds to a day's tally, at a moment, what a conversation adds to
// that day, and narrows the tally's interval accordingly.
func (r Rules) AddShare(t *DayTally, c *Conversation, now time.Time) {
	if c.Test {
		return
	}
	for i := range c.Sessions {
		s := &c.Sessions[i]
		x := r.share(s, now)
		if x.addTo(t, func(d Day) bool { return d == t.Day }) {
			for _, v := range x.verdicts {
				t.settles(v.SettlesAt, now)
			}
		}
	}
}
