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

// Days returns the tallies of a range of days as they are at a moment, those
// without anything left out. Its cost does not grow with the number of
// conversations, but for days that changed since they were last read.
//
// It wraps reports.ErrOtherRules where the store was rebuilt under other rules
// meanwhile, and reports.ErrRebuilding while that goes on.
func (s *Store) Days(ctx context.Context, r reports.Range, now time.Time) ([]reports.DayTally, error) {
	if err := s.mayRead(ctx); err != nil {
		return nil, err
	}
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
	Marked   int64          `json:"marked,omitzero"` // the version of the last mark that the sum holds
	Fold     int            `json:"fold"`            // the fold version of the sum
	From     time.Time      `json:"from,omitzero"`
	Until    time.Time      `json:"until,omitzero"`
	Channels []channelTally `json:"channels,omitempty"`
}

// channelTally is a reports.ChannelTally as it is stored: each list in the order
// of the table that it is named after, under each definition where that matters.
type channelTally struct {
	Channel   string      `json:"channel"`
	Counts    []int64     `json:"counts"`
	Names     []names     `json:"names"`
	Times     []durations `json:"times"`
	OpenUntil []time.Time `json:"open_until,omitempty"` // where something is open
}

type names struct {
	Counts reports.Counts `json:"counts,omitempty"`
}

type durations struct {
	Count     int64  `json:"count,omitzero"`
	Sum       int64  `json:"ms,omitzero"`
	Min       int64  `json:"min,omitzero"`
	Max       int64  `json:"max,omitzero"`
	Histogram []byte `json:"histogram,omitempty"` // see reports.Durations.Pack
}

// openTally decodes a day's document; false where its sum does not hold now.
func openTally(doc Doc, now time.Time) (reports.DayTally, bool, error) {
	var d tallyDoc
	if err := decode(tallies, doc, &d); err != nil {
		return reports.DayTally{}, false, err
	}
	t := reports.DayTally{Day: reports.Day(doc.ID), From: d.From, Until: d.Until}
	if d.Done != doc.Version || d.Fold != foldVersion || !t.Holds(now) {
		return t, false, nil
	}
	t.Channels = make([]reports.ChannelTally, len(d.Channels))
	for i := range d.Channels {
		t.Channels[i].Channel = d.Channels[i].Channel
		if err := d.Channels[i].open(&t.Channels[i].Tally); err != nil {
			return t, false, fmt.Errorf("day %s: %w", doc.ID, err)
		}
	}
	return t, true, nil
}

// open unpacks a tally.
func (c *channelTally) open(t *reports.Tally) error {
	counts, times := c.Counts, c.Times
	for i := range reports.Counters {
		for _, d := range reports.Counters[i].Definitions() {
			if len(counts) == 0 {
				return errDamagedTally
			}
			t.Counts[i][d], counts = counts[0], counts[1:]
		}
	}
	for i := range reports.Timings {
		for _, d := range reports.Timings[i].Definitions() {
			if len(times) == 0 {
				return errDamagedTally
			}
			x := times[0]
			t.Times[i][d] = reports.PackedDurations(reports.Durations{Count: x.Count, Sum: x.Sum, Min: x.Min, Max: x.Max}, x.Histogram)
			times = times[1:]
		}
	}
	if len(c.Names) != len(t.Names) || len(counts) > 0 || len(times) > 0 || len(c.OpenUntil) > len(t.OpenUntil) {
		return errDamagedTally
	}
	for i := range c.Names {
		t.Names[i] = c.Names[i].Counts
	}
	copy(t.OpenUntil[:], c.OpenUntil)
	return nil
}

var errDamagedTally = errors.New("the sum has not the figures of its version: 'agent-report rebuild' makes it anew")

func packTally(t *reports.DayTally, done, marked int64) tallyDoc {
	d := tallyDoc{Done: done, Marked: marked, Fold: foldVersion, From: t.From, Until: t.Until}
	for i := range t.Channels {
		d.Channels = append(d.Channels, packChannel(&t.Channels[i]))
	}
	return d
}

func packChannel(t *reports.ChannelTally) channelTally {
	c := channelTally{Channel: t.Channel, Names: make([]names, len(t.Names))}
	for i := range reports.Counters {
		for _, d := range reports.Counters[i].Definitions() {
			c.Counts = append(c.Counts, t.Counts[i][d])
		}
	}
	for i := range reports.Timings {
		for _, d := range reports.Timings[i].Definitions() {
			x := &t.Times[i][d]
			c.Times = append(c.Times, durations{x.Count, x.Sum, x.Min, x.Max, x.Pack()})
		}
	}
	for i := range t.Names {
		c.Names[i] = names{t.Names[i]}
	}
	if t.OpenUntil != ([3]time.Time{}) {
		c.OpenUntil = t.OpenUntil[:]
	}
	return c
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
		marked, err := markOf(docs[0])
		if err != nil {
			return reports.DayTally{}, err
		}
		t := reports.DayTally{Day: day}
		var old []string // projected by an older program that still ran
		err = scan(ctx, s.backend, conversations, Query{Index: "day", In: []string{string(day)}}, func(docs []Doc) error {
			for _, d := range docs {
				var p projection
				if err := decode(conversations, d, &p); err != nil {
					return err
				}
				if p.Fold != foldVersion {
					old = append(old, d.ID)
				}
				s.rules.AddShare(&t, &p.Conversation, now)
			}
			return nil
		})
		if err == nil && len(old) > 0 {
			if err = s.project(ctx, s.backend, old, nil); err == nil {
				continue
			}
		}
		if err != nil {
			return t, err
		}
		doc := newDoc(string(day), packTally(&t, mark+1, marked))
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
				if err := json.Unmarshal(doc.Body, &d); err == nil && d.Done == doc.Version && d.Fold == foldVersion {
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
