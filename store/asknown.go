package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"agentreport/reports"
)

// AsKnown reads a store as it was at a past moment: it gives the figures that a store
// would give that was never told what came later. It walks the conversations, so its cost
// grows with their number. What people wrote and decided is as it is now.
type AsKnown struct {
	*Store
	at    time.Time
	heard map[string]*reports.Source // what Days met of each source
}

// AsKnown is the store as it was at a moment.
func (s *Store) AsKnown(at time.Time) *AsKnown {
	return &AsKnown{s, at, map[string]*reports.Source{}}
}

// Days are the tallies of the days as Store.Days gives them, from the events until the
// moment.
func (k *AsKnown) Days(ctx context.Context, r reports.Range, now time.Time) ([]reports.DayTally, error) {
	if err := k.mayRead(ctx); err != nil {
		return nil, err
	}
	sums := map[reports.Day]*reports.DayTally{}
	var days []string
	for d := r.From; d < r.To; d = d.Add(1) {
		days = append(days, string(d))
		sums[d] = &reports.DayTally{Day: d}
	}
	keys, err := k.conversationsOf(ctx, days)
	if err != nil {
		return nil, err
	}
	err = k.eachOf(ctx, keys, func(list []reports.Event) {
		known := slices.DeleteFunc(list, func(e reports.Event) bool { return e.At.After(k.at) })
		if len(known) == 0 {
			return
		}
		c := k.rules.Fold(known)
		for _, d := range k.rules.Days(&c) {
			if sum := sums[d]; sum != nil {
				k.rules.AddShare(sum, &c, now)
			}
		}
		for _, e := range known {
			if c.Test {
				continue
			}
			if k.heard[e.Source] == nil {
				k.heard[e.Source] = &reports.Source{Name: e.Source}
			}
			k.heard[e.Source].Hear(e.At)
		}
	})
	if err != nil {
		return nil, err
	}
	var out []reports.DayTally
	for _, d := range days {
		if sum := sums[reports.Day(d)]; len(sum.Channels) > 0 {
			out = append(out, *sum)
		}
	}
	return out, nil
}

// conversationsOf are the keys of the conversations that add to some days.
func (s *Store) conversationsOf(ctx context.Context, days []string) ([]string, error) {
	seen := map[string]bool{}
	for _, day := range days {
		err := scan(ctx, s.backend, conversations, Query{Index: "day", In: []string{day}}, func(docs []Doc) error {
			for _, d := range docs {
				seen[d.ID] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	keys := make([]string, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys, nil
}

// eachOf calls f with the events of each of some conversations.
func (s *Store) eachOf(ctx context.Context, keys []string, f func([]reports.Event)) error {
	for chunk := range slices.Chunk(keys, projectAtOnce) {
		found, err := s.backend.Find(ctx, events, Query{Index: "conversation", In: chunk})
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		grouped, err := groupEvents(found)
		if err != nil {
			return err
		}
		for _, g := range grouped {
			f(g.events())
		}
	}
	return nil
}

// Notes are those that were there at the moment.
func (k *AsKnown) Notes(ctx context.Context, kind reports.EventType, r reports.Range, channel string) ([]reports.Note, error) {
	list, err := k.Store.Notes(ctx, kind, r, channel)
	return slices.DeleteFunc(list, func(n reports.Note) bool { return n.At.After(k.at) }), err
}

// Sources are the sources as they were at the moment, of those that Days has met.
func (k *AsKnown) Sources(ctx context.Context) ([]reports.Source, error) {
	list, err := k.Store.Sources(ctx)
	for i := range list {
		if !list[i].LastAt.After(k.at) {
			continue
		}
		first := list[i].FirstAt
		list[i] = reports.Source{Name: list[i].Name}
		if heard := k.heard[list[i].Name]; heard != nil {
			list[i] = *heard
			list[i].FirstAt = first
		}
	}
	return list, err
}

// LastRecord is what a digest said that was made before the moment.
func (k *AsKnown) LastRecord(ctx context.Context, w reports.Week, d reports.Definition, filter string) (*reports.Record, error) {
	r, err := k.Store.LastRecord(ctx, w, d, filter)
	if r != nil && r.At.After(k.at) {
		return nil, err
	}
	return r, err
}
