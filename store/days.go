package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"agentreport/reports"
)

// errUnchanged ends an update that has nothing to do.
var errUnchanged = errors.New("unchanged")

// Days returns the tallies of a range of days as they are at a moment, those
// without anything left out. Its cost does not grow with the number of
// conversations, but for days that changed since they were last read.
func (s *Store) Days(ctx context.Context, r reports.Range, now time.Time) ([]reports.DayTally, error) {
	docs, err := s.backend.Find(ctx, tallies, Query{From: string(r.From), To: string(r.To)})
	if err != nil {
		return nil, fmt.Errorf("days %s to %s: %w", r.From, r.To, err)
	}
	days := make([]reports.DayTally, 0, len(docs))
	for _, doc := range docs {
		t, ok, err := openTally(doc, now)
		if err == nil && !ok {
			t, err = s.sumDay(ctx, reports.Day(doc.ID), now)
		}
		if err != nil {
			return nil, fmt.Errorf("day %s: %w", doc.ID, err)
		}
		if len(t.Channels) > 0 {
			days = append(days, t)
		}
	}
	return days, nil
}

// FirstAndLast are the days between which there is anything; false where there
// is nothing.
func (s *Store) FirstAndLast(ctx context.Context) (reports.Range, bool, error) {
	docs, err := s.backend.Find(ctx, tallies, Query{})
	if err != nil || len(docs) == 0 {
		return reports.Range{}, false, err
	}
	return reports.Range{From: reports.Day(docs[0].ID), To: reports.Day(docs[len(docs)-1].ID).Add(1)}, true, nil
}

// tallyDoc is a day's document. Its version is the day's mark: it counts how
// often the day was marked, and how often a sum was stored.
type tallyDoc struct {
	// Done is the version of the document that stored the sum; a mark since
	// then has made the sum old.
	Done     int64          `json:"done"`
	From     time.Time      `json:"from,omitzero"`
	Until    time.Time      `json:"until,omitzero"`
	Channels []channelTally `json:"channels,omitempty"`
}

// channelTally is a reports.ChannelTally with short names, for thousands of
// them are read for a report.
type channelTally struct {
	Channel       string         `json:"channel"`
	Conversations int64          `json:"conversations,omitzero"`
	Handled       int64          `json:"handled,omitzero"`
	HandedOff     int64          `json:"handed_off,omitzero"`
	Reasons       reports.Counts `json:"reasons,omitempty"`
	CloseCount    int64          `json:"close_count,omitzero"`
	CloseSum      int64          `json:"close_ms,omitzero"`
	Feedback      reports.Counts `json:"feedback,omitempty"`
	Members       reports.Counts `json:"members,omitempty"`
	Unanswered    int64          `json:"unanswered,omitzero"`
	Messages      int64          `json:"messages,omitzero"`
	Outcomes      []outcomes     `json:"outcomes,omitempty"`
}

type outcomes struct {
	Resolved   int64     `json:"resolved,omitzero"`
	Unresolved int64     `json:"unresolved,omitzero"`
	Open       int64     `json:"open,omitzero"`
	Deflected  int64     `json:"deflected,omitzero"`
	OpenUntil  time.Time `json:"open_until,omitzero"`
	ByAgent    int64     `json:"by_agent,omitzero"`
	Count      int64     `json:"count,omitzero"`
	Sum        int64     `json:"ms,omitzero"`
	Histogram  []byte    `json:"histogram,omitempty"` // see reports.Durations.Pack
}

