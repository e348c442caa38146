package reports

import "time"

// Source is what is known of one system that sends events.
type Source struct {
	Name    string    `json:"name"`
	LastAt  time.Time `json:"last_at"`           // of its latest event that is no test, by its own clock
	FirstAt time.Time `json:"first_at,omitzero"` // likewise; zero where an earlier version kept none
	// Hours has a bit for each hour of the last heardWeeks in which something came, from
	// HoursFrom on, in hours since 1970.
	Hours     []byte `json:"hours,omitempty"`
	HoursFrom int64  `json:"hours_from,omitzero"`
}

// When a source is silent.
const (
	silentAtLeast   = 24 * time.Hour
	silentTimes     = 2 // the longest gap of the weeks before
	silentWeeks     = 8 // so many weeks
	silentHistory   = 3 * 7 * 24 * time.Hour
	silentUntilThen = 72 * time.Hour // with less history than that

	heardHours = (silentWeeks + 1) * 7 * 24
)

func hourOf(at time.Time) int64 { return at.Unix() / 3600 }

// Hear notes that something came that happened at a moment, in whatever order. It reports
// whether that was news.
func (s *Source) Hear(at time.Time) bool {
	return s.Merge(&Source{FirstAt: at, LastAt: at, Hours: []byte{1}, HoursFrom: hourOf(at)})
}

// Merge hears all that another record of the source heard.
func (s *Source) Merge(o *Source) bool {
	if o.LastAt.IsZero() {
		return false
	}
	news := false
	if o.LastAt.After(s.LastAt) {
		s.LastAt, news = o.LastAt, true
	}
	if s.FirstAt.IsZero() || o.FirstAt.Before(s.FirstAt) {
		s.FirstAt, news = o.FirstAt, true
	}
	if len(s.Hours) == 0 {
		s.HoursFrom = hourOf(s.LastAt) - heardHours
	}
	if gone := (hourOf(s.LastAt) - s.HoursFrom - heardHours) / 8; gone > 0 {
		s.Hours = s.Hours[min(gone, int64(len(s.Hours))):]
		s.HoursFrom += 8 * gone
	}
	for i := range int64(len(o.Hours)) * 8 {
		bit := o.HoursFrom + i - s.HoursFrom
		if bit < 0 || o.Hours[i/8]&(1<<(i%8)) == 0 {
			continue
		}
		for int64(len(s.Hours)) <= bit/8 {
			s.Hours = append(s.Hours, 0)
		}
		if mask := byte(1) << (bit % 8); s.Hours[bit/8]&mask == 0 {
			s.Hours[bit/8] |= mask
			news = true
		}
	}
	return news
}

// Silent reports whether a source has sent nothing for longer than it ever does: more than
// 24 hours, and more than twice its longest gap in the 8 weeks before, to the hour. With
// less than 3 weeks of history it is after 72 hours. One that has sent nothing but tests is
// not silent.
func (s *Source) Silent(at time.Time) bool {
	if s.LastAt.IsZero() {
		return false
	}
	quiet := at.Sub(s.LastAt)
	if s.FirstAt.IsZero() || at.Sub(s.FirstAt) < silentHistory {
		return quiet > silentUntilThen
	}
	return quiet > silentAtLeast && quiet > silentTimes*s.longestGap(at)
}

// longestGap is the longest time between two events in the weeks before a moment.
func (s *Source) longestGap(at time.Time) time.Duration {
	from := max(0, hourOf(at)-silentWeeks*7*24-s.HoursFrom)
	last, longest := int64(-1), int64(0)
	for bit := from; bit < int64(len(s.Hours))*8; bit++ {
		if s.Hours[bit/8]&(1<<(bit%8)) == 0 {
			continue
		}
		if last >= 0 {
			longest = max(longest, bit-last)
		}
		last = bit
	}
	return time.Duration(longest) * time.Hour
}