// openTally decodes a day's document; false where its sum does not hold now.
func openTally(doc Doc, now time.Time) (reports.DayTally, bool, error) {
	var d tallyDoc
	if err := decode(tallies, doc, &d); err != nil {
		return reports.DayTally{}, false, err
	}
	t := reports.DayTally{Day: reports.Day(doc.ID), From: d.From, Until: d.Until}
	if d.Done != doc.Version || !t.Holds(now) {
		return t, false, nil
	}
	t.Channels = make([]reports.ChannelTally, len(d.Channels))
	for i := range d.Channels {
		c := &d.Channels[i]
		to := &t.Channels[i]
		to.Channel = c.Channel
		to.Tally = reports.Tally{
			Conversations: c.Conversations, Handled: c.Handled, HandedOff: c.HandedOff, Reasons: c.Reasons,
			HandoffClose: reports.Sum{Count: c.CloseCount, Sum: c.CloseSum}, Feedback: c.Feedback, Members: c.Members,
			Unanswered: c.Unanswered, VisitorMessages: c.Messages,
		}
		for j, o := range c.Outcomes {
			to.Outcomes[j] = reports.Outcomes{
				Resolved: o.Resolved, Unresolved: o.Unresolved, Open: o.Open, Deflected: o.Deflected,
				OpenUntil: o.OpenUntil, ByAgent: o.ByAgent,
				Resolution: reports.PackedDurations(o.Count, o.Sum, o.Histogram),
			}
		}
	}
	return t, true, nil
}

func packTally(t *reports.DayTally, done int64) tallyDoc {
	d := tallyDoc{Done: done, From: t.From, Until: t.Until}
	for i := range t.Channels {
		c := &t.Channels[i]
		p := channelTally{
			Channel: c.Channel, Conversations: c.Conversations, Handled: c.Handled, HandedOff: c.HandedOff, Reasons: c.Reasons,
			CloseCount: c.HandoffClose.Count, CloseSum: c.HandoffClose.Sum, Feedback: c.Feedback, Members: c.Members,
			Unanswered: c.Unanswered, Messages: c.VisitorMessages,
		}
		for _, o := range c.Outcomes {
			p.Outcomes = append(p.Outcomes, outcomes{
				Resolved: o.Resolved, Unresolved: o.Unresolved, Open: o.Open, Deflected: o.Deflected,
				OpenUntil: o.OpenUntil, ByAgent: o.ByAgent,
				Count: o.Resolution.Count, Sum: o.Resolution.Sum, Histogram: o.Resolution.Pack(),
			})
		}
		d.Channels = append(d.Channels, p)
	}
	return d
}

// sumDay sums the shares of a day's conversations and stores the sum, unless
// the day was marked meanwhile: then again.
func (s *Store) sumDay(ctx context.Context, day reports.Day, now time.Time) (reports.DayTally, error) {
	for {
		docs, err := s.backend.Get(ctx, tallies, []string{string(day)})
		if err != nil {
			return reports.DayTally{}, err
		}
		if len(docs) == 0 {
			return reports.DayTally{Day: day}, nil
		}
		mark := docs[0].Version
		t := reports.DayTally{Day: day}
		err = scan(ctx, s.backend, conversations, Query{Index: "day", In: []string{string(day)}}, func(docs []Doc) error {
			for _, d := range docs {
				var p projection
				if err := decode(conversations, d, &p); err != nil {
					return err
				}
				s.rules.AddShare(&t, &p.Conversation, now)
			}
			return nil
		})
		if err != nil {
			return t, err
		}
		doc := newDoc(string(day), packTally(&t, mark+1))
		doc.Version = mark
		ok, err := s.backend.Swap(ctx, tallies, []Doc{doc})
		if err != nil {
			return t, err
		}
		if ok[0] {
			return t, nil
		}
	}
}

// Settle sums every day that changed since it was last read, so that the next
// report is quick. Progress is called with how many days are done, of how many.
func (s *Store) Settle(ctx context.Context, now time.Time, progress func(done, of int)) error {
	docs, err := s.backend.Find(ctx, tallies, Query{})
	if err != nil {
		return fmt.Errorf("days: %w", err)
	}
	done := 0
	for chunk := range slices.Chunk(docs, settleAtOnce) {
		err := s.backend.Atomically(ctx, func(b Backend) error {
			inside := s.on(b)
			for _, doc := range chunk {
				var d tallyDoc
				if err := json.Unmarshal(doc.Body, &d); err == nil && d.Done == doc.Version {
					continue
				}
				if _, err := inside.sumDay(ctx, reports.Day(doc.ID), now); err != nil {
					return fmt.Errorf("day %s: %w", doc.ID, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done += len(chunk)
		if progress != nil {
			progress(done, len(docs))
		}
	}
	return nil
}

// settleAtOnce is how many days are summed in one transaction: enough to share
// its cost, few enough not to keep others from writing.
const settleAtOnce = 50
